package tidy

import (
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/proof"
)

// Goals says how a script tells the proofs of several goals apart.
type Goals uint8

const (
	// Bullets are -, +, *, --, ++ and ** by depth, and braces below these.
	Bullets Goals = iota
	// Braces are { and } around each proof.
	Braces
	// Bare is nothing: each tactic works on the first goal that is left. It is
	// accepted wherever bullets are not.
	Bare
)

// Style says how a script is written. The zero value is the usual one.
type Style struct {
	Goals Goals
	// Base is the number of spaces before every line.
	Base int
	// Width is the most columns of a line, 80 if 0. What can't be broken is longer.
	Width int
}

const (
	indent     = 2
	mostIndent = 40 // columns; proofs that are nested deeper stay there
)

var bullets = []string{"-", "+", "*", "--", "++", "**"}

// Format writes a proof as a script of Coq: a sentence a line, and a bullet or
// braces for each of several goals. Lines that are too long are broken. The
// script ends with a newline; Proof and Qed are not in it.
func Format(t *proof.Tree, style Style) string {
	if style.Width <= 0 {
		style.Width = 80
	}
	w := writer{style: style}
	work := []piece{{tree: t}}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if at.tree == nil {
			continue
		}
		w.sentence(at)
		work = append(work, w.parts(at)...)
	}
	return w.b.String()
}

// Flat is the script without any marks, for files that don't accept them.
func Flat(t *proof.Tree) string { return Format(t, Style{Goals: Bare}) }

// Braced is the script with braces only.
func Braced(t *proof.Tree) string { return Format(t, Style{Goals: Braces}) }

// piece is a part of a proof that is still to be written.
type piece struct {
	tree   *proof.Tree
	depth  int    // of branching
	indent int    // columns, without the base
	lead   string // a bullet or a brace before the first sentence
	close  int    // braces that are closed after the last sentence
}

type writer struct {
	b     strings.Builder
	style Style
}

// parts are the pieces that follow one, the first last.
func (w *writer) parts(at piece) []piece {
	next := at.tree.Next
	body := at.indent
	if at.lead != "" {
		body += len(at.lead) + 1
	}
	out := make([]piece, len(next))
	for i, t := range next {
		p := piece{tree: t, depth: at.depth, indent: body}
		if len(next) > 1 && w.style.Goals != Bare {
			p.depth, p.indent = at.depth+1, min(body, mostIndent)
			if p.lead = w.lead(p.depth); p.lead == "{" {
				p.close = 1
			}
		}
		if i == len(next)-1 {
			p.close += at.close
		}
		out[len(next)-1-i] = p
	}
	return out
}

func (w *writer) lead(depth int) string {
	if w.style.Goals == Braces || depth > len(bullets) {
		return "{"
	}
	return bullets[depth-1]
}

// sentence writes one tactic with its mark, its dot and the braces that end.
func (w *writer) sentence(at piece) {
	before := strings.Repeat(" ", max(w.style.Base, 0)+at.indent)
	if at.lead != "" {
		before += at.lead + " "
	}
	text := sentence(at.tree.Tactic) + "."
	if len(at.tree.Next) == 0 {
		text += strings.Repeat(" }", at.close)
	}
	w.b.WriteString(wrap(text, before, w.style.Width))
}

// wrap breaks a sentence into lines no wider than width where it can: after the
// last ; that fits, or else at the last space. Strings and comments stay whole.
func wrap(text, before string, width int) string {
	var b strings.Builder
	l := lex(text)
	after := strings.Repeat(" ", utf8.RuneCountInString(before)+indent)
	for i := 0; ; before = after {
		to := l.breakAt(i, width-utf8.RuneCountInString(before))
		if to == len(l.toks) {
			b.WriteString(before + text[l.toks[i].from:] + "\n")
			return b.String()
		}
		b.WriteString(before + text[l.toks[i].from:l.toks[to-1].to] + "\n")
		i = to
	}
}

// breakAt is the token that the next line begins with, where the line that
// begins with the token from has room for so many characters.
func (l lexed) breakAt(from, room int) int {
	space, semicolon, wide := 0, 0, 0
	for i := from; i < len(l.toks); i++ {
		if i > from {
			wide += utf8.RuneCountInString(l.s[l.toks[i-1].to:l.toks[i].from])
		}
		// These words belong to what follows, unless nothing else can be done.
		if i > from && !l.touches(i) && (space == 0 || !l.is(i-1, "by", "in", "as", "with", "using", "at")) {
			if space = i; l.is(i-1, ";", "<;>") {
				semicolon = i
			}
		}
		if wide += utf8.RuneCountInString(l.at(i)); wide <= room {
			continue
		}
		if semicolon > 0 {
			return semicolon
		}
		if space > 0 {
			return space
		}
		room = 0 // too wide already: the first space has to do
	}
	return len(l.toks)
}
