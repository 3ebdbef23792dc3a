package lean

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/ponder-mcts/ponder/env/child"
)

// Check is one thing that proving in Lean needs, and whether it is there.
type Check struct {
	Name   string
	OK     bool
	Detail string // what was found, or what went wrong
	Advice string // what to do about it; empty if OK
}

// Doctor checks what proving in Lean needs: lean, lake and the REPL, and a proof
// from the sorry to the judge with all of them. It takes as long as Lean takes, a
// minute at most.
func Doctor(ctx context.Context, c Config) []Check {
	c = c.withDefaults("Doctor.lean")
	c.LoadTime, c.JudgeTime = min(c.LoadTime, 30*time.Second), min(c.JudgeTime, 30*time.Second)
	checks := []Check{
		checkVersion(ctx, "lean", c.Dir),
		checkVersion(ctx, "lake", c.Dir),
		checkRepl(c),
	}
	smoke := Check{Name: "proof", OK: true, Detail: "theorem t : 1 + 1 = 2 is proved by rfl, and the judge agrees"}
	if err := smokeTest(ctx, c); err != nil {
		smoke.OK, smoke.Detail, smoke.Advice = false, err.Error(), adviceOf(err, "see what Lean says; the versions of Lean and of the REPL must be the same")
	}
	return append(checks, smoke)
}

func checkVersion(ctx context.Context, program, dir string) Check {
	path, err := exec.LookPath(program)
	if err != nil {
		return Check{Name: program, Detail: program + " is not on PATH", Advice: adviceLean}
	}
	out, stderr, err := run(ctx, []string{path, "--version"}, dir, 20*time.Second)
	if err != nil {
		return Check{Name: program, Detail: fmt.Sprintf("%s --version: %v: %s", path, err, child.Shorten(stderr, 200)), Advice: adviceLean}
	}
	return Check{Name: program, OK: true, Detail: child.Shorten(out, 100) + " (" + path + ")"}
}

func checkRepl(c Config) Check {
	if len(c.Repl) > 0 {
		return Check{Name: "repl", OK: true, Detail: fmt.Sprintf("%q is configured", c.Repl)}
	}
	path, err := findRepl(c.Dir)
	if err != nil {
		return Check{Name: "repl", Detail: err.Error(), Advice: adviceOf(err, adviceRepl)}
	}
	return Check{Name: "repl", OK: true, Detail: path}
}

// adviceOf is the advice for what is missing, or another.
func adviceOf(err error, other string) string {
	var missing *MissingError
	if errors.As(err, &missing) {
		return missing.Advice
	}
	return other
}

// smokeTest proves a small theorem.
func smokeTest(ctx context.Context, c Config) error {
	f, err := Parse("Doctor.lean", "theorem t : 1 + 1 = 2 := by sorry\n")
	if err != nil {
		return err
	}
	e, err := New(ctx, c, f, f.holes[0])
	if err != nil {
		return err
	}
	defer e.Close()
	next, err := e.Step(ctx, e.root, "rfl")
	if err != nil {
		return err
	}
	if _, over := next.Outcome(); !over {
		return fmt.Errorf("rfl leaves a goal: %s", next)
	}
	return e.Verify(ctx, "", "rfl")
}
