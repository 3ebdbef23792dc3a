package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/plugin"
	"github.com/ponder-mcts/ponder/play"
	"github.com/ponder-mcts/ponder/view"
)

// Those who play without being models.
const (
	human  = "human"
	engine = "engine"
)

// playFlags are those of ponder play.
type playFlags struct {
	searchFlags
	first, second    string
	modelSimulations int
	listen, token    string
}

func playCommand(t terminal) *cobra.Command {
	f := &playFlags{}
	cmd := &cobra.Command{
		Use:   "play [flags] ENV [POSITION]",
		Short: "Play against the engine or a model, or let them play each other",
		Long: "Without POSITION a game begins at its start, a puzzle with its example. In a puzzle there is --first\n" +
			"only, and hints for who solves it. Type help for the commands. Nothing of a game is kept.",
		Example: "  ponder play tictactoe\n  ponder play --first engine --time 2s connect4 4435\n" +
			"  ponder play --second qwen3:8b connect4\n  ponder play --web connect4",
		Args:              cobra.RangeArgs(0, 2),
		ValidArgsFunction: completeEnv,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.time > 0 && !cmd.Flags().Changed("simulations") {
				f.simulations = 0 // then the time alone is the bound
			}
			if err := f.check(cmd); err != nil {
				return err
			}
			return playGame(cmd.Context(), t, f, args, cmd.UseLine())
		},
	}
	p := cmd.Flags()
	p.StringVar(&f.first, "first", human, "who moves first: human, engine, embedded, or an Ollama name such as qwen3:8b")
	p.StringVar(&f.second, "second", engine, "who moves second")
	p.IntVar(&f.simulations, "simulations", 10_000, "simulations of the engine for a move, a hint or an analysis")
	p.DurationVar(&f.time, "time", 0, "time for a move, such as 2s; without --simulations it is the only bound")
	p.IntVar(&f.modelSimulations, "model-simulations", 0, "simulations of a model for a move; 0 takes what it thinks of first")
	p.Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	p.BoolVar(&f.web, "web", false, "play on a web page, beside the tree of the last search, until Ctrl-C")
	p.StringVar(&f.listen, "listen", pageAddress, "address of that page; port 0 takes a free one")
	p.StringVar(&f.token, "token", "", "what every request to that page has to show; at least 16 characters")
	p.StringVar(&f.style, "style", "auto", "how a model is asked: auto, line (bare lines), chat (instructions)")
	f.registerClient(cmd)
	f.plug.register(cmd)
	p.SortFlags = false
	return cmd
}

// check refuses flags that make no sense, naming the flag and a valid example.
func (f *playFlags) check(cmd *cobra.Command) error {
	if f.simulations < 0 || f.modelSimulations < 0 {
		return badInput("--simulations %d and --model-simulations %d can't be negative: give for example --simulations 1000", f.simulations, f.modelSimulations)
	}
	if f.simulations == 0 && f.time <= 0 {
		return badInput("--simulations 0 needs a --time, for example --time 2s")
	}
	if f.time < 0 || f.keepAlive < 0 || f.hedge < 0 || f.callTimeout <= 0 {
		return badInput("--time %v, --keep-alive %v, --hedge %v and --call-timeout %v can't be negative, nor the last one 0: give for example --time 2s",
			f.time, f.keepAlive, f.hedge, f.callTimeout)
	}
	if f.style != "auto" && f.style != "line" && f.style != "chat" {
		return badInput("--style %q is unknown: choose one of auto, line, chat", f.style)
	}
	for _, p := range []struct{ flag, name string }{{"--first", f.first}, {"--second", f.second}} {
		if p.name == "" || p.name == none || strings.ContainsAny(p.name, " \t\n") {
			return badInput("%s %q is nobody who plays: give human, engine, embedded, or a name such as qwen3:8b", p.flag, p.name)
		}
	}
	if !f.web && (cmd.Flags().Changed("listen") || cmd.Flags().Changed("token")) {
		return badInput("--listen and --token are for the page: give --web too")
	}
	return f.plug.check()
}

// playGame seats the players and lets them play.
func playGame(ctx context.Context, t terminal, f *playFlags, args []string, usage string) error {
	name, text, err := f.arguments(args, usage)
	if err != nil {
		return err
	}
	e, called, closer, err := f.plug.environment(ctx, t, name, 2)
	defer closer()
	if err != nil {
		return err
	}
	if text == "" {
		text = beginning(ctx, e, name)
	}
	game, err := play.New(ctx, ponder.Problem{EnvName: called, Env: e, Text: text, Slow: f.plug.command != ""})
	if err != nil {
		return err
	}
	note := func(s string) { fmt.Fprintln(t.err, "ponder:", oneLine(errors.New(s))) }
	m, err := f.match(ctx, game, note)
	if err != nil {
		return err
	}
	if f.web {
		return playOnPage(ctx, t, f, m, note)
	}
	terminal, _ := view.Terminal(os.Stdin)
	return newGameText(m, os.Stdin, t.out, !terminal).run(ctx)
}

// arguments are ENV and POSITION, which may be missing. A plug-in has no ENV.
func (f *playFlags) arguments(args []string, usage string) (name, text string, err error) {
	if f.plug.command != "" {
		args = append([]string{""}, args...)
	}
	switch len(args) {
	case 1:
		return args[0], "", nil
	case 2:
		return args[0], args[1], nil
	case 0:
		return "", "", badInput("there is no ENV to play; usage: %s", usage)
	}
	return "", "", badInput("with --env-cmd there is one argument at most, the position; usage: %s", usage)
}

// beginning is where a game begins that nobody gave a position for.
func beginning(ctx context.Context, e env.Environment, name string) string {
	if _, plug := e.(interface{ Info() plugin.Info }); !plug {
		if _, err := e.Start(ctx, "start"); err == nil {
			return "start"
		}
	}
	for _, text := range examples(e, name) {
		return text
	}
	return ""
}

// match puts the players of the flags at a game.
func (f *playFlags) match(ctx context.Context, g *play.Game, note func(string)) (*play.Match, error) {
	e := g.Problem().Env
	players := [2]play.Player{}
	for i, name := range []string{f.first, f.second} {
		if i == 1 && g.Players() == 1 {
			break
		}
		switch name {
		case human:
		case engine:
			players[i] = play.Engine(e, f.budget())
		default:
			m, err := f.open(ctx, name, e, note)
			if err != nil {
				return nil, err
			}
			b := f.budget()
			b.Simulations = f.modelSimulations
			players[i] = play.Model(m, b)
		}
	}
	return play.NewMatch(g, players[0], players[1], play.Engine(e, f.budget())), nil
}

// budget is what a player may use for a move.
func (f *playFlags) budget() play.Budget {
	b := play.Budget{Simulations: f.simulations, Time: f.time, Seed: f.seed}
	if f.web {
		b.Tree = pageNodes
	}
	return b
}
