package nodes

import (
	"fmt"
	"math"
)

// Check verifies every invariant of the tree and returns the first violation.
// idle says that nothing is in flight. It takes time in proportion to the
// tree and is meant for tests.
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
	case t.N(n) != sum:
		return fmt.Errorf("N is %d, its own value and its edges make %d", t.N(n), sum)
	case count > 0 && math.Abs(mass-1) > 1e-4:
		return fmt.Errorf("priors sum to %g", mass)
	case !(low >= 0 && low <= high && high <= 1):
		return fmt.Errorf("bounds [%g, %g]", low, high)
	case !(q >= low && q <= high):
		return fmt.Errorf("Q %g is outside the bounds [%g, %g]", q, low, high)
	case t.Terminal(n) && (t.Expanded(n) || low != high):
		return fmt.Errorf("terminal, but expanded or not proven")
	case t.bound(n):
		return fmt.Errorf("its bounds do not follow from its children")
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
	for in := t.inbound[t.child[e]]; in != e; in = t.nextIn[in] {
		if in == NoEdge {
			return fmt.Errorf("missing among the edges that lead to %d", t.child[e])
		}
	}
	return nil
}
