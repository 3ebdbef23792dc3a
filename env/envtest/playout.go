package envtest

import "github.com/ponder-mcts/ponder/env"

// Playout plays a random game to its end, takes it back, as a search does, and returns
// the number of moves. It is for benchmarks, hence not inlined: the compiler would know
// the type behind p and not call through the interface.
//
//go:noinline
func Playout(p env.Position, buf []env.Move, random *env.Rand) (plies int) {
	for {
		if _, over := p.Result(); over {
			break
		}
		moves := p.Moves(buf)
		p.Play(moves[random.N(len(moves))])
		plies++
	}
	for range plies {
		p.Undo()
	}
	return plies
}
