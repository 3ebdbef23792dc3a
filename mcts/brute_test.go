package mcts

import (
	"context"
	"slices"
	"testing"

	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// plenty is a budget that no graph of these tests can need: a search that
// spends it goes round in circles.
const plenty = 20_000

var shapes = map[string]shape{
	"puzzle":                              {size: 40},
	"puzzle with circles":                 {size: 30, circles: true},
	"puzzle with circles and no solution": {size: 30, circles: true, hopeless: true},
	"puzzle with partial rewards":         {size: 40, partial: true},
	"circles and partial rewards":         {size: 30, circles: true, partial: true},
	"two players":                         {size: 40, two: true},
	"two players with draws":              {size: 40, two: true, partial: true},
	"few states and many a loop":          {size: 5, circles: true, hopeless: true},
}

// However a search gets there, it never proves what is not true, and it ends
// by itself with all there is to know.
func TestSearchAgreesWithBruteForce(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				w := start(t, g.state(0), Options{Rule: drawRule(t), Simulations: plenty})
				worker := g.worker(rapid.Bool().Draw(t, "blind"))
				truth := g.truth()
				for {
					before := w.Simulations()
					job, status := w.Next()
					if status == Done {
						if w.Simulations() != before {
							t.Errorf("%d simulations with nothing left to find", w.Simulations()-before)
						}
						break
					}
					finish(t, w, worker, job)
					wantBoundsAround(t, w, truth)
					if err := w.tree.Check(true); err != nil {
						t.Fatalf("after %d simulations: %v", w.Simulations(), err)
					}
				}
				wantEnd(t, w, g, truth[0], sh)
			})
		})
	}
}

func drawRule(t *rapid.T) Rule {
	return rapid.SampledFrom([]Rule{
		PUCT{}, UCT{}, PUCT{Init: 4}, UCT{C: 0.1}, PUCT{FPU: 1}, PUCT{Spread: true},
		Gumbel{}, Gumbel{Budget: 20, Seed: 1}, Gumbel{Budget: 1000, Actions: 2}, Thompson{},
	}).Draw(t, "rule")
}

// wantBoundsAround fails if a true value lies outside its proven bounds.
func wantBoundsAround(t testingT, w *watched, truth []float64) {
	t.Helper()
	count, _ := w.tree.Len()
	for n := range nodes.ID(count) {
		low, high := w.tree.Bounds(n)
		if v := truth[placeOf(w.states[n])]; v < low || v > high {
			t.Fatalf("%s has the value %g, but [%g, %g] is proven", w.states[n], v, low, high)
		}
	}
}

// wantEnd checks how an unlimited search of a graph ended.
func wantEnd(t testingT, w *watched, g *graph, value float64, sh shape) {
	t.Helper()
	low, high := w.tree.Bounds(w.root)
	status := map[float64]string{0: StatusUnsolvable, 1: StatusSolved}[value]
	if status == "" {
		status = StatusUnsolved
	}
	reason := Proven
	if sh.circles && value < 1 && low != high {
		reason = Exhausted // a circle may hide that nothing better can come
	} else if low != value || high != value {
		t.Errorf("the root has the value %g, but [%g, %g] is proven", value, low, high)
	}
	if w.Reason() != reason || w.Outcome() != status {
		t.Errorf("ended by %q with %q, want %q with %q", w.Reason(), w.Outcome(), reason, status)
	}
	if last := w.events[len(w.events)-1].Ended; last == nil || last.Reason != reason || last.Status != status {
		t.Errorf("the last event is %+v, want the end by %q with %q", last, reason, status)
	}
	switch line := w.Line(); {
	case status == StatusUnsolvable && len(line.Edges) > 0:
		t.Errorf("unsolvable, but the line is %v", line.Path)
	case status == StatusSolved && !g.moves:
		wantSolution(t, w, g)
	case reason == Proven && status != StatusUnsolvable:
		wantValueAtTheEnd(t, w, g, value)
	}
}

// wantValueAtTheEnd fails unless the line of a proven root leads to an end that
// is worth just what the root is.
func wantValueAtTheEnd(t testingT, w *watched, g *graph, value float64) {
	t.Helper()
	at := 0
	for _, step := range w.Line().Path {
		at = placeOf(step.State)
	}
	end := g.vertices[at]
	got := end.reward
	if end.player != g.vertices[0].player {
		got = 1 - got
	}
	if len(end.to) == 0 && !end.over { // a dead end is lost for who is there
		end.over, got = true, float64(g.vertices[0].player^end.player)
	}
	if !end.over || got != value {
		t.Errorf("the line %v leads to an end: %v, worth %g; the root is worth %g", w.Line().Path, end.over, got, value)
	}
}

