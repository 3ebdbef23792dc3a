package env_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/env"
)

func TestSoftmax(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	tests := []struct {
		name string
		in   []float64
		want []float64
	}{
		{"no candidates: nothing to share", nil, []float64{}},
		{"one candidate takes all, whatever its prior", []float64{-1234}, []float64{1}},
		{"equal priors share equally", []float64{-2, -2, -2, -2}, []float64{.25, .25, .25, .25}},
		{"log 1 and log 3 are a quarter and three", []float64{0, math.Log(3)}, []float64{.25, .75}},
		{"a common offset changes nothing", []float64{-700, math.Log(3) - 700}, []float64{.25, .75}},
		{"large ones don't overflow", []float64{1e300, 1e300}, []float64{.5, .5}},
		{"tiny ones don't all underflow", []float64{-1e300, -1e300}, []float64{.5, .5}},
		{"far below the best is 0, not NaN", []float64{0, -1e6}, []float64{1, 0}},
		{"probability 0 gets none", []float64{0, -inf}, []float64{1, 0}},
		{"NaN gets none", []float64{nan, 0, 0}, []float64{0, .5, .5}},
		{"+Inf gets none", []float64{inf, 0, 0}, []float64{0, .5, .5}},
		{"none finite: all the same", []float64{nan, -inf, inf, nan}, []float64{.25, .25, .25, .25}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var cands []env.Candidate
			for _, lp := range tt.in {
				cands = append(cands, env.Candidate{LogPrior: lp})
			}
			if diff := cmp.Diff(tt.want, env.Softmax(cands), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
				t.Errorf("Softmax(%v) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestMasses(t *testing.T) {
	inf, nan, half := math.Inf(1), math.NaN(), math.Log(0.5)
	tests := []struct {
		name string
		in   []float64
		want []float64
	}{
		{"no candidates", nil, []float64{}},
		{"one keeps what it has", []float64{half}, []float64{0.5}},
		{"several, too", []float64{half, 2 * half, 0}, []float64{0.5, 0.25, 1}},
		{"above 0: relative to the highest", []float64{-half, 0}, []float64{1, 0.5}},
		{"tiny ones don't vanish", []float64{-1e9}, []float64{math.Exp(-700)}},
		{"no numbers get none", []float64{nan, half, inf, -inf}, []float64{0, 0.5, 0, 0}},
		{"none finite: all the same", []float64{nan, -inf, inf}, []float64{1, 1, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var cands []env.Candidate
			for _, lp := range tt.in {
				cands = append(cands, env.Candidate{LogPrior: lp})
			}
			if diff := cmp.Diff(tt.want, env.Masses(cands), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
				t.Errorf("Masses(%v) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestValueCheck(t *testing.T) {
	tests := []struct {
		name  string
		value env.Value
		ok    bool
	}{
		{"certain loss", env.Value{Mean: 0}, true},
		{"certain success", env.Value{Mean: 1}, true},
		{"in between", env.Value{Mean: .5}, true},
		{"below 0: another scale", env.Value{Mean: -1e-9}, false},
		{"above 1: another scale", env.Value{Mean: 1.0000001}, false},
		{"NaN compares false with everything", env.Value{Mean: math.NaN()}, false},
		{"infinite", env.Value{Mean: math.Inf(1)}, false},
		{"an unknown value has no mean to judge", env.Value{Mean: math.NaN(), Unknown: true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.value.Check(); (err == nil) != tt.ok {
				t.Errorf("Check(%+v) = %v, want ok %v", tt.value, err, tt.ok)
			}
		})
	}
}

func TestInputError(t *testing.T) {
	tests := []struct {
		name  string
		input string
		want  string
	}{
		{"short texts are shown whole", "1 2 x", `problem "1 2 x": bad; for example: 1 2 3`},
		{"control characters can't reach a terminal", "1\x1b[2J", `problem "1\x1b[2J": bad; for example: 1 2 3`},
		{"60 characters still fit", strings.Repeat("é", 60), `problem "` + strings.Repeat("é", 60) + `": bad; for example: 1 2 3`},
		{"long texts are cut between characters", strings.Repeat("é", 61), `problem "` + strings.Repeat("é", 60) + `"… (61 characters): bad; for example: 1 2 3`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := &env.InputError{Input: tt.input, Reason: "bad", Example: "1 2 3"}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("Error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIllegal(t *testing.T) {
	err := env.Illegal("7*7=49", "%d is not among %s", 7, "4 9")
	if !errors.Is(err, env.ErrIllegal) {
		t.Error("it does not wrap ErrIllegal")
	}
	if want := `illegal step "7*7=49": 7 is not among 4 9`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestUsagePlus(t *testing.T) {
	a := env.Usage{Calls: 1, PromptTokens: 2, CompletionTokens: 3, CacheHits: 4, Unparsed: 5}
	b := env.Usage{Calls: 10, PromptTokens: 20, CompletionTokens: 30, CacheHits: 40, Unparsed: 50}
	want := env.Usage{Calls: 11, PromptTokens: 22, CompletionTokens: 33, CacheHits: 44, Unparsed: 55}
	if diff := cmp.Diff(want, a.Plus(b)); diff != "" {
		t.Errorf("Plus (-want +got):\n%s", diff)
	}
}
