package mcts

import (
	"cmp"
	"math"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// visitsOf are the finished visits of the actions.
func (b *gumbelBandit) visitsOf() []int {
	out := make([]int, len(b.edges))
	for i := range out {
		out[i] = int(b.edges[i].N)
	}
	return out
}

// ranked lists actions by g + ln P, the highest first.
func (b *gumbelBandit) ranked() []int {
	order := indices(len(b.edges))
	score := func(i int) float64 { return b.rule.draw(i) + math.Log(max(float64(b.edges[i].P), 1e-30)) }
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(score(j), score(i)) })
	return order
}

// settle proves an action's value.
func (b *gumbelBandit) settle(i int, value float64) {
	b.edges[i].Settle(value)
}

// The m actions with the highest g + ln P get visits by the schedule, and no
// others, however many there are.
func TestGumbelRootFollowsTheSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		actions, m, n := 1+dice(t, 200), 1+dice(t, 20), 1+dice(t, 120)
		priors, q := randomBandit(&random, actions)
		b := newGumbelBandit(Gumbel{Budget: n, Actions: m, Seed: random.Next()}, 0.5, priors)
		for range n {
			b.play(func(i int) float64 { return q[i] })
		}
		m = min(m, actions)
		_, want := halving(m, n)
		got := b.visitsOf()
		for i, at := range b.ranked() {
			if i >= m && got[at] > 0 {
				t.Fatalf("action %d of rank %d has %d visits, only %d are considered", at, i, got[at], m)
			}
		}
		slices.Sort(got)
		slices.Reverse(got)
		if d := gocmp.Diff(want, got[:m]); d != "" {
			t.Errorf("visits of %d of %d actions after %d simulations (-want +got):\n%s", m, actions, n, d)
		}
		if most := b.edges[b.choose()].N; int(most) != want[0] {
			t.Errorf("the choice has %d visits, the survivor %d", most, want[0])
		}
	})
}

// Visits in flight are as good as finished ones: whenever they come back, no
// action has two jobs in a turn while another waits for its first.
func TestGumbelRootCountsVisitsInFlight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		actions, m, n := 1+dice(t, 20), 1+dice(t, 20), 1+dice(t, 60)
		priors, q := randomBandit(&random, actions)
		b := newGumbelBandit(Gumbel{Budget: n, Actions: m, Seed: random.Next()}, 0.5, priors)
		m = min(m, actions)
		out, launched := []int{}, 0
		for launched < n || len(out) > 0 {
			if launched == n || len(out) > 0 && dice(t, 2) == 0 {
				at := dice(t, len(out))
				i := out[at]
				out = slices.Delete(out, at, at+1)
				b.won[i] += q[i]
				b.set(i, 1, -1)
				continue
			}
			i := b.rule.Select(&b.p, b.edges)
			if have := int(b.edges[i].N) + int(b.edges[i].O); have != Considered(m, n, launched) {
				t.Fatalf("job %d is for action %d, which has %d visits and jobs; it is the turn of those with %d",
					launched, i, have, Considered(m, n, launched))
			}
			b.set(i, 0, 1)
			out = append(out, i)
			launched++
		}
		_, want := halving(m, n)
		got := b.visitsOf()
		slices.Sort(got)
		slices.Reverse(got)
		if d := gocmp.Diff(want, got[:m]); d != "" {
			t.Errorf("visits (-want +got):\n%s", d)
		}
	})
}

