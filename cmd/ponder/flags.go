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
	widen              float64
	mix, discount      float64
	final              string
	explain            bool
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
	p.Float64Var(&f.widen, "widen", 2, "let a state whose steps can't be listed have WIDEN·sqrt(visits) of them; 0 asks once only")
	p.Float64Var(&f.mix, "mix", 0, "share of the best step in the value of a state: 0 backs up the mean, 1 the maximum")
	p.Float64Var(&f.discount, "discount", 1, "factor of a value for each step, so that shorter ways win ties")
	p.StringVar(&f.final, "final", "auto", "how the best step is chosen in the end: "+strings.Join(ponder.Finals, ", "))
	p.IntVar(&f.simulations, "simulations", 0, "budget of simulations (default 2000 if no budget is given)")
	p.IntVar(&f.nodes, "max-nodes", 0, "budget of tree nodes")
	p.IntVar(&f.calls, "max-calls", 0, "budget of model calls")
	p.IntVar(&f.tokens, "max-tokens", 0, "budget of tokens read and written by models")
	p.DurationVar(&f.time, "time", 0, "budget of time, such as 90s or 10m")
	p.IntVar(&f.parallel, "parallel", 1, "jobs in flight at once, up to a quarter of the simulations or calls; 1 makes a run deterministic")
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
	if !(f.widen >= 0 && f.widen <= 1e6) {
		return badInput("--widen %v is not a number from 0 on, for example --widen 2", f.widen)
	}
	if !(f.mix >= 0 && f.mix <= 1) {
		return badInput("--mix %v is not between 0 and 1, for example --mix 0.5", f.mix)
	}
	if !(f.discount > 0 && f.discount <= 1) {
		return badInput("--discount %v is not above 0 and up to 1, for example --discount 0.99", f.discount)
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
		{"--final", f.final, ponder.Finals},
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
		Widen: f.widen, Mix: f.mix, Discount: f.discount, Final: f.final, Explain: f.explain,
	}
	if f.widen == 0 {
		c.Widen = -1 // in a Config 0 means the default
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
