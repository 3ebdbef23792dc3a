package tidy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// joined lists single tactics that may do what one does after the other.
func joined(a, b string) []string {
	x, y := lex(a), lex(b)
	if len(x.toks) == 0 || len(y.toks) == 0 {
		return nil
	}
	var out []string
	for _, join := range []func(x, y lexed) []string{joinNames, joinItems, joinPattern, joinLemmas} {
		for _, s := range join(x, y) {
			if s = squeeze(s); utf8.RuneCountInString(s) <= mostWide {
				out = append(out, s)
			}
		}
	}
	return out
}

// joinNames merges "intros x" and "intros y", "clear x" and "clear y".
func joinNames(x, y lexed) []string {
	heads := []string{"intro", "intros"}
	if x.is(0, "clear", "revert") {
		heads = []string{x.at(0)}
	}
	if !x.is(0, heads...) || !y.is(0, heads...) || len(x.toks) < 2 || len(y.toks) < 2 ||
		len(x.outside(";", "<;>"))+len(y.outside(";", "<;>")) > 0 {
		return nil
	}
	names, more := x.s[x.toks[1].from:], y.s[y.toks[1].from:]
	switch x.at(0) {
	case "clear":
		return []string{"clear " + names + " " + more}
	case "revert": // the last one reverted comes first in the goal
		return []string{"revert " + more + " " + names, "revert " + names + " " + more}
	}
	return []string{"intros " + names + " " + more, "intro " + names + " " + more}
}

// joinItems merges "rewrite a in H" and "rewrite b in H", "unfold a" and
// "unfold b", "simpl in H" and "simpl in K".
func joinItems(x, y lexed) []string {
	if x.head() != y.head() || !x.is(0, listed...) || len(x.outside(";", "<;>"))+len(y.outside(";", "<;>")) > 0 {
		return nil
	}
	cx, cy := x.clause(), y.clause()
	if len(x.toks) == 1 || len(y.toks) == 1 {
		return nil
	}
	itemsX, whereX := x.s[x.toks[1].from:x.endOf(cx)], x.s[x.endOf(cx):]
	itemsY, whereY := y.s[y.toks[1].from:y.endOf(cy)], y.s[y.endOf(cy):]
	switch {
	case cx > 1 && cy > 1 && squeeze(whereX) == squeeze(whereY):
		return []string{x.at(0) + " " + itemsX + ", " + itemsY + " " + whereX}
	case x.is(cx, "in") && y.is(cy, "in") && squeeze(itemsX) == squeeze(itemsY) && x.is(0, "simpl", "cbn", "unfold"):
		return []string{x.s + ", " + y.s[y.toks[cy].to:]}
	}
	return nil
}

// endOf is where the token before i ends in the text, but not before the first.
func (l lexed) endOf(i int) int {
	if i < 2 {
		return l.toks[1].from
	}
	return l.toks[i-1].to
}

// joinPattern puts the pattern of "destruct H as P" in the place of H, where
// "intros … H" or "destruct … as [H K]" has just named it.
func joinPattern(x, y lexed) []string {
	from := 1
	if x.is(0, "destruct", "induction", "inversion_clear") {
		as := x.outside("as")
		if len(as) != 1 {
			return nil
		}
		from = as[0] + 1
	} else if !x.is(0, "intro", "intros") {
		return nil
	}
	if !y.is(0, "destruct") || !y.is(2, "as") || !y.is(3, "[", "(") || y.match(3) != len(y.toks)-1 ||
		y.toks[1].kind != word || len(x.outside(";", "<;>", "eqn")) > 0 {
		return nil
	}
	head := "intros"
	if from > 1 {
		head = x.at(0)
	}
	for i := from; i < len(x.toks); i++ {
		if x.is(i, y.at(1)) {
			return []string{head + x.s[x.toks[0].to:x.toks[i].from] + y.s[y.toks[3].from:] + x.s[x.toks[i].to:]}
		}
	}
	return nil
}

// joinLemmas merges "rw [a]" and "rw [b]", as Lean writes them.
func joinLemmas(x, y lexed) []string {
	if !x.is(0, "rw", "simp", "simp_rw") || x.head() != y.head() || !x.is(1, "[") || !y.is(1, "[") {
		return nil
	}
	endX, endY := x.match(1), y.match(1)
	if endX < 0 || endY < 0 || squeeze(x.s[x.toks[endX].to:]) != squeeze(y.s[y.toks[endY].to:]) {
		return nil
	}
	return []string{x.s[:x.toks[endX].from] + ", " + y.s[y.toks[1].to:]}
}

// closers are the tactics that end the most goals that a node leaves, by
// themselves, the most frequent first. Where the goals can't be proved apart it
// is the tactic that is used on the first.
func closers(n *node) []string {
	if n.together {
		return []string{n.next[0].tactic}
	}
	count := map[string]int{}
	var found []string
	for _, c := range n.next {
		if len(c.next) > 0 {
			continue
		}
		if count[c.tactic]++; count[c.tactic] == 1 {
			found = append(found, c.tactic)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return count[b] - count[a] })
	return found[:min(len(found), 4)]
}

// thens lists ways to run a closer on all that a tactic leaves.
func thens(tactic, then, closer string) []string {
	tactic, closer = sentence(tactic), sentence(closer)
	if lex(tactic).swallows() {
		tactic = "(" + tactic + ")"
	}
	if l := lex(closer); l.swallows() || slices.ContainsFunc(l.outside(";", "<;>"), func(i int) bool { return l.is(i+1, "[", "[>") }) {
		closer = "(" + closer + ")"
	}
	sep := " " + then + " "
	if then == ";" {
		sep = "; "
	}
	out := []string{tactic + sep + closer}
	if len(lex(closer).outside(";", "<;>")) == 0 && !strings.HasPrefix(closer, "try ") {
		out = append(out, tactic+sep+"try "+closer)
	}
	return out
}

// swallows reports whether what follows a ; after the text would become a part
// of it.
func (l lexed) swallows() bool {
	for i := range l.toks {
		begins := i == 0 || l.is(i-1, ";", "<;>", "try", "repeat", "do", "progress")
		if begins && l.is(i, "now", "intuition", "firstorder", "let", "fun", "match", "lazymatch", "multimatch", "easy", "solve_constraints") {
			return true
		}
	}
	return false
}
