package nodes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefresh(t *testing.T) {
	for _, tt := range []struct {
		name string
		sk   sketch
		want map[ID]facts
	}{
		{
			"own value only: it is the first visit",
			sketch{players: "0", values: map[ID]float64{0: 0.25}},
			map[ID]facts{0: {N: 1, Q: 0.25, Hi: 1}},
		},
		{
			"nothing known: no visit, no mean",
			sketch{players: "0"},
			map[ID]facts{0: {Hi: 1}},
		},
		{
			"visited edges: every visit weighs the same as the own value",
			sketch{
				players: "000", values: map[ID]float64{0: 0.5, 1: 0.25, 2: 1},
				fans: []fan{{from: 0, to: []ID{1, 2}, visits: []int{1, 2}, open: true}},
			},
			map[ID]facts{0: {N: 4, Q: (0.5 + 0.25 + 2*1) / 4, Hi: 1}},
		},
		{
			"child with a value but without a visit of this edge: it belongs to another parent's account",
			sketch{
				players: "000", values: map[ID]float64{0: 0.5, 1: 0.25, 2: 1},
				fans: []fan{{from: 0, to: []ID{1, 2}, visits: []int{1, 0}, open: true}},
			},
			map[ID]facts{0: {N: 2, Q: 0.375, Hi: 1}},
		},
		{
			"opponent's child: what is good for one is bad for the other",
			sketch{
				players: "01", values: map[ID]float64{0: 0.5, 1: 0.75},
				fans: []fan{{from: 0, to: []ID{1}, visits: []int{1}, open: true}},
			},
			map[ID]facts{0: {N: 2, Q: 0.375, Hi: 1}, 1: {N: 1, Q: 0.75, Hi: 1}},
		},
		{
			"same player twice in a row: no flip",
			sketch{
				players: "101", values: map[ID]float64{0: 0.5, 1: 0.5, 2: 1},
				fans: []fan{{from: 0, to: []ID{1, 2}, visits: []int{0, 1}, open: true}},
			},
			map[ID]facts{0: {N: 2, Q: 0.75, Hi: 1}},
		},
		{
			"shared child: each parent weighs it by its own edge",
			sketch{
				players: "0000", values: map[ID]float64{0: 0, 1: 0, 2: 0, 3: 0.75},
				fans: []fan{
					{from: 1, to: []ID{3}, visits: []int{1}, open: true},
					{from: 2, to: []ID{3}, visits: []int{3}, open: true},
					{from: 0, to: []ID{1, 2}, visits: []int{2, 4}, open: true},
				},
			},
			map[ID]facts{
				1: {N: 2, Q: 0.75 / 2, Hi: 1}, 2: {N: 4, Q: 3 * 0.75 / 4, Hi: 1},
				0: {N: 7, Q: (2*0.375 + 4*0.5625) / 7, Hi: 1},
			},
		},
		{
			"edges before the own value: only the edges count",
			sketch{
				players: "00", values: map[ID]float64{1: 0.75},
				fans: []fan{{from: 0, to: []ID{1}, visits: []int{2}, open: true}},
			},
			map[ID]facts{0: {N: 2, Q: 0.75, Hi: 1}},
		},
		{
			"proven low bound: the mean can't lie below it",
			sketch{
				players: "000", values: map[ID]float64{0: 0, 2: 0}, ends: map[ID]float64{1: 0.5},
				fans: []fan{{from: 0, to: []ID{1, 2}, visits: []int{1, 5}, open: true}},
			},
			map[ID]facts{0: {N: 7, Q: 0.5, Lo: 0.5, Hi: 1}},
		},
		{
			"proven high bound: the mean can't lie above it",
			sketch{
				players: "01", values: map[ID]float64{0: 1}, ends: map[ID]float64{1: 0.75},
				fans: []fan{{from: 0, to: []ID{1}, visits: []int{1}}},
			},
			map[ID]facts{0: {N: 2, Q: 0.25, Lo: 0.25, Hi: 0.25}},
		},
		{
			"terminal: its reward is its value and its proof",
			sketch{players: "0", ends: map[ID]float64{0: 0.75}},
			map[ID]facts{0: {N: 1, Q: 0.75, Lo: 0.75, Hi: 0.75}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := build(t, tt.sk)
			checked(t, tree)
			wantFacts(t, tree, tt.want)
			// Idempotent: a graph refreshes some nodes more often than others.
			for n := range ID(len(tt.sk.players)) {
				tree.Refresh(n)
			}
			wantFacts(t, tree, tt.want)
		})
	}
}

