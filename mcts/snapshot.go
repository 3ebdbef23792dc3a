package mcts

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// ErrSnapshot says that what was to be loaded is not the whole and sound
// snapshot of a search.
var ErrSnapshot = errors.New("not a sound snapshot of a search")

const snapshotVersion = 1

// snapshot is what a search knows beside its tree. It stands as one line of
// JSON in front of the tree's own snapshot.
type snapshot struct {
	Version     int           `json:"version"`
	Root        nodes.ID      `json:"root"`
	Simulations int           `json:"simulations"`
	Before      int           `json:"before"`
	Free        int           `json:"free"`
	Seq         int           `json:"seq"`
	Spent       bool          `json:"spent"`
	Ended       bool          `json:"ended"`
	Reason      string        `json:"reason"`
	Totals      event.Earlier `json:"totals"`
	Refused     []nodes.ID    `json:"refused"`
	Asked       [][3]int      `json:"asked"` // node, times, fruitless
	Actions     []string      `json:"actions"`
	Masses      []float64     `json:"masses"`
	Pinned      []nodes.Edge  `json:"pinned,omitempty"`
	Forbidden   []nodes.Edge  `json:"forbidden,omitempty"`
}

// Save writes a snapshot of the search for Load. It is for searches whose steps
// are too many and too cheap to be told one by one. Jobs in flight are not part
// of it.
func (s *Search) Save(w io.Writer) error {
	head := snapshot{
		Version: snapshotVersion, Root: s.root, Simulations: s.simulations, Before: s.before, Free: s.free, Seq: s.seq,
		Spent: s.spent, Ended: s.ended, Reason: s.reason, Totals: s.totals, Actions: s.action, Masses: s.mass,
		Pinned: s.ordered(event.Pin), Forbidden: s.ordered(event.Forbid),
	}
	for n := range nodes.ID(len(s.states)) {
		if s.refused[n] {
			head.Refused = append(head.Refused, n)
		}
		if a, ok := s.asked[n]; ok {
			head.Asked = append(head.Asked, [3]int{int(n), a.times, a.fruitless})
		}
	}
	return writeSnapshot(w, head, &s.tree)
}

// writeSnapshot writes what is known beside a tree, as one line of JSON, and the
// tree.
func writeSnapshot(w io.Writer, head any, t *nodes.Tree) error {
	line, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("saving a search: %w", err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("saving a search: %w", err)
	}
	if err := t.Save(w); err != nil {
		return fmt.Errorf("saving a search: %w", err)
	}
	return nil
}

// readSnapshot reads what writeSnapshot wrote.
func readSnapshot(r io.Reader, head any) (*nodes.Tree, error) {
	in := bufio.NewReader(r)
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, head)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: its first line: %w", ErrSnapshot, err)
	}
	tree, err := nodes.Load(in)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	return tree, nil
}

// Load reads a snapshot made by Save and makes the states anew by step, from
// root. Without Options.Prefixes, which a snapshot does not heed, the search goes
// on as if it had never stopped. The options must be those of the first time, but
// for Emit and budgets.
//
// The error is ErrSnapshot and says what is wrong, or one of r or step.
func Load(r io.Reader, root env.State, step Stepper, opt Options) (*Search, error) {
	s, err := begin(root, opt)
	if err != nil {
		return nil, err
	}
	var head snapshot
	tree, err := readSnapshot(r, &head)
	if err != nil {
		return nil, err
	}
	if err := head.fits(tree, &s.tree); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	tree.Joint = s.tree.Joint
	s.tree = *tree
	s.root, s.simulations, s.before, s.free, s.seq = head.Root, head.Simulations, head.Before, head.Free, head.Seq
	s.spent, s.ended, s.reason, s.totals = head.Spent, head.Ended, head.Reason, head.Totals
	s.action, s.mass = head.Actions, head.Masses
	for _, n := range head.Refused {
		s.refused[n] = true
	}
	for _, a := range head.Asked {
		s.asked[nodes.ID(a[0])] = asked{times: a[1], fruitless: a[2]}
	}
	if err := s.repopulate(step); err != nil {
		return s, err
	}
	return s, head.repeat(s)
}

