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

// cutting is a tokenizer that knows some lines by heart and cuts the others
// into bytes.
func cutting(known map[string][]string) func(string) []string {
	return func(line string) []string {
		if parts, ok := known[line]; ok {
			return parts
		}
		return byByte(line)
	}
}

func TestBranch(t *testing.T) {
	four := map[string]float64{"aa": 0.4, "ab": 0.2, "ba": 0.3, "bb": 0.1}
	rows := []struct {
		name   string
		lines  map[string]float64
		tokens func(string) []string // nil cuts into bytes
		hide   bool                  // the stop text is not among the tokens
		legal  []string
		k      int
		want   map[string]float64
		asked  []string
	}{
		{
			name: "one call: the way it went is exact, off it the mass of a prefix is shared", k: 1,
			lines: four, legal: []string{"aa", "ab", "ba", "bb"},
			want:  map[string]float64{"aa": 0.4, "ab": 0.2, "ba": 0.2, "bb": 0.2},
			asked: []string{""},
		},
		{
			name: "a second call looks where the mass is shared, a third has nowhere to look", k: 9,
			lines: four, legal: []string{"aa", "ab", "ba", "bb"},
			want:  four,
			asked: []string{"", "b"},
		},
		{
			name: "most mass first: the order of the calls is not that of the actions", k: 3,
			lines: map[string]float64{"aa": 0.1, "ab": 0.1, "ba": 0.2, "bb": 0.05, "ca": 0.05, "cb": 0.1, "d": 0.4},
			legal: []string{"aa", "ab", "ba", "bb", "ca", "cb", "d"},
			want:  map[string]float64{"aa": 0.1, "ab": 0.1, "ba": 0.2, "bb": 0.05, "ca": 0.075, "cb": 0.075, "d": 0.4},
			asked: []string{"", "b", "a"},
		},
		{
			name: "below Least no prefix is worth a call", k: 9,
			lines: map[string]float64{"aa": 0.99, "ba": 0.006, "bb": 0.004}, legal: []string{"aa", "ba", "bb"},
			want:  map[string]float64{"aa": 0.99, "ba": 0.005, "bb": 0.005},
			asked: []string{""},
		},
		{
			name: "one action begins like another: the end of the line is a token that may be hidden", k: 9,
			lines: map[string]float64{"1": 0.5, "10": 0.3, "100": 0.2}, legal: []string{"1", "10", "100"}, hide: true,
			want:  map[string]float64{"1": 0.5, "10": 0.3, "100": 0.2},
			asked: []string{"", "1", "10"},
		},
		{
			name: "the same, reported: one call says it all", k: 9,
			lines: map[string]float64{"1": 0.5, "10": 0.3, "100": 0.2}, legal: []string{"1", "10", "100"},
			want:  map[string]float64{"1": 0.5, "10": 0.3, "100": 0.2},
			asked: []string{"", "10"},
		},
		{
			name: "tokens of several bytes: a text follows the token it is made of, not the likeliest that fits", k: 9,
			lines: map[string]float64{"1+2": 0.6, "13-9": 0.4}, legal: []string{"1+2", "13-9"},
			tokens: cutting(map[string][]string{"1+2\n": {"1", "+2", "\n"}, "13-9\n": {"13", "-9", "\n"}}),
			want:   map[string]float64{"1+2": 0.6, "13-9": 0.4},
			asked:  []string{""},
		},
		{
			name: "one text cut in two ways: both count", k: 9,
			lines: map[string]float64{"13a": 0.3, "13b": 0.5, "2": 0.2}, legal: []string{"13a", "13b", "2"},
			tokens: cutting(map[string][]string{"13a\n": {"1", "3", "a\n"}, "13b\n": {"13", "b\n"}}),
			want:   map[string]float64{"13a": 0.3, "13b": 0.5, "2": 0.2},
			asked:  []string{"", "1"},
		},
		{
			name: "the line end within a token: what stands behind it belongs to no step", k: 9,
			lines: map[string]float64{"aa": 0.6, "ab": 0.4}, legal: []string{"aa", "ab"}, hide: true,
			tokens: func(line string) []string { return []string{line[:1], line[1:] + "\n\nnext"} },
			want:   map[string]float64{"aa": 0.6, "ab": 0.4},
			asked:  []string{""},
		},
		{
			name: "whole lines as tokens: one call is enough", k: 9,
			lines: four, legal: []string{"aa", "ab", "ba", "bb"}, tokens: whole,
			want:  four,
			asked: []string{""},
		},
		{
			name: "an illegal line: proposed for the environment to refuse, its mass is nobody else's", k: 9,
			lines: map[string]float64{"ax": 0.5, "aa": 0.2, "ab": 0.1, "b": 0.2}, legal: []string{"aa", "ab", "b"},
			want:  map[string]float64{"ax": 0.5, "aa": 0.2, "ab": 0.1, "b": 0.2},
			asked: []string{""},
		},
		{
			name: "no legal line at all: every action stays, at the mass that nobody claimed", k: 9,
			lines: map[string]float64{"x": 1}, legal: []string{"a", "b"},
			want:  map[string]float64{"x": 1, "a": 0, "b": 0},
			asked: []string{""},
		},
		{
			name: "a decorated step: the action it means has its mass, and comes once", k: 1,
			lines: map[string]float64{" b": 0.7, "a": 0.3}, legal: []string{"a", "b"},
			want:  map[string]float64{"a": 0.3, "b": 0.7},
			asked: []string{""},
		},
		{
			name: "a prefix within a character: no server would read it, so it is not asked for", k: 9,
			lines: map[string]float64{"a": 0.6, "é": 0.3, "è": 0.1}, legal: []string{"a", "é", "è"},
			want:  map[string]float64{"a": 0.6, "é": 0.2, "è": 0.2},
			asked: []string{""},
		},
		{
			name: "one action: nothing to choose, nothing to pay", k: 9,
			legal: []string{"a"}, want: map[string]float64{"a": 1},
		},
		{name: "no action: a dead end is no error", k: 9, want: map[string]float64{}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &author{lines: row.lines, tokens: row.tokens, hideStop: row.hide, start: "s\n"}
			if m.tokens == nil {
				m.tokens = byByte
			}
			got, usage, err := expand.Branch{Model: m, Style: prompt.Line{}}.Propose(t.Context(), among(row.legal...), nil, row.k)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, share(got), near); diff != "" {
				t.Errorf("priors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.asked, m.asked); diff != "" {
				t.Errorf("prefixes asked for (-want +got):\n%s", diff)
			}
			if len(got) != len(row.want) {
				t.Errorf("%d candidates for %d actions: one comes twice", len(got), len(row.want))
			}
			for _, c := range got {
				if math.IsInf(c.LogPrior, 0) {
					t.Errorf("%s has log-prior %v: the search would lose it", c.Action, c.LogPrior)
				}
			}
			if usage.Calls != len(row.asked) || usage.Unparsed != 0 {
				t.Errorf("usage %+v, want %d calls and nothing unparsed", usage, len(row.asked))
			}
		})
	}
}

