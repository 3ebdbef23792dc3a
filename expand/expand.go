// Package expand has policies: how a state gets its candidate steps and their
// priors. A policy proposes; whether a step is legal is the environment's
// word, and how good it is the critics'.
package expand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// ErrOpen says that a policy needs a list of all actions and the state has none.
var ErrOpen = errors.New("the state has no finite list of actions")

// Uniform gives every action of a finite action set the same prior. It asks no
// model.
type Uniform struct{}

// Propose implements mcts.Policy; k is ignored.
func (Uniform) Propose(_ context.Context, s env.State, _ env.Path, _ int) ([]env.Candidate, env.Usage, error) {
	finite, ok := s.(env.Finite)
	if !ok {
		return nil, env.Usage{}, fmt.Errorf("uniform policy: %w", ErrOpen)
	}
	var out []env.Candidate
	for _, a := range finite.Actions() {
		out = append(out, env.Candidate{Action: a})
	}
	return out, env.Usage{}, nil
}

// Sample asks a model for k steps: first the greedy one, then k-1 samples.
// Equal texts merge. The log-prior is the sum of the token log-probabilities,
// divided by the number of tokens to the power of Length; without
// log-probabilities it is the logarithm of how often the text came, plus one.
type Sample struct {
	Model       llm.Model
	Style       prompt.Style
	Temperature float64 // of the samples; 0 means 0.8
	Length      float64 // 0 keeps the plain probability, 1 normalises by length
	Seed        uint64
}

// Propose implements mcts.Policy.
func (p Sample) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	return p.ProposeMore(ctx, s, path, 0, k)
}

// ProposeMore implements mcts.Widener: the samples have other seeds than those
// before them.
func (p Sample) ProposeMore(ctx context.Context, s env.State, _ env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	var usage env.Usage
	var out []env.Candidate
	place, times := map[string]int{}, map[string]int{}
	counted := false
	for i := asked; i < asked+max(1, k); i++ {
		req := p.Style.Step(s)
		req.Logprobs = true
		req.Seed = seed(p.Seed, s, i)
		if i > 0 {
			req.Temperature = cmp.Or(p.Temperature, 0.8)
		}
		c, err := generate(ctx, p.Model, req, &usage)
		if errors.Is(err, llm.ErrBudget) && i > asked {
			break // what was paid for is used
		}
		if err != nil {
			return out, usage, err
		}
		step := prompt.ReadStep(c.Text)
		if c.Stop != llm.Stop || step == "" {
			usage.Unparsed++
			continue
		}
		times[step]++
		if _, seen := place[step]; seen {
			continue
		}
		place[step] = len(out)
		counted = counted || len(c.Tokens) == 0
		out = append(out, env.Candidate{Action: step, LogPrior: logprob(c.Tokens, p.Length)})
	}
	if counted {
		for i := range out {
			out[i].LogPrior = math.Log(float64(times[out[i].Action] + 1))
		}
	}
	return out, usage, nil
}

func logprob(tokens []llm.Token, length float64) float64 {
	sum := 0.0
	for _, t := range tokens {
		sum += t.Logprob
	}
	return sum / math.Pow(float64(max(1, len(tokens))), length)
}

// generate makes one call and counts it.
func generate(ctx context.Context, m llm.Model, req llm.Request, usage *env.Usage) (llm.Completion, error) {
	c, err := m.Generate(ctx, req)
	if err != nil {
		return c, err
	}
	*usage = usage.Plus(prompt.Spent(c))
	return c, nil
}

// seed mixes the seed of the search with the state and the number of the
// sample, so that it does not depend on the order of the search.
func seed(base uint64, s env.State, i int) int {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%d", base, s.Key(), i)
	return int(h.Sum64() >> 33)
}
