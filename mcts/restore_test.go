package mcts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// recorded yields events as a store would.
func recorded(events []event.Event) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// again is a Stepper that knows what a search has seen.
func (w *watched) again(from env.State, action string) (env.State, error) {
	for e := range w.tree.Edges(w.index[from.Key()]) {
		if w.action[e] == action {
			return w.states[w.tree.Child(e)], nil
		}
	}
	return nil, env.Illegal(action, "it was never tried")
}

// rebuild makes a search anew from some of the events of this one.
func (w *watched) rebuild(events []event.Event) (*Search, error) {
	opt := w.opt
	opt.Emit = nil
	return Restore(w.states[0], w.again, recorded(events), opt)
}

// portrait is all that a search knows, but for what is in flight.
type portrait struct {
	Tree                           string
	States, Actions                []string
	Mass                           []float64
	Asked                          map[nodes.ID]asked
	Refused                        map[nodes.ID]bool
	Root                           nodes.ID
	Simulations, Before, Free, Seq int
	Spent, Ended                   bool
	Reason                         string
	Totals                         event.Earlier
	Outcome                        string
	Line                           []nodes.Edge
	Orders                         map[nodes.Edge]string
}

func portraitOf(s *Search) (portrait, error) {
	for n := range s.states {
		s.tree.Sync(nodes.ID(n))
	}
	var tree bytes.Buffer
	if err := s.tree.Save(&tree); err != nil {
		return portrait{}, err
	}
	p := portrait{
		Tree: tree.String(), Actions: s.action, Mass: s.mass, Asked: s.asked, Refused: s.refused,
		Root: s.root, Simulations: s.simulations, Before: s.before, Free: s.free, Seq: s.seq,
		Spent: s.spent, Ended: s.ended, Reason: s.reason, Totals: s.totals, Outcome: s.Outcome(), Line: s.line(), Orders: s.orders,
	}
	for _, st := range s.states {
		p.States = append(p.States, st.Key())
	}
	return p, nil
}

// wantRestored compares this search with the fold of its events. A reason may
// be known before the event that tells it.
func (w *watched) wantRestored() error {
	s, err := w.rebuild(w.events)
	if err != nil {
		return err
	}
	for _, n := range w.left {
		s.tree.Refresh(n)
	}
	live, err := portraitOf(w.Search)
	if err != nil {
		return err
	}
	folded, err := portraitOf(s)
	if err != nil {
		return err
	}
	if !live.Ended {
		folded.Reason, folded.Outcome, folded.Line = live.Reason, live.Outcome, live.Line
	}
	if d := cmp.Diff(live, folded, cmp.AllowUnexported(asked{}), cmpopts.EquateEmpty()); d != "" {
		return fmt.Errorf("the fold of the events is another search (-live +fold):\n%s", d)
	}
	return s.tree.Check(true)
}

// A search that is killed between any two moves of its driver and restored
// gives the same events as one that was not, to the last byte.
func TestRestoreGoesOnAsIfNothingHadBeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sh := shape{size: 60, circles: dice(t, 2) == 0, two: dice(t, 3) == 0, partial: true}
		g := drawGraph(t, sh)
		opt := Options{
			Simulations: 1 + dice(t, 120), Prefixes: dice(t, 2) == 0, Decide: dice(t, 4) == 0,
			Mix: float64(dice(t, 3)) / 2, Discount: 1 - float64(dice(t, 2))/10, Seed: uint64(dice(t, 99)),
			Noise: Noise{Weight: float64(dice(t, 2)) / 4},
			Rule:  []Rule{PUCT{}, UCT{}, Thompson{}, Gumbel{Budget: 60}}[dice(t, 4)],
		}
		w := start(t, g.state(0), opt)
		blind := dice(t, 2) == 0
		if dice(t, 2) == 0 {
			driveSteered(t, w, g.worker(blind), func() { steerAtRandom(t, w) })
		} else {
			drive(t, w, g.worker(blind))
		}
		cut := 1 + dice(t, len(w.events)-1)
		if e := w.events[cut-1]; e.Grown != nil && e.Grown.Usage.IsZero() && w.events[cut].Visited != nil {
			cut++ // one result: both events or none
		}
		want := logOf(t, w)
		var got []event.Event
		opt.Emit = func(e event.Event) { got = append(got, e) }
		s, err := Restore(g.state(0), func(st env.State, action string) (env.State, error) {
			return g.Step(context.Background(), st, action)
		}, recorded(w.events[:cut]), opt)
		if err != nil {
			t.Fatalf("Restore: %v", err)
		}
		if opt.Prefixes {
			wantHeeded(t, g, w, blind, cut, s)
		}
		again := &watched{Search: s}
		driveSteered(t, again, g.worker(blind), func() { steerAgain(t, again.Search, w.events) })
		again.events = append(slices.Clone(w.events[:cut]), got...)
		if d := cmp.Diff(want, logOf(t, again)); d != "" {
			t.Fatalf("killed after event %d (-uninterrupted +restored):\n%s", cut, d)
		}
	})
}

