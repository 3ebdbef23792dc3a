package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/lean"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prove"
	"github.com/ponder-mcts/ponder/view"
)

// proveFlags are those of ponder prove.
type proveFlags struct {
	searchFlags
	theorem, at   string
	redo, all     bool
	write         bool
	jobs, workers int
	allow         []string
	values        string
	novelty       float64
}

func proveCommand(t terminal) *cobra.Command {
	f := &proveFlags{}
	f.preset()
	cmd := &cobra.Command{
		Use:   "prove [flags] FILE",
		Short: "Search proofs for the holes of a Coq or Lean file",
		Long: "Search proofs for the holes of a Coq file (Admitted, admit, and a proof that is open at the end)\n" +
			"or of a Lean file (sorry). A proof is called verified only after the prover has accepted the whole\n" +
			"file with it, and the axioms that it rests on are those of the statement. Without a model a\n" +
			"portfolio of tactics is searched.",
		Example: "  ponder prove --theorem add_comm Nat.v\n" +
			"  ponder prove --all --jobs 2 --write Nat.v\n" +
			"  ponder prove --at 12:3 --json Nat.v",
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"v", "lean"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.run(cmd.Context(), t, args[0])
		},
	}
	p := cmd.Flags()
	p.StringVar(&f.theorem, "theorem", "", "the hole of this theorem (default: the first hole of the file)")
	p.StringVar(&f.at, "at", "", "the hole at this place, or the next one behind it: LINE:COL, from 1")
	p.BoolVar(&f.all, "all", false, "every hole, in the order of the file")
	p.BoolVar(&f.redo, "redo", false, "with --theorem: search another proof for a theorem that has one")
	p.BoolVar(&f.write, "write", false, "put verified proofs into the file; the old one stays beside it as FILE.v.bak")
	p.DurationVar(&f.time, "time", time.Minute, "budget of time for a hole")
	p.IntVar(&f.jobs, "jobs", 1, "holes at once, with --all")
	p.IntVar(&f.workers, "workers", 1, "provers at work on a hole: of Coq some 0.2 to 0.4 GB each, of Lean with Mathlib some GB")
	p.StringSliceVar(&f.allow, "allow-axiom", nil, "axioms that a proof may rest on beside those of its statement, separated by commas")
	p.StringVar(&f.model, "model", none, "model that proposes tactics and proofs too: none, or an Ollama name such as qwen3:8b")
	p.IntVar(&f.calls, "max-calls", 0, "budget of model calls for a hole")
	p.IntVar(&f.tokens, "max-tokens", 0, "budget of tokens read and written by the model for a hole")
	p.StringVar(&f.values, "critic", "near", "who values a goal: "+strings.Join(prove.Critics, ", ")+" (the model's one token)")
	p.Float64Var(&f.novelty, "novelty", 0, "share of novelty in the value of a goal, from 0 to 1: a bonus for goals unlike those before")
	p.Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	f.registerHosts(cmd)
	p.DurationVar(&f.keepAlive, "keep-alive", 5*time.Minute, "how long the server keeps the model loaded")
	p.DurationVar(&f.callTimeout, "call-timeout", 2*time.Minute, "limit of one model call")
	f.registerDB(cmd)
	p.BoolVar(&f.noCache, "no-cache", false, "use nothing that earlier runs left: no model call, no proof, and no count of which tactics work")
	p.BoolVar(&f.web, "web", false, "show the search on a web page, and keep the page open until Ctrl-C")
	p.BoolVar(&f.json, "json", false, "print one JSON object")
	p.BoolVar(&f.quiet, "quiet", false, "no progress")
	p.SortFlags = false
	return cmd
}

