package mcts

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
	"github.com/ponder-mcts/ponder/view"
	"pgregory.net/rapid"
)

// below are the numbers of all nodes within reach of one.
func below(w *watched, n nodes.ID) map[nodes.ID]event.NodeStats {
	out := map[nodes.ID]event.NodeStats{}
	for work := []nodes.ID{n}; len(work) > 0; work = work[1:] {
		n := work[0]
		low, high := w.tree.Bounds(n)
		out[n] = event.NodeStats{N: int32(w.tree.N(n)), Q: w.tree.Q(n), Lo: low, Hi: high}
		for e := range w.tree.Edges(n) {
			if _, seen := out[w.tree.Child(e)]; !seen {
				work = append(work, w.tree.Child(e))
			}
		}
	}
	return out
}

// advance moves a search on by an edge of its root.
func advance(t testingT, w *watched, e nodes.Edge) {
	t.Helper()
	old := w.root
	if err := w.Advance(e); err != nil {
		t.Fatalf("Advance: %v", err)
	}
	if w.Root() != w.tree.Child(e) || w.Reason() != "" {
		t.Fatalf("the root is node %d, reason %q; want %d and none", w.Root(), w.Reason(), w.tree.Child(e))
	}
	// A search does not bring the means of states that it has left up to date.
	// Before the check at the end of the test that is made up for.
	t.Cleanup(func() {
		w.tree.Refresh(old)
		w.left = append(w.left, old)
		w.fold.nodes[int32(old)] = w.live().nodes[int32(old)]
	})
}

// best is the step a search likes best.
func best(w *watched) nodes.Edge { return w.Line().Edges[0] }

// A move leaves what is known below it as it is, and each move has the whole
// budget.
func TestAdvanceKeepsTheSubtree(t *testing.T) {
	const budget = 40
	w := start(t, endless("."), Options{Simulations: budget})
	for move := range 4 {
		for {
			job, status := w.Next()
			if status == Done {
				break
			}
			feed(t, w, job, float64(luck(9, job.State.Key()))/8, 3, 2, 1)
		}
		if w.Simulations() != (move+1)*budget || w.Reason() != Simulations {
			t.Errorf("before move %d: %d simulations by %q, want %d", move, w.Simulations(), w.Reason(), (move+1)*budget)
		}
		root, line := w.root, w.Line()
		child := w.tree.Child(line.Edges[0])
		before, visits := below(w, child), w.tree.N(child)
		advance(t, w, line.Edges[0])
		if d := cmp.Diff(before, below(w, child)); d != "" {
			t.Errorf("below move %d (-before +after):\n%s", move, d)
		}
		if d := cmp.Diff(line.Path[1:], w.Line().Path); d != "" {
			t.Errorf("the line after move %d (-rest of the one before +now):\n%s", move, d)
		}
		want := event.Event{Seq: w.seq, Moved: &event.Moved{Edge: int32(line.Edges[0]), Root: int32(child)}}
		want.Moved.Stats = w.stats([]nodes.ID{child}, nil)
		for e := range w.tree.Edges(child) {
			want.Moved.Stats.Edges = append(want.Moved.Stats.Edges, event.EdgeStats{ID: int32(e), N: int32(w.tree.EdgeN(e)), P: w.tree.P(e), Mass: w.mass[e]})
		}
		if d := cmp.Diff(want, w.events[len(w.events)-1]); d != "" {
			t.Errorf("last event (-want +got):\n%s", d)
		}
		if w.tree.N(root) <= visits {
			t.Errorf("the old root has %d visits, its child %d", w.tree.N(root), visits)
		}
	}
	w.Finish(Interrupted)
}

