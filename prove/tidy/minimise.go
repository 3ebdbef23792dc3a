package tidy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Options bound the work of Minimise. The zero value has no bounds, and tries
// nothing that is not made of the proof itself.
type Options struct {
	// Time is the most to spend, the replay at the end included; 0 means no
	// limit but the context's. Where time ends the work, what is returned
	// depends on the machine.
	Time time.Duration
	// Steps is the most tactics to try, 0 for no limit.
	Steps int
	// Then is how a prover writes "and then, on all goals": ";" if empty, as in
	// Coq; Lean has "<;>".
	Then string
	// Alternatives are tactics that may prove a state, or take the place of the
	// tactic that is used there; may be nil. It must depend on its arguments alone.
	Alternatives func(tactic string, goal proof.State) []string
}

// Report tells what Minimise did.
type Report struct {
	Before, After Size
	Tried         int // tactics run, those of whole replays apart
	Kept          int // changes that made the proof shorter
	// Done says that nothing is left to try; else time, steps or the context ended.
	Done bool
	// Err says why the proof could not be worked on or a shorter one not be used:
	// a whole replay failed. It is nil in all other cases.
	Err error
}

// Minimise makes a proof of root shorter and simpler: it drops steps, puts a
// single tactic in the place of several, merges and simplifies tactics. The
// result is never longer than t (see Size), and has been replayed as a whole;
// when time or ctx ends it is the best so far. It is t itself where nothing
// shorter was found or t does not replay. t is not changed.
func Minimise(ctx context.Context, e env.Environment, root env.State, t *proof.Tree, opt Options) (*proof.Tree, Report) {
	began := time.Now()
	size := SizeOf(t)
	r := Report{Before: size, After: size}
	top, err := walk(ctx, e, root, t)
	if ctx.Err() != nil {
		return t, r
	}
	if err != nil {
		r.Err = fmt.Errorf("the proof does not replay: %w", err)
		return t, r
	}
	if opt.Then == "" {
		opt.Then = ";"
	}
	m := &minimiser{
		ctx: ctx, env: e, opt: opt, root: top, whole: time.Since(began), checked: time.Now(), best: t, bestSize: size,
		known: map[string]*node{}, results: map[string]result{}, sizes: map[string]Size{},
	}
	m.end(began)
	for !m.over() && m.pass() {
		m.check()
	}
	r.Done = !m.over()
	r.After, r.Tried, r.Kept, r.Err = m.bestSize, m.tried, m.kept, m.err
	return m.best, r
}

// node is a tactic with the state it works on. Nodes are shared where states are
// the same, so that what is found for one of them counts for all.
type node struct {
	goal
	tactic   string
	next     []*node
	together bool
	size     Size // of all from here on; may be too large, never too small
}

// result is what a tactic leaves of a state.
type result struct {
	left     []goal
	together bool
	err      error
}

// errOver ends an attempt when time, steps or ctx have.
var errOver = errors.New("over")

const (
	mostResults = 1 << 16 // results of tactics kept in memory
	mostReplays = 20_000  // tactics looked at in one attempt
)

type minimiser struct {
	ctx  context.Context
	env  env.Environment
	opt  Options
	stop time.Time // zero: no limit

	root    *node
	known   map[string]*node  // the shortest proof known of a state
	results map[string]result // by state and tactic
	sizes   map[string]Size   // of tactics

	best     *proof.Tree // the shortest that was replayed as a whole
	bestSize Size
	whole    time.Duration // what a whole replay takes
	checked  time.Time     // when the last one was

	fuel        int // tactics that may still be looked at in this attempt
	tried, kept int
	ended       bool
	err         error
}

// end sets the time to stop, so that a whole replay fits in after it.
func (m *minimiser) end(began time.Time) {
	if m.opt.Time > 0 {
		m.stop = began.Add(m.opt.Time)
	}
	if d, ok := m.ctx.Deadline(); ok && (m.stop.IsZero() || d.Before(m.stop)) {
		m.stop = d
	}
	if !m.stop.IsZero() {
		m.stop = m.stop.Add(-2*m.whole - 20*time.Millisecond)
	}
}

func (m *minimiser) over() bool {
	m.ended = m.ended || m.err != nil || m.ctx.Err() != nil ||
		m.opt.Steps > 0 && m.tried >= m.opt.Steps ||
		!m.stop.IsZero() && !time.Now().Before(m.stop)
	return m.ended
}

