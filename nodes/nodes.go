// Package nodes holds the tree of a search as numbers: an index-based arena of
// fixed-size records, so that a walk touches few cache lines and the garbage
// collector follows no pointers. It knows nothing of what an action or a state
// means, and it imports nothing of ours.
//
// The tree is a directed graph: a node may be the child of several edges (a
// transposition). Edges of one node lie side by side. A node takes 48 bytes, an
// edge 24; a leaf needs no node of its own until it gets edges.
//
// Values are probabilities of success in [0,1] for the player to move at a
// node. They are kept as fixed-point numbers with 31 binary places, so that
// sums are exact and don't depend on the order in which they were made.
//
// A Tree belongs to one goroutine; see Share for the exception.
package nodes

import (
	"errors"
	"fmt"
	"iter"
	"math"
)

// ID names a node, Edge an edge. Both count from 0 and are never reused.
type (
	ID   int32
	Edge int32
)

// NoEdge is the Edge that does not exist, None the node.
const (
	NoEdge Edge = -1
	None   ID   = -1
)

// One is the value 1 as a fixed-point number.
const One = 1 << 31

func fix(v float64) uint32   { return uint32(math.Round(v * One)) }
func float(q uint32) float64 { return float64(q) * (1.0 / One) }

const (
	evaluated = 1 << iota // the node has its own value
	expanded              // the node has got edges
	closed                // no further edges can come
	terminal              // the problem ends here
	widened               // it has further edges, listed in Tree.more
	cut                   // Keep dropped its edges, for it was proven
)

// node is the record of a node: all that a walk reads at it.
type node struct {
	sum     uint64  // own value + Σ N(e)·Q(e)
	visits  uint32  // 1 for its own value + the visits of its edges
	own     uint32  // the critic's value, or the reward of a terminal
	q       uint32  // mean, kept inside the bounds
	count   uint16  // of its edges, in the first run
	flags   uint8   //
	player  uint8   // to move
	low     uint32  // proven bounds
	high    uint32  //
	square  float32 // mean of the squared values of the simulations
	first   uint32  // first of its edges
	parent  uint32  // first edge that leads here, plus 1
	inbound uint32  // head of the list of the others, plus 1
}

// EdgeData is the record of an edge: all that a selection rule reads at it.
type EdgeData struct {
	N     uint32  // finished visits
	q     uint32  // mean of the child for the player at the node above
	child uint32  // its number plus 1, or if it has edges: the first of them, and byEdge
	P     float32 // prior
	O     uint16  // visits in flight
	move  uint16  // of the owner; the top bit says that the edge is settled
}

const (
	byEdge  = 1 << 31
	settled = 1 << 15
)

// Q returns the mean value of the edge's child, in [0,1], for the player to
// move at the node the edge starts from. It means nothing while N is 0.
func (d *EdgeData) Q() float64 { return float(d.q) }

// Settled reports that nothing more is to be found out through the edge: its
// child is proven, or proven to be no better than another one.
func (d *EdgeData) Settled() bool { return d.move&settled != 0 }

// HasChild reports whether the edge leads to a node: a leaf may have none yet.
func (d *EdgeData) HasChild() bool { return d.child != 0 }

// Move returns what the owner of the tree noted at the edge.
func (d *EdgeData) Move() uint16 { return d.move &^ settled }

// SetMove notes a number below MaxMove at the edge.
func (d *EdgeData) SetMove(m uint16) { d.move = d.move&settled | m }

// MaxMove is the number of moves that can be told apart.
const MaxMove = settled

// NewEdgeData makes a record of its own, for rules to be tried on.
func NewEdgeData(p, q float64, n, o int) EdgeData {
	return EdgeData{P: float32(p), q: fix(q), N: uint32(n), O: uint16(o)}
}

// link is one more edge that leads to a node.
type link struct{ edge, next uint32 }

// segment is a further run of edges of a node.
type segment struct {
	first uint32
	count int
}

