package mcts

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// steered is a log with one order more.
func steered(events []event.Event, order string, edges ...int32) []event.Event {
	return append(slices.Clone(events), event.Event{Seq: len(events) + 1, Steered: &event.Steered{Order: order, Edges: edges}})
}

// steerAtRandom gives an order, sometimes.
func steerAtRandom(t *rapid.T, w *watched, orders ...string) {
	t.Helper()
	edges := w.inOrder()
	if len(edges) == 0 || w.reason != "" || dice(t, 4) != 0 {
		return
	}
	if len(orders) == 0 {
		orders = []string{event.Pin, event.Forbid, event.Free}
	}
	some := []nodes.Edge{edges[dice(t, len(edges))]}
	if dice(t, 2) == 0 {
		some = append(some, edges[dice(t, len(edges))])
	}
	if err := w.Steer(orders[dice(t, len(orders))], some...); err != nil {
		t.Fatalf("Steer: %v", err)
	}
}

// steerAgain gives the orders that a search got in other events at the same
// moment.
func steerAgain(t testingT, s *Search, events []event.Event) {
	t.Helper()
	for s.seq < len(events) && events[s.seq].Steered != nil {
		given := events[s.seq].Steered
		var edges []nodes.Edge
		for _, e := range given.Edges {
			edges = append(edges, nodes.Edge(e))
		}
		if err := s.Steer(given.Order, edges...); err != nil {
			t.Fatalf("Steer: %v", err)
		}
	}
}

// driveSteered is drive with something to do before each job.
func driveSteered(t testingT, w *watched, worker *Worker, before func()) {
	t.Helper()
	for {
		before()
		job, status := w.Next()
		if status == Done {
			return
		}
		finish(t, w, worker, job)
	}
}

// wantObeyed fails if the way to a new job is none that the orders allow.
func (c *crowd) wantObeyed(t testingT, job Job) {
	t.Helper()
	passed := map[nodes.ID]bool{}
	for _, e := range job.edges {
		n := c.tree.From(e)
		passed[n] = true
		if c.orders[e] == event.Forbid {
			t.Fatalf("the way to %s goes by the forbidden edge %d", job.State, e)
		}
		if c.orders[e] == event.Pin {
			continue
		}
		for other := range c.tree.Edges(n) {
			child := c.tree.Child(other)
			if c.orders[other] != event.Pin || c.tree.Settled(other) || passed[child] || child == job.Node {
				continue
			}
			if at, ok := c.usefulBelow(child, maps.Clone(passed)); ok && at.Key() != job.State.Key() {
				t.Fatalf("the way to %s goes by edge %d, though %s can be worked on by the pinned edge %d", job.State, e, at, other)
			}
		}
	}
	for e, n := range c.shut {
		if got := c.tree.EdgeN(e) + c.tree.O(e); got > n {
			t.Fatalf("the forbidden edge %d had %d visits, in flight or not, and has %d", e, n, got)
		}
	}
}

// steerCrowd lets a crowd be steered at random.
func (c *crowd) steerCrowd(t *rapid.T, orders ...string) {
	c.steer = func() {
		steerAtRandom(t, c.watched, orders...)
		old := c.shut
		c.shut = map[nodes.Edge]int{}
		for e, order := range c.orders {
			if order != event.Forbid {
				continue
			}
			n, known := old[e]
			if !known {
				n = c.tree.EdgeN(e) + c.tree.O(e)
			}
			c.shut[e] = n
		}
	}
}

// However a search is steered, with many jobs in flight, it goes by the orders
// and proves nothing that is not true; what can be found by the ways that are
// left is found.
func TestSteeredAtRandom(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				c := &crowd{
					watched: start(t, g.state(0), Options{Rule: drawRule(t), Simulations: plenty, Prefixes: dice(t, 2) == 0}),
					worker:  g.worker(dice(t, 2) == 0), size: 1 + dice(t, 8),
				}
				c.steerCrowd(t)
				c.run(t)
				truth := g.truth()
				wantBoundsAround(t, c.watched, truth)
				if c.Reason() != Proven && c.Reason() != Exhausted {
					t.Errorf("ended by %q", c.Reason())
				}
				if _, left := c.useful(); left && c.Reason() == Exhausted {
					t.Error("exhausted, but there is a way that nobody forbade")
				}
				switch status := c.Outcome(); {
				case status == StatusUnsolvable && truth[0] != 0, status == StatusSolved && truth[0] != 1:
					t.Errorf("%s, but the root has the value %g", status, truth[0])
				}
			})
		})
	}
}

