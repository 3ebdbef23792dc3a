package view

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// TextOptions say how Text draws. The zero value draws all levels, six edges
// a node, 100 cells wide, without colour.
type TextOptions struct {
	Width     int  // cells of a line; 0 means 100, less than 20 counts as 20
	Top       int  // edges drawn under a node; 0 means 6, negative all
	Depth     int  // levels of edges drawn; 0 means all
	MinVisits int  // edges with fewer visits are folded
	Color     bool // mark with colours too
	ASCII     bool // write ASCII only; other characters of states and actions become ?
}

const (
	defaultWidth = 100
	leastWidth   = 20
	defaultTop   = 6
)

// Text draws a tree for a terminal: the root state with its numbers, then one
// line an edge with its action, visits N, mean value Q of the state it leads
// to (for the player to move there), prior P, marks and that state.
//
// Marks are: ● on the principal variation, ✓ solved, ✗ dead, = proven to be of
// another value, end for a terminal, ! for a state on which work was given up,
// …+n for n edges below the depth limit. A state that several edges lead to is
// drawn once, with a number #n; the other edges show ↗ #n. Edges beyond the
// limits are summed up in one line; edges of the principal variation always
// come first and are never folded. Deep levels are shifted to the left, which
// ⋯ shows. It returns the first error of w.
func Text(w io.Writer, t *Tree, opt TextOptions) error {
	if opt.Width == 0 {
		opt.Width = defaultWidth
	}
	opt.Width = max(opt.Width, leastWidth)
	if opt.Top == 0 {
		opt.Top = defaultTop
	}
	p := &page{sheet: newSheet(t, opt), glyphs: &unicodeGlyphs, w: bufio.NewWriter(w)}
	if opt.ASCII {
		p.glyphs = &asciiGlyphs
	}
	if len(t.Nodes) == 0 {
		p.put("", "(no events)")
		p.end()
		return p.w.Flush()
	}
	rows := p.rows()
	p.measure(rows)
	p.root(len(rows) > 0)
	for _, r := range rows {
		p.row(r)
	}
	return p.w.Flush()
}

// glyphs are the signs of a drawing; each branch is three cells wide.
type glyphs struct {
	tee, bestTee, corner, bestCorner, rail, blank, deep  string
	solved, dead, proven, final, failed, see, more, none string
}

var unicodeGlyphs = glyphs{
	tee: "├─ ", bestTee: "├● ", corner: "└─ ", bestCorner: "└● ", rail: "│  ", blank: "   ", deep: "⋯  ",
	solved: "✓", dead: "✗", proven: "=", final: "end", failed: "!", see: "↗", more: "…", none: "–",
}

var asciiGlyphs = glyphs{
	tee: "|- ", bestTee: "|* ", corner: "`- ", bestCorner: "`* ", rail: "|  ", blank: "   ", deep: "~  ",
	solved: "+", dead: "x", proven: "=", final: "end", failed: "!", see: "^", more: "...", none: "-",
}

const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

// page writes rows in columns: the branches with the action, N, Q, P, the
// marks, and the state if there is room.
type page struct {
	*sheet
	*glyphs
	w *bufio.Writer

	levels                   int // drawn in full; deeper ones are shifted
	wTree, wN, wMarks, wText int // cells of the columns; 0 leaves one out
	used, gap                int // cells of the line so far, and blanks owed to it
}

const (
	branch   = 3 // cells of one level
	wNumber  = 4 // cells of Q and of P
	between  = 2 // cells between columns
	leastRow = 10
)

// measure gives each column what its rows need as far as the width goes. The
// state gives way first: it can be had from the actions.
func (p *page) measure(rows []row) {
	p.levels = min(max(p.Width/12, 3), 40)
	p.wN = 1
	needTree, needText := 0, 0
	for _, r := range rows {
		if r.edge < 0 {
			continue
		}
		e := &p.Edges[r.edge]
		needTree = max(needTree, min(r.depth, p.levels)*branch+cells(p.clean(e.Action)))
		p.wN = max(p.wN, len(strconv.Itoa(int(e.N))))
		p.wMarks = max(p.wMarks, cells(plainMarks(p.marks(r))))
		if !r.again {
			needText = max(needText, cells(p.clean(p.Nodes[e.To].State)))
		}
	}
	room := p.Width - between - p.wN - 2*(between+wNumber)
	if p.wMarks > 0 {
		room -= between + p.wMarks
	}
	room = max(room, 0)
	p.wTree = min(needTree, max(room-between-needText, room*2/3))
	if p.wText = min(needText, room-between-p.wTree); p.wText < min(needText, leastRow) {
		p.wTree, p.wText = min(needTree, room), 0
	}
}

func (p *page) root(header bool) {
	n := &p.Nodes[p.Root]
	sum := fmt.Sprintf("N %d  Q %s", n.N, p.q(n))
	marks := p.nodeMarks(n)
	if p.named[p.Root] {
		marks = append(marks, p.name(p.Root))
	}
	room := p.Width - between - cells(sum)
	if len(marks) > 0 {
		room -= between + cells(plainMarks(marks))
	}
	p.put(bold, cut(p.clean(n.State), room, p.more))
	p.skip(between)
	p.put("", sum)
	p.skip(between)
	p.putMarks(marks)
	p.end()
	if header {
		p.put(dim, strings.TrimRight(p.rail, " "))
		p.to(p.wTree)
		p.put(dim, fmt.Sprintf("  %*s  %*s  %*s", p.wN, "N", wNumber, "Q", wNumber, "P"))
		p.end()
	}
}

