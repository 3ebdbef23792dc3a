package prove

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove/tidy"
)

// Habits are the proofs that stand in the file before the lemma: who wrote them
// is likely to go on in the same way (as Tactician does with k nearest
// neighbours, Blaauwbroek et al. 2020).
type Habits struct {
	proofs  []habit
	idf     map[string]float64
	endings []string // tactics that proofs of the file end with, the most frequent first
}

type habit struct {
	words   wordSet // of the statement
	tactics []string
	pieces  [][]string // of each tactic
}

// wordSet is a set of words. Sums over it go in order, for sums of floats depend
// on it.
type wordSet struct {
	has   map[string]bool
	order []string
}

func wordsOf(text string) wordSet {
	s := wordSet{has: map[string]bool{}, order: vernac.Idents(text)}
	slices.Sort(s.order)
	s.order = slices.Compact(s.order)
	for _, w := range s.order {
		s.has[w] = true
	}
	return s
}

// Earlier is a lemma that stands before the one to be proved.
type Earlier struct {
	Name      string
	Statement string
	Tactics   []string
}

// NewHabits takes the earlier lemmas of a file, in order. Where a proof names
// its own lemma, as those do that call a tactic on it, the name becomes that of
// the theorem.
func NewHabits(theorem string, earlier []Earlier) *Habits {
	h := &Habits{idf: map[string]float64{}}
	for _, e := range earlier {
		p := habit{words: wordsOf(e.Statement)}
		for _, w := range p.words.order {
			h.idf[w]++
		}
		for _, t := range e.Tactics {
			t = tidy.Rename(t, map[string]string{e.Name: theorem})
			p.tactics, p.pieces = append(p.tactics, t), append(p.pieces, pieces(t))
		}
		h.proofs = append(h.proofs, p)
	}
	h.endings = endingsOf(earlier)
	for w, n := range h.idf {
		h.idf[w] = math.Log(1 + float64(len(h.proofs))/n)
	}
	return h
}

// propose adds the tactics of the proofs of the lemmas that are most like the
// goal. What followed the last step there gets more.
func (h *Habits) propose(v *view, path env.Path, l *list) {
	words := wordsOf(v.goal.Concl)
	type near struct {
		score float64
		i     int
	}
	var all []near
	for i, p := range h.proofs {
		s := h.like(words, p.words)
		s += 0.25 * float64(i+1) / float64(len(h.proofs)+1) // the latest are nearest
		all = append(all, near{s, i})
	}
	slices.SortFunc(all, func(a, b near) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.i, a.i)) })
	last := ""
	if len(path) > 0 {
		last = path[len(path)-1].Action
	}
	for rank, n := range all[:min(24, len(all))] {
		w := 26 * n.score / (1 + 0.15*float64(rank))
		p := h.proofs[n.i]
		for j, t := range p.tactics {
			if j >= 24 {
				break
			}
			switch {
			case j == 0 && len(path) == 0, j > 0 && p.tactics[j-1] == last:
				l.add(w*1.5, "%s", t)
			default:
				l.add(w*0.5/(1+0.1*float64(j)), "%s", t)
			}
			for _, piece := range p.pieces[j] {
				if piece != t {
					l.add(w*0.3, "%s", piece)
				}
				for i, other := range v.adapted(piece) {
					l.add(w*0.4/float64(1+i), "%s", other)
				}
				v.uses(l, piece, w*0.35)
			}
		}
	}
}

// mostEndings is how many of a file's own last tactics are tried on each goal.
const mostEndings = 5

