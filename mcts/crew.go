package mcts

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// crew is several workers on one tree of moves.
//
// The nodes of the first plies have one lock, those below have the lock of the
// subtree they hang in: a worker holds one of them on its way down, none while
// it judges, and both for the moment in which a result goes from below to the
// top. What is on its way counts as visits in flight, so that workers keep out
// of each other's way; a leaf that is being judged is left alone.
type crew struct {
	s      *PositionSearch
	top    spin
	below  [64]spin
	arena  spin // for all that makes nodes and edges
	reason string
	err    error
	over   atomic.Bool
	// changes counts what came back to the top. A walk finds nothing to do also
	// where somebody else was quicker: only if nothing has changed since it
	// began is there nothing.
	changes int
}

// topPlies is the number of plies whose nodes share one lock.
const topPlies = 2

// spin is a lock for moments, alone in its cache line.
type spin struct {
	held atomic.Bool
	_    [63]byte
}

func (l *spin) lock() {
	for tries := 0; !l.held.CompareAndSwap(false, true); {
		for l.held.Load() {
			if tries++; tries%32 == 0 {
				runtime.Gosched() // whoever holds it may wait for this processor
			}
		}
	}
}

func (l *spin) unlock() { l.held.Store(false) }

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
	c := &crew{s: s}
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

// work makes simulations until somebody ends the search.
func (c *crew) work(w *worker) {
	w.crew = c
	defer func() { w.crew, w.parent = nil, Parent{} }()
	for !c.over.Load() {
		if err := w.join(); err != nil {
			c.top.lock()
			c.end(Broken, err)
			c.top.unlock()
		}
	}
}

// end ends the search; the first reason stays. The top is locked.
func (c *crew) end(reason string, err error) {
	if c.over.Swap(true) {
		return
	}
	if errors.Is(err, nodes.ErrFull) {
		reason, err = Memory, nil
	}
	c.reason, c.err = reason, err
}

// join makes one simulation beside others, or finds a proof on its way.
func (w *worker) join() error {
	s, c := w.s, w.crew
	w.path = w.path[:0]
	w.pos.CopyFrom(s.pos)
	held := &c.top
	held.lock()
	if reason := c.mayBegin(); reason != "" {
		wait := reason == Simulations && s.begun > s.simulations // one may come back with a proof instead
		if !wait {
			c.end(reason, nil)
		}
		held.unlock()
		runtime.Gosched()
		return nil
	}
	n, inFlight := s.root, s.begun-s.simulations
	s.begun++
	w.began = c.changes
	edges, first, visits, own := s.tree.Look(n)
	for {
		if len(w.path) == topPlies {
			held.unlock()
			held = &c.below[int(n)%len(c.below)]
			held.lock()
			edges, first, visits, own = s.tree.Look(n)
		}
		i := w.choose(n, edges, visits, own, inFlight)
		if i < 0 {
			w.giveUp(held)
			return nil
		}
		d := &edges[i]
		inFlight = int(d.O)
		d.O++
		w.path = append(w.path, nodes.Step{Node: n, Edge: first + nodes.Edge(i)})
		w.pos.Play(env.Move(d.Move()))
		if d.HasChild() {
			n = s.tree.ChildOf(d)
			if len(w.path) != topPlies { // there the lock comes first
				edges, first, _, visits, own = s.tree.Below(d)
			}
			continue
		}
		if d.N == 0 {
			held.unlock()
			return w.finish(held)
		}
		c.arena.lock()
		n = s.tree.Adopt(first+nodes.Edge(i), w.pos.ToMove())
		c.arena.unlock()
		proof, err := w.grow(n)
		if proof || err != nil {
			w.ascend(held)
			return err
		}
		inFlight = 0
		edges, first, visits, own = s.tree.Look(n)
	}
}

// choose selects one of the edges of a node that so many simulations are passing.
func (w *worker) choose(n nodes.ID, edges []nodes.EdgeData, visits int, own float64, inFlight int) int {
	s := w.s
	p := &w.parent
	p.V, p.N, p.O, p.Root = own, visits, inFlight, n == s.root
	p.Uniform = s.uniform && !(p.Root && s.opt.Noise.Weight != 0)
	if w.curious {
		p.Dev, p.Seed = s.tree.Deviation(n), s.moment(n, visits+inFlight)
	}
	if p.Skip = nil; inFlight > 0 {
		p.Skip = w.judged(edges)
	}
	return s.opt.Rule.Select(p, edges)
}

// judged marks the leaves that somebody is valuing.
func (w *worker) judged(edges []nodes.EdgeData) []bool {
	w.skip = w.skip[:0]
	for i := range edges {
		w.skip = append(w.skip, edges[i].N == 0 && edges[i].O > 0)
	}
	return w.skip
}

// mayBegin says why no simulation may begin. The top is locked.
func (c *crew) mayBegin() string {
	s := c.s
	if s.begun%64 == 0 && (s.opt.Nodes > 0 || s.opt.Memory > 0) {
		c.arena.lock()
		defer c.arena.unlock()
		return s.over()
	}
	return s.overAtTop()
}

// finish judges the leaf that was reached and backs the value up.
func (w *worker) finish(held *spin) error {
	v, err := w.value()
	if err != nil {
		return err
	}
	held.lock()
	tree := &w.s.tree
	climb := tree.Ascent(w.path, v)
	w.upwards(held, func(part []nodes.Step) { climb = tree.Backup(part, climb) }, func() {
		w.crew.changes++
		w.s.simulations++
		w.s.depth += int64(len(w.path))
	})
	return nil
}

// ascend carries a proof upwards; held is locked.
func (w *worker) ascend(held *spin) {
	w.upwards(held, w.s.tree.Ascend, func() {
		w.crew.changes++
		w.s.begun--
	})
}

// giveUp takes a walk back that found nothing to do; held is locked.
func (w *worker) giveUp(held *spin) {
	w.upwards(held, func(part []nodes.Step) {
		for _, step := range part {
			w.s.tree.Land(step.Edge)
		}
	}, func() {
		w.s.begun--
		if w.s.begun == w.s.simulations && w.began == w.crew.changes {
			w.crew.end(Exhausted, nil)
		}
	})
	runtime.Gosched()
}

// upwards does something along the path, first below and then at the top, and
// something else at the top alone. It ends with no lock held.
func (w *worker) upwards(held *spin, along func([]nodes.Step), atTop func()) {
	c := w.crew
	cut := min(topPlies, len(w.path))
	if held != &c.top {
		along(w.path[cut:])
		c.top.lock()
	}
	along(w.path[:cut])
	atTop()
	c.top.unlock()
	if held != &c.top {
		held.unlock()
	}
}
