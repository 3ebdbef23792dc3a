package lean

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env/proof"
)

func TestReadGoal(t *testing.T) {
	for _, c := range []struct {
		text string
		want printed
	}{
		{"⊢ 1 + 1 = 2", printed{concl: "1 + 1 = 2"}},
		{"case succ\nn✝ m : Nat\nih : n✝ = m\n⊢ n✝ + 1 = m + 1", printed{
			tag:   "succ",
			hyps:  []proof.Hyp{{Name: "n✝", Type: "Nat"}, {Name: "m", Type: "Nat"}, {Name: "ih", Type: "n✝ = m"}},
			concl: "n✝ + 1 = m + 1",
		}},
		{"x : Nat := 5\nf : Nat → Nat := fun a => let b := a; b\n⊢ x =\n  5", printed{
			hyps:  []proof.Hyp{{Name: "x", Type: "Nat", Body: "5"}, {Name: "f", Type: "Nat → Nat", Body: "fun a => let b := a; b"}},
			concl: "x =\n  5",
		}},
		{"h :\n  let k := 1;\n  k = 1\ninst✝¹ : Monoid α\n«my h» : p\n⊢ q", printed{
			hyps: []proof.Hyp{
				{Name: "h", Type: "let k := 1; k = 1"}, {Name: "inst✝¹", Type: "Monoid α"}, {Name: "«my h»", Type: "p"},
			},
			concl: "q",
		}},
		{"h : (fun x : Nat := 1) = g\n⊢ ∀ (x : α) (h : p :=\n    foo), q", printed{
			hyps:  []proof.Hyp{{Name: "h", Type: "(fun x : Nat := 1) = g"}},
			concl: "∀ (x : α) (h : p :=\n    foo), q",
		}},
		{"p : Prop\n| p ∧ q", printed{concl: "p : Prop\n| p ∧ q"}},
		{"", printed{}},
	} {
		if diff := cmp.Diff(c.want, readGoal(c.text), cmp.AllowUnexported(printed{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestKeys(t *testing.T) {
	goal := func(text string) string { return readGoal(text).goal("").Key }
	state := func(texts ...string) string { return stateKey("", readGoals(texts)) }
	for _, c := range []struct {
		a, b        string
		goal, state bool // are the keys the same?
	}{
		{"h : p\n⊢ q", "h : p\n⊢ q", true, true},
		{"h : p\n⊢ q", "case left\nh : p\n⊢ q", true, true},
		{"h : p\n⊢ f h.1 = h", "g : p\n⊢ f g.1 = g", true, false},
		{"h✝ : p\n⊢ f h✝.1", "h✝¹ : p\n⊢ f h✝¹.1", true, true},
		{"h : p\n⊢ q ∧\n    r", "h : p\n⊢ q ∧ r", true, true},
		{"h : p\n⊢ h.x = x", "x : p\n⊢ x.x = x", false, false},
		{"⊢ p ?w ?m.12", "⊢ p ?x ?m.77", true, true},
		{"⊢ p ?w ?w", "⊢ p ?w ?x", false, false},
		{"a b : p\n⊢ a = b", "a b : p\n⊢ b = a", false, false},
		{"a : p\nb : q\n⊢ r", "b : q\na : p\n⊢ r", false, false},
		{"a : p\n⊢ f \"a\"", "b : p\n⊢ f \"b\"", false, false},
		{"a : p\n⊢ f \"x  y\"", "a : p\n⊢ f \"x y\"", false, false},
		{"a : p\n⊢ f 'a'", "b : p\n⊢ f 'b'", false, false},
		{"a : p\n⊢ f { a := a }", "b : p\n⊢ f { b := b }", false, false},
		{"x : Nat := 5\n⊢ q", "x : Nat := 6\n⊢ q", false, false},
		{"x : Nat := 5\n⊢ q", "x : Nat\n⊢ q", false, false},
		{"x : Nat\n⊢ xs[i]? = x", "y : Nat\n⊢ xs[i]? = y", true, false},
		{"h : p\n⊢ h' = 1", "g : p\n⊢ g' = 1", false, false},
	} {
		if got := goal(c.a) == goal(c.b); got != c.goal {
			t.Errorf("the goals have the same key: %v\n%s\n---\n%s", got, c.a, c.b)
		}
		if got := state(c.a) == state(c.b); got != c.state {
			t.Errorf("the states have the same key: %v\n%s\n---\n%s", got, c.a, c.b)
		}
	}
	if state("⊢ p", "⊢ q") == state("⊢ q", "⊢ p") {
		t.Error("the order of goals counts")
	}
	if state("case w\n⊢ p ?w", "⊢ q") == state("case v\n⊢ p ?w", "⊢ q") {
		t.Error("tags of goals that belong together count")
	}
	if state("⊢ p ?a", "⊢ q ?a") == state("⊢ p ?a", "⊢ q ?b") {
		t.Error("metavariables are shared")
	}
	if readGoal("⊢ p").goal("one file").Key == readGoal("⊢ p").goal("another").Key {
		t.Error("the file counts")
	}
}

func TestOpen(t *testing.T) {
	for text, want := range map[string]bool{
		"⊢ p": false, "⊢ p ?w": true, "x : ?m.5\n⊢ p": true, "⊢ xs[i]? = none": false, "⊢ xs.head? = y": false,
		"⊢ (f x)? y": false, "⊢ ?_ = 1": true, "⊢ \"?x\" = s": false, "⊢ ⟨?a.1, 2⟩ = y": true, "x : Nat := ?v\n⊢ q": true,
		"⊢ q ⋯": false, "⊢ f '?' = 1": false, "⊢ a = ?": false,
	} {
		if got := readGoal(text).goal("").Open; got != want {
			t.Errorf("%q is open: %v", text, got)
		}
	}
}

// Renaming hypotheses changes no goal key, and metavariables no key at all.
func TestKeysUnderRenaming(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"@0", "@1", "@2", "@3", "f", "∧", "=", "(g @0).1", "?%0", "?%1", "\"h0\"", "@1.left"})
		line := func(label string) string { return strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, label), " ") }
		text := ""
		for i := range 4 {
			text += "@" + string(rune('0'+i)) + " : " + line("type") + "\n"
		}
		text += "⊢ " + line("conclusion")
		write := func(names, metas []string) string {
			var pairs []string
			for i, name := range names {
				pairs = append(pairs, "@"+string(rune('0'+i)), name)
			}
			return strings.NewReplacer(append(pairs, "%0", metas[0], "%1", metas[1])...).Replace(text)
		}
		one := readGoal(write([]string{"h0", "h1", "h2", "h3"}, []string{"a", "b"}))
		two := readGoal(write([]string{"x", "y'", "«z w»", "n✝¹"}, []string{"m.12", "w"}))
		if one.goal("").Key != two.goal("").Key {
			t.Fatalf("the keys differ:\n%s\n%s", one.goal(""), two.goal(""))
		}
		three := readGoal(write([]string{"h0", "h1", "h2", "h3"}, []string{"c", "m.3"}))
		if stateKey("", []printed{one}) != stateKey("", []printed{three}) {
			t.Fatalf("the keys of the states differ:\n%s\n%s", one.goal(""), three.goal(""))
		}
	})
}

// Long texts are read in a time that grows with their length, not with its square.
func TestLongTexts(t *testing.T) {
	for _, piece := range []string{"«", "∀ x ", "sorry ", "?a ", "x : y\n", "fun x => ", "| a => sorry\n", "s!\"{", "'"} {
		text := strings.Repeat(piece, 100_000/len(piece))
		began := time.Now()
		_, _ = Parse("T.lean", text)
		_ = Guard(Clean(text))
		_ = Portfolio(readGoal("a : " + text + "\n⊢ " + text).goal(""))
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("%q 100 KB long takes %v", piece, took)
		}
	}
}
