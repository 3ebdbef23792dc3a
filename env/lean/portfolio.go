package lean

import (
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/proof"
)

const portfolioLimit = 96

// finishers are single tactics that may end a goal, by what it says; those for
// every goal come last. The tactics of Mathlib are refused at once where it is
// not imported.
var finishers = map[shape][]string{
	equal:   {"rfl", "simp", "omega", "decide", "norm_num", "ring", "ring_nf", "linarith", "ext", "funext x", "congr 1", "field_simp", "push_cast", "abel"},
	unequal: {"decide", "omega", "simp", "intro h", "norm_num", "positivity", "rintro rfl"},
	less:    {"omega", "simp", "decide", "norm_num", "positivity", "linarith", "nlinarith", "gcongr", "bound"},
	divides: {"omega", "simp", "decide", "norm_num"},
	member:  {"simp", "assumption", "constructor", "decide"},
	subset:  {"intro x hx", "simp", "assumption"},
	truth:   {"trivial"},
	falsity: {"contradiction", "omega", "simp_all", "linarith", "nlinarith", "norm_num at *"},
	not:     {"intro h", "simp", "omega", "decide", "push_neg"},
	and:     {"constructor", "refine ⟨?_, ?_⟩", "simp", "omega", "decide"},
	or:      {"left", "right", "simp", "omega", "decide", "by_contra h"},
	iff:     {"constructor", "simp", "rfl", "omega", "decide", "tauto", "ext x"},
	exists:  {"simp", "refine ⟨_, ?_⟩", "constructor", "use 0", "use 1", "exists 0"},
}

var always = []string{
	"assumption", "simp", "simp_all", "simp [*]", "trivial", "rfl", "omega", "decide", "tauto", "aesop", "contradiction",
	"norm_num", "linarith", "nlinarith", "positivity", "grind", "exfalso", "by_contra h", "split", "constructor",
	"infer_instance", "subst_vars", "ext x", "push_cast",
}

// Portfolio are tactics worth a try at a goal where no model is asked, best
// first. What they are depends on the goal alone, and none of them is refused by
// Guard.
func Portfolio(g proof.Goal) []string {
	s := shapeOf(g.Concl)
	var list []string
	list = append(list, introductions(g, s)...)
	list = append(list, direct(g)...)
	list = append(list, finishers[s]...)
	list = append(list, applications(g)...)
	list = append(list, eliminations(g)...)
	list = append(list, always...)
	list = append(list, inductions(g)...)
	list = append(list, rewritings(g)...)
	return unique(list)
}

// introductions begin a proof of ∀ and →.
func introductions(g proof.Goal, s shape) []string {
	if s != forAll && s != implies {
		return nil
	}
	names := binders(g)
	list := []string{"intro " + strings.Join(names, " ")}
	if len(names) > 1 {
		list = append(list, "intro "+names[0])
	}
	if s == implies {
		h := fresh(g, "h")
		list = append(list, "rintro ⟨"+fresh(g, "hl")+", "+fresh(g, "hr")+"⟩", "rintro ("+h+" | "+h+")")
	}
	return append(list, "intros")
}

const bindersLimit = 16

// binders are names for what a goal quantifies over and assumes, in order.
func binders(g proof.Goal) []string {
	tokens, _, _ := lex(g.Concl)
	var names []string
	taken := map[string]bool{}
	for _, h := range g.Hyps {
		taken[h.Name] = true
	}
	add := func(name string) {
		if len(names) == bindersLimit {
			return
		}
		for taken[name] {
			name += "'"
		}
		taken[name] = true
		names = append(names, name)
	}
	i := 0
	for i < len(tokens) && tokens[i].is("∀") {
		i = quantified(tokens, i+1, add)
	}
	depth, arrows, weaker := 0, 0, false
	for _, t := range tokens[i:] {
		switch {
		case opens(t):
			depth++
		case closes(t):
			depth--
		case depth == 0 && t.is("→"):
			arrows++
		case depth == 0 && t.is("↔"):
			weaker = true
		case depth == 0 && t.is("∀", "∃", "fun"):
			depth = 1 << 20 // the rest belongs to it
		}
	}
	for range arrows {
		if !weaker {
			add("h")
		}
	}
	if len(names) == 0 {
		add("x")
	}
	return names
}

// quantified reads the binders after ∀ and returns where its body begins.
func quantified(tokens []token, i int, add func(string)) int {
	inType := false
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.is(","):
			return i + 1
		case t.is(":"):
			inType = true
		case opens(t), closes(t):
			inType = false
		case t.is("∈", "<", ">", "≤", "≥", "≠"): // ∀ x < n, …: a hypothesis too
			add("h")
			inType = true
		case t.kind == word && !inType:
			add(strings.TrimRight(t.text, "✝⁰¹²³⁴⁵⁶⁷⁸⁹"))
		}
	}
	return i
}

