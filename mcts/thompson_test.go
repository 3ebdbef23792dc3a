package mcts

import (
	"fmt"
	"math"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// The draws have the mean and the variance that theory says.
func TestThompsonDraws(t *testing.T) {
	const draws = 20_000
	type distribution struct {
		name           string
		draw           func(seed uint64) float64
		mean, variance float64
	}
	all := []distribution{{"standard normal", func(seed uint64) float64 {
		random := env.Rand(seed)
		return normal01(&random)
	}, 0, 1}}
	for _, shape := range []float64{0.05, 0.5, 1, 2.5, 40} {
		all = append(all, distribution{fmt.Sprintf("gamma %g", shape), func(seed uint64) float64 {
			random := env.Rand(env.Mix(seed))
			return gamma(&random, shape)
		}, shape, shape})
	}
	for _, c := range [][2]float64{{0.5, 0.5}, {0.5, 3.5}, {1, 1}, {7, 2}, {100.5, 0.5}, {300, 500}} {
		a, b := c[0], c[1]
		all = append(all, distribution{fmt.Sprintf("beta %g %g", a, b), func(seed uint64) float64 {
			return beta(seed, 3, a, b)
		}, a / (a + b), a * b / ((a + b) * (a + b) * (a + b + 1))})
	}
	for _, tt := range all {
		t.Run(tt.name, func(t *testing.T) {
			var m, squares moments
			for seed := range uint64(draws) {
				x := tt.draw(seed)
				m.add(x)
				squares.add((x - tt.mean) * (x - tt.mean))
			}
			if math.Abs(m.mean()-tt.mean) > 4*m.err() {
				t.Errorf("the mean is %.5f ± %.5f, want %.5f", m.mean(), m.err(), tt.mean)
			}
			if math.Abs(squares.mean()-tt.variance) > 4*squares.err() {
				t.Errorf("the variance is %.5f ± %.5f, want %.5f", squares.mean(), squares.err(), tt.variance)
			}
		})
	}
	if beta(1, 0, 3, 4) != beta(1, 0, 3, 4) || beta(1, 0, 3, 4) == beta(1, 1, 3, 4) || beta(1, 0, 3, 4) == beta(2, 0, 3, 4) {
		t.Error("a draw depends on its seed and stream, and on nothing else")
	}
}

// Most visits go to the best of several coins, and nearly all of them in the end.
func TestThompsonFindsTheBestArm(t *testing.T) {
	worth := []float64{0.3, 0.5, 0.8, 0.6, 0.1}
	const best, pulls = 2, 1000
	for seed := range uint64(20) {
		random := env.Rand(seed)
		edges, won := make([]nodes.EdgeData, len(worth)), make([]float64, len(worth))
		for i := range edges {
			edges[i] = nodes.NewEdgeData(0.2, 0, 0, 0)
		}
		late := 0
		for pull := range pulls {
			p := &Parent{V: 0.5, N: pull, Seed: random.Next()}
			i := Thompson{}.Select(p, edges)
			if random.Float() < worth[i] {
				won[i]++
			}
			n := int(edges[i].N) + 1
			edges[i] = nodes.NewEdgeData(0.2, won[i]/float64(n), n, 0)
			if pull >= pulls/2 && i == best {
				late++
			}
		}
		if int(edges[best].N) < pulls/2 || late < pulls/2*8/10 {
			t.Errorf("seed %d: the best of %v has %d of %d visits, %d of the last %d",
				seed, worth, edges[best].N, pulls, late, pulls/2)
		}
	}
}

// Where all that is known is equal, edges are equally likely.
func TestThompsonIsFairToEquals(t *testing.T) {
	edges := make([]nodes.EdgeData, 4)
	for i := range edges {
		edges[i] = nodes.NewEdgeData(0.1*float64(1+i), 0.5, 6, 0)
	}
	edges[3].Settle(1)
	got := map[int]int{}
	const draws = 6000
	for seed := range uint64(draws) {
		got[Thompson{}.Select(&Parent{Seed: seed}, edges)]++
	}
	for i := range 3 {
		if off := math.Abs(float64(got[i]) - draws/3); off > 4*math.Sqrt(draws*2/9.0) {
			t.Errorf("edge %d is drawn %d times of %d", i, got[i], draws)
		}
	}
	if got[3] > 0 {
		t.Errorf("a settled edge is drawn %d times", got[3])
	}
}

// sprouts is how many children the root of a meadow has after so many
// simulations, over a few seeds.
func sprouts(t testingT, value func(way string) float64) (total int) {
	t.Helper()
	for seed := range uint64(6) {
		m := &meadow{value: value}
		w := start(t, clearing{m, ""}, Options{Rule: Thompson{}, More: true, Simulations: 150, Seed: seed})
		m.graze(t, w)
		total += w.tree.Count(w.root)
	}
	return total
}

// The search widens where the children there disappoint, and deepens where they
// do not.
func TestThompsonWidensWhereChildrenDisappoint(t *testing.T) {
	// by tells the value of the root's children and of what is below them.
	by := func(first, below float64) func(string) float64 {
		return func(way string) float64 {
			if strings.Count(way, "/") == 1 {
				return first
			}
			return below
		}
	}
	keep, better := sprouts(t, by(0.7, 0.7)), sprouts(t, by(0.7, 0.95))
	worse := sprouts(t, by(0.7, 0.2))
	t.Logf("children of 6 roots: %d if they turn out better than they looked, %d if as good, %d if worse", better, keep, worse)
	if !(worse > 2*keep && keep > 2*better) {
		t.Errorf("%d children if they turn out better than they looked, %d if as good, %d if worse", better, keep, worse)
	}
}

// A child that was asked for and paid for is tried before another one is asked
// for, however sure the draws are that a new one is good.
func TestThompsonTriesWhatItAskedFor(t *testing.T) {
	for seed := range uint64(10) {
		m := &meadow{per: 2, value: func(string) float64 { return 1 }}
		w := start(t, clearing{m, ""}, Options{Rule: Thompson{}, More: true, Simulations: 200, Seed: seed})
		asked := 0
		for {
			job, status := w.Next()
			if status == Done {
				break
			}
			if job.Kind == Expand && job.Asked > 0 {
				asked++
				for e := range w.tree.Edges(job.Node) {
					if w.tree.EdgeN(e) == 0 {
						t.Fatalf("seed %d: %s is asked for more, but its step %s was not tried yet", seed, job.State, w.Action(e))
					}
				}
			}
			m.finish(t, w, job)
		}
		if asked == 0 {
			t.Errorf("seed %d: never asked for more", seed)
		}
	}
}

// Where nothing there can be followed, something new is asked for, until the
// policy has nothing new to offer.
func TestThompsonAsksWhereAllIsSettled(t *testing.T) {
	m := &meadow{
		ends: func(way string) (float64, bool) { return 0, way != "" },
		step: func(_ string, asked, _ int) string { return fmt.Sprint(min(asked, 4)) },
	}
	w := start(t, clearing{m, ""}, Options{Rule: Thompson{}, More: true})
	m.graze(t, w)
	if n := w.tree.Count(w.root); n != 5 || w.asked[w.root].times != 7 || w.Reason() != Exhausted {
		t.Errorf("%d children after asking %d times, ended by %q; want 5, 7 and %q",
			n, w.asked[w.root].times, w.Reason(), Exhausted)
	}
}

// The same seed gives the same search, another one another.
func TestThompsonIsDeterministic(t *testing.T) {
	run := func(seed uint64) string {
		m := &meadow{per: 2, value: func(way string) float64 { return float64(luck(9, way)) / 8 }}
		w := start(t, clearing{m, ""}, Options{Rule: Thompson{}, More: true, Simulations: 100, Seed: seed})
		m.graze(t, w)
		return logOf(t, w)
	}
	first := run(1)
	if d := gocmp.Diff(first, run(1)); d != "" {
		t.Errorf("the same seed (-first +second):\n%s", d)
	}
	if first == run(2) {
		t.Error("two seeds give the same search")
	}
}
