package mcts_test

import (
	"testing"

	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
)

// Ends says of every node what EndOf does.
func TestEnds(t *testing.T) {
	p, err := tictactoe.Parse("XO./.../...")
	if err != nil {
		t.Fatal(err)
	}
	s, err := mcts.NewPosition(p, mcts.PositionOptions{
		Judge: func(seed uint64) mcts.Judge { return evaluate.Playout(seed) }, Transpositions: true, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(); err != nil {
		t.Fatal(err)
	}
	ends := s.Ends()
	for e := range s.Tree().Edges(s.Root()) {
		c := s.Tree().Child(e)
		moves, proven := ends(c)
		if wantMoves, want := s.EndOf(c); moves != wantMoves && want || proven != want {
			t.Errorf("move %d ends after %d moves (%v), and after %d (%v) by itself", s.Tree().Move(e), moves, proven, wantMoves, want)
		}
	}
	if moves, proven := ends(s.Root()); !proven || moves < 1 {
		t.Errorf("the root ends after %d moves, %v", moves, proven)
	}
}
