package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

// program builds the program as a user would have it: what is killed here is a
// process, not a goroutine.
func program(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ponder")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return bin
}

// victim is a run that is killed again and again.
type victim struct {
	t      *testing.T
	bin    string
	db     string
	random *rand.Rand
	args   []string // of solve, with the problem last
	kills  int      // that hit
	run    string   // its id, once it is known
}

// ponder runs the program, until it ends or until the time is up, when it is
// killed. Without a limit it ends by itself.
func (v *victim) ponder(limit time.Duration, args ...string) (stdout, stderr string, killed bool) {
	v.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(v.bin, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	if limit > 0 {
		select {
		case err := <-done:
			done <- err
		case <-time.After(limit):
			_ = cmd.Process.Kill() // SIGKILL
			killed = true
		}
	}
	select {
	case <-done:
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		v.t.Fatalf("%v did not end: %s", args, errs.String())
	}
	return out.String(), errs.String(), killed && cmd.ProcessState.ExitCode() == -1
}

// step makes one attempt at the run and kills it within the limit; 0 lets it
// end. It returns the result, if there was time for one.
func (v *victim) step(limit time.Duration) string {
	v.t.Helper()
	args := append([]string{"solve", "--db", v.db, "--quiet", "--json"}, v.args...)
	if v.run != "" {
		args = []string{"resume", "--db", v.db, "--quiet", "--json", v.run}
	}
	stdout, stderr, killed := v.ponder(limit, args...)
	if killed {
		v.kills++
		stdout = ""
	}
	if stderr != "" && !killed {
		v.t.Fatalf("seed of the test aside, after %d kills: %v: %s", v.kills, args, stderr)
	}
	if v.run == "" {
		v.run = v.known()
	}
	return stdout
}

// known is the id of the run, if it was kept before the kill.
func (v *victim) known() string {
	v.t.Helper()
	if _, err := os.Stat(v.db); err != nil {
		return ""
	}
	stdout, stderr, _ := v.ponder(0, "runs", "--json", "--db", v.db)
	var runs []row
	if err := json.Unmarshal([]byte(stdout), &runs); err != nil {
		v.t.Fatalf("ponder runs: %v, %s", err, stderr)
	}
	for _, r := range runs {
		// A run that was killed before its first event is begun anew.
		if out, _, _ := v.ponder(0, "show", "--json", "--db", v.db, r.Run); out != "" {
			return r.Run
		}
	}
	return ""
}

// comparable strips what differs between any two runs.
func comparable(t *testing.T, stdout string) view.Result {
	t.Helper()
	var r view.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, stdout)
	}
	r.Run, r.Stats.ElapsedMS = "", 0
	return r
}

// killedOften lets a run of these arguments be killed so many times, and
// compares what it comes to with what the same run comes to in one go.
func killedOften(t *testing.T, bin string, seed uint64, kills int, longest time.Duration, args ...string) *victim {
	t.Helper()
	dir := t.TempDir()
	whole := &victim{t: t, bin: bin, db: filepath.Join(dir, "whole.db"), args: args}
	want := comparable(t, whole.step(0))
	v := &victim{t: t, bin: bin, db: filepath.Join(dir, "killed.db"), args: args, random: rand.New(rand.NewPCG(seed, 1))}
	got := ""
	for got == "" && v.kills < kills {
		got = v.step(1 + time.Duration(v.random.Int64N(int64(longest))))
	}
	if got == "" {
		got = v.step(0)
	}
	if d := gocmp.Diff(want, comparable(t, got)); d != "" {
		t.Errorf("%v, seed %d, killed %d times (-in one go +in pieces):\n%s", args, seed, v.kills, d)
	}
	shown, _, _ := v.ponder(0, "show", "--json", "--db", v.db, v.run)
	if d := gocmp.Diff(want, comparable(t, shown)); d != "" {
		t.Errorf("%v, seed %d: ponder show (-result +shown):\n%s", args, seed, d)
	}
	return v
}

// 300 times a search is killed by SIGKILL at a random moment: whatever was kept
// then is enough to go on, to the same result with the same number of calls.
func TestKill(t *testing.T) {
	const kills = 300
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	problems := []string{"1 3 4 6", "2 3 5 12", "1 4 5 6", "3 3 8 8", "2 7 9 12", "1 1 1 1", "5 5 5 1"}
	sets := [][]string{
		{"--max-calls", "40", "--critic", "yesno", "--width", "3"},
		{"--max-calls", "60", "--critic", "yesno", "--policy", "sample"},
		{"--max-calls", "40", "--critic", "yesno", "--strategy", "puct", "--no-cache"},
	}
	bin, total := program(t), 0
	for i := 0; total < kills; i++ {
		args := append(append([]string{}, sets[i%len(sets)]...), "game24", problems[i%len(problems)])
		v := killedOften(t, bin, seed+uint64(i), min(20, kills-total), 120*time.Millisecond, args...)
		total += v.kills
		if t.Failed() {
			return
		}
	}
}

// A search that pays for nothing is kept by snapshots.
func TestKillWithoutModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	killedOften(t, program(t), seed, 3, 400*time.Millisecond, "--model", "none", "--simulations", "20000", "connect4", "start")
}

// Ctrl-C, too, leaves a run that goes on as if nothing had been.
func TestInterruptAndResume(t *testing.T) {
	bin := program(t)
	dir := t.TempDir()
	args := []string{"--critic", "yesno", "--max-calls", "400", "--width", "3", "game24", "1 1 1 1"}
	whole := &victim{t: t, bin: bin, db: filepath.Join(dir, "whole.db"), args: args}
	want := comparable(t, whole.step(0))
	db := filepath.Join(dir, "stopped.db")
	cmd := exec.Command(bin, append([]string{"solve", "--db", db, "--json"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := func() bool { // some events are kept
		s, err := store.Open(t.Context(), db, store.Options{ReadOnly: true})
		if err != nil {
			return false
		}
		defer s.Close()
		events, _, _, err := s.EventsAfter(t.Context(), lastRun(t, s), store.Mark{})
		return err == nil && len(events) > 5
	}
	until(t, "the run begins", func() bool { return begun() })
	_ = cmd.Process.Signal(os.Interrupt)
	err := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code == exitInterrupted {
		if !strings.Contains(errs.String(), "ponder resume") {
			t.Errorf("stderr does not say how to go on: %s", errs.String())
		}
	} else if err != nil && code != exitUnsolved {
		t.Fatalf("exit code %d, %v: %s", code, err, errs.String())
	}
	v := &victim{t: t, bin: bin, db: db, args: args, run: "last"}
	if d := gocmp.Diff(want, comparable(t, v.step(0))); d != "" {
		t.Errorf("(-in one go +in pieces):\n%s", d)
	}
}

// lastRun is the id of the newest run, or nothing.
func lastRun(t *testing.T, s *store.Store) string {
	t.Helper()
	r, err := s.Run(t.Context(), "last")
	if err != nil {
		return ""
	}
	return r.ID
}