// Pins change where a search looks, not what it comes to.
func TestPinnedProvesTheSame(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				c := &crowd{
					watched: start(t, g.state(0), Options{Rule: drawRule(t), Simulations: plenty}),
					worker:  g.worker(dice(t, 2) == 0), size: 1 + dice(t, 8),
				}
				c.steerCrowd(t, event.Pin, event.Free)
				c.run(t)
				wantEnd(t, c.watched, g, g.truth()[0], sh)
			})
		})
	}
}

// steps gives the edges of the root by their actions.
func steps(w *watched) map[string]nodes.Edge {
	out := map[string]nodes.Edge{}
	for e := range w.tree.Edges(w.root) {
		out[w.action[e]] = e
	}
	return out
}

// visits are those of the edges of the root, by action.
func visits(w *watched) map[string]int {
	out := map[string]int{}
	for a, e := range steps(w) {
		out[a] = w.tree.EdgeN(e)
	}
	return out
}

func TestSteer(t *testing.T) {
	type order struct{ order, steps string }
	for _, tt := range []struct {
		name   string
		orders []order
		share  string // of the visits to come, by steps: all other steps get none
	}{
		{"forbidden: the others share", []order{{event.Forbid, "a"}}, "bcd"},
		{"all but one forbidden: that one", []order{{event.Forbid, "abd"}}, "c"},
		{"pinned: that one", []order{{event.Pin, "d"}}, "d"},
		{"two pinned: these share", []order{{event.Pin, "a"}, {event.Pin, "b"}}, "ab"},
		{"pinned, then forbidden: the last word counts", []order{{event.Pin, "ab"}, {event.Forbid, "a"}}, "b"},
		{"forbidden, then pinned: the last word counts", []order{{event.Forbid, "a"}, {event.Pin, "a"}}, "a"},
		{"the only pinned one is forbidden: nothing is pinned", []order{{event.Pin, "a"}, {event.Forbid, "a"}}, "bcd"},
		{"freed: as if nothing had been", []order{{event.Pin, "d"}, {event.Forbid, "a"}, {event.Free, "ad"}}, "abcd"},
	} {
		for name, rule := range map[string]Rule{
			"PUCT": PUCT{}, "UCT": UCT{}, "Thompson": Thompson{}, "Gumbel": Gumbel{Budget: 130, Seed: 5}, "Gumbel without a budget": Gumbel{},
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				const before, budget = 10, 130
				w := start(t, endless("."), Options{Rule: rule, Simulations: budget})
				work := func(until int) {
					for w.Simulations() < until {
						job, status := w.Next()
						if status != Work {
							t.Fatalf("status %d after %d simulations", status, w.Simulations())
						}
						feed(t, w, job, 0.5, 5, 4, 4, 4)
					}
				}
				work(before)
				old := visits(w)
				for _, o := range tt.orders {
					var edges []nodes.Edge
					for _, step := range o.steps {
						edges = append(edges, steps(w)[string(step)])
					}
					if err := w.Steer(o.order, edges...); err != nil {
						t.Fatal(err)
					}
				}
				work(budget)
				total := 0
				for step, n := range visits(w) {
					got := n - old[step]
					total += got
					if share := strings.Contains(tt.share, step); !share && got > 0 || share && got == 0 && !strings.HasPrefix(name, "Gumbel") {
						t.Errorf("step %s got %d visits, may have some: %v", step, got, share)
					}
				}
				if total != budget-before {
					t.Errorf("%d visits, want %d", total, budget-before)
				}
				if _, status := w.Next(); status != Done || w.Reason() != Simulations {
					t.Errorf("ended by %q", w.Reason())
				}
				if line := w.Line(); !strings.Contains(tt.share, line.Path[0].Action) && tt.orders[0].order == event.Forbid {
					t.Errorf("the line begins with step %s", line.Path[0].Action)
				}
			})
		}
	}
}

