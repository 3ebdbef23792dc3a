package nodes

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// reachable lists what Keep must keep, in its order, by the plain definition.
func reachable(t *Tree, root ID, prune bool) []ID {
	order, seen := []ID{root}, map[ID]bool{root: true}
	for i := 0; i < len(order); i++ {
		n := order[i]
		if prune && n != root && t.Proven(n) {
			continue
		}
		for e := range t.Edges(n) {
			if c := t.Child(e); c != None && !seen[c] {
				seen[c] = true
				order = append(order, c)
			}
		}
	}
	return order
}

// leading lists the edges that lead to a node, the oldest first.
func leading(t *Tree, n ID) []Edge {
	var edges []Edge
	r := t.node(n)
	for i := r.inbound; i != 0; i = t.links.at(i - 1).next {
		edges = append(edges, Edge(t.links.at(i-1).edge))
	}
	if r.parent != 0 {
		edges = append(edges, Edge(r.parent-1))
	}
	slices.Reverse(edges)
	return edges
}

// numbers is all there is to say of a node but its edges and its mean.
type numbers struct {
	N, Player                             int
	V, Low, High, Square                  float64
	Evaluated, Expanded, Closed, Terminal bool
}

func numbersOf(t *Tree, n ID) numbers {
	low, high := t.Bounds(n)
	return numbers{
		t.N(n), t.Player(n), t.V(n), low, high, float64(t.node(n).square),
		t.Evaluated(n), t.Expanded(n), t.Closed(n), t.Terminal(n),
	}
}

func keep(tb failer, t *Tree, root ID, prune bool) *Kept {
	tb.Helper()
	k, err := t.Keep(root, prune)
	if err != nil {
		tb.Fatalf("Keep(%d, %v): %v", root, prune, err)
	}
	return k
}

func TestKeepIsReachability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTree(t)
		checked(t, d.Tree)
		_, edges := d.Len()
		if edges > 0 && rapid.Bool().Draw(t, "in flight") {
			d.Launch(0)
			defer d.Land(0)
		}
		root := ID(rapid.IntRange(0, int(d.nodes.n)-1).Draw(t, "root"))
		prune := rapid.Bool().Draw(t, "prune")
		before := saved(t, d.Tree)
		k := keep(t, d.Tree, root, prune)
		if !bytes.Equal(before, saved(t, d.Tree)) {
			t.Error("the old tree changed")
		}
		if err := k.Tree.Check(false); err != nil {
			t.Fatalf("the new tree: %v", err)
		}
		order := reachable(d.Tree, root, prune)
		wantOrder(t, k, order)
		for n, old := range order {
			wantSame(t, d.Tree, k, old, ID(n), prune && n > 0)
		}
		again := keep(t, k.Tree, 0, prune)
		if !bytes.Equal(saved(t, k.Tree), saved(t, again.Tree)) {
			t.Error("Keep of what was kept changes it")
		}
	})
}

// wantOrder tests the map of nodes.
func wantOrder(t *rapid.T, k *Kept, order []ID) {
	want := make([]ID, len(k.Nodes))
	for i := range want {
		want[i] = ID(slices.Index(order, ID(i)))
	}
	if d := cmp.Diff(want, k.Nodes); d != "" {
		t.Errorf("new numbers by old ones (-want +got):\n%s", d)
	}
	if n, _ := k.Tree.Len(); n != len(order) {
		t.Errorf("%d nodes, want %d", n, len(order))
	}
}

