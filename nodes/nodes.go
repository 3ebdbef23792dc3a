// Package nodes holds the tree of a search as numbers: an index-based arena
// with one slice per field, so that a walk touches few cache lines and the
// garbage collector follows no pointers. It knows nothing of what an action or
// a state means, and it imports nothing.
//
// The tree is a directed graph: a node may be the child of several edges (a
// transposition). Edges of one node lie side by side.
//
// Values are probabilities of success in [0,1] for the player to move at a
// node. A Tree belongs to one goroutine.
package nodes

import "fmt"

// ID names a node, Edge an edge. Both count from 0 and are never reused.
type (
	ID   int32
	Edge int32
)

// NoEdge is the Edge that does not exist.
const NoEdge Edge = -1

const (
	evaluated = 1 << iota // the node has its own value
	expanded              // the node has got its edges
	closed                // no further edges can come
	terminal              // the problem ends here
)

// Tree is the arena. Its zero value is an empty tree, ready to use.
type Tree struct {
	// One entry per node.
	flags   []uint8
	player  []uint8
	visits  []int32   // 1 for its own value + the visits of its edges
	mean    []float64 // Q, kept inside the bounds
	own     []float32 // the critic's value, or the reward of a terminal
	low     []float32 // proven bounds
	high    []float32
	first   []Edge // first of its edges
	count   []int32
	inbound []Edge // head of the list of edges that lead here

	// One entry per edge.
	from     []ID
	child    []ID
	prior    []float32
	edgeN    []int32
	inFlight []int32
	nextIn   []Edge // next edge that leads to the same child
}

// Len returns the number of nodes and of edges.
func (t *Tree) Len() (nodes, edges int) { return len(t.flags), len(t.child) }

// Add makes a node at which player (0 or 1) is to move.
func (t *Tree) Add(player int) ID {
	t.flags = append(t.flags, 0)
	t.player = append(t.player, uint8(player))
	t.visits = append(t.visits, 0)
	t.mean = append(t.mean, 0)
	t.own = append(t.own, 0)
	t.low = append(t.low, 0)
	t.high = append(t.high, 1)
	t.first = append(t.first, NoEdge)
	t.count = append(t.count, 0)
	t.inbound = append(t.inbound, NoEdge)
	return ID(len(t.flags) - 1)
}

// Expand gives a node its edges, all at once: children and priors go by
// position. It may be called once per node.
func (t *Tree) Expand(n ID, children []ID, priors []float64, complete bool) (first Edge, err error) {
	if t.flags[n]&(expanded|terminal) != 0 {
		return NoEdge, fmt.Errorf("node %d is terminal or has its edges already", n)
	}
	first = Edge(len(t.child))
	t.flags[n] |= expanded
	if complete {
		t.flags[n] |= closed
	}
	t.first[n], t.count[n] = first, int32(len(children))
	for i, c := range children {
		t.from = append(t.from, n)
		t.child = append(t.child, c)
		t.prior = append(t.prior, float32(priors[i]))
		t.edgeN = append(t.edgeN, 0)
		t.inFlight = append(t.inFlight, 0)
		t.nextIn = append(t.nextIn, t.inbound[c])
		t.inbound[c] = first + Edge(i)
	}
	return first, nil
}

// Evaluate gives a node its own value, which is its first visit.
func (t *Tree) Evaluate(n ID, value float64) {
	t.flags[n] |= evaluated
	t.own[n] = float32(value)
	t.Refresh(n)
}

// End makes a node terminal: its value is known and proven.
func (t *Tree) End(n ID, reward float64) {
	t.flags[n] |= terminal | evaluated | closed
	t.own[n], t.low[n], t.high[n] = float32(reward), float32(reward), float32(reward)
	t.Refresh(n)
}

// Launch and Land count a simulation through an edge as in flight, and no more.
func (t *Tree) Launch(e Edge) { t.inFlight[e]++ }

// Land takes back one Launch.
func (t *Tree) Land(e Edge) { t.inFlight[e]-- }

// Visit counts a finished simulation through an edge. The caller refreshes the
// nodes above it, deepest first.
func (t *Tree) Visit(e Edge) { t.edgeN[e]++ }

// Refresh recomputes a node's visits and mean from its own value and its
// edges: N = 1 + ΣN(e), Q = (v + ΣN(e)·Q(child)) / N. This is the idempotent
// form for graphs described in KataGo's GraphSearch notes: however often and
// in whatever order it runs, the result depends on the children alone.
func (t *Tree) Refresh(n ID) {
	t.visits[n], t.mean[n] = t.computed(n)
}

