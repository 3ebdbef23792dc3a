package ask_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
	"github.com/ponder-mcts/ponder/prove/ask"
)

// prover answers like a model that knows one proof.
func prover(c llmtest.Call) llm.Completion {
	switch {
	case strings.Contains(c.Prompt, "JSON array"):
		return tell(`["`, -0.1, "intros", -1.0, " A", -0.5, `"`, -0.1, `, "`, -0.1, "auto", -2.0, `"]`, -0.1)
	case strings.Contains(c.Prompt, "complete proof"):
		return llmtest.Say("```coq\nintros A.\nexact A.\nQed.\n```")
	case strings.Contains(c.Prompt, "yes or no"):
		r := tell("yes", math.Log(0.8))
		r.Tokens[0].Top = []llm.Alternative{r.Tokens[0].Alternative, {Text: "no", Logprob: math.Log(0.2)}}
		r.Usage.CompletionTokens = 1
		return cut(r)
	}
	return llmtest.Say("auto.")
}

func client(t *testing.T, s *llmtest.Server, model string) *llm.Ollama {
	t.Helper()
	o, err := llm.NewOllama(llm.OllamaOptions{
		Host: s.URL, Model: model, CallTimeout: 20 * time.Second, LoadTimeout: 20 * time.Second, RetryDelay: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Everything works through the wire of a server.
func TestServer(t *testing.T) {
	s := llmtest.Serve(t, prover)
	m := client(t, s, "fake")
	root := goals{{Concl: "P -> P"}}
	got, _, err := ask.Steps{Model: m}.Propose(t.Context(), root, nil, 4)
	if diff := cmp.Diff(cands("intros A", math.Exp(-1.5), "auto", math.Exp(-2)), got, near); diff != "" || err != nil {
		t.Errorf("steps: error %v, candidates (-want +got):\n%s", err, diff)
	}
	got, _, err = (&ask.Whole{Model: m, Env: &toy{}}).Propose(t.Context(), root, nil, 4)
	if diff := cmp.Diff(cands("intros A", 1.0), got, near); diff != "" || err != nil {
		t.Errorf("whole proof: error %v, candidates (-want +got):\n%s", err, diff)
	}
	v, _, err := ask.Judge{Critic: evaluate.YesNo{Model: m, Style: ask.Prompt{}}}.Evaluate(t.Context(), root, nil)
	if err != nil || math.Abs(v.Mean-0.8) > 1e-9 {
		t.Errorf("judge: value %+v, error %v; want 0.8", v, err)
	}
	for _, c := range s.Calls() {
		if !strings.HasPrefix(c.System, "You prove goals in Coq.") || c.Raw {
			t.Errorf("a call has the system text %q, raw %v", c.System, c.Raw)
		}
	}
}

// An old server without log-probabilities ranks by place.
func TestOldServer(t *testing.T) {
	s := llmtest.Serve(t, prover)
	s.SetVersion("0.12.0")
	got, _, err := ask.Steps{Model: client(t, s, "fake")}.Propose(t.Context(), one, nil, 4)
	if diff := cmp.Diff(cands("intros A", 1.0, "auto", 0.5), got, near); diff != "" || err != nil {
		t.Errorf("error %v, candidates (-want +got):\n%s", err, diff)
	}
}

// However a server misbehaves, a policy returns candidates that can be proposed,
// or an error.
func TestServerMisbehaves(t *testing.T) {
	portfolio := list{cands: cands("lia", 1.0)}
	rows := []struct {
		mode string
		want []env.Candidate // of the mixture
		err  error
	}{
		{"toolong", cands("lia", 1.0), nil},
		{"400", nil, llm.ErrUnavailable},
		{"empty", cands("lia", 1.0), nil},
		{"length", cands("intros A", 0.5*math.Exp(-1.5)/(math.Exp(-1.5)+math.Exp(-2)), "auto", 0.5*math.Exp(-2)/(math.Exp(-1.5)+math.Exp(-2)), "lia", 0.5), nil},
		{"loop", cands("lia", 1.0), nil},
		{"thinkopen", cands("lia", 1.0), nil},
	}
	for _, row := range rows {
		t.Run(row.mode, func(t *testing.T) {
			s := llmtest.Serve(t, prover)
			m := ask.Mix{Model: ask.Steps{Model: client(t, s, "fake:"+row.mode)}, Portfolio: portfolio}
			got, _, err := m.Propose(t.Context(), one, nil, 4)
			if !errors.Is(err, row.err) || err != nil && row.err == nil {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got, near); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
		})
	}
}

// A budget of calls is never exceeded, and its end stops nothing.
func TestBudgetOfCalls(t *testing.T) {
	meter := llm.NewMeter(llmtest.Script(func(llm.Request) (llm.Completion, error) { return llmtest.Say("auto."), nil }), 3, 0)
	m := ask.Mix{Model: ask.Steps{Model: meter, Form: ask.Samples}, Portfolio: list{cands: cands("lia", 1.0)}}
	for range 3 {
		if _, _, err := m.Propose(t.Context(), one, nil, 2); err != nil {
			t.Fatal(err)
		}
	}
	if calls, _, _ := meter.Used(); calls != 3 {
		t.Errorf("%d calls, want 3", calls)
	}
}
