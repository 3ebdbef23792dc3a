package countdown

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Actions must list exactly the children that all pairs and operators make, each
// once; Step must take every one, remember its text, and give that child.
func TestActionsAreCompleteAndDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		want := map[string]bool{}
		if _, over := s.Outcome(); !over {
			numbers := values(t, s)
			for i, a := range numbers {
				for j, b := range numbers {
					if i == j {
						continue
					}
					rest := []*big.Rat{}
					for k, n := range numbers {
						if k != i && k != j {
							rest = append(rest, n)
						}
					}
					for _, op := range []byte("+-*/") {
						if r := brute(s.puzzle.game, op, a, b); r != nil {
							want[bag(append(rest[:len(rest):len(rest)], r))] = true
						}
					}
				}
			}
		}
		got := map[string]bool{}
		keys := map[string]bool{}
		for _, action := range s.Actions() {
			next := step(t, s, action)
			b := bag(values(t, next))
			if got[b] || keys[next.Key()] {
				t.Fatalf("at %s: %s leads to %s, as an action before it does", s, action, next)
			}
			got[b], keys[next.Key()] = true, true
			steps := next.Steps()
			if last := steps[len(steps)-1]; last != action {
				t.Fatalf("at %s: action %s is remembered as %s", s, action, last)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("children of %s (-all pairs +listed):\n%s", s, diff)
		}
		if diff := cmp.Diff(s.Actions(), s.Actions()); diff != "" {
			t.Fatalf("the order changed:\n%s", diff)
		}
	})
}

// Two states of one problem have equal keys exactly if they hold equal multisets,
// whichever ways led to them.
func TestKeysAreMultisets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// All children and grandchildren of a state meet often.
		s := drawState(t)
		byKey := map[string]string{}
		byBag := map[string]string{}
		compare := func(s *State) {
			key, b := s.Key(), bag(values(t, s))
			if other, ok := byKey[key]; ok && other != b {
				t.Fatalf("key %q is both %s and %s", key, other, b)
			}
			if other, ok := byBag[b]; ok && other != key {
				t.Fatalf("%s has the keys %q and %q", b, other, key)
			}
			byKey[key], byBag[b] = b, key
		}
		compare(s)
		for _, a := range s.Actions() {
			next := step(t, s, a)
			compare(next)
			if again := next.Actions(); len(again) > 0 {
				compare(step(t, next, rapid.SampledFrom(again).Draw(t, "second")))
			}
		}
	})
}

// Keys tell apart what decides the future, and nothing else: a target is the
// same whether the game or the problem names it.
func TestKeysOfGames(t *testing.T) {
	tests := []struct {
		name    string
		game    Game
		problem string
		want    string
	}{
		{"rational, all numbers", game24, "4 9 10 13", "ra:4 9 10 13 > 24"},
		{"integer, all numbers", game24Integer, "4 9 10 13", "ia:4 9 10 13 > 24"},
		{"rational, a subset", countdown, "4 9 10 13 = 24", "rs:4 9 10 13 > 24"},
		{"integer, a subset", countdownInteger, "4 9 10 13 = 24", "is:4 9 10 13 > 24"},
		{"another target", countdownInteger, "4 9 10 13 = 25", "is:4 9 10 13 > 25"},
		{"the target of the game, named by the problem", countdownAll, "4 9 10 13 = 24", "ia:4 9 10 13 > 24"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := start(t, tt.game, tt.problem).Key(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The order and the separators of the numbers in a problem mean nothing.
func TestProblemOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.IntRange(0, MaxNumber), MinNumbers, MaxNumbers).Draw(t, "numbers")
		shuffled := rapid.Permutation(numbers).Draw(t, "shuffled")
		separator := rapid.SampledFrom([]string{",", ", ", " , ", "  "}).Draw(t, "separator")
		var b strings.Builder
		for i, n := range shuffled {
			if i > 0 {
				b.WriteString(separator)
			}
			fmt.Fprint(&b, n)
		}
		if b.Len() > maxProblem {
			t.Fatalf("a plain problem has %d bytes", b.Len())
		}
		one, two := start(t, game24, strings.Trim(fmt.Sprint(numbers), "[]")), start(t, game24, b.String())
		if one.Key() != two.Key() || one.String() != two.String() {
			t.Fatalf("%q and %q", one, two)
		}
		slices.Sort(numbers)
		if want := strings.Trim(fmt.Sprint(numbers), "[]") + " > 24"; two.String() != want {
			t.Fatalf("got %q, want %q", two, want)
		}
	})
}

// However an action is written, the same state comes out and the canonical text
// is what is kept.
func TestStepIsLenient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		actions := s.Actions()
		for len(actions) == 0 && s.parent != nil {
			s = s.parent // the end has no action to vary
			actions = s.Actions()
		}
		if len(actions) == 0 {
			return // the target was among the numbers given
		}
		action := rapid.SampledFrom(actions).Draw(t, "action")
		variant := vary(t, action)
		want, got := step(t, s, action), step(t, s, variant)
		if got.Key() != want.Key() {
			t.Fatalf("%q gives %s, and %q gives %s", variant, got, action, want)
		}
		if diff := cmp.Diff(want.Steps(), got.Steps()); diff != "" {
			t.Fatalf("%q is kept differently:\n%s", variant, diff)
		}
	})
}

