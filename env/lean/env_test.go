package lean

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

var (
	_ env.Environment = (*Env)(nil)
	_ env.Verifier    = (*Env)(nil)
	_ env.Describer   = (*Env)(nil)
	_ proof.Failures  = (*Env)(nil)
	_ proof.State     = (*state)(nil)
	_ env.Mover       = (*fork)(nil)
	_ env.Finite      = (*fork)(nil)
)

// source is a file of one theorem, and loaded a script that knows its goal.
const source = "theorem t (p q r : Prop) : GOAL := by\n  sorry\n"

func loaded(goal string) simScript {
	var s simScript
	s.Load.Sorries = []simSorry{{Pos: simPos{2, 2}, Goal: goal}}
	s.Judge = []simJudge{fine("")}
	return s
}

// open starts an Env on the simulator.
func open(t testing.TB, s simScript, change ...func(*Config)) (*Env, string) {
	t.Helper()
	c, dir := sim(t, s)
	for _, f := range change {
		f(&c)
	}
	f := parse(t, source)
	e, err := New(t.Context(), c, f, only(t, f))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, dir
}

func rootOf(t testing.TB, e *Env) env.State {
	t.Helper()
	s, err := e.Start(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// walk plays steps one after the other.
func walk(t testing.TB, e *Env, s env.State, steps ...string) env.State {
	t.Helper()
	for _, step := range steps {
		next, err := e.Step(t.Context(), s, step)
		if err != nil {
			t.Fatalf("%q in\n%s\n: %v", step, s, err)
		}
		s = next
	}
	return s
}

// refusal plays a step that must be refused.
func refusal(t testing.TB, e *Env, s env.State, step string) proof.Failure {
	t.Helper()
	next, err := e.Step(t.Context(), s, step)
	var refused *StepError
	if !errors.As(err, &refused) || !errors.Is(err, env.ErrIllegal) {
		t.Fatalf("%q gave %v and the error %v", step, next, err)
	}
	return refused.Failure
}

func asked(t testing.TB, dir string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "asked"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

func TestProofWithBranches(t *testing.T) {
	e, dir := open(t, loaded("p q r : Prop\n⊢ p ∧ q → q ∧ (p ∨ r)"))
	root := rootOf(t, e)
	if got, want := root.String(), "p : Prop\nq : Prop\nr : Prop\n⊢ p ∧ q → q ∧ (p ∨ r)"; got != want {
		t.Errorf("the root is\n%s\nwant\n%s", got, want)
	}
	split := walk(t, e, root, "intro h", "obtain ⟨hp, hq⟩ := h", "constructor")
	if env.ToMove(split) != 1 {
		t.Fatalf("not an AND state: %s", split)
	}
	if diff := cmp.Diff([]string{"1", "2"}, split.(env.Finite).Actions()); diff != "" {
		t.Error(diff)
	}
	if _, over := split.Outcome(); over {
		t.Error("an AND state is no end")
	}
	want := "goal 1 of 2\np : Prop\nq : Prop\nr : Prop\nhp : p\nhq : q\n⊢ q\n\ngoal 2 of 2\np : Prop\nq : Prop\nr : Prop\nhp : p\nhq : q\n⊢ p ∨ r"
	if split.String() != want {
		t.Errorf("the AND state reads\n%s", split)
	}
	for _, branch := range [][]string{{"1", "exact hq"}, {"2", "left", "exact hp"}} {
		end := walk(t, e, split, branch...)
		if outcome, over := end.Outcome(); !over || outcome.Reward != 1 || len(end.(proof.State).Goals()) != 0 {
			t.Errorf("branch %v ends in %s: %v", branch, end, outcome)
		}
	}
	second := walk(t, e, split, "2").(proof.State)
	if g := second.Goals(); len(g) != 1 || g[0].Concl != "p ∨ r" || g[0].Open {
		t.Errorf("the second goal is %v", g)
	}
	for _, action := range []string{"0", "3", "01", "one", "simp", ""} {
		if _, err := e.Step(t.Context(), split, action); !errors.Is(err, env.ErrIllegal) {
			t.Errorf("action %q of an AND state: %v", action, err)
		}
	}
	sent := asked(t, dir)
	if !slices.Contains(sent, `{"tactic":"(rotate_left 1; sorry)","proofState":3}`) || !slices.Contains(sent, `{"tactic":"(sorry)","proofState":3}`) {
		t.Errorf("the goals were isolated by other means:\n%s", strings.Join(sent, "\n"))
	}
	tree := &proof.Tree{Tactic: "intro h", Next: []*proof.Tree{{Tactic: "obtain ⟨hp, hq⟩ := h", Next: []*proof.Tree{
		{Tactic: "constructor", Next: []*proof.Tree{{Tactic: "exact hq"}, {Tactic: "left", Next: []*proof.Tree{{Tactic: "exact hp"}}}}},
	}}}}
	if err := e.Verify(t.Context(), e.Problem(), Format(tree)); err != nil {
		t.Error(err)
	}
}

func TestCoupledGoals(t *testing.T) {
	s := loaded("p : Nat → Prop\n⊢ ∃ n, p n ∧ q")
	s.Rules = []simRule{
		{Goal: "∃", Tactic: "refine ⟨?w, ?_, ?_⟩", Goals: []string{"case refine_1\n⊢ p ?w", "case refine_2\n⊢ q", "case w\n⊢ Nat"}},
		{Goal: "p ?w", Tactic: "exact hp", Goals: []string{}},
		{Goal: "⊢ q", Tactic: "exact hq", Goals: []string{}},
		{Goal: "∃", Tactic: "refine ⟨_, ?_⟩", Goals: []string{"⊢ p ?m.42 ∧ q"}},
	}
	e, _ := open(t, s)
	coupled := walk(t, e, rootOf(t, e), "refine ⟨?w, ?_, ?_⟩")
	if env.ToMove(coupled) != 0 {
		t.Fatalf("goals with metavariables were parted: %s", coupled)
	}
	goals := coupled.(proof.State).Goals()
	if len(goals) != 3 || !goals[0].Open || goals[1].Open {
		t.Errorf("the goals are %v", goals)
	}
	// The simulator keeps the others, and they are free now.
	rest := walk(t, e, coupled, "exact hp")
	if env.ToMove(rest) != 1 || len(rest.(env.Finite).Actions()) != 2 {
		t.Errorf("two free goals are %s", rest)
	}
	single := walk(t, e, rootOf(t, e), "refine ⟨_, ?_⟩").(proof.State)
	if g := single.Goals(); len(g) != 1 || !g[0].Open {
		t.Errorf("the goal is %v", g)
	}
}

func TestWhatIsNoSuccess(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p → p")
	failed := []simMessage{{"error", simPos{}, "Unknown identifier `foo`"}}
	s.Rules = []simRule{
		{Tactic: "recovered", Goals: []string{}, Messages: failed, Status: "Incomplete: contains sorry"},
		{Tactic: "recovered, completed", Goals: []string{}, Messages: failed},
		{Tactic: "recovered, goals", Goals: []string{"⊢ q"}, Messages: failed},
		{Tactic: "hidden hole", Goals: []string{}, Status: "Incomplete: contains sorry"},
		{Tactic: "metavariables", Goals: []string{}, Status: "Incomplete: contains metavariable(s)"},
		{Tactic: "kernel", Goals: []string{}, Status: "Error: kernel type check failed: (kernel) application type mismatch"},
		{Tactic: "not verified", Goals: []string{}, Status: "Not verified: more than one initial goal"},
		{Tactic: "reports a hole", Goals: []string{"⊢ q"}, Sorries: []simSorry{{Goal: "⊢ p", ProofState: 1}}},
		{Tactic: "explodes", Goals: []string{"⊢ " + strings.Repeat("x ∧ ", 60_000) + "x"}},
		{Tactic: "warned", Goals: []string{"⊢ q"}, Messages: []simMessage{{"warning", simPos{}, "unused"}, {"info", simPos{}, "hello"}}},
	}
	e, _ := open(t, s)
	root := rootOf(t, e)
	for tactic, class := range map[string]proof.Class{
		"recovered": proof.UnknownName, "recovered, completed": proof.UnknownName, "recovered, goals": proof.UnknownName,
		"hidden hole": proof.Forbidden, "metavariables": proof.WrongCount, "kernel": proof.Other, "not verified": proof.Other,
		"reports a hole": proof.Forbidden, "explodes": proof.Other, "skip": proof.NoProgress, "exact h": proof.UnknownName, "left": proof.Other,
		"no such tactic": proof.UnknownName, "sorry": proof.Forbidden, "": proof.Forbidden,
	} {
		f := refusal(t, e, root, tactic)
		if f.Class != class || f.Tactic != tactic || f.Text == "" || len([]rune(f.Text)) > 200 || strings.Contains(f.Text, "\n") {
			t.Errorf("%q: %+v, want the class %q", tactic, f, class)
		}
	}
	if len(e.Failures(root)) != 15 {
		t.Errorf("%d failures are known", len(e.Failures(root)))
	}
	walk(t, e, root, "warned")
	// Even where other goals were closed with sorry, only that status will do.
	branch := walk(t, e, root, "intro h")
	if len(e.Failures(branch)) != 0 {
		t.Errorf("failures of a fresh state: %v", e.Failures(branch))
	}
}

func TestStatusInBranches(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p ∧ q")
	s.Rules = []simRule{
		{Tactic: "metavariables", Goals: []string{}, Status: "Incomplete: contains metavariable(s)"},
		{Tactic: "kernel", Goals: []string{}, Status: "Error: kernel type check failed"},
		{Tactic: "fine", Goals: []string{}},
	}
	e, _ := open(t, s)
	branch := walk(t, e, rootOf(t, e), "constructor", "2")
	refusal(t, e, branch, "metavariables")
	refusal(t, e, branch, "kernel")
	walk(t, e, branch, "fine")
}

func TestOldREPL(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p → p")
	s.NoStatus = true
	e, _ := open(t, s)
	next := walk(t, e, rootOf(t, e), "intro h")
	_, err := e.Step(t.Context(), next, "exact h")
	if err == nil || errors.Is(err, env.ErrIllegal) || !strings.Contains(err.Error(), "proofStatus") || !strings.Contains(err.Error(), "lake build repl") {
		t.Errorf("an old REPL: %v", err)
	}
}

func TestFailuresAreRememberedAndNotAskedAgain(t *testing.T) {
	e, dir := open(t, loaded("p q r : Prop\n⊢ p → p"))
	root := rootOf(t, e)
	first, second := refusal(t, e, root, "exact h"), refusal(t, e, root, "left")
	before := len(asked(t, dir))
	if again := refusal(t, e, root, "exact h -- once more"); again != first {
		t.Errorf("the second time it is %v, the first time %v", again, first)
	}
	if n := len(asked(t, dir)); n != before {
		t.Errorf("%d more requests", n-before)
	}
	if diff := cmp.Diff([]proof.Failure{first, second}, e.Failures(root)); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestFailuresAreBounded(t *testing.T) {
	f := failures{of: map[string][]proof.Failure{}}
	for i := range failureStates + 10 {
		for k := range 3 {
			f.add(string(rune(i+1000)), proof.Failure{Tactic: string(rune(k + 65))})
		}
	}
	for k := range 1000 {
		f.add("one", proof.Failure{Tactic: string(rune(k + 1000))})
	}
	if len(f.of) > failureStates || len(f.order) > failureStates || len(f.list("one")) != failuresPerState {
		t.Errorf("%d states, %d in order, %d failures of one", len(f.of), len(f.order), len(f.list("one")))
	}
}

func TestStartProblem(t *testing.T) {
	e, _ := open(t, loaded("⊢ p"))
	if want := "T.lean:2:3: theorem t"; e.Problem() != want {
		t.Errorf("the problem is %q, want %q", e.Problem(), want)
	}
	a, errA := e.Start(t.Context(), e.Problem())
	b, errB := e.Start(t.Context(), "")
	if errA != nil || errB != nil || a != b {
		t.Error(a, b, errA, errB)
	}
	_, err := e.Start(t.Context(), "T.lean:3:3: theorem u")
	var bad *env.InputError
	if !errors.As(err, &bad) || bad.Example != e.Problem() {
		t.Errorf("another problem: %v", err)
	}
	if err := e.Verify(t.Context(), "another", "simp"); !errors.As(err, &bad) {
		t.Errorf("another problem: %v", err)
	}
	other, _ := open(t, loaded("⊢ p"))
	if _, err := e.Step(t.Context(), rootOf(t, other), "simp"); err == nil || errors.Is(err, env.ErrIllegal) {
		t.Errorf("a state of another environment: %v", err)
	}
	if _, err := e.Step(t.Context(), nil, "simp"); err == nil {
		t.Error("no state was accepted")
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*simScript)
		want   string
	}{
		"error before": {func(s *simScript) {
			s.Load.Messages = []simMessage{{"error", simPos{1, 4}, "unknown package 'Mathlib'"}}
		}, "an error on line 1, column 5, before any proof is tried: unknown package 'Mathlib'"},
		"message": {func(s *simScript) { s.Load.Message = "unknown module prefix 'Foo'" }, "does not accept the file: unknown module"},
		"elsewhere": {func(s *simScript) {
			s.Load.Sorries[0].Pos = simPos{2, 3}
		}, "has not come to this sorry"},
		"none": {func(s *simScript) { s.Load.Sorries = nil }, "has not come to this sorry"},
		"two": {func(s *simScript) {
			s.Load.Sorries = append(s.Load.Sorries, simSorry{Pos: simPos{2, 2}, Goal: "⊢ q"})
		}, "this sorry stands for 2 goals"},
	} {
		s := loaded("⊢ p")
		c.change(&s)
		config, dir := sim(t, s)
		f := parse(t, source)
		_, err := New(t.Context(), config, f, only(t, f))
		var bad *env.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		gone(t, dir)
	}
	f := parse(t, "#eval sorry\n")
	if _, err := New(t.Context(), Config{Repl: []string{"x"}, Lean: []string{"x"}}, f, only(t, f)); err == nil || !strings.Contains(err.Error(), "only the sorry of a theorem") {
		t.Errorf("a command: %v", err)
	}
	if _, err := New(t.Context(), Config{}, f, Hole{}); err == nil || !strings.Contains(err.Error(), "no such hole") {
		t.Errorf("no hole: %v", err)
	}
}

// The REPL reads the file up to the end of the declaration, in the form in which
// the proof will stand.
func TestWhatTheREPLReads(t *testing.T) {
	for _, c := range []struct {
		text, want string
		at         linecol
	}{
		{"theorem a : p := sorry\n\ntheorem b : q := foo\n", "theorem a : p := by\n  sorry\n", linecol{2, 2}},
		{"-- α ∀\ntheorem a : «ℝ» ∧ q := ⟨sorry, h⟩ -- x\n", "-- α ∀\ntheorem a : «ℝ» ∧ q := ⟨(by sorry), h⟩\n", linecol{2, 28}},
		{"mutual\ntheorem a : p := by sorry\ntheorem b : q := foo\nend\ndef c := 1", "mutual\ntheorem a : p := by\n  sorry\ntheorem b : q := foo\nend\n", linecol{3, 2}},
		{"namespace N\ntheorem a : p := by\n  simp\n  sorry\nend N\n", "namespace N\ntheorem a : p := by\n  simp\n  sorry\n", linecol{4, 2}},
		{"theorem a : p := by sorry\ntermination_by n\n", "theorem a : p := by\n  sorry\ntermination_by n\n", linecol{2, 2}},
	} {
		f := parse(t, c.text)
		text, at := f.upTo(only(t, f))
		if text != c.want || at != c.at {
			t.Errorf("%q is read as %q, with the sorry at %v", c.text, text, at)
		}
	}
}

func TestMissingPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("PONDER_LEAN_REPL", "")
	f := parse(t, source)
	check := func(what, program string, err error) {
		t.Helper()
		var missing *MissingError
		if !errors.As(err, &missing) || !strings.Contains(missing.Program, program) || missing.Advice == "" || !strings.Contains(err.Error(), missing.Where) {
			t.Errorf("%s: %v", what, err)
		}
	}
	dir := t.TempDir()
	_, err := New(t.Context(), Config{Dir: dir}, f, only(t, f))
	check("nothing is there", "repl", err)
	if !strings.Contains(err.Error(), "lake build repl") {
		t.Errorf("no way to the REPL is shown: %v", err)
	}
	_, err = NewJudge(Config{Dir: dir}, f, only(t, f))
	check("no lean", "lean", err)
	if !strings.Contains(err.Error(), "elan") {
		t.Errorf("no way to Lean is shown: %v", err)
	}
	_, err = New(t.Context(), Config{Dir: dir, Repl: []string{filepath.Join(dir, "nothing")}, Lean: []string{"lean"}}, f, only(t, f))
	check("a configured program", "nothing", err)
	t.Setenv("PONDER_LEAN_REPL", filepath.Join(dir, "nowhere"))
	_, err = New(t.Context(), Config{Dir: dir, Lean: []string{"lean"}}, f, only(t, f))
	check("the variable points nowhere", "repl", err)

	// In a project lake is needed too.
	if err := os.WriteFile(filepath.Join(dir, "lakefile.toml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PONDER_LEAN_REPL", os.Args[0])
	_, err = New(t.Context(), Config{Dir: dir, Lean: []string{"lean"}}, f, only(t, f))
	check("no lake", "lake", err)
}

func TestProgramsAreFound(t *testing.T) {
	bin, dir := t.TempDir(), t.TempDir()
	put := func(path string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	repl, lake, lean := put(filepath.Join(bin, "repl")), put(filepath.Join(bin, "lake")), put(filepath.Join(bin, "lean"))
	t.Setenv("PATH", bin)
	t.Setenv("PONDER_LEAN_REPL", "")
	check := func(got []string, err error, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	got, err := replCommand(dir)
	check(got, err, repl)
	got, err = leanCommand(dir)
	check(got, err, lean)
	put(filepath.Join(dir, "lakefile.lean"))
	got, err = replCommand(dir)
	check(got, err, lake, "env", repl)
	got, err = leanCommand(dir)
	check(got, err, lake, "env", "lean")
	own := put(filepath.Join(dir, ".lake/packages/REPL/.lake/build/bin/repl"))
	got, err = replCommand(dir)
	check(got, err, lake, "env", own)
	chosen := put(filepath.Join(bin, "my repl"))
	t.Setenv("PONDER_LEAN_REPL", chosen)
	got, err = replCommand(dir)
	check(got, err, lake, "env", chosen)
	if found, ok := projectOf(filepath.Join(dir, "A", "B", "C.lean")); found != dir || !ok {
		t.Errorf("the project of a file in %s is %s", dir, found)
	}
	if found, ok := projectOf(filepath.Join(bin, "C.lean")); found != bin || ok {
		t.Errorf("the folder of a file in %s is %s", bin, found)
	}
}

func TestConcurrentSteps(t *testing.T) {
	e, dir := open(t, loaded("p q r : Prop\n⊢ p ∧ q → q ∧ p"), func(c *Config) { c.Workers = 3 })
	root := rootOf(t, e)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			s := root
			for _, step := range []string{"intro h", "obtain ⟨a, b⟩ := h", "constructor", "2", "exact a"} {
				next, err := e.Step(context.Background(), s, step)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := e.Step(context.Background(), next, "nonsense"); !errors.Is(err, env.ErrIllegal) {
					t.Error(err)
				}
				s = next
			}
			if _, over := s.Outcome(); !over {
				t.Errorf("not proved: %s", s)
			}
		})
	}
	all.Wait()
	if n := len(pids(t, dir)); n > 3 {
		t.Errorf("%d processes for 3 workers", n)
	}
}

func TestDescription(t *testing.T) {
	e, _ := open(t, loaded("p q : Prop\nh : p ∧ q\n⊢ q ∧ p"))
	state, step := e.Example()
	if Guard(step) != nil || readGoal(state).concl != "q ∧ p" || !strings.Contains(e.Rules(), "tactic") {
		t.Errorf("the example is %q in\n%s", step, state)
	}
	if g := rootOf(t, e).(proof.State).Goals(); len(g) != 1 || len(g[0].Hyps) != 3 {
		t.Errorf("%v", g)
	}
}

func TestTimesAreDefaulted(t *testing.T) {
	c := Config{}.withDefaults("x/T.lean")
	if c.Workers != 1 || c.StepTime != 10*time.Second || c.LoadTime != 5*time.Minute || c.JudgeTime != 10*time.Minute || c.Memory != 4<<30 || c.States != 20000 || !filepath.IsAbs(c.Dir) {
		t.Errorf("%+v", c)
	}
}
