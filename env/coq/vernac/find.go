package vernac

import (
	"fmt"
	"slices"
	"strings"
)

// Redo is the hole of a theorem whose whole proof is to be found again. The
// name may have its module before it: M.add_comm.
func (f *File) Redo(name string) (Hole, error) {
	i, err := f.Named(name)
	if err != nil {
		return Hole{}, err
	}
	return f.RedoOf(i)
}

// Named is the index of the theorem of a name, which may have its module before it.
func (f *File) Named(name string) (int, error) {
	found, full := []int{}, []int{}
	var names []string
	for i, t := range f.Theorems {
		long := t.full()
		names = append(names, long...)
		switch {
		case slices.Contains(long, name):
			full = append(full, i)
			found = append(found, i)
		case slices.Contains(t.Names, name):
			found = append(found, i)
		}
	}
	if len(full) == 1 {
		found = full
	}
	if len(found) == 0 {
		return 0, &Error{Path: f.Path, Reason: f.unknown(name, names)}
	}
	if len(found) > 1 {
		return 0, &Error{Path: f.Path, Reason: f.ambiguous(name, found)}
	}
	return found[0], nil
}

// RedoOf is the hole of the theorem of that index, whose whole proof is to be
// found again.
func (f *File) RedoOf(i int) (Hole, error) {
	if i < 0 || i >= len(f.Theorems) {
		return Hole{}, &Error{Path: f.Path, Reason: fmt.Sprintf("there is no theorem %d of %d", i, len(f.Theorems))}
	}
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

// At is the hole for a cursor, line and column from 1, the column in
// characters: one of the theorem around it, else the next one of the file.
// Within a theorem it is the first hole that doesn't end before the cursor, or
// else the last.
func (f *File) At(line, col int) (Hole, error) {
	if err := f.outside(line, col); err != nil {
		return Hole{}, err
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

// RedoAt is the hole of the theorem around a cursor, whose whole proof is to be found
// again; the innermost, if one stands in the proof of another.
func (f *File) RedoAt(line, col int) (Hole, error) {
	if err := f.outside(line, col); err != nil {
		return Hole{}, err
	}
	cursor, around := f.offset(line, col), -1
	for i := range f.Theorems {
		if from, to := f.reach(i); from <= cursor && cursor <= to {
			around = i
		}
	}
	if around < 0 {
		return Hole{}, &Error{f.Path, line, col, "no theorem stands there"}
	}
	return f.RedoOf(around)
}

// outside is the error of a place that the text does not have.
func (f *File) outside(line, col int) error {
	if line < 1 || col < 1 || line > len(f.lines) {
		return &Error{Path: f.Path, Reason: fmt.Sprintf("there is no place %d:%d: lines go from 1 to %d, columns from 1; for example: 1:1", line, col, len(f.lines))}
	}
	return nil
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
