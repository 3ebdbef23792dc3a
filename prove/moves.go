package prove

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Move is a tactic with the weight that it deserves before anything is learnt:
// about how often out of a hundred it is the right one.
type Move struct {
	Tactic string
	Weight float64
}

// list collects moves; a tactic that comes twice keeps its higher weight.
type list struct {
	moves []Move
	place map[string]int
}

func (l *list) add(weight float64, format string, args ...any) {
	tactic := format
	if len(args) > 0 {
		tactic = fmt.Sprintf(format, args...)
	}
	if l.place == nil {
		l.place = map[string]int{}
	}
	if i, seen := l.place[tactic]; seen {
		l.moves[i].Weight = max(l.moves[i].Weight, weight)
		return
	}
	l.place[tactic] = len(l.moves)
	l.moves = append(l.moves, Move{tactic, weight})
}

// sorted are the moves, heaviest first.
func (l *list) sorted() []Move {
	slices.SortStableFunc(l.moves, func(a, b Move) int { return cmp.Compare(b.Weight, a.Weight) })
	return l.moves
}

// view is what the moves are made of.
type view struct {
	goal  proof.Goal
	more  int // goals behind this one, that share variables with it
	full  coq.Full
	concl term
	local map[string]bool
	hyps  []hyp
	near  []Near
	after []Forward
	own   map[string]string // the definitions of the file, by name

	split      []Near // lemmas that a proof may be split by
	principles []principle
	fill       []hyp // what statements may be applied to: the most promising first
}

// hyp is a hypothesis with what can be told of its type.
type hyp struct {
	proof.Hyp
	term  term
	typ   *tree // its type, printed in full
	sort  bool  // a type or a set, or a proposition: not to be analysed by cases
	value bool  // its type is no proposition, as far as one can see
}

func newView(s *coq.State) *view { return viewOf(s.Goals()[0], s.Full()[0], len(s.Goals())-1) }

func viewOf(goal proof.Goal, full coq.Full, more int) *view {
	v := &view{goal: goal, more: more, full: full, local: map[string]bool{}}
	for _, h := range v.full.Hyps {
		v.local[h.Name] = true
	}
	v.concl = analyse(v.full.Concl, v.local)
	for i, h := range v.full.Hyps {
		t := analyse(h.Type, v.local)
		pretty := h
		if i < len(v.goal.Hyps) {
			pretty = v.goal.Hyps[i]
		}
		v.hyps = append(v.hyps, hyp{
			Hyp: pretty, term: t, typ: parseTree(h.Type), sort: isSort(t.concl) || h.Type == "Prop", value: isValue(t),
		})
	}
	slices.Reverse(v.hyps) // the last one is the nearest
	v.fill = v.fillers()
	return v
}

func isSort(concl string) bool {
	return concl == "Set" || concl == "Prop" || strings.HasPrefix(concl, "Type")
}

// propositions are heads of what is never a datum.
var propositions = map[string]bool{
	"eq": true, "not": true, "and": true, "or": true, "iff": true, "ex": true, "ex2": true, "True": true, "False": true,
	"le": true, "lt": true, "ge": true, "gt": true, "In": true, "Forall": true, "Exists": true,
}

// isValue guesses from the look of a type: data have short types in lower case,
// without premises.
func isValue(t term) bool {
	if t.premise > 0 || isSort(t.concl) || propositions[t.head] || strings.Contains(t.head, ".le") ||
		strings.Contains(t.head, ".lt") || strings.Contains(t.head, ".eq") {
		return false
	}
	return len(t.args) <= 2
}

