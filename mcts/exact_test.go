package mcts_test

import (
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/mcts"
)

// minimax is the plain definition of the value for the player to move. known
// holds what was found, by hash.
func minimax(p env.Position, known map[uint64]float64) float64 {
	if v, over := p.Result(); over {
		return float64(v)
	}
	if v, ok := known[p.Hash()]; ok {
		return v
	}
	best := 0.0
	for _, m := range p.Moves(nil) {
		p.Play(m)
		best = max(best, 1-minimax(p, known))
		p.Undo()
	}
	known[p.Hash()] = best
	return best
}

// everyPosition plays every game of tic-tac-toe and returns the positions in it.
func everyPosition() map[uint64]env.Position {
	all := map[uint64]env.Position{}
	var walk func(p env.Position)
	walk = func(p env.Position) {
		if all[p.Hash()] != nil {
			return
		}
		all[p.Hash()] = p.Clone()
		for _, m := range p.Moves(nil) {
			p.Play(m)
			walk(p)
			p.Undo()
		}
	}
	walk(tictactoe.New())
	return all
}

// wantValue fails unless a search has proven that the position it is at has the
// value.
func wantValue(t *testing.T, s *mcts.PositionSearch, p env.Position, value float64) {
	t.Helper()
	reason, err := s.Run()
	if low, high := s.Tree().Bounds(s.Root()); err != nil || reason != mcts.Proven || low != value || high != value {
		t.Fatalf("%s ended by %q (%v) with [%g, %g] after %d simulations, want %g",
			p, reason, err, low, high, s.Simulations(), value)
	}
}

func TestEveryPositionOfTicTacToe(t *testing.T) {
	all, known := everyPosition(), map[uint64]float64{}
	if len(all) != 5478 {
		t.Fatalf("%d positions, want 5478", len(all))
	}
	for name, opt := range map[string]mcts.PositionOptions{
		"puct":                      {Rule: mcts.PUCT{}, Judge: playout, Transpositions: true},
		"uct":                       {Rule: mcts.UCT{}, Judge: playout, Transpositions: true},
		"gumbel in a tree of moves": {Rule: mcts.Gumbel{}, Judge: playout},
	} {
		t.Run(name, func(t *testing.T) {
			s := checked(t, tictactoe.New(), opt)
			simulations := 0
			for _, p := range all {
				s.Reset(p)
				wantValue(t, s, p, minimax(p, known))
				if err := s.Tree().Check(true); err != nil {
					t.Fatalf("%s: %v", p, err)
				}
				simulations += s.Simulations()
			}
			t.Logf("%d simulations", simulations)
		})
	}
}

// The empty board is a draw, and where equal positions are one node it takes
// fewer than 10,000 simulations to know it.
func TestEmptyBoardIsProvenADraw(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rule  mcts.Rule
		graph bool
		most  int // simulations
		seeds uint64
	}{
		{"puct", mcts.PUCT{}, true, 10_000, 5},
		{"uct", mcts.UCT{}, true, 10_000, 5},
		{"gumbel", mcts.Gumbel{}, true, 10_000, 3},
		{"thompson", mcts.Thompson{}, true, 10_000, 3},
		{"puct in a tree of moves", mcts.PUCT{}, false, 20_000, 2},
		{"uct in a tree of moves", mcts.UCT{}, false, 20_000, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var counts []int
			for seed := range tt.seeds {
				s := checked(t, tictactoe.New(), mcts.PositionOptions{
					Rule: tt.rule, Judge: playout, Transpositions: tt.graph, Simulations: tt.most, Seed: seed,
				})
				wantValue(t, s, tictactoe.New(), 0.5)
				counts = append(counts, s.Simulations())
			}
			t.Logf("proven after %v simulations", counts)
		})
	}
}

// alphaBeta is the plain search of connect four, best values in [low, high].
func alphaBeta(p env.Position, low, high float64) float64 {
	if v, over := p.Result(); over {
		return float64(v)
	}
	for _, m := range p.Moves(nil) {
		p.Play(m)
		low = max(low, 1-alphaBeta(p, 1-high, 1-low))
		p.Undo()
		if low >= high {
			break
		}
	}
	return low
}

// The ends of games of connect four, from eight empty cells on.
func TestConnectFourEndgames(t *testing.T) {
	values := map[float64]int{}
	var searches []*mcts.PositionSearch
	for _, opt := range []mcts.PositionOptions{
		{Rule: mcts.PUCT{}, Judge: playout, Transpositions: true},
		{Rule: mcts.UCT{}, Judge: playout, Transpositions: true},
		{Rule: mcts.PUCT{}, Judge: nothingKnown},
	} {
		searches = append(searches, checked(t, connectfour.New(), opt))
	}
	for seed := range uint64(400) {
		p := endgame(seed)
		if _, over := p.Result(); over {
			continue
		}
		value := alphaBeta(p, 0, 1)
		values[value]++
		for _, s := range searches {
			s.Reset(p)
			wantValue(t, s, p, value)
			if err := s.Tree().Check(true); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
		}
	}
	t.Logf("lost, drawn and won: %v", values)
	if len(values) < 3 {
		t.Error("not all of them were seen")
	}
}

// endgame plays at random, without winning where it can be helped, until no more
// than eight cells are empty.
func endgame(seed uint64) env.Position {
	random := env.Rand(seed)
	p := connectfour.New()
	for strings.Count(p.String(), ".") > 8-int(seed%3) {
		moves := p.Moves(nil)
		if len(moves) == 0 {
			return p
		}
		for tries := 0; ; tries++ {
			p.Play(moves[random.N(len(moves))])
			if _, over := p.Result(); !over || tries == 6 {
				break
			}
			p.Undo()
		}
	}
	return p
}
