package mcts

import "math"

// Rule is a selection rule: a walk follows the edge with the highest score.
type Rule interface {
	// Score rates one edge of a node. It is called for edges that are not
	// proven; equal scores are broken by prior, then by index.
	Score(p Parent, e Edge) float64
}

// Parent is what a Rule may know of the node it selects at.
type Parent struct {
	V        float64 // own value of the node
	N        int     // finished visits of its edges, ΣN
	O        int     // visits in flight of its edges, ΣO
	VisitedP float64 // sum of the priors of its edges that have N > 0
}

// Edge is what a Rule may know of an edge.
type Edge struct {
	P float64 // prior
	Q float64 // mean value for the player to move at the parent; 0 if N is 0
	N int     // finished visits
	O int     // visits in flight
}

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
}

// Score implements Rule.
func (r PUCT) Score(p Parent, e Edge) float64 {
	base := orElse(r.Base, 19652)
	c := (math.Log((1+float64(p.N)+base)/base) + orElse(r.Init, 1.25)) / 2
	// max keeps the priors in play on the first visit, when the sum is 0.
	total := math.Sqrt(math.Max(1, float64(p.N+p.O)))
	return urgency(p, e, orElse(r.FPU, 0.2)) + c*e.P*total/float64(1+e.N+e.O)
}

// urgency is Q of a visited edge, else the first-play urgency of KataGo and
// Lc0: the parent's own value less a reduction that grows with the prior mass
// already visited.
func urgency(p Parent, e Edge, reduction float64) float64 {
	if e.N > 0 {
		return e.Q
	}
	return math.Max(0, p.V-reduction*math.Sqrt(p.VisitedP))
}

// UCT is the rule of Kocsis & Szepesvári (2006) over the bandits of Auer
// (2002): Q + C·sqrt(ln ΣN / N), unvisited edges first. Visits in flight count
// among N.
type UCT struct {
	C float64 // 0 means sqrt(2)/2
}

// Score implements Rule.
func (r UCT) Score(p Parent, e Edge) float64 {
	n := e.N + e.O
	if n == 0 {
		return math.Inf(1)
	}
	q := e.Q
	if e.N == 0 {
		q = p.V // in flight for the first time: no reason to think it lost
	}
	return q + orElse(r.C, math.Sqrt2/2)*math.Sqrt(math.Log(float64(max(1, p.N+p.O)))/float64(n))
}

func orElse(x, fallback float64) float64 {
	if x == 0 {
		return fallback
	}
	return x
}
