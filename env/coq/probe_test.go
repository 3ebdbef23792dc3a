package coq_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
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

// What kills Coq is told apart from what stands beside it, and is not asked about
// again.
func TestProbeSurvives(t *testing.T) {
	e, root := open(t, coq.Config{Memory: 800 << 20, Limit: 20 * time.Second}, `From Coq Require Import List.
		#[local] Hint Extern 0 => (let x := eval vm_compute in (repeat 0 (Nat.pow 2 30)) in idtac) : core.
		Lemma a : forall n : nat, 0 + n = n.`)
	s := root.(*coq.State)
	probe := func(tactics, closers []string) []coq.Prospect {
		t.Helper()
		told, err := e.Probe(t.Context(), s, tactics, closers)
		if err != nil {
			t.Fatal(err)
		}
		return told
	}
	if e.Lethal("auto") {
		t.Error("auto is lethal before it was tried")
	}
	got := probe([]string{"reflexivity", "solve [auto]", "intros", "now intros"}, nil)
	if diff := cmp.Diff([]coq.Prospect{coq.Accepted, coq.Refused, coq.Accepted, coq.Refused}, got); diff != "" {
		t.Errorf("what is told (-want +got):\n%s", diff)
	}
	for tactic, want := range map[string]bool{"auto": true, "intros; easy": true, "intros": false, "simpl; reflexivity": false} {
		if e.Lethal(tactic) != want {
			t.Errorf("%s is lethal: %v", tactic, !want)
		}
	}
	got = probe([]string{"intros", "auto"}, []string{"auto", "reflexivity"})
	if diff := cmp.Diff([]coq.Prospect{coq.Ends, coq.Refused}, got); diff != "" {
		t.Errorf("what is told afterwards (-want +got):\n%s", diff)
	}
	// Whoever wants it tries it all the same, and it costs a process.
	if _, err := e.Step(t.Context(), s, "auto"); !errors.Is(err, env.ErrIllegal) {
		t.Error(err)
	}
}

// A closer that kills Coq says nothing of the tactic before it.
func TestProbeCloserDies(t *testing.T) {
	e, root := open(t, coq.Config{Memory: 800 << 20, Limit: 20 * time.Second}, `From Coq Require Import List.
		#[local] Hint Extern 0 => (let x := eval vm_compute in (repeat 0 (Nat.pow 2 30)) in idtac) : core.
		Lemma a : forall n : nat, 0 + n = n.`)
	got, err := e.Probe(t.Context(), root.(*coq.State), []string{"intros", "discriminate", "reflexivity"}, []string{"auto", "congruence"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]coq.Prospect{coq.Accepted, coq.Refused, coq.Accepted}, got); diff != "" {
		t.Errorf("what is told (-want +got):\n%s", diff)
	}
}

// What ends the process is found by what it said before.
func TestProbeFlooded(t *testing.T) {
	e, root := open(t, coq.Config{Limit: 20 * time.Second}, `Ltac flood := do 2000 idtac "`+strings.Repeat("flood ", 8000)+`".
		Lemma a : forall n : nat, 0 + n = n.`)
	got, err := e.Probe(t.Context(), root.(*coq.State), []string{"reflexivity", "flood", "intros", "discriminate"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]coq.Prospect{coq.Accepted, coq.Refused, coq.Accepted, coq.Refused}, got); diff != "" {
		t.Errorf("what is told (-want +got):\n%s", diff)
	}
}

// Many tactics that are quick one by one are not taken for slow ones together.
func TestProbeSharesTime(t *testing.T) {
	// Each takes some 0.2 seconds.
	e, root := open(t, coq.Config{Limit: 3 * time.Second}, `Ltac wait := do 2000 (pose 0 as x; clear x); idtac.
		Lemma a : forall n : nat, 0 + n = n.`)
	var tactics []string
	var want []coq.Prospect
	for range 12 {
		tactics = append(tactics, "intros; wait", "wait; discriminate")
		want = append(want, coq.Accepted, coq.Refused)
	}
	got, err := e.Probe(t.Context(), root.(*coq.State), tactics, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is told (-want +got):\n%s", diff)
	}
}
