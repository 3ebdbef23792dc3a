package tidy

import "strings"

// Rename puts names[x] for every hypothesis x in a tactic, all at once, so that
// names may be swapped. Names are whole identifiers; what is inside of a string
// or of a comment, in a qualified name (Nat.x, x.y), after ? (an existential
// variable), after % (a scope) or before := in arguments given by name stays.
func Rename(tactic string, names map[string]string) string {
	l := lex(tactic)
	var b strings.Builder
	from := 0
	for i, t := range l.toks {
		name, ok := names[l.at(i)]
		if t.kind != word || !ok || !l.refers(i) {
			continue
		}
		b.WriteString(tactic[from:t.from])
		b.WriteString(name)
		from = t.to
	}
	b.WriteString(tactic[from:])
	return b.String()
}

// refers reports whether a name stands for itself.
func (l lexed) refers(i int) bool {
	switch before := l.at(i - 1); {
	case l.touches(i) && (before == "." || before == "%"):
		return false
	case l.touches(i) && before == "?":
		// In "rewrite ?H" the mark says how often, and H is a hypothesis.
		return l.is(i-2, "rewrite", "erewrite", "setoid_rewrite", ",", "->", "<-")
	case before == "(" && l.is(i+1, ":="):
		return l.is(i-2, "set", "eset", "pose", "epose", "evar", "assert", "enough", "remember")
	}
	return true
}
