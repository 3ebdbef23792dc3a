package vernac

import "strings"

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
	script      script
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
		p.from -= len(lead)
		text = p.indent + opening + p.nl + body
	}
	text += p.script.layout(p.nl, body) + p.nl + p.qed + p.ending
	return append(list, Edit{p.from, p.to, text})
}

// openEarlier puts Proof before the steps that are kept.
func (p placing) openEarlier() Edit {
	at := p.Sentences[p.t.First].Start
	if lead, alone := p.lead(at); alone {
		return Edit{at - len(lead), at - len(lead), p.indent + "Proof." + p.nl}
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
	text += "  " + p.script.layout(p.nl, p.indent+"  ") + p.nl + p.qed + p.ending
	return Edit{len(gap), p.to, text}
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
