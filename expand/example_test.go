package expand_test

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/prompt"
)

// show prints candidates with their normalised priors.
func show(cands []env.Candidate, usage env.Usage, err error) {
	for i, p := range env.Softmax(cands) {
		fmt.Printf("%s %.2f\n", cands[i].Action, p)
	}
	fmt.Println("calls:", usage.Calls, "error:", err)
}

func ExampleUniform() {
	show(expand.Uniform{}.Propose(context.Background(), among("13-9=4", "13+9=22"), nil, 4))
	// Output:
	// 13-9=4 0.50
	// 13+9=22 0.50
	// calls: 0 error: <nil>
}

// Four replies of a model without log-probabilities: how often a step came
// decides.
func ExampleSample() {
	m := &script{replies: []any{say("13-9=4"), say("10-4=6"), say("13-9=4"), say("13-9=4")}}
	p := expand.Sample{Model: m, Style: prompt.Line{}, Temperature: 0.8}
	show(p.Propose(context.Background(), free("4 9 10 13 > 24"), nil, 4))
	// Output:
	// 13-9=4 0.67
	// 10-4=6 0.33
	// calls: 4 error: <nil>
}

// One call of one token tells the priors of all actions.
func ExampleLabel() {
	m := &script{replies: []any{first(top("B", 0.7, " A", 0.1, "A", 0.1, "C", 0.1)...)}}
	p := expand.Label{Model: m, Style: prompt.Line{}}
	show(p.Propose(context.Background(), among("4+9=13", "13-9=4", "9*10=90"), nil, 4))
	// Output:
	// 4+9=13 0.20
	// 13-9=4 0.70
	// 9*10=90 0.10
	// calls: 1 error: <nil>
}

// The first call writes 13-9=4 and shows that 30 % of the mass goes on with
// "10"; the second looks into that.
func ExampleBranch() {
	m := &author{
		lines:  map[string]float64{"13-9=4": 0.7, "10-4=6": 0.25, "10+4=14": 0.05},
		tokens: byByte,
		start:  "4 9 10 13 > 24\n",
	}
	s := listed{"4 9 10 13 > 24", []string{"10+4=14", "10-4=6", "13-9=4"}}
	show(expand.Branch{Model: m, Style: prompt.Line{}}.Propose(context.Background(), s, nil, 4))
	// Output:
	// 10+4=14 0.05
	// 10-4=6 0.25
	// 13-9=4 0.70
	// calls: 2 error: <nil>
}
