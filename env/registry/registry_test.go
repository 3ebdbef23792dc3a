package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
	"github.com/ponder-mcts/ponder/env/registry"
)

func TestNames(t *testing.T) {
	want := []string{"game24", "game24-integer", "countdown", "countdown-integer", "tictactoe", "connect4", "othello", "hex", "gomoku", "sudoku", "npuzzle", "pegs", "nqueens", "sokoban", "blocksworld", "cube"}
	if diff := cmp.Diff(want, registry.Names()); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
}

// Every entry must hold what it promises: a unique name, one line of summary, an
// example problem that a plain exhaustive search solves and the verifier accepts;
// in a game, one in which the player to move can win.
func TestEntries(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range registry.All() {
		t.Run(e.Name, func(t *testing.T) {
			if seen[e.Name] {
				t.Error("the name is taken")
			}
			seen[e.Name] = true
			if e.Summary == "" || strings.ContainsAny(e.Summary, "\n\r") {
				t.Errorf("summary %q is not one line", e.Summary)
			}
			got, err := registry.Get(e.Name)
			if err != nil {
				t.Fatal(err)
			}
			if got != e.Env {
				t.Error("Get and All differ")
			}
			start, err := e.Env.Start(t.Context(), e.Example)
			if err != nil {
				t.Fatal(err)
			}
			if _, game := start.(env.Mover); game {
				if !wins(t, e.Env, start, longestWin) {
					t.Fatalf("the example %q is not won within %d plies", e.Example, longestWin)
				}
				return
			}
			solved := solve(t, e.Env, start, map[string]bool{})
			if solved == nil {
				t.Fatalf("the example %q has no solution", e.Example)
			}
			answer := solved.(env.Answerer).Answer()
			if err := e.Env.(env.Verifier).Verify(t.Context(), e.Example, answer); err != nil {
				t.Error(err)
			}
		})
	}
}

// Every entry keeps to the contract of package env.
func TestContracts(t *testing.T) {
	for _, e := range registry.All() {
		t.Run(e.Name, func(t *testing.T) {
			envtest.Test(t, e.Env, e.Example)
		})
	}
}

// solve searches depth first, and is enough for examples.
func solve(t *testing.T, e env.Environment, s env.State, seen map[string]bool) env.State {
	if outcome, over := s.Outcome(); over {
		if outcome.Reward == 1 {
			return s
		}
		return nil
	}
	for _, action := range s.(env.Finite).Actions() {
		next, err := e.Step(t.Context(), s, action)
		if err != nil {
			t.Fatal(err)
		}
		if seen[next.Key()] {
			continue
		}
		seen[next.Key()] = true
		if found := solve(t, e, next, seen); found != nil {
			return found
		}
	}
	return nil
}

// longestWin is how many plies an example may need, both players' counted.
const longestWin = 5

// wins reports whether the player to move can win within some plies, whatever
// the other one does.
func wins(t *testing.T, e env.Environment, s env.State, plies int) bool {
	if outcome, over := s.Outcome(); over || plies == 0 {
		return over && outcome.Reward == 1
	}
	for _, action := range s.(env.Finite).Actions() {
		next, err := e.Step(t.Context(), s, action)
		if err != nil {
			t.Fatal(err)
		}
		if loses(t, e, next, plies-1) {
			return true
		}
	}
	return false
}

// loses reports whether every move of the player to move leads to a win of the
// other one within some plies.
func loses(t *testing.T, e env.Environment, s env.State, plies int) bool {
	if outcome, over := s.Outcome(); over || plies == 0 {
		return over && outcome.Reward == 0
	}
	for _, action := range s.(env.Finite).Actions() {
		next, err := e.Step(t.Context(), s, action)
		if err != nil {
			t.Fatal(err)
		}
		if !wins(t, e, next, plies-1) {
			return false
		}
	}
	return true
}

func TestGetUnknown(t *testing.T) {
	const list = " (there are game24, game24-integer, countdown, countdown-integer, tictactoe, connect4, othello, hex, gomoku, sudoku, npuzzle, pegs, nqueens, sokoban, blocksworld, cube)"
	tests := []struct {
		name   string
		reason string
		want   string
	}{
		{"game42", "two letters swapped", `unknown environment "game42"; did you mean game24?` + list},
		{"Game24", "capitals are only near", `unknown environment "Game24"; did you mean game24?` + list},
		{"countdwon-integer", "the longer of two with a common start", `unknown environment "countdwon-integer"; did you mean countdown-integer?` + list},
		{"game24 ", "a trailing space is not trimmed away", `unknown environment "game24 "; did you mean game24?` + list},
		{"chess", "nothing is near", `unknown environment "chess"` + list},
		{"", "empty", `unknown environment ""` + list},
		{strings.Repeat("a", 1<<20), "a megabyte is not repeated", fmt.Sprintf("unknown environment %q", strings.Repeat("a", 40)+"…") + list},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			e, err := registry.Get(tt.name)
			if e != nil || !errors.Is(err, registry.ErrUnknown) {
				t.Fatalf("Get = %v, %v; want an error that is ErrUnknown", e, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllIsACopy(t *testing.T) {
	registry.All()[0].Name = "changed"
	if got := registry.Names()[0]; got != "game24" {
		t.Errorf("the caller's change reached the registry: %q", got)
	}
}

func ExampleGet() {
	_, err := registry.Get("countdow")
	fmt.Println(err)
	// Output:
	// unknown environment "countdow"; did you mean countdown? (there are game24, game24-integer, countdown, countdown-integer, tictactoe, connect4, othello, hex, gomoku, sudoku, npuzzle, pegs, nqueens, sokoban, blocksworld, cube)
}
