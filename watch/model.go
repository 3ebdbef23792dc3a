package watch

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ponder-mcts/ponder/view"
)

// model is the state of the screen. It is used by the goroutine of its program
// alone.
type model struct {
	ctx   context.Context
	src   Source
	opt   Options
	tasks tasks

	width, height int
	tree          *view.Tree
	home          []int // by node: the edge it stands under, -1 for a root
	homed         int   // edges that home knows of
	generation    int   // grows with the tree
	broken        error // why the events after the tree can't be shown

	// What the user chose is kept by IDs, which a tree told anew still has.
	open   map[int32]bool // by node: unfolded or not, where it is not as by itself
	wide   map[int32]bool // by node: all edges are shown
	sort   sortKey
	follow bool // the cursor stays at the end of the principal variation

	rows   []row
	best   map[int]bool // edges of the principal variation
	lead   int          // the first of them, -1 if there is none
	lit    map[int]bool // nodes that are unfolded by themselves
	kept   map[int]bool // edges that are shown whatever their rank
	ranked map[int]ranking
	cursor int // index in rows
	at     place
	top    int // index of the first row on the screen

	mode   mode
	page   page
	search string // the text that was looked for last
	typed  string // what is typed now
	note   string // told once, on the last line
	lost   error  // why the source is silent
	idle   bool   // the run is not worked on
	paused bool   // as far as orders from here go

	ticking  bool // a redraw is due
	interval time.Duration
	screen   string
	drawn    bool // screen is what is to be seen
}

// mode is what keys are for.
type mode uint8

const (
	walking   mode = iota // in the tree
	reading               // a node
	helping               // the keys
	asking                // whether to stop the run
	searching             // a text is typed
)

// Redraws that events cause come at most every least; where one takes long,
// they take a share of the time only.
const (
	least = 50 * time.Millisecond
	share = 8
)

func newModel(ctx context.Context, src Source, opt Options) *model {
	if opt.Top <= 0 {
		opt.Top = 12
	}
	if opt.Width <= 0 || opt.Height <= 0 {
		opt.Width, opt.Height = 80, 24
	}
	m := &model{
		ctx: ctx, src: src, opt: opt, width: opt.Width, height: opt.Height, tree: new(view.Tree),
		open: map[int32]bool{}, wide: map[int32]bool{}, interval: least, at: rootPlace,
	}
	m.layout()
	return m
}

// redraw says that it is time to show what events have changed.
type redraw struct{}

// ordered tells what came of an order.
type ordered struct {
	order string
	err   error
}

func (m *model) Init() tea.Cmd { return nil }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = max(msg.Width, 1), max(msg.Height, 1)
		m.drawn = false
	case tea.KeyPressMsg:
		m.drawn = false
		return m, m.key(msg)
	case tea.PasteMsg:
		if m.mode == searching {
			m.typed += view.Clean(msg.Content)
			m.drawn = false
		}
	case fresh:
		m.renew(msg)
		return m, m.soon()
	case grown:
		m.grow(msg)
		return m, m.soon()
	case quiet:
		m.idle, m.lost = msg.err == nil, msg.err
		m.paused = m.paused && !m.idle
		return m, m.soon()
	case redraw:
		m.ticking = false
		return m, m.refresh()
	case ordered:
		m.answer(msg)
		m.drawn = false
	case answered:
		m.page.take(msg)
		m.drawn = false
	}
	return m, nil
}

// renew takes a tree that was told from its beginning. The cursor stays on its
// edge, if there still is one of that ID.
func (m *model) renew(f fresh) {
	m.tree, m.home, m.homed, m.broken = f.tree, nil, 0, f.err
	m.idle, m.lost = false, nil
	m.generation++
	if m.at.edge >= 0 {
		m.at.edge = slices.IndexFunc(m.tree.Edges, func(e view.Edge) bool { return e.ID == m.at.id })
		if m.at.edge < 0 {
			m.at = rootPlace
		}
	}
	if m.mode == reading && !m.page.find(m.tree) {
		m.mode = walking
	}
	m.layout() // rows hold positions of the old tree
}

func (m *model) grow(g grown) {
	m.idle, m.lost = false, nil
	m.generation++
	for _, e := range g.events {
		if m.broken != nil {
			return
		}
		m.broken = m.tree.Apply(e)
	}
}

// soon lets a redraw come when it is time.
func (m *model) soon() tea.Cmd {
	if m.ticking {
		return nil
	}
	m.ticking = true
	return tea.Tick(m.interval, func(time.Time) tea.Msg { return redraw{} })
}

// refresh shows what events have changed.
func (m *model) refresh() tea.Cmd {
	began := time.Now()
	m.layout()
	m.drawn = false
	var cmd tea.Cmd
	if m.mode == reading {
		cmd = m.read()
	}
	m.interval = max(least, share*time.Since(began))
	return cmd
}

// do calls the source away from the screen.
func (m *model) do(call func() tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !m.tasks.begin() {
			return nil
		}
		defer m.tasks.end()
		return call()
	}
}

// order tells the run something.
func (m *model) order(order string, edges ...int32) tea.Cmd {
	s, ok := m.src.(Steerer)
	if !ok {
		m.note = "this run can't be steered from here"
		return nil
	}
	m.note = order + "…"
	return m.do(func() tea.Msg { return ordered{order, s.Order(m.ctx, order, edges)} })
}

func (m *model) answer(o ordered) {
	switch {
	case o.err != nil:
		m.note = o.order + ": " + o.err.Error()
		return
	case o.order == OrderPause:
		m.paused = true
	case o.order == OrderResume, o.order == OrderStop:
		m.paused = false
	}
	m.note = o.order + ": told the run"
}

func (m *model) View() tea.View {
	if !m.drawn {
		m.screen, m.drawn = m.draw(), true
	}
	v := tea.NewView(m.screen)
	v.AltScreen = true
	return v
}
