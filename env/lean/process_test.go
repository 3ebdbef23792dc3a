package lean

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// pids are the processes that the simulator has started in a folder.
func pids(t testing.TB, dir string) []int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for line := range strings.Lines(string(data)) {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err != nil {
			t.Fatal(err)
		}
		list = append(list, pid)
	}
	return list
}

// gone waits until no process of a folder runs any more.
func gone(t testing.TB, dir string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		var left []int
		if _, err := os.Stat(filepath.Join(dir, "pids")); err == nil { // else none came so far
			left = slices.DeleteFunc(pids(t, dir), func(pid int) bool { return !running(pid) })
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes %v still run", left)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// faults break the process in the middle of a step; the state must survive each.
func TestFaultsInAStep(t *testing.T) {
	for fault, class := range map[string]proof.Class{
		"exit": proof.Died, "half": proof.Died, "hang": proof.Timeout, "garbage": proof.Desync, "array": proof.Desync,
		"wrongtype": proof.Desync, "noform": proof.Desync, "command": proof.Desync, "stale": proof.Desync,
		"flood": proof.Desync, "noise": proof.Died,
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := loaded("p q r : Prop\n⊢ p ∧ q → q ∧ p")
			s.Child = true
			s.Rules = []simRule{{Goal: "hp", Tactic: "boom", Fault: fault}}
			e, dir := open(t, s, func(c *Config) {
				if fault == "hang" {
					c.StepTime = 300 * time.Millisecond
				}
			})
			deep := walk(t, e, rootOf(t, e), "intro h", "obtain ⟨hp, hq⟩ := h", "constructor", "2")
			f := refusal(t, e, deep, "boom")
			if f.Class != class || f.Class.Final() {
				t.Errorf("the failure is %+v, want the class %q", f, class)
			}
			if words := map[string]string{"exit": "out of luck", "noise": "the last words"}[fault]; !strings.Contains(f.Text, words) {
				t.Errorf("the failure does not carry the words of stderr: %s", f.Text)
			}
			// The same state, in a process that has to be told how to get there.
			end := walk(t, e, deep, "exact hp")
			if _, over := end.Outcome(); !over {
				t.Errorf("not proved: %s", end)
			}
			if n := len(pids(t, dir)); n != 4 {
				t.Errorf("%d processes were started, want 2 with a child each", n)
			}
			// It was not final: it is asked again.
			if again := refusal(t, e, deep, "boom"); again.Class != class {
				t.Errorf("the second time it is %+v", again)
			}
			if n := len(e.Failures(deep)); n != 1 {
				t.Errorf("%d failures", n)
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			gone(t, dir)
		})
	}
}

// A second reply to one question is found at the next.
func TestTwoReplies(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p → p")
	s.Rules = []simRule{{Tactic: "boom", Fault: "twice"}}
	e, _ := open(t, s)
	if f := refusal(t, e, rootOf(t, e), "boom"); f.Text != "first" && f.Class != proof.Desync {
		t.Errorf("the first reply is %+v", f)
	}
	time.Sleep(50 * time.Millisecond)
	for range 3 {
		s, err := e.Step(t.Context(), rootOf(t, e), "intro h")
		if err == nil {
			walk(t, e, s, "exact h")
			return
		}
		if !errors.Is(err, env.ErrIllegal) {
			t.Fatal(err)
		}
	}
	t.Error("the environment does not come back")
}

// Each fault while the file is read, first always and then once.
func TestFaultsWhileReading(t *testing.T) {
	for fault, want := range map[string]string{
		"exit": "out of luck", "hang": "no answer within", "garbage": "PANIC at Lean.Foo", "flood": "16 MB", "array": "no reply",
	} {
		s := loaded("p q r : Prop\n⊢ p → p")
		s.Child, s.Load.Fault = true, fault
		c, dir := sim(t, s)
		if fault == "hang" {
			c.LoadTime = 200 * time.Millisecond
		}
		f := parse(t, source)
		_, err := New(t.Context(), c, f, only(t, f))
		if err == nil || errors.Is(err, env.ErrIllegal) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "could not read the file") {
			t.Errorf("%s: %v, want %q", fault, err, want)
		}
		gone(t, dir)
	}
}

