package countdown

import "slices"

// Steps returns the canonical texts of the steps from the start to s.
func (s *State) Steps() []string {
	var steps []string
	for c := s; c.parent != nil; c = c.parent {
		steps = append(steps, string(c.parent.appendStep(nil, c.made, c.numbers[c.at])))
	}
	slices.Reverse(steps)
	return steps
}

// Answer is the expression over the given numbers that made the target, such as
// "(13-9)*(10-4)", or the only number left if that is not the target. It is
// empty at a state that is not terminal.
func (s *State) Answer() string {
	at := s.solvedAt()
	if at < 0 {
		if len(s.numbers) > 1 {
			return ""
		}
		at = 0
	}
	var line []*State
	for c := s; c != nil; c = c.parent {
		line = append(line, c)
	}
	slices.Reverse(line)

	// exprs[k] is how numbers[k] of the current state was made.
	start := line[0]
	exprs := make([]expr, 0, len(start.numbers))
	for _, n := range start.numbers {
		exprs = append(exprs, expr{text: n.String(), level: atom})
	}
	for _, c := range line[1:] {
		i, j := int(c.made.i), int(c.made.j)
		made := join(c.made.op, exprs[i], exprs[j])
		exprs = slices.Delete(exprs, max(i, j), max(i, j)+1)
		exprs = slices.Delete(exprs, min(i, j), min(i, j)+1)
		exprs = slices.Insert(exprs, int(c.at), made)
	}
	return exprs[at].text
}

// expr is a text and the level of the operator that binds it last.
type expr struct {
	text  string
	level int
}

const (
	sum     = iota // + -
	product        // * /
	atom           // a number or parentheses
)

// join writes a op b with the parentheses that its value needs. On the right
// a+(b-c) and a*(b/c) need none: read from the left they are worth the same, and
// where b-c is not negative or b/c is whole, so are the new steps on the way.
func join(op byte, a, b expr) expr {
	level := sum
	if op == '*' || op == '/' {
		level = product
	}
	right := level
	if op == '-' || op == '/' {
		right++
	}
	return expr{text: a.within(level) + string(op) + b.within(right), level: level}
}

// within is the text of e as an operand that must bind at level or tighter.
func (e expr) within(level int) string {
	if e.level < level {
		return "(" + e.text + ")"
	}
	return e.text
}
