//go:build ollama

package ask_test

import (
	"context"
	"errors"
	"math"
	"os"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prove/ask"
)

// real is the model of the Ollama that make test starts. It knows puzzles only,
// and its context has room for about a hundred characters.
func real(t *testing.T) *llm.Ollama {
	t.Helper()
	url := os.Getenv("PONDER_TEST_OLLAMA")
	if url == "" {
		t.Fatal(`PONDER_TEST_OLLAMA is not set: run "make test" or scripts/with-ollama.sh go test -tags ollama ./prove/ask`)
	}
	o, err := llm.NewOllama(llm.OllamaOptions{Host: url, Model: os.Getenv("PONDER_TEST_OLLAMA_MODEL"), NumCtx: 128})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// watched notes what the model says.
type watched struct {
	llm.Model
	said []llm.Completion
}

func (w *watched) Generate(ctx context.Context, req llm.Request) (llm.Completion, error) {
	c, err := w.Model.Generate(ctx, req)
	if err == nil {
		w.said = append(w.said, c)
	}
	return c, err
}

// Each question is answered, and what the answers cost is counted. What they
// say is no proof: each tactic comes from a reply, each prior is a number.
func TestOllamaAnswers(t *testing.T) {
	root := goals{{Concl: "P -> P"}}
	short := ask.Prompt{Bare: true}
	for name, policy := range map[string]func(m llm.Model) ask.Policy{
		"array":   func(m llm.Model) ask.Policy { return ask.Steps{Model: m, Prompt: short} },
		"lines":   func(m llm.Model) ask.Policy { return ask.Steps{Model: m, Prompt: short, Form: ask.Lines} },
		"samples": func(m llm.Model) ask.Policy { return ask.Steps{Model: m, Prompt: short, Form: ask.Samples} },
		"whole":   func(m llm.Model) ask.Policy { return &ask.Whole{Model: m, Prompt: short, Env: &toy{}} },
	} {
		t.Run(name, func(t *testing.T) {
			m := &watched{Model: real(t)}
			got, usage, err := policy(m).Propose(t.Context(), root, nil, 2)
			if err != nil {
				t.Fatal(err)
			}
			calls := 1
			if name == "samples" {
				calls = 2
			}
			if usage.Calls != calls || len(m.said) != calls || usage.PromptTokens == 0 {
				t.Errorf("usage %+v and %d replies, want %d", usage, len(m.said), calls)
			}
			if len(got) == 0 && usage.Unparsed == 0 && name != "whole" {
				t.Errorf("no candidates and nothing unparsed in %+v", m.said)
			}
			for _, c := range got {
				if c.Action == "" || math.IsNaN(c.LogPrior) || math.IsInf(c.LogPrior, 0) {
					t.Errorf("candidate %+v", c)
				}
			}
			for _, c := range m.said {
				if name != "whole" && c.Text != "" && len(c.Tokens) == 0 {
					t.Errorf("reply %q has no log-probabilities", c.Text)
				}
			}
		})
	}
}

func TestOllamaJudges(t *testing.T) {
	judge := ask.Judge{Critic: evaluate.YesNo{Model: real(t), Style: ask.Prompt{Bare: true}}, Env: &toy{}}
	v, usage, err := judge.Evaluate(t.Context(), both, nil)
	if err != nil || v.Check() != nil || usage.Calls != len(both) || v.Unknown != (usage.Unparsed > 0) {
		t.Errorf("value %+v, usage %+v, error %v; want a call for each of %d goals", v, usage, err, len(both))
	}
}

// The server refuses a prompt that its context has no room for, and a shorter
// one is asked; the instructions of a chat are too long for this model in any
// case.
func TestOllamaTooLong(t *testing.T) {
	var path env.Path
	for range 10 {
		path = append(path, env.Step{Action: "rewrite a_lemma_with_a_name in *", State: one})
	}
	m := &watched{Model: real(t)}
	if _, usage, err := (ask.Steps{Model: m, Prompt: ask.Prompt{Bare: true}, Form: ask.Samples}).Propose(t.Context(), goals{{Concl: "P"}}, path, 1); err != nil || usage.Calls != 1 {
		t.Errorf("usage %+v, error %v; want one call with a shorter prompt", usage, err)
	}
	chat := ask.Steps{Model: m}
	if _, _, err := chat.Propose(t.Context(), one, nil, 1); !errors.Is(err, llm.ErrTooLong) {
		t.Errorf("error %v, want ErrTooLong", err)
	}
	got, _, err := ask.Mix{Model: chat, Portfolio: list{cands: cands("auto", 1.0)}}.Propose(t.Context(), one, nil, 1)
	if err != nil || len(got) != 1 {
		t.Errorf("candidates %v, error %v; want the portfolio's", got, err)
	}
}

func TestOllamaBudget(t *testing.T) {
	meter := llm.NewMeter(real(t), 2, 0)
	p := ask.Steps{Model: meter, Prompt: ask.Prompt{Bare: true}, Form: ask.Samples}
	if _, usage, err := p.Propose(t.Context(), one, nil, 5); err != nil || usage.Calls != 2 {
		t.Errorf("usage %+v, error %v; want 2 calls", usage, err)
	}
	if _, _, err := p.Propose(t.Context(), one, nil, 5); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("error %v, want ErrBudget", err)
	}
	if calls, _, _ := meter.Used(); calls != 2 {
		t.Errorf("%d calls, want 2", calls)
	}
}
