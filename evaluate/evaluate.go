// Package evaluate has critics: how good is a state? A critic values states
// and never proposes steps.
package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// Critic is what the critics of this package implement, and what mcts asks for.
type Critic interface {
	Evaluate(ctx context.Context, s env.State, path env.Path) (env.Value, env.Usage, error)
}

// Unknown is the value of a critic that has nothing to say.
var Unknown = env.Value{Unknown: true}

// Terminal values terminal states by their reward, and no others.
type Terminal struct{}

// Evaluate implements Critic.
func (Terminal) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	if out, over := s.Outcome(); over {
		return env.Value{Mean: out.Reward, Note: out.Note}, env.Usage{}, nil
	}
	return Unknown, env.Usage{}, nil
}

// Chain asks its critics in turn until one knows a value.
type Chain []Critic

// Evaluate implements Critic.
func (c Chain) Evaluate(ctx context.Context, s env.State, path env.Path) (env.Value, env.Usage, error) {
	var total env.Usage
	for _, critic := range c {
		v, usage, err := critic.Evaluate(ctx, s, path)
		total = total.Plus(usage)
		if err != nil || !v.Unknown {
			return v, total, err
		}
	}
	return Unknown, total, nil
}

// YesNo asks a model whether the goal can still be reached and reads the value
// off the first token: P(yes) / (P(yes) + P(no)), spellings added up. A reply
// that is neither is unknown, and counted as unparsed: also where yes and no
// are among the alternatives, but so improbable that their ratio is noise.
type YesNo struct {
	Model llm.Model
	Style prompt.Style
}

// Evaluate implements Critic.
func (c YesNo) Evaluate(ctx context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	req := c.Style.Judge(s)
	req.Logprobs, req.TopLogprobs = true, 20
	reply, err := c.Model.Generate(ctx, req)
	if err != nil {
		return Unknown, env.Usage{}, err
	}
	usage := prompt.Spent(reply)
	yes, no := masses(reply)
	if !(yes+no >= heard) {
		usage.Unparsed = 1
		return Unknown, usage, nil
	}
	v := yes / (yes + no)
	return env.Value{Mean: v, Note: fmt.Sprintf("yes %.3f, no %.3f", yes, no)}, usage, nil
}

// heard is the least mass of yes and no together that says anything.
const heard = 0.01

// masses returns the probability of yes and of no as the first word. A model
// without log-probabilities says only one of them: it gets 9 parts in 10.
func masses(c llm.Completion) (yes, no float64) {
	if len(c.Tokens) == 0 || len(c.Tokens[0].Top) == 0 {
		switch verdict(c.Text) {
		case "yes":
			return 0.9, 0.1
		case "no":
			return 0.1, 0.9
		}
		return 0, 0
	}
	for _, alt := range c.Tokens[0].Top {
		switch verdict(alt.Text) {
		case "yes":
			yes += math.Exp(alt.Logprob)
		case "no":
			no += math.Exp(alt.Logprob)
		}
	}
	return yes, no
}

// verdict reads a word as "yes", as "no", or as neither. The beginning of a
// word counts, because a token can be one letter; longer words do not.
func verdict(text string) string {
	word := strings.ToLower(strings.Trim(text, " \t\r\n.,:;!*`\"'"))
	for _, v := range []string{"yes", "no"} {
		if word != "" && strings.HasPrefix(v, word) {
			return v
		}
	}
	return ""
}

// Rollout plays random legal steps to the end, and values a state by the mean
// reward. It asks no model. States without a finite action set are unknown to
// it. The value of a state depends on nothing but Seed and the state.
type Rollout struct {
	Env   env.Environment
	Seed  uint64
	Count int // roll-outs per state; 0 means 1
	Depth int // longest roll-out in steps, worth 0 if not over by then; 0 means 1000
}

// Evaluate implements Critic.
func (c Rollout) Evaluate(ctx context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	h := fnv.New64a()
	h.Write([]byte(s.Key()))
	rng := rand.New(rand.NewPCG(c.Seed, h.Sum64()))
	count := max(1, c.Count)
	total := 0.0
	for range count {
		reward, known, err := c.play(ctx, s, rng)
		if err != nil || !known {
			return Unknown, env.Usage{}, err
		}
		total += reward
	}
	mean := total / float64(count)
	return env.Value{Mean: mean, Note: fmt.Sprintf("%d random roll-outs", count)}, env.Usage{}, nil
}

// play returns the reward of one roll-out for the player to move at s.
func (c Rollout) play(ctx context.Context, s env.State, rng *rand.Rand) (reward float64, known bool, err error) {
	depth := cmp.Or(c.Depth, 1000)
	for at, steps := s, 0; ; steps++ {
		if out, over := at.Outcome(); over {
			if env.ToMove(at) != env.ToMove(s) {
				return 1 - out.Reward, true, nil
			}
			return out.Reward, true, nil
		}
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
		finite, ok := at.(env.Finite)
		if !ok {
			return 0, false, nil
		}
		actions := finite.Actions()
		if len(actions) == 0 || steps >= depth {
			return 0, true, nil
		}
		if at, err = c.Env.Step(ctx, at, actions[rng.IntN(len(actions))]); err != nil {
			return 0, false, fmt.Errorf("roll-out from state %q: %w", s, err)
		}
	}
}