// A proven action needs no more visits: those that the schedule has for it go to
// the best of the others.
func TestGumbelRootHandsVisitsOn(t *testing.T) {
	even := []float64{0.25, 0.25, 0.25, 0.25}
	worth := []float64{0.9, 0.5, 0.3, 0.1}
	for _, tt := range []struct {
		name    string
		m, n    int
		priors  []float64
		dead    map[int]int // by action: after how many simulations it is proven
		want    []int
		because string
	}{
		{"all but one before the first visit: it gets them all", 4, 12, even, map[int]int{0: 0, 1: 0, 2: 0}, []int{0, 0, 0, 12}, ""},
		{"all but one after the first round: it gets the rest", 4, 16, even, map[int]int{0: 4, 1: 4, 2: 4}, []int{1, 1, 1, 13}, ""},
		{"two before the first visit: the others share, as if they were the only ones", 4, 12, even, map[int]int{0: 0, 2: 0}, []int{0, 6, 0, 6}, ""},
		{
			"the better one of two, halfway: one more gets a chance", 2, 8, []float64{0.4, 0.3, 0.2, 0.1}, map[int]int{0: 4},
			[]int{2, 4, 2, 0}, "the turns of the dead one go to the best that was left behind",
		},
		{
			"one of four in the second phase: who was dropped comes back", 4, 16, even, map[int]int{1: 10},
			[]int{6, 3, 5, 2}, "after ten simulations two have three visits, and two were dropped with two",
		},
		{"all: there is nothing to visit", 4, 8, even, map[int]int{0: 4, 1: 4, 2: 4, 3: 4}, []int{1, 1, 1, 1}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newGumbelBandit(Gumbel{Budget: tt.n, Actions: tt.m, Calm: true}, 0.5, tt.priors)
			for sim := range tt.n {
				for i, at := range tt.dead {
					if at == sim {
						b.settle(i, 0)
					}
				}
				i := b.rule.Select(&b.p, b.edges)
				if i == None {
					break
				}
				if b.edges[i].Settled() {
					t.Fatalf("simulation %d is for action %d, which is proven", sim, i)
				}
				b.won[i] += worth[i]
				b.set(i, 1, 0)
			}
			if d := gocmp.Diff(tt.want, b.visitsOf()); d != "" {
				t.Errorf("visits %s (-want +got):\n%s", tt.because, d)
			}
		})
	}
}

// A prior of 0 makes an action the last to be considered, not impossible.
func TestGumbelRootPriorOfZero(t *testing.T) {
	priors := []float64{0, 0.5, 0, 0.5}
	for _, tt := range []struct {
		name    string
		m, n    int
		visited []bool
	}{
		{"there are enough others: never", 2, 16, []bool{false, true, false, true}},
		{"all are considered: visited too", 4, 16, []bool{true, true, true, true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(50) {
				b := newGumbelBandit(Gumbel{Budget: tt.n, Actions: tt.m, Seed: seed}, 0.5, priors)
				for range tt.n {
					b.play(func(i int) float64 { return float64(1 - i%2) })
				}
				visited := make([]bool, len(priors))
				for i, n := range b.visitsOf() {
					visited[i] = n > 0
				}
				if d := gocmp.Diff(tt.visited, visited); d != "" {
					t.Fatalf("seed %d: visited (-want +got):\n%s", seed, d)
				}
			}
		})
	}
}

// Below the root, and at it once the budget is spent, visits follow π'.
func TestGumbelInnerFollowsTheImprovedPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		actions := 2 + dice(t, 7)
		priors, q := randomBandit(&random, actions)
		// So large a Visit that σ, and so π', is the same at all times.
		b := newGumbelBandit(Gumbel{Visit: 1e9, Scale: 3e-9}, weighted(priors, q), priors)
		b.p.Root = dice(t, 2) == 0
		// Every action has been seen once; mostly that is soon forgotten.
		for i := range q {
			b.won[i] = q[i]
			b.set(i, 1, 0)
		}
		const visits = 3000
		for range visits {
			b.play(func(i int) float64 { return q[i] })
		}
		policy := b.rule.logits(&b.p, b.edges, nil)
		softmax(policy)
		for i, p := range policy {
			// A first visit that π' did not want is one too many, and so long as
			// they last the others lag behind.
			if off := float64(b.edges[i].N) - p*float64(b.p.N); math.Abs(off) > 2 {
				t.Errorf("action %d of %d has %d of %d visits, π' %.4f: %.2f off", i, actions, b.edges[i].N, b.p.N, p, off)
			}
		}
	})
}

