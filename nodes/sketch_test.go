package nodes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sketch describes a tree in the order in which it is built. Node 0 is the
// root, and nodes count as in players.
type sketch struct {
	players string         // one digit per node: who is to move
	ends    map[ID]float64 // rewards of terminals
	values  map[ID]float64 // own values
	fans    []fan          // edges, in the order they come
}

// fan is one Expand: it is followed by Prove, as in a search.
type fan struct {
	from   ID
	to     []ID
	visits []int // finished simulations by edge; nil means none
	open   bool
}

// build makes the tree of a sketch. Visits are counted last, and all means
// recomputed from the last node to the first: sketches number downwards.
func build(tb testing.TB, sk sketch) *Tree {
	tb.Helper()
	t := &Tree{}
	for _, p := range sk.players {
		t.Add(int(p - '0'))
	}
	for n := range ID(len(sk.players)) {
		if r, ok := sk.ends[n]; ok {
			t.End(n, r)
		}
		if v, ok := sk.values[n]; ok {
			t.Evaluate(n, v)
		}
	}
	for _, f := range sk.fans {
		edges, err := t.Expand(f.from, f.to, uniform(len(f.to)), !f.open)
		if err != nil {
			tb.Fatalf("expanding %d: %v", f.from, err)
		}
		for i, visits := range f.visits {
			for range visits {
				t.Visit(edges[i])
			}
		}
		t.Prove(f.from)
	}
	for n := ID(len(sk.players)) - 1; n >= 0; n-- {
		t.Refresh(n)
	}
	return t
}

func uniform(n int) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = 1 / float64(n)
	}
	return p
}

// checked has every test end with a full check of its tree.
func checked(tb interface {
	Helper()
	Errorf(string, ...any)
	Cleanup(func())
}, t *Tree) {
	tb.Helper()
	tb.Cleanup(func() {
		tb.Helper()
		if err := t.Check(true); err != nil {
			tb.Errorf("the tree at the end of the test: %v", err)
		}
	})
}

// facts are the numbers of a node that the tests ask for.
type facts struct {
	N      int
	Q      float64
	Lo, Hi float64
}

func factsOf(t *Tree, n ID) facts {
	lo, hi := t.Bounds(n)
	return facts{N: t.N(n), Q: t.Q(n), Lo: lo, Hi: hi}
}

func wantFacts(tb testing.TB, t *Tree, want map[ID]facts) {
	tb.Helper()
	got := map[ID]facts{}
	for n := range want {
		got[n] = factsOf(t, n)
	}
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); d != "" {
		tb.Errorf("nodes (-want +got):\n%s", d)
	}
}
