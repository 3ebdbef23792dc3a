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
	s       *PositionSearch
	pos     env.Position
	judge   Judge
	parent  Parent
	path    []nodes.Step
	moves   []env.Move
	priors  []float64
	curious bool // the rule asks for more than means and visits
	tally        // of the simulations since it was last emptied

	crew *crew        // that it works in, or nil
	base env.Position // of the node it leases
	top  []nodes.Step // the way there
	skip []bool       // edges that others lease
}

func (s *PositionSearch) worker(number uint64) worker {
	w := worker{s: s, pos: s.pos.Clone(), base: s.pos.Clone(), judge: s.opt.Judge(env.Mix(s.opt.Seed + number))}
	if rule, ok := s.opt.Rule.(PUCT); !ok || rule.Spread {
		_, plain := s.opt.Rule.(UCT)
		w.curious = !plain
	}
	return w
}

// simulate makes one simulation from a node at a position, or finds a proof on
// its way. It reports whether there was anything to find out.
func (w *worker) simulate(n nodes.ID, at env.Position) (found bool, err error) {
	s := w.s
	w.path = w.path[:0]
	w.pos.CopyFrom(at)
	if !s.tree.Expanded(n) {
		if proof, err := w.grow(n); proof || err != nil {
			return true, err
		}
	}
	edges, first, visits, own := s.tree.Look(n)
	p := &w.parent
	p.O, p.Root = 0, n == s.root
	p.Uniform = s.uniform && !(p.Root && s.opt.Noise.Weight != 0)
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
			v, err := w.value(n)
			if err != nil {
				s.tree.Deliver(w.path, 1, 0, 0, 0)
				return true, err
			}
			w.count(s.tree.Backup(w.path, s.tree.Ascent(w.path, v)).Value())
			return true, nil
		}
		var proof bool
		n, proof, err = w.adopt(e)
		if proof || err != nil {
			s.tree.Deliver(w.path, 1, 0, 0, 0)
			return true, err
		}
		edges, first, visits, own = s.tree.Look(n)
	}
}

// count notes a finished simulation and its value at the node it began at.
func (w *worker) count(v float64) {
	w.done++
	w.depth += int64(len(w.path))
	w.sum += v
	w.square += v * v
}

// value is the judge's value of the position that was reached, for the player at
// the node above.
func (w *worker) value(above nodes.ID) (float64, error) {
	v := w.judge(w.pos)
	if !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%w: the judge says %v of position %s", ErrValue, v, w.pos)
	}
	if w.pos.ToMove() != w.s.tree.Player(above) {
		v = 1 - v
	}
	return v, nil
}

// adopt makes a leaf a node and gives it its edges; proof says that they prove
// something of it.
func (w *worker) adopt(e nodes.Edge) (n nodes.ID, proof bool, err error) {
	w.moves = w.pos.Moves(w.moves[:0])
	if w.crew != nil {
		w.crew.arena.Lock()
	}
	n = w.s.tree.Adopt(e, w.pos.ToMove())
	edges, err := w.s.tree.Branch(n, len(w.moves), true)
	if w.crew != nil {
		w.crew.arena.Unlock()
	}
	if err != nil {
		return n, false, err
	}
	return n, w.furnish(n, edges), nil
}

// grow gives a node its edges.
func (w *worker) grow(n nodes.ID) (proof bool, err error) {
	w.moves = w.pos.Moves(w.moves[:0])
	edges, err := w.s.tree.Branch(n, len(w.moves), true)
	if err != nil {
		return false, err
	}
	return w.furnish(n, edges), nil
}

// furnish gives new edges their moves and priors; those that end the game are
// settled at once. It reports whether that proves something of the node.
func (w *worker) furnish(n nodes.ID, edges []nodes.EdgeData) (proof bool) {
	tree := &w.s.tree
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
		priors := w.weigh()
		w.s.stir(n, priors)
		for i, p := range priors {
			edges[i].P = float32(p)
		}
	}
	return (proof || len(edges) == 0) && tree.Settle(n)
}

// weigh returns the priors of the moves from where the worker is.
func (w *worker) weigh() []float64 {
	w.priors = w.priors[:0]
	for range w.moves {
		w.priors = append(w.priors, 1/float64(len(w.moves)))
	}
	if w.s.opt.Priors != nil {
		w.s.opt.Priors(w.pos, w.moves, w.priors)
	}
	return w.priors
}
