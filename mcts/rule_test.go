package mcts

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ponder-mcts/ponder/env"
	"pgregory.net/rapid"
)

// scorer is a rule that has a formula for each edge alone.
type scorer interface {
	Rule
	Score(Parent, Edge) float64
}

// The scores were worked out by hand from the formulas, with Base 1 and Init 1
// where the logarithm would hide everything else: c = (ln(2+ΣN) + 1) / 2.
func TestScores(t *testing.T) {
	plain := PUCT{Init: 1, Base: 1, FPU: 0.5}
	for _, tt := range []struct {
		name string
		rule scorer
		p    Parent
		e    Edge
		want float64
	}{
		{"puct, first visit: the prior alone tells edges apart", plain, Parent{V: 0.75}, Edge{P: 0.5}, 0.75 + (math.Log(2)+1)/2*0.5},
		{"puct, visited: Q and the bonus", plain, Parent{N: 4}, Edge{P: 0.5, Q: 0.25, N: 1}, 0.25 + (math.Log(6)+1)/2*0.5*2/2},
		{"puct, in flight: the bonus shrinks, Q stays", plain, Parent{N: 3, O: 1}, Edge{P: 0.5, Q: 0.25, N: 1, O: 1}, 0.25 + (math.Log(5)+1)/2*0.5*2/3},
		{"puct, in flight elsewhere: the bonus grows", plain, Parent{N: 4, O: 5}, Edge{P: 0.5, Q: 0.25, N: 1}, 0.25 + (math.Log(6)+1)/2*0.5*3/2},
		{"puct, zero value of the type: the constants of AlphaZero, halved for [0,1]", PUCT{}, Parent{N: 100}, Edge{P: 1, Q: 0, N: 9}, (math.Log((101+19652.0)/19652) + 1.25) / 2},
		{"puct, no prior: no bonus", PUCT{}, Parent{N: 10000}, Edge{Q: 0.5, N: 1}, 0.5},

		{"fpu: own value less the mass already tried", plain, Parent{V: 0.75, N: 1, VisitedP: 0.25}, Edge{}, 0.75 - 0.5*0.5},
		{"fpu: the default reduction is 0.2", PUCT{}, Parent{V: 0.75, N: 9, VisitedP: 1}, Edge{}, 0.55},
		{"fpu: nothing tried yet, no reduction", PUCT{}, Parent{V: 0.75}, Edge{}, 0.75},
		{"fpu: never below 0", plain, Parent{V: 0.25, N: 9, VisitedP: 1}, Edge{}, 0},
		{"fpu: in flight for the first time it is still unvisited", plain, Parent{V: 0.75, O: 1}, Edge{O: 1}, 0.75},
		{"fpu: a visited edge keeps its Q, even of 0", plain, Parent{V: 0.75, N: 1, VisitedP: 1}, Edge{N: 1}, 0},

		{"uct, unvisited: before all others", UCT{}, Parent{N: 1}, Edge{}, math.Inf(1)},
		{"uct: Q and the bonus", UCT{C: 2}, Parent{N: 8}, Edge{Q: 0.25, N: 2}, 0.25 + 2*math.Sqrt(math.Log(8)/2)},
		{"uct: the default constant is sqrt(2)/2", UCT{}, Parent{N: 8}, Edge{Q: 0.25, N: 2}, 0.25 + math.Sqrt(math.Log(8)/4)},
		{"uct, in flight: counts like a visit, Q stays", UCT{C: 2}, Parent{N: 8, O: 1}, Edge{Q: 0.25, N: 2, O: 1}, 0.25 + 2*math.Sqrt(math.Log(9)/3)},
		{"uct, in flight for the first time: not taken for lost", UCT{C: 2}, Parent{V: 0.75, N: 3, O: 1}, Edge{O: 1}, 0.75 + 2*math.Sqrt(math.Log(4))},
		{"uct, single visit in flight: no logarithm of 0", UCT{C: 2}, Parent{V: 0.5, O: 1}, Edge{O: 1}, 0.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, tt.rule.Score(tt.p, tt.e), cmpopts.EquateApprox(0, 1e-12)); d != "" {
				t.Errorf("score (-want +got):\n%s", d)
			}
		})
	}
}

