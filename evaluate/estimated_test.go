package evaluate_test

import (
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/evaluate"
)

// guesser is a position that guesses its own value, or doesn't.
type guesser struct {
	*tictactoe.Position
	value float64
	known bool
}

func (g guesser) Estimate() (float64, bool) { return g.value, g.known }

func TestEstimated(t *testing.T) {
	const other = 0.125 // what the fallback says
	tests := []struct {
		reason string
		p      env.Position
		want   float64
	}{
		{"its own guess", guesser{tictactoe.New(), 0.75, true}, 0.75},
		{"a guess of nothing is one too", guesser{tictactoe.New(), 0, true}, 0},
		{"it does not know", guesser{tictactoe.New(), 0.75, false}, other},
		{"it can't guess", tictactoe.New(), other},
	}
	judge := evaluate.Estimated(func(env.Position) float64 { return other })
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if got := judge(tt.p); got != tt.want {
				t.Errorf("the judge says %v, want %v", got, tt.want)
			}
		})
	}
}