// vary rewrites a canonical action in a way that means the same.
func vary(t *rapid.T, action string) string {
	left, op, right, result := splitAction(t, action)
	if (op == "+" || op == "*") && rapid.Bool().Draw(t, "swap") {
		left, right = right, left
	}
	op = rapid.SampledFrom(map[string][]string{
		"+": {"+"}, "-": {"-", "−"}, "/": {"/", "÷"},
		"*": {"*", "×", "·", "∙", "⋅", "x", "X"},
	}[op]).Draw(t, "op")
	space := func(label string) string {
		return rapid.SampledFrom([]string{"", " ", "  ", "\t"}).Draw(t, label)
	}
	wrap := func(operand string) string {
		if rapid.Bool().Draw(t, "parentheses around "+operand) {
			operand = "(" + space("inside") + operand + ")"
		}
		if rapid.Bool().Draw(t, "minus") {
			operand = strings.ReplaceAll(operand, "-", "−")
		}
		return operand
	}
	text := space("a") + wrap(left) + space("b") + op + space("c") + wrap(right) + space("d")
	if rapid.Bool().Draw(t, "result") {
		text += "=" + space("e") + wrap(result)
	}
	return text + rapid.SampledFrom([]string{"", ".", "\n", " .", ".\r\n"}).Draw(t, "end")
}

// splitAction cuts a canonical action at its operator, outside of parentheses.
func splitAction(t *rapid.T, action string) (left, op, right, result string) {
	step, result, ok := strings.Cut(action, "=")
	if !ok {
		t.Fatalf("%q has no result", action)
	}
	depth := 0
	for i, c := range step {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.ContainsRune("+-*/", c):
			return step[:i], step[i : i+1], step[i+1:], result
		}
	}
	t.Fatalf("%q has no operator", action)
	return
}

// The answer of a finished walk is worth its last number, by the verifier's own
// arithmetic and by that of a second reader, and passes exactly if it is right.
func TestAnswersAreWorthTheirNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		for {
			actions := s.Actions()
			if len(actions) == 0 {
				break
			}
			if s.Answer() != "" {
				t.Fatalf("%s is not over, and has the answer %q", s, s.Answer())
			}
			s = step(t, s, rapid.SampledFrom(actions).Draw(t, "last action"))
		}
		outcome, over := s.Outcome()
		if !over {
			t.Fatalf("%s is not over, and has no action", s)
		}
		answer := s.Answer()
		want := s.puzzle.target.String()
		if outcome.Reward != 1 {
			want = s.numbers[0].String()
		}
		e := evaluator{rest: answer, integer: s.puzzle.game.Integer}
		got, err := e.sum()
		if err != nil || e.rest != "" || got.RatString() != want {
			t.Fatalf("%q is worth %v (%v), want %s", answer, got, err, want)
		}
		if second, _ := reread(t, answer, s.puzzle.game.Integer); second.RatString() != want {
			t.Fatalf("%q is worth %v to a second reader, want %s", answer, second, want)
		}
		r := root(s)
		problem := strings.TrimSuffix(r.String(), " > "+r.puzzle.target.String())
		if r.puzzle.game.Target == 0 {
			problem += " = " + r.puzzle.target.String()
		}
		err = s.puzzle.game.Verify(t.Context(), problem, answer)
		if (err == nil) != (outcome.Reward == 1) {
			t.Fatalf("%s with the outcome %+v: Verify = %v", problem, outcome, err)
		}
	})
}

// States are shared by the branches of a search.
func TestStatesAreShared(t *testing.T) {
	numbers := func() []*State {
		return []*State{
			start(t, game24, "4 9 10 13"),
			start(t, countdown, "7 7 8 3 = 24"),
			walk(t, start(t, game24, "1000000 1000000 1000000 1000000 3 7"),
				"1000000*1000000", "1000000000000*1000000", "1000000000000000000*1000000",
				"1000000000000000000000000/7"),
		}
	}
	// describe uses everything that a state can do.
	describe := func(s *State) string {
		text := fmt.Sprint(s, s.Key(), s.Steps(), s.Answer())
		for _, a := range s.Actions() {
			next, err := s.puzzle.game.Step(t.Context(), s, a)
			if err != nil {
				return err.Error() // not fatal here: this runs in many goroutines
			}
			outcome, over := next.Outcome()
			text += fmt.Sprint(a, next, outcome, over, next.(*State).Answer(), next.(*State).Actions())
		}
		return text
	}
	for k, s := range numbers() {
		want := describe(numbers()[k])
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if got := describe(s); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
		wg.Wait()
	}
}
