package mcts

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// ending is a state that ends the problem, in whatever way a test wants.
type ending struct {
	name   string
	reward float64
	player int
}

func (e ending) String() string               { return e.name }
func (e ending) Key() string                  { return e.name }
func (e ending) Outcome() (env.Outcome, bool) { return env.Outcome{Reward: e.reward}, true }
func (e ending) ToMove() int                  { return e.player }

// A result that breaks the rules costs its own job, and that only: the other
// job in flight, the tree and the counts are as before.
func TestPitfall03BadResultsAreRefusedAlone(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	value := func(v float64) Expansion { return Expansion{Value: env.Value{Mean: v}} }
	child := func(prior float64, st env.State) Expansion {
		// The good sibling comes first: nothing of it may remain.
		return Expansion{Expanded: true, Value: env.Value{Mean: 0.5}, Children: []Child{
			{Action: "good", Prior: 1, State: endless("good")}, {Action: "bad", Prior: prior, State: st},
		}}
	}
	for _, tt := range []struct {
		name  string
		kinds []Kind
		x     Expansion
		want  error // nil means any
	}{
		{"value is no number", []Kind{Evaluate}, value(nan), ErrValue},
		{"value below 0", []Kind{Evaluate}, value(-0.1), ErrValue},
		{"value above 1", []Kind{Evaluate}, value(1.1), ErrValue},
		{"value is infinite", []Kind{Evaluate}, value(inf), ErrValue},
		{"value of a scale of 1 to 10", []Kind{Evaluate}, value(9), ErrValue},
		{"value unknown", []Kind{Evaluate}, Expansion{Value: env.Value{Unknown: true, Mean: 0.5}}, nil},
		{"prior is no number", []Kind{Evaluate, Expand}, child(nan, endless("x")), nil},
		{"prior below 0", []Kind{Evaluate, Expand}, child(-0.1, endless("x")), nil},
		{"prior is infinite", []Kind{Evaluate, Expand}, child(inf, endless("x")), nil},
		{"reward is no number", []Kind{Evaluate, Expand}, child(1, ending{"x", nan, 0}), ErrValue},
		{"reward below 0", []Kind{Evaluate, Expand}, child(1, ending{"x", -1, 0}), ErrValue},
		{"reward above 1", []Kind{Evaluate, Expand}, child(1, ending{"x", 1.5, 0}), ErrValue},
		{"player there isn't", []Kind{Evaluate, Expand}, child(1, ending{"x", 1, 2}), nil},
	} {
		for _, kind := range tt.kinds {
			t.Run(tt.name, func(t *testing.T) {
				w := twoWays(t, Options{})
				if kind == Expand { // let both leaves have a value
					a, _ := w.Next()
					b, _ := w.Next()
					feed(t, w, a, 0.5)
					feed(t, w, b, 0.5)
				}
				good, _ := w.Next()
				before := w.dump()
				bad, _ := w.Next()
				if bad.Kind != kind {
					t.Fatalf("the job is of kind %d, the test is about kind %d", bad.Kind, kind)
				}
				tt.x.Usage = env.Usage{Calls: 3}
				err := w.Complete(bad, tt.x)
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("Complete says %v, want an error like %v", err, tt.want)
				}
				want := &event.Failed{Node: int32(bad.Node), Path: numbers(bad.edges), Reason: err.Error(), Usage: tt.x.Usage}
				if d := cmp.Diff(want, w.events[len(w.events)-1].Failed); d != "" {
					t.Errorf("last event (-want +got):\n%s", d)
				}
				// The leaf is left alone; with that undone all is as before.
				if !w.refused[bad.Node] {
					t.Error("the leaf is not left alone")
				}
				delete(w.refused, bad.Node)
				t.Cleanup(func() { w.refused[bad.Node] = true }) // as its log says
				w.seq--
				wantDump(t, "after the bad result", before, w.dump())
				w.seq++
				feed(t, w, good, 0.25, 1)
			})
		}
	}
}

