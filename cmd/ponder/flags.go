package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
)

// searchFlags are shared by all commands that search.
type searchFlags struct {
	modelFlags
	model, critic      string
	strategy           string
	policy, criticKind string
	width              int
	simulations, nodes int
	calls, tokens      int
	time               time.Duration
	parallel           int
	seed               uint64
	json, tree         bool
	db                 string
}

func (f *searchFlags) register(cmd *cobra.Command) {
	p := cmd.Flags()
	p.StringVar(&f.model, "model", embedded, "model that proposes steps: embedded, none, or an Ollama name such as qwen3:8b")
	p.StringVar(&f.critic, "critic-model", "", "model that values states (default: the same)")
	p.StringVar(&f.policy, "policy", "auto", "how steps are proposed: "+strings.Join(ponder.Policies, ", "))
	p.StringVar(&f.criticKind, "critic", "auto", "how states are valued: "+strings.Join(ponder.Critics, ", "))
	p.StringVar(&f.style, "style", "auto", "how a model is asked: auto, line (bare lines), chat (instructions)")
	p.IntVar(&f.width, "width", 0, "model calls for the steps of a state (default 4 for --policy sample, else 1)")
	p.IntVar(&f.simulations, "simulations", 0, "budget of simulations (default 2000 if no budget is given)")
	p.IntVar(&f.nodes, "max-nodes", 0, "budget of tree nodes")
	p.IntVar(&f.calls, "max-calls", 0, "budget of model calls")
	p.IntVar(&f.tokens, "max-tokens", 0, "budget of tokens read and written by models")
	p.DurationVar(&f.time, "time", 0, "budget of time, such as 90s or 10m")
	p.IntVar(&f.parallel, "parallel", 1, "jobs in flight at once; 1 makes a run deterministic")
	p.Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	f.registerHosts(cmd)
	p.DurationVar(&f.keepAlive, "keep-alive", 5*time.Minute, "how long the server keeps the model loaded")
	p.DurationVar(&f.callTimeout, "call-timeout", 2*time.Minute, "limit of one model call")
	p.BoolVar(&f.json, "json", false, "print one JSON object")
	p.BoolVar(&f.quiet, "quiet", false, "no progress")
	p.StringVar(&f.db, "db", ":memory:", "where runs are kept; only :memory: so far")
	cmd.Flags().SortFlags = false
}

// check refuses flags that make no sense, naming the flag and a valid example.
func (f *searchFlags) check() error {
	for _, b := range []struct {
		flag  string
		value int
	}{
		{"--width", f.width}, {"--simulations", f.simulations}, {"--max-nodes", f.nodes},
		{"--max-calls", f.calls}, {"--max-tokens", f.tokens},
	} {
		if b.value < 0 {
			return badInput("%s %d is negative: give a number such as %s 100, or 0 for none", b.flag, b.value, b.flag)
		}
	}
	if f.time < 0 || f.keepAlive < 0 || f.callTimeout <= 0 {
		return badInput("--time %v, --keep-alive %v and --call-timeout %v can't be negative, nor the last one 0: give for example --time 90s", f.time, f.keepAlive, f.callTimeout)
	}
	if f.parallel < 1 || f.parallel > 1024 {
		return badInput("--parallel %d is not between 1 and 1024, for example --parallel 4", f.parallel)
	}
	if f.db != ":memory:" {
		return badInput("--db %q: only --db :memory: is supported so far", f.db)
	}
	for _, c := range []struct {
		flag, value string
		known       []string
	}{
		{"--strategy", f.strategy, ponder.Strategies},
		{"--policy", f.policy, ponder.Policies},
		{"--critic", f.criticKind, ponder.Critics},
		{"--style", f.style, []string{"auto", "line", "chat"}},
	} {
		if c.value != "" && !slices.Contains(c.known, c.value) {
			return badInput("%s %q is unknown: choose one of %s", c.flag, c.value, strings.Join(c.known, ", "))
		}
	}
	if f.model == "" || strings.ContainsAny(f.model, " \t\n") {
		return badInput("--model %q is not a model name: give embedded, none, or a name such as qwen3:8b", f.model)
	}
	if f.model == none && f.critic == "" {
		if f.policy != "auto" && f.policy != "uniform" {
			return badInput("--policy %s needs a model: give for example --model embedded", f.policy)
		}
		if f.criticKind == "yesno" {
			return badInput("--critic yesno needs a model: give for example --critic-model embedded")
		}
	}
	if f.simulations+f.nodes+f.calls+f.tokens == 0 && f.time == 0 {
		f.simulations = 2000
	}
	return nil
}

// config opens the models and makes the values that a search needs.
func (f *searchFlags) config(ctx context.Context, e env.Environment, note func(string)) (ponder.Config, error) {
	c := ponder.Config{
		Strategy: f.strategy, Policy: f.policy, Critic: f.criticKind, Width: f.width,
		Simulations: f.simulations, Nodes: f.nodes, Calls: f.calls, Tokens: f.tokens, Time: f.time,
		Parallel: f.parallel, Seed: f.seed,
	}
	var err error
	if c.Model, err = f.open(ctx, f.model, e, note); err != nil {
		return c, err
	}
	if f.critic != "" && f.critic != f.model {
		if c.CriticModel, err = f.open(ctx, f.critic, e, note); err != nil {
			return c, fmt.Errorf("--critic-model: %w", err)
		}
	}
	return c, nil
}
