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

	curious bool // the rule asks for more than means and visits

	crew  *crew // that it works in, or nil
	began int   // its changes when the walk began
	skip  []bool
}

func (s *PositionSearch) worker(number uint64) worker {
	w := worker{s: s, pos: s.pos.Clone(), judge: s.opt.Judge(env.Mix(s.opt.Seed + number))}
	if rule, ok := s.opt.Rule.(PUCT); !ok || rule.Spread {
		_, plain := s.opt.Rule.(UCT)
		w.curious = !plain
	}
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
	edges, first, visits, own := s.tree.Look(n)
	p := &w.parent
	p.Root, p.Uniform = true, s.uniform && s.opt.Noise.Weight == 0
	for {
		p.V, p.N = own, visits
		if w.curious {
			p.Dev, p.Seed = s.tree.Deviation(n), s.moment(n, visits)
		}
		i := s.opt.Rule.Select(p, edges)
		if i < 0 {
			return false, nil
		}
		p.Root, p.Uniform = false, s.uniform
		d := &edges[i]
		e := first + nodes.Edge(i)
		d.O++
		w.path = append(w.path, nodes.Step{Node: n, Edge: e})
		w.pos.Play(env.Move(d.Move()))
		if d.HasChild() {
			edges, first, n, visits, own = s.tree.Below(d)
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
		if proof || err != nil {
			s.tree.Ascend(w.path)
			return true, err
		}
		edges, first, visits, own = s.tree.Look(n)
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
	if w.crew != nil {
		w.crew.arena.lock()
	}
	edges, err := tree.Branch(n, len(w.moves), true)
	if w.crew != nil {
		w.crew.arena.unlock()
	}
	if err != nil {
		return false, err
	}
	uniform := float32(1 / float64(len(edges)))
	mover := tree.Player(n)
	for i, m := range w.moves {
		edges[i].SetMove(uint16(m))
		edges[i].P = uniform
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
		for i, p := range w.weigh(n) {
			edges[i].P = float32(p)
		}
	}
	return (proof || len(edges) == 0) && tree.Settle(n), nil
}

// weigh returns the priors of the moves from a node.
func (w *worker) weigh(n nodes.ID) []float64 {
	w.priors = w.priors[:0]
	for range w.moves {
		w.priors = append(w.priors, 1/float64(len(w.moves)))
	}
	if w.s.opt.Priors != nil {
		w.s.opt.Priors(w.pos, w.moves, w.priors)
	}
	if n == w.s.root {
		w.s.opt.Noise.stir(w.priors, w.s.opt.Seed)
	}
	return w.priors
}
