package countdown

import (
	"slices"
	"strconv"

	"github.com/ponder-mcts/ponder/env"
)

// puzzle is what all states of one problem share.
type puzzle struct {
	game           Game
	target         num
	reached, wrong env.Outcome
}

// State is a multiset of numbers on the way to a target. It is immutable and
// small: it remembers how it was made by a pointer to its parent, and builds
// texts only when asked. Games make it; the zero State is of no use.
type State struct {
	puzzle *puzzle
	parent *State // nil at the start
	made   move   // the step from parent
	at     uint8  // where in numbers the result of that step stands
	// numbers ascend; never changed after creation.
	numbers []num
}

// move is a step on a state: numbers[i] op numbers[j].
type move struct {
	i, j uint8
	op   byte // + - * /
}

func newState(g Game, given []int64, target int64) *State {
	t := strconv.FormatInt(target, 10)
	numbers := make([]num, 0, len(given))
	for _, n := range given {
		numbers = append(numbers, whole(n))
	}
	slices.SortFunc(numbers, num.cmp)
	return &State{
		puzzle: &puzzle{
			game:    g,
			target:  whole(target),
			reached: env.Outcome{Reward: 1, Note: t + " is reached"},
			wrong:   env.Outcome{Reward: 0, Note: "one number is left and it is not " + t},
		},
		numbers: numbers,
	}
}

// String is the state as people and models read it: "4 9 10 13 > 24".
func (s *State) String() string {
	var buf [96]byte
	return string(s.appendText(buf[:0]))
}

// Key is the rules, the numbers and the target: what decides the future, and
// nothing of the past.
func (s *State) Key() string {
	var buf [96]byte
	tag := []byte("rs:") // rational, subset
	if s.puzzle.game.Integer {
		tag[0] = 'i'
	}
	if s.puzzle.game.AllNumbers {
		tag[1] = 'a'
	}
	return string(s.appendText(append(buf[:0], tag...)))
}

func (s *State) appendText(buf []byte) []byte {
	buf = appendNumbers(buf, s.numbers)
	return s.puzzle.target.append(append(buf, " > "...))
}

func appendNumbers(buf []byte, numbers []num) []byte {
	for i, n := range numbers {
		if i > 0 {
			buf = append(buf, ' ')
		}
		buf = n.append(buf)
	}
	return buf
}

// Outcome is 1 if the target is reached (by the only number left, or by any
// number if the game does not ask for all), 0 if one other number is left.
func (s *State) Outcome() (env.Outcome, bool) {
	switch {
	case s.solvedAt() >= 0:
		return s.puzzle.reached, true
	case len(s.numbers) == 1:
		return s.puzzle.wrong, true
	}
	return env.Outcome{}, false
}

// solvedAt is the index of a number that solves the puzzle, or -1.
func (s *State) solvedAt() int {
	if s.puzzle.game.AllNumbers && len(s.numbers) > 1 {
		return -1
	}
	return slices.IndexFunc(s.numbers, s.puzzle.target.equal)
}

const divisionByZero = "division by zero"

// legal says whether the rules allow m and what it makes; if not, why not.
func (s *State) legal(m move) (result num, reason string) {
	a, b := s.numbers[m.i], s.numbers[m.j]
	if m.op == '/' && b.sign() == 0 {
		return num{}, divisionByZero
	}
	r := apply(m.op, a, b)
	if s.puzzle.game.Integer {
		switch {
		case r.sign() < 0:
			return num{}, "is negative, and the rules allow only whole numbers from 0"
		case !r.isWhole():
			return num{}, "is not whole, and the rules allow only whole numbers from 0"
		}
	}
	return r, ""
}

// child applies a legal move whose result is r.
func (s *State) child(m move, r num) *State {
	numbers := make([]num, 0, len(s.numbers)-1)
	at := -1
	for k, n := range s.numbers {
		if k == int(m.i) || k == int(m.j) {
			continue
		}
		// Behind its equals: answers read better if given numbers are used first.
		if at < 0 && r.cmp(n) < 0 {
			at = len(numbers)
			numbers = append(numbers, r)
		}
		numbers = append(numbers, n)
	}
	if at < 0 {
		at = len(numbers)
		numbers = append(numbers, r)
	}
	return &State{puzzle: s.puzzle, parent: s, made: m, at: uint8(at), numbers: numbers}
}

// Actions lists one legal step for every distinct state that a step can reach,
// by pairs of ascending numbers. It is empty if the state is terminal.
func (s *State) Actions() []string {
	if _, over := s.Outcome(); over {
		return nil
	}
	var text [1 << 10]byte
	var ends [64]int
	buf, cut := text[:0], ends[:0]
	s.eachMove(func(m move, result num) {
		buf = s.appendStep(buf, m, result)
		cut = append(cut, len(buf))
	})
	// One string holds them all: an allocation for the lot.
	all := string(buf)
	actions := make([]string, len(cut))
	from := 0
	for i, to := range cut {
		actions[i] = all[from:to]
		from = to
	}
	return actions
}

// eachMove yields one move per distinct child, without making the children.
//
// Let a step turn the pair {a,b} into r. Two steps reach the same child exactly
// if the multisets {r1,a2,b2} and {r2,a1,b1} are equal: then either the pairs
// and results are equal, or each result equals one operand of its own pair and
// the other operands, which the steps merely remove, are equal.
func (s *State) eachMove(yield func(m move, result num)) {
	var first [MaxNumbers]int // the lowest index with the value of this one
	for k := range s.numbers {
		if first[k] = k; k > 0 && s.numbers[k].equal(s.numbers[k-1]) {
			first[k] = first[k-1]
		}
	}
	var removed [MaxNumbers]bool // by first
	for i := range s.numbers {
		for j := i + 1; j < len(s.numbers); j++ {
			// Take each pair of values once: {v,v} as the first two v, {v,w} as
			// the first v and the first w.
			if first[i] != i || first[j] != j && (first[j] != i || j > i+1) {
				continue
			}
			var seen [6]num
			results := seen[:0]
			for _, m := range pairMoves(uint8(i), uint8(j)) {
				r, reason := s.legal(m)
				if reason != "" || slices.ContainsFunc(results, r.equal) {
					continue
				}
				results = append(results, r)
				gone := -1
				switch {
				case r.equal(s.numbers[i]):
					gone = first[j]
				case r.equal(s.numbers[j]):
					gone = i
				}
				if gone >= 0 {
					if removed[gone] {
						continue
					}
					removed[gone] = true
				}
				yield(m, r)
			}
		}
	}
}

// pairMoves are the six steps on two numbers, the larger of which is at j.
func pairMoves(i, j uint8) [6]move {
	return [6]move{{j, i, '+'}, {j, i, '-'}, {i, j, '-'}, {j, i, '*'}, {j, i, '/'}, {i, j, '/'}}
}

// appendStep writes the canonical text of a step: "8-(8/3)=16/3".
func (s *State) appendStep(buf []byte, m move, result num) []byte {
	buf = appendOperand(buf, s.numbers[m.i])
	buf = appendOperand(append(buf, m.op), s.numbers[m.j])
	return result.append(append(buf, '='))
}

func appendOperand(buf []byte, n num) []byte {
	if n.isWhole() && n.sign() >= 0 {
		return n.append(buf)
	}
	return append(n.append(append(buf, '(')), ')')
}