// computed returns the visits and the mean that follow from a node's own value
// and its edges.
func (t *Tree) computed(n ID) (visits int32, mean float64) {
	mean = t.mean[n]
	total := 0.0
	if t.flags[n]&evaluated != 0 {
		visits, total = 1, float64(t.own[n])
	}
	first, count := t.Edges(n)
	for e := first; e < first+Edge(count); e++ {
		if k := t.edgeN[e]; k > 0 {
			visits += k
			total += float64(k) * t.EdgeQ(e)
		}
	}
	if visits > 0 {
		mean = total / float64(visits)
	}
	return visits, t.clamp(n, mean)
}

// clamp keeps a mean within what is proven: sampling can't outweigh a proof.
func (t *Tree) clamp(n ID, mean float64) float64 {
	return min(max(mean, float64(t.low[n])), float64(t.high[n]))
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
		if !t.bound(n) {
			continue
		}
		t.mean[n] = t.clamp(n, t.mean[n])
		changed = append(changed, n)
		for e := t.inbound[n]; e != NoEdge; e = t.nextIn[e] {
			work = append(work, t.from[e])
		}
	}
	return changed
}

func (t *Tree) bound(n ID) (changed bool) {
	low, high := t.derived(n)
	changed = low != t.low[n] || high != t.high[n]
	t.low[n], t.high[n] = low, high
	return changed
}

// derived returns the bounds that follow from a node's children: its own while
// it has not asked for any.
func (t *Tree) derived(n ID) (low, high float32) {
	switch {
	case t.flags[n]&terminal != 0:
		return t.low[n], t.high[n]
	case t.flags[n]&expanded == 0:
		return 0, 1
	}
	first, count := t.Edges(n)
	for e := first; e < first+Edge(count); e++ {
		l, h := t.EdgeBounds(e)
		low, high = max(low, float32(l)), max(high, float32(h))
	}
	if t.flags[n]&closed == 0 {
		high = 1
	}
	return low, high
}

// Edges returns the first of a node's edges and how many there are.
func (t *Tree) Edges(n ID) (first Edge, count int) { return t.first[n], int(t.count[n]) }

// N returns the visits of a node: 1 for its own value and 1 for each finished
// simulation that went on through one of its edges.
func (t *Tree) N(n ID) int { return int(t.visits[n]) }

// Q returns the mean value of a node in [0,1] for its player to move.
func (t *Tree) Q(n ID) float64 { return t.mean[n] }

// V returns the node's own value, as its critic gave it.
func (t *Tree) V(n ID) float64 { return float64(t.own[n]) }

// Bounds returns what is proven of the node's true value.
func (t *Tree) Bounds(n ID) (low, high float64) { return float64(t.low[n]), float64(t.high[n]) }

// Proven reports whether the node's true value is known.
func (t *Tree) Proven(n ID) bool { return t.low[n] == t.high[n] }

// Evaluated reports whether the node has its own value.
func (t *Tree) Evaluated(n ID) bool { return t.flags[n]&evaluated != 0 }

// Expanded reports whether the node has got its edges.
func (t *Tree) Expanded(n ID) bool { return t.flags[n]&expanded != 0 }

// Closed reports whether no further edges can come.
func (t *Tree) Closed(n ID) bool { return t.flags[n]&closed != 0 }

// Terminal reports whether the problem ends at the node.
func (t *Tree) Terminal(n ID) bool { return t.flags[n]&terminal != 0 }

// Player returns who is to move at the node.
func (t *Tree) Player(n ID) int { return int(t.player[n]) }

// From returns the node an edge starts at, Child the one it leads to.
func (t *Tree) From(e Edge) ID { return t.from[e] }

// Child returns the node an edge leads to.
func (t *Tree) Child(e Edge) ID { return t.child[e] }

// P returns the prior probability of an edge.
func (t *Tree) P(e Edge) float64 { return float64(t.prior[e]) }

// EdgeN returns the finished visits of an edge, O those in flight.
func (t *Tree) EdgeN(e Edge) int { return int(t.edgeN[e]) }

// O returns the simulations in flight through an edge.
func (t *Tree) O(e Edge) int { return int(t.inFlight[e]) }

// EdgeQ returns the mean value of an edge's child for the player to move at
// the node the edge starts from.
func (t *Tree) EdgeQ(e Edge) float64 {
	c := t.child[e]
	if t.player[c] != t.player[t.from[e]] {
		return 1 - t.mean[c]
	}
	return t.mean[c]
}

// EdgeBounds returns the proven bounds of an edge's child for the player to
// move at the node the edge starts from.
func (t *Tree) EdgeBounds(e Edge) (low, high float64) {
	c := t.child[e]
	low, high = t.Bounds(c)
	if t.player[c] != t.player[t.from[e]] {
		return 1 - high, 1 - low
	}
	return low, high
}
