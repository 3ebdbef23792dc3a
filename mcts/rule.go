package mcts

import (
	"math"

	"github.com/ponder-mcts/ponder/nodes"
)

// Rule is a selection rule: it says which edge a walk follows.
type Rule interface {
	// Select returns the number of the edge to follow among those that are
	// neither settled nor skipped: the one with the highest score, equal scores
	// broken by prior, then by number. It returns None if there is no such edge,
	// and may return Generate where p is Open. It must not keep p or edges.
	Select(p *Parent, edges []nodes.EdgeData) int
	// Explain returns the terms of which an edge's score is the sum.
	Explain(p *Parent, edges []nodes.EdgeData, i int) []Term
}

// What a Rule may answer instead of the number of an edge.
const (
	None     = -1 // no edge can be followed
	Generate = -2 // ask for further candidates
)

// Term is one named part of a score.
type Term struct {
	Name  string
	Value float64
}

// Parent is what a Rule may know of the node it selects at.
type Parent struct {
	V        float64             // own value of the node
	N        int                 // finished visits of its edges, ΣN
	O        int                 // visits in flight of its edges, ΣO
	VisitedP float64             // sum of the priors of its edges that have N > 0; only for Score
	Dev      float64             // standard deviation of the simulations' values, for rules that use it
	Root     bool                // the search decides here
	Open     bool                // Generate is a possible answer
	Uniform  bool                // all priors are the same, and no edge came later than others
	FreshN   int                 // of an open node: children that have a value of their own
	FreshV   float64             // and the sum of those, for the player to move here
	Seed     uint64              // for random choices: the same at the same node and moment
	DevOf    func(i int) float64 // Dev of an edge's child, for a Chooser
	Skip     []bool              // edges that can't be followed just now; nil means none
	Barred   []bool              // edges that a person's orders keep walks from; nil means none
}

// open reports whether an edge may be followed.
func (p *Parent) open(edges []nodes.EdgeData, i int) bool {
	return !edges[i].Settled() && (p.Skip == nil || !p.Skip[i])
}

// uniform reports whether the edges that have no visits come last, but for
// settled ones: they were tried from the first to the last.
func (p *Parent) uniform(edges []nodes.EdgeData) bool {
	return p.Uniform && p.O == 0 && p.Skip == nil && len(edges) > 0 && len(edges) <= maxRanked
}

// Edge is what a score may depend on.
type Edge struct {
	P float64 // prior
	Q float64 // mean value for the player to move at the parent; 0 if N is 0
	N int     // finished visits
	O int     // visits in flight
}

func edgeOf(d *nodes.EdgeData) Edge {
	e := Edge{P: float64(d.P), N: int(d.N), O: int(d.O)}
	if e.N > 0 {
		e.Q = d.Q()
	}
	return e
}

// Scored is the plain way to write a rule: a score for each edge.
type Scored func(p Parent, e Edge) float64

// Select implements Rule.
func (f Scored) Select(p *Parent, edges []nodes.EdgeData) int {
	return highest(p, edges, func(at Parent, i int) float64 { return f(at, edgeOf(&edges[i])) })
}

// Explain implements Rule.
func (f Scored) Explain(p *Parent, edges []nodes.EdgeData, i int) []Term {
	at := *p
	at.VisitedP = visitedP(edges)
	return []Term{{"score", f(at, edgeOf(&edges[i]))}}
}

// highest is Select by definition.
func highest(p *Parent, edges []nodes.EdgeData, score func(at Parent, i int) float64) int {
	at := *p
	at.VisitedP = visitedP(edges)
	best, high := None, math.Inf(-1)
	for i := range edges {
		if !p.open(edges, i) {
			continue
		}
		x := score(at, i)
		if best < 0 || x > high || x == high && edges[i].P > edges[best].P {
			best, high = i, x
		}
	}
	return best
}

func visitedP(edges []nodes.EdgeData) float64 {
	sum := 0.0
	for i := range edges {
		if edges[i].N > 0 {
			sum += float64(edges[i].P)
		}
	}
	return sum
}

func orElse(x, fallback float64) float64 {
	if x == 0 {
		return fallback
	}
	return x
}