func TestEdgeSeesChildAsItsOwnPlayer(t *testing.T) {
	for _, tt := range []struct {
		name    string
		players string
		want    [3]float64 // EdgeQ, low, high
	}{
		{"same player: as it is", "00", [3]float64{0.625, 0.5, 1}},
		{"second player's own: as it is", "11", [3]float64{0.625, 0.5, 1}},
		{"opponent: mirrored, and the bounds change places", "01", [3]float64{0.375, 0, 0.5}},
		{"opponent the other way round: mirrored too", "10", [3]float64{0.375, 0, 0.5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// Node 1 has the bounds [0.5, 1] and the mean 0.625.
			tree := build(t, sketch{
				players: tt.players + tt.players[1:], values: map[ID]float64{1: 0.75}, ends: map[ID]float64{2: 0.5},
				fans: []fan{{from: 1, to: []ID{2}, visits: []int{1}, open: true}, {from: 0, to: []ID{1}, open: true}},
			})
			checked(t, tree)
			e := tree.At(0, 0)
			low, high := tree.EdgeBounds(e)
			if d := cmp.Diff(tt.want, [3]float64{tree.EdgeQ(e), low, high}); d != "" {
				t.Errorf("EdgeQ and bounds (-want +got):\n%s", d)
			}
		})
	}
}

func TestInFlightTouchesNothingElse(t *testing.T) {
	tree := build(t, sketch{
		players: "00", values: map[ID]float64{0: 0.5, 1: 0.25},
		fans: []fan{{from: 0, to: []ID{1}, visits: []int{1}, open: true}},
	})
	checked(t, tree)
	before := factsOf(tree, 0)
	tree.Launch(0)
	tree.Launch(0)
	tree.Refresh(0)
	if tree.O(0) != 2 || tree.EdgeN(0) != 1 {
		t.Errorf("O %d and N %d, want 2 and 1", tree.O(0), tree.EdgeN(0))
	}
	if d := cmp.Diff(before, factsOf(tree, 0)); d != "" {
		t.Errorf("a visit in flight changed the node (-before +after):\n%s", d)
	}
	if err := tree.Check(false); err != nil {
		t.Errorf("with jobs in flight: %v", err)
	}
	tree.Land(0)
	tree.Land(0)
}

func TestExpandRefuses(t *testing.T) {
	tree := build(t, sketch{players: "0000", ends: map[ID]float64{1: 0}, fans: []fan{{from: 0, to: []ID{1}}}})
	checked(t, tree)
	for name, n := range map[string]ID{"terminal": 1, "has all its edges already": 0} {
		if _, err := tree.Expand(n, []ID{2, 3}, uniform(2), true); err == nil {
			t.Errorf("%s: node %d got edges", name, n)
		}
	}
	if nodes, edges := tree.Len(); nodes != 4 || edges != 1 {
		t.Errorf("a refused Expand left %d nodes and %d edges, want 4 and 1", nodes, edges)
	}
}

func TestFlags(t *testing.T) {
	tree := build(t, sketch{
		players: "0100", ends: map[ID]float64{1: 0}, values: map[ID]float64{2: 0.5},
		fans: []fan{{from: 0, to: []ID{1, 2}, open: true}, {from: 2, to: []ID{3}}},
	})
	checked(t, tree)
	type flags struct{ Evaluated, Expanded, Closed, Terminal, Proven bool }
	want := []flags{
		{Expanded: true, Proven: true}, // open, but one won child is enough
		{Evaluated: true, Closed: true, Terminal: true, Proven: true},
		{Evaluated: true, Expanded: true, Closed: true},
		{},
	}
	var got []flags
	for n := range ID(4) {
		got = append(got, flags{tree.Evaluated(n), tree.Expanded(n), tree.Closed(n), tree.Terminal(n), tree.Proven(n)})
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("flags (-want +got):\n%s", d)
	}
	if tree.Player(1) != 1 || tree.Player(0) != 0 {
		t.Errorf("players %d, %d, want 0, 1", tree.Player(0), tree.Player(1))
	}
	if tree.From(2) != 2 || tree.Child(2) != 3 || tree.P(0) != 0.5 {
		t.Errorf("edge 2 leads from %d to %d; P of edge 0 is %g", tree.From(2), tree.Child(2), tree.P(0))
	}
}
