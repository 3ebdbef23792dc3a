package mcts

import (
	"math"

	"github.com/ponder-mcts/ponder/nodes"
)

// UCT is the rule of Kocsis & Szepesvári (2006) over the bandits of Auer
// (2002): Q + C·sqrt(ln ΣN / N), unvisited edges first. Visits in flight count
// among N.
type UCT struct {
	C float64 // 0 means sqrt(2)/2
}

// Score is the formula.
func (r UCT) Score(p Parent, e Edge) float64 {
	n := e.N + e.O
	if n == 0 {
		return math.Inf(1)
	}
	q := e.Q
	if e.N == 0 {
		q = p.V // in flight for the first time: no reason to think it lost
	}
	return q + r.weight(&p)*inverseRoot(uint32(n))
}

func (r UCT) weight(p *Parent) float64 {
	return orElse(r.C, math.Sqrt2/2) * rootOfLog(max(1, p.N+p.O))
}

// Select implements Rule.
func (r UCT) Select(p *Parent, edges []nodes.EdgeData) int {
	k := r.weight(p)
	best, high := None, math.Inf(-1)
	for i := range edges {
		d := &edges[i]
		if d.Settled() || p.Skip != nil && p.Skip[i] {
			continue
		}
		n := d.N + uint32(d.O)
		x := math.Inf(1)
		switch {
		case d.N > 0:
			x = d.Q() + k*inverseRoot(n)
		case n > 0:
			x = p.V + k*inverseRoot(n)
		}
		if best < 0 || x > high || x == high && d.P > edges[best].P {
			best, high = i, x
		}
	}
	return best
}

// Explain implements Rule.
func (r UCT) Explain(p *Parent, edges []nodes.EdgeData, i int) []Term {
	e := edgeOf(&edges[i])
	n := e.N + e.O
	if n == 0 {
		return []Term{{"never tried", math.Inf(1)}}
	}
	value := Term{"Q", e.Q}
	if e.N == 0 {
		value = Term{"V of the parent", p.V}
	}
	return []Term{value, {"exploration", r.weight(p) * inverseRoot(uint32(n))}}
}

// Small arguments are by far the most frequent ones: for them the functions
// are tables.
const tabled = 4096

var (
	inverseRoots = table(func(n float64) float64 { return 1 / math.Sqrt(n) })
	rootsOfLogs  = table(func(n float64) float64 { return math.Sqrt(math.Log(n)) })
)

func table(f func(float64) float64) (t [tabled]float64) {
	for n := 1; n < tabled; n++ {
		t[n] = f(float64(n))
	}
	return t
}

func inverseRoot(n uint32) float64 {
	if n < tabled {
		return inverseRoots[n]
	}
	return 1 / math.Sqrt(float64(n))
}

func rootOfLog(n int) float64 {
	if n < tabled {
		return rootsOfLogs[n]
	}
	return math.Sqrt(math.Log(float64(n)))
}
