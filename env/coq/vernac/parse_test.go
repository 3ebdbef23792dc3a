package vernac

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What opens a proof, and what only looks like it.
func TestTheorems(t *testing.T) {
	const proof = " idtac. Qed."
	for _, c := range []struct{ text, kind, name, statement string }{
		{"Lemma a n (m := 1) : n = m.", "Lemma", "a", "n (m := 1) : n = m"},
		{"Theorem a : True.", "Theorem", "a", ": True"},
		{"Fact a : True.", "Fact", "a", ": True"},
		{"Remark a : True.", "Remark", "a", ": True"},
		{"Corollary a : True.", "Corollary", "a", ": True"},
		{"Proposition a : True.", "Proposition", "a", ": True"},
		{"Property a : True.", "Property", "a", ": True"},
		{"Lemma a' (* c. *) : (* d *) True .", "Lemma", "a'", "(* c. *) : (* d *) True"},
		{"Lemma a@{u v} : True.", "Lemma", "a", "@{u v} : True"},
		{"Lemma a : match 1 with O => True | S _ => False end.", "Lemma", "a", ": match 1 with O => True | S _ => False end"},
		{"Goal 1 = 1.", "Goal", "", "1 = 1"},
		{"Definition a : nat.", "Definition", "a", ": nat"},
		{"Definition a : let x := 1 in x = x.", "Definition", "a", ": let x := 1 in x = x"},
		{"Definition a (x : nat := 1) : nat.", "Definition", "a", "(x : nat := 1) : nat"},
		{"Example a : 1 = 1.", "Example", "a", ": 1 = 1"},
		{"Let a : 1 = 1.", "Let", "a", ": 1 = 1"},
		{"Let Fixpoint a (n : nat) : nat.", "Let", "a", "(n : nat) : nat"},
		{"Fixpoint a (n : nat) : nat.", "Fixpoint", "a", "(n : nat) : nat"},
		{"CoFixpoint a : Stream nat.", "CoFixpoint", "a", ": Stream nat"},
		{"Instance a : C.", "Instance", "a", ": C"},
		{"Instance a : C | 3.", "Instance", "a", ": C | 3"},
		{"Instance : C.", "Instance", "", ": C"},
		{"#[export, refine] Instance a : C := {| f := _ |}.", "Instance", "a", ": C := {| f := _ |}"},
		{"Add Morphism f with signature eq ==> eq as f_mor.", "Add Morphism", "f_mor", "f with signature eq ==> eq as f_mor"},
		{"Add Parametric Morphism A : (@f A) with signature eq ==> eq as f_mor.", "Add Morphism", "f_mor", "A : (@f A) with signature eq ==> eq as f_mor"},
		{"Function a (n : nat) {measure f n} : nat := n.", "Function", "a", "(n : nat) {measure f n} : nat := n"},
		{"Function a (n : nat) {wf lt n} : nat := n.", "Function", "a", "(n : nat) {wf lt n} : nat := n"},
		{"Next Obligation.", "Next Obligation", "", ""},
		{"Final Obligation of a.", "Final Obligation", "", ""},
		{"Obligation 2 of a.", "Obligation", "", ""},
		{"Program Lemma a : True.", "Lemma", "a", ": True"},
		{"Program Definition a : True.", "Definition", "a", ": True"},
		{"Local Lemma a : True.", "Lemma", "a", ": True"},
		{"Global Polymorphic Lemma a : True.", "Lemma", "a", ": True"},
		{"#[local] Lemma a : True.", "Lemma", "a", ": True"},
		{"Time Lemma a : True.", "Lemma", "a", ": True"},
		{"Timeout 3 Lemma a : True.", "Lemma", "a", ": True"},
		{"Derive a SuchThat (a = 1) As b.", "Derive", "b", "(a = 1) As b"},
		{"Equations? a (n : nat) : nat := a n := n.", "Equations", "", ""},
	} {
		f := parse(t, c.text+proof)
		if len(f.Theorems) != 1 {
			t.Errorf("%s: opens %d proofs", c.text, len(f.Theorems))
			continue
		}
		got := f.Theorems[0]
		if d := cmp.Diff([]string{c.kind, c.name, c.statement}, []string{got.Kind, got.Name, got.Statement}); d != "" {
			t.Errorf("%s:\n%s", c.text, d)
		}
		if got.Stated != 0 || got.First != 1 || got.Last != 2 || got.Ending != "Qed" || got.Steps != 1 {
			t.Errorf("%s: %+v", c.text, got)
		}
	}
	for _, text := range []string{
		"Definition a := 1.", "Definition a : nat := 1.", "Definition a (n : nat) : nat := let x := n in x.",
		"Definition a : let x := 1 in nat := 2.", "Definition a : fix f n := n := 3.",
		"Fixpoint a (n : nat) : nat := match n with O => 1 | S m => a m end.", "Example a : nat := 1.", "Let a := 1.",
		"Let Fixpoint a (n : nat) := 1.", "Instance a : C := {}.", "Instance a : C := b.", "Program Instance a : C.", "Program Definition a : nat := _.",
		"#[program] Instance a : C.", "Existing Instance a.", "Declare Instance a : C.", "Add Parametric Relation A : A eq as r.",
		"Add Ring r : th.", "Declare Morphism f : s.", "Function a (n : nat) {struct n} : nat := n.", "Obligation Tactic := auto.",
		"Obligations.", "Solve Obligations.", "Axiom a : True.", "Parameter a : True.", "Fail Lemma a : True.", "Succeed Lemma a : True.",
		"Class C := { f : nat }.", "Module Type T.", "Notation \"'Lemma' x\" := x.", "Derive Inversion a with b.", "Equations a (n : nat) : nat := a n := n.",
		"Canonical a := b.", "Coercion f : A >-> B.", "Ltac a := auto.", "idtac.", "(* Lemma a : True. *)",
	} {
		if f := parse(t, text); len(f.Theorems) != 0 {
			t.Errorf("%s: opens the proof %+v", text, f.Theorems[0])
		}
	}
}

