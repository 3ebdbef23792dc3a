package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/store"
)

// logReader reads the run of another process.
type logReader struct {
	t      *testing.T
	s      *store.Store
	id     string
	mark   store.Mark
	events []event.Event
}

// look reads what is new.
func (f *logReader) look() []event.Event {
	f.t.Helper()
	events, mark, _, err := f.s.EventsAfter(f.t.Context(), f.id, f.mark)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mark, f.events = mark, append(f.events, events...)
	return events
}

func (f *logReader) run() store.Run {
	f.t.Helper()
	r, err := f.s.Run(f.t.Context(), f.id)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// until waits for something to become true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (f *logReader) order(format string, args ...any) {
	f.t.Helper()
	if err := f.s.Order(f.t.Context(), f.id, fmt.Appendf(nil, format, args...)); err != nil {
		f.t.Fatal(err)
	}
}

// Another process pauses a run, steers it, lets it go on and stops it.
func TestOrdersFromAnotherProcess(t *testing.T) {
	bin, db := program(t), filepath.Join(t.TempDir(), "ponder.db")
	s, err := store.Open(t.Context(), db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cmd := exec.CommandContext(t.Context(), bin, "solve", "--db", db, "--json", "--quiet", "--strategy", "puct", "--critic", "yesno", "--max-calls", "1000000",
		"countdown", "1 2 3 5 7 11 = 999999")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f := &logReader{t: t, s: s, id: "last"}
	until(t, "the run begins", func() bool {
		runs, err := s.Runs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) > 0 {
			f.id = runs[0].ID
		}
		return len(runs) > 0 && runs[0].Live
	})
	var edges []event.Edge
	until(t, "the root has steps", func() bool {
		for _, e := range f.look() {
			if e.Grown != nil && e.Grown.Node == 0 {
				edges = e.Grown.Edges
			}
		}
		return len(edges) > 2
	})

	f.order(`{"order":"pause"}`)
	until(t, "the run says that it pauses", func() bool { return f.run().Status == paused })
	var listed []row
	v := &victim{t: t, bin: bin, db: db}
	if text, _, _ := v.ponder(0, "runs", "--json", "--db", db); json.Unmarshal([]byte(text), &listed) != nil || listed[0].Status != paused {
		t.Errorf("ponder runs: %s", text)
	}
	time.Sleep(300 * time.Millisecond) // what was on its way comes back
	f.look()
	time.Sleep(500 * time.Millisecond)
	if late := f.look(); len(late) > 0 {
		t.Errorf("%d events in the pause, the first one %+v", len(late), late[0])
	}

	f.order(`{"order":"forbid","edges":[%d]}`, edges[0].ID)
	f.order(`{"order":"sing"}`)
	f.order(`["pin"]`)
	f.order(`{"order":"pin","edges":[%d,%d]}`, edges[1].ID, edges[2].ID)
	var got []event.Steered
	until(t, "the orders are events", func() bool {
		for _, e := range f.look() {
			if e.Steered == nil {
				t.Fatalf("an event in the pause: %+v", e)
			}
			got = append(got, *e.Steered)
		}
		return len(got) >= 2
	})
	want := []event.Steered{{Order: "forbid", Edges: []int32{edges[0].ID}}, {Order: "pin", Edges: []int32{edges[1].ID, edges[2].ID}}}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("orders (-given +kept):\n%s", d)
	}

	f.order(`{"order":"resume"}`)
	until(t, "the run goes on", func() bool {
		for _, e := range f.look() {
			if e.Visited != nil && e.Visited.Path[0] != edges[1].ID && e.Visited.Path[0] != edges[2].ID {
				t.Errorf("a visit by step %d, which is not pinned", e.Visited.Path[0])
			}
		}
		last := f.events[len(f.events)-1]
		return last.Visited != nil && f.run().Status != paused
	})
	f.order(`{"order":"stop"}`)
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitUnsolved {
		t.Errorf("exit code %d, %v: %s", cmd.ProcessState.ExitCode(), err, errs.String())
	}
	f.look()
	if end := f.events[len(f.events)-1].Ended; end == nil || end.Reason != mcts.Interrupted {
		t.Errorf("the last event is %+v", f.events[len(f.events)-1])
	}
	if r := f.run(); r.Status != mcts.StatusUnsolved || r.Reason != mcts.Interrupted || !r.Ended.IsZero() {
		t.Errorf("the run is %s by %q, ended %v", r.Status, r.Reason, r.Ended)
	}
	if !strings.Contains(errs.String(), "unknown order") {
		t.Errorf("nothing tells of the order that was not obeyed: %s", errs.String())
	}
	if err := s.Order(t.Context(), f.id, json.RawMessage(`{"order":"pause"}`)); !errors.Is(err, store.ErrAtRest) {
		t.Errorf("an order after the end: %v", err)
	}
}

// Reins outlive the search: who comes too late is told, and nobody hangs.
func TestReinsAfterTheEnd(t *testing.T) {
	r := newReins()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.give(gone, mcts.Pause, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits no longer gets %v", err)
	}
	for range 2 {
		if err := r.give(t.Context(), stop, nil); err != nil || !r.stopped() {
			t.Errorf("stopped %v: %v", r.stopped(), err)
		}
	}
	close(r.over)
	if err := r.give(t.Context(), mcts.Pause, nil); !errors.Is(err, mcts.ErrOver) {
		t.Errorf("%v, want %v", err, mcts.ErrOver)
	}
	if err := r.give(t.Context(), "sing", nil); err == nil || errors.Is(err, mcts.ErrOver) {
		t.Errorf("an order that there is not: %v", err)
	}
}

func TestOnlyCanceled(t *testing.T) {
	other := errors.New("disk full")
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"cancelled", context.Canceled, true},
		{"joined with nothing", errors.Join(errors.Join(context.Canceled, nil), nil), true},
		{"no error", nil, false},
		{"something else went wrong, too", errors.Join(context.Canceled, other), false},
		{"a call that was cancelled", fmt.Errorf("asking: %w", context.Canceled), false},
	} {
		if got := onlyCanceled(tt.err); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