// wantHeeded compares what a restored search knows of the prompts that a model
// has read with what a live one does after the same events, where that stands
// between two jobs then.
func wantHeeded(t *rapid.T, g *graph, whole *watched, blind bool, cut int, restored *Search) {
	t.Helper()
	opt := whole.opt
	live := start(t, g.state(0), Options{
		Simulations: opt.Simulations, Prefixes: true, Decide: opt.Decide, Mix: opt.Mix, Discount: opt.Discount,
		Seed: opt.Seed, Noise: opt.Noise, Rule: opt.Rule,
	})
	for len(live.events) < cut {
		steerAgain(t, live.Search, whole.events[:cut])
		job, status := live.Next()
		if status == Done {
			return
		}
		finish(t, live, g.worker(blind), job)
	}
	if len(live.events) > cut {
		return
	}
	if !maps.Equal(live.last, restored.last) || !maps.Equal(live.warm, restored.warm) {
		t.Fatalf("after event %d: last %v, warm %v; restored %v, %v", cut, live.last, live.warm, restored.last, restored.warm)
	}
}

func TestRestoreRefuses(t *testing.T) {
	g := &graph{vertices: []vertex{
		{to: []int{1, 2, 3}, prior: []float64{4, 2, 2}}, {to: []int{2, 3}, value: 0.5}, {to: []int{3, 0}, value: 0.75},
		{over: true, reward: 0.25},
	}}
	w := start(t, g.state(0), Options{Simulations: 20})
	drive(t, w, g.worker(true))
	grown := slices.IndexFunc(w.events, func(e event.Event) bool { return e.Grown != nil })
	visited := slices.IndexFunc(w.events, func(e event.Event) bool { return e.Visited != nil })
	spoil := func(i int, f func(*event.Event)) []event.Event {
		events := slices.Clone(w.events)
		e := events[i]
		if e.Grown != nil {
			c := *e.Grown
			c.Edges, c.New = slices.Clone(c.Edges), slices.Clone(c.New)
			e.Grown = &c
		}
		if e.Visited != nil {
			c := *e.Visited
			e.Visited = &c
		}
		if e.Started != nil {
			c := *e.Started
			e.Started = &c
		}
		f(&e)
		events[i] = e
		return events
	}
	for _, tt := range []struct {
		name   string
		events []event.Event
		want   string
	}{
		{"nothing: there is no search", nil, "there are none"},
		{"no beginning: the root is unknown", w.events[1:], "number 2 follows 0"},
		{"a gap: something is lost", slices.Delete(slices.Clone(w.events), 2, 3), "follows"},
		{"another version: fields may mean something else", spoil(0, func(e *event.Event) { e.Started.Version++ }), "version"},
		{"another problem", spoil(0, func(e *event.Event) { e.Started.Root.State = "elsewhere" }), "elsewhere"},
		{"a step that leads elsewhere now: the rules have changed", spoil(grown, func(e *event.Event) { e.Grown.New[0].State = "elsewhere" }), "elsewhere"},
		{"a step that is no longer legal", spoil(grown, func(e *event.Event) { e.Grown.Edges[0].Action = "99" }), "can't be repeated"},
		{"a node that is nowhere", spoil(grown, func(e *event.Event) { e.Grown.Node = 77 }), "node"},
		{"an edge to nowhere", spoil(grown, func(e *event.Event) { e.Grown.Edges[1].Child = 77 }), "there isn't"},
		{"an edge of another number", spoil(grown, func(e *event.Event) { e.Grown.Edges[1].ID = 77 }), "should be"},
		{"a prior below 0", spoil(grown, func(e *event.Event) { e.Grown.Edges[1].Mass = -1 }), "mass"},
		{"a path that leads nowhere", spoil(visited, func(e *event.Event) { e.Visited.Path = []int32{99} }), "does not leave"},
		{"a path that leads elsewhere", spoil(visited, func(e *event.Event) { e.Visited.Leaf++ }), "leads to"},
		{"a value above 1", spoil(visited, func(e *event.Event) { e.Visited.Value.Mean = 7 }), "no value"},
		{"an order for an edge that is nowhere", steered(w.events[:4], event.Pin, 77), "no edge 77"},
		{"an order that there isn't", steered(w.events[:4], "sing", 0), "unknown order"},
		{"after the end", append(slices.Clone(w.events), event.Event{Seq: len(w.events) + 1, Failed: &event.Failed{}}), "ended before"},
		{"an event that says nothing", []event.Event{w.events[0], {Seq: 2}}, "says nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.rebuild(tt.events)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	broken := errors.New("disk on fire")
	_, err := Restore(g.state(0), w.again, func(yield func(event.Event, error) bool) {
		_ = yield(w.events[0], nil) && yield(event.Event{}, broken)
	}, w.opt)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the log", err)
	}
}

// A search whose budget is spent goes on under a larger one, and what was left
// alone for want of budget is worked on.
func TestResume(t *testing.T) {
	g := &graph{vertices: []vertex{
		{to: []int{1, 2}}, {to: []int{3}, value: 0.5}, {to: []int{3}, value: 0.25}, {to: []int{4}, value: 0.5}, {over: true, reward: 1},
	}}
	w := start(t, g.state(0), Options{Simulations: 2})
	job, _ := w.Next()
	w.Unpaid(job, env.Usage{})
	if err := w.Resume(event.Resumed{}); !errors.Is(err, ErrInFlight) {
		t.Errorf("resuming a search that has not ended: %v", err)
	}
	if _, status := w.Next(); status != Done || w.Reason() != Calls {
		t.Fatalf("status %v, reason %q", status, w.Reason())
	}
	if err := w.Resume(event.Resumed{Simulations: 50}); err != nil {
		t.Fatal(err)
	}
	if err := w.wantRestored(); err != nil {
		t.Error(err)
	}
	drive(t, w, g.worker(true))
	if w.Outcome() != StatusSolved {
		t.Errorf("the search came to %s by %s", w.Outcome(), w.Reason())
	}
	if !maps.Equal(w.refused, map[nodes.ID]bool{}) || w.Failed() {
		t.Errorf("left alone: %v", w.refused)
	}
}

// FuzzRestore feeds Restore with events as a file may hold them: what it takes
// must be a sound search.
func FuzzRestore(f *testing.F) {
	g, w := grown(f)
	text := logOf(f, w)
	f.Add([]byte(text))
	f.Add([]byte(text[:len(text)/2]))
	drive(f, w, g.worker(true))
	f.Add([]byte(logOf(f, w)))
	f.Fuzz(func(t *testing.T, text []byte) {
		log := func(yield func(event.Event, error) bool) {
			for d := json.NewDecoder(bytes.NewReader(text)); ; {
				var e event.Event
				if err := d.Decode(&e); errors.Is(err, io.EOF) || !yield(e, err) || err != nil {
					return
				}
			}
		}
		s, err := Restore(g.state(0), func(st env.State, action string) (env.State, error) {
			return g.Step(context.Background(), st, action)
		}, log, Options{Simulations: 20, Prefixes: true})
		if err != nil {
			return
		}
		if err := s.tree.Check(true); err != nil {
			t.Errorf("it was restored: %v", err)
		}
		for range 10 {
			if _, status := s.Next(); status != Work {
				break
			}
		}
		s.Line()
	})
}

// Whatever number of a log is changed, Restore refuses it or makes a sound
// search of it.
func TestRestoreOfSpoiltNumbers(t *testing.T) {
	g, w := grown(t)
	drive(t, w, g.worker(true))
	text := logOf(t, w)
	places := regexp.MustCompile(`-?\d+(\.\d+)?`).FindAllStringIndex(text, -1)
	refused := 0
	for _, at := range places {
		for _, value := range []string{"-1", "0", "1", "3", "77", "2147483647", "0.5", "1e300"} {
			var events []event.Event
			for d := json.NewDecoder(strings.NewReader(text[:at[0]] + value + text[at[1]:])); ; {
				var e event.Event
				if d.Decode(&e) != nil {
					break
				}
				events = append(events, e)
			}
			s, err := w.rebuild(events)
			if err != nil {
				refused++
				continue
			}
			if err := s.tree.Check(true); err != nil {
				t.Errorf("with %s in the place of %s at %d: %v", value, text[at[0]:at[1]], at[0], err)
			}
			s.Next()
			s.Line()
		}
	}
	if refused < len(places) {
		t.Errorf("%d refusals at %d places: the test can't fail", refused, len(places))
	}
}
