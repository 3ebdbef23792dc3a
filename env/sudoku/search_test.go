package sudoku

import (
	"testing"

	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
)

// The search solves each of 1,000 generated puzzles that have one solution.
func TestSearchSolvesAThousand(t *testing.T) {
	solved, simulations, most := 0, 0, 0
	for seed := range uint64(1000) {
		problem := Generate(seed, 9, 24+int(seed%12))
		s, err := mcts.NewPosition(parse(t, problem), mcts.PositionOptions{
			Judge:  func(seed uint64) mcts.Judge { return evaluate.Estimated(evaluate.Playout(seed)) },
			Puzzle: true, Transpositions: true, Seed: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RunFor(100_000); err != nil {
			t.Fatal(err)
		}
		var steps []string
		at := parse(t, problem)
		for _, m := range s.Line() {
			steps = append(steps, at.MoveText(m))
			at.Play(m)
		}
		simulations, most = simulations+s.Simulations(), max(most, s.Simulations())
		if err := Environment().Check(problem, steps); err != nil {
			t.Errorf("%s: %v", problem, err)
			continue
		}
		solved++
	}
	t.Logf("%d of 1000 solved, with %d simulations on the mean and %d at most", solved, simulations/1000, most)
}
