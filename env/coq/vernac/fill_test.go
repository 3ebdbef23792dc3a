package vernac

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFill(t *testing.T) {
	const two = "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - auto.\nAdmitted.\n"
	for _, c := range []struct {
		name, text string
		hole       int
		proof      string
		want       string
	}{
		{"admitted", "Lemma a : A.\nProof.\nAdmitted.\n", 0, "exact I.", "Lemma a : A.\nProof.\n  exact I.\nQed.\n"},
		{"no proof", "Lemma a : A.\nAdmitted.", 0, "exact I.", "Lemma a : A.\nProof.\n  exact I.\nQed."},
		{"indented", "  Lemma a : A.\n  Proof.\n  Admitted.\n", 0, "split.\n- auto.\n- idtac \"a\n b\". auto.", "  Lemma a : A.\n  Proof.\n    split.\n    - auto.\n    - idtac \"a\n b\". auto.\n  Qed.\n"},
		{"deeper", "Lemma a : A.\nProof.\n    Admitted.\n", 0, "a.\nb.", "Lemma a : A.\nProof.\n    a.\n    b.\n    Qed.\n"},
		{"one line", "Lemma a : A. Proof. Admitted. (* c *)\n", 0, "exact I.", "Lemma a : A. Proof. exact I. Qed. (* c *)\n"},
		{"one line, long", "Lemma a : A. Proof. Admitted. (* c *)\n", 0, "a.\nb.", "Lemma a : A. Proof.\n  a.\n  b.\nQed. (* c *)\n"},
		{"comment before", "Lemma a : A.\nProof. (* c *) Admitted.\n", 0, "a.\nb.", "Lemma a : A.\nProof. (* c *)\n  a.\n  b.\nQed.\n"},
		{"goal", "Goal A. Admitted.", 0, "exact I.", "Goal A. Proof. exact I. Qed."},
		{"goal, long", "Goal A. Admitted.", 0, "a.\nb.", "Goal A.\nProof.\n  a.\n  b.\nQed."},
		{"crlf", "Lemma a : A.\r\nProof.\r\nAdmitted.\r\n", 0, "a.\nb.", "Lemma a : A.\r\nProof.\r\n  a.\r\n  b.\r\nQed.\r\n"},
		{"crlf in the proof", "Lemma a : A.\nProof.\nAdmitted.\n", 0, "\r\na.\r\n\r\nb.\r\n", "Lemma a : A.\nProof.\n  a.\n\n  b.\nQed.\n"},
		{"kept steps", "Lemma a : A.\n    intros.\nAdmitted.\n", 0, "a.\nb.", "Lemma a : A.\nProof.\n    intros.\n    a.\n    b.\nQed.\n"},
		{"kept steps in line", "Lemma a : A. intros. Admitted.\n", 0, "a.", "Lemma a : A. Proof. intros. a. Qed.\n"},
		{"kept bullets", "Lemma a : A.\nProof.\n  split.\n  - auto.\nAdmitted.\n", 0, "- a.\n  b.", "Lemma a : A.\nProof.\n  split.\n  - auto.\n  - a.\n    b.\nQed.\n"},
		{"tabs", "\tLemma a : A.\n\tProof.\n\tAdmitted.\n", 0, "a.\nb.", "\tLemma a : A.\n\tProof.\n\t  a.\n\t  b.\n\tQed.\n"},
		{"command before Proof", "Lemma a : A.\nUnset Printing Notations.\nProof.\nAdmitted.\n", 0, "a.", "Lemma a : A.\nUnset Printing Notations.\nProof.\n  a.\nQed.\n"},
		{"all admitted", "Lemma a : A.\nProof.\n  split.\n  all: admit.\nAdmitted.\n", 0, "- a.\n- b.", "Lemma a : A.\nProof.\n  split.\n  - a.\n  - b.\nQed.\n"},
		{"timed", "Lemma a : A.\nProof.\nTime Admitted.\n", 0, "a.", "Lemma a : A.\nProof.\n  a.\nQed.\n"},
		{"admit", two, 0, "auto.", "Lemma a : A.\nProof.\n  split.\n  - auto.\n  - auto.\nQed.\n"},
		{"admit, long", two, 0, "a.\nb.", "Lemma a : A.\nProof.\n  split.\n  - a.\n    b.\n  - auto.\nQed.\n"},
		{"admit, bullets", two, 0, "a.\n- b.\n- c.", "Lemma a : A.\nProof.\n  split.\n  - { a.\n      - b.\n      - c. }\n  - auto.\nQed.\n"},
		{"admit, braces", two, 0, "a. { b. } c.", "Lemma a : A.\nProof.\n  split.\n  - a. { b. } c.\n  - auto.\nQed.\n"},
		{"admit in braces", "Lemma a : A.\nProof.\n  split.\n  { admit. }\n  auto.\nAdmitted.\n", 0, "a.\n- b.\n- c.", "Lemma a : A.\nProof.\n  split.\n  { a.\n    - b.\n    - c. }\n  auto.\nQed.\n"},
		{"admit in a bullet in braces", "Lemma a : A.\nProof.\n  split. { - b. { c. } - admit. }\nAdmitted.\n", 0, "- d.\n- e.", "Lemma a : A.\nProof.\n  split. { - b. { c. } - { - d.\n                           - e. } }\nQed.\n"},
		{"admit at the end", "Lemma a : A.\nProof.\n  intros. admit.\nAdmitted.\n", 0, "a.\n- b.\n- c.", "Lemma a : A.\nProof.\n  intros. a.\n          - b.\n          - c.\nQed.\n"},
		{"admit, more follows", "Lemma a : A.\nProof.\n  split. admit. auto.\nAdmitted.\n", 0, "a. b.", "Lemma a : A.\nProof.\n  split. { a. b. } auto.\nQed.\n"},
		{"admit, one follows", "Lemma a : A.\nProof.\n  split. admit. auto.\nAdmitted.\n", 0, "a; b.", "Lemma a : A.\nProof.\n  split. a; b. auto.\nQed.\n"},
		{"two admits", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - give_up .\nAdmitted.\n", 1, "auto.", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - auto.\nAdmitted.\n"},
		{"hidden admit", "Lemma a : A.\nProof.\n  split.\n  - admit.\n  - idtac; admit.\nAdmitted.\n", 0, "auto.", "Lemma a : A.\nProof.\n  split.\n  - auto.\n  - idtac; admit.\nAdmitted.\n"},
		{"admit that was never allowed", "Lemma a : A.\nProof.\n  admit.\nQed.\n", 0, "auto.", "Lemma a : A.\nProof.\n  auto.\nQed.\n"},
		{"open", "Lemma a : A.\nProof.\n  split. (* c *)\n\n", 0, "a.\nb.", "Lemma a : A.\nProof.\n  split. (* c *)\n  a.\n  b.\nQed.\n\n"},
		{"open, nothing yet", "Lemma a : A.", 0, "a.", "Lemma a : A.\nProof.\n  a.\nQed."},
		{"open, something admitted", "Lemma a : A.\nProof.\n  split. admit.\n", 1, "a.", "Lemma a : A.\nProof.\n  split. admit.\n  a.\nAdmitted.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := parse(t, c.text)
			filled(t, f, Holes(f)[c.hole], c.proof, c.want)
		})
	}
}

