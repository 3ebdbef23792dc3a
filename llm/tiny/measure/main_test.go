package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/bench"
)

func TestAUCAndBrier(t *testing.T) {
	tests := []struct {
		name       string
		states     []judged
		auc, brier float64
	}{
		{"perfect order and perfect values", []judged{{nil, true, 1}, {nil, false, 0}}, 1, 0},
		{"upside down", []judged{{nil, true, 0}, {nil, false, 1}}, 0, 1},
		{"all the same: ties count half", []judged{{nil, true, 0.5}, {nil, false, 0.5}, {nil, false, 0.5}}, 0.5, 0.25},
		{"one pair of four in the wrong order", []judged{{nil, true, 0.75}, {nil, true, 0.25}, {nil, false, 0.5}, {nil, false, 0}}, 0.75, 0.21875},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := auc(tt.states); got != tt.auc {
				t.Errorf("AUC %v, want %v", got, tt.auc)
			}
			if got := brier(tt.states); got != tt.brier {
				t.Errorf("Brier score %v, want %v", got, tt.brier)
			}
		})
	}
}

// Only states that training left out are measured, as many with a solution as
// without, and the labels are the exhaustive solver's.
func TestDraw(t *testing.T) {
	for level := 2; level <= 4; level++ {
		states, err := draw(t.Context(), rand.New(rand.NewPCG(1, 2)), level, 5)
		if err != nil {
			t.Fatal(err)
		}
		solvable := 0
		for _, j := range states {
			text, target, _ := strings.Cut(j.state.String(), " > ")
			n := numbers(text)
			if len(n) != level || !bench.HeldOut(n, numbers(target)[0]) {
				t.Errorf("level %d: state %q does not belong here", level, j.state)
			}
			if j.solvable {
				solvable++
			}
		}
		if len(states) != 10 || solvable != 5 {
			t.Errorf("level %d: %d states, %d of them solvable; want 10 and 5", level, len(states), solvable)
		}
	}
}
