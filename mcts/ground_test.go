package mcts

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// ground is a place in a graph as a Position, so that one game can be searched
// both ways. It bends the contract a little: a dead end has no moves and is not
// over.
type ground struct {
	g   *graph
	way []int // the states passed, the present one last
}

func (p *ground) at() int        { return p.way[len(p.way)-1] }
func (p *ground) String() string { return place{p.g, p.at()}.String() }
func (p *ground) Hash() uint64   { return env.Mix(uint64(p.at()) + 1) }
func (p *ground) ToMove() int    { return p.g.vertices[p.at()].player }

func (p *ground) MoveText(m env.Move) string { return strconv.Itoa(int(m)) }

func (p *ground) Moves(buf []env.Move) []env.Move {
	for i := range p.g.vertices[p.at()].to {
		buf = append(buf, env.Move(i))
	}
	return buf
}

func (p *ground) Play(m env.Move) { p.way = append(p.way, p.g.vertices[p.at()].to[m]) }
func (p *ground) Undo()           { p.way = p.way[:len(p.way)-1] }

func (p *ground) Result() (float32, bool) {
	v := p.g.vertices[p.at()]
	return float32(v.reward), v.over
}

func (p *ground) Clone() env.Position         { return &ground{p.g, append([]int(nil), p.way...)} }
func (p *ground) CopyFrom(other env.Position) { p.way = append(p.way[:0], other.(*ground).way...) }

// tracked is a position that is its way: no two ways lead to the same one.
type tracked struct {
	env.Position
	way []string
}

func (p *tracked) String() string { return p.Position.String() + " by " + strings.Join(p.way, " ") }
func (p *tracked) Hash() uint64   { return hashOf(strings.Join(p.way, " ")) }

func (p *tracked) Play(m env.Move) {
	p.way = append(p.way, p.MoveText(m))
	p.Position.Play(m)
}

func (p *tracked) Undo() {
	p.way = p.way[:len(p.way)-1]
	p.Position.Undo()
}

func (p *tracked) Clone() env.Position {
	return &tracked{p.Position.Clone(), append([]string(nil), p.way...)}
}

func (p *tracked) CopyFrom(other env.Position) {
	from := other.(*tracked)
	p.way = append(p.way[:0], from.way...)
	p.Position.CopyFrom(from.Position)
}

// unrolled is the same for states.
type unrolled struct {
	env.State
	way []string
}

func (s unrolled) String() string { return s.State.String() + " by " + s.Key() }
func (s unrolled) Key() string    { return strings.Join(s.way, " ") }

type unrolledTurn struct{ unrolled }

func (s unrolledTurn) ToMove() int { return env.ToMove(s.State) }

func unroll(s env.State, way ...string) env.State {
	if _, several := s.(env.Mover); several {
		return unrolledTurn{unrolled{s, way}}
	}
	return unrolled{s, way}
}

func hashOf(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return env.Mix(h.Sum64())
}

// worth is a value that follows from a text. It is so short in binary that its
// square is exact in 32 bits.
func worth(seed uint64, text string) float64 {
	return float64(env.Mix(hashOf(text)^seed)%4097) / 4096
}

// shares are priors that follow from a text. They are sixteenths and sum to 1.
func shares(seed uint64, text string, out []float64) {
	random := env.Rand(hashOf(text) ^ seed)
	clear(out)
	for range 16 {
		out[random.N(len(out))] += 1.0 / 16
	}
}

// deal is drawGraph from a seed alone: thousands of small graphs a second.
func deal(random *env.Rand, sh shape) *graph {
	n := 2 + random.N(sh.size-1)
	g := &graph{moves: sh.two, vertices: make([]vertex, n)}
	for i := range g.vertices {
		v := &g.vertices[i]
		v.value = float64(random.N(9)) / 8
		if sh.two {
			v.player = random.N(2)
		}
		if v.over = i == n-1 || i > 0 && random.N(6) == 0; v.over {
			v.reward = dealReward(random, sh)
			continue
		}
		if random.N(20) == 0 {
			continue // a dead end
		}
		for range 1 + random.N(4) {
			to := random.N(n)
			if !sh.circles {
				to = i + 1 + random.N(min(n-1-i, 7))
			}
			v.to = append(v.to, to)
			v.prior = append(v.prior, float64(random.N(9)))
		}
	}
	return g
}

func dealReward(random *env.Rand, sh shape) float64 {
	switch {
	case sh.hopeless:
		return 0
	case sh.partial:
		return float64(random.N(5)) / 4
	}
	return float64(random.N(2))
}