func TestFillRedo(t *testing.T) {
	for _, c := range []struct{ name, text, proof, want string }{
		{"lines", "Lemma a : A.\nProof.\n  x.\n  (* old *)\n  y.\nQed.\n", "b.\nc.", "Lemma a : A.\nProof.\n  b.\n  c.\nQed.\n"},
		{"one line", "Lemma a : A. Proof. x. y. Qed.\n", "b. c.", "Lemma a : A. Proof. b. c. Qed.\n"},
		{"one line, long", "Lemma a : A.\nProof. x. y. Qed.\n", "b.\nc.", "Lemma a : A.\nProof.\n  b.\n  c.\nQed.\n"},
		{"defined", "  Definition a : A.\n  Proof.\n    x.\n  Defined.\n", "b.", "  Definition a : A.\n  Proof.\n    b.\n  Defined.\n"},
		{"no Proof", "Lemma a : A.\n  x.\nQed.\n", "b.", "Lemma a : A.\nProof.\n  b.\nQed.\n"},
		{"nothing", "Lemma a : A.\nProof.\nQed.\n", "b.", "Lemma a : A.\nProof.\n  b.\nQed.\n"},
		{"term", "Lemma a : A.\nProof eq_refl.\n", "b.", "Lemma a : A.\nProof.\n  b.\nQed.\n"},
		{"using", "Lemma a : A.\nProof using x. y. Qed.\n", "b.", "Lemma a : A.\nProof using x. b. Qed.\n"},
		{"aborted", "Lemma a : A.\nProof.\n  x.\nAbort.\n", "b.", "Lemma a : A.\nProof.\n  b.\nQed.\n"},
		{"admitted with steps", "Lemma a : A.\nProof.\n  split.\n  - admit.\nAdmitted.\n", "b.", "Lemma a : A.\nProof.\n  b.\nQed.\n"},
		{"open", "Lemma a : A.\nProof.\n  x.\n  y. (* c *)\n", "b.", "Lemma a : A.\nProof.\n  b.\nQed.\n"},
		{"named", "Lemma a : A.\nProof.\n  x.\nDefined a.\n", "b.", "Lemma a : A.\nProof.\n  b.\nDefined a.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := parse(t, c.text)
			h, err := f.Redo("a")
			if err != nil {
				t.Fatal(err)
			}
			filled(t, f, h, c.proof, c.want)
		})
	}
}

