package mcts

import (
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// Thompson draws a value for each edge from what is known of it and follows the
// highest draw (Thompson 1933). At an open node one more draw stands for a
// child that has yet to be asked for: adaptive branching, as AB-MCTS-A (Inoue
// et al. 2025), so that the search widens where the children there are
// disappoint.
//
// Values are taken as shares of success: after n visits of mean Q an edge's
// value is drawn from Beta(½ + n·Q, ½ + n·(1-Q)), and that of a new child from
// the same distribution over the own values of the children there are. A child
// that has not been tried yet is a new one: while there is one, no other is asked
// for.
type Thompson struct{}

// Select implements Rule.
func (r Thompson) Select(p *Parent, edges []nodes.EdgeData) int {
	best, high, untried := None, math.Inf(-1), false
	for i := range edges {
		if !p.open(edges, i) {
			continue
		}
		untried = untried || edges[i].N == 0
		if x := r.draw(p, edges, i); x > high || x == high && before(edges, i, best) {
			best, high = i, x
		}
	}
	if p.Open && !untried && r.fresh(p, 0) > high {
		return Generate
	}
	return best
}

func (r Thompson) draw(p *Parent, edges []nodes.EdgeData, i int) float64 {
	d := &edges[i]
	if d.N == 0 {
		return r.fresh(p, uint64(i)+1)
	}
	n := float64(d.N)
	won := n * d.Q()
	return beta(p.Seed, uint64(i)+1, 0.5+won, 0.5+n-won)
}

// fresh draws the value of a child of which only its siblings tell anything.
func (r Thompson) fresh(p *Parent, stream uint64) float64 {
	return beta(p.Seed, stream, 0.5+p.FreshV, 0.5+float64(p.FreshN)-p.FreshV)
}

// Explain implements Rule.
func (r Thompson) Explain(p *Parent, edges []nodes.EdgeData, i int) []Term {
	return []Term{{"draw", r.draw(p, edges, i)}}
}

// beta draws from a Beta distribution: X/(X+Y) for X and Y of Gamma(a), Gamma(b).
func beta(seed, stream uint64, a, b float64) float64 {
	random := env.Rand(env.Mix(seed ^ env.Mix(stream+1)))
	x, y := gamma(&random, a), gamma(&random, b)
	if x+y == 0 {
		return 0.5
	}
	return x / (x + y)
}

// gamma draws from Gamma(shape, 1) by the method of Marsaglia & Tsang (2000).
func gamma(random *env.Rand, shape float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(random.Float(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := normal01(random)
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(random.Float()) < x*x/2+d-d*v+d*math.Log(v) {
			return boost * d * v
		}
	}
}

// normal01 draws from the standard normal distribution (Box & Muller 1958).
func normal01(random *env.Rand) float64 {
	return math.Sqrt(-2*math.Log(random.Float())) * math.Cos(2*math.Pi*random.Float())
}
