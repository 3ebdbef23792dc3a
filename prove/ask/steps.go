package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
)

// Steps asks a model for the next tactic: in one call for several (Array,
// Lines), or in a call for each (Samples), the first one greedy and the others
// sampled. Tactics are spelled as Clean does it; equal ones merge and their
// masses add up.
//
// The log-prior of a tactic is the sum of the log-probabilities of its tokens,
// divided by their number to the power of Length. Without log-probabilities the
// place in the list decides (the second has half of the mass of the first, and
// so on), and among samples how often a tactic came.
//
// Where a prompt is too long for the model's context, a shorter one is asked.
type Steps struct {
	Model  llm.Model
	Prompt Prompt
	Form   Form
	// Width is the most tactics that one call may give as an Array or as Lines; 0
	// means 6. They are asked for and proposed even if fewer are wanted: that
	// costs little, and to ask again would cost a call.
	Width       int
	Length      float64 // 0 keeps the plain probability, 1 normalises by length
	Temperature float64 // of all calls but the first one of a state; 0 means 0.8
	Seed        uint64
}

// Propose implements mcts.Policy. A reply without a tactic is counted as
// unparsed. If a budget ends among several samples, those before are used.
func (p Steps) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	return p.ProposeMore(ctx, s, path, 0, k)
}

// ProposeMore implements mcts.Widener: by one more call for several, or by k
// samples with other seeds than those before them.
func (p Steps) ProposeMore(ctx context.Context, s env.State, path env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	var usage env.Usage
	if actions, ok := goalsOf(s); ok {
		return evenly(actions), usage, nil
	}
	calls, other := max(1, k), byCount
	if p.Form != Samples {
		calls, other = 1, byRank
	}
	var list []found
	for i := asked; i < asked+calls; i++ {
		c, err := within(ctx, p.Model, p.Prompt, func(words Prompt) llm.Request { return p.request(words, s, path, i) }, &usage)
		if errors.Is(err, llm.ErrBudget) && i > asked {
			break // what was paid for is used
		}
		if err != nil {
			return candidates(list, other), usage, fmt.Errorf("asking for tactics: %w", err)
		}
		got := p.Prompt.Language.tacticsIn(c, p.Form, p.Length)
		if len(got) == 0 {
			usage.Unparsed++
		}
		list = append(list, got...)
	}
	return candidates(list, other), usage, nil
}

// request is the i-th one about a state.
func (p Steps) request(words Prompt, s env.State, path env.Path, i int) llm.Request {
	var req llm.Request
	if p.Form == Samples {
		req = words.Tactic(s, path)
	} else {
		req = words.Tactics(s, path, p.Form, cmp.Or(max(0, p.Width), 6))
	}
	req.Logprobs, req.Seed = true, seed(p.Seed, s, i)
	if i > 0 {
		req.Temperature = cmp.Or(p.Temperature, 0.8)
	}
	return req
}
