package mcts

import (
	"math"

	"github.com/ponder-mcts/ponder/nodes"
)

// PUCT is the rule of AlphaZero (Silver et al. 2018) with first-play urgency
// and, for parallel work, visits in flight that count towards exploration but
// not towards Q (WU-UCT, Liu et al. 2020):
//
//	Q + c·P·sqrt(ΣN+ΣO) / (1+N+O),  c = (ln((1+ΣN+Base)/Base) + Init) / 2
//
// The half is there because Q lies in [0,1] instead of [-1,1].
type PUCT struct {
	Init float64 // 0 means 1.25
	Base float64 // 0 means 19652
	FPU  float64 // reduction for unvisited edges; 0 means 0.2
	// Spread scales c by how much the values at a node really differ, as KataGo
	// does, so that critics who use a narrow band don't leave all to the prior:
	// c·(1 + 0.85·(σ/0.2 - 1)) with the standard deviation σ of the values in
	// [0,1], which is taken to be 0.2 until two more have been seen.
	Spread bool
}

// Score is the formula.
func (r PUCT) Score(p Parent, e Edge) float64 {
	return urgency(p, e, orElse(r.FPU, 0.2)) + r.exploration(&p, e)
}

func (r PUCT) exploration(p *Parent, e Edge) float64 {
	return r.weight(p) * e.P * inverse(uint32(1+e.N+e.O))
}

// weight is the part of the exploration term that all edges of a node share.
func (r PUCT) weight(p *Parent) float64 {
	if r.Init == 0 && r.Base == 0 && !r.Spread && p.O == 0 && p.N < tabled {
		return weights[p.N]
	}
	c := (growth(p.N, r.Base) + orElse(r.Init, 1.25)) / 2
	if r.Spread {
		const usual = 0.2
		n := float64(p.N + 1)
		dev := math.Sqrt((2*usual*usual + n*p.Dev*p.Dev) / (2 + n))
		c *= 1 + 0.85*(dev/usual-1)
	}
	// max keeps the priors in play on the first visit, when the sum is 0.
	return c * math.Sqrt(max(1, float64(p.N+p.O)))
}

// growth is ln((1+N+base)/base).
func growth(n int, base float64) float64 {
	switch {
	case base == 0 && n < tabled:
		return growths[n]
	case base == 0:
		return logarithm(1+n+usualBase) - logOfBase
	}
	return math.Log((1 + float64(n) + base) / base)
}

func usualGrowth(n float64) float64 { return math.Log((1 + n + usualBase) / usualBase) }

// usualBase is the Base of the zero PUCT.
const usualBase = 19652

var (
	logOfBase = logarithm(usualBase)
	growths   = table(0, usualGrowth)
)

// weights are those of the zero PUCT with nothing in flight.
var weights = table(0, func(n float64) float64 {
	return (usualGrowth(n) + 1.25) / 2 * math.Sqrt(max(1, n))
})

// urgency is Q of a visited edge, else the first-play urgency of KataGo and
// Lc0: the parent's own value less a reduction that grows with the prior mass
// already visited.
func urgency(p Parent, e Edge, reduction float64) float64 {
	if e.N > 0 {
		return e.Q
	}
	return firstPlay(p.V, p.VisitedP, reduction)
}

func firstPlay(v, visitedP, reduction float64) float64 {
	return max(0, v-reduction*math.Sqrt(visitedP))
}

// Select implements Rule in one pass: of the unvisited edges, which share one
// urgency, only the one with the highest exploration term matters.
func (r PUCT) Select(p *Parent, edges []nodes.EdgeData) int {
	k := r.weight(p)
	if p.uniform(edges) {
		return r.selectUniform(p, edges, k)
	}
	best, high := None, math.Inf(-1)
	fresh, freshHigh := None, -1.0
	tried := 0.0
	for i := range edges {
		d := &edges[i]
		prior := float64(d.P)
		if d.N > 0 {
			tried += prior
		}
		if !p.open(edges, i) {
			continue
		}
		x := k * prior * inverse(1+d.N+uint32(d.O))
		if d.N == 0 {
			if x > freshHigh || x == freshHigh && d.P > edges[fresh].P {
				fresh, freshHigh = i, x
			}
			continue
		}
		if x += d.Q(); x > high || x == high && d.P > edges[best].P {
			best, high = i, x
		}
	}
	return r.pick(p, edges, best, high, fresh, freshHigh, tried)
}

// selectUniform is Select where the unvisited edges come last: what there is to
// know of them the first one tells.
func (r PUCT) selectUniform(p *Parent, edges []nodes.EdgeData, k float64) int {
	prior := float64(edges[0].P)
	fresh, freshHigh, tried := None, 0.0, 0.0
	k *= prior
	var visited ranking
	for i := range edges {
		d := &edges[i]
		if d.N == 0 {
			if d.Settled() {
				continue
			}
			fresh, freshHigh = i, k*inverse(1)
			break
		}
		tried += prior
		visited = visited.add(d.Q()+k*inverse(1+d.N), i, d.Live())
	}
	return r.pick(p, edges, visited.first(), visited.score(), fresh, freshHigh, tried)
}

// pick takes the better one of the best visited and the best unvisited edge.
func (r PUCT) pick(p *Parent, edges []nodes.EdgeData, best int, high float64, fresh int, freshHigh, tried float64) int {
	if fresh < 0 || best < 0 {
		return max(best, fresh)
	}
	x := firstPlay(p.V, tried, orElse(r.FPU, 0.2)) + freshHigh
	if x > high || x == high && before(edges, fresh, best) {
		return fresh
	}
	return best
}

// Explain implements Rule.
func (r PUCT) Explain(p *Parent, edges []nodes.EdgeData, i int) []Term {
	at, e := *p, edgeOf(&edges[i])
	at.VisitedP = visitedP(edges)
	value := "Q"
	if e.N == 0 {
		value = "first-play urgency"
	}
	return []Term{
		{value, urgency(at, e, orElse(r.FPU, 0.2))},
		{"exploration", r.exploration(&at, e)},
	}
}