// fresh is a name that no hypothesis has.
func fresh(g proof.Goal, name string) string {
	for slices.ContainsFunc(g.Hyps, func(h proof.Hyp) bool { return h.Name == name }) {
		name += "'"
	}
	return name
}

// named are the hypotheses that a tactic can name, latest first, and whether each
// looks like a proposition.
func named(g proof.Goal, propositions bool) []proof.Hyp {
	var list []proof.Hyp
	for _, h := range slices.Backward(g.Hyps) {
		if strings.ContainsRune(h.Name, '✝') || strings.HasPrefix(h.Name, "inst") {
			continue
		}
		if isProposition(g, h) == propositions {
			list = append(list, h)
		}
	}
	return list[:min(len(list), 8)]
}

// isProposition guesses, from the text of its type, whether a hypothesis is one.
func isProposition(g proof.Goal, h proof.Hyp) bool {
	if s := shapeOf(h.Type); s != other && s != implies {
		return true
	}
	if strings.HasPrefix(h.Name, "h") || strings.HasPrefix(h.Name, "ih") {
		return true
	}
	// A variable p : Prop makes p a proposition.
	head, _, _ := strings.Cut(h.Type, " ")
	return slices.ContainsFunc(g.Hyps, func(o proof.Hyp) bool {
		return o.Name == head && (o.Type == "Prop" || strings.HasSuffix(o.Type, "→ Prop"))
	})
}

// direct use a hypothesis as the proof.
func direct(g proof.Goal) []string {
	var list []string
	for _, h := range named(g, true) {
		if h.Type == g.Concl {
			list = append(list, "exact "+h.Name)
		}
	}
	return list
}

// applications use the hypotheses on the goal.
func applications(g proof.Goal) []string {
	var list []string
	for _, h := range named(g, true) {
		switch shapeOf(h.Type) {
		case forAll, implies:
			list = append(list, "apply "+h.Name, "exact "+h.Name+" _")
		case not, unequal:
			list = append(list, "exact absurd rfl "+h.Name, "apply "+h.Name)
		case iff:
			list = append(list, "apply "+h.Name+".1", "apply "+h.Name+".2", "rw ["+h.Name+"]")
		case equal:
			list = append(list, "rw ["+h.Name+"]", "subst "+h.Name)
		}
		list = append(list, "exact "+h.Name)
	}
	return list
}

// eliminations take hypotheses apart.
func eliminations(g proof.Goal) []string {
	var list []string
	for _, h := range named(g, true) {
		n := h.Name
		switch shapeOf(h.Type) {
		case and:
			list = append(list, "obtain ⟨"+fresh(g, n+"l")+", "+fresh(g, n+"r")+"⟩ := "+n, "exact "+n+".1", "exact "+n+".2")
		case or:
			list = append(list, "rcases "+n+" with "+n+" | "+n)
		case exists:
			list = append(list, "obtain ⟨"+fresh(g, "x")+", "+fresh(g, "hx")+"⟩ := "+n)
		case iff:
			list = append(list, "obtain ⟨"+fresh(g, n+"l")+", "+fresh(g, n+"r")+"⟩ := "+n)
		case falsity, not:
			list = append(list, "contradiction", "exact "+n+".elim")
		default:
			list = append(list, "simp at "+n, "cases "+n)
		}
	}
	return list
}

// inductions go by cases or induction over the variables.
func inductions(g proof.Goal) []string {
	var list []string
	for _, h := range named(g, false) {
		n, ih := h.Name, fresh(g, "ih")
		switch head, rest, _ := strings.Cut(h.Type, " "); head {
		case "Nat", "ℕ":
			k := fresh(g, "k")
			list = append(list,
				"induction "+n+" with | zero => ?_ | succ "+k+" "+ih+" => ?_",
				"cases "+n+" with | zero => ?_ | succ "+k+" => ?_", "interval_cases "+n)
		case "List":
			a, l := fresh(g, "a"), fresh(g, "l")
			list = append(list,
				"induction "+n+" with | nil => ?_ | cons "+a+" "+l+" "+ih+" => ?_",
				"cases "+n+" with | nil => ?_ | cons "+a+" "+l+" => ?_")
		case "Bool", "Option", "Fin":
			list = append(list, "cases "+n)
		case "Prop":
			list = append(list, "by_cases h"+n+" : "+n)
		case "Type", "Sort":
		default:
			if rest == "" || !strings.Contains(rest, "→") {
				list = append(list, "rcases "+n, "induction "+n)
			}
		}
	}
	return list
}

// rewritings use equations and all hypotheses.
func rewritings(g proof.Goal) []string {
	var list []string
	for _, h := range named(g, true) {
		if s := shapeOf(h.Type); s == equal || s == iff || s == forAll {
			list = append(list, "rw [← "+h.Name+"]", "simp ["+h.Name+"]", "rw ["+h.Name+"]")
		}
	}
	return list
}

// unique keeps the first of equals, and not too many.
func unique(list []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, s := range list {
		if !seen[s] && len(kept) < portfolioLimit {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}
