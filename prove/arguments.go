package prove

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq"
)

// mostArguments bounds the ways to fill in what a statement quantifies over.
const mostArguments = 5

// arguments are ways to apply a statement to what the goal has: hypotheses of the
// types that it asks for, those that the conclusion speaks of and the nearest first.
// Types are left out, for Coq finds them. Known are the variables whose
// values are given. Premises that no hypothesis is are left open, but ways without them come first.
func (v *view) arguments(binders []binder, known map[string]*tree) [][]string {
	vars := map[string]*tree{}
	for _, b := range binders {
		if b.name != "_" {
			vars[b.name] = known[b.name]
		}
	}
	var out [][]string
	var fill func(i int, vars map[string]*tree, args []string)
	fill = func(i int, vars map[string]*tree, args []string) {
		if len(out) >= 4*mostArguments {
			return
		}
		if i == len(binders) {
			if len(args) > 0 {
				out = append(out, slices.Clone(args))
			}
			return
		}
		b := binders[i]
		if isSort(b.typ) {
			fill(i+1, vars, args)
			return
		}
		if value := vars[b.name]; b.name != "_" && value != nil {
			text := value.String()
			if strings.Contains(text, " ") {
				text = "(" + text + ")"
			}
			fill(i+1, vars, append(args[:len(args):len(args)], text))
			return
		}
		wanted, found := parseTree(b.typ), false
		for _, h := range v.fill {
			if slices.Contains(args, h.Name) {
				continue
			}
			with := maps.Clone(vars)
			if !wanted.fits(h.typ, with) {
				continue
			}
			found = true
			if b.name != "_" {
				with[b.name] = &tree{head: h.Name}
			}
			fill(i+1, with, append(args[:len(args):len(args)], h.Name))
		}
		if !found && b.name == "_" && len(args) > 0 {
			out = append(out, slices.Clone(args))
		}
	}
	fill(0, vars, nil)
	slices.SortStableFunc(out, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return out[:min(mostArguments, len(out))]
}

// String is the term as Coq would read it.
func (t *tree) String() string {
	if len(t.args) == 0 {
		return t.head
	}
	parts := []string{t.head}
	for _, a := range t.args {
		text := a.String()
		if len(a.args) > 0 || a.opaque {
			text = "(" + text + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// fillers are the values and proofs of a goal, those that its conclusion speaks of first.
func (v *view) fillers() []hyp {
	var spoken, others []hyp
	for i, h := range v.hyps {
		switch {
		case h.sort || !isName(h.Name) || i > 20:
		case hasWord(v.goal.Concl, h.Name):
			spoken = append(spoken, h)
		default:
			others = append(others, h)
		}
	}
	return append(spoken, others...)
}

// splits are heads of statements that a proof may be split by.
var splits = map[string]bool{"or": true, "sumbool": true, "sumor": true, "ex": true, "sig": true, "sigT": true, "and": true, "ex2": true}

// isSpec reports whether a head is that of a case analysis made to be used on a term
// of the goal, such as CompareSpec and reflect.
func isSpec(head string) bool {
	return strings.HasSuffix(head, "Spec") || strings.HasSuffix(head, "spec") || strings.HasSuffix(head, "reflect") || strings.HasSuffix(head, "SpecT")
}

// specialised adds the uses of hypotheses that quantify over something for what there is.
func (v *view) specialised(l *list) {
	for i, h := range v.hyps {
		if i >= 10 || h.sort || h.value || h.term.premise == 0 || !isName(h.Name) {
			continue
		}
		fade := 1 / (1 + 0.15*float64(i))
		for j, args := range v.arguments(h.term.bound, nil) {
			w := fade / (1 + 0.3*float64(j))
			use := h.Name + " " + strings.Join(args, " ")
			switch {
			case splits[h.term.head] || isSpec(h.term.head):
				l.add(12*w, "destruct (%s)", use)
			case h.term.head == "iff":
				l.add(4*w, "destruct (%s)", use)
			case isRelation(h.term.head):
				l.add(4*w, "rewrite (%s)", use)
			}
			l.add(3*w, "specialize (%s)", use)
			l.add(1.5*w, "generalize (%s)", use)
		}
	}
}

// analyses adds case analyses by lemmas.
func (v *view) analyses(l *list) {
	goal := parseTree(v.full.Concl)
	for i, p := range v.split {
		w := 14 * (0.4 + p.Score) / math.Sqrt(1+0.4*float64(i))
		if !isSpec(p.term.head) {
			for j, args := range v.arguments(p.term.bound, nil) {
				l.add(w/(1+0.4*float64(j)), "destruct (%s %s)", p.Name, strings.Join(args, " "))
			}
			continue
		}
		last := p.pattern.concl.args
		if len(last) == 0 {
			continue
		}
		n := 0
		goal.within(func(t *tree) bool {
			vars := p.pattern.fresh()
			side := last[len(last)-1]
			if side.opaque || p.pattern.isVar(side) || t.head != side.head || !side.fits(t, vars) {
				return false
			}
			for _, args := range v.arguments(p.term.bound, vars) {
				l.add(1.6*w/(1+0.4*float64(n)), "destruct (%s %s)", p.Name, strings.Join(args, " "))
				break
			}
			n++
			return n >= 3
		})
	}
}

// inductions adds inductions by principles other than the usual one.
func (v *view) inductions(l *list) {
	for _, p := range v.principles {
		h := p.of
		w := 5.0
		if hasWord(v.goal.Concl, h) {
			w = 10
		}
		l.add(w, "induction %s using %s", h, p.name)
		if others := v.dependents(h); others != "" {
			l.add(w/2, "revert %s; induction %s using %s", others, h, p.name)
		}
	}
}

// principle is a lemma by which an induction on a hypothesis can be made.
type principle struct{ name, of string }

// principles looks for principles of induction for the values of a goal.
func (l *Library) principles(ctx context.Context, s *coq.State, v *view) []principle {
	var out []principle
	values := 0
	for _, f := range v.fill {
		if !f.value || values == 3 {
			continue
		}
		values++
		if f.typ.opaque {
			continue
		}
		found := 0
		for _, m := range slices.Concat(l.about(ctx, s, `"ind" `+f.term.head), l.include(ctx, s)) {
			if found < 4 && m.induces(f.typ) {
				out = append(out, principle{m.name, f.Name})
				found++
			}
		}
	}
	return out
}

// induces reports whether a lemma is a principle of induction for a type: for all P
// over it, P of something that is quantified over last.
func (m *lemma) induces(typ *tree) bool {
	name := shortName(m.name)
	for _, usual := range []string{"_ind", "_rect", "_rec", "_sind"} {
		if strings.EqualFold(name, typ.head+usual) {
			return false
		}
	}
	if !strings.Contains(name, "ind") || len(m.term.args) != 1 || !slices.Contains(m.term.binders, m.term.head) {
		return false
	}
	vars := m.pattern.fresh()
	ok := false
	for _, b := range m.term.bound {
		switch b.name {
		case m.term.head:
			ok = strings.Contains(b.typ, "Prop")
		case m.term.args[0]:
			return ok && parseTree(b.typ).fits(typ, vars)
		}
	}
	return false
}
