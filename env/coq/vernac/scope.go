package vernac

import (
	"slices"
	"strings"
)

// section is where a section is open, and whether it declares what theorems
// may be generalised over.
type section struct {
	outer    int // the section around it, or -1
	last     int // the sentence of its End, or -1
	declares bool
}

// Scope is a section or a module that is open around a theorem.
type Scope struct {
	Name    string
	Section bool
	// Type says that it is a module type. Parameters are those of a functor.
	Type       bool
	Parameters []string

	outer *Scope
}

// Around are the sections and modules that are open around a theorem, the
// outermost first.
func (f *File) Around(t Theorem) []*Scope {
	var list []*Scope
	for s := t.around; s != nil; s = s.outer {
		list = append(list, s)
	}
	slices.Reverse(list)
	return list
}

// Unclosed are the sentences that would end what is open at the end of the file, proofs
// that are given up, sections and modules, or nothing: as coqc wants it of a file that
// somebody is writing.
func (f *File) Unclosed() string { return strings.Join(f.unclosed, "\n") }

// finish notes what is open when all sentences are read.
func (p *parser) finish() {
	for range p.open {
		p.unclosed = append(p.unclosed, "Admitted.")
	}
	for s := p.inner().around; s != nil; s = s.outer {
		p.unclosed = append(p.unclosed, "End "+s.Name+".")
	}
}

// scope is an open module or section, with those around it.
type scope struct {
	around  *Scope // itself
	path    string // of modules
	section int    // the innermost, of File.sections, or -1
	opened  bool   // it is that section itself
}

// maxPath is how long the path of a module may get, in bytes: enough for any
// file, and a bound on what a file can cost.
const maxPath = 1000

// inner is the innermost scope.
func (p *parser) inner() scope {
	if n := len(p.scopes); n > 0 {
		return p.scopes[n-1]
	}
	return scope{section: -1}
}

func (p *parser) enterSection(l lexer) {
	s := p.inner()
	p.sections = append(p.sections, section{outer: s.section, last: -1})
	around := &Scope{Name: l.str(l.next()), Section: true, outer: s.around}
	p.scopes = append(p.scopes, scope{around, s.path, len(p.sections) - 1, true})
}

func (p *parser) enterModule(m *Scope) {
	s := p.inner()
	m.outer, s.around = s.around, m
	switch {
	case len(s.path)+len(m.Name) >= maxPath:
	case s.path == "":
		s.path = m.Name
	default:
		s.path += "." + m.Name
	}
	s.opened = false
	p.scopes = append(p.scopes, s)
}

// leave closes the innermost scope at a sentence.
func (p *parser) leave(i int) {
	if s := p.inner(); s.opened {
		p.sections[s.section].last = i
	}
	p.scopes = p.scopes[:max(0, len(p.scopes)-1)]
}

// scope follows modules and sections, and what sections declare.
func (p *parser) scope(i int, c command) {
	switch {
	case c.word == "Section":
		p.enterSection(c.rest)
	case c.word == "Module" && opensModule(c.rest):
		p.enterModule(moduleOf(c.rest))
	case c.word == "End":
		p.leave(i)
	case declares[c.word]:
		p.declare()
	case c.word == "Set" && mentions(c.rest.text, "Polymorphism"),
		c.word == "Unset" && mentions(c.rest.text, "Admitted"):
		p.scripts = true
	}
}

// declare marks the section that is open.
func (p *parser) declare() {
	if s := p.inner().section; s >= 0 {
		p.sections[s].declares = true
	}
}

// moduleOf reads the name of a module, and of its parameters: those that stand in
// front of a colon in parentheses of their own.
func moduleOf(l lexer) *Scope {
	m := &Scope{}
	for m.Name == "" {
		switch w := l.str(l.next()); w {
		case "Type":
			m.Type = true
		case "Import", "Export":
		default:
			m.Name = w
		}
		if l.pos >= len(l.text) {
			break
		}
	}
	depth, naming := 0, false
	for {
		t := l.next()
		w := l.str(t)
		switch {
		case t.kind == end || t.kind == bad:
			return m
		case w == "(":
			depth++
			naming = depth == 1
		case w == ")":
			depth--
		case w == ":":
			naming = false
		case depth == 0:
			return m // what it is of, or made of
		case naming && t.kind == word && w != "Import" && w != "Export":
			m.Parameters = append(m.Parameters, w)
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