// check replays the whole proof and makes it the best if it is shorter. A
// failure means that the environment does not do the same twice: what was found
// since the last check can't be trusted, and nothing more is tried.
func (m *minimiser) check() {
	t := m.root.tree()
	size := SizeOf(t)
	if m.err != nil || !size.less(m.bestSize) {
		return
	}
	began := time.Now()
	err := Replay(m.ctx, m.env, m.root.state, t)
	m.checked, m.whole = time.Now(), time.Since(began)
	switch {
	case err == nil:
		m.best, m.bestSize = t, size
	case m.ctx.Err() == nil:
		m.err = fmt.Errorf("a shorter proof worked in parts but not as a whole: %w", err)
	}
}

// tree copies a proof without its states.
func (n *node) tree() *proof.Tree {
	type job struct {
		n *node
		t *proof.Tree
	}
	top := &proof.Tree{}
	work := []job{{n, top}}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		at.t.Tactic, at.t.Together = at.n.tactic, at.n.together
		for _, c := range at.n.next {
			t := &proof.Tree{}
			at.t.Next = append(at.t.Next, t)
			work = append(work, job{c, t})
		}
	}
	return top
}

// order lists all nodes, each before the nodes above it.
func (n *node) order() []*node {
	type visit struct {
		n    *node
		done bool
	}
	var out []*node
	seen := map[*node]bool{}
	work := []visit{{n, false}}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if at.done {
			out = append(out, at.n)
			continue
		}
		if seen[at.n] {
			continue
		}
		seen[at.n] = true
		work = append(work, visit{at.n, true})
		for _, c := range slices.Backward(at.n.next) {
			work = append(work, visit{c, false})
		}
	}
	return out
}

func (m *minimiser) sizeOf(tactic string) Size {
	s, ok := m.sizes[tactic]
	if !ok {
		s = sizeOfTactic(tactic)
		m.sizes[tactic] = s
	}
	return s
}

func (m *minimiser) resize(n *node) {
	n.size = m.sizeOf(n.tactic)
	for _, c := range n.next {
		n.size = n.size.plus(c.size)
	}
}

// run is run with a memory.
func (m *minimiser) run(g goal, tactic string) result {
	key := g.id + "\x02" + tactic
	if r, ok := m.results[key]; ok {
		return r
	}
	if m.over() {
		return result{err: errOver}
	}
	m.tried++
	var r result
	r.left, r.together, r.err = run(m.ctx, m.env, g.state, tactic)
	if m.ctx.Err() != nil {
		return result{err: errOver}
	}
	if len(m.results) >= mostResults {
		clear(m.results)
	}
	m.results[key] = r
	return r
}

// attempt proves a goal with a tactic, and what it leaves with what is known or
// else as olds do, if that is shorter than limit. It returns nil if not.
func (m *minimiser) attempt(g goal, tactic string, olds []*node, limit Size) *node {
	m.fuel = mostReplays
	return m.prove(g, tactic, olds, limit)
}

// prove works by recursion: Go's stacks grow with the length of a proof.
func (m *minimiser) prove(g goal, tactic string, olds []*node, limit Size) *node {
	room := limit.minus(m.sizeOf(tactic))
	if m.fuel--; m.fuel < 0 || !(Size{}).less(room) {
		return nil
	}
	r := m.run(g, tactic)
	if r.err != nil {
		return nil
	}
	n := &node{goal: g, tactic: tactic, together: r.together}
	for i, left := range r.left {
		c := m.proofOf(left, i, len(r.left), olds, room)
		if c == nil {
			return nil
		}
		room = room.minus(c.size)
		n.next = append(n.next, c)
	}
	if !(Size{}).less(room) {
		return nil
	}
	m.resize(n)
	m.learn(n)
	return n
}

// proofOf is a proof of one goal of several, shorter than room.
func (m *minimiser) proofOf(g goal, i, count int, olds []*node, room Size) *node {
	if k := m.known[g.id]; k != nil && k.size.less(room) {
		return k
	}
	if count == len(olds) {
		olds = olds[i : i+1]
	}
	for _, old := range olds {
		if c := m.prove(g, old.tactic, old.next, room); c != nil {
			return c
		}
	}
	return nil
}

func (m *minimiser) learn(n *node) {
	if k := m.known[n.id]; k == nil || n.size.less(k.size) {
		m.known[n.id] = n
	}
}

// improve puts a shorter proof in the place of a node's. Sizes fall strictly
// from a node to those below, so no node can come to stand below itself.
func (m *minimiser) improve(n, shorter *node) bool {
	if shorter == nil || shorter == n || !shorter.size.less(n.size) {
		return false
	}
	g := n.goal
	*n = *shorter
	n.goal = g
	m.known[n.id] = n
	m.kept++
	if time.Since(m.checked) > 20*m.whole+time.Second {
		m.resizeAll()
		m.check()
	}
	return true
}

func (m *minimiser) resizeAll() {
	for _, n := range m.root.order() {
		m.resize(n)
	}
}
