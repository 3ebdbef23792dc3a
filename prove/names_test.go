package prove

import (
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
)

// The steps of a plan are made under the names that hypotheses have where the
// proof is used.
func TestTreeOf(t *testing.T) {
	ctx := t.Context()
	e := coq.New(coq.Config{Dir: t.TempDir()}, []coq.Sentence{{Text: "Lemma a : forall n : nat, n = 0 -> n = 0."}})
	defer e.Close()
	start, err := e.Start(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	step := func(s env.State, tactic string) *coq.State {
		next, err := e.Step(ctx, s, tactic)
		if err != nil {
			t.Fatal(err)
		}
		return next.(*coq.State)
	}
	one, other := step(start, "intros n H"), step(start, "intros k given")
	if one.Key() != other.Key() {
		t.Fatal("equal states have different keys")
	}
	end := &env.Plan{State: step(one, "exact H")}
	plan := &env.Plan{State: one, Steps: []env.PlanStep{{Action: "exact H", Plan: end}}}
	tree, err := TreeOf(ctx, e, other, plan)
	if err != nil || tree.Tactic != "exact given" {
		t.Errorf("%+v, %v", tree, err)
	}
}
