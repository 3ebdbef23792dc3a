package npuzzle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
)

// The search solves a fixed set of 8-puzzles in as few moves as can be: it proves for
// one number of moves after the other that they are too few, and then finds the way.
func TestSearchIsOptimal(t *testing.T) {
	known := ofEight()
	boards := slices.SortedFunc(maps.Keys(known), func(a, b board) int { return slices.Compare(a[:], b[:]) })
	set := []board{hardest}
	for i := 0; i < len(boards) && len(set) < 100; i += len(boards) / 99 {
		set = append(set, boards[i])
	}
	simulations, longest := 0, 0
	for _, b := range set {
		words := strings.Join(b.words(3), " ")
		p := newPosition(geometries[3](), b)
		if known[b] == 0 {
			t.Fatal("the goal is in the set")
		}
		for left := p.Bound(); ; left += 2 {
			problem := fmt.Sprintf("%s in %d", words, left)
			s, err := mcts.NewPosition(parse(t, problem), mcts.PositionOptions{
				Judge:  func(seed uint64) mcts.Judge { return evaluate.Estimated(evaluate.Playout(seed)) },
				Puzzle: true, Transpositions: true, Seed: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			reason, err := s.RunFor(1_000_000)
			if err != nil {
				t.Fatal(err)
			}
			simulations += s.Simulations()
			low, high := s.Tree().Bounds(s.Root())
			if reason != mcts.Proven || low != high || (low == 1) != (left >= known[b]) {
				t.Fatalf("%s, which needs %d moves: [%v,%v], %s", problem, known[b], low, high, reason)
			}
			if low == 0 {
				continue
			}
			var steps []string
			at := parse(t, problem)
			for _, m := range s.Line() {
				steps = append(steps, at.MoveText(m))
				at.Play(m)
			}
			if err := Environment().Check(problem, steps); err != nil || len(steps) != known[b] {
				t.Fatalf("%s: %q: %v", problem, steps, err)
			}
			longest = max(longest, len(steps))
			break
		}
	}
	t.Logf("%d of %d solved in as few moves as can be, up to %d; %d simulations each on the mean, all proofs included", len(set), len(set), longest, simulations/len(set))
}
