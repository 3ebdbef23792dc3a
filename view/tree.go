// Package view draws a search: as a tree on a terminal, as a line of progress,
// and as the result that a command prints.
//
// Every view is a fold over events (package event), so that a live search, a
// stored one and one read from a file look the same. Texts of problems and
// models are data: no view lets them steer a terminal (see Clean).
package view

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// ErrEvent marks an event that does not fit those before it.
var ErrEvent = errors.New("invalid event")

// Tree is the fold of the events of one search. The zero Tree is ready for the
// first event. It is not safe for concurrent use.
//
// Nodes and edges are numbered twice: an ID (int32) is the number the events
// use, a position (int) is an index into Nodes or Edges. All links between them
// are positions. Everything is for reading only.
type Tree struct {
	Start event.Started // what was asked; zero before the first event
	End   *event.Ended  // nil while the search runs
	Nodes []Node        // in the order in which they came; the first root is first
	Edges []Edge        // in the order in which they came
	Root  int           // position of the node the search is at
	Totals
	Pruned *Pruned // set if parts were left out (see Prune)

	seq    int // of the last event
	nodeAt map[int32]int
	edgeAt map[int32]int
}

// Node is a state in the tree.
type Node struct {
	ID       int32
	State    string
	Player   int // to move: 0 or 1
	Terminal bool
	Reward   float64    // of a terminal, in [0,1]
	N        int32      // visits
	Q        float64    // mean value in [0,1] for the player to move; means nothing while N is 0
	Lo, Hi   float64    // proven bounds of the true value, in [0,1]
	Closed   bool       // no further children can come
	Failed   string     // why work on it failed last; empty if it never did
	Own      *env.Value // what the critic said of it; nil if it was never asked
	Usage    env.Usage  // cost of its own value and children, with the calls behind them
	Out      []int      // positions of its edges
	More     int        // edges of it that were left out
}

// Proven reports whether the true value is known; then it is Lo.
func (n *Node) Proven() bool { return n.Lo >= n.Hi }

// Edge is an action that leads from one node to another. Several edges may
// lead to one node.
type Edge struct {
	ID       int32
	From, To int // positions of nodes
	Action   string
	P        float64 // prior, in [0,1]
	N        int32   // finished visits
	// Again says that To was in the tree before this edge (a transposition).
	// The edges without it form a spanning tree.
	Again bool
	Order string // event.Pin or event.Forbid, if a person said so
}

// Totals are the sums over the events of a search. The counts of nodes and
// edges are the lengths of the tree's slices.
type Totals struct {
	Simulations    int       // visits that were backed up
	Transpositions int       // edges to a node that was in the tree already
	Merged         int       // proposals equal to another one
	Illegal        int       // proposals the rules refused
	Failed         int       // jobs that failed
	Usage          env.Usage // cost of the models
}

// Apply folds one event into the tree. An event out of order, one that names
// unknown nodes or edges or one with values outside their range is an error
// that wraps ErrEvent; the tree is then as it was before.
func (t *Tree) Apply(e event.Event) error {
	if err := t.check(e); err != nil {
		return fmt.Errorf("%w %d: %w", ErrEvent, e.Seq, err)
	}
	t.seq = e.Seq
	switch {
	case e.Started != nil:
		t.start(e.Started)
	case e.Grown != nil:
		t.grow(e.Grown)
	case e.Visited != nil:
		t.Simulations++
		t.value(e.Visited)
		t.assign(e.Visited.Stats)
	case e.Failed != nil:
		t.pay(t.nodeAt[e.Failed.Node], e.Failed.Usage)
		if e.Failed.Reason != "" {
			t.Totals.Failed++
			t.Nodes[t.nodeAt[e.Failed.Node]].Failed = e.Failed.Reason
		}
	case e.Moved != nil:
		t.Root, t.End = t.nodeAt[e.Moved.Root], nil
		t.assign(e.Moved.Stats)
	case e.Steered != nil:
		for _, id := range e.Steered.Edges {
			t.Edges[t.edgeAt[id]].Order = strings.TrimPrefix(e.Steered.Order, event.Free)
		}
	case e.Resumed != nil:
		t.End = nil
	case e.Earlier != nil:
		t.Simulations += e.Earlier.Simulations
		t.Illegal += e.Earlier.Illegal
		t.Merged += e.Earlier.Merged
		t.Totals.Failed += e.Earlier.Failed
		t.Usage = t.Usage.Plus(e.Earlier.Usage.Counts())
	case e.Ended != nil:
		end := *e.Ended
		end.Line = slices.Clone(end.Line)
		t.End = &end
	}
	return nil
}