func (p *page) row(r row) {
	style := ""
	if r.best {
		style = bold
	}
	p.branches(r, style)
	if r.edge < 0 {
		p.put(dim, fmt.Sprintf("%s +%d more (N %d)", p.more, r.more, r.moreN))
		p.end()
		return
	}
	e := &p.Edges[r.edge]
	child := &p.Nodes[e.To]
	p.put(style, cut(p.clean(e.Action), p.wTree-p.used, p.more))
	p.to(p.wTree)
	p.put(style, fmt.Sprintf("  %*d  %*s  %*.2f", p.wN, e.N, wNumber, p.q(child), wNumber, e.P))
	if p.wMarks > 0 {
		p.skip(between)
		at := p.used + p.gap
		p.putMarks(p.marks(r))
		p.to(at + p.wMarks)
	}
	if p.wText > 0 && !r.again {
		p.skip(between)
		p.put(dim, cut(p.clean(child.State), p.wText, p.more))
	}
	p.end()
}

// branches draws the lines from the root to a row, at most p.levels of them;
// the last one, which touches the action, in the style of the action.
func (p *page) branches(r row, style string) {
	var b strings.Builder
	top := r.depth - 1
	if r.depth > p.levels {
		b.WriteString(p.deep)
		top = p.levels - 2
	}
	for i := top; i > 0; i-- {
		if r.rails>>i&1 == 1 {
			b.WriteString(p.blank)
		} else {
			b.WriteString(p.rail)
		}
	}
	p.put(dim, b.String())
	last := r.rails&1 == 1
	switch {
	case last && r.best:
		p.put(style, p.bestCorner)
	case last:
		p.put(dim, p.corner)
	case r.best:
		p.put(style, p.bestTee)
	default:
		p.put(dim, p.tee)
	}
}

// mark is a short sign with a colour.
type mark struct{ style, text string }

func (p *page) marks(r row) []mark {
	e := &p.Edges[r.edge]
	marks := p.nodeMarks(&p.Nodes[e.To])
	if e.Order != "" {
		marks = append(marks, mark{yellow, e.Order})
	}
	switch {
	case r.again:
		marks = append(marks, mark{dim, p.see}, p.name(e.To))
	case r.cut > 0:
		marks = append(marks, mark{dim, fmt.Sprintf("%s+%d", p.more, r.cut)})
	case p.named[e.To]:
		marks = append(marks, p.name(e.To))
	}
	return marks
}

func (p *page) nodeMarks(n *Node) []mark {
	var marks []mark
	switch {
	case n.Solved():
		marks = append(marks, mark{green, p.solved})
	case n.Dead():
		marks = append(marks, mark{red, p.dead})
	case n.Proven():
		marks = append(marks, mark{"", p.proven})
	}
	if n.Terminal {
		marks = append(marks, mark{"", p.final})
	}
	if n.Failed != "" {
		marks = append(marks, mark{yellow, p.failed})
	}
	return marks
}

func (p *page) name(node int) mark { return mark{dim, fmt.Sprintf("#%d", p.Nodes[node].ID)} }

func plainMarks(marks []mark) string {
	texts := make([]string, len(marks))
	for i, m := range marks {
		texts[i] = m.text
	}
	return strings.Join(texts, " ")
}

func (p *page) putMarks(marks []mark) {
	for i, m := range marks {
		if i > 0 {
			p.skip(1)
		}
		p.put(m.style, m.text)
	}
}

// q is the mean value of a node as text: none before its first visit.
func (p *page) q(n *Node) string {
	if n.N == 0 {
		return p.none
	}
	return fmt.Sprintf("%.2f", n.Q)
}

// clean is Clean without blanks at the end, and more where only ASCII may be
// written.
func (p *page) clean(s string) string {
	s = Clean(s)
	if p.ASCII {
		s = strings.Map(ascii, s)
	}
	return strings.TrimRight(s, " ")
}

// ascii replaces what is not ASCII.
func ascii(r rune) rune {
	switch {
	case r == newline:
		return ' '
	case r > '~':
		return '?'
	}
	return r
}

// put writes text as far as the line is wide.
func (p *page) put(style, text string) {
	if text == "" {
		return
	}
	text = cut(text, p.Width-p.used-p.gap, p.more)
	if text == "" {
		return
	}
	p.w.WriteString(strings.Repeat(" ", p.gap))
	p.used += p.gap + cells(text)
	p.gap = 0
	if p.Color && style != "" {
		text = style + text + reset
	}
	p.w.WriteString(text)
}

// skip leaves blanks, unless nothing follows them on the line.
func (p *page) skip(n int) { p.gap += n }

// to leaves blanks up to a column.
func (p *page) to(column int) { p.skip(max(column-p.used-p.gap, 0)) }

func (p *page) end() {
	p.w.WriteByte('\n')
	p.used, p.gap = 0, 0
}