// Tree is the arena. Its zero value is an empty tree, ready to use.
type Tree struct {
	// Mix is the share of the best edge's value in the mean of a node: 0, the
	// default, is mean backup and 1 is max backup. It suits single-player
	// problems, where one good way is enough.
	Mix float64
	// Fade is how much of the distance to Neutral a value loses on each step up,
	// 1-γ. Neutral is 0 for a single player and 1/2 between two. Bounds don't
	// fade.
	Fade, Neutral float64
	// Joint makes the nodes of player 1 conjunctions: those of goals of which all
	// must be reached. The value of such a node for player 0 is the product of its
	// children's, as if they were independent (HTPS, Lample et al. 2022). Bounds
	// are those of minimax all the same: it is lost with one child, won with all.
	Joint bool

	nodes column[node]
	edges column[EdgeData]
	from  column[ID] // of edges
	links column[link]
	more  map[ID][]segment
	graph bool  // some node may be reached in more than one way, or from below
	total int64 // edges proper: unused ends of chunks don't count
	limit int64 // of edges; 0 means MaxEdges
}

// ErrFull says that a tree can't hold more edges, or a node more at once.
var ErrFull = errors.New("the tree is full")

// MaxEdges is how many edges a tree can hold.
const MaxEdges = 1<<31 - 1 - chunkSize

// Len returns the number of nodes and of edges.
func (t *Tree) Len() (nodes, edges int) { return int(t.nodes.n), int(t.total) }

// Bytes returns the memory the tree occupies.
func (t *Tree) Bytes() int64 {
	return t.nodes.held()*48 + t.edges.held()*(20+4) + t.links.held()*8
}

// Share prepares a tree of up to so many edges for several goroutines: from then
// on the accessors of nodes and edges touch nothing but the records they are
// asked for. Who changes what must still be settled by locks, one of them around
// all that makes nodes and edges. A node that Expand gave edges more than once is
// not even read without that one.
func (t *Tree) Share(edges int64) {
	t.limit = min(edges, MaxEdges)
	t.nodes.reserve(t.limit + 1)
	t.edges.reserve(t.limit)
	t.from.reserve(t.limit)
	t.links.reserve(t.limit)
}

// Reset empties the tree and keeps its memory.
func (t *Tree) Reset() {
	t.nodes.n, t.edges.n, t.from.n, t.links.n, t.total, t.graph = 0, 0, 0, 0, 0, false
	clear(t.more)
}

// Add makes a node at which player (0 or 1) is to move.
func (t *Tree) Add(player int) ID {
	i := t.nodes.room(1)
	t.nodes.grow(i, 1)
	*t.nodes.at(i) = node{high: One, player: uint8(player)}
	return ID(i)
}

func (t *Tree) node(n ID) *node { return t.nodes.at(uint32(n)) }

func (t *Tree) data(e Edge) *EdgeData { return t.edges.at(uint32(e)) }

// Branch gives a node count edges without children, moves and priors, all in
// one go, and returns their records. It can be done once per node.
func (t *Tree) Branch(n ID, count int, complete bool) ([]EdgeData, error) {
	r := t.node(n)
	if r.flags&(expanded|terminal) != 0 {
		return nil, fmt.Errorf("node %d is terminal or has its edges already", n)
	}
	if count > chunkSize {
		return nil, t.full(n, count)
	}
	if err := t.fits(n, count); err != nil {
		return nil, err
	}
	r.first, r.count = t.segment(n, count), uint16(count)
	t.shortcut(r)
	r.flags |= expanded
	if complete {
		r.flags |= closed
	}
	return t.Data(n, nil), nil
}

// fits returns an error unless there is room for so many edges more.
func (t *Tree) fits(n ID, count int) error {
	limit := t.limit
	if limit == 0 {
		limit = MaxEdges
	}
	// Only the first of several runs can leave a gap: the others fill chunks.
	if int64(t.edges.room(min(count, chunkSize)))+int64(count) > limit {
		return t.full(n, count)
	}
	return nil
}

