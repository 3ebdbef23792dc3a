package connectfour

import (
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
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
		plies += envtest.Playout(p, buf[:0], &random)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(plies), "ns/ply")
}
