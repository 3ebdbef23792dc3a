package mcts

import (
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// Plan returns a solution of a solved search with conjunctions (Options.Joint):
// one with the fewest steps in the tree, where a goal that occurs twice counts
// twice. It is nil if the root is not solved.
func (s *Search) Plan() *env.Plan {
	if !s.won(s.root) {
		return nil
	}
	cost := s.costs()
	if cost[s.root] == math.MaxInt32 {
		return nil
	}
	root := &env.Plan{State: s.states[s.root]}
	type todo struct {
		node nodes.ID
		plan *env.Plan
	}
	work := []todo{{s.root, root}}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		for _, e := range s.chosen(at.node, cost) {
			c := s.tree.Child(e)
			next := &env.Plan{State: s.states[c]}
			at.plan.Steps = append(at.plan.Steps, env.PlanStep{Action: s.action[e], Plan: next})
			work = append(work, todo{c, next})
		}
	}
	return root
}

// costs are the steps of a shortest solution of each solved node that the root
// leads to. They only ever fall while there is something to improve, so the loop
// ends (Knuth 1977 does it in one pass, with a queue).
func (s *Search) costs() map[nodes.ID]int {
	order, cost := []nodes.ID{s.root}, map[nodes.ID]int{s.root: math.MaxInt32}
	for i := 0; i < len(order); i++ {
		for e := range s.tree.Edges(order[i]) {
			c := s.tree.Child(e)
			if _, seen := cost[c]; !seen && s.won(c) {
				cost[c] = math.MaxInt32
				order = append(order, c)
			}
		}
	}
	for again := true; again; {
		again = false
		for i := len(order) - 1; i >= 0; i-- {
			n := order[i]
			if sum := s.cost(n, cost); sum < cost[n] {
				cost[n], again = sum, true
			}
		}
	}
	return cost
}

// won reports whether a node is proven to be won by player 0.
func (s *Search) won(n nodes.ID) bool {
	low, high := s.tree.Bounds(n)
	if s.tree.Player(n) == 1 {
		return high == 0
	}
	return low == 1
}

func (s *Search) cost(n nodes.ID, cost map[nodes.ID]int) int {
	if s.tree.Terminal(n) {
		return 0
	}
	sum := 0
	for _, e := range s.chosen(n, cost) {
		c := cost[s.tree.Child(e)]
		if c == math.MaxInt32 {
			return math.MaxInt32
		}
		sum += c
	}
	if s.tree.Player(n) == 0 {
		sum++
	}
	return sum
}

// chosen are the edges that a plan follows: all of a conjunction, and else the
// cheapest one that is solved.
func (s *Search) chosen(n nodes.ID, cost map[nodes.ID]int) []nodes.Edge {
	var all []nodes.Edge
	best, least := nodes.NoEdge, math.MaxInt
	for e := range s.tree.Edges(n) {
		c, solved := cost[s.tree.Child(e)]
		all = append(all, e)
		if solved && c < least {
			best, least = e, c
		}
	}
	if s.tree.Player(n) == 1 {
		return all
	}
	if best == nodes.NoEdge {
		return nil
	}
	return []nodes.Edge{best}
}
