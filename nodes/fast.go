package nodes

// Step is a node that a walk passed and the edge it followed from there.
type Step struct {
	Node ID
	Edge Edge
}

// Look returns what a walk through a tree proper needs at a node, all in one:
// the records of its edges, the number of the first one, the finished visits of
// all of them together and the node's own value. It is for nodes that were made
// by Branch.
func (t *Tree) Look(n ID) (edges []EdgeData, first Edge, visits int, own float64) {
	r := t.node(n)
	if r.count == 0 {
		return nil, NoEdge, 0, float(r.own)
	}
	at := r.first % chunkSize
	return t.edges.chunks[r.first>>chunkBits][at : at+uint32(r.count)], Edge(r.first), int(r.visits) - 1, float(r.own)
}

// ChildOf returns the node an edge leads to, or None.
func (t *Tree) ChildOf(d *EdgeData) ID { return t.child(d) }

// Below is Look for the child of an edge that leads to a node with edges, and
// says which node it is.
func (t *Tree) Below(d *EdgeData) (edges []EdgeData, first Edge, n ID, visits int, own float64) {
	e := d.child &^ byEdge
	chunk := t.edges.chunks[e>>chunkBits]
	n = *t.from.at(e)
	r := t.node(n)
	at := e % chunkSize
	return chunk[at : at+uint32(r.count)], Edge(e), n, int(r.visits) - 1, float(r.own)
}

// Visited returns all ones if the edge has finished visits, else 0, and Live all
// ones unless it is settled: masks, for rules that do without branches.
func (d *EdgeData) Visited() uint64 { return uint64(-int64(d.N) >> 63) }

// Live returns all ones unless the edge is settled.
func (d *EdgeData) Live() uint64 { return uint64(int64(d.move>>15) - 1) }

// VisitedQ returns Q, or 0 if N is 0.
func (d *EdgeData) VisitedQ() float64 { return float(d.q & uint32(d.Visited())) }

// Climb is what a simulation carries up a path: the mean of the node or leaf
// below, and the value of the simulation itself, both for one player.
type Climb struct {
	q      uint32
	x      float32
	player uint8
}

// Ascent begins to count a finished simulation along a path through a tree
// proper. The value is that of the last edge's child, for the player at the node
// the edge starts from; a child with a node of its own counts with its mean.
func (t *Tree) Ascent(path []Step, value float64) Climb {
	c := Climb{q: fix(value)}
	if len(path) > 0 {
		last := path[len(path)-1]
		c.player = t.node(last.Node).player
		if child := t.Child(last.Edge); child != None {
			c.q, c.player = t.node(child).q, t.node(child).player
		}
	}
	c.x = float32(float(c.q))
	return c
}

// Backup goes on with an ascent along the next part of the path, from its last
// step to its first, and brings all means on it up to date. It takes back one
// Launch of each edge.
func (t *Tree) Backup(part []Step, c Climb) Climb {
	for i := len(part) - 1; i >= 0; i-- {
		d, r := t.data(part[i].Edge), t.node(part[i].Node)
		q := c.q
		if t.Fade != 0 && d.HasChild() {
			q = t.fade(q)
		}
		if r.player != c.player {
			q, c.x, c.player = One-q, 1-c.x, r.player
		}
		r.sum += uint64(d.N+1)*uint64(q) - uint64(d.N)*uint64(d.q)
		d.q = q
		d.N++
		d.O--
		r.visits++
		r.square += (c.x*c.x - r.square) / float32(r.visits)
		r.q = t.mean(part[i].Node, r)
		c.q = r.q
	}
	return c
}

// Settle is Bound for a node whose edge above will be told of it by Deliver.
func (t *Tree) Settle(n ID) (changed bool) { return t.bound(n, t.node(n)) }

// Value is that of the simulation, for the player it has come to.
func (c Climb) Value() float64 { return float64(c.x) }

// Board counts so many simulations through an edge as in flight.
func (t *Tree) Board(e Edge, runs int) { t.data(e).O += uint16(runs) }

// Deliver counts simulations that were made below a path through a tree proper,
// done of them, and what was proven there. It takes back as many launches of each
// edge as there were runs. sum is that of the values for the player at the last
// edge's child, square that of their squares.
func (t *Tree) Deliver(path []Step, runs, done int, sum, square float64) {
	changed := true
	for i := len(path) - 1; i >= 0; i-- {
		d, r := t.data(path[i].Edge), t.node(path[i].Node)
		d.O -= uint16(runs)
		if !d.HasChild() {
			continue // nothing has come of it
		}
		c := t.node(t.child(d))
		if c.player != r.player {
			sum, square = float64(done)-sum, float64(done)-2*sum+square
		}
		q := t.seen(r, c)
		r.sum += uint64(d.N+uint32(done))*uint64(q) - uint64(d.N)*uint64(d.q)
		d.q = q
		d.N += uint32(done)
		r.visits += uint32(done)
		r.square += float32((square - float64(done)*float64(r.square)) / float64(max(1, r.visits)))
		changed = changed && t.bound(path[i].Node, r)
		r.q = t.mean(path[i].Node, r)
	}
}
