package ask_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/prove/ask"
)

func TestRepairs(t *testing.T) {
	names := []string{"n", "m", "H", "IHn", "Nat.add_comm", "plus_n_O", "plus_n_Sm", "add_assoc"}
	const taken, missing = " is already used.", " was not found in the current environment."
	rows := []struct {
		name, tactic, words string
		want                []string
	}{
		{"an instance: left open", "apply eq_trans", "Unable to find an instance for the variable y.", []string{"eapply eq_trans"}},
		{"with a place", "apply H in K", "Unable to find an instance for the variables y, z.", []string{"eapply H in K"}},
		{"of rewrite", "rewrite eq_trans", "Unable to find an instance for the variables y, z.", []string{"erewrite eq_trans"}},
		{"of constructor", "constructor", "Unable to find an instance for the variable x.", []string{"econstructor"}},
		{"of a tactic that has no other form", "lia", "Unable to find an instance for the variable x.", nil},

		{"a taken name", "intros n k", "n" + taken, []string{"intros n0 k"}},
		{"fresh among the names and the tactic's own", "destruct m as [H | H0]", "H" + taken, []string{"destruct m as [H1 | H0]"}},
		{"where the name is made, not where it is used", "destruct n as [| n]", "n" + taken, []string{"destruct n as [| n0]"}},
		{"assert makes it at the beginning", "assert (H : H = H)", "H" + taken, []string{"assert (H0 : H = H)"}},
		{"in the words of set", "set (n := 3)", "The variable n is already declared.", []string{"set (n0 := 3)"}},
		{"a name with a number", "intros IHn7", "IHn7" + taken, []string{"intros IHn0"}},
		{"a taken name that is not there", "inversion K", "n" + taken, nil},

		{"an unknown name: two letters off", "rewrite plus_n_S", "The reference plus_n_S" + missing, []string{"rewrite plus_n_O", "rewrite plus_n_Sm"}},
		{"with its module", "rewrite add_comm, H", "The reference add_comm" + missing, []string{"rewrite Nat.add_comm, H"}},
		{"without its module", "rewrite Nat.add_assoc", "The reference Nat.add_assoc" + missing, []string{"rewrite add_assoc"}},
		{"wherever it stands", "rewrite ad_assoc, <- ad_assoc", "The reference ad_assoc" + missing, []string{"rewrite add_assoc, <- add_assoc"}},
		{"a whole name", "apply IHm IHm'", "The reference IHm" + missing, []string{"apply IHn IHm'"}},
		{"a hypothesis", "simpl in H0", "No such hypothesis: H0", []string{"simpl in H"}},
		{"a variable", "induction IHm", "The variable IHm" + missing, []string{"induction IHn"}},
		{"nothing like it", "lia", "The reference lia" + missing, nil},
		{"of one letter: anything is like it", "induction x", "The reference x" + missing, nil},
		{"in Lean's words", "rw [plus_n_0]", "unknown identifier 'plus_n_0'", []string{"rw [plus_n_O]", "rw [plus_n_Sm]"}},
		{"in Lean's newer words", "rw [add_comm]", "Unknown identifier `add_comm`", []string{"rw [Nat.add_comm]"}},

		{"too many names", "intros a b c", "No product even after head-reduction.", []string{"intros a b", "intros"}},
		{"a name and no product", "intro a", "No product even after head-reduction.", []string{"intros"}},
		{"a pattern", "intros [a b] c", "No product even after head-reduction.", []string{"intros"}},
		{"and something after it", "intros a b; auto", "No product even after head-reduction.", []string{"intros a; auto", "intros; auto"}},
		{"of another tactic", "simple induction n", "No product even after head-reduction.", []string{"intros; simple induction n"}},
		{"in Lean's words", "intro a b", "Tactic `introN` failed: insufficient number of binders", []string{"intro a", "intros"}},

		{"a bullet", "- auto", "Wrong bullet -: No bullet is expected.", []string{"auto"}},
		{"braces", "{ auto }", "Syntax error", []string{"auto"}},
		{"a record keeps its braces", "refine {| a := {| b := 1 |} |}", "Syntax error", nil},
		{"a bullet and a name", "+ intros n", "n" + taken, []string{"intros n", "intros n0"}},

		{"nothing is known of it", "auto", "Tactic failure.", nil},
		{"nothing is said", "apply f", "", nil},
		{"nothing is there", "", "n" + taken, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := ask.Repairs(row.tactic, proof.Failure{Tactic: row.tactic, Text: row.words}, names)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("Repairs(%q) after %q (-want +got):\n%s", row.tactic, row.words, diff)
			}
		})
	}
}

// Whatever the prover says, a repair is another tactic than the one refused.
func FuzzRepairs(f *testing.F) {
	f.Add("apply f", "Unable to find an instance for the variable y.", "f g")
	f.Add("intros n n'", "n is already used.", "n n0 n1")
	f.Add("rewrite ab.cd \"ab.cd", "The reference ab.cd was not found", "cd ab.ce ✝")
	f.Add("- intro", "No product even after head-reduction.", "")
	f.Add("x", "No such hypothesis: x.", "y")
	f.Fuzz(func(t *testing.T, tactic, words, names string) {
		got := ask.Repairs(tactic, proof.Failure{Tactic: tactic, Text: words}, strings.Fields(names))
		if len(got) > 6 {
			t.Fatalf("%d repairs of %q", len(got), tactic)
		}
		for i, r := range got {
			if r == "" || r != strings.TrimSpace(r) || r == strings.TrimSpace(tactic) || slices.Contains(got[:i], r) {
				t.Fatalf("Repairs(%q, %q) = %q", tactic, words, got)
			}
		}
	})
}