// wantSame compares a node with what it was.
func wantSame(t *rapid.T, before *Tree, k *Kept, old, n ID, prune bool) {
	after := k.Tree
	cut := prune && before.Proven(old) && before.Count(old) > 0
	want, got := numbersOf(before, old), numbersOf(after, n)
	want.Closed = want.Closed || cut
	if want != got || after.Cut(n) != (cut || before.Cut(old)) {
		t.Errorf("node %d, now %d, cut: %v (-before +after):\n%s", old, n, after.Cut(n), cmp.Diff(want, got))
	}
	if before.shared() == after.shared() && before.Q(old) != after.Q(n) {
		t.Errorf("Q of node %d was %g, is %g", old, before.Q(old), after.Q(n))
	}
	var lead []Edge
	for _, e := range leading(before, old) {
		if to := k.Edges[e]; to != NoEdge {
			lead = append(lead, to)
		}
	}
	if got := leading(after, n); !slices.Equal(lead, got) {
		t.Errorf("edges %v lead to node %d, once %d, want %v", got, n, old, lead)
	}
	i := 0
	for e := range before.Edges(old) {
		if cut {
			if k.Edges[e] != NoEdge {
				t.Errorf("edge %d of node %d, which was cut, is %d now", e, old, k.Edges[e])
			}
			continue
		}
		if k.Edges[e] != after.At(n, i) {
			t.Errorf("edge %d is %d now, want %d", e, k.Edges[e], after.At(n, i))
		}
		wantSameEdge(t, before, k, e, after.At(n, i))
		i++
	}
	if after.Count(n) != i {
		t.Errorf("node %d has %d edges, had %d", n, after.Count(n), i)
	}
}

func wantSameEdge(t *rapid.T, before *Tree, k *Kept, old, e Edge) {
	want, got := *before.data(old), *k.Tree.data(e)
	child := None
	if c := before.Child(old); c != None {
		child = k.Nodes[c]
	}
	if k.Tree.Child(e) != child {
		t.Errorf("edge %d leads to %d, want %d", e, k.Tree.Child(e), child)
	}
	want.child, got.child = 0, 0
	if before.shared() != k.Tree.shared() {
		got.q = want.q
	}
	if want != got {
		t.Errorf("edge %d was %+v, is %+v now", old, want, got)
	}
}

// Where ways no longer meet, means are what the plain recursion makes them.
func TestKeepBringsUpToDateWhatNoLongerMeets(t *testing.T) {
	// 3 is a child of 1 and of 2, and 1 has not heard of its last value.
	tree := build(t, sketch{
		players: "01100", values: map[ID]float64{0: 0.5, 1: 0.5, 2: 0.5, 3: 0.5, 4: 0.25},
		fans: []fan{
			{from: 1, to: []ID{3}, visits: []int{2}, open: true},
			{from: 2, to: []ID{3}, visits: []int{1}, open: true},
			{from: 3, to: []ID{4}, open: true},
			{from: 0, to: []ID{2, 1}, visits: []int{2, 3}, open: true},
		},
	})
	checked(t, tree)
	tree.Evaluate(3, 1)
	tree.Refresh(2)
	tree.Refresh(0)
	if tree.Q(1) != 0.5 {
		t.Fatalf("Q of node 1 is %g: the test misses its point", tree.Q(1))
	}
	k := keep(t, tree, 1, false)
	checked(t, k.Tree)
	for n := range ID(3) {
		if got, want := k.Tree.Q(n), meanOf(k.Tree, n); math.Abs(got-want) > 1e-9 {
			t.Errorf("Q of node %d is %g, the recursion makes it %g", n, got, want)
		}
	}
	wantFacts(t, k.Tree, map[ID]facts{0: {N: 3, Q: (0.5 + 2*0) / 3, Hi: 1}, 1: {N: 1, Q: 1, Hi: 1}})
}

// A search never goes where all is proven: with or without it, it goes the same
// way from there on.
func TestSearchDoesNotMissWhatWasPruned(t *testing.T) {
	pruned := 0
	rapid.Check(t, func(t *rapid.T) {
		set := Tree{Fade: rapid.SampledFrom([]float64{0, 0.125}).Draw(t, "fade"), Neutral: 0.5}
		set.Mix = rapid.SampledFrom([]float64{0, 0.25, 1}).Draw(t, "mix")
		g := game{players: rapid.IntRange(1, 2).Draw(t, "players"), breadth: 5}
		whole := play(rapid.Uint64().Draw(t, "seed"), g, rapid.IntRange(0, 60).Draw(t, "steps"), set)
		checked(t, whole.t)
		less := whole
		less.path = nil
		less.t = keep(t, whole.t, 0, true).Tree
		checked(t, less.t)
		if less.t.nodes.n < whole.t.nodes.n {
			pruned++
		}
		whole.play(30)
		less.play(30)
		wantAlike(t, whole.t, less.t)
		if a, b := keep(t, whole.t, 0, true).Tree, keep(t, less.t, 0, true).Tree; !bytes.Equal(saved(t, a), saved(t, b)) {
			t.Error("pruned at last, the two trees differ")
		}
	})
	if pruned == 0 {
		t.Error("nothing was ever pruned: the test misses its point")
	}
}

