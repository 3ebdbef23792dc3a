package mcts

import (
	"math"
	"math/bits"

	"github.com/ponder-mcts/ponder/nodes"
)

// maxRanked is the number of edges a ranking can tell apart.
const maxRanked = 255

// ranking finds the highest of scores that are not negative by integers alone,
// which processors do without guessing: the bits of such numbers are in the
// order of the numbers. The last eight bits give way to the number of the edge,
// so that scores that differ by rounding alone count as equal.
type ranking int64

// add enters the score of edge i where mask is all ones.
func (r ranking) add(score float64, i int, mask uint64) ranking {
	less := r - ranking((math.Float64bits(score)&^maxRanked|uint64(maxRanked-i))&mask)
	return r - less&(less>>63) // the maximum, which the compiler would make a branch
}

// first returns the edge with the highest score, or None: the lowest number of
// equals.
func (r ranking) first() int {
	if r == 0 {
		return None
	}
	return maxRanked - int(r&maxRanked)
}

func (r ranking) score() float64 { return math.Float64frombits(uint64(r) &^ maxRanked) }

// before breaks a tie: the higher prior, then the lower number.
func before(edges []nodes.EdgeData, i, j int) bool {
	return edges[i].P > edges[j].P || edges[i].P == edges[j].P && i < j
}

// Small arguments are by far the most frequent ones: for them the functions
// that rules are made of are tables.
const tabled = 1 << 14

var (
	inverses     = table(1, func(n float64) float64 { return 1 / n })
	inverseRoots = table(1, func(n float64) float64 { return 1 / math.Sqrt(n) })
	logs         = table(1, math.Log)
	rootsOfLogs  = table(1, func(n float64) float64 { return math.Sqrt(math.Log(n)) })
)

func table(from int, f func(float64) float64) (t [tabled]float64) {
	for n := from; n < tabled; n++ {
		t[n] = f(float64(n))
	}
	return t
}

func inverse(n uint32) float64 {
	if n < tabled {
		return inverses[n]
	}
	return 1 / float64(n)
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
	return math.Sqrt(logarithm(n))
}

// logarithm is ln n, of large numbers to three decimal places: a rule asks
// for it at every step, and no rule can tell.
func logarithm(n int) float64 {
	shift := max(0, bits.Len(uint(n))-bits.Len(tabled-1))
	return logs[n>>shift] + float64(shift)*math.Ln2
}
