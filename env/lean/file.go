package lean

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// File is a Lean source file, split into its commands. It is immutable.
type File struct {
	Path string // as given; never opened by this package
	Text string

	tokens   []token
	comments []span
	commands []command
	holes    []Hole
}

// Hole is a sorry.
type Hole struct {
	// Name is that of the declaration that holds it, namespaces included; empty
	// for an example, or an instance without a name.
	Name string
	Kind string // of the declaration: "theorem", "lemma", "example", "def", …
	Nth  int    // among the holes of its declaration, from 1
	// Line and Col are where it begins, from 1, in characters.
	Line, Col int
	// Start and End are its bytes in the text of the file.
	Start, End int

	place   place
	command int
}

// Label names the hole for people: "theorem Nat.foo", "example on line 3",
// "lemma bar, sorry 2".
func (h Hole) Label() string {
	label := h.Kind + " " + h.Name
	if h.Name == "" {
		label = fmt.Sprintf("%s on line %d", h.Kind, h.Line)
	}
	if h.Nth > 1 {
		label += fmt.Sprintf(", sorry %d", h.Nth)
	}
	return label
}

// Same reports whether two holes of a file stand in the same declaration.
func (h Hole) Same(other Hole) bool { return h.command == other.command }

const sample = "theorem two : 1 + 1 = 2 := by sorry"

// Parse reads a Lean file. A text that can't be split into tokens (a comment or
// a string has no end) is an *env.InputError; anything else is left for Lean to
// judge.
func Parse(path, text string) (*File, error) {
	if !utf8.ValidString(text) {
		return nil, &env.InputError{Input: path, Reason: "the file is not UTF-8", Example: sample}
	}
	tokens, comments, err := lex(text)
	if err != nil {
		return nil, &env.InputError{Input: path, Reason: err.Error(), Example: sample}
	}
	f := &File{Path: path, Text: text, tokens: tokens, comments: comments}
	f.commands = split(tokens)
	for i := range f.commands {
		f.findHoles(i)
	}
	return f, nil
}

func (f *File) findHoles(i int) {
	c := f.commands[i]
	places := locate(f.tokens[c.first:c.end], c.body-c.first)
	nth := 0
	for k, t := range f.tokens[c.first:c.end] {
		if t.kind != word || t.text != "sorry" {
			continue
		}
		nth++
		f.holes = append(f.holes, Hole{
			Name: c.name, Kind: c.kind, Nth: nth, Line: t.line + 1, Col: t.col + 1,
			Start: t.start, End: t.end, place: places[k], command: i,
		})
	}
}

// Holes are the sorries of the file, in order. Those in comments, strings and
// quoted names don't count.
func (f *File) Holes() []Hole { return slices.Clone(f.holes) }

// At is the hole at a line and a column, both from 1, or the next one behind it.
func (f *File) At(line, col int) (Hole, error) {
	for _, h := range f.holes {
		if h.Line > line || h.Line == line && col < h.Col+len("sorry") {
			return h, nil
		}
	}
	return Hole{}, f.missing(fmt.Sprintf("%s:%d:%d", f.Path, line, col), "no sorry stands there, nor behind it")
}

// Named is the first hole of a declaration, which is named in full or by the end
// of its name.
func (f *File) Named(name string) (Hole, error) {
	same := func(full string) bool { return full == name || strings.HasSuffix(full, "."+name) }
	found := slices.DeleteFunc(f.Holes(), func(h Hole) bool { return h.Name == "" || !same(h.Name) || h.Nth > 1 })
	if exact := slices.IndexFunc(found, func(h Hole) bool { return h.Name == name }); exact >= 0 {
		return found[exact], nil
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Hole{}, &env.InputError{Input: name, Reason: "several theorems have this name", Example: found[0].Name}
	}
	for _, c := range f.commands {
		if c.name != "" && same(c.name) {
			return Hole{}, f.missing(name, "its proof has no sorry")
		}
	}
	return Hole{}, f.missing(name, "there is no such declaration")
}

