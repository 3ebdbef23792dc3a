package vernac

import (
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
	at := map[int]HoleKind{}
	of := map[int]int{}
	open := -1
	for i, t := range f.Theorems {
		admits := f.admits(t)
		for _, s := range admits {
			at[s], of[s] = Admit, i
		}
		if t.Ending == "Admitted" && len(admits) == 0 {
			last := f.tail(t)
			at[last], of[last] = Admitted, i
		}
		if t.Last < 0 {
			open = i
		}
	}
	c := cursor{File: f}
	for s := range f.Sentences {
		if kind, ok := at[s]; ok {
			list = append(list, c.hole(of[s], kind, s))
		}
	}
	if open >= 0 {
		list = append(list, c.hole(open, Open, len(f.Sentences)))
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

// Redo is the hole of a theorem whose whole proof is to be found again. The
// name may have its module before it: M.add_comm.
func (f *File) Redo(name string) (Hole, error) {
	found, full := []int{}, []int{}
	var names []string
	for i, t := range f.Theorems {
		names = append(names, t.full()...)
		if slices.Contains(t.Names, name) || slices.Contains(t.full(), name) {
			found = append(found, i)
		}
		if slices.Contains(t.full(), name) {
			full = append(full, i)
		}
	}
	if len(full) == 1 {
		found = full
	}
	if len(found) == 0 {
		return Hole{}, &Error{Path: f.Path, Reason: f.unknown(name, names)}
	}
	if len(found) > 1 {
		return Hole{}, &Error{Path: f.Path, Reason: f.ambiguous(name, found)}
	}
	return f.redo(found[0])
}

func (f *File) redo(i int) (Hole, error) {
	t := f.Theorems[i]
	stop := len(f.Sentences)
	if t.Last >= 0 {
		stop = t.Last
	}
	if len(t.own) != stop-t.First {
		line, col := f.lines.place(f.Text, f.Sentences[t.Stated].Start)
		return Hole{}, &Error{f.Path, line, col, fmt.Sprintf("the proof of %s has another theorem inside, which would be lost: move that one out first", t.Name)}
	}
	return f.hole(i, Redo, f.firstStep(t)), nil
}

func (f *File) unknown(name string, names []string) string {
	reason := fmt.Sprintf("there is no theorem %q with a proof", name)
	if list := near(name, names); len(list) > 0 {
		return reason + "; near it are " + strings.Join(list, ", ")
	}
	if len(names) == 0 {
		return reason + ", nor any other"
	}
	return reason + fmt.Sprintf("; there are %d others, such as %s", len(names), strings.Join(names[:min(3, len(names))], ", "))
}

func (f *File) ambiguous(name string, found []int) string {
	var where []string
	for _, i := range found[:min(5, len(found))] {
		t := f.Theorems[i]
		line, _ := f.lines.place(f.Text, f.Sentences[t.Stated].Start)
		where = append(where, fmt.Sprintf("%s in line %d", t.full()[0], line))
	}
	return fmt.Sprintf("there are %d theorems %q: %s; name one with its module, or by its place", len(found), name, strings.Join(where, ", "))
}

// firstStep is the first sentence of a proof that is not Proof. or Proof with.
func (f *File) firstStep(t Theorem) int {
	if t.proof >= 0 {
		return t.proof + 1
	}
	return t.First
}

// At is the hole for a cursor, line and column from 1, the column in
// characters: one of the theorem around it, else the next one of the file.
// Within a theorem it is the first hole that doesn't end before the cursor, or
// else the last.
func (f *File) At(line, col int) (Hole, error) {
	if line < 1 || col < 1 || line > len(f.lines) {
		return Hole{}, &Error{Path: f.Path, Reason: fmt.Sprintf("there is no place %d:%d: lines go from 1 to %d, columns from 1; for example: 1:1", line, col, len(f.lines))}
	}
	cursor, list := f.offset(line, col), Holes(f)
	around, within := -1, Hole{}
	var next *Hole
	for i, h := range list {
		from, to := f.reach(h.Theorem)
		if from <= cursor && cursor <= to {
			passed := h.Theorem == around && f.stop(within.Before) < cursor
			if h.Theorem > around || passed {
				around, within = h.Theorem, h
			}
		}
		if next == nil && f.stop(h.Before) >= cursor {
			next = &list[i]
		}
	}
	switch {
	case around >= 0:
		return within, nil
	case next != nil:
		return *next, nil
	case len(list) == 0:
		return Hole{}, &Error{f.Path, line, col, "nothing is left to prove in this file: name a theorem to prove it again"}
	}
	return Hole{}, &Error{f.Path, line, col, fmt.Sprintf("nothing is left to prove from here on; the last place before is %s", list[len(list)-1])}
}

// offset is the byte of a place; a column behind the end of its line is the end.
func (f *File) offset(line, col int) int {
	at, stop := f.lines[line-1], len(f.Text)
	if line < len(f.lines) {
		stop = f.lines[line] - 1
	}
	for i := range f.Text[at:stop] {
		if col--; col == 0 {
			return at + i
		}
	}
	return stop
}

// stop is where a sentence ends, or the text if there is no such sentence.
func (f *File) stop(sentence int) int {
	if sentence < len(f.Sentences) {
		return f.Sentences[sentence].End
	}
	return len(f.Text)
}

// reach is from where to where a theorem goes, statement and proof.
func (f *File) reach(theorem int) (from, to int) {
	t := f.Theorems[theorem]
	if t.Last < 0 {
		return f.Sentences[t.Stated].Start, len(f.Text)
	}
	return f.Sentences[t.Stated].Start, f.Sentences[t.Last].End
}
