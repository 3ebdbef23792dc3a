package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/registry"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/view"
)

func solveCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	cmd := &cobra.Command{
		Use:   "solve [flags] ENV PROBLEM",
		Short: "Search for a solution of one problem",
		Example: `  ponder solve game24 "4 9 10 13"` + "\n" +
			`  ponder solve --tree --max-calls 30 game24 "1 5 5 5"`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completeEnv,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return solve(cmd.Context(), t, f, args[0], args[1])
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.strategy, "strategy", "auto", "selection rule: "+strings.Join(ponder.Strategies, ", ")+" (auto: gumbel for a model with limited simulations or calls, else puct)")
	cmd.Flags().BoolVar(&f.tree, "tree", false, "draw the search tree")
	cmd.Flags().BoolVar(&f.explain, "explain", false, "say for each state on the best line how its steps were rated")
	return cmd
}

func completeEnv(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return registry.Names(), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func solve(ctx context.Context, t terminal, f *searchFlags, envName, problem string) error {
	e, err := registry.Get(envName)
	if err != nil {
		return inputError{err}
	}
	// A bad problem is told before any model is loaded.
	if _, err := e.Start(ctx, problem); err != nil {
		return err
	}
	progress := newProgress(t, f)
	defer progress.Close()
	c, err := f.config(ctx, e, progress.Note)
	if err != nil {
		return err
	}
	start := time.Now()
	var tree view.Tree
	var foldErr error
	c.Run = rand.Text()[:12]
	c.Emit = func(ev event.Event) {
		foldErr = errors.Join(foldErr, tree.Apply(ev))
		progress.Apply(ev)
	}
	out, searchErr := ponder.Solve(ctx, ponder.Problem{EnvName: envName, Env: e, Text: problem}, c)
	elapsed := time.Since(start)
	progress.Close()
	if foldErr != nil {
		return fmt.Errorf("drawing the search: %w", foldErr)
	}
	if err := print(t, f, &tree, out, elapsed); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	switch {
	case searchErr != nil:
		return searchErr
	case out.Status != mcts.StatusSolved:
		return errUnsolved
	}
	return nil
}

func newProgress(t terminal, f *searchFlags) *view.Progress {
	isTerminal, width := view.Terminal(t.err)
	opt := view.ProgressOptions{
		Terminal: isTerminal, Width: width,
		Budget: view.Budget{Simulations: f.simulations, Calls: f.calls, Tokens: f.tokens, Time: f.time},
	}
	if f.quiet {
		opt.Terminal, opt.Every = false, math.MaxInt64 // warnings only
	}
	p := view.NewProgress(t.err, time.Now, opt)
	p.Start()
	return p
}

func print(t terminal, f *searchFlags, tree *view.Tree, out ponder.Solution, elapsed time.Duration) error {
	result := view.NewResult(tree, out.Verified, out.Answer, elapsed)
	if f.tree {
		// With --json the object stays alone on stdout.
		w := t.out
		if f.json {
			w = t.err
		}
		if err := drawTree(w, tree); err != nil {
			return err
		}
	}
	if f.explain {
		w := t.out
		if f.json {
			w = t.err
		}
		if err := view.Explain(w, explained(out.Why)); err != nil {
			return err
		}
	}
	if f.json {
		return result.WriteJSON(t.out)
	}
	return result.WriteText(t.out, view.Color(t.out))
}

// explained makes what a view can draw.
func explained(why []ponder.Why) []view.Explained {
	var out []view.Explained
	for _, w := range why {
		x := view.Explained{State: w.State}
		for _, s := range w.Steps {
			step := view.Rated{Action: s.Action, N: s.N, Closed: s.Closed, Chosen: s.Chosen, Score: s.Score}
			for _, t := range s.Terms {
				step.Terms = append(step.Terms, view.RatedTerm{Name: t.Name, Value: t.Value})
			}
			x.Steps = append(x.Steps, step)
		}
		out = append(out, x)
	}
	return out
}

func drawTree(w *os.File, tree *view.Tree) error {
	_, width := view.Terminal(w)
	return view.Text(w, tree, view.TextOptions{Color: view.Color(w), Width: width})
}