// shape adds what the conclusion asks for.
func (v *view) shape(l *list) {
	c := v.concl
	pretty := v.goal.Concl
	if c.premise > 0 {
		l.add(60, "intros")
		l.add(8, "intro")
		for i, b := range c.binders {
			if i < 5 && len(b) > 0 {
				l.add(22/float64(1+i), "induction %s", b)
				l.add(8/float64(1+i), "destruct %s", b)
			}
		}
		l.add(3, "intros; subst")
		l.add(2, "intros until 1")
		l.add(3, "induction 1")
		l.add(3, "destruct 1")
	}
	switch c.head {
	case "and", "prod":
		l.add(50, "split")
	case "iff":
		l.add(40, "split")
		l.add(14, "split; intros")
	case "or", "sum", "sumbool":
		l.add(18, "left")
		l.add(18, "right")
	case "ex", "sig", "sigT", "ex2":
		l.add(20, "eexists")
		l.add(10, "econstructor")
		for i, h := range v.hyps {
			if h.value && i < 8 {
				l.add(8, "exists %s", h.Name)
			}
		}
		l.add(3, "exists 0")
	case "not":
		l.add(30, "intro")
		l.add(20, "intros H; inversion H")
	case "eq":
		l.add(12, "f_equal")
		l.add(3, "symmetry")
		l.add(3, "apply f_equal")
	case "False":
		l.add(5, "exfalso")
	default:
		l.add(12, "constructor")
		l.add(8, "econstructor")
		l.add(3, "red")
		l.add(4, "split")
		l.add(2, "exists 0")
	}
	if strings.Contains(pretty, "match ") || strings.Contains(pretty, "if ") {
		l.add(4, "simpl")
	}
	l.add(14, "simpl")
	l.add(7, "simpl in *")
	l.add(4, "cbn")
	l.add(4, "subst")
	l.add(6, "intuition")
	if slices.ContainsFunc(v.hyps, func(h hyp) bool { return !h.sort && !h.value }) {
		l.add(2, "exfalso")
	}
	l.add(3, "constructor")
	l.add(2, "econstructor")
	l.add(3, "repeat split")
	l.add(3, "f_equiv")
	l.add(1, "symmetry")
	l.add(2, "simpl; intros")
	l.add(2, "intuition auto with *")
	if eqs := v.simplifiers(); len(eqs) > 1 {
		l.add(14, "rewrite ?%s", strings.Join(eqs, ", ?"))
		l.add(8, "rewrite ?%s by auto", strings.Join(eqs, ", ?"))
	}
	if all := v.unfolding(); len(all) > 1 {
		l.add(9, "rewrite ?%s by auto", strings.Join(all, ", ?"))
	}
	var own []string
	for _, sym := range c.symbols {
		if _, defined := v.own[shortName(sym)]; defined && len(own) < 4 {
			own = append(own, sym)
		}
	}
	if len(own) > 0 {
		l.add(14, "unfold %s", strings.Join(own, ", "))
		l.add(5, "unfold %s in *", strings.Join(own, ", "))
	}
	var plain []string
	for _, sym := range c.symbols {
		if !logical[sym] && len(plain) < 3 {
			plain = append(plain, sym)
		}
	}
	if len(plain) > 1 {
		l.add(5, "unfold %s", strings.Join(plain[:2], ", "))
		l.add(2, "unfold %s", strings.Join(plain, ", "))
		l.add(2, "unfold %s in *", strings.Join(plain, ", "))
	}
	for i, sym := range c.symbols {
		if i < 6 && !logical[sym] {
			w := 9.0 / float64(1+i)
			l.add(w, "unfold %s", sym)
			l.add(w/3, "unfold %s in *", sym)
		}
	}
	if logical[c.head] || c.head == "" {
		return
	}
	l.add(8, "unfold %s", c.head)
	l.add(2, "unfold %s; intros", c.head)
}

// scrutinees are the terms that a goal decides by cases: what stands between
// match or if and its branches, if it can be written outside.
func scrutinees(pretty string) []string {
	var out []string
	for _, open := range []struct{ from, to string }{{"if ", " then"}, {"match ", " with"}} {
		rest := pretty
		for len(out) < 4 {
			i := strings.Index(rest, open.from)
			if i < 0 {
				break
			}
			rest = rest[i+len(open.from):]
			j := strings.Index(rest, open.to)
			if j < 0 {
				break
			}
			term := rest[:j]
			if k := strings.Index(term, " as "); k > 0 {
				term = term[:k]
			}
			if !strings.Contains(term, "match ") && !strings.Contains(term, "if ") && len(term) < 80 && !slices.Contains(out, term) {
				out = append(out, term)
			}
		}
	}
	return out
}

