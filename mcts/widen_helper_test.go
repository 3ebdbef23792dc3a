package mcts

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// meadow is a problem in which every state has endlessly many steps: what is
// proposed depends on how often was asked before. A state is the way to it. The
// zero meadow proposes one new step each time, all its states are worth ½ and
// none is an end.
type meadow struct {
	per    int                                   // steps proposed at a time; 0 means 1
	step   func(way string, asked, i int) string // name of the i-th proposed; nil makes them all distinct
	prior  func(way, step string) float64        // nil means 1
	value  func(way string) float64              // nil means ½
	ends   func(way string) (reward float64, over bool)
	closes int  // how often a state is asked until it says that it has no more; 0 means never
	mixed  bool // the order of steps does not matter: many ways lead to a state
}

// clearing is a state of a meadow.
type clearing struct {
	m   *meadow
	way string
}

func (c clearing) String() string { return "at " + c.way }
func (c clearing) Key() string    { return c.way }

func (c clearing) Outcome() (env.Outcome, bool) {
	if c.m.ends == nil {
		return env.Outcome{}, false
	}
	reward, over := c.m.ends(c.way)
	return env.Outcome{Reward: reward}, over
}

// answer is the work of a job.
func (m *meadow) answer(job Job) Expansion {
	way := job.State.Key()
	if job.Kind == Evaluate {
		v := 0.5
		if m.value != nil {
			v = m.value(way)
		}
		return Expansion{Value: env.Value{Mean: v}, Usage: env.Usage{Calls: 1}}
	}
	x := Expansion{Closed: m.closes > 0 && job.Asked+1 >= m.closes, Usage: env.Usage{Calls: 1}}
	per := max(1, m.per)
	for i := range per {
		c := Child{Action: strconv.Itoa(job.Asked*per + i), Prior: 1}
		if m.step != nil {
			c.Action = m.step(way, job.Asked, i)
		}
		if m.prior != nil {
			c.Prior = m.prior(way, c.Action)
		}
		c.State = clearing{m, m.after(way, c.Action)}
		x.Children = append(x.Children, c)
	}
	return x
}

func (m *meadow) Start(context.Context, string) (env.State, error) { return clearing{m, ""}, nil }

func (m *meadow) Step(_ context.Context, s env.State, action string) (env.State, error) {
	return clearing{m, m.after(s.Key(), action)}, nil
}

func (m *meadow) Evaluate(context.Context, env.State, env.Path) (env.Value, env.Usage, error) {
	return env.Value{Mean: 0.5}, env.Usage{}, nil
}

// sowing is a policy that goes on counting where it left off, and tells what it
// is asked for.
type sowing func(asked, k int)

func (f sowing) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	return f.ProposeMore(ctx, s, path, 0, k)
}

func (f sowing) ProposeMore(_ context.Context, _ env.State, _ env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	f(asked, k)
	var out []env.Candidate
	for i := range k {
		out = append(out, env.Candidate{Action: strconv.Itoa(asked + i)})
	}
	return out, env.Usage{Calls: 1}, nil
}

// after is the way to where a step leads.
func (m *meadow) after(way, step string) string {
	way += "/" + step
	if !m.mixed {
		return way
	}
	steps := strings.Split(way[1:], "/")
	slices.Sort(steps)
	return "/" + strings.Join(steps, "/")
}

// finish does the work of a job.
func (m *meadow) finish(t testingT, w *watched, job Job) {
	t.Helper()
	if err := w.Complete(job, m.answer(job)); err != nil {
		t.Fatalf("completing %s: %v", job.State, err)
	}
}

// graze runs a search of the meadow to its end, one job after the other.
func (m *meadow) graze(t testingT, w *watched) {
	t.Helper()
	for {
		job, status := w.Next()
		if status == Done {
			return
		}
		m.finish(t, w, job)
	}
}

// luck is a number from 0 to n-1 that depends on the words alone.
func luck(n int, words ...any) int {
	h := fnv.New64a()
	_, _ = fmt.Fprintln(h, words...)
	return int(env.Mix(h.Sum64()) % uint64(n))
}

// drawMeadow draws a meadow with duplicates, ends, and states that close.
func drawMeadow(t *rapid.T) *meadow {
	seed := dice(t, 256)<<8 | dice(t, 256)
	names := 2 + dice(t, 30)
	m := &meadow{
		per:    1 + dice(t, 3),
		step:   func(way string, asked, i int) string { return strconv.Itoa(luck(names, seed, way, asked, i)) },
		prior:  func(way, step string) float64 { return float64(1 + luck(5, seed, way, step, "prior")) },
		value:  func(way string) float64 { return float64(luck(9, seed, way, "value")) / 8 },
		closes: dice(t, 6), mixed: dice(t, 2) == 0,
	}
	if dice(t, 2) == 0 {
		m.ends = func(way string) (float64, bool) {
			return float64(luck(3, seed, way, "reward")) / 4, way != "" && luck(6, seed, way, "over") == 0
		}
	}
	return m
}

// picture is a search's tree as text: every number in it but the deviations,
// which among shared nodes may be those of an earlier moment.
func picture(s *Search) string {
	var b strings.Builder
	count, _ := s.tree.Len()
	fmt.Fprintf(&b, "root %d\n", s.root)
	for n := range nodes.ID(count) {
		low, high := s.tree.Bounds(n)
		fmt.Fprintf(&b, "node %d %s: N %d Q %v V %v bounds %v %v flags %v %v %v asked %v refused %v\n",
			n, s.states[n], s.tree.N(n), s.tree.Q(n), s.tree.V(n), low, high,
			s.tree.Evaluated(n), s.tree.Expanded(n), s.tree.Closed(n), s.asked[n], s.refused[n])
		for i, d := range s.tree.Data(n, nil) {
			e := s.tree.At(n, i)
			fmt.Fprintf(&b, "  edge %d %s: N %d O %d Q %v P %v to %d, settled %v\n",
				e, s.action[e], d.N, d.O, s.tree.EdgeQ(e), d.P, s.tree.Child(e), d.Settled())
		}
	}
	fmt.Fprintf(&b, "simulations %d, in flight %d, free %d, reason %q\n", s.simulations, s.inFlight, s.free, s.reason)
	return b.String()
}

func wantPicture(t testingT, what, want, got string) {
	t.Helper()
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// wantPriors compares the priors of a fold over the events with those of the
// tree, which sum to 1 at each node.
func wantPriors(t testingT, w *watched) {
	t.Helper()
	told := map[int32]float64{}
	for _, e := range w.events {
		if e.Grown == nil {
			continue
		}
		for _, edge := range e.Grown.Edges {
			told[edge.ID] = edge.Prior
		}
		for _, edge := range e.Grown.Stats.Edges {
			if edge.P != 0 {
				told[edge.ID] = edge.P
			}
		}
	}
	count, _ := w.tree.Len()
	for n := range nodes.ID(count) {
		sum := 0.0
		for e := range w.tree.Edges(n) {
			sum += w.tree.P(e)
			if told[int32(e)] != w.tree.P(e) {
				t.Fatalf("edge %d (%s) has the prior %v, the events say %v", e, w.Action(e), w.tree.P(e), told[int32(e)])
			}
		}
		if w.tree.Count(n) > 0 && math.Abs(sum-1) > 1e-6 {
			t.Fatalf("the priors of %s sum to %v", w.states[n], sum)
		}
	}
}