// A visit in flight makes its own edge less attractive than one in flight
// beside it does, and never by way of Q.
func TestInFlightLowersExploration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom([]scorer{PUCT{}, UCT{}, PUCT{Init: 4}, UCT{C: 0.1}, PUCT{FPU: 1}}).Draw(t, "rule")
		e := Edge{P: rapid.Float64Range(0.01, 1).Draw(t, "P"), N: rapid.IntRange(1, 50).Draw(t, "N"), Q: rapid.Float64Range(0, 1).Draw(t, "Q")}
		p := Parent{V: 0.5, N: e.N + rapid.IntRange(0, 500).Draw(t, "others"), O: rapid.IntRange(1, 9).Draw(t, "O"), VisitedP: e.P}
		beside := rule.Score(p, e)
		e.O = rapid.IntRange(1, p.O).Draw(t, "own O")
		here := rule.Score(p, e)
		if !(here < beside && here >= e.Q) {
			t.Errorf("the score is %g in flight and %g with others in flight, Q is %g", here, beside, e.Q)
		}
		p.O++
		if more := rule.Score(p, e); more < here {
			t.Errorf("one more in flight beside it takes the score from %g to %g", here, more)
		}
	})
}

// endless is a problem without an end in which every state is as good as any
// other: a state is the way to it.
type endless string

func (e endless) String() string               { return "at " + string(e) }
func (e endless) Key() string                  { return string(e) }
func (e endless) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

// feed works on a job of an endless problem: every state has a child for each
// prior, and the value v.
func feed(t testingT, w *watched, job Job, v float64, priors ...float64) {
	t.Helper()
	x := Expansion{Value: env.Value{Mean: v}}
	if job.Kind == Expand {
		for i, p := range priors {
			x.Children = append(x.Children, Child{Action: string(rune('a' + i)), Prior: p, State: endless(job.State.Key() + string(rune('a'+i)))})
		}
	}
	if err := w.Complete(job, x); err != nil {
		t.Fatalf("completing %s: %v", job.State, err)
	}
}

func TestPUCTVisitsFollowPriorsWhenValuesDoNot(t *testing.T) {
	const simulations, tolerance = 2000, 0.02
	for name, priors := range map[string][]float64{
		"even":   {1, 1, 1, 1},
		"skewed": {0.6, 0.3, 0.08, 0.02},
		"two":    {0.9, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, endless("."), Options{Simulations: simulations})
			for {
				job, status := w.Next()
				if status == Done {
					break
				}
				feed(t, w, job, 0.5, priors...)
			}
			for e := range w.tree.Edges(w.root) {
				share := float64(w.tree.EdgeN(e)) / simulations
				if math.Abs(share-w.tree.P(e)) > tolerance {
					t.Errorf("edge %s got %.3f of the visits, its prior is %.3f", w.Action(e), share, w.tree.P(e))
				}
			}
		})
	}
}

func TestTiesGoToThePriorThenToTheFirst(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rule   Rule
		priors []float64
		want   string
	}{
		{"same scores: highest prior", flat(0), []float64{0.25, 0.5, 0.25}, "b"},
		{"same scores and priors: first", flat(0), []float64{0.25, 0.375, 0.375}, "b"},
		{"unvisited by uct, all infinite: highest prior", UCT{}, []float64{0.2, 0.3, 0.5}, "c"},
		{"all the same: first", flat(0), []float64{1, 1, 1}, "a"},
		{"scores that are no number: first, not none", flat(math.NaN()), []float64{1, 2, 3}, "a"},
		{"scores of minus infinity: still followed", flat(math.Inf(-1)), []float64{1, 2, 3}, "c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, endless("."), Options{Rule: tt.rule})
			job, _ := w.Next()
			feed(t, w, job, 0, tt.priors...)
			job, _ = w.Next()
			if got := job.Path[len(job.Path)-1].Action; got != tt.want {
				t.Errorf("the walk follows %s, want %s", got, tt.want)
			}
			w.Abandon(job, nil, env.Usage{})
		})
	}
}

// flat is a rule that scores all edges the same.
func flat(score float64) Rule { return Scored(func(Parent, Edge) float64 { return score }) }
