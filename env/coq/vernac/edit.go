package vernac

import (
	"fmt"
	"strings"
)

// Edit replaces the bytes from Start to End of a text.
type Edit struct {
	Start, End int
	Text       string
}

// apply makes the edits, which are in order and don't overlap.
func apply(text string, edits []Edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.Start] + e.Text)
		at = e.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// Fill is the text of the file with a proof put into a hole; all else is as it
// was, byte by byte. The proof is a script of whole sentences, bullets and
// braces, without Proof and Qed. They are added: Admitted becomes the proof and
// Qed, and so does the end of the file for an open proof. An admit becomes the
// proof itself, in braces if it needs them; when it was the last one of its
// theorem, the Admitted at the end becomes Qed. Redo keeps Defined.
func (f *File) Fill(h Hole, proof string) (string, error) {
	edits, err := f.Edits(h, proof)
	if err != nil {
		return "", err
	}
	return apply(f.Text, edits), nil
}

// Edits are the changes that Fill makes, in order.
func (f *File) Edits(h Hole, proof string) ([]Edit, error) {
	s, err := readScript(proof)
	if err != nil {
		return nil, fmt.Errorf("the proof of %s can't be put into %s: %w", h, f.Path, err)
	}
	if !f.has(h) {
		return nil, &Error{Path: f.Path, Reason: fmt.Sprintf("%s is not a place of this text where a proof is missing: read the file again", h)}
	}
	t := f.Theorems[h.Theorem]
	if h.Kind == Admit {
		return f.fillAdmit(t, h.Before, s), nil
	}
	return f.fillEnd(t, h, s), nil
}

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
	if len(list) == 0 {
		return script{}, fmt.Errorf("it is empty; for example: auto.")
	}
	depth := 0
	for _, s := range list {
		switch {
		case s.Opens():
			depth++
		case s.Closes():
			depth--
		case headOf(s.Text).word != "":
			return script{}, fmt.Errorf("%q is a command, and only tactics may stand there", s.Text)
		}
		if depth < 0 {
			return script{}, fmt.Errorf("a } closes a brace that was opened outside")
		}
	}
	if depth > 0 {
		return script{}, fmt.Errorf("a { is never closed")
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

func (f *File) newline() string {
	if len(f.lines) > 1 && strings.HasSuffix(f.Text[:f.lines[1]], "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// lead is what stands in the line before an offset, and whether that is only blanks.
func (f *File) lead(at int) (string, bool) {
	lead := f.Text[f.lines[f.lines.line(at)-1]:at]
	return lead, strings.Trim(lead, " \t") == ""
}

// indent is the indentation of the line in which a sentence begins.
func (f *File) indent(sentence int) string {
	lead, _ := f.lead(f.Sentences[sentence].Start)
	return lead[:len(lead)-len(strings.TrimLeft(lead, " \t"))]
}

// fillAdmit puts a script in the place of one sentence.
func (f *File) fillAdmit(t Theorem, at int, s script) []Edit {
	old := f.Sentences[at]
	lead, _ := f.lead(old.Start)
	column := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, lead)
	text := s.layout(f.newline(), column)
	if len(s.sentences) > 1 && f.needsBraces(t, at, s) {
		text = "{ " + s.layout(f.newline(), column+"  ") + " }"
	}
	edits := []Edit{{old.Start, old.End, text}}
	if t.Ending == "Admitted" && f.givesUp(t, t.Last) == 1 {
		end := f.Sentences[t.Last]
		edits = append(edits, Edit{end.Start, end.End, "Qed."})
	}
	return edits
}

// needsBraces reports whether a script of several sentences has to be kept
// apart from what stands around it. It has not where nothing follows in the
// same brace, bullet or proof, unless its own bullets could meet others.
func (f *File) needsBraces(t Theorem, at int, s script) bool {
	next := at + 1
	last := next == len(f.Sentences) || next == t.Last || f.Sentences[next].Closes() || f.Sentences[next].Bullet()
	if !last {
		return true
	}
	if !s.bullets() {
		return false
	}
	depth := 0
	for i := at - 1; i >= t.First; i-- {
		switch x := f.Sentences[i]; {
		case x.Closes():
			depth++
		case x.Opens() && depth == 0:
			return false
		case x.Opens():
			depth--
		case x.Bullet() && depth == 0:
			return true
		}
	}
	return false
}

// fillEnd puts a script in the place of what follows h.Before, and ends the proof.
func (f *File) fillEnd(t Theorem, h Hole, s script) []Edit {
	p := placing{File: f, t: t, script: s, nl: f.newline(), indent: f.indent(t.Stated)}
	p.from = len(f.trimmed())
	p.to = p.from
	if t.Last >= 0 {
		p.to = f.Sentences[t.Last].End
	}
	if h.Before < len(f.Sentences) {
		p.from = f.Sentences[h.Before].Start
	}
	p.ending, p.qed = "Qed.", p.indent
	if t.Last >= 0 {
		end := f.Sentences[t.Last]
		if lead, alone := f.lead(end.Start); alone {
			p.qed = lead
		}
		if h.Kind == Redo && (t.Ending == "Qed" || t.Ending == "Defined" || t.Ending == "Save") {
			p.ending = end.Text
		}
	}
	if h.Kind != Redo && f.givesUp(t, h.Before) > 0 {
		p.ending = "Admitted."
	}
	return p.edits(h)
}

// placing lays a whole proof out.
type placing struct {
	*File
	script
	t           Theorem
	from, to    int // what is replaced
	nl, indent  string
	ending, qed string // the last sentence, and its indentation
}

func (p placing) edits(h Hole) []Edit {
	var list []Edit
	opening := ""
	if p.t.proof < 0 {
		if h.Before > p.t.First {
			list = append(list, p.openEarlier())
		} else {
			opening = "Proof."
		}
	}
	lead, alone := p.lead(p.from)
	if p.t.Last < 0 && p.from == p.to {
		alone = false
	}
	if !alone {
		return append(list, p.behind(opening))
	}
	body := p.indent + "  "
	if !strings.HasPrefix(body, lead) {
		body = lead
	}
	if h.Before > p.firstStep(p.t) {
		if l, ok := p.lead(p.Sentences[h.Before-1].Start); ok && strings.HasPrefix(l, lead) {
			body = l
		}
	}
	text := body[len(lead):]
	if opening != "" {
		text = opening + p.nl + body
	}
	text += p.layout(p.nl, body) + p.nl + p.qed + p.ending
	return append(list, Edit{p.from, p.to, text})
}

// openEarlier puts Proof before the steps that are kept.
func (p placing) openEarlier() Edit {
	at := p.Sentences[p.t.First].Start
	if lead, alone := p.lead(at); alone {
		return Edit{at, at, "Proof." + p.nl + lead}
	}
	return Edit{at, at, "Proof. "}
}

// behind lays the proof out behind something in the same line: in that line if
// it is one, and else in new ones.
func (p placing) behind(opening string) Edit {
	gap := strings.TrimRight(p.Text[:p.from], " \t")
	if p.t.Last >= 0 && len(p.script.lines) == 1 && !strings.Contains(p.Text[p.from:p.to], "\n") {
		if opening != "" {
			opening += " "
		}
		return Edit{p.from, p.to, opening + p.script.lines[0] + " " + p.ending}
	}
	text := p.nl + p.indent
	if opening != "" {
		text += opening + p.nl + p.indent
	}
	text += "  " + p.layout(p.nl, p.indent+"  ") + p.nl + p.qed + p.ending
	return Edit{len(gap), p.to, text}
}

func (p placing) lines2() []string { return p.script.lines }
