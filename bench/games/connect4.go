package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
)

// solved is a position with the value of each move, from a solver.
type solved struct {
	Moves  string `json:"moves"`
	Scores []*int `json:"scores"` // above 0 wins, below loses; null for a full column
	Values []int  `json:"values"` // the same by sign alone; 2 for a full column
}

// keeps reports whether a move keeps the value of the position.
func (s solved) keeps(m env.Move) bool {
	best, got := -1, -1
	for i := range connectfour.Columns {
		v, ok := s.value(i)
		if !ok {
			continue
		}
		best = max(best, v)
		if i == int(m) {
			got = v
		}
	}
	return got == best
}

func (s solved) value(column int) (v int, ok bool) {
	if len(s.Values) > 0 {
		return s.Values[column], s.Values[column] < 2
	}
	if s.Scores[column] == nil {
		return 0, false
	}
	return min(1, max(-1, *s.Scores[column])), true
}

func readSolved(path string) (out []solved, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		var s solved
		if err := json.Unmarshal(in.Bytes(), &s); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, len(out)+1, err)
		}
		if len(s.Scores) != connectfour.Columns && len(s.Values) != connectfour.Columns {
			return nil, fmt.Errorf("%s, line %d: neither scores nor values of 7 columns", path, len(out)+1)
		}
		out = append(out, s)
	}
	return out, nil
}

// connect4 asks a search by roll-outs for a move in each position, and counts how
// often that gives away the value of the game.
func connect4(ctx context.Context, out io.Writer, files []string, budgets []int, seeds int) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "positions\tcount")
	for _, n := range budgets {
		fmt.Fprintf(w, "\t%d", n)
	}
	fmt.Fprintln(w, "\tproven, ≤14 empty\t")
	for _, file := range files {
		all, err := readSolved(file)
		if err != nil {
			return err
		}
		wrong := make([]int, len(budgets))
		late, proven := 0, 0
		for _, s := range all {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			start, err := connectfour.Parse(s.Moves)
			if err != nil {
				return err
			}
			for seed := range seeds {
				search, err := mcts.NewPosition(start, options(uint64(seed)+1))
				if err != nil {
					return err
				}
				if err := s.answers(search, budgets, wrong); err != nil {
					return err
				}
				if seed > 0 || connectfour.Columns*connectfour.Rows-len(s.Moves) > 14 {
					continue
				}
				late++
				if ok, err := exact(search, s); err != nil {
					return err
				} else if ok {
					proven++
				}
			}
		}
		fmt.Fprintf(w, "%s\t%d", strings.TrimSuffix(filepath.Base(file), ".jsonl"), len(all))
		for _, n := range wrong {
			fmt.Fprintf(w, "\t%.2f%%", 100*float64(n)/float64(len(all)*seeds))
		}
		fmt.Fprintf(w, "\t%d of %d\t\n", proven, late)
	}
	return w.Flush()
}

// answers counts the budgets after which a search answers wrongly.
func (s solved) answers(search *mcts.PositionSearch, budgets, wrong []int) error {
	done := 0
	for i, n := range budgets {
		if _, err := search.RunFor(n - done); err != nil {
			return err
		}
		done = n
		if m, ok := search.Best(); !ok || !s.keeps(m) {
			wrong[i]++
		}
	}
	return nil
}

// options are those of a search by roll-outs.
func options(seed uint64) mcts.PositionOptions {
	return mcts.PositionOptions{
		Judge: func(s uint64) mcts.Judge { return evaluate.Estimated(evaluate.Playout(s)) }, Rule: mcts.PUCT{Spread: true}, Transpositions: true, Seed: seed,
	}
}

// exact runs a search on until the position is proven, and reports whether the proof is
// the solver's value.
func exact(s *mcts.PositionSearch, x solved) (bool, error) {
	reason, err := s.RunFor(5_000_000)
	if err != nil || reason != mcts.Proven {
		return false, err
	}
	best := -1
	for i := range connectfour.Columns {
		if v, ok := x.value(i); ok {
			best = max(best, v)
		}
	}
	low, _ := s.Tree().Bounds(s.Root())
	return low == float64(best+1)/2, nil
}