func filled(t *testing.T, f *File, h Hole, proof, want string) {
	t.Helper()
	got, err := f.Fill(h, proof)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFillErrors(t *testing.T) {
	f := parse(t, "Lemma a : A.\nProof.\nAdmitted.\n")
	h := Holes(f)[0]
	const start = "the proof of a (Admitted) at 3:1 can't be put into a.v: "
	for _, c := range []struct{ proof, want string }{
		{"", `it has no tactic such as "auto."`},
		{" (* c *) ", `it has no tactic such as "auto."`},
		{"auto", "coq text:1:1: the sentence that begins here has no end: it lacks a dot with a blank behind"},
		{"auto. (* c", "coq text:1:7: the comment that begins here is never closed: it lacks a *)"},
		{"auto. Qed. Lemma b : C. auto.", `"Qed." is a command, and only tactics may stand there`},
		{"Time Redirect \"x\" Print nat.", `"Time Redirect \"x\" Print nat." is a command, and only tactics may stand there`},
		{"#[local] Definition b := 1.", `"#[local] Definition b := 1." is a command, and only tactics may stand there`},
		{"- { } +", `it has no tactic such as "auto."`},
		{"Redirect \"x\" auto.", `"Redirect \"x\" auto." is a command, and only tactics may stand there`},
		{"Local auto.", `"Local auto." is a command, and only tactics may stand there`},
		{"#[] auto.", `"#[] auto." is a command, and only tactics may stand there`},
		{"auto. }", "a } closes a brace that was opened outside"},
		{"} {", "a } closes a brace that was opened outside"},
		{"{ auto.", "a { is never closed"},
		{"idtac; admit.", "it has the word admit, which proves nothing or runs another program"},
		{"exact_no_check I.", "it has the word exact_no_check, which proves nothing or runs another program"},
		{"auto.\x1b[2J", "it has the control character U+001B"},
		{"auto.\u202e", "it has the invisible character U+202E"},
		{"\xff.", "it is not valid UTF-8"},
	} {
		if _, err := f.Fill(h, c.proof); err == nil || err.Error() != start+c.want {
			t.Errorf("%q: %v\nwant %s", c.proof, err, start+c.want)
		}
	}
	for _, h := range []Hole{
		{}, {Theorem: 7, Kind: Admitted, Before: 2}, {Theorem: -1}, {0, "a", Admitted, 3, 1, 1}, {0, "a", Admitted, 3, 2, 2},
		{0, "b", Admitted, 3, 1, 2}, {0, "a", Admit, 3, 1, 2}, {0, "a", Open, 3, 1, 3}, {0, "a", Redo, 1, 1, 0}, {0, "a", "x", 3, 1, 2},
		{0, "a", Admitted, 3, 1, -1}, {0, "a", Admitted, 3, 1, 99},
	} {
		_, err := f.Fill(h, "auto.")
		if want := "a.v: " + h.String() + " is not a place of this text where a proof is missing: read the file again"; err == nil || err.Error() != want {
			t.Errorf("%+v: %v\nwant %s", h, err, want)
		}
	}
}

// undo takes out what edits put in.
func undo(old, filled string, edits []Edit) string {
	back := make([]Edit, len(edits))
	shift := 0
	for i, e := range edits {
		back[i] = Edit{e.Start + shift, e.Start + shift + len(e.Text), old[e.Start:e.End]}
		shift += len(e.Text) - (e.End - e.Start)
	}
	return apply(filled, back)
}

// refill checks what must hold of any hole that is filled.
func refill(t interface{ Fatalf(string, ...any) }, f *File, h Hole, proof string) {
	edits, err := f.Edits(h, proof)
	if err != nil {
		t.Fatalf("%q: %s: %v", f.Text, h, err)
	}
	got := apply(f.Text, edits)
	if back := undo(f.Text, got, edits); back != f.Text {
		t.Fatalf("%q: %s: taken out again it is %q", f.Text, h, back)
	}
	g, err := Parse(f.Path, got)
	if err != nil {
		t.Fatalf("%q: %s: filled it is %q: %v", f.Text, h, got, err)
	}
	if len(g.Theorems) != len(f.Theorems) {
		t.Fatalf("%q: %s: filled it is %q, with %d theorems, not %d", f.Text, h, got, len(g.Theorems), len(f.Theorems))
	}
	for i, x := range f.Theorems {
		if y := g.Theorems[i]; x.Name != y.Name || x.Statement != y.Statement || i != h.Theorem && x.Ending != y.Ending {
			t.Fatalf("%q: %s: filled it is %q, and %+v is %+v", f.Text, h, got, x, y)
		}
	}
	for _, e := range edits {
		if strings.Contains(f.Text, "\r\n") && !strings.Contains(strings.ReplaceAll(f.Text, "\r\n", ""), "\n") && strings.Contains(strings.ReplaceAll(e.Text, "\r\n", ""), "\n") {
			t.Fatalf("%q: a line of %q ends without a carriage return", f.Text, e.Text)
		}
	}
	others := func(f *File) (list []string) {
		for _, x := range Holes(f) {
			if x.Theorem != h.Theorem && x.Kind != Open {
				list = append(list, fmt.Sprint(x.Theorem, x.Kind))
			}
		}
		return list
	}
	if d := cmp.Diff(others(f), others(g)); d != "" {
		t.Fatalf("%q: %s: filled it is %q, and other holes have changed: %s", f.Text, h, got, d)
	}
	if n, m := len(f.admits(f.Theorems[h.Theorem])), len(g.admits(g.Theorems[h.Theorem])); h.Kind == Admit && m != n-1 {
		t.Fatalf("%q: %s: filled it is %q, with %d admits after %d", f.Text, h, got, m, n)
	}
	if e := g.Theorems[h.Theorem].Ending; h.Kind != Admit && e != "Qed" && e != "Defined" && f.givesUp(f.Theorems[h.Theorem], h.Before) == 0 {
		t.Fatalf("%q: %s: filled it is %q, which ends in %q", f.Text, h, got, e)
	}
}

func TestFillAnything(t *testing.T) {
	pieces := []string{
		"Lemma a : b.", "Lemma c : d.", "Proof.", "Proof using x.", "Qed.", "Admitted.", "admit.", "- admit.", "{ admit. }", "split.", "- auto.",
		"Goal x.", "Defined.", "Set X.", "all: admit.", "idtac; admit.", "(* c. *)", "Section s.", "End s.", "Definition e := f.",
	}
	proofs := []string{"auto.", "a.\nb.", "a.\n- b.\n- c.", "{ a. }\n{ b. }", "idtac \"x\n y\". b."}
	rapid.Check(t, func(t *rapid.T) {
		newline := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "newline")
		gaps := []string{" ", newline, newline + "  ", newline + "\t", newline + newline}
		var b strings.Builder
		for _, p := range rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces") {
			b.WriteString(p + rapid.SampledFrom(gaps).Draw(t, "gap"))
		}
		text := b.String()
		if rapid.Bool().Draw(t, "trim") {
			text = strings.TrimSpace(text)
		}
		f, err := Parse("a.v", text)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range Holes(f) {
			refill(t, f, h, rapid.SampledFrom(proofs).Draw(t, "proof"))
		}
		for i := range f.Theorems {
			if h, err := f.RedoOf(i); err == nil {
				refill(t, f, h, rapid.SampledFrom(proofs).Draw(t, "proof"))
			}
		}
	})
}

