package nodes

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// plainQ is the mean of a node by plain recursion: mixed, faded and kept inside
// the bounds. An edge without a child does not fade: its value is the mover's.
func plainQ(t *Tree, n ID) float64 {
	if t.N(n) == 0 {
		return t.Q(n)
	}
	total, best, proof := 0.0, -1.0, -1.0
	if t.Evaluated(n) {
		total = t.V(n)
	}
	low, high := t.Bounds(n)
	for e := range t.Edges(n) {
		q := t.data(e).Q()
		if c := t.Child(e); c != None {
			q = t.Neutral + (1-t.Fade)*(plainQ(t, c)-t.Neutral)
			if t.Player(c) != t.Player(n) {
				q = 1 - q
			}
		}
		if t.EdgeN(e) > 0 {
			total += float64(t.EdgeN(e)) * q
			best = max(best, q)
		}
		if l, h := t.EdgeBounds(e); l == h && l == low {
			proof = max(proof, q)
		}
	}
	q := total / float64(t.N(n))
	if best >= 0 {
		q = t.Mix*best + (1-t.Mix)*q
	}
	if t.Fade != 0 && low == high {
		if proof >= 0 {
			return proof
		}
		return low
	}
	return min(max(q, low), high)
}

func TestMeansAreThePlainRecursion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawTree(t)
		checked(t, d.Tree)
		if d.shared() {
			d.Tree = keepTree(t, d)
		}
		for n := range ID(d.nodes.n) {
			if got, want := d.Q(n), plainQ(d.Tree, n); math.Abs(got-want) > 1e-7 {
				t.Errorf("Q of node %d is %g, the recursion makes it %g", n, got, want)
			}
		}
	})
}

// keepTree returns the largest part of a graph in which no ways meet.
func keepTree(t *rapid.T, d drawn) *Tree {
	best := &Tree{}
	for n := range ID(d.nodes.n) {
		if k := keep(t, d.Tree, n, false).Tree; !k.shared() && k.nodes.n > best.nodes.n {
			best = k
		}
	}
	return best
}

func TestMixIsMaxBackup(t *testing.T) {
	for _, tt := range []struct {
		mix, want float64
	}{{0, (0.5 + 0.25 + 2*1) / 4}, {0.5, (0.6875 + 1) / 2}, {1, 1}} {
		// Node 3 has a value but no visit from here.
		tree := build(t, sketch{
			players: "0000", values: map[ID]float64{0: 0.5, 1: 0.25, 2: 1, 3: 1},
			fans: []fan{{from: 0, to: []ID{1, 2, 3}, visits: []int{1, 2, 0}, open: true}},
		})
		checked(t, tree)
		tree.Mix = tt.mix
		tree.Refresh(0)
		if got := tree.Q(0); got != tt.want {
			t.Errorf("Mix %g: Q is %g, want %g", tt.mix, got, tt.want)
		}
	}
	tree := build(t, sketch{players: "00", values: map[ID]float64{0: 0.5, 1: 1}, fans: []fan{{from: 0, to: []ID{1}, open: true}}})
	checked(t, tree)
	tree.Mix = 1
	tree.Refresh(0)
	if tree.Q(0) != 0.5 {
		t.Errorf("without a visit the best edge counts: Q is %g", tree.Q(0))
	}
}

// chain has a terminal of the given reward so many steps below the root. Players
// take turns if there are two. It is backed up as a search does it.
func chain(t *testing.T, set Tree, players, steps int, reward float64) *Tree {
	tree := &Tree{Fade: set.Fade, Neutral: set.Neutral}
	for i := range steps + 1 {
		tree.Add((steps - i) % players)
	}
	tree.End(ID(steps), reward)
	for n := ID(steps - 1); n >= 0; n-- {
		tree.Evaluate(n, 0.5)
		edges, err := tree.Expand(n, []ID{n + 1}, uniform(1), true)
		if err != nil {
			t.Fatal(err)
		}
		tree.Prove(n)
		tree.Visit(edges[0])
		tree.Refresh(n)
	}
	checked(t, tree)
	return tree
}

