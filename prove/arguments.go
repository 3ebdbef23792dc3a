package prove

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq"
)

// mostArguments bounds the ways to fill in what a statement quantifies over.
const mostArguments = 5

// arguments are ways to apply a statement to what the goal has: hypotheses of the
// types that it asks for, those that the conclusion speaks of and the nearest first.
// Types are left out, for Coq finds them. Bound are the variables that are known
// already. Premises that no hypothesis is are left open, but ways without them come first.
func (v *view) arguments(binders []binder, bound map[string]*tree) [][]string {
	vars := map[string]*tree{}
	for _, b := range binders {
		if b.name != "_" {
			vars[b.name] = bound[b.name]
		}
	}
	order := v.fillers()
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
		if known := vars[b.name]; b.name != "_" && known != nil {
			text := known.String()
			if strings.Contains(text, " ") {
				text = "(" + text + ")"
			}
			fill(i+1, vars, append(args[:len(args):len(args)], text))
			return
		}
		wanted, found := parseTree(b.typ), false
		for _, h := range order {
			if slices.Contains(args, h.Name) {
				continue
			}
			with := copied(vars)
			if !wanted.fits(parseTree(h.full), with) {
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

func copied(vars map[string]*tree) map[string]*tree {
	out := make(map[string]*tree, len(vars))
	for k, t := range vars {
		out[k] = t
	}
	return out
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

// filler is a hypothesis with its type printed in full.
type filler struct {
	hyp
	full string
	rank int
}

// fillers are the hypotheses, those that the conclusion speaks of first.
func (v *view) fillers() []filler {
	if v.fill != nil {
		return v.fill
	}
	n := len(v.hyps)
	for i, h := range v.hyps {
		if h.sort || !isName(h.Name) || i > 20 {
			continue
		}
		f := filler{hyp: h, full: v.full.Hyps[n-1-i].Type, rank: i}
		if !hasWord(v.goal.Concl, h.Name) {
			f.rank += 100
		}
		v.fill = append(v.fill, f)
	}
	slices.SortStableFunc(v.fill, func(a, b filler) int { return cmp.Compare(a.rank, b.rank) })
	return v.fill
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
	n := len(v.hyps)
	for i, h := range v.hyps {
		if i >= 10 || h.sort || h.value || h.term.premise == 0 || !isName(h.Name) {
			continue
		}
		fade := 1 / (1 + 0.15*float64(i))
		for j, args := range v.arguments(binders(v.full.Hyps[n-1-i].Type), nil) {
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

// binders are what a statement quantifies over, in order.
func binders(statement string) []binder {
	var out []binder
	for {
		list, rest, ok := quantifier(statement)
		if !ok {
			return out
		}
		out, statement = append(out, list...), rest
	}
}

// analyses adds case analyses by lemmas.
func (v *view) analyses(l *list) {
	goal := parseTree(v.full.Concl)
	for i, p := range v.split {
		w := 14 * (0.4 + p.Score) / math.Sqrt(1+0.4*float64(i))
		bs := binders(p.full)
		if !isSpec(p.term.head) {
			for j, args := range v.arguments(bs, nil) {
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
			for _, args := range v.arguments(bs, vars) {
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
	for _, f := range v.fillers() {
		if !f.value || values == 3 {
			continue
		}
		values++
		typ := parseTree(f.full)
		if typ.opaque {
			continue
		}
		word := firstWord(f.full)
		found := 0
		for _, m := range slices.Concat(l.about(ctx, s, `"ind" `+word), l.include(ctx, s)) {
			if found < 4 && m.induces(typ) {
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
	bs := binders(m.full)
	vars := m.pattern.fresh()
	ok := false
	for _, b := range bs {
		switch b.name {
		case m.term.head:
			ok = strings.Contains(b.typ, "Prop")
		case m.term.args[0]:
			return ok && parseTree(b.typ).fits(typ, vars)
		}
	}
	return false
}
