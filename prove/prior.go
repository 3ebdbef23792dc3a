package prove

import (
	"math"
	"strings"
)

// taught is by how much the logarithm of a tactic's weight is off, by its kind: fitted
// to 330 steps of proofs of the standard library (none of those that docs/results.md
// counts), so that the step that was made there gets as much of the prior as can be
// (maximum likelihood of a softmax over the tactics that Coq accepted, with a Gaussian
// prior around 0). A kind that is not here is right as it is, as far as that shows.
var taught = map[string]float64{
	"rewrite hyp":          1.5,
	"intros names":         1.2,
	"rewrite! lemma":       1.5,
	"simpl args":           1.0,
	"unfold@0":             1.1,
	"unfold many@0":        0.9,
	"intuition":            0.6,
	"intros":               0.7,
	"simpl":                0.5,
	"setoid_rewrite lemma": 0.3,
	"rewrite in lemma":     0.3,
	"constructor":          0.3,
	"case_eq":              -0.3,
	"unfold many":          -0.3,
	"revert;induction":     -0.3,
	"destruct (@0":         -0.3,
	"unfold in*":           -0.3,
	"symmetry":             -0.4,
	"intro@0":              -0.4,
	"apply lemma":          -0.4,
	"induction@0":          -0.4,
	"rewrite lemma":        -0.4,
	"exfalso":              -0.5,
	"inversion":            -0.5,
	"eapply;eauto":         -0.5,
	"inversion_clear":      -0.5,
	"eapply lemma":         -0.6,
	"inversion;subst":      -0.7,
	"destruct@0":           -0.8,
	"destruct":             -0.8,
	"apply in lemma":       -0.8,
	"apply with lemma":     -1.0,
	"induction":            -1.3,
}

// outcomes is how much more than a tactic's weight what it leads to says of it, from
// the same fit.
const outcomes = 2

// early are the kinds of steps that begin a proof rather than go on with it.
var early = map[string]bool{
	"induction": true, "destruct": true, "destruct (": true, "intro": true, "unfold": true, "unfold many": true,
}

// learntWeight is a weight as the library's proofs would have it.
func learntWeight(weight float64, tactic string, local map[string]bool, depth int) float64 {
	kind := tacticKind(tactic, local)
	if depth <= 1 && early[kind] {
		kind += "@0"
	}
	return weight * math.Exp(taught[kind])
}

// tacticKind tells apart what tactics do, whatever they are done to: by the first word, the
// one behind a semicolon, and whether they use a hypothesis or a lemma.
func tacticKind(tactic string, local map[string]bool) string {
	words := strings.Fields(tactic)
	if len(words) == 0 {
		return ""
	}
	verb := strings.TrimSuffix(words[0], ";")
	_, behind, several := strings.Cut(tactic, ";")
	if several && verb != "rewrite" {
		if next := strings.Fields(behind); len(next) > 0 {
			return verb + ";" + strings.TrimSuffix(next[0], ";")
		}
		return verb
	}
	argument := ""
	if len(words) > 1 {
		argument = words[1]
	}
	source := func(name string) string {
		if local[strings.Trim(name, "(),;")] {
			return " hyp"
		}
		return " lemma"
	}
	in := ""
	if strings.Contains(tactic, " in ") {
		in = " in"
	}
	switch verb {
	case "rewrite":
		return rewriteKind(tactic, words, in, source)
	case "apply", "eapply", "setoid_rewrite":
		if strings.Contains(tactic, " with ") {
			in = " with"
		}
		return verb + in + source(argument)
	case "destruct", "edestruct", "case_eq", "elim", "case", "induction", "inversion":
		for _, mark := range []string{" eqn", " as ", ", ", " using "} {
			if strings.Contains(tactic, mark) {
				return verb + mark
			}
		}
		if strings.HasPrefix(argument, "(") {
			return verb + " ("
		}
	case "unfold":
		if strings.Contains(tactic, ",") {
			verb = "unfold many"
		}
		if strings.Contains(tactic, "in *") {
			return verb + " in*"
		}
		return verb + in
	case "intros":
		if argument != "" {
			return "intros names"
		}
	case "simpl":
		if argument != "" {
			return "simpl args"
		}
	}
	return verb
}

// rewriteKind tells rewriting forth from back, once from as often as can be, in the goal
// from in a hypothesis.
func rewriteKind(tactic string, words []string, in string, source func(string) string) string {
	name, mode := "", ""
	for _, w := range words[1:] {
		if w == "<-" {
			mode = "<-"
			continue
		}
		name = w
		break
	}
	for _, mark := range []string{"!", "?", "<-"} {
		if rest, ok := strings.CutPrefix(name, mark); ok {
			name, mode = rest, mode+mark
		}
	}
	if strings.ContainsAny(tactic, ",;") || strings.Contains(tactic, " by ") {
		return "rewrite several"
	}
	return "rewrite" + mode + in + source(name)
}
