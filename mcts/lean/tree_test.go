package lean

import (
	"math"
	"math/bits"

	"github.com/ponder-mcts/ponder/env"
)

// An edge is a move and, since nothing is shared, the node behind it.
type edge struct {
	n     uint32  // simulations through it
	q     float32 // their mean value in [0,1], for the player who makes the move
	first uint32  // the children are edges[first:first+count]; see over
	count uint8
	move  uint8
	_     uint16 // room for a prior: here all are equal
}

// over stands in first where the game is over: q is the result then, and stays.
const over = math.MaxUint32

// A tree is its edges. The first is the root's.
type tree struct {
	edges []edge
	rand  env.Rand
}

const (
	uctC  = 0.7
	puctC = 1.25 / 2
	// unvisited is the value of a child before its first visit, and of a leaf
	// where there is no roll-out.
	unvisited = 0.5
)

// uct picks the child of the highest q + c sqrt(ln N / n). All were visited.
func uct(kids []edge, n uint32) int {
	c := uctC * rootLog(n)
	best, pick := float32(-1), 0
	for i := range kids {
		k := &kids[i]
		// As a branch, since it lets the processor guess the child and fetch what
		// is behind it: in a large tree that outweighs the wrong guesses.
		if s := k.q + c*rootInverse(k.n); s > best {
			best, pick = s, i
		}
	}
	return pick
}

// puct picks the child of the highest q + c p sqrt(N) / (1+n), where p is the
// same for all. So behind a child without a visit there is none with, and none
// that is better.
func puct(kids []edge, n uint32) int {
	c := puctC * sqrt(float32(n)) / float32(len(kids))
	best := uint64(0)
	for i := range kids {
		k := &kids[i]
		// A maximum of integers needs no branch, and the scores here are too much
		// alike for a guess. Those that are not negative order like their bits; in
		// ties the first child wins.
		score := k.q + c*inverse(k.n)
		best = max(best, uint64(math.Float32bits(score))<<8|uint64(^uint8(i)))
		if k.n == 0 {
			break
		}
	}
	return int(^uint8(best))
}

const tableBits = 12

var inverses, rootLogs, rootInverses [1 << tableBits]float32

func init() {
	inverses[0] = 1
	for n := 1; n < len(inverses); n++ {
		inverses[n] = 1 / float32(n+1)
		rootLogs[n] = sqrt(float32(math.Log(float64(n))))
		rootInverses[n] = 1 / sqrt(float32(n))
	}
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// rootLog is sqrt(ln n).
func rootLog(n uint32) float32 {
	if n < uint32(len(rootLogs)) {
		return rootLogs[n]
	}
	// Without its low bits n is still right to a 2000th, its logarithm to far
	// less; math.Log would be a quarter of the time of a large search.
	cut := bits.Len32(n) - tableBits
	r := rootLogs[n>>cut&(1<<tableBits-1)]
	return sqrt(r*r + float32(cut)*math.Ln2)
}

// inverse is 1/(1+n).
func inverse(n uint32) float32 {
	if n < uint32(len(inverses)) {
		return inverses[n]
	}
	return 1 / float32(n+1)
}

// rootInverse is 1/sqrt(n).
func rootInverse(n uint32) float32 {
	if n < uint32(len(rootInverses)) {
		return rootInverses[n]
	}
	return 1 / sqrt(float32(n))
}

// blank has the children of any node: of connect four the first seven.
var blank [32]edge

func init() {
	for i := range blank {
		blank[i] = edge{q: unvisited, move: uint8(i)}
	}
}

// children appends a child for each column with room.
func (b board) children(edges []edge) []edge {
	if b.all&top == 0 {
		return append(edges, blank[:columns]...)
	}
	for c, e := range blank[:columns] {
		if b.all&top&column[c] == 0 {
			edges = append(edges, e)
		}
	}
	return edges
}

// connect4 builds a tree for the position in place of the old: with UCT and
// roll-outs, or with PUCT and leaves that all have one value. A leaf gets its
// value at the first visit, and its children at the second.
func (t *tree) connect4(root board, rollouts bool, simulations int) {
	edges, rand := append(t.edges[:0], blank[0]), t.rand
	var path [cells]uint32
	for range simulations {
		b, at, depth := root, uint32(0), 0
		var v float32
		for {
			e := &edges[at]
			n := e.n
			if e.first == over {
				v = e.q
				break
			}
			if n == 0 {
				switch {
				case four(b.own ^ b.all):
					v, e.first = 1, over
				case b.all == full:
					v, e.first = 0.5, over
				case rollouts:
					v, _ = b.playout(&rand)
				default:
					v = unvisited
				}
				break
			}
			if e.first == 0 {
				first := len(edges)
				edges = b.children(edges)
				e = &edges[at]
				e.first, e.count = uint32(first), uint8(len(edges)-first)
			}
			kids := edges[e.first:][:e.count]
			i := int(n) - 1 // UCT first visits the children in their order
			if !rollouts {
				i = puct(kids, n)
			} else if i >= len(kids) {
				i = uct(kids, n)
			}
			b = b.play(kids[i].move)
			path[depth] = at
			depth++
			at = e.first + uint32(i)
		}
		for {
			e := &edges[at]
			e.n++
			e.q += (v - e.q) / float32(e.n)
			if depth == 0 {
				break
			}
			depth--
			at, v = path[depth], 1-v
		}
	}
	t.edges, t.rand = edges, rand
}

// deepest is the most that the depth of a synthetic tree can be.
const deepest = 63

// synthetic builds a tree without a game, for one player, with PUCT: the nodes
// down to the depth have children and a random value, those below have neither.
func (t *tree) synthetic(depthOfTree, branching, simulations int) {
	edges := append(t.edges[:0], blank[0])
	var path [deepest + 1]uint32
	for range simulations {
		state, at, depth := uint64(0), uint32(0), 0
		var v float32
		for {
			e := &edges[at]
			n := e.n
			if depth > depthOfTree {
				v = 0.5
				break
			}
			if n == 0 {
				v = float32(state>>40) / (1 << 24)
				break
			}
			if e.first == 0 {
				first := len(edges)
				edges = append(edges, blank[:branching]...)
				e = &edges[at]
				e.first = uint32(first)
			}
			i := puct(edges[e.first:][:branching], n)
			state = env.Mix(state + uint64(i+1)*0x9e3779b97f4a7c15)
			path[depth&deepest] = at
			depth++
			at = e.first + uint32(i)
		}
		for {
			e := &edges[at]
			e.n++
			e.q += (v - e.q) / float32(e.n)
			if depth == 0 {
				break
			}
			depth--
			at = path[depth&deepest]
		}
	}
	t.edges = edges
}
