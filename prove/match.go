package prove

import (
	"slices"
	"strings"
)

// tree is a term as Set Printing All prints it: a head with arguments. What binds
// variables (fun, forall, match, fix, let) is a head by itself, as text.
type tree struct {
	head   string // without @, as shortName calls it
	args   []*tree
	opaque bool
}

// parseTree reads a term. It never fails: what it can't read is opaque.
func parseTree(s string) *tree { return treeOf(strings.TrimSpace(s), 0) }

const deepest = 200

func treeOf(s string, depth int) *tree {
	for inner, ok := unwrapped(s); ok; inner, ok = unwrapped(s) {
		s = inner
	}
	if depth > deepest || binds(s) {
		return &tree{head: s, opaque: true}
	}
	parts := application(s)
	if len(parts) == 0 {
		return &tree{head: s, opaque: true}
	}
	t := treeOfPart(parts[0], depth)
	for _, p := range parts[1:] {
		if p == ":" || p == "->" || p == "=>" {
			return &tree{head: s, opaque: true} // a cast, or a notation that is no application
		}
		t.args = append(t.args, treeOf(p, depth+1))
	}
	return t
}

// treeOfPart reads what stands at the head of an application.
func treeOfPart(s string, depth int) *tree {
	if strings.HasPrefix(s, "(") {
		return treeOf(s, depth+1)
	}
	return &tree{head: shortName(strings.TrimPrefix(s, "@"))}
}

// unwrapped takes one pair of parentheses around a whole term off.
func unwrapped(s string) (string, bool) {
	if len(s) < 2 || s[0] != '(' || s[len(s)-1] != ')' {
		return s, false
	}
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 && i < len(s)-1 {
				return s, false
			}
		}
	}
	return strings.TrimSpace(s[1 : len(s)-1]), depth == 0
}

func binds(s string) bool {
	for _, w := range []string{"fun ", "forall ", "match ", "fix ", "cofix ", "let ", "if "} {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// same reports whether two terms are the same text.
func (t *tree) same(o *tree) bool {
	if t.head != o.head || len(t.args) != len(o.args) {
		return false
	}
	for i := range t.args {
		if !t.args[i].same(o.args[i]) {
			return false
		}
	}
	return true
}

// fits reports whether a term is an instance of the pattern t, whose variables are
// the keys of vars; their values become what they stand for. It is a quick look, not
// unification: types in equations, and whatever binds variables, fit anything.
func (t *tree) fits(term *tree, vars map[string]*tree) bool {
	if bound, isVar := vars[t.head]; isVar && !t.opaque {
		if len(t.args) > 0 {
			return true
		}
		if bound == nil {
			vars[t.head] = term
			return true
		}
		return bound.same(term)
	}
	if t.opaque || term.opaque {
		return t.opaque && term.opaque || t.opaque && t.hasAny(vars)
	}
	if t.head != term.head || len(t.args) != len(term.args) {
		return false
	}
	for i := range t.args {
		if i == 0 && t.head == "eq" && len(t.args) == 3 {
			continue
		}
		if !t.args[i].fits(term.args[i], vars) {
			return false
		}
	}
	return true
}

// hasAny reports whether one of the variables occurs in an opaque term.
func (t *tree) hasAny(vars map[string]*tree) bool {
	for v := range vars {
		if hasWord(t.head, v) {
			return true
		}
	}
	return false
}

// within calls each for a term and all terms in it, the outermost first, until it
// returns true.
func (t *tree) within(each func(*tree) bool) bool {
	if each(t) {
		return true
	}
	for _, a := range t.args {
		if a.within(each) {
			return true
		}
	}
	return false
}

// pattern is what a lemma says, ready to be compared with goals.
type pattern struct {
	concl       *tree
	left, right *tree // of a relation, else nil
	needs       []*tree
	vars        []string
}

func patternOf(t term) pattern {
	p := pattern{concl: parseTree(t.concl), vars: t.binders}
	if n := len(p.concl.args); n >= 2 && !p.concl.opaque && isRelation(p.concl.head) {
		p.left, p.right = p.concl.args[n-2], p.concl.args[n-1]
	}
	for _, n := range t.needs {
		p.needs = append(p.needs, parseTree(n))
	}
	return p
}

func (p pattern) fresh() map[string]*tree {
	vars := make(map[string]*tree, len(p.vars))
	for _, v := range p.vars {
		vars[v] = nil
	}
	return vars
}

// isVar reports whether a side of the lemma is but a variable.
func (p pattern) isVar(side *tree) bool { return slices.Contains(p.vars, side.head) }

// fit says how a lemma may be used on a goal.
type fit struct {
	whole       bool   // its conclusion is the goal's
	left, right bool   // it rewrites something in it, from left to right or back
	free        string // a variable that the goal does not determine, if it is the only one
}

// fitOf compares a lemma with a goal whose heads are given.
func (p pattern) fitOf(goal *tree, heads map[string]bool) fit {
	var f fit
	sides := []*tree{p.concl}
	if p.concl.head == "iff" && p.left != nil {
		sides = append(sides, p.left, p.right)
	}
	for _, side := range sides {
		if side.opaque || p.isVar(side) || side.head != goal.head {
			continue // most of them: a map is made for the others only
		}
		vars := p.fresh()
		if !side.fits(goal, vars) {
			continue
		}
		f.whole = true
		var free []string
		for _, v := range p.vars {
			if vars[v] == nil {
				free = append(free, v)
			}
		}
		if len(free) == 1 && len(p.needs) > 0 {
			f.free = free[0]
		}
		break
	}
	if p.left == nil {
		return f
	}
	f.left, f.right = p.rewrites(p.left, goal, heads), p.rewrites(p.right, goal, heads)
	return f
}

// rewrites reports whether a side fits something in a term whose heads are given.
func (p pattern) rewrites(side, in *tree, heads map[string]bool) bool {
	if side == nil || side.opaque || p.isVar(side) || !heads[side.head] {
		return false
	}
	return in.within(func(t *tree) bool { return t.head == side.head && side.fits(t, p.fresh()) })
}

// needsThis reports whether a premise of the lemma fits a hypothesis.
func (p pattern) needsThis(hyp *tree) bool {
	return slices.ContainsFunc(p.needs, func(n *tree) bool {
		return !n.opaque && !p.isVar(n) && n.head == hyp.head && n.fits(hyp, p.fresh())
	})
}

// strange is the number of constants in a term that are not among some heads, nor
// variables of the lemma.
func (p pattern) strange(t *tree, heads map[string]bool) (n int) {
	t.within(func(t *tree) bool {
		if !t.opaque && !heads[t.head] && !slices.Contains(p.vars, t.head) {
			n++
		}
		return false
	})
	return n
}

// size is the number of terms in a term.
func (t *tree) size() (n int) {
	t.within(func(*tree) bool { n++; return false })
	return n
}

// headsOf are the heads of all terms within a term.
func headsOf(t *tree) map[string]bool {
	heads := map[string]bool{}
	t.within(func(t *tree) bool {
		heads[t.head] = true
		return false
	})
	return heads
}

// loops reports whether a lemma, used from left to right again and again, might never
// end: its right side has something in it that its left side fits again, or its left
// side is but a variable.
func (p pattern) loops() bool {
	if p.left == nil || p.left.opaque || p.isVar(p.left) {
		return true
	}
	return p.right.within(func(t *tree) bool {
		return p.left.fits(t, p.fresh()) || t.opaque && hasWord(t.head, p.left.head)
	})
}
