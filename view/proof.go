package view

// Ending is what is proven of a search's root.
type Ending struct {
	// Value is the true value in [0,1] for the player to move: 1 won or solved, 0
	// lost or unsolvable, 0.5 a draw.
	Value float64 `json:"value"`
	// Moves is how many moves, of both players, it takes at most where that is known: if
	// who wins takes the shortest proven way, and the other one the longest. Else it is 0.
	Moves int `json:"moves"`
}

// Ending returns what is proven of the root, or nil if its true value is not known.
func (t *Tree) Ending() *Ending {
	if len(t.Nodes) == 0 || !t.Nodes[t.Root].Proven() {
		return nil
	}
	e := &Ending{Value: t.Nodes[t.Root].Lo}
	if e.Value == 0 || e.Value == 1 {
		e.Moves = t.ends().of(t.Root) % noEnd
	}
	return e
}

// Proof returns the part of a tree that proves the value of its root: below a node that
// is won for who moves there one step, below any other all of them. It is the root
// alone where that is not proven.
func (t *Tree) Proof() *Tree {
	if len(t.Nodes) == 0 {
		return t
	}
	d := t.ends()
	kept := make([]bool, len(t.Edges))
	reached := make([]bool, len(t.Nodes))
	reached[t.Root] = true
	levels := []int{t.Root}
	for i := 0; i < len(levels); i++ {
		for _, e := range d.proving(levels[i]) {
			kept[e] = true
			if to := t.Edges[e].To; !reached[to] {
				reached[to] = true
				levels = append(levels, to)
			}
		}
	}
	return t.part(kept, levels)
}

// noEnd is the distance where no end is in the tree.
const noEnd = 1 << 30

// ends are the numbers of moves from proven nodes to the end, as far as they are known.
type ends struct {
	t     *Tree
	known map[int]int
}

func (t *Tree) ends() *ends { return &ends{t, map[int]int{}} }

// worth is the proven value of an edge's end for the player at its beginning.
func (d *ends) worth(e int) (value float64, proven bool) {
	from, to := &d.t.Nodes[d.t.Edges[e].From], &d.t.Nodes[d.t.Edges[e].To]
	if !to.Proven() {
		return 0, false
	}
	if from.Player != to.Player {
		return 1 - to.Lo, true
	}
	return to.Lo, true
}

// of is the distance of a node.
func (d *ends) of(node int) int {
	if m, ok := d.known[node]; ok {
		return m
	}
	n := &d.t.Nodes[node]
	if n.Terminal {
		return 0
	}
	d.known[node] = noEnd // a way that leads back here is none
	if !n.Proven() || len(n.Out) == 0 || n.Lo < 1 && n.More > 0 {
		return noEnd
	}
	best := -1
	for _, e := range n.Out {
		v, proven := d.worth(e)
		if n.Lo == 1 && (!proven || v < 1) {
			continue
		}
		m := noEnd
		if proven {
			m = min(1+d.of(d.t.Edges[e].To), noEnd)
		}
		if best < 0 || n.Lo == 1 && m < best || n.Lo < 1 && m > best {
			best = m
		}
	}
	if best < 0 {
		best = noEnd
	}
	d.known[node] = best
	return best
}

// proving are the edges of a node that its proof needs.
func (d *ends) proving(node int) []int {
	n := &d.t.Nodes[node]
	if !n.Proven() {
		return nil
	}
	if n.Lo < 1 {
		return n.Out
	}
	best, least := -1, noEnd+1
	for _, e := range n.Out {
		if v, proven := d.worth(e); proven && v == 1 {
			if m := 1 + d.of(d.t.Edges[e].To); m < least {
				best, least = e, m
			}
		}
	}
	if best < 0 {
		return nil
	}
	return []int{best}
}

// Play returns the edges of best play from the root, as far as it is proven: who wins
// takes the shortest proven way, who loses the longest.
func (t *Tree) Play() []int {
	var out []int
	if len(t.Nodes) == 0 {
		return nil
	}
	d := t.ends()
	seen := map[int]bool{}
	for node := t.Root; t.Nodes[node].Proven() && !seen[node]; {
		seen[node] = true
		best, score := -1, 0.0
		for _, e := range t.Nodes[node].Out {
			v, proven := d.worth(e)
			if !proven || v != t.Nodes[node].Lo {
				continue
			}
			m := float64(d.of(t.Edges[e].To))
			if v == 1 {
				m = -m
			}
			if best < 0 || m > score {
				best, score = e, m
			}
		}
		if best < 0 {
			break
		}
		out = append(out, best)
		node = t.Edges[best].To
	}
	return out
}
