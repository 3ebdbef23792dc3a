package mcts

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// Complete takes the result of a job: it adds the children, settles what is
// proven, backs the value up and takes the visits in flight away. A result
// that breaks the rules (a value outside [0,1], a prior that is no number) is
// an error: the job is abandoned with it and nothing else changes.
func (s *Search) Complete(job Job, x Expansion) error {
	if err := s.check(job, x); err != nil {
		s.Abandon(job, err, x.Usage)
		return err
	}
	if err := s.land(job); err != nil {
		return err
	}
	defer s.conclude()
	s.free = 0
	if job.Kind == Expand || x.Expanded {
		if err := s.grow(job, x); err != nil {
			return err
		}
	}
	if job.Kind == Evaluate {
		usage := x.Usage
		if x.Expanded {
			usage = env.Usage{} // counted with the children
		}
		s.tree.Evaluate(job.Node, x.Value.Mean)
		s.backup(job.Node, job.edges, x.Value, usage)
	}
	return nil
}

func (s *Search) check(job Job, x Expansion) error {
	if job.Kind == Evaluate {
		if err := x.Value.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrValue, err)
		}
		if x.Value.Unknown {
			return fmt.Errorf("no critic knows a value for state %q", job.State)
		}
	}
	for _, c := range x.Children {
		if !isMass(c.Prior) {
			return fmt.Errorf("prior %v of %q is not a finite number ≥ 0", c.Prior, c.Action)
		}
		if err := vet(c.State); err != nil {
			return err
		}
	}
	return nil
}

// grow gives a node its children, or more of them. Equal children merge and add
// their priors.
func (s *Search) grow(job Job, x Expansion) error {
	g := event.Grown{
		Node: int32(job.Node), Path: numbers(job.edges), Closed: x.Closed, Illegal: x.Illegal, Usage: x.Usage, Edges: []event.Edge{},
	}
	var children []nodes.ID
	var added []Child
	place := map[nodes.ID]int{}
	old := map[nodes.ID]nodes.Edge{}
	for e := range s.tree.Edges(job.Node) {
		old[s.tree.Child(e)] = e
	}
	high := 1.0
	for _, c := range x.Children {
		high = max(high, c.Prior)
	}
	for _, c := range x.Children {
		id, fresh := s.intern(c.State)
		c.Prior /= high // at most 1: a sum does not overflow
		if e, seen := old[id]; seen {
			s.mass[e] += c.Prior
			g.Merged++
			continue
		}
		if i, seen := place[id]; seen {
			added[i].Prior += c.Prior
			g.Merged++
			continue
		}
		place[id] = len(children)
		children, added = append(children, id), append(added, c)
		if fresh {
			g.New = append(g.New, s.describe(id))
		}
	}
	edges, touched, err := s.branch(job.Node, job.edges, children, added, x.Closed)
	if err != nil {
		return err
	}
	for i, e := range edges {
		g.Edges = append(g.Edges, event.Edge{
			ID: int32(e), Child: int32(children[i]), Action: added[i].Action, Prior: s.tree.P(e), Mass: s.mass[e],
		})
	}
	g.Stats = s.stats(append(touched, job.Node), nil)
	if len(old) > 0 {
		g.Stats.Edges = s.priors(slices.Sorted(maps.Values(old)))
	}
	s.count(&g)
	s.emit(event.Event{Grown: &g})
	return nil
}

// branch gives a node, to which a path led, edges to different children. It
// returns the nodes whose numbers changed.
func (s *Search) branch(n nodes.ID, path []nodes.Edge, children []nodes.ID, added []Child, closed bool) (edges []nodes.Edge, touched []nodes.ID, err error) {
	edges, err = s.tree.Expand(n, children, make([]float64, len(children)), closed)
	if err != nil {
		return nil, nil, fmt.Errorf("expanding state %q: %w", s.states[n], err)
	}
	for i, e := range edges {
		s.name(e, added[i])
	}
	s.ask(n, len(edges))
	s.share(n)
	touched = s.tree.Prove(n)
	if len(touched) > 0 || s.tree.Fade != 0 {
		// A proof changes the node's mean, and so those of the path above it.
		touched = s.refresh(touched, path)
	}
	return edges, touched, nil
}

