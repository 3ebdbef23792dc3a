package nodes

import "fmt"

// Kept is what Keep made of a tree.
type Kept struct {
	Tree *Tree
	// Nodes and Edges tell by their old numbers what numbers nodes and edges
	// have now, so that an owner can renumber what it keeps beside the tree:
	// None and NoEdge for what was dropped.
	Nodes []ID
	Edges []Edge

	old   *Tree
	order []ID // by new number: the old one
	data  []EdgeData
	added []Edge
}

// Keep makes a tree of what can be reached from a node, which becomes node 0.
// Nodes are numbered breadth first, so that what is walked first lies close
// together. Nothing else changes: visits, those in flight included, values,
// bounds, priors and moves stay what they are, and so do the order of a node's
// edges and that of the edges that lead to a node. There is one exception: where
// nothing but what was dropped made ways meet, means that waited for their next
// visit (see Sync) are brought up to date, for in a tree proper nothing would.
//
// With prune, nodes that are proven lose their edges, but for the root: no
// search goes there again, so that this is where memory is to be had. Their
// visits, mean and bounds stay; see Cut. Terminals and the edges that lead to
// them have nothing to lose. A search must not go on from a node that was cut,
// which says what it is worth but not why: who moves the root to one begins anew
// there.
//
// The old tree is as it was. While both are there they take memory for both, and
// 4 bytes for each old node and edge. The new tree belongs to one goroutine until
// Share is called for it.
//
// The error is ErrFull: a tree of nearly MaxEdges edges may waste too much of
// the ends of its chunks in the new order. A limit set by Share stays for edges
// that come later.
func (t *Tree) Keep(root ID, prune bool) (*Kept, error) {
	k := &Kept{
		Tree:  &Tree{Mix: t.Mix, Fade: t.Fade, Neutral: t.Neutral, Joint: t.Joint},
		Nodes: make([]ID, t.nodes.n), Edges: make([]Edge, t.edges.n), old: t,
	}
	for i := range k.Nodes {
		k.Nodes[i] = None
	}
	for i := range k.Edges {
		k.Edges[i] = NoEdge
	}
	k.number(root)
	for n := ID(0); int(n) < len(k.order); n++ {
		if err := k.copy(n, prune && n > 0); err != nil {
			return nil, fmt.Errorf("keeping what node %d leads to: %w", root, err)
		}
	}
	k.join()
	k.Tree.shortcuts()
	if t.shared() && !k.Tree.shared() {
		k.Tree.update()
	}
	k.Tree.limit = t.limit
	k.old, k.order, k.data, k.added = nil, nil, nil, nil
	return k, nil
}

// Cut reports whether Keep dropped a node's edges. Such a node is proven; it
// counts as expanded and closed, and its visits and its mean are those it had.
func (t *Tree) Cut(n ID) bool { return t.node(n).flags&cut != 0 }

// number returns the new number of an old node. A node that had none is next.
func (k *Kept) number(old ID) ID {
	if k.Nodes[old] == None {
		k.Nodes[old] = ID(len(k.order))
		k.order = append(k.order, old)
	}
	return k.Nodes[old]
}

// copy makes a new node and its edges.
func (k *Kept) copy(n ID, prune bool) error {
	t, old := k.Tree, k.order[n]
	i := t.nodes.room(1)
	t.nodes.grow(i, 1)
	r := t.nodes.at(i)
	*r = *k.old.node(old)
	r.parent, r.inbound, r.first, r.count = 0, 0, 0, 0
	r.flags &^= widened
	count := k.old.Count(old)
	if prune && count > 0 && r.low == r.high {
		r.flags |= cut | closed
		return nil
	}
	if err := t.fits(n, count); err != nil {
		return err
	}
	k.data = append(k.data[:0], k.old.Data(old, k.data)...)
	k.added = k.added[:0]
	for left := k.data; len(left) > 0; {
		s := t.extend(n, len(left))
		k.fill(s, left)
		left = left[s.count:]
	}
	at := 0
	for e := range k.old.Edges(old) {
		k.Edges[e] = k.added[at]
		at++
	}
	return nil
}

// fill gives new edges what old ones were, and new numbers to their children.
func (k *Kept) fill(s segment, data []EdgeData) {
	for i := range s.count {
		e := Edge(s.first) + Edge(i)
		k.added = append(k.added, e)
		d := k.Tree.data(e)
		*d = data[i]
		if c := k.old.child(d); c != None {
			d.child = uint32(k.number(c)) + 1
		}
	}
}

// join makes the lists of edges that lead to the new nodes.
func (k *Kept) join() {
	var edges []Edge
	for n, old := range k.order {
		r := k.old.node(old)
		edges = edges[:0]
		for i := r.inbound; i != 0; i = k.old.links.at(i - 1).next {
			edges = append(edges, k.Edges[k.old.links.at(i-1).edge])
		}
		if r.parent != 0 {
			edges = append(edges, k.Edges[r.parent-1])
		}
		// The list has the newest edge first: the oldest kept one is the parent.
		for i := len(edges) - 1; i >= 0; i-- {
			if edges[i] != NoEdge {
				k.Tree.lead(edges[i], ID(n))
			}
		}
	}
}

// update brings the means of a tree proper up to date whose nodes are numbered
// from above.
func (t *Tree) update() {
	for n := ID(t.nodes.n) - 1; n >= 0; n-- {
		t.pull(n)
		t.Average(n)
	}
}
