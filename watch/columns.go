package watch

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

// grid is where the columns begin. It depends on the size of the screen and of
// the search alone, so that nothing jumps while the tree is walked in.
type grid struct {
	levels           int  // drawn in full; deeper ones are shifted
	n, marks, text   int  // columns; text is the width where there is none
	prior            bool // there is room for P
	wN, wMarks, wAct int
}

const (
	number = 4 // cells of Q and of P
	gap    = 2 // cells between columns
)

func (m *model) grid() grid {
	g := grid{levels: min(max(m.width/12, 3), 40), prior: m.width >= 50, wMarks: 6}
	g.wN = 3
	if len(m.tree.Nodes) > 0 {
		g.wN = max(len(strconv.Itoa(int(m.tree.Nodes[m.tree.Root].N))), g.wN)
	}
	if m.width >= 60 {
		g.wMarks = 12
	}
	numbers := g.wN + gap + number
	if g.prior {
		numbers += gap + number
	}
	room := max(m.width-1-gap-numbers-gap-g.wMarks, 0)
	g.wAct = room
	if room >= 40 {
		g.wAct = room * 3 / 5
	}
	g.n = 1 + g.wAct + gap
	g.marks = g.n + numbers + gap
	g.text = min(g.marks+g.wMarks+gap, m.width)
	return g
}

func (m *model) columns() *line {
	l, g := m.line(), m.grid()
	l.to(g.n)
	l.put(dim, fmt.Sprintf("%*s  %*s", g.wN, "N", number, "Q"))
	if g.prior {
		l.put(dim, fmt.Sprintf("  %*s", number, "P"))
	}
	return l
}

// row draws one row of the tree.
func (m *model) row(i int) *line {
	r, l, g := m.rows[i], m.line(), m.grid()
	if i == m.cursor {
		l.base = reverse
		l.put("", ">")
	} else {
		l.put("", " ")
	}
	if r.kind == moreRow {
		m.branches(l, r, g, "")
		l.put(dim, fmt.Sprintf(" … +%d more", r.more))
		l.to(l.width)
		return l
	}
	n := &m.tree.Nodes[r.node]
	style, text, prior := bold, n.State, ""
	visits, order := n.N, ""
	if r.kind == edgeRow {
		e := &m.tree.Edges[r.edge]
		if !m.best[r.edge] {
			style = ""
		}
		text, prior, visits, order = e.Action, fmt.Sprintf("%.2f", e.P), e.N, e.Order
	}
	m.branches(l, r, g, style)
	l.put(style, short(text, 1+g.wAct-l.used))
	l.to(g.n)
	q := "–"
	if n.N > 0 {
		q = fmt.Sprintf("%.2f", n.Q)
	}
	l.put(style, fmt.Sprintf("%*d  %*s", g.wN, visits, number, q))
	if g.prior {
		l.put(style, fmt.Sprintf("  %*s", number, prior))
	}
	l.to(g.marks)
	m.marks(l, r, n, order, g.text-gap)
	if r.kind == edgeRow && g.text < m.width && !m.tree.Edges[r.edge].Again {
		l.to(g.text)
		l.put(dim, short(n.State, m.width-g.text))
	}
	if l.base != "" {
		l.to(l.width)
	}
	return l
}

// branches draws the lines from the root to a row, at most g.levels of them,
// and whether something is folded below it.
func (m *model) branches(l *line, r row, g grid, style string) {
	sign := " "
	if m.parent(r) {
		sign = "▸"
		if m.unfolded(r.node) {
			sign = "▾"
		}
	}
	if r.depth == 0 {
		l.put(style, sign+" ")
		return
	}
	var b strings.Builder
	top := r.depth - 1
	if r.depth > g.levels {
		b.WriteString("⋯  ")
		top = g.levels - 2
	}
	for i := top; i > 0; i-- {
		if r.rails>>i&1 == 1 {
			b.WriteString("   ")
		} else {
			b.WriteString("│  ")
		}
	}
	corner := "├"
	if r.rails&1 == 1 {
		corner = "└"
	}
	l.put(dim, b.String()+corner)
	if r.edge >= 0 && m.best[r.edge] {
		l.put(style, "●"+sign+" ")
		return
	}
	l.put(dim, "─")
	l.put(style, sign+" ")
}

// marks draws the signs of a row, as far as they fit.
func (m *model) marks(l *line, r row, n *view.Node, order string, end int) {
	put := func(style, text string) {
		if l.used+view.Cells(text) <= end {
			l.put(style, text)
			l.put("", " ")
		}
	}
	switch {
	case n.Solved():
		put(green, "✓")
	case n.Dead():
		put(red, "✗")
	case n.Proven():
		put("", "=")
	}
	if order != "" {
		put(cyan, ordering(order))
	}
	if n.Failed != "" {
		put(yellow, "!")
	}
	if r.edge >= 0 && m.tree.Edges[r.edge].Again {
		put(dim, fmt.Sprintf("↗ #%d", n.ID))
	}
	if n.Terminal {
		put("", "end")
	}
}

// ordering is how an order is shown.
func ordering(order string) string {
	switch order {
	case event.Pin:
		return "pin"
	case event.Forbid:
		return "ban"
	}
	return ""
}