// A server reports 20 alternatives. The actions beyond them stay possible, and
// none of them gets more than one that was reported.
func TestBranchBeyondAlternatives(t *testing.T) {
	for _, row := range []struct {
		name string
		p    func(i int) float64 // weight of action i of 30, falling
	}{
		{"flat: much is left over", func(i int) float64 { return 1 + 0.01*float64(30-i) }},
		{"steep: the smallest reported is far below any fixed guess", func(i int) float64 { return math.Pow(0.4, float64(i)) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := &author{lines: map[string]float64{}, tokens: byByte, start: "s\n"}
			var actions []string
			total := 0.0
			for i := range 30 {
				a := string(rune('A' + i))
				actions, m.lines[a] = append(actions, a), row.p(i)
				total += row.p(i)
			}
			got, _, err := expand.Branch{Model: m, Style: prompt.Line{}}.Propose(t.Context(), among(actions...), nil, 4)
			if err != nil {
				t.Fatal(err)
			}
			beyond := 0.0
			for i, c := range got {
				p := math.Exp(c.LogPrior)
				if i < 20 && math.Abs(p*total/row.p(i)-1) > 1e-9 {
					t.Errorf("%s was reported with %v, and has %v", c.Action, row.p(i)/total, p)
				}
				if i >= 20 {
					beyond += p
					if p <= 0 || p > row.p(19)/total {
						t.Errorf("%s has %v, want more than 0 and at most the smallest reported, %v", c.Action, p, row.p(19)/total)
					}
				}
			}
			left := 0.0
			for i := 20; i < 30; i++ {
				left += row.p(i) / total
			}
			if beyond > left*1.001 {
				t.Errorf("%v goes to what was not reported, more than the %v left over", beyond, left)
			}
		})
	}
}

