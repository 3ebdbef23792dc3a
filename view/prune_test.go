package view

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/event"
)

// actions are the actions of a tree's edges in order.
func actions(t *Tree) []string {
	var all []string
	for _, e := range t.Edges {
		all = append(all, e.Action)
	}
	return all
}

func TestPrune(t *testing.T) {
	twice := func(tree *Tree, a, b PruneOptions) *Tree { return tree.Prune(a).Prune(b) }
	names := func(i int) string { return string(rune('a' + i)) }
	five, deep := fold(t, star(5, names)), fold(t, chain(4))
	stay := number(append(star(3, names), event.Event{Ended: &event.Ended{Status: Unsolved, Line: []int32{1}}}))
	ended := fold(t, stay)
	tests := []struct {
		name, reason string
		got          *Tree
		want         []string
		more         []int // of each node
		limits       *Pruned
	}{
		{"no limits", "0 is none", five.Prune(PruneOptions{}), []string{"a", "b", "c", "d", "e"}, []int{0, 0, 0, 0, 0, 0}, nil},
		{"below none", "negative limits are none", five.Prune(PruneOptions{-1, -1, -1}), []string{"a", "b", "c", "d", "e"}, []int{0, 0, 0, 0, 0, 0}, nil},
		{"wide limits", "what leaves out nothing is the tree itself", five.Prune(PruneOptions{Top: 5, Depth: 9}), []string{"a", "b", "c", "d", "e"}, []int{0, 0, 0, 0, 0, 0}, nil},
		{"top", "the most visited ones stay, in their order", five.Prune(PruneOptions{Top: 2}), []string{"d", "e"}, []int{3, 0, 0}, &Pruned{PruneOptions{Top: 2}, 6, 5}},
		{"min-visits", "two or more visits stay", five.Prune(PruneOptions{MinVisits: 2}), []string{"c", "d", "e"}, []int{2, 0, 0, 0}, &Pruned{PruneOptions{MinVisits: 2}, 6, 5}},
		{"min-visits beyond all", "the best line stays all the same", five.Prune(PruneOptions{MinVisits: 100}), []string{"e"}, []int{4, 0}, &Pruned{PruneOptions{MinVisits: 100}, 6, 5}},
		{"the chosen line", "it stays though another edge has more visits", ended.Prune(PruneOptions{Top: 1}), []string{"a", "c"}, []int{1, 0, 0}, &Pruned{PruneOptions{Top: 1}, 4, 3}},
		{"depth", "the line goes on below the limit", deep.Prune(PruneOptions{Depth: 1}), []string{"down", "down", "down", "down"}, []int{0, 0, 0, 0, 0}, nil},
		{"twice", "what was left out first still counts", twice(five, PruneOptions{Top: 4}, PruneOptions{Top: 2}), []string{"d", "e"}, []int{3, 0, 0}, &Pruned{PruneOptions{Top: 2}, 6, 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var more []int
			for _, n := range tt.got.Nodes {
				more = append(more, n.More)
			}
			if d := cmp.Diff(tt.want, actions(tt.got)); d != "" {
				t.Errorf("%s: edges (-want +got):\n%s", tt.reason, d)
			}
			if d := cmp.Diff(tt.more, more); d != "" {
				t.Errorf("%s: left out (-want +got):\n%s", tt.reason, d)
			}
			if d := cmp.Diff(tt.limits, tt.got.Pruned); d != "" {
				t.Errorf("%s: limits (-want +got):\n%s", tt.reason, d)
			}
		})
	}
}

// A part of any tree has its root and best line, a spanning tree of its own,
// knows how much is missing, and takes no events.
func TestPruneProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := fold(t, logs().Draw(t, "log"))
		limit := rapid.IntRange(0, 3)
		o := PruneOptions{limit.Draw(t, "top"), limit.Draw(t, "depth"), limit.Draw(t, "visits")}
		part := tree.Prune(o)
		if part == tree {
			return
		}
		ids := func(t *Tree) (line []int32) {
			for _, e := range t.Line() {
				line = append(line, t.Edges[e].ID)
			}
			return line
		}
		if d := cmp.Diff(ids(tree), ids(part)); d != "" {
			t.Fatalf("best line (-whole +part):\n%s", d)
		}
		if tree.Nodes[tree.Root].ID != part.Nodes[part.Root].ID {
			t.Fatalf("another root")
		}
		if part.Totals.Simulations != tree.Totals.Simulations || part.Pruned == nil || part.Pruned.Nodes != len(tree.Nodes) {
			t.Fatalf("the part does not know of the whole: %+v", part.Pruned)
		}
		best, _, _ := part.bestEdges()
		spanning := 0
		for i, n := range part.Nodes {
			if missing := len(tree.Nodes[tree.nodeAt[n.ID]].Out) - len(n.Out); missing != n.More {
				t.Fatalf("node %d lacks %d edges and says %d", n.ID, missing, n.More)
			}
			others := 0
			for _, e := range n.Out {
				edge := part.Edges[e]
				if edge.From != i {
					t.Fatalf("edge %d is linked from node %d", edge.ID, n.ID)
				}
				if !edge.Again {
					spanning++
				}
				if !best[e] {
					others++
					if int(edge.N) < o.MinVisits {
						t.Fatalf("edge %d has %d visits only", edge.ID, edge.N)
					}
				}
			}
			if o.Top > 0 && others > o.Top {
				t.Fatalf("node %d has %d edges, limit %d", n.ID, others, o.Top)
			}
		}
		if spanning != len(part.Nodes)-1 {
			t.Fatalf("%d nodes, %d edges of the spanning tree", len(part.Nodes), spanning)
		}
		if err := part.Apply(event.Event{Seq: part.seq + 1, Resumed: &event.Resumed{}}); err == nil || !strings.Contains(err.Error(), "left out") {
			t.Fatalf("an event after it: %v", err)
		}
	})
}

// A tree may be one long path: nothing may call itself once per level, or look
// at all for each.
func TestExportsOfDeepTrees(t *testing.T) {
	tree := fold(t, chain(100_000))
	begin := time.Now()
	if n := len(tree.Prune(PruneOptions{Depth: 10, Top: 1}).Nodes); n != 100_001 {
		t.Errorf("%d nodes are left; all are on the best line", n)
	}
	for name, out := range exports(t, tree) {
		if out.Len() < 1000 {
			t.Errorf("%s wrote %d bytes", name, out.Len())
		}
	}
	if took := time.Since(begin); took > patience {
		t.Errorf("it took %v", took)
	}
}

var exporters = map[string]func(io.Writer, *Tree) error{
	"svg":     func(w io.Writer, t *Tree) error { return SVG(w, t, SVGOptions{}) },
	"dot":     func(w io.Writer, t *Tree) error { return DOT(w, t, DOTOptions{}) },
	"mermaid": func(w io.Writer, t *Tree) error { return Mermaid(w, t, MermaidOptions{}) },
	"csv":     func(w io.Writer, t *Tree) error { return CSV(w, t, CSVOptions{}) },
	"json":    func(w io.Writer, t *Tree) error { return t.Record().Write(w) },
}

// exports writes a tree in all formats.
func exports(t testing.TB, tree *Tree) map[string]*bytes.Buffer {
	t.Helper()
	out := map[string]*bytes.Buffer{}
	for name, write := range exporters {
		out[name] = new(bytes.Buffer)
		if err := write(out[name], tree); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return out
}
