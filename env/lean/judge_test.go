package lean

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

// judging makes a judge of the only hole of a text.
func judging(t testing.TB, text string, script ...simJudge) (*Judge, *File) {
	t.Helper()
	c, _ := sim(t, simScript{Judge: script})
	f := parse(t, text)
	j, err := NewJudge(c, f, f.Holes()[0])
	if err != nil {
		t.Fatal(err)
	}
	return j, f
}

func filled(t testing.TB, f *File, proof string) string {
	t.Helper()
	text, err := f.Fill(f.Holes()[0], proof)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestVerdicts(t *testing.T) {
	const text = "theorem N.a : p := by sorry\ntheorem later : q := sorry\n"
	answer := func(s string) string { return diagnosticLine("information", "{LINE}", s) }
	sound := answer("'N.a' depends on axioms: [propext, Classical.choice, Quot.sound]")
	for name, c := range map[string]struct {
		script simJudge
		want   string // "" is proved
	}{
		"no axioms":   {simJudge{Lines: []string{answer("'N.a' does not depend on any axioms")}}, ""},
		"all three":   {simJudge{Lines: []string{sound}}, ""},
		"over lines":  {simJudge{Lines: []string{answer("'N.a' depends on axioms: [propext,\n Classical.choice,\n Quot.sound]")}}, ""},
		"warnings":    {simJudge{Lines: []string{diagnosticLine("warning", "1", "unused variable `h`"), "", sound}}, ""},
		"other sorry": {simJudge{Lines: []string{diagnosticLine("warning", "3", "declaration uses `sorry`"), sound}}, ""},
		"allowed":     {simJudge{Lines: []string{answer("'N.a' depends on axioms: [My.axiom]")}}, ""},
		"talk":        {simJudge{Lines: []string{diagnosticLine("information", "2", "'N.a' depends on axioms: [bad]"), sound}}, ""},
		"sorry":       {simJudge{Lines: []string{diagnosticLine("warning", "1", "declaration uses 'sorry'"), sound}}, "uses 'sorry'"},
		"new sorry":   {simJudge{Lines: []string{diagnosticLine("warning", "2", "declaration uses `sorry`"), sound}}, "uses `sorry`"},
		"sorry by kind": {simJudge{Lines: []string{strings.Replace(diagnosticLine("warning", "1", "something new"),
			"[anonymous]", "hasSorry", 1), sound}}, "something new"},
		"sorryAx":      {simJudge{Lines: []string{answer("'N.a' depends on axioms: [sorryAx]")}}, "axiom sorryAx, which is not allowed"},
		"compiled":     {simJudge{Lines: []string{answer("'N.a' depends on axioms: [propext, Lean.ofReduceBool]")}}, "Lean.ofReduceBool"},
		"another":      {simJudge{Lines: []string{answer("'b' does not depend on any axioms")}}, `an answer for "b"`},
		"prefix":       {simJudge{Lines: []string{answer("'M.N.a' does not depend on any axioms")}}, `an answer for "M.N.a"`},
		"private":      {simJudge{Lines: []string{answer("'_private.F.0.N.a' does not depend on any axioms")}}, "an answer for"},
		"error":        {simJudge{Lines: []string{diagnosticLine("error", "1", "unsolved goals\n⊢ p"), sound}, Exit: 1}, "line 1, column 1: unsolved goals ⊢ p"},
		"error, 0":     {simJudge{Lines: []string{diagnosticLine("error", "9", "late error"), sound}}, "late error"},
		"new severity": {simJudge{Lines: []string{diagnosticLine("fatal", "9", "what is this"), sound}}, "what is this"},
		"exit":         {simJudge{Lines: []string{sound}, Exit: 3, Stderr: "stack overflow"}, "exit status 3: stack overflow"},
		"silent":       {simJudge{}, "got 0 answers"},
		"two answers":  {simJudge{Lines: []string{sound, answer("'N.a' does not depend on any axioms")}}, "got 2 answers"},
		"early answer": {simJudge{Lines: []string{diagnosticLine("information", "1", "'N.a' does not depend on any axioms")}}, "got 0 answers"},
		"a warning":    {simJudge{Lines: []string{diagnosticLine("warning", "{LINE}", "'N.a' does not depend on any axioms")}}, "got 0 answers"},
		"no list":      {simJudge{Lines: []string{answer("'N.a' depends on axioms: []")}}, "unknown form"},
		"open list":    {simJudge{Lines: []string{answer("'N.a' depends on axioms: [propext")}}, "unknown form"},
		"more text":    {simJudge{Lines: []string{answer("'N.a' does not depend on any axioms, I swear")}}, "unknown form"},
		"before":       {simJudge{Lines: []string{answer("yes: 'N.a' does not depend on any axioms")}}, "unknown form"},
		"empty name":   {simJudge{Lines: []string{answer("'N.a' depends on axioms: [propext, ]")}}, "unknown form"},
		"two words":    {simJudge{Lines: []string{answer("'N.a' depends on axioms: [propext sorryAx]")}}, "unknown form"},
		"plain text":   {simJudge{Lines: []string{"'N.a' does not depend on any axioms"}}, "something else than messages"},
		"no position":  {simJudge{Lines: []string{`{"severity":"information","data":"x"}`}}, "something else than messages"},
		"garbage":      {simJudge{Fault: "garbage"}, "no end within"},
		"flood":        {simJudge{Fault: "flood"}, "more than 16 MB"},
		"hang":         {simJudge{Fault: "hang"}, "no end within"},
		"died":         {simJudge{Fault: "exit"}, "out of luck"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, f := judging(t, text, c.script)
			j.cfg.Axioms = []string{"My.axiom"}
			if strings.Contains(c.want, "no end") {
				j.cfg.JudgeTime = 300 * time.Millisecond
			}
			err := j.Verify(t.Context(), filled(t, f, "simp"))
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "theorem N.a")):
				t.Errorf("the verdict is %v, want %q", err, c.want)
			}
		})
	}
}

