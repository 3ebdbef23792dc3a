package tidy

import (
	"cmp"
	"strconv"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/proof"
)

// Size says how long a proof is.
type Size struct {
	Tactics int // single tactics: "destruct x; auto" has two
	Chars   int // characters of the sentences with their dots
	Effort  int // the sum of the depths that automatic tactics are given: 6 in "eauto 6"
	// Sentences are the nodes of the tree. Shorter is what has fewer tactics,
	// then characters, then effort; sentences don't matter.
	Sentences int
}

// SizeOf measures a proof.
func SizeOf(t *proof.Tree) Size {
	var s Size
	work := []*proof.Tree{t}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if at != nil {
			s = s.plus(sizeOfTactic(at.Tactic))
			work = append(work, at.Next...)
		}
	}
	return s
}

// Compare returns a negative number if s is shorter than o, and 0 if neither is.
func (s Size) Compare(o Size) int {
	return cmp.Or(cmp.Compare(s.Tactics, o.Tactics), cmp.Compare(s.Chars, o.Chars), cmp.Compare(s.Effort, o.Effort))
}

func (s Size) less(o Size) bool { return s.Compare(o) < 0 }

func (s Size) plus(o Size) Size {
	return Size{s.Tactics + o.Tactics, s.Chars + o.Chars, s.Effort + o.Effort, s.Sentences + o.Sentences}
}

func (s Size) minus(o Size) Size {
	return Size{s.Tactics - o.Tactics, s.Chars - o.Chars, s.Effort - o.Effort, s.Sentences - o.Sentences}
}

func sizeOfTactic(tactic string) Size {
	text := sentence(tactic)
	l := lex(text)
	return Size{Tactics: l.weight(), Chars: utf8.RuneCountInString(text) + 1, Effort: l.effort(), Sentences: 1}
}

// weight is the number of single tactics in a text: those between the ; and |
// that separate tactics, where ; and | of terms and patterns don't.
func (l lexed) weight() int {
	type bracket struct{ tactics, branches bool }
	open := []bracket{{tactics: true}}
	n, begins := 0, true
	for i := range l.toks {
		in := open[len(open)-1]
		switch {
		case l.opens(i):
			b := l.holds(i)
			open = append(open, bracket{in.tactics && b.tactics, b.branches})
			if l.is(i, "match", "lazymatch", "multimatch") && begins {
				n, begins = n+1, false
			}
		case l.closes(i):
			if len(open) > 1 {
				open = open[:len(open)-1]
			}
		case in.tactics && (l.is(i, ";", "<;>") || in.branches && l.is(i, "|")):
			begins = true
		case begins && in.tactics && l.toks[i].kind != comment:
			n, begins = n+1, false
		}
	}
	return max(n, 1)
}

// holds tells whether a bracket holds tactics, and branches of them, as far as
// what is before it tells.
func (l lexed) holds(i int) (b struct{ tactics, branches bool }) {
	switch {
	case l.is(i, "["):
		b.tactics = i == 0 || l.is(i-1, ";", "<;>", "first", "solve", "(", "|", "[", "[>")
		b.branches = b.tactics
	case l.is(i, "[>"):
		b.tactics, b.branches = true, true
	case l.is(i, "(", "match", "lazymatch", "multimatch"):
		b.tactics = true
	}
	return b
}

// effort is the sum of the numbers that automatic tactics are given.
func (l lexed) effort() int {
	sum := 0
	for i := range l.toks {
		if l.is(i, automatic...) && i+1 < len(l.toks) && l.toks[i+1].kind == number {
			if n, err := strconv.Atoi(l.at(i + 1)); err == nil && n < 1000 {
				sum += n
			}
		}
	}
	return sum
}

// automatic are the tactics that take the depth of their search.
var automatic = []string{"auto", "eauto", "firstorder", "bfs", "debug", "info_auto", "info_eauto", "aesop"}
