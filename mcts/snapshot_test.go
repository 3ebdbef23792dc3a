package mcts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
	"pgregory.net/rapid"
)

func (w *watched) save() ([]byte, error) {
	var b bytes.Buffer
	err := w.Save(&b)
	return b.Bytes(), err
}

func (w *watched) load(data []byte) (*Search, error) {
	opt := w.opt
	opt.Emit = nil
	return Load(bytes.NewReader(data), w.states[0], w.again, opt)
}

// wantSaved compares this search with what its snapshot makes, and what it says
// of itself with what its events say.
func (w *watched) wantSaved() error {
	if len(w.states) > 2000 {
		return nil // enough small ones are checked
	}
	live, err := portraitOf(w.Search)
	if err != nil {
		return err
	}
	data, err := w.save()
	if err != nil {
		return err
	}
	s, err := w.load(data)
	if err != nil {
		return err
	}
	loaded, err := portraitOf(s)
	if err != nil {
		return err
	}
	if d := cmp.Diff(live, loaded, cmp.AllowUnexported(asked{}), cmpopts.EquateEmpty()); d != "" {
		return fmt.Errorf("the snapshot is another search (-live +loaded):\n%s", d)
	}
	if len(w.left) > 0 {
		return nil // brought up to date by hand, without events
	}
	var events, described view.Tree
	for _, e := range w.events {
		if err := events.Apply(e); err != nil {
			return err
		}
	}
	s.Describe(*w.events[0].Started, func(e event.Event) { err = errors.Join(err, described.Apply(e)) })
	if err != nil {
		return fmt.Errorf("the description can't be read: %w", err)
	}
	if d := cmp.Diff(events, described, cmpopts.IgnoreUnexported(view.Tree{}), cmpopts.IgnoreFields(view.Node{}, "Failed", "N", "Q", "Own", "Usage"), cmpopts.EquateEmpty()); d != "" {
		return fmt.Errorf("the description is of another tree (-events +description):\n%s", d)
	}
	for n, node := range described.Nodes {
		if low, high := w.tree.Bounds(0); n == 0 && (node.Lo != low || node.Hi != high) || int(node.N) != w.tree.N(0) && n == 0 {
			return fmt.Errorf("the description has other numbers: %+v", node)
		}
	}
	return nil
}

// A search that is stopped between two jobs, saved and loaded goes on as if it
// had not been.
func TestLoadGoesOnAsIfNothingHadBeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sh := shape{size: 60, circles: dice(t, 2) == 0, two: dice(t, 3) == 0, partial: true}
		g := drawGraph(t, sh)
		opt := Options{
			Simulations: 1 + dice(t, 120), Mix: float64(dice(t, 3)) / 2, Discount: 1 - float64(dice(t, 2))/10,
			Rule: []Rule{PUCT{}, UCT{}, Thompson{}}[dice(t, 3)],
		}
		steered := dice(t, 2) == 0
		if steered {
			opt.Simulations += 40
		}
		whole := start(t, g.state(0), opt)
		driveSteered(t, whole, g.worker(true), func() {
			if steered {
				steerAtRandom(t, whole)
			}
		})
		stopped := start(t, g.state(0), opt)
		for range dice(t, 40) {
			steerAgain(t, stopped.Search, whole.events)
			job, status := stopped.Next()
			if status != Work {
				break
			}
			finish(t, stopped, g.worker(true), job)
		}
		data, err := stopped.save()
		if err != nil {
			t.Fatal(err)
		}
		s, err := Load(bytes.NewReader(data), g.state(0), func(st env.State, action string) (env.State, error) {
			return g.Step(context.Background(), st, action)
		}, opt)
		if err != nil {
			t.Fatalf("Load: %v", err)
		}
		driveSteered(t, &watched{Search: s}, g.worker(true), func() { steerAgain(t, s, whole.events) })
		want, err := portraitOf(whole.Search)
		if err != nil {
			t.Fatal(err)
		}
		got, err := portraitOf(s)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(asked{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("(-uninterrupted +loaded):\n%s", d)
		}
	})
}

// grown is a small search, halfway.
func grown(t testingT) (*graph, *watched) {
	g := &graph{vertices: []vertex{
		{to: []int{1, 2, 3}, prior: []float64{4, 2, 2}}, {to: []int{2, 3}, value: 0.5}, {to: []int{3, 0}, value: 0.75},
		{over: true, reward: 0.25},
	}}
	w := start(t, g.state(0), Options{Simulations: 20})
	for range 4 {
		job, _ := w.Next()
		finish(t, w, g.worker(true), job)
	}
	return g, w
}

func TestLoadRefuses(t *testing.T) {
	g, w := grown(t)
	data, err := w.save()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, from, to, want string }{
		{"another version", `"version":1`, `"version":9`, "version 9"},
		{"a root that is nowhere", `"root":0`, `"root":77`, "node 77"},
		{"a negative count", `"simulations":`, `"simulations":-`, "negative"},
		{"no JSON", `{"version"`, `{version`, "first line"},
		{"a step that is no longer legal", `"actions":["0"`, `"actions":["9"`, "can't be repeated"},
		{"a step that leads elsewhere", `"actions":["0"`, `"actions":["2"`, "is not state"},
		{"an action too few", `"actions":["0",`, `"actions":[`, "priors"},
		{"a prior below 0", `"masses":[`, `"masses":[-`, "mass"},
		{"an unknown node was asked", `"asked":[[0`, `"asked":[[77`, "node 77"},
		{"an order for an edge that is nowhere", `"masses":`, `"pinned":[77],"masses":`, "no edge 77"},
		{"a damaged tree", "\x89tree", "\x89tred", "snapshot of a tree"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spoilt := strings.Replace(string(data), tt.from, tt.to, 1)
			if spoilt == string(data) {
				t.Fatalf("%q is not in the snapshot", tt.from)
			}
			if _, err := w.load([]byte(spoilt)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	if _, err := Load(bytes.NewReader(data), g.state(0), w.again, Options{Mix: 0.5}); !errors.Is(err, ErrSnapshot) {
		t.Errorf("with another mix: %v", err)
	}
	if _, err := Load(bytes.NewReader(data[:len(data)-1]), g.state(0), w.again, Options{}); !errors.Is(err, ErrSnapshot) {
		t.Errorf("cut short: %v", err)
	}
}

func FuzzLoadSearch(f *testing.F) {
	_, w := grown(f)
	data, err := w.save()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := w.load(data)
		if err != nil {
			return
		}
		if err := s.tree.Check(true); err != nil {
			t.Errorf("it was loaded: %v", err)
		}
		s.Describe(event.Started{}, func(event.Event) {})
		for range 10 {
			if _, status := s.Next(); status != Work {
				break
			}
		}
	})
}
