package mcts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// diamond is a search of a problem in which two states lead to a third, which
// was valued and got children by way of the first. It returns the edge of the
// second that leads there.
func diamond(t testingT) (*watched, nodes.Edge) {
	t.Helper()
	g := &graph{open: true, vertices: []vertex{
		{to: []int{1, 2}, prior: []float64{3, 1}}, {to: []int{3}, value: 1}, {to: []int{3}, value: 1},
		{to: []int{4, 5}, value: 1}, {to: []int{0}, value: 1}, {to: []int{0}, value: 1},
	}}
	w := start(t, g.state(0), Options{})
	for {
		shared, second := w.index["3"], w.index["2"]
		if w.tree.N(shared) > 1 && w.tree.Expanded(second) && second != w.root {
			return w, w.tree.At(second, 0)
		}
		job, status := w.Next()
		if status != Work {
			t.Fatalf("status %d before the test began", status)
		}
		finish(t, w, g.worker(true), job)
	}
}

// A value is known better than one more simulation could tell only by visits
// that came through other edges: those on their way through this one are about
// to count.
func TestKnowsCountsVisitsInFlight(t *testing.T) {
	w, e := diamond(t)
	child := w.tree.Child(e)
	for missing := w.tree.N(child) - w.tree.EdgeN(e); missing >= 0; missing-- {
		if got := w.knows(e); got != (missing > 0) {
			t.Errorf("N of the child %d, of the edge %d, in flight %d: known is %v",
				w.tree.N(child), w.tree.EdgeN(e), w.tree.O(e), got)
		}
		w.tree.Launch(e)
	}
	for w.tree.O(e) > 0 {
		w.tree.Land(e)
	}
	if w.knows(w.tree.At(w.root, 0)) {
		t.Error("a child with one parent is visited by one edge alone: there is nothing to know")
	}
}

// In a plain tree every simulation ends with a job; where ways meet some end at
// a known value, two at most for each result that came back.
func TestFreeSimulations(t *testing.T) {
	for name, tt := range map[string]struct {
		root env.State
		free bool
	}{
		"tree":  {synthetic{}, false},
		"graph": {synthetic{width: 8}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, tt.root, Options{Simulations: 500})
			worker := &Worker{Env: tt.root.(synthetic), Policy: synthetic{}, Critic: synthetic{}}
			total, most := 0, 0
			for {
				before := w.Simulations()
				job, status := w.Next()
				free := w.Simulations() - before
				total, most = total+free, max(most, free)
				if status == Done {
					break
				}
				finish(t, w, worker, job)
			}
			switch {
			case !tt.free && total > 0:
				t.Errorf("%d simulations without a job in a tree", total)
			case tt.free && (total < 50 || most != freeRuns):
				t.Errorf("%d of 500 simulations without a job, %d in a row; want more, and %d", total, most, freeRuns)
			}
		})
	}
}

// told is what a score by PUCT depends on.
type told struct {
	V        float64
	N, O     int
	VisitedP float64
}

// seeing is a rule that checks what it is told of a node and its edges.
type seeing struct {
	w      *watched
	t      testingT
	scored int
}

func (r *seeing) score(p Parent, e Edge) float64 {
	r.scored++
	var parents []told
	var edges []Edge
	count, _ := r.w.tree.Len()
	for n := range nodes.ID(count) {
		parent := told{V: r.w.tree.V(n)}
		for id := range r.w.tree.Edges(n) {
			edge := Edge{P: r.w.tree.P(id), N: r.w.tree.EdgeN(id), O: r.w.tree.O(id)}
			if edge.N > 0 {
				edge.Q = r.w.tree.EdgeQ(id)
				parent.VisitedP += edge.P
			}
			parent.N, parent.O = parent.N+edge.N, parent.O+edge.O
			edges = append(edges, edge)
		}
		for range r.w.tree.Edges(n) {
			parents = append(parents, parent)
		}
	}
	for i := range edges {
		if edges[i] == e && parents[i] == (told{p.V, p.N, p.O, p.VisitedP}) {
			return PUCT{}.Score(p, e)
		}
	}
	r.t.Errorf("the rule is told %+v, %+v: no node of the tree is like that", p, e)
	return 0
}

// A rule is told the numbers of the tree, in flight and not.
func TestRuleIsToldTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, shape{size: 12, two: dice(t, 2) == 0, partial: true})
		rule := &seeing{t: t}
		c := &crowd{
			watched: start(t, g.state(0), Options{Rule: Scored(rule.score), Simulations: plenty}),
			worker:  g.worker(true), size: 4,
		}
		rule.w = c.watched
		c.run(t)
	})
}

// The rule of the search above sees jobs in flight at all.
func TestRuleSeesFlight(t *testing.T) {
	w := twoWays(t, Options{})
	a, _ := w.Next()
	b, _ := w.Next()
	p, data := w.at(w.root)
	if d := cmp.Diff(told{V: 0.5, O: 2}, told{p.V, p.N, p.O, p.VisitedP}); d != "" {
		t.Errorf("the root with two jobs in flight (-want +got):\n%s", d)
	}
	if d := cmp.Diff(Edge{P: 0.75, O: 1}, edgeOf(&data[0])); d != "" {
		t.Errorf("its first edge (-want +got):\n%s", d)
	}
	w.Abandon(a, nil, env.Usage{})
	w.Abandon(b, nil, env.Usage{})
}
