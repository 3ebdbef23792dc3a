package mcts

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// crew is several workers on one tree of moves.
//
// A worker walks down the top of the tree by the rule, to a node that is small
// beside the whole, and leases it: nobody else goes there while it makes some
// simulations below, with no lock at all. What it will make counts as visits in
// flight on the way there, so that others go elsewhere. Then it gives the node
// back, with all that has changed above it. The top belongs to who has the lock;
// what is leased belongs to who leased it.
type crew struct {
	s      *PositionSearch
	size   int        // workers
	top    sync.Mutex // guards all that is not leased
	arena  sync.Mutex // guards all that makes nodes and edges
	leased []nodes.Edge
	reason string
	err    error
	over   atomic.Bool
}

const (
	// leaseRuns is how many simulations a lease is for at most, and never more
	// than one for leaseShare visits that the node has had.
	leaseRuns, leaseShare = 64, 4
	// leaseSize is how large a node may be that is leased; larger ones may be if
	// they are a small part of the whole.
	leaseSize = 256
)

// RunParallel is Run with several workers on one tree. What comes out differs
// from run to run. A graph of positions has one worker always.
func (s *PositionSearch) RunParallel(workers int) (reason string, err error) {
	if workers <= 1 || s.opt.Transpositions {
		return s.Run()
	}
	if !s.tree.Expanded(s.root) && s.over() == "" {
		s.first.pos.CopyFrom(s.pos)
		if _, err := s.first.grow(s.root); err != nil {
			return Broken, err
		}
	}
	s.tree.Share(nodes.MaxEdges)
	c := &crew{s: s, size: workers}
	for len(s.others) < workers-1 {
		s.others = append(s.others, s.worker(uint64(len(s.others)+1)))
	}
	var wait sync.WaitGroup
	for i := range workers - 1 {
		wait.Go(func() { c.work(&s.others[i]) })
	}
	c.work(&s.first)
	wait.Wait()
	s.reason = c.reason
	return c.reason, c.err
}

// work leases nodes until somebody ends the search.
func (c *crew) work(w *worker) {
	w.crew = c
	defer func() { w.crew, w.parent = nil, Parent{} }()
	for !c.over.Load() {
		c.top.Lock()
		l, err := c.lease(w)
		c.top.Unlock()
		if err == nil && l.runs > 0 {
			err = w.run(&l)
			c.top.Lock()
			c.giveBack(w, l)
			c.top.Unlock()
		}
		switch {
		case err != nil:
			c.top.Lock()
			c.end(Broken, err)
			c.top.Unlock()
		case l.runs == 0:
			runtime.Gosched() // others have all there is to do
		}
	}
}

// end ends the search; the first reason stays.
func (c *crew) end(reason string, err error) {
	if c.over.Swap(true) {
		return
	}
	if errors.Is(err, nodes.ErrFull) {
		reason, err = Memory, nil
	}
	c.reason, c.err = reason, err
}

// lease is a node, or a leaf that has none, with the way there.
type lease struct {
	path []nodes.Step
	node nodes.ID // None: a leaf
	runs int      // simulations it is for; 0 means there is no lease
	tally
}

// tally is what simulations came to.
type tally struct {
	done   int     // finished ones
	depth  int64   // moves of them all
	sum    float64 // of their values, for the player at the node
	square float64 // of the squares
}

