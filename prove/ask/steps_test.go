package ask_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prove/ask"
)

var (
	one  = goals{{Hyps: []proof.Hyp{{Name: "H", Type: "P"}}, Concl: "Q -> P"}}
	both = all{{Concl: "P"}, {Concl: "Q"}, {Concl: "R"}}
)

// cands makes candidates of actions and masses in turn.
func cands(pairs ...any) []env.Candidate {
	var out []env.Candidate
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, env.Candidate{Action: pairs[i].(string), LogPrior: math.Log(pairs[i+1].(float64))})
	}
	return out
}

func TestSteps(t *testing.T) {
	e := math.Exp
	unparsed := func(u env.Usage) env.Usage { u.Unparsed++; return u }
	rows := []struct {
		name    string
		form    ask.Form
		k       int
		length  float64
		replies []any
		want    []env.Candidate
		usage   env.Usage
		err     error
	}{
		{
			name: "an array without log-probabilities: by rank", k: 2,
			replies: []any{`["intros n", "simpl.", "auto"]`},
			want:    cands("intros n", 1.0, "simpl", 1/2.0, "auto", 1/3.0),
			usage:   spent(1),
		},
		{
			name: "equal tactics: one candidate, and its masses add up", k: 1,
			replies: []any{`["auto.", "simpl", " auto"]`},
			want:    cands("auto", 1+1/3.0, "simpl", 1/2.0),
			usage:   spent(1),
		},
		{
			name: "an array with them: those of its own tokens", k: 1,
			replies: []any{tell(`["`, -9.0, "intros", -1.0, " n", -0.5, `",`, -9.0, ` "`, -9.0, "auto", -2.0, `"]`, -9.0)},
			want:    cands("intros n", e(-1.5), "auto", e(-2)),
			usage:   spent(1),
		},
		{
			name: "normalised by length", k: 1, length: 1,
			replies: []any{tell(`["`, -9.0, "intros", -1.0, " n", -0.5, `", "`, -9.0, "auto", -2.0, `"]`, -9.0)},
			want:    cands("intros n", e(-0.75), "auto", e(-2)),
			usage:   spent(1),
		},
		{
			name: "tokens that make up another text: not trusted", k: 1,
			replies: []any{func() llm.Completion { c := tell(`["a"`, -1.0, `, "b"]`, -1.0); c.Tokens[0].Text = "?"; return c }()},
			want:    cands("a", 1.0, "b", 1/2.0),
			usage:   spent(1),
		},
		{
			name: "a token of thinking before the text: the places move", k: 1,
			replies: []any{func() llm.Completion {
				c := tell("hm ", -7.0, `["`, -9.0, "a", -1.0, `"]`, -9.0)
				c.Text = `["a"]`
				return c
			}()},
			want:  cands("a", e(-1)),
			usage: spent(1),
		},
		{
			name: "a log-probability that is no number: by rank", k: 1,
			replies: []any{tell(`["`, -9.0, "a", math.Inf(-1), `", "`, -9.0, "b", -2.0, `"]`, -9.0)},
			want:    cands("a", 1.0, "b", 1/2.0),
			usage:   spent(1),
		},
		{
			name: "an array cut off: the element that was not closed is lost", k: 1,
			replies: []any{cut(say("[\"intros n\", \"simpl; \\\"x\\\"\", \"ind"))},
			want:    cands("intros n", 1.0, `simpl; "x"`, 1/2.0),
			usage:   spent(1),
		},
		{
			name: "an array in a fence and in an object", k: 1,
			replies: []any{"```json\n{\"tactics\": [ \"auto. simpl.\", 7, \"x\"]}\n```"},
			want:    cands("auto", 1.0),
			usage:   spent(1),
		},
		{
			name: "no array: read as text", k: 1,
			replies: []any{"1. intros n.\n2. rewrite [H].\n"},
			want:    cands("intros n", 1.0, "rewrite [H]", 1/2.0),
			usage:   spent(1),
		},
		{
			name: "an array of nothing: unparsed", k: 1,
			replies: []any{`["", "  "]`},
			usage:   unparsed(spent(1)),
		},
		{
			name: "nothing left after the cut: unparsed", k: 1,
			replies: []any{cut(say(`["intros`))},
			usage:   unparsed(spent(1)),
		},
		{
			name: "lines", form: ask.Lines, k: 1,
			replies: []any{tell("- ", -9.0, "intros", -1.0, ".\n", -0.5, "- ", -9.0, "auto", -2.0, "\n", -9.0)},
			want:    cands("intros", e(-1.5), "auto", e(-2)),
			usage:   spent(1),
		},
		{
			name: "samples: the first sentence of each, and equal ones add up", form: ask.Samples, k: 3,
			replies: []any{tell("intros", -1.0, ". ", -0.5, "auto.", -3.0), tell("auto", -2.0), tell("intros", -1.25, "", -0.25)},
			want:    cands("intros", e(-1.5)+e(-1.25), "auto", e(-2)),
			usage:   spent(3),
		},
		{
			name: "samples without log-probabilities: how often", form: ask.Samples, k: 3,
			replies: []any{"auto", "intros.", " auto.\n"},
			want:    cands("auto", 2.0, "intros", 1.0),
			usage:   spent(3),
		},
		{
			name: "log-probabilities now and then: never two scales in one prior", form: ask.Samples, k: 2,
			replies: []any{tell("auto", -9.0), "intros"},
			want:    cands("auto", 1.0, "intros", 1.0),
			usage:   spent(2),
		},
		{
			name: "a sample cut off in its first sentence", form: ask.Samples, k: 2,
			replies: []any{cut(say("intros n")), cut(say("auto. intr"))},
			want:    cands("auto", 1.0),
			usage:   unparsed(spent(2)),
		},
		{
			name: "budget spent midway: what was paid for is used", form: ask.Samples, k: 3,
			replies: []any{"auto", llm.ErrBudget},
			want:    cands("auto", 1.0),
			usage:   spent(1),
		},
		{
			name: "budget spent before the first call: the caller must know", k: 1,
			replies: []any{fmt.Errorf("call 1: %w", llm.ErrBudget)},
			err:     llm.ErrBudget,
		},
		{
			name: "another error: it is told, with what was paid for", form: ask.Samples, k: 3,
			replies: []any{"auto", errDown},
			want:    cands("auto", 1.0),
			usage:   spent(1),
			err:     llm.ErrUnavailable,
		},
		{
			name: "k of zero: still asked, or the state would look dead", form: ask.Samples, k: 0,
			replies: []any{"auto"},
			want:    cands("auto", 1.0),
			usage:   spent(1),
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m := &script{replies: row.replies}
			p := ask.Steps{Model: m, Form: row.form, Length: row.length}
			got, usage, err := p.Propose(t.Context(), one, nil, row.k)
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

// The first call is greedy; no two calls about a state share a seed, nor do two
// states: a server would give the same text again.
func TestStepsRequests(t *testing.T) {
	for _, form := range []ask.Form{ask.Array, ask.Lines, ask.Samples} {
		m := &script{}
		p := ask.Steps{Model: m, Form: form, Width: 3, Seed: 7}
		call := func(s env.State, asked int) llm.Request {
			m.replies = append(m.replies, "auto")
			if _, _, err := p.ProposeMore(t.Context(), s, nil, asked, 1); err != nil {
				t.Fatal(err)
			}
			return m.asked[len(m.asked)-1]
		}
		words := p.Prompt.Tactics(one, nil, form, 3)
		if form == ask.Samples {
			words = p.Prompt.Tactic(one, nil)
		}
		words.Logprobs = true
		seeds := map[int]bool{}
		for asked := range 4 {
			got := call(one, asked)
			seeds[got.Seed] = true
			want := words
			want.Seed = got.Seed
			if asked > 0 {
				want.Temperature = 0.8
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("form %v, call %d (-want +got):\n%s", form, asked, diff)
			}
		}
		seeds[call(goals{{Concl: "R"}}, 0).Seed] = true
		if len(seeds) != 5 {
			t.Errorf("form %v: %d seeds for 5 calls", form, len(seeds))
		}
		if again := call(one, 2).Seed; again != m.asked[2].Seed {
			t.Errorf("form %v: the seed of a call depends on those before it", form)
		}
		p.Temperature = 1.5
		if got := call(one, 1).Temperature; got != 1.5 {
			t.Errorf("form %v: temperature %v, want the 1.5 that was set", form, got)
		}
	}
}

// Which goal comes first is an opponent's choice: no model is asked.
func TestStepsOpponent(t *testing.T) {
	m := &script{}
	for _, p := range []ask.Widener{ask.Steps{Model: m}, &ask.Whole{Model: m}, ask.Mix{Model: list{err: errDown}, Portfolio: list{err: errDown}}} {
		first, usage, err := p.(ask.Policy).Propose(t.Context(), both, nil, 2)
		more, _, _ := p.ProposeMore(t.Context(), both, nil, 2, 1)
		want := cands("1", 1.0, "2", 1.0, "3", 1.0)
		if diff := cmp.Diff(want, first); diff != "" || err != nil || !usage.IsZero() {
			t.Errorf("%T: error %v, usage %+v, candidates (-want +got):\n%s", p, err, usage, diff)
		}
		if diff := cmp.Diff(want, more); diff != "" {
			t.Errorf("%T, asked for more (-want +got):\n%s", p, diff)
		}
	}
}

// A prompt that is too long is asked again at half its length, until nothing
// can be left out of it any more.
func TestStepsTooLong(t *testing.T) {
	var path env.Path
	for i := range 20 {
		path = append(path, env.Step{Action: fmt.Sprintf("rewrite (a_lemma_with_a_long_name_and_number_%d a b c) in H by (assumption || trivial)", i), State: one})
	}
	long := fmt.Errorf("%w: %w", llm.ErrUnavailable, llm.ErrTooLong)
	m := &script{replies: []any{long, long, `["auto"]`}}
	got, usage, err := ask.Steps{Model: m}.Propose(t.Context(), one, path, 1)
	if diff := cmp.Diff(cands("auto", 1.0), got); diff != "" || err != nil {
		t.Errorf("error %v, candidates (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(spent(1), usage); diff != "" {
		t.Errorf("usage (-want +got): a refused prompt costs nothing\n%s", diff)
	}
	for i := 1; i < len(m.asked); i++ {
		if len(m.asked[i].Prompt) >= len(m.asked[i-1].Prompt) || !strings.Contains(m.asked[i].Prompt, one[0].Concl) {
			t.Errorf("prompt %d is %q after %q", i, m.asked[i].Prompt, m.asked[i-1].Prompt)
		}
	}
	m = &script{replies: []any{long, long, long, long, long, long}}
	if _, _, err := (ask.Steps{Model: m}).Propose(t.Context(), one, path, 1); !errors.Is(err, llm.ErrTooLong) {
		t.Errorf("error %v, want ErrTooLong: nothing is left to leave out", err)
	}
}

// Whatever a model writes, priors are finite numbers, every tactic is there
// once, and no mass is lost.
func TestStepsMass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.SampledFrom([]string{"auto", "intros n", "simpl.", " auto.", "split;  auto"}), 1, 8).Draw(t, "texts")
		logs := rapid.SliceOfN(rapid.Float64Range(-400, 0), len(texts), len(texts)).Draw(t, "logs")
		length := rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "length")
		pairs, total := []any{"[", -1.0}, 0.0
		for i, text := range texts {
			pairs = append(pairs, `"`, -1.0, text, logs[i], `",`, -1.0)
			total += math.Exp(logs[i])
		}
		m := &script{replies: []any{tell(pairs...)}}
		got, _, err := ask.Steps{Model: m, Length: length}.Propose(t.Context(), one, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		sum, seen := 0.0, map[string]bool{}
		for _, c := range got {
			if math.IsNaN(c.LogPrior) || math.IsInf(c.LogPrior, 0) || seen[c.Action] {
				t.Fatalf("candidates %+v", got)
			}
			seen[c.Action] = true
			sum += math.Exp(c.LogPrior)
		}
		if math.Abs(sum-total) > 1e-9*total {
			t.Fatalf("masses add up to %v, want %v", sum, total)
		}
	})
}
