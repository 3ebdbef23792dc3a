package mcts

import (
	"context"
	"math"
	"strconv"

	"github.com/ponder-mcts/ponder/env"
	"pgregory.net/rapid"
)

// graph is a problem written out in full: every state, its steps and its end.
// What a search should find in it can be told without a search. It is its own
// environment, policy and critic. State 0 is the root.
type graph struct {
	vertices []vertex
	moves    bool // states tell who is to move
	open     bool // states do not list their actions
}

type vertex struct {
	to     []int // where the actions "0", "1", … lead
	player int
	over   bool
	reward float64   // if over
	value  float64   // what the critic says
	prior  []float64 // what the policy says; nil means the same for all
}

// place is a state of a graph. The types around it add optional abilities.
type place struct {
	g  *graph
	at int
}

func (p place) String() string { return "state " + strconv.Itoa(p.at) }
func (p place) Key() string    { return strconv.Itoa(p.at) }

func (p place) Outcome() (env.Outcome, bool) {
	v := p.g.vertices[p.at]
	return env.Outcome{Reward: v.reward}, v.over
}

type (
	listing struct{ place } // knows its actions
	moving  struct{ place } // knows its player
	both    struct {
		listing
		moving
	}
)

func (l listing) Actions() []string {
	actions := []string{}
	for i := range l.g.vertices[l.at].to {
		actions = append(actions, strconv.Itoa(i))
	}
	return actions
}

func (m moving) ToMove() int { return m.g.vertices[m.at].player }

func (b both) String() string               { return b.listing.String() }
func (b both) Key() string                  { return b.listing.Key() }
func (b both) Outcome() (env.Outcome, bool) { return b.listing.Outcome() }

func (g *graph) state(at int) env.State {
	p := place{g, at}
	switch {
	case g.moves && g.open:
		return moving{p}
	case g.moves:
		return both{listing{p}, moving{p}}
	case g.open:
		return p
	}
	return listing{p}
}

func placeOf(s env.State) int {
	at, err := strconv.Atoi(s.Key())
	if err != nil {
		panic("not a state of a graph: " + s.Key())
	}
	return at
}

func (g *graph) Start(context.Context, string) (env.State, error) { return g.state(0), nil }

func (g *graph) Step(_ context.Context, s env.State, action string) (env.State, error) {
	to := g.vertices[placeOf(s)].to
	i, err := strconv.Atoi(action)
	if err != nil || i < 0 || i >= len(to) {
		return nil, env.Illegal(action, "there are %d steps", len(to))
	}
	return g.state(to[i]), nil
}

func (g *graph) Propose(_ context.Context, s env.State, _ env.Path, _ int) ([]env.Candidate, env.Usage, error) {
	v := g.vertices[placeOf(s)]
	var cands []env.Candidate
	for i := range v.to {
		c := env.Candidate{Action: strconv.Itoa(i)}
		if v.prior != nil {
			c.LogPrior = math.Log(v.prior[i])
		}
		cands = append(cands, c)
	}
	return cands, env.Usage{Calls: 1}, nil
}

func (g *graph) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	return env.Value{Mean: g.vertices[placeOf(s)].value}, env.Usage{Calls: 1}, nil
}

// worker works on jobs of the graph. blind has every state go through policy
// and critic, so that the search itself must find out what is proven.
func (g *graph) worker(blind bool) *Worker {
	return &Worker{Env: g, Policy: g, Critic: g, Blind: blind}
}

// truth returns the true value of every state for its player to move: by
// definition for single players (the best reward within reach), by minimax for
// two, whose graphs must have no circles.
func (g *graph) truth() []float64 {
	out := make([]float64, len(g.vertices))
	for i := range out {
		if g.moves {
			out[i] = g.minimax(i)
			continue
		}
		for _, at := range g.within(i) {
			if v := g.vertices[at]; v.over {
				out[i] = max(out[i], v.reward)
			}
		}
	}
	return out
}

func (g *graph) minimax(at int) float64 {
	v := g.vertices[at]
	if v.over {
		return v.reward
	}
	best := 0.0
	for _, c := range v.to {
		value := g.minimax(c)
		if g.vertices[c].player != v.player {
			value = 1 - value
		}
		best = max(best, value)
	}
	return best
}

// within lists the states that steps from at lead to, nearest first.
func (g *graph) within(at int) []int {
	seen, list := map[int]bool{at: true}, []int{at}
	for i := 0; i < len(list); i++ {
		for _, c := range g.vertices[list[i]].to {
			if !seen[c] {
				seen[c] = true
				list = append(list, c)
			}
		}
	}
	return list
}

// shape says what kind of graph to draw.
type shape struct {
	size     int
	circles  bool // steps may lead back
	two      bool // players
	partial  bool // rewards between 0 and 1 as well
	hopeless bool // no reward at all
}

// dice draws a number below n, all about as likely: rapid's own numbers are
// mostly small, which makes for graphs of three states.
func dice(t *rapid.T, n int) int {
	return rapid.Custom(func(t *rapid.T) int {
		x := 0
		for range 8 {
			x *= 2
			if rapid.Bool().Draw(t, "") {
				x++
			}
		}
		return x % n
	}).Draw(t, "dice")
}

// drawGraph draws a graph in which values, priors and rewards carry no
// information, so that a search can rely on proofs alone.
func drawGraph(t *rapid.T, sh shape) *graph {
	n := 2 + dice(t, sh.size-1)
	g := &graph{moves: sh.two, vertices: make([]vertex, n)}
	for i := range g.vertices {
		v := &g.vertices[i]
		v.value = float64(dice(t, 9)) / 8
		if sh.two {
			v.player = dice(t, 2)
		}
		v.over = i == n-1 || i > 2 && dice(t, 10) == 0
		if v.over {
			v.reward = drawReward(t, sh)
			continue
		}
		steps := 2 + dice(t, 3)
		if dice(t, 20) == 0 {
			steps = 0 // a dead end
		}
		for range steps {
			to := dice(t, n)
			if !sh.circles {
				to = i + 1 + dice(t, min(n-1-i, 7)) // near, so that ways are long
			}
			v.to = append(v.to, to)
			v.prior = append(v.prior, float64(dice(t, 9)))
		}
	}
	return g
}

func drawReward(t *rapid.T, sh shape) float64 {
	switch {
	case sh.hopeless:
		return 0
	case sh.partial:
		return float64(dice(t, 5)) / 4
	case sh.two:
		return float64(dice(t, 2))
	}
	// Rare, or most puzzles are solved by the second step.
	return float64(dice(t, 8) / 7)
}
