package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/bench"
	"github.com/ponder-mcts/ponder/env/registry"
	"github.com/ponder-mcts/ponder/view"
)

func benchCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	var b benchFlags
	cmd := &cobra.Command{
		Use:     "bench [flags] SUITE",
		Short:   "Run strategies side by side at equal budgets of model calls",
		Long:    "SUITE is a file of problems (one a line, .jsonl or .csv) or a built-in set:\n" + list(bench.Suites) + "\nStrategies:\n" + list(bench.Strategies),
		Example: `  ponder bench --strategies puct,sample,random --calls 10,30,100 --limit 50 game24-heldout`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return runBench(cmd.Context(), t, f, b, args[0])
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&b.env, "env", "game24", "environment of the problems")
	cmd.Flags().StringSliceVar(&b.strategies, "strategies", []string{"puct"}, "strategies to compare")
	cmd.Flags().StringVar(&b.budgets, "calls", "0", "budgets of model calls, one after the other; 0 is none")
	cmd.Flags().Float64Var(&b.temperature, "temperature", 1, "temperature of the strategy sample")
	cmd.Flags().BoolVar(&b.blind, "blind", false, "searches do not look one step ahead for free")
	cmd.Flags().IntVar(&b.limit, "limit", 0, "problems taken, evenly spread over the suite; 0 is all")
	cmd.Flags().IntVar(&b.jobs, "jobs", 1, "problems worked on at once")
	cmd.Flags().StringVar(&b.out, "out", "", "file that gets each result as a JSON line")
	return cmd
}

type benchFlags struct {
	env, budgets, out string
	strategies        []string
	temperature       float64
	limit, jobs       int
	blind             bool
}

func list(m map[string]string) string {
	var b strings.Builder
	for _, name := range bench.Names(m) {
		fmt.Fprintf(&b, "  %-18s %s\n", name, m[name])
	}
	return b.String()
}

func runBench(ctx context.Context, t terminal, f *searchFlags, b benchFlags, suite string) error {
	plan, err := makePlan(ctx, t, f, b, suite)
	if err != nil {
		return err
	}
	results, runErr := bench.Run(ctx, plan)
	rows := bench.Summarise(results)
	if f.json {
		enc := json.NewEncoder(t.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(rows)
	} else {
		err = bench.WriteTable(t.out, rows)
	}
	if b.out != "" {
		err = errors.Join(err, writeResults(b.out, results))
	}
	if err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return runErr
}

func makePlan(ctx context.Context, t terminal, f *searchFlags, b benchFlags, suite string) (bench.Plan, error) {
	p := bench.Plan{EnvName: b.env, Strategies: b.strategies, Temperature: b.temperature, Jobs: b.jobs}
	var err error
	if p.Env, err = registry.Get(b.env); err != nil {
		return p, inputError{fmt.Errorf("--env: %w", err)}
	}
	for _, s := range b.strategies {
		if _, ok := bench.Strategies[s]; !ok {
			return p, badInput("--strategies %q is unknown: choose among %s", s, strings.Join(bench.Names(bench.Strategies), ", "))
		}
	}
	for _, s := range strings.Split(b.budgets, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 0 {
			return p, badInput("--calls %q is not a list of numbers ≥ 0, for example --calls 10,30,100", b.budgets)
		}
		p.Calls = append(p.Calls, n)
	}
	if b.limit < 0 || b.jobs < 1 || b.temperature <= 0 {
		return p, badInput("--limit %d, --jobs %d and --temperature %v must be ≥ 0, ≥ 1 and > 0: give for example --limit 50 --jobs 2", b.limit, b.jobs, b.temperature)
	}
	if p.Problems, err = problems(ctx, p, suite); err != nil {
		return p, inputError{err}
	}
	p.Problems = spread(p.Problems, b.limit)
	note := func(s string) { fmt.Fprintln(t.err, "ponder:", view.Clean(s)) }
	if p.Config, err = f.config(ctx, p.Env, note); err != nil {
		return p, err
	}
	p.Config.Blind = b.blind
	if isTerminal, _ := view.Terminal(t.err); isTerminal && !f.quiet {
		p.Progress = func(done, total int) {
			fmt.Fprintf(t.err, "\r%d of %d", done, total)
			if done == total {
				fmt.Fprintln(t.err)
			}
		}
	}
	return p, nil
}

func problems(ctx context.Context, p bench.Plan, suite string) ([]string, error) {
	if _, ok := bench.Suites[suite]; ok {
		return bench.Suite(ctx, suite, p.Env)
	}
	if _, err := os.Stat(suite); err != nil {
		return nil, fmt.Errorf("suite %q is neither a file nor one of %s", suite, strings.Join(bench.Names(bench.Suites), ", "))
	}
	list, err := bench.File(suite)
	if err != nil {
		return nil, err
	}
	for i, text := range list {
		if _, err := p.Env.Start(ctx, text); err != nil {
			return nil, fmt.Errorf("%s, problem %d: %w", suite, i+1, err)
		}
	}
	return list, nil
}

// spread takes n items at even distances.
func spread(items []string, n int) []string {
	if n == 0 || n >= len(items) {
		return items
	}
	out := make([]string, n)
	for i := range out {
		out[i] = items[i*len(items)/n]
	}
	return out
}

func writeResults(path string, results []bench.Result) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	enc := json.NewEncoder(file)
	for _, r := range results {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
