package bench

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prompt"
)

// play runs one of the strategies without a tree: whole attempts from the
// start, until one is right or the budget is spent.
func (p Plan) play(ctx context.Context, r *Result) error {
	h := fnv.New64a()
	h.Write([]byte(r.Problem))
	rng := rand.New(rand.NewPCG(p.Config.Seed, h.Sum64()))
	r.Status = mcts.StatusUnsolved
	if r.Strategy != "random" && p.Config.Model.Model == nil {
		return fmt.Errorf("strategy %s needs a model", r.Strategy)
	}
	for r.Budget == 0 || r.Calls < r.Budget {
		end, err := p.attempt(ctx, r, rng)
		if err != nil {
			return err
		}
		if out, over := end.Outcome(); over && out.Reward == 1 {
			return p.accept(ctx, r, end)
		}
		if r.Strategy == "greedy" {
			return nil
		}
	}
	return nil
}

// attempt plays from the start until the end, an illegal step or the end of
// the budget.
func (p Plan) attempt(ctx context.Context, r *Result, rng *rand.Rand) (env.State, error) {
	at, err := p.Env.Start(ctx, r.Problem)
	if err != nil {
		return nil, err
	}
	if r.Strategy == "random" {
		r.Calls++
	}
	for {
		if _, over := at.Outcome(); over {
			return at, nil
		}
		action, ok, err := p.step(ctx, r, at, rng)
		if err != nil || !ok {
			return at, err
		}
		next, err := p.Env.Step(ctx, at, action)
		if errors.Is(err, env.ErrIllegal) {
			return at, nil
		}
		if err != nil {
			return at, err
		}
		at = next
	}
}

// step chooses one action; ok is false when there is none to be had.
func (p Plan) step(ctx context.Context, r *Result, at env.State, rng *rand.Rand) (action string, ok bool, err error) {
	if r.Strategy == "random" {
		finite, ok := at.(env.Finite)
		if !ok {
			return "", false, fmt.Errorf("strategy random needs states with a finite list of actions")
		}
		actions := finite.Actions()
		if len(actions) == 0 {
			return "", false, ctx.Err()
		}
		return actions[rng.IntN(len(actions))], true, ctx.Err()
	}
	if r.Strategy == "sample" && r.Budget > 0 && r.Calls >= r.Budget {
		return "", false, nil
	}
	req := p.Config.Model.Style.Step(at)
	if r.Strategy == "sample" {
		req.Temperature, req.Seed = p.Temperature, int(rng.Int32())
		if req.Temperature == 0 {
			req.Temperature = 1
		}
	}
	c, err := p.Config.Model.Model.Generate(ctx, req)
	if err != nil {
		return "", false, err
	}
	r.Calls++
	r.Tokens += c.Usage.PromptTokens + c.Usage.CompletionTokens
	action = prompt.ReadStep(c.Text)
	return action, action != "", nil
}

// accept has the answer at a won state judged by the environment's checker.
func (p Plan) accept(ctx context.Context, r *Result, end env.State) error {
	r.Status = mcts.StatusSolved
	answerer, ok := end.(env.Answerer)
	verifier, can := p.Env.(env.Verifier)
	if !ok || !can {
		return nil
	}
	r.Answer = answerer.Answer()
	if err := verifier.Verify(ctx, r.Problem, r.Answer); err != nil {
		return fmt.Errorf("the checker refused the answer %q: %w", r.Answer, err)
	}
	r.Verified = true
	return nil
}
