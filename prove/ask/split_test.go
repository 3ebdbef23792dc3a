package ask_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/prove/ask"
)

func TestSplitCoq(t *testing.T) {
	rows := []struct {
		name, reply string
		want, short []string // short: if the reply was cut off; nil means the same
	}{
		{"sentences", "intros n m. simpl.\nauto. ", []string{"intros n m", "simpl", "auto"}, nil},
		{"a dot at the cut may belong to a name", "intros. apply Nat.", []string{"intros", "apply Nat"}, []string{"intros"}},
		{"no dot at the end", "intros. auto", []string{"intros", "auto"}, []string{"intros"}},
		{"qualified names", "apply Nat.add_comm. rewrite <- Nat.mul_1_r.\n", []string{"apply Nat.add_comm", "rewrite <- Nat.mul_1_r"}, nil},
		{"a sentence of several lines", "rewrite (foo a\n  b),\n  bar.\nauto.\n", []string{"rewrite (foo a b), bar", "auto"}, nil},
		{"bullets and braces", "split.\n- intro. { auto. }\n-- simpl.\n+ * trivial.\n", []string{"split", "intro", "auto", "simpl", "trivial"}, nil},
		{"frame of a proof", "Proof.\n intros.\nQed.\n", []string{"intros"}, nil},
		{"a repeated statement", "Lemma x : forall n, n = n.\nProof using.\n  reflexivity.\nQed.\n", []string{"reflexivity"}, nil},
		{"a fence: what stands outside is talk", "First, intros.\n```coq\nintros.\nauto.\n```\nThat is all.\n", []string{"intros", "auto"}, nil},
		{"two fences", "```\nsplit.\n```\nthen\n```\nauto.\n```\n", []string{"split", "auto"}, nil},
		{"a fence that was cut", "```coq\nintros.\nau", []string{"intros", "au"}, []string{"intros"}},
		{"only the end of a fence", "intros.\nauto.\n```\n", []string{"intros", "auto"}, nil},
		{"a fence on one line", "```intros.```\n", []string{"intros"}, nil},
		{"code spans", "- `simpl` simplifies.\n- `auto.` ends it.\n", []string{"simpl", "auto"}, nil},
		{"a generalised binder is no code span", "`{H : P}.\n", []string{"`{H : P}"}, nil},
		{"comments", "intros. (* then. (* or. *) *) auto. (* rest", []string{"intros", "auto"}, nil},
		{"a dot in a string", "idtac \"a. b\". auto.\n", []string{`idtac "a. b"`, "auto"}, nil},
		{"numbers of a list", "1. intros n.\n2) simpl.\n(3) auto.\n", []string{"intros n", "simpl", "auto"}, nil},
		{"numbers and no dots", "1. intros n\n2. induction n;\n   auto\n", []string{"intros n", "induction n; auto"}, []string{"intros n"}},
		{"lines without a dot", "intros n\nsimpl in *\n\ninduction n;\nauto\n", []string{"intros n", "simpl in *", "induction n; auto"}, nil},
		{"lines that go on", "apply (f\n  x)\nrewrite a\n  in H\nauto", []string{"apply (f x)", "rewrite a in H", "auto"}, []string{"apply (f x)", "rewrite a in H"}},
		{"an intro pattern", "destruct n as [| n].\n", []string{"destruct n as [| n]"}, nil},
		{"labels and announcements", "Here is the proof:\nTactic: intros.\n**Step 2:** auto.\n", []string{"intros", "auto"}, nil},
		{"three dots", "auto... \nsimpl.\n", []string{"auto", "simpl"}, nil},
		{"two dots end nothing", "foo .. bar.\n", []string{"foo .. bar"}, nil},
		{"line ends of two characters", "intros.\r\nauto.\r\n", []string{"intros", "auto"}, nil},
		{"an escape sequence is no tactic", "intros.\n\x1b[31mred.\nauto.\n", []string{"intros", "auto"}, nil},
		{"nor are broken characters", "intros \xff. auto.\n", []string{"auto"}, nil},
		{"nor is a novel", strings.Repeat("auto; ", 1000) + "auto. simpl.\n", []string{"simpl"}, nil},
		{"nothing", " \n```\n```\n", nil, nil},
		{"only marks", "- + . 1. ] .\n", nil, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			check(t, ask.Coq, row.reply, row.want, row.short)
		})
	}
}

func check(t *testing.T, l ask.Language, reply string, want, short []string) {
	t.Helper()
	if short == nil {
		short = want
	}
	if diff := cmp.Diff(want, l.Split(reply, false)); diff != "" {
		t.Errorf("Split(%q) (-want +got):\n%s", reply, diff)
	}
	if got := l.Split(reply, true); !slices.Equal(got, short) {
		t.Errorf("Split(%q), cut off: %q, want %q", reply, got, short)
	}
}

