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
// or where universes are polymorphic. An Admitted theorem is generalised over
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
	at := 0
	for i := range f.Theorems {
		t := &f.Theorems[i]
		if t.Stated < at || t.Last < 0 || t.Last >= before {
			continue
		}
		switch {
		case !f.replaceable(t, before):
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

// replaceable reports whether the script of t may be left out for one who
// stands before the sentence before.
func (f *File) replaceable(t *Theorem, before int) bool {
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
	case "Qed", "Admitted":
		return t.plain && !f.polymorphic && f.generalises(t, before)
	}
	return false
}

// generalises reports whether t has the same type with Admitted in place of its script.
func (f *File) generalises(t *Theorem, before int) bool {
	for _, s := range t.sections {
		sec := f.sections[s]
		if sec.declares && sec.last >= 0 && sec.last < before {
			return f.uses(t)
		}
	}
	return true
}

// uses reports whether t says which variables it uses.
func (f *File) uses(t *Theorem) bool {
	if f.hasProof(*t) && mentions(f.Sentences[t.First].Text, "using") {
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