// wantAlike compares two trees from the root down to where one of them was cut.
func wantAlike(t *rapid.T, a, b *Tree) {
	type pair struct{ a, b ID }
	for work := []pair{{0, 0}}; len(work) > 0; {
		p := work[0]
		work = work[1:]
		if x, y := numbersOf(a, p.a), numbersOf(b, p.b); x != y || a.Q(p.a) != b.Q(p.b) {
			t.Fatalf("nodes %d and %d, Q %g and %g:\n%s", p.a, p.b, a.Q(p.a), b.Q(p.b), cmp.Diff(x, y))
		}
		if b.Cut(p.b) {
			continue
		}
		for i := range a.Count(p.a) {
			x, y := a.At(p.a, i), b.At(p.b, i)
			if a.EdgeN(x) != b.EdgeN(y) || a.EdgeQ(x) != b.EdgeQ(y) || a.Settled(x) != b.Settled(y) {
				t.Fatalf("edges %d and %d differ", x, y)
			}
			if c := a.Child(x); c != None {
				work = append(work, pair{c, b.Child(y)})
			}
		}
	}
}

func TestKeepPrunes(t *testing.T) {
	// 0 has the lost child 1 (by 3), the terminal 2 and the open child 4 with
	// the won child 5 (by 6), which is not won for 4.
	sk := sketch{
		players: "0000010", values: map[ID]float64{0: 0.5, 1: 0.75, 4: 0.5, 5: 0.25},
		ends: map[ID]float64{2: 0, 3: 0, 6: 0},
		fans: []fan{
			{from: 1, to: []ID{3}, visits: []int{2}},
			{from: 5, to: []ID{6}, visits: []int{1}},
			{from: 4, to: []ID{5}, visits: []int{2}, open: true},
			{from: 0, to: []ID{1, 2, 4}, visits: []int{3, 1, 3}},
		},
	}
	tree := build(t, sk)
	checked(t, tree)
	k := keep(t, tree, 0, true)
	checked(t, k.Tree)
	if d := cmp.Diff([]ID{0, 1, 2, None, 3, 4, None}, k.Nodes); d != "" {
		t.Errorf("nodes (-want +got):\n%s", d)
	}
	wantFacts(t, k.Tree, map[ID]facts{
		0: factsOf(tree, 0), 1: {N: 3, Q: 0}, 2: {N: 1}, 3: factsOf(tree, 4), 4: factsOf(tree, 5),
	})
	for n, want := range []bool{false, true, false, false, true} {
		if n := ID(n); k.Tree.Cut(n) != want || want && (k.Tree.Count(n) > 0 || k.Tree.Terminal(n) || !k.Tree.Expanded(n)) {
			t.Errorf("node %d: cut %v, want %v; %d edges", n, k.Tree.Cut(n), want, k.Tree.Count(n))
		}
	}
	if k := keep(t, tree, 1, true); k.Tree.Cut(0) || k.Tree.Count(0) != 1 {
		t.Error("the root was cut")
	}
}

func TestCutNodeIsLeftAlone(t *testing.T) {
	tree := build(t, sketch{
		players: "0000", values: map[ID]float64{0: 0.5, 1: 0.5}, ends: map[ID]float64{2: 0, 3: 0.5},
		fans: []fan{{from: 1, to: []ID{2}, visits: []int{1}}, {from: 0, to: []ID{1, 3}, open: true}},
	})
	checked(t, tree)
	k := keep(t, tree, 0, true)
	checked(t, k.Tree)
	at := k.Nodes[1]
	before := saved(t, k.Tree)
	if _, err := k.Tree.Branch(at, 1, true); err == nil {
		t.Error("Branch gave it edges")
	}
	if _, err := k.Tree.Expand(at, []ID{0}, uniform(1), true); err == nil {
		t.Error("Expand gave it edges")
	}
	k.Tree.Refresh(at)
	if changed := k.Tree.Prove(at); len(changed) > 0 {
		t.Errorf("Prove changed %v", changed)
	}
	if !bytes.Equal(before, saved(t, k.Tree)) {
		t.Error("it changed")
	}
}

