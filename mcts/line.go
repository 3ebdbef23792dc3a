package mcts

import (
	"slices"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// The outcomes of a search, as printed.
const (
	StatusSolved     = "solved"     // a terminal of reward 1 is reached for certain
	StatusUnsolved   = "unsolved"   // nothing proven within the budget
	StatusUnsolvable = "unsolvable" // proven: no sequence of steps reaches the goal
)

// Outcome says what is proven of the root. It may be called at any moment.
func (s *Search) Outcome() string {
	low, high := s.tree.Bounds(s.root)
	if s.opt.Joint && s.tree.Player(s.root) == 1 {
		low, high = 1-high, 1-low // what is asked of a conjunction is not what its player wants
	}
	switch {
	case low == 1:
		return StatusSolved
	case high == 0, s.reason == Exhausted && s.complete():
		return StatusUnsolvable
	}
	return StatusUnsolved
}

// complete reports whether an exhausted search has seen every state there is:
// no node could get further children, one whose work failed included, and none
// is worth anything. It settles puzzles whose steps go in circles, where a node is not
// proven dead by its children alone. What a circle is worth between two players
// is for a game to say: there it settles nothing.
func (s *Search) complete() bool {
	seen := map[nodes.ID]bool{s.root: true}
	work := []nodes.ID{s.root}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if s.tree.Player(n) != s.tree.Player(s.root) {
			return false
		}
		if _, high := s.tree.Bounds(n); high == 0 {
			continue
		}
		if s.tree.Proven(n) || !s.tree.Closed(n) {
			return false
		}
		for e := range s.tree.Edges(n) {
			if c := s.tree.Child(e); !seen[c] {
				seen[c] = true
				work = append(work, c)
			}
		}
	}
	return true
}

// Line is a way from the root: the best one so far.
type Line struct {
	Edges []nodes.Edge
	Path  env.Path
	// End is the last state of the line (the root's, if the line is empty).
	End env.State
}

// Line returns the best line so far; it may be called at any moment. Of a
// solved single-player problem it is a shortest solution in the tree, else it
// follows proven values, then visits, then means.
func (s *Search) Line() Line {
	l := Line{Edges: s.line(), End: s.states[s.root]}
	for _, e := range l.Edges {
		l.End = s.states[s.tree.Child(e)]
		l.Path = append(l.Path, env.Step{Action: s.action[e], State: l.End})
	}
	return l
}

func (s *Search) line() []nodes.Edge {
	if s.Outcome() == StatusUnsolvable {
		return nil // every way is lost
	}
	if low, _ := s.tree.Bounds(s.root); low == 1 {
		if solution, ok := s.shortest(s.forbidden); ok {
			return solution
		}
		if solution, ok := s.shortest(func(nodes.Edge) bool { return false }); ok {
			return solution
		}
	}
	var path []nodes.Edge
	passed := map[nodes.ID]bool{}
	for n := s.root; ; {
		passed[n] = true
		best := s.preferred(n, passed)
		if best == nodes.NoEdge {
			return path
		}
		path = append(path, best)
		n = s.tree.Child(best)
	}
}

// shortest finds the way to the nearest won terminal through solved nodes of
// the root's player, breadth first, by no edge that is to be avoided.
func (s *Search) shortest(avoid func(nodes.Edge) bool) ([]nodes.Edge, bool) {
	via := map[nodes.ID]nodes.Edge{s.root: nodes.NoEdge}
	queue := []nodes.ID{s.root}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if s.tree.Terminal(n) {
			var back []nodes.Edge
			for e := via[n]; e != nodes.NoEdge; e = via[s.tree.From(e)] {
				back = append(back, e)
			}
			slices.Reverse(back)
			return back, true
		}
		for e := range s.tree.Edges(n) {
			c := s.tree.Child(e)
			low, _ := s.tree.Bounds(c)
			if _, seen := via[c]; !seen && low == 1 && !avoid(e) && s.tree.Player(c) == s.tree.Player(s.root) {
				via[c] = e
				queue = append(queue, c)
			}
		}
	}
	return nil, false
}

// preferred returns the edge a line follows from n, or NoEdge where it ends.
func (s *Search) preferred(n nodes.ID, passed map[nodes.ID]bool) nodes.Edge {
	return s.best(n, passed, s.opt.Final)
}