// wantSolution fails unless the line is a real solution, and as short as any
// within the tree.
func wantSolution(t testingT, w *watched, g *graph) {
	t.Helper()
	line := w.Line()
	at := 0
	for i, step := range line.Path {
		next, err := g.Step(context.Background(), g.state(at), step.Action)
		if err != nil {
			t.Fatalf("step %d of the line: %v", i+1, err)
		}
		if at = placeOf(next); at != placeOf(step.State) {
			t.Fatalf("step %d of the line leads to %s, not to %s", i+1, next, step.State)
		}
	}
	if v := g.vertices[at]; !v.over || v.reward != 1 || placeOf(line.End) != at {
		t.Fatalf("the line %v ends at %s, which is no solution", line.Path, line.End)
	}
	if shortest := nearestWin(w); len(line.Edges) != shortest {
		t.Errorf("the line has %d steps, the tree holds a solution of %d", len(line.Edges), shortest)
	}
}

// nearestWin is the number of steps to the nearest won terminal in the tree.
func nearestWin(w *watched) int {
	layer, seen := []nodes.ID{w.root}, map[nodes.ID]bool{}
	for steps := 0; len(layer) > 0; steps++ {
		var next []nodes.ID
		for _, n := range layer {
			if w.tree.Terminal(n) && w.tree.V(n) == 1 {
				return steps
			}
			seen[n] = true
			for e := range w.tree.Edges(n) {
				if c := w.tree.Child(e); !seen[c] && !slices.Contains(next, c) {
					next = append(next, c)
				}
			}
		}
		layer = next
	}
	panic("no won terminal in a solved tree")
}

// The steps of many a puzzle lead back: no node of a circle is dead by its
// children alone, and still the search must end, with the right word.
func TestCircles(t *testing.T) {
	win, dead := vertex{over: true, reward: 1}, vertex{over: true}
	for _, tt := range []struct {
		name     string
		vertices []vertex
		status   string
		open     bool
	}{
		{"a step that changes nothing, and no other", []vertex{{to: []int{0}}}, StatusUnsolvable, false},
		{"no step at all", []vertex{{}}, StatusUnsolvable, false},
		{"there and back for ever", []vertex{{to: []int{1}}, {to: []int{0}}}, StatusUnsolvable, false},
		{
			"two ways into a circle of two: their counts feed each other",
			[]vertex{{to: []int{1, 2}}, {to: []int{2}}, {to: []int{1}}}, StatusUnsolvable, false,
		},
		{
			"two ways into a circle of two, which has a dead end",
			[]vertex{{to: []int{1, 2}}, {to: []int{2, 3}}, {to: []int{1}}, dead}, StatusUnsolvable, false,
		},
		{
			"ways out that the policy gives no prior, from a circle that it and the critic like",
			[]vertex{
				{to: []int{1, 2}}, {to: []int{2, 3}, prior: []float64{1, 0}, value: 1},
				{to: []int{1, 4}, prior: []float64{1, 0}, value: 1}, {to: []int{5}}, {to: []int{5}}, win,
			},
			StatusSolved, true,
		},
		{
			"the only solution leads through the far side of a circle",
			[]vertex{{to: []int{1}}, {to: []int{0, 2}}, {to: []int{1, 3}}, {to: []int{2, 4}}, win}, StatusSolved, false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, blind := range []bool{true, false} {
				g := &graph{vertices: tt.vertices, open: tt.open}
				w := start(t, g.state(0), Options{Simulations: plenty})
				drive(t, w, g.worker(blind))
				if w.Outcome() != tt.status || w.Reason() == Simulations {
					t.Errorf("blind %v: %s by %q after %d simulations, want %s",
						blind, w.Outcome(), w.Reason(), w.Simulations(), tt.status)
				}
			}
		})
	}
}

// Between two players a circle may be a draw or a loss: only the game can say.
func TestCircleOfTwoPlayersProvesNothing(t *testing.T) {
	g := &graph{moves: true, vertices: []vertex{
		{to: []int{1}}, {to: []int{0, 2}, player: 1}, {over: true, player: 1},
	}}
	w := start(t, g.state(0), Options{Simulations: plenty})
	drive(t, w, g.worker(true))
	if w.Outcome() != StatusUnsolved || w.Reason() != Exhausted {
		t.Errorf("%s by %q, want %s by %q", w.Outcome(), w.Reason(), StatusUnsolved, Exhausted)
	}
}
