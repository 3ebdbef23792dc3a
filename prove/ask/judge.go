package ask

import (
	"context"
	"fmt"
	"slices"

	"github.com/ponder-mcts/ponder/env"
)

// Judge makes a critic of states of one goal (or of goals that belong together)
// one of all states of proofs: evaluate.YesNo, asking in the words of Prompt,
// knows nothing of players. Where an opponent picks among independent goals, all
// of them must be proved: his value is 1 − the product of theirs.
type Judge struct {
	Critic Critic
	Env    env.Environment
}

// Evaluate implements mcts.Critic. One goal of unknown value makes the whole
// unknown, unless another one is lost. An ended state is worth its reward, and
// costs no call.
func (j Judge) Evaluate(ctx context.Context, s env.State, path env.Path) (env.Value, env.Usage, error) {
	if out, over := s.Outcome(); over {
		return env.Value{Mean: out.Reward, Note: out.Note}, env.Usage{}, nil
	}
	actions, several := goalsOf(s)
	if !several {
		return j.Critic.Evaluate(ctx, s, path)
	}
	var usage env.Usage
	all, unknown := 1.0, false
	for _, a := range actions {
		goal, err := j.Env.Step(ctx, s, a)
		if err != nil {
			return env.Value{Unknown: true}, usage, fmt.Errorf("choosing goal %s of state %q: %w", a, s, err)
		}
		v, spent, err := j.Evaluate(ctx, goal, append(slices.Clip(path), env.Step{Action: a, State: goal}))
		usage = usage.Plus(spent)
		switch {
		case err != nil:
			return env.Value{Unknown: true}, usage, err
		case v.Unknown:
			unknown = true
		default:
			all *= v.Mean
		}
	}
	if unknown && all > 0 {
		return env.Value{Unknown: true}, usage, nil
	}
	return env.Value{Mean: 1 - all, Note: fmt.Sprintf("%d goals", len(actions))}, usage, nil
}
