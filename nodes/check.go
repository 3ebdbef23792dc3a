package nodes

import (
	"fmt"
	"math"
)

// Check verifies every invariant of the tree and returns the first violation.
// idle says that nothing is in flight. It changes nothing, takes time in
// proportion to the tree and is meant for tests.
func (t *Tree) Check(idle bool) error {
	for n := range ID(len(t.flags)) {
		if err := t.checkNode(n); err != nil {
			return fmt.Errorf("node %d: %w", n, err)
		}
	}
	for e := range Edge(len(t.child)) {
		if err := t.checkEdge(e, idle); err != nil {
			return fmt.Errorf("edge %d of node %d: %w", e, t.from[e], err)
		}
	}
	shared, err := t.checkParents()
	if err != nil {
		return err
	}
	for n := range ID(len(t.flags)) {
		if err := t.checkDerived(n, shared); err != nil {
			return fmt.Errorf("node %d: %w", n, err)
		}
	}
	return nil
}

func (t *Tree) checkNode(n ID) error {
	first, count := t.Edges(n)
	sum, mass := 0, 0.0
	for e := first; e < first+Edge(count); e++ {
		if t.from[e] != n {
			return fmt.Errorf("its edge %d says it starts at %d", e, t.from[e])
		}
		sum += t.EdgeN(e)
		mass += t.P(e)
	}
	if t.Evaluated(n) {
		sum++
	}
	low, high := t.Bounds(n)
	q := t.Q(n)
	switch {
	case t.player[n] > 1:
		return fmt.Errorf("player %d is to move", t.player[n])
	case count > 0 && !t.Expanded(n):
		return fmt.Errorf("it has edges, but is not expanded")
	case t.Terminal(n) && (t.Expanded(n) || low != high):
		return fmt.Errorf("terminal, but expanded or not proven")
	case t.N(n) != sum:
		return fmt.Errorf("N is %d, its own value and its edges make %d", t.N(n), sum)
	case count > 0 && !(math.Abs(mass-1) <= 1e-4):
		return fmt.Errorf("priors sum to %g", mass)
	case !(t.own[n] >= 0 && t.own[n] <= 1):
		return fmt.Errorf("own value %g", t.own[n])
	case !(low >= 0 && low <= high && high <= 1):
		return fmt.Errorf("bounds [%g, %g]", low, high)
	case !(q >= low && q <= high):
		return fmt.Errorf("Q %g is outside the bounds [%g, %g]", q, low, high)
	}
	return nil
}

func (t *Tree) checkEdge(e Edge, idle bool) error {
	switch {
	case t.edgeN[e] < 0 || t.inFlight[e] < 0:
		return fmt.Errorf("N %d or O %d is negative", t.edgeN[e], t.inFlight[e])
	case idle && t.inFlight[e] != 0:
		return fmt.Errorf("O is %d with nothing in flight", t.inFlight[e])
	case t.edgeN[e] > 0 && !t.Evaluated(t.child[e]):
		return fmt.Errorf("visited, but its child has no value")
	case !(t.prior[e] >= 0 && t.prior[e] <= 1.0001):
		return fmt.Errorf("prior %g", t.prior[e])
	}
	return nil
}

// checkParents verifies the lists of edges that lead to each node. shared says
// that some node has two of them: the tree is a graph proper.
func (t *Tree) checkParents() (shared bool, err error) {
	linked := 0
	for n := range ID(len(t.flags)) {
		for e := t.inbound[n]; e != NoEdge; e = t.nextIn[e] {
			linked++
			if t.child[e] != n || linked > len(t.child) {
				return false, fmt.Errorf("node %d: edge %d does not lead to it, or is listed twice", n, e)
			}
			shared = shared || e != t.inbound[n]
		}
	}
	if missing := len(t.child) - linked; missing != 0 {
		return false, fmt.Errorf("%d edges are missing among those that lead to their children", missing)
	}
	return shared, nil
}

// checkDerived verifies what follows from the children of a node. In a graph
// proper its mean may be older than those of shared nodes below it, until it is
// visited again.
func (t *Tree) checkDerived(n ID, shared bool) error {
	if low, high := t.derived(n); low != t.low[n] || high != t.high[n] {
		return fmt.Errorf("its bounds do not follow from its children, which make [%g, %g]", low, high)
	}
	if _, mean := t.computed(n); !shared && !(math.Abs(mean-t.mean[n]) <= 1e-9) {
		return fmt.Errorf("its mean is %g, its own value and its edges make %g", t.mean[n], mean)
	}
	return nil
}
