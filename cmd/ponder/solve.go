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
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/store"
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
	f.registerDB(cmd)
	cmd.Flags().BoolVar(&f.noCache, "no-cache", false, "pay for every model call, also for those that an earlier run made")
	cmd.Flags().StringVar(&f.strategy, "strategy", "auto", "selection rule: "+strings.Join(ponder.Strategies, ", ")+" (auto: gumbel for a model with limited simulations or calls, else puct)")
	cmd.Flags().BoolVar(&f.tree, "tree", false, "draw the search tree")
	f.tapes.register(cmd)
	cmd.Flags().BoolVar(&f.explain, "explain", false, "say for each state on the best line how its steps were rated")
	return cmd
}

func completeEnv(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return registry.Names(), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func solve(ctx context.Context, t terminal, f *searchFlags, envName, problem string) (err error) {
	e, err := registry.Get(envName)
	if err != nil {
		return inputError{err}
	}
	// A bad problem is told before any model is loaded.
	if _, err := e.Start(ctx, problem); err != nil {
		return err
	}
	w := &work{began: time.Now(), progress: newProgress(t, f)}
	defer w.progress.Close()
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := f.tapes.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, failed(f.tapes.close(len(w.tree.Nodes) > 0))) }()
	if f.keeps() {
		if w.store, err = openStore(ctx, f.db, f.storeOptions()); err != nil {
			return err
		}
	}
	c, err := f.config(ctx, e, w.progress.Note)
	if err != nil {
		return err
	}
	w.run = store.Run{
		ID: rand.Text()[:12], Env: envName, Problem: problem, Model: f.model, Strategy: c.StrategyName(), Seed: f.seed,
		Config: f.settings(c).json(), Began: w.began,
	}
	if err := f.keep(ctx, w, &c); err != nil {
		return err
	}
	return f.search(ctx, t, w, ponder.Problem{EnvName: envName, Env: e, Text: problem}, c)
}

// keep gives a new run its place in the database.
func (f *searchFlags) keep(ctx context.Context, w *work, c *ponder.Config) (err error) {
	c.Keeper = &llm.Memory{}
	if w.store != nil {
		if w.log, err = w.store.Create(ctx, w.run); err != nil {
			return fmt.Errorf("keeping the run in %s: %w", w.store.Path(), err)
		}
		c.Keeper = w.log
	}
	c.Keeper, err = f.tapes.recorder(*c, c.Keeper)
	return failed(err)
}

// search works on a run until it is over, prints what came of it and keeps that.
func (f *searchFlags) search(ctx context.Context, t terminal, w *work, p ponder.Problem, c ponder.Config) error {
	c.Run, c.Emit = w.run.ID, w.emit
	if w.log != nil {
		c.Journal = w
	}
	if f.noCache {
		c.Model.ID.Scope, c.CriticModel.ID.Scope = w.run.ID, w.run.ID
	}
	out, searchErr := ponder.Solve(ctx, p, c)
	elapsed := w.elapsed()
	w.progress.Close()
	if w.foldErr != nil {
		return fmt.Errorf("drawing the search: %w", w.foldErr)
	}
	if len(w.tree.Nodes) == 0 {
		return searchErr // it did not even begin
	}
	if err := print(t, f, &w.tree, out, elapsed); err != nil {
		return errors.Join(fmt.Errorf("writing the result: %w", err), w.conclude(ctx, out))
	}
	searchErr = errors.Join(searchErr, w.conclude(ctx, out))
	if out.Status == mcts.StatusUnsolved && w.log != nil && !f.quiet {
		fmt.Fprintf(t.err, "ponder: run %s can go on: ponder resume %s%s\n", w.run.ID, w.run.ID, moreOf(out.Reason))
	}
	switch {
	case searchErr != nil:
		return searchErr
	case out.Status != mcts.StatusSolved:
		return errUnsolved
	}
	return nil
}

// moreOf is the flag that lets a run go on whose budget is spent.
func moreOf(reason string) string {
	switch reason {
	case mcts.Simulations:
		return " --simulations 1000"
	case mcts.Nodes:
		return " --max-nodes 10000"
	case mcts.Calls:
		return " --max-calls 100"
	}
	return ""
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
