package mcts

import (
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// Explanation says why a walk would follow one edge of a node, or not.
type Explanation struct {
	Edge   nodes.Edge
	Action string   // in a Search
	Move   env.Move // in a PositionSearch
	N      int      // finished visits
	Terms  []Term   // of the score
	Score  float64  // their sum
	// Closed says why no walk can follow the edge now; it is empty if one can.
	Closed string
	Chosen bool // by a walk that came here now
}

// Explain says what a walk that came to a node now would see: for each edge the
// terms of its score. A node without edges has none. It may be called at any
// moment and changes nothing.
func (s *Search) Explain(n nodes.ID) []Explanation {
	out := s.explain(n)
	for i, x := range out {
		out[i].Action = s.action[x.Edge]
		if c := s.tree.Child(x.Edge); x.Closed == "" && s.isLeaf(c) {
			out[i].Closed = s.closed(c)
		}
	}
	return out
}

// closed says why a leaf can't be worked on.
func (s *Search) closed(leaf nodes.ID) string {
	switch _, inFlight := s.pending[leaf]; {
	case inFlight:
		return "in flight"
	case s.refused[leaf]:
		return "failed"
	}
	return ""
}

// Explain is the Explain of Search, for a node of a PositionSearch.
func (s *PositionSearch) Explain(n nodes.ID) []Explanation {
	out := s.explain(n)
	for i, x := range out {
		out[i].Move = env.Move(s.tree.Move(x.Edge))
	}
	return out
}

func (g *walker) explain(n nodes.ID) []Explanation {
	g.walkNo++ // forget the last walk
	p, data := g.at(n)
	choice := None
	if g.tree.Expanded(n) && !g.widens(n, p) {
		choice = g.rule.Select(p, data)
	}
	var out []Explanation
	for i := range data {
		e := g.tree.At(n, i)
		x := Explanation{Edge: e, N: g.tree.EdgeN(e), Chosen: i == choice, Terms: g.rule.Explain(p, data, i)}
		x.Score = total(x.Terms)
		if low, high := g.tree.EdgeBounds(e); low == high {
			x.Closed = "proven"
		} else if g.tree.Settled(e) {
			x.Closed = "no better than what is sure"
		}
		out = append(out, x)
	}
	return out
}
