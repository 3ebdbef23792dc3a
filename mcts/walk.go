package mcts

import (
	"math"

	"github.com/ponder-mcts/ponder/nodes"
)

// find is what a walk came to.
type find int

const (
	nothing find = iota // all that can be reached is proven, in flight or refused
	leaf                // a node that lacks its value or its children
	known               // a node whose value is known well enough already
)

// walk goes down from the root to the node where a simulation ends. It backs
// out of places where nothing can be selected and tries the next best edge, so
// it finds a leaf whenever there is one. Only then may it end above that leaf,
// where a value is known well enough already, if free says that it may: a known
// value with nothing to find below it would be counted over and over.
func (s *Search) walk(free bool) (end nodes.ID, path []nodes.Edge, found find) {
	s.walkNo++
	node := s.root
	for {
		s.onPath[node] = s.walkNo
		if s.isLeaf(node) && !s.busy(node) {
			for i, e := range path {
				if free && s.knows(e) {
					return s.tree.Child(e), path[:i+1], known
				}
			}
			return node, path, leaf
		}
		best := s.selectEdge(node)
		if best != nodes.NoEdge {
			path = append(path, best)
			node = s.tree.Child(best)
			continue
		}
		s.blocked[node] = s.walkNo
		if len(path) == 0 {
			return 0, nil, nothing
		}
		last := path[len(path)-1]
		path = path[:len(path)-1]
		node = s.tree.From(last)
	}
}

// knows reports whether the child of an edge was visited more often through
// other edges than through this one: its mean says more than one more
// simulation would. Visits in flight through the edge are about to count.
func (s *Search) knows(e nodes.Edge) bool {
	return s.tree.N(s.tree.Child(e)) > s.tree.EdgeN(e)+s.tree.O(e)
}

// isLeaf reports whether the node still lacks its value or its children.
func (s *Search) isLeaf(n nodes.ID) bool { return !s.tree.Expanded(n) }

// busy reports whether the node is in flight or must be left alone.
func (s *Search) busy(n nodes.ID) bool {
	_, inFlight := s.pending[n]
	return inFlight || s.refused[n]
}

// selectEdge returns the edge with the highest score among those that may be
// followed, or NoEdge.
func (s *Search) selectEdge(n nodes.ID) nodes.Edge {
	first, count := s.tree.Edges(n)
	parent := s.parent(n)
	best, high := nodes.NoEdge, math.Inf(-1)
	for e := first; e < first+nodes.Edge(count); e++ {
		if !s.selectable(e) {
			continue
		}
		score := s.opt.Rule.Score(parent, s.edge(e))
		if best == nodes.NoEdge || score > high || score == high && s.tree.P(e) > s.tree.P(best) {
			best, high = e, score
		}
	}
	return best
}

// selectable reports whether the walk under way may follow an edge: not to a
// proven node, not in a circle, and not to where nothing can be done.
func (s *Search) selectable(e nodes.Edge) bool {
	c := s.tree.Child(e)
	switch {
	case s.tree.Proven(c), s.blocked[c] == s.walkNo, s.onPath[c] == s.walkNo:
		return false
	case s.isLeaf(c):
		return !s.busy(c)
	}
	return true
}

func (s *Search) parent(n nodes.ID) Parent {
	p := Parent{V: s.tree.V(n)}
	first, count := s.tree.Edges(n)
	for e := first; e < first+nodes.Edge(count); e++ {
		p.O += s.tree.O(e)
		if k := s.tree.EdgeN(e); k > 0 {
			p.N += k
			p.VisitedP += s.tree.P(e)
		}
	}
	return p
}

func (s *Search) edge(e nodes.Edge) Edge {
	out := Edge{P: s.tree.P(e), N: s.tree.EdgeN(e), O: s.tree.O(e)}
	if out.N > 0 {
		out.Q = s.tree.EdgeQ(e)
	}
	return out
}
