package watch

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/ponder-mcts/ponder/view"
)

// page is a node to read.
type page struct {
	id   int32
	node int // position
	top  int // first line on the screen

	asked   []string // addresses of the calls that were asked for
	calls   []Call
	waiting int // questions to the source without an answer
	err     error

	lines   []styled
	width   int                 // that lines were wrapped for
	wrapped map[string][]string // long texts, wrapped for that width
}

// styled is a line of clean text.
type styled struct{ style, text string }

// answered has the calls of a node.
type answered struct {
	id    int32
	calls []Call
	err   error
}

// find looks up the node in a tree, and reports whether it is there.
func (p *page) find(t *view.Tree) bool {
	p.node = slices.IndexFunc(t.Nodes, func(n view.Node) bool { return n.ID == p.id })
	p.lines = nil
	return p.node >= 0
}

// read brings the page up to date, and asks for the calls that are new.
func (m *model) read() tea.Cmd {
	m.page.lines = nil
	var keys []string
	for _, k := range m.tree.Nodes[m.page.node].Usage.Asked {
		if !slices.Contains(m.page.asked, k) {
			m.page.asked, keys = append(m.page.asked, k), append(keys, k)
		}
	}
	r, ok := m.src.(Reader)
	if !ok || len(keys) == 0 {
		return nil
	}
	m.page.waiting++
	id := m.page.id
	return m.do(func() tea.Msg {
		calls, err := r.Calls(m.ctx, keys)
		return answered{id, calls, err}
	})
}

func (p *page) take(a answered) {
	if a.id != p.id {
		return
	}
	p.waiting--
	p.calls, p.err = append(p.calls, a.calls...), a.err
	p.lines = nil
}

// key scrolls, and reports whether the key says so.
func (p *page) key(name string, body int) bool {
	switch name {
	case "up", "k":
		p.top--
	case "down", "j":
		p.top++
	case "pgup", "ctrl+b":
		p.top -= max(body-1, 1)
	case "pgdown", "ctrl+f":
		p.top += max(body-1, 1)
	case "home", "g":
		p.top = 0
	case "end", "G":
		p.top = math.MaxInt
	default:
		return false
	}
	return true
}

// manual makes the lines of the help.
func (m *model) manual() []styled {
	m.page.lines = nil
	m.page.width, m.page.wrapped = m.width, map[string][]string{}
	for _, h := range help {
		m.page.text("", h)
	}
	return m.page.lines
}

// write makes the lines of the page, if they are not known.
func (m *model) write() []styled {
	p := &m.page
	if p.lines != nil && p.width == m.width {
		return p.lines
	}
	if p.width != m.width {
		p.width, p.wrapped = m.width, map[string][]string{}
	}
	t := m.tree
	n := &t.Nodes[p.node]
	p.lines = nil
	p.head(fmt.Sprintf("node %d", n.ID))
	p.text("", n.State)
	p.text("", facts(n))
	if e := m.edge(); e != nil {
		p.text("", fmt.Sprintf("step  %s", e.Action))
		p.text("", strings.TrimRight(fmt.Sprintf("      N %d  P %.3f  %s", e.N, e.P, ordering(e.Order)), " "))
	}
	if n.Own != nil {
		p.head("critic")
		value := "no value"
		if !n.Own.Unknown {
			value = fmt.Sprintf("value %.3f", n.Own.Mean)
		}
		p.text("", value)
		p.text("", n.Own.Note)
	}
	if n.Failed != "" {
		p.head("failed")
		p.text(yellow, n.Failed)
	}
	m.costs(n)
	return p.lines
}

// edge is the step above the node that is read: the one under the cursor.
func (m *model) edge() *view.Edge {
	if e := m.at.edge; e >= 0 && m.tree.Edges[e].To == m.page.node {
		return &m.tree.Edges[e]
	}
	return nil
}

// facts are the numbers of a node.
func facts(n *view.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "N %d", n.N)
	if n.N > 0 {
		fmt.Fprintf(&b, "  W %.2f  Q %.3f", float64(n.N)*n.Q, n.Q)
	}
	switch {
	case n.Proven():
		fmt.Fprintf(&b, "  proven %.3f", n.Lo)
	default:
		fmt.Fprintf(&b, "  bounds %.3f to %.3f", n.Lo, n.Hi)
	}
	if n.Terminal {
		b.WriteString("  end")
	}
	if len(n.Out) > 0 {
		fmt.Fprintf(&b, "  steps %d", len(n.Out))
	}
	if n.Closed && !n.Terminal {
		b.WriteString(", no more can come")
	}
	return b.String()
}

// costs shows what was asked about a node, and what that cost.
func (m *model) costs(n *view.Node) {
	p, u := &m.page, n.Usage
	if u.IsZero() {
		return
	}
	p.head("model")
	p.text("", fmt.Sprintf("%d calls  %d cache hits  %d tokens read  %d written", u.Calls, u.CacheHits, u.PromptTokens, u.CompletionTokens))
	for i, c := range p.calls {
		p.head(fmt.Sprintf("call %d of %d: %s, %d + %d tokens, %s", i+1, len(p.calls), c.Model, c.PromptTokens, c.CompletionTokens, c.Elapsed.Round(time.Millisecond)))
		p.text(dim, c.Prompt)
		p.text("", "→")
		p.text("", c.Reply)
	}
	_, kept := m.src.(Reader)
	missing := len(p.asked) - len(p.calls)
	switch {
	case p.err != nil:
		p.text(red, "calls: "+p.err.Error())
	case p.waiting > 0:
		p.text(dim, "reading calls…")
	case missing > 0 && kept:
		p.text(dim, fmt.Sprintf("no longer kept: %d of %d calls", missing, len(p.asked)))
	}
}

func (p *page) head(text string) {
	if len(p.lines) > 0 {
		p.lines = append(p.lines, styled{})
	}
	for _, l := range wrap(text, p.width) {
		p.lines = append(p.lines, styled{bold, l})
	}
}

func (p *page) text(style, text string) {
	if text == "" {
		return
	}
	lines, ok := p.wrapped[text]
	if !ok {
		lines = wrap(text, p.width)
		if len(text) > 1000 { // short ones change all the time, and cost nothing
			p.wrapped[text] = lines
		}
	}
	for _, l := range lines {
		p.lines = append(p.lines, styled{style, l})
	}
}

// wrap makes clean lines of at most width cells of any text, at blanks where
// there are some.
func wrap(text string, width int) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = view.Clean(strings.TrimRight(line, "\r\n"))
		for {
			n := fit(line, width)
			if n == len(line) {
				break
			}
			lines, line = append(lines, strings.TrimRight(line[:n], " ")), line[n:]
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// fit is how much of a clean line goes on a line of width cells; always some.
func fit(line string, width int) int {
	blank, used := 0, 0
	for i := 0; i < len(line); {
		_, size := utf8.DecodeRuneInString(line[i:])
		if used += view.Cells(line[i : i+size]); used > width && i > 0 {
			if blank > 0 {
				return blank
			}
			return i
		}
		i += size
		if line[i-1] == ' ' {
			blank = i
		}
	}
	return len(line)
}
