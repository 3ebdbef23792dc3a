package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// tmpfs mounts a small disk of its own. Who may not mount anything runs the test
// again in a namespace where everybody may; then done is true.
func tmpfs(t *testing.T, options string) (dir string, done bool) {
	t.Helper()
	if os.Geteuid() != 0 {
		out, err := exec.Command("unshare", "--user", "--map-root-user", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v").CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
			t.Fatalf("in a namespace of its own: %v\n%s", err, out)
		}
		return "", true
	}
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatalf("mounting a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return dir, false
}

// fill writes a file that leaves so many bytes free.
func fill(t *testing.T, dir string, leave int64) (file string) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "filler")
	if n := int64(st.Bavail)*st.Bsize - leave; n > 0 {
		if err := os.WriteFile(file, make([]byte, n), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// long is a search that has no solution to find, for as long as a test wants.
var long = []string{"--no-cache", "--critic", "yesno", "--max-calls", "150", "countdown", "2 3 5 7 11 13 17 = 999983"}

// A disk that fills up ends the search with a clear word and the best so far;
// with space again it goes on as if nothing had been.
func TestDiskFull(t *testing.T) {
	dir, done := tmpfs(t, "size=24m")
	if done {
		return
	}
	bin := program(t)
	whole := &victim{t: t, bin: bin, db: filepath.Join(t.TempDir(), "whole.db"), args: long}
	want := comparable(t, whole.step(0))
	db := filepath.Join(dir, "ponder.db")
	v := &victim{t: t, bin: bin, db: db, args: []string{"--max-calls", "2", "game24", "4 9 10 13"}}
	kept, begun := v.step(0), 0
	for _, leave := range []int64{600_000, 300_000, 150_000, 50_000} {
		filler := fill(t, dir, leave)
		stdout, stderr, _ := v.ponder(0, append([]string{"solve", "--db", db}, long...)...)
		if !strings.Contains(stderr, "no space left") {
			t.Fatalf("with %d bytes free: stdout %s\nstderr %s", leave, stdout, stderr)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if shown, _, _ := v.ponder(0, "show", "--json", "--db", db, v.run); gocmp.Diff(comparable(t, kept), comparable(t, shown)) != "" {
			t.Errorf("with %d bytes free: what was kept before has changed: %s", leave, shown)
		}
		if stdout == "" {
			t.Logf("with %d bytes free the search did not begin: %s", leave, stderr)
			continue
		}
		begun++
		if !strings.Contains(stdout, "best so far") && !strings.Contains(stdout, "nothing found") {
			t.Errorf("with %d bytes free: no best so far: %s", leave, stdout)
		}
		again := &victim{t: t, bin: bin, db: db, run: "last"}
		if d := gocmp.Diff(want, comparable(t, again.step(0))); d != "" {
			t.Errorf("with space again (-in one go +in two):\n%s", d)
		}
		again.ponder(0, "runs", "rm", "--db", db, "last")
	}
	if begun == 0 {
		t.Error("no search began: the test says nothing")
	}
}

// On a medium that can't be written a run can be looked at, and nothing else.
func TestReadOnlyMedium(t *testing.T) {
	dir, done := tmpfs(t, "size=16m")
	if done {
		return
	}
	bin := program(t)
	db := filepath.Join(dir, "ponder.db")
	v := &victim{t: t, bin: bin, db: db, args: []string{"game24", "4 9 10 13"}}
	kept := v.step(0)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	shown, stderr, _ := v.ponder(0, "show", "--json", "--db", db, "last")
	if d := gocmp.Diff(comparable(t, kept), comparable(t, shown)); d != "" {
		t.Errorf("shown (-want +got):\n%s%s", d, stderr)
	}
	for _, args := range [][]string{
		{"solve", "--db", db, "game24", "1 3 4 6"}, {"resume", "--db", db, "last"}, {"runs", "rm", "--db", db, "last"}, {"runs", "gc", "--db", db},
	} {
		stdout, stderr, _ := v.ponder(0, args...)
		if stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "can't be written") {
			t.Errorf("%v: stdout %q, stderr %q", args, stdout, stderr)
		}
	}
}

// A damaged page is told, never shown as a result.
func TestDamagedDatabase(t *testing.T) {
	bin := program(t)
	v := &victim{t: t, bin: bin, db: filepath.Join(t.TempDir(), "ponder.db"), args: []string{"--critic", "yesno", "game24", "1 3 4 6"}}
	v.step(0)
	good, err := os.ReadFile(v.db)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	const page = 4096
	for at := 0; at < len(good); at += page {
		bad := bytes.Clone(good)
		for i := at; i < at+page; i++ {
			bad[i] ^= 0x55
		}
		if err := os.WriteFile(v.db, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, _ := v.ponder(0, "show", "--db", v.db, v.run)
		if strings.Contains(stderr, "panic") || strings.Contains(stderr, "goroutine") {
			t.Fatalf("page %d: %s", at/page, stderr)
		}
		if strings.Contains(stdout, "verified\n") && !strings.Contains(stdout, "answer  6/(1-3/4)\n") {
			t.Errorf("page %d: %s", at/page, stdout)
		}
		if strings.Contains(stderr, "damaged") || strings.Contains(stderr, "no database") || strings.Contains(stderr, "no such run") || strings.Contains(stderr, "newer") {
			refused++
		} else if !strings.Contains(stdout, "verified\n") {
			t.Errorf("page %d: stdout %q, stderr %q", at/page, stdout, stderr)
		}
	}
	if refused < 5 {
		t.Errorf("%d of %d damages were noticed", refused, len(good)/page)
	}
}

// awaitRunning waits until some run is under way.
func (v *victim) awaitRunning() {
	v.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if stdout, _, _ := v.ponder(0, "runs", "--db", v.db); strings.Contains(stdout, "running") {
			return
		}
		if time.Now().After(deadline) {
			v.t.Fatal("no run shows up in the list as running")
		}
	}
}

// A database that another process holds is waited for, but not for long.
func TestLockedDatabase(t *testing.T) {
	bin := program(t)
	path := filepath.Join(t.TempDir(), "ponder.db")
	v := &victim{t: t, bin: bin, db: path, args: []string{"--max-calls", "2", "game24", "4 9 10 13"}}
	v.step(0)
	cmd := exec.Command(bin, "solve", "--db", path, "--max-calls", "100000", "--no-cache", "--critic", "yesno", "countdown", "2 3 5 7 11 13 17 = 999983")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v.awaitRunning()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	holder, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, stderr, _ := v.ponder(0, "solve", "--db", path, "game24", "1 3 4 6")
	if took := time.Since(start); took > 7*time.Second || !strings.Contains(stderr, "another process holds") {
		t.Errorf("a new run: after %v: %s", took, stderr)
	}
	_ = cmd.Wait()
	// On a busy machine it may not have come to a first value before.
	best := strings.Contains(out.String(), "best so far") || strings.Contains(out.String(), "nothing found")
	if took := time.Since(start); took > 14*time.Second || !strings.Contains(errs.String(), "another process holds") || !best {
		t.Errorf("a run that was under way: after %v: %s%s", took, out.String(), errs.String())
	}
	// Who only looks does not wait.
	start = time.Now()
	if stdout, stderr, _ := v.ponder(0, "runs", "--db", path); time.Since(start) > 3*time.Second || !strings.Contains(stdout, "4 9 10 13") {
		t.Errorf("the list: %s%s", stdout, stderr)
	}
	if _, err := holder.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
}

// Of two processes on one run the second is sent away, and the first is not
// disturbed.
func TestTwoOnOneRun(t *testing.T) {
	bin := program(t)
	path := filepath.Join(t.TempDir(), "ponder.db")
	v := &victim{t: t, bin: bin, db: path}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, "solve", "--db", path, "--max-calls", "100000", "--critic", "yesno", "countdown", "2 3 5 7 11 13 17 = 999983")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v.awaitRunning()
	for _, args := range [][]string{{"resume", "--db", path, "last"}, {"runs", "rm", "--db", path, "last"}} {
		stdout, stderr, _ := v.ponder(0, args...)
		if stdout != "" || !strings.Contains(stderr, "another process works on the run") {
			t.Errorf("%v: stdout %q, stderr %q", args, stdout, stderr)
		}
	}
	if stdout, stderr, _ := v.ponder(0, "show", "--db", path, "last"); !strings.Contains(stdout, "countdown") {
		t.Errorf("show of a running run: %s%s", stdout, stderr)
	}
	cancel()
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitInterrupted {
		t.Errorf("the first one: exit code %d: %s", cmd.ProcessState.ExitCode(), errs.String())
	}
	if stdout, stderr, _ := v.ponder(0, "resume", "--db", path, "--time", "200ms", "--quiet", "last"); !strings.Contains(stdout, "ended: time") {
		t.Errorf("resumed afterwards: %s%s", stdout, stderr)
	}
}