func TestSplitLean(t *testing.T) {
	rows := []struct {
		name, reply string
		want, short []string
	}{
		{"lines", "intro n\nsimp\n", []string{"intro n", "simp"}, nil},
		{"the line at the cut is not whole", "intro n\nsimp [fo", []string{"intro n", "simp [fo"}, []string{"intro n"}},
		{"deeper lines belong to the tactic", "induction n with\n| zero => rfl\n| succ n ih =>\n    simp\n    omega\nring\n",
			[]string{"induction n with\n  | zero => rfl\n  | succ n ih =>\n      simp\n      omega", "ring"}, nil},
		{"the first indentation left out", "intro n\n  simp\n  omega\n", []string{"intro n", "simp", "omega"}, nil},
		{"but not where something must follow", "have h : P := by\n  simp\n  omega\n", []string{"have h : P := by\n  simp\n  omega"}, nil},
		{"focused goals", "constructor\n· intro h\n  exact h\n· simp\n  · omega\n  . ring\n", []string{"constructor", "intro h", "exact h", "simp", "omega", "ring"}, nil},
		{"a focusing dot alone", "·\n  simp\n  omega\n", []string{"simp", "omega"}, nil},
		{"open brackets", "nlinarith [a,\nb,\n  c]\nsimp\n", []string{"nlinarith [a,\n  b,\n    c]", "simp"}, nil},
		{"a line that joins", "rw [a]\n  at h\nsimp\n<;> omega\n", []string{"rw [a]\n  at h", "simp\n  <;> omega"}, nil},
		{"a star at the end is no product", "simp at *\nomega\n", []string{"simp at *", "omega"}, nil},
		{"a repeated statement", "theorem x (n : Nat) :\n    n = n := by\n  intro h\n  rfl\n", []string{"intro h", "rfl"}, nil},
		{"only its end", ":= by\n  simp\n  rfl\n", []string{"simp", "rfl"}, nil},
		{"by on the line", "by simp\n", []string{"simp"}, nil},
		{"comments", "-- first\nsimp -- with all\n/- a\nb -/ rfl\n", []string{"simp", "rfl"}, nil},
		{"a fence", "Try this:\n```lean\nsimp\nrfl\n```\n", []string{"simp", "rfl"}, nil},
		{"numbers of different width", "9. simp\n10. rfl\n", []string{"simp", "rfl"}, nil},
		{"bullets of a list", "- simp\n* rfl\n", []string{"simp", "rfl"}, nil},
		{"done is no step", "simp\ndone\n", []string{"simp"}, nil},
		{"tabs", "cases h with\n\t| inl a => simp\n", []string{"cases h with\n  | inl a => simp"}, nil},
		{"nothing", "\n", nil, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			check(t, ask.Lean, row.reply, row.want, row.short)
		})
	}
}

func TestClean(t *testing.T) {
	rows := []struct {
		language   ask.Language
		text, want string
	}{
		{ask.Coq, "  intros  n\n\tm . ", "intros n m"},
		{ask.Coq, "auto...", "auto"},
		{ask.Coq, "apply Nat.add_comm.", "apply Nat.add_comm"},
		{ask.Coq, `idtac "a  b".`, `idtac "a  b"`},
		{ask.Coq, `idtac "a  b`, `idtac "a b`},
		{ask.Coq, "", ""},
		{ask.Lean, "  simp  [a]\n", "simp [a]"},
		{ask.Lean, "have h := by\n\n      simp\n        at h", "have h := by\n      simp\n        at h"},
		{ask.Lean, "cases h with\n| a => simp\n  | b =>\n    rfl", "cases h with\n  | a => simp\n    | b =>\n      rfl"},
	}
	for _, row := range rows {
		if got := row.language.Clean(row.text); got != row.want {
			t.Errorf("%v: Clean(%q) = %q, want %q", row.language, row.text, got, row.want)
		}
	}
}

func TestLanguageString(t *testing.T) {
	if got := fmt.Sprint(ask.Coq, " ", ask.Lean); got != "Coq Lean" {
		t.Errorf("the languages are called %q", got)
	}
}

// Whoever compares cleaned tactics must not find two spellings of one.
func TestCleanTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ a-c.\n\t"|\-]{0,40}`).Draw(t, "text")
		for _, l := range []ask.Language{ask.Coq, ask.Lean} {
			if once := l.Clean(text); l.Clean(once) != once {
				t.Fatalf("%v: Clean(%q) = %q, and that becomes %q", l, text, once, l.Clean(once))
			}
		}
	})
}

// Tactics of a reply can be proposed as they are, and a reply that was cut off
// has no others than the whole one.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		"intros n m.\ninduction n.\n- simpl. reflexivity.\nQed.", "1. `intros`\n2. simpl", "```coq\nauto.\n```", "```a.```\n```",
		"(* a (* b *) *) auto... {x} . . ..", "theorem x : P := by\n  simp\n· a\n  b\n-- c\n/- d", "\"a. b\" \"", "Step 1: **x**:", "\t\xff\x1b.\r\n",
		"• (1) 2. •", ":= by by\n by", "·\n·\n ·", "[\"a. b\", \"c\"]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, reply string) {
		for _, l := range []ask.Language{ask.Coq, ask.Lean} {
			got := l.Split(reply, false)
			if n := len(got); n > len(reply) {
				t.Fatalf("%v: %d tactics in %d bytes", l, n, len(reply))
			}
			for _, tactic := range got {
				switch {
				case tactic == "" || tactic != strings.TrimSpace(tactic) || !utf8.ValidString(tactic):
					t.Fatalf("%v: Split(%q) has %q", l, reply, tactic)
				case tactic != l.Clean(tactic):
					t.Fatalf("%v: Split(%q) has %q, which is not clean", l, reply, tactic)
				case l == ask.Coq && strings.ContainsAny(tactic, "\r\n\x1b"):
					t.Fatalf("%v: Split(%q) has %q, which is not on a line", l, reply, tactic)
				}
			}
			if short := l.Split(reply, true); len(short) > len(got) || !slices.Equal(short, got[:len(short)]) || len(short)+1 < len(got) {
				t.Fatalf("%v: Split(%q) is %q, and %q if it was cut off", l, reply, got, short)
			}
		}
	})
}
