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
	return urgency(p, e, orElse(r.FPU, 0.2)) + r.weight(&p)*e.P/float64(1+e.N+e.O)
}

// weight is the part of the exploration term that all edges of a node share.
func (r PUCT) weight(p *Parent) float64 {
	base := orElse(r.Base, 19652)
	c := (math.Log((1+float64(p.N)+base)/base) + orElse(r.Init, 1.25)) / 2
	if r.Spread {
		const usual = 0.2
		n := float64(p.N + 1)
		dev := math.Sqrt((2*usual*usual + n*p.Dev*p.Dev) / (2 + n))
		c *= 1 + 0.85*(dev/usual-1)
	}
	// max keeps the priors in play on the first visit, when the sum is 0.
	return c * math.Sqrt(math.Max(1, float64(p.N+p.O)))
}

func (r PUCT) usesDeviation() bool { return r.Spread }

// urgency is Q of a visited edge, else the first-play urgency of KataGo and
// Lc0: the parent's own value less a reduction that grows with the prior mass
// already visited.
func urgency(p Parent, e Edge, reduction float64) float64 {
	if e.N > 0 {
		return e.Q
	}
	return math.Max(0, p.V-reduction*math.Sqrt(p.VisitedP))
}

// Select implements Rule in one pass: of the unvisited edges, which share one
// urgency, only the one with the highest exploration term matters.
func (r PUCT) Select(p *Parent, edges []nodes.EdgeData) int {
	k := r.weight(p)
	best, high := None, math.Inf(-1)
	fresh, freshHigh := None, -1.0
	tried := 0.0
	for i := range edges {
		d := &edges[i]
		prior := float64(d.P)
		if d.N > 0 {
			tried += prior
		}
		if d.Settled() || p.Skip != nil && p.Skip[i] {
			continue
		}
		x := k * prior / float64(1+d.N+uint32(d.O))
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
	if fresh < 0 {
		return best
	}
	x := math.Max(0, p.V-orElse(r.FPU, 0.2)*math.Sqrt(tried)) + freshHigh
	if best < 0 || x > high || x == high && before(edges, fresh, best) {
		return fresh
	}
	return best
}

// before breaks a tie: the higher prior, then the lower number.
func before(edges []nodes.EdgeData, i, j int) bool {
	return edges[i].P > edges[j].P || edges[i].P == edges[j].P && i < j
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
		{"exploration", r.weight(&at) * e.P / float64(1+e.N+e.O)},
	}
}