func TestProofs(t *testing.T) {
	type want struct {
		Module, Name, Ending      string
		Stated, First, Last, Step int
	}
	for _, c := range []struct {
		name, text string
		want       []want
	}{
		{"structure is no step", "Lemma a : b.\nProof.\n split.\n - { auto. }\n - 1: auto.\nQed.", []want{{"", "a", "Qed", 0, 1, 9, 3}}},
		{"no Proof", "Lemma a : b. auto. Qed.", []want{{"", "a", "Qed", 0, 1, 2, 1}}},
		{"defined", "Lemma a : b. Proof. Defined.", []want{{"", "a", "Defined", 0, 1, 2, 0}}},
		{"named ending", "Lemma a : b. Proof. Defined c.", []want{{"", "a", "Defined", 0, 1, 2, 0}}},
		{"saved", "Goal b. auto. Save c.", []want{{"", "", "Save", 0, 1, 2, 1}}},
		{"aborted", "Lemma a : b. Proof. Abort.", []want{{"", "a", "Abort", 0, 1, 2, 0}}},
		{"term", "Lemma a : b. Proof I. Lemma c : d. Proof (x y). ", []want{{"", "a", "Proof", 0, 1, 1, 0}, {"", "c", "Proof", 2, 3, 3, 0}}},
		{"using is no term", "Lemma a : b. Proof using A. auto. Qed.", []want{{"", "a", "Qed", 0, 1, 3, 1}}},
		{"with is no term", "Lemma a : b. Proof with auto. auto... Qed.", []want{{"", "a", "Qed", 0, 1, 3, 1}}},
		{"mode is no term", "Lemma a : b. Proof Mode \"Classic\". auto. Qed.", []want{{"", "a", "Qed", 0, 1, 3, 1}}},
		{"open", "Lemma a : b. Proof. auto.", []want{{"", "a", "", 0, 1, -1, 1}}},
		{"open at once", "Lemma a : b.", []want{{"", "a", "", 0, 1, -1, 0}}},
		{"nested", "Lemma a : b. auto. Lemma c : d. easy. easy. Qed. auto. Qed.", []want{{"", "a", "Qed", 0, 1, 7, 2}, {"", "c", "Qed", 2, 3, 5, 2}}},
		{"failing end", "Lemma a : b. Fail Qed. Time auto. Time Qed.", []want{{"", "a", "Qed", 0, 1, 3, 1}}},
		{"commands are no steps", "Lemma a : b. Set Printing All. Show. Unshelve. auto. Qed.", []want{{"", "a", "Qed", 0, 1, 5, 1}}},
		{"modules", "Module M. Module Import N (X : T). Section s. Lemma a : b. Qed. End s. End N. Lemma c : d. Qed. End M. Lemma e : f. Qed.",
			[]want{{"M.N", "a", "Qed", 3, 4, 4, 0}, {"M", "c", "Qed", 7, 8, 8, 0}, {"", "e", "Qed", 10, 11, 11, 0}}},
		{"modules that don't open", "Module M := N. Module Type T := U. Declare Module X : T. Module L : T := N. Lemma a : b. Qed.",
			[]want{{"", "a", "Qed", 4, 5, 5, 0}}},
		{"module with a definition", "Module M : T with Definition t := nat. Lemma a : b. Qed.", []want{{"M", "a", "Qed", 1, 2, 2, 0}}},
		{"stray end", "Qed. End x. Lemma a : b. Qed.", []want{{"", "a", "Qed", 2, 3, 3, 0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []want
			for _, x := range parse(t, c.text).Theorems {
				got = append(got, want{x.Module, x.Name, x.Ending, x.Stated, x.First, x.Last, x.Steps})
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTogether(t *testing.T) {
	f := parse(t, "Lemma a : match x with y => z end\nwith b n : (with c)\nwith d : e.\nAdmitted.")
	if d := cmp.Diff([]string{"a", "b", "d"}, f.Theorems[0].Names); d != "" {
		t.Error(d)
	}
}

func TestParseError(t *testing.T) {
	_, err := Parse("dir/a.v", "Lemma a : b.\n  (* c")
	if want := "dir/a.v:2:3: the comment that begins here is never closed: it lacks a *)"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestScriptAndTactics(t *testing.T) {
	f := parse(t, "Lemma a : b.\nProof.\n  split.\n  - { auto . }\n  - 2: simpl  in\n   *; (* c. *) easy...\n  all: idtac \"a  b\".\nQed.\nGoal b. Qed.")
	if d := cmp.Diff([]string{"split", "auto", "simpl in *; easy", `idtac "a  b"`}, f.Tactics(f.Theorems[0])); d != "" {
		t.Error(d)
	}
	script := f.Script(f.Theorems[0])
	if !strings.HasPrefix(script, "split.\n") || !strings.HasSuffix(script, "\"a  b\".") {
		t.Errorf("the script is %q", script)
	}
	if s := f.Script(f.Theorems[1]); s != "" {
		t.Errorf("the script of nothing is %q", s)
	}
	line, col := f.Place(f.Sentences[2].Start)
	if line != 3 || col != 3 {
		t.Errorf("the first tactic stands at %d:%d", line, col)
	}
}

// In a file that Coq accepts every proof has its end, and nothing but proofs
// stands in proofs.
func TestParseSources(t *testing.T) {
	theorems := 0
	eachSource(t, func(t *testing.T, f *File) {
		ends := map[int]bool{}
		for _, x := range f.Theorems {
			theorems++
			ends[x.Last] = true
			if x.Last < 0 {
				t.Errorf("%s: %s %s has no end", f.Path, x.Kind, x.Name)
			}
			if x.Name == "" && x.Kind != "Goal" && x.Kind != "Instance" && !strings.Contains(x.Kind, "Obligation") {
				t.Errorf("%s: a %s without a name: %s", f.Path, x.Kind, f.Sentences[x.Stated].Text)
			}
			if len(x.own) != max(0, x.Last-x.First) {
				t.Errorf("%s: another proof in that of %s", f.Path, x.Name)
			}
		}
		for i, s := range f.Sentences {
			if w := headOf(s.Text).word; endings[w] && !ends[i] {
				t.Errorf("%s: a %s that ends nothing in line %d", f.Path, w, f.lines.line(s.Start))
			}
		}
		for _, s := range f.sections {
			if s.last < 0 {
				t.Errorf("%s: a section without an end", f.Path)
			}
		}
	})
	t.Logf("%d theorems", theorems)
}

func TestTortureTheorems(t *testing.T) {
	f := testdata(t, "torture.v")
	var b strings.Builder
	for _, x := range f.Theorems {
		fmt.Fprintf(&b, "%s %s, %s, %d steps: %s\n", x.Kind, x.Name, x.Ending, x.Steps, strings.Join(f.Tactics(x), " | "))
	}
	golden(t, "theorems.golden", b.String())
}
