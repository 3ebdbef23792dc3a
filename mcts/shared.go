package mcts

import (
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// simulateShared makes one simulation in a graph of positions, or one expansion.
// It reports whether there was anything to find out.
func (s *PositionSearch) simulateShared() (found bool, err error) {
	end, path, what := s.walk(s.free < freeRuns)
	switch {
	case what == nothing:
		return false, nil
	case what == known:
		s.free++
		s.countShared(end, path)
		return true, nil
	}
	s.free = 0
	w := &s.first
	w.pos.CopyFrom(s.pos)
	for _, e := range path {
		w.pos.Play(env.Move(s.tree.Move(e)))
	}
	if s.tree.Evaluated(end) {
		return true, s.growShared(end, path)
	}
	v := w.judge(w.pos)
	if err := (env.Value{Mean: v}).Check(); err != nil {
		return true, err
	}
	s.tree.Evaluate(end, v)
	s.countShared(end, path)
	return true, nil
}

// countShared backs one simulation up.
func (s *PositionSearch) countShared(end nodes.ID, path []nodes.Edge) {
	s.simulations++
	s.begun++
	s.depth += int64(len(path))
	s.visit(end, path)
}

// growShared gives a node its edges. Moves to one position are one edge.
func (s *PositionSearch) growShared(n nodes.ID, path []nodes.Edge) error {
	w := &s.first
	w.moves = w.pos.Moves(w.moves[:0])
	mass := w.weigh()
	var children []nodes.ID
	var moves []env.Move
	var priors []float64
	place := map[nodes.ID]int{}
	for i, m := range w.moves {
		w.pos.Play(m)
		c, seen := s.index[w.pos.Hash()]
		if !seen {
			c = s.add(w.pos)
		}
		w.pos.Undo()
		if at, twice := place[c]; twice {
			priors[at] += mass[i]
			continue
		}
		place[c] = len(children)
		children, moves, priors = append(children, c), append(moves, m), append(priors, mass[i])
	}
	s.stir(n, priors)
	edges, err := s.tree.Expand(n, children, priors, true)
	if err != nil {
		return err
	}
	for i, e := range edges {
		s.tree.SetMove(e, uint16(moves[i]))
	}
	if changed := s.tree.Prove(n); len(changed) > 0 || s.tree.Fade != 0 {
		s.refresh(changed, path)
	}
	return nil
}
