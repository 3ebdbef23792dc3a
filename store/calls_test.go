package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/event"
)

// What is over the bound goes little by little, however much it is, and when
// nothing may go it is not looked for with each call.
func TestEvictionIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s := open(t, path, Options{})
	l := create(t, s, "R")
	const calls = 3 * evictAtOnce
	must(t, s.write(t.Context(), func(ctx context.Context) error {
		for i := range calls {
			c := callOf(fmt.Sprint(i))
			if _, err := s.exec(ctx, `INSERT INTO calls (key, run, model, request, completion, prompt_tokens, completion_tokens, elapsed_us, made, used, size, sum)
				VALUES (?, 'R', '{}', '{}', '{}', 0, 0, 0, 1, ?, 100, x'00')`, c.Key[:], i); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, l.Close())
	count := func(s *Store) (n int) {
		t.Helper()
		must(t, s.db.QueryRowContext(t.Context(), "SELECT count(*) FROM calls").Scan(&n))
		return n
	}
	small := open(t, path, Options{CacheBytes: 10_000})
	l, err := small.Take(t.Context(), "R")
	must(t, err)
	defer l.Close()
	keep := func(i int) {
		t.Helper()
		must(t, l.Keep(t.Context(), callOf(fmt.Sprint("more", i))))
		small.tick()
	}
	keep(0)
	if n := count(small); n != calls+1 {
		t.Errorf("%d calls are left, want all %d that a run which has not ended paid for", n, calls+1)
	}
	if small.calm <= small.size {
		t.Errorf("nothing may go, and it is looked for again at once: at %d bytes of %d", small.calm, small.size)
	}
	r := l.Run()
	r.Ended = r.Worked
	must(t, l.Update(t.Context(), r))
	small.calm = 0
	for i, want := range []int{calls + 2 - evictAtOnce, calls + 3 - 2*evictAtOnce} {
		keep(i + 1)
		if n := count(small); n != want {
			t.Errorf("after call %d: %d are left, want %d", i, n, want)
		}
	}
	keep(3)
	if got := sizeOf(t, small); got > 10_000 {
		t.Errorf("%d bytes are left, the bound is 10000", got)
	}
	if calls, err := small.Calls(t.Context(), callOf("more3").Key); len(calls) != 1 || err != nil {
		t.Errorf("the newest call: %v, %v", calls, err)
	}
}

// To know how much is kept, and what is oldest, no text is read: there may be a
// gigabyte of them.
func TestSizeWithoutTexts(t *testing.T) {
	s := fresh(t)
	for _, query := range []string{
		"SELECT coalesce(sum(size), 0) FROM calls",
		"SELECT key, size FROM calls INDEXED BY calls_by_use WHERE run NOT IN (SELECT id FROM runs WHERE ended = 0) ORDER BY used, made LIMIT 9",
	} {
		rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query)
		must(t, err)
		var plan strings.Builder
		for rows.Next() {
			var id, parent, x int
			var step string
			must(t, rows.Scan(&id, &parent, &x, &step))
			fmt.Fprintln(&plan, step)
		}
		must(t, errors.Join(rows.Err(), rows.Close()))
		if !strings.Contains(plan.String(), "calls USING COVERING INDEX calls_by_use") || strings.Contains(plan.String(), "ORDER BY") {
			t.Errorf("%s:\n%s", query, plan.String())
		}
	}
}

// Whatever kind of event mentions a call, it is not owed any more.
func TestOwedByKind(t *testing.T) {
	c := callOf("x")
	u := visit(1, c).Visited.Usage
	for name, e := range map[string]event.Event{
		"visited": {Visited: &event.Visited{Usage: u}},
		"grown":   {Grown: &event.Grown{Usage: u}},
		"failed":  {Failed: &event.Failed{Usage: u}},
		"earlier": {Earlier: &event.Earlier{Usage: u}},
	} {
		s := fresh(t)
		l := create(t, s, "R")
		e.Seq = 1
		must(t, l.Keep(t.Context(), c))
		if owed, err := l.Owed(t.Context()); len(owed) != 1 || owed[0] != c.Key || err != nil {
			t.Errorf("%s: before: %v, %v", name, owed, err)
		}
		must(t, l.Append(t.Context(), []event.Event{e, {Seq: 2, Ended: &event.Ended{}}}, nil))
		if owed, err := l.Owed(t.Context()); len(owed) != 0 || err != nil {
			t.Errorf("%s: after: %v, %v", name, owed, err)
		}
		var got string
		must(t, s.db.QueryRowContext(t.Context(), "SELECT kind FROM events WHERE seq = 1").Scan(&got))
		if got != name {
			t.Errorf("%s: the kind is %q", name, got)
		}
		must(t, l.Close())
	}
}

// What a stretch of work leaves is there for the next one as soon as the run is
// free, and what comes later is kept all the same.
func TestCallsAroundTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s, other := open(t, path, Options{}), open(t, path, Options{})
	l := create(t, s, "R")
	one, two := callOf("one"), callOf("two")
	must(t, l.Keep(t.Context(), one))
	s.mu.Lock()
	s.alarm.Stop() // nothing but the end of the work keeps it
	s.mu.Unlock()
	must(t, l.Close())
	next, err := other.Take(t.Context(), "R")
	must(t, err)
	if owed, err := next.Owed(t.Context()); len(owed) != 1 || err != nil {
		t.Errorf("owed %v, %v; want one call", owed, err)
	}
	must(t, l.Keep(t.Context(), two))
	s.tick()
	if owed, err := next.Owed(t.Context()); len(owed) != 2 || err != nil {
		t.Errorf("owed %v, %v; want both calls", owed, err)
	}
	for name, err := range map[string]error{
		"append": l.Append(t.Context(), []event.Event{visit(1)}, nil), "save": l.Save(t.Context(), nil),
		"update": l.Update(t.Context(), l.Run()), "truncate": l.Truncate(t.Context(), 0),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
	must(t, l.Close()) // a second time: the lock is the other's
	if _, err := s.Take(t.Context(), "R"); !errors.Is(err, ErrBusy) {
		t.Errorf("the run is free: %v", err)
	}
	must(t, next.Close())
}

// Where it can't be noted that a call was used, it is found all the same.
func TestFindWhenNothingCanBeWritten(t *testing.T) {
	var clock clock
	s := open(t, filepath.Join(t.TempDir(), "ponder.db"), Options{Now: clock.now})
	l := create(t, s, "R")
	defer l.Close()
	c := callOf("x")
	must(t, l.Keep(t.Context(), c))
	s.tick()
	clock.advance(2 * time.Hour)
	_, err := s.w.ExecContext(t.Context(), "PRAGMA query_only = 1")
	must(t, err)
	if _, found, err := l.Find(t.Context(), c.Key); !found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
	if err := l.Save(t.Context(), nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("the test says nothing: %v", err)
	}
	_, err = s.w.ExecContext(t.Context(), "PRAGMA query_only = 0")
	must(t, err)
}
