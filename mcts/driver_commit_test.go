package mcts

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// With one worker nothing is asked for before what came last is committed, and
// at the end all is.
func TestDriverCommitsBeforeItDecides(t *testing.T) {
	emitted, committed := 0, 0
	d, w := driverOf(t, Options{Simulations: 30, Emit: func(event.Event) { emitted++ }}, func(context.Context, int) (env.Value, error) {
		if committed == 0 && emitted > 3 || emitted-committed > 3 {
			t.Errorf("asked with %d of %d events committed", committed, emitted)
		}
		return env.Value{Mean: 0.5}, nil
	})
	d.Commit = func(ctx context.Context) error {
		committed = emitted
		return ctx.Err()
	}
	if err := d.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if committed != len(w.events) || w.events[committed-1].Ended == nil {
		t.Errorf("%d of %d events are committed", committed, len(w.events))
	}
}

var errDisk = errors.New("the disk is full")

// A commit that fails ends the run; what it was about gets one more chance.
func TestDriverStopsWhenItCannotCommit(t *testing.T) {
	for _, recovers := range []bool{false, true} {
		calls, failures := 0, 0
		d, w := driverOf(t, Options{}, func(context.Context, int) (env.Value, error) { return env.Value{Mean: 0.5}, nil })
		d.Commit = func(context.Context) error {
			if calls++; calls == 5 || calls > 5 && !recovers {
				failures++
				return errDisk
			}
			return nil
		}
		err := d.Run(t.Context())
		if !errors.Is(err, errDisk) || w.Reason() != Broken || calls != 6 {
			t.Errorf("recovers %v: %v, reason %q after %d commits", recovers, err, w.Reason(), calls)
		}
		if len(w.Line().Edges) == 0 {
			t.Errorf("recovers %v: no best so far", recovers)
		}
	}
}

// A commit is not held up by the end of the run: it has its own short time.
func TestDriverCommitsAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d, _ := driverOf(t, Options{}, func(ctx context.Context, call int) (env.Value, error) {
		if call == 3 {
			cancel()
		}
		return env.Value{Mean: 0.5}, ctx.Err()
	})
	var last error
	bounded := false
	d.Commit = func(ctx context.Context) error {
		last = ctx.Err()
		deadline, ok := ctx.Deadline()
		bounded = ok && time.Until(deadline) <= lastWords
		return last
	}
	if err := d.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if last != nil || !bounded {
		t.Errorf("the last commit: %v, bounded %v", last, bounded)
	}
}

// What comes back unfinished at the end is told last, after all that came back
// whole: the notes of a stop are the tail of the log.
func TestDriverGivesBackLast(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d, w := driverOf(t, Options{}, func(ctx context.Context, call int) (env.Value, error) {
		if call < 8 {
			return env.Value{Mean: 0.5}, nil
		}
		if call == 11 {
			cancel()
		}
		<-ctx.Done()
		if call%2 == 0 {
			time.Sleep(20 * time.Millisecond) // comes back whole, after others gave up
			return env.Value{Mean: 0.5}, nil
		}
		return env.Value{}, ctx.Err()
	})
	d.Parallel = 4
	if err := d.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	isNote := func(e event.Event) bool { return e.Ended != nil || e.Failed != nil && e.Failed.Reason == "" }
	first := slices.IndexFunc(w.events, isNote)
	if first < 0 || slices.ContainsFunc(w.events[first:], func(e event.Event) bool { return !isNote(e) }) {
		t.Errorf("notes of the stop stand among the facts: %+v", w.events[max(0, first):])
	}
	if notes := len(w.events) - first; notes < 3 {
		t.Errorf("%d notes: the test says nothing", notes)
	}
}
