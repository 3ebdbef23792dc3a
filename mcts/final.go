package mcts

import (
	"math"

	"github.com/ponder-mcts/ponder/nodes"
)

// Chooser says which step is best in the end.
type Chooser interface {
	// Choose returns the number of an edge that is fit. There is one at least.
	Choose(p *Parent, edges []nodes.EdgeData, fit []bool) int
}

// MostVisited takes the most visited edge: what a mean is worth shows in how
// often the search came back to it. Ties go to the higher mean, then to the
// higher prior.
type MostVisited struct{}

// Choose implements Chooser.
func (MostVisited) Choose(_ *Parent, edges []nodes.EdgeData, fit []bool) int {
	best := None
	for i := range edges {
		if fit[i] && (best < 0 || moreVisited(edges, i, best)) {
			best = i
		}
	}
	return best
}

func moreVisited(edges []nodes.EdgeData, i, j int) bool {
	a, b := &edges[i], &edges[j]
	switch {
	case a.N != b.N:
		return a.N > b.N
	case a.Q() != b.Q():
		return a.Q() > b.Q()
	}
	return before(edges, i, j)
}

// LCB takes the edge with the highest lower confidence bound, as KataGo does:
// Q - Z·sqrt(variance/N), among those with at least Least of the visits of the
// most visited one, which is taken if there is no other.
type LCB struct {
	Z     float64 // 0 means 5
	Least float64 // 0 means 0.15
}

// Choose implements Chooser.
func (c LCB) Choose(p *Parent, edges []nodes.EdgeData, fit []bool) int {
	top := MostVisited{}.Choose(p, edges, fit)
	least := max(2, orElse(c.Least, 0.15)*float64(edges[top].N))
	best, high := top, math.Inf(-1)
	for i := range edges {
		if !fit[i] || float64(edges[i].N) < least {
			continue
		}
		bound := edges[i].Q() - orElse(c.Z, 5)*p.DevOf(i)/math.Sqrt(float64(edges[i].N))
		if bound > high || bound == high && moreVisited(edges, i, best) {
			best, high = i, bound
		}
	}
	return best
}