// shared adds what may end a goal that shares variables with others: nothing is
// tried there beforehand, for it may be ended in a wrong way.
func (v *view) shared(l *list) {
	if v.more == 0 {
		return
	}
	l.add(30, "eassumption")
	l.add(24, "solve [eauto]")
	l.add(14, "reflexivity")
	l.add(12, "solve [auto]")
	var names []string
	for _, p := range v.near {
		if len(names) < 5 {
			names = append(names, p.Name)
		}
	}
	if len(names) > 0 {
		l.add(20, "solve [eauto 3 using %s]", strings.Join(names, ", "))
	}
}

// pattern is how a conjunction or an existence is taken apart in one go; a single
// question mark for anything else.
func (v *view) pattern(t term, depth int) string {
	if depth > 4 || t.premise > 0 {
		return "?"
	}
	part := func(i int) string {
		text := t.args[i]
		if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
			text = text[1 : len(text)-1]
		}
		return v.pattern(analyse(text, v.local), depth+1)
	}
	switch {
	case (t.head == "and" || t.head == "prod") && len(t.args) == 2:
		return "[" + part(0) + " " + part(1) + "]"
	case (t.head == "ex" || t.head == "sig" || t.head == "sigT") && len(t.args) == 2:
		inner := "?"
		if _, body, ok := strings.Cut(t.args[1], " => "); ok && strings.HasSuffix(body, ")") {
			inner = v.pattern(analyse(body[:len(body)-1], v.local), depth+1)
		}
		return "[? " + inner + "]"
	}
	return "?"
}

// together adds what is done to all hypotheses at once.
func (v *view) together(l *list) {
	var apart, equations, values []string
	for i, h := range v.hyps {
		if i >= 16 || h.sort || h.value || !isName(h.Name) {
			continue
		}
		if p := v.pattern(h.term, 0); p != "?" {
			apart = append(apart, h.Name+" as "+p)
		}
		if n := len(h.term.args); h.term.premise == 0 && n >= 2 && isRelation(h.term.head) && len(equations) < 4 {
			equations = append(equations, h.Name)
			if left := h.term.args[n-2]; v.local[left] && hasWord(v.goal.Concl, left) {
				values = append(values, h.Name)
			}
		}
	}
	if len(apart) > 0 {
		l.add(32, "destruct %s", strings.Join(apart, ", "))
	}
	if len(values) > 0 {
		l.add(30, "rewrite %s", strings.Join(values, ", "))
	}
	if len(equations) > 1 {
		l.add(9, "rewrite %s", strings.Join(equations, ", "))
		l.add(4, "rewrite <- %s", strings.Join(equations, ", <- "))
	}
}

// isRelation reports whether a head is an equality, as far as its name tells.
func isRelation(head string) bool {
	return head == "eq" || head == "iff" || strings.HasSuffix(head, "eq") || strings.HasSuffix(head, "equiv")
}

// context adds what the hypotheses offer.
func (v *view) context(l *list) {
	v.shared(l)
	v.together(l)
	for _, t := range scrutinees(v.goal.Concl) {
		l.add(22, "destruct (%s) eqn:?", t)
		l.add(10, "destruct (%s)", t)
	}
	for i, h := range v.hyps {
		if i < 12 {
			for _, t := range scrutinees(h.Type) {
				l.add(9, "destruct (%s) eqn:?", t)
			}
		}
	}
	mentioned := func(name string) bool { return hasWord(v.goal.Concl, name) }
	for i, h := range v.hyps {
		if i >= 16 || h.sort || !isName(h.Name) {
			continue
		}
		fade := 1 / (1 + 0.15*float64(i))
		if h.value {
			w := 0.4
			if mentioned(h.Name) {
				w = 1
			}
			l.add(14*w*fade, "induction %s", h.Name)
			l.add(9*w*fade, "destruct %s", h.Name)
			if others := v.dependents(h.Name); others != "" {
				l.add(6*w*fade, "revert %s; induction %s", others, h.Name)
			}
			l.add(1.5*w*fade, "case_eq %s", h.Name)
			continue
		}
		v.hypothesis(l, h, fade)
	}
}