func (f *proveFlags) check() error {
	f.strategy, f.parallel = "puct", f.workers
	if n := btoi(f.theorem != "") + btoi(f.at != "") + btoi(f.all); n > 1 {
		return badInput("--theorem, --at and --all exclude each other: give for example --theorem add_comm alone")
	}
	if f.redo && f.theorem == "" && f.at == "" {
		return badInput("--redo needs a theorem, for example --redo --theorem add_comm, or --redo --at 12:3")
	}
	if f.jobs > 1 && !f.all && f.theorem == "" {
		return badInput("--jobs %d is for several holes: give --all too, or --workers %d for one", f.jobs, f.jobs)
	}
	if f.jobs < 1 || f.jobs > 64 || f.workers < 1 || f.workers > 64 {
		return badInput("--jobs %d and --workers %d must be from 1 to 64, for example --jobs 2", f.jobs, f.workers)
	}
	if f.time <= 0 {
		return badInput("--time %v is no time to search, for example --time 90s", f.time)
	}
	if !slices.Contains(prove.Critics, f.values) {
		return badInput("--critic %q is unknown: choose one of %s", f.values, strings.Join(prove.Critics, ", "))
	}
	if f.values == "model" && f.model == none {
		return badInput("--critic model needs a model: give for example --model qwen3:8b")
	}
	if !(f.novelty >= 0 && f.novelty <= 1) {
		return badInput("--novelty %v is no share: give a number from 0 to 1, for example --novelty 0.2", f.novelty)
	}
	if f.calls < 0 || f.tokens < 0 {
		return badInput("--max-calls %d and --max-tokens %d can't be negative: give for example --max-calls 20, or 0 for no limit", f.calls, f.tokens)
	}
	if f.model == "" || strings.ContainsAny(f.model, " \t\n") || f.model == embedded {
		return badInput("--model %q can't write proofs: give none, or a name such as qwen3:8b (the embedded model knows number puzzles only)", f.model)
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// run reads the file, searches, and tells what came of it.
func (f *proveFlags) run(ctx context.Context, t terminal, path string) (err error) {
	o := prove.Options{
		Time: f.time, Workers: f.workers, Seed: f.seed, Allow: f.allow, Calls: f.calls, Tokens: f.tokens, Memory: &prove.Memory{}, Critic: f.values, Novelty: f.novelty,
	}
	file, err := f.read(path)
	if err != nil {
		return err
	}
	o.Flags = file.flags
	progress := newProgress(t, &f.searchFlags)
	defer progress.Close()
	note := func(s string) {
		if !f.quiet {
			progress.Note("ponder: " + s)
		}
	}
	if filepath.Ext(path) == ".v" {
		var warning string
		if o.Space, warning = space(min(f.jobs, file.holes)*f.workers, freeMemory()); warning != "" {
			note(warning)
		}
	}
	if o.Model, err = f.open(ctx, f.model, nil, note); err != nil {
		return err
	}
	k := &keeping{
		flags: f, options: o, note: note, works: map[proof.Place]*work{},
		progress: progress, rows: map[proof.Place]*view.Row{}, decided: map[proof.Place]bool{}, holes: file.holes,
	}
	if f.keeps() {
		if k.store, err = openStore(ctx, f.db, f.storeOptions()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, k.store.Close()) }()
	}
	defer func() { err = errors.Join(err, k.close()) }()
	if k.learns() {
		if err := remember(ctx, k.store, o.Memory, note); err != nil {
			return err
		}
	}
	o.Solve = k.solve
	var kept error
	results, text, err := file.search(ctx, o, func(r prove.Result) {
		kept = errors.Join(kept, k.judged(ctx, r))
		if k.learns() {
			kept = errors.Join(kept, learnt(ctx, k.store, o.Memory))
		}
		k.decide(r)
		line := verdict(r)
		if run := k.run(r.Place); run != "" && !r.Solved && r.Reason != mcts.Exhausted {
			line += "; to go on: ponder resume " + run + f.toResume(r.Reason)
		}
		note(line)
	})
	var bad *coq.LoadError
	if errors.As(err, &bad) {
		err = fmt.Errorf("%s, %w", path, err)
	}
	kept = errors.Join(kept, k.judged(ctx, results...))
	out := proofsJSON{File: path, Holes: []proofJSON{}}
	for _, r := range results {
		out.Holes = append(out.Holes, newProofJSON(r, k.run(r.Place)))
	}
	out.Edit = changed(file.text, text)
	var unwritten error
	if f.write && text != file.text {
		if out.Backup, unwritten = vernac.Write(path, file.text, text); unwritten == nil {
			note("wrote " + path + "; the old file is " + out.Backup)
		}
	}
	progress.Close()
	if failed := f.print(t, results, out); failed != nil {
		return errors.Join(err, unwritten, fmt.Errorf("writing the result: %w", failed))
	}
	if err := errors.Join(err, unwritten, kept); err != nil {
		return err
	}
	k.linger(ctx, func(s string) { fmt.Fprintln(t.err, "ponder:", s) })
	if slices.ContainsFunc(results, func(r prove.Result) bool { return !r.Verified }) {
		return errUnsolved
	}
	return nil
}

// mostSource bounds the files that are read.
const mostSource = 64 << 20

// proofFile is a file with holes, in whichever language it is.
type proofFile struct {
	text   string
	flags  []string // of Coq
	holes  int      // that are asked for
	search func(context.Context, prove.Options, func(prove.Result)) ([]prove.Result, string, error)
}

// read reads a file and finds the holes that are asked for.
func (f *proveFlags) read(path string) (p proofFile, err error) {
	ext := filepath.Ext(path)
	if ext != ".v" && ext != ".lean" {
		return p, badInput("%s is no Coq or Lean file: give a file whose name ends in .v or .lean, for example Nat.v", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return p, inputError{err}
	}
	if info.IsDir() || info.Size() > mostSource {
		return p, badInput("%s is no file of at most %d MB: give a file such as Nat.v", path, mostSource>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return p, inputError{err}
	}
	p.text = string(text)
	if ext == ".lean" {
		return p, f.readLean(path, &p)
	}
	file, err := vernac.Parse(path, p.text)
	if err != nil {
		return p, inputError{err}
	}
	holes, err := f.holes(file)
	if err != nil {
		return p, err
	}
	if p.flags, err = vernac.Project(path); err != nil {
		return p, inputError{err}
	}
	p.holes = len(holes)
	p.search = func(ctx context.Context, o prove.Options, done func(prove.Result)) ([]prove.Result, string, error) {
		work, cancel := context.WithCancelCause(ctx)
		var checking sync.WaitGroup
		checking.Go(func() {
			// Where the file has an error nothing can be verified: better to know at once.
			if err := prove.Accepts(work, file, o.Flags); err != nil && work.Err() == nil {
				cancel(err)
			}
		})
		results, text, err := prove.All(work, file, holes, f.jobs, o, done)
		if !slices.ContainsFunc(results, func(r prove.Result) bool { return r.Solved && !r.Verified }) {
			cancel(nil) // else it may be the file's fault
		}
		checking.Wait()
		if why := context.Cause(work); ctx.Err() == nil && why != nil && !errors.Is(why, context.Canceled) {
			err = why
			for i := range results {
				if !results[i].Verified {
					results[i].Reason = why.Error()
				}
			}
		}
		cancel(nil)
		return results, text, err
	}
	return p, nil
}

// toResume is what ponder resume needs beside the run.
func (f *proveFlags) toResume(reason string) string {
	more := moreOf(reason)
	if f.db != defaultDB() {
		more += " --db " + f.db
	}
	return more
}

// readLean reads a Lean file.
func (f *proveFlags) readLean(path string, p *proofFile) error {
	if f.jobs > 1 {
		return badInput("--jobs %d: the holes of a Lean file are searched one after the other; give for example --workers %d", f.jobs, f.jobs)
	}
	if f.values != "near" || f.novelty > 0 {
		return badInput("--critic %s --novelty %v: goals of Lean are valued by their size; leave both flags out for %s", f.values, f.novelty, path)
	}
	file, err := lean.Parse(path, p.text)
	if err != nil {
		return err
	}
	var holes []lean.Hole
	switch {
	case f.redo && f.at != "":
		return badInput("--redo --at %s: in a Lean file the theorem must be named, for example --redo --theorem add_comm", f.at)
	case f.redo:
		var h lean.Hole
		if file, h, err = file.Redo(f.theorem); err != nil {
			return err
		}
		holes = []lean.Hole{h}
	case f.at != "":
		line, col, err := f.place()
		if err != nil {
			return err
		}
		h, err := file.At(line, col)
		if err != nil {
			return err
		}
		holes = []lean.Hole{h}
	default:
		if holes, err = prove.LeanHoles(file, f.theorem, f.all); err != nil {
			return err
		}
	}
	p.holes = len(holes)
	p.search = func(ctx context.Context, o prove.Options, done func(prove.Result)) ([]prove.Result, string, error) {
		results, text, err := prove.Lean(ctx, file, holes, o, done)
		if text == file.Text {
			text = p.text // of a theorem that was to be proved again, the old proof stays
		}
		return results, text, err
	}
	return nil
}

// place reads --at.
func (f *proveFlags) place() (line, col int, err error) {
	l, c, ok := strings.Cut(f.at, ":")
	line, err1 := strconv.Atoi(l)
	col, err2 := strconv.Atoi(c)
	if !ok || err1 != nil || err2 != nil || line < 1 || col < 1 {
		return 0, 0, badInput("--at %q is no place: give LINE:COL, for example --at 12:3", f.at)
	}
	return line, col, nil
}

// holes are those that are asked for.
func (f *proveFlags) holes(file *vernac.File) ([]vernac.Hole, error) {
	all := vernac.Holes(file)
	switch {
	case f.at != "":
		l, c, err := f.place()
		if err != nil {
			return nil, err
		}
		find := file.At
		if f.redo {
			find = file.RedoAt
		}
		h, err := find(l, c)
		if err != nil {
			return nil, inputError{err}
		}
		return []vernac.Hole{h}, nil
	case f.redo:
		h, err := file.Redo(f.theorem)
		if err != nil {
			return nil, inputError{err}
		}
		return []vernac.Hole{h}, nil
	case f.theorem != "":
		theorem, err := file.Named(f.theorem)
		if err != nil {
			return nil, inputError{err}
		}
		of := slices.DeleteFunc(all, func(h vernac.Hole) bool { return h.Theorem != theorem })
		if len(of) == 0 {
			return nil, badInput("%s: %s has a proof without holes; --redo --theorem %s searches another one", file.Path, f.theorem, f.theorem)
		}
		return of, nil
	}
	if len(all) == 0 {
		return nil, badInput("%s has no hole: no Admitted, no admit and no open proof; --redo --theorem NAME searches another proof of a theorem", file.Path)
	}
	if !f.all {
		all = all[:1]
	}
	return all, nil
}
