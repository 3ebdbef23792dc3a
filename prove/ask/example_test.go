package ask_test

import (
	"context"
	"fmt"
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prove/ask"
)

// tellAbout prints candidates with their normalised priors.
func tellAbout(cands []env.Candidate, usage env.Usage, err error) {
	for i, p := range env.Softmax(cands) {
		fmt.Printf("%s %.2f\n", cands[i].Action, p)
	}
	fmt.Println("calls:", usage.Calls, "error:", err)
}

func ExamplePrompt() {
	s := goals{{Hyps: []proof.Hyp{{Name: "n", Type: "nat"}}, Concl: "n + 0 = n"}}
	known := book{premises: []proof.Premise{{Name: "plus_n_O", Statement: "forall n : nat, n = n + 0"}}}
	fmt.Println(ask.Prompt{Premises: known}.Step(s).Prompt)
	// Output:
	// Lemmas that may help:
	// plus_n_O : forall n : nat, n = n + 0
	//
	// Goal:
	// n : nat
	// ============================
	// n + 0 = n
	//
	// Write the next tactic and nothing else.
}

// One call lists tactics; the fourth is the second once more, so that it gets
// the mass of both.
func ExampleSteps() {
	m := &script{replies: []any{`["intros n", "auto.", "lia", " auto"]`}}
	tellAbout(ask.Steps{Model: m}.Propose(context.Background(), one, nil, 3))
	// Output:
	// intros n 0.48
	// auto 0.36
	// lia 0.16
	// calls: 1 error: <nil>
}

// A whole proof that breaks at its third tactic is worth a path of two.
func ExampleWhole() {
	ctx := context.Background()
	world := &toy{}
	m := &script{replies: []any{"intros A.\nintros B.\nlia."}}
	p := &ask.Whole{Model: m, Env: world}
	s, _ := world.Start(ctx, "P -> Q -> P")
	tellAbout(p.Propose(ctx, s, nil, 4))
	s, _ = world.Step(ctx, s, "intros A")
	tellAbout(p.Propose(ctx, s, nil, 4))
	// Output:
	// intros A 1.00
	// calls: 1 error: <nil>
	// intros B 1.00
	// calls: 0 error: <nil>
}

func ExampleRepairs() {
	refused := proof.Failure{Tactic: "rewrite add_com", Text: "The reference add_com was not found in the current environment."}
	fmt.Println(ask.Repairs(refused.Tactic, refused, []string{"n", "Nat.add_comm", "add_comm"}))
	// Output:
	// [rewrite add_comm]
}

// An opponent who picks one of two goals wins unless both can be proved.
func ExampleJudge() {
	yes := func(p float64) llm.Completion {
		c := tell("yes", math.Log(p))
		c.Tokens[0].Top = []llm.Alternative{{Text: "yes", Logprob: math.Log(p)}, {Text: "no", Logprob: math.Log(1 - p)}}
		return c
	}
	m := &script{replies: []any{yes(0.9), yes(0.5)}}
	judge := ask.Judge{Critic: evaluate.YesNo{Model: m, Style: ask.Prompt{}}, Env: &toy{}}
	v, usage, err := judge.Evaluate(context.Background(), all{{Concl: "P"}, {Concl: "Q"}}, nil)
	fmt.Printf("%.2f %d calls %v\n", v.Mean, usage.Calls, err)
	// Output:
	// 0.55 2 calls <nil>
}

func ExampleMix() {
	model := ask.Steps{Model: &script{replies: []any{`["intros n", "auto"]`}}}
	portfolio := list{cands: []env.Candidate{{Action: "auto."}, {Action: "lia."}}}
	tellAbout(ask.Mix{Model: model, Portfolio: portfolio}.Propose(context.Background(), one, nil, 4))
	// Output:
	// intros n 0.33
	// auto 0.42
	// lia 0.25
	// calls: 2 error: <nil>
}

func ExampleLanguage_Split() {
	reply := "Here is the proof:\n```coq\nProof.\n  split.\n  - intros n. (* first *)\n    apply Nat.le_refl.\n  - auto.\nQed.\n```"
	for _, tactic := range ask.Coq.Split(reply, false) {
		fmt.Println(tactic)
	}
	// Output:
	// split
	// intros n
	// apply Nat.le_refl
	// auto
}

func ExampleLanguage_Clean() {
	fmt.Printf("%q\n", ask.Coq.Clean(" intros  n.\n"))
	fmt.Printf("%q\n", ask.Lean.Clean("cases h with\n| inl a => simp\n"))
	// Output:
	// "intros n"
	// "cases h with\n  | inl a => simp"
}
