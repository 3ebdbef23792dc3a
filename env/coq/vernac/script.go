package vernac

import (
	"fmt"
	"strings"
)

// script is a proof to be put in: its lines, and which of them begin within a
// string and so can't be moved.
type script struct {
	lines     []string
	fixed     []bool
	sentences []Sentence
}

func readScript(proof string) (script, error) {
	proof = strings.Trim(strings.ReplaceAll(proof, "\r\n", "\n"), blanks)
	if err := characters(strings.NewReplacer("\n", " ", "\t", " ").Replace(proof)); err != nil {
		return script{}, err
	}
	list, err := Split(proof)
	if err != nil {
		return script{}, err
	}
	depth, tactics := 0, 0
	for _, s := range list {
		switch {
		case s.Opens():
			depth++
		case s.Closes():
			depth--
		case s.Bullet():
		case headOf(s.Text).bare():
			tactics++
		default:
			return script{}, fmt.Errorf("%q is a command, and only tactics may stand there", s.Text)
		}
		if depth < 0 {
			return script{}, fmt.Errorf("a } closes a brace that was opened outside")
		}
	}
	if depth > 0 {
		return script{}, fmt.Errorf("a { is never closed")
	}
	if tactics == 0 {
		return script{}, fmt.Errorf("it has no tactic such as \"auto.\"")
	}
	s := script{lines: strings.Split(proof, "\n"), sentences: list}
	return s, s.tokens(proof)
}

// tokens notes the lines that begin within a string, and refuses the words
// that Guard refuses: a proof must not be given up, wherever it comes from.
func (s *script) tokens(proof string) error {
	s.fixed = make([]bool, len(s.lines))
	starts := linesOf(proof)
	l := lexer{text: proof}
	for t := l.next(); t.kind != end; t = l.next() {
		if t.kind == word && isForbidden(l.str(t)) {
			return fmt.Errorf("it has the word %s, which proves nothing or runs another program", clip(l.str(t)))
		}
		if t.kind == quoted {
			for line := starts.line(t.start); line < starts.line(t.end-1); line++ {
				s.fixed[line] = true
			}
		}
	}
	return nil
}

// layout joins the lines, each but the first behind an indentation.
func (s script) layout(newline, indent string) string {
	var b strings.Builder
	for i, line := range s.lines {
		if i > 0 {
			b.WriteString(newline)
			if !s.fixed[i] && line != "" {
				b.WriteString(indent)
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

func (s script) bullets() bool {
	for _, x := range s.sentences {
		if x.Bullet() {
			return true
		}
	}
	return false
}
