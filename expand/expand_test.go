package expand_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

var errDown = fmt.Errorf("%w: nobody listens", llm.ErrUnavailable)

func TestUniform(t *testing.T) {
	rows := []struct {
		name string
		s    env.State
		want []env.Candidate
		err  error
	}{
		{"each action once, in the order of the state: ties break by order", among("b", "a"),
			[]env.Candidate{{Action: "b"}, {Action: "a"}}, nil},
		{"no action: a dead end is no error", among(), nil, nil},
		{"no list: uniform over what?", free("s"), nil, expand.ErrOpen},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, usage, err := expand.Uniform{}.Propose(t.Context(), row.s, nil, 1)
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
			if !usage.IsZero() {
				t.Errorf("usage %+v, want none", usage)
			}
		})
	}
}

func TestSample(t *testing.T) {
	log := math.Log
	rows := []struct {
		name    string
		k       int
		length  float64
		replies []any
		want    []env.Candidate
		usage   env.Usage
		err     error
	}{
		{
			name: "equal texts merge: no identical children", k: 3,
			replies: []any{say("a", -1), say("b", -2), say("a", -1)},
			want:    []env.Candidate{{Action: "a", LogPrior: -1}, {Action: "b", LogPrior: -2}},
			usage:   env.Usage{Calls: 3, PromptTokens: 15, CompletionTokens: 6},
		},
		{
			name: "plain probability: the sum over the tokens", k: 1,
			replies: []any{say("a", -1, -2, -4)},
			want:    []env.Candidate{{Action: "a", LogPrior: -7}},
			usage:   env.Usage{Calls: 1, PromptTokens: 5, CompletionTokens: 2},
		},
		{
			name: "normalised by length: long steps are not punished", k: 1, length: 1,
			replies: []any{say("a", -1, -2, -4, -1)},
			want:    []env.Candidate{{Action: "a", LogPrior: -2}},
			usage:   env.Usage{Calls: 1, PromptTokens: 5, CompletionTokens: 2},
		},
		{
			name: "half normalised: the power of the number of tokens", k: 1, length: 0.5,
			replies: []any{say("a", -1, -2, -4, -1)},
			want:    []env.Candidate{{Action: "a", LogPrior: -4}},
			usage:   env.Usage{Calls: 1, PromptTokens: 5, CompletionTokens: 2},
		},
		{
			name: "no log-probabilities: how often, plus one", k: 4,
			replies: []any{say("a"), say("b"), say("a"), say("a")},
			want:    []env.Candidate{{Action: "a", LogPrior: log(4)}, {Action: "b", LogPrior: log(2)}},
			usage:   env.Usage{Calls: 4, PromptTokens: 20, CompletionTokens: 8},
		},
		{
			name: "log-probabilities now and then: never two scales in one prior", k: 3,
			replies: []any{say("a", -9), say("b"), say("a", -9)},
			want:    []env.Candidate{{Action: "a", LogPrior: log(3)}, {Action: "b", LogPrior: log(2)}},
			usage:   env.Usage{Calls: 3, PromptTokens: 15, CompletionTokens: 6},
		},
		{
			name: "cut off: never taken for a finished step", k: 2,
			replies: []any{cut(say("13-9=", -0.1)), say("b", -2)},
			want:    []env.Candidate{{Action: "b", LogPrior: -2}},
			usage:   env.Usage{Calls: 2, PromptTokens: 10, CompletionTokens: 4, Unparsed: 1},
		},
		{
			name: "empty replies: counted, not proposed", k: 3,
			replies: []any{say("", -1), say(" \n```\n", -1), say("b", -2)},
			want:    []env.Candidate{{Action: "b", LogPrior: -2}},
			usage:   env.Usage{Calls: 3, PromptTokens: 15, CompletionTokens: 6, Unparsed: 2},
		},
		{
			name: "decoration: the step is what the prompt package reads", k: 2,
			replies: []any{say("Step: a", -1), say("`a`", -2)},
			want:    []env.Candidate{{Action: "a", LogPrior: -1}},
			usage:   env.Usage{Calls: 2, PromptTokens: 10, CompletionTokens: 4},
		},
		{
			name: "budget spent midway: what was paid for is used", k: 4,
			replies: []any{say("a", -1), say("b", -2), llm.ErrBudget},
			want:    []env.Candidate{{Action: "a", LogPrior: -1}, {Action: "b", LogPrior: -2}},
			usage:   env.Usage{Calls: 2, PromptTokens: 10, CompletionTokens: 4},
		},
		{
			name: "budget spent before the first call: the caller must know", k: 4,
			replies: []any{fmt.Errorf("call 1: %w", llm.ErrBudget)},
			err:     llm.ErrBudget,
		},
		{
			name: "another error: it is told, with what was paid for", k: 4,
			replies: []any{say("a", -1), errDown},
			want:    []env.Candidate{{Action: "a", LogPrior: -1}},
			usage:   env.Usage{Calls: 1, PromptTokens: 5, CompletionTokens: 2},
			err:     llm.ErrUnavailable,
		},
		{
			name: "k of zero: still one step, or the state would look dead", k: 0,
			replies: []any{say("a", -1)},
			want:    []env.Candidate{{Action: "a", LogPrior: -1}},
			usage:   env.Usage{Calls: 1, PromptTokens: 5, CompletionTokens: 2},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &script{replies: row.replies}
			p := expand.Sample{Model: m, Style: prompt.Line{}, Length: row.length}
			got, usage, err := p.Propose(t.Context(), free("s"), nil, row.k)
			if !errors.Is(err, row.err) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got, near); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.usage, usage); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
		})
	}
}

