package mcts_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// solveBoard is the exact value of a position for the player to move, and the number
// of moves to the end if the winner hurries and the loser does not.
func solveBoard(p env.Position) (value float32, moves int) {
	if v, over := p.Result(); over {
		return v, 0
	}
	value, moves = -1, 0
	for _, m := range p.Moves(nil) {
		p.Play(m)
		v, n := solveBoard(p)
		p.Undo()
		v, n = 1-v, n+1
		if v > value || v == value && (v == 1 && n < moves || v == 0 && n > moves) {
			value, moves = v, n
		}
	}
	return value, moves
}

// told folds events into the nodes and edges that they tell of.
type toldTree struct {
	nodes map[int32]event.Node
	stats map[int32]event.NodeStats
	edges map[int32][]event.Edge
}

func fold(t *rapid.T, describe func(event.Started, int, func(event.Event)), most int) toldTree {
	out := toldTree{map[int32]event.Node{}, map[int32]event.NodeStats{}, map[int32][]event.Edge{}}
	seq := 0
	describe(event.Started{Run: "r"}, most, func(e event.Event) {
		if seq++; e.Seq != seq {
			t.Fatalf("event %d has the number %d", seq, e.Seq)
		}
		if e.Started != nil {
			out.nodes[e.Started.Root.ID] = e.Started.Root
		}
		if e.Grown == nil {
			return
		}
		if _, known := out.nodes[e.Grown.Node]; !known {
			t.Fatalf("node %d grows before it is there", e.Grown.Node)
		}
		for _, n := range e.Grown.New {
			out.nodes[n.ID] = n
		}
		for _, x := range e.Grown.Edges {
			if _, known := out.nodes[x.Child]; !known {
				t.Fatalf("edge %d leads to node %d, which is not there", x.ID, x.Child)
			}
			out.edges[e.Grown.Node] = append(out.edges[e.Grown.Node], x)
		}
		for _, s := range e.Grown.Stats.Nodes {
			out.stats[s.ID] = s
		}
	})
	return out
}

// A position that is proven has its exact value and an end that is no nearer than the
// true one; what is told of the proof proves it.
func TestProofsOfPositions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p env.Position = tictactoe.New()
		for range rapid.IntRange(0, 6).Draw(t, "moves") {
			moves := p.Moves(nil)
			if len(moves) == 0 {
				break
			}
			p.Play(rapid.SampledFrom(moves).Draw(t, "move"))
		}
		s, err := mcts.NewPosition(p, mcts.PositionOptions{
			Judge:          func(seed uint64) mcts.Judge { return evaluate.Playout(seed) },
			Transpositions: rapid.Bool().Draw(t, "transpositions"), Seed: rapid.Uint64().Draw(t, "seed"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(); err != nil {
			t.Fatal(err)
		}
		value, true_ := solveBoard(p.Clone())
		low, high := s.Tree().Bounds(s.Root())
		if low != high || float32(low) != value {
			t.Fatalf("%s is worth %v, and proven to be in [%v,%v]", p, value, low, high)
		}
		moves, known := s.Distance()
		if known != (value == 0 || value == 1) || known && value == 1 && moves < true_ || known && (moves-true_)%2 != 0 {
			t.Fatalf("%s ends after %d moves, and is told to after %d (%v)", p, true_, moves, known)
		}
		proof := fold(t, s.DescribeProof, 0)
		for id, n := range proof.nodes {
			st, edges := proof.stats[id], proof.edges[id]
			switch {
			case n.Terminal:
				if len(edges) > 0 {
					t.Fatalf("an end with edges: %s", n.State)
				}
			case id != 0 && (st.Lo != st.Hi || len(edges) == 0) && value != 0.5:
				t.Fatalf("%s is not proven in the proof: %+v", n.State, st)
			case st.Lo == 1 && len(edges) != 1 && id != 0:
				t.Fatalf("%s is won by %d moves", n.State, len(edges))
			}
		}
		all := fold(t, s.Describe, 0)
		if st := all.stats[0]; st.Lo != low || len(all.nodes) < len(proof.nodes) {
			t.Fatalf("the whole tree has %d nodes, and the proof %d; the root is %+v", len(all.nodes), len(proof.nodes), st)
		}
		if few := fold(t, s.Describe, 5); len(few.nodes) > 5+9 {
			t.Fatalf("%d nodes where 5 are enough", len(few.nodes))
		}
	})
}
