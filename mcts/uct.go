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

// Select implements Rule. It compares with branches: a processor that guesses
// the edge right fetches what is below it in the meantime.
func (r UCT) Select(p *Parent, edges []nodes.EdgeData) int {
	k := r.weight(p)
	uniform, skip := p.uniform(edges), p.Skip
	if uniform && p.N < len(edges) && edges[p.N].N == 0 && !edges[p.N].Settled() {
		return p.N // those before it have had their first visit
	}
	fresh, best, high := None, None, math.Inf(-1)
	for i := range edges {
		d := &edges[i]
		if d.Settled() || skip != nil && skip[i] {
			continue
		}
		n := d.N + uint32(d.O)
		if n == 0 {
			if uniform {
				return i
			}
			if fresh < 0 || d.P > edges[fresh].P {
				fresh = i
			}
			continue
		}
		q := p.V
		if d.N > 0 {
			q = d.Q()
		}
		if x := q + k*inverseRoot(n); x > high || x == high && d.P > edges[best].P {
			best, high = i, x
		}
	}
	if fresh >= 0 {
		return fresh
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
