package bench

import (
	"fmt"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/llm/tiny"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prompt"
)

// BenchmarkParallelQuality tells what it costs to have P jobs in flight: the
// share of hands that are solved, and how much that differs from one job at a
// time with the same hands, seeds and budget, each with its standard error over
// the hands. Jobs in flight are chosen without each other's values, so that a
// budget of one or two rounds of P has to suffer; the question is whether a
// larger one does. So that there is something to lose, the budgets leave a part
// of the hands unsolved, and searches with a model do not look one step ahead.
func BenchmarkParallelQuality(b *testing.B) {
	model, err := tiny.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	embedded := ponder.Asked{Name: "embedded", Model: model, Style: prompt.Line{}}
	const every = 14
	all, err := Suite(b.Context(), "game24-solvable", rational)
	if err != nil {
		b.Fatal(err)
	}
	var hands []string
	for i := 0; i < len(all); i += every {
		hands = append(hands, all[i])
	}
	for _, c := range []struct {
		model    ponder.Asked
		strategy string
		calls    int // budgets, of which one is set
		sims     int
		seeds    int
	}{
		{ponder.Asked{Name: "none"}, "puct", 0, 40, 4},
		{ponder.Asked{Name: "none"}, "puct", 0, 80, 4},
		{ponder.Asked{Name: "none"}, "gumbel", 0, 80, 4},
		{embedded, "puct", 0, 48, 1},
		{embedded, "puct", 16, 0, 1},
		{embedded, "puct", 24, 0, 1},
		{embedded, "gumbel", 24, 0, 1},
	} {
		plan := Plan{
			Env: rational, Problems: hands, Strategies: []string{c.strategy}, Calls: []int{c.calls},
			Config: ponder.Config{Model: c.model, Simulations: c.sims, Blind: c.model.Model != nil},
		}
		budget := fmt.Sprintf("simulations=%d", c.sims)
		if c.calls > 0 {
			budget = fmt.Sprintf("calls=%d", c.calls)
		}
		alone := sync.OnceValue(func() []float64 { return solvedShares(b, plan, 1, c.seeds) })
		for _, parallel := range []int{1, 2, 4, 8, 16} {
			b.Run(fmt.Sprintf("%s/%s/%s/P=%d", c.model.Name, c.strategy, budget, parallel), func(b *testing.B) {
				one := alone()
				var many []float64
				for b.Loop() {
					many = solvedShares(b, plan, parallel, c.seeds)
				}
				more := make([]float64, len(many))
				for i := range many {
					more[i] = many[i] - one[i]
				}
				share, shareErr := meanOf(many)
				gain, gainErr := meanOf(more)
				b.ReportMetric(100*share, "solved-%")
				b.ReportMetric(100*shareErr, "±solved")
				b.ReportMetric(100*gain, "gain-%")
				b.ReportMetric(100*gainErr, "±gain")
			})
		}
	}
}

// solvedShares is, for each problem of a plan, the share of so many seeds with
// which it is solved.
func solvedShares(b *testing.B, p Plan, parallel, seeds int) []float64 {
	b.Helper()
	shares := make([]float64, len(p.Problems))
	p.Config.Parallel = parallel
	for seed := range uint64(seeds) {
		p.Config.Seed = seed
		results, err := Run(b.Context(), p)
		if err != nil {
			b.Fatal(err)
		}
		for i, r := range results {
			if r.Status == mcts.StatusSolved {
				shares[i] += 1 / float64(seeds)
			}
		}
	}
	return shares
}

// meanOf is the mean with its standard error.
func meanOf(x []float64) (mean, stderr float64) {
	mean, deviation := stat.MeanStdDev(x, nil)
	return mean, stat.StdErr(deviation, float64(len(x)))
}