func (t *Tree) full(n ID, count int) error {
	return fmt.Errorf("%w: no room for %d edges of node %d", ErrFull, count, n)
}

// segment makes a run of blank edges, for which there is room.
func (t *Tree) segment(n ID, count int) (first uint32) {
	first = t.edges.room(count)
	t.edges.grow(first, count)
	t.from.grow(first, count)
	t.total += int64(count)
	if count > 0 {
		clear(t.edges.run(first, count))
		from := t.from.run(first, count)
		for i := range from {
			from[i] = n
		}
	}
	return first
}

// extend gives a node a run of blank edges, as many of count as fit into a
// chunk.
func (t *Tree) extend(n ID, count int) segment {
	r := t.node(n)
	s := segment{count: min(count, chunkSize)}
	s.first = t.segment(n, s.count)
	switch {
	case r.count == 0:
		r.first, r.count = s.first, uint16(s.count)
		t.shortcut(r)
	case s.count > 0:
		if t.more == nil {
			t.more = map[ID][]segment{}
		}
		t.more[n] = append(t.more[n], s)
		r.flags |= widened
	}
	r.flags |= expanded
	return s
}

// Expand gives a node edges to known children; complete says that no others can
// come. A node that is not complete may be expanded again. Children and priors
// go by position. If there is no room for all of them the error is ErrFull, and
// nothing has changed.
func (t *Tree) Expand(n ID, children []ID, priors []float64, complete bool) (added []Edge, err error) {
	r := t.node(n)
	if r.flags&(closed|terminal) != 0 {
		return nil, fmt.Errorf("node %d is terminal or has all its edges already", n)
	}
	if err := t.fits(n, len(children)); err != nil {
		return nil, err
	}
	for at := 0; at < len(children) || r.flags&expanded == 0; {
		s := t.extend(n, len(children)-at)
		for i := range s.count {
			e := Edge(s.first) + Edge(i)
			added = append(added, e)
			t.data(e).P = float32(priors[at+i])
			t.Attach(e, children[at+i])
		}
		at += s.count
	}
	if complete {
		r.flags |= closed
	}
	return added, nil
}

// Attach makes child the node an edge without one leads to.
func (t *Tree) Attach(e Edge, child ID) {
	d, c := t.data(e), t.node(child)
	t.point(d, child)
	t.lead(e, child)
	if d.N == 0 && c.visits > 0 {
		d.q = t.seen(t.node(t.From(e)), c)
	}
}

// point makes child the node an edge leads to. Where the child has edges the
// edge leads straight to them, so that a walk does not wait for the record of
// the child to know where to read on.
func (t *Tree) point(d *EdgeData, child ID) {
	d.child = uint32(child) + 1
	if c := t.node(child); c.count > 0 {
		d.child = c.first | byEdge
	}
}

// shortcut makes the edges that lead to a node lead to its edges, now that it
// has some.
func (t *Tree) shortcut(r *node) {
	if r.count == 0 || r.parent == 0 {
		return
	}
	t.edges.at(r.parent - 1).child = r.first | byEdge
	for i := r.inbound; i != 0; i = t.links.at(i - 1).next {
		t.edges.at(t.links.at(i - 1).edge).child = r.first | byEdge
	}
}

// shortcuts does it for all nodes.
func (t *Tree) shortcuts() {
	for n := range ID(t.nodes.n) {
		t.shortcut(t.node(n))
	}
}

// child is the node an edge leads to, or None.
func (t *Tree) child(d *EdgeData) ID {
	if d.child&byEdge != 0 {
		return *t.from.at(d.child &^ byEdge)
	}
	return ID(d.child) - 1
}

// lead notes that an edge leads to a node.
func (t *Tree) lead(e Edge, child ID) {
	c := t.node(child)
	// A circle through a root, which has no parent, takes no link.
	t.graph = t.graph || c.parent != 0 || child <= t.From(e)
	if c.parent == 0 {
		c.parent = uint32(e) + 1
		return
	}
	i := t.links.room(1)
	t.links.grow(i, 1)
	*t.links.at(i) = link{edge: uint32(e), next: c.inbound}
	c.inbound = i + 1
}

