package prove_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prove"
)

func parse(t testing.TB, text string) *vernac.File {
	t.Helper()
	f, err := vernac.Parse("Test.v", text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const lists = `Require Import Arith List Lia.
Import ListNotations.

Fixpoint double (n : nat) : nat :=
  match n with 0 => 0 | S m => S (S (double m)) end.

Lemma double_plus : forall n, double n = n + n.
Proof. Admitted.

Lemma wrong : forall n, double n = n.
Admitted.

Section S.
  Variable A : Type.

  Lemma app_twice : forall l : list A, length (l ++ l) = double (length l).
  Proof.
    intros l.
  Admitted.
End S.

Lemma both : forall a b : nat, a * b = b * a /\ (a = b -> b = a).
Proof.
  split.
  - admit.
  - admit.
Admitted.
`

// What is true is proved, what is false is not, and all the rest of the file
// stays as it is.
func TestAll(t *testing.T) {
	f := parse(t, lists)
	holes := vernac.Holes(f)
	var told []string
	results, text, err := prove.All(t.Context(), f, holes, 1, prove.Options{Time: 15 * time.Second}, func(r prove.Result) {
		told = append(told, r.Place.Name)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprintf("%s %s solved %v verified %v", r.Place.Name, r.Place.Kind, r.Solved, r.Verified))
	}
	want := []string{
		"double_plus Admitted solved true verified true",
		"wrong Admitted solved false verified false",
		"app_twice Admitted solved true verified true",
		"both admit solved true verified true",
		"both admit solved true verified true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"double_plus", "wrong", "app_twice", "both", "both", "both"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	left := vernac.Holes(parse(t, text))
	if len(left) != 1 || left[0].Name != "wrong" {
		t.Errorf("holes that are left: %v in\n%s", left, text)
	}
	for _, line := range strings.Split(lists, "\n") {
		if !strings.Contains(line, "dmit") && !strings.Contains(text, line) {
			t.Errorf("%q is gone from\n%s", line, text)
		}
	}
}

// No proof rests on a lemma that has none.
func TestHelper(t *testing.T) {
	const text = "Lemma helper : forall n : nat, n = 7.\nAdmitted.\n\nLemma it : 3 = 7.\nAdmitted.\n"
	f := parse(t, text)
	results, after, err := prove.All(t.Context(), f, vernac.Holes(f), 1, prove.Options{Time: 5 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Solved || results[1].Verified || after != text {
		t.Errorf("%+v\n%s", results, after)
	}
}

// A goal that is proved once is used where hypotheses have other names.
func TestNames(t *testing.T) {
	const text = `Parameter P Q : nat -> Prop.
Parameter step : forall n, P n -> Q n -> P (S n).
Lemma it : (forall x (first : P x) (second : Q x), P (S x)) /\ (forall y (third : P y) (fourth : Q y), P (S y)).
Proof.
Admitted.
`
	f := parse(t, text)
	r, err := prove.Prove(t.Context(), f, vernac.Holes(f)[0], prove.Options{Time: 20 * time.Second, Allow: []string{"step"}})
	if err != nil || !r.Verified {
		t.Errorf("error %v, %+v", err, r)
	}
}

// Several goals at a hole, without bullets, are proved one after the other.
func TestSeveralGoals(t *testing.T) {
	const text = `Lemma it : forall n : nat, n + 0 = n /\ (n = 1 -> n + 0 + 0 = 1) /\ n = n.
Proof.
  intros n. repeat split.
Admitted.
`
	f := parse(t, text)
	results, after, err := prove.All(t.Context(), f, vernac.Holes(f), 1, prove.Options{Time: 30 * time.Second}, nil)
	if err != nil || !results[0].Verified {
		t.Fatalf("%v, %+v", err, results)
	}
	if strings.Count(after, "{") != 2 || !strings.Contains(after, "Qed.") {
		t.Errorf("written as\n%s", after)
	}
}

// A name may occur in several modules: the hole says which theorem is meant.
func TestSameName(t *testing.T) {
	const text = `Module A. Lemma it : forall n : nat, n = n. Proof. auto. Qed. End A.
Module B. Lemma it : forall n : nat, n + 0 = n. Proof. auto. Qed. End B.
`
	f := parse(t, text)
	for i := range 2 {
		h, err := f.RedoOf(i)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := prove.Prove(t.Context(), f, h, prove.Options{Time: 20 * time.Second}); err != nil || !r.Verified {
			t.Errorf("theorem %d: error %v, %+v", i, err, r)
		}
	}
	if _, err := f.RedoOf(2); err == nil {
		t.Error("a third theorem was found")
	}
}

// The holes that are asked for need not be all that a theorem has: then nothing of it
// counts, and the file stays as it is.
func TestSomeHoles(t *testing.T) {
	const text = `Lemma it : 1 = 1 /\ 1 = 2 /\ 2 = 2.
Proof.
  split; [|split].
  - admit.
  - admit.
  - admit.
Admitted.
`
	f := parse(t, text)
	holes := vernac.Holes(f)
	results, after, err := prove.All(t.Context(), f, []vernac.Hole{holes[0], holes[2]}, 2, prove.Options{Time: 5 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.Solved || r.Verified || r.Reason != prove.OtherHoles {
			t.Errorf("%+v", r)
		}
	}
	if after != text {
		t.Errorf("the file is now\n%s", after)
	}
}

// What waits for other holes of its theorem is judged with them, and is not in the way
// of others.
func TestWaits(t *testing.T) {
	const text = `Lemma never : 1 = 1 /\ 1 = 2.
Proof. split. - admit. - admit. Admitted.
Lemma it : 1 = 1 /\ 2 = 2.
Proof.
  split.
  - admit.
  - admit.
Admitted.
`
	f := parse(t, text)
	var told []string
	results, after, err := prove.All(t.Context(), f, vernac.Holes(f), 1, prove.Options{Time: 5 * time.Second}, func(r prove.Result) {
		told = append(told, fmt.Sprintf("%s:%d %v", r.Place.Name, r.Place.Line, r.Verified))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"never:2 false", "never:2 false", "it:6 false", "it:7 true", "it:6 true"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if !results[0].Solved || results[0].Verified || results[1].Solved || !results[2].Verified || !results[3].Verified {
		t.Errorf("%+v", results)
	}
	if left := vernac.Holes(parse(t, after)); len(left) != 2 || left[0].Line != 2 || !strings.HasPrefix(after, text[:strings.Index(text, "Lemma it")]) {
		t.Errorf("left are %v in\n%s", left, after)
	}
}

// An admit stands for the first of the goals that are there; a hole where no proof fits
// is no obstacle for others.
func TestPlaces(t *testing.T) {
	const text = `Lemma two : 1 = 1 /\ 2 = 2.
Proof. split. admit. admit. Admitted.
Lemma beside : 1 = 1 /\ 2 = 3 -> 1 = 1 /\ 3 = 2.
Proof. intros []. split. admit. auto. Admitted.
Lemma behind : 1 = 1 /\ 2 = 2.
Proof. split. - auto.
Admitted.
Lemma within : 1 = 1 /\ 2 = 2.
Proof. split. - simpl.
Admitted.
Lemma over : 1 = 1.
Proof. auto.
Admitted.
Lemma last : 1 = 1.
Admitted.
`
	f := parse(t, text)
	results, _, err := prove.All(t.Context(), f, vernac.Holes(f), 1, prove.Options{Time: 10 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %v %s", r.Place.Name, r.Verified, r.Reason)))
	}
	want := []string{
		"two true proven", "two true proven", "beside true proven",
		"behind false no proof fits here: no goal is left, or each is outside of the bullet or brace here",
		"within false no proof fits here: 1 more goals stand outside of the bullet or brace here; write an admit for each",
		"over false no proof fits here: no goal is left, or each is outside of the bullet or brace here",
		"last true proven",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// A hole that takes long keeps the others from being judged, but not from being searched.
func TestJobs(t *testing.T) {
	f := parse(t, strings.Repeat("Goal 1 = 1.\nAdmitted.\n", 4))
	var begun atomic.Int32
	last := make(chan struct{})
	solve := func(ctx context.Context, at proof.Place, s *prove.Search) (ponder.Solution, error) {
		if begun.Add(1) == 4 {
			close(last)
		}
		if at.Line == 2 {
			select {
			case <-last:
			case <-time.After(time.Minute):
				t.Error("the last search did not begin beside the first")
			}
		}
		return ponder.Solution{Status: mcts.StatusUnsolved}, nil
	}
	results, _, err := prove.All(t.Context(), f, vernac.Holes(f), 2, prove.Options{Solve: solve}, nil)
	if err != nil || len(results) != 4 {
		t.Error(results, err)
	}
}

// Of what could not be searched it is said why.
func TestStopped(t *testing.T) {
	f := parse(t, "Goal 1 = 1.\nAdmitted.\nDefinition a := nowhere.\nGoal 1 = 1.\nAdmitted.\nGoal 1 = 2.\nAdmitted.\n")
	results, _, err := prove.All(t.Context(), f, vernac.Holes(f), 1, prove.Options{Time: 5 * time.Second}, nil)
	var load *coq.LoadError
	if !errors.As(err, &load) || load.Line != 3 || len(results) != 3 {
		t.Fatal(results, err)
	}
	for i, want := range []string{"", "does not accept", "stopped before"} {
		if !strings.Contains(results[i].Reason, want) {
			t.Errorf("%+v, want %q", results[i], want)
		}
	}
}

// The methods that the search is compared with find what is in their reach, and
// are judged as it is.
func TestBaselines(t *testing.T) {
	const text = "Lemma easy1 : forall n : nat, n = n.\nAdmitted.\nLemma hard : forall n : nat, n + 0 + 0 = n /\\ n * 1 = n.\nAdmitted.\nLemma no : 1 = 2.\nAdmitted.\n"
	for method, want := range map[string][]bool{"single": {true, false, false}, "best-first": {true, true, false}} {
		f := parse(t, text)
		results, _, err := prove.All(t.Context(), f, vernac.Holes(f), 1, prove.Options{Time: 20 * time.Second, Method: method}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if r.Verified != want[i] {
				t.Errorf("%s: %+v, want verified %v", method, r, want[i])
			}
		}
	}
	f := parse(t, text)
	if _, err := prove.Prove(t.Context(), f, vernac.Holes(f)[0], prove.Options{Method: "magic"}); err == nil || !strings.Contains(err.Error(), "best-first") {
		t.Errorf("an unknown method: %v", err)
	}
}

// The same seed and one worker give the same proof and the same tree.
func TestDeterminism(t *testing.T) {
	f := parse(t, lists)
	hole := vernac.Holes(f)[0]
	var first prove.Result
	for i := range 2 {
		r, err := prove.Prove(t.Context(), f, hole, prove.Options{Time: time.Minute, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		r.Searched, r.Checked = 0, 0
		if i == 0 {
			first = r
		} else if diff := cmp.Diff(first, r); diff != "" {
			t.Errorf("the second time (-first +second):\n%s", diff)
		}
	}
}

func ExampleProve() {
	f, err := vernac.Parse("Example.v", "Lemma plus_0 : forall n : nat, n + 0 = n.\nAdmitted.\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := prove.Prove(context.Background(), f, vernac.Holes(f)[0], prove.Options{Time: time.Minute})
	fmt.Println(r.Verified, len(r.Axioms), err)
	fmt.Println(r.Script)
	// Output:
	// true 0 <nil>
	// auto.
}

// Novelty in the value changes where the search looks, not what counts as a proof.
func TestNovelty(t *testing.T) {
	f := parse(t, lists)
	r, err := prove.Prove(t.Context(), f, vernac.Holes(f)[0], prove.Options{Time: 30 * time.Second, Novelty: 0.3})
	if err != nil || !r.Verified {
		t.Errorf("%v, %+v", err, r)
	}
}
