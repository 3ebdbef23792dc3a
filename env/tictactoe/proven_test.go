package tictactoe

import (
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
)

// Every position of the game gets its exact value proven by a search with roll-outs.
func TestEveryPositionProven(t *testing.T) {
	values := map[string]float32{}
	var minimax func(p env.Position) float32
	minimax = func(p env.Position) float32 {
		text := p.String()
		if v, known := values[text]; known {
			return v
		}
		best, over := p.Result()
		if !over {
			best = 0
			for _, m := range p.Moves(nil) {
				p.Play(m)
				best = max(best, 1-minimax(p))
				p.Undo()
			}
		}
		values[text] = best
		return best
	}
	minimax(New())
	proven, most, sum := 0, 0, 0
	for text, want := range values {
		p := parse(t, text)
		s, err := mcts.NewPosition(p, mcts.PositionOptions{
			Judge: func(seed uint64) mcts.Judge { return evaluate.Playout(seed) }, Transpositions: true, Seed: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		reason, err := s.RunFor(100_000)
		if err != nil {
			t.Fatal(err)
		}
		low, high := s.Tree().Bounds(s.Root())
		if _, over := p.Result(); !over && reason != mcts.Proven || low != high || float32(low) != want {
			t.Errorf("%s is worth %v, and the search says [%v,%v] after %d simulations: %s", text, want, low, high, s.Simulations(), reason)
			continue
		}
		proven++
		most, sum = max(most, s.Simulations()), sum+s.Simulations()
	}
	t.Logf("%d of %d positions proven, with %d simulations at most and %.0f on the mean", proven, len(values), most, float64(sum)/float64(len(values)))
	if len(values) != 5478 {
		t.Errorf("%d positions, want 5478", len(values))
	}
}