func (t *Tree) start(s *event.Started) {
	t.Start = *s
	t.nodeAt = map[int32]int{}
	t.edgeAt = map[int32]int{}
	t.add(s.Root)
}

// add puts a node into the tree with the bounds its own rules prove.
func (t *Tree) add(n event.Node) {
	node := Node{ID: n.ID, State: n.State, Player: n.Player, Terminal: n.Terminal, Hi: 1}
	if n.Terminal {
		node.Reward, node.Lo, node.Hi = n.Reward, n.Reward, n.Reward
	}
	t.nodeAt[n.ID] = len(t.Nodes)
	t.Nodes = append(t.Nodes, node)
}

func (t *Tree) grow(g *event.Grown) {
	reached := len(t.Nodes) // nodes from here on have no edge yet
	for _, n := range g.New {
		t.add(n)
	}
	first := make([]bool, len(t.Nodes)-reached)
	from := t.nodeAt[g.Node]
	for _, e := range g.Edges {
		to := t.nodeAt[e.Child]
		again := to < reached || first[to-reached]
		if again {
			t.Transpositions++
		} else {
			first[to-reached] = true
		}
		t.edgeAt[e.ID] = len(t.Edges)
		t.Nodes[from].Out = append(t.Nodes[from].Out, len(t.Edges))
		t.Edges = append(t.Edges, Edge{ID: e.ID, From: from, To: to, Action: e.Action, P: e.Prior, Again: again})
	}
	if g.Closed {
		t.Nodes[from].Closed = true
	}
	t.Merged += g.Merged
	t.Illegal += g.Illegal
	t.pay(from, g.Usage)
	t.assign(g.Stats)
}

// value keeps a critic's word on a leaf: later visits end there because its
// value is known.
func (t *Tree) value(v *event.Visited) {
	leaf := t.nodeAt[v.Leaf]
	t.pay(leaf, v.Usage)
	if n := &t.Nodes[leaf]; n.Own == nil && !n.Terminal && v.Value.Note != event.Known {
		own := v.Value
		n.Own = &own
	}
}

func (t *Tree) pay(node int, u env.Usage) {
	if u.IsZero() {
		return
	}
	t.Usage = t.Usage.Plus(u.Counts())
	t.Nodes[node].Usage = t.Nodes[node].Usage.Plus(u)
}

func (t *Tree) assign(s event.Stats) {
	for _, c := range s.Nodes {
		n := &t.Nodes[t.nodeAt[c.ID]]
		n.N, n.Q, n.Lo, n.Hi = c.N, c.Q, c.Lo, c.Hi
	}
	for _, c := range s.Edges {
		e := &t.Edges[t.edgeAt[c.ID]]
		e.N = c.N
		if c.P != 0 {
			e.P = c.P
		}
	}
}

// Line is the principal variation: the positions of its edges from the root.
// After the end it is the line the search chose; before, it follows the most
// visited edges (then the higher prior, then the earlier) as far as visits go,
// by a forbidden one only where there is no other.
func (t *Tree) Line() []int {
	var line []int
	if t.End != nil {
		for _, id := range t.End.Line {
			line = append(line, t.edgeAt[id])
		}
		return line
	}
	if len(t.Nodes) == 0 {
		return nil
	}
	seen := map[int]bool{} // a graph may have cycles
	for node := t.Root; !seen[node]; {
		seen[node] = true
		best := -1
		for _, i := range t.Nodes[node].Out {
			e := &t.Edges[i]
			if e.N > 0 && (best < 0 || e.leads(&t.Edges[best])) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		line = append(line, best)
		node = t.Edges[best].To
	}
	return line
}

// Worth is the mean value of the state an edge leads to, in [0,1], for the
// player who makes the step; of a state without visits what is proven counts.
func (t *Tree) Worth(edge int) float64 {
	e := &t.Edges[edge]
	to := &t.Nodes[e.To]
	v := to.Lo
	if to.N > 0 {
		v = to.Q
	}
	if to.Player != t.Nodes[e.From].Player {
		v = 1 - v
	}
	return v
}

// leads reports whether the best line rather follows e than f.
func (e *Edge) leads(f *Edge) bool {
	if no := e.Order == event.Forbid; no != (f.Order == event.Forbid) {
		return !no
	}
	return e.before(f)
}

// before orders edges by visits, then by prior; equals keep their order.
func (e *Edge) before(f *Edge) bool {
	return e.N > f.N || e.N == f.N && e.P > f.P
}
