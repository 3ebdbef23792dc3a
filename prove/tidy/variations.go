package tidy

import (
	"slices"
	"strconv"
	"strings"
)

// prefix is the number of tokens in front of a tactic that say how it is run.
func (l lexed) prefix() int {
	n := 0
	switch {
	case l.is(0, "try", "repeat", "progress", "now", "once", "unshelve", "all_goals", "any_goals"):
		n = 1
	case l.is(0, "intuition", "firstorder") && len(l.toks) > 1 && l.toks[1].kind == word && !l.is(1, "with", "using"):
		n = 1
	case l.is(0, "do", "timeout"):
		n = 2
	}
	if n >= len(l.toks) {
		return 0
	}
	return n
}

// without returns the text without the tokens from to to (not included).
func (l lexed) without(from, to int) string {
	if from >= to || from >= len(l.toks) {
		return l.s
	}
	return l.s[:l.toks[from].from] + " " + l.s[l.toks[to-1].to:]
}

// variations are ways to write a single tactic shorter.
var variations = []func(lexed) []string{
	weaker, everywhere, depth, usingLess, withLess, fewerItems, bareTerms, fewerNames, unnamedEquation, fewerLemmas,
}

// weaker lists tactics that do less than the one at the head and may be enough.
func weaker(l lexed) []string {
	head := l.head()
	if head == "" {
		return nil
	}
	rest := l.s[l.toks[0].to:]
	var out []string
	if plain, ok := plainer[head]; ok {
		out = append(out, plain+rest)
	}
	switch head {
	case "intuition":
		out = append(out, "auto", "tauto", head)
	case "firstorder":
		out = append(out, "auto", "eauto", "tauto", head)
	case "tauto", "congruence", "easy":
		out = append(out, "auto")
	case "nia", "nra", "psatz":
		out = append(out, "lia", "lra")
	case "simp_all":
		out = append(out, "simp")
	}
	return out
}

// plainer are tactics without the powers that existential variables need, and
// tactics with shorter cousins.
var plainer = map[string]string{
	"eapply": "apply", "eauto": "auto", "eassumption": "assumption", "econstructor": "constructor",
	"edestruct": "destruct", "einduction": "induction", "eexact": "exact", "erewrite": "rewrite",
	"eassert": "assert", "especialize": "specialize", "eleft": "left", "eright": "right", "esplit": "split",
	"einversion": "inversion", "ecase": "case", "eelim": "elim", "epose": "pose", "eset": "set",
	"inversion_clear": "inversion", "setoid_rewrite": "rewrite", "rwa": "rw",
}

// everywhere drops or narrows the clause that says where a tactic works.
func everywhere(l lexed) []string {
	n := len(l.toks)
	switch {
	case n > 2 && l.is(n-2, "in", "at") && l.is(n-1, "*"):
		return []string{l.without(n-2, n)}
	case n > 4 && l.is(n-2, "|-") && l.is(n-1, "*"):
		out := []string{l.without(n-2, n)}
		if in := l.outside("in"); len(in) > 0 {
			out = append(out, l.without(in[len(in)-1], n))
		}
		return out
	}
	return nil
}

// depth lowers the number that an automatic tactic is given.
func depth(l lexed) []string {
	if !l.is(0, automatic...) || len(l.toks) < 2 || l.toks[1].kind != number {
		return nil
	}
	n, err := strconv.Atoi(l.at(1))
	if err != nil {
		return nil
	}
	out := []string{l.without(1, 2)}
	for k := 1; k < min(n, 20); k++ {
		out = append(out, l.s[:l.toks[1].from]+strconv.Itoa(k)+l.s[l.toks[1].to:])
	}
	return out
}

// usingLess drops lemmas of "using a, b, c".
func usingLess(l lexed) []string {
	using := l.outside("using")
	if len(using) != 1 || !l.is(0, append(automatic, "intuition", "trivial")...) {
		return nil
	}
	to := len(l.toks)
	for _, i := range l.outside("with") {
		if i > using[0] {
			to = min(to, i)
		}
	}
	return append([]string{l.without(using[0], to)}, l.lessOf(using[0]+1, to, ",")...)
}

