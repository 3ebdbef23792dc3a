package evaluate

import "github.com/ponder-mcts/ponder/env"

// Playout returns a judge of positions by one random game each: the reward at
// its end for the player to move at its beginning. Equal seeds play equal games.
// It belongs to one goroutine and allocates nothing once it is warm.
func Playout(seed uint64) func(env.Position) float64 {
	random := env.Rand(seed)
	var moves []env.Move
	return func(p env.Position) float64 {
		mover := p.ToMove()
		for plies := 0; ; plies++ {
			v, over := p.Result()
			if !over {
				moves = p.Moves(moves[:0])
				if len(moves) == 0 {
					over = true // nothing can be done: lost for whom it is to move
				}
			}
			if !over {
				p.Play(moves[random.N(len(moves))])
				continue
			}
			if p.ToMove() != mover {
				v = 1 - v
			}
			for range plies {
				p.Undo()
			}
			return float64(v)
		}
	}
}
