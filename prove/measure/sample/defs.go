package sample

import (
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// source is a file as the renaming sees it.
type source struct {
	*vernac.File
	// tokens are those of each sentence, with places within its text.
	tokens [][]token
}

func newSource(f *vernac.File) *source {
	s := &source{File: f}
	for _, x := range f.Sentences {
		s.tokens = append(s.tokens, scan(x.Text))
	}
	return s
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

var (
	prefixWords = words("Local Global Program Polymorphic Monomorphic Cumulative NonCumulative Private Time")
	// oneName are commands that define the name behind them, and those behind with.
	oneName = words(`Lemma Theorem Fact Remark Corollary Proposition Property Definition Example
		Fixpoint CoFixpoint Let Function Instance Axiom Parameter Conjecture Ltac SubClass Scheme Primitive`)
	// types define constructors or fields, too.
	types = words("Inductive CoInductive Variant Record Structure Class")
	// renamings define a name if the sentence gives it a meaning.
	renamings = words("Canonical Coercion Notation")
	// fetching sentences speak of files and options.
	fetching = words("Require From Delimit Undelimit Open Close Set Unset Add Extraction Extract Import Export Include Module End Section")
)

// sentence is a sentence without its comments, read word by word.
type sentence struct {
	text string
	list []token
	at   int
}

func (s *source) sentence(i int) *sentence {
	r := &sentence{text: s.Sentences[i].Text, list: s.tokens[i]}
	for r.skipPrefix() {
	}
	return r
}

// skipPrefix passes over an attribute or a word that does not matter.
func (r *sentence) skipPrefix() bool {
	if prefixWords[r.peek()] {
		r.at++
		return true
	}
	if r.peek() != "#" {
		return false
	}
	r.at++
	r.group()
	return true
}

func (r *sentence) done() bool { return r.at >= len(r.list) }

// peek is the next token, or empty at the end.
func (r *sentence) peek() string {
	if r.done() {
		return ""
	}
	return r.list[r.at].text(r.text)
}

func (r *sentence) next() string {
	w := r.peek()
	r.at++
	return w
}

func (r *sentence) isWord() bool { return !r.done() && r.list[r.at].kind == word }

// group passes over one token, or over a whole bracket.
func (r *sentence) group() {
	depth := 0
	for !r.done() {
		switch r.next() {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		if depth <= 0 {
			return
		}
	}
}

// until passes over tokens and brackets up to one of stops, and reports whether
// there is one.
func (r *sentence) until(stops ...string) bool {
	for !r.done() {
		if slices.Contains(stops, r.peek()) {
			return true
		}
		r.group()
	}
	return false
}

// defined lists the names that a sentence defines.
func (r *sentence) defined() []string {
	w := r.next()
	switch {
	case oneName[w]:
		return r.chain(w)
	case types[w]:
		return r.inductive()
	case renamings[w]:
		if r.peek() == "Structure" {
			r.next()
		}
		name, ok := r.name()
		if ok && r.until(":=") {
			return []string{name}
		}
	}
	return nil
}

// name takes an identifier.
func (r *sentence) name() (string, bool) {
	if !r.isWord() || strings.Contains(r.peek(), ".") {
		return "", false
	}
	return r.next(), true
}

// chain reads "x … with y … with z": the withs of a match are not counted.
func (r *sentence) chain(command string) (list []string) {
	if w := r.peek(); command == "Let" && (w == "Fixpoint" || w == "CoFixpoint") {
		r.next()
	}
	for {
		if name, ok := r.name(); ok {
			list = append(list, name)
		}
		matches := 0
		for !r.done() {
			w := r.peek()
			if w == "with" && matches == 0 && r.definesAfterWith() {
				break
			}
			switch w {
			case "match", "lazymatch", "multimatch":
				matches++
			case "end":
				matches--
			}
			r.group()
		}
		if r.done() {
			return list
		}
		r.next()
	}
}

// definesAfterWith reports whether what follows this with is a name that a
// colon or a definition follows.
func (r *sentence) definesAfterWith() bool {
	peek := *r
	peek.next()
	_, ok := peek.name()
	return ok && peek.until(":", ":=")
}

// inductive reads a type with its constructors or fields, and those behind with.
func (r *sentence) inductive() (list []string) {
	for !r.done() {
		if r.peek() == ">" {
			r.next()
		}
		name, ok := r.name()
		if !ok {
			return list
		}
		list = append(list, name)
		if !r.until(":=") {
			return list
		}
		r.next()
		list = append(list, r.constructors()...)
		if !r.until("with") {
			return list
		}
		r.next()
	}
	return list
}

func (r *sentence) constructors() (list []string) {
	for !r.done() {
		if r.peek() == "|" {
			r.next()
		}
		if r.peek() == "{" {
			return append(list, r.fields()...)
		}
		name, ok := r.name()
		if !ok {
			return list
		}
		list = append(list, name)
		if r.peek() == "{" {
			return append(list, r.fields()...)
		}
		if !r.until("|", "with", "where") || r.peek() != "|" {
			return list
		}
	}
	return list
}

// fields reads those of a record between its braces.
func (r *sentence) fields() (list []string) {
	r.next()
	for !r.done() && r.peek() != "}" {
		for r.skipPrefix() {
		}
		if name, ok := r.name(); ok {
			list = append(list, name)
		}
		if r.until(";", "}") && r.peek() == ";" {
			r.next()
		}
	}
	if !r.done() {
		r.next()
	}
	return list
}
