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
