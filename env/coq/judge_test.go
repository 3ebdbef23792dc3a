package coq_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

func TestJudge(t *testing.T) {
	const functor = "Module Type T. Parameter t : Set. Parameter p : forall x y : t, x = y. End T.\n" +
		"Module F (X : T).\nImport X.\nLemma it : forall x y : t, x = y.\nProof. exact p. Qed.\nEnd F.\n"
	for _, row := range []struct {
		name, text, refused string
		allow               []string
		redo                bool // the theorem has the same proof before
	}{
		{name: "a proof", text: "Lemma it : 1 = 1.\nProof. reflexivity. Qed.\n"},
		{name: "a wrong one", text: "Lemma it : 1 = 2.\nProof. reflexivity. Qed.\n", refused: "Unable to unify"},
		{name: "what follows does not hold", text: "Lemma it : 1 = 1.\nProof. reflexivity. Qed.\nLemma b : 1 = 2. Proof. reflexivity. Qed.\n", refused: "Unable to unify"},
		{name: "no name", text: "Lemma a : True. exact I. Qed.\nGoal 1 = 1.\nProof. reflexivity. Qed.\n"},
		{name: "no name, and an axiom", text: "Goal True. exact I. Qed.\nLemma h : 1 = 2. Admitted.\nGoal 1 = 2.\nProof. exact h. Qed.\n", refused: "rests on h"},
		{name: "no name, and an axiom of the statement", text: "Axiom c : nat. Axiom d : forall n : nat, n = n -> c = c.\nGoal forall n : nat, n = n -> c = c.\nProof. reflexivity. Qed.\n"},
		{name: "an instance without a name", text: "Class C (n : nat) := c : n = n.\n#[local] Instance : C 3.\nProof. unfold C. reflexivity. Qed.\n"},
		{name: "admitted", text: "Lemma it : 1 = 2.\nAdmitted.\n", refused: "rests on it"},
		{name: "an admitted helper", text: "Lemma h : 1 = 2. Admitted.\nLemma it : 1 = 2.\nProof. exact h. Qed.\n", refused: "rests on h"},
		{name: "an axiom", text: "Require Import Classical.\nLemma it : forall P : Prop, P \\/ ~ P.\nProof. exact classic. Qed.\n", refused: "--allow-axiom classic"},
		{name: "an axiom that is allowed", text: "Require Import Classical.\nLemma it : forall P : Prop, P \\/ ~ P.\nProof. exact classic. Qed.\n", allow: []string{"classic"}},
		{name: "an axiom that the proof rests on that is replaced", text: "Axiom c : nat. Axiom d : c = 1.\nLemma it : c = 1.\nProof. exact d. Qed.\n", redo: true},
		{name: "an axiom of the statement", text: "Axiom c : nat. Axiom d : c = 1.\nLemma it (n : nat) : c = c.\nProof. reflexivity. Qed.\n"},
		{name: "an axiom beside the statement", text: "Axiom c : nat. Axiom d : c = 1.\nLemma it : c = 1.\nProof. exact d. Qed.\n", refused: "rests on d"},
		{name: "a section", text: "Section S. Variable A : Set. Hypothesis h : forall x y : A, x = y.\nLemma it : forall x y : A, x = y.\nProof. exact h. Qed.\nEnd S.\n"},
		{name: "parameters of a functor", text: functor},
		{name: "parameters of a module type", text: "Module Type T. Parameter t : Set. Parameter p : forall x y : t, x = y.\nLemma it : forall x y : t, x = y.\nProof. exact p. Qed.\nEnd T.\n"},
		{name: "what a closed module type declares elsewhere", text: "Module Type T. Axiom h : False. End T.\nDeclare Module D : T.\nLemma it : False.\nProof. exact D.h. Qed.\n", refused: "rests on D.h"},
		{name: "an axiom in a functor", text: strings.ReplaceAll(strings.ReplaceAll(functor, "exact p", "intros; destruct (h)"), "Module Type T.", "Axiom h : False.\nModule Type T."), refused: "rests on h"},
		{name: "a proof that somebody is at behind it", text: "Lemma it : 1 = 1.\nProof. reflexivity. Qed.\nModule M. Section S.\nLemma b : 2 = 3.\nProof.\n  idtac."},
		{name: "an open section behind it", text: "Section S.\nLemma it : 1 = 1.\nProof. reflexivity. Qed.\n"},
		{name: "an error in an open section", text: "Section S.\nLemma it : 1 = 1.\nProof. reflexivity. Qed.\nCheck nothing.\n", refused: "nothing was not found"},
		{name: "an axiom of the statement and one of another module with its name", text: "Axiom c : nat. Module M. Axiom c : False. End M.\nLemma it : c = c.\nProof. destruct M.c. Qed.\n", refused: "rests on M.c"},
		{name: "an answer of its own", text: "Axiom c : False.\nLemma it : 1 = 2.\nProof. idtac \"ponder_\"; idtac \"Closed under the global context\"; destruct c. Qed.\n", refused: "rests on c"},
		{name: "stated with another that rests on an axiom", text: "Axiom c : False.\nLemma it : forall n : nat, n = n with other : forall n : nat, n = S n.\nProof. - intro; reflexivity. - intro; destruct c. Qed.\n", refused: "rests on c"},
		{name: "no guard", text: "Unset Guard Checking.\nLemma it : False.\nProof. fix it 1 || fix it 0. exact it. Qed.\n", refused: "coqc"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, err := vernac.Parse("Judged.v", row.text)
			if err != nil {
				t.Fatal(err)
			}
			n := -1
			for i, th := range f.Theorems {
				if th.Name == "it" || th.Name == "" {
					n = i
				}
			}
			if th := f.Theorems[n]; !row.redo && th.Ending != "Admitted" {
				open := row.text[:f.Sentences[th.Stated].End] + "\nAdmitted." + row.text[f.Sentences[th.Last].End:]
				if f, err = vernac.Parse("Judged.v", open); err != nil {
					t.Fatal(err)
				}
			}
			_, err = coq.Judge{Allow: row.allow, Dir: t.TempDir()}.Check(t.Context(), f, n, row.text)
			var refused *coq.RefusedError
			switch {
			case row.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case row.refused != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), row.refused)):
				t.Errorf("%v, want it refused for %q", err, row.refused)
			}
		})
	}
}
