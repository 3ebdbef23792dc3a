package view

import "slices"

// PruneOptions say what Prune leaves out; 0 leaves out nothing.
type PruneOptions struct {
	Top       int // edges kept under a node: those with most visits, then the higher prior, then the earlier
	Depth     int // levels of edges kept below the root
	MinVisits int // edges with fewer visits go
}

// Pruned says what a tree was before parts of it were left out.
type Pruned struct {
	PruneOptions     // the limits
	Nodes, Edges int // of the whole tree
}

// Prune returns the part of a tree that lies below its root within the limits,
// or t itself if that is all of it. The root and the principal variation are
// always part of it. Each node says how many of its edges were left out; the
// totals and the end stay those of the whole search, and no event can follow.
// Which edges count as Again is told anew, for the part: an edge is one if its
// node lies at the end of another one as near to the root.
func (t *Tree) Prune(o PruneOptions) *Tree {
	o.Top, o.Depth, o.MinVisits = max(o.Top, 0), max(o.Depth, 0), max(o.MinVisits, 0)
	if o == (PruneOptions{}) || len(t.Nodes) == 0 {
		return t
	}
	kept, levels := t.choose(o)
	part := t.part(kept, levels)
	if len(part.Nodes) == len(t.Nodes) && len(part.Edges) == len(t.Edges) {
		return t
	}
	part.Pruned = &Pruned{o, len(t.Nodes), len(t.Edges)}
	if p := t.Pruned; p != nil {
		part.Pruned = &Pruned{p.and(o), p.Nodes, p.Edges}
	}
	return part
}

// and is what both limits leave.
func (p PruneOptions) and(o PruneOptions) PruneOptions {
	stricter := func(a, b int) int {
		if a == 0 || b == 0 {
			return max(a, b)
		}
		return min(a, b)
	}
	return PruneOptions{stricter(p.Top, o.Top), stricter(p.Depth, o.Depth), max(p.MinVisits, o.MinVisits)}
}

// choose finds the edges to keep, by position, and the nodes they reach in the
// order of their distance from the root.
func (t *Tree) choose(o PruneOptions) (kept []bool, levels []int) {
	best := make([]bool, len(t.Edges))
	for _, e := range t.Line() {
		best[e] = true
	}
	kept = make([]bool, len(t.Edges))
	depth := make([]int, len(t.Nodes)) // 1 is the root's; 0 is not reached
	depth[t.Root] = 1
	levels = []int{t.Root}
	for i := 0; i < len(levels); i++ {
		node := levels[i]
		for rank, e := range t.ranked(node) {
			fits := (o.Depth == 0 || depth[node] <= o.Depth) && (o.Top == 0 || rank < o.Top) && int(t.Edges[e].N) >= o.MinVisits
			if !fits && !best[e] {
				continue
			}
			kept[e] = true
			if to := t.Edges[e].To; depth[to] == 0 {
				depth[to] = depth[node] + 1
				levels = append(levels, to)
			}
		}
	}
	return kept, levels
}

// ranked are the edges of a node, the most visited first.
func (t *Tree) ranked(node int) []int {
	edges := slices.Clone(t.Nodes[node].Out)
	slices.SortStableFunc(edges, func(i, j int) int {
		switch a, b := &t.Edges[i], &t.Edges[j]; {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
	return edges
}

// part is the tree of the edges that were kept.
func (t *Tree) part(kept []bool, levels []int) *Tree {
	p := &Tree{
		Start: t.Start, End: t.End, Totals: t.Totals, seq: t.seq,
		nodeAt: make(map[int32]int, len(levels)), edgeAt: map[int32]int{},
	}
	at := make([]int, len(t.Nodes)) // new positions
	for _, i := range slices.Sorted(slices.Values(levels)) {
		n := t.Nodes[i]
		at[i] = len(p.Nodes)
		p.nodeAt[n.ID] = at[i]
		n.Out = nil
		p.Nodes = append(p.Nodes, n)
	}
	p.Root = at[t.Root]
	for i, e := range t.Edges {
		if !kept[i] {
			continue
		}
		e.From, e.To, e.Again = at[e.From], at[e.To], true
		p.edgeAt[e.ID] = len(p.Edges)
		p.Nodes[e.From].Out = append(p.Nodes[e.From].Out, len(p.Edges))
		p.Edges = append(p.Edges, e)
	}
	reached := make([]bool, len(p.Nodes))
	reached[p.Root] = true
	for _, i := range levels {
		n := &p.Nodes[at[i]]
		n.More += len(t.Nodes[i].Out) - len(n.Out)
		for _, e := range n.Out {
			if to := p.Edges[e].To; !reached[to] {
				reached[to], p.Edges[e].Again = true, false
			}
		}
	}
	first := p.Nodes[0]
	p.Start.Root.ID, p.Start.Root.State, p.Start.Root.Player = first.ID, first.State, first.Player
	p.Start.Root.Terminal, p.Start.Root.Reward = first.Terminal, first.Reward
	return p
}