// Adopt gives an edge without a child, but with a value, a node that takes over
// that value: a leaf becomes a node when it gets edges.
func (t *Tree) Adopt(e Edge, player int) ID {
	d := t.data(e)
	n := t.Add(player)
	r, above := t.node(n), t.node(t.From(e))
	r.parent, d.child = uint32(e)+1, uint32(n)+1
	v := d.q
	if above.player != r.player {
		v = One - v
	}
	if t.isSettled(above, d) {
		d.move |= settled // above was proven while a walk was under way
	}
	r.own, r.q, r.sum, r.visits, r.flags = v, v, uint64(v), 1, evaluated
	r.square = float32(float(v) * float(v))
	return n
}

// SetP changes the prior of an edge.
func (t *Tree) SetP(e Edge, p float64) { t.data(e).P = float32(p) }

// SetMove notes something at an edge for the owner of the tree.
func (t *Tree) SetMove(e Edge, m uint16) { t.data(e).SetMove(m) }

// Evaluate gives a node its own value, which is its first visit.
func (t *Tree) Evaluate(n ID, value float64) {
	r := t.node(n)
	if r.flags&evaluated != 0 {
		r.sum -= uint64(r.own)
		r.visits--
	}
	r.flags |= evaluated
	r.own = fix(value)
	r.sum += uint64(r.own)
	r.visits++
	r.square = float32(value * value)
	t.Refresh(n)
}

// End makes a node terminal: its value is known and proven.
func (t *Tree) End(n ID, reward float64) {
	r := t.node(n)
	r.flags |= terminal | closed
	r.low, r.high = fix(reward), fix(reward)
	t.Evaluate(n, reward)
}

// Settle gives an edge without a child the proven value of the terminal it
// leads to, for the player to move at the node it starts from. It is done before
// the edge's first visit.
func (d *EdgeData) Settle(value float64) {
	d.q = fix(value)
	d.move |= settled
}

// Launch and Land count a simulation through an edge as in flight, and no more.
func (t *Tree) Launch(e Edge) { t.data(e).O++ }

// Land takes back one Launch.
func (t *Tree) Land(e Edge) { t.data(e).O-- }

// Visit counts a finished simulation through an edge. The caller refreshes the
// nodes above it, deepest first.
func (t *Tree) Visit(e Edge) {
	d := t.data(e)
	r := t.node(t.From(e))
	d.N++
	r.sum += uint64(d.q)
	r.visits++
}

// Record adds the value of one simulation that passed a node, for its player to
// move, to what Deviation knows.
func (t *Tree) Record(n ID, value float64) {
	r := t.node(n)
	r.square += (float32(value*value) - r.square) / float32(max(1, r.visits))
}

// Deviation returns the standard deviation of the values of the simulations
// that passed a node.
func (t *Tree) Deviation(n ID) float64 {
	r := t.node(n)
	if r.visits == 0 {
		return 0
	}
	mean := float64(r.sum) / One / float64(r.visits)
	return math.Sqrt(max(0, float64(r.square)-mean*mean))
}

// Edges returns a node's edges in the order in which they came.
func (t *Tree) Edges(n ID) iter.Seq[Edge] {
	return func(yield func(Edge) bool) {
		r := t.node(n)
		for e := r.first; e < r.first+uint32(r.count); e++ {
			if !yield(Edge(e)) {
				return
			}
		}
		if r.flags&widened == 0 {
			return
		}
		for _, s := range t.more[n] {
			for e := s.first; e < s.first+uint32(s.count); e++ {
				if !yield(Edge(e)) {
					return
				}
			}
		}
	}
}

// Count returns the number of a node's edges.
func (t *Tree) Count(n ID) int {
	r := t.node(n)
	count := int(r.count)
	if r.flags&widened != 0 {
		for _, s := range t.more[n] {
			count += s.count
		}
	}
	return count
}

