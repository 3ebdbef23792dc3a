package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
	"github.com/ponder-mcts/ponder/env/plugin"
	"github.com/ponder-mcts/ponder/env/registry"
)

func envsCommand(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "envs",
		Short: "List the kinds of problems there are, or check one of your own",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			for _, e := range registry.All() {
				fmt.Fprintf(w, "%s\t%s\tponder solve %s %q\n", e.Name, e.Summary, e.Name, e.Example)
			}
			return w.Flush()
		},
	}
	cmd.AddCommand(envsCheckCommand(t))
	return cmd
}

func envsCheckCommand(t terminal) *cobra.Command {
	f := &plugFlags{}
	o := envtest.Options{}
	cmd := &cobra.Command{
		Use:   "check [flags] [ENV] [PROBLEM...]",
		Short: "Hold an environment to its contract: random walks, in which everything it tells is compared",
		Long: "Without a problem it begins with the example of the environment. The exit code is 1 if something is\n" +
			"wrong; each line says after which steps of which problem, and what.",
		Example: `  ponder envs check --env-cmd "python3 my_env.py"` + "\n" +
			"  ponder envs check connect4 4435",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeEnv,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if o.Walks < 1 || o.Steps < 1 {
				return badInput("--walks %d and --steps %d are to be 1 at least, for example --walks 20", o.Walks, o.Steps)
			}
			name := ""
			if f.command == "" {
				if len(args) == 0 {
					return badInput("there is neither ENV nor --env-cmd; usage: %s", cmd.UseLine())
				}
				name, args = args[0], args[1:]
			}
			return checkEnv(cmd.Context(), t, f, o, name, args)
		},
	}
	f.register(cmd)
	cmd.Flags().IntVar(&o.Walks, "walks", 20, "random walks from each problem")
	cmd.Flags().IntVar(&o.Steps, "steps", 20_000, "steps in all")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of the walks")
	cmd.Flags().SortFlags = false
	return cmd
}

func checkEnv(ctx context.Context, t terminal, f *plugFlags, o envtest.Options, name string, problems []string) error {
	e, called, closer, err := f.environment(ctx, t, name, 1)
	defer closer()
	if err != nil {
		return err
	}
	if p, ok := e.(interface{ Info() plugin.Info }); ok {
		o.Texts = p.Info().Texts
	}
	if len(problems) == 0 {
		problems = examples(e, name)
	}
	bad := envtest.Check(ctx, e, o, problems...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, b := range bad {
		fmt.Fprintf(t.out, "%s: %s\n", called, oneLine(b))
	}
	if len(bad) > 0 {
		return errUnsolved
	}
	fmt.Fprintf(t.out, "%s keeps to the contract, as far as %d walks from each of %d problems show\n", called, o.Walks, len(problems))
	return nil
}

// examples are problems of an environment that it names itself.
func examples(e env.Environment, name string) (out []string) {
	if p, ok := e.(interface{ Info() plugin.Info }); ok {
		return []string{p.Info().Example}
	}
	for _, entry := range registry.All() {
		if entry.Name == name {
			out = append(out, entry.Example)
		}
	}
	return out
}
