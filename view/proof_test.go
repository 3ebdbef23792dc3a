package view_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

// game is a tree in which the player to move wins: by b in three moves, or by a, after
// which the other one has two ways to lose, one of them slow. c is not proven.
//
//	0 ─a─ 1 ─d─ 4 ─g─ 7 lost for who moves
//	       └─e─ 5 (won by h at once: 8)
//	  ─b─ 2 ─f─ 6 ─i─ 9 ─j─ 10 ─k─ 11
//	  ─c─ 3
func game(t *testing.T) *view.Tree {
	t.Helper()
	var tree view.Tree
	apply := func(e event.Event) {
		t.Helper()
		if err := tree.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	seq := 1
	apply(event.Event{Seq: seq, Started: &event.Started{Version: event.Version, Run: "r", Root: event.Node{State: "0"}}})
	grow := func(node int32, lo, hi float64, player int, actions string, children ...int32) {
		seq++
		g := event.Grown{Node: node, Closed: true, Edges: []event.Edge{}}
		for i, c := range children {
			n := event.Node{ID: c, State: "s", Player: player}
			if c == 7 || c == 8 || c == 11 {
				n.Terminal = true
			}
			g.New = append(g.New, n)
			g.Edges = append(g.Edges, event.Edge{ID: c - 1, Child: c, Action: actions[i : i+1], Prior: 1 / float64(len(children))})
		}
		g.Stats.Nodes = []event.NodeStats{{ID: node, N: 1, Q: lo, Lo: lo, Hi: hi}}
		for _, c := range children {
			if c == 7 || c == 8 || c == 11 {
				g.Stats.Nodes = append(g.Stats.Nodes, event.NodeStats{ID: c, N: 1})
			}
			if c == 3 {
				g.Stats.Nodes = append(g.Stats.Nodes, event.NodeStats{ID: c, N: 1, Q: 0.5, Hi: 1})
			}
		}
		apply(event.Event{Seq: seq, Grown: &g})
	}
	grow(0, 1, 1, 1, "abc", 1, 2, 3)
	grow(1, 0, 0, 0, "de", 4, 5)
	grow(2, 0, 0, 0, "f", 6)
	grow(4, 1, 1, 1, "g", 7)
	grow(5, 1, 1, 1, "h", 8)
	grow(6, 1, 1, 1, "i", 9)
	grow(9, 0, 0, 0, "j", 10)
	grow(10, 1, 1, 1, "k", 11)
	return &tree
}

func TestProof(t *testing.T) {
	tree := game(t)
	if diff := cmp.Diff(&view.Ending{Value: 1, Moves: 3}, tree.Ending()); diff != "" {
		t.Errorf("ending (-want +got):\n%s", diff)
	}
	var actions []string
	for _, e := range tree.Proof().Edges {
		actions = append(actions, e.Action)
	}
	if diff := cmp.Diff([]string{"a", "d", "e", "g", "h"}, actions); diff != "" {
		t.Errorf("edges of the proof (-want +got):\n%s", diff)
	}
	if again := tree.Proof().Proof(); len(again.Edges) != 5 {
		t.Errorf("the proof of a proof has %d edges", len(again.Edges))
	}
}

// A root that is not proven has no ending, and its proof is itself alone.
func TestNoProof(t *testing.T) {
	var tree view.Tree
	if tree.Ending() != nil || len(tree.Proof().Nodes) != 0 {
		t.Error("an empty tree has an ending")
	}
	tree = *game(t)
	tree.Nodes[tree.Root].Lo = 0.25
	if e := tree.Ending(); e != nil {
		t.Errorf("ending %+v", e)
	}
	if p := tree.Proof(); len(p.Nodes) != 1 || len(p.Edges) != 0 || p.Nodes[0].More != 3 {
		t.Errorf("the proof has %d nodes and %d edges", len(p.Nodes), len(p.Edges))
	}
}
