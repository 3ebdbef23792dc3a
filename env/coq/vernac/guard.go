package vernac

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxTactic = 2000 // characters
	maxDepth  = 64   // of brackets
)

// forbidden words prove nothing, reach beyond the goal, or run programs.
var forbidden = set(`
	Admitted Qed Defined Abort admit give_up shelve shelve_unifiable native_compute
	psatz psatz_Z psatz_Q psatz_R xpsatz xpsatz_Z xpsatz_Q xpsatz_R sos_Z sos_Q
	sos_R xsos_Z xsos_Q xsos_R elpi optimize_heap hammer predict verit cvc4 cvc5
	zchaff why3 gappa`)

// Guard says why a text must not be sent to a prover as one tactic, nor written
// into a file: nil if it may be. It takes what Clean returns: one line without
// bullets and without the dot.
func Guard(tactic string) error {
	if strings.Trim(tactic, " ") == "" {
		return fmt.Errorf("it is empty; for example: auto")
	}
	if n := utf8.RuneCountInString(tactic); n > maxTactic {
		return fmt.Errorf("it has %d characters, and at most %d are allowed", n, maxTactic)
	}
	if err := characters(tactic); err != nil {
		return err
	}
	g := guard{lexer: lexer{text: tactic, keep: true}}
	if err := g.start(); err != nil {
		return err
	}
	return g.tokens()
}

// characters refuses what could hide in a terminal or in an editor.
func characters(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("it is not valid UTF-8")
	}
	for _, r := range text {
		switch {
		case ' ' <= r && r <= '~':
		case r == '\n' || r == '\r' || r == '\t':
			return fmt.Errorf("it has a line break or tab (%U): write it on one line", r)
		case unicode.IsControl(r):
			return fmt.Errorf("it has the control character %U", r)
		case r != ' ' && unicode.In(r, unicode.Z, unicode.Cf, unicode.Co, unicode.Cs):
			return fmt.Errorf("it has the invisible character %U", r)
		}
	}
	return nil
}

type guard struct {
	lexer
	open []byte // brackets
}

// start refuses commands, selectors, bullets and braces.
func (g *guard) start() error {
	l := g.lexer
	t := l.next()
	w := l.str(t)
	next := l
	colon := next.next()
	selects := colon.kind == symbol && strings.HasPrefix(next.str(colon), ":") && !strings.HasPrefix(next.str(colon), ":=")
	switch c := w[0]; {
	case t.kind == word && commands[w] || t.kind == word && (prefixes[w] || controls[w]):
		return fmt.Errorf("%s begins a command of the file, not a tactic", clip(w))
	case w == "#" || strings.HasPrefix(w, "#"):
		return fmt.Errorf("an attribute (#[…]) belongs to a command, not to a tactic")
	case c == '{' || c == '}':
		return fmt.Errorf("a brace at the beginning belongs to the structure of the proof: send the tactic alone")
	case c == '-' || c == '+' || c == '*':
		return fmt.Errorf("a bullet at the beginning belongs to the structure of the proof: send the tactic alone")
	case t.kind == number || w == "!" || strings.HasPrefix(w, "!:") || (w == "all" || w == "par") && selects:
		return fmt.Errorf("a goal selector (%s) reaches beyond the goal", clip(w))
	case w == "[" && selectsByName(l):
		return fmt.Errorf("a goal selector ([…]:) reaches beyond the goal")
	}
	return nil
}

func selectsByName(l lexer) bool {
	return l.next().kind == word && l.str(l.next()) == "]" && strings.HasPrefix(l.str(l.next()), ":")
}

func (g *guard) tokens() error {
	for {
		t := g.next()
		if t.kind == end {
			break
		}
		if err := g.token(t); err != nil {
			return err
		}
	}
	if n := len(g.open); n > 0 {
		return fmt.Errorf("%c is never closed", g.open[n-1])
	}
	return nil
}

func (g *guard) token(t token) error {
	w := g.str(t)
	switch t.kind {
	case bad:
		switch w[0] {
		case '"':
			return fmt.Errorf("a string is never closed")
		case 'l':
			return fmt.Errorf("a quotation (lp:{{) is never closed")
		}
		return fmt.Errorf("a comment is never closed")
	case comment:
		return fmt.Errorf("comments are not allowed in a tactic")
	case word:
		return g.word(t, w)
	case dots:
		return g.dots(t, w)
	case bracket:
		return g.bracket(w[0])
	}
	return nil
}

func (g *guard) word(t token, w string) error {
	if isForbidden(w) {
		return fmt.Errorf("%s is not allowed: it proves nothing, reaches beyond the goal or runs another program", clip(w))
	}
	rest := strings.TrimLeft(g.text[t.end:], " ")
	if (w == "par" || w == "lp") && strings.HasPrefix(rest, ":") || strings.HasPrefix(w, "lp:") {
		return fmt.Errorf("%s: is not allowed: it starts other programs", strings.TrimSuffix(w[:min(3, len(w))], ":"))
	}
	return nil
}

// isForbidden looks at the last part of a qualified name.
func isForbidden(w string) bool {
	w = last(w)
	return forbidden[w] || strings.HasSuffix(w, "_no_check")
}

// dots allows dots only where they can't end a sentence, not even with another
// behind the text: within x.(f) or x.1, and two of them as in [auto ..].
func (g *guard) dots(t token, w string) error {
	if len(w) == 2 && t.end < len(g.text) {
		return nil
	}
	if len(w) == 1 && t.start > 0 && !blank(g.text[t.start-1]) && t.end < len(g.text) && !blank(g.text[t.end]) && g.text[t.end] != ')' {
		return nil
	}
	return fmt.Errorf("a dot ends a sentence: write one tactic, without a dot")
}

// clip shortens a word for a message.
func clip(w string) string {
	if r := []rune(w); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return w
}

func (g *guard) bracket(c byte) error {
	if i := strings.IndexByte("([{", c); i >= 0 {
		if len(g.open) == maxDepth {
			return fmt.Errorf("brackets are nested deeper than %d", maxDepth)
		}
		g.open = append(g.open, ")]}"[i])
		return nil
	}
	n := len(g.open)
	if n == 0 {
		return fmt.Errorf("%c closes a bracket that was never opened", c)
	}
	if g.open[n-1] != c {
		return fmt.Errorf("%c closes a bracket that %c should close", c, g.open[n-1])
	}
	g.open = g.open[:n-1]
	return nil
}
