package lean

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env"
)

// Whatever the file, the holes are the word sorry, and a filled file differs from
// it in the hole only and has one hole less.
func FuzzParseFill(f *testing.F) {
	for _, c := range fillings {
		f.Add(c.text, c.proof)
	}
	for _, s := range []string{"", "mutual\n", "end end\nend A.B.C", "namespace\nsorry", "@[", "sorry", ":= sorry", "theorem", "| sorry", "· sorry", "by by by sorry", "fun => sorry | sorry"} {
		f.Add(s, "simp\nomega")
	}
	f.Fuzz(func(t *testing.T, text, proof string) {
		file, err := Parse("F.lean", text)
		if err != nil {
			var bad *env.InputError
			if !errors.As(err, &bad) {
				t.Fatalf("the error is %#v", err)
			}
			return
		}
		holes := file.Holes()
		for i, h := range holes {
			if text[h.Start:h.End] != "sorry" {
				t.Fatalf("hole %v of %q is no sorry", h, text)
			}
			if at, err := file.At(h.Line, h.Col); err != nil || at != h {
				t.Fatalf("hole %v is not found at its place: %v, %v", h, at, err)
			}
			_, _, _ = file.Statement(h), file.Premises(h), h.Label()
			_, _ = file.upTo(h)
			if _, _, err := file.Redo(h.Name); err != nil {
				_ = err.Error()
			}
			filled, err := file.Fill(h, proof)
			if err != nil {
				continue
			}
			start := file.start(h)
			if !strings.HasPrefix(filled, text[:start]) || !strings.HasSuffix(filled, text[h.End:]) || start < h.Start && strings.Trim(text[start:h.Start], " ") != "" {
				t.Fatalf("more than hole %d of %q has changed: %q", i, text, filled)
			}
			again, err := Parse("F.lean", filled)
			if err != nil {
				t.Fatalf("filled with %q, %q can't be parsed: %v", proof, text, err)
			}
			if len(again.Holes()) != len(holes)-1 {
				t.Fatalf("filled with %q, %q has %d holes: %q", proof, text, len(again.Holes()), filled)
			}
		}
	})
}

// What decode accepts can be used without a look.
func FuzzDecode(f *testing.F) {
	paths, err := filepath.Glob("testdata/replies/*.json")
	if err != nil || len(paths) == 0 {
		f.Fatal("no replies under testdata", err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, s := range []string{"", "{}", "[]", "null", `{"env":1}{"env":2}`, `{"proofState":-1,"goals":[]}`, `{"message":null}`, `{"env":1e400}`, `{"goals":[null],"proofState":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := decode(raw)
		if err != nil {
			if len(err.Error()) > 1200 {
				t.Fatalf("a message of %d bytes", len(err.Error()))
			}
			return
		}
		if !r.toCommand() && !r.toTactic() {
			t.Fatalf("%s is a reply to nothing", raw)
		}
		if r.ProofState != nil {
			goals := readGoals(*r.Goals)
			key := stateKey("", goals)
			for i, g := range goals {
				if again := readGoal((*r.Goals)[i]); stateKey("", []printed{again}) != stateKey("", []printed{g}) {
					t.Fatalf("%q is not always the same", (*r.Goals)[i])
				}
				_ = g.goal("").String()
			}
			if len(key) != 32 {
				t.Fatalf("the key %q", key)
			}
		}
		for _, m := range r.Messages {
			if n := len([]rune(refuse("x", classify(m.Data), "%s", trim(m.Data)).Text)); n > 200 {
				t.Fatalf("%d characters", n)
			}
		}
	})
}

// Every text is a goal, and its keys don't depend on how it is broken into lines.
func FuzzGoal(f *testing.F) {
	for _, text := range []string{
		"", "⊢ 1 + 1 = 2", "case a.b\nx y✝¹ : Nat := 5\nh :\n  p x\n⊢ ∀ z, ?w.1 z = y✝¹", "⊢", "case x", "x : y\n| z", "«a b» : p\n⊢ \"?x\" = 'c'",
		"h : let x := 1; p := q\n⊢ xs[i]? = ?m.12.5", "⊢ ? ?_ ?? ?a?", " : x\n⊢ y",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g := readGoal(text)
		goal := g.goal("salt")
		if len(goal.Key) != 32 || strings.Contains(goal.Concl, "\n") || goal.Open != (len(metasOf(g)) > 0) {
			t.Fatalf("%q became %+v", text, goal)
		}
		for _, h := range g.hyps {
			if h.Name == "" || strings.Contains(h.Name, "\n") {
				t.Fatalf("%q has the hypothesis %+v", text, h)
			}
		}
		if strings.ContainsAny(text, "\"'") { // spaces in strings count
			return
		}
		wrapped := g
		wrapped.concl = strings.ReplaceAll(g.concl, " ", "\n    ")
		if stateKey("", []printed{g}) != stateKey("", []printed{wrapped}) || wrapped.goal("salt").Key != goal.Key {
			t.Fatalf("%q has another key when it is broken into lines", text)
		}
	})
}

func metasOf(g printed) numbering {
	metas := numbering{}
	g.canon(g.names(true), metas)
	return metas
}

// What is read from the answer to #print axioms is all that it says.
func FuzzAxioms(f *testing.F) {
	for _, answer := range []string{
		"'a' does not depend on any axioms", "'a' depends on axioms: [propext,\n Classical.choice]", "'a' depends on axioms: []",
		"'a' depends on axioms: [x y]", "'b' depends on axioms: [x]", "'a' depends on axioms: [«x, y»]", "''a' does not depend on any axioms",
	} {
		f.Add(answer, "a")
	}
	f.Fuzz(func(t *testing.T, answer, name string) {
		axioms, err := readAxioms(answer, name, false)
		if err != nil {
			return
		}
		want := "'" + name + "' does not depend on any axioms"
		if len(axioms) > 0 {
			want = "'" + name + "' depends on axioms: [" + strings.Join(axioms, ",") + "]"
		}
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if bare(answer) != bare(want) {
			t.Fatalf("%q is read as %q", answer, axioms)
		}
	})
}

// What Guard lets through is one block of tactics that stays one when it is put
// into a file, and holds none of the words.
func FuzzGuard(f *testing.F) {
	for text := range hostile {
		f.Add(text)
	}
	for _, c := range fillings {
		f.Add(c.proof)
	}
	f.Fuzz(func(t *testing.T, tactic string) {
		if clean := Clean(tactic); Clean(clean) != clean && Guard(clean) == nil {
			t.Fatalf("cleaning %q twice gives %q and %q", tactic, clean, Clean(clean))
		}
		if Guard(tactic) != nil {
			return
		}
		tokens, comments, err := lex(tactic)
		if err != nil || len(comments) > 0 || len(tokens) == 0 {
			t.Fatalf("%q: %v", tactic, err)
		}
		for _, w := range []string{"sorry", "admit", "native_decide", "run_tac", "#eval", "unsafe", "set_option", "theorem", "axiom", "macro"} {
			if slices.ContainsFunc(tokens, func(t token) bool { return t.is(w) }) {
				t.Fatalf("%q holds %s", tactic, w)
			}
		}
		file := parse(t, "theorem a : p := by sorry\ntheorem b : q := rfl\n")
		text, err := file.Fill(file.Holes()[0], tactic)
		if err != nil {
			t.Fatalf("%q is allowed and can't be put in: %v", tactic, err)
		}
		again := parse(t, text)
		if len(again.commands) != 2 || again.commands[1].name != "b" || len(again.Holes()) != 0 {
			t.Fatalf("%q changes what follows: %q", tactic, text)
		}
	})
}
