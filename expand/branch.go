package expand

import (
	"cmp"
	"context"
	"errors"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// Branch reads the prior of a finite action set off few generations. A greedy
// generation with its alternatives tells, at each position, how much mass each
// other continuation has; the action texts that share a prefix share its mass.
// Each further call (up to k) continues from the prefix that holds the most
// mass nobody has looked into, so that probable steps are told apart first and
// no duplicate is ever paid for. Only a bare prompt can be continued: through a
// template, one call is all. A state without a finite action set is sampled
// instead.
type Branch struct {
	Model llm.Model
	Style prompt.Style
	Seed  uint64
	// Least is the mass below which a prefix is not worth a call; 0 means 0.02.
	Least float64
}

// open is the policy for states without a finite action set.
func (p Branch) open() Sample {
	return Sample{Model: p.Model, Style: p.Style, Seed: p.Seed, Length: 1}
}

// ProposeMore implements mcts.Widener, for states without a finite action set.
func (p Branch) ProposeMore(ctx context.Context, s env.State, path env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	return p.open().ProposeMore(ctx, s, path, asked, k)
}

// Propose implements mcts.Policy.
func (p Branch) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	finite, ok := s.(env.Finite)
	if !ok {
		return p.open().Propose(ctx, s, path, k)
	}
	var usage env.Usage
	t := newTrie(finite.Actions())
	if len(t.lines) < 2 {
		return t.candidates(), usage, nil // nothing to choose
	}
	for i := range max(1, k) {
		req := p.Style.Step(s)
		prefix, mass := t.darkest()
		if i > 0 && (mass < cmp.Or(p.Least, 0.02) || !req.Raw) {
			break
		}
		req.Prompt += prefix
		req.Logprobs, req.TopLogprobs, req.Seed = true, topLogprobs, seed(p.Seed, s, i)
		peek := t.ends[prefix]
		if peek {
			req.Stop, req.MaxTokens = nil, 1 // the stop text is among the alternatives
		}
		c, err := generate(ctx, p.Model, req, &usage)
		if errors.Is(err, llm.ErrBudget) && i > 0 {
			break // what was paid for is used
		}
		if err != nil {
			return nil, usage, err
		}
		if !t.learn(prefix, c) && !peek {
			usage.Unparsed++
		}
	}
	return t.candidates(), usage, nil
}
