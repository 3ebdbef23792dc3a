package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

// retellings bounds the simulations that are made anew to tell of a run step by
// step: seconds of work.
const retellings = 30_000

// tell returns the events of a kept run, from the first on. A run that pays for
// nothing is kept as a snapshot, without its steps: one that repeats itself is
// made anew, for its seed says all; of others the tree is told as it is.
func tell(ctx context.Context, s *store.Store, run store.Run) ([]event.Event, error) {
	free, err := s.HasSnapshot(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	if !free {
		return timed(ctx, s, run.ID)
	}
	past, err := past(ctx, archive{s, run.ID})
	if err != nil {
		return nil, fmt.Errorf("reading run %s: %w", run.ID, err)
	}
	var told []event.Event
	if _, err := recount(ctx, run, past, false, func(e event.Event) { told = append(told, e) }); err != nil {
		return nil, err
	}
	if again, ok := repeat(ctx, run, told); ok {
		return again, nil
	}
	return told, ctx.Err()
}

// timed returns the events of a run with the times when they were kept.
func timed(ctx context.Context, s *store.Store, id string) (all []event.Event, err error) {
	for at := (store.Mark{}); ; {
		events, next, anew, err := s.EventsAfter(ctx, id, at)
		if err != nil {
			return nil, err
		}
		if anew {
			all = nil // somebody took the run up meanwhile
		}
		if len(events) == 0 {
			return all, nil
		}
		all, at = append(all, events...), next
	}
}

// repeat makes a search without a model anew. It reports whether it came to the
// tree that was told.
func repeat(ctx context.Context, run store.Run, told []event.Event) ([]event.Event, bool) {
	p, set, err := asked(run)
	if err != nil {
		return nil, false
	}
	want, err := foldAll(told)
	if err != nil || set.Parallel > 1 || want.Simulations > retellings {
		return nil, false
	}
	f := &searchFlags{strategy: set.Strategy}
	f.restore(set)
	f.simulations, f.nodes, f.parallel = set.Simulations, set.Nodes, 1
	c, err := f.config(ctx, p.Env, func(string) {})
	if err != nil {
		return nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cut := repeater{simulations: want.Simulations, nodes: len(want.Nodes) - 1, cancel: cancel}
	c.Run, c.Emit = run.ID, cut.take
	if _, err := ponder.Solve(ctx, p, c); err != nil && !errors.Is(err, context.Canceled) {
		return nil, false
	}
	events := cut.events
	if want.End != nil {
		events = append(events, event.Event{Seq: len(events) + 1, Ended: want.End})
	}
	got, err := foldAll(events)
	return events, err == nil && sameTree(got, want)
}

// repeater takes the events of a search up to where another one was stopped.
type repeater struct {
	simulations, nodes int // still to come
	cancel             func()
	over               bool
	events             []event.Event
}

func (r *repeater) take(e event.Event) {
	switch {
	case e.Ended != nil:
		r.over = true
	case e.Visited != nil:
		r.simulations--
	case e.Grown != nil:
		r.nodes -= len(e.Grown.New)
	}
	if r.over = r.over || r.simulations < 0 || r.nodes < 0; r.over {
		r.cancel()
		return
	}
	r.events = append(r.events, e)
}

func foldAll(events []event.Event) (*view.Tree, error) {
	return toldBy(func(emit func(event.Event)) {
		for _, e := range events {
			emit(e)
		}
	})
}

// sameTree compares states, steps and visits. The numbers of a node that is
// reached in several ways are brought up to date when it is next visited, so
// that those of its edges say more.
func sameTree(a, b *view.Tree) bool {
	if len(a.Nodes) != len(b.Nodes) || len(a.Edges) != len(b.Edges) || a.Simulations != b.Simulations {
		return false
	}
	states := make(map[int32]string, len(a.Nodes))
	for i := range a.Nodes {
		states[a.Nodes[i].ID] = a.Nodes[i].State
	}
	for i := range b.Nodes {
		if state, ok := states[b.Nodes[i].ID]; !ok || state != b.Nodes[i].State {
			return false
		}
	}
	visits := make(map[int32]int32, len(a.Edges))
	for i := range a.Edges {
		visits[a.Edges[i].ID] = a.Edges[i].N
	}
	for i := range b.Edges {
		if n, ok := visits[b.Edges[i].ID]; !ok || n != b.Edges[i].N {
			return false
		}
	}
	return true
}