// repeat gives the orders of a snapshot again.
func (h *snapshot) repeat(s *Search) error {
	var errs []error
	if len(h.Pinned) > 0 {
		errs = append(errs, s.order(event.Pin, h.Pinned))
	}
	if len(h.Forbidden) > 0 {
		errs = append(errs, s.order(event.Forbid, h.Forbidden))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	return nil
}

// fits checks what the numbers of a head say against the tree behind it, and
// the settings of that against those asked for.
func (h *snapshot) fits(t, asked *nodes.Tree) error {
	count, _ := t.Len()
	node := func(n nodes.ID) bool { return n >= 0 && int(n) < count }
	switch {
	case h.Version != snapshotVersion:
		return fmt.Errorf("version %d, not %d", h.Version, snapshotVersion)
	case !node(h.Root):
		return fmt.Errorf("its root is node %d of %d", h.Root, count)
	case len(h.Actions) != len(h.Masses):
		return fmt.Errorf("%d actions with %d priors", len(h.Actions), len(h.Masses))
	case min(h.Simulations, h.Before, h.Free, h.Seq, h.Simulations-h.Before) < 0:
		return errors.New("a count is negative")
	case t.Mix != asked.Mix || t.Fade != asked.Fade || t.Neutral != asked.Neutral:
		return errors.New("it was made with another mix or discount")
	}
	for _, m := range h.Masses {
		if !isMass(m) {
			return fmt.Errorf("a prior of mass %v", m)
		}
	}
	for _, n := range h.Refused {
		if !node(n) {
			return fmt.Errorf("node %d of %d was left alone", n, count)
		}
	}
	for _, a := range h.Asked {
		if a[0] < 0 || a[0] >= count || min(a[1], a[2]) < 0 {
			return fmt.Errorf("node %d of %d was asked %d times", a[0], count, a[1])
		}
	}
	for n := range nodes.ID(count) {
		for e := range t.Edges(n) {
			if int(e) >= len(h.Actions) || t.Child(e) == nodes.None {
				return fmt.Errorf("edge %d has no action or no child", e)
			}
		}
	}
	return nil
}

// repopulate makes the states of all nodes of a tree, each by the edge that
// came first of those that lead to it: states of one key may tell of different
// ways.
func (s *Search) repopulate(step Stepper) error {
	count, _ := s.tree.Len()
	states, via := make([]env.State, count), s.ways()
	states[0] = s.states[0]
	for n := 1; n < count; n++ {
		e := via[n]
		if e == nodes.NoEdge || s.tree.From(e) >= nodes.ID(n) {
			return fmt.Errorf("%w: no edge leads to node %d from one before it", ErrSnapshot, n)
		}
		st, err := step(states[s.tree.From(e)], s.action[e])
		if err != nil {
			return fmt.Errorf("step %q from state %q can't be repeated: %w", s.action[e], states[s.tree.From(e)], err)
		}
		states[n] = st
	}
	s.states, s.index = nil, map[string]nodes.ID{}
	s.blocked, s.onPath = make([]int32, count), make([]int32, count)
	for n, st := range states {
		s.states = append(s.states, st)
		if err := s.recognise(nodes.ID(n)); err != nil {
			return err
		}
	}
	return nil
}

// recognise notes the key of a node's state, if the state is what the tree says
// of it.
func (s *Search) recognise(n nodes.ID) error {
	st := s.states[n]
	if err := vet(st); err != nil {
		return err
	}
	out, over := st.Outcome()
	_, twice := s.index[st.Key()]
	low, _ := s.tree.Bounds(n)
	const rounding = 1e-9
	if twice || over != s.tree.Terminal(n) || env.ToMove(st) != s.tree.Player(n) ||
		over && (out.Reward < low-rounding || out.Reward > low+rounding) {
		return fmt.Errorf("%w: node %d is not state %q, to which its steps lead now", ErrSnapshot, n, st)
	}
	s.index[st.Key()] = n
	return nil
}

// inOrder lists all edges in the order in which they came.
func (s *Search) inOrder() []nodes.Edge {
	var all []nodes.Edge
	count, _ := s.tree.Len()
	for n := range nodes.ID(count) {
		all = slices.AppendSeq(all, s.tree.Edges(n))
	}
	slices.Sort(all)
	return all
}

// ways has for each node the edge that came first of those that lead to it.
func (s *Search) ways() []nodes.Edge {
	count, _ := s.tree.Len()
	via := make([]nodes.Edge, count)
	for i := range via {
		via[i] = nodes.NoEdge
	}
	for _, e := range s.inOrder() {
		if c := s.tree.Child(e); via[c] == nodes.NoEdge {
			via[c] = e
		}
	}
	return via
}

// Describe tells of a search as it is, by events that a view can fold, however
// it came about: the start, an Earlier with the sums, the children of each node,
// the orders that stand, the moves to where the root is now, and the end if it
// has ended. The numbers of the events start at 1.
func (s *Search) Describe(info event.Started, emit func(event.Event)) {
	seq := 0
	say := func(e event.Event) {
		seq++
		e.Seq = seq
		emit(e)
	}
	info.Version, info.Root = event.Version, s.describe(0)
	say(event.Event{Started: &info})
	totals := s.totals
	totals.Simulations = s.simulations
	say(event.Event{Earlier: &totals})
	met := make([]bool, len(s.states))
	met[0] = true
	for edges := s.inOrder(); len(edges) > 0; {
		n := s.tree.From(edges[0])
		g := event.Grown{Node: int32(n), Closed: s.tree.Closed(n), Edges: []event.Edge{}}
		for ; len(edges) > 0 && s.tree.From(edges[0]) == n; edges = edges[1:] {
			e := edges[0]
			c := s.tree.Child(e)
			if !met[c] {
				met[c] = true
				g.New = append(g.New, s.describe(c))
			}
			g.Edges = append(g.Edges, event.Edge{ID: int32(e), Child: int32(c), Action: s.action[e], Prior: s.tree.P(e), Mass: s.mass[e]})
			g.Stats.Edges = append(g.Stats.Edges, event.EdgeStats{ID: int32(e), N: int32(s.tree.EdgeN(e))})
		}
		// Of two runs of edges only the last may close the node.
		g.Closed = g.Closed && g.Edges[len(g.Edges)-1].ID == int32(s.tree.At(n, s.tree.Count(n)-1))
		say(event.Event{Grown: &g})
	}
	for n := range nodes.ID(len(s.states)) {
		g := event.Grown{Node: int32(n), Edges: []event.Edge{}, Stats: event.Stats{Nodes: []event.NodeStats{s.nodeStats(n)}}}
		g.Closed = s.tree.Closed(n) && s.tree.Count(n) == 0 && !s.tree.Terminal(n)
		say(event.Event{Grown: &g})
	}
	for _, order := range []string{event.Pin, event.Forbid} {
		if edges := s.ordered(order); len(edges) > 0 {
			say(event.Event{Steered: &event.Steered{Edges: numbers(edges), Order: order}})
		}
	}
	for _, e := range s.moves() {
		say(event.Event{Moved: &event.Moved{Edge: int32(e), Root: int32(s.tree.Child(e))}})
	}
	if s.ended {
		say(event.Event{Ended: &event.Ended{Reason: s.reason, Status: s.Outcome(), Line: append([]int32{}, numbers(s.line())...)}})
	}
}

// moves is a way from the first root to the one now.
func (s *Search) moves() (back []nodes.Edge) {
	if s.root == 0 {
		return nil
	}
	via := s.ways()
	for n := s.root; n != 0; n = s.tree.From(via[n]) {
		back = append(back, via[n])
	}
	slices.Reverse(back)
	return back
}
