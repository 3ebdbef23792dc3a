package countdown

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of an answer. The longest that a state gives has some 80 bytes and 7
// levels of parentheses.
const (
	maxAnswer = 512 // bytes
	maxDepth  = 64
)

// Verify returns nil if answer is an expression that solves problem: numbers,
// + - * / (also × · ∙ x ÷ −) and parentheses, perhaps followed by "=" and the
// target, and a full stop. It must use the given numbers, each at most once (if
// the game asks for all, exactly once), and be worth the target; in an integer
// game every intermediate result must be whole and not negative. A sign before a
// number is not an operation of the puzzle and is refused. A problem that can't
// be read is an *env.InputError. The context is not used.
//
// Evaluation is on its own here, over big.Rat: an error in the arithmetic of the
// search can't hide in it.
func (g Game) Verify(_ context.Context, problem, answer string) error {
	numbers, target, err := g.read(problem)
	if err != nil {
		return err
	}
	if len(answer) > maxAnswer {
		return fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if reason := g.judge(numbers, target, answer); reason != nil {
		return fmt.Errorf("answer %q: %w", answer, reason)
	}
	return nil
}

func (g Game) judge(numbers []int64, target int64, answer string) error {
	goal := strconv.FormatInt(target, 10)
	text := strings.TrimSuffix(strings.TrimSpace(answer), ".")
	expression, claim, claimed := strings.Cut(text, "=")
	if claimed && strings.TrimSpace(claim) != goal {
		return fmt.Errorf("it says %q after \"=\", and the target is %s", strings.TrimSpace(claim), goal)
	}
	e := evaluator{rest: expression, integer: g.Integer}
	value, err := e.sum()
	if err != nil {
		return err
	}
	if e.peek(); e.rest != "" {
		return fmt.Errorf("unexpected %s", e.next())
	}
	if err := g.given(numbers, e.used); err != nil {
		return err
	}
	if value.Cmp(new(big.Rat).SetInt64(target)) != 0 {
		return fmt.Errorf("it is worth %s, not %s", value.RatString(), goal)
	}
	return nil
}

// given checks the numbers that an expression used against the problem's.
func (g Game) given(numbers []int64, used []string) error {
	left := map[string]int{}
	for _, n := range numbers {
		left[strconv.FormatInt(n, 10)]++
	}
	for _, u := range used {
		n, given := left[u]
		switch {
		case !given:
			return fmt.Errorf("%s is not one of the numbers given", u)
		case n == 0:
			return fmt.Errorf("%s is used more often than it is given", u)
		}
		left[u]--
	}
	if g.AllNumbers && len(used) < len(numbers) {
		return fmt.Errorf("it uses %d of the %d numbers, and must use all", len(used), len(numbers))
	}
	return nil
}

// evaluator is a recursive descent over an expression:
//
//	sum     = product { ("+"|"-") product }
//	product = operand { ("*"|"/") operand }
//	operand = number | "(" sum ")"
type evaluator struct {
	rest    string
	integer bool
	depth   int
	used    []string // numbers in order of appearance
}

func (e *evaluator) sum() (*big.Rat, error) {
	return e.chain("+-", e.product)
}

func (e *evaluator) product() (*big.Rat, error) {
	return e.chain("*/", e.operand)
}

// chain reads operands joined by operators of one level, from the left.
func (e *evaluator) chain(level string, operand func() (*big.Rat, error)) (*big.Rat, error) {
	value, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		op, size := e.peek()
		if op == 0 || !strings.ContainsRune(level, op) {
			return value, nil
		}
		e.rest = e.rest[size:]
		right, err := operand()
		if err != nil {
			return nil, err
		}
		if value, err = e.combine(value, op, right); err != nil {
			return nil, err
		}
	}
}

func (e *evaluator) operand() (*big.Rat, error) {
	c, size := e.peek()
	switch {
	case c == '(':
		if e.depth++; e.depth > maxDepth {
			return nil, fmt.Errorf("parentheses are deeper than %d", maxDepth)
		}
		e.rest = e.rest[size:]
		value, err := e.sum()
		if err != nil {
			return nil, err
		}
		if c, size = e.peek(); c != ')' {
			return nil, fmt.Errorf(`a ")" is missing before %s`, e.next())
		}
		e.depth--
		e.rest = e.rest[size:]
		return value, nil
	case '0' <= c && c <= '9':
		return e.number()
	}
	return nil, fmt.Errorf("a number is missing before %s", e.next())
}

func (e *evaluator) number() (*big.Rat, error) {
	size := 0
	for size < len(e.rest) && '0' <= e.rest[size] && e.rest[size] <= '9' {
		size++
	}
	digits := e.rest[:size]
	e.rest = e.rest[size:]
	if len(e.used) == MaxNumbers {
		return nil, fmt.Errorf("it has more than %d numbers", MaxNumbers)
	}
	e.used = append(e.used, digits)
	value, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, fmt.Errorf("%s is not a number", digits)
	}
	return new(big.Rat).SetInt(value), nil
}

func (e *evaluator) combine(a *big.Rat, op rune, b *big.Rat) (*big.Rat, error) {
	value := new(big.Rat)
	switch op {
	case '+':
		value.Add(a, b)
	case '-':
		value.Sub(a, b)
	case '*':
		value.Mul(a, b)
	case '/':
		if b.Sign() == 0 {
			return nil, errors.New("it divides by zero")
		}
		value.Quo(a, b)
	}
	if e.integer && (value.Sign() < 0 || !value.IsInt()) {
		return nil, fmt.Errorf("%s%c%s is %s, and the rules allow only whole numbers from 0",
			a.RatString(), op, b.RatString(), value.RatString())
	}
	return value, nil
}

// peek skips spaces and returns the next character, with the variants of an
// operator as its ASCII form, and its size in bytes; 0 at the end.
func (e *evaluator) peek() (rune, int) {
	e.rest = strings.TrimLeft(e.rest, " \t\r\n")
	if e.rest == "" {
		return 0, 0
	}
	c, size := utf8.DecodeRuneInString(e.rest)
	switch c {
	case '×', '·', '∙', '⋅', 'x', 'X':
		c = '*'
	case '÷':
		c = '/'
	case '−':
		c = '-'
	}
	return c, size
}

// next names the next character, for an error.
func (e *evaluator) next() string {
	if e.rest == "" {
		return "the end"
	}
	c, _ := utf8.DecodeRuneInString(e.rest)
	return fmt.Sprintf("%q", c)
}
