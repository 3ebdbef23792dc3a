package nodes

import (
	"fmt"
	"math"
)

// Check verifies every invariant of the tree and returns the first violation.
// idle says that nothing is in flight. It changes nothing, takes time in
// proportion to the tree and is meant for tests.
func (t *Tree) Check(idle bool) error {
	total := 0
	for n := range ID(t.nodes.n) {
		if err := t.checkNode(n); err != nil {
			return fmt.Errorf("node %d: %w", n, err)
		}
		total += t.Count(n)
	}
	if total != int(t.total) {
		return fmt.Errorf("the nodes have %d edges, not %d", total, t.total)
	}
	if err := t.checkParents(); err != nil {
		return err
	}
	for n := range ID(t.nodes.n) {
		if err := t.checkDerived(n); err != nil {
			return fmt.Errorf("node %d: %w", n, err)
		}
	}
	for n := range ID(t.nodes.n) {
		for e := range t.Edges(n) {
			if err := t.checkEdge(n, e, idle); err != nil {
				return fmt.Errorf("edge %d of node %d: %w", e, n, err)
			}
		}
	}
	return nil
}

func (t *Tree) checkNode(n ID) error {
	r := t.node(n)
	visits, sum, mass, count := uint64(0), uint64(0), 0.0, 0
	for e := range t.Edges(n) {
		if from := t.From(e); from != n {
			return fmt.Errorf("its edge %d says it starts at %d", e, from)
		}
		if c := t.Child(e); int64(c) >= int64(t.nodes.n) {
			return fmt.Errorf("its edge %d leads to node %d, which there isn't", e, c)
		}
		d := t.data(e)
		visits += uint64(d.N)
		sum += uint64(d.N) * uint64(d.q)
		mass += float64(d.P)
		count++
	}
	if t.Evaluated(n) {
		visits++
		sum += uint64(r.own)
	}
	switch {
	case r.player > 1:
		return fmt.Errorf("player %d is to move", r.player)
	case count > 0 && !t.Expanded(n):
		return fmt.Errorf("it has edges, but is not expanded")
	case t.Terminal(n) && (t.Expanded(n) || r.low != r.high):
		return fmt.Errorf("terminal, but expanded or not proven")
	case t.Cut(n):
		return t.checkCut(n)
	case uint64(r.visits) != visits:
		return fmt.Errorf("its N is %d, its own value and its edges make %d", r.visits, visits)
	case r.sum != sum:
		return fmt.Errorf("its W is %d, its own value and its edges make %d", r.sum, sum)
	case count > 0 && !(math.Abs(mass-1) <= 1e-4):
		return fmt.Errorf("priors sum to %g", mass)
	}
	return t.checkRanges(r)
}

func (t *Tree) checkRanges(r *node) error {
	switch {
	case r.own > One:
		return fmt.Errorf("own value %g", float(r.own))
	case r.low > r.high || r.high > One:
		return fmt.Errorf("bounds [%g, %g]", float(r.low), float(r.high))
	case r.q > One || (r.q < r.low || r.q > r.high) && !(r.low == r.high && t.Fade != 0):
		return fmt.Errorf("mean %g is outside the bounds [%g, %g]", float(r.q), float(r.low), float(r.high))
	case !(r.square >= 0 && r.square <= 1.0001):
		return fmt.Errorf("mean square %g", r.square)
	}
	return nil
}

// checkCut verifies a node without the edges that made its numbers.
func (t *Tree) checkCut(n ID) error {
	r := t.node(n)
	switch {
	case r.flags&(expanded|closed) != expanded|closed || t.Terminal(n) || t.Count(n) > 0 || r.low != r.high:
		return fmt.Errorf("cut, but terminal, not proven, or it has or may get edges")
	case r.sum > uint64(r.visits)*One || t.Evaluated(n) && (r.visits == 0 || r.sum < uint64(r.own)):
		return fmt.Errorf("cut, and %d visits can't make a W of %d", r.visits, r.sum)
	}
	return t.checkRanges(r)
}

func (t *Tree) checkEdge(n ID, e Edge, idle bool) error {
	d := t.data(e)
	switch {
	case d.O > math.MaxInt16:
		return fmt.Errorf("O %d is negative", int16(d.O))
	case idle && d.O != 0:
		return fmt.Errorf("O is %d with nothing in flight", d.O)
	case d.N > 0 && d.HasChild() && !t.Evaluated(t.Child(e)):
		return fmt.Errorf("visited, but its child has no value")
	case d.q > One:
		return fmt.Errorf("Q %g", float(d.q))
	case !(d.P >= 0 && d.P <= 1.0001):
		return fmt.Errorf("prior %g", d.P)
	case !t.shared() && d.HasChild() && d.N > 0 && d.q != t.seen(t.node(n), t.node(t.Child(e))):
		return fmt.Errorf("its mean is %g, its child makes it %g", float(d.q), t.EdgeQ(e))
	case d.HasChild() && d.Settled() != t.isSettled(t.node(n), d):
		return fmt.Errorf("settled: %v, which does not follow from its child", d.Settled())
	}
	return nil
}

// checkParents verifies the lists of edges that lead to each node: each edge
// that has a child is in one list, once, and so is each link.
func (t *Tree) checkParents() error {
	leading, listed, links := 0, 0, uint32(0)
	for n := range ID(t.nodes.n) {
		for e := range t.Edges(n) {
			if t.Child(e) != None {
				leading++
			}
		}
	}
	seen := make([]uint64, t.edges.n/64+1)
	note := func(n ID, e uint32) error {
		bit := uint64(1) << (e % 64)
		if t.Child(Edge(e)) != n || seen[e/64]&bit != 0 {
			return fmt.Errorf("node %d: edge %d does not lead to it, or is listed twice", n, e)
		}
		seen[e/64] |= bit
		listed++
		return nil
	}
	for n := range ID(t.nodes.n) {
		r := t.node(n)
		if r.parent != 0 {
			if err := note(n, r.parent-1); err != nil {
				return err
			}
		} else if r.inbound != 0 {
			return fmt.Errorf("node %d: several edges lead to it, but no first one", n)
		}
		for i := r.inbound; i != 0; i = t.links.at(i - 1).next {
			links++
			if err := note(n, t.links.at(i-1).edge); err != nil {
				return err
			}
		}
	}
	switch {
	case leading != listed:
		return fmt.Errorf("%d edges are missing among those that lead to their children", leading-listed)
	case links != t.links.n:
		return fmt.Errorf("%d links of %d are in no list", t.links.n-links, t.links.n)
	}
	return nil
}

// checkDerived verifies what follows from the children of a node. In a graph
// proper its mean may be older than those of shared nodes below it, until it is
// visited again.
func (t *Tree) checkDerived(n ID) error {
	r := t.node(n)
	if low, high := t.derived(n, r); low != r.low || high != r.high {
		return fmt.Errorf("its bounds do not follow from its children, which make [%g, %g]", float(low), float(high))
	}
	if mean := t.mean(n, r); !t.shared() && mean != r.q {
		return fmt.Errorf("its mean is %g, its own value and its edges make %g", float(r.q), float(mean))
	}
	return nil
}
