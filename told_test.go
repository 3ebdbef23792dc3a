package ponder_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/mcts"
)

// A search whose policy is the problem's own is kept by its events, and what they
// tell is enough to recall it without the environment.
func TestTold(t *testing.T) {
	kept := &diary{}
	p := ponder.Problem{
		EnvName: "countdown", Env: countdown.Game{Target: 24, AllNumbers: true}, Text: "4 9 10 13",
		Policy: func(ponder.Asked) mcts.Policy { return expand.Uniform{} },
	}
	c := ponder.Config{Run: "told", Seed: 3, Simulations: 400, Journal: kept}
	want, err := ponder.Solve(t.Context(), p, c)
	if err != nil {
		t.Fatal(err)
	}
	var events []event.Event
	for _, e := range kept.entries {
		events = append(events, e.events...)
	}
	if kept.snapshot != nil || len(events) < 20 {
		t.Fatalf("%d events and a snapshot of %d bytes are kept", len(events), len(kept.snapshot))
	}
	p.Env, c.Journal = ponder.Told(events), nil
	c.Past = &ponder.Past{Events: events}
	var told []event.Event
	c.Emit = func(e event.Event) { told = append(told, e) }
	got, err := ponder.Recall(t.Context(), p, c)
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != want.Status || got.Reason != want.Reason || len(got.Path) != len(want.Path) {
		t.Errorf("recalled %+v, want %+v", got, want)
	}
	for i := range got.Path {
		if got.Path[i].Action != want.Path[i].Action || got.Path[i].State.String() != want.Path[i].State.String() {
			t.Errorf("step %d is %q to %q, want %q to %q", i, got.Path[i].Action, got.Path[i].State, want.Path[i].Action, want.Path[i].State)
		}
	}
	if diff := cmp.Diff(events, told); diff != "" {
		t.Errorf("events (-kept +told):\n%s", diff)
	}
	if got.Verified || got.Answer != "" {
		t.Errorf("nobody judged %q, and it is verified: %v", got.Answer, got.Verified)
	}
	if _, err := p.Env.Step(t.Context(), got.Path[0].State, "no such step"); err == nil {
		t.Error("a step that was not made is made")
	}
}
