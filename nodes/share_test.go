package nodes

import (
	"sync"
	"sync/atomic"
	"testing"
)

// While one goroutine makes nodes and edges under a lock, others read those that
// are there.
func TestSharedTreeIsReadWhileItGrows(t *testing.T) {
	const steps, breadth = 600, 20 // over several chunks
	tree := &Tree{}
	checked(t, tree)
	tree.Share(steps * (breadth + 1) * 3 / 2)
	chain := make([]Step, 0, steps)
	tree.Evaluate(tree.Add(0), 0.5)
	var lock sync.Mutex
	var done atomic.Int32 // nodes that won't change any more
	grow := func() {
		lock.Lock()
		defer lock.Unlock()
		n := ID(len(chain))
		edges := branch(t, tree, n, breadth)
		_, first, _, _ := tree.Look(n)
		last := []Step{{n, first + breadth - 1}}
		edges[breadth-1].O++
		tree.Backup(last, tree.Ascent(last, 0.5))
		tree.Adopt(last[0].Edge, len(chain)%2)
		chain = append(chain, last[0])
		// The last edge changes once more, when its child gets edges.
		done.Store(int32(len(chain) - 1))
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for seen := int32(0); seen < steps-1; {
				for now := done.Load(); seen < now; seen++ {
					readNode(t, tree, ID(seen), breadth)
				}
			}
		})
	}
	wg.Go(func() {
		for range steps {
			grow()
		}
	})
	wg.Wait()
	if chunks := tree.edges.n >> chunkBits; chunks < 2 {
		t.Errorf("%d chunks: the test misses its point", chunks)
	}
	if n, e := tree.Len(); n != steps+1 || e != steps*breadth {
		t.Errorf("%d nodes and %d edges", n, e)
	}
	for n := ID(steps); n >= 0; n-- { // the last value is known at its edge alone
		tree.Refresh(n)
	}
}

// readNode reads all there is to read of a node with so many edges.
func readNode(t *testing.T, tree *Tree, n ID, breadth int) {
	edges, first, visits, own := tree.Look(n)
	low, high := tree.Bounds(n)
	if len(edges) != breadth || visits != 1 || own != 0.5 || low != 0 || high != 1 {
		t.Errorf("node %d: %d edges, %d visits, V %g, bounds [%g, %g]", n, len(edges), visits, own, low, high)
	}
	if !tree.Expanded(n) || !tree.Closed(n) || tree.Terminal(n) || tree.Proven(n) || tree.N(n) != 2 || tree.Q(n) != 0.5 {
		t.Errorf("node %d: N %d, Q %g", n, tree.N(n), tree.Q(n))
	}
	if tree.Count(n) != breadth || len(tree.Data(n, nil)) != breadth || tree.At(n, 3) != first+3 {
		t.Errorf("node %d: %d edges from %d on", n, tree.Count(n), first)
	}
	i := 0
	for e := range tree.Edges(n) {
		if tree.From(e) != n || tree.P(e) != float64(edges[i].P) || tree.Move(e) != 0 || tree.Settled(e) {
			t.Errorf("edge %d: from %d, prior %g", e, tree.From(e), tree.P(e))
		}
		i++
	}
	last := first + Edge(breadth) - 1
	if tree.Child(last) != n+1 || tree.EdgeN(last) != 1 || tree.O(last) != 0 || edges[breadth-1].Q() != 0.5 {
		t.Errorf("edge %d leads to %d, N %d", last, tree.Child(last), tree.EdgeN(last))
	}
}

// Share may be called for a tree that is there, and again for a larger one.
func TestShareKeepsWhatIsThere(t *testing.T) {
	tree := planted(t)
	checked(t, tree)
	before := factsOf(tree, 0)
	for _, edges := range []int64{100, 10_000, 1 << 20, 10} {
		tree.Share(edges)
	}
	wantFacts(t, tree, map[ID]facts{0: before})
	if len(tree.edges.chunks) < 1<<20>>chunkBits {
		t.Error("a smaller Share took room away")
	}
}
