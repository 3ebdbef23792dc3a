package prove

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/proof"
)

// around is the view of a goal that reads the same printed in full.
func around(concl string, hyps ...proof.Hyp) *view {
	return viewOf(proof.Goal{Hyps: hyps, Concl: concl}, coq.Full{Hyps: hyps, Concl: concl}, 0)
}

func TestArguments(t *testing.T) {
	v := around("lt a b", proof.Hyp{Name: "c", Type: "nat"}, proof.Hyp{Name: "a", Type: "nat"}, proof.Hyp{Name: "b", Type: "nat"},
		proof.Hyp{Name: "l", Type: "list nat"}, proof.Hyp{Name: "H", Type: "le a c"})
	tests := []struct {
		name, statement string
		want            [][]string
	}{
		{"what the goal speaks of first, the nearest first", "forall n m : nat, or (le n m) (le m n)", [][]string{
			{"b", "a"}, {"b", "c"}, {"a", "b"}, {"a", "c"}, {"c", "b"},
		}},
		{"types are left out", "forall (A : Type) (l : list A), or (@eq (list A) l nil) (P A l)", [][]string{{"l"}}},
		{"a premise that is there is used, others are left open", "forall (n m : nat) (_ : le n m), P n m", [][]string{
			{"a", "c", "H"}, {"b", "a"}, {"b", "c"}, {"a", "b"}, {"c", "b"},
		}},
		{"a premise that is not", "forall (n : nat) (_ : lt n n), P n", [][]string{{"b"}, {"a"}, {"c"}}},
		{"nothing of that type", "forall b : bool, or (P b) (Q b)", nil},
		{"nothing to fill in", "or P Q", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, v.arguments(analyse(tt.statement, nil).bound, nil)); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
	known := map[string]*tree{"n": parseTree("Nat.add a b")}
	if diff := cmp.Diff([][]string{{"(Nat.add a b)"}}, v.arguments(analyse("forall n : nat, P n", nil).bound, known)); diff != "" {
		t.Errorf("a variable that is known (-want +got):\n%s", diff)
	}
}

func TestInduces(t *testing.T) {
	tests := []struct {
		name, lemma, typ string
		want             bool
	}{
		{"a principle", "Pos.peano_ind: forall (P : forall _ : positive, Prop) (_ : P xH) (_ : forall (p : positive) (_ : P p), P (Pos.succ p)) (p : positive), P p", "positive", true},
		{"of another type", "Pos.peano_ind: forall (P : forall _ : positive, Prop) (_ : P xH) (p : positive), P p", "nat", false},
		{"of all lists", "rev_ind: forall (A : Type) (P : forall _ : list A, Prop) (_ : P nil) (l : list A), P l", "list nat", true},
		{"the usual one", "nat_ind: forall (P : forall _ : nat, Prop) (_ : P O) (n : nat), P n", "nat", false},
		{"no predicate", "index: forall (f : forall _ : nat, nat) (n : nat), f n", "nat", false},
		{"no principle", "indeed: forall n : nat, @eq nat n n", "nat", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := (NewLibrary(nil, nil, nil, nil)).take(tt.lemma)
			if got := m.induces(parseTree(tt.typ)); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// Lemmas and hypotheses are offered for what they are for.
func TestSplits(t *testing.T) {
	v := around("@eq bool (Nat.leb a b) true", proof.Hyp{Name: "a", Type: "nat"}, proof.Hyp{Name: "b", Type: "nat"},
		proof.Hyp{Name: "H", Type: "forall n : nat, and (P n) (Q n)"})
	lib := NewLibrary(nil, nil, nil, nil)
	for _, text := range []string{
		"Nat.leb_spec: forall n m : nat, BoolSpec (le n m) (lt m n) (Nat.leb n m)",
		"le_lt_dec: forall n m : nat, sumbool (le n m) (lt m n)",
	} {
		m := lib.take(text)
		v.split = append(v.split, scored{lemma: m, score: 1}.near(nil))
	}
	var l list
	v.analyses(&l)
	v.specialised(&l)
	got := map[string]bool{}
	for _, m := range l.moves {
		got[m.Tactic] = true
	}
	for _, want := range []string{"destruct (Nat.leb_spec a b)", "destruct (le_lt_dec a b)", "destruct (le_lt_dec b a)", "destruct (H a)", "specialize (H b)"} {
		if !got[want] {
			t.Errorf("%s is not offered: %v", want, l.moves)
		}
	}
	if got["destruct (Nat.leb_spec b a)"] {
		t.Error("what the goal has nothing of is analysed")
	}
}
