package play

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
)

// End is how a game ended.
type End struct {
	Seat   int     // to whom the reward speaks
	Reward float64 // in [0,1]
	Note   string  // the environment's own words
	Stuck  bool    // nothing can be done, though the rules don't call it the end
	two    bool
}

// End reports whether the game is over, and how it ended.
func (g *Game) End() (End, bool) { return g.endAt(g.Ply()) }

func (g *Game) endAt(ply int) (End, bool) {
	e := End{Seat: g.Seat(ply), two: g.Players() == 2}
	if out, over := g.At(ply).Outcome(); over {
		e.Reward, e.Note = out.Reward, out.Note
		return e, true
	}
	if actions, listed := actionsOf(g.At(ply)); listed && len(actions) == 0 {
		e.Stuck = true // who can do nothing has lost, as the search takes it
		return e, true
	}
	return End{}, false
}

// Winner is the seat of who has won a game of two; there is none after a draw or
// at the end of a puzzle.
func (e End) Winner() (seat int, won bool) {
	switch {
	case !e.two || e.Reward == 0.5:
		return 0, false
	case e.Reward > 0.5:
		return e.Seat, true
	}
	return 1 - e.Seat, true
}

// Words tells the end in a sentence.
func (e End) Words(names Names) string {
	seat, won := e.Winner()
	switch {
	case won && e.Stuck:
		return capital(fmt.Sprintf("%s: there are no more moves.", names[seat].does("win", "wins")))
	case won:
		return capital(names[seat].does("win", "wins") + ".")
	case e.two:
		return "A draw."
	case e.Stuck:
		return "There are no more moves: it is not solved."
	case e.Reward == 1:
		return "Solved."
	case e.Reward == 0:
		return "Not solved."
	}
	return fmt.Sprintf("The end: worth %.2f of 1.", e.Reward)
}

// Verify has the answer of a puzzle that was solved judged by the environment's own
// checker. Checked is false where there is nothing to check, or nobody who could.
func (g *Game) Verify(ctx context.Context) (answer string, checked bool, err error) {
	end, over := g.End()
	answerer, ok := g.State().(env.Answerer)
	if !over || g.Players() == 2 || end.Reward < 1 || !ok {
		return "", false, nil
	}
	answer = answerer.Answer()
	checker, ok := g.problem.Env.(env.Verifier)
	if !ok {
		return answer, false, nil
	}
	if err := checker.Verify(ctx, g.problem.Text, answer); err != nil {
		return answer, true, fmt.Errorf("the checker refuses the answer %q: %w", answer, err)
	}
	return answer, true, nil
}
