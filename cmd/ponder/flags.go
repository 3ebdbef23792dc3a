package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/store"
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
	json, tree, web    bool
	db                 string
	noCache            bool
	cacheSize          int
	tapes              tapeFlags
	plug               plugFlags
	prove              valueFlags
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
	f.registerClient(cmd)
	p.BoolVar(&f.json, "json", false, "print one JSON object")
	p.BoolVar(&f.quiet, "quiet", false, "no progress")
	cmd.Flags().SortFlags = false
}

// registerClient adds the flags that say how models are called.
func (f *searchFlags) registerClient(cmd *cobra.Command) {
	f.registerHosts(cmd)
	cmd.Flags().DurationVar(&f.keepAlive, "keep-alive", 5*time.Minute, "how long the server keeps the model loaded")
	cmd.Flags().DurationVar(&f.callTimeout, "call-timeout", 2*time.Minute, "limit of one model call")
	cmd.Flags().DurationVar(&f.hedge, "hedge", 0, "with several hosts: ask a second one too when a call has no answer after this time; 0 never does")
}

// registerOutput adds the flags that say what is printed of a run.
func (f *searchFlags) registerOutput(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&f.tree, "tree", false, "draw the search tree")
	cmd.Flags().BoolVar(&f.explain, "explain", false, "say for each state on the best line how its steps were rated")
	cmd.Flags().BoolVar(&f.quiet, "quiet", false, "no progress")
}

// registerDB adds the flags of what is kept.
func (f *searchFlags) registerDB(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.db, "db", defaultDB(), "file that keeps runs and model calls; :memory: keeps nothing")
	cmd.Flags().IntVar(&f.cacheSize, "cache-size", 1024, "bound of the kept model calls in MB; those used longest ago go first")
}

// keeps reports whether the run is kept. One that answers from a tape has paid
// for nothing.
func (f *searchFlags) keeps() bool { return f.db != inMemory && f.tapes.replay == "" }

func (f *searchFlags) storeOptions() store.Options {
	return store.Options{CacheBytes: int64(f.cacheSize) << 20}
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
	if f.hedge < 0 {
		return badInput("--hedge %v is negative: give for example --hedge 5s, or 0 for never", f.hedge)
	}
	if f.time < 0 || f.keepAlive < 0 || f.callTimeout <= 0 {
		return badInput("--time %v, --keep-alive %v and --call-timeout %v can't be negative, nor the last one 0: give for example --time 90s", f.time, f.keepAlive, f.callTimeout)
	}
	if f.parallel < 1 || f.parallel > 1024 {
		return badInput("--parallel %d is not between 1 and 1024, for example --parallel 4", f.parallel)
	}
	if f.cacheSize < 0 || f.cacheSize > 1<<20 {
		return badInput("--cache-size %d is not a number of megabytes up to %d, for example --cache-size 1024", f.cacheSize, 1<<20)
	}
	if err := errors.Join(f.plug.check(), f.prove.check()); err != nil {
		return err
	}
	if f.tapes.record != "" && f.tapes.replay != "" {
		return badInput("--record and --replay can't go together: a tape that is played needs no second one")
	}
	if f.tapes.record != "" && f.noCache {
		return badInput("--record with --no-cache: give --db :memory: instead, which begins with an empty cache too")
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
	if f.simulations+f.nodes+f.calls+f.tokens == 0 && f.time == 0 && !f.prove.on {
		f.simulations = 2000
	}
	return nil
}

// asked makes a model ready, be it there or on a tape.
func (f *searchFlags) asked(ctx context.Context, name string, e env.Environment, note func(string)) (ponder.Asked, error) {
	if f.tapes.cassette != nil && name != none {
		return f.player(name, e)
	}
	return f.open(ctx, name, e, note)
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
	if c.Model, err = f.asked(ctx, f.model, e, note); err != nil {
		return c, err
	}
	if f.critic != "" && f.critic != f.model {
		if c.CriticModel, err = f.asked(ctx, f.critic, e, note); err != nil {
			return c, fmt.Errorf("--critic-model: %w", err)
		}
	}
	return c, nil
}
