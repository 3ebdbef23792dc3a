package coq

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/proof"
)

func TestHyps(t *testing.T) {
	for _, row := range []struct {
		line string
		want []proof.Hyp
	}{
		{"n, m : nat", []proof.Hyp{{Name: "n", Type: "nat"}, {Name: "m", Type: "nat"}}},
		{"x := 1 : nat", []proof.Hyp{{Name: "x", Body: "1", Type: "nat"}}},
		{"f := fun n : nat => n : nat -> nat", []proof.Hyp{{Name: "f", Body: "fun n : nat => n", Type: "nat -> nat"}}},
		{"H : forall n : nat, n = n", []proof.Hyp{{Name: "H", Type: "forall n : nat, n = n"}}},
		{"odd", []proof.Hyp{{Name: "odd"}}},
	} {
		if diff := cmp.Diff(row.want, hypsOf(row.line)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", row.line, diff)
		}
	}
}

func TestNormal(t *testing.T) {
	base := ide.Goal{Hyps: []string{"n, m : nat", "H : @eq nat n m"}, Concl: "@eq nat m (S.add n ?x)"}
	for _, row := range []struct {
		name string
		goal ide.Goal
		same bool
	}{
		{"other names", ide.Goal{Hyps: []string{"a, b : nat", "E : @eq nat a b"}, Concl: "@eq nat b  (S.add a ?Goal0)"}, true},
		{"names on lines of their own", ide.Goal{Hyps: []string{"a : nat", "b : nat", "E : @eq nat a b"}, Concl: "@eq nat b (S.add a ?y)"}, true},
		{"other order", ide.Goal{Hyps: []string{"a, b : nat", "E : @eq nat b a"}, Concl: "@eq nat b (S.add a ?x)"}, false},
		{"another constant", ide.Goal{Hyps: base.Hyps, Concl: "@eq nat m (S.mul n ?x)"}, false},
		{"a constant named like a hypothesis elsewhere", ide.Goal{Hyps: base.Hyps, Concl: "@eq nat m (n.add n ?x)"}, false},
		{"no variable", ide.Goal{Hyps: base.Hyps, Concl: "@eq nat m (S.add n x)"}, false},
	} {
		one, open := normal(base, map[string]string{})
		two, _ := normal(row.goal, map[string]string{})
		if !open {
			t.Error("an existential variable is not seen")
		}
		if (one == two) != row.same {
			t.Errorf("%s: equal %v, want %v\n%s\n%s", row.name, one == two, row.same, one, two)
		}
	}
}

// Tokens are the text, cut.
func FuzzTokens(f *testing.F) {
	f.Add("forall x' : Nat.t, ?y + x'.1 = \"é\"")
	f.Add("\xff.a.")
	f.Fuzz(func(t *testing.T, text string) {
		var b strings.Builder
		tokens(text, func(tok string, _ bool) {
			if tok == "" {
				t.Fatal("an empty token")
			}
			b.WriteString(tok)
		})
		if b.String() != text {
			t.Errorf("%q is cut into %q", text, b.String())
		}
		hypsOf(text)
	})
}

func TestClassifyWords(t *testing.T) {
	for words, want := range map[string]proof.Class{
		"Unable to unify \"1\" with \"2\".":                           proof.NoUnify,
		"The reference foo was not found in the current environment.": proof.UnknownName,
		"Syntax error: [ltac_expr] expected.":                         proof.Syntax,
		"Stack overflow.":                                             proof.Memory,
		"Timeout!":                                                    proof.Timeout,
		"Something else.":                                             proof.Other,
	} {
		if got, _ := classify(&ide.Refusal{Text: words}); got != want {
			t.Errorf("%q is %q, want %q", words, got, want)
		}
	}
	long := strings.Repeat("In environment x : nat. ", 30) + "The last sentence says it all."
	if got := canonical(long); got != "The last sentence says it all." {
		t.Errorf("of a long text is kept %q", got)
	}
}
