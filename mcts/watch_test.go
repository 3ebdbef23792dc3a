package mcts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// testingT is what *testing.T, *testing.B and *rapid.T have in common.
type testingT interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// watched is a Search whose every event is kept, and folded into numbers that
// must be those of the tree.
type watched struct {
	*Search
	events []event.Event
	fold   fold
	left   []nodes.ID // roots that were left, brought up to date by hand in this order
}

// start begins a search at root. At the end of the test the tree is checked in
// full, and so is the log: events without a gap, the last one last, and a fold
// over them that agrees with the tree at every node.
func start(t testingT, root env.State, opt Options) *watched {
	t.Helper()
	w := &watched{fold: fold{nodes: map[int32]event.NodeStats{}, edges: map[int32]int32{}}}
	emit := opt.Emit
	opt.Emit = func(e event.Event) {
		w.events = append(w.events, e)
		w.fold.add(e)
		if emit != nil {
			emit(e)
		}
	}
	var err error
	if w.Search, err = New(root, event.Started{Run: "r", Problem: "p", Seed: 1}, opt); err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() {
		t.Helper()
		if err := w.verify(); err != nil {
			t.Errorf("at the end of the test: %v", err)
		}
	})
	return w
}

// verify returns the first thing that is wrong with the search and its log.
func (w *watched) verify() error {
	if err := w.tree.Check(len(w.pending) == 0); err != nil {
		return err
	}
	simulations := 0
	for _, job := range w.pending {
		if job.Kind == Evaluate {
			simulations++
		}
	}
	if simulations != w.inFlight {
		return fmt.Errorf("%d simulations are pending, the count in flight is %d", simulations, w.inFlight)
	}
	for i, e := range w.events {
		switch {
		case e.Seq != i+1:
			return fmt.Errorf("event %d has the number %d", i+1, e.Seq)
		case (e.Started != nil) != (i == 0):
			return fmt.Errorf("event %d of %d: %+v", i+1, len(w.events), e)
		case e.Ended != nil && i != len(w.events)-1 && w.events[i+1].Moved == nil && w.events[i+1].Resumed == nil:
			return fmt.Errorf("%d events come after the last one", len(w.events)-1-i)
		case e.Ended != nil && len(w.pending) > 0:
			return fmt.Errorf("ended with %d jobs in flight", len(w.pending))
		}
	}
	if err := w.wantRestored(); err != nil {
		return err
	}
	if err := w.wantSaved(); err != nil {
		return err
	}
	if live := w.live(); !live.same(w.fold) {
		d := cmp.Diff(live, w.fold, cmp.AllowUnexported(fold{}))
		return fmt.Errorf("a fold over the events does not give the tree (-tree +fold):\n%s", d)
	}
	return nil
}

// fold is what a reader of events knows: it assigns the numbers they carry.
type fold struct {
	nodes map[int32]event.NodeStats
	edges map[int32]int32
}

func (f fold) same(g fold) bool { return maps.Equal(f.nodes, g.nodes) && maps.Equal(f.edges, g.edges) }

func (f fold) add(e event.Event) {
	var stats event.Stats
	switch {
	case e.Started != nil:
		f.enter(e.Started.Root)
		if root := e.Started.Root; !root.Terminal {
			f.nodes[root.ID] = event.NodeStats{ID: root.ID, N: 1, Q: 0.5, Hi: 1}
		}
	case e.Grown != nil:
		for _, n := range e.Grown.New {
			f.enter(n)
		}
		for _, edge := range e.Grown.Edges {
			f.edges[edge.ID] = 0
		}
		stats = e.Grown.Stats
	case e.Visited != nil:
		stats = e.Visited.Stats
	}
	for _, n := range stats.Nodes {
		f.nodes[n.ID] = n
	}
	for _, edge := range stats.Edges {
		f.edges[edge.ID] = edge.N
	}
}

func (f fold) enter(n event.Node) {
	stats := event.NodeStats{ID: n.ID, Hi: 1}
	if n.Terminal {
		stats.N, stats.Q, stats.Lo, stats.Hi = 1, n.Reward, n.Reward, n.Reward
	}
	f.nodes[n.ID] = stats
}

// live is the same as a fold, read off the tree.
func (w *watched) live() fold {
	f := fold{nodes: map[int32]event.NodeStats{}, edges: map[int32]int32{}}
	count, _ := w.tree.Len()
	for n := range nodes.ID(count) {
		low, high := w.tree.Bounds(n)
		f.nodes[int32(n)] = event.NodeStats{ID: int32(n), N: int32(w.tree.N(n)), Q: w.tree.Q(n), Lo: low, Hi: high}
	}
	for n := range nodes.ID(count) {
		for e := range w.tree.Edges(n) {
			f.edges[int32(e)] = int32(w.tree.EdgeN(e))
		}
	}
	return f
}

// dump is everything a search will ever act on: not the marks of its walks,
// which no later walk reads, nor the running numbers of jobs.
func (w *watched) dump() string {
	var b strings.Builder
	s := w.Search
	b.WriteString(picture(s))
	fmt.Fprintf(&b, "actions %q\nindex %v\nroot %d\n", s.action, s.index, s.root)
	for _, n := range slices.Sorted(maps.Keys(s.pending)) {
		job := s.pending[n]
		fmt.Fprintf(&b, "pending %d: kind %d, path %v, state %s\n", n, job.Kind, job.edges, job.State)
	}
	fmt.Fprintf(&b, "refused %v\nspent %v\norders %v\n", s.refused, s.spent, s.orders)
	fmt.Fprintf(&b, "simulations %d, in flight %d, free %d\nseq %d, reason %q, ended %v\n",
		s.simulations, s.inFlight, s.free, s.seq, s.reason, s.ended)
	return b.String()
}

// drive runs a search to its end with one worker.
func drive(t testingT, w *watched, worker *Worker) {
	t.Helper()
	for {
		job, status := w.Next()
		switch status {
		case Done:
			return
		case Wait:
			t.Fatalf("Wait with nothing in flight")
		}
		finish(t, w, worker, job)
	}
}

// finish does the work of one job that must succeed.
func finish(t testingT, w *watched, worker *Worker, job Job) {
	t.Helper()
	x, err := worker.Do(context.Background(), job)
	if err != nil {
		t.Fatalf("working on %s: %v", job.State, err)
	}
	if err := w.Complete(job, x); err != nil {
		t.Fatalf("completing %s: %v", job.State, err)
	}
}
