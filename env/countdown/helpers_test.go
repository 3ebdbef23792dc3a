package countdown

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
)

var (
	game24           = Game{Target: 24, AllNumbers: true}
	game24Integer    = Game{Target: 24, AllNumbers: true, Integer: true}
	countdown        = Game{}
	countdownInteger = Game{Integer: true}
	countdownAll     = Game{Integer: true, AllNumbers: true}

	games = []Game{game24, game24Integer, countdown, countdownInteger, countdownAll}
)

// tester is *testing.T, *testing.F, *testing.B or *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func start(t tester, g Game, problem string) *State {
	t.Helper()
	s, err := g.Start(context.Background(), problem)
	if err != nil {
		t.Fatalf("Start(%q): %v", problem, err)
	}
	return s.(*State)
}

func step(t tester, s *State, action string) *State {
	t.Helper()
	next, err := s.puzzle.game.Step(context.Background(), s, action)
	if err != nil {
		t.Fatalf("at %s: %v", s, err)
	}
	return next.(*State)
}

func walk(t tester, s *State, actions ...string) *State {
	t.Helper()
	for _, a := range actions {
		s = step(t, s, a)
	}
	return s
}

// reachable says whether some sequence of listed actions reaches reward 1. known
// holds the results by key, and serves all problems of a game: equal keys promise
// equal futures.
func reachable(t tester, s *State, known map[string]bool) bool {
	if outcome, over := s.Outcome(); over {
		return outcome.Reward == 1
	}
	key := s.Key()
	found, ok := known[key]
	if ok {
		return found
	}
	for _, a := range s.Actions() {
		if found = reachable(t, step(t, s, a), known); found {
			break
		}
	}
	known[key] = found
	return found
}

// values reads the numbers back from the text of a state.
func values(t tester, s env.State) []*big.Rat {
	t.Helper()
	left, _, ok := strings.Cut(s.String(), " > ")
	if !ok {
		t.Fatalf("state %q has no target", s)
	}
	var out []*big.Rat
	for f := range strings.FieldsSeq(left) {
		r, ok := new(big.Rat).SetString(f)
		if !ok {
			t.Fatalf("state %q has a bad number", s)
		}
		out = append(out, r)
	}
	return out
}

// bag is a canonical text of a multiset of values, made without the package.
func bag(values []*big.Rat) string {
	sorted := slices.SortedFunc(slices.Values(values), (*big.Rat).Cmp)
	return fmt.Sprint(sorted)
}

// brute applies op over big.Rat, nil if the rules refuse it.
func brute(g Game, op byte, a, b *big.Rat) *big.Rat {
	r := new(big.Rat)
	switch op {
	case '+':
		r.Add(a, b)
	case '-':
		r.Sub(a, b)
	case '*':
		r.Mul(a, b)
	case '/':
		if b.Sign() == 0 {
			return nil
		}
		r.Quo(a, b)
	}
	if g.Integer && (r.Sign() < 0 || !r.IsInt()) {
		return nil
	}
	return r
}

// drawState draws a game, a problem and a walk of up to seven steps.
func drawState(t *rapid.T) *State {
	g := rapid.SampledFrom(games).Draw(t, "game")
	number := rapid.OneOf(
		rapid.IntRange(0, 3), // zeros, ones and equal numbers, where steps merge
		rapid.IntRange(1, 13),
		rapid.IntRange(1, MaxNumber),
	)
	numbers := rapid.SliceOfN(number, MinNumbers, MaxNumbers).Draw(t, "numbers")
	problem := strings.Trim(fmt.Sprint(numbers), "[]")
	if g.Target == 0 {
		problem += fmt.Sprint(" = ", number.Draw(t, "target"))
	}
	s := start(t, g, problem)
	for range rapid.IntRange(0, len(numbers)-1).Draw(t, "steps") {
		actions := s.Actions()
		if len(actions) == 0 {
			break
		}
		s = step(t, s, rapid.SampledFrom(actions).Draw(t, "action"))
	}
	return s
}

// root is the state that s started from.
func root(s *State) *State {
	for s.parent != nil {
		s = s.parent
	}
	return s
}
