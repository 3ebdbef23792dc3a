package mcts_test

import (
	"bytes"
	"testing"

	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
)

// A search in slices is the same as one in a single run.
func TestAllowSlices(t *testing.T) {
	start := func(simulations int) *mcts.PositionSearch {
		s, err := mcts.NewPosition(connectfour.New(), mcts.PositionOptions{
			Judge:          func(seed uint64) mcts.Judge { return evaluate.Playout(seed) },
			Transpositions: true, Seed: 7, Simulations: simulations,
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	tree := func(s *mcts.PositionSearch) []byte {
		var b bytes.Buffer
		if err := s.Tree().Save(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole, slices := start(900), start(1)
	if _, err := whole.Run(); err != nil {
		t.Fatal(err)
	}
	slices.Allow(0)
	slices.Allow(300)
	for range 3 {
		reason, err := slices.Run()
		if err != nil || reason != mcts.Simulations {
			t.Fatalf("a slice ended with %q, %v", reason, err)
		}
		slices.Allow(300)
	}
	if slices.Simulations() != 900 || !bytes.Equal(tree(whole), tree(slices)) {
		t.Errorf("%d simulations in slices made another tree than 900 in one run", slices.Simulations())
	}
}

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
