package evaluate

import "github.com/ponder-mcts/ponder/env"

// Playout returns a judge of positions by one random game each: the reward at
// its end for the player to move at its beginning. Equal seeds play equal games.
// A position that is an env.Roller plays the game itself.
// It belongs to one goroutine, to the positions of one game, and allocates
// nothing once it is warm.
func Playout(seed uint64) func(env.Position) float64 {
	random := env.Rand(seed)
	var moves []env.Move
	var p env.Position
	return func(from env.Position) float64 {
		if roller, ok := from.(env.Roller); ok {
			return float64(roller.Roll(&random))
		}
		if p == nil {
			p = from.Clone()
		}
		for p.CopyFrom(from); ; {
			moves = p.Moves(moves[:0])
			if len(moves) == 0 {
				break
			}
			p.Play(moves[random.N(len(moves))])
		}
		// Where nothing can be done though it is not over, whose turn it is has
		// lost.
		v, over := p.Result()
		if !over {
			v = 0
		}
		if p.ToMove() != from.ToMove() {
			v = 1 - v
		}
		return float64(v)
	}
}
