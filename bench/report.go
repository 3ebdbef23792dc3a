package bench

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/ponder-mcts/ponder/mcts"
)

// Row sums up one strategy at one budget.
type Row struct {
	Strategy string `json:"strategy"`
	Budget   int    `json:"budget"`
	Problems int    `json:"problems"`
	Solved   int    `json:"solved"`
	// Unsolvable counts the problems proven to have no solution.
	Unsolvable int `json:"unsolvable"`
	// Low and High bound the share of solved problems with 95% confidence
	// (Wilson 1927).
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Calls and Tokens are means over the solved problems.
	Calls  float64 `json:"calls"`
	Tokens float64 `json:"tokens"`
	// Spent is the mean number of calls over all problems.
	Spent float64 `json:"spent"`
}

// Summarise makes a row for each strategy and budget, in order of appearance.
func Summarise(results []Result) []Row {
	var rows []Row
	place := map[Row]int{}
	for _, r := range results {
		id := Row{Strategy: r.Strategy, Budget: r.Budget}
		i, ok := place[id]
		if !ok {
			i = len(rows)
			place[id] = i
			rows = append(rows, id)
		}
		row := &rows[i]
		row.Problems++
		row.Spent += float64(r.Calls)
		switch r.Status {
		case mcts.StatusSolved:
			row.Solved++
			row.Calls += float64(r.Calls)
			row.Tokens += float64(r.Tokens)
		case mcts.StatusUnsolvable:
			row.Unsolvable++
		}
	}
	for i := range rows {
		row := &rows[i]
		row.Low, row.High = wilson(row.Solved, row.Problems)
		row.Spent /= float64(row.Problems)
		if row.Solved > 0 {
			row.Calls /= float64(row.Solved)
			row.Tokens /= float64(row.Solved)
		}
	}
	return rows
}

func wilson(k, n int) (low, high float64) {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	centre, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, (centre-half)/(1+z*z/m)), min(1, (centre+half)/(1+z*z/m))
}

// WriteTable writes the rows as a table for people, which is valid Markdown.
func WriteTable(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(t, "| strategy\t| calls allowed\t| problems\t| solved\t| share\t| 95% interval\t| proven unsolvable\t| calls to solve\t| tokens to solve\t| calls spent\t|")
	fmt.Fprintln(t, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, r := range rows {
		fmt.Fprintf(t, "| %s\t| %d\t| %d\t| %d\t| %.1f%%\t| %.1f to %.1f\t| %d\t| %.1f\t| %.0f\t| %.1f\t|\n",
			r.Strategy, r.Budget, r.Problems, r.Solved, 100*float64(r.Solved)/float64(r.Problems),
			100*r.Low, 100*r.High, r.Unsolvable, r.Calls, r.Tokens, r.Spent)
	}
	return t.Flush()
}
