package countdown

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
)

// maxAction bounds an action text in bytes. The longest canonical step, on two
// fractions made of eight numbers of seven digits, has some 250.
const maxAction = 512

// parse reads an action on s. The error wraps env.ErrIllegal.
//
// A fraction may stand without parentheses where that can be read in one way
// only: 8-8/3 is 8-(8/3), as 8 over 3 would make two steps of it. So a text that
// is not a step of two plain operands is read again with bare fractions.
func (s *State) parse(action string) (m move, result num, err error) {
	if len(action) > maxAction {
		return m, result, env.Illegal(action[:20]+"…", "the text is longer than %d bytes", maxAction)
	}
	if _, over := s.Outcome(); over {
		return m, result, env.Illegal(action, "the puzzle is over")
	}
	text := strings.TrimSuffix(strings.Trim(action, " \t\r\n"), ".")

	m, result, reached, reason := s.read(text, plain, plain)
	if reached < len(text) {
		legal := 0
		for _, way := range [...][2]form{{bare, plain}, {plain, bare}, {bare, bare}} {
			m2, result2, reached2, reason2 := s.read(text, way[0], way[1])
			if reason2 == "" {
				legal++
				m, result, reason = m2, result2, ""
			} else if legal == 0 && reached2 > reached {
				reached, reason = reached2, reason2
			}
		}
		if legal > 1 {
			reason = "it can be read in two ways: put the fraction in parentheses"
		}
	}
	if reason != "" {
		return m, result, env.Illegal(action, "%s", reason)
	}
	return m, result, nil
}

// read reads text as a step of operands in these forms. If that fails, reached
// says how far the text made sense, and reason why not further or why the rules
// refuse it.
func (s *State) read(text string, left, right form) (m move, result num, reached int, reason string) {
	r := reader{text: text}
	st := r.step(left, right)
	if r.failed != "" {
		return m, result, r.pos, r.failed
	}
	m, result, reason = s.resolve(st)
	return m, result, len(text), reason
}

// stepText is a step as it was written.
type stepText struct {
	left, right literal
	op          byte
	result      literal
	hasResult   bool
}

// literal is a number as it was written. It can name a number of a state only in
// canonical form, or (4/2)-1 would pass as one step where it is two.
type literal struct {
	value                  num
	canonical              bool
	negative               bool
	numerator, denominator string // digits; no denominator if there was no slash
}

// append writes the literal without spaces and parentheses.
func (l literal) append(buf []byte) []byte {
	if l.negative {
		buf = append(buf, '-')
	}
	buf = append(buf, l.numerator...)
	if l.denominator != "" {
		buf = append(append(buf, '/'), l.denominator...)
	}
	return buf
}

// resolve finds the numbers of st in s and applies the rules.
func (s *State) resolve(st stepText) (m move, result num, reason string) {
	i := s.index(st.left, -1)
	j := s.index(st.right, i)
	switch {
	case i < 0:
		return m, result, s.missing(st.left)
	case j < 0 && s.index(st.right, -1) >= 0:
		reason = fmt.Sprintf("%s is only once among %s", st.right.append(nil), appendNumbers(nil, s.numbers))
		return m, result, reason
	case j < 0:
		return m, result, s.missing(st.right)
	}
	if (st.op == '+' || st.op == '*') && i < j {
		i, j = j, i // the larger first
	}
	m = move{uint8(i), uint8(j), st.op}
	result, reason = s.legal(m)
	if reason == "" && st.hasResult && !st.result.value.equal(result) {
		reason = fmt.Sprintf("is %s, not %s", result, st.result.append(nil))
	}
	if reason != "" && reason != divisionByZero {
		step := appendOperand(append(appendOperand(nil, s.numbers[i]), m.op), s.numbers[j])
		reason = string(step) + " " + reason
	}
	return m, result, reason
}

func (s *State) missing(l literal) string {
	return fmt.Sprintf("%s is not among %s", l.append(nil), appendNumbers(nil, s.numbers))
}

// index finds l among the numbers, other than the one at except.
func (s *State) index(l literal, except int) int {
	for k, n := range s.numbers {
		if k != except && l.canonical && n.equal(l.value) {
			return k
		}
	}
	return -1
}

