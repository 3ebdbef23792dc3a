package expand_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// numbered has n actions, a0 to a(n-1).
func numbered(n int) listed {
	s := listed{free: "s"}
	for i := range n {
		s.actions = append(s.actions, fmt.Sprintf("a%d", i))
	}
	return s
}

func TestLabel(t *testing.T) {
	impossible := first(append(top("A", 0.6, "B", 0.4), llm.Alternative{Text: "C", Logprob: math.Inf(-1)})...)
	rows := []struct {
		name     string
		s        listed
		reply    llm.Completion
		want     map[string]float64 // mass, before it is normalised
		unparsed int
	}{
		{
			"spellings of a label add up: a tokenizer has several tokens for it", among("x", "y"),
			first(top("A", 0.3, " A", 0.2, "A)", 0.1, "*A", 0.05, "B", 0.2, "B.", 0.1)...),
			map[string]float64{"x": 0.65, "y": 0.3}, 0,
		},
		{
			"other words: their mass is nobody's", among("x", "y"),
			first(top("The", 0.5, "B", 0.3, "A", 0.1, "AB", 0.1)...),
			map[string]float64{"x": 0.1, "y": 0.3}, 0,
		},
		{
			"small and capital letters: another label is another action", numbered(28),
			first(top("b", 0.6, "B", 0.4)...),
			map[string]float64{"a1": 0.4, "a27": 0.6}, 0,
		},
		{
			"labels not reported: they share the smallest mass", among("x", "y", "z", "w"),
			first(top("A", 0.5, "B", 0.2)...),
			map[string]float64{"x": 0.5, "y": 0.2, "z": 0.1, "w": 0.1}, 0,
		},
		{
			"labels not reported and little left over: no more than that", among("x", "y", "z", "w"),
			first(top("A", 0.6, "B", 0.36)...),
			map[string]float64{"x": 0.6, "y": 0.36, "z": 0.02, "w": 0.02}, 0,
		},
		{
			"one sure label of two: the other is not its equal", among("x", "y"),
			first(top("B", 0.98)...),
			map[string]float64{"x": 0.02, "y": 0.98}, 0,
		},
		{
			"a probability of zero: the others do not drop to zero with it", among("x", "y", "z", "w"),
			impossible,
			map[string]float64{"x": 0.6, "y": 0.4, "z": 0, "w": 0}, 0,
		},
		{
			"no log-probabilities: the label said gets half", among("x", "y", "z"),
			say(" B)"),
			map[string]float64{"x": 0.25, "y": 0.5, "z": 0.25}, 0,
		},
		{
			"no alternatives: the token itself is one", among("x", "y", "z"),
			cut(say("B", math.Log(0.7))),
			map[string]float64{"x": 0.15, "y": 0.7, "z": 0.15}, 0,
		},
		{
			"nonsense: uniform, and counted", among("x", "y"),
			first(top("The", 0.9, "I", 0.1)...),
			map[string]float64{"x": 0.5, "y": 0.5}, 1,
		},
		{
			"nonsense without log-probabilities: the same", among("x", "y"),
			say("9"),
			map[string]float64{"x": 0.5, "y": 0.5}, 1,
		},
		{
			"nothing at all: the same", among("x", "y"),
			say(""),
			map[string]float64{"x": 0.5, "y": 0.5}, 1,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &script{replies: []any{row.reply}}
			got, usage, err := expand.Label{Model: m, Style: prompt.Line{}}.Propose(t.Context(), row.s, nil, 4)
			if err != nil {
				t.Fatal(err)
			}
			mass := map[string]float64{}
			for i, c := range got {
				if c.Action != row.s.actions[i] {
					t.Fatalf("candidate %d is %q, want the order of the actions", i, c.Action)
				}
				if math.IsInf(c.LogPrior, 0) || math.IsNaN(c.LogPrior) {
					t.Errorf("%s has log-prior %v: the search would lose it", c.Action, c.LogPrior)
				}
				if _, asked := row.want[c.Action]; asked {
					mass[c.Action] = math.Exp(c.LogPrior)
				}
			}
			if row.unparsed > 0 { // only the proportion counts
				mass = share(got)
			}
			if diff := cmp.Diff(row.want, mass, near); diff != "" {
				t.Errorf("mass (-want +got):\n%s", diff)
			}
			want := env.Usage{Calls: 1, PromptTokens: 5, CompletionTokens: 2, Unparsed: row.unparsed}
			if diff := cmp.Diff(want, usage); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
		})
	}
}

