package mcts

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// ErrInFlight says that a search must come to rest first.
var ErrInFlight = errors.New("jobs are in flight")

// Advance makes a step for good: the search goes on from the state the edge
// leads to, which must be one of the root's, with all that is known of it and
// new budgets. A search that has ended begins anew.
func (s *Search) Advance(e nodes.Edge) error {
	switch {
	case !slices.Contains(slices.Collect(s.tree.Edges(s.root)), e):
		return fmt.Errorf("edge %d is no step from the root, node %d", e, s.root)
	case len(s.pending) > 0:
		return fmt.Errorf("advancing to %q: %w: wait for them or Finish", s.action[e], ErrInFlight)
	}
	s.move(e)
	m := event.Moved{Edge: int32(e), Root: int32(s.root), Stats: s.stats([]nodes.ID{s.root}, nil)}
	m.Stats.Edges = s.priors(slices.Collect(s.tree.Edges(s.root)))
	s.emit(event.Event{Moved: &m})
	return nil
}

func (s *Search) move(e nodes.Edge) {
	s.root = s.tree.Child(e)
	s.before, s.free = s.simulations, 0
	s.resume()
	if !s.tree.Evaluated(s.root) {
		s.tree.Evaluate(s.root, 0.5)
	}
	if s.tree.Expanded(s.root) {
		s.share(s.root)
	}
}
