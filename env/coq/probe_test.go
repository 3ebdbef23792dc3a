package coq_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/coq"
)

func TestProbe(t *testing.T) {
	e, root := open(t, coq.Config{}, `Require Import Arith Lia. Ltac loop := loop. Ltac flood := do 30000 idtac "ponder!".
		Lemma a : forall n m : nat, n + m = m + n /\ (n = m -> m = n).`)
	s := step(t, e, root, "intros n m").(*coq.State)
	tests := []struct {
		tactic string
		want   coq.Prospect
	}{
		{"split", coq.Accepted},
		{"rewrite Nat.add_comm", coq.Ends},
		{"rewrite Nat.mul_comm", coq.Refused},
		{"apply nowhere", coq.Refused},
		{"nowhere n", coq.Refused},
		{"idtac", coq.Refused}, // it changes nothing
		{"split; [ apply Nat.add_comm | auto ]", coq.Ends},
		{"rewrite", coq.Untold}, // it can't be read
		{"loop", coq.Refused},
		{"fail", coq.Refused},
		{"admit", coq.Refused},
		{"constructor", coq.Accepted},
		{"induction n", coq.Accepted},
		{"split; [lia|idtac]", coq.Ends},
		{"flood; rewrite Nat.mul_comm", coq.Refused},
		{"exfalso", coq.Accepted},
	}
	var tactics []string
	want := map[string]coq.Prospect{}
	for _, x := range tests {
		tactics = append(tactics, x.tactic)
		want[x.tactic] = x.want
	}
	told, err := e.Probe(t.Context(), s, tactics, []string{"auto", "unheard_of"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]coq.Prospect{}
	for i, x := range tactics {
		got[x] = told[i]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is told (-want +got):\n%s", diff)
	}
	// Nothing of it is left behind.
	step(t, e, s, "split")
}
