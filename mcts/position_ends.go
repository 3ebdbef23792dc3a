package mcts

import "github.com/ponder-mcts/ponder/nodes"

// Ends returns EndOf for as many nodes as one likes to ask of: what it finds out
// about one node is not looked for again. It holds until the search goes on.
func (s *PositionSearch) Ends() func(nodes.ID) (moves int, proven bool) {
	d := s.distances()
	return func(n nodes.ID) (int, bool) {
		low, high := s.tree.Bounds(n)
		if low != high || low > 0 && low < 1 {
			return 0, false
		}
		moves := d.of(n)
		return moves, moves < noEnd
	}
}