func TestAdvanceRefuses(t *testing.T) {
	w := twoWays(t, Options{})
	first, _ := w.Next()
	before := picture(w.Search)
	if err := w.Advance(w.tree.At(w.root, 0)); !errors.Is(err, ErrInFlight) {
		t.Errorf("with a job in flight: %v, want %v", err, ErrInFlight)
	}
	wantPicture(t, "after a refusal", before, picture(w.Search))
	feed(t, w, first, 0.5, 1)
	second, _ := w.Next()
	feed(t, w, second, 0.5, 1)
	for w.tree.Count(first.Node) == 0 {
		job, _ := w.Next()
		feed(t, w, job, 0.5, 1)
	}
	before, events := picture(w.Search), len(w.events)
	for name, e := range map[string]nodes.Edge{
		"an edge of another node": w.tree.At(first.Node, 0), "no edge": nodes.NoEdge, "an edge that there isn't": 1 << 20,
	} {
		if err := w.Advance(e); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	wantPicture(t, "after refusals", before, picture(w.Search))
	if len(w.events) != events {
		t.Errorf("refusals emit %+v", w.events[events:])
	}
	// What is in flight can be taken back.
	if _, status := w.Next(); status != Work {
		t.Fatalf("status %d", status)
	}
	w.Finish(Interrupted)
	advance(t, w, best(w))
	job, status := w.Next()
	if status != Work {
		t.Fatalf("after a move: status %d", status)
	}
	w.Abandon(job, nil, env.Usage{})
}

// Wherever it is moved to in between, a search proves what a fresh search from
// there does, and its log tells it all.
func TestAdvanceProvesTheSame(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				truth := g.truth()
				opt := Options{Rule: drawRule(t), Simulations: plenty}
				w, tree := start(t, g.state(0), opt), new(view.Tree)
				for range 1 + dice(t, 4) {
					for range dice(t, 30) {
						job, status := w.Next()
						if status == Done {
							break
						}
						finish(t, w, g.worker(true), job)
					}
					if w.tree.Count(w.root) == 0 {
						break
					}
					advance(t, w, w.tree.At(w.root, dice(t, w.tree.Count(w.root))))
				}
				drive(t, w, g.worker(true))
				at := placeOf(w.states[w.root])
				fresh := start(t, g.state(at), opt)
				drive(t, fresh, g.worker(true))

				wantBoundsAround(t, w, truth)
				if w.Outcome() != fresh.Outcome() || w.Reason() != fresh.Reason() {
					t.Errorf("from %s: %s by %q, a fresh search: %s by %q", w.states[w.root], w.Outcome(), w.Reason(), fresh.Outcome(), fresh.Reason())
				}
				low, high := w.tree.Bounds(w.root)
				freshLow, freshHigh := fresh.tree.Bounds(fresh.root)
				if fresh.Reason() == Proven && (low != freshLow || high != freshHigh) {
					t.Errorf("from %s: [%g, %g] is proven, by a fresh search [%g, %g]", w.states[w.root], low, high, freshLow, freshHigh)
				}
				for _, e := range w.events {
					if err := tree.Apply(e); err != nil {
						t.Fatalf("the log can't be read: %v", err)
					}
				}
				if tree.Nodes[tree.Root].ID != int32(w.root) || tree.End == nil || len(tree.Line()) != len(w.Line().Edges) {
					t.Errorf("the log tells of root %d and a line of %d edges, want %d and %d",
						tree.Nodes[tree.Root].ID, len(tree.Line()), w.root, len(w.Line().Edges))
				}
			})
		})
	}
}

// What failed or was not paid for before the move may be tried again.
func TestAdvanceForgetsRefusals(t *testing.T) {
	g := &graph{vertices: []vertex{{to: []int{1}}, {to: []int{2}, value: 0.5}, {over: true, reward: 1}}}
	w := start(t, g.state(0), Options{})
	for {
		job, status := w.Next()
		if status == Done {
			break
		}
		if placeOf(job.State) == 1 && job.Kind == Expand {
			w.Unpaid(job, env.Usage{})
			continue
		}
		finish(t, w, g.worker(true), job)
	}
	if w.Reason() != Calls {
		t.Fatalf("ended by %q, want %q", w.Reason(), Calls)
	}
	advance(t, w, best(w))
	drive(t, w, g.worker(true))
	if w.Outcome() != StatusSolved || len(w.Line().Edges) != 1 {
		t.Errorf("%s by %q, a line of %d steps", w.Outcome(), w.Reason(), len(w.Line().Edges))
	}
}

// A step to the end of a game ends the search, and a step to a state that was
// never valued makes a root like any other.
func TestAdvanceToTheEnds(t *testing.T) {
	g := &graph{vertices: []vertex{{to: []int{1, 2}}, {over: true, reward: 0.5}, {to: []int{3}}, {over: true, reward: 1}}}
	for name, tt := range map[string]struct {
		step   int
		reason string
		status string
	}{
		"the end":      {0, Proven, StatusUnsolved},
		"never valued": {1, Proven, StatusSolved},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, g.state(0), Options{})
			job, _ := w.Next()
			finish(t, w, g.worker(true), job)
			advance(t, w, w.tree.At(w.root, tt.step))
			if !w.tree.Evaluated(w.root) {
				t.Error("the new root has no value")
			}
			drive(t, w, g.worker(true))
			if w.Reason() != tt.reason || w.Outcome() != tt.status {
				t.Errorf("%s by %q, want %s by %q", w.Outcome(), w.Reason(), tt.status, tt.reason)
			}
			if w.Simulations() > 1 {
				t.Errorf("%d simulations", w.Simulations())
			}
		})
	}
}

// A Driver can be run once for each move.
func TestAdvanceBetweenRuns(t *testing.T) {
	g := &graph{moves: true, vertices: []vertex{
		{to: []int{1, 2}}, {to: []int{3, 4}, player: 1}, {to: []int{4, 5}, player: 1},
		{over: true, reward: 1}, {over: true, reward: 0.5}, {over: true},
	}}
	w := start(t, g.state(0), Options{Simulations: 30, Decide: true})
	d := &Driver{Search: w.Search, Worker: g.worker(true), Parallel: 2}
	steps := 0
	for ; !w.tree.Terminal(w.root); steps++ {
		if err := d.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		advance(t, w, best(w))
	}
	if end := placeOf(w.states[w.root]); steps != 2 || end != 4 {
		t.Errorf("after %d moves the game ends at %d, want 2 and 4, the draw", steps, end)
	}
	w.Finish(Interrupted)
}
