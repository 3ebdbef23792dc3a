// Command games measures the search on games and puzzles that have exact answers:
//
//	go run ./bench/games -connect4 L2_R1.jsonl,L3_R1.jsonl
//
// Each table of docs/results.md names its command.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "games:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("games", flag.ContinueOnError)
	files := f.String("connect4", "", "files of solved positions of connect four, with commas between them")
	simulations := f.String("simulations", "100,300,600,1000,3000,10000,30000,100000", "budgets, rising")
	seeds := f.Int("seeds", 1, "searches of each position, with the seeds 1, 2, …")
	if err := f.Parse(args); err != nil {
		return err
	}
	budgets, err := numbers(*simulations)
	if err != nil {
		return err
	}
	if *files == "" {
		return fmt.Errorf("nothing to measure: give for example -connect4 env/connectfour/testdata/early.jsonl")
	}
	return connect4(ctx, out, strings.Split(*files, ","), budgets, max(1, *seeds))
}

func numbers(text string) (out []int, err error) {
	for _, s := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 || len(out) > 0 && n <= out[len(out)-1] {
			return nil, fmt.Errorf("-simulations %q: %q is not a number above those before it; give for example 100,1000", text, s)
		}
		out = append(out, n)
	}
	return out, nil
}