func TestFade(t *testing.T) {
	const gamma = 0.75
	for _, tt := range []struct {
		name            string
		players         int
		neutral, reward float64
	}{
		{"single player, won", 1, 0, 1},
		{"single player, half", 1, 0, 0.5},
		{"single player, lost", 1, 0, 0},
		{"two players, won", 2, 0.5, 1},
		{"two players, drawn", 2, 0.5, 0.5},
		{"two players, lost", 2, 0.5, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for steps := 1; steps < 6; steps++ {
				tree := chain(t, Tree{Fade: 1 - gamma, Neutral: tt.neutral}, tt.players, steps, tt.reward)
				want := tt.neutral + math.Pow(gamma, float64(steps))*(tt.reward-tt.neutral)
				if tree.Player(0) != tree.Player(ID(steps)) {
					want = 1 - want
				}
				if got := tree.EdgeQ(tree.At(0, 0)); math.Abs(got-want) > 1e-8 || tree.Q(0) != got {
					t.Errorf("%d steps: EdgeQ is %g and Q %g, want %g", steps, got, tree.Q(0), want)
				}
				if !tree.Proven(0) {
					t.Errorf("%d steps: bounds fade too", steps)
				}
			}
		})
	}
}

// Of two sure wins the shorter is worth more, of two sure losses the longer.
func TestFadeLikesShortWinsAndLongLosses(t *testing.T) {
	for _, moves := range []bool{false, true} {
		for _, reward := range []float64{0, 1} { // for the player at the root
			t.Run(fmt.Sprintf("moves %v, reward %g", moves, reward), func(t *testing.T) {
				short, long := twoWays(t, moves, reward)
				if won := reward == 1; (short > long) != won {
					t.Errorf("the short way is worth %g, the long one %g", short, long)
				}
			})
		}
	}
}

// twoWays makes a game of two whose root has two sure ways to the same end, of 2
// and of 4 moves, and returns what they are worth there.
func twoWays(t *testing.T, moves bool, reward float64) (short, long float64) {
	if !moves {
		// 0 → 1 → 5 and 0 → 2 → 3 → 4 → 5
		tree := build(t, sketch{
			players: "100101", ends: map[ID]float64{5: reward},
			fans: []fan{{from: 1, to: []ID{5}}, {from: 4, to: []ID{5}}, {from: 3, to: []ID{4}}, {from: 2, to: []ID{3}}, {from: 0, to: []ID{1, 2}}},
		})
		checked(t, tree)
		tree.Fade, tree.Neutral = 0.25, 0.5
		for n := ID(5); n >= 0; n-- {
			tree.Refresh(n)
		}
		return tree.EdgeQ(tree.At(0, 0)), tree.EdgeQ(tree.At(0, 1))
	}
	tree := &Tree{Fade: 0.25, Neutral: 0.5}
	checked(t, tree)
	root := tree.Add(1)
	tree.Evaluate(root, 0.5)
	edges := branch(t, tree, root, 2)
	for i, length := range []int{2, 4} {
		path := []Step{{root, tree.At(root, i)}}
		edges[i].O++
		tree.Backup(path, tree.Ascent(path, 0.5))
		for k := 1; k < length; k++ {
			n := tree.Adopt(path[k-1].Edge, 1-k%2)
			next := branch(t, tree, n, 1)
			for _, s := range path {
				tree.Launch(s.Edge)
			}
			if k == length-1 {
				v := reward
				if k%2 == 1 {
					v = 1 - v // the end is the other player's move
				}
				next[0].Settle(v)
				tree.Settle(n)
				tree.Deliver(path, 1, 0, 0, 0)
				break
			}
			path = append(path, Step{n, tree.At(n, 0)})
			next[0].O++
			tree.Backup(path, tree.Ascent(path, 0.5))
		}
	}
	return tree.EdgeQ(tree.At(root, 0)), tree.EdgeQ(tree.At(root, 1))
}

// branch gives a node edges with equal priors.
func branch(tb testing.TB, t *Tree, n ID, count int) []EdgeData {
	tb.Helper()
	edges, err := t.Branch(n, count, true)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range edges {
		edges[i].P = float32(1 / float64(count))
	}
	return edges
}