// A value that nobody asked for can't do harm.
func TestExpandIgnoresTheValue(t *testing.T) {
	w := start(t, endless("."), Options{})
	job, _ := w.Next()
	x := Expansion{Value: env.Value{Mean: math.NaN()}, Children: []Child{{Action: "a", Prior: 1, State: endless("a")}}}
	if err := w.Complete(job, x); err != nil {
		t.Errorf("Complete: %v", err)
	}
	if q := w.tree.Q(w.root); q != 0.5 {
		t.Errorf("Q of the root is %g, want 0.5", q)
	}
}

func TestGrow(t *testing.T) {
	type edge struct {
		Action string
		Child  string
		Prior  float64
	}
	const tiny, huge = 5e-324, math.MaxFloat64
	for _, tt := range []struct {
		name     string
		children []Child
		want     []edge
		merged   int
	}{
		{
			"priors of any scale sum to 1",
			[]Child{{"a", 30, endless("a")}, {"b", 10, endless("b")}},
			[]edge{{"a", "a", 0.75}, {"b", "b", 0.25}}, 0,
		},
		{
			"equal states merge: their mass adds, the first text stays",
			[]Child{{"1+2", 1, endless("3")}, {"1*4", 1, endless("4")}, {"2+1", 2, endless("3")}},
			[]edge{{"1+2", "3", 0.75}, {"1*4", "4", 0.25}}, 1,
		},
		{
			"no mass at all: the same for every state, not for every text",
			[]Child{{"1+2", 0, endless("3")}, {"2+1", 0, endless("3")}, {"1*4", 0, endless("4")}},
			[]edge{{"1+2", "3", 0.5}, {"1*4", "4", 0.5}}, 1,
		},
		{
			"no mass on one: none it stays",
			[]Child{{"a", 0, endless("a")}, {"b", 1, endless("b")}},
			[]edge{{"a", "a", 0}, {"b", "b", 1}}, 0,
		},
		{
			"priors so large that their sum overflows",
			[]Child{{"a", huge, endless("a")}, {"b", huge, endless("b")}, {"b'", huge, endless("b")}, {"c", huge, endless("c")}},
			[]edge{{"a", "a", 0.25}, {"b", "b", 0.5}, {"c", "c", 0.25}}, 1,
		},
		{
			"priors so small that they are hardly numbers",
			[]Child{{"a", tiny, endless("a")}, {"b", tiny, endless("b")}},
			[]edge{{"a", "a", 0.5}, {"b", "b", 0.5}}, 0,
		},
		{
			"a step that changes nothing: an edge to its own node",
			[]Child{{"wait", 1, endless(".")}},
			[]edge{{"wait", ".", 1}}, 0,
		},
		{"no children", nil, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, endless("."), Options{})
			job, _ := w.Next()
			x := Expansion{Children: tt.children, Illegal: 2, Usage: env.Usage{Calls: 1}}
			if err := w.Complete(job, x); err != nil {
				t.Fatalf("Complete: %v", err)
			}
			var got []edge
			for e := range w.tree.Edges(w.root) {
				got = append(got, edge{w.Action(e), w.State(w.tree.Child(e)).Key(), w.tree.P(e)})
			}
			if d := cmp.Diff(tt.want, got, cmpopts.EquateApprox(0, 1e-7)); d != "" {
				t.Errorf("edges (-want +got):\n%s", d)
			}
			g := w.events[len(w.events)-1].Grown
			if g.Merged != tt.merged || g.Illegal != 2 || g.Usage.Calls != 1 || len(g.Edges) != len(tt.want) {
				t.Errorf("the event counts %d merged, %d illegal, %d calls and %d edges, want %d, 2, 1 and %d",
					g.Merged, g.Illegal, g.Usage.Calls, len(g.Edges), tt.merged, len(tt.want))
			}
		})
	}
}