// At returns the edge with a number from 0 to Count-1.
func (t *Tree) At(n ID, i int) Edge {
	r := t.node(n)
	if i < int(r.count) {
		return Edge(r.first) + Edge(i)
	}
	i -= int(r.count)
	for _, s := range t.more[n] {
		if i < s.count {
			return Edge(s.first) + Edge(i)
		}
		i -= s.count
	}
	return NoEdge
}

// Data returns the records of a node's edges, by number. They are the tree's
// own if the edges lie side by side, else copies in buf.
func (t *Tree) Data(n ID, buf []EdgeData) []EdgeData {
	r := t.node(n)
	if r.count == 0 {
		return nil
	}
	block := t.edges.run(r.first, int(r.count))
	if r.flags&widened == 0 {
		return block
	}
	buf = append(buf[:0], block...)
	for _, s := range t.more[n] {
		buf = append(buf, t.edges.run(s.first, s.count)...)
	}
	return buf
}

// N returns the visits of a node: 1 for its own value and 1 for each finished
// simulation that went on through one of its edges.
func (t *Tree) N(n ID) int { return int(t.node(n).visits) }

// Q returns the mean value of a node in [0,1] for its player to move.
func (t *Tree) Q(n ID) float64 { return float(t.node(n).q) }

// V returns the node's own value, as its critic gave it.
func (t *Tree) V(n ID) float64 { return float(t.node(n).own) }

// Bounds returns what is proven of the node's true value.
func (t *Tree) Bounds(n ID) (low, high float64) {
	r := t.node(n)
	return float(r.low), float(r.high)
}

// Proven reports whether the node's true value is known.
func (t *Tree) Proven(n ID) bool {
	r := t.node(n)
	return r.low == r.high
}

// Evaluated reports whether the node has its own value.
func (t *Tree) Evaluated(n ID) bool { return t.node(n).flags&evaluated != 0 }

// Expanded reports whether the node has got edges, or could get none.
func (t *Tree) Expanded(n ID) bool { return t.node(n).flags&expanded != 0 }

// Closed reports whether no further edges can come.
func (t *Tree) Closed(n ID) bool { return t.node(n).flags&closed != 0 }

// Terminal reports whether the problem ends at the node.
func (t *Tree) Terminal(n ID) bool { return t.node(n).flags&terminal != 0 }

// Player returns who is to move at the node.
func (t *Tree) Player(n ID) int { return int(t.node(n).player) }

// From returns the node an edge starts at.
func (t *Tree) From(e Edge) ID { return *t.from.at(uint32(e)) }

// Child returns the node an edge leads to, or None.
func (t *Tree) Child(e Edge) ID { return t.child(t.data(e)) }

// P returns the prior probability of an edge.
func (t *Tree) P(e Edge) float64 { return float64(t.data(e).P) }

// EdgeN returns the finished visits of an edge, O those in flight.
func (t *Tree) EdgeN(e Edge) int { return int(t.data(e).N) }

// O returns the simulations in flight through an edge.
func (t *Tree) O(e Edge) int { return int(t.data(e).O) }

// Move returns what the owner of the tree noted at an edge.
func (t *Tree) Move(e Edge) uint16 { return t.data(e).Move() }

// Settled reports that nothing more is to be found out through an edge.
func (t *Tree) Settled(e Edge) bool { return t.data(e).Settled() }

// EdgeQ returns the mean value of an edge's child, faded by one step, for the
// player to move at the node the edge starts from.
func (t *Tree) EdgeQ(e Edge) float64 {
	d := t.data(e)
	if c := t.Child(e); c != None {
		return float(t.seen(t.node(t.From(e)), t.node(c)))
	}
	return float(d.q)
}

// EdgeBounds returns the proven bounds of an edge's child for the player to
// move at the node the edge starts from.
func (t *Tree) EdgeBounds(e Edge) (low, high float64) {
	l, h := t.bounds(t.node(t.From(e)), t.data(e))
	return float(l), float(h)
}
