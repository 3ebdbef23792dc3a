package watch

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/view"
)

const (
	bold    = "\x1b[1m"
	dim     = "\x1b[2m"
	reverse = "\x1b[7m"
	red     = "\x1b[31m"
	green   = "\x1b[32m"
	yellow  = "\x1b[33m"
	cyan    = "\x1b[36m"
	reset   = "\x1b[0m"
)

// line is one line of the screen.
type line struct {
	b     strings.Builder
	used  int // cells
	width int
	color bool
	base  string // the style of all of it
}

// put writes clean text as far as the line is wide.
func (l *line) put(style, text string) {
	text = view.Cut(text, l.width-l.used, "…")
	if text == "" {
		return
	}
	l.used += view.Cells(text)
	if style = l.base + style; l.color && style != "" {
		text = style + text + reset
	}
	l.b.WriteString(text)
}

// to leaves blanks up to a column.
func (l *line) to(column int) {
	if n := min(column, l.width) - l.used; n > 0 {
		l.put("", strings.Repeat(" ", n))
	}
}

func (m *model) line() *line { return &line{width: m.width, color: m.opt.Color} }

// head is the number of lines above the rows, and whether one of them names
// the columns: a low screen needs its lines for the tree.
func (m *model) head() (lines int, columns bool) {
	switch {
	case m.height >= 9:
		return 3, m.mode != reading && m.mode != helping
	case m.height >= 5:
		return 2, false
	case m.height >= 3:
		return 1, false
	}
	return 0, false
}

// body is the number of lines for rows.
func (m *model) body() int {
	head, _ := m.head()
	if m.height < 2 {
		return 1
	}
	return m.height - head - 1 // the last one has notes
}

// draw makes the screen: exactly as many lines as it has.
func (m *model) draw() string {
	head, columns := m.head()
	lines := m.title(head)
	if columns {
		lines = append(lines[:head-1], m.columns())
	}
	switch body := m.body(); m.mode {
	case helping:
		lines = m.leaf(lines, m.manual(), body)
	case reading:
		lines = m.leaf(lines, m.write(), body)
	default:
		m.scroll(body)
		for i := m.top; i < min(m.top+body, len(m.rows)); i++ {
			lines = append(lines, m.row(i))
		}
	}
	if m.height >= 2 {
		for len(lines) < m.height-1 {
			lines = append(lines, m.line())
		}
		lines = append(lines, m.foot())
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.b.String())
	}
	return b.String()
}

// leaf adds what is on the screen of a text that can be scrolled.
func (m *model) leaf(lines []*line, text []styled, body int) []*line {
	m.page.top = min(max(m.page.top, 0), max(len(text)-body, 0))
	for _, s := range text[m.page.top:min(m.page.top+body, len(text))] {
		l := m.line()
		l.put(s.style, s.text)
		lines = append(lines, l)
	}
	return lines
}

// scroll lets the rows of the screen be around the cursor.
func (m *model) scroll(body int) {
	m.top = min(max(m.top, m.cursor-body+1), m.cursor)
	m.top = max(min(m.top, len(m.rows)-body), 0)
}

// title says what is searched, and how it stands.
func (m *model) title(n int) []*line {
	first, second := m.line(), m.line()
	s := &m.tree.Start
	if len(m.tree.Nodes) == 0 {
		first.put(dim, "waiting for the run")
	} else {
		first.put(bold, short(s.Env, 20))
		setting := short(s.Strategy, 20)
		if s.Model != "" {
			setting = short(s.Model, 30) + " · " + setting
		}
		setting = short(setting, m.width*2/5)
		first.put("", "  "+short(s.Problem, max(m.width-first.used-4-view.Cells(setting), 10)))
		first.to(m.width - view.Cells(setting))
		first.put(dim, setting)
	}
	status, style := m.status()
	second.put(style, status)
	t := &m.tree.Totals
	parts := []string{view.Count(t.Simulations) + " sims", view.Count(len(m.tree.Nodes)) + " nodes"}
	if t.Usage.Calls > 0 || t.Usage.CacheHits > 0 {
		parts = append(parts, view.Count(t.Usage.Calls)+" calls", view.Count(t.Usage.PromptTokens+t.Usage.CompletionTokens)+" tokens")
	}
	if len(m.tree.Nodes) == 0 {
		parts = nil
	}
	if q, ok := m.value(); ok {
		parts = append([]string{fmt.Sprintf("best %.2f", q)}, parts...)
	}
	for _, p := range parts {
		if second.used+2+view.Cells(p) <= m.width {
			second.put("", "  "+p)
		}
	}
	return []*line{first, second, m.line()}[:n]
}

// value is that of the first step of the principal variation.
func (m *model) value() (float64, bool) {
	if m.lead < 0 {
		return 0, false
	}
	n := &m.tree.Nodes[m.tree.Edges[m.lead].To]
	return n.Q, n.N > 0
}

// status is how the run stands.
func (m *model) status() (text, style string) {
	switch end := m.tree.End; {
	case end != nil:
		text = short(end.Status, 20)
		if end.Reason != "" {
			text += " (" + short(end.Reason, 30) + ")"
		}
		if end.Status == view.Solved {
			return "ended: " + text, green
		}
		return "ended: " + text, yellow
	case m.idle:
		return "not running", yellow
	case m.paused:
		return "paused", yellow
	case len(m.tree.Nodes) == 0:
		return "", ""
	}
	return "running", green
}

// foot has notes and questions.
func (m *model) foot() *line {
	l := m.line()
	switch {
	case m.mode == asking:
		l.put(bold, "stop the run? y/n")
	case m.mode == searching:
		l.put("", "/"+short(m.typed, m.width-2)+"▏")
	case m.note != "":
		l.put(yellow, short(m.note, m.width))
	case m.broken != nil:
		l.put(red, short("can't show more: "+m.broken.Error(), m.width))
	case m.lost != nil:
		l.put(red, short("can't follow: "+m.lost.Error(), m.width))
	case m.mode == helping:
		l.put(dim, "↑↓ scroll  any other key: back")
	case m.mode == reading:
		l.put(dim, "↑↓ scroll  Esc back  + - 0 pin forbid free")
	default:
		sorted := "by " + m.sort.String()
		if m.follow {
			sorted += ", following"
		}
		l.put(dim, "? keys  ↑↓←→ walk  Enter read  Esc quit")
		if at := m.width - view.Cells(sorted); at >= l.used+2 {
			l.to(at)
			l.put(dim, sorted)
		}
	}
	return l
}

// most is more bytes than any line of a screen has.
const most = 4096

// short makes clean text of at most w cells of any text, without reading more
// of it than that takes.
func short(s string, w int) string {
	long := len(s) > most
	if long {
		n := most
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	s = strings.TrimRight(view.Clean(s), " ")
	if long && view.Cells(s) < w {
		s += "…"
	}
	return view.Cut(s, max(w, 0), "…")
}
