package mcts

import (
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// worker makes simulations in a tree of moves, with all that they need: there
// are no transpositions and so no circles, and a leaf is its edge alone until
// it gets edges itself.
type worker struct {
	s      *PositionSearch
	pos    env.Position
	judge  Judge
	parent Parent
	path   []nodes.Step
	moves  []env.Move
	priors []float64

	deviation, random bool // what the rule wants to know
}

func (s *PositionSearch) worker(number uint64) worker {
	w := worker{s: s, pos: s.pos.Clone(), judge: s.opt.Judge(env.Mix(s.opt.Seed + number))}
	if d, ok := s.opt.Rule.(interface{ usesDeviation() bool }); ok {
		w.deviation = d.usesDeviation()
	}
	_, w.random = s.opt.Rule.(Thompson)
	return w
}

// simulate makes one simulation, or finds a proof on its way. It reports whether
// there was anything to find out.
func (w *worker) simulate() (found bool, err error) {
	s := w.s
	w.path = w.path[:0]
	w.pos.CopyFrom(s.pos)
	n := s.root
	if !s.tree.Expanded(n) {
		if proof, err := w.grow(n); proof || err != nil {
			return true, err
		}
	}
	for {
		edges, first, visits, own := s.tree.Look(n)
		w.parent.V, w.parent.N, w.parent.Root = own, visits, n == s.root
		w.parent.Uniform = s.uniform && !(w.parent.Root && s.opt.Noise.Weight != 0)
		if w.deviation || w.random {
			w.parent.Dev, w.parent.Seed = s.tree.Deviation(n), s.moment(n, visits)
		}
		i := s.opt.Rule.Select(&w.parent, edges)
		if i < 0 {
			return false, nil
		}
		d := &edges[i]
		e := first + nodes.Edge(i)
		d.O++
		w.path = append(w.path, nodes.Step{Node: n, Edge: e})
		w.pos.Play(env.Move(d.Move))
		if n = d.Child(); n != nodes.None {
			continue
		}
		if d.N == 0 {
			v, err := w.value()
			if err != nil {
				return true, err
			}
			w.count()
			s.tree.Backup(w.path, s.tree.Ascent(w.path, v))
			return true, nil
		}
		n = s.tree.Adopt(e, w.pos.ToMove())
		proof, err := w.grow(n)
		if err != nil {
			return true, err
		}
		if proof {
			s.tree.Ascend(w.path)
			return true, nil
		}
	}
}

// count notes a finished simulation.
func (w *worker) count() {
	w.s.depth += int64(len(w.path))
	w.s.simulations++
	w.s.begun++
}

// value is the judge's value of the position that was reached, for the player
// who made the last move.
func (w *worker) value() (float64, error) {
	v := w.judge(w.pos)
	if !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%w: the judge says %v of position %s", ErrValue, v, w.pos)
	}
	if w.pos.ToMove() != w.s.tree.Player(w.path[len(w.path)-1].Node) {
		v = 1 - v
	}
	return v, nil
}

// grow gives a node its edges; those that end the game are settled at once. It
// reports whether that proves something of the node.
func (w *worker) grow(n nodes.ID) (proof bool, err error) {
	tree := &w.s.tree
	w.moves = w.pos.Moves(w.moves[:0])
	edges, err := tree.Branch(n, len(w.moves), true)
	if err != nil {
		return false, err
	}
	uniform := float32(1 / float64(len(edges)))
	mover := tree.Player(n)
	for i, m := range w.moves {
		edges[i].Move, edges[i].P = uint16(m), uniform
		w.pos.Play(m)
		if v, over := w.pos.Result(); over {
			if w.pos.ToMove() != mover {
				v = 1 - v
			}
			edges[i].Settle(float64(v))
			proof = true
		}
		w.pos.Undo()
	}
	if w.s.opt.Priors != nil || n == w.s.root {
		for i, p := range w.s.weigh(n, w.pos, w.moves) {
			edges[i].P = float32(p)
		}
	}
	return (proof || len(edges) == 0) && tree.Settle(n), nil
}

// weigh returns the priors of moves.
func (s *PositionSearch) weigh(n nodes.ID, p env.Position, moves []env.Move) []float64 {
	priors := s.first.priors[:0]
	for range moves {
		priors = append(priors, 1/float64(len(moves)))
	}
	s.first.priors = priors
	if s.opt.Priors != nil {
		s.opt.Priors(p, moves, priors)
	}
	if n == s.root {
		s.opt.Noise.stir(priors, s.opt.Seed)
	}
	return priors
}