// count adds up what a view of the events would.
func (s *Search) count(g *event.Grown) {
	s.totals.Illegal += g.Illegal
	s.totals.Merged += g.Merged
	s.totals.Usage = s.totals.Usage.Plus(g.Usage.Counts())
}

// name notes what an edge stands for. Edges may leave gaps in their numbers.
func (s *Search) name(e nodes.Edge, c Child) {
	for len(s.action) <= int(e) {
		s.action, s.mass = append(s.action, ""), append(s.mass, 0)
	}
	s.action[e], s.mass[e] = c.Action, c.Prior
}

// ask counts one request for children.
func (s *Search) ask(n nodes.ID, brought int) {
	a := s.asked[n]
	a.times++
	if a.fruitless++; brought > 0 {
		a.fruitless = 0
	}
	s.asked[n] = a
}

// share makes the priors of a node sum to 1.
func (s *Search) share(n nodes.ID) {
	var priors []float64
	for e := range s.tree.Edges(n) {
		priors = append(priors, s.mass[e])
	}
	normal(priors)
	if n == s.root {
		s.opt.Noise.stir(priors, s.opt.Seed)
	}
	for i, p := range priors {
		s.tree.SetP(s.tree.At(n, i), p)
	}
}

// priors tells the new priors of old edges.
func (s *Search) priors(edges []nodes.Edge) []event.EdgeStats {
	if s.opt.Emit == nil {
		return nil
	}
	var out []event.EdgeStats
	for _, e := range edges {
		out = append(out, event.EdgeStats{ID: int32(e), N: int32(s.tree.EdgeN(e)), P: s.tree.P(e), Mass: s.mass[e]})
	}
	return out
}

// normal makes priors sum to 1: all the same if none has any mass.
func normal(priors []float64) []float64 {
	total := 0.0
	for _, p := range priors {
		total += p
	}
	for i := range priors {
		if total > 0 {
			priors[i] /= total
		} else {
			priors[i] = 1 / float64(len(priors))
		}
	}
	return priors
}

// backup counts one simulation along the path.
func (s *Search) backup(leaf nodes.ID, path []nodes.Edge, v env.Value, usage env.Usage) {
	touched := s.simulate(leaf, path, usage)
	s.emit(event.Event{Visited: &event.Visited{
		Path: append([]int32{}, numbers(path)...), Leaf: int32(leaf), Value: v, Usage: usage, Stats: s.stats(touched, path),
	}})
}

// simulate counts one simulation in the tree. It returns the nodes whose
// numbers changed.
func (s *Search) simulate(leaf nodes.ID, path []nodes.Edge, usage env.Usage) []nodes.ID {
	s.simulations++
	s.totals.Usage = s.totals.Usage.Plus(usage.Counts())
	return append(s.visit(leaf, path), leaf)
}

func (s *Search) stats(touched []nodes.ID, path []nodes.Edge) event.Stats {
	if s.opt.Emit == nil {
		return event.Stats{}
	}
	var out event.Stats
	seen := map[nodes.ID]bool{}
	for _, n := range touched {
		if seen[n] {
			continue
		}
		seen[n] = true
		out.Nodes = append(out.Nodes, s.nodeStats(n))
	}
	for _, e := range path {
		out.Edges = append(out.Edges, event.EdgeStats{ID: int32(e), N: int32(s.tree.EdgeN(e))})
	}
	return out
}

func (s *Search) nodeStats(n nodes.ID) event.NodeStats {
	low, high := s.tree.Bounds(n)
	return event.NodeStats{ID: int32(n), N: int32(s.tree.N(n)), Q: s.tree.Q(n), Lo: low, Hi: high}
}
