package mcts

import (
	"math"
	"slices"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// Widening gives nodes whose children are not complete more of them as visits
// grow: up to ⌈C·N^Alpha⌉ (Coulom 2007). Its zero value asks once only.
type Widening struct {
	C, Alpha float64
}

// limit is the number of children for n visits.
func (w Widening) limit(n int) int {
	return int(math.Ceil(w.C * math.Pow(float64(n), orElse(w.Alpha, 0.5))))
}

// walker is a tree whose nodes may be shared, with all that a walk down needs.
type walker struct {
	tree  nodes.Tree
	rule  Rule
	root  nodes.ID
	seed  uint64
	widen Widening
	// busy reports whether a leaf is in flight or must be left alone, thirsty
	// whether a node with children may be asked for more.
	busy, thirsty func(nodes.ID) bool
	// cold reports whether a child of a node should rather wait for the first
	// one of its siblings; nil means never.
	cold func(parent, child nodes.ID) bool
	last map[nodes.ID]int // by node: the edge that the last job's path followed; nil means it doesn't matter
	// orders are what a person said of edges: event.Pin or event.Forbid. Nil
	// while nobody has.
	orders map[nodes.Edge]string

	blocked []int32 // by node: the walk that found nothing selectable below it
	onPath  []int32 // by node: the walk whose path holds it
	walkNo  int32
	path    []nodes.Edge

	parent Parent
	data   []nodes.EdgeData
	skip   []bool
	barred []bool
}

// find is what a walk came to.
type find int

const (
	nothing find = iota // all that can be reached is proven, in flight or refused
	leaf                // a node that lacks its value or children
	known               // a node whose value is known well enough already
)

// walk goes down from the root to the node where a simulation ends. It backs
// out of places where nothing can be selected and tries the next best edge, so
// it finds a leaf whenever there is one. Only then may it end above that leaf,
// where a value is known well enough already, if free says that it may: a known
// value with nothing to find below it would be counted over and over. The path
// is valid until the next walk.
func (g *walker) walk(free bool) (end nodes.ID, path []nodes.Edge, found find) {
	g.walkNo++
	g.path = g.path[:0]
	node := g.root
	for {
		g.onPath[node] = g.walkNo
		if g.isLeaf(node) && !g.busy(node) {
			return g.arrive(node, free)
		}
		switch i := g.choose(node); i {
		case Generate:
			return g.arrive(node, free)
		case None:
			g.blocked[node] = g.walkNo
			if len(g.path) == 0 {
				return nodes.None, nil, nothing
			}
			last := g.path[len(g.path)-1]
			g.path = g.path[:len(g.path)-1]
			node = g.tree.From(last)
		default:
			e := g.tree.At(node, i)
			g.path = append(g.path, e)
			node = g.tree.Child(e)
		}
	}
}

// arrive ends a walk that can go to node, or above it.
func (g *walker) arrive(node nodes.ID, free bool) (end nodes.ID, path []nodes.Edge, found find) {
	for i, e := range g.path {
		if free && g.knows(e) {
			return g.tree.Child(e), g.path[:i+1], known
		}
	}
	return node, g.path, leaf
}

// knows reports whether the child of an edge was visited more often through
// other edges than through this one: its mean says more than one more
// simulation would. Visits in flight through the edge are about to count.
func (g *walker) knows(e nodes.Edge) bool {
	return g.tree.N(g.tree.Child(e)) > g.tree.EdgeN(e)+g.tree.O(e)
}

// isLeaf reports whether the node still lacks its value or its children.
func (g *walker) isLeaf(n nodes.ID) bool { return !g.tree.Expanded(n) }

// choose returns the number of the edge to follow from n, None or Generate.
func (g *walker) choose(n nodes.ID) int {
	p, data := g.at(n)
	if g.widens(n, p) {
		return Generate
	}
	i := g.rule.Select(p, data)
	if j, passed := g.last[n]; passed && i >= 0 && j != i && p.open(data, j) && g.equal(p, data, i, j) {
		return j // what a model has just read it need not read again
	}
	return i
}

// equal reports whether a rule has no preference between two edges.
func (g *walker) equal(p *Parent, data []nodes.EdgeData, i, j int) bool {
	return data[i].P == data[j].P && total(g.rule.Explain(p, data, i)) == total(g.rule.Explain(p, data, j))
}

func total(terms []Term) (sum float64) {
	for _, t := range terms {
		sum += t.Value
	}
	return sum
}

// widens reports whether visits call for more children of a node.
func (g *walker) widens(n nodes.ID, p *Parent) bool {
	if !p.Open || g.widen.C == 0 {
		return false
	}
	return g.tree.Count(n) < g.widen.limit(1+p.N)
}

// at prepares what a rule may know of a node on the way of a walk. Both are
// valid until the next call.
func (g *walker) at(n nodes.ID) (*Parent, []nodes.EdgeData) {
	p, data := g.atUnpinned(n)
	if len(g.orders) > 0 {
		g.pin(n, p)
	}
	return p, data
}

// atUnpinned is at if no edge were pinned: what a walk may come to that finds
// nothing to do behind those that are.
func (g *walker) atUnpinned(n nodes.ID) (*Parent, []nodes.EdgeData) {
	p, data := g.view(n)
	g.skip = g.skip[:0]
	for e := range g.tree.Edges(n) {
		g.skip = append(g.skip, !g.selectable(e))
	}
	p.Skip = g.skip
	if len(g.orders) > 0 {
		g.bar(n, p)
	}
	if p.Open = !g.tree.Closed(n) && g.tree.Expanded(n) && g.thirsty(n); p.Open {
		g.fresh(n)
	}
	return p, data
}

// view prepares what can be known of a node by itself.
func (g *walker) view(n nodes.ID) (*Parent, []nodes.EdgeData) {
	g.tree.Sync(n)
	data := g.tree.Data(n, g.data)
	if cap(data) > cap(g.data) {
		g.data = make([]nodes.EdgeData, 0, cap(data))
	}
	g.parent = Parent{V: g.tree.V(n), Root: n == g.root, Dev: g.tree.Deviation(n)}
	for e := range g.tree.Edges(n) {
		g.parent.N += g.tree.EdgeN(e)
		g.parent.O += g.tree.O(e)
	}
	g.parent.Seed = g.moment(n, g.parent.N+g.parent.O)
	return &g.parent, data
}

// moment is a seed for what is chosen at random at a node with so many visits.
func (g *walker) moment(n nodes.ID, visits int) uint64 {
	return env.Mix(g.seed ^ env.Mix(uint64(n)<<32+uint64(visits)))
}

// lead is by how many visits the most visited edge of the root is ahead of the
// others. Forbidden ones don't take part.
func (g *walker) lead() int {
	first, second := 0, 0
	for e := range g.tree.Edges(g.root) {
		switch n := g.tree.EdgeN(e); {
		case g.forbidden(e):
		case n > first:
			first, second = n, first
		case n > second:
			second = n
		}
	}
	return first - second
}

// visit counts one simulation along a path and brings the numbers up to date
// that follow from it. It returns the nodes that it touched.
func (g *walker) visit(end nodes.ID, path []nodes.Edge) []nodes.ID {
	for _, e := range path {
		g.tree.Visit(e)
	}
	touched := g.refresh(g.tree.Prove(end), path)
	v, below := g.tree.Q(end), end
	for _, e := range slices.Backward(path) {
		n := g.tree.From(e)
		if g.tree.Player(n) != g.tree.Player(below) {
			v = 1 - v
		}
		g.tree.Record(n, v)
		below = n
	}
	return touched
}

// refresh brings up to date the means of nodes whose bounds have changed, and
// then, from the leaf up, those of a path. It returns all of them. Where ways
// meet, parents off the path follow when they are next visited: to follow at
// once would be work in proportion to the tree.
func (g *walker) refresh(changed []nodes.ID, path []nodes.Edge) []nodes.ID {
	for _, e := range slices.Backward(path) {
		changed = append(changed, g.tree.From(e))
	}
	for _, n := range changed {
		g.tree.Refresh(n)
	}
	return changed
}

// fresh sums up what the children of an open node were worth at first sight.
func (g *walker) fresh(n nodes.ID) {
	for e := range g.tree.Edges(n) {
		c := g.tree.Child(e)
		if !g.tree.Evaluated(c) {
			continue
		}
		v := g.tree.V(c)
		if g.tree.Player(c) != g.tree.Player(n) {
			v = 1 - v
		}
		g.parent.FreshN++
		g.parent.FreshV += v
	}
}

// selectable reports whether the walk under way may follow an edge: not to
// where nothing is to be found out, not in a circle, and not to where nothing
// can be done.
func (g *walker) selectable(e nodes.Edge) bool {
	c := g.tree.Child(e)
	switch {
	case g.tree.Settled(e):
		return false
	case len(g.blocked) == 0:
		return true // a tree of moves has no circles
	case g.blocked[c] == g.walkNo, g.onPath[c] == g.walkNo:
		return false
	case g.isLeaf(c):
		return !g.busy(c) && (g.cold == nil || !g.cold(g.tree.From(e), c))
	}
	return true
}
