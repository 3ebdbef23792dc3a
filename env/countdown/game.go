// Package countdown is a family of number puzzles: the Game of 24 and the
// Countdown numbers game. A state is a multiset of numbers, a step replaces two
// of them by their sum, difference, product or quotient, and the goal is a
// target number. All arithmetic is exact at any size.
//
// Verify judges a finished expression and shares no arithmetic with the search.
package countdown

import (
	"context"
	"errors"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
)

// Game is one set of rules, and the environment that plays it. The zero value
// is Countdown: a target named by each problem, any subset of the numbers,
// rational arithmetic. The Game of 24 is Game{Target: 24, AllNumbers: true}.
type Game struct {
	// Target is the number to reach, 1 to MaxNumber. 0 means that every problem
	// names its own after "=".
	Target int64
	// Integer refuses steps whose result is negative or not whole. Without it
	// fractions and negative numbers are as good as any other.
	Integer bool
	// AllNumbers asks that every number be used. Without it a state that holds
	// the target is solved, whatever else it holds.
	AllNumbers bool
}

var (
	_ env.Environment = Game{}
	_ env.Verifier    = Game{}
	_ env.Describer   = Game{}
	_ env.State       = (*State)(nil)
	_ env.Finite      = (*State)(nil)
	_ env.Answerer    = (*State)(nil)
)

// errForeign is a misuse by the caller, not an illegal step.
var errForeign = errors.New("countdown: the state belongs to another environment")

// Start reads a problem: MinNumbers to MaxNumbers whole numbers from 0 to
// MaxNumber, separated by spaces or commas, followed by "=" and the target
// unless the game has a fixed one. Anything else is an *env.InputError.
// The context is not used: reading takes microseconds.
func (g Game) Start(_ context.Context, problem string) (env.State, error) {
	numbers, target, err := g.read(problem)
	if err != nil {
		return nil, err
	}
	return newState(g, numbers, target), nil
}

// Step applies an action such as "13-9=4" to a state that this game started.
// It reads more than Actions writes: spaces, the signs × · ∙ x ÷ −, parentheses
// around a number, + and * in either order, a missing result and a full stop at
// the end. A result that is given must be right. Refused steps wrap
// env.ErrIllegal. The context is not used: a step takes microseconds.
func (g Game) Step(_ context.Context, s env.State, action string) (env.State, error) {
	st, ok := s.(*State)
	if !ok || st == nil || st.puzzle.game != g {
		return nil, fmt.Errorf("%w: %T", errForeign, s)
	}
	m, result, err := st.parse(action)
	if err != nil {
		return nil, err
	}
	return st.child(m, result), nil
}

// Rules explains the puzzle in a few sentences.
func (g Game) Rules() string {
	const notation = `A state is a list of numbers, then ">", then the target. ` +
		"A step takes two of the numbers and replaces them by their sum, difference, product or quotient; "
	rules := notation + "it is written like 13-9=4, with a fraction or a negative number in parentheses, " +
		"like 8-(8/3)=16/3. Fractions and negative numbers are allowed and exact. "
	if g.Integer {
		rules = notation + "it is written like 13-9=4. Every result must be a whole number and not negative: " +
			"subtract only the smaller number, and divide only without remainder. "
	}
	if g.AllNumbers {
		return rules + "Use every number exactly once: the goal is to have only the target left."
	}
	return rules + "Each number may be used once or not at all: the goal is to have the target among the numbers."
}

// Example is a state and a step from it that keeps the target in reach.
func (g Game) Example() (state, step string) {
	switch {
	case g.Target == 24:
		return "4 9 10 13 > 24", "13-9=4"
	case g.Target == 0:
		return "3 7 25 50 > 96", "50-25=25"
	}
	// (T-1) + (b-a) makes T if b is a+1; neither may be T itself.
	a := int64(2)
	if g.Target == a || g.Target == a+1 {
		a = 5
	}
	return newState(g, []int64{a, a + 1, g.Target - 1}, g.Target).String(), fmt.Sprintf("%d-%d=1", a+1, a)
}
