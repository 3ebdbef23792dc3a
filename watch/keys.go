package watch

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/ponder-mcts/ponder/event"
)

// help says what the keys do, one a line: it is shown as it stands.
var help = [...]string{
	"↑ ↓ j k        one row up or down",
	"PgUp PgDn      one screen up or down",
	"Home End g G   first or last row",
	"→ l            unfold; from ↗ jump to where the node stands",
	"← h            fold; then to the row above",
	"*              unfold all below, as far as 10,000 rows go",
	"Enter          read the node; open … more; jump from ↗",
	"n q p          sort by N, Q or P",
	"f              follow the principal variation ●",
	"/              find a text in actions and states",
	"Space          pause the run, or resume it",
	"+ - 0          pin the step, forbid it, set it free",
	"s              stop the run",
	"?              this help",
	"Esc Ctrl-C Q   back, or quit",
}

// key does what a key says.
func (m *model) key(k tea.KeyPressMsg) tea.Cmd {
	m.note = ""
	name := k.String()
	switch name {
	case "ctrl+c":
		return tea.Quit
	case "ctrl+z":
		return tea.Suspend
	}
	switch m.mode {
	case asking:
		m.mode = walking
		if name == "y" || name == "Y" {
			return m.order(OrderStop)
		}
		m.note = "not stopped"
		return nil
	case searching:
		m.typing(k)
		return nil
	case helping:
		if m.page.key(name, m.body()) {
			return nil
		}
		m.mode = walking
		if name == "Q" {
			return tea.Quit
		}
		return nil
	case reading:
		if m.page.key(name, m.body()) {
			return nil
		}
		switch name {
		case "esc", "enter", "left", "h", "backspace":
			m.mode = walking
			return nil
		}
		return m.steer(name)
	}
	if name == "esc" {
		return tea.Quit
	}
	if m.walk(name) {
		m.follow = false
		return nil
	}
	switch name {
	case "enter":
		m.follow = false
		return m.enter()
	case "n", "q", "p":
		m.sort = sortKey(strings.Index("nqp", name))
		m.ranked = nil
		m.layout()
	case "f":
		if m.follow = !m.follow; m.follow {
			m.note = "following the principal variation"
		}
		m.layout()
	case "/":
		m.mode, m.typed = searching, ""
	case "?":
		m.mode, m.page = helping, page{}
	default:
		return m.steer(name)
	}
	return nil
}

// walk moves the cursor and folds. It reports whether the key says so.
func (m *model) walk(name string) bool {
	screen := max(m.body()-1, 1)
	switch name {
	case "up", "k":
		m.move(m.cursor - 1)
	case "down", "j":
		m.move(m.cursor + 1)
	case "pgup", "ctrl+b":
		m.move(m.cursor - screen)
	case "pgdown", "ctrl+f":
		m.move(m.cursor + screen)
	case "home", "g":
		m.move(0)
	case "end", "G":
		m.move(len(m.rows) - 1)
	case "right", "l":
		m.unfold()
	case "left", "h":
		m.fold()
	case "*":
		m.unfoldAll()
	default:
		return false
	}
	return true
}

// steer has the keys that work on a node's page too.
func (m *model) steer(name string) tea.Cmd {
	switch name {
	case "Q":
		return tea.Quit
	case "space":
		if m.paused {
			return m.order(OrderResume)
		}
		return m.order(OrderPause)
	case "s":
		if _, ok := m.src.(Steerer); ok {
			m.mode = asking
			return nil
		}
		return m.order(OrderStop) // says why not
	case "+", "-", "0":
		order := map[string]string{"+": event.Pin, "-": event.Forbid, "0": OrderFree}[name]
		if m.at.kind != edgeRow {
			m.note = order + ": choose a step first"
			return nil
		}
		return m.order(order, m.at.id)
	}
	return nil
}