// withLess drops the hint databases of "with a b".
func withLess(l lexed) []string {
	with := l.outside("with")
	if len(with) != 1 || !l.is(0, append(automatic, "trivial", "intuition")...) {
		return nil
	}
	out := []string{l.without(with[0], len(l.toks))}
	for i := with[0] + 1; len(l.toks)-with[0] > 2 && i < len(l.toks); i++ {
		out = append(out, l.without(i, i+1))
	}
	return out
}

// lessOf drops one of the items between two tokens that are separated by sep.
func (l lexed) lessOf(from, to int, sep string) []string {
	var seps []int
	for _, i := range l.outside(sep) {
		if i >= from && i < to {
			seps = append(seps, i)
		}
	}
	if len(seps) == 0 {
		return nil
	}
	out := []string{l.without(from, seps[0]+1)}
	for k, i := range seps {
		end := to
		if k+1 < len(seps) {
			end = seps[k+1]
		}
		out = append(out, l.without(i, end))
	}
	return out
}

// fewerItems drops one of the items of "rewrite a, b in H" and the like.
func fewerItems(l lexed) []string {
	if !l.is(0, listed...) {
		return nil
	}
	to := l.clause()
	out := l.lessOf(1, to, ",")
	if l.is(to, "in") {
		out = append(out, l.lessOf(to+1, len(l.toks), ",")...)
	}
	return out
}

// listed are the tactics that take items separated by commas.
var listed = []string{"rewrite", "erewrite", "setoid_rewrite", "unfold", "simpl", "cbn", "fold", "exists", "apply", "eapply", "rewrite_strat"}

// clause is the token where "in H" or "by tac" begins, or the end.
func (l lexed) clause() int {
	to := len(l.toks)
	for _, i := range l.outside("in", "by", "at") {
		to = min(to, i)
	}
	return to
}

// bareTerms puts f for (f a b), and drops how often and with what a lemma is used.
func bareTerms(l lexed) []string {
	if !l.is(0, "apply", "eapply", "rewrite", "erewrite", "setoid_rewrite", "destruct", "specialize", "elim") {
		return nil
	}
	var out []string
	for i := 1; i < l.clause(); i++ {
		switch {
		case l.is(i, "(") && l.is(i-1, l.at(0), ",", "!", "?", "->", "<-"):
			end := l.match(i)
			if end > i+2 && l.toks[i+1].kind == word {
				out = append(out, l.s[:l.toks[i].from]+l.at(i+1)+l.s[l.toks[end].to:])
			}
		case l.is(i, "!", "?", "->") && l.is(i-1, l.at(0), ","):
			out = append(out, l.without(i, i+1))
		}
	}
	if with := l.outside("with"); len(with) == 1 {
		out = append(out, l.without(with[0], max(l.clause(), with[0]+1)))
	}
	return out
}

// fewerNames drops one of the names in a row after the head.
func fewerNames(l lexed) []string {
	if !l.is(0, "intros", "clear", "revert", "subst") {
		return nil
	}
	var out []string
	for i := 1; i < len(l.toks); i++ {
		end := i + 1
		if l.opens(i) {
			if end = l.match(i) + 1; end == 0 {
				return out
			}
		}
		if len(l.toks) > end || i > 1 {
			out = append(out, l.without(i, end))
		}
		i = end - 1
	}
	return out
}

// unnamedEquation drops "eqn:E".
func unnamedEquation(l lexed) []string {
	for _, i := range l.outside("eqn") {
		if l.is(i+1, ":") && i+2 < len(l.toks) {
			return []string{l.without(i, i+3)}
		}
	}
	return nil
}

// fewerLemmas drops lemmas of "simp [a, b]", as Lean writes them.
func fewerLemmas(l lexed) []string {
	at := slices.IndexFunc(l.toks, func(t token) bool { return l.s[t.from:t.to] == "[" })
	if at < 1 || !l.is(0, "simp", "simp_all", "rw", "rwa", "nlinarith", "linarith", "norm_num", "field_simp", "simpa", "aesop") {
		return nil
	}
	end := l.match(at)
	if end < 0 {
		return nil
	}
	inner := lex(l.s[l.toks[at].to:l.toks[end].from])
	out := []string{l.without(at, end+1)}
	for _, s := range inner.lessOf(0, len(inner.toks), ",") {
		out = append(out, l.s[:l.toks[at].to]+strings.TrimSpace(s)+l.s[l.toks[end].from:])
	}
	return out
}
