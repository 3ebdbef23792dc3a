package nodes

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A node may be asked for more children as often as one likes: all ways to look
// at its edges show the same ones, in the order in which they came.
func TestWidening(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		left := rapid.IntRange(1, 8).Draw(t, "left in the chunk")
		wantWidened(t, left, rapid.SliceOfN(rapid.IntRange(0, 5), 1, 6).Draw(t, "counts"))
	})
}

func TestWideningByMoreThanAChunk(t *testing.T) {
	for _, counts := range [][]int{{chunkSize}, {chunkSize + 1}, {1, 2*chunkSize + 1, 2}, {0, chunkSize, chunkSize}} {
		wantWidened(t, 3, counts)
	}
}

func wantWidened(t failer, left int, counts []int) {
	t.Helper()
	tree := &Tree{}
	checked(t, tree)
	tree.edges.grow(0, chunkSize-left)
	tree.from.grow(0, chunkSize-left)
	n, child := tree.Add(1), tree.Add(0)
	var want []Edge
	for i, count := range counts {
		added, err := tree.Expand(n, slices.Repeat([]ID{child}, count), make([]float64, count), i == len(counts)-1)
		if err != nil || len(added) != count {
			t.Fatalf("%d edges of %d: %v", len(added), count, err)
		}
		want = append(want, added...)
		wantEdges(t, tree, n, want)
	}
	for _, e := range want {
		tree.SetP(e, 1/float64(len(want)))
	}
	tree.Prove(n)
	if _, err := tree.Expand(n, []ID{child}, uniform(1), true); err == nil {
		t.Errorf("a complete node got more edges")
	}
}

func wantEdges(t failer, tree *Tree, n ID, want []Edge) {
	t.Helper()
	if got := slices.Collect(tree.Edges(n)); !slices.Equal(want, got) {
		t.Fatalf("Edges says %v, want %v", got, want)
	}
	if tree.Count(n) != len(want) || !tree.Expanded(n) {
		t.Fatalf("Count is %d, want %d", tree.Count(n), len(want))
	}
	data := tree.Data(n, make([]EdgeData, 3))
	if len(data) != len(want) {
		t.Fatalf("Data has %d records, want %d", len(data), len(want))
	}
	for i, e := range want {
		if tree.At(n, i) != e || tree.From(e) != n || data[i] != *tree.data(e) {
			t.Fatalf("edge %d, number %d: At says %d, From %d, Data %+v", e, i, tree.At(n, i), tree.From(e), data[i])
		}
	}
	if tree.At(n, len(want)) != NoEdge {
		t.Fatalf("At finds an edge behind the last one")
	}
	for e := range tree.Edges(n) {
		if e != want[0] {
			t.Fatalf("Edges does not begin with the first one")
		}
		break
	}
}

// The first answer may have been empty.
func TestChildrenAfterNone(t *testing.T) {
	tree := build(t, sketch{
		players: "00", values: map[ID]float64{0: 0.5, 1: 0.75},
		fans: []fan{{from: 0, open: true}, {from: 0, to: []ID{1}, visits: []int{1}}},
	})
	checked(t, tree)
	if data := tree.Data(0, nil); len(data) != 1 || data[0].Q() != 0.75 {
		t.Errorf("records of the one edge: %+v", data)
	}
	if edges, _, visits, _ := tree.Look(0); len(edges) != 1 || visits != 1 {
		t.Errorf("Look sees %d edges with %d visits", len(edges), visits)
	}
}

func TestEdgesCanBeLeftEarly(t *testing.T) {
	tree := &Tree{}
	checked(t, tree)
	n, child := tree.Add(0), tree.Add(0)
	for range 3 {
		if _, err := tree.Expand(n, []ID{child, child}, []float64{1.0 / 6, 1.0 / 6}, false); err != nil {
			t.Fatal(err)
		}
	}
	for stop := range 7 {
		passed := 0
		for range tree.Edges(n) {
			if passed == stop {
				break
			}
			passed++
		}
		if passed != min(stop, 6) {
			t.Errorf("left after %d edges, passed %d", stop, passed)
		}
	}
}