// The first call is greedy, and no two samples share a seed: a server would
// give the same text again.
func TestSampleRequests(t *testing.T) {
	m := &script{replies: []any{say("a", -1), say("b", -1), say("c", -1)}}
	p := expand.Sample{Model: m, Style: prompt.Line{}, Seed: 7}
	if _, _, err := p.Propose(t.Context(), free("s"), nil, 3); err != nil {
		t.Fatal(err)
	}
	want := prompt.Line{}.Step(free("s"))
	want.Logprobs = true
	seeds := map[int]bool{}
	for i, req := range m.asked {
		if i == 1 {
			want.Temperature = 0.8
		}
		if seeds[req.Seed] || req.Seed < 0 {
			t.Errorf("request %d: seed %d is negative or came before", i, req.Seed)
		}
		seeds[req.Seed] = true
		want.Seed = req.Seed
		if diff := cmp.Diff(want, req); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", i, diff)
		}
	}
	m = &script{replies: []any{say("a"), say("b")}}
	p = expand.Sample{Model: m, Style: prompt.Line{}, Temperature: 1.5}
	if _, _, err := p.Propose(t.Context(), free("s"), nil, 2); err != nil || m.asked[1].Temperature != 1.5 {
		t.Errorf("temperature %v, error %v; want the 1.5 that was set", m.asked[1].Temperature, err)
	}
}

// seedsOf are the seeds that a policy asks with.
func seedsOf(t rapid.TB, base uint64, key string, k int) []int {
	m := &script{}
	for range k {
		m.replies = append(m.replies, say("a", -1))
	}
	p := expand.Sample{Model: m, Style: prompt.Line{}, Seed: base}
	if _, _, err := p.Propose(context.Background(), free(key), nil, k); err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, req := range m.asked {
		out = append(out, req.Seed)
	}
	return out
}

// A parallel search visits states in any order: the seeds of a state must
// depend on nothing but the state, the number of the sample and the base.
func TestSampleSeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, key := rapid.Uint64().Draw(t, "base"), rapid.String().Draw(t, "key")
		k := rapid.IntRange(1, 6).Draw(t, "k")
		want := seedsOf(t, base, key, k)
		seedsOf(t, base, key+"'", 2) // another state in between
		if diff := cmp.Diff(want, seedsOf(t, base, key, k)); diff != "" {
			t.Fatalf("asked again (-first +second):\n%s", diff)
		}
		if more := seedsOf(t, base, key, k+1); !cmp.Equal(want, more[:k]) {
			t.Fatalf("asked for one more: %v became %v", want, more)
		}
		if cmp.Equal(want, seedsOf(t, base+1, key, k)) {
			t.Fatalf("base %d and %d give the same seeds %v", base, base+1, want)
		}
		if cmp.Equal(want, seedsOf(t, base, key+"'", k)) {
			t.Fatalf("two states have the same seeds %v", want)
		}
	})
}

// More samples than before are new ones, not those that were paid for already.
func TestSampleMore(t *testing.T) {
	first := seedsOf(t, 1, "s", 5)
	model := &record{}
	p := expand.Sample{Model: model, Style: prompt.Line{}, Seed: 1}
	for asked := 2; asked < 5; asked++ {
		if _, _, err := p.ProposeMore(t.Context(), free("s"), nil, asked, 1); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(first[2:], model.seeds); diff != "" {
		t.Errorf("seeds of the third to fifth sample (-asked for at once +one by one):\n%s", diff)
	}
}

// record notes the seeds it is asked with.
type record struct{ seeds []int }

func (r *record) Generate(_ context.Context, req llm.Request) (llm.Completion, error) {
	r.seeds = append(r.seeds, req.Seed)
	return llm.Completion{Text: "x", Stop: llm.Stop}, nil
}
