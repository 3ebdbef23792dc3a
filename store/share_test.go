package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/event"
)

// A test that needs another process starts this program again, with what it is
// to do, a database and a run.
const childOf = "PONDER_STORE_TEST"

func TestMain(m *testing.M) {
	if what, ok := os.LookupEnv(childOf); ok {
		args := strings.SplitN(what, " ", 3)
		if err := children[args[0]](context.Background(), args[2], args[1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var children = map[string]func(ctx context.Context, path, id string) error{
	"append": appendForever,
	"work":   workOn,
	"hold":   hold,
	"take":   take,
	"look":   look,
}

// child is another process.
type child struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(t *testing.T, program, what, id, path string) *child {
	t.Helper()
	c := &child{Cmd: exec.CommandContext(t.Context(), program)}
	c.Env = append(os.Environ(), childOf+"="+what+" "+id+" "+path)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	c.in, c.out = in, bufio.NewScanner(out)
	return c
}

func run(t *testing.T, what, id, path string) *child {
	t.Helper()
	c := start(t, os.Args[0], what, id, path)
	must(t, c.Start())
	return c
}

// says is the next line of a child, or nothing when it is done.
func (c *child) says() string {
	if !c.out.Scan() {
		return ""
	}
	return c.out.Text()
}

// appendForever appends events and tells of each that is kept.
func appendForever(ctx context.Context, path, id string) error {
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	l, err := s.Take(ctx, id)
	if err != nil {
		return err
	}
	for seq := l.seq + 1; ; seq++ {
		c := callOf(fmt.Sprint(id, seq))
		if err := errors.Join(l.Keep(ctx, c), l.Append(ctx, []event.Event{visit(seq, c)}, nil)); err != nil {
			return err
		}
		fmt.Println(seq)
	}
}

const workSteps = 150

// workOn makes a run from beginning to end.
func workOn(ctx context.Context, path, id string) error {
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	l, err := s.Create(ctx, Run{ID: id, Config: []byte("{}")})
	for seq := 1; err == nil && seq <= workSteps; seq++ {
		// Half of the calls are the others' too.
		c := callOf(fmt.Sprint(seq))
		if seq%2 == 0 {
			c = callOf(fmt.Sprint(id, seq))
		}
		err = errors.Join(l.Keep(ctx, c), l.Append(ctx, []event.Event{visit(seq, c)}, map[int32]string{int32(seq): fmt.Sprint(seq)}))
	}
	if err != nil {
		return err
	}
	return errors.Join(l.Close(), s.Close())
}

// hold keeps all others from writing until its input ends.
func hold(ctx context.Context, path, _ string) error {
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	if _, err := s.w.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}

// take takes a run until its input ends.
func take(ctx context.Context, path, id string) error {
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	l, err := s.Take(ctx, id)
	if err != nil {
		return err
	}
	fmt.Println("taken")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return errors.Join(l.Close(), s.Close())
}

// Several processes fill one database.
func TestProcessesShare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "ponder.db")
	ids := []string{"A", "B", "C"}
	var all []*child
	for _, id := range ids { // the file is not there yet
		all = append(all, run(t, "work", id, path))
	}
	left := make(chan error, len(all))
	for i, c := range all {
		go func() {
			var said []string
			for line := c.says(); line != ""; line = c.says() {
				said = append(said, line)
			}
			if err := c.Wait(); err != nil || said != nil {
				left <- fmt.Errorf("process %s: %w: %q", ids[i], err, said)
				return
			}
			left <- nil
		}()
	}
	reader := open(t, path, Options{})
	for n := 0; n < len(all); {
		// Reading goes on meanwhile; a gap in the events would be an error.
		for _, id := range ids {
			for _, err := range reader.Events(t.Context(), id) {
				if err != nil && !errors.Is(err, ErrNoRun) {
					t.Errorf("read while it is written: %v", err)
				}
			}
		}
		select {
		case err := <-left:
			n++
			must(t, err)
		default:
		}
	}
	s := open(t, path, Options{ReadOnly: true})
	for _, id := range ids {
		if n := len(eventsOf(t, s, id)); n != workSteps {
			t.Errorf("run %s has %d events, want %d", id, n, workSteps)
		}
	}
	if places, err := s.States(t.Context(), "7"); len(places) != len(ids) || err != nil {
		t.Errorf("a state that all met: %v, %v", places, err)
	}
	checkIntegrity(t, s)
}

func checkIntegrity(t *testing.T, s *Store) {
	t.Helper()
	var verdict string
	must(t, s.db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
	if verdict != "ok" {
		t.Errorf("SQLite finds the file %s", verdict)
	}
}

// Another process holds the database: writers wait as long as they will, and no
// longer than their context lasts; readers do not wait.
func TestHeldByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s, patient := open(t, path, Options{Wait: 300 * time.Millisecond}), open(t, path, Options{Wait: time.Minute})
	l, other := create(t, s, "R"), create(t, patient, "S")
	defer l.Close()
	defer other.Close()
	must(t, l.Append(t.Context(), []event.Event{visit(1)}, nil))
	holder := run(t, "hold", "-", path)
	if got := holder.says(); got != "held" {
		t.Fatalf("the other process: %q", got)
	}
	begin := time.Now()
	err := l.Append(t.Context(), []event.Event{visit(2)}, nil)
	if took := time.Since(begin); !errors.Is(err, ErrLocked) || took < 200*time.Millisecond || took > 1300*time.Millisecond {
		t.Errorf("after %v: %v, want ErrLocked after 300 ms", took, err)
	}
	if got := eventsOf(t, s, "R"); len(got) != 1 {
		t.Errorf("%d events are read meanwhile, want 1", len(got))
	}
	// One waits for the database, the other for the first one.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin = time.Now()
	done := make(chan error)
	go func() { done <- other.Append(ctx, []event.Event{visit(1)}, nil) }()
	go func() { done <- other.Save(ctx, nil) }()
	for range 2 {
		if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled: %v", err)
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("cancelled after 50 ms, and back after %v", took)
	}
	must(t, holder.in.Close())
	if err := holder.Wait(); err != nil {
		t.Errorf("the other process: %v", err)
	}
	must(t, l.Append(t.Context(), []event.Event{visit(2)}, nil))
	must(t, other.Append(t.Context(), []event.Event{visit(1)}, nil))
}

// A run is one process's at a time; a killed process holds nothing.
func TestRunHeldByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s := open(t, path, Options{})
	must(t, create(t, s, "R").Close())
	other := run(t, "take", "R", path)
	if got := other.says(); got != "taken" {
		t.Fatalf("the other process: %q", got)
	}
	for name, do := range map[string]func() error{
		"taking":   func() error { _, err := s.Take(t.Context(), "R"); return err },
		"removing": func() error { return s.Remove(t.Context(), "R") },
	} {
		if err := do(); !errors.Is(err, ErrBusy) {
			t.Errorf("%s the run: %v, want ErrBusy", name, err)
		}
	}
	if n, err := s.Prune(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("pruned %d, %v", n, err)
	}
	if r, err := s.Run(t.Context(), "R"); !r.Live || err != nil {
		t.Errorf("live %v, %v", r.Live, err)
	}
	must(t, other.Process.Kill())
	_ = other.Wait()
	if r, err := s.Run(t.Context(), "R"); r.Live || err != nil {
		t.Errorf("after the kill: live %v, %v", r.Live, err)
	}
	l, err := s.Take(t.Context(), "R")
	must(t, err)
	must(t, l.Close())
	must(t, l.Close())
	if left, _ := filepath.Glob(path + "-locks/*"); len(left) != 0 {
		t.Errorf("locks left behind: %v", left)
	}
}

// What a process was told is kept is there after it was killed, with the calls
// that paid for it.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s := open(t, path, Options{})
	must(t, create(t, s, "R").Close())
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for round := range 10 {
		c := run(t, "append", "R", path)
		last := 0
		for range 1 + random.IntN(60) {
			if _, err := fmt.Sscan(c.says(), &last); err != nil {
				t.Fatalf("round %d: %s", round, c.out.Text())
			}
		}
		must(t, c.Process.Kill())
		for line := c.says(); line != ""; line = c.says() { // what it said before it died
			if _, err := fmt.Sscan(line, &last); err != nil {
				t.Fatalf("round %d: %s", round, line)
			}
		}
		_ = c.Wait()
		got := eventsOf(t, s, "R")
		if len(got) < last {
			t.Fatalf("round %d: %d events, the process was told of %d", round, len(got), last)
		}
		for seq := 1; seq <= last; seq++ {
			if calls, err := s.Calls(t.Context(), callOf(fmt.Sprint("R", seq)).Key); len(calls) != 1 || err != nil {
				t.Fatalf("round %d: the call behind event %d: %v, %v", round, seq, calls, err)
			}
		}
	}
	checkIntegrity(t, s)
}

// Many open a file at once that is not there yet.
func TestOpenedTogether(t *testing.T) {
	for i := range 12 {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i, ".db"))
		done := make(chan error)
		for range 6 {
			go func() {
				s, err := Open(context.Background(), path, Options{})
				if err == nil {
					err = s.Close()
				}
				done <- err
			}()
		}
		for range 6 {
			if err := <-done; err != nil {
				t.Errorf("file %d: %v", i, err)
			}
		}
	}
}

// A write that is cancelled at any moment was made or was not, and leaves no
// transaction open.
func TestCancelledWrites(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	s := fresh(t)
	l := create(t, s, "R")
	defer l.Close()
	var began, cancelled int
	for began < 1000 || cancelled < 100 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(300))*time.Microsecond)
		switch err := l.Append(ctx, []event.Event{visit(began + 1)}, map[int32]string{int32(began): "s"}); {
		case err == nil:
			began++
		case errors.Is(err, context.DeadlineExceeded):
			cancelled++
		default:
			t.Fatalf("event %d: %v", began+1, err)
		}
		cancel()
	}
	if got := eventsOf(t, s, "R"); len(got) != began {
		t.Errorf("%d events, want %d", len(got), began)
	}
}
