package mcts

import (
	"testing"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// choice is an edge of the root as a line sees it.
type choice struct {
	low, high float64
	visits    int
	q         float64 // where the bounds leave it open
	prior     float64
}

// among makes a search whose root has the choices as edges, and no events.
func among(t testingT, closed bool, choices []choice) *Search {
	t.Helper()
	s, err := New(endless("."), event.Started{}, Options{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() {
		t.Helper()
		if err := s.tree.Check(true); err != nil {
			t.Errorf("at the end of the test: %v", err)
		}
	})
	var children []nodes.ID
	var priors []float64
	total := 0.0
	for _, c := range choices {
		children = append(children, bounded(t, &s.tree, c))
		priors = append(priors, c.prior+1e-3)
		total += c.prior + 1e-3
	}
	for i := range priors {
		priors[i] /= total
	}
	edges, err := s.tree.Expand(s.root, children, priors, closed)
	if err != nil {
		t.Fatalf("Expand: %v", err)
	}
	for i, c := range choices {
		for range c.visits {
			s.tree.Visit(edges[i])
		}
	}
	s.tree.Prove(s.root)
	s.tree.Refresh(s.root)
	return s
}

// bounded makes a node of player 0 that has the bounds of c: the low one by a
// terminal, the high one by a reply that the opponent is sure to have.
func bounded(t testingT, tree *nodes.Tree, c choice) nodes.ID {
	t.Helper()
	n := tree.Add(0)
	if c.low == c.high {
		tree.End(n, c.low)
		return n
	}
	tree.Evaluate(n, c.q)
	if c.low == 0 && c.high == 1 {
		return n
	}
	sure, end, reply := tree.Add(0), tree.Add(1), tree.Add(1)
	tree.End(sure, c.low)
	tree.End(end, 1-c.high)
	_, err1 := tree.Expand(reply, []nodes.ID{end}, []float64{1}, false)
	_, err2 := tree.Expand(n, []nodes.ID{sure, reply}, []float64{0.5, 0.5}, true)
	if err1 != nil || err2 != nil {
		t.Fatalf("Expand: %v, %v", err1, err2)
	}
	tree.Prove(reply)
	tree.Prove(n)
	tree.Refresh(n)
	if low, high := tree.Bounds(n); low != c.low || high != c.high {
		t.Fatalf("the bounds are [%g, %g], the test wants [%g, %g]", low, high, c.low, c.high)
	}
	return n
}

func TestLinePrefers(t *testing.T) {
	open := choice{high: 1}
	with := func(visits int, q, prior float64) choice {
		return choice{high: 1, visits: visits, q: q, prior: prior}
	}
	exact := func(v float64, visits int) choice { return choice{low: v, high: v, visits: visits} }
	const none = -1
	for _, tt := range []struct {
		name    string
		choices []choice
		want    int
		open    bool
	}{
		{"most visits, not the highest mean", []choice{with(1, 1, 0.9), with(9, 0.25, 0.1)}, 1, false},
		{"same visits: the higher mean", []choice{with(5, 0.25, 0.9), with(5, 0.5, 0.1)}, 1, false},
		{"same visits and means: the higher prior", []choice{with(5, 0.5, 0.1), with(5, 0.5, 0.9)}, 1, false},
		{"all the same: the first", []choice{with(5, 0.5, 0.5), with(5, 0.5, 0.5)}, 0, false},
		{"a proven win, however seldom visited", []choice{with(99, 0.75, 0.9), exact(1, 1)}, 1, false},
		{"a proven win that was never visited", []choice{with(99, 0.75, 0.9), exact(1, 0)}, 1, false},
		{"not a proven loss, however often visited", []choice{exact(0, 99), with(1, 0.25, 0.1)}, 1, false},
		{"a sure draw before at most a draw", []choice{{high: 0.5, visits: 9, q: 0.25}, exact(0.5, 1)}, 1, false},
		{"at least a draw before just a draw", []choice{exact(0.5, 9), {low: 0.5, high: 1, visits: 1, q: 0.5}}, 1, false},
		{"a draw, or perhaps a win: by visits", []choice{exact(0.5, 9), with(1, 0.75, 0.5)}, 0, false},
		{"nothing visited: the line ends", []choice{open, open}, none, false},
		{"nothing at all: the line ends", nil, none, true},
		{"all that was tried is lost: what was not tried", []choice{exact(0, 9), open}, 1, false},
		{"all is lost, but a further step may come: the line ends", []choice{exact(0, 9), exact(0, 1)}, none, true},
		{
			"preferences that go round in a circle: the one that is surely no worse",
			// 2 has more visits than 1, 1 than 0, and 0 is proven as good as 2.
			[]choice{{low: 0.75, high: 1, visits: 1, q: 0.75}, {low: 0.25, high: 0.875, visits: 5, q: 0.5}, {high: 0.5, visits: 9, q: 0.5}},
			1, false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := among(t, !tt.open, tt.choices)
			got := none
			if line := s.line(); len(line) > 0 {
				got = int(line[0] - s.tree.At(s.root, 0))
			}
			if got != tt.want {
				t.Errorf("the line takes edge %d, want %d", got, tt.want)
			}
		})
	}
}

// Whatever is known of the edges, the choice does not depend on their order,
// and no other edge is sure to be as good or better.
func TestLineIsATotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices := make([]choice, 1+dice(t, 5))
		visits := rapid.Permutation([]int{0, 1, 2, 3, 4, 5}).Draw(t, "visits") // no ties
		for i := range choices {
			low := float64(dice(t, 5)) / 4
			choices[i] = choice{low: low, high: low + float64(dice(t, 5-int(low*4)))/4, visits: visits[i], q: low}
		}
		order := rapid.Permutation(indices(len(choices))).Draw(t, "order")
		shuffled := make([]choice, len(choices))
		for i, at := range order {
			shuffled[i] = choices[at]
		}
		s := among(t, true, choices)
		if s.Outcome() == StatusUnsolvable {
			return // no line then
		}
		got, other := preferredIndex(s), preferredIndex(among(t, true, shuffled))
		if got < 0 != (other < 0) || got >= 0 && got != order[other] {
			t.Fatalf("edge %d is preferred, after shuffling by %v edge %d", got, order, other)
		}
		if got < 0 {
			return
		}
		for i, c := range choices {
			if mine := choices[got]; c.low >= mine.high && (c.low != mine.low || c.high != mine.high) {
				t.Errorf("edge %d [%g, %g] is preferred to edge %d [%g, %g]", got, mine.low, mine.high, i, c.low, c.high)
			}
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func preferredIndex(s *Search) int {
	if e := s.preferred(s.root, map[nodes.ID]bool{}); e != nodes.NoEdge {
		return int(e - s.tree.At(s.root, 0))
	}
	return -1
}

// A win of the other player is no solution, however near.
func TestLineLeadsToOwnWin(t *testing.T) {
	for name, vertices := range map[string][]vertex{
		"by a move of one's own": {{to: []int{1, 2}}, {over: true, reward: 1, player: 1}, {over: true, reward: 0, player: 1}},
		"by two in a row": {
			{to: []int{1, 2}}, {over: true, reward: 1, player: 1}, {to: []int{3}}, {over: true, reward: 1},
		},
	} {
		g := &graph{moves: true, vertices: vertices}
		w := start(t, g.state(0), Options{})
		drive(t, w, g.worker(false))
		if line := w.Line(); w.Outcome() != StatusSolved || len(line.Path) == 0 || placeOf(line.Path[0].State) != 2 {
			t.Errorf("%s: %s by the line %v", name, w.Outcome(), line.Path)
		}
	}
}

// Two states that lead to each other are both visited, by different ways; a
// line through them must not go back and forth.
func TestLineDoesNotGoInCircles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, shape{size: 12, circles: true, partial: true})
		w := start(t, g.state(0), Options{Simulations: plenty})
		for {
			job, status := w.Next()
			if status == Done {
				break
			}
			seen := map[nodes.ID]bool{w.root: true}
			for _, e := range w.Line().Edges {
				c := w.tree.Child(e)
				if seen[c] {
					t.Fatalf("the line %v comes back to %s", w.Line().Path, w.states[c])
				}
				seen[c] = true
			}
			finish(t, w, g.worker(true), job)
		}
	})
}

// A solution of many steps needs no recursion, and no time in proportion to the
// square of its length once it is found.
func TestPitfall11LongSolution(t *testing.T) {
	const steps = 1000
	g := &graph{}
	for i := range steps {
		g.vertices = append(g.vertices, vertex{to: []int{i + 1}})
	}
	g.vertices = append(g.vertices, vertex{over: true, reward: 1})
	// Nobody listens, or the log of all paths would be the larger part.
	s, err := New(g.state(0), event.Started{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Children come with the values, so that each job goes one step deeper.
	for {
		job, status := s.Next()
		if status == Done {
			break
		}
		at := placeOf(job.State)
		x := Expansion{Expanded: true, Closed: true, Children: []Child{{Action: "0", Prior: 1, State: g.state(at + 1)}}}
		if err := s.Complete(job, x); err != nil {
			t.Fatal(err)
		}
	}
	if line := s.Line(); s.Outcome() != StatusSolved || len(line.Path) != steps || placeOf(line.End) != steps {
		t.Errorf("%s, a line of %d steps to %s; want %d", s.Outcome(), len(line.Path), line.End, steps)
	}
	if err := s.tree.Check(true); err != nil {
		t.Error(err)
	}
}
