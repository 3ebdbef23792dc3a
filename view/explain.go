package view

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Explained says how a search rated the steps from one state.
type Explained struct {
	State string
	Steps []Rated
}

// Rated is one step with the terms of its score.
type Rated struct {
	Action string
	N      int // visits
	Terms  []RatedTerm
	Score  float64 // their sum
	Closed string  // why it can't be chosen; empty if it can
	Chosen bool    // it is the one to be tried next
}

// RatedTerm is one part of a score.
type RatedTerm struct {
	Name  string
	Value float64
}

// maxRated is the number of steps of a state that are written out.
const maxRated = 12

// Explain writes tables of how steps were rated, one for each state, the most
// visited steps first.
func Explain(w io.Writer, states []Explained) error {
	b := bufio.NewWriter(w)
	for _, s := range states {
		if len(s.Steps) == 0 {
			continue
		}
		fmt.Fprintf(b, "how the steps from %s are rated:\n", Clean(s.State))
		steps := slices.Clone(s.Steps)
		slices.SortStableFunc(steps, func(a, b Rated) int {
			return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(b.Score, a.Score))
		})
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, step := range steps[:min(maxRated, len(steps))] {
			fmt.Fprintf(t, "%s %s\tN %d\t%s\t%s\n", arrow(step.Chosen), Clean(step.Action), step.N, sum(step), step.Closed)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if more := len(s.Steps) - maxRated; more > 0 {
			fmt.Fprintf(b, "  and %d more\n", more)
		}
	}
	return b.Flush()
}

func arrow(chosen bool) string {
	if chosen {
		return "→"
	}
	return " "
}

func sum(step Rated) string {
	var terms []string
	for _, t := range step.Terms {
		terms = append(terms, fmt.Sprintf("%s %.3f", t.Name, t.Value))
	}
	return fmt.Sprintf("%.3f = %s", step.Score, strings.Join(terms, " + "))
}