func (m *model) enter() tea.Cmd {
	if len(m.rows) == 0 {
		return nil
	}
	switch r := m.rows[m.cursor]; {
	case r.kind == moreRow:
		m.widen(r)
	case r.edge >= 0 && m.tree.Edges[r.edge].Again:
		m.jump(r)
	default:
		m.mode = reading
		m.page = page{id: m.tree.Nodes[r.node].ID}
		m.page.find(m.tree)
		return m.read()
	}
	return nil
}

// jump goes to where the node of a transposition stands.
func (m *model) jump(r row) {
	if !m.reveal(r.node) {
		m.note = "that node stands above the root"
	}
}

// widen shows all edges of a node; the cursor goes to the first of those that
// were hidden.
func (m *model) widen(r row) {
	m.wide[m.tree.Nodes[r.node].ID] = true
	at := m.cursor
	m.layout()
	m.move(at)
}

func (m *model) unfold() {
	if len(m.rows) == 0 {
		return
	}
	r := m.rows[m.cursor]
	switch {
	case r.kind == moreRow:
		m.widen(r)
	case r.edge >= 0 && m.tree.Edges[r.edge].Again:
		m.jump(r)
	case !m.parent(r):
	case m.unfolded(r.node):
		m.move(m.cursor + 1)
	default:
		m.open[m.tree.Nodes[r.node].ID] = true
		m.layout()
	}
}

func (m *model) fold() {
	if len(m.rows) == 0 {
		return
	}
	r := m.rows[m.cursor]
	if r.kind != moreRow && m.parent(r) && m.unfolded(r.node) {
		id := m.tree.Nodes[r.node].ID
		m.open[id] = false
		delete(m.wide, id)
		m.layout()
		return
	}
	for i := m.cursor; i >= 0; i-- {
		if m.rows[i].depth < r.depth {
			m.move(i)
			return
		}
	}
}

// mostUnfolded bounds the rows that one key unfolds.
const mostUnfolded = 10_000

// unfoldAll unfolds the nodes below the cursor, level by level.
func (m *model) unfoldAll() {
	if len(m.rows) == 0 || m.rows[m.cursor].kind == moreRow {
		return
	}
	shown := 0
	for level := []row{m.rows[m.cursor]}; len(level) > 0 && shown < mostUnfolded; {
		var next []row
		for _, r := range level {
			if !m.parent(r) {
				continue
			}
			m.open[m.tree.Nodes[r.node].ID] = true
			for _, c := range m.below(nil, row{node: r.node}) {
				if c.kind == edgeRow {
					next = append(next, c)
				}
			}
			if shown += min(len(m.tree.Nodes[r.node].Out), m.opt.Top+1); shown >= mostUnfolded {
				m.note = "the rest stays folded"
				break
			}
		}
		level = next
	}
	m.layout()
}

// typing takes a key of the text that is looked for.
func (m *model) typing(k tea.KeyPressMsg) {
	switch name := k.String(); name {
	case "esc":
		m.mode = walking
	case "enter":
		m.mode = walking
		if m.typed != "" {
			m.search = m.typed
		}
		if m.search != "" {
			m.find()
		}
	case "backspace":
		_, n := utf8.DecodeLastRuneInString(m.typed)
		m.typed = m.typed[:len(m.typed)-n]
	default:
		m.typed += k.Text
	}
}

// find puts the cursor on the next node, in the order in which they came, with
// the text in its state or in the action above it.
func (m *model) find() {
	m.house()
	want, t := strings.ToLower(m.search), m.tree
	from := t.Root
	if m.at.edge >= 0 {
		from = t.Edges[m.at.edge].To
	}
	for i := range t.Nodes {
		n := (from + 1 + i) % len(t.Nodes)
		text := t.Nodes[n].State
		if e := m.home[n]; e >= 0 {
			text += "\n" + t.Edges[e].Action
		}
		if strings.Contains(strings.ToLower(text), want) && m.reveal(n) {
			m.follow = false
			return
		}
	}
	m.note = "not found: " + m.search
}