// What the policy does with replies that tell little, or none.
func TestBranchReplies(t *testing.T) {
	log := math.Log
	down := fmt.Errorf("call 2: %w", llm.ErrUnavailable)
	// ab is a greedy generation that leaves bb and bc under one prefix.
	ab := say("ab")
	ab.Tokens = []llm.Token{
		{Alternative: top("a", 0.6)[0], Top: top("a", 0.6, "b", 0.4)},
		{Alternative: top("b", 1.0)[0], Top: top("b", 1.0)},
	}
	used := env.Usage{Calls: 1, PromptTokens: 5, CompletionTokens: 2}
	lost := used
	lost.Unparsed = 1
	rows := []struct {
		name    string
		style   prompt.Style
		replies []any
		want    []env.Candidate
		usage   env.Usage
		err     error
	}{
		{
			"no log-probabilities: what was said gets half, and no second call would say more", prompt.Line{},
			[]any{say("ab")},
			[]env.Candidate{{Action: "ab", LogPrior: log(0.5)}, {Action: "bb", LogPrior: log(0.25)}, {Action: "bc", LogPrior: log(0.25)}},
			used, nil,
		},
		{
			"no log-probabilities and no legal step: the actions share the other half", prompt.Line{},
			[]any{say("xx")},
			[]env.Candidate{
				{Action: "ab", LogPrior: log(0.5 / 3)}, {Action: "bb", LogPrior: log(0.5 / 3)},
				{Action: "bc", LogPrior: log(0.5 / 3)}, {Action: "xx", LogPrior: log(0.5)},
			},
			used, nil,
		},
		{
			"cut off without log-probabilities: no step, counted, uniform", prompt.Line{},
			[]any{cut(say("ab"))},
			[]env.Candidate{{Action: "ab", LogPrior: log(1. / 3)}, {Action: "bb", LogPrior: log(1. / 3)}, {Action: "bc", LogPrior: log(1. / 3)}},
			lost, nil,
		},
		{
			"an empty reply: no step, counted", prompt.Line{},
			[]any{say("")},
			[]env.Candidate{{Action: "ab", LogPrior: log(0.5 / 3)}, {Action: "bb", LogPrior: log(0.5 / 3)}, {Action: "bc", LogPrior: log(0.5 / 3)}},
			lost, nil,
		},
		{
			"through a template: a prefix can't be continued, one call is all", chatLine{},
			[]any{ab},
			[]env.Candidate{{Action: "ab", LogPrior: log(0.6)}, {Action: "bb", LogPrior: log(0.2)}, {Action: "bc", LogPrior: log(0.2)}},
			used, nil,
		},
		{
			"budget spent at the second call: what was paid for is used", prompt.Line{},
			[]any{ab, llm.ErrBudget},
			[]env.Candidate{{Action: "ab", LogPrior: log(0.6)}, {Action: "bb", LogPrior: log(0.2)}, {Action: "bc", LogPrior: log(0.2)}},
			used, nil,
		},
		{
			"budget spent at the first call: the caller must know", prompt.Line{},
			[]any{llm.ErrBudget}, nil, env.Usage{}, llm.ErrBudget,
		},
		{
			"another error: it is told, with what was paid for", prompt.Line{},
			[]any{ab, down}, nil, used, llm.ErrUnavailable,
		},
		{
			"an end of generation that stands as an empty token: the line ends there", prompt.Line{},
			[]any{ab, first(top("", 0.9, "b", 0.1)...)},
			[]env.Candidate{{Action: "ab", LogPrior: log(0.6)}, {Action: "bb", LogPrior: log(0.04)}, {Action: "bc", LogPrior: -30 + log(0.4)}},
			env.Usage{Calls: 2, PromptTokens: 10, CompletionTokens: 4, Unparsed: 1}, nil,
		},
		{
			"log-probabilities that are no numbers: no prior becomes one", prompt.Line{},
			[]any{first(llm.Alternative{Text: "ab", Logprob: math.NaN()}, llm.Alternative{Text: "b", Logprob: math.Inf(-1)})},
			[]env.Candidate{{Action: "ab", LogPrior: -30}, {Action: "bb", LogPrior: -30 - log(2)}, {Action: "bc", LogPrior: -30 - log(2)}},
			lost, nil,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &script{replies: row.replies}
			got, usage, err := expand.Branch{Model: m, Style: row.style}.Propose(t.Context(), among("ab", "bb", "bc"), nil, 4)
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got, near); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.usage, usage); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
			if len(m.asked) != len(row.replies) {
				t.Errorf("%d calls, want %d", len(m.asked), len(row.replies))
			}
		})
	}
}

func TestBranchRequests(t *testing.T) {
	m := &script{replies: []any{
		first(top("1", 0.9, "2", 0.1)...), // cut off after one token: 1 and 10 share its mass
		first(top("\n", 0.7, "0", 0.3)...),
	}}
	s := among("1", "10", "2")
	if _, _, err := (expand.Branch{Model: m, Style: prompt.Line{}, Least: 0.5}).Propose(t.Context(), s, nil, 4); err != nil {
		t.Fatal(err)
	}
	greedy := prompt.Line{}.Step(s)
	greedy.Logprobs, greedy.TopLogprobs = true, 20
	peek := greedy // where a line may end: one token, and the line end is not left out
	peek.Prompt, peek.Stop, peek.MaxTokens = greedy.Prompt+"1", nil, 1
	greedy.Seed, peek.Seed = m.asked[0].Seed, m.asked[1].Seed
	if diff := cmp.Diff([]llm.Request{greedy, peek}, m.asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A state that can't list its actions is sampled, normalised by length.
func TestBranchOpen(t *testing.T) {
	m := &script{replies: []any{say("a", -1, -3), say("b", -1)}}
	got, usage, err := expand.Branch{Model: m, Style: prompt.Line{}}.Propose(t.Context(), free("s"), nil, 2)
	want := []env.Candidate{{Action: "a", LogPrior: -2}, {Action: "b", LogPrior: -1}}
	if diff := cmp.Diff(want, got, near); diff != "" || err != nil || usage.Calls != 2 {
		t.Errorf("%d calls, error %v, candidates (-want +got):\n%s", usage.Calls, err, diff)
	}
}
