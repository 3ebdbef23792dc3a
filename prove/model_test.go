package prove_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prove"
)

// scripted answers every question about a proof with the same words, and every other
// one with yes.
type scripted struct {
	proof   string
	mu      sync.Mutex
	prompts []string
}

func (m *scripted) Generate(_ context.Context, req llm.Request) (llm.Completion, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prompts = append(m.prompts, req.Prompt)
	c := llm.Completion{Text: m.proof, Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 100, CompletionTokens: 5}}
	if req.MaxTokens == 1 {
		c.Text = "yes"
		yes := llm.Alternative{Text: "yes", Logprob: -0.1}
		c.Tokens = []llm.Token{{Alternative: yes, Top: []llm.Alternative{yes, {Text: "no", Logprob: -2.3}}}}
	}
	return c, nil
}

// A model is told the lemmas that are near, earlier proofs of the file and the
// definitions that the goal rests on, and its proof is judged like any other.
func TestModelIsTold(t *testing.T) {
	const text = `Require Import Arith.
Definition twice (n : nat) := n + n.
Lemma twice_0 : twice 0 = 0.
Proof. unfold twice. reflexivity. Qed.
Axiom half_unknown : forall n m : nat, twice n = twice m -> n = m.
Lemma twice_hard : forall n m : nat, twice (n * m + 1) = twice (m * n + 1).
Admitted.
`
	f := parse(t, text)
	m := &scripted{proof: "intros n m. rewrite Nat.mul_comm. reflexivity."}
	r, err := prove.Prove(t.Context(), f, vernac.Holes(f)[0], prove.Options{
		Time: 30 * time.Second, Model: ponder.Asked{Name: "scripted", Model: m}, Calls: 20, Critic: "model",
	})
	if err != nil || !r.Verified {
		t.Fatalf("%v, %+v", err, r)
	}
	told := strings.Join(m.prompts, "\n")
	for _, want := range []string{"Definition twice (n : nat) := n + n", "half_unknown", "Lemma twice_0", "unfold twice"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not in the questions:\n%s", want, told)
		}
	}
}

// A model that values goals is asked with one token, within the budget of calls.
func TestModelJudges(t *testing.T) {
	f := parse(t, "Lemma square : forall n : nat, n * n = n.\nAdmitted.\n")
	m := &scripted{proof: "nonsense."}
	r, err := prove.Prove(t.Context(), f, vernac.Holes(f)[0], prove.Options{
		Time: 30 * time.Second, Model: ponder.Asked{Name: "scripted", Model: m}, Calls: 5, Critic: "model",
	})
	if err != nil || r.Solved || r.Reason != mcts.Calls {
		t.Fatalf("%v, %+v", err, r)
	}
	if told := strings.Join(m.prompts, "\n"); len(m.prompts) != 5 || !strings.Contains(told, "Can this goal be proved") {
		t.Errorf("%d questions:\n%s", len(m.prompts), told)
	}
}
