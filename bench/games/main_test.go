package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

// Ten solved positions: late ones are proven, and a search that is as long as the game
// is short makes no mistake.
func TestConnect4(t *testing.T) {
	lines := []string{
		`{"moves": "2252576253462244111563365343671351441", "score": -1, "scores": [null, null, null, null, null, -1, -2]}`,
		`{"moves": "7422341735647741166133573473242566", "score": 1, "scores": [-3, 1, null, null, -4, 1, null]}`,
		`{"moves": "23163416124767223154467471272416755633", "score": 0, "scores": [null, null, 0, null, -2, null, null]}`,
	}
	file := filepath.Join(t.TempDir(), "late.jsonl")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(context.Background(), []string{"-connect4", file, "-simulations", "10,2000", "-seeds", "2"}, &out); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(out.String(), "\n")
	if diff := cmp.Diff([]string{"late", "3"}, strings.Fields(rows[1])[:2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(rows[1], "0.00%  3 of 3") {
		t.Errorf("the row is %q", rows[1])
	}
}

func TestBadFlags(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "nothing to measure"},
		{[]string{"-connect4", "x", "-simulations", "100,50"}, `"50" is not a number above those before it`},
		{[]string{"-connect4", "x", "-simulations", "many"}, `"many" is not a number`},
		{[]string{"-connect4", "no-such-file"}, "no-such-file"},
	} {
		err := run(context.Background(), tt.args, &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.args, err, tt.want)
		}
	}
}

// Whether a move keeps the value is told from scores as from values.
func TestKeeps(t *testing.T) {
	n := func(v int) *int { return &v }
	scores := solved{Scores: []*int{n(-3), n(2), nil, n(7), n(0), n(-1), nil}}
	values := solved{Values: []int{-1, -1, 2, 0, -1, 2, 0}}
	for column, want := range []bool{false, true, false, true, false, false, false} {
		if got := scores.keeps(env.Move(column)); got != want {
			t.Errorf("scores, column %d: %v", column+1, got)
		}
	}
	for column, want := range []bool{false, false, false, true, false, false, true} {
		if got := values.keeps(env.Move(column)); got != want {
			t.Errorf("values, column %d: %v", column+1, got)
		}
	}
}
