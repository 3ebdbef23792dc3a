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
	next := nodes.NoEdge
	if n == s.root {
		if _, path, _ := s.find(); len(path) > 0 {
			next = path[0]
		}
	}
	s.enter(n)
	for e := range s.tree.Edges(n) {
		if c := s.tree.Child(e); c != n && !s.hasWork(c) {
			s.blocked[c] = s.walkNo
		}
	}
	out := s.explain(n)
	for i, x := range out {
		out[i].Action = s.action[x.Edge]
		if x.Closed == "" {
			out[i].Closed = s.closed(n, s.tree.Child(x.Edge))
		}
		if n == s.root {
			out[i].Chosen = x.Edge == next
		}
	}
	return out
}

// hasWork reports whether a walk under way that goes to a node will find
// something to do.
func (s *Search) hasWork(n nodes.ID) bool {
	seen := map[nodes.ID]bool{n: true}
	for work := []nodes.ID{n}; len(work) > 0; work = work[1:] {
		n := work[0]
		if s.isLeaf(n) {
			if !s.busy(n) {
				return true
			}
			continue
		}
		p, data := s.atUnpinned(n)
		for i, shut := range p.Skip {
			if c := s.tree.Child(s.tree.At(n, i)); !shut && !seen[c] {
				seen[c] = true
				work = append(work, c)
			}
			p.Skip[i] = true
		}
		if s.widens(n, p) || s.rule.Select(p, data) == Generate {
			return true
		}
	}
	return false
}

// closed says why a walk under way can't go from n to c.
func (s *Search) closed(n, c nodes.ID) string {
	_, inFlight := s.pending[c]
	switch {
	case c == n:
		return "leads back here"
	case s.isLeaf(c) && inFlight:
		return "in flight"
	case s.isLeaf(c) && s.refused[c]:
		return "failed"
	case s.blocked[c] == s.walkNo:
		return "nothing to do below"
	}
	return ""
}

// Explain is the Explain of Search, for a node of a PositionSearch.
func (s *PositionSearch) Explain(n nodes.ID) []Explanation {
	s.enter(n)
	out := s.explain(n)
	for i, x := range out {
		out[i].Move = env.Move(s.tree.Move(x.Edge))
	}
	return out
}

// begin starts a walk at a node.
func (g *walker) enter(n nodes.ID) {
	g.walkNo++ // forget the last one
	if len(g.onPath) > 0 {
		g.onPath[n] = g.walkNo
	}
}

func (g *walker) explain(n nodes.ID) []Explanation {
	choice := g.choose(n)
	p, data := g.at(n)
	var out []Explanation
	for i := range data {
		e := g.tree.At(n, i)
		x := Explanation{Edge: e, N: g.tree.EdgeN(e), Chosen: i == choice, Terms: g.rule.Explain(p, data, i)}
		x.Score = total(x.Terms)
		if low, high := g.tree.EdgeBounds(e); low == high {
			x.Closed = "proven"
		} else if g.tree.Settled(e) {
			x.Closed = "no better than what is sure"
		} else if g.forbidden(e) {
			x.Closed = "forbidden"
		} else if p.Barred != nil && p.Barred[i] && p.Skip[i] {
			x.Closed = "others are pinned"
		}
		out = append(out, x)
	}
	return out
}
