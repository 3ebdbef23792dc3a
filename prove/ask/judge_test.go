package ask_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prove/ask"
)

// values is a critic that values states by their conclusion.
type values map[string]env.Value

func (v values) Evaluate(_ context.Context, s env.State, path env.Path) (env.Value, env.Usage, error) {
	value, ok := v[s.(goals)[0].Concl]
	if !ok {
		return env.Value{Unknown: true}, env.Usage{}, errDown
	}
	return value, env.Usage{Calls: 1}, nil
}

func TestJudge(t *testing.T) {
	known := values{"P": {Mean: 0.5}, "Q": {Mean: 0.25}, "R": {Mean: 1}, "F": {Mean: 0}, "U": {Unknown: true}}
	of := func(names ...string) all {
		var s all
		for _, n := range names {
			s = append(s, goals{{Concl: n}}[0])
		}
		return s
	}
	rows := []struct {
		name  string
		s     env.State
		want  env.Value
		calls int
		err   error
	}{
		{"one goal: the critic's value", goals{{Concl: "Q"}}, env.Value{Mean: 0.25}, 1, nil},
		{"several: the opponent's, who wins if one fails", of("P", "Q", "R"), env.Value{Mean: 1 - 0.125, Note: "3 goals"}, 3, nil},
		{"one is unknown", of("P", "U"), env.Value{Unknown: true}, 2, nil},
		{"one is unknown, another lost", of("F", "U"), env.Value{Mean: 1, Note: "2 goals"}, 2, nil},
		{"proved: no critic is asked", goals{}, env.Value{Mean: 1, Note: "proved"}, 0, nil},
		{"an error", of("P", "no such goal"), env.Value{Unknown: true}, 1, llm.ErrUnavailable},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, usage, err := ask.Judge{Critic: known, Env: &toy{}}.Evaluate(t.Context(), row.s, nil)
			if diff := cmp.Diff(row.want, got); diff != "" || !errors.Is(err, row.err) || usage.Calls != row.calls {
				t.Errorf("error %v, %d calls, want %v and %d; value (-want +got):\n%s", err, usage.Calls, row.err, row.calls, diff)
			}
		})
	}
	broken := errors.New("broken")
	if _, _, err := (ask.Judge{Critic: known, Env: &toy{broken: broken}}).Evaluate(t.Context(), of("P"), nil); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the step", err)
	}
}

// The policies and critics that ask through a style ask about proofs too.
func TestPromptIsAStyle(t *testing.T) {
	m := &script{replies: []any{tell("intros A.", -1.0), tell("auto", -2.0)}}
	got, _, err := expand.Sample{Model: m, Style: ask.Prompt{}}.Propose(t.Context(), one, nil, 2)
	if diff := cmp.Diff(cands("intros A.", math.Exp(-1), "auto", math.Exp(-2)), got, near); diff != "" || err != nil {
		t.Errorf("error %v, candidates (-want +got):\n%s", err, diff)
	}
	yes := tell(" Yes", math.Log(0.6))
	yes.Tokens[0].Top = []llm.Alternative{yes.Tokens[0].Alternative, {Text: "no", Logprob: math.Log(0.2)}}
	m = &script{replies: []any{cut(yes)}}
	value, _, err := evaluate.YesNo{Model: m, Style: ask.Prompt{}}.Evaluate(t.Context(), one, nil)
	if err != nil || math.Abs(value.Mean-0.75) > 1e-9 || m.asked[0].MaxTokens != 1 {
		t.Errorf("value %+v, error %v, asked %+v; want 0.75 of one token", value, err, m.asked[0])
	}
}
