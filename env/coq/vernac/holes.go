package vernac

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// HoleKind says what stands where a proof is to be found.
type HoleKind string

const (
	Admitted HoleKind = "Admitted" // the end of a proof, after the steps that are there
	Admit    HoleKind = "admit"    // one sentence within a proof
	Open     HoleKind = "open"     // the end of the file, which comes before that of the proof
	Redo     HoleKind = "redo"     // a whole proof, to be replaced
)

// Hole is a place where a proof is to be found and put in.
type Hole struct {
	Theorem int // index of File.Theorems
	Name    string
	Kind    HoleKind
	// Line and Col, from 1 and Col in characters, are where the proof will stand.
	Line, Col int
	// Before is the sentence before which the prover must stand: those before it
	// are run, itself is not. It is len(File.Sentences) for an open proof.
	Before int
}

func (h Hole) String() string {
	name := h.Name
	if name == "" {
		name = "(no name)"
	}
	return fmt.Sprintf("%s (%s) at %d:%d", name, h.Kind, h.Line, h.Col)
}

// Holes are the places of a file where a proof is missing, in order: each
// admit or give_up that is a sentence; each Admitted of a theorem that has no
// such sentence, together with an "all: admit." before it; and the proof that
// is open at the end of the file, the innermost if several are. An admit within
// a longer tactic is no place of its own.
func Holes(f *File) []Hole {
	var list []Hole
	open := -1
	for i, t := range f.Theorems {
		admits := f.admits(t)
		for _, s := range admits {
			list = append(list, Hole{Theorem: i, Kind: Admit, Before: s})
		}
		if t.Ending == "Admitted" && len(admits) == 0 {
			list = append(list, Hole{Theorem: i, Kind: Admitted, Before: f.tail(t)})
		}
		if t.Last < 0 {
			open = i
		}
	}
	slices.SortFunc(list, func(a, b Hole) int { return cmp.Compare(a.Before, b.Before) })
	if open >= 0 {
		list = append(list, Hole{Theorem: open, Kind: Open, Before: len(f.Sentences)})
	}
	c := cursor{File: f}
	for i, h := range list {
		list[i] = c.hole(h.Theorem, h.Kind, h.Before)
	}
	return list
}

func (f *File) hole(theorem int, kind HoleKind, before int) Hole {
	c := cursor{File: f}
	return c.hole(theorem, kind, before)
}

// cursor counts the characters of a line once, however many holes it has.
type cursor struct {
	*File
	at, line, col int // the last place and, from 0, its column
}

// hole makes a Hole; the sentences of one cursor must come in order.
func (c *cursor) hole(theorem int, kind HoleKind, before int) Hole {
	to := 0
	if before < len(c.Sentences) {
		to = c.Sentences[before].Start
	} else {
		to = len(c.trimmed())
	}
	if line := c.lines.line(to); line != c.line {
		c.at, c.line, c.col = c.lines[line-1], line, 0
	}
	c.col += utf8.RuneCountInString(c.Text[c.at:to])
	c.at = to
	return Hole{theorem, c.Theorems[theorem].Name, kind, c.line, c.col + 1, before}
}

// has reports whether h is a hole of this file.
func (f *File) has(h Hole) bool {
	if h.Theorem < 0 || h.Theorem >= len(f.Theorems) || h.Before < 0 || h.Before > len(f.Sentences) {
		return false
	}
	t, ok := f.Theorems[h.Theorem], false
	switch h.Kind {
	case Admit:
		ok = slices.Contains(f.admits(t), h.Before)
	case Admitted:
		ok = t.Ending == "Admitted" && h.Before == f.tail(t)
	case Open:
		ok = t.Last < 0 && h.Before == len(f.Sentences)
	case Redo:
		ok = h.Before == f.firstStep(t)
	}
	return ok && f.hole(h.Theorem, h.Kind, h.Before) == h
}

// trimmed is the text without the blanks at its end.
func (f *File) trimmed() string { return strings.TrimRight(f.Text, blanks) }

// admits are the sentences of a proof that only give its goal up.
func (f *File) admits(t Theorem) (list []int) {
	for _, i := range t.own {
		switch strings.TrimRight(withoutDot(f.Sentences[i].Text), blanks) {
		case "admit", "give_up":
			list = append(list, i)
		}
	}
	return list
}

// tail is the first of the sentences that only end an Admitted proof: itself,
// or an "all: admit." just before it.
func (f *File) tail(t Theorem) int {
	n := len(t.own)
	if n == 0 || t.own[n-1] != t.Last-1 {
		return t.Last
	}
	l := lexer{text: f.Sentences[t.Last-1].Text}
	if l.str(l.next()) != "all" || l.str(l.next()) != ":" {
		return t.Last
	}
	if w := l.str(l.next()); w != "admit" && w != "give_up" || !l.ends(l.next()) {
		return t.Last
	}
	return t.Last - 1
}

// givesUp counts the sentences of a proof, before another, in which a goal is
// given up.
func (f *File) givesUp(t Theorem, before int) (n int) {
	for _, i := range t.own {
		if i >= before {
			break
		}
		l := lexer{text: f.Sentences[i].Text}
		for tok := l.next(); tok.kind != end && tok.kind != bad; tok = l.next() {
			if w := l.str(tok); w == "admit" || w == "give_up" {
				n++
				break
			}
		}
	}
	return n
}

// firstStep is the first sentence of a proof that is not Proof. or Proof with.
func (f *File) firstStep(t Theorem) int {
	if t.proof >= 0 {
		return t.proof + 1
	}
	return t.First
}
