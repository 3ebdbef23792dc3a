package lean

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func parse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse("T.lean", text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func only(t testing.TB, f *File) Hole {
	t.Helper()
	if len(f.Holes()) != 1 {
		t.Fatalf("%d holes in:\n%s", len(f.Holes()), f.Text)
	}
	return f.Holes()[0]
}

func TestHoles(t *testing.T) {
	f := parse(t, `import Mathlib
/- sorry /- sorry -/ sorry -/
-- sorry
/-- A doc that says sorry. -/
@[simp] theorem first (h : p) : q := by sorry

namespace A.B
def text := "sorry" ++ s!"{"sorry"} sorry" ++ r#"sorry " sorry"#
def letters := ['s', '"', '\'', 'α'] -- '"' sorry
def «sorry» := 1
private lemma second' : x' = 'y' ∧ f '' s = g ⁻¹' t := ⟨sorry, by
  exact sorry⟩
section
open Nat in
protected theorem _root_.third : True := sorry
end
noncomputable example : Nat := sorry
end A.B

mutual
theorem fourth : ℕ → True
  | 0 => sorry
  | n + 1 => by sorry
end
instance (priority := 100) : Inhabited Nat := sorry
instance five : Inhabited Nat where
  default := sorry
theorem sorryful : sorryAx = 1 := rfl
`)
	var got []string
	for _, h := range f.Holes() {
		if f.Text[h.Start:h.End] != "sorry" {
			t.Errorf("%v is not a sorry", h)
		}
		got = append(got, fmt.Sprintf("%d:%d %s", h.Line, h.Col, h.Label()))
	}
	want := []string{
		"5:41 theorem first",
		"11:57 lemma A.B.second'", "12:9 lemma A.B.second', sorry 2",
		"15:42 theorem third", "17:32 example on line 17",
		"22:10 theorem fourth", "23:17 theorem fourth, sorry 2",
		"25:47 instance on line 25", "27:14 instance five",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("holes (-want +got):\n%s", diff)
	}
}

func TestAtAndNamed(t *testing.T) {
	f := parse(t, "theorem N.a : p ∧ q := ⟨sorry, sorry⟩\nnamespace N\ntheorem b : p := sorry\nend N\nnamespace M\ntheorem b : p := sorry\ntheorem c : p := h\nend M\n")
	at := func(line, col int) string {
		h, err := f.At(line, col)
		if err != nil {
			return "error"
		}
		return fmt.Sprintf("%d-%d", h.Line, h.Col)
	}
	for _, c := range []struct {
		line, col int
		want      string
	}{{1, 25, "1-25"}, {1, 29, "1-25"}, {1, 30, "1-32"}, {1, 32, "1-32"}, {1, 0, "1-25"}, {2, 1, "3-18"}, {3, 18, "3-18"}, {3, 23, "6-18"}, {6, 23, "error"}, {99, 1, "error"}} {
		if got := at(c.line, c.col); got != c.want {
			t.Errorf("At(%d, %d) is %s, want %s", c.line, c.col, got, c.want)
		}
	}
	for name, want := range map[string]string{
		"N.a": "1-25", "a": "1-25", "N.b": "3-18", "M.b": "6-18", "b": "several theorems",
		"c": "has no sorry", "d": "no such declaration", "": "no such declaration",
	} {
		h, err := f.Named(name)
		got := fmt.Sprintf("%d-%d", h.Line, h.Col)
		var bad *env.InputError
		if errors.As(err, &bad) {
			got = bad.Reason
		}
		if !strings.Contains(got, want) {
			t.Errorf("Named(%q) is %s, want %s", name, got, want)
		}
	}
	if _, err := parse(t, "theorem a : p := h").Named("a"); err == nil || !strings.Contains(err.Error(), sample) {
		t.Errorf("without any hole: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"/- never closed":        "line 1, column 1: the comment that begins here has no end",
		"theorem a := \"open":    "line 1, column 14: the string that begins here has no end",
		"\n def «open := 1":      "line 2, column 6: the name that begins with « here has no »",
		"def a := r#\"open\"":    "the raw string",
		"def a := s!\"{x\"":      "the string",
		"theorem a : \xff := rf": "not UTF-8",
	} {
		_, err := Parse("Bad.lean", text)
		var bad *env.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || bad.Input != "Bad.lean" {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// fillings are holes of every kind; the golden file shows what becomes of them.
var fillings = []struct{ name, text, proof string }{
	{"body", "theorem a : p := sorry", "simp"},
	{"body, several", "theorem a : p := sorry\n\ntheorem b : q := rfl\n", "intro h\nsimp"},
	{"body on its own line", "theorem a : p :=\n  sorry\n", "intro h\nsimp"},
	{"by", "theorem a : p := by sorry\n", "simp"},
	{"by, several", "theorem a : p := by sorry -- to do\n", "intro h\n· simp\n· omega"},
	{"by, long signature", "  theorem a\n      (h : q) : p := by sorry\n", "intro h\nsimp"},
	{"by on its own line", "theorem a : p := by\n  sorry\n", "intro h\nsimp"},
	{"after tactics", "theorem a : p := by\n  intro h\n  sorry\n", "simp\nomega"},
	{"have by", "theorem a : p := by\n  have h : q := by sorry\n  exact h\n", "intro h\nsimp"},
	{"have term", "theorem a : p := by\n  have h : q := sorry\n  exact h\n", "intro h\nsimp"},
	{"bullets", "theorem a : p := by\n  constructor\n  · sorry\n  · exact foo\n", "intro h\nsimp"},
	{"bullet by", "theorem a : p := by\n  constructor\n  · have h : q := by sorry\n    exact h\n", "intro h\nsimp"},
	{"arms", "theorem a : p := by\n  induction n with\n  | zero => sorry\n  | succ n ih => simp\n", "intro h\nsimp"},
	{"arms, several lines", "theorem a : p := by\n  cases h with\n  | inl h =>\n    skip\n    sorry\n  | inr h => simp\n", "intro h\nsimp"},
	{"case", "theorem a : p := by\n  cases h\n  case inl h => sorry\n  next => simp\n", "intro h\nsimp"},
	{"term arms", "theorem a : ∀ n, p\n  | 0 => sorry\n  | n + 1 => foo\n", "intro h\nsimp"},
	{"term match in a tactic", "theorem a : p := by\n  exact match h with\n  | .inl h => sorry\n  | .inr h => foo\n", "simp"},
	{"tactic match", "theorem a : p := by\n  match h with\n  | .inl h => sorry\n  | .inr h => exact foo\n", "intro h\nsimp"},
	{"fun", "theorem a : p → q := fun h => sorry\n", "simp"},
	{"fun in a tactic", "theorem a : p := by\n  exact fun h ↦ sorry\n", "intro h\nsimp"},
	{"anonymous constructor", "theorem a : p ∧ q := ⟨sorry, h⟩\n", "simp"},
	{"constructor by", "theorem a : p ∧ q := ⟨by sorry, h⟩\n", "intro h\nsimp"},
	{"second of two", "theorem a : p ∧ q := ⟨by simp, by sorry⟩\n", "intro h\nsimp"},
	{"exact", "theorem a : p := by\n  exact sorry\n", "simp"},
	{"argument", "theorem a : p := by\n  apply foo\n    sorry\n", "simp"},
	{"applied", "theorem a : p := sorry\n    foo\n", "simp"},
	{"semicolon", "theorem a : p := by constructor; sorry; simp\n", "intro h\nomega"},
	{"parentheses", "theorem a : p := by\n  (skip; sorry)\n", "simp"},
	{"all on one line", "theorem a : p := by intro h; sorry\n", "simp"},
	{"first", "theorem a : p := by\n  first\n  | simp\n  | sorry\n", "intro h\nsimp"},
	{"if", "theorem a : p := by\n  if h : q then\n    sorry\n  else simp\n", "intro h\nsimp"},
	{"else", "theorem a : p := by\n  if h : q then simp else sorry\n", "simp"},
	{"else on its own line", "theorem a : p := by\n  if h : q then\n    simp\n  else\n    sorry\n", "intro h\nsimp"},
	{"else of a term", "theorem a : p := by\n  exact if h : q then foo else sorry\n", "simp"},
	{"iterate", "theorem a : p := by\n  iterate 3 sorry\n", "simp"},
	{"fun with arms", "theorem a : p := by\n  cases h with\n  | inl h => exact fun\n    | 0 => foo\n    | n + 1 => by sorry\n  | inr h => sorry2\n", "intro h\nsimp"},
	{"calc", "theorem a : x = z := by\n  calc x = y := by sorry\n    _ = z := sorry2\n", "simp"},
	{"calc term", "theorem a : x = z := calc\n  x = y := sorry\n  _ = z := foo\n", "simp"},
	{"suffices", "theorem a : p := by\n  suffices h : q by sorry\n  exact foo\n", "intro h\nsimp"},
	{"from", "theorem a : p := by\n  suffices h : q from sorry\n  exact foo\n", "simp"},
	{"structure", "instance a : Foo where\n  bar := by sorry\n  baz := 1\n", "intro h\nsimp"},
	{"braces", "theorem a : p := by\n  constructor\n  { sorry }\n  { simp }\n", "simp"},
	{"use with a comma", "theorem a : p := by\n  use 1, foo\n  sorry\n", "simp"},
	{"windows", "theorem a : p := by sorry\r\n\r\ndef x := 1\r\n", "intro h\nsimp"},
	{"indented proof with comments", "theorem a : p := by\n  sorry", "    intro h -- first\n    /- then -/\n    have : q := by\n      simp\n    omega\n"},
	{"termination", "theorem a : p := by sorry\ntermination_by n\ndecreasing_by simp\n", "simp"},
	{"decreasing", "theorem a : p := foo\ndecreasing_by sorry\n", "intro h\nsimp"},
	{"open in", "theorem a : p := by\n  open Nat in sorry\n", "simp"},
	{"try", "theorem a : p := by\n  try sorry\n", "simp"},
	{"combined", "theorem a : p := by\n  constructor <;> sorry\n", "intro h\nsimp"},
	{"where", "theorem a : p := by sorry\nwhere\n  aux : q := foo\n", "simp"},
}

func TestFill(t *testing.T) {
	var b strings.Builder
	for _, c := range fillings {
		f := parse(t, c.text)
		h := only(t, f)
		text, err := f.Fill(h, c.proof)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !strings.HasPrefix(text, f.Text[:f.start(h)]) || !strings.HasSuffix(text, f.Text[h.End:]) {
			t.Errorf("%s: more than the hole has changed:\n%s", c.name, text)
		}
		fmt.Fprintf(&b, "== %s\n%s\n", c.name, strings.ReplaceAll(text, "\r", "^M"))
	}
	golden(t, "fill.golden", b.String())
}

func TestFillRefuses(t *testing.T) {
	f := parse(t, "theorem a : p := by sorry")
	h := only(t, f)
	for proof, want := range map[string]string{
		"":                       "there is no tactic",
		" \n-- nothing":          "there is no tactic",
		"sorry":                  "must not leave anything open",
		"simp\n#eval 1":          "is a command",
		"simp\ntheorem b : q":    "is a command",
		"exact foo)":             "closes a bracket",
		"    simp\n  omega":      "its first line is indented further",
		"have := \"two\nlines\"": "string of several lines",
		"open Nat":               "is a command",
	} {
		if text, err := f.Fill(h, proof); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q; the text is %s", proof, err, want, text)
		}
	}
	if _, err := parse(t, "theorem b : q := by  sorry").Fill(h, "simp"); err == nil || !strings.Contains(err.Error(), "no such hole") {
		t.Errorf("a hole of another file: %v", err)
	}
}

func TestRedo(t *testing.T) {
	source := `namespace N
/-- The first. -/
theorem a (h : p := by simp) (x : |y| = z) :
    let k := 1
    |k| = 1 := by
  simp
  omega
-- between
@[simp] lemma b : ∀ n, f n = n
  | 0 => rfl
  | n + 1 => by
    simp
termination_by n => n

/-- The third. -/
theorem c : p := foo
end N
`
	var b strings.Builder
	for _, name := range []string{"N.a", "b", "c"} {
		f, h, err := parse(t, source).Redo(name)
		if err != nil {
			t.Fatal(err)
		}
		filled, err := f.Fill(h, "exact redone")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== %s: %s at %d:%d\n%s\n", name, h.Label(), h.Line, h.Col, filled)
	}
	golden(t, "redo.golden", b.String())
	for name, want := range map[string]string{"zz": "no such declaration", "N.x": "no proof"} {
		_, _, err := parse(t, source+"opaque N.x : Nat\n").Redo(name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Redo(%q): %v, want %q", name, err, want)
		}
	}
}

func TestStatementAndPremises(t *testing.T) {
	f := parse(t, "theorem a (n : Nat) :\n    n = n := rfl\nlemma hole : p := sorry\n@[simp] theorem b : q := by\n  simp\ndef d := 1\ntheorem target : r := by sorry\ntheorem later : s := rfl\n")
	h, err := f.Named("target")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Statement(h); got != "theorem target : r" {
		t.Errorf("the statement is %q", got)
	}
	var got []string
	for _, p := range f.Premises(h) {
		got = append(got, p.Name+" | "+p.Statement+" | "+p.Proof)
	}
	want := []string{"a | theorem a (n : Nat) :\n    n = n | rfl", "b | theorem b : q | by\n  simp"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("premises (-want +got):\n%s", diff)
	}
}

// Wherever comments and strings with the word stand, the holes are the same.
func TestHolesBehindNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{
			" /- sorry -/ ", " /- /- sorry -/ \" -/ ", " -- sorry \" ' «\n", " \"sorry -- /-\" ", " '\"' ", " «sorry» ",
			" r\"sorry\\\" ", " x' ", " (h ▸ y) ", " sorry_ ", " s!\"{f \"sorry\"}\" ", " foo.sorry ", " ⁻¹' ", " '' ",
		}), 0, 12).Draw(t, "noise")
		at := rapid.IntRange(0, len(pieces)).Draw(t, "at")
		text := "def a := f" + strings.Join(pieces[:at], "") + " sorry " + strings.Join(pieces[at:], "") + "\n"
		f, err := Parse("T.lean", text)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.holes) != 1 || f.holes[0].Start != len("def a := f")+len(strings.Join(pieces[:at], ""))+1 {
			t.Fatalf("%d holes in %q: %v", len(f.holes), text, f.holes)
		}
	})
}
