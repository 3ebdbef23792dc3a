package nodes

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slow plays the game of a mover by the calls that are for graphs: each leaf is
// a node. From the same roll it goes the same way.
type slow struct {
	t    *Tree
	game game
	root place
	roll roll
}

func (s *slow) simulate() {
	t, n, h := s.t, ID(0), s.root
	var path []Edge
	if t.Proven(n) || !t.Expanded(n) && s.grow(n, h, nil) {
		return
	}
	for {
		i := pick(&s.roll, t.Data(n, nil))
		if i < 0 {
			return
		}
		e := t.At(n, i)
		path = append(path, e)
		h = h.after(int(t.Move(e)))
		n = t.Child(e)
		switch {
		case t.Expanded(n):
		case !t.Evaluated(n):
			t.Evaluate(n, s.game.value(h))
			s.visit(n, path)
			return
		default:
			if s.grow(n, h, path) {
				return
			}
		}
	}
}

func (s *slow) visit(end ID, path []Edge) {
	s.roll.n(len(path) + 1) // the mover cuts its path in two
	x := explorer{t: s.t}
	x.visit(end, path)
}

// grow gives a node its edges and reports whether that changed its bounds.
func (s *slow) grow(n ID, h place, path []Edge) bool {
	t := s.t
	children := make([]ID, s.game.moves(h))
	for i := range children {
		after := h.after(i)
		children[i] = t.Add(s.game.player(after))
		if s.game.over(after) {
			t.End(children[i], s.game.value(after))
		}
	}
	edges, err := t.Expand(n, children, uniform(len(children)), true)
	if err != nil {
		panic(err)
	}
	for i, e := range edges {
		t.SetMove(e, uint16(i))
	}
	changed := t.Prove(n)
	if len(changed) == 0 {
		return false
	}
	x := explorer{t: t}
	x.refresh(changed, path)
	return true
}

// A tree of moves, whose leaves are edges, is the same tree as one in which each
// leaf is a node: the same integers.
func TestMovesEqualNodes(t *testing.T) {
	proven := 0
	rapid.Check(t, func(t *rapid.T) {
		g := game{players: rapid.IntRange(1, 2).Draw(t, "players"), breadth: 5, endless: rapid.Bool().Draw(t, "endless")}
		mix := rapid.SampledFrom([]float64{0, 0.25, 1}).Draw(t, "mix")
		m := play(rapid.Uint64().Draw(t, "seed"), g, 0, Tree{Mix: mix})
		checked(t, m.t)
		s := slow{t: &Tree{Mix: mix}, game: g, root: m.root, roll: m.roll}
		checked(t, s.t)
		s.t.Evaluate(s.t.Add(g.player(s.root)), 0.5)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			m.simulate()
			s.simulate()
		}
		wantSameTree(t, m.t, s.t)
		if m.t.Proven(0) {
			proven++
		}
	})
	if proven == 0 {
		t.Error("no root was ever proven: the test misses its point")
	}
}

// wantSameTree compares a tree of moves with one of nodes, from the root down.
func wantSameTree(t *rapid.T, moves, all *Tree) {
	type pair struct{ a, b ID }
	for work := []pair{{0, 0}}; len(work) > 0; work = work[1:] {
		p := work[0]
		a, b := *moves.node(p.a), *all.node(p.b)
		if math.Abs(float64(a.square-b.square)) > 1e-5 {
			t.Errorf("nodes %d and %d: mean squares %g and %g", p.a, p.b, a.square, b.square)
		}
		for _, r := range []*node{&a, &b} {
			r.square, r.first, r.parent = 0, 0, 0
		}
		if a != b {
			t.Fatalf("nodes %d and %d:\n%+v\n%+v", p.a, p.b, a, b)
		}
		for i := range moves.Count(p.a) {
			x, y := moves.At(p.a, i), all.At(p.b, i)
			d, e := *moves.data(x), *all.data(y)
			if d.N != e.N || d.P != e.P || d.O != e.O || d.Move() != e.Move() {
				t.Fatalf("edges %d and %d: %+v and %+v", x, y, d, e)
			}
			// Where the best there is is sure, a leaf that is an edge alone stays open:
			// nobody comes there again.
			if d.Settled() != e.Settled() && (d.Settled() || a.low != One) {
				t.Fatalf("edges %d and %d: %+v and %+v", x, y, d, e)
			}
			if (d.N > 0 || d.Settled()) && moves.EdgeQ(x) != all.EdgeQ(y) {
				t.Errorf("edges %d and %d: Q %g and %g", x, y, moves.EdgeQ(x), all.EdgeQ(y))
			}
			wantSameBounds(t, moves, all, x, y)
			if c := moves.Child(x); c != None {
				work = append(work, pair{c, all.Child(y)})
			} else if all.Expanded(all.Child(y)) {
				t.Errorf("edge %d has no child, node %d has edges", x, all.Child(y))
			}
		}
	}
}

func wantSameBounds(t *rapid.T, a, b *Tree, x, y Edge) {
	al, ah := a.EdgeBounds(x)
	bl, bh := b.EdgeBounds(y)
	if al != bl || ah != bh {
		t.Errorf("edges %d and %d: bounds [%g, %g] and [%g, %g]", x, y, al, ah, bl, bh)
	}
}

