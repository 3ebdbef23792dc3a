// Package ask is how a language model is asked about proofs: Prompt words the
// questions, Steps and Whole are policies that read tactics and whole proofs
// off the replies, Judge values states, and Mix joins a model with a policy
// that needs none.
//
// All of it knows proofs through env and env/proof alone, so that all proof
// assistants share it. What a model writes is data: it is cut into tactics
// here, and whether a tactic may be sent to a prover at all is the environment's
// word.
//
// States with several independent goals, whose opponent picks the goal, need
// no model: the policies return their actions, and Judge multiplies the values
// of the goals.
package ask

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// Policy is what mcts asks for steps, and what the policies of this package
// implement. Usage is returned also beside an error.
type Policy interface {
	Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error)
}

// Widener is the ability of a Policy to go on where it left off.
type Widener interface {
	ProposeMore(ctx context.Context, s env.State, path env.Path, asked, k int) ([]env.Candidate, env.Usage, error)
}

// Critic is what mcts asks for values.
type Critic interface {
	Evaluate(ctx context.Context, s env.State, path env.Path) (env.Value, env.Usage, error)
}

// goalsOf are the actions of a state with several independent goals, which
// belongs to an opponent who picks one; ok is false for all other states.
func goalsOf(s env.State) (actions []string, ok bool) {
	finite, listed := s.(env.Finite)
	if !listed || env.ToMove(s) == 0 {
		return nil, false
	}
	return finite.Actions(), true
}

// evenly gives each action the same prior.
func evenly(actions []string) []env.Candidate {
	var out []env.Candidate
	for _, a := range actions {
		out = append(out, env.Candidate{Action: a})
	}
	return out
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

// within asks p's question. A prompt that is too long for the model's context is
// asked again at half its length, as long as anything can be left out.
func within(ctx context.Context, m llm.Model, p Prompt, question func(Prompt) llm.Request, usage *env.Usage) (c llm.Completion, err error) {
	for length := math.MaxInt; ; {
		req := question(p)
		now := size(req.System) + size(req.Prompt)
		if now >= length {
			return c, err
		}
		if c, err = generate(ctx, m, req, usage); !errors.Is(err, llm.ErrTooLong) {
			return c, err
		}
		length, p.Budget = now, max(1, now/2)
	}
}

// seed mixes the seed of the search with the state and the number of the
// sample, so that it does not depend on the order of the search.
func seed(base uint64, s env.State, i int) int {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%d", base, s.Key(), i)
	return int(h.Sum64() >> 33)
}
