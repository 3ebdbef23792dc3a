package plugin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/plugin"
)

// faulty is a plug-in that counts down from a number, and does something wrong at the
// action "boom". Its name is the fault, and where a mark is that says it was done once.
func faulty(name string) error {
	fault, mark, _ := strings.Cut(name, "@")
	if pids := os.Getenv("PONDER_TEST_PIDS"); pids != "" {
		f, err := os.OpenFile(pids, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		fmt.Fprintln(f, os.Getpid())
		f.Close()
	}
	in := bufio.NewScanner(os.Stdin)
	states := 0
	for in.Scan() {
		var rs []map[string]any
		batch := strings.HasPrefix(in.Text(), "[")
		text := in.Text()
		if !batch {
			text = "[" + text + "]"
		}
		if err := json.Unmarshal([]byte(text), &rs); err != nil {
			return err
		}
		var out []any
		for _, r := range rs {
			out = append(out, faultyReply(r, fault, mark, &states))
		}
		var reply any = out
		if !batch {
			reply = out[0]
		}
		line, err := json.Marshal(reply)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

func faultyReply(r map[string]any, fault, mark string, states *int) map[string]any {
	state := func(n float64) map[string]any {
		*states++
		return map[string]any{"id": r["id"], "state": map[string]any{
			"data": n, "text": fmt.Sprint(n), "actions": []string{"down", "boom"}, "over": n == 0, "reward": 1,
		}}
	}
	switch r["op"] {
	case "info":
		return map[string]any{"id": r["id"], "info": map[string]any{"protocol": 1, "name": "faulty", "players": 1, "finite": true, "example": "3"}}
	case "start":
		return state(3)
	}
	n, _ := r["state"].(float64)
	if r["action"] != "boom" {
		return state(n - 1)
	}
	if mark != "" {
		if _, err := os.Stat(mark); err == nil {
			return state(0)
		}
		_ = os.WriteFile(mark, nil, 0o600)
	}
	switch fault {
	case "hang":
		time.Sleep(time.Hour)
	case "child":
		_ = exec.Command("sleep", "3600").Start()
		time.Sleep(time.Hour)
	case "die":
		fmt.Fprintln(os.Stderr, "\x1b[31mout of luck\x1b[0m")
		os.Exit(3)
	case "garbage":
		fmt.Println("Hello there, \x1b[31mI am a plug-in")
	case "flood":
		for {
			fmt.Print(strings.Repeat("flood ", 1<<16))
		}
	case "lines":
		for {
			fmt.Println(`{"id":1}`)
		}
	case "id":
		return map[string]any{"id": 4711, "state": state(0)["state"]}
	case "memory":
		var hoard [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			hoard = append(hoard, b)
			time.Sleep(time.Duration(len(hoard)&1) * 20 * time.Millisecond)
		}
	case "reward":
		s := state(0)
		s["state"].(map[string]any)["reward"] = 2
		return s
	case "empty":
		return map[string]any{"id": r["id"]}
	}
	return state(0)
}

// running reports whether a process is there and no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !os.IsNotExist(err)
	}
	return !strings.Contains(string(stat), ") Z ")
}

// noOrphans waits until none of the processes that wrote their number is left.
func noOrphans(t *testing.T, pids string) {
	t.Helper()
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); running(pid); time.Sleep(5 * time.Millisecond) {
			if time.Since(began) > 5*time.Second {
				t.Fatalf("process %d still runs", pid)
			}
		}
	}
}

var faults = map[string]string{
	"hang":    "it took too long: no answer within",
	"child":   "it took too long: no answer within",
	"die":     "out of luck",
	"garbage": "Hello there,",
	"flood":   "a reply of more than 1 MB",
	"lines":   "which is no reply|the reply has the id|without being asked",
	"id":      "the reply has the id 4711",
	"memory":  "it took too much memory",
	"reward":  `the "reward" 2 is outside [0,1]`,
	"empty":   `the reply has no "state"`,
}

func bounds(c *plugin.Config) {
	c.Timeout, c.Memory, c.Reply = 500*time.Millisecond, 200<<20, 1<<20
}

// What a plug-in does wrong every time ends in a clear error, and no process is left.
func TestFaults(t *testing.T) {
	for fault, want := range faults {
		t.Run(fault, func(t *testing.T) {
			pids := filepath.Join(t.TempDir(), "pids")
			t.Setenv("PONDER_TEST_PIDS", pids)
			e := open(t, fault, bounds, func(c *plugin.Config) {
				if fault == "memory" || fault == "flood" {
					c.Timeout = 20 * time.Second // it gets there before
				}
			})
			s, err := e.Start(t.Context(), "3")
			if err != nil {
				t.Fatal(err)
			}
			_, err = e.Step(t.Context(), s, "boom")
			ok := false
			for _, w := range strings.Split(want, "|") {
				ok = ok || err != nil && strings.Contains(err.Error(), w)
			}
			if !errors.Is(err, env.ErrBroken) || !ok || !strings.Contains(err.Error(), "failed 3 times in a row") {
				t.Errorf("the error is %v, want %q", err, want)
			}
			if strings.ContainsAny(fmt.Sprint(err), "\x1b\n") {
				t.Errorf("the error is not safe to print: %q", err)
			}
			// The next request is answered by a fresh process.
			if next, err := e.Step(t.Context(), s, "down"); err != nil || next.String() != "2" {
				t.Errorf("after the fault: %v, %v", next, err)
			}
			e.Close()
			noOrphans(t, pids)
		})
	}
}

