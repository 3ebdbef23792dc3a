package connectfour

import (
	"testing"

	"github.com/ponder-mcts/ponder/env"
)

// BenchmarkPlayout plays random games to the end and takes them back, as a
// search does.
func BenchmarkPlayout(b *testing.B) {
	p := New().Clone()
	var random env.Rand
	var buf [Columns]env.Move
	b.ReportAllocs()
	plies := 0
	for b.Loop() {
		plies += playout(p, buf[:0], &random)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(plies), "ns/ply")
}

// playout returns the number of plies. It is not inlined, or the compiler
// would know the type behind p and not call through the interface.
//
//go:noinline
func playout(p env.Position, buf []env.Move, random *env.Rand) (plies int) {
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
