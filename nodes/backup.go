package nodes

import (
	"math"
	"sync/atomic"
)

// seen returns the mean of c, faded by one step, as the player at above sees it.
func (t *Tree) seen(above, c *node) uint32 {
	q := c.q
	if t.Fade != 0 {
		q = t.fade(q)
	}
	if above.player != c.player {
		return One - q
	}
	return q
}

func (t *Tree) fade(q uint32) uint32 {
	return fix(t.Neutral + (1-t.Fade)*(float(q)-t.Neutral))
}

// pull brings the edges of a node up to date with children that may have been
// visited through other edges.
func (t *Tree) pull(n ID) {
	r := t.node(n)
	for e := range t.Edges(n) {
		if d := t.data(e); d.HasChild() {
			t.put(r, d, t.seen(r, t.node(t.Child(e))))
		}
	}
}

// put gives an edge of r a new mean.
func (t *Tree) put(r *node, d *EdgeData, q uint32) {
	r.sum += uint64(d.N)*uint64(q) - uint64(d.N)*uint64(d.q)
	d.q = q
}

// shared reports whether some node may have several ways that lead to it.
func (t *Tree) shared() bool { return t.graph }

// Sync brings what a rule sees at a node up to date. In a tree proper it always
// is: only a child that several edges lead to can change behind an edge's back.
func (t *Tree) Sync(n ID) {
	if t.shared() {
		t.pull(n)
	}
}

// Refresh recomputes a node's mean from its own value and its edges:
// Q = (v + ΣN(e)·Q(e)) / N. This is the idempotent form for graphs described in
// KataGo's GraphSearch notes: however often and in whatever order it runs, the
// result depends on the children alone.
func (t *Tree) Refresh(n ID) {
	t.Sync(n)
	t.Average(n)
}

// Average is Refresh without the look at what other edges did to the children.
func (t *Tree) Average(n ID) {
	r := t.node(n)
	r.q = t.mean(n, r)
	t.tell(r)
}

// tell gives the mean of r to the first edge that leads to it: in a tree proper,
// to all that there are.
func (t *Tree) tell(r *node) {
	if r.parent == 0 {
		return
	}
	e := r.parent - 1
	above := t.node(*t.from.at(e))
	t.put(above, t.edges.at(e), t.seen(above, r))
}

// mean is what follows from a node's sum, its edges and its bounds.
func (t *Tree) mean(n ID, r *node) uint32 {
	q := r.q
	if r.visits > 0 {
		q = uint32((r.sum + uint64(r.visits)/2) / uint64(r.visits))
	}
	switch {
	case t.Joint && r.player == 1:
		q = t.joint(n, r)
	case t.Mix != 0:
		q = t.mixed(n, q)
	}
	if r.low == r.high && t.Fade != 0 {
		return t.settledQ(n, r)
	}
	// Sampling can't outweigh a proof.
	return min(max(q, r.low), r.high)
}

// joint is the value of a conjunction for player 1: that some child fails. A
// child that was never visited counts as its share of the node's own value.
func (t *Tree) joint(n ID, r *node) uint32 {
	if r.flags&expanded == 0 || r.flags&terminal != 0 {
		return r.q
	}
	share := math.Pow(1-float(r.own), 1/float64(max(1, t.Count(n))))
	all := 1.0
	for e := range t.Edges(n) {
		d := t.data(e)
		low, high := t.bounds(r, d)
		switch {
		case low == high:
			all *= 1 - float(low)
		case d.N > 0:
			all *= 1 - float(d.q)
		default:
			all *= share
		}
	}
	return fix(1 - all)
}

// mixed leans a mean towards the best edge.
func (t *Tree) mixed(n ID, mean uint32) uint32 {
	best, tried := uint32(0), false
	for e := range t.Edges(n) {
		if d := t.data(e); d.N > 0 {
			best, tried = max(best, d.q), true
		}
	}
	if !tried {
		return mean
	}
	return fix(t.Mix*float(best) + (1-t.Mix)*float(mean))
}

// settledQ is the faded value of a proven node: that of its nearest proof, so
// that of two sure ways the shorter one is worth more.
func (t *Tree) settledQ(n ID, r *node) uint32 {
	if r.flags&cut != 0 {
		return r.q
	}
	best, found := r.low, false
	for e := range t.Edges(n) {
		d := t.data(e)
		if low, high := t.bounds(r, d); low == high && low == r.low {
			if !found || d.q > best {
				best, found = d.q, true
			}
		}
	}
	return best
}

// bounds returns what is proven of an edge of r.
func (t *Tree) bounds(r *node, d *EdgeData) (low, high uint32) {
	if !d.HasChild() {
		if d.Settled() {
			return d.q, d.q
		}
		return 0, One
	}
	c := t.node(t.child(d))
	low, high = atomic.LoadUint32(&c.low), atomic.LoadUint32(&c.high)
	if c.player != r.player {
		return One - high, One - low
	}
	return low, high
}

// Prove recomputes the bounds of a node from its children and, where they
// change, those of everything above it. It returns the nodes that changed.
//
// Bounds follow minimax as in score-bounded MCTS (Cazenave & Saffidine 2010):
// the low bound is the best low bound among the children, the high bound the
// best high bound if no further child can come. For a single player it is the
// solver of Winands et al. (2008): solved by one solved child, dead when
// closed and all children are dead.
func (t *Tree) Prove(n ID) (changed []ID) {
	work := []ID{n}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if !t.Bound(n) {
			continue
		}
		changed = append(changed, n)
		r := t.node(n)
		if r.parent == 0 {
			continue
		}
		work = append(work, *t.from.at(r.parent - 1))
		for i := r.inbound; i != 0; i = t.links.at(i - 1).next {
			work = append(work, *t.from.at(t.links.at(i - 1).edge))
		}
	}
	return changed
}

// Bound is Prove for the one node alone; it reports whether anything changed.
func (t *Tree) Bound(n ID) (changed bool) {
	r := t.node(n)
	if changed = t.bound(n, r); changed {
		t.tell(r)
	}
	return changed
}

// bound is Bound without telling the edge above. Bounds are read from above
// their part of a shared tree, so that loads and stores of them are atomic.
func (t *Tree) bound(n ID, r *node) (changed bool) {
	low, high := t.derived(n, r)
	changed = low != r.low || high != r.high
	if changed {
		atomic.StoreUint32(&r.low, low)
		atomic.StoreUint32(&r.high, high)
		r.q = min(max(r.q, low), high)
	}
	t.settle(n, r)
	return changed
}

// settle marks the edges of a node through which nothing more is to be found.
func (t *Tree) settle(n ID, r *node) {
	if r.flags&terminal != 0 {
		return
	}
	for e := range t.Edges(n) {
		d := t.data(e)
		if t.isSettled(r, d) {
			d.move |= settled
		}
	}
}

// isSettled reports whether an edge of r is proven, or proven to be no better
// than what is sure.
func (t *Tree) isSettled(r *node, d *EdgeData) bool {
	if !d.HasChild() {
		return d.Settled()
	}
	low, high := t.bounds(r, d)
	return low == high || high <= r.low
}

// derived returns the bounds that follow from a node's children: its own while
// it has not asked for any.
func (t *Tree) derived(n ID, r *node) (low, high uint32) {
	switch {
	case r.flags&(terminal|cut) != 0:
		return r.low, r.high
	case r.flags&expanded == 0:
		return 0, One
	}
	for e := range t.Edges(n) {
		l, h := t.bounds(r, t.data(e))
		low, high = max(low, l), max(high, h)
	}
	if r.flags&closed == 0 {
		high = One
	}
	return low, high
}
