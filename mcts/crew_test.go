package mcts_test

import (
	"errors"
	"math"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/mcts"
)

func checked(t *testing.T, start env.Position, opt mcts.PositionOptions) *mcts.PositionSearch {
	t.Helper()
	s, err := mcts.NewPosition(start, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		if err := s.Tree().Check(true); err != nil {
			t.Errorf("the tree at the end of the test: %v", err)
		}
	})
	return s
}

// Workers on one tree lose no simulation and make none twice.
func TestCrewCountsEverySimulation(t *testing.T) {
	for name, opt := range map[string]mcts.PositionOptions{
		"roll-outs by UCT":  {Rule: mcts.UCT{}, Judge: playout},
		"constants by PUCT": {Judge: nothingKnown},
		"Gumbel":            {Rule: mcts.Gumbel{Budget: 3000}, Judge: playout},
		"Thompson":          {Rule: mcts.Thompson{}, Judge: playout},
		"spread, best step, noise": {
			Rule: mcts.PUCT{Spread: true}, Judge: playout, Mix: 0.5, Noise: mcts.Noise{Weight: 0.25},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, workers := range []int{2, 3, 8} {
				opt.Simulations = 3000
				s := checked(t, connectfour.New(), opt)
				reason, err := s.RunParallel(workers)
				if reason != mcts.Simulations || err != nil {
					t.Fatalf("%d workers end with %q, %v", workers, reason, err)
				}
				if n := s.Tree().N(s.Root()); n != 3001 || s.Simulations() != 3000 {
					t.Errorf("%d workers: N of the root is %d after %d simulations, want 3001 and 3000", workers, n, s.Simulations())
				}
			}
		})
	}
}

// A crew goes on where one worker stopped, and the other way round.
func TestCrewGoesOn(t *testing.T) {
	s := checked(t, connectfour.New(), mcts.PositionOptions{Judge: playout, Nodes: 300})
	for i, workers := range []int{1, 2, 1, 3} {
		if reason, err := s.RunParallel(workers); err != nil || reason != mcts.Nodes {
			t.Fatalf("run %d ended by %q, %v", i, reason, err)
		}
		count, _ := s.Tree().Len()
		if count < 300 || count > 300+64 {
			t.Errorf("%d nodes with a budget of 300", count)
		}
	}
}

func TestCrewProves(t *testing.T) {
	won, err := tictactoe.Parse("XO./.../...")
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{2, 4} {
		s := checked(t, won, mcts.PositionOptions{Judge: playout})
		reason, err := s.RunParallel(workers)
		if low, high := s.Tree().Bounds(s.Root()); reason != mcts.Proven || err != nil || low != 1 || high != 1 {
			t.Errorf("%d workers: %q, %v, bounds [%g, %g], want a proven win", workers, reason, err, low, high)
		}
	}
}

func TestCrewStops(t *testing.T) {
	bad := func(seed uint64) mcts.Judge {
		count := 0
		return func(env.Position) float64 {
			if count++; count > 100 {
				return math.NaN()
			}
			return 0.5
		}
	}
	s, err := mcts.NewPosition(connectfour.New(), mcts.PositionOptions{Judge: bad})
	if err != nil {
		t.Fatal(err)
	}
	if reason, err := s.RunParallel(3); reason != mcts.Broken || !errors.Is(err, mcts.ErrValue) {
		t.Errorf("a judge that breaks: %q, %v", reason, err)
	}
	small := checked(t, connectfour.New(), mcts.PositionOptions{Judge: nothingKnown, Memory: 1 << 20})
	if reason, err := small.RunParallel(2); reason != mcts.Memory || err != nil {
		t.Errorf("a full memory: %q, %v", reason, err)
	}
	if used := small.Tree().Bytes(); used > 2<<20 {
		t.Errorf("%d bytes with a budget of a megabyte", used)
	}
}