// A REPL that dies while it reads the file again is given one more try; then the
// step fails, and it is not the tactic's fault.
func TestReadingAgainFails(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p → p")
	s.Rules = []simRule{{Tactic: "boom", Fault: "exit"}}
	e, dir := open(t, s)
	refusal(t, e, rootOf(t, e), "boom")
	s.Load.Fault, s.Load.Once = "exit", true
	rewrite(t, dir, s)
	next := walk(t, e, rootOf(t, e), "intro h")
	refusal(t, e, next, "boom")
	s.Load.Once = false
	rewrite(t, dir, s)
	_, err := e.Step(t.Context(), next, "exact h")
	if err == nil || errors.Is(err, env.ErrIllegal) || !errors.Is(err, errLoad) {
		t.Errorf("the error is %v", err)
	}
}

// A fresh REPL that shows other goals is not trusted.
func TestOtherGoalsAfterRestart(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p → p")
	s.Rules = []simRule{{Tactic: "boom", Fault: "exit"}}
	e, dir := open(t, s)
	next := walk(t, e, rootOf(t, e), "intro h")
	refusal(t, e, next, "boom")
	s.Rules = append(s.Rules, simRule{Tactic: "intro h", Goals: []string{"p q r : Prop\nh : q\n⊢ p"}})
	rewrite(t, dir, s)
	if f := refusal(t, e, next, "exact h"); f.Class != proof.Desync || !strings.Contains(f.Text, "other goals") {
		t.Errorf("the failure is %+v", f)
	}
	refusal(t, e, next, "boom")
	s.Load.Sorries[0].Goal = "p q r : Prop\n⊢ q → q"
	rewrite(t, dir, s)
	if _, err := e.Step(t.Context(), next, "exact h"); err == nil || errors.Is(err, env.ErrIllegal) || !strings.Contains(err.Error(), "another goal") {
		t.Errorf("another root: %v", err)
	}
}