// plainGumbel is ln P + σ(completed Q) and π' written down from the paper.
func plainGumbel(rule Gumbel, v float64, edges []nodes.EdgeData) (logits, policy []float64) {
	sumN, massed, value, most := 0.0, 0.0, 0.0, 0.0
	for _, d := range edges {
		if d.N > 0 {
			sumN += float64(d.N)
			massed += float64(d.P)
			value += float64(d.P) * d.Q()
			most = math.Max(most, float64(d.N))
		}
	}
	mixed := v
	if sumN > 0 {
		mixed = (v + sumN/massed*value) / (1 + sumN)
	}
	var q []float64
	for _, d := range edges {
		if d.N > 0 {
			q = append(q, d.Q())
		} else {
			q = append(q, mixed)
		}
	}
	low, high := slices.Min(q), slices.Max(q)
	sum := 0.0
	for i, d := range edges {
		x := math.Log(float64(d.P))
		if high > low {
			x += (rule.Visit + most) * rule.Scale * (q[i] - low) / (high - low)
		}
		logits = append(logits, x)
		policy = append(policy, math.Exp(x))
		sum += math.Exp(x)
	}
	for i := range policy {
		policy[i] /= sum
	}
	return logits, policy
}

func TestGumbelIsTheFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		rule := Gumbel{Visit: 50, Scale: 0.1}
		p := &Parent{V: random.Float()}
		var edges []nodes.EdgeData
		for range 1 + dice(t, 100) {
			d := nodes.NewEdgeData(0.01+random.Float(), random.Float(), random.N(5), random.N(3))
			p.N, p.O = p.N+int(d.N), p.O+int(d.O)
			p.Skip = append(p.Skip, random.N(4) == 0)
			edges = append(edges, d)
		}
		wantLogits, policy := plainGumbel(rule, p.V, edges)
		for i, x := range (Gumbel{}).logits(p, edges, nil) {
			if math.Abs(x-wantLogits[i]) > 1e-6 {
				t.Fatalf("edge %d: ln P + σ(Q) is %g, want %g", i, x, wantLogits[i])
			}
		}
		lag := func(i int) float64 {
			return policy[i] - float64(int(edges[i].N)+int(edges[i].O))/float64(1+p.N+p.O)
		}
		got := rule.Select(p, edges)
		for i := range edges {
			if p.open(edges, i) && (got == None || lag(i) > lag(got)+1e-9) {
				t.Fatalf("edge %d is selected, edge %d is further behind", got, i)
			}
		}
		if got != None && !p.open(edges, got) {
			t.Fatalf("edge %d is selected, which can't be followed", got)
		}
	})
}

// A search spends its budget at the root by the schedule, with one job in flight
// or several, and the survivor begins the line.
func TestGumbelSearchHalves(t *testing.T) {
	for name, inFlight := range map[string]int{"one job in flight": 1, "four": 4} {
		t.Run(name, func(t *testing.T) {
			const actions, n = 8, 64
			rule := Gumbel{Budget: n, Actions: actions, Seed: 4, Scale: 1} // values outweigh the draws
			w := start(t, endless("."), Options{Rule: rule, Final: rule, Simulations: n})
			priors := make([]float64, actions)
			for i := range priors {
				priors[i] = 1
			}
			value := func(job Job) float64 { return 1 - float64(job.State.Key()[1]-'a')/actions }
			var jobs []Job
			for {
				job, status := w.Next()
				if status == Done {
					break
				}
				if status == Work {
					jobs = append(jobs, job)
				}
				if status == Wait || len(jobs) == inFlight {
					if jobs[0].State.Key() == "." {
						feed(t, w, jobs[0], 0, priors...)
					} else {
						feed(t, w, jobs[0], value(jobs[0]), 1, 1, 1)
					}
					jobs = jobs[1:]
				}
			}
			_, want := halving(actions, n)
			var got []int
			for e := range w.tree.Edges(w.root) {
				got = append(got, w.tree.EdgeN(e))
			}
			if first := w.Line().Path[0].Action; first != "a" || got[0] != want[0] {
				t.Errorf("the line begins with %s; a, the best, has %d visits, want %d", first, got[0], want[0])
			}
			slices.Sort(got)
			slices.Reverse(got)
			if d := gocmp.Diff(want, got); d != "" {
				t.Errorf("visits (-want +got):\n%s", d)
			}
		})
	}
}
