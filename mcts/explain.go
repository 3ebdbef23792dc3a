package mcts

import "github.com/ponder-mcts/ponder/nodes"

// Explanation says why a walk would follow one edge of a node, or not.
type Explanation struct {
	Edge   nodes.Edge
	Action string
	N      int     // finished visits
	Terms  []Term  // of the score
	Score  float64 // their sum
	// Closed says why no walk can follow the edge now; it is empty if one can.
	Closed string
	Chosen bool // by a walk that came here now
}

// Explain says what a walk that came to a node now would see: for each edge the
// terms of its score. A node without edges has none. It may be called at any
// moment and changes nothing.
func (s *Search) Explain(n nodes.ID) []Explanation {
	s.walkNo++ // forget the last walk
	p, data := s.at(n)
	choice := None
	if s.tree.Expanded(n) && !s.widens(n, p) {
		choice = s.rule.Select(p, data)
	}
	var out []Explanation
	for i := range data {
		e := s.tree.At(n, i)
		x := Explanation{
			Edge: e, Action: s.action[e], N: s.tree.EdgeN(e), Closed: s.closed(e), Chosen: i == choice,
			Terms: s.rule.Explain(p, data, i),
		}
		for _, t := range x.Terms {
			x.Score += t.Value
		}
		out = append(out, x)
	}
	return out
}

func (s *Search) closed(e nodes.Edge) string {
	c := s.tree.Child(e)
	switch {
	case s.tree.Proven(c):
		return "proven"
	case s.tree.Settled(e):
		return "no better than what is sure"
	case s.refused[c] && s.isLeaf(c):
		return "failed"
	case s.isLeaf(c) && s.busy(c):
		return "in flight"
	}
	return ""
}
