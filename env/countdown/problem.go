package countdown

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
)

// Bounds of a problem. Published sets stay below 5 numbers of 3 digits (6 on
// television); the bounds leave room and keep a state on one line, a list of
// actions below 200 and every value below some 60 digits.
const (
	MinNumbers = 2
	MaxNumbers = 8
	MaxNumber  = 1_000_000 // numbers and targets are 0 to MaxNumber
	maxProblem = 200       // bytes: 9 numbers of 7 digits with room for spaces
)

// read checks a problem text, and is shared by Start and Verify.
func (g Game) read(problem string) (numbers []int64, target int64, err error) {
	if g.Target < 0 || g.Target > MaxNumber {
		return nil, 0, fmt.Errorf("countdown: the game's target %d is outside 0 to %d", g.Target, MaxNumber)
	}
	bad := func(input, format string, args ...any) error {
		return &env.InputError{Input: input, Reason: fmt.Sprintf(format, args...), Example: g.example()}
	}
	if len(problem) > maxProblem {
		return nil, 0, bad(problem, "the text is longer than %d bytes", maxProblem)
	}
	text := strings.Trim(problem, " \t\r\n")
	if text == "" {
		return nil, 0, bad(problem, "the text is empty")
	}
	if reason := unreadable(text); reason != "" {
		return nil, 0, bad(problem, "%s", reason)
	}

	left, right, found := strings.Cut(text, "=")
	target = g.Target
	switch {
	case g.Target != 0 && found:
		return nil, 0, bad(problem, `there is an "=", but the target of this game is always %d`, g.Target)
	case g.Target == 0 && !found:
		return nil, 0, bad(problem, `the target is missing: it follows the numbers after "="`)
	case g.Target == 0:
		fields := strings.Fields(right)
		if len(fields) > 1 {
			return nil, 0, bad(right, `the target after "=" must be one number`)
		}
		if len(fields) == 0 {
			return nil, 0, bad(problem, `the target after "=" is empty`)
		}
		n, reason := readNumber(fields[0])
		if reason != "" {
			return nil, 0, bad(fields[0], "the target %s", reason)
		}
		target = n
	}

	var fields []string
	for part := range strings.SplitSeq(left, ",") {
		words := strings.Fields(part)
		if len(words) == 0 && strings.Contains(left, ",") {
			return nil, 0, bad(problem, "a number is missing next to a comma")
		}
		fields = append(fields, words...)
	}
	if n := len(fields); n < MinNumbers || n > MaxNumbers {
		return nil, 0, bad(problem, "the problem has %d numbers, and needs %d to %d", n, MinNumbers, MaxNumbers)
	}
	for i, field := range fields {
		n, reason := readNumber(field)
		if reason != "" {
			return nil, 0, bad(field, "number %d %s", i+1, reason)
		}
		numbers = append(numbers, n)
	}
	return numbers, target, nil
}

func (g Game) example() string {
	if g.Target != 0 {
		return "4 9 10 13"
	}
	return "3 7 25 50 = 96"
}

// unreadable names the first character that would need a better explanation than
// that it is not a number.
func unreadable(text string) string {
	if !utf8.ValidString(text) {
		return "the text is not valid UTF-8"
	}
	for _, r := range text {
		switch {
		case unicode.IsControl(r):
			return fmt.Sprintf("the text has the control character %U", r)
		case r > unicode.MaxASCII && unicode.IsDigit(r):
			return fmt.Sprintf("%q (%U) is not one of the digits 0 to 9", r, r)
		}
	}
	return ""
}

// readNumber reads a number of a problem; the reason completes a sentence.
func readNumber(field string) (n int64, reason string) {
	n, err := strconv.ParseInt(field, 10, 64)
	switch digits := strings.TrimLeft(field, "0123456789"); {
	case digits == field && strings.HasPrefix(field, "-"):
		return 0, fmt.Sprintf("is negative or no number, and must be 0 to %d", MaxNumber)
	case digits != "":
		return 0, fmt.Sprintf("is not a whole number in plain digits, 0 to %d", MaxNumber)
	case len(field) > 1 && field[0] == '0':
		return 0, "has a leading zero"
	case err != nil || n > MaxNumber:
		return 0, fmt.Sprintf("is larger than %d", MaxNumber)
	}
	return n, ""
}
