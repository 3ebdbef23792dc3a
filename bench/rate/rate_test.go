package main

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
	"github.com/ponder-mcts/ponder/prompt"
)

// slow is a model that says "no" to everything and takes as long as the prompt
// wants.
type slow struct{ *llmtest.Scripted }

func newSlow() slow {
	return slow{llmtest.Script(func(llm.Request) (llm.Completion, error) { return llmtest.Say("no"), nil })}
}

func (s slow) Generate(ctx context.Context, req llm.Request) (llm.Completion, error) {
	sum := 0
	for _, c := range req.Prompt {
		sum += int(c)
	}
	select {
	case <-time.After(time.Duration(20+sum%50) * time.Millisecond):
		return s.Scripted.Generate(ctx, req)
	case <-ctx.Done():
		return llm.Completion{}, ctx.Err()
	}
}

func rateOf(model llm.Model, parallel int) *rate {
	return &rate{
		game: countdown.Game{Target: 24, AllNumbers: true}, hands: []string{"3 5 9 11", "1 1 1 1", "7 9 12 13"},
		config: ponder.Config{
			Model: ponder.Asked{Model: model, Style: prompt.Line{}}, Critic: "yesno", Parallel: parallel, Blind: true,
		},
		calls: 100, rounds: 4,
	}
}

// On a clock that stands still while the engine works, a search is as fast as a
// loop, but for what it can't send where a hand begins, with fewer leaves than
// slots, and for what is in flight for nothing where it ends.
func TestMeasure(t *testing.T) {
	for _, tt := range []struct {
		parallel int
		least    float64
	}{{1, 1}, {2, 0.95}, {4, 0.88}} {
		synctest.Test(t, func(t *testing.T) {
			r := rateOf(newSlow(), tt.parallel)
			var out strings.Builder
			f, err := r.measure(t.Context(), &out)
			if err != nil {
				t.Fatal(err)
			}
			// A hair of play: the sums are not exact.
			const hair = 1e-9
			if f.ratio < tt.least-hair || f.ratio > 1.05 || tt.parallel == 1 && math.Abs(f.ratio-1) > hair {
				t.Errorf("%d at once: ratio %v, want %v at least", tt.parallel, f.ratio, tt.least)
			}
			if f.searchBusy < tt.least-hair || f.searchBusy > 1+hair || f.loopBusy < 0.97 || f.loopBusy > 1+hair {
				t.Errorf("%d at once: slots busy %v and %v", tt.parallel, f.searchBusy, f.loopBusy)
			}
			if !strings.Contains(out.String(), "| 2 | loop |") || !strings.Contains(out.String(), "search to loop: ") {
				t.Errorf("no table:\n%s", out.String())
			}
		})
	}
}

// A loop sends what the search sends, in the same order, over several hands.
func TestPassesSendTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := newSlow()
		r := rateOf(model, 1)
		if err := r.record(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range r.rounds {
			search, loop, err := r.round(t.Context(), i)
			if err != nil {
				t.Fatal(err)
			}
			if len(search.requests) != r.calls {
				t.Errorf("round %d sends %d requests, want %d", i, len(search.requests), r.calls)
			}
			if diff := cmp.Diff(search.requests, loop.requests); diff != "" {
				t.Errorf("round %d (-search +loop):\n%s", i, diff)
			}
			if search.tokens != loop.tokens || search.tokens == 0 || search.took != loop.took {
				t.Errorf("round %d: search %d tokens in %v, loop %d in %v", i, search.tokens, search.took, loop.tokens, loop.took)
			}
		}
		if got, want := len(model.Requests()), 3*r.rounds*r.calls; got != want {
			t.Errorf("%d requests in all, want %d", got, want)
		}
	})
}

func TestMeasureFails(t *testing.T) {
	broken := errors.New("broken")
	left := 450 // the recording is over, the rounds are not
	for _, tt := range []struct {
		name   string
		rate   *rate
		change func(*rate)
		want   string
	}{
		{"model down from the start", rateOf(llmtest.Script(func(llm.Request) (llm.Completion, error) {
			return llm.Completion{}, llm.ErrUnavailable
		}), 2), nil, llm.ErrUnavailable.Error()},
		{"model down in a round", rateOf(llmtest.Script(func(llm.Request) (llm.Completion, error) {
			if left--; left < 0 {
				return llm.Completion{}, errors.Join(llm.ErrUnavailable, broken)
			}
			return llmtest.Say("no"), nil
		}), 1), nil, broken.Error()},
		{"nothing to send", rateOf(newSlow(), 1), func(r *rate) { r.config.Policy, r.config.Critic = "uniform", "rollout" }, "no replies"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.change != nil {
				tt.change(tt.rate)
			}
			_, err := tt.rate.measure(t.Context(), io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	server := llmtest.Serve(t, nil)
	r := rate{config: ponder.Config{Parallel: 2}, calls: 5, rounds: 2}
	if err := r.open(t.Context(), server.URL, "fake"); err != nil {
		t.Fatal(err)
	}
	f, err := r.measure(t.Context(), io.Discard)
	if err != nil || !(f.ratio > 0) {
		t.Errorf("figures %+v, error %v", f, err)
	}
	if err := r.open(t.Context(), server.URL, "no-such-model"); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("missing model: error %v", err)
	}
	r.rounds = 1
	if err := r.open(t.Context(), server.URL, "fake"); err == nil || !strings.Contains(err.Error(), "--rounds") {
		t.Errorf("one round: error %v", err)
	}
}
