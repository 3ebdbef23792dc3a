package mcts

import (
	"fmt"
	"math"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// gumbelBandit is a root that a rule plays at without a tree below.
type gumbelBandit struct {
	rule  Gumbel
	p     Parent
	edges []nodes.EdgeData
	won   []float64
}

func newGumbelBandit(rule Gumbel, v float64, priors []float64) *gumbelBandit {
	b := &gumbelBandit{rule: rule, p: Parent{V: v, Root: true}, won: make([]float64, len(priors))}
	for _, p := range priors {
		b.edges = append(b.edges, nodes.NewEdgeData(p, 0, 0, 0))
	}
	return b
}

// play makes one visit and returns the action it went to.
func (b *gumbelBandit) play(reward func(action int) float64) int {
	i := b.rule.Select(&b.p, b.edges)
	b.won[i] += reward(i)
	b.set(i, 1, 0)
	return i
}

// set changes the counts of an action and brings its mean up to date.
func (b *gumbelBandit) set(i, visits, inFlight int) {
	d := &b.edges[i]
	n := int(d.N) + visits
	b.edges[i] = nodes.NewEdgeData(float64(d.P), b.won[i]/float64(max(1, n)), n, int(d.O)+inFlight)
	b.p.N, b.p.O = b.p.N+visits, b.p.O+inFlight
}

func (b *gumbelBandit) choose() int {
	fit := make([]bool, len(b.edges))
	for i := range fit {
		fit[i] = true
	}
	return b.rule.Choose(&b.p, b.edges, fit)
}

// randomBandit makes priors that sum to 1 and differ by factors, and values.
func randomBandit(random *env.Rand, actions int) (priors, q []float64) {
	priors, q = make([]float64, actions), make([]float64, actions)
	for i := range q {
		priors[i], q[i] = math.Exp(1.5*normal01(random)), random.Float()
	}
	return normal(priors), q
}

func weighted(p, q []float64) (sum float64) {
	for i := range p {
		sum += p[i] * q[i]
	}
	return sum
}

// moments sums up draws.
type moments struct{ n, sum, square float64 }

func (m *moments) add(x float64) { m.n, m.sum, m.square = m.n+1, m.sum+x, m.square+x*x }

func (m *moments) mean() float64     { return m.sum / m.n }
func (m *moments) variance() float64 { return m.square/m.n - m.mean()*m.mean() }

// err is the standard error of the mean.
func (m *moments) err() float64 { return math.Sqrt(m.variance() / m.n) }

// The theorem of the paper: where visits tell the values exactly, the action
// chosen is no worse on average than one drawn from the policy, however few
// simulations there are. It holds draw by draw, too: the action with the highest
// g + ln P, which is a sample of the policy, is only ever left for one that was
// seen to be no worse.
func TestGumbelImprovesThePolicy(t *testing.T) {
	const problems, draws = 4, 250
	for _, n := range []int{2, 4, 8, 16, 32} {
		for _, m := range []int{2, 4, 8, 16} {
			t.Run(fmt.Sprintf("n %d m %d", n, m), func(t *testing.T) {
				random := env.Rand(1000*n + m)
				var gains moments
				for range problems {
					priors, q := randomBandit(&random, 2+random.N(20))
					var got, plain moments
					for range draws {
						b := newGumbelBandit(Gumbel{Budget: n, Actions: m, Seed: random.Next()}, weighted(priors, q), priors)
						sample := b.choose() // before any visit
						for range n {
							b.play(func(i int) float64 { return q[i] })
						}
						chosen := b.choose()
						if q[chosen] < q[sample] {
							t.Fatalf("action %d of value %g is chosen, %d of value %g is left: priors %v, values %v",
								chosen, q[chosen], sample, q[sample], priors, q)
						}
						got.add(q[chosen])
						plain.add(q[sample])
					}
					base := weighted(priors, q)
					if plain.mean() < base-4*plain.err() || plain.mean() > base+4*plain.err() {
						t.Errorf("samples by g + ln P are worth %.4f ± %.4f, the policy %.4f", plain.mean(), plain.err(), base)
					}
					if got.mean() < base-4*got.err() {
						t.Errorf("choices are worth %.4f ± %.4f, the policy %.4f", got.mean(), got.err(), base)
					}
					gains.add(got.mean() - base)
				}
				if gains.mean() < 0.02 {
					t.Errorf("the mean gain over all problems is %.4f", gains.mean())
				}
			})
		}
	}
}

// The improved policy π' is no worse than the policy if the values of the
// visited actions are exact, and the value of the node as well: unvisited ones
// count with that.
func TestGumbelImprovedPolicyIsNoWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		priors, q := randomBandit(&random, 2+dice(t, 90))
		rule := Gumbel{Scale: math.Exp(3 * normal01(&random)), Visit: float64(1 + dice(t, 200))}
		b := newGumbelBandit(rule, 0, priors)
		massed, sum := 0.0, 0.0
		for i := range q {
			if i > 0 && dice(t, 3) == 0 {
				continue
			}
			b.won[i] = q[i] * float64(i+1)
			b.set(i, i+1, 0)
			massed += priors[i]
			sum += priors[i] * q[i]
		}
		b.p.V = sum / massed
		for i := range q {
			if b.edges[i].N == 0 {
				q[i] = b.p.V // on average: they keep their shares among themselves
			}
		}
		policy := rule.logits(&b.p, b.edges, nil)
		softmax(policy)
		if total := weighted(policy, ones(len(policy))); math.Abs(total-1) > 1e-9 {
			t.Errorf("π' sums to %g", total)
		}
		if improved, base := weighted(policy, q), weighted(priors, q); improved < base-1e-7 {
			t.Errorf("π' is worth %g, the policy %g", improved, base)
		}
	})
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// More simulations find a better arm where each visit is a coin.
func TestGumbelLearnsFromNoisyRewards(t *testing.T) {
	const problems = 500
	budgets := []int{8, 32, 128, 512}
	worth := make([]moments, len(budgets))
	random := env.Rand(7)
	for range problems {
		priors, q := randomBandit(&random, 8)
		for i, n := range budgets {
			b := newGumbelBandit(Gumbel{Budget: n, Seed: random.Next()}, 0.5, priors)
			for range n {
				b.play(func(i int) float64 {
					if random.Float() < q[i] {
						return 1
					}
					return 0
				})
			}
			worth[i].add(q[b.choose()])
		}
	}
	for i := range budgets {
		t.Logf("budget %d: %.3f ± %.3f", budgets[i], worth[i].mean(), worth[i].err())
		if i > 0 && worth[i].mean() < worth[i-1].mean()+2*worth[i].err() {
			t.Errorf("a budget of %d finds an arm of %.3f ± %.3f on average, one of %d an arm of %.3f",
				budgets[i], worth[i].mean(), worth[i].err(), budgets[i-1], worth[i-1].mean())
		}
	}
	if best := worth[len(budgets)-1].mean(); best < 0.84 { // the best of eight is worth 8/9
		t.Errorf("a budget of 512 finds an arm of %.3f only", best)
	}
}

// Draws are Gumbel variables: each edge has its own, always the same, and no two
// seeds agree.
func TestGumbelDraws(t *testing.T) {
	const euler = 0.5772156649015329
	var m moments
	for seed := range uint64(100) {
		for i := range 100 {
			x := Gumbel{Seed: seed}.draw(i)
			if x != (Gumbel{Seed: seed, Budget: 9, Scale: 3}).draw(i) {
				t.Fatalf("the draw of edge %d depends on more than the seed %d", i, seed)
			}
			m.add(x)
		}
	}
	if math.Abs(m.mean()-euler) > 4*m.err() || math.Abs(m.variance()-math.Pi*math.Pi/6) > 0.1 {
		t.Errorf("mean %.4f ± %.4f and variance %.4f, want %.4f and %.4f", m.mean(), m.err(), m.variance(), euler, math.Pi*math.Pi/6)
	}
	if x := (Gumbel{Seed: 3, Calm: true}).draw(5); x != 0 {
		t.Errorf("a calm rule draws %g", x)
	}
}
