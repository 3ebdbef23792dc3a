package mcts

import (
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// Best returns the best move at the root so far, if there is anything to go by.
func (s *PositionSearch) Best() (m env.Move, ok bool) {
	e := s.best(s.root, map[nodes.ID]bool{}, s.opt.Final)
	if e == nodes.NoEdge {
		return 0, false
	}
	return env.Move(s.tree.Move(e)), true
}

// Line returns the principal variation: the moves that both sides prefer, as
// far as the tree goes.
func (s *PositionSearch) Line() []env.Move {
	var line []env.Move
	passed := map[nodes.ID]bool{}
	for n := s.root; n != nodes.None; {
		passed[n] = true
		e := s.best(n, passed, s.opt.Final)
		if e == nodes.NoEdge {
			break
		}
		line = append(line, env.Move(s.tree.Move(e)))
		n = s.tree.Child(e)
	}
	return line
}

// Advance makes a move for good: the search goes on from there with all that it
// knows of the position and new budgets. What can't be reached any more is
// dropped.
func (s *PositionSearch) Advance(m env.Move) error {
	e := nodes.NoEdge
	for at := range s.tree.Edges(s.root) {
		if env.Move(s.tree.Move(at)) == m {
			e = at
		}
	}
	legal := s.pos.Moves(nil)
	for _, move := range legal {
		if move != m {
			continue
		}
		s.pos.Play(m)
		s.pos.CopyFrom(s.pos.Clone()) // moves before the root can't be taken back
		return s.move(e)
	}
	return fmt.Errorf("move %d is not legal in position %s", m, s.pos)
}

func (s *PositionSearch) move(e nodes.Edge) error {
	s.before, s.free, s.reason = s.begun, 0, ""
	if e != nodes.NoEdge && s.tree.Child(e) == nodes.None && s.tree.EdgeN(e) > 0 {
		s.tree.Adopt(e, s.pos.ToMove()) // a leaf, which keeps its value
	}
	if e == nodes.NoEdge || s.tree.Child(e) == nodes.None {
		s.Reset(s.pos)
		return nil
	}
	kept, err := s.tree.Keep(s.tree.Child(e), false)
	if err != nil {
		return err
	}
	s.tree, s.root = *kept.Tree, 0
	for hash, n := range s.index {
		if s.index[hash] = kept.Nodes[n]; kept.Nodes[n] == nodes.None {
			delete(s.index, hash)
		}
	}
	s.marks()
	s.unsettle()
	if !s.tree.Evaluated(s.root) {
		s.tree.Evaluate(s.root, 0.5)
	}
	return nil
}

// marks makes the walker's columns as long as the tree.
func (s *PositionSearch) marks() {
	if !s.opt.Transpositions {
		return
	}
	count, _ := s.tree.Len()
	s.blocked, s.onPath, s.walkNo = make([]int32, count), make([]int32, count), 0
}

// stir mixes noise into the priors of the root.
func (s *PositionSearch) stir(n nodes.ID, priors []float64) {
	if n == s.root {
		s.opt.Noise.stir(priors, s.opt.Seed)
	}
}

// unsettle mixes noise into the priors of a root that has its edges already.
func (s *PositionSearch) unsettle() {
	if s.opt.Noise.Weight == 0 || !s.tree.Expanded(s.root) {
		return
	}
	var priors []float64
	for e := range s.tree.Edges(s.root) {
		priors = append(priors, s.tree.P(e))
	}
	s.stir(s.root, priors)
	for i, p := range priors {
		s.tree.SetP(s.tree.At(s.root, i), p)
	}
}
