package expand

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// labels name the actions of a list: one token each with any tokenizer.
const labels = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// topLogprobs is the most alternatives that Ollama reports.
const topLogprobs = 20

// Label lists the actions of a finite action set under labels and asks for one
// label: the log-probabilities of that one token are the whole prior, for one
// call of one token. Labels that the model does not report share the smallest
// mass that it does.
type Label struct {
	Model llm.Model
	Style prompt.Style
	Seed  uint64
}

// Propose implements mcts.Policy; k is ignored.
func (p Label) Propose(ctx context.Context, s env.State, _ env.Path, _ int) ([]env.Candidate, env.Usage, error) {
	var usage env.Usage
	finite, ok := s.(env.Finite)
	if !ok {
		return nil, usage, fmt.Errorf("label policy: %w", ErrOpen)
	}
	actions := finite.Actions()
	names := strings.Split(labels[:min(len(labels), len(actions))], "")
	req := p.Style.Choose(s, names, actions[:len(names)])
	req.Logprobs, req.TopLogprobs, req.Seed = true, topLogprobs, seed(p.Seed, s, 0)
	c, err := generate(ctx, p.Model, req, &usage)
	if err != nil {
		return nil, usage, err
	}
	mass := labelMass(c, names)
	if len(mass) == 0 {
		usage.Unparsed++
	}
	least := 1.0
	for _, m := range mass {
		least = min(least, m)
	}
	share := least / float64(max(1, len(actions)-len(mass)))
	out := make([]env.Candidate, len(actions))
	for i, a := range actions {
		out[i] = env.Candidate{Action: a, LogPrior: math.Log(share)}
		if i < len(names) && mass[names[i]] > 0 {
			out[i].LogPrior = math.Log(mass[names[i]])
		}
	}
	return out, usage, nil
}

// labelMass adds up the probability of each label over the spellings of the
// first token that has text. Without log-probabilities the label that was
// chosen gets half of all mass.
func labelMass(c llm.Completion, names []string) map[string]float64 {
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	mass := map[string]float64{}
	if len(c.Tokens) == 0 {
		if n := strings.Trim(c.Text, " \t\r\n.):*`"); known[n] {
			mass[n] = 0.5
		}
		return mass
	}
	for _, alt := range c.Tokens[0].Top {
		if n := strings.Trim(alt.Text, " \t\r\n.):*`"); known[n] {
			mass[n] += math.Exp(alt.Logprob)
		}
	}
	return mass
}
