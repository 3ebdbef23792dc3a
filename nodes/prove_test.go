package nodes

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProve(t *testing.T) {
	type bounds = [2]float64
	unknown, won, lost := bounds{0, 1}, bounds{1, 1}, bounds{0, 0}
	for _, tt := range []struct {
		name string
		sk   sketch
		want map[ID]bounds
	}{
		{
			"one solved child, others unknown and more to come: solved",
			sketch{players: "000", ends: map[ID]float64{2: 1}, fans: []fan{{from: 0, to: []ID{1, 2}, open: true}}},
			map[ID]bounds{0: won, 1: unknown},
		},
		{
			"closed, every child dead: dead",
			sketch{players: "000", ends: map[ID]float64{1: 0, 2: 0}, fans: []fan{{from: 0, to: []ID{1, 2}}}},
			map[ID]bounds{0: lost},
		},
		{
			"open, every child dead: a further child may win",
			sketch{players: "000", ends: map[ID]float64{1: 0, 2: 0}, fans: []fan{{from: 0, to: []ID{1, 2}, open: true}}},
			map[ID]bounds{0: unknown},
		},
		{
			"closed, one child unknown: not dead",
			sketch{players: "000", ends: map[ID]float64{1: 0}, fans: []fan{{from: 0, to: []ID{1, 2}}}},
			map[ID]bounds{0: unknown},
		},
		{
			"closed without children: dead, for nothing can be done",
			sketch{players: "0", fans: []fan{{from: 0}}},
			map[ID]bounds{0: lost},
		},
		{
			"open without children: unknown",
			sketch{players: "0", fans: []fan{{from: 0, open: true}}},
			map[ID]bounds{0: unknown},
		},
		{
			"partial rewards, closed: the best is the exact value",
			sketch{players: "000", ends: map[ID]float64{1: 0.25, 2: 0.5}, fans: []fan{{from: 0, to: []ID{1, 2}}}},
			map[ID]bounds{0: {0.5, 0.5}},
		},
		{
			"partial reward beside an unknown: a low bound only",
			sketch{players: "000", ends: map[ID]float64{1: 0.25}, fans: []fan{{from: 0, to: []ID{1, 2}}}},
			map[ID]bounds{0: {0.25, 1}},
		},
		{
			"one lost reply of the opponent: won",
			sketch{players: "011", ends: map[ID]float64{1: 0, 2: 1}, fans: []fan{{from: 0, to: []ID{1, 2}, open: true}}},
			map[ID]bounds{0: won},
		},
		{
			"opponent wins everywhere: lost",
			sketch{players: "011", ends: map[ID]float64{1: 1, 2: 1}, fans: []fan{{from: 0, to: []ID{1, 2}}}},
			map[ID]bounds{0: lost},
		},
		{
			"lost or drawn: drawn",
			sketch{players: "011", ends: map[ID]float64{1: 1, 2: 0.5}, fans: []fan{{from: 0, to: []ID{1, 2}}}},
			map[ID]bounds{0: {0.5, 0.5}},
		},
		{
			"opponent has at least a draw: at most a draw above",
			sketch{
				players: "01100", ends: map[ID]float64{3: 0.5},
				fans: []fan{{from: 1, to: []ID{3, 4}, open: true}, {from: 0, to: []ID{1}}},
			},
			map[ID]bounds{1: {0.5, 1}, 0: {0, 0.5}},
		},
		{
			"the same player moves again: no mirror between",
			sketch{players: "000", ends: map[ID]float64{2: 1}, fans: []fan{{from: 0, to: []ID{1}}, {from: 1, to: []ID{2}}}},
			map[ID]bounds{0: won, 1: won},
		},
		{
			"shared child: proves every parent and their common ancestor",
			sketch{players: "00000", ends: map[ID]float64{4: 0}, fans: []fan{
				{from: 0, to: []ID{1, 2}}, {from: 1, to: []ID{3}}, {from: 2, to: []ID{3}}, {from: 3, to: []ID{4}},
			}},
			map[ID]bounds{0: lost, 1: lost, 2: lost, 3: lost},
		},
		{
			"shared child of both players: won for one parent, lost for the other",
			sketch{players: "0010", ends: map[ID]float64{3: 1}, fans: []fan{
				{from: 1, to: []ID{3}}, {from: 2, to: []ID{3}},
			}},
			map[ID]bounds{1: won, 2: lost},
		},
		{
			"circle with no way out: no proof by children alone",
			sketch{players: "00", fans: []fan{{from: 0, to: []ID{1}}, {from: 1, to: []ID{0}}}},
			map[ID]bounds{0: unknown, 1: unknown},
		},
		{
			"circle with a solution: solved all around",
			sketch{players: "0000", ends: map[ID]float64{3: 1}, fans: []fan{
				{from: 0, to: []ID{1}}, {from: 1, to: []ID{2}}, {from: 2, to: []ID{0, 3}},
			}},
			map[ID]bounds{0: won, 1: won, 2: won},
		},
		{
			"circle with a partial reward: a low bound all around",
			sketch{players: "000", ends: map[ID]float64{2: 0.25}, fans: []fan{
				{from: 0, to: []ID{1}}, {from: 1, to: []ID{0, 2}},
			}},
			map[ID]bounds{0: {0.25, 1}, 1: {0.25, 1}},
		},
		{
			"a step that leads back to its own state: no hang, no proof",
			sketch{players: "0", fans: []fan{{from: 0, to: []ID{0}}}},
			map[ID]bounds{0: unknown},
		},
		{
			"two edges to one child: it counts like one",
			sketch{players: "00", ends: map[ID]float64{1: 0}, fans: []fan{{from: 0, to: []ID{1, 1}}}},
			map[ID]bounds{0: lost},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := build(t, tt.sk)
			checked(t, tree)
			got := map[ID]bounds{}
			for n := range tt.want {
				low, high := tree.Bounds(n)
				got[n] = bounds{low, high}
				if tree.Proven(n) != (low == high) {
					t.Errorf("node %d: Proven is %v with bounds [%g, %g]", n, tree.Proven(n), low, high)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("bounds (-want +got):\n%s", d)
			}
		})
	}
}

