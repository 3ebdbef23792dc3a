package nodes

import (
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
		{"visits without an account", func(t *Tree) { t.visits[0]++ }, "its own value and its edges"},
		{"edge visits not refreshed above", func(t *Tree) { t.Visit(0) }, "its own value and its edges"},
		{"value taken away", func(t *Tree) { t.flags[4] &^= evaluated }, "N is 1"},
		{"edge of another node", func(t *Tree) { t.from[0] = 2 }, "says it starts at"},
		{"priors that don't sum to 1", func(t *Tree) { t.prior[1] = 0.4 }, "priors sum to"},
		{"prior that is negative", func(t *Tree) { t.prior[1], t.prior[2] = -0.1, 1.1 }, "prior"},
		{"prior that is no number", func(t *Tree) { t.prior[0] = float32(nan()) }, "prior"},
		{"bounds the wrong way round", func(t *Tree) { t.low[4], t.high[4] = 0.75, 0.25 }, "bounds [0.75, 0.25]"},
		{"bounds outside the values", func(t *Tree) { t.high[4] = 2 }, "bounds [0, 2]"},
		{"bounds that are no number", func(t *Tree) { t.low[4] = float32(nan()) }, "bounds [NaN, 1]"},
		{"bounds tighter than the children say", func(t *Tree) { t.high[2] = 0.75 }, "do not follow"},
		{"bounds looser than the children say", func(t *Tree) { t.low[2] = 0 }, "do not follow"},
		{"bounds of a leaf out of thin air", func(t *Tree) { t.low[4], t.mean[4] = 0.5, 0.5 }, "do not follow"},
		{"mean below the bounds", func(t *Tree) { t.mean[2] = 0.25 }, "outside the bounds"},
		{"mean that is no number", func(t *Tree) { t.mean[4] = nan() }, "outside the bounds"},
		{"own value that is no number", func(t *Tree) { t.own[4] = float32(nan()) }, "own value"},
		{"own value above 1", func(t *Tree) { t.own[4] = 1.5 }, "own value"},
		{"terminal not proven", func(t *Tree) { t.high[3] = 1 }, "terminal"},
		{"terminal with edges", func(t *Tree) { t.flags[3] |= expanded }, "terminal"},
		{"edges without being expanded", func(t *Tree) { t.flags[1] &^= expanded }, "not expanded"},
		{"negative visits", func(t *Tree) { t.edgeN[0], t.visits[1] = -1, 0 }, "negative"},
		{"negative visits in flight", func(t *Tree) { t.Land(1) }, "negative"},
		{"visits in flight left over", func(t *Tree) { t.Launch(1) }, "nothing in flight"},
		{
			"visit of a child that has no value",
			func(t *Tree) { t.flags[4] &^= evaluated; t.Refresh(4) }, "its child has no value",
		},
		{"child that doesn't know its parent", func(t *Tree) { t.inbound[4] = NoEdge }, "lead"},
		{"parent that lost its child", func(t *Tree) { t.child[0] = 4 }, "lead"},
		{"list of parents in a circle", func(t *Tree) { t.nextIn[t.inbound[3]] = t.inbound[3] }, "lead"},
		{"player there isn't", func(t *Tree) { t.player[4] = 2 }, "player"},
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

func TestCheckAllowsFlightWhenNotIdle(t *testing.T) {
	tree := planted(t)
	tree.Launch(0)
	if err := tree.Check(false); err != nil {
		t.Errorf("not idle: %v", err)
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}
