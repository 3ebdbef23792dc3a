package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/serve"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

// exported is what a file is made of.
type exported struct {
	Tree   *view.Tree    // within the limits
	Events []event.Event // of the whole run; none if it was read from a tree
	Calls  []llm.Call    // behind the tree, as far as they are kept
	Run    serve.Run     // as the list of runs has it; zero if it was read from a file
}

// exportFormats are the formats in the order in which --help names them.
var exportFormats = []struct {
	name  string
	whole bool // can't leave out parts of the tree
	write func(io.Writer, exported) error
}{
	{"html", true, exportHTML},
	{"svg", false, func(w io.Writer, x exported) error { return view.SVG(w, x.Tree, view.SVGOptions{}) }},
	{"dot", false, func(w io.Writer, x exported) error { return view.DOT(w, x.Tree, view.DOTOptions{}) }},
	{"mermaid", false, func(w io.Writer, x exported) error { return view.Mermaid(w, x.Tree, view.MermaidOptions{}) }},
	{"json", false, func(w io.Writer, x exported) error { return x.Tree.Record().Write(w) }},
	{"jsonl", true, func(w io.Writer, x exported) error { return view.JSONL(w, x.Events) }},
	{"csv", false, func(w io.Writer, x exported) error { return view.CSV(w, x.Tree, view.CSVOptions{}) }},
}

func formatNames() []string {
	var names []string
	for _, f := range exportFormats {
		names = append(names, f.name)
	}
	return names
}

// exportFlags are those of the command.
type exportFlags struct {
	searchFlags
	format, output, from string
	limits               view.PruneOptions
	proof                bool
}

func exportCommand(t terminal) *cobra.Command {
	f := &exportFlags{}
	cmd := &cobra.Command{
		Use:   "export [flags] RUN",
		Short: "Write the tree of a run as a picture, a page or data",
		Long: "RUN is the id of a run, the beginning of one, or last; --from reads a file instead. The root and\n" +
			"the best line are part of every export, whatever --top, --depth and --min-visits leave out.",
		Example: "  ponder export last --format svg -o tree.svg\n" +
			"  ponder export 3KQ7 --format json > tree.json\n" +
			"  ponder export --from tree.json --format mermaid --top 3",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeRun,
		RunE:              func(cmd *cobra.Command, args []string) error { return export(cmd.Context(), t, f, args) },
	}
	p := cmd.Flags()
	p.StringVar(&f.format, "format", "", "what to write: "+strings.Join(formatNames(), ", "))
	p.StringVarP(&f.output, "output", "o", "", "file to write, all of it or nothing (default: stdout)")
	p.StringVar(&f.from, "from", "", "read a file that export wrote as json or jsonl, instead of a run")
	p.IntVar(&f.limits.Top, "top", 0, "edges kept under a node, the most visited ones; 0 keeps all")
	p.IntVar(&f.limits.Depth, "depth", 0, "levels kept below the root; 0 keeps all")
	p.IntVar(&f.limits.MinVisits, "min-visits", 0, "leave out edges with fewer visits")
	p.BoolVar(&f.proof, "proof", false, "only what proves the value of the root")
	f.registerDB(cmd)
	p.SortFlags = false
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func export(ctx context.Context, t terminal, f *exportFlags, args []string) error {
	at := slices.Index(formatNames(), f.format)
	if err := f.check(at, args); err != nil {
		return err
	}
	format := exportFormats[at]
	var x exported
	var err error
	if f.from != "" {
		x, err = readExport(f.from)
	} else {
		err = f.withStore(ctx, true, func(s *store.Store) (err error) {
			x, err = loadExport(ctx, s, args[0], format.whole)
			return err
		})
	}
	if err != nil {
		return err
	}
	if format.name == "jsonl" && len(x.Events) == 0 {
		return badInput("--format jsonl: %s holds a tree, not the events it came from: give --format json, or a file of events", f.from)
	}
	if f.proof {
		if x.Tree.Ending() == nil {
			return badInput("--proof: the value of the root is not proven; leave --proof out")
		}
		x.Tree = x.Tree.Proof()
	}
	x.Tree = x.Tree.Prune(f.limits)
	write := func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := format.write(b, x); err != nil {
			return err
		}
		return b.Flush()
	}
	if f.output == "" || f.output == "-" {
		if err := write(t.out); err != nil {
			return fmt.Errorf("writing the export: %w", err)
		}
		return nil
	}
	return writeFile(f.output, write)
}