// endingsOf are the tactics without names of their own that proofs like to end
// with.
func endingsOf(earlier []Earlier) []string {
	count := map[string]float64{}
	for i, e := range earlier {
		if len(e.Tactics) == 0 {
			continue
		}
		seen := map[string]bool{}
		for _, t := range e.Tactics {
			all := pieces(t)
			last := strings.TrimPrefix(strings.TrimPrefix(all[len(all)-1], "now "), "try ")
			if !usual[last] && len(strings.Fields(last)) <= 3 && !strings.ContainsAny(last, "[]{}") && !seen[last] && len(last) > 2 {
				seen[last] = true
				count[last] += 1 + float64(i)/float64(len(earlier)) // the latest count double
			}
		}
	}
	var out []string
	for t, n := range count {
		if n >= 2.5 {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	return out[:min(mostEndings, len(out))]
}

// usual are tactics that are tried anyway, or that end nothing.
var usual = map[string]bool{
	"auto": true, "easy": true, "trivial": true, "reflexivity": true, "assumption": true, "congruence": true, "lia": true,
	"intros": true, "split": true, "simpl": true, "intro": true, "left": true, "right": true, "constructor": true,
	"discriminate": true, "subst": true, "ring": true, "simpl in *": true, "symmetry": true, "red": true, "idtac": true,
	"auto with *": true, "intuition": true, "firstorder": true, "eauto": true, "f_equal": true, "contradiction": true,
}

// pieces splits a tactic at its semicolons.
func pieces(t string) []string {
	var out []string
	depth, begin := 0, 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ';':
			if depth == 0 {
				out = append(out, strings.TrimSpace(t[begin:i]))
				begin = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(t[begin:]))
}

// uses adds the single lemmas that a tactic of an earlier proof names.
func (v *view) uses(l *list, piece string, w float64) {
	piece = strings.TrimPrefix(strings.TrimPrefix(piece, "now "), "try ")
	verb, rest, ok := strings.Cut(piece, " ")
	if !ok {
		return
	}
	switch verb {
	case "rewrite", "erewrite", "setoid_rewrite":
		rest, _, _ = strings.Cut(rest, " by ")
		for _, part := range strings.Split(rest, ",") {
			name := lemmaOf(part)
			if name == "" || v.local[name] {
				continue
			}
			l.add(w, "rewrite %s", name)
			l.add(w*0.6, "rewrite <- %s", name)
		}
	case "apply", "eapply", "exact", "refine", "elim", "case", "generalize", "pose":
		name := lemmaOf(rest)
		if name == "" || v.local[name] {
			return
		}
		l.add(w, "apply %s", name)
		l.add(w*0.6, "eapply %s", name)
	case "destruct", "edestruct", "case_eq", "assert":
		name := lemmaOf(rest)
		if name == "" || v.local[name] || !strings.HasPrefix(strings.TrimSpace(rest), "(") {
			return
		}
		v.cases(l, name, w)
	}
}

// adapted are variants of a short tactic for the hypotheses of this goal: where
// the only name that looks like one of a hypothesis is unknown here.
func (v *view) adapted(piece string) []string {
	if len(piece) > 40 {
		return nil
	}
	name := ""
	words := strings.Fields(piece)
	for _, w := range words[min(1, len(words)):] {
		w = strings.Trim(w, "(),;[]")
		if !localName(w) || v.local[w] {
			continue
		}
		if name != "" && name != w {
			return nil
		}
		name = w
	}
	if name == "" {
		return nil
	}
	var out []string
	for _, h := range v.hyps {
		if h.sort || h.value == (name[0] == 'H' || strings.HasPrefix(name, "IH")) || !isName(h.Name) {
			continue
		}
		out = append(out, replaceWord(piece, name, h.Name))
		if len(out) == 4 {
			break
		}
	}
	return out
}

// localName reports whether a word looks like the name of a hypothesis: a few
// letters, perhaps with a number.
func localName(w string) bool {
	if w == "" || len(w) > 4 || !isName(w) || logical[w] {
		return false
	}
	switch w {
	case "in", "as", "by", "at", "with", "auto", "now", "try", "do", "is", "of", "easy", "ring", "nat", "using":
		return false
	}
	return w[0] == 'H' || strings.HasPrefix(w, "IH") || len(strings.TrimRight(w, "0123456789'")) == 1
}

// cases adds case analyses by a lemma of two variables, or one.
func (v *view) cases(l *list, name string, w float64) {
	var vars []string
	for _, h := range v.hyps {
		if h.value && !h.sort && len(vars) < 4 && isName(h.Name) && hasWord(v.goal.Concl, h.Name) {
			vars = append(vars, h.Name)
		}
	}
	terms := append(vars[:len(vars):len(vars)], "0", "1")
	for i, a := range terms {
		l.add(w*0.4, "destruct (%s %s)", name, a)
		for j, b := range terms {
			if i != j && (i < len(vars) || j < len(vars)) {
				l.add(w*0.8/(1+0.1*float64(i+j)), "destruct (%s %s %s)", name, a, b)
			}
		}
	}
}

// lemmaOf is the first name of an argument such as "<- !(foo a b)".
func lemmaOf(s string) string {
	s = strings.TrimLeft(s, " <-!?(@0123456789\n")
	n := 0
	for n < len(s) && (wordByte(s[n]) || s[n] == '.') {
		n++
	}
	return strings.TrimRight(s[:n], ".")
}

func replaceWord(text, word, by string) string {
	if !hasWord(text, word) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && wordByte(text[j]) {
			j++
		}
		switch {
		case j == i:
			b.WriteByte(text[i])
			j++
		case text[i:j] == word:
			b.WriteString(by)
		default:
			b.WriteString(text[i:j])
		}
		i = j
	}
	return b.String()
}

func (h *Habits) like(a, b wordSet) float64 {
	shared, all := 0.0, 0.0
	for _, w := range a.order {
		weight := cmp.Or(h.idf[w], 1)
		if b.has[w] {
			shared += weight
		}
		all += weight
	}
	for _, w := range b.order {
		if !a.has[w] {
			all += cmp.Or(h.idf[w], 1)
		}
	}
	if all == 0 {
		return 0
	}
	return shared / all
}
