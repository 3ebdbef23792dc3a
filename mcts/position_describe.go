package mcts

import (
	"slices"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// Describe tells of the search as it is by events that a view can fold: the start,
// the sums, and the edges of the most visited nodes, until there are so many nodes (0
// means all of them). The nodes get numbers of their own, the root 0.
func (s *PositionSearch) Describe(info event.Started, most int, emit func(event.Event)) {
	s.tell(info, most, emit, func(n nodes.ID) []nodes.Edge { return slices.Collect(s.tree.Edges(n)) })
}

// DescribeProof is Describe for what proves the value of the root: at a node that is
// won for who moves there the step that wins soonest, at any other all of them. It is
// empty but for the root if that is not proven.
func (s *PositionSearch) DescribeProof(info event.Started, most int, emit func(event.Event)) {
	d := s.distances()
	s.tell(info, most, emit, func(n nodes.ID) []nodes.Edge {
		if !s.tree.Proven(n) {
			return nil
		}
		all := slices.Collect(s.tree.Edges(n))
		if low, _ := s.tree.Bounds(n); low < 1 {
			return all
		}
		all = slices.DeleteFunc(all, func(e nodes.Edge) bool { low, _ := s.tree.EdgeBounds(e); return low < 1 })
		if len(all) == 0 {
			return nil
		}
		return []nodes.Edge{slices.MinFunc(all, func(a, b nodes.Edge) int { return d.through(a) - d.through(b) })}
	})
}

// toldNode is a node that was told of, and the way to it.
type toldNode struct {
	at    nodes.ID // None for a leaf without one
	id    int32
	moves []env.Move
	n     int
}

// toldQueue is a heap: the most visited node first, of equals the one told of first.
type toldQueue []toldNode

func (q toldQueue) before(i, j int) bool {
	return q[i].n > q[j].n || q[i].n == q[j].n && q[i].id < q[j].id
}

func (q *toldQueue) push(n toldNode) {
	*q = append(*q, n)
	h := *q
	for i := len(h) - 1; i > 0 && h.before(i, (i-1)/2); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

func (q *toldQueue) pop() toldNode {
	h := *q
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	*q = h
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if h.before(c, least) {
				least = c
			}
		}
		if least == i {
			return first
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

func (s *PositionSearch) tell(info event.Started, most int, emit func(event.Event), edgesOf func(nodes.ID) []nodes.Edge) {
	seq, edges := 0, int32(0)
	say := func(e event.Event) {
		seq++
		e.Seq = seq
		emit(e)
	}
	pos := s.pos.Clone()
	info.Version, info.Root = event.Version, describePosition(pos, 0)
	say(event.Event{Started: &info})
	say(event.Event{Earlier: &event.Earlier{Simulations: s.simulations}})
	met := map[nodes.ID]int32{s.root: 0}
	count := int32(1)
	queue := toldQueue{{at: s.root, n: s.tree.N(s.root)}}
	for len(queue) > 0 && (most == 0 || int(count) < most) {
		node := queue.pop()
		for _, m := range node.moves {
			pos.Play(m)
		}
		g := event.Grown{Node: node.id, Closed: s.tree.Closed(node.at), Edges: []event.Edge{}}
		for _, e := range edgesOf(node.at) {
			m := env.Move(s.tree.Move(e))
			x := event.Edge{ID: edges, Action: pos.MoveText(m), Prior: s.tree.P(e), Mass: s.tree.P(e)}
			child := s.tree.Child(e)
			id, seen := met[child]
			if child == nodes.None || !seen {
				id = count
				count++
				pos.Play(m)
				g.New = append(g.New, describePosition(pos, id))
				player := pos.ToMove()
				pos.Undo()
				g.Stats.Nodes = append(g.Stats.Nodes, s.edgeStats(e, id, player))
				if child != nodes.None {
					met[child] = id
					way := append(slices.Clone(node.moves), m)
					queue.push(toldNode{child, id, way, s.tree.N(child)})
				}
			}
			x.Child = id
			g.Edges = append(g.Edges, x)
			g.Stats.Edges = append(g.Stats.Edges, event.EdgeStats{ID: x.ID, N: int32(s.tree.EdgeN(e))})
			edges++
		}
		if node.at == s.root {
			low, high := s.tree.Bounds(s.root)
			g.Stats.Nodes = append(g.Stats.Nodes, event.NodeStats{N: int32(s.tree.N(s.root)), Q: s.tree.Q(s.root), Lo: low, Hi: high})
		}
		for range node.moves {
			pos.Undo()
		}
		say(event.Event{Grown: &g})
	}
}

// edgeStats are the numbers of the node that an edge leads to.
func (s *PositionSearch) edgeStats(e nodes.Edge, id int32, player int) event.NodeStats {
	if c := s.tree.Child(e); c != nodes.None {
		low, high := s.tree.Bounds(c)
		return event.NodeStats{ID: id, N: int32(s.tree.N(c)), Q: s.tree.Q(c), Lo: low, Hi: high}
	}
	low, high := s.tree.EdgeBounds(e)
	q := s.tree.EdgeQ(e)
	if player != s.tree.Player(s.tree.From(e)) {
		low, high, q = 1-high, 1-low, 1-q
	}
	return event.NodeStats{ID: id, N: int32(s.tree.EdgeN(e)), Q: q, Lo: low, Hi: high}
}

func describePosition(p env.Position, id int32) event.Node {
	n := event.Node{ID: id, State: p.String(), Player: p.ToMove()}
	if v, over := p.Result(); over {
		n.Terminal, n.Reward = true, float64(v)
	}
	return n
}

// Distance returns the number of moves to the end from the root, if its value is
// proven to be that of a win or a loss: where who wins takes the shortest proven way
// and who loses the longest one. It is a bound for the winner: a shorter way may not
// be in the tree.
func (s *PositionSearch) Distance() (moves int, proven bool) {
	return s.EndOf(s.root)
}

// EndOf is Distance from a node.
func (s *PositionSearch) EndOf(n nodes.ID) (moves int, proven bool) { return s.Ends()(n) }

// Ends returns EndOf for as many nodes as one likes to ask of: what it finds out
// about one node is not looked for again. It holds until the search goes on.
func (s *PositionSearch) Ends() func(nodes.ID) (moves int, proven bool) {
	d := s.distances()
	return func(n nodes.ID) (int, bool) {
		low, high := s.tree.Bounds(n)
		if low != high || low > 0 && low < 1 {
			return 0, false
		}
		moves := d.of(n)
		return moves, moves < noEnd
	}
}

// noEnd is the distance where there is no end in the tree.
const noEnd = 1 << 30

// distances are those of proven nodes, as far as they are known.
type distances struct {
	s     *PositionSearch
	known map[nodes.ID]int
}

func (s *PositionSearch) distances() *distances { return &distances{s, map[nodes.ID]int{}} }

// of is the distance of a node.
func (d *distances) of(n nodes.ID) int {
	if m, ok := d.known[n]; ok {
		return m
	}
	t := &d.s.tree
	low, high := t.Bounds(n)
	switch {
	case t.Terminal(n):
		d.known[n] = 0
		return 0
	case low != high || t.Count(n) == 0:
		return noEnd
	}
	d.known[n] = noEnd // a way that leads back here is none
	best := -1
	for e := range t.Edges(n) {
		elow, ehigh := t.EdgeBounds(e)
		if elow != ehigh || low == 1 && elow < 1 {
			if low == 1 {
				continue
			}
			best = noEnd // what was not looked at may take any time
			break
		}
		m := d.through(e)
		if best < 0 || low == 1 && m < best || low < 1 && m > best {
			best = m
		}
	}
	if best < 0 {
		best = noEnd
	}
	d.known[n] = min(best, noEnd)
	return d.known[n]
}

// through is the distance by an edge.
func (d *distances) through(e nodes.Edge) int {
	c := d.s.tree.Child(e)
	if c == nodes.None {
		return 1 // it ends the game
	}
	return min(1+d.of(c), noEnd)
}
