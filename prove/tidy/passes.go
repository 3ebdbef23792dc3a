package tidy

import (
	"slices"

	"github.com/ponder-mcts/ponder/env/proof"
)

// pass tries everything once and reports whether anything became shorter.
func (m *minimiser) pass() bool {
	before := m.kept
	m.reuse()
	m.close()
	for _, n := range m.root.order() {
		if m.over() {
			break
		}
		m.resize(n)
		for m.shorten(n) && !m.over() {
		}
	}
	m.resizeAll()
	return m.kept > before
}

// reuse gives each state the shortest proof that the tree has of it: what leads
// back to an earlier state is cut out.
func (m *minimiser) reuse() {
	m.resizeAll()
	nodes := m.root.order()
	for _, n := range nodes {
		m.learn(n)
	}
	for _, n := range slices.Backward(nodes) {
		m.improve(n, m.known[n.id])
	}
	m.resizeAll()
}

// close tries alternatives from the root on, where they gain most.
func (m *minimiser) close() {
	if m.opt.Alternatives == nil {
		return
	}
	seen := map[*node]bool{}
	work := []*node{m.root}
	for len(work) > 0 && !m.over() {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		m.alternatives(n)
		for _, c := range slices.Backward(n.next) {
			work = append(work, c)
		}
	}
	m.resizeAll()
}

func (m *minimiser) alternatives(n *node) {
	s, ok := n.state.(proof.State)
	if !ok {
		return
	}
	texts := slices.Clone(m.opt.Alternatives(n.tactic, s))
	slices.SortStableFunc(texts, func(a, b string) int { return m.sizeOf(a).Compare(m.sizeOf(b)) })
	for _, text := range texts {
		if m.over() || m.improve(n, m.attempt(n.goal, text, n.next, n.size)) {
			return
		}
	}
}

// shorten makes one node shorter, whose nodes below can't be made so.
func (m *minimiser) shorten(n *node) bool {
	return m.improve(n, m.known[n.id]) || m.drop(n) || m.simplify(n) || m.merge(n) || m.spread(n)
}

const (
	dropDeep = 3  // steps dropped at once
	dropWide = 12 // places tried to go on from
)

// drop leaves out a tactic, or a few in a row: what follows must work from here.
func (m *minimiser) drop(n *node) bool {
	level := n.next
	for deep, places := 0, 0; deep < dropDeep; deep++ {
		var below []*node
		for _, c := range level {
			if places++; places > dropWide {
				return false
			}
			if m.improve(n, m.attempt(n.goal, c.tactic, c.next, n.size)) {
				return true
			}
			below = append(below, c.next...)
		}
		level = below
	}
	return false
}

// simplify tries simpler texts of the tactic.
func (m *minimiser) simplify(n *node) bool {
	for _, text := range simpler(n.tactic) {
		if m.improve(n, m.attempt(n.goal, text, n.next, n.size)) {
			return true
		}
	}
	return false
}

// merge makes one tactic of two in a row.
func (m *minimiser) merge(n *node) bool {
	if len(n.next) != 1 {
		return false
	}
	for _, text := range joined(sentence(n.tactic), sentence(n.next[0].tactic)) {
		if m.improve(n, m.attempt(n.goal, text, n.next[0].next, n.size)) {
			return true
		}
	}
	return false
}

// spread runs what ends one goal on all that a tactic leaves.
func (m *minimiser) spread(n *node) bool {
	if len(n.next) < 2 && !n.together {
		return false
	}
	for _, closer := range closers(n) {
		for _, text := range thens(n.tactic, m.opt.Then, closer) {
			if m.improve(n, m.attempt(n.goal, text, n.next, n.size)) {
				return true
			}
		}
	}
	return false
}