// What can't be obeyed changes nothing.
func TestSteerRefuses(t *testing.T) {
	g, w := grown(t)
	before, events := w.dump(), len(w.events)
	for _, tt := range []struct {
		name, order, want string
		edges             []nodes.Edge
	}{
		{"an unknown order", "sing", "unknown order", []nodes.Edge{0}},
		{"no edge", event.Pin, "no edge", nil},
		{"no such edge", event.Pin, "no edge 77", []nodes.Edge{0, 77}},
		{"a negative one", event.Forbid, "no edge -1", []nodes.Edge{nodes.NoEdge}},
	} {
		if err := w.Steer(tt.order, tt.edges...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.want)
		}
	}
	if d := cmp.Diff(before, w.dump()); d != "" || len(w.events) != events {
		t.Errorf("refusals change something or tell of it (-before +after):\n%s", d)
	}
	drive(t, w, g.worker(true))
	if err := w.Steer(event.Pin, 0); !errors.Is(err, ErrOver) {
		t.Errorf("after the end: %v, want %v", err, ErrOver)
	}
}

// A job in flight on a way that is forbidden meanwhile is used all the same.
func TestSteerLeavesWhatIsInFlight(t *testing.T) {
	w := start(t, endless("."), Options{})
	for range 6 {
		job, _ := w.Next()
		feed(t, w, job, 0.5, 1, 1)
	}
	job, _ := w.Next()
	e := job.edges[0]
	n := w.tree.EdgeN(e)
	if err := w.Steer(event.Forbid, e); err != nil {
		t.Fatal(err)
	}
	kind := job.Kind
	feed(t, w, job, 0.5, 1, 1)
	if kind == Evaluate && w.tree.EdgeN(e) != n+1 || kind == Expand && !w.tree.Expanded(job.Node) {
		t.Errorf("the result of a job for %s was not used", job.State)
	}
	w.Finish(Interrupted)
}

// A pinned edge that is proven, or busy, holds up nobody.
func TestPinnedThatCannotBeFollowed(t *testing.T) {
	g := &graph{vertices: []vertex{
		{to: []int{1, 2}}, {to: []int{3}, value: 0.5}, {to: []int{4}, value: 0.5}, {over: true, reward: 0.5}, {to: []int{5}, value: 0.5}, {over: true, reward: 1},
	}}
	for _, busy := range []bool{false, true} {
		w := start(t, g.state(0), Options{})
		job, _ := w.Next() // the root's children
		finish(t, w, g.worker(true), job)
		if err := w.Steer(event.Pin, steps(w)["0"]); err != nil {
			t.Fatal(err)
		}
		job, _ = w.Next()
		if got := placeOf(job.State); got != 1 {
			t.Fatalf("state %d is worked on, not that behind the pinned edge", got)
		}
		if busy {
			other, status := w.Next()
			if status != Work || placeOf(other.State) != 2 {
				t.Fatalf("while the pinned one is in flight: status %d, %v", status, other.State)
			}
			w.Abandon(other, nil, env.Usage{})
		}
		finish(t, w, g.worker(true), job)
		drive(t, w, g.worker(true))
		if w.Outcome() != StatusSolved {
			t.Errorf("%s by %q", w.Outcome(), w.Reason())
		}
	}
}

// With the only way forbidden there is nothing left to do, but nothing is proven
// either. A proof by a forbidden way is one, and the line takes it only if there
// is no other.
func TestForbiddenProvesNothing(t *testing.T) {
	g := &graph{vertices: []vertex{{to: []int{1}}, {to: []int{2}, value: 0.5}, {over: true, reward: 1}}}
	w := start(t, g.state(0), Options{})
	job, _ := w.Next()
	finish(t, w, g.worker(true), job)
	if err := w.Steer(event.Forbid, steps(w)["0"]); err != nil {
		t.Fatal(err)
	}
	if _, status := w.Next(); status != Done || w.Reason() != Exhausted || w.Outcome() != StatusUnsolved {
		t.Errorf("status %d, %s by %q", status, w.Outcome(), w.Reason())
	}

	g = &graph{vertices: []vertex{{to: []int{1, 2}}, {over: true, reward: 1}, {to: []int{1}, value: 0.5}}}
	w = start(t, g.state(0), Options{})
	job, _ = w.Next()
	// The order comes too late to keep the proof away.
	finish(t, w, g.worker(true), job)
	if err := w.Steer(event.Forbid, steps(w)["0"]); err != nil {
		t.Fatal(err)
	}
	if _, status := w.Next(); status != Done || w.Outcome() != StatusSolved || len(w.Line().Edges) != 1 {
		t.Errorf("status %d, %s, line %v", status, w.Outcome(), w.Line().Path)
	}
}

