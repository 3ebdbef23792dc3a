package learn

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/proof"
)

// longShape is the most bytes of a shape.
const longShape = 120

// Shape is a tactic without what means something in one goal alone: names of
// hypotheses become _hyp, of variables _var, new names _new, numbers _num and
// strings _str. Names of lemmas stay. "apply H0" is "apply _hyp",
// "induction n" is "induction _var", "rewrite plus_comm" stays what it is.
func Shape(tactic string, g proof.Goal) string { return ShapesOf(g).Of(tactic) }

// Shapes makes the shapes of many tactics for one goal.
type Shapes struct{ kinds map[string]string }

// ShapesOf reads a goal.
func ShapesOf(g proof.Goal) Shapes { return Shapes{locals(g)} }

// Of is Shape.
func (k Shapes) Of(tactic string) string {
	kinds := k.kinds
	var out []string
	t := tokens(strings.TrimSuffix(strings.TrimSpace(tactic), "."))
	fresh, depth := -1, 0 // the depth of brackets at which new names began
	for i, s := range t {
		if opens(s) {
			depth++
		} else if closes(s) {
			depth--
		}
		switch {
		case slices.Contains([]string{"intros", "intro", "as", "eqn", "rintro", "rename_i", "with_names"}, s):
			fresh = depth
		case fresh >= 0 && (depth < fresh || depth == fresh && ends(s)):
			fresh = -1
		}
		s = shaped(s, kinds, fresh >= 0)
		if i > 0 && s == out[len(out)-1] && strings.HasPrefix(s, "_") {
			continue // how many there are says little
		}
		out = append(out, s)
	}
	shape := spaced(out)
	if len(shape) > longShape {
		shape = strings.ToValidUTF8(shape[:longShape], "")
	}
	return shape
}

// usualName is what provers and people call hypotheses: one that the goal does
// not have is new.
var usualName = regexp.MustCompile(`^(H|IH|Heq|h|ih)[0-9']*$`)

// ends reports whether no new names follow a token.
func ends(s string) bool {
	return slices.Contains([]string{";", "in", "using", "by", "with", ",", "=>", ":=", "at", "<;>"}, s)
}

// shaped is a token of a shape.
func shaped(s string, kinds map[string]string, fresh bool) string {
	first, rest, dotted := strings.Cut(s, ".")
	kind, local := kinds[first]
	switch {
	case slices.Contains([]string{"intros", "intro", "as", "eqn", "rintro", "rename_i"}, s):
		return s
	case local && dotted:
		return kind + "." + rest // h.symm, as Lean writes it
	case fresh && nameAt(s, 0) && s != "_":
		return "_new"
	case local:
		return kind
	case usualName.MatchString(s):
		return "_new"
	case s[0] == '"':
		return "_str"
	case s[0] >= '0' && s[0] <= '9':
		return "_num"
	case s[0] == '?' && len(s) > 1:
		return "?"
	}
	return s
}

// spaced puts tokens together as people write them.
func spaced(t []string) string {
	var b strings.Builder
	for i, s := range t {
		tight := i == 0 || closes(s) || s == "," || s == ";" || opens(t[i-1]) || t[i-1] == "@" || t[i-1] == "%" || s == "%"
		if !tight {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}
