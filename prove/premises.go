package prove

import (
	"math"
	"slices"
	"strings"
)

// lemmas adds what the nearest premises offer.
func (v *view) lemmas(l *list) {
	concl := v.concl
	for i, p := range v.near {
		w := 26 * p.Score / math.Sqrt(1+0.3*float64(i))
		same := p.term.head == concl.head
		_, _, eq := p.term.equation()
		relation := isRelation(p.term.head)
		use := 1.0
		switch {
		case p.fit.whole:
		case relation:
			use = 0.15 // a side would have to be seen through definitions
		case same:
			use = 0.4
		}
		switch {
		case same && !eq:
			l.add(w*use, "apply %s", p.Name)
			l.add(w*0.5*use, "eapply %s; eauto", p.Name)
			l.add(w*0.4*use, "eapply %s", p.Name)
		case eq && same:
			l.add(w*0.9*use, "apply %s", p.Name)
			l.add(w*0.15*use, "eapply %s", p.Name)
		case p.term.head == "iff" || p.term.head == "and":
			l.add(w*0.6, "apply %s", p.Name)
			l.add(w*0.2, "eapply %s", p.Name)
		case v.local[p.term.head] || len(p.term.binders) > 0 && slices.Contains(p.term.binders, p.term.head):
			l.add(w*0.4, "apply %s", p.Name)
		}
		if p.fit.whole && p.fit.free != "" {
			v.instances(l, p, w*0.5)
		}
		if relation {
			forth, back := 0.3, 0.15
			if p.fit.left {
				forth = 0.9
			}
			if p.fit.right {
				back = 0.45
			}
			if p.strange || len(p.pattern.needs) > 0 {
				forth *= 0.6
			}
			if p.pattern.left != nil && p.pattern.isVar(p.pattern.left) {
				forth *= 0.2 // it would fit anything, and says nothing
			}
			if p.pattern.right != nil && p.pattern.isVar(p.pattern.right) {
				back *= 0.2
			}
			l.add(w*forth, "rewrite %s", p.Name)
			l.add(w*back, "rewrite <- %s", p.Name)
			if !p.pattern.loops() {
				l.add(w*forth*0.9, "rewrite !%s", p.Name)
			}
			if p.fit.left && len(p.pattern.needs) > 0 {
				l.add(w*forth*0.8, "rewrite %s by auto", p.Name)
			}
			if p.pattern.left != nil && !p.pattern.isVar(p.pattern.left) && !p.fit.left && strings.ContainsAny(v.goal.Concl, ",") && hasWord(v.full.Concl, p.pattern.left.head) {
				l.add(w*0.3, "setoid_rewrite %s", p.Name)
			}
		}
		if p.term.head == "or" || p.term.head == "sumbool" || p.term.head == "sumor" || p.term.head == "ex" {
			l.add(w*0.25, "edestruct %s", p.Name)
			v.cases(l, p.Name, w*0.6)
		}
	}
}

// instances adds the uses of a lemma with a variable of the goal for the one that
// its conclusion leaves open, such as the middle of a transitivity.
func (v *view) instances(l *list, p Near, w float64) {
	n := 0
	for _, h := range v.hyps {
		if h.value && !h.sort && isName(h.Name) && n < 4 {
			l.add(w/(1+0.2*float64(n)), "apply %s with (%s := %s)", p.Name, p.fit.free, h.Name)
			n++
		}
	}
}

// forward adds what lemmas make of the hypotheses.
func (v *view) forward(l *list) {
	for _, f := range v.after {
		w := 15 * f.Score
		if f.rewrite {
			l.add(w, "rewrite %s in %s", f.Name, f.Hyp)
			continue
		}
		l.add(w, "apply %s in %s", f.Name, f.Hyp)
	}
}

// closers are tactics that may end a goal at once, the fast ones first.
func (v *view) closers(h *Habits) (out []string, fast int) {
	for _, t := range quickly {
		out = append(out, whole(t))
	}
	n := 0
	for _, h := range v.hyps {
		if n < 2 && h.value && !h.sort && isName(h.Name) && hasWord(v.goal.Concl, h.Name) {
			out = append(out, whole("now destruct "+h.Name))
			n++
		}
	}
	fast = len(out)
	out = append(out, "simpl in *; congruence", "simpl in *; lia")
	if h != nil {
		for _, t := range h.endings {
			out = append(out, whole(t))
		}
	}
	var names []string
	for _, p := range v.near {
		if len(names) < 8 {
			names = append(names, p.Name)
		}
	}
	if len(names) > 0 {
		out = append(out, "solve [eauto 4 using "+strings.Join(names, ", ")+"]")
	} else {
		out = append(out, "solve [eauto]")
	}
	if eqs := v.simplifiers(); len(eqs) > 0 {
		out = append(out, "solve [rewrite ?"+strings.Join(eqs, ", ?")+"; auto]")
	}
	full := v.full.Concl
	if strings.Contains(full, "Z") || strings.Contains(full, "N.") || strings.Contains(full, "nat") || strings.Contains(full, "Pos") {
		out = append(out, "ring", "nia")
	}
	if strings.Contains(full, "R") {
		out = append(out, "lra", "ring", "field", "nra")
	}
	if v.concl.head == "or" || v.concl.head == "sumbool" {
		out = append(out, "solve [decide equality]")
	}
	return append(out, "solve [intuition]", "solve [auto with *]", "solve [firstorder]"), fast
}

// unfolding are the nearest equations that put something else in the place of a
// function, such as the bits of a sum: what they need is to be proved at once.
func (v *view) unfolding() []string {
	var out []string
	for _, p := range v.near {
		left := p.pattern.left
		if len(out) >= 8 || !p.fit.left || p.pattern.loops() || p.pattern.right.opaque || left.size() < 2 {
			continue
		}
		if !p.pattern.right.within(func(t *tree) bool { return t.head == left.args[len(left.args)-1].head && len(t.args) > 0 }) {
			out = append(out, p.Name)
		}
	}
	return out
}

// simplifiers are the nearest equations that make a term simpler when they are
// used from left to right as often as they can: not those that only swap things.
func (v *view) simplifiers() []string {
	var out []string
	for _, p := range v.near {
		if len(out) >= 6 || !p.fit.left || p.pattern.loops() || len(p.pattern.needs) > 0 || p.pattern.right.size() >= p.pattern.left.size() {
			continue
		}
		out = append(out, p.Name)
	}
	return out
}
