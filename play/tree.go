package play

import (
	"slices"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// describe tells of the most visited nodes of a search, and how it ended.
func describe(s *mcts.PositionSearch, info event.Started, t *Thought, most int) []event.Event {
	var events []event.Event
	s.Describe(info, most, func(e event.Event) { events = append(events, e) })
	ended := event.Ended{Reason: t.Reason, Status: statusOf(t.Proof), Line: follow(events, t.Line)}
	return append(events, event.Event{Seq: len(events) + 1, Ended: &ended})
}

// statusOf is the outcome of a search as events name it.
func statusOf(p Proof) string {
	switch {
	case p.Known && p.Value == 1:
		return mcts.StatusSolved
	case p.Known && p.Value == 0:
		return mcts.StatusUnsolvable
	}
	return mcts.StatusUnsolved
}

// follow finds the edges of a line in events that tell of the whole tree, as far
// as they tell of it.
func follow(events []event.Event, line []string) []int32 {
	edges := map[int32][]event.Edge{}
	at := int32(0)
	for _, e := range events {
		if e.Started != nil {
			at = e.Started.Root.ID
		}
		if e.Grown != nil {
			edges[e.Grown.Node] = append(edges[e.Grown.Node], e.Grown.Edges...)
		}
	}
	found := []int32{}
	for _, action := range line {
		i := slices.IndexFunc(edges[at], func(x event.Edge) bool { return x.Action == action })
		if i < 0 {
			break
		}
		found = append(found, edges[at][i].ID)
		at = edges[at][i].Child
	}
	return found
}