// Of two solutions the line takes the longer one if the shorter one is forbidden.
func TestForbiddenIsNoSolutionIfThereIsAnother(t *testing.T) {
	g := &graph{open: true, vertices: []vertex{{to: []int{1, 2}}, {to: []int{4}, value: 0.5}, {to: []int{3}, value: 0.5}, {to: []int{4}, value: 0.5}, {over: true, reward: 1}}}
	w := start(t, g.state(0), Options{})
	var jobs []Job
	job, _ := w.Next()
	finish(t, w, g.worker(true), job)
	short := steps(w)["0"]
	if err := w.Steer(event.Pin, steps(w)["1"]); err != nil {
		t.Fatal(err)
	}
	for range 4 { // all but the last step of the longer way
		job, status := w.Next()
		if status != Work {
			t.Fatal("too soon done")
		}
		if job.Kind == Expand && placeOf(job.State) == 3 {
			jobs = append(jobs, job)
			break
		}
		finish(t, w, g.worker(true), job)
	}
	for w.tree.Child(short) != nodes.None && len(jobs) < 2 { // and of the shorter one
		job, status := w.Next()
		if status != Work {
			t.Fatal("too soon done")
		}
		if job.Kind == Expand {
			jobs = append(jobs, job)
			continue
		}
		finish(t, w, g.worker(true), job)
	}
	if err := w.Steer(event.Forbid, short); err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		finish(t, w, g.worker(true), job)
	}
	if _, status := w.Next(); status != Done || w.Outcome() != StatusSolved {
		t.Fatalf("status %d, %s", status, w.Outcome())
	}
	if line := w.Line(); line.Edges[0] == short || len(line.Edges) != 3 {
		t.Errorf("the line is %v", line.Path)
	}
}

// While one of its edges is pinned a node is asked for no further ones.
func TestPinnedIsNotWidened(t *testing.T) {
	for name, opt := range map[string]Options{
		"by visits": {Widen: Widening{C: 2}}, "by the rule": {More: true, Rule: Thompson{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, endless("."), opt)
			asked := func(n int) (times int) {
				for range n {
					job, _ := w.Next()
					if job.Kind == Expand && job.Node == w.root {
						times++
					}
					x := Expansion{Value: env.Value{Mean: 0.2}}
					if job.Kind == Expand {
						a := string(rune('a' + job.Asked))
						x.Children = []Child{{Action: a, Prior: 1, State: endless(job.State.Key() + a)}}
					}
					if err := w.Complete(job, x); err != nil {
						t.Fatal(err)
					}
				}
				return times
			}
			asked(4)
			if err := w.Steer(event.Pin, steps(w)["a"]); err != nil {
				t.Fatal(err)
			}
			if got := asked(100); got != 0 {
				t.Errorf("asked for more %d times", got)
			}
			if err := w.Steer(event.Free, steps(w)["a"]); err != nil {
				t.Fatal(err)
			}
			if asked(100) == 0 {
				t.Error("not asked for more when it was free again: the test says nothing")
			}
			w.Finish(Interrupted)
		})
	}
}

