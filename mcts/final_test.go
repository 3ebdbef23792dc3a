package mcts

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// option is an edge as a Chooser sees it.
type option struct {
	q, prior float64
	n        int
	dev      float64
	unfit    bool
}

func choiceOf(c Chooser, options []option) int {
	p := &Parent{DevOf: func(i int) float64 { return options[i].dev }}
	var edges []nodes.EdgeData
	var fit []bool
	for _, o := range options {
		edges = append(edges, nodes.NewEdgeData(o.prior, o.q, o.n, 0))
		fit = append(fit, !o.unfit)
		p.N += o.n
	}
	return c.Choose(p, edges, fit)
}

func TestFinalLCB(t *testing.T) {
	for _, tt := range []struct {
		name    string
		rule    LCB
		options []option
		want    int
	}{
		{
			"the most visited varies much: 0.6 - 5·0.5/10 = 0.35 against 0.55 - 5·0.1/√50 = 0.479", LCB{},
			[]option{{q: 0.6, n: 100, dev: 0.5}, {q: 0.55, n: 50, dev: 0.1}}, 1,
		},
		{
			"it varies little: 0.6 - 5·0.1/10 = 0.55 against 0.479", LCB{},
			[]option{{q: 0.6, n: 100, dev: 0.1}, {q: 0.55, n: 50, dev: 0.1}}, 0,
		},
		{
			"the highest mean has few visits: 0.9 - 5·0.5/√20 = 0.34 against 0.6 - 5·0.4/10 = 0.4", LCB{},
			[]option{{q: 0.6, n: 100, dev: 0.4}, {q: 0.9, n: 20, dev: 0.5}}, 0,
		},
		{"15 of 100 visits are enough to count", LCB{}, []option{{q: 0.5, n: 100, dev: 0.1}, {q: 0.9, n: 15}}, 1},
		{"14 are not, however good they look", LCB{}, []option{{q: 0.5, n: 100, dev: 0.1}, {q: 0.9, n: 14}}, 0},
		{"one visit has no variance: it never counts", LCB{}, []option{{q: 0.5, n: 3, dev: 0.1}, {q: 0.9, n: 1}}, 0},
		{"one visit each: the higher mean", LCB{}, []option{{q: 0.5, n: 1}, {q: 0.9, n: 1}}, 1},
		{"no visits: the higher prior", LCB{}, []option{{prior: 0.25}, {prior: 0.75}}, 1},
		{"all the same: the first", LCB{}, []option{{q: 0.5, n: 9, dev: 0.1}, {q: 0.5, n: 9, dev: 0.1}}, 0},
		{"all the same but the priors: the higher", LCB{}, []option{{q: 0.5, n: 9, prior: 0.25}, {q: 0.5, n: 9, prior: 0.75}}, 1},
		{"same bound: the more visited", LCB{}, []option{{q: 0.5, n: 9}, {q: 0.5, n: 10}, {q: 0.5, n: 9}}, 1},
		{"the most visited is unfit: the 15% are of those that are left", LCB{}, []option{{q: 1, n: 900, unfit: true}, {q: 0.5, n: 9}, {q: 0.6, n: 4}}, 2},
		{"own Z: 0.6 - 1·0.5/10 = 0.55 against 0.536", LCB{Z: 1}, []option{{q: 0.6, n: 100, dev: 0.5}, {q: 0.55, n: 50, dev: 0.1}}, 0},
		{"own share: 40 of 100 are too few", LCB{Least: 0.5}, []option{{q: 0.5, n: 100, dev: 0.1}, {q: 0.9, n: 40}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := choiceOf(tt.rule, tt.options); got != tt.want {
				t.Errorf("edge %d is chosen, want %d", got, tt.want)
			}
		})
	}
}

// The definitions, once more and in another way: nothing that is fit beats what
// is chosen.
func TestFinalChoosersByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		options := make([]option, 1+dice(t, 8))
		for i := range options {
			options[i] = option{
				q: float64(dice(t, 5)) / 4, prior: float64(dice(t, 3)) / 2, n: dice(t, 40), dev: float64(dice(t, 5)) / 8,
				unfit: i > 0 && dice(t, 4) == 0, // one is fit
			}
			if options[i].n == 0 {
				options[i].q = 0 // it means nothing
			}
		}
		visits := func(o option) []float64 { return []float64{float64(o.n), o.q, o.prior} }
		top := choiceOf(MostVisited{}, options)
		wantUnbeaten(t, "MostVisited", options, top, visits)

		got := choiceOf(LCB{}, options)
		least := math.Max(2, 0.15*float64(options[top].n))
		if float64(options[top].n) < least {
			least = float64(options[top].n)
		}
		wantUnbeaten(t, "LCB", options, got, func(o option) []float64 {
			if float64(o.n) < least || o.n < 2 && o.n < options[top].n {
				return []float64{-1e9}
			}
			if o.n < 2 { // nobody has two: by visits
				return append([]float64{0}, visits(o)...)
			}
			return append([]float64{o.q - 5*o.dev/math.Sqrt(float64(o.n))}, visits(o)...)
		})
	})
}