// What goes wrong once costs time only: the steps that led to the state are made again.
func TestFaultsOnce(t *testing.T) {
	for fault := range faults {
		t.Run(fault, func(t *testing.T) {
			mark := filepath.Join(t.TempDir(), "mark")
			e := open(t, fault+"@"+mark, bounds, func(c *plugin.Config) {
				if fault == "memory" || fault == "flood" {
					c.Timeout = 20 * time.Second
				}
			})
			s, err := e.Start(t.Context(), "3")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if s, err = e.Step(t.Context(), s, "down"); err != nil {
					t.Fatal(err)
				}
			}
			end, err := e.Step(t.Context(), s, "boom")
			if err != nil {
				t.Fatal(err)
			}
			if o, over := end.Outcome(); !over || o.Reward != 1 {
				t.Errorf("the state is %v", end)
			}
			if _, err := os.Stat(mark); err != nil {
				t.Error("the fault never happened")
			}
			if got := end.(env.Answerer).Answer(); got != "down down boom" {
				t.Errorf("the answer is %q", got)
			}
		})
	}
}

// A plug-in that can't even begin says why.
func TestOpenFails(t *testing.T) {
	var missing *plugin.MissingError
	for _, argv := range [][]string{{"no-such-program-anywhere"}, {"./no/such/file"}, nil} {
		if _, err := plugin.Open(t.Context(), plugin.Config{Argv: argv}); !errors.As(err, &missing) {
			t.Errorf("%q: %v", argv, err)
		}
	}
	for script, want := range map[string]string{
		"echo hello":                                    "which is no reply",
		"exit 3":                                        "the program died",
		"echo no luck >&2":                              "no luck",
		`read x; echo '{"id":1}'`:                       `has no "info"`,
		`read x; echo '{"id":1,"info":{}}'`:             "its protocol is 0",
		`read x; echo '{"id":1,"error":{}}'`:            `"info" is refused`,
		`read x; echo '{"id":1,"info":[]}'`:             "which is no reply",
		`read x; echo '{"id":1} {"id":1}'`:              "more than one reply",
		`read x; echo '{"id":1,"info":{"protocol":1}}'`: `no "example"`,
	} {
		_, err := plugin.Open(t.Context(), plugin.Config{Argv: []string{"sh", "-c", script}, Timeout: time.Second, Warm: time.Second})
		if !errors.Is(err, env.ErrBroken) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
	}
}

// A cancelled request ends at once, and what comes next is answered.
func TestCancelled(t *testing.T) {
	e := open(t, "hang", func(c *plugin.Config) { c.Timeout = time.Second })
	s, err := e.Start(t.Context(), "3")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = e.Step(ctx, s, "boom")
	if took := time.Since(began); err == nil || took > 2*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if next, err := e.Step(t.Context(), s, "down"); err != nil || next.String() != "2" {
		t.Errorf("after that: %v, %v", next, err)
	}
}

// A process that keeps states makes room for another one in time.
func TestStatesAreBounded(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	t.Setenv("PONDER_TEST_PIDS", pids)
	e := open(t, "none", func(c *plugin.Config) { c.States = 10 })
	s, err := e.Start(t.Context(), "3")
	if err != nil {
		t.Fatal(err)
	}
	for range 25 {
		next, err := e.Step(t.Context(), s, "down")
		if err != nil || next.String() != "2" {
			t.Fatalf("%v, %v", next, err)
		}
	}
	text, err := os.ReadFile(pids)
	if n := strings.Count(string(text), "\n"); err != nil || n < 3 {
		t.Errorf("%d processes, %v", n, err)
	}
}

// What a plug-in writes to stderr is shown with a prefix, clean and bounded.
func TestStderr(t *testing.T) {
	var shown strings.Builder
	script := `printf 'one\033[31m two\n' >&2; i=0; while [ $i -lt 300 ]; do echo line $i >&2; i=$((i+1)); done; read x; exit 1`
	_, err := plugin.Open(t.Context(), plugin.Config{Argv: []string{"sh", "-c", script}, Stderr: &shown, Warm: 5 * time.Second})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(shown.String(), "\n")
	if lines[0] != "plug-in: one[31m two" || lines[1] != "plug-in: line 0" {
		t.Errorf("it begins with %q", lines[:2])
	}
	if len(lines) != 201 || !strings.Contains(lines[199], "left out") {
		t.Errorf("%d lines, the last of them %q", len(lines), lines[len(lines)-2])
	}
}