// The schedule of sequential halving leaves out who is forbidden from the start.
func TestGumbelWithForbidden(t *testing.T) {
	const budget = 64
	run := func(priors []float64, forbid string) map[string]int {
		w := start(t, endless("."), Options{Rule: Gumbel{Budget: budget, Calm: true, Actions: 4}, Simulations: budget})
		job, _ := w.Next()
		feed(t, w, job, 0.5, priors...)
		if forbid != "" {
			if err := w.Steer(event.Forbid, steps(w)[forbid]); err != nil {
				t.Fatal(err)
			}
		}
		for {
			job, status := w.Next()
			if status == Done {
				break
			}
			feed(t, w, job, 0.5, 1, 1)
		}
		if w.Simulations() != budget || w.Reason() != Simulations {
			t.Errorf("%d simulations, ended by %q", w.Simulations(), w.Reason())
		}
		return visits(w)
	}
	got, want := run([]float64{4, 3, 2, 9}, "d"), run([]float64{4, 3, 2}, "")
	want["d"] = 0
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("visits (-if it were not there +forbidden):\n%s", d)
	}
}

// A search that is to end when its best step is beyond reach counts neither the
// visits of a forbidden one, nor those that it might have had.
func TestDecidedWithForbidden(t *testing.T) {
	w := start(t, endless("."), Options{Simulations: 100, Decide: true})
	for w.Simulations() < 30 {
		job, _ := w.Next()
		v := 0.1
		if strings.HasPrefix(job.State.Key(), ".a") {
			v = 0.9
		}
		feed(t, w, job, v, 1, 1, 1)
	}
	if lead := visits(w)["a"]; lead < 20 {
		t.Fatalf("the best step has %d visits: the test says nothing", lead)
	}
	if err := w.Steer(event.Forbid, steps(w)["a"]); err != nil {
		t.Fatal(err)
	}
	for {
		job, status := w.Next()
		if status == Done {
			break
		}
		feed(t, w, job, 0.1, 1, 1, 1)
	}
	v := visits(w)
	if w.Simulations() < 60 || v["b"]+v["c"] < 40 {
		t.Errorf("ended by %q after %d simulations, visits %v", w.Reason(), w.Simulations(), v)
	}
	if line := w.Line(); line.Path[0].Action == "a" {
		t.Error("the line begins with the forbidden step")
	}
}

// Orders outlive a move, and stand for what they stood for.
func TestAdvanceKeepsOrders(t *testing.T) {
	w := start(t, endless("."), Options{Simulations: 60})
	work := func() {
		for {
			job, status := w.Next()
			if status == Done {
				return
			}
			feed(t, w, job, 0.5, 1, 1, 1)
		}
	}
	for w.Simulations() < 40 {
		job, _ := w.Next()
		feed(t, w, job, 0.5, 1, 1, 1)
	}
	child := w.tree.Child(steps(w)["b"])
	shut := w.tree.At(child, 0)
	if err := w.Steer(event.Forbid, shut); err != nil {
		t.Fatal(err)
	}
	n := w.tree.EdgeN(shut)
	work()
	advance(t, w, steps(w)["b"])
	work()
	if got := w.tree.EdgeN(shut); got != n {
		t.Errorf("the forbidden step had %d visits, now %d", n, got)
	}
	if v := visits(w); v["b"]+v["c"] < 60 {
		t.Errorf("visits %v", v)
	}
}

// An explanation says what orders do.
func TestExplainTellsOrders(t *testing.T) {
	w := start(t, endless("."), Options{})
	for range 20 {
		job, _ := w.Next()
		feed(t, w, job, 0.5, 1, 1, 1)
	}
	tell := func() map[string]string {
		out := map[string]string{}
		for _, x := range w.Explain(w.root) {
			out[x.Action] = x.Closed
			if x.Chosen != (x.Closed == "") && w.orders[x.Edge] == event.Pin {
				t.Errorf("step %s: chosen %v, closed %q", x.Action, x.Chosen, x.Closed)
			}
		}
		return out
	}
	if err := w.Steer(event.Forbid, steps(w)["a"]); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"a": "forbidden", "b": "", "c": ""}, tell()); d != "" {
		t.Errorf("one is forbidden (-want +got):\n%s", d)
	}
	if err := w.Steer(event.Pin, steps(w)["b"]); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"a": "forbidden", "b": "", "c": "others are pinned"}, tell()); d != "" {
		t.Errorf("another is pinned (-want +got):\n%s", d)
	}
	w.Finish(Interrupted)
}
