package countdown

import (
	"math/rand/v2"
	"testing"

	"github.com/ponder-mcts/ponder/env"
)

// BenchmarkExpand lists the actions of a state and takes them all, as a search
// does when it gives a leaf its children.
func BenchmarkExpand(b *testing.B) {
	wide := walk(b, start(b, game24, "1000000 1000000 1000000 1000000 7 9 11"),
		"1000000*1000000", "1000000000000*1000000", "1000000000000000000*1000000")
	for _, bb := range []struct {
		name  string
		state *State
	}{
		{"game24", start(b, game24, "4 9 10 13")},
		{"integer", start(b, game24Integer, "4 9 10 13")},
		{"fractions", walk(b, start(b, game24, "3 4 5 7 8"), "8/3")},
		{"six", start(b, countdownInteger, "3 7 25 50 75 100 = 952")},
		{"eight", start(b, countdown, "2 3 5 7 11 13 17 19 = 952")},
		{"wide", wide},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			steps := 0
			for b.Loop() {
				for _, a := range bb.state.Actions() {
					if _, err := bb.state.puzzle.game.Step(b.Context(), bb.state, a); err != nil {
						b.Fatal(err)
					}
					steps++
				}
			}
			b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// BenchmarkRollOut plays random steps to the end, as a classical engine does.
func BenchmarkRollOut(b *testing.B) {
	s := start(b, game24, "4 9 10 13")
	random := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	steps := 0
	for b.Loop() {
		var c env.State = s
		for actions := s.Actions(); len(actions) > 0; actions = c.(*State).Actions() {
			var err error
			if c, err = game24.Step(b.Context(), c, actions[random.IntN(len(actions))]); err != nil {
				b.Fatal(err)
			}
			steps++
		}
	}
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
}

func BenchmarkKey(b *testing.B) {
	s := start(b, game24, "4 9 10 13")
	b.ReportAllocs()
	for b.Loop() {
		_ = s.Key()
	}
}

func BenchmarkVerify(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := game24.Verify(b.Context(), "4 9 10 13", "(13-9)*(10-4)"); err != nil {
			b.Fatal(err)
		}
	}
}
