package mcts

import (
	"math"
	"math/bits"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// Gumbel is the rule of Danihelka et al. (2022), "Policy improvement by
// planning with Gumbel". At the root it spends a known budget by sequential
// halving (Karnin et al. 2013) on the actions with the highest g + ln P, where
// g are Gumbel draws, and halves them by g + ln P + σ(Q). Elsewhere, and at the
// root once the budget is spent, it follows the edge whose share of the visits
// is furthest behind the improved policy π' = softmax(ln P + σ(Q)):
//
//	π' - (N+O) / (1+ΣN+ΣO)
//
// σ(q) = (Visit + max N)·Scale·q for q rescaled to [0,1] among the edges of the
// node. Unvisited edges count with the mixed value of the paper.
type Gumbel struct {
	Budget  int     // simulations at the root; 0 means unknown: no halving
	Actions int     // considered at the root; 0 means 16
	Visit   float64 // 0 means 50
	Scale   float64 // 0 means 0.1
	Seed    uint64  // of the draws
	Calm    bool    // no draws: the priors alone choose whom to consider
}

// Considered returns how many visits a considered action has when simulation
// number t (from 0) is given to it, with m actions and n simulations in all.
// Each of the ⌈log2 m⌉ phases visits its survivors max(1, ⌊n/(⌈log2 m⌉·survivors)⌋)
// times; then the better half survives, two at least.
func Considered(m, n, t int) int {
	if m <= 1 {
		return t
	}
	phases := bits.Len(uint(m - 1))
	visits := 0
	for left := m; ; left = max(2, left/2) {
		each := max(1, n/(phases*left))
		if t < each*left {
			return visits + t/left
		}
		t -= each * left
		visits += each
	}
}

// Select implements Rule.
func (r Gumbel) Select(p *Parent, edges []nodes.EdgeData) int {
	var room [64]float64
	logits := r.logits(p, edges, room[:0])
	if r.halving(p) {
		return r.root(p, edges, logits)
	}
	return r.inner(p, edges, logits)
}

// halving reports whether the node is the root and the budget not yet spent.
func (r Gumbel) halving(p *Parent) bool { return p.Root && p.N+p.O < r.Budget }

// logits returns ln P + σ(Q) for each edge.
func (r Gumbel) logits(p *Parent, edges []nodes.EdgeData, out []float64) []float64 {
	mixed := r.mixed(p, edges)
	low, high, most := math.Inf(1), math.Inf(-1), uint32(0)
	for i := range edges {
		q := completed(&edges[i], mixed)
		low, high, most = min(low, q), max(high, q), max(most, edges[i].N)
	}
	factor := (orElse(r.Visit, 50) + float64(most)) * orElse(r.Scale, 0.1) / max(high-low, 1e-6)
	for i := range edges {
		// A prior of 0 is improbable, not impossible.
		prior := max(float64(edges[i].P), 1e-30)
		out = append(out, math.Log(prior)+factor*(completed(&edges[i], mixed)-low))
	}
	return out
}

func completed(d *nodes.EdgeData, mixed float64) float64 {
	if d.N > 0 {
		return d.Q()
	}
	return mixed
}

// mixed is the value an unvisited edge counts with: the node's own and the
// prior-weighted mean of the visited edges,
// [v + ΣN/Σ_{N>0}P · Σ_{N>0} P·Q] / (1+ΣN).
func (r Gumbel) mixed(p *Parent, edges []nodes.EdgeData) float64 {
	sumN, sumP, sumPQ := 0.0, 0.0, 0.0
	for i := range edges {
		if d := &edges[i]; d.N > 0 {
			prior := max(float64(d.P), 1e-30)
			sumN += float64(d.N)
			sumP += prior
			sumPQ += prior * d.Q()
		}
	}
	if sumN == 0 {
		return p.V
	}
	return (p.V + sumN*sumPQ/sumP) / (1 + sumN)
}

// root follows the schedule. Visits in flight count like finished ones. Where
// an action has dropped out because it is proven, its visits go to the best of
// those that were left behind.
func (r Gumbel) root(p *Parent, edges []nodes.EdgeData, logits []float64) int {
	due, best, first := r.due(p, edges), None, -1
	for i := range edges {
		if !p.open(edges, i) {
			continue
		}
		logits[i] += r.draw(i)
		switch t := turn(&edges[i], due); {
		case t > first:
			best, first = i, t
		case t == first:
			best = better(logits, edges, i, best)
		}
	}
	return best
}

// turn ranks edges of the root: 2 for those whose turn it is, 1 for those that
// were left behind, 0 for those that are ahead.
func turn(d *nodes.EdgeData, due int) int {
	switch n := int(d.N) + int(d.O); {
	case n == due:
		return 2
	case n < due:
		return 1
	}
	return 0
}

// due is the number of visits of the actions whose turn it is. An action that
// is proven, or barred by an order, before its first visit needs none.
func (r Gumbel) due(p *Parent, edges []nodes.EdgeData) int {
	actions := 0
	for i := range edges {
		if edges[i].N > 0 || !edges[i].Settled() && (p.Barred == nil || !p.Barred[i]) {
			actions++
		}
	}
	most := 16
	if r.Actions > 0 {
		most = r.Actions
	}
	return Considered(min(actions, most), r.Budget, p.N+p.O)
}

func better(score []float64, edges []nodes.EdgeData, i, than int) int {
	if than < 0 || score[i] > score[than] || score[i] == score[than] && before(edges, i, than) {
		return i
	}
	return than
}

func (r Gumbel) inner(p *Parent, edges []nodes.EdgeData, logits []float64) int {
	softmax(logits)
	best, sum := None, float64(1+p.N+p.O)
	for i := range edges {
		logits[i] -= float64(edges[i].N+uint32(edges[i].O)) / sum
		if p.open(edges, i) {
			best = better(logits, edges, i, best)
		}
	}
	return best
}

func softmax(x []float64) {
	high, sum := math.Inf(-1), 0.0
	for _, v := range x {
		high = max(high, v)
	}
	for i, v := range x {
		x[i] = math.Exp(v - high)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

// draw is the Gumbel variable of an edge: always the same one.
func (r Gumbel) draw(i int) float64 {
	if r.Calm {
		return 0
	}
	random := env.Rand(env.Mix(r.Seed ^ env.Mix(uint64(i)+1)))
	return -math.Log(-math.Log(random.Float()))
}

// Choose implements Chooser: of the edges with the most visits, the survivors,
// the one with the highest g + ln P + σ(Q).
func (r Gumbel) Choose(p *Parent, edges []nodes.EdgeData, fit []bool) int {
	logits := r.logits(p, edges, nil)
	best := None
	for i := range edges {
		if !fit[i] {
			continue
		}
		logits[i] += r.draw(i)
		switch {
		case best < 0 || edges[i].N > edges[best].N:
			best = i
		case edges[i].N == edges[best].N:
			best = better(logits, edges, i, best)
		}
	}
	return best
}

// Explain implements Rule.
func (r Gumbel) Explain(p *Parent, edges []nodes.EdgeData, i int) []Term {
	logits := r.logits(p, edges, nil)
	prior := math.Log(max(float64(edges[i].P), 1e-30))
	if r.halving(p) {
		waits, due := Term{"in turn", 0}, r.due(p, edges)
		first := r.root(p, edges, append([]float64(nil), logits...))
		if first < 0 || turn(&edges[i], due) != turn(&edges[first], due) {
			waits.Value = math.Inf(-1)
		}
		return []Term{{"Gumbel draw", r.draw(i)}, {"ln P", prior}, {"σ(Q)", logits[i] - prior}, waits}
	}
	softmax(logits)
	return []Term{
		{"improved policy", logits[i]},
		{"share of visits", -float64(edges[i].N+uint32(edges[i].O)) / float64(1+p.N+p.O)},
	}
}