// dependents are the variables and hypotheses that an induction on a variable
// should not fix: all values but itself that the goal speaks of, and what
// speaks of them.
func (v *view) dependents(name string) string {
	var out []string
	for _, h := range v.hyps { // nearest first: it is what can be reverted first
		if h.Name == name || h.sort {
			continue
		}
		if h.value && hasWord(v.goal.Concl, h.Name) {
			out = append(out, h.Name)
			continue
		}
		if !h.value && hasWord(h.Type, name) {
			continue // induction takes it along
		}
		if !h.value && slices.ContainsFunc(out, func(n string) bool { return hasWord(h.Type, n) }) {
			out = append(out, h.Name)
		}
	}
	slices.Reverse(out)
	if len(out) > 4 || len(out) == 0 {
		return ""
	}
	return strings.Join(out, " ")
}

func (v *view) hypothesis(l *list, h hyp, fade float64) {
	t := h.term
	n := h.Name
	if left, right, ok := t.equation(); ok && t.premise == 0 {
		if v.local[left] && hasWord(right, left) {
			l.add(14*fade, "rewrite %s at 1", n)
		}
		if strings.HasPrefix(n, "IH") {
			l.add(16*fade, "simpl; rewrite %s; auto", n)
		}
		l.add(14*fade, "rewrite %s", n)
		l.add(7*fade, "rewrite <- %s", n)
		l.add(5*fade, "inversion %s", n)
		l.add(6*fade, "injection %s; intros", n)
		l.add(3*fade, "rewrite %s in *", n)
		if v.local[left] {
			l.add(6*fade, "subst")
		}
		v.into(l, h, fade)
		return
	}
	switch {
	case t.head == "and" && t.premise == 0, t.head == "ex" && t.premise == 0, t.head == "iff" && t.premise == 0,
		t.head == "sig" && t.premise == 0, t.head == "prod" && t.premise == 0, t.head == "sigT" && t.premise == 0, t.head == "ex2" && t.premise == 0:
		l.add(28*fade, "destruct %s", n)
	case t.head == "or" && t.premise == 0, t.head == "sumbool" && t.premise == 0, t.head == "sumor" && t.premise == 0:
		l.add(24*fade, "destruct %s", n)
	case t.premise > 0:
		l.add(14*fade, "apply %s", n)
		l.add(7*fade, "eapply %s", n)
		if isRelation(t.head) {
			if strings.HasPrefix(n, "IH") {
				l.add(14*fade, "simpl; rewrite %s; auto", n)
			}
			l.add(12*fade, "rewrite %s", n)
			l.add(6*fade, "rewrite <- %s", n)
		}
		if t.head == "and" || t.head == "or" || t.head == "ex" || t.head == "iff" {
			l.add(4*fade, "edestruct %s", n)
		}
		l.add(2*fade, "destruct %s", n)
		v.into(l, h, fade)
	case t.head == "not":
		l.add(8*fade, "elim %s", n)
		l.add(5*fade, "destruct %s", n)
		l.add(4*fade, "contradict %s", n)
	case t.head == "False":
		l.add(100, "destruct %s", n)
	default:
		l.add(7*fade, "inversion %s", n)
		l.add(7*fade, "inversion %s; subst", n)
		l.add(9*fade, "induction %s", n)
		l.add(7*fade, "destruct %s", n)
		l.add(4*fade, "inversion_clear %s", n)
		l.add(5*fade, "apply %s", n)
		l.add(3*fade, "rewrite %s", n)
		if !logical[t.head] {
			l.add(4*fade, "unfold %s in %s", t.head, n)
			l.add(2*fade, "red in %s", n)
		}
		l.add(3*fade, "simpl in %s", n)
	}
}

// into adds the use of one hypothesis in another one.
func (v *view) into(l *list, h hyp, fade float64) {
	for j, g := range v.hyps {
		if j >= 8 || g.Name == h.Name || g.sort || g.value {
			continue
		}
		if h.term.head == "eq" {
			l.add(2.5*fade/float64(1+j), "rewrite %s in %s", h.Name, g.Name)
			continue
		}
		l.add(3*fade/float64(1+j), "apply %s in %s", h.Name, g.Name)
	}
}

func hasWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		begin, end := at+i, at+i+len(word)
		if (begin == 0 || !wordByte(text[begin-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		at = end
	}
}

func wordByte(b byte) bool {
	return b == '_' || b == '\'' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
