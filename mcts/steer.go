package mcts

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// ErrOver says that a search has ended: it takes no orders any more.
var ErrOver = errors.New("the search is over")

// Steer has walks follow edges (event.Pin), leave them alone (event.Forbid) or
// forget what was said of them (event.Free), from the next walk on. Of what an
// edge was told the last word counts. Jobs in flight go on, whatever way they
// came.
//
// At a node with pinned edges walks follow only these, and ask for no further
// ones, as long as one of them can be followed. The best line takes a forbidden
// edge only where no other is as fit. Orders change where a search looks, never
// what it has proven.
//
// An unknown order or edge is an error and changes nothing, and so is any order
// once the search is over: ErrOver.
func (s *Search) Steer(order string, edges ...nodes.Edge) error {
	if s.reason != "" {
		return fmt.Errorf("%s: %w", order, ErrOver)
	}
	if err := s.order(order, edges); err != nil {
		return err
	}
	s.emit(event.Event{Steered: &event.Steered{Edges: numbers(edges), Order: order}})
	return nil
}

// order notes what edges were told.
func (s *Search) order(order string, edges []nodes.Edge) error {
	switch order {
	case event.Pin, event.Forbid, event.Free:
	default:
		return fmt.Errorf("unknown order %q: there are %s, %s and %s", order, event.Pin, event.Forbid, event.Free)
	}
	if len(edges) == 0 {
		return fmt.Errorf("%s: no edge is named", order)
	}
	for _, e := range edges {
		if !s.has(e) {
			return fmt.Errorf("%s: there is no edge %d", order, e)
		}
	}
	for _, e := range edges {
		switch {
		case order == event.Free:
			delete(s.orders, e)
		case s.orders == nil:
			s.orders = map[nodes.Edge]string{e: order}
		default:
			s.orders[e] = order
		}
	}
	return nil
}

// has reports whether there is such an edge: their numbers may have gaps.
func (s *Search) has(e nodes.Edge) bool {
	if e < 0 || int(e) >= len(s.action) {
		return false
	}
	n := s.tree.From(e)
	return n >= 0 && int(n) < len(s.states) && slices.Contains(slices.Collect(s.tree.Edges(n)), e)
}

// ordered lists the edges that an order stands for, by number.
func (s *Search) ordered(order string) []nodes.Edge {
	var out []nodes.Edge
	for e, o := range s.orders {
		if o == order {
			out = append(out, e)
		}
	}
	slices.Sort(out)
	return out
}

// forbidden reports whether a person said that an edge is to be left alone.
func (g *walker) forbidden(e nodes.Edge) bool {
	return len(g.orders) > 0 && g.orders[e] == event.Forbid
}

// bar shuts the forbidden edges of a node.
func (g *walker) bar(n nodes.ID, p *Parent) {
	g.barred = g.barred[:0]
	for e := range g.tree.Edges(n) {
		no := g.orders[e] == event.Forbid
		g.skip[len(g.barred)] = g.skip[len(g.barred)] || no
		g.barred = append(g.barred, no)
	}
	p.Barred = g.barred
}

// pin shuts all but the pinned edges of a node while one of these can be
// followed.
func (g *walker) pin(n nodes.ID, p *Parent) {
	unsettled, follow := false, false
	i := 0
	for e := range g.tree.Edges(n) {
		if g.orders[e] == event.Pin {
			unsettled = unsettled || !g.tree.Settled(e)
			// A walk that leaves some alone for others to come first is not to take
			// an unpinned edge instead: the next one may follow the pinned one.
			follow = follow || !g.skip[i] || g.cold != nil && g.later(e)
		}
		i++
	}
	if !unsettled {
		return
	}
	i = 0
	for e := range g.tree.Edges(n) {
		if g.orders[e] != event.Pin {
			g.barred[i] = true
			g.skip[i] = g.skip[i] || follow
		}
		i++
	}
	if follow {
		p.Open = false
	}
}

// later reports whether a walk that minds nothing cold might follow an edge. One
// that this walk backed out of is among them: it may have met something cold.
func (g *walker) later(e nodes.Edge) bool {
	c := g.tree.Child(e)
	circle := g.onPath[c] == g.walkNo && g.blocked[c] != g.walkNo
	return !g.tree.Settled(e) && !circle && (!g.isLeaf(c) || !g.busy(c))
}

// spare leaves of the edges that are fit to be the best those that are not
// forbidden, if there is one.
func (g *walker) spare(n nodes.ID, fit []bool) {
	other := false
	for i, ok := range fit {
		other = other || ok && !g.forbidden(g.tree.At(n, i))
	}
	for i := range fit {
		fit[i] = fit[i] && !(other && g.forbidden(g.tree.At(n, i)))
	}
}