func TestProveNamesWhatItChanged(t *testing.T) {
	// 0 → 1 → 3, 0 → 2 → 3, 3 → 4: the proof of 3 goes up both ways.
	tree := build(t, sketch{players: "00000", ends: map[ID]float64{4: 0}, fans: []fan{
		{from: 0, to: []ID{1, 2}}, {from: 1, to: []ID{3}}, {from: 2, to: []ID{3}},
	}})
	checked(t, tree)
	if changed := tree.Prove(0); len(changed) != 0 {
		t.Errorf("nothing is new, but %v changed", changed)
	}
	if _, err := tree.Expand(3, []ID{4}, []float64{1}, true); err != nil {
		t.Fatal(err)
	}
	changed := tree.Prove(3)
	slices.Sort(changed)
	if d := cmp.Diff([]ID{0, 1, 2, 3}, slices.Compact(changed)); d != "" {
		t.Errorf("changed (-want +got):\n%s", d)
	}
}

// The tree is an arena so that nothing recurses over it and nothing that
// happens at one node costs time in proportion to the whole.
func TestPitfall11DeepChainWithoutRecursion(t *testing.T) {
	const depth = 100_000
	tree := &Tree{}
	for i := range depth + 1 {
		tree.Add(i % 2)
	}
	for n := range ID(depth) {
		tree.Evaluate(n, 0.5)
		edges, err := tree.Expand(n, []ID{n + 1}, []float64{1}, true)
		if err != nil {
			t.Fatal(err)
		}
		tree.Visit(edges[0])
	}
	checked(t, tree)
	tree.End(depth, 1) // the player to move at the end has won
	for n := ID(depth - 1); n >= 0; n-- {
		tree.Refresh(n)
	}
	if changed := tree.Prove(depth - 1); len(changed) != depth {
		t.Errorf("the proof changed %d nodes, want %d", len(changed), depth)
	}
	wantFacts(t, tree, map[ID]facts{
		0: {N: 2, Q: 1, Lo: 1, Hi: 1}, 1: {N: 2, Q: 0}, depth - 1: {N: 2, Q: 0},
	})
}

// A node that a great many edges lead to must not make Check quadratic.
func TestPitfall10CheckOfAHubIsLinear(t *testing.T) {
	const parents = 100_000
	tree := &Tree{}
	hub := tree.Add(0)
	for range parents {
		if _, err := tree.Expand(tree.Add(0), []ID{hub}, []float64{1}, true); err != nil {
			t.Fatal(err)
		}
	}
	checked(t, tree)
	tree.End(hub, 1)
	if changed := tree.Prove(1); len(changed) != 1 {
		t.Errorf("Prove of one parent changed %d nodes, want 1", len(changed))
	}
	for n := range ID(parents) {
		tree.Prove(n + 1)
	}
}