// wantUnbeaten compares what is chosen with all others, number by number; of
// equals it has to be the first.
func wantUnbeaten(t testingT, name string, options []option, got int, rank func(option) []float64) {
	t.Helper()
	if options[got].unfit {
		t.Fatalf("%s chooses edge %d of %+v, which is unfit", name, got, options)
	}
	mine := rank(options[got])
	for i, o := range options {
		if o.unfit || i == got {
			continue
		}
		order, theirs := 0, rank(o)
		for k := 0; order == 0 && k < min(len(mine), len(theirs)); k++ {
			switch {
			case theirs[k] > mine[k]:
				order = 1
			case theirs[k] < mine[k]:
				order = -1
			}
		}
		if order > 0 || order == 0 && i < got {
			t.Fatalf("%s chooses edge %d of %+v, edge %d is before it: %v, %v", name, got, options, i, mine, theirs)
		}
	}
}

// Of a built tree, the deviations are those of the simulations that were
// recorded, and the chooser decides at the root alone.
func TestFinalLCBOfATree(t *testing.T) {
	for _, tt := range []struct {
		name string
		dev  [2]float64
		want int
	}{
		{"the most visited varies much", [2]float64{0.375, 0.125}, 1},
		{"it varies little", [2]float64{0.125, 0.125}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			choices := []choice{{high: 1, visits: 100, q: 0.625, prior: 0.5}, {high: 1, visits: 50, q: 0.5625, prior: 0.5}}
			s := among(t, true, choices)
			s.opt.Final = LCB{}
			for i, dev := range tt.dev {
				child := s.tree.Child(s.tree.At(s.root, i))
				s.tree.Record(child, math.Sqrt(choices[i].q*choices[i].q+dev*dev))
				if got := s.tree.Deviation(child); math.Abs(got-dev) > 1e-6 {
					t.Fatalf("the deviation of edge %d is %g, want %g", i, got, dev)
				}
			}
			if got := preferredIndex(s); got != tt.want {
				t.Errorf("the line takes edge %d, want %d", got, tt.want)
			}
		})
	}
}

// unassailable reports whether the leader has the most visits, alone, however
// the rest of them falls.
func unassailable(visits []int, leader, rest int) bool {
	if rest == 0 {
		for i, n := range visits {
			if i != leader && n >= visits[leader] {
				return false
			}
		}
		return true
	}
	for i := range visits {
		visits[i]++
		safe := unassailable(visits, leader, rest-1)
		visits[i]--
		if !safe {
			return false
		}
	}
	return true
}

// A search is decided just when no way to spend the rest of the budget, that in
// flight included, can take the lead away.
func TestDecidedIsUnassailable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices, visits := make([]choice, 1+dice(t, 3)), []int{}
		sum, leader := 0, 0
		for i := range choices {
			choices[i] = choice{high: 1, q: 0.5, visits: dice(t, 7), prior: 0.25}
			visits = append(visits, choices[i].visits)
			sum += choices[i].visits
			if visits[i] > visits[leader] {
				leader = i
			}
		}
		visits = append(visits, 0) // a step that no visit has gone to yet
		rest := dice(t, 6)
		s := among(t, true, choices)
		s.opt.Decide, s.opt.Simulations, s.simulations = true, max(1, sum+rest), sum
		if sum+rest == 0 {
			rest = 1
		}
		s.inFlight = dice(t, rest+1)
		if got, want := s.decided(), unassailable(visits, leader, rest); got != want {
			t.Errorf("visits %v with %d to come, %d of them in flight: decided is %v, want %v", visits, rest, s.inFlight, got, want)
		}
		s.inFlight = 0
	})
}

