package watch

import (
	"cmp"
	"slices"

	"github.com/ponder-mcts/ponder/view"
)

// row is one line of the unfolded tree.
type row struct {
	kind  rowKind
	edge  int    // position; -1 but in an edgeRow
	node  int    // position of the node it shows; of the parent in a moreRow
	depth int    // 0 for the root
	rails uint64 // bit i: the ancestor i levels up (0: the row itself) is the last of its siblings
	more  int    // edges that are not shown
}

type rowKind uint8

const (
	rootRow rowKind = iota
	edgeRow
	moreRow // stands for edges that are not shown
)

// place is where the cursor is, told so that it outlives changes of rows.
type place struct {
	kind rowKind
	edge int   // position; of a moreRow, the edge above its node, or -1
	id   int32 // of that edge
}

var rootPlace = place{kind: rootRow, edge: -1, id: -1}

// sortKey is the number that edges are sorted by, the highest first.
type sortKey uint8

const (
	byN sortKey = iota
	byQ
	byP
)

func (k sortKey) String() string { return [...]string{"N", "Q", "P"}[k] }

// ranking is the sorted edges of a node, as of a generation of the tree.
type ranking struct {
	generation int
	edges      []int
}

// layout finds the rows anew, and the cursor among them.
func (m *model) layout() {
	m.house()
	m.best, m.lit = map[int]bool{}, map[int]bool{m.tree.Root: true}
	line := m.tree.Line()
	m.lead = -1
	for i, e := range line {
		if i == 0 {
			m.lead = e
		}
		m.best[e] = true
		m.light(e)
	}
	if m.follow && len(line) > 0 {
		m.stand(edgeRow, line[len(line)-1])
	}
	m.keep()
	m.rows = m.rows[:0]
	if len(m.tree.Nodes) > 0 {
		m.grind()
	}
	m.seek()
}

// house notes under which edge each new node stands.
func (m *model) house() {
	for len(m.home) < len(m.tree.Nodes) {
		m.home = append(m.home, -1)
	}
	for ; m.homed < len(m.tree.Edges); m.homed++ {
		if e := &m.tree.Edges[m.homed]; !e.Again {
			m.home[e.To] = m.homed
		}
	}
}

// keep notes the edges that are shown whatever their rank: those of the
// principal variation and those on the way to the cursor.
func (m *model) keep() {
	m.kept = make(map[int]bool, len(m.best))
	for e := range m.best {
		m.kept[e] = true
	}
	for e := m.at.edge; e >= 0; e = m.home[m.tree.Edges[e].From] {
		m.kept[e] = true
		if m.tree.Edges[e].From == m.tree.Root {
			break
		}
	}
}

// unfolded reports whether the edges of a node are shown: those of nodes on
// the principal variation are by themselves.
func (m *model) unfolded(node int) bool {
	if open, chosen := m.open[m.tree.Nodes[node].ID]; chosen {
		return open
	}
	return m.lit[node]
}

// light unfolds the node an edge of the principal variation leads to, and what
// is above it: that may be elsewhere if the line crosses a transposition.
func (m *model) light(e int) {
	for n := m.tree.Edges[e].To; !m.lit[n]; n = m.tree.Edges[e].From {
		m.lit[n] = true
		if e = m.home[n]; e < 0 {
			return
		}
	}
}

// grind lists the rows from top to bottom. Waiting rows lie on a stack of its
// own, so that the depth of a tree costs memory and no calls.
func (m *model) grind() {
	if m.ranked == nil || len(m.ranked) > 4*len(m.rows)+1000 {
		m.ranked = map[int]ranking{}
	}
	waiting := []row{{kind: rootRow, edge: -1, node: m.tree.Root}}
	for len(waiting) > 0 {
		r := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		m.rows = append(m.rows, r)
		if r.kind != moreRow && m.parent(r) && m.unfolded(r.node) {
			waiting = m.below(waiting, r)
		}
	}
}

// parent reports whether a row can have others below it.
func (m *model) parent(r row) bool {
	again := r.edge >= 0 && m.tree.Edges[r.edge].Again
	return r.kind != moreRow && !again && len(m.tree.Nodes[r.node].Out) > 0
}