// More actions than a server reports alternatives for, and more than there are
// labels: all of them stay possible, and no list costs more than one call.
func TestLabelManyActions(t *testing.T) {
	var alts []llm.Alternative // A has 20 parts, B 19, … T one part of 210
	for i := range 20 {
		alts = append(alts, top(string(rune('A'+i)), float64(20-i)/210)...)
	}
	sharp := top("C", 1-1e-6, "A", 1e-7)
	for _, row := range []struct {
		name                         string
		n                            int
		alts                         []llm.Alternative
		reported, dropped, unlabeled float64 // prior of a2, a25 and the last
	}{
		{"30 actions, 20 reported: ten share what is left, here nothing", 30, alts, 18. / 210, 0, 0},
		{"30 actions, nearly all on one: the rest stays below what is reported", 30, sharp, (1 - 1e-6) / (1 - 8e-7), 1e-7 / 28, 1e-7 / 28},
		{"100 actions, 62 labels: nobody judged the others, they get the mean", 100, alts,
			18. / 210 * 62 / 100, 0, 1. / 100},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := &script{replies: []any{first(row.alts...)}}
			got, usage, err := expand.Label{Model: m, Style: prompt.Line{}}.Propose(t.Context(), numbered(row.n), nil, 4)
			if err != nil || usage.Calls != 1 || len(got) != row.n {
				t.Fatalf("%d candidates, %d calls, error %v; want %d, 1, none", len(got), usage.Calls, err, row.n)
			}
			p := share(got)
			want := []float64{row.reported, row.dropped, row.unlabeled}
			if diff := cmp.Diff(want, []float64{p["a2"], p["a25"], p[fmt.Sprintf("a%d", row.n-1)]}, near); diff != "" {
				t.Errorf("priors of a2, a25 and the last (-want +got):\n%s", diff)
			}
			if p["a25"] <= 0 {
				t.Errorf("a25 has prior %v: the search would lose it", p["a25"])
			}
		})
	}
}

func TestLabelRequest(t *testing.T) {
	m := &script{replies: []any{first(top("A", 0.5)...)}}
	s := numbered(63)
	if _, _, err := (expand.Label{Model: m, Style: prompt.Line{}}).Propose(t.Context(), s, nil, 4); err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" {
		labels = append(labels, string(r))
	}
	want := prompt.Line{}.Choose(s, labels, s.actions[:62])
	want.Logprobs, want.TopLogprobs, want.Seed = true, 20, m.asked[0].Seed
	if diff := cmp.Diff(want, m.asked[0]); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestLabelNothingToAsk(t *testing.T) {
	rows := []struct {
		name    string
		s       env.State
		replies []any
		want    []env.Candidate
		err     error
	}{
		{"one action: nothing to choose, nothing to pay", among("x"), nil, []env.Candidate{{Action: "x"}}, nil},
		{"no action: a dead end is no error", among(), nil, nil, nil},
		{"no list: nothing to label", free("s"), nil, nil, expand.ErrOpen},
		{"budget spent: no prior was paid for", among("x", "y"), []any{llm.ErrBudget}, nil, llm.ErrBudget},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &script{replies: row.replies}
			got, usage, err := expand.Label{Model: m, Style: prompt.Line{}}.Propose(t.Context(), row.s, nil, 4)
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
			if !usage.IsZero() || len(m.asked) != len(row.replies) {
				t.Errorf("usage %+v after %d calls, want none after %d", usage, len(m.asked), len(row.replies))
			}
		})
	}
}
