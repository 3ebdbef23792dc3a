package nodes

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plan is a random graph whose edges lead to higher numbers, before any of it
// is in a tree: what a Tree says of it must follow from the plan alone.
type plan struct {
	player []int
	reward []float64 // of terminals; -1 for inner nodes
	to     [][]ID    // of inner nodes
	open   []bool
}

func drawPlan(t *rapid.T, mayBeOpen bool) plan {
	n := rapid.IntRange(1, 30).Draw(t, "nodes")
	players := rapid.IntRange(1, 2).Draw(t, "players")
	p := plan{reward: make([]float64, n), to: make([][]ID, n), open: make([]bool, n), player: make([]int, n)}
	for i := range n {
		p.player[i] = rapid.IntRange(0, players-1).Draw(t, "player")
		if i == n-1 || rapid.IntRange(0, 3).Draw(t, "inner") == 0 {
			p.reward[i] = float64(rapid.IntRange(0, 4).Draw(t, "reward")) / 4
			continue
		}
		p.reward[i] = -1
		p.open[i] = mayBeOpen && rapid.Bool().Draw(t, "open")
		for range rapid.IntRange(0, 4).Draw(t, "edges") {
			p.to[i] = append(p.to[i], ID(rapid.IntRange(i+1, n-1).Draw(t, "to")))
		}
	}
	return p
}

// tree makes the nodes of a plan and none of its edges.
func (p plan) tree() *Tree {
	t := &Tree{}
	for i, player := range p.player {
		if n := t.Add(player); p.reward[i] >= 0 {
			t.End(n, p.reward[i])
		}
	}
	return t
}

// inner lists the nodes that have edges, in a random order.
func (p plan) inner(t *rapid.T) []ID {
	var ids []ID
	for i, r := range p.reward {
		if r < 0 {
			ids = append(ids, ID(i))
		}
	}
	return rapid.Permutation(ids).Draw(t, "order")
}

// minimax is the plain definition: what is certain of a node's value when just
// the nodes in grown have their edges.
func (p plan) minimax(n ID, grown []ID) (low, high float64) {
	switch {
	case p.reward[n] >= 0:
		return p.reward[n], p.reward[n]
	case !slices.Contains(grown, n):
		return 0, 1
	}
	for _, c := range p.to[n] {
		l, h := p.minimax(c, grown)
		if p.player[c] != p.player[n] {
			l, h = 1-h, 1-l
		}
		low, high = max(low, l), max(high, h)
	}
	if p.open[n] {
		high = 1
	}
	return low, high
}

func TestRandomBoundsAreMinimax(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t, rapid.Bool().Draw(t, "open nodes"))
		tree := p.tree()
		checked(t, tree)
		var grown []ID
		for _, n := range p.inner(t) {
			if _, err := tree.Expand(n, p.to[n], uniform(len(p.to[n])), !p.open[n]); err != nil {
				t.Fatal(err)
			}
			grown = append(grown, n)
			before := allBounds(tree)
			changed := tree.Prove(n)
			want := make([][2]float64, len(p.player))
			for i := range want {
				want[i][0], want[i][1] = p.minimax(ID(i), grown)
			}
			if d := cmp.Diff(want, allBounds(tree)); d != "" {
				t.Fatalf("bounds after %v got their edges (-minimax +tree):\n%s", grown, d)
			}
			for i := range want {
				if named := slices.Contains(changed, ID(i)); named != (before[i] != want[i]) {
					t.Errorf("node %d: in the list of changes: %v, bounds %v then %v", i, named, before[i], want[i])
				}
			}
		}
	})
}

func allBounds(t *Tree) [][2]float64 {
	out := make([][2]float64, t.nodes.n)
	for i := range out {
		out[i][0], out[i][1] = t.Bounds(ID(i))
	}
	return out
}

// Simulations along random ways down a random graph: every number stays what
// the definition says, whatever order things happen in.
func TestRandomVisits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t, true)
		tree := p.tree()
		checked(t, tree)
		for _, n := range p.inner(t) {
			if _, err := tree.Expand(n, p.to[n], uniform(len(p.to[n])), !p.open[n]); err != nil {
				t.Fatal(err)
			}
			tree.Prove(n)
			tree.Evaluate(n, float64(rapid.IntRange(0, 8).Draw(t, "value"))/8)
		}
		for range rapid.IntRange(0, 40).Draw(t, "simulations") {
			var path []Edge
			for n := ID(0); ; {
				count := tree.Count(n)
				if count == 0 {
					break
				}
				path = append(path, tree.At(n, rapid.IntRange(0, count-1).Draw(t, "step")))
				n = tree.Child(path[len(path)-1])
			}
			for _, e := range path {
				tree.Visit(e)
			}
			for _, e := range slices.Backward(path) {
				tree.Refresh(tree.From(e))
			}
			if err := tree.Check(true); err != nil {
				t.Fatalf("after the simulation along %v: %v", path, err)
			}
		}
		// Deepest first, once: every mean is then exact, by the plain recursion.
		for n := ID(len(p.player)) - 1; n >= 0; n-- {
			tree.Refresh(n)
		}
		for n := range ID(len(p.player)) {
			if got, want := tree.Q(n), meanOf(tree, n); tree.N(n) > 0 && !(got-want < 1e-9 && want-got < 1e-9) {
				t.Errorf("node %d: Q is %g, the recursion makes it %g", n, got, want)
			}
		}
	})
}

// meanOf is Q = (v + Σ N(e)·Q(child)) / N by plain recursion, within the bounds.
func meanOf(t *Tree, n ID) float64 {
	total := t.V(n)
	visits := 1.0
	for e := range t.Edges(n) {
		q := meanOf(t, t.Child(e))
		if t.Player(t.Child(e)) != t.Player(n) {
			q = 1 - q
		}
		total += float64(t.EdgeN(e)) * q
		visits += float64(t.EdgeN(e))
	}
	low, high := t.Bounds(n)
	return min(max(total/visits, low), high)
}
