package mcts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"pgregory.net/rapid"
)

// Whatever the order in which results come back, no state is worked on twice at
// a time, nobody waits while there is something to do, and the search finds
// what one worker finds.
func TestPitfall08ManyInFlight(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				c := &crowd{
					watched: start(t, g.state(0), Options{Rule: drawRule(t), Simulations: plenty}),
					worker:  g.worker(dice(t, 2) == 0), size: 1 + dice(t, 32),
				}
				c.run(t)
				wantBoundsAround(t, c.watched, g.truth())
				wantEnd(t, c.watched, g, g.truth()[0], sh)
			})
		})
	}
}

// Failures cost what they touch and no more: nothing false is proven, and an
// exhausted search with holes in it does not say "unsolvable".
func TestPitfall23FailuresProveNothing(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				c := &crowd{
					watched: start(t, g.state(0), Options{Simulations: plenty}), worker: g.worker(true), size: 1 + dice(t, 8),
					failures: true, unpaid: dice(t, 2) == 0,
				}
				c.run(t)
				truth := g.truth()
				wantBoundsAround(t, c.watched, truth)
				low, high := c.tree.Bounds(c.root)
				switch {
				case low == high:
					if c.Reason() != Proven {
						t.Errorf("the root is proven, the reason is %q", c.Reason())
					}
				case c.failed == 0 && !c.broke:
					wantEnd(t, c.watched, g, truth[0], sh)
				case c.Outcome() != StatusUnsolved:
					t.Errorf("%d failures, and %s", c.failed, c.Outcome())
				case c.broke && c.Reason() != Calls, !c.broke && c.Reason() != Exhausted:
					t.Errorf("ended by %q; some job was unpaid: %v", c.Reason(), c.broke)
				}
			})
		})
	}
}

// The budget of simulations is met to the letter, however many are in flight.
func TestSimulationsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, shape{size: 30, circles: true, hopeless: true})
		budget := 1 + dice(t, 40)
		c := &crowd{
			watched: start(t, g.state(0), Options{Simulations: budget}), worker: g.worker(true), size: 1 + dice(t, 32),
			failures: dice(t, 2) == 0,
		}
		c.run(t)
		if got := c.Simulations(); c.Reason() == Simulations && got != budget {
			t.Errorf("%d simulations, the budget is %d", got, budget)
		}
		visits := 0
		for _, e := range c.events {
			if e.Visited != nil {
				visits++
			}
		}
		if visits != c.Simulations() || c.tree.N(c.root) != 1+visits {
			t.Errorf("%d simulations, %d events, %d visits of the root", c.Simulations(), visits, c.tree.N(c.root))
		}
	})
}

// upTo hands out jobs until Next has no more, and returns their states.
func upTo(w *watched) (jobs []Job, states []int) {
	for {
		job, status := w.Next()
		if status != Work {
			return jobs, states
		}
		jobs, states = append(jobs, job), append(states, placeOf(job.State))
	}
}

func TestWalkBacksOut(t *testing.T) {
	for _, tt := range []struct {
		name     string
		vertices []vertex
		done     int // jobs finished before
		want     []int
	}{
		{
			"best child is in flight: the next best",
			[]vertex{{to: []int{1, 2, 3}, prior: []float64{1, 8, 4}}, {}, {}, {}}, 1, []int{2, 3, 1},
		},
		{
			"all below the best child is in flight: back at the root, the other",
			[]vertex{{to: []int{1, 2}, prior: []float64{8, 1}}, {to: []int{3, 4}, value: 1}, {to: []int{5}}, {}, {}, {}},
			3, []int{3, 4, 2},
		},
		{
			"best child leads back to the path only: the other",
			[]vertex{{to: []int{1, 2}, prior: []float64{8, 1}}, {to: []int{0}, value: 1}, {to: []int{0}}}, 3, []int{2},
		},
		{
			"two ways to one leaf: it is handed out once",
			[]vertex{{to: []int{1, 2}, prior: []float64{8, 1}}, {to: []int{3}, value: 1}, {to: []int{3}}, {}}, 3, []int{3, 2},
		},
		{
			"nothing but the root, which is in flight: wait",
			[]vertex{{to: []int{1}}, {}}, 0, []int{0},
		},
		{
			"blocked two levels down: out of both",
			[]vertex{
				{to: []int{1, 2}, prior: []float64{8, 1}}, {to: []int{3}, value: 1}, {to: []int{0}},
				{to: []int{4}, value: 1}, {},
			},
			5, []int{4, 2},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &graph{vertices: tt.vertices}
			w := start(t, g.state(0), Options{})
			for range tt.done {
				job, status := w.Next()
				if status != Work {
					t.Fatalf("status %d before the test began", status)
				}
				finish(t, w, g.worker(true), job)
			}
			before := w.live()
			jobs, got := upTo(w)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("states handed out until Wait (-want +got):\n%s", d)
			}
			if !before.same(w.live()) {
				t.Error("handing out jobs changed N or Q")
			}
			for _, job := range jobs {
				w.Abandon(job, nil, env.Usage{})
			}
		})
	}
}

// A visit in flight is no visit: it lowers the bonus of its edges, so that the
// next walk spreads, and leaves every N and Q alone.
func TestInFlightSpreadsTheWalks(t *testing.T) {
	w := start(t, endless("."), Options{})
	for range 200 {
		job, _ := w.Next()
		feed(t, w, job, 0.5, 1, 1, 1, 1)
	}
	before := w.live()
	var jobs []Job
	share := map[string]int{}
	for range 16 {
		job, status := w.Next()
		if status != Work {
			t.Fatalf("status %d with an endless problem", status)
		}
		jobs = append(jobs, job)
		share[job.Path[0].Action]++
	}
	if !before.same(w.live()) {
		t.Error("jobs in flight changed N or Q")
	}
	if d := cmp.Diff(map[string]int{"a": 4, "b": 4, "c": 4, "d": 4}, share); d != "" {
		t.Errorf("jobs by first step (-want +got):\n%s", d)
	}
	for _, job := range jobs {
		w.Abandon(job, nil, env.Usage{})
	}
}

// A walk looks at each node once, even where everything is blocked: ways that
// branch and join again do not multiply.
func TestPitfall10BlockedWalkIsLinear(t *testing.T) {
	const layers = 40 // 2^40 ways through
	g := ladder(layers)
	counted := &counting{}
	w := start(t, g.state(0), Options{Rule: Scored(counted.score), Simulations: plenty})
	for {
		job, status := w.Next()
		if status == Done {
			break
		}
		counted.scores = 0
		finish(t, w, g.worker(true), job)
		jobs, _ := upTo(w)
		if counted.scores > 20*layers*(1+len(jobs)) {
			t.Fatalf("%d scores for %d jobs in a graph of %d edges", counted.scores, len(jobs), 4*layers)
		}
		for _, job := range jobs {
			w.Abandon(job, nil, env.Usage{})
		}
	}
}

// ladder is a graph of layers of two states, each of which leads to both of the
// next layer; the last layer is dead.
func ladder(layers int) *graph {
	g := &graph{vertices: []vertex{{to: []int{1, 2}}}}
	for i := range layers {
		for range 2 {
			v := vertex{to: []int{2*i + 3, 2*i + 4}}
			if i == layers-1 {
				v = vertex{over: true}
			}
			g.vertices = append(g.vertices, v)
		}
	}
	return g
}

// counting counts the calls of a rule.
type counting struct{ scores int }

func (c *counting) score(p Parent, e Edge) float64 {
	c.scores++
	return PUCT{}.Score(p, e)
}