// check refuses flags that make no sense; at is the position of the format.
func (f *exportFlags) check(at int, args []string) error {
	if at < 0 {
		return badInput("--format %q is unknown: choose one of %s, for example --format svg", f.format, strings.Join(formatNames(), ", "))
	}
	limits := []struct {
		flag  string
		value int
	}{{"--top", f.limits.Top}, {"--depth", f.limits.Depth}, {"--min-visits", f.limits.MinVisits}}
	for _, l := range limits {
		if l.value < 0 {
			return badInput("%s %d is negative: give for example %s 3, or 0 for no limit", l.flag, l.value, l.flag)
		}
		if l.value > 0 && exportFormats[at].whole {
			return badInput("%s %d with --format %s, which holds the whole search: leave one out, or give for example --format svg", l.flag, l.value, f.format)
		}
	}
	switch {
	case f.proof && exportFormats[at].whole:
		return badInput("--proof with --format %s, which holds the whole search: leave one out, or give for example --format svg", f.format)
	case f.from == "" && len(args) == 0:
		return badInput("export what? Give a run, for example ponder export last --format svg, or a file with --from tree.json")
	case f.from != "" && len(args) > 0:
		return badInput("--from %s and the run %s can't go together: leave one out", f.from, args[0])
	}
	return nil
}

// readExport reads back what was exported.
func readExport(path string) (exported, error) {
	file, err := os.Open(path)
	if err != nil {
		return exported{}, badInput("--from: %w; give a file that ponder export wrote, for example --from tree.json", err)
	}
	defer file.Close()
	tree, events, err := view.ReadTree(bufio.NewReader(file))
	if err != nil {
		return exported{}, badInput("--from %s: %w; give a file that ponder export wrote as json or jsonl", path, err)
	}
	return exported{Tree: tree, Events: events}, nil
}

// loadExport loads a run that is kept, with the model calls behind its tree. The
// steps of one that is kept by snapshots are made again where they are asked for.
func loadExport(ctx context.Context, s *store.Store, name string, steps bool) (exported, error) {
	x := exported{Tree: new(view.Tree)}
	run, out, err := recall(ctx, s, name, false, func(e event.Event) error {
		x.Events = append(x.Events, e)
		return x.Tree.Apply(e)
	})
	if err != nil {
		return x, err
	}
	if steps {
		if x.Events, err = tell(ctx, s, run); err != nil {
			return x, err
		}
	}
	x.Run = pageRow(run)
	x.Run.Verified, x.Run.Answer = out.Verified, out.Answer // the checker was asked now
	keys, err := askedKeys(x.Tree)
	if err == nil {
		x.Calls, err = s.Calls(ctx, keys...)
	}
	if err != nil {
		return x, fmt.Errorf("reading the model calls of run %s: %w", name, err)
	}
	return x, nil
}

// askedKeys are the addresses of the model calls behind a tree, each once.
func askedKeys(t *view.Tree) ([]llm.Key, error) {
	var texts []string
	seen := map[string]bool{}
	for i := range t.Nodes {
		for _, asked := range t.Nodes[i].Usage.Asked {
			if !seen[asked] {
				seen[asked] = true
				texts = append(texts, asked)
			}
		}
	}
	return callKeys(texts)
}

// callKeys reads the addresses of model calls as events have them.
func callKeys(texts []string) ([]llm.Key, error) {
	keys := make([]llm.Key, len(texts))
	for i, text := range texts {
		if err := keys[i].UnmarshalText([]byte(text)); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