// missing is the error of a hole that is not there; its example is one that is.
func (f *File) missing(input, reason string) error {
	if len(f.holes) == 0 {
		return &env.InputError{Input: input, Reason: reason + ", nor is there any sorry in " + f.Path, Example: sample}
	}
	h := f.holes[0]
	example := fmt.Sprintf("%s:%d:%d (%s)", f.Path, h.Line, h.Col, h.Label())
	return &env.InputError{Input: input, Reason: reason, Example: example}
}

// check reports a hole that is not one of this file.
func (f *File) check(h Hole) error {
	if !slices.Contains(f.holes, h) {
		return fmt.Errorf("%s has no such hole: %s, line %d; take one of its Holes", f.Path, h.Label(), h.Line)
	}
	return nil
}

// Statement is the text of the declaration that holds h, up to its body.
func (f *File) Statement(h Hole) string {
	if f.check(h) != nil {
		return ""
	}
	return f.statement(f.commands[h.command])
}

func (f *File) statement(c command) string {
	first, body := f.tokens[c.keyword], c.body
	end := f.tokens[c.end-1].end
	if body >= 0 {
		end = f.tokens[body-1].end
	}
	return f.Text[first.start:end]
}

// Premises are the theorems and lemmas that stand before a hole, with their
// proofs. Those whose proofs have holes of their own are left out.
func (f *File) Premises(h Hole) []proof.Premise {
	if f.check(h) != nil {
		return nil
	}
	open := map[int]bool{}
	for _, other := range f.holes {
		open[other.command] = true
	}
	var list []proof.Premise
	for i, c := range f.commands[:h.command] {
		if open[i] || c.name == "" || c.body < 0 || c.kind != "theorem" && c.kind != "lemma" {
			continue
		}
		text := f.Text[f.tokens[c.body].start:f.tokens[c.end-1].end]
		if f.tokens[c.body].text == ":=" {
			text = strings.TrimSpace(text[2:])
		}
		list = append(list, proof.Premise{Name: c.name, Statement: f.statement(c), Proof: text})
	}
	return list
}

// Redo is the file with a sorry in place of the proof of a theorem, lemma or
// other declaration, and that hole. Everything else stays as it is.
func (f *File) Redo(name string) (*File, Hole, error) {
	i, err := f.find(name)
	if err != nil {
		return nil, Hole{}, err
	}
	c := f.commands[i]
	if c.body < 0 {
		return nil, Hole{}, &env.InputError{Input: name, Reason: "the declaration has no proof that begins with := or |", Example: sample}
	}
	start, end := f.tokens[c.body-1].end, f.tokens[c.end-1].end
	indent := strings.Repeat(" ", f.tokens[c.first].col+2)
	text := f.Text[:start] + " := by" + f.newline() + indent + "sorry" + f.Text[end:]
	redone, err := Parse(f.Path, text)
	if err != nil {
		return nil, Hole{}, fmt.Errorf("%s without the proof of %s: %w", f.Path, name, err)
	}
	for _, h := range redone.holes {
		if h.Start > start && h.command == i {
			return redone, h, nil
		}
	}
	return nil, Hole{}, errors.New("the proof of " + name + " could not be taken out of " + f.Path)
}

// find is the index of the declaration with a name, given in full or by its end.
func (f *File) find(name string) (int, error) {
	found, example := -1, "the name of a theorem that is there"
	for i, c := range f.commands {
		if c.name == "" {
			continue
		}
		if c.name == name {
			return i, nil
		}
		if strings.HasSuffix(c.name, "."+name) {
			if found >= 0 {
				return 0, &env.InputError{Input: name, Reason: "several declarations have this name", Example: c.name}
			}
			found = i
		}
		if c.kind == "theorem" || c.kind == "lemma" {
			example = c.name
		}
	}
	if found < 0 {
		return 0, &env.InputError{Input: name, Reason: "there is no such declaration in " + f.Path, Example: example}
	}
	return found, nil
}

func (f *File) newline() string {
	if i := strings.IndexByte(f.Text, '\n'); i > 0 && f.Text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