// Searches of twins with a deciding search and a patient one: the first stops
// earlier, at the moment it is sure, with the same answer.
func TestDecideStopsWithTheSameAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const budget = 60
		values := make([]float64, 1+dice(t, 4))
		priors := make([]float64, len(values))
		for i := range values {
			values[i], priors[i] = float64(dice(t, 9))/8, 1
		}
		size := 1 + dice(t, 4)
		run := func(decide bool) *watched {
			w := start(t, endless("."), Options{Simulations: budget, Decide: decide})
			var jobs []Job
			back := func(i int) {
				job := jobs[i]
				jobs = append(jobs[:i:i], jobs[i+1:]...)
				if key := job.State.Key(); key == "." {
					feed(t, w, job, 0, priors...)
				} else {
					feed(t, w, job, values[key[1]-'a'], 1, 1)
				}
			}
			for {
				if len(jobs) == size {
					back(0)
				}
				job, status := w.Next()
				switch status {
				case Work:
					if decide && unreachable(w) {
						t.Fatalf("a job is handed out with a lead of %d and %d simulations to come", w.lead(), budget-w.Simulations())
					}
					jobs = append(jobs, job)
				case Wait:
					back(0)
				case Done:
					return w
				}
			}
		}
		eager, patient := run(true), run(false)
		if eager.Reason() == Decided && !unreachable(eager) {
			t.Errorf("decided with a lead of %d after %d of %d simulations", eager.lead(), eager.Simulations(), budget)
		}
		if eager.Reason() != Decided && (eager.Simulations() != budget || eager.Reason() != Simulations) {
			t.Errorf("ended by %q after %d simulations", eager.Reason(), eager.Simulations())
		}
		if d := cmp.Diff(patient.Line().Path[0].Action, eager.Line().Path[0].Action); d != "" {
			t.Errorf("first step after all and after %d simulations (-all +decided):\n%s", eager.Simulations(), d)
		}
	})
}

// unreachable reports whether more visits are between the first two steps than
// are still to come.
func unreachable(w *watched) bool {
	first, second := 0, 0
	for e := range w.tree.Edges(w.root) {
		n := w.tree.EdgeN(e)
		second = max(second, min(n, first))
		first = max(first, n)
	}
	return first-second > w.opt.Simulations-w.Simulations()
}

// Without a budget of simulations nothing is ever sure.
func TestDecideNeedsABudget(t *testing.T) {
	w := start(t, endless("."), Options{Decide: true, Nodes: 200})
	for {
		job, status := w.Next()
		if status == Done {
			break
		}
		v := 0.0
		if len(job.Path) > 0 && job.Path[0].Action == "a" {
			v = 1
		}
		feed(t, w, job, v, 0.9, 0.1)
	}
	if w.Reason() != Nodes {
		t.Errorf("ended by %q after %d simulations with a lead of %d, want %q", w.Reason(), w.Simulations(), w.lead(), Nodes)
	}
}

// What is in flight may fail: its simulations are to come again.
func TestDecideCountsWhatIsTakenBack(t *testing.T) {
	w := start(t, endless("."), Options{Decide: true, Simulations: 4})
	job, _ := w.Next()
	feed(t, w, job, 0, 0.5, 0.5)
	a, _ := w.Next()
	b, _ := w.Next()
	feed(t, w, a, 1, 0.5, 0.5)
	if w.decided() {
		t.Error("decided by 1 to 0 with one simulation in flight and two to come")
	}
	w.Abandon(b, nil, env.Usage{})
	if w.decided() {
		t.Error("decided by 1 to 0 with three simulations to come")
	}
	for w.Reason() == "" {
		if job, status := w.Next(); status == Work {
			feed(t, w, job, 1, 0.5, 0.5)
		}
	}
	if w.Reason() != Decided || w.Simulations() != 3 {
		t.Errorf("ended by %q after %d simulations, want %q after 3: by 3 to 0 with one to come", w.Reason(), w.Simulations(), Decided)
	}
}

// A Gumbel search chooses its survivor: of the edges with the most visits the one
// with the highest g + ln P + σ(Q), and never one that is not fit.
func TestFinalGumbelChoosesTheSurvivor(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []option
		want    int
	}{
		{"the most visits, not the highest score", []option{{q: 1, n: 3, prior: 0.9}, {q: 0.5, n: 4, prior: 0.05}, {q: 0.25, n: 4, prior: 0.05}}, 1},
		{"same visits: the value outweighs the prior", []option{{q: 0.25, n: 4, prior: 0.75}, {q: 0.75, n: 4, prior: 0.25}}, 1},
		{"same visits and values: the prior", []option{{q: 0.5, n: 4, prior: 0.25}, {q: 0.5, n: 4, prior: 0.75}}, 1},
		{"all the same: the first", []option{{q: 0.5, n: 4, prior: 0.5}, {q: 0.5, n: 4, prior: 0.5}}, 0},
		{"the survivor is lost: the best of the others", []option{{q: 0, n: 8, prior: 0.5, unfit: true}, {q: 0.5, n: 2, prior: 0.25}, {q: 0.75, n: 2, prior: 0.25}}, 2},
		{"nothing visited: the prior", []option{{prior: 0.25}, {prior: 0.75}}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := choiceOf(Gumbel{Calm: true}, tt.options); got != tt.want {
				t.Errorf("edge %d is chosen, want %d", got, tt.want)
			}
		})
	}
}