func TestGrownTellsNewNodesOnce(t *testing.T) {
	w := start(t, endless("."), Options{})
	job, _ := w.Next()
	x := Expansion{Children: []Child{{"a", 1, endless("a")}, {"b", 1, endless("b")}, {"end", 1, ending{"end", 0.25, 0}}}}
	if err := w.Complete(job, x); err != nil {
		t.Fatal(err)
	}
	for job, _ = w.Next(); job.Kind != Expand; job, _ = w.Next() {
		feed(t, w, job, 0.5)
	}
	x = Expansion{Children: []Child{{"to the other", 1, endless("b")}, {"new", 1, endless("c")}, {"end", 1, ending{"end", 0.25, 0}}}}
	if err := w.Complete(job, x); err != nil {
		t.Fatal(err)
	}
	g := w.events[len(w.events)-1].Grown
	if d := cmp.Diff([]event.Node{{ID: 4, State: "at c"}}, g.New); d != "" {
		t.Errorf("new nodes (-want +got):\n%s", d)
	}
	if got := w.events[1].Grown.New[2]; got != (event.Node{ID: 3, State: "end", Terminal: true, Reward: 0.25}) {
		t.Errorf("the terminal came as %+v", got)
	}
}

// A value that comes with children is paid for once.
func TestUsageIsCountedOnce(t *testing.T) {
	for name, expanded := range map[string]bool{"value alone": false, "value and children": true} {
		w := twoWays(t, Options{})
		before := len(w.events)
		job, _ := w.Next()
		x := Expansion{Expanded: expanded, Value: env.Value{Mean: 0.5}, Usage: env.Usage{Calls: 2}}
		if err := w.Complete(job, x); err != nil {
			t.Fatal(err)
		}
		calls := 0
		for _, e := range w.events[before:] {
			if e.Grown != nil {
				calls += e.Grown.Usage.Calls
			}
			if e.Visited != nil {
				calls += e.Visited.Usage.Calls
			}
		}
		if calls != 2 {
			t.Errorf("%s: the events tell of %d calls, want 2", name, calls)
		}
	}
}

// What a result says of its children settles the node at once, and the means
// on the way up with it.
func TestCompleteSettles(t *testing.T) {
	won, lost := Child{"w", 1, ending{"won", 1, 0}}, Child{"l", 1, ending{"lost", 0, 0}}
	for _, tt := range []struct {
		name           string
		x              Expansion
		reason, status string
	}{
		{"no child, and none can come: unsolvable", Expansion{Closed: true}, Proven, StatusUnsolvable},
		{"no child, but some may come: exhausted, nothing is proven", Expansion{}, Exhausted, StatusUnsolved},
		{"all lost and closed: unsolvable", Expansion{Children: []Child{lost}, Closed: true}, Proven, StatusUnsolvable},
		{"all lost but open: exhausted, nothing is proven", Expansion{Children: []Child{lost}}, Exhausted, StatusUnsolved},
		{"one won: solved", Expansion{Children: []Child{lost, won}}, Proven, StatusSolved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, endless("."), Options{})
			job, _ := w.Next()
			if err := w.Complete(job, tt.x); err != nil {
				t.Fatal(err)
			}
			if _, status := w.Next(); status != Done || w.Reason() != tt.reason || w.Outcome() != tt.status {
				t.Errorf("status %d, %s by %q, want the end: %s by %q", status, w.Outcome(), w.Reason(), tt.status, tt.reason)
			}
		})
	}
}

func TestNewVetsTheRoot(t *testing.T) {
	for name, root := range map[string]env.State{
		"reward above 1":      ending{"x", 2, 0},
		"reward is no number": ending{"x", math.NaN(), 0},
		"player there isn't":  ending{"x", 1, -1},
	} {
		if s, err := New(root, event.Started{}, Options{}); err == nil {
			t.Errorf("%s: New gives a search with %d simulations and no error", name, s.Simulations())
		}
	}
}

// A problem that is over before it begins needs no work.
func TestRootIsTerminal(t *testing.T) {
	for reward, want := range map[float64]string{1: StatusSolved, 0.5: StatusUnsolved, 0: StatusUnsolvable} {
		w := start(t, ending{"root", reward, 0}, Options{})
		if _, status := w.Next(); status != Done || w.Reason() != Proven || w.Outcome() != want {
			t.Errorf("reward %g: status %d, %s by %q, want %s by %q", reward, status, w.Outcome(), w.Reason(), want, Proven)
		}
		if line := w.Line(); len(line.Path) != 0 || line.End.Key() != "root" {
			t.Errorf("reward %g: the line is %+v", reward, line)
		}
	}
}