func TestLook(t *testing.T) {
	tree := play(3, game{players: 2, breadth: 5, endless: true}, 50, Tree{}).t
	checked(t, tree)
	for n := range ID(tree.nodes.n) {
		edges, first, visits, own := tree.Look(n)
		total := 0
		for e := range tree.Edges(n) {
			total += tree.EdgeN(e)
		}
		if len(edges) != tree.Count(n) || first != tree.At(n, 0) || visits != total || own != tree.V(n) {
			t.Errorf("node %d: Look says %d edges from %d on, %d visits, %g", n, len(edges), first, visits, own)
		}
		for i := range edges {
			if &edges[i] != tree.data(first+Edge(i)) {
				t.Fatalf("node %d: record %d is not the tree's own", n, i)
			}
		}
	}
	leaf := tree.Add(0)
	if edges, first, visits, own := tree.Look(leaf); edges != nil || first != NoEdge || visits != 0 || own != 0 {
		t.Errorf("a leaf: %v, %d, %d, %g", edges, first, visits, own)
	}
}

func TestMasks(t *testing.T) {
	if d := NewEdgeData(0.25, 0.75, 3, 2); d.P != 0.25 || d.Q() != 0.75 || d.N != 3 || d.O != 2 || d.Settled() || d.HasChild() {
		t.Errorf("a record of its own: %+v", d)
	}
	for _, tt := range []struct {
		n       uint32
		settled bool
	}{{0, false}, {1, false}, {math.MaxUint32, true}, {0, true}} {
		d := EdgeData{N: tt.n, q: fix(0.25)}
		if tt.settled {
			d.Settle(0.25)
		}
		visited, live, q := uint64(0), ^uint64(0), 0.0
		if tt.n > 0 {
			visited, q = ^uint64(0), 0.25
		}
		if tt.settled {
			live = 0
		}
		if d.Visited() != visited || d.Live() != live || d.VisitedQ() != q {
			t.Errorf("N %d, settled %v: masks %x and %x, Q %g", tt.n, tt.settled, d.Visited(), d.Live(), d.VisitedQ())
		}
		if d.HasChild() {
			t.Errorf("N %d, settled %v: it has a child", tt.n, tt.settled)
		}
	}
}

func TestBranchRefuses(t *testing.T) {
	tree := &Tree{}
	checked(t, tree)
	tree.End(tree.Add(0), 1)
	twice := tree.Add(0)
	if _, err := tree.Branch(twice, 0, true); err != nil {
		t.Fatal(err)
	}
	tree.Prove(twice)
	for n := range ID(2) {
		if _, err := tree.Branch(n, 1, true); err == nil || errors.Is(err, ErrFull) {
			t.Errorf("node %d, which is terminal or has its edges: %v", n, err)
		}
	}
	if _, err := tree.Branch(tree.Add(0), chunkSize+1, true); !errors.Is(err, ErrFull) {
		t.Errorf("more edges than fit into a chunk: %v", err)
	}
}

// What does not fit changes nothing.
func TestFullTreeStaysAsItIs(t *testing.T) {
	for name, limit := range map[string]int64{"a small limit": 4100, "one chunk": chunkSize, "nearly two": 2*chunkSize - 1} {
		t.Run(name, func(t *testing.T) {
			tree := &Tree{}
			checked(t, tree)
			tree.Share(limit)
			for range 3 {
				tree.Add(0)
			}
			if _, err := tree.Expand(0, []ID{1, 2}, uniform(2), false); err != nil {
				t.Fatal(err)
			}
			before := saved(t, tree)
			many := slices.Repeat([]ID{1}, 2*chunkSize)
			for _, n := range []ID{0, 1} {
				if edges, err := tree.Expand(n, many, uniform(len(many)), true); !errors.Is(err, ErrFull) || edges != nil {
					t.Errorf("Expand of node %d: %d edges, %v", n, len(edges), err)
				}
			}
			if edges, err := tree.Branch(2, chunkSize, true); !errors.Is(err, ErrFull) || edges != nil {
				t.Errorf("Branch: %d edges, %v", len(edges), err)
			}
			if !bytes.Equal(before, saved(t, tree)) {
				t.Error("a refused call changed the tree")
			}
		})
	}
}

func TestLimitCanBeReached(t *testing.T) {
	tree := &Tree{}
	checked(t, tree)
	tree.Share(10)
	for range 2 {
		edges, err := tree.Branch(tree.Add(0), 5, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := range edges {
			edges[i].P = 0.2
		}
	}
	if _, err := tree.Branch(tree.Add(0), 1, true); !errors.Is(err, ErrFull) {
		t.Errorf("the 11th of 10 edges: %v", err)
	}
}

func TestResetReusesMemory(t *testing.T) {
	m := play(8, game{players: 2, breadth: 5, endless: true}, 300, Tree{})
	checked(t, m.t)
	again := func() {
		m.t.Reset()
		m.roll = newRoll(8)
		m.begin()
		m.play(300)
	}
	want := saved(t, m.t)
	bytesBefore := m.t.Bytes()
	again()
	if !bytes.Equal(want, saved(t, m.t)) || m.t.Bytes() != bytesBefore {
		t.Error("the second tree differs from the first")
	}
	if got := testing.AllocsPerRun(3, again); got != 0 {
		t.Errorf("%g allocations to build the same tree again", got)
	}
}

// Reset forgets that there were ways that meet.
func TestResetForgetsGraphs(t *testing.T) {
	tree := planted(t)
	tree.Reset()
	checked(t, tree)
	if n, e := tree.Len(); n != 0 || e != 0 || tree.shared() || tree.Bytes() != 0 {
		t.Errorf("%d nodes, %d edges, %d bytes, shared: %v", n, e, tree.Bytes(), tree.shared())
	}
	tree.Add(1)
	if _, err := tree.Expand(0, []ID{tree.Add(0)}, uniform(1), false); err != nil {
		t.Fatal(err)
	}
	if tree.Count(0) != 1 || tree.N(0) != 0 || tree.Player(0) != 1 {
		t.Errorf("%d edges, N %d", tree.Count(0), tree.N(0))
	}
}