// below puts the rows under another on the stack, the first of them last.
func (m *model) below(stack []row, parent row) []row {
	edges := m.rank(parent.node)
	base := len(stack)
	r := row{kind: edgeRow, depth: parent.depth + 1, rails: parent.rails << 1}
	top := m.opt.Top
	if m.wide[m.tree.Nodes[parent.node].ID] {
		top = len(edges)
	}
	for rank, e := range edges {
		if rank < top || m.kept[e] || m.tree.Edges[e].Order != "" {
			r.edge, r.node = e, m.tree.Edges[e].To
			stack = append(stack, r)
		}
	}
	if hidden := len(edges) - (len(stack) - base); hidden > 0 {
		stack = append(stack, row{kind: moreRow, edge: -1, node: parent.node, depth: r.depth, rails: r.rails, more: hidden})
	}
	stack[len(stack)-1].rails |= 1
	slices.Reverse(stack[base:])
	return stack
}

// rank sorts the edges of a node. An edge without a value comes last by Q;
// equals are sorted by N, then P, then age.
func (m *model) rank(node int) []int {
	if r, ok := m.ranked[node]; ok && r.generation == m.generation {
		return r.edges
	}
	t := m.tree
	edges := slices.Clone(t.Nodes[node].Out)
	slices.SortStableFunc(edges, func(i, j int) int {
		a, b := &t.Edges[i], &t.Edges[j]
		first := 0
		switch m.sort {
		case byQ:
			first = cmp.Compare(m.worth(b), m.worth(a))
		case byP:
			first = cmp.Compare(b.P, a.P)
		}
		return cmp.Or(first, cmp.Compare(b.N, a.N), cmp.Compare(b.P, a.P))
	})
	m.ranked[node] = ranking{m.generation, edges}
	return edges
}

// worth is the mean value of an edge for the player who may follow it; -1 if
// it has none.
func (m *model) worth(e *view.Edge) float64 {
	to := &m.tree.Nodes[e.To]
	switch {
	case to.N == 0:
		return -1
	case to.Player != m.tree.Nodes[e.From].Player:
		return 1 - to.Q
	}
	return to.Q
}

// stand puts the cursor on an edge, or on the row of those that are not shown
// under it; -1 means the root.
func (m *model) stand(kind rowKind, edge int) {
	m.at = place{kind: kind, edge: edge, id: -1}
	if edge >= 0 {
		m.at.id = m.tree.Edges[edge].ID
	} else if kind == edgeRow {
		m.at = rootPlace
	}
}

// seek finds the row of the cursor, or else the nearest one above it that is
// shown.
func (m *model) seek() {
	m.cursor = 0
	for m.at != rootPlace {
		i := slices.IndexFunc(m.rows, m.here)
		if i >= 0 {
			m.cursor = i
			return
		}
		switch {
		case m.at.edge < 0, m.at.kind == edgeRow && m.tree.Edges[m.at.edge].From == m.tree.Root:
			m.at = rootPlace
		case m.at.kind == moreRow:
			m.stand(edgeRow, m.at.edge)
		default:
			m.stand(edgeRow, m.home[m.tree.Edges[m.at.edge].From])
		}
	}
}

// here reports whether the cursor is on a row.
func (m *model) here(r row) bool {
	if r.kind == moreRow {
		return m.at.kind == moreRow && m.at.edge == m.above(r.node)
	}
	return m.at.kind == r.kind && m.at.edge == r.edge
}

// above is the edge that a node stands under, -1 for the root.
func (m *model) above(node int) int {
	if node == m.tree.Root {
		return -1
	}
	return m.home[node]
}

// move puts the cursor on a row, or on the nearest that there is.
func (m *model) move(to int) {
	if len(m.rows) == 0 {
		return
	}
	m.cursor = min(max(to, 0), len(m.rows)-1)
	r := m.rows[m.cursor]
	edge := r.edge
	if r.kind == moreRow {
		edge = m.above(r.node)
	}
	m.stand(r.kind, edge)
	if r.kind == rootRow {
		m.at = rootPlace
	}
}

// reveal unfolds all that hides a node, and puts the cursor on it. It reports
// false for a node that does not stand below the root.
func (m *model) reveal(node int) bool {
	for n := node; n != m.tree.Root; {
		e := m.home[n]
		if e < 0 {
			return false
		}
		n = m.tree.Edges[e].From
	}
	for n := node; n != m.tree.Root; {
		n = m.tree.Edges[m.home[n]].From
		m.open[m.tree.Nodes[n].ID] = true
	}
	m.stand(edgeRow, m.above(node))
	m.layout()
	return true
}
