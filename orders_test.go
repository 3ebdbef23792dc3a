package ponder_test

import (
	"slices"
	"testing"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// An order is kept as an event, and a run that was killed after it still obeys.
func TestKilledRunGoesOnWithItsOrders(t *testing.T) {
	whole := &diary{}
	config, _ := kept(t, whole)
	config.Calls, config.Width, config.Critic = 40, 3, "yesno"
	orders, answer := make(chan mcts.Order, 1), make(chan error, 1)
	config.Orders = orders
	busy, began := 0, 0
	config.Doing = func(_ int32, on bool) {
		if busy--; on {
			busy, began = busy+2, began+1
		}
		if busy < 0 || busy > 1 {
			t.Errorf("%d jobs at once", busy)
		}
	}
	var shut int32
	config.Emit = func(e event.Event) {
		if e.Grown == nil || e.Grown.Node != 0 {
			return
		}
		// The step that the model likes best.
		best := slices.MaxFunc(e.Grown.Edges, func(a, b event.Edge) int { return int(1e6 * (a.Prior - b.Prior)) })
		shut = best.ID
		orders <- mcts.Order{Kind: event.Forbid, Edges: []int32{shut}, Done: answer}
	}
	if _, err := ponder.Solve(t.Context(), hand("1 1 1 1"), config); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Fatalf("the order was refused: %v", err)
	}
	if busy != 0 || began < 10 {
		t.Errorf("%d jobs began, %d never ended", began, busy)
	}
	given := slices.IndexFunc(whole.events(), func(e event.Event) bool { return e.Steered != nil })
	if given < 0 {
		t.Fatal("no event tells of the order")
	}
	last := visitsBy(whole.events(), shut)
	if last > 1 { // one job was on its way
		t.Errorf("the forbidden step has %d visits", last)
	}
	for n := 1; n <= len(whole.entries); n += 7 {
		early, past := whole.killed(n)
		if len(past.Events) <= given || past.Events[len(past.Events)-1].Ended != nil {
			continue
		}
		before := visitsBy(past.Events, shut)
		config, _ := kept(t, early)
		config.Calls, config.Width, config.Critic, config.Past = 40, 3, "yesno", past
		if _, err := ponder.Solve(t.Context(), hand("1 1 1 1"), config); err != nil {
			t.Fatalf("killed after entry %d: %v", n, err)
		}
		if got := visitsBy(early.events(), shut); got != before {
			t.Errorf("killed after entry %d: the forbidden step had %d visits and has %d", n, before, got)
		}
		if len(early.events()) <= len(past.Events) {
			t.Errorf("killed after entry %d: it did not go on", n)
		}
	}
}

// visitsBy counts the simulations through an edge.
func visitsBy(events []event.Event, edge int32) (n int) {
	for _, e := range events {
		if e.Visited != nil && slices.Contains(e.Visited.Path, edge) {
			n++
		}
	}
	return n
}
