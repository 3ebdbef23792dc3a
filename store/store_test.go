package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// open opens a database for a test.
func open(t testing.TB, path string, opt Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

func fresh(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "a folder", "ponder?#%.db"), Options{})
}

// create begins a run for a test.
func create(t testing.TB, s *Store, id string) *Log {
	t.Helper()
	l, err := s.Create(t.Context(), Run{ID: id, Env: "game24", Problem: "4 6", Model: "m", Strategy: "puct", Seed: 1<<64 - 1, Config: []byte(`{"a":1}`), Began: time.UnixMilli(1000)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// clock is a clock that a test sets; others may look at it at any moment.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// callOf is a call with a prompt.
func callOf(prompt string) llm.Call {
	id, r := llm.Identity{Name: "m", Digest: "d"}, llm.Request{Prompt: prompt}
	return llm.Call{
		Key: llm.KeyOf(id, r), Model: id, Request: r, Elapsed: 5 * time.Millisecond,
		Completion: llm.Completion{Text: "reply to " + prompt, Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 3, CompletionTokens: 2}},
	}
}

// visit is an event that used some calls.
func visit(seq int, calls ...llm.Call) event.Event {
	v := &event.Visited{Leaf: int32(seq), Value: env.Value{Mean: 0.5}}
	for _, c := range calls {
		v.Usage = v.Usage.Plus(env.Usage{Calls: 1, Asked: []string{c.Key.String()}})
	}
	return event.Event{Seq: seq, Visited: v}
}

func eventsOf(t testing.TB, s *Store, id string) []event.Event {
	t.Helper()
	var all []event.Event
	for e, err := range s.Events(t.Context(), id) {
		must(t, err)
		all = append(all, e)
	}
	return all
}

// noEvents fails a test unless it is told that there is no such run.
func noEvents(t *testing.T, s *Store, id string) {
	t.Helper()
	var last error
	for _, err := range s.Events(t.Context(), id) {
		last = err
	}
	if !errors.Is(last, ErrNoRun) {
		t.Errorf("the events of run %s end with %v, want ErrNoRun", id, last)
	}
}

func TestRunFromBeginningToEnd(t *testing.T) {
	var clock clock
	clock.advance(5 * time.Second)
	s := open(t, filepath.Join(t.TempDir(), "ponder.db"), Options{Now: clock.now})
	l := create(t, s, "AB12")
	one, two := callOf("one"), callOf("two")
	must(t, l.Keep(t.Context(), one))
	must(t, l.Append(t.Context(), []event.Event{{Seq: 1, Started: &event.Started{Run: "AB12"}}, visit(2, one)}, map[int32]string{0: "root", 2: "leaf"}))
	must(t, l.Keep(t.Context(), two))
	owed, err := l.Owed(t.Context())
	if err != nil || !slices.Equal(owed, []llm.Key{two.Key}) {
		t.Errorf("owed %v, error %v; want the second call", owed, err)
	}
	clock.advance(3 * time.Second)
	now := clock.now()
	r := l.Run()
	r.Status, r.Reason, r.Verified, r.Answer, r.Calls, r.Value = "solved", "proven", true, "4*6", 2, 0.75
	r.Ended = now
	must(t, l.Update(t.Context(), r))
	must(t, l.Save(t.Context(), []byte("a snapshot")))
	must(t, l.Save(t.Context(), []byte("a later one")))
	if _, err := s.Take(t.Context(), "AB12"); !errors.Is(err, ErrBusy) {
		t.Errorf("taken twice: %v", err)
	}
	got, err := s.Run(t.Context(), "last")
	must(t, err)
	want := Run{
		ID: "AB12", Env: "game24", Problem: "4 6", Model: "m", Strategy: "puct", Seed: 1<<64 - 1, Config: []byte(`{"a":1}`),
		Began: time.UnixMilli(1000), Worked: now, Ended: now, Elapsed: 3 * time.Second,
		Status: "solved", Reason: "proven", Verified: true, Answer: "4*6", Calls: 2, Value: 0.75, Live: true,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("run (-want +got):\n%s", d)
	}
	must(t, l.Close())
	if got, _ = s.Run(t.Context(), "AB"); got.Live {
		t.Error("closed, and still live")
	}
	if d := cmp.Diff([]event.Event{{Seq: 1, Started: &event.Started{Run: "AB12"}}, visit(2, one)}, eventsOf(t, s, "AB12")); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	data, found, err := s.Snapshot(t.Context(), "AB12")
	if string(data) != "a later one" || !found || err != nil {
		t.Errorf("snapshot %q, %v, %v", data, found, err)
	}
	places, err := s.States(t.Context(), "leaf")
	if d := cmp.Diff([]Place{{"AB12", 2}}, places); d != "" || err != nil {
		t.Errorf("where the leaf was met (-want +got):\n%s%v", d, err)
	}
	calls, err := s.Calls(t.Context(), one.Key, llm.Key{1}, two.Key)
	if d := cmp.Diff([]llm.Call{one, two}, calls); d != "" || err != nil {
		t.Errorf("calls (-want +got):\n%s%v", d, err)
	}
	// What is removed is gone, but for the calls.
	must(t, s.Remove(t.Context(), "AB12"))
	if runs, err := s.Runs(t.Context()); len(runs) != 0 || err != nil {
		t.Errorf("runs after Remove: %v, %v", runs, err)
	}
	noEvents(t, s, "AB12")
	if _, found, err := s.Snapshot(t.Context(), "AB12"); found || !errors.Is(err, ErrNoRun) {
		t.Errorf("the snapshot after Remove: %v, %v", found, err)
	}
	if places, _ := s.States(t.Context(), "leaf"); len(places) != 0 {
		t.Errorf("states after Remove: %v", places)
	}
	if calls, err := s.Calls(t.Context(), one.Key); len(calls) != 1 || err != nil {
		t.Errorf("calls after Remove: %v, %v", calls, err)
	}
}

// A run goes on where it was: its events follow, and the notes of an end go.
func TestTakeAndTruncate(t *testing.T) {
	s := fresh(t)
	l := create(t, s, "R")
	must(t, l.Append(t.Context(), []event.Event{visit(1), visit(2), visit(3), visit(4)}, nil))
	must(t, l.Close())
	l, err := s.Take(t.Context(), "R")
	must(t, err)
	must(t, l.Truncate(t.Context(), 9))
	must(t, l.Truncate(t.Context(), 2))
	if err := l.Append(t.Context(), []event.Event{visit(5)}, nil); err == nil {
		t.Error("an event that leaves a gap is kept")
	}
	must(t, l.Append(t.Context(), []event.Event{visit(3)}, nil))
	must(t, l.Close())
	if got := eventsOf(t, s, "R"); len(got) != 3 || got[2].Visited.Leaf != 3 {
		t.Errorf("events %v", got)
	}
	if _, err := s.Take(t.Context(), "Q"); !errors.Is(err, ErrNoRun) {
		t.Errorf("a run that there isn't: %v", err)
	}
}

// All of an Append is kept or nothing, and the log is as before.
func TestAppendIsAllOrNothing(t *testing.T) {
	s := fresh(t)
	l := create(t, s, "R")
	defer l.Close()
	must(t, l.Append(t.Context(), []event.Event{visit(1)}, nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Append(ctx, []event.Event{visit(2)}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Somebody else's event is in the way: two writers, against all locks.
	if _, err := s.w.ExecContext(t.Context(), "INSERT INTO events VALUES (?, 3, 0, 'visited', '{}', x'00')", l.n); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), []event.Event{visit(2), visit(3)}, map[int32]string{7: "x"}); !errors.Is(err, ErrBusy) {
		t.Errorf("an event that is there already: %v, want ErrBusy", err)
	}
	if _, err := s.w.ExecContext(t.Context(), "DELETE FROM events WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
	if got := eventsOf(t, s, "R"); len(got) != 1 {
		t.Errorf("%d events, want 1", len(got))
	}
	if places, _ := s.States(t.Context(), "x"); len(places) != 0 {
		t.Errorf("states of what was not kept: %v", places)
	}
	must(t, l.Append(t.Context(), []event.Event{visit(2), visit(3)}, nil))
}

func TestFindingRuns(t *testing.T) {
	s := fresh(t)
	for _, id := range []string{"ABC", "ABD", "AB", "XYZ", "X"} {
		must(t, create(t, s, id).Close())
	}
	for _, tt := range []struct{ name, want string }{
		{"ABC", "ABC"}, {"XY", "XYZ"}, {"AB", "AB"}, {"X", "X"}, {"last", "X"}, {"A", ""}, {"ABE", ""}, {"", ""}, {"%", ""}, {"ABCD", ""},
	} {
		got, err := s.Run(t.Context(), tt.name)
		if got.ID != tt.want || (err != nil) != (tt.want == "") || err != nil && !errors.Is(err, ErrNoRun) {
			t.Errorf("%q: run %q, error %v; want %q", tt.name, got.ID, err, tt.want)
		}
	}
	runs, err := s.Runs(t.Context())
	must(t, err)
	var ids []string
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	if d := cmp.Diff([]string{"X", "XYZ", "AB", "ABD", "ABC"}, ids); d != "" {
		t.Errorf("runs (-want +got):\n%s", d)
	}
	if _, err := s.Create(t.Context(), Run{ID: "X", Config: []byte("{}")}); err == nil {
		t.Error("a second run of the same id")
	}
}

func TestPruneAndRemoveSpareLiveRuns(t *testing.T) {
	var clock clock
	clock.advance(time.Hour)
	s := open(t, filepath.Join(t.TempDir(), "ponder.db"), Options{Now: clock.now})
	must(t, create(t, s, "OLD").Close())
	live := create(t, s, "LIVE")
	clock.advance(time.Hour)
	must(t, create(t, s, "NEW").Close())
	if err := s.Remove(t.Context(), "OLD", "LIVE"); !errors.Is(err, ErrBusy) {
		t.Errorf("removing a live run: %v", err)
	}
	n, err := s.Prune(t.Context(), clock.now().Add(-time.Minute))
	if n != 1 || err != nil {
		t.Errorf("pruned %d, %v; want 1", n, err)
	}
	must(t, live.Close())
	runs, _ := s.Runs(t.Context())
	if len(runs) != 2 || runs[0].ID != "NEW" || runs[1].ID != "LIVE" {
		t.Errorf("left: %v", runs)
	}
	if left, _ := filepath.Glob(s.path + "-locks/*"); len(left) != 0 {
		t.Errorf("locks left behind: %v", left)
	}
}

// sizeOf is the size of all calls that are kept.
func sizeOf(t *testing.T, s *Store) int64 {
	t.Helper()
	s.tick()
	s.gate <- struct{}{}
	defer func() { <-s.gate }()
	must(t, s.measure(t.Context()))
	return s.size
}

// The calls used longest ago go first, but none that an unfinished run paid for.
func TestEviction(t *testing.T) {
	var clock clock
	clock.advance(time.Hour)
	path := filepath.Join(t.TempDir(), "ponder.db")
	one := callOf("0000")
	size := int64(0)
	{
		s := open(t, path, Options{})
		l := create(t, s, "SIZE")
		must(t, l.Keep(t.Context(), one))
		size = sizeOf(t, s)
		must(t, l.Close())
		must(t, s.Remove(t.Context(), "SIZE"))
		_, err := s.w.ExecContext(t.Context(), "DELETE FROM calls")
		must(t, err)
	}
	s := open(t, path, Options{CacheBytes: 10 * size, Now: clock.now})
	ended, running := create(t, s, "ENDED"), create(t, s, "RUNNING")
	defer running.Close()
	for i := range 4 {
		must(t, running.Keep(t.Context(), callOf(fmt.Sprintf("r%03d", i))))
	}
	r := ended.Run()
	r.Ended = clock.now()
	must(t, ended.Update(t.Context(), r))
	for i := range 20 {
		clock.advance(2 * time.Hour)
		if i > 0 {
			// The first one is used again and again.
			if _, found, err := ended.Find(t.Context(), callOf("e000").Key); !found || err != nil {
				t.Fatalf("after %d calls the one in use is gone: %v", i, err)
			}
		}
		must(t, ended.Keep(t.Context(), callOf(fmt.Sprintf("e%03d", i))))
	}
	must(t, ended.Close())
	s.tick()
	has := func(prompt string) bool {
		calls, err := s.Calls(t.Context(), callOf(prompt).Key)
		must(t, err)
		return len(calls) == 1
	}
	for i := range 4 {
		if !has(fmt.Sprintf("r%03d", i)) {
			t.Errorf("call %d of the run that goes on is gone", i)
		}
	}
	if !has("e000") || !has("e019") || has("e001") || has("e005") {
		t.Errorf("kept: used ones %v, the newest %v, old ones %v %v", has("e000"), has("e019"), has("e001"), has("e005"))
	}
	if got := sizeOf(t, s); got > 10*size {
		t.Errorf("%d bytes, the bound is %d", got, 10*size)
	}
}

// A call that is kept twice stays the first one's, and is read back to the last
// bit.
func TestKeepTwice(t *testing.T) {
	s := fresh(t)
	a, b := create(t, s, "A"), create(t, s, "B")
	defer a.Close()
	defer b.Close()
	c := callOf("x\xff")
	c.Completion.Tokens = []llm.Token{{Alternative: llm.Alternative{Text: "\xe2\x82", Logprob: -0.1}, Top: []llm.Alternative{{Text: "", Logprob: -1e-300}}}}
	must(t, a.Keep(t.Context(), c))
	s.tick()
	other := c
	other.Completion.Text = "another reply"
	must(t, b.Keep(t.Context(), other))
	got, found, err := b.Find(t.Context(), c.Key)
	if d := cmp.Diff(c, got); d != "" || !found || err != nil {
		t.Errorf("(-kept +found):\n%s%v %v", d, found, err)
	}
	if owed, _ := b.Owed(t.Context()); len(owed) != 0 {
		t.Errorf("the second run is owed %v", owed)
	}
}

// A call is kept with the events that it paid for, with the next call, or by
// itself when nothing comes; and it is found all the time.
func TestKeepWaitsForCompany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s, other := open(t, path, Options{}), open(t, path, Options{})
	l := create(t, s, "R")
	defer l.Close()
	there := func(c llm.Call) bool {
		calls, err := other.Calls(t.Context(), c.Key)
		must(t, err)
		return len(calls) == 1
	}
	find := func(c llm.Call) {
		if got, found, err := l.Find(t.Context(), c.Key); !found || err != nil || got.Completion.Text != c.Completion.Text {
			t.Errorf("%q is not found: %v", c.Request.Prompt, err)
		}
	}
	one, two, three := callOf("one"), callOf("two"), callOf("three")
	must(t, l.Keep(t.Context(), one))
	find(one)
	must(t, l.Append(t.Context(), []event.Event{visit(1, one)}, nil))
	if !there(one) {
		t.Error("the events came without their call")
	}
	must(t, l.Keep(t.Context(), two))
	must(t, l.Keep(t.Context(), three))
	find(two)
	find(three)
	if !there(two) || !there(three) {
		t.Error("a second call does not bring the first one along")
	}
	four := callOf("four")
	must(t, l.Keep(t.Context(), four))
	for deadline := time.Now().Add(5 * time.Second); !there(four); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a call by itself is never kept")
		}
	}
	// The last one is kept when the database is closed.
	five := callOf("five")
	must(t, l.Keep(t.Context(), five))
	must(t, s.Close())
	if !there(five) {
		t.Error("the last call is lost at the end")
	}
	if err := l.Keep(t.Context(), callOf("six")); !errors.Is(err, ErrReadOnly) {
		t.Errorf("after the end: %v", err)
	}
}

// Two processes, here two handles, may use a database at once.
func TestTwoHandles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	const events = 100
	done := make(chan error, 2)
	for _, id := range []string{"A", "B"} {
		s := open(t, path, Options{})
		go func() {
			l, err := s.Create(context.Background(), Run{ID: id, Config: []byte("{}")})
			for i := 1; err == nil && i <= events; i++ {
				c := callOf(fmt.Sprint(id, i))
				err = errors.Join(l.Keep(context.Background(), c), l.Append(context.Background(), []event.Event{visit(i, c)}, map[int32]string{int32(i): fmt.Sprint(i)}))
			}
			if err == nil {
				err = l.Close()
			}
			done <- err
		}()
	}
	for range 2 {
		must(t, <-done)
	}
	s := open(t, path, Options{ReadOnly: true})
	for _, id := range []string{"A", "B"} {
		if n := len(eventsOf(t, s, id)); n != events {
			t.Errorf("run %s has %d events, want %d", id, n, events)
		}
	}
	places, err := s.States(t.Context(), "7")
	if d := cmp.Diff([]Place{{"A", 7}, {"B", 7}}, places, cmpopts.SortSlices(func(a, b Place) bool { return a.Run < b.Run })); d != "" || err != nil {
		t.Errorf("states (-want +got):\n%s%v", d, err)
	}
	if _, err := s.Create(t.Context(), Run{ID: "C", Config: []byte("{}")}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("writing to what is only read: %v", err)
	}
}

func TestReadOnlyOfNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	s := open(t, path, Options{ReadOnly: true})
	if runs, err := s.Runs(t.Context()); len(runs) != 0 || err != nil {
		t.Errorf("%v, %v", runs, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
	if _, err := s.Run(t.Context(), "last"); !errors.Is(err, ErrNoRun) {
		t.Errorf("%v", err)
	}
	noEvents(t, s, "X")
	if _, found, err := s.Snapshot(t.Context(), "X"); found || !errors.Is(err, ErrNoRun) {
		t.Errorf("%v, %v", found, err)
	}
	if calls, err := s.Calls(t.Context(), llm.Key{}); len(calls) != 0 || err != nil {
		t.Errorf("%v, %v", calls, err)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(dir, "ponder.db"), Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	log, err := s.Create(ctx, Run{ID: "3KQ7", Env: "game24", Problem: "4 9 10 13", Config: []byte("{}")})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = log.Append(ctx, []event.Event{{Seq: 1, Started: &event.Started{Env: "game24"}}}, nil)
	fmt.Println("kept:", err == nil, log.Close() == nil)
	for e, err := range s.Events(ctx, "3KQ7") {
		fmt.Println(e.Seq, e.Started.Env, err)
	}
	// Output:
	// kept: true true
	// 1 game24 <nil>
}