func rewrite(t testing.TB, dir string, s simScript) {
	t.Helper()
	_, other := sim(t, s)
	data, err := os.ReadFile(filepath.Join(other, "script.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "script.json"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecycling(t *testing.T) {
	e, dir := open(t, loaded("p q r : Prop\n⊢ p → q → p"), func(c *Config) { c.States = 3 })
	root := rootOf(t, e)
	for range 5 {
		walk(t, e, root, "intro h", "intro g", "exact h")
	}
	if n := len(pids(t, dir)); n < 3 {
		t.Errorf("%d processes in 15 steps of 3 states each", n)
	}
}

// Closing and the end of the context leave no process behind, busy or not.
func TestNoOrphans(t *testing.T) {
	for name, end := range map[string]func(*Env, func()){
		"close":   func(e *Env, _ func()) { _ = e.Close() },
		"context": func(_ *Env, cancel func()) { cancel() },
	} {
		for _, busy := range []bool{false, true} {
			s := loaded("p q r : Prop\n⊢ p → p")
			s.Child = true
			s.Rules = []simRule{{Tactic: "boom", Fault: "hang"}}
			c, dir := sim(t, s)
			f := parse(t, source)
			ctx, cancel := context.WithCancel(t.Context())
			e, err := New(ctx, c, f, only(t, f))
			if err != nil {
				t.Fatal(err)
			}
			answer := make(chan error, 1)
			if busy {
				go func() {
					_, err := e.Step(context.Background(), e.root, "boom")
					answer <- err
				}()
				waitFor(t, func() bool { return strings.Contains(strings.Join(asked(t, dir), ""), "boom") })
			}
			end(e, cancel)
			gone(t, dir)
			if busy {
				if err := <-answer; err == nil || errors.Is(err, env.ErrIllegal) {
					t.Errorf("%s: the step in progress gave %v", name, err)
				}
			}
			if _, err := e.Step(context.Background(), e.root, "intro h"); err == nil || errors.Is(err, env.ErrIllegal) {
				t.Errorf("%s: a step after the end gave %v", name, err)
			}
			cancel()
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func waitFor(t testing.TB, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

// Cancelling returns within 100 ms: from a tactic, from the queue, while a REPL
// reads the file, and from the judge.
func TestCancel(t *testing.T) {
	s := loaded("p q r : Prop\n⊢ p → p")
	s.Rules = []simRule{{Tactic: "boom", Fault: "hang"}}
	s.Judge = []simJudge{{Fault: "hang"}}
	e, dir := open(t, s)
	cancelled := func(what string, call func(context.Context) error) {
		t.Helper()
		took := time.Hour
		for range 3 { // the machine may be busy with other things once
			ctx, cancel := context.WithCancel(t.Context())
			answer := make(chan error, 1)
			go func() { answer <- call(ctx) }()
			time.Sleep(150 * time.Millisecond)
			cancel()
			began := time.Now()
			err := <-answer
			took = min(took, time.Since(began))
			if !errors.Is(err, context.Canceled) || errors.Is(err, env.ErrIllegal) {
				t.Errorf("%s: the error is %v", what, err)
			}
			if took <= 100*time.Millisecond {
				return
			}
		}
		t.Errorf("%s: cancelling took %v", what, took)
	}
	step := func(tactic string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := e.Step(ctx, e.root, tactic)
			return err
		}
	}
	cancelled("a tactic", step("boom"))
	if n := len(e.Failures(e.root)); n != 0 {
		t.Errorf("cancelling left %d failures", n)
	}
	walk(t, e, rootOf(t, e), "intro h", "exact h")

	held, release := context.WithCancel(t.Context())
	before := strings.Count(strings.Join(asked(t, dir), ""), "boom")
	first := make(chan error, 1)
	go func() { first <- step("boom")(held) }()
	waitFor(t, func() bool { return strings.Count(strings.Join(asked(t, dir), ""), "boom") > before })
	cancelled("the queue", step("intro h"))
	release()
	<-first

	s.Load.Fault = "hang"
	rewrite(t, dir, s)
	cancelled("reading", step("intro h"))
	cancelled("the judge", func(ctx context.Context) error { return e.Verify(ctx, "", "simp") })
}

// Whatever happens to the processes on the way, a proof goes on.
func TestRandomWalksWithCrashes(t *testing.T) {
	tactics := []string{
		"intro a", "intro b", "constructor", "left", "right", "obtain ⟨c, d⟩ := a", "rcases b with b | e",
		"apply a", "exact a", "exact b", "exact c", "exact d", "1", "2", "finish",
	}
	var envs []*Env
	for _, goal := range []string{
		"p ∧ (q ∨ r) → p ∨ q → (q ∨ r) ∧ (p ∧ p)", "p → q → (p ∨ r)", "(p ∧ q → r ∧ (p ∨ q)) ∧ (p ∧ q → (q ∧ p) ∧ r)",
	} {
		s := loaded((&sequent{concl: parseFormula(goal)}).print(""))
		s.Rules = []simRule{{Tactic: "finish", Goals: []string{}}}
		e, _ := open(t, s, func(c *Config) { c.Workers = 2 })
		envs = append(envs, e)
	}
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom(envs).Draw(t, "environment")
		states := []env.State{e.root}
		for range rapid.IntRange(4, 12).Draw(t, "steps") {
			from := states[rapid.IntRange(0, len(states)-1).Draw(t, "from")]
			tactic := rapid.SampledFrom(tactics).Draw(t, "tactic")
			first, err1 := e.Step(context.Background(), from, tactic)
			if rapid.IntRange(0, 15).Draw(t, "crash") == 0 {
				for _, proc := range e.pool.killed() {
					<-proc.Gone()
				}
			}
			second, err2 := e.Step(context.Background(), from, tactic)
			if (err1 == nil) != (err2 == nil) || err1 != nil && !errors.Is(err1, env.ErrIllegal) {
				t.Fatalf("%q in\n%s\ngave %v and then %v", tactic, from, err1, err2)
			}
			if err1 != nil {
				continue
			}
			if first.Key() != second.Key() || first.String() != second.String() {
				t.Fatalf("%q in\n%s\nled to\n%s\nand then to\n%s", tactic, from, first, second)
			}
			p, single := first.(proof.State)
			if single == (env.ToMove(first) == 1) || single && len(p.Goals()) > 1 {
				t.Fatalf("several goals without metavariables are one state: %s", first)
			}
			_, over := first.Outcome()
			seen[fmt.Sprint(env.ToMove(first), over)] = true
			if !over {
				states = append(states, first)
			}
		}
	})
	if len(seen) != 3 {
		t.Errorf("the walks met only %v", seen)
	}
}
