package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/registry"
	"github.com/ponder-mcts/ponder/event"
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
			`  ponder solve --tree --max-calls 30 game24 "1 5 5 5"` + "\n" +
			`  ponder solve --env-cmd "python3 my_env.py" "3 jugs"`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: completeEnv,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			name, problem, err := f.plug.arguments(args, cmd.UseLine())
			if err != nil {
				return err
			}
			if f.prove.on {
				return proveValue(cmd.Context(), t, f, name, problem)
			}
			return solve(cmd.Context(), t, f, name, problem)
		},
	}
	f.register(cmd)
	f.registerDB(cmd)
	cmd.Flags().BoolVar(&f.noCache, "no-cache", false, "pay for every model call, also for those that an earlier run made")
	cmd.Flags().StringVar(&f.strategy, "strategy", "auto", "selection rule: "+strings.Join(ponder.Strategies, ", ")+" (auto: gumbel for a model with limited simulations or calls, else puct)")
	cmd.Flags().BoolVar(&f.tree, "tree", false, "draw the search tree")
	cmd.Flags().BoolVar(&f.web, "web", false, "show the search on a web page, and keep the page open until Ctrl-C")
	f.tapes.register(cmd)
	f.plug.register(cmd)
	cmd.Flags().BoolVar(&f.prove.on, "prove", false, "search until the value of the start is proven, or --memory is used up; no model, and nothing is kept but --proof")
	cmd.Flags().IntVar(&f.prove.memory, "memory", 2048, "with --prove: bound of the tree in MB")
	cmd.Flags().StringVar(&f.prove.file, "proof", "", "with --prove: file for what proves it, for ponder export --from FILE")
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
	p, closePlug, err := f.problem(ctx, t, envName, problem)
	defer closePlug()
	if err != nil {
		return err
	}
	progress := newProgress(t, f)
	defer progress.Close()
	if err := f.tapes.open(); err != nil {
		return err
	}
	begun := false
	defer func() { err = errors.Join(err, failed(f.tapes.close(begun))) }()
	var s *store.Store
	if f.keeps() {
		if s, err = openStore(ctx, f.db, f.storeOptions()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
	}
	w := newWork(s, progress.Note)
	w.progress = progress
	defer func() { err = errors.Join(err, w.Close()) }()
	c, err := f.begin(ctx, w, p)
	if err != nil {
		return err
	}
	err = f.search(ctx, t, progress, w, p, c)
	begun = len(w.tree.Nodes) > 0
	return err
}

// begin makes all ready for a new run and gives it its place in the database.
func (f *searchFlags) begin(ctx context.Context, w *work, p ponder.Problem) (ponder.Config, error) {
	c, err := f.config(ctx, p.Env, w.note)
	if err != nil {
		return c, err
	}
	set := f.settings(c)
	if f.plug.command != "" {
		if set.Plug, err = f.plug.settings(); err != nil {
			return c, err
		}
	}
	w.run = store.Run{
		ID: rand.Text()[:12], Env: p.EnvName, Problem: p.Text, Model: f.model, Strategy: c.StrategyName(), Seed: f.seed,
		Config: set.json(), Began: w.began,
	}
	return c, f.keep(ctx, w, &c)
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

// pursue works on a run until it is over, or told to stop, and keeps what came
// of it. The Solution is valid beside an error.
func (f *searchFlags) pursue(ctx context.Context, w *work, p ponder.Problem, c ponder.Config) (ponder.Solution, error) {
	emit := w.emit
	if also := c.Emit; also != nil {
		emit = func(e event.Event) { also(e); w.emit(e) }
	}
	c.Run, c.Emit, c.Orders, c.Doing, c.Told = w.run.ID, emit, w.reins.orders, w.doing, w.told
	c.Paused = func(on bool) { w.pausing(ctx, on) }
	if f.noCache {
		c.Model.ID.Scope, c.CriticModel.ID.Scope = w.run.ID, w.run.ID
	}
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	var others sync.WaitGroup
	others.Go(func() {
		select {
		case <-w.reins.halt:
			cancel()
		case <-work.Done():
		}
	})
	if w.log != nil {
		c.Journal = w
		others.Go(func() { w.reins.heed(work, w.log, w.note) })
	}
	out, err := ponder.Solve(work, p, c)
	close(w.reins.over)
	cancel()
	others.Wait()
	if w.reins.stopped() && ctx.Err() == nil && onlyCanceled(err) {
		err = nil // as it was told
	}
	if w.foldErr != nil {
		return out, fmt.Errorf("drawing the search: %w", w.foldErr)
	}
	if len(w.tree.Nodes) == 0 {
		return out, err // it did not even begin
	}
	return out, errors.Join(err, w.conclude(ctx, out))
}

// search works on a run until it is over, and prints what came of it.
func (f *searchFlags) search(ctx context.Context, t terminal, progress *view.Progress, w *work, p ponder.Problem, c ponder.Config) (err error) {
	var page *webPage
	if f.web {
		if page, err = openPage(ctx, w, f, w.note); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, page.close()) }()
	}
	out, searchErr := f.pursue(ctx, w, p, c)
	elapsed := w.elapsed()
	progress.Close()
	if w.foldErr != nil || len(w.tree.Nodes) == 0 {
		return searchErr
	}
	if err := print(t, f, &w.tree, out, elapsed); err != nil {
		return errors.Join(fmt.Errorf("writing the result: %w", err), searchErr)
	}
	if out.Status == mcts.StatusUnsolved && w.log != nil && !f.quiet {
		fmt.Fprintf(t.err, "ponder: run %s can go on: ponder resume %s%s\n", w.run.ID, w.run.ID, moreOf(out.Reason))
	}
	if page != nil {
		searchErr = errors.Join(searchErr, w.Close()) // the page is to see that nobody works on it
		page.hide()
		page.linger(ctx, func(s string) { fmt.Fprintln(t.err, "ponder:", s) })
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
	result.Game = out.Game
	return printResult(t, f, tree, result, out.Why)
}

// printResult prints a result, and what else was asked for.
func printResult(t terminal, f *searchFlags, tree *view.Tree, result view.Result, why []ponder.Why) error {
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
		if err := view.Explain(w, explained(why)); err != nil {
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