// Another proof for a theorem leaves all else as it was, whatever the file.
func TestRedoSources(t *testing.T) {
	eachSource(t, func(t *testing.T, f *File) {
		if len(f.Theorems) == 0 {
			return
		}
		h, err := f.RedoOf(len(f.Theorems) / 2)
		if err != nil {
			t.Fatal(err)
		}
		refill(t, f, h, "auto.")
	})
}

// A file is filled hole by hole; what comes out is what Coq accepts.
func TestFillLikeCoq(t *testing.T) {
	f := testdata(t, "holes.v.in")
	h, err := f.Redo("three")
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.Fill(h, "exists 3.\nreflexivity.")
	if err != nil {
		t.Fatal(err)
	}
	for _, proof := range []string{
		"induction n as [|n IH].\n- reflexivity.\n- simpl.\n  rewrite IH.\n  reflexivity.",
		"reflexivity.",
		"destruct n.\n- reflexivity.\n- reflexivity.",
		"induction n as [|m IH].\n- reflexivity.\n- simpl. rewrite IH. reflexivity.",
		"destruct n. { reflexivity. } reflexivity.",
		"split.\n- reflexivity.\n- reflexivity.",
		"induction a as [|a IH].\n{ rewrite Nat.add_0_r. reflexivity. }\nrewrite Nat.add_succ_r. simpl.\nrewrite IH. reflexivity.",
		"- reflexivity.\n- reflexivity.",
		"reflexivity.",
	} {
		f = parse(t, text)
		holes := Holes(f)
		if len(holes) == 0 {
			t.Fatalf("nothing is left for %q", proof)
		}
		if text, err = f.Fill(holes[0], proof); err != nil {
			t.Fatal(err)
		}
	}
	if left := Holes(parse(t, text)); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	golden(t, "holes.golden", text)
	dir := t.TempDir()
	file(t, filepath.Join(dir, "holes.v"), text, 0o600)
	coq(t, dir, "coqc", "-q", "-noglob", "-w", "none", "holes.v")
}