// lease walks down the top.
func (c *crew) lease(w *worker) (lease, error) {
	s := c.s
	none := lease{}
	if reason := c.mayBegin(); reason != "" {
		if reason != Simulations || s.begun == s.simulations { // else one may come back with a proof instead
			c.end(reason, nil)
		}
		return none, nil
	}
	l := lease{path: w.top[:0]}
	defer func() { w.top = l.path }()
	w.base.CopyFrom(s.pos)
	inFlight := s.begun - s.simulations
	for n := s.root; ; {
		edges, first, visits, own := s.tree.Look(n)
		i := w.choose(n, edges, first, visits, own, inFlight)
		if i < 0 {
			if s.begun == s.simulations {
				c.end(Exhausted, nil)
			}
			return none, nil
		}
		d := &edges[i]
		l.path = append(l.path, nodes.Step{Node: n, Edge: first + nodes.Edge(i)})
		w.base.Play(env.Move(d.Move()))
		inFlight = int(d.O)
		switch {
		case d.HasChild():
			n = s.tree.ChildOf(d)
		case d.N == 0:
			return c.sign(l, nodes.None, 1), nil
		default:
			w.pos.CopyFrom(w.base)
			child, proof, err := w.adopt(first + nodes.Edge(i))
			if proof || err != nil {
				s.tree.Deliver(l.path, 0, 0, 0, 0)
				return none, err
			}
			n = child
		}
		if size := s.tree.N(n); inFlight == 0 && size <= max(leaseSize, s.simulations/(4*c.size)) {
			return c.sign(l, n, max(1, min(leaseRuns, size/leaseShare, s.left()))), nil
		}
	}
}

// sign notes a lease.
func (c *crew) sign(l lease, n nodes.ID, runs int) lease {
	l.node, l.runs = n, runs
	c.s.begun += runs
	for _, step := range l.path {
		c.s.tree.Board(step.Edge, runs)
	}
	c.leased = append(c.leased, l.path[len(l.path)-1].Edge)
	return l
}

// run makes the simulations of a lease.
func (w *worker) run(l *lease) error {
	if l.node == nodes.None {
		w.pos.CopyFrom(w.base)
		v, err := w.value(l.path[len(l.path)-1].Node)
		if err == nil {
			l.tally = tally{done: 1, depth: int64(len(l.path)), sum: v, square: v * v}
		}
		return err
	}
	w.tally = tally{}
	var err error
	for range l.runs {
		if w.s.tree.Proven(l.node) {
			break
		}
		var found bool
		if found, err = w.simulate(l.node, w.base); !found || err != nil {
			break
		}
	}
	l.tally = w.tally
	l.depth += int64(l.done * len(l.path))
	return err
}

// giveBack ends a lease.
func (c *crew) giveBack(w *worker, l lease) {
	s := c.s
	e := l.path[len(l.path)-1].Edge
	c.leased = slices.DeleteFunc(c.leased, func(x nodes.Edge) bool { return x == e })
	if l.node == nodes.None {
		if l.done == 0 {
			s.tree.Deliver(l.path, l.runs, 0, 0, 0)
		} else {
			s.tree.Backup(l.path, s.tree.Ascent(l.path, l.sum))
		}
	} else {
		s.tree.Deliver(l.path, l.runs, l.done, l.sum, l.square)
	}
	s.simulations += l.done
	s.begun += l.done - l.runs
	s.depth += l.depth
}

// mayBegin says why no simulation may begin.
func (c *crew) mayBegin() string {
	s := c.s
	if s.opt.Nodes > 0 || s.opt.Memory > 0 {
		c.arena.Lock()
		defer c.arena.Unlock()
		return s.over()
	}
	return s.overAtTop()
}

// choose selects one of the edges of a node that so many simulations are passing.
func (w *worker) choose(n nodes.ID, edges []nodes.EdgeData, first nodes.Edge, visits int, own float64, inFlight int) int {
	s := w.s
	p := &w.parent
	p.V, p.N, p.O, p.Root = own, visits, inFlight, n == s.root
	p.Uniform = s.uniform && !(p.Root && s.opt.Noise.Weight != 0)
	if w.curious {
		p.Dev, p.Seed = s.tree.Deviation(n), s.moment(n, visits+inFlight)
	}
	p.Skip = nil
	if inFlight > 0 {
		w.skip = append(w.skip[:0], make([]bool, len(edges))...)
		for _, e := range w.crew.leased {
			if i := int(e - first); i >= 0 && i < len(edges) {
				w.skip[i] = true
			}
		}
		p.Skip = w.skip
	}
	i := s.opt.Rule.Select(p, edges)
	p.Skip = nil
	return i
}