// reader reads a step from left to right. After the first failure it is idle.
type reader struct {
	text   string
	pos    int
	failed string // what is wrong at pos, empty if nothing
}

func (r *reader) fail(format string, args ...any) {
	if r.failed == "" {
		r.failed = fmt.Sprintf(format, args...)
	}
}

// form is how a literal may be written.
type form int

const (
	plain form = iota // an integer, or anything in parentheses
	bare              // a fraction without parentheses
	either
)

// step reads "left op right [= result]".
func (r *reader) step(left, right form) stepText {
	var st stepText
	st.left = r.literal(left)
	st.op = r.operator()
	st.right = r.literal(right)
	if st.hasResult = r.accept("="); st.hasResult {
		st.result = r.literal(either)
	}
	if r.skip(); r.pos < len(r.text) {
		r.fail("unexpected %s after the step; write one step such as a-b=c", r.next())
	}
	return st
}

// literal reads [-]digits[/digits], perhaps in parentheses.
func (r *reader) literal(f form) literal {
	depth := 0
	for f != bare && depth < 8 && r.accept("(") {
		depth++
	}
	l := literal{negative: r.accept("-") || r.accept("−"), numerator: r.digits()}
	if slash := (f != plain || depth > 0) && (r.accept("/") || r.accept("÷")); slash {
		l.denominator = r.digits()
	} else if f == bare {
		r.fail(`a "/" is missing before %s`, r.next())
	}
	for range depth {
		if !r.accept(")") {
			r.fail(`a ")" is missing before %s`, r.next())
		}
	}
	if r.failed != "" {
		return l
	}
	if !l.evaluate() {
		r.fail("%s is %s", l.append(nil), divisionByZero)
	}
	return l
}

// evaluate sets what follows from the digits; false if the denominator is zero.
func (l *literal) evaluate() bool {
	n, ok1 := parseInt(l.numerator)
	d, ok2 := parseInt(l.denominator)
	if l.denominator == "" {
		d = 1
	}
	switch {
	case ok1 && ok2 && d == 0:
		return false
	case ok1 && ok2:
		if l.negative {
			n = -n
		}
		l.value = apply('/', whole(n), whole(d))
	default:
		r, ok := new(big.Rat).SetString(string(l.append(nil)))
		if !ok {
			return false
		}
		l.value = fromRat(r)
	}
	var canonical, given [48]byte
	l.canonical = bytes.Equal(l.value.append(canonical[:0]), l.append(given[:0]))
	return true
}

// parseInt reads digits, and reports false if they don't fit.
func parseInt(digits string) (int64, bool) {
	n := int64(0)
	for _, c := range []byte(digits) {
		if n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// digits reads the digits 0 to 9, at least one.
func (r *reader) digits() string {
	r.skip()
	from := r.pos
	for r.failed == "" && r.pos < len(r.text) && '0' <= r.text[r.pos] && r.text[r.pos] <= '9' {
		r.pos++
	}
	if from == r.pos {
		r.fail("a number is missing before %s", r.next())
	}
	return r.text[from:r.pos]
}

// signs are the ways to write each operator.
var signs = [...]struct {
	text string
	op   byte
}{
	{"+", '+'},
	{"-", '-'}, {"−", '-'},
	{"*", '*'}, {"×", '*'}, {"·", '*'}, {"∙", '*'}, {"⋅", '*'}, {"x", '*'}, {"X", '*'},
	{"/", '/'}, {"÷", '/'},
}

func (r *reader) operator() byte {
	for _, s := range signs {
		if r.accept(s.text) {
			return s.op
		}
	}
	r.fail("one of + - * / is missing before %s", r.next())
	return '+'
}

// accept moves past sign if it comes next.
func (r *reader) accept(sign string) bool {
	r.skip()
	if r.failed == "" && strings.HasPrefix(r.text[r.pos:], sign) {
		r.pos += len(sign)
		return true
	}
	return false
}

func (r *reader) skip() {
	for r.pos < len(r.text) && (r.text[r.pos] == ' ' || r.text[r.pos] == '\t') {
		r.pos++
	}
}

// next names the character at pos, for an error.
func (r *reader) next() string {
	if r.pos == len(r.text) {
		return "the end"
	}
	c, _ := utf8.DecodeRuneInString(r.text[r.pos:])
	return fmt.Sprintf("%q", c)
}
