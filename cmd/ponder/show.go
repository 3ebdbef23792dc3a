package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/registry"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/prove"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

func showCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	cmd := &cobra.Command{
		Use:   "show [flags] RUN",
		Short: "Print what a run came to, its line and its tree",
		Long: "RUN is the id of a run, the beginning of one, or last. An answer is called verified only if\n" +
			"the checker accepts it now.",
		Example:           "  ponder show last\n  ponder show --tree=false --explain 3KQ7",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("tree") {
				f.tree = !f.json
			}
			return f.withStore(cmd.Context(), true, func(s *store.Store) error {
				return show(cmd.Context(), t, f, s, args[0])
			})
		},
	}
	f.registerDB(cmd)
	f.registerOutput(cmd)
	cmd.Flags().Lookup("tree").Usage = "draw the search tree (default: unless --json)"
	cmd.Flags().SortFlags = false
	return cmd
}

func show(ctx context.Context, t terminal, f *searchFlags, s *store.Store, name string) error {
	var tree view.Tree
	run, out, err := recall(ctx, s, name, f.explain, tree.Apply)
	if err != nil {
		return err
	}
	if set, err := readSettings(run.ID, run.Config); err == nil && set.Plug != nil && run.Verified && out.Status == view.Solved {
		err := set.Plug.verify(ctx, t, run.Problem, run.Answer)
		if out.Verified = err == nil; err != nil {
			fmt.Fprintln(t.err, "ponder: the answer was verified once, and is not now:", oneLine(err))
		}
	}
	if err := print(t, f, &tree, out, run.Elapsed); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if out.Status != view.Solved {
		return errUnsolved
	}
	return nil
}

// recall tells what a run came to, and emits its events as they are kept or, of
// one that is kept by snapshots, described.
func recall(ctx context.Context, s *store.Store, name string, explain bool, emit func(event.Event) error) (store.Run, ponder.Solution, error) {
	var out ponder.Solution
	run, err := s.Run(ctx, name)
	if err != nil {
		return run, out, badInput("%w", err)
	}
	past, err := past(ctx, archive{s, run.ID})
	if err != nil {
		return run, out, fmt.Errorf("reading run %s: %w", run.ID, err)
	}
	var emitErr error
	out, err = recount(ctx, run, past, explain, func(e event.Event) { emitErr = errors.Join(emitErr, emit(e)) })
	return run, out, errors.Join(err, emitErr)
}

// recount tells the past of a kept run by its events, and what it came to.
func recount(ctx context.Context, run store.Run, past *ponder.Past, explain bool, emit func(event.Event)) (ponder.Solution, error) {
	p, set, err := asked(run)
	if err != nil {
		return ponder.Solution{}, err
	}
	switch {
	case set.Proof != nil:
		p.Env = toldProof(run, set, past)
	case set.Plug != nil:
		p.Env = ponder.Told(past.Events)
	}
	c := ponder.Config{
		Run: run.ID, Past: past, Strategy: set.Strategy, Mix: set.Mix, Discount: set.Discount, Final: set.Final, Seed: set.Seed,
		Simulations: set.Simulations, Nodes: set.Nodes, Explain: explain, Emit: emit,
	}
	if set.Proof != nil {
		c.Explore = prove.Explore
	}
	out, err := ponder.Recall(ctx, p, c)
	if set.Plug != nil && out.Status == view.Solved {
		out.Answer = run.Answer
	}
	return out, err
}

// asked is the problem of a kept run, and how it was searched. That of a proof or a
// plug-in has no environment yet.
func asked(run store.Run) (p ponder.Problem, set settings, err error) {
	p = ponder.Problem{EnvName: run.Env, Text: run.Problem}
	if set, err = readSettings(run.ID, run.Config); err != nil {
		return p, set, err
	}
	if p.Slow = set.Plug != nil; p.Slow || set.Proof != nil {
		return p, set, nil
	}
	if p.Env, err = registry.Get(run.Env); err != nil {
		return p, set, fmt.Errorf("run %s: %w", run.ID, err)
	}
	return p, set, nil
}

// archive is a run that is only read.
type archive struct {
	*store.Store
	run string
}

func (a archive) events(ctx context.Context) (all []event.Event, err error) {
	for e, err := range a.Events(ctx, a.run) {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (a archive) snapshot(ctx context.Context) ([]byte, bool, error) { return a.Snapshot(ctx, a.run) }

// past is all that is kept of a run.
func past(ctx context.Context, a archive) (*ponder.Past, error) {
	var p ponder.Past
	var err error
	if p.Events, err = a.events(ctx); err != nil {
		return nil, err
	}
	if len(p.Events) == 0 {
		return nil, errors.New("nothing of it was kept before it was stopped: solve the problem anew")
	}
	data, found, err := a.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if found {
		p.Snapshot = data
	}
	return &p, nil
}
