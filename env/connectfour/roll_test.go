package connectfour_test

import (
	"math"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
)

// What a position plays by itself is worth the same on average as games move by
// move, and ends the same way where there is nothing to choose.
func TestRollIsARandomGame(t *testing.T) {
	for _, text := range []string{
		"start", "44", "112233", "1122", "4444441111112222223333335555557777", "35572662", "1212121",
	} {
		start, err := connectfour.Parse(text)
		if err != nil {
			continue // a game that is over has nothing to roll
		}
		if _, over := start.Result(); over {
			continue
		}
		const games = 20_000
		random := env.Rand(1)
		rolled, played := 0.0, 0.0
		before := start.String()
		for range games {
			rolled += float64(start.(env.Roller).Roll(&random))
			played += float64(play(start.Clone(), &random))
		}
		// Each mean is off by at most half of 1/sqrt(games) as a rule.
		if diff := math.Abs(rolled-played) / games; diff > 4*math.Sqrt(0.5/games) {
			t.Errorf("%s: %g by itself, %g move by move", text, rolled/games, played/games)
		}
		if start.String() != before {
			t.Errorf("%s became %s", before, start)
		}
	}
}

func play(p env.Position, random *env.Rand) float32 {
	mover := p.ToMove()
	for {
		v, over := p.Result()
		if over {
			if p.ToMove() != mover {
				v = 1 - v
			}
			return v
		}
		moves := p.Moves(nil)
		p.Play(moves[random.N(len(moves))])
	}
}

func TestRollAllocatesNothing(t *testing.T) {
	var p env.Position = connectfour.New()
	random := env.Rand(1)
	if n := testing.AllocsPerRun(100, func() { p.(env.Roller).Roll(&random) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
