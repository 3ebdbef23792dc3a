package countdown

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env"
)

// Whatever Start accepts must be a state whose text, read as a problem, is the
// same state; whatever it refuses must come with an example that it accepts.
func FuzzStart(f *testing.F) {
	for k, text := range []string{
		"4 9 10 13", "1,2,3", "3 7 25 50 = 96", "0 0 = 0", "1e999 2", "٤ 9", "", "=", "1 2 3 4 5 6 7 8 9",
		"1 2 = 3 = 4", "4 9 -10 13", "1.5 2", "\x00", "1 2\xff", "1000000 1000001", " 7 , 8 =9\n",
	} {
		f.Add(uint8(k), text)
	}
	plain := regexp.MustCompile(`^\d+( \d+)+ > \d+$`)
	f.Fuzz(func(t *testing.T, k uint8, text string) {
		g := games[int(k)%len(games)]
		s, err := g.Start(t.Context(), text)
		if err != nil {
			var bad *env.InputError
			if !errors.As(err, &bad) || bad.Reason == "" || len(bad.Reason) > 200 {
				t.Fatalf("%q: the error is %#v", text, err)
			}
			start(t, g, bad.Example)
			return
		}
		if !plain.MatchString(s.String()) {
			t.Fatalf("%q became %q", text, s)
		}
		numbers, target, _ := strings.Cut(s.String(), " > ")
		again := numbers
		if g.Target == 0 {
			again += " = " + target
		}
		if got := start(t, g, again); got.Key() != s.Key() {
			t.Fatalf("%q became %q, and that %q", text, s, got)
		}
		given := regexp.MustCompile(`\d+`).FindAllString(text, -1)
		kept := strings.Fields(numbers)
		if g.Target == 0 {
			kept = append(kept, target)
		}
		slices.Sort(given)
		slices.Sort(kept)
		if !slices.Equal(given, kept) {
			t.Fatalf("%q became %q", text, s)
		}
	})
}

// Whatever Step accepts must be a child that Actions lists, under a canonical
// text that gives it again; whatever it refuses must say that it is illegal.
func FuzzStep(f *testing.F) {
	for k, action := range []string{
		"13-9=4", "9+4", "10 × 4 = 40.", "8-(8/3)=16/3", "8-8/3", "8/3/2", "(4/2)-1", "4--3", "(−3)*5",
		"13-9=5", "7-7", "9/0", "1. 13-9=4", "", "=", "((((((((9))))))))+4", "999999999999999999999+1",
		"٩+4", "9\x00+4", "9**4", "3/(1/0)",
	} {
		f.Add([]byte{byte(k), 200, byte(7 * k)}, action)
	}
	f.Fuzz(func(t *testing.T, way []byte, action string) {
		problems := []string{"4 9 10 13", "3 3 8 8", "0 1 2 3 8", "1000000 1000000 999983 7 7 7 7 7"}
		g, problem := game24, problems[0]
		if len(way) > 0 {
			g, problem = games[int(way[0])%len(games)], problems[int(way[0])/8%len(problems)]
			way = way[1:]
		}
		if g.Target == 0 {
			problem += " = 24"
		}
		s := start(t, g, problem)
		for _, w := range way {
			if actions := s.Actions(); len(actions) > 0 {
				s = step(t, s, actions[int(w)%len(actions)])
			}
		}
		next, err := g.Step(t.Context(), s, action)
		if err != nil {
			if !errors.Is(err, env.ErrIllegal) || len(err.Error()) > 10*maxAction {
				t.Fatalf("at %s: %q: %v", s, action, err)
			}
			return
		}
		steps := next.(*State).Steps()
		if again := step(t, s, steps[len(steps)-1]); again.Key() != next.Key() {
			t.Fatalf("at %s: %q gives %s, and its canonical text %s", s, action, next, again)
		}
		for _, a := range s.Actions() {
			if step(t, s, a).Key() == next.Key() {
				return
			}
		}
		t.Fatalf("at %s: %q gives %s, and no listed action does", s, action, next)
	})
}

// Whatever Verify accepts must be right to a second reader too.
func FuzzVerify(f *testing.F) {
	for k, answer := range []string{
		"(13-9)*(10-4)", "(13-9)*(10-4) = 24", "8/(3-8/3)", "(10-4)×(13−9).", "((((13-9))))*(10-4)",
		"24", "13-9*10-4", "-4+9", "4x9-10-(13-", "1e9", "0x18", "4/0", "(13-9)*(10-4)=25", "=24", "04*6",
	} {
		f.Add(uint8(k), uint8(k), answer)
	}
	f.Fuzz(func(t *testing.T, k, p uint8, answer string) {
		problems := []string{"4 9 10 13", "3 3 8 8", "0 1 2 12 24", "6 4 1 1"}
		g, numbers := games[int(k)%len(games)], problems[int(p)%len(problems)]
		problem := numbers
		if g.Target == 0 {
			problem += " = 24"
		}
		if g.Verify(t.Context(), problem, answer) != nil {
			return
		}
		value, used := reread(t, answer, g.Integer)
		if value.Cmp(big.NewRat(24, 1)) != 0 {
			t.Fatalf("%q is worth %v, and was accepted", answer, value)
		}
		left := strings.Fields(numbers)
		for _, u := range used {
			i := slices.Index(left, u)
			if i < 0 {
				t.Fatalf("%q uses %s, which is not left of %s", answer, u, numbers)
			}
			left = slices.Delete(left, i, i+1)
		}
		if g.AllNumbers && len(left) > 0 {
			t.Fatalf("%q does not use %v", answer, left)
		}
	})
}

// reread evaluates an answer as a Go expression, whose grammar agrees on what
// an answer may hold, and returns its value and the numbers in it.
func reread(t tester, answer string, integer bool) (value *big.Rat, used []string) {
	t.Helper()
	text, _, _ := strings.Cut(answer, "=")
	text = strings.NewReplacer(
		"×", "*", "·", "*", "∙", "*", "⋅", "*", "x", "*", "X", "*", "÷", "/", "−", "-", "\n", " ", "\r", " ",
	).Replace(strings.TrimSuffix(strings.TrimSpace(text), "."))
	tree, err := parser.ParseExpr(text)
	if err != nil {
		t.Fatalf("%q is no Go expression: %v", text, err)
	}
	var eval func(ast.Expr) *big.Rat
	eval = func(e ast.Expr) *big.Rat {
		switch e := e.(type) {
		case *ast.ParenExpr:
			return eval(e.X)
		case *ast.BasicLit:
			used = append(used, e.Value)
			if r, ok := new(big.Rat).SetString(e.Value); ok && e.Kind == token.INT {
				return r
			}
		case *ast.BinaryExpr:
			if r := brute(Game{Integer: integer}, e.Op.String()[0], eval(e.X), eval(e.Y)); r != nil {
				return r
			}
		}
		t.Fatalf("%q has the bad part %s", text, fmt.Sprintf("%#v", e))
		return nil
	}
	return eval(tree), used
}