func TestCheckFindsWrongCuts(t *testing.T) {
	for name, spoil := range map[string]func(*Tree, ID){
		"open":       func(t *Tree, n ID) { t.node(n).flags &^= closed },
		"terminal":   func(t *Tree, n ID) { t.node(n).flags |= terminal },
		"not proven": func(t *Tree, n ID) { t.node(n).high = One },
		"sum":        func(t *Tree, n ID) { t.node(n).sum = 3 * One },
		"no visits":  func(t *Tree, n ID) { t.node(n).visits, t.node(n).sum = 0, 0 },
		"mean":       func(t *Tree, n ID) { t.node(n).q = One },
	} {
		tree := build(t, sketch{
			players: "000", values: map[ID]float64{0: 0.5, 1: 0.5}, ends: map[ID]float64{2: 0},
			fans: []fan{{from: 1, to: []ID{2}, visits: []int{1}}, {from: 0, to: []ID{1}, open: true}},
		})
		k := keep(t, tree, 0, true)
		if err := k.Tree.Check(true); err != nil {
			t.Fatal(err)
		}
		spoil(k.Tree, k.Nodes[1])
		if err := k.Tree.Check(true); err == nil {
			t.Errorf("%s: Check finds nothing", name)
		}
	}
}

func TestKeepJoinsTheEdgesOfANode(t *testing.T) {
	tree := &Tree{}
	for range chunkSize + 10 {
		tree.Add(0)
	}
	checked(t, tree)
	children := make([]ID, chunkSize+9)
	for i := range children {
		children[i] = ID(i + 1)
	}
	for i, n := range []int{3, 4, chunkSize + 2} {
		if _, err := tree.Expand(0, children[:n], make([]float64, n), false); err != nil {
			t.Fatal(err)
		}
		children = children[n:]
		for e := range tree.Edges(0) {
			tree.SetP(e, 1/float64(tree.Count(0)))
		}
		k := keep(t, tree, 0, false)
		checked(t, k.Tree)
		if one := k.Tree.node(0).flags&widened == 0; one != (i < 2) || k.Tree.Count(0) != tree.Count(0) {
			t.Errorf("%d edges in one run: %v", k.Tree.Count(0), one)
		}
		for i := range tree.Count(0) {
			if want := ID(i + 1); k.Tree.Child(k.Tree.At(0, i)) != want {
				t.Fatalf("edge %d leads to node %d, want %d", i, k.Tree.Child(k.Tree.At(0, i)), want)
			}
		}
	}
}

func TestKeepLeavesTheLimitForLater(t *testing.T) {
	tree := &Tree{}
	tree.Share(6)
	n := tree.Add(0)
	for range 2 {
		edges, err := tree.Branch(n, 3, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := range edges {
			edges[i].P = 1.0 / 3
		}
		_, e, _, _ := tree.Look(n)
		tree.Launch(e)
		tree.Backup([]Step{{n, e}}, tree.Ascent([]Step{{n, e}}, 0.5))
		n = tree.Adopt(e, 0)
	}
	checked(t, tree)
	k := keep(t, tree, 1, false)
	checked(t, k.Tree)
	if _, err := k.Tree.Branch(k.Nodes[n], 4, true); !errors.Is(err, ErrFull) {
		t.Errorf("7 edges with a limit of 6: %v", err)
	}
	if _, err := k.Tree.Branch(k.Nodes[n], 3, false); err != nil {
		t.Errorf("6 edges with a limit of 6: %v", err)
	}
	for e := range k.Tree.Edges(k.Nodes[n]) {
		k.Tree.SetP(e, 1.0/3)
	}
}

func BenchmarkKeep(b *testing.B) {
	m := play(5, game{players: 2, breadth: 30, endless: true}, 60_000, Tree{})
	_, edges := m.t.Len()
	for b.Loop() {
		keep(b, m.t, 0, false)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(edges), "ns/edge")
}
