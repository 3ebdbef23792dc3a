package mcts

import (
	"strconv"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// mystery is a graph that leaves two things open: what it is worth to go on for
// ever, and whether a hidden state has steps that nobody has seen yet.
type mystery struct {
	*graph
	hidden []bool // by state
}

// span returns the lowest and the highest value that each state can have,
// whatever the answers are, for the player to move there. In between lie all
// conventions for circles: a draw, a loss for the one, a loss for the other.
func (m mystery) span() (low, high []float64) {
	low, high = m.worth(0), m.worth(1)
	for i, v := range m.vertices {
		if v.player == 1 {
			low[i], high[i] = 1-high[i], 1-low[i]
		}
	}
	return low, high
}

// worth is the value of each state for player 0 by value iteration, in the world
// that favours the given player: to go on for ever is a win for player 0 or a
// loss, and unseen steps win for the player to move, but only if that is the one.
// As many rounds as there are states settle it: a win that can be forced at all
// can be forced in so many moves.
func (m mystery) worth(forPlayer0 float64) []float64 {
	favoured := 1 - int(forPlayer0)
	now := make([]float64, len(m.vertices))
	for i := range now {
		now[i] = forPlayer0
	}
	next := make([]float64, len(now))
	for range m.vertices {
		for i, v := range m.vertices {
			sign := 1 - 2*float64(v.player) // the player to move wants sign·value high
			best := float64(v.player)       // lost
			if v.over {
				best += sign * v.reward
			}
			if !v.over && m.hidden[i] && v.player == favoured {
				best = 1 - best
			}
			for _, to := range v.to {
				if sign*now[to] > sign*best {
					best = now[to]
				}
			}
			next[i] = best
		}
		now, next = next, now
	}
	return now
}

// scatter drives a search of a mystery with several jobs in flight, which come
// back in any order and may fail.
type scatter struct {
	*Search
	m       mystery
	random  *env.Rand
	size    int // jobs in flight at most
	flaky   bool
	byParts bool // hidden states tell their steps one by one
	jobs    []Job
	failed  int
}

func (c *scatter) run(t testingT) {
	t.Helper()
	for {
		if len(c.jobs) == c.size || len(c.jobs) > 0 && c.random.N(2) == 0 {
			c.back(t)
			continue
		}
		job, status := c.Next()
		switch {
		case status == Work:
			c.jobs = append(c.jobs, job)
		case len(c.jobs) > 0:
			c.back(t)
		case status == Done:
			return
		default:
			t.Fatalf("Wait with nothing in flight")
		}
	}
}

// back ends a random job in a random way.
func (c *scatter) back(t testingT) {
	t.Helper()
	i := c.random.N(len(c.jobs))
	job := c.jobs[i]
	c.jobs = append(c.jobs[:i], c.jobs[i+1:]...)
	luck := c.random.N(16)
	if luck > 0 && !c.flaky {
		luck = 16
	}
	switch luck {
	case 0:
		c.Abandon(job, nil, env.Usage{})
	case 1:
		c.failed++
		c.Abandon(job, errFlaky, env.Usage{})
	case 2:
		c.failed++
		if c.Complete(job, Expansion{Value: env.Value{Mean: 2}, Children: []Child{{Prior: -1}}}) == nil {
			t.Fatalf("a value of 2 and a prior of -1 were accepted")
		}
	case 3:
		c.failed++
		c.Unpaid(job, env.Usage{})
	default:
		if err := c.Complete(job, c.result(job)); err != nil {
			t.Fatalf("completing %s: %v", job.State, err)
		}
	}
}

func (c *scatter) result(job Job) Expansion {
	at := placeOf(job.State)
	v := c.m.vertices[at]
	x := Expansion{Value: env.Value{Mean: v.value}, Expanded: job.Kind == Expand || c.random.N(4) == 0}
	if !x.Expanded {
		return x
	}
	x.Closed = !c.m.hidden[at]
	for i, to := range v.to {
		if c.byParts && c.m.hidden[at] && i != job.Asked {
			continue
		}
		x.Children = append(x.Children, Child{Action: strconv.Itoa(i), Prior: v.prior[i], State: c.m.state(to)})
	}
	return x
}

// fits returns the first node whose bounds leave out a value that its state can
// have.
func (m mystery) fits(tree *nodes.Tree, at func(nodes.ID) int) (n nodes.ID, ok bool) {
	low, high := m.span()
	count, _ := tree.Len()
	for n := range nodes.ID(count) {
		if l, h := tree.Bounds(n); l > low[at(n)] || h < high[at(n)] {
			return n, false
		}
	}
	return nodes.None, true
}

// Ten thousand games and puzzles, with one or two players, draws, transpositions,
// circles, dead ends and states that may have more steps than are known: nothing
// is ever proven that need not be so, and a search that was spared failures ends
// with all there is to know.
func TestThousandsOfGraphs(t *testing.T) {
	ends, statuses := map[string]int{}, map[string]int{}
	for seed := range uint64(10_000) {
		random := env.Rand(seed)
		sh := shape{size: 2 + random.N(11), circles: random.N(2) == 0, two: random.N(2) == 0, partial: random.N(2) == 0}
		m := mystery{graph: deal(&random, sh)}
		for range m.vertices {
			m.hidden = append(m.hidden, seed%4 == 0 && random.N(3) == 0)
		}
		opt := Options{Rule: dealRule(&random), Simulations: plenty, Seed: seed, Mix: float64(random.N(2)) / 2}
		opt.Discount = []float64{0, 0, 0.9}[random.N(3)]
		c := &scatter{m: m, random: &random, size: 1 + random.N(6), flaky: random.N(4) == 0, byParts: seed%8 == 0}
		if c.byParts {
			opt.Widen = Widening{C: float64(random.N(3))}
		}
		var err error
		if c.Search, err = New(m.state(0), event.Started{}, opt); err != nil {
			t.Fatal(err)
		}
		c.run(t)
		if err := c.tree.Check(true); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		c.want(t, seed)
		ends[c.Reason()]++
		statuses[c.Outcome()]++
		if c.tree.Count(c.root) > 0 && random.N(3) == 0 {
			if err := c.Advance(c.tree.At(c.root, random.N(c.tree.Count(c.root)))); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			c.run(t)
			c.want(t, seed)
		}
	}
	t.Log(ends, statuses)
	for _, reason := range []string{Proven, Exhausted, Calls} {
		if ends[reason] < 100 {
			t.Errorf("%d searches ended by %q: the graphs don't vary enough", ends[reason], reason)
		}
	}
}

// want fails if a search that has ended knows less or more than it may.
func (c *scatter) want(t *testing.T, seed uint64) {
	t.Helper()
	if n, ok := c.m.fits(&c.tree, func(n nodes.ID) int { return placeOf(c.states[n]) }); !ok {
		low, high := c.tree.Bounds(n)
		l, h := c.m.span()
		at := placeOf(c.states[n])
		t.Fatalf("seed %d: %s is worth between %g and %g, but [%g, %g] is proven", seed, c.states[n], l[at], h[at], low, high)
	}
	if c.failed > 0 || c.byParts || c.Reason() == Simulations {
		return
	}
	at := placeOf(c.states[c.root])
	l, h := c.m.span()
	if low, high := c.tree.Bounds(c.root); low != l[at] || high != h[at] {
		t.Fatalf("seed %d: the search ended by %q with [%g, %g], want [%g, %g]", seed, c.Reason(), low, high, l[at], h[at])
	}
}

func dealRule(random *env.Rand) Rule {
	rules := []Rule{
		PUCT{}, PUCT{Init: 4, FPU: 1}, PUCT{Spread: true}, UCT{}, UCT{C: 0.1},
		Gumbel{}, Gumbel{Budget: 20, Seed: 1}, Thompson{},
	}
	return rules[random.N(len(rules))]
}

// The same for positions: by one worker and by two, in a tree of moves and in a
// graph.
func TestThousandsOfPositions(t *testing.T) {
	ends := map[string]int{}
	for seed := range uint64(3_000) {
		random := env.Rand(seed)
		sh := shape{size: 2 + random.N(11), circles: random.N(2) == 0, two: random.N(2) == 0, partial: random.N(2) == 0}
		m := mystery{graph: deal(&random, sh)}
		m.hidden = make([]bool, len(m.vertices))
		opt := PositionOptions{
			Rule: dealRule(&random), Puzzle: !sh.two, Simulations: 200, Transpositions: seed%4 != 1, Seed: seed,
			Judge:    func(uint64) Judge { return func(p env.Position) float64 { return m.vertices[p.(*ground).at()].value } },
			Discount: []float64{0, 0, 0.9}[random.N(3)], Mix: float64(random.N(2)) / 2,
		}
		s, err := NewPosition(&ground{m.graph, []int{0}}, opt)
		if err != nil {
			t.Fatal(err)
		}
		workers := 1
		if seed%100 == 1 {
			workers = 2 // a tree that is ready for several takes 16 MB from the start
		}
		reason, err := s.RunParallel(workers)
		if err == nil {
			err = s.Tree().Check(true)
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		at := m.places(s)
		if n, ok := m.fits(s.Tree(), func(n nodes.ID) int { return at[n] }); !ok {
			low, high := s.Tree().Bounds(n)
			t.Fatalf("seed %d: of state %d [%g, %g] is proven", seed, at[n], low, high)
		}
		ends[reason]++
		l, h := m.span()
		if low, high := s.Tree().Bounds(s.Root()); reason != Simulations && (low != l[0] || high != h[0]) {
			t.Fatalf("seed %d: the search ended by %q with [%g, %g], want [%g, %g]", seed, reason, low, high, l[0], h[0])
		}
	}
	t.Log(ends)
}

// places tells which state each node of a search stands for.
func (m mystery) places(s *PositionSearch) map[nodes.ID]int {
	at := map[nodes.ID]int{s.Root(): 0}
	for work := []nodes.ID{s.Root()}; len(work) > 0; work = work[1:] {
		for e := range s.Tree().Edges(work[0]) {
			c := s.Tree().Child(e)
			if _, seen := at[c]; c != nodes.None && !seen {
				at[c] = m.vertices[at[work[0]]].to[s.Tree().Move(e)]
				work = append(work, c)
			}
		}
	}
	return at
}
