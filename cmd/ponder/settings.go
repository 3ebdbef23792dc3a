package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ponder-mcts/ponder"
)

// settings are what a run needs to go on as it began. They are kept with it as
// JSON: fields may be added, never renamed.
type settings struct {
	Model       string            `json:"model"`
	Critic      string            `json:"critic_model,omitempty"`
	Digests     map[string]string `json:"digests,omitempty"` // of the models, by name
	Hosts       []string          `json:"hosts,omitempty"`
	Strategy    string            `json:"strategy"` // the one that auto came to
	Policy      string            `json:"policy"`
	CriticKind  string            `json:"critic"`
	Style       string            `json:"style"`
	Final       string            `json:"final"`
	Width       int               `json:"width,omitempty"`
	Widen       float64           `json:"widen"`
	Mix         float64           `json:"mix,omitempty"`
	Discount    float64           `json:"discount"`
	Simulations int               `json:"simulations,omitempty"`
	Nodes       int               `json:"max_nodes,omitempty"`
	Calls       int               `json:"max_calls,omitempty"`
	Tokens      int               `json:"max_tokens,omitempty"`
	TimeMS      int64             `json:"time_ms,omitempty"`
	Parallel    int               `json:"parallel"`
	Seed        uint64            `json:"seed"`
	NoCache     bool              `json:"no_cache,omitempty"`
	Proof       *proofSettings    `json:"proof,omitempty"`   // of a run of ponder prove
	Plug        *plugSettings     `json:"plug_in,omitempty"` // of a run with --env-cmd
}

// settings are those of a run that is about to begin.
func (f *searchFlags) settings(c ponder.Config) settings {
	s := settings{
		Model: f.model, Critic: f.critic, Hosts: f.hosts, Digests: map[string]string{},
		Strategy: c.StrategyName(), Policy: f.policy, CriticKind: f.criticKind, Style: f.style, Final: f.final,
		Width: f.width, Widen: f.widen, Mix: f.mix, Discount: f.discount,
		Simulations: f.simulations, Nodes: f.nodes, Calls: f.calls, Tokens: f.tokens, TimeMS: f.time.Milliseconds(),
		Parallel: f.parallel, Seed: f.seed, NoCache: f.noCache,
	}
	for _, m := range []ponder.Asked{c.Model, c.CriticModel} {
		if m.Model != nil {
			s.Digests[m.Name] = m.ID.Digest
		}
	}
	return s
}

func (s settings) json() json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		return nil // numbers were checked when they were flags
	}
	return text
}

// restore sets the flags as they were. Those of this call that say how, and not
// what, stay: hosts (where given), time limits of calls, what is printed.
func (f *searchFlags) restore(s settings) {
	f.model, f.critic, f.strategy, f.policy, f.criticKind, f.style, f.final = s.Model, s.Critic, s.Strategy, s.Policy, s.CriticKind, s.Style, s.Final
	f.width, f.widen, f.mix, f.discount, f.seed, f.noCache = s.Width, s.Widen, s.Mix, s.Discount, s.Seed, s.NoCache
	if len(f.hosts) == 0 {
		f.hosts = s.Hosts
	}
}

// budget is what a run may use in all, and how much of it.
type budget struct{ simulations, nodes, calls, tokens int }

// enlarge sets the budgets of a run that goes on: what it had and what the
// flags of this call add. A limit that it did not have counts from here.
func (f *searchFlags) enlarge(s settings, used budget) {
	more := func(now *int, had, used int) {
		switch {
		case *now == 0:
			*now = had
		case had > 0:
			*now += had
		default:
			*now += used
		}
	}
	more(&f.simulations, s.Simulations, used.simulations)
	more(&f.nodes, s.Nodes, used.nodes)
	more(&f.calls, s.Calls, used.calls)
	more(&f.tokens, s.Tokens, used.tokens)
	if f.time == 0 {
		f.time = time.Duration(s.TimeMS) * time.Millisecond
	}
	if f.parallel == 0 {
		f.parallel = s.Parallel
	}
}

// sameModels refuses to go on with a model that is not the one of before.
func (s settings) sameModels(c ponder.Config) error {
	for _, m := range []ponder.Asked{c.Model, c.CriticModel} {
		if was := s.Digests[m.Name]; m.Model != nil && was != m.ID.Digest {
			return badInput("model %s is not the one the run began with: its digest was %s and is %s now; begin a new run, or get the old model back",
				m.Name, short(was), short(m.ID.Digest))
		}
	}
	return nil
}

func readSettings(run string, text json.RawMessage) (settings, error) {
	var s settings
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("the settings of run %s: %w", run, err)
	}
	return s, nil
}
