package mcts

import "github.com/ponder-mcts/ponder/nodes"

// best returns the edge a line follows from n, or NoEdge where it ends: of
// the edges that no other is sure to be as good as, the one that the chooser
// takes. It does not go round in circles, nor into a node of which nothing is
// known unless all that is known of the others speaks against them, nor by a
// forbidden edge if another is as fit.
func (g *walker) best(n nodes.ID, passed map[nodes.ID]bool, final Chooser) nodes.Edge {
	// The bounds of the edge that promises most for certain. A child that may
	// still come promises nothing, but is not lost.
	sure, hope := 0.0, 0.0
	if !g.tree.Closed(n) {
		hope = 1
	}
	tried := false
	for e := range g.tree.Edges(n) {
		low, high := g.tree.EdgeBounds(e)
		tried = tried || g.tree.EdgeN(e) > 0 || low == high
		if low > sure || low == sure && high > hope {
			sure, hope = low, high
		}
	}
	if !tried {
		return nodes.NoEdge
	}
	p, data := g.view(n)
	p.DevOf = func(i int) float64 { return g.deviation(g.tree.At(n, i)) }
	fit := make([]bool, len(data))
	some := false
	for i := range fit {
		e := g.tree.At(n, i)
		low, high := g.tree.EdgeBounds(e)
		worse := high <= sure && (low != sure || high != hope)
		fit[i] = !worse && !passed[g.tree.Child(e)]
		some = some || fit[i]
	}
	if !some {
		return nodes.NoEdge
	}
	if len(g.orders) > 0 {
		g.spare(n, fit)
	}
	if final == nil || !p.Root {
		final = MostVisited{}
	}
	return g.tree.At(n, final.Choose(p, data, fit))
}

// deviation is that of an edge's child; a leaf without a node has one value.
func (g *walker) deviation(e nodes.Edge) float64 {
	if c := g.tree.Child(e); c != nodes.None {
		g.tree.Sync(c) // what other edges did to its children counts
		return g.tree.Deviation(c)
	}
	return 0
}
