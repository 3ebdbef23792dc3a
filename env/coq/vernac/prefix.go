package vernac

import "slices"

// Prefix are the sentences to run to stand at a hole. If quick is set, the
// scripts of theorems before it are replaced by Admitted where that changes
// nothing that is seen from the hole, and given-up statements (Abort) are left
// out; such an Admitted has the place of what it stands for. It is for those
// who search: whoever judges a proof runs the whole file.
//
// A script is kept where it may matter: when it ends in Defined or Save,
// belongs to a Let, a Fixpoint, an obligation or several theorems at once,
// contains another theorem, a command that changes something, or abstract,
// or where universes are polymorphic or "Keep Admitted Variables" is off. An Admitted theorem is generalised over
// all variables of a section when that is closed, a proved one over those it
// uses. Therefore a script is kept too if its section has variables and is
// closed before the hole, unless it says what it uses (Proof using): that
// sentence stays, and Coq then generalises over the same variables.
func (f *File) Prefix(h Hole, quick bool) []Sentence {
	before := min(max(h.Before, 0), len(f.Sentences))
	if !quick {
		return slices.Clone(f.Sentences[:before])
	}
	list := make([]Sentence, 0, before)
	closed := f.closed(before)
	at := 0
	for i := range f.Theorems {
		t := &f.Theorems[i]
		if t.Stated < at || t.Last < 0 || t.Last >= before {
			continue
		}
		switch {
		case !f.replaceable(t, closed):
		case t.Ending == "Abort":
			list = append(list, f.Sentences[at:t.Stated]...)
			at = t.Last + 1
		default:
			first := f.firstStep(*t)
			list = append(list, f.Sentences[at:first]...)
			start, stop := f.Sentences[first].Start, f.Sentences[t.Last].End
			list = append(list, Sentence{start, stop, "Admitted."})
			at = t.Last + 1
		}
	}
	return append(list, f.Sentences[at:before]...)
}

// closed says of each section whether it, or one around it, has variables and
// is closed before a sentence: what it holds is generalised over them there.
func (f *File) closed(before int) []bool {
	list := make([]bool, len(f.sections))
	for i, s := range f.sections {
		list[i] = s.declares && s.last >= 0 && s.last < before || s.outer >= 0 && list[s.outer]
	}
	return list
}

// replaceable reports whether the script of t may be left out.
func (f *File) replaceable(t *Theorem, closed []bool) bool {
	if len(t.own) != t.Last-t.First {
		return false
	}
	for _, i := range t.own {
		s := f.Sentences[i]
		if w := headOf(s.Text).word; w != "" && !harmless[w] || mentions(s.Text, "abstract", "transparent_abstract") {
			return false
		}
	}
	switch t.Ending {
	case "Abort":
		return true
	case "Qed", "Admitted", "Proof":
		return t.plain && !f.scripts && (t.section < 0 || !closed[t.section] || f.uses(t))
	}
	return false
}

// uses reports whether t says which variables it uses.
func (f *File) uses(t *Theorem) bool {
	if t.proof >= 0 && mentions(f.Sentences[t.proof].Text, "using") {
		return true
	}
	return slices.Contains(headOf(f.Sentences[t.Stated].Text).attrs, "using")
}

func mentions(text string, words ...string) bool {
	l := lexer{text: text}
	for t := l.next(); t.kind != end && t.kind != bad; t = l.next() {
		if t.kind == word && slices.Contains(words, l.str(t)) {
			return true
		}
	}
	return false
}
