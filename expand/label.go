package expand

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
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
// call of one token. Without log-probabilities, the label that the model chose
// gets half of the mass. Labels that the model does not report share the smallest
// mass that it does, or what is left over if that is less. Actions that are too
// many for a label were not judged, and get the mean of the others.
type Label struct {
	Model llm.Model
	Style prompt.Style
	Seed  uint64
}

// Propose implements mcts.Policy; k is ignored.
func (p Label) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	var usage env.Usage
	finite, ok := s.(env.Finite)
	if !ok {
		return nil, usage, fmt.Errorf("label policy: %w", ErrOpen)
	}
	actions := finite.Actions()
	if len(actions) < 2 {
		return Uniform{}.Propose(ctx, s, path, k) // nothing to choose
	}
	names := strings.Split(labels[:min(len(labels), len(actions))], "")
	req := p.Style.Choose(s, names, actions[:len(names)])
	req.Logprobs, req.TopLogprobs, req.Seed = true, topLogprobs, seed(p.Seed, s, 0)
	c, err := generate(ctx, p.Model, req, &usage)
	if err != nil {
		return nil, usage, err
	}
	alts := []llm.Alternative{{Text: c.Text, Logprob: math.Log(0.5)}}
	if len(c.Tokens) > 0 {
		alts = alternatives(c.Tokens[0])
	}
	mass := labelMass(alts, names)
	if len(mass) == 0 {
		usage.Unparsed++
		out, _, err := Uniform{}.Propose(ctx, s, path, k)
		return out, usage, err
	}
	share := math.Exp(unlisted(alts)) / float64(max(1, len(names)-len(mass)))
	total := 0.0
	out := make([]env.Candidate, len(actions))
	for i, a := range actions {
		m := total / float64(len(names))
		if i < len(names) {
			m = cmp.Or(mass[names[i]], share)
			total += m
		}
		out[i] = env.Candidate{Action: a, LogPrior: math.Log(m)}
	}
	return out, usage, nil
}

// labelMass adds up the probability of each label over its spellings.
func labelMass(alts []llm.Alternative, names []string) map[string]float64 {
	mass := map[string]float64{}
	for _, a := range alts {
		if name := strings.Trim(a.Text, " \t\r\n.):*`"); slices.Contains(names, name) {
			mass[name] += math.Exp(a.Logprob)
		}
	}
	return mass
}
