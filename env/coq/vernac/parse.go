package vernac

import (
	"slices"
	"strings"
)

// File is a Coq source file, taken apart. It is not changed after Parse.
type File struct {
	Path, Text string
	Sentences  []Sentence
	// Theorems are those that are stated here with a proof to follow, in the
	// order of their statements.
	Theorems []Theorem

	lines    lines
	sections []section
	// polymorphic: universe polymorphism is switched on somewhere.
	polymorphic bool
}

// Theorem is a statement whose proof follows as a script of tactics. All
// indices are of File.Sentences.
type Theorem struct {
	Name  string   // without its module; empty for a Goal or an obligation
	Names []string // all names, where several are stated together (Lemma a … with b …)
	// Module is the path of the modules it stands in, as in "M.N"; mostly empty.
	Module string
	// Kind is the word that states it: Lemma, Definition, Instance, Goal,
	// Next Obligation, Add Morphism, …
	Kind string
	// Statement is what stands between the name and the dot: binders and type.
	Statement string
	Stated    int // the sentence of the statement
	First     int // the first one behind it, Proof or a tactic; it may not exist
	Last      int // the one that ends the proof, or -1 where the file ends first
	// Ending is Qed, Defined, Admitted, Abort or Save; Proof for a proof that
	// is given as a term (Proof t.); empty for an open proof.
	Ending string
	Steps  int // tactics in between, without bullets, braces and Proof

	own      []int // the sentences of its proof that are its own, not those of a proof nested in it
	sections []int // open around it, of File.sections
	plain    bool  // nothing in its head forbids Admitted in place of the proof
}

// section is where a section is open, and whether it declares what theorems
// may be generalised over.
type section struct {
	last     int // the sentence of its End, or -1
	declares bool
}

// Parse takes a text apart. It needs no more of the text than sentences that
// end: what Coq would refuse in them is not its concern.
func Parse(path, text string) (*File, error) {
	list, at, reason := split(text)
	f := &File{Path: path, Text: text, Sentences: list, lines: linesOf(text)}
	if reason != "" {
		line, col := f.lines.place(text, at)
		return nil, &Error{path, line, col, reason}
	}
	p := parser{File: f}
	for i := range list {
		p.sentence(i)
	}
	return f, nil
}

type parser struct {
	*File
	open   []int   // theorems whose proofs are open, inner ones last
	scopes []scope // open modules and sections
}

type scope struct {
	module  string
	section int // of File.sections, or -1
}

func (p *parser) sentence(i int) {
	s := p.Sentences[i]
	if s.structure() {
		p.keep(i)
		return
	}
	c := headOf(s.Text)
	switch {
	case c.undone:
		p.keep(i)
	case len(p.open) > 0 && (endings[c.word] || c.word == "Proof" && isTerm(c.rest)):
		p.close(i, c.word)
	case p.state(i, c):
	default:
		p.scope(i, c)
		p.keep(i)
	}
}

// keep counts a sentence to the proof that is open.
func (p *parser) keep(i int) {
	if len(p.open) == 0 {
		return
	}
	t := &p.Theorems[p.open[len(p.open)-1]]
	t.own = append(t.own, i)
	if isTactic(p.Sentences[i]) {
		t.Steps++
	}
}

func isTactic(s Sentence) bool { return !s.structure() && headOf(s.Text).word == "" }

func (p *parser) close(i int, ending string) {
	n := len(p.open) - 1
	t := &p.Theorems[p.open[n]]
	t.Last, t.Ending = i, ending
	p.open = p.open[:n]
}

// isTerm reports whether what follows the word Proof is a term that is the
// whole proof.
func isTerm(l lexer) bool {
	t := l.next()
	switch l.str(t) {
	case "using", "with", "Mode":
		return false
	}
	return !l.ends(t) && t.kind != end
}

// scope follows modules and sections, and what sections declare.
func (p *parser) scope(i int, c command) {
	switch {
	case c.word == "Section":
		p.sections = append(p.sections, section{last: -1})
		p.scopes = append(p.scopes, scope{"", len(p.sections) - 1})
	case c.word == "Module" && opensModule(c.rest):
		p.scopes = append(p.scopes, scope{moduleName(c.rest), -1})
	case c.word == "End" && len(p.scopes) > 0:
		n := len(p.scopes) - 1
		if s := p.scopes[n].section; s >= 0 {
			p.sections[s].last = i
		}
		p.scopes = p.scopes[:n]
	case declares[c.word]:
		p.declare()
	case c.word == "Set" && strings.Contains(c.rest.text, "Polymorphism"):
		p.polymorphic = true
	}
}

// declare marks the section that is open.
func (p *parser) declare() {
	if n := len(p.scopes); n > 0 && p.scopes[n-1].section >= 0 {
		p.sections[p.scopes[n-1].section].declares = true
	}
}

func moduleName(l lexer) string {
	for {
		switch w := l.str(l.next()); w {
		case "Type", "Import", "Export":
		default:
			return w
		}
	}
}

// opensModule reports whether a module is opened, not defined by an
// expression. A := may belong to "with Definition t := …".
func opensModule(l lexer) bool {
	with, depth := 0, 0
	for {
		t := l.next()
		w := l.str(t)
		switch {
		case t.kind == end || t.kind == bad:
			return true
		case w == "(":
			depth++
		case w == ")":
			depth--
		case w == "with":
			with++
		case t.kind == symbol && strings.HasPrefix(w, ":="):
			if with == 0 && depth <= 0 {
				return false
			}
			with--
		}
	}
}

// state notes the theorem that a sentence states, if it does.
func (p *parser) state(i int, c command) bool {
	if c.word == "Let" {
		p.declare()
	}
	t, ok := theoremOf(c)
	if !ok {
		return false
	}
	t.Stated, t.First, t.Last = i, i+1, -1
	var path []string
	for _, s := range p.scopes {
		if s.section >= 0 {
			t.sections = append(t.sections, s.section)
		} else {
			path = append(path, s.module)
		}
	}
	t.Module = strings.Join(path, ".")
	p.open = append(p.open, len(p.Theorems))
	p.Theorems = append(p.Theorems, t)
	return true
}

// full is the name with its module.
func (t Theorem) full() string {
	if t.Module == "" || t.Name == "" {
		return t.Name
	}
	return t.Module + "." + t.Name
}

func (t Theorem) named(name string) bool {
	return t.full() == name || slices.Contains(t.Names, name)
}

// Tactics are the tactics of a theorem's proof in order, each as one line,
// without bullets, braces, selectors and the dot, to learn from.
func (f *File) Tactics(t Theorem) []string {
	var list []string
	for _, i := range t.own {
		if s := f.Sentences[i]; isTactic(s) {
			if text := Clean(s.Text[headOf(s.Text).tactics:]); text != "" {
				list = append(list, text)
			}
		}
	}
	return list
}
