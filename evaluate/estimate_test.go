package evaluate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

// guess is a place with an estimate of itself; below 0 there is none.
type guess struct {
	place
	value float64
}

func (g guess) Estimate() (float64, bool) { return g.value, g.value >= 0 }

func TestEstimate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state env.State
		want  env.Value
	}{
		{"its own estimate", guess{value: 0.25}, env.Value{Mean: 0.25, Note: "its own estimate"}},
		{"none known", guess{value: -1}, Unknown},
		{"no estimator", place{name: "x"}, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, usage, err := Estimate{}.Evaluate(t.Context(), tt.state, nil)
			if err != nil || !usage.IsZero() {
				t.Fatal(usage, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
