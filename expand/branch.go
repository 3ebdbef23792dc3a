package expand

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// Branch reads the prior of a finite action set off few generations. A greedy
// generation with its alternatives tells, at each position, how much mass each
// other continuation has; the action texts that share a prefix share its mass.
// Each further call (up to k) continues from the prefix that holds the most
// mass nobody has looked into. Steps come in order of probability and no
// duplicate is ever paid for. A state without a finite action set is sampled
// instead.
type Branch struct {
	Model llm.Model
	Style prompt.Style
	Seed  uint64
	// Least is the mass below which a prefix is not worth a call; 0 means 0.02.
	Least float64
}

// Propose implements mcts.Policy.
func (p Branch) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	finite, ok := s.(env.Finite)
	if !ok {
		return Sample{Model: p.Model, Style: p.Style, Seed: p.Seed, Length: 1}.Propose(ctx, s, path, k)
	}
	var usage env.Usage
	t := trie{actions: finite.Actions(), seen: map[string][]llm.Alternative{}}
	if len(t.actions) < 2 {
		return t.candidates(), usage, nil // nothing to choose
	}
	for i := range max(1, k) {
		prefix, mass := t.darkest()
		if i > 0 && (mass < orElse(p.Least, 0.02) || !p.Style.Step(s).Raw) {
			break
		}
		req := p.Style.Step(s)
		req.Prompt += prefix
		req.Logprobs, req.TopLogprobs, req.Seed = true, topLogprobs, seed(p.Seed, s, i)
		c, err := generate(ctx, p.Model, req, &usage)
		if errors.Is(err, llm.ErrBudget) && i > 0 {
			break // what was paid for is used
		}
		if err != nil {
			return nil, usage, err
		}
		t.learn(prefix, c)
		if i == 0 && c.Stop != llm.Stop {
			usage.Unparsed++
		}
		if len(c.Tokens) == 0 {
			break // no log-probabilities: a second greedy call would say the same
		}
	}
	return t.candidates(), usage, nil
}

// trie is what is known of the model's distribution over texts.
type trie struct {
	actions []string
	seen    map[string][]llm.Alternative // by prefix: the tokens that may follow
	said    []env.Candidate              // complete steps in the model's own words
}

// learn records the alternatives at every position of a completion.
func (t *trie) learn(prefix string, c llm.Completion) {
	base, start := t.reach(prefix), prefix
	for _, tok := range c.Tokens {
		if _, known := t.seen[prefix]; !known && len(tok.Top) > 0 {
			t.seen[prefix] = tok.Top
		}
		prefix += tok.Text
		base += tok.Logprob
	}
	if step := prompt.ReadStep(start + c.Text); c.Stop == llm.Stop && step != "" {
		t.said = append(t.said, env.Candidate{Action: step, LogPrior: base})
	}
}

// descend follows a text through what is known, token by token. It returns the
// log-mass of the longest known prefix and the prefix itself; off says that
// the text leaves what the model reported.
func (t *trie) descend(text string) (logMass float64, prefix string, off bool) {
	for {
		alts, known := t.seen[prefix]
		if !known || len(prefix) == len(text) {
			return logMass, prefix, false
		}
		best := -1
		for i, a := range alts {
			if a.Text != "" && strings.HasPrefix(text[len(prefix):], a.Text) &&
				(best < 0 || a.Logprob > alts[best].Logprob) {
				best = i
			}
		}
		if best < 0 {
			return logMass + math.Log(1e-4), prefix, true
		}
		logMass += alts[best].Logprob
		prefix += alts[best].Text
	}
}

// reach is the log-mass of a whole text as far as it is known.
func (t *trie) reach(text string) float64 {
	m, _, _ := t.descend(text)
	return m
}

// groups lists the prefixes at which the known part of the trie ends, with the
// actions that go on from there.
func (t *trie) groups() (order []string, at map[string]*group) {
	at = map[string]*group{}
	for i, a := range t.actions {
		logMass, prefix, off := t.descend(a + "\n")
		key := prefix
		if off {
			key += "\x00"
		}
		g, ok := at[key]
		if !ok {
			g = &group{prefix: prefix, logMass: logMass, off: off}
			at[key] = g
			order = append(order, key)
		}
		g.members = append(g.members, i)
	}
	return order, at
}

type group struct {
	prefix  string
	logMass float64
	off     bool
	members []int
}

// darkest returns the prefix with the most mass that several actions share.
func (t *trie) darkest() (prefix string, mass float64) {
	order, at := t.groups()
	for _, key := range order {
		g := at[key]
		if m := math.Exp(g.logMass); !g.off && len(g.members) > 1 && m > mass {
			prefix, mass = g.prefix, m
		}
	}
	return prefix, mass
}

// candidates gives every action its share of the mass of its prefix. Words of
// the model that are none of the actions' texts come too: the environment may
// know another spelling, or refuse them.
func (t *trie) candidates() []env.Candidate {
	out := make([]env.Candidate, len(t.actions))
	order, at := t.groups()
	for _, key := range order {
		g := at[key]
		share := g.logMass - math.Log(float64(len(g.members)))
		for _, i := range g.members {
			out[i] = env.Candidate{Action: t.actions[i], LogPrior: share}
		}
	}
	listed := map[string]bool{}
	for _, a := range t.actions {
		listed[a] = true
	}
	for _, c := range t.said {
		if !listed[c.Action] {
			listed[c.Action] = true
			out = append(out, c)
		}
	}
	return out
}
