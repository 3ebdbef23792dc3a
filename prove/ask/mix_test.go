package ask_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prove/ask"
)

func TestMix(t *testing.T) {
	model := list{cands: cands("intros n.", 3.0, "auto", 1.0)}
	portfolio := list{cands: cands("auto", 0.1, "lia", 0.1)}
	broken := errors.New("broken")
	rows := []struct {
		name             string
		model, portfolio list
		weight           float64
		want             []env.Candidate
		err              error
	}{
		{"half and half, equal tactics once", model, portfolio, 0, cands("intros n", 0.375, "auto", 0.125+0.25, "lia", 0.25), nil},
		{"weighted", model, portfolio, 0.8, cands("intros n", 0.6, "auto", 0.2+0.1, "lia", 0.1), nil},
		{"the model alone", model, portfolio, 1, cands("intros n", 0.75, "auto", 0.25), nil},
		{"a weight above 1", model, portfolio, 7, cands("intros n", 0.75, "auto", 0.25), nil},
		{"a weight below 0", model, list{}, -1, cands("intros n", 0.75, "auto", 0.25), nil},
		{"the model says nothing", list{}, portfolio, 0.8, cands("auto", 0.5, "lia", 0.5), nil},
		{"the portfolio has nothing", model, list{}, 0.8, cands("intros n", 0.75, "auto", 0.25), nil},
		{"nobody has", list{}, list{}, 0.8, nil, nil},
		{"no budget: no error", list{err: fmt.Errorf("call 3: %w", llm.ErrBudget)}, portfolio, 0, cands("auto", 0.5, "lia", 0.5), nil},
		{"no room for the prompt: no error", list{err: fmt.Errorf("%w: %w", llm.ErrUnavailable, llm.ErrTooLong)}, portfolio, 0, cands("auto", 0.5, "lia", 0.5), nil},
		{"what was paid for before the budget ended", list{cands: model.cands, err: llm.ErrBudget}, portfolio, 0, cands("intros n", 0.375, "auto", 0.375, "lia", 0.25), nil},
		{"another error of the model", list{err: errDown}, portfolio, 0, nil, llm.ErrUnavailable},
		{"an error of the portfolio", model, list{err: broken}, 0, cands("intros n", 0.75, "auto", 0.25), broken},
		{"masses that are no numbers", list{cands: []env.Candidate{{Action: "x", LogPrior: math.NaN()}, {Action: "auto", LogPrior: -900}}}, portfolio, 0,
			cands("auto", 0.75, "lia", 0.25), nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, usage, err := ask.Mix{Model: row.model, Portfolio: row.portfolio, Weight: row.weight}.Propose(t.Context(), one, nil, 4)
			if !errors.Is(err, row.err) || err != nil && row.err == nil {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got, near); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
			if want := 2; usage.Calls != want && row.err != llm.ErrUnavailable {
				t.Errorf("usage %+v, want that of both", usage)
			}
		})
	}
}

// deaf is a policy that can't be asked for more.
type deaf struct{ ask.Policy }

// The two take turns when more is asked for, and nothing of the portfolio is
// skipped.
func TestMixTurns(t *testing.T) {
	long := list{cands: cands("a", 1.0, "b", 1.0, "c", 1.0, "d", 1.0, "e", 1.0, "f", 1.0, "g", 1.0, "h", 1.0)}
	for _, width := range []int{2, 3} {
		var asked []string
		model, portfolio := list{cands: long.cands, asked: &asked}, list{cands: long.cands}
		m := ask.Mix{Model: model, Portfolio: portfolio}
		seen := map[string]bool{}
		first, _, _ := portfolio.Propose(t.Context(), one, nil, width)
		add := func(list []env.Candidate) {
			for _, c := range list {
				seen[c.Action] = true
			}
		}
		add(first)
		for n := width; n < 8; n++ {
			before := len(asked)
			got, _, err := m.ProposeMore(t.Context(), one, nil, n, 1)
			if err != nil || len(got) == 0 {
				t.Fatalf("asked for %d: error %v, candidates %v", n, err, got)
			}
			if turn := len(asked) > before; turn != (n%2 == 1) {
				t.Errorf("asked for %d: the model's turn is %v", n, turn)
			}
			if n%2 == 0 {
				add(got)
			}
		}
		if len(seen) < 7 {
			t.Errorf("width %d: of the portfolio only %v were proposed", width, seen)
		}
	}

	rows := []struct {
		name             string
		model, portfolio ask.Policy
		asked            int
		want             []env.Candidate
		err              error
	}{
		{"the model's turn, which has no budget", list{err: llm.ErrBudget}, long, 3, cands("c", 0.5, "d", 0.5), nil},
		{"the model's turn, which is deaf", deaf{long}, long, 3, cands("c", 0.5, "d", 0.5), nil},
		{"the model's turn, which is down", list{err: errDown}, long, 3, nil, llm.ErrUnavailable},
		{"the portfolio's turn, which has no more", long, list{}, 4, cands("e", 0.5), nil},
		{"the portfolio's turn, which is deaf", long, deaf{long}, 4, cands("e", 0.5), nil},
		{"nobody has anything", list{err: llm.ErrBudget}, list{}, 4, nil, nil},
		{"no portfolio is left and the model is down", list{err: errDown}, list{}, 4, nil, llm.ErrUnavailable},
		{"from the beginning", deaf{long}, long, 0, cands("a", 0.5), nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, _, err := ask.Mix{Model: row.model, Portfolio: row.portfolio}.ProposeMore(t.Context(), one, nil, row.asked, 1)
			if !errors.Is(err, row.err) || err != nil && row.err == nil {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got, near); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
		})
	}
}

// The masses of a mixture are a distribution, in which each policy has its share.
func TestMixMass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) list {
			var l list
			for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 1, 5, rapid.ID).Draw(t, name) {
				l.cands = append(l.cands, env.Candidate{Action: a, LogPrior: rapid.Float64Range(-30, 30).Draw(t, "prior")})
			}
			return l
		}
		model, portfolio := draw("model"), draw("portfolio")
		weight := rapid.Float64Range(0.01, 1).Draw(t, "weight")
		got, _, err := ask.Mix{Model: model, Portfolio: portfolio, Weight: weight}.Propose(t.Context(), one, nil, 9)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]float64{}
		for i, p := range env.Softmax(model.cands) {
			want[model.cands[i].Action] += weight * p
		}
		for i, p := range env.Softmax(portfolio.cands) {
			want[portfolio.cands[i].Action] += (1 - weight) * p
		}
		sum := 0.0
		for _, c := range got {
			p := math.Exp(c.LogPrior)
			if !(math.Abs(p-want[c.Action]) < 1e-9) {
				t.Fatalf("%s has the mass %v, want %v", c.Action, p, want[c.Action])
			}
			sum += p
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("the masses add up to %v", sum)
		}
	})
}
