package vernac

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var seeds = []string{
	"", holed, "A.", "Lemma a : b.\r\nProof.\r\n- admit.\r\nAdmitted.", "Goal x. split. { admit. } -admit. Admitted.", "(* (* \"*)\" *) a. *) b.",
	"Lemma a : b with c : d. 2: { x. } [y]: { z. } all: admit. Admitted.", "a \"b. \"\"", "x.. y ... lp:{{ . }} .", "Module M. Section s. Let x : y. Qed. End s. End M.",
	"#[a(b=\"]\")] Time Lemma a : b. Proof c. Fail Qed. Redirect \"x\" Qed.", "Definition a : let x := 1 in x = x. Proof using a. Defined. Goal b.\n\tx.\n  ",
	"αβ.γ₁ é. \xff. (*)", "Function f {measure x} := y. Next Obligation. Obligation 3. Add Morphism f as g. Derive a SuchThat b As c. Equations? f.",
}

func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, at, reason := split(text)
		if reason != "" {
			stop := 0
			if n := len(list); n > 0 {
				stop = list[n-1].End
			}
			if at < stop || at >= len(text) {
				t.Fatalf("%q: %s at %d", text, reason, at)
			}
			whole(t, text[:stop], list)
			return
		}
		whole(t, text, list)
		for _, s := range list {
			again, err := Split(s.Text)
			if err != nil || len(again) != 1 || again[0].Text != s.Text {
				t.Fatalf("%q alone is %v, %v", s.Text, again, err)
			}
		}
	})
}

func FuzzFill(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "auto.\n- split. (* c *)\n- { idtac \"a\n b\". }")
		f.Add(s, "auto.")
	}
	f.Fuzz(func(t *testing.T, text, proof string) {
		file, err := Parse("a.v", text)
		if err != nil {
			return
		}
		holes := Holes(file)
		for i := range file.Theorems {
			file.Tactics(file.Theorems[i])
			file.Script(file.Theorems[i])
			if h, err := file.RedoOf(i); err == nil {
				holes = append(holes, h)
			}
		}
		for _, h := range holes[:min(20, len(holes))] {
			ordered(t, file, h)
			if _, err := file.Edits(h, proof); err == nil {
				refill(t, file, h, proof)
			} else if !file.has(h) {
				t.Fatalf("%q has no hole %s", text, h)
			}
			if got, err := file.At(h.Line, h.Col); err != nil && h.Kind != Redo {
				t.Fatalf("%q: at %s is %s, %v", text, h, got, err)
			}
		}
	})
}

// ordered checks that a prefix is in order and leaves nothing out but proofs.
func ordered(t *testing.T, f *File, h Hole) {
	at := 0
	for _, s := range f.Prefix(h, true) {
		if s.Start < at || s.Start >= s.End {
			t.Fatalf("%q: the prefix of %s has %+v behind %d", f.Text, h, s, at)
		}
		at = s.End
	}
	if n := len(f.Prefix(h, false)); n != h.Before {
		t.Fatalf("%q: %s has %d sentences before it, not %d", f.Text, h, n, h.Before)
	}
}

// What Guard lets through is one sentence, wherever it is put.
func FuzzGuard(f *testing.F) {
	for _, s := range append(seeds, "auto", "- auto. ", "x.(f)", "x.1", "[a ..]", "2: auto", "idtac \"a. \"", "(simpl in *)", "auto). Qed. (auto", "a..", "exact 1.5", "e\u0301") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tactic := Clean(text)
		if Guard(tactic) != nil {
			if err := Guard(tactic); !utf8.ValidString(err.Error()) || len(err.Error()) > 400 {
				t.Fatalf("%q: the error is %q", text, err)
			}
			return
		}
		if again := Clean(tactic); again != tactic {
			t.Fatalf("%q is cleaned to %q and then to %q", text, tactic, again)
		}
		for _, frame := range []string{"@.", "1: (@).", "Timeout 3 1: (@).", "{ @. }", "- @.\n"} {
			all := strings.ReplaceAll(frame, "@", tactic)
			list, err := Split(all)
			want, _ := Split(strings.ReplaceAll(frame, "@", "auto"))
			if err != nil || len(list) != len(want) {
				t.Fatalf("%q: %q is %q, %v", text, all, texts(list), err)
			}
			whole(t, all, list)
		}
		if _, err := readScript(tactic + "."); err != nil {
			t.Fatalf("%q may be sent and not written: %v", tactic, err)
		}
	})
}

func FuzzProject(f *testing.F) {
	for _, s := range []string{"", "-Q a b\n-R . \"\" # c\n-arg \"-w 'x y'\"", "X = 1 -I", "\"", "-extra a b c a.v"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		flags, err := ParseProject("/p/_CoqProject", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "/p/_CoqProject:") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if strings.Contains(text, "-arg") {
			return
		}
		for i, flag := range flags {
			if i > 0 && (flags[i-1] == "-Q" || flags[i-1] == "-R" || flags[i-1] == "-I") && !filepath.IsAbs(flag) && (i < 2 || flags[i-2][0] != '-') {
				t.Fatalf("%q: %q is relative", text, flags)
			}
		}
	})
}
