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
	unclosed []string // what would end all that is open at the end
	// scripts must be kept: a flag is switched that makes Admitted mean more than
	// that a proof is left out.
	scripts bool
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

	proof   int   // the sentence Proof, Proof with or Proof using, or -1
	own     []int // the sentences of its proof that are its own, not those of a proof nested in it
	section int   // the innermost one open around it, of File.sections, or -1
	around  *Scope
	plain   bool // nothing in its head forbids Admitted in place of the proof
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
	p.finish()
	return f, nil
}

type parser struct {
	*File
	open   []int   // theorems whose proofs are open, inner ones last
	scopes []scope // open modules and sections
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
		p.begin(i, c.word)
	}
}

// begin notes the word Proof, if it comes before all tactics.
func (p *parser) begin(i int, word string) {
	if word == "Proof" && len(p.open) > 0 {
		if t := &p.Theorems[p.open[len(p.open)-1]]; t.Steps == 0 && t.proof < 0 {
			t.proof = i
		}
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

// state notes the theorem that a sentence states, if it does.
func (p *parser) state(i int, c command) bool {
	if c.word == "Let" {
		p.declare()
	}
	t, ok := theoremOf(c)
	if !ok {
		return false
	}
	t.Stated, t.First, t.Last, t.proof = i, i+1, -1, -1
	in := p.inner()
	t.Module, t.section, t.around = in.path, in.section, in.around
	p.open = append(p.open, len(p.Theorems))
	p.Theorems = append(p.Theorems, t)
	return true
}

// full are the names with their module.
func (t Theorem) full() []string {
	if t.Module == "" {
		return t.Names
	}
	var list []string
	for _, n := range t.Names {
		list = append(list, t.Module+"."+n)
	}
	return list
}

// Called are all names that Coq may give a theorem, from inside and outside of the modules
// that it stands in; none if it has none.
func (t Theorem) Called() []string {
	list := slices.Clone(t.Names)
	parts := strings.Split(t.Module, ".")
	for i := range parts {
		for _, n := range t.Names {
			if t.Module != "" {
				list = append(list, strings.Join(parts[i:], ".")+"."+n)
			}
		}
	}
	return list
}

// Place is the line and column, from 1 and the column in characters, of a byte
// offset such as Sentence.Start.
func (f *File) Place(offset int) (line, col int) {
	return f.lines.place(f.Text, min(max(offset, 0), len(f.Text)))
}

// Script is the proof of a theorem as it is written, without Proof and its
// ending; empty if there is no step.
func (f *File) Script(t Theorem) string {
	first, last := f.firstStep(t), t.Last-1
	if t.Last < 0 {
		last = len(f.Sentences) - 1
	}
	if first > last {
		return ""
	}
	return f.Text[f.Sentences[first].Start:f.Sentences[last].End]
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
