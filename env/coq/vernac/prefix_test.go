package vernac

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrefix(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"replaced", "Lemma a : b. Proof. auto. Qed.", []string{"Lemma a : b.", "Proof.", "Admitted."}},
		{"no Proof", "Lemma a : b. auto. Qed.", []string{"Lemma a : b.", "Admitted."}},
		{"term", "Lemma a : b. Proof c.", []string{"Lemma a : b.", "Admitted."}},
		{"admitted", "Lemma a : b. Proof. auto. Admitted.", []string{"Lemma a : b.", "Proof.", "Admitted."}},
		{"aborted", "A. Lemma a : b. Proof. auto. Abort. B.", []string{"A.", "B."}},
		{"opaque definition", "Definition a : b. Proof. auto. Qed.", []string{"Definition a : b.", "Proof.", "Admitted."}},
		{"harmless command", "Lemma a : b. Proof. Show. auto. Qed.", []string{"Lemma a : b.", "Proof.", "Admitted."}},
		{"local", "#[local] Lemma a : b. auto. Qed.", []string{"#[local] Lemma a : b.", "Admitted."}},
		{"open section", "Section s. Variable x : A. Lemma a : b. auto. Qed.", []string{"Section s.", "Variable x : A.", "Lemma a : b.", "Admitted."}},
		{"closed section without variables", "Section s. Lemma a : b. auto. Qed. End s.", []string{"Section s.", "Lemma a : b.", "Admitted.", "End s."}},
		{"closed section, using", "Section s. Context (x : A). Lemma a : b. Proof using x. auto. Qed. End s.",
			[]string{"Section s.", "Context (x : A).", "Lemma a : b.", "Proof using x.", "Admitted.", "End s."}},
		{"closed section, using as attribute", "Section s. Let x := 1. #[using=\"x\"] Lemma a : b. auto. Qed. End s.",
			[]string{"Section s.", "Let x := 1.", "#[using=\"x\"] Lemma a : b.", "Admitted.", "End s."}},
		{"variables around a module", "Module M. Variable x : A. Lemma a : b. auto. Qed. End M.", []string{"Module M.", "Variable x : A.", "Lemma a : b.", "Admitted.", "End M."}},
	} {
		f := parse(t, c.text+" Lemma last : True. Admitted.")
		hole := Holes(f)[len(Holes(f))-1]
		got := f.Prefix(hole, true)
		if d := cmp.Diff(append(c.want, "Lemma last : True."), texts(got)); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
		if d := cmp.Diff(f.Sentences[:hole.Before], f.Prefix(hole, false)); d != "" {
			t.Errorf("%s, all of it:\n%s", c.name, d)
		}
		for _, s := range got {
			if s.Text != "Admitted." && s.Text != f.Text[s.Start:s.End] {
				t.Errorf("%s: %q is not where it says", c.name, s.Text)
			}
		}
	}
	for _, text := range []string{
		"Lemma a : b. Proof. auto. Defined.", "Lemma a : b. auto. Save c.", "Let a : b. auto. Qed.", "Fixpoint a : b. auto. Qed.",
		"Next Obligation. auto. Qed.", "Program Lemma a : b. auto. Qed.", "Lemma a : b with c : d. auto. Qed.",
		"Lemma a : b. Ltac x := y. auto. Qed.", "Lemma a : b. Set X. auto. Qed.", "Lemma a : b. abstract auto. Qed.", "Lemma a : b. transparent_abstract auto. Abort.",
		"Polymorphic Lemma a : b. auto. Qed.", "#[universes(polymorphic)] Lemma a : b. auto. Qed.", "Set Universe Polymorphism. Lemma a : b. auto. Qed.", "Unset Keep Admitted Variables. Lemma a : b. auto. Qed.",
		"Section s. Variable x : A. Lemma a : b. auto. Qed. End s.", "Section s. Let x := 1. Lemma a : b. auto. Qed. End s.",
		"Section r. Hypothesis x : A. Section s. Lemma a : b. auto. Qed. End s. End r.",
		"Function a (n : nat) {measure n} : nat := n. auto. Defined.", "Add Morphism f with signature a as b. auto. Qed.",
	} {
		f := parse(t, text+" Lemma last : True. Admitted.")
		hole := Holes(f)[len(Holes(f))-1]
		if d := cmp.Diff(f.Prefix(hole, false), f.Prefix(hole, true)); d != "" {
			t.Errorf("%s: the script is not kept:\n%s", text, d)
		}
	}
}

// What stands around a hole is never replaced.
func TestPrefixAroundHole(t *testing.T) {
	f := parse(t, "Lemma a : b. Proof. x. - admit. - y. Lemma c : d. z. Qed. admit. w. Qed.")
	holes := Holes(f)
	if d := cmp.Diff([]string{"Lemma a : b.", "Proof.", "x.", "-"}, texts(f.Prefix(holes[0], true))); d != "" {
		t.Error(d)
	}
	want := []string{"Lemma a : b.", "Proof.", "x.", "-", "admit.", "-", "y.", "Lemma c : d.", "Admitted."}
	if d := cmp.Diff(want, texts(f.Prefix(holes[1], true))); d != "" {
		t.Error(d)
	}
	h, err := f.Redo("c")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want[:8], texts(f.Prefix(h, true))); d != "" {
		t.Error(d)
	}
}

// With scripts and without, Coq gives the theorems of a file the same types.
func TestPrefixLikeCoq(t *testing.T) {
	f := testdata(t, "sections.v")
	h, err := f.Redo("last")
	if err != nil {
		t.Fatal(err)
	}
	quick := f.Prefix(h, true)
	golden(t, "sections.golden", strings.Join(texts(quick), "\n")+"\n")
	names := "outside unused used said said_so type_only nothing_around two two_is_two with_abstract small_two by_instance count ev od in_open"
	types := func(list []Sentence) string {
		script := strings.Join(texts(list), "\n") + "\nSet Printing Width 1000.\n"
		for name := range strings.FieldsSeq(names) {
			script += "Check @" + name + ".\n"
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "a.v")
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		out, ok := coq(t, dir, "coqtop", "-q", "-w", "none", "-batch", "-l", path)
		if !ok {
			return ""
		}
		_, out, _ = strings.Cut(out, "outside")
		if !strings.Contains(out, "in_open") {
			t.Fatalf("Coq says only\n%s", out)
		}
		return out
	}
	if d := cmp.Diff(types(f.Prefix(h, false)), types(quick)); d != "" {
		t.Error(d)
	}
}
