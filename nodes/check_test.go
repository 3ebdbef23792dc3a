package nodes

import (
	"math"
	"strings"
	"testing"
)

// planted is a small tree of every kind of node: 0 has the closed child 1 and
// the open child 2, which share the terminal 3; 4 is a leaf with a value.
func planted(tb testing.TB) *Tree {
	return build(tb, sketch{
		players: "01100", values: map[ID]float64{0: 0.5, 1: 0.5, 2: 0.5, 4: 0.5}, ends: map[ID]float64{3: 0.5},
		fans: []fan{
			{from: 1, to: []ID{3}, visits: []int{1}},
			{from: 2, to: []ID{3, 4}, visits: []int{0, 1}, open: true},
			{from: 0, to: []ID{1, 2}, visits: []int{2, 2}},
		},
	})
}

func TestCheckFinds(t *testing.T) {
	if err := planted(t).Check(true); err != nil {
		t.Fatalf("the sound tree: %v", err)
	}
	for _, tt := range []struct {
		name  string
		spoil func(*Tree)
		want  string
	}{
		{"visits without an account", func(t *Tree) { t.node(0).visits++ }, "its own value and its edges"},
		{"edge visits without an account", func(t *Tree) { t.data(0).N++ }, "its own value and its edges"},
		{"sum without an account", func(t *Tree) { t.node(0).sum++ }, "W is"},
		{"value taken away", func(t *Tree) { t.node(4).flags &^= evaluated }, "N is 1"},
		{"edge of another node", func(t *Tree) { *t.from.at(0) = 2 }, "says it starts at"},
		{"priors that don't sum to 1", func(t *Tree) { t.data(1).P = 0.4 }, "priors sum to"},
		{"prior that is negative", func(t *Tree) { t.data(1).P, t.data(2).P = -0.1, 1.1 }, "prior"},
		{"prior that is no number", func(t *Tree) { t.data(0).P = float32(math.NaN()) }, "prior"},
		{"bounds the wrong way round", func(t *Tree) { t.node(4).low, t.node(4).high = fix(0.75), fix(0.25) }, "bounds [0.75, 0.25]"},
		{"bounds outside the values", func(t *Tree) { t.node(4).high = One + 1 }, "bounds [0, 1.0"},
		{"bounds tighter than the children say", func(t *Tree) { t.node(2).high = fix(0.75) }, "do not follow"},
		{"bounds looser than the children say", func(t *Tree) { t.node(2).low = 0 }, "do not follow"},
		{"bounds of a leaf out of thin air", func(t *Tree) { t.node(4).low, t.node(4).q = fix(0.5), fix(0.5) }, "do not follow"},
		{"mean below the bounds", func(t *Tree) { t.node(2).q = fix(0.25) }, "outside the bounds"},
		{"mean above 1", func(t *Tree) { t.node(4).q = One + 1 }, "outside the bounds"},
		{"mean square that is no number", func(t *Tree) { t.node(4).square = float32(math.NaN()) }, "mean square"},
		{"own value above 1", func(t *Tree) { t.node(4).own += One; t.node(4).sum += One }, "own value"},
		{"terminal not proven", func(t *Tree) { t.node(3).high = One }, "terminal"},
		{"terminal with edges", func(t *Tree) { t.node(3).flags |= expanded }, "terminal"},
		{"edges without being expanded", func(t *Tree) { t.node(1).flags &^= expanded }, "not expanded"},
		{"edge that is settled for nothing", func(t *Tree) { t.data(2).move |= settled }, "settled"},
		{"edge that leads nowhere", func(t *Tree) { t.data(2).child = 99 }, "which there isn't"},
		{"negative visits in flight", func(t *Tree) { t.Land(1) }, "negative"},
		{"visits in flight left over", func(t *Tree) { t.Launch(1) }, "nothing in flight"},
		{
			"visit of a child that has no value",
			func(t *Tree) { r := t.node(4); r.flags &^= evaluated; r.visits, r.sum = 0, 0 }, "its child has no value",
		},
		{"child that doesn't know its parent", func(t *Tree) { t.node(4).parent = 0 }, "lead"},
		{"parent that lost its child", func(t *Tree) { t.data(0).child = 5 }, "lead"},
		{"list of parents in a circle", func(t *Tree) { t.links.at(0).next = 1 }, "lead"},
		{"edge listed twice in place of another", func(t *Tree) { t.links.at(0).edge = 0 }, "listed twice"},
		{"link in no list", func(t *Tree) { t.links.grow(t.links.n, 1) }, "in no list"},
		{"list of parents without a first one", func(t *Tree) { t.node(1).parent, t.node(1).inbound = 0, 1 }, "no first one"},
		{
			"visits that add up to what they are by overflow", func(t *Tree) {
				t.data(1).N += 1 << 31
				t.data(2).N += 1 << 31
				t.node(2).sum += 1 << 31 * (uint64(t.data(1).q) + uint64(t.data(2).q))
			}, "N is 2",
		},
		{"faded mean above 1", func(t *Tree) { t.Fade, t.node(3).q = 0.5, One+1 }, "outside the bounds"},
		{"player there isn't", func(t *Tree) { t.node(4).player = 2 }, "player"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := planted(t)
			tt.spoil(tree)
			// Twice, for a Check that repaired what it found would hide a bug
			// from the next one.
			for range 2 {
				if err := tree.Check(true); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Check says %v, want it to mention %q", err, tt.want)
				}
			}
		})
	}
}

// In a tree proper every visit of a child passes its one parent, so means can
// be stale only in a graph.
func TestCheckFindsStaleMeanInATree(t *testing.T) {
	tree := build(t, sketch{
		players: "000", values: map[ID]float64{0: 0.5, 1: 0.25, 2: 0.75},
		fans: []fan{{from: 0, to: []ID{1, 2}, visits: []int{1, 1}}},
	})
	if err := tree.Check(true); err != nil {
		t.Fatalf("the sound tree: %v", err)
	}
	tree.Evaluate(1, 0.75)
	if err := tree.Check(true); err == nil || !strings.Contains(err.Error(), "mean") {
		t.Errorf("Check says %v, want it to mention the mean", err)
	}
}

// A circle through a root needs no second edge to any node, but is no tree proper
// either.
func TestCheckKnowsCirclesThroughTheRoot(t *testing.T) {
	tree := build(t, sketch{
		players: "00", values: map[ID]float64{0: 0.5, 1: 0.25},
		fans: []fan{{from: 1, to: []ID{0}, open: true}, {from: 0, to: []ID{1}, visits: []int{1}, open: true}},
	})
	checked(t, tree)
	tree.Visit(tree.At(1, 0)) // as after a step of the root to node 1
	tree.Refresh(1)
	if err := tree.Check(true); err != nil {
		t.Error(err)
	}
	tree.Refresh(0)
}

func TestCheckAllowsFlightWhenNotIdle(t *testing.T) {
	tree := planted(t)
	tree.Launch(0)
	if err := tree.Check(false); err != nil {
		t.Errorf("not idle: %v", err)
	}
}