// Deviation is that of the values themselves, by the plain formula.
func TestDeviation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := game{players: rapid.IntRange(1, 2).Draw(t, "players"), breadth: 4, endless: true}
		m := play(rapid.Uint64().Draw(t, "seed"), g, 0, Tree{})
		checked(t, m.t)
		m.values = map[ID][]float64{}
		m.play(rapid.IntRange(0, 80).Draw(t, "steps"))
		for n := range ID(m.t.nodes.n) {
			values := append(m.values[n], m.t.V(n))
			if len(values) != m.t.N(n) {
				t.Fatalf("node %d: %d values for %d visits", n, len(values), m.t.N(n))
			}
			mean, square := 0.0, 0.0
			for _, v := range values {
				mean += v / float64(len(values))
			}
			for _, v := range values {
				square += (v - mean) * (v - mean) / float64(len(values))
			}
			if got, want := m.t.Deviation(n), math.Sqrt(square); math.Abs(got-want) > 1e-3 {
				t.Errorf("node %d: deviation %g of %v, want %g", n, got, values, want)
			}
		}
	})
}

func TestDeviationOfNothing(t *testing.T) {
	tree := &Tree{}
	checked(t, tree)
	if got := tree.Deviation(tree.Add(0)); got != 0 {
		t.Errorf("without a value: %g", got)
	}
	tree.Evaluate(0, 0.3)
	if got := tree.Deviation(0); got > 1e-3 {
		t.Errorf("of one value: %g", got)
	}
}

// An edge is settled once its child is proven, or can be no better than what is
// sure.
func TestSettled(t *testing.T) {
	for _, tt := range []struct {
		name string
		sk   sketch
		want []bool // by edge of the root, which expands last
	}{
		{
			"nothing is known",
			sketch{players: "000", fans: []fan{{from: 0, to: []ID{1, 2}}}},
			[]bool{false, false},
		},
		{
			"one is proven, the other may be better",
			sketch{players: "000", ends: map[ID]float64{1: 0.5}, fans: []fan{{from: 0, to: []ID{1, 2}}}},
			[]bool{true, false},
		},
		{
			"the other is at most as good",
			sketch{
				players: "00010", ends: map[ID]float64{1: 0.5, 4: 0.5},
				fans: []fan{{from: 3, to: []ID{4, 2}, open: true}, {from: 0, to: []ID{1, 3}}},
			},
			[]bool{true, true},
		},
		{
			"the other may be a little better",
			sketch{
				players: "00010", ends: map[ID]float64{1: 0.5, 4: 0.625},
				fans: []fan{{from: 3, to: []ID{4, 2}, open: true}, {from: 0, to: []ID{1, 3}}},
			},
			[]bool{true, false},
		},
		{
			"the sure one came last",
			sketch{
				players: "00010", ends: map[ID]float64{1: 0.75, 4: 0.5},
				fans: []fan{{from: 3, to: []ID{4, 2}, open: true}, {from: 0, to: []ID{3}, open: true}, {from: 0, to: []ID{1}}},
			},
			[]bool{true, true},
		},
		{
			"won: nothing can be better, unknown or not",
			sketch{players: "000", ends: map[ID]float64{1: 1}, fans: []fan{{from: 0, to: []ID{1, 2}, open: true}}},
			[]bool{true, true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := build(t, tt.sk)
			checked(t, tree)
			for i, want := range tt.want {
				tree.SetP(tree.At(0, i), 1/float64(len(tt.want)))
				if got := tree.Settled(tree.At(0, i)); got != want {
					t.Errorf("edge %d is settled: %v, want %v", i, got, want)
				}
			}
			if !slices.Contains(tt.want, false) {
				if data := tree.Data(0, nil); pick(&roll{}, data) >= 0 {
					t.Error("a rule would still find an edge")
				}
			}
		})
	}
}

// A proof far below settles an edge of the root later.
func TestSettledLater(t *testing.T) {
	tree := build(t, sketch{
		players: "0001", ends: map[ID]float64{1: 0.5},
		fans: []fan{{from: 3, to: []ID{2}, open: true}, {from: 0, to: []ID{1, 3}}},
	})
	checked(t, tree)
	if tree.Settled(tree.At(0, 1)) {
		t.Fatal("settled too early")
	}
	tree.End(2, 0.25)
	tree.Prove(3)
	if low, high := tree.EdgeBounds(tree.At(0, 1)); low != 0 || high != 0.25 || !tree.Settled(tree.At(0, 1)) {
		t.Errorf("bounds [%g, %g], settled %v", low, high, tree.Settled(tree.At(0, 1)))
	}
	for n := ID(3); n >= 0; n-- {
		tree.Refresh(n)
	}
}
