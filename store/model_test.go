package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// model is what a database should have, in memory.
type model struct {
	runs   []*modelRun // in the order in which they were made
	payers map[llm.Key]string
}

type modelRun struct {
	run      Run
	events   []event.Event
	states   map[int32]string
	snapshot []byte
	used     map[llm.Key]bool // by its events
	log      *Log             // nil: nobody works on it
}

func (m *model) find(id string) *modelRun {
	for _, r := range m.runs {
		if r.run.ID == id {
			return r
		}
	}
	return nil
}

// machine drives a database and its model side by side.
type machine struct {
	path  string
	s     *Store
	clock clock
	model
}

var (
	runIDs  = rapid.SampledFrom([]string{"A", "AB", "B", "ü 1"})
	prompts = rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6"})
	texts   = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\x00", "a\x00b", "\xff\xfe", "'; DROP TABLE runs"}))
)

func (m *machine) open(t *rapid.T) {
	s, err := Open(context.Background(), m.path, Options{Now: m.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	m.s = s
}

// taken is a run that is worked on.
func (m *machine) taken(t *rapid.T) *modelRun {
	var all []*modelRun
	for _, r := range m.runs {
		if r.log != nil {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		t.Skip("no run is worked on")
	}
	return rapid.SampledFrom(all).Draw(t, "run")
}

func (m *machine) ok(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) steps() map[string]func(*rapid.T) {
	ctx := context.Background()
	return map[string]func(*rapid.T){
		"create": func(t *rapid.T) {
			m.clock.advance(time.Second)
			now := m.clock.now()
			r := Run{
				ID: runIDs.Draw(t, "id"), Env: "e", Problem: texts.Draw(t, "problem"), Model: "m", Strategy: "s",
				Seed: rapid.Uint64().Draw(t, "seed"), Config: []byte(`{}`), Began: now,
			}
			l, err := m.s.Create(ctx, r)
			if old := m.find(r.ID); old != nil {
				if err == nil || (old.log != nil) != errors.Is(err, ErrBusy) {
					t.Fatalf("made twice: %v", err)
				}
				return
			}
			m.ok(t, err)
			r.Worked = now
			m.runs = append(m.runs, &modelRun{run: r, log: l, states: map[int32]string{}, used: map[llm.Key]bool{}})
		},
		"take": func(t *rapid.T) {
			id := runIDs.Draw(t, "id")
			l, err := m.s.Take(ctx, id)
			switch r := m.find(id); {
			case r == nil:
				if !errors.Is(err, ErrNoRun) {
					t.Fatalf("%v, want ErrNoRun", err)
				}
			case r.log != nil:
				if !errors.Is(err, ErrBusy) {
					t.Fatalf("%v, want ErrBusy", err)
				}
			default:
				m.ok(t, err)
				r.log = l
			}
		},
		"close": func(t *rapid.T) {
			r := m.taken(t)
			l := r.log
			m.ok(t, l.Close())
			r.log = nil
			if err := l.Append(ctx, []event.Event{visit(len(r.events) + 1)}, nil); !errors.Is(err, os.ErrClosed) {
				t.Fatalf("appended to a closed log: %v", err)
			}
		},
		"append": func(t *rapid.T) {
			r := m.taken(t)
			var events []event.Event
			keys := map[int32]string{}
			for range rapid.IntRange(0, 3).Draw(t, "events") {
				seq := len(r.events) + len(events) + 1
				var calls []llm.Call
				for _, p := range rapid.SliceOfN(prompts, 0, 2).Draw(t, "calls") {
					calls = append(calls, callOf(p))
				}
				e := visit(seq, calls...)
				if rapid.Bool().Draw(t, "earlier") {
					e = event.Event{Seq: seq, Earlier: &event.Earlier{Usage: e.Visited.Usage}}
				}
				events = append(events, e)
				for _, c := range calls {
					r.used[c.Key] = true
				}
				if rapid.Bool().Draw(t, "met") {
					keys[int32(seq)] = texts.Draw(t, "state")
				}
			}
			m.ok(t, r.log.Append(ctx, events, keys))
			r.events = append(r.events, events...)
			for n, key := range keys {
				if _, ok := r.states[n]; !ok {
					r.states[n] = key
				}
			}
		},
		"a gap": func(t *rapid.T) {
			r := m.taken(t)
			if err := r.log.Append(ctx, []event.Event{visit(len(r.events) + 2)}, nil); err == nil {
				t.Fatal("kept")
			}
		},
		"truncate": func(t *rapid.T) {
			r := m.taken(t)
			after := rapid.IntRange(-1, len(r.events)+1).Draw(t, "after")
			// States stay: what is cut off for real brings none.
			for n := range r.states {
				if int(n) > after {
					t.Skip("states came with these events")
				}
			}
			m.ok(t, r.log.Truncate(ctx, after))
			r.events = r.events[:min(max(after, 0), len(r.events))]
			clear(r.used)
			for _, e := range r.events {
				if e.Visited != nil {
					mark(r.used, e.Visited.Usage.Asked)
				} else {
					mark(r.used, e.Earlier.Usage.Asked)
				}
			}
		},
		"keep": func(t *rapid.T) {
			r, c := m.taken(t), callOf(prompts.Draw(t, "prompt"))
			m.ok(t, r.log.Keep(ctx, c))
			if _, ok := m.payers[c.Key]; !ok {
				m.payers[c.Key] = r.run.ID
			}
		},
		"find": func(t *rapid.T) {
			r, c := m.taken(t), callOf(prompts.Draw(t, "prompt"))
			got, found, err := r.log.Find(ctx, c.Key)
			m.ok(t, err)
			if _, want := m.payers[c.Key]; found != want {
				t.Fatalf("found %v, want %v", found, want)
			}
			if d := cmp.Diff(c, got); found && d != "" {
				t.Fatalf("(-kept +found):\n%s", d)
			}
		},
		"save": func(t *rapid.T) {
			r := m.taken(t)
			data := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "snapshot")
			m.ok(t, r.log.Save(ctx, data))
			r.snapshot = append([]byte{}, data...)
		},
		"update": func(t *rapid.T) {
			r := m.taken(t)
			m.clock.advance(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			x := r.log.Run()
			x.Status, x.Answer, x.Verified = "unsolved", texts.Draw(t, "answer"), rapid.Bool().Draw(t, "verified")
			x.Calls, x.Value = rapid.Int().Draw(t, "calls"), rapid.Float64Range(0, 1).Draw(t, "value")
			x.Ended = time.Time{}
			if rapid.Bool().Draw(t, "ended") {
				x.Ended = m.clock.now()
			}
			m.ok(t, r.log.Update(ctx, x))
			r.run = r.log.Run()
			if !r.run.Worked.Equal(m.clock.now()) || r.run.Answer != x.Answer || r.run.Verified != x.Verified {
				t.Fatalf("kept %+v of %+v", r.run, x)
			}
		},
		"remove": func(t *rapid.T) {
			ids := rapid.SliceOfN(runIDs, 1, 3).Draw(t, "ids")
			busy := slices.ContainsFunc(ids, func(id string) bool { r := m.find(id); return r != nil && r.log != nil })
			err := m.s.Remove(ctx, ids...)
			if busy != errors.Is(err, ErrBusy) || !busy && err != nil {
				t.Fatalf("%v: %v", ids, err)
			}
			if !busy {
				m.runs = slices.DeleteFunc(m.runs, func(r *modelRun) bool { return slices.Contains(ids, r.run.ID) })
			}
		},
		"prune": func(t *rapid.T) {
			before := m.clock.now().Add(-time.Duration(rapid.IntRange(0, 10).Draw(t, "seconds")) * time.Second)
			old := func(r *modelRun) bool { return r.log == nil && r.run.Worked.Before(before) }
			want := len(m.runs)
			m.runs = slices.DeleteFunc(m.runs, old)
			want -= len(m.runs)
			if n, err := m.s.Prune(ctx, before); n != want || err != nil {
				t.Fatalf("pruned %d, %v; want %d", n, err, want)
			}
		},
		"reopen": func(t *rapid.T) {
			m.shut(t)
			m.open(t)
		},
		"": m.check,
	}
}

func mark(used map[llm.Key]bool, asked []string) {
	for _, a := range asked {
		var k llm.Key
		if k.UnmarshalText([]byte(a)) == nil {
			used[k] = true
		}
	}
}

func (m *machine) shut(t *rapid.T) {
	for _, r := range m.runs {
		if r.log != nil {
			m.ok(t, r.log.Close())
			r.log = nil
		}
	}
	m.ok(t, m.s.Close())
}

// check compares all that can be read.
func (m *machine) check(t *rapid.T) {
	ctx := context.Background()
	var want []Run
	places := map[string][]Place{}
	for _, r := range m.runs {
		x := r.run
		x.Live = r.log != nil
		x.Elapsed = x.Elapsed.Truncate(time.Millisecond)
		want = append([]Run{x}, want...)
		nodes := []int32{}
		for n := range r.states {
			nodes = append(nodes, n)
		}
		slices.Sort(nodes)
		for _, n := range nodes {
			places[r.states[n]] = append(places[r.states[n]], Place{x.ID, n})
		}
		got := []event.Event{}
		for e, err := range m.s.Events(ctx, x.ID) {
			m.ok(t, err)
			got = append(got, e)
		}
		if d := cmp.Diff(append([]event.Event{}, r.events...), got); d != "" {
			t.Fatalf("events of %q (-want +got):\n%s", x.ID, d)
		}
		data, found, err := m.s.Snapshot(ctx, x.ID)
		if err != nil || found != (r.snapshot != nil) || string(data) != string(r.snapshot) {
			t.Fatalf("snapshot of %q: %d bytes, %v, %v; want %d", x.ID, len(data), found, err, len(r.snapshot))
		}
		if r.log != nil {
			m.checkOwed(t, r)
		}
	}
	got, err := m.s.Runs(ctx)
	m.ok(t, err)
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("runs (-want +got):\n%s", d)
	}
	for key, want := range places {
		got, err := m.s.States(ctx, key)
		m.ok(t, err)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("where %q was met (-want +got):\n%s", key, d)
		}
	}
}

func (m *machine) checkOwed(t *rapid.T, r *modelRun) {
	var want, got []string
	for k, payer := range m.payers {
		if payer == r.run.ID && !r.used[k] {
			want = append(want, k.String())
		}
	}
	owed, err := r.log.Owed(context.Background())
	m.ok(t, err)
	for _, k := range owed {
		got = append(got, k.String())
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("owed to %q (-want +got):\n%s", r.run.ID, d)
	}
}

// Whatever is done in whatever order, a database has what it was given.
func TestAgainstModel(t *testing.T) {
	// Each check makes a database: a hundred of them are for those who ask.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		must(t, f.Value.Set("12"))
		defer func() { _ = f.Value.Set(f.DefValue) }()
	}
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := &machine{path: filepath.Join(dir, fmt.Sprint(n, ".db")), model: model{payers: map[llm.Key]string{}}}
		m.clock.advance(time.Hour)
		m.open(t)
		defer func() { m.shut(t) }()
		t.Repeat(m.steps())
	})
}