// Nothing but the hole may differ, and nothing strange may stand in it.
func TestJudgeSeesOtherChanges(t *testing.T) {
	const text = "theorem a : p := by sorry\ntheorem b : q := rfl\n"
	j, f := judging(t, text, fine(""))
	good := filled(t, f, "simp")
	if err := j.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		strings.Replace(good, "a : p", "a : True", 1): "more than the hole",
		strings.Replace(good, "rfl", "foo", 1):        "more than the hole",
		good + "\n":                                   "more than the hole",
		"":                                            "more than the hole",
		text:                                          "must not leave anything open",
		strings.Replace(good, "simp", "simp\ntheorem c : False := foo", 1): "is a command",
		strings.Replace(good, "simp", "simp -- ok", 1):                     "comment",
		"theorem a : p := by\ntheorem b : q := rfl\n":                      "no tactic",
	} {
		if err := j.Verify(t.Context(), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// What the judge compiles: the whole file, and the question at its end.
func TestQuestion(t *testing.T) {
	var b strings.Builder
	for _, text := range []string{
		"theorem a : p := by sorry",
		"namespace N\nprivate lemma b : p := sorry\nend N\n\n\n",
		"namespace N\nexample (h : p) : p := by sorry\nexample : q := foo\nend N\n",
		"instance : Inhabited Nat := sorry\n",
		"@[simp] instance (priority := 100) [Foo a] : Inhabited Nat := ⟨sorry⟩\n",
	} {
		j, f := judging(t, text)
		copied, name, line := j.question(filled(t, f, "exact foo"))
		if got := strings.Split(copied, "\n")[line-1]; got != "#print axioms "+name {
			t.Errorf("line %d is %q", line, got)
		}
		b.WriteString("== " + f.Holes()[0].Label() + "\n" + copied)
	}
	golden(t, "question.golden", b.String())
}

func TestPrivateName(t *testing.T) {
	j, f := judging(t, "namespace N\nprivate theorem a : p := sorry\nend N\n", simJudge{
		Lines: []string{diagnosticLine("information", "{LINE}", "'_private.Judged.0.N.a' depends on axioms: [propext]")},
	})
	if err := j.Verify(t.Context(), filled(t, f, "simp")); err != nil {
		t.Error(err)
	}
}

func TestCompiles(t *testing.T) {
	const text = "theorem a : p := by sorry\n"
	j, _ := judging(t, text, simJudge{Lines: []string{diagnosticLine("warning", "1", "declaration uses `sorry`")}})
	if err := j.Compiles(t.Context()); err != nil {
		t.Error(err)
	}
	j, _ = judging(t, text, simJudge{Lines: []string{diagnosticLine("error", "7", "unknown identifier 'x'")}, Exit: 1})
	if err := j.Compiles(t.Context()); err == nil || !strings.Contains(err.Error(), "does not compile: line 7, column 1: unknown identifier") {
		t.Error(err)
	}
}

// The judge's copy is gone afterwards.
func TestJudgeLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, script := range []simJudge{fine(""), {Fault: "exit"}} {
		j, f := judging(t, "theorem a : p := by sorry\n", script)
		_ = j.Verify(t.Context(), filled(t, f, "simp"))
	}
	left, err := filepath.Glob(filepath.Join(dir, "ponder-lean-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestJudgeRefusesHoles(t *testing.T) {
	f := parse(t, "#check sorry\ntheorem a : p := rfl\n")
	_, err := NewJudge(Config{Lean: []string{"lean"}}, f, f.Holes()[0])
	var bad *env.InputError
	if !errors.As(err, &bad) {
		t.Errorf("a hole in a command: %v", err)
	}
	if _, err := NewJudge(Config{Lean: []string{"lean"}}, f, Hole{}); err == nil {
		t.Error("a hole that is not there was accepted")
	}
}

func TestJudgeWithoutLean(t *testing.T) {
	f := parse(t, "theorem a : p := by sorry\n")
	j, err := NewJudge(Config{Lean: []string{filepath.Join(t.TempDir(), "no-lean")}}, f, f.Holes()[0])
	if err != nil {
		t.Fatal(err)
	}
	var missing *MissingError
	if err := j.Verify(t.Context(), filled(t, f, "simp")); !errors.As(err, &missing) || missing.Program != j.cfg.Lean[0] {
		t.Errorf("%v", err)
	}
}

func TestDoctor(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"lean", "lake"} {
		if err := os.Symlink(mustAbs(t, os.Args[0]), filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := loaded("⊢ 1 + 1 = 2")
	s.Rules = []simRule{{Tactic: "rfl", Goals: []string{}}}
	c, _ := sim(t, s)
	t.Setenv("PATH", bin)
	for _, check := range Doctor(t.Context(), c) {
		if !check.OK || check.Advice != "" || check.Detail == "" {
			t.Errorf("%+v", check)
		}
	}
	s.Rules = nil
	c, _ = sim(t, s)
	broken := Doctor(t.Context(), c)
	if last := broken[len(broken)-1]; last.OK || last.Advice == "" || !strings.Contains(last.Detail, "rfl") {
		t.Errorf("a REPL that can't do rfl: %+v", last)
	}

	t.Setenv("PATH", t.TempDir())
	t.Setenv("PONDER_LEAN_REPL", "")
	var names []string
	for _, check := range Doctor(t.Context(), Config{Dir: t.TempDir()}) {
		names = append(names, check.Name)
		if check.OK || check.Advice == "" || check.Detail == "" {
			t.Errorf("nothing is there, and yet: %+v", check)
		}
	}
	if diff := cmp.Diff([]string{"lean", "lake", "repl", "proof"}, names); diff != "" {
		t.Error(diff)
	}
}

func mustAbs(t testing.TB, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
