package ask

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/proof"
)

// maxRepairs bounds the tactics that Repairs returns.
const maxRepairs = 6

// Repairs are tactics to try instead of one that was refused, the most likely
// first, as far as the prover's words say what is wrong: none as a rule, six at
// most, and never the tactic itself. Names are those that the tactic may use, of
// premises and hypotheses.
//
// What can be repaired: an instance that Coq can't find (eapply for apply), a
// name that is taken, a name that is unknown but almost one of names, more names
// for intros than there are binders, and bullets.
func Repairs(tactic string, f proof.Failure, names []string) []string {
	bare := strings.TrimLeftFunc(tactic, func(r rune) bool { return leads(r) || r == '·' })
	for strings.HasSuffix(bare, "}") && strings.Count(bare, "}") > strings.Count(bare, "{") {
		bare = strings.TrimRight(bare[:len(bare)-1], " ")
	}
	out := []string{bare}
	for _, repair := range []func(tactic, words string, names []string) []string{existential, freshName, nearName, fewerNames} {
		out = append(out, repair(bare, f.Text, names)...)
	}
	var some []string
	for _, r := range out {
		if r = strings.TrimSpace(r); r != "" && r != strings.TrimSpace(tactic) && !slices.Contains(some, r) {
			some = append(some, r)
		}
	}
	return some[:min(len(some), maxRepairs)]
}

// existentials are tactics that leave open what they can't find.
var existentials = map[string]string{
	"apply": "eapply", "rewrite": "erewrite", "constructor": "econstructor", "destruct": "edestruct",
	"induction": "einduction", "left": "eleft", "right": "eright", "elim": "eelim", "case": "ecase",
}

func existential(tactic, words string, _ []string) []string {
	if !strings.Contains(words, "Unable to find an instance") {
		return nil
	}
	word, rest, _ := strings.Cut(tactic, " ")
	if e, ok := existentials[word]; ok {
		return []string{strings.TrimSpace(e + " " + rest)}
	}
	return nil
}

var taken = regexp.MustCompile(`(\S+) is already used|[Vv]ariable (\S+) is already (?:declared|used)`)

// freshName numbers a name that is taken.
func freshName(tactic, words string, names []string) []string {
	m := taken.FindStringSubmatch(words)
	if m == nil {
		return nil
	}
	name := m[1] + m[2]
	in := identifiers(tactic)
	stem := strings.TrimRightFunc(name, unicode.IsDigit)
	for i := 0; ; i++ {
		fresh := fmt.Sprint(cmp.Or(stem, name), i)
		if !slices.Contains(names, fresh) && !slices.ContainsFunc(in, func(w span) bool { return w.of(tactic) == fresh }) {
			return different(tactic, rename(tactic, name, fresh, bound(tactic)))
		}
	}
}

// bound is where a tactic names something new: behind "as" and "intros" it is the
// last place where the name stands, else in assert and the like the first.
func bound(tactic string) which {
	word, _, _ := strings.Cut(tactic, " ")
	if slices.Contains([]string{"assert", "enough", "set", "pose"}, word) && !strings.Contains(tactic, " as ") {
		return first
	}
	return last
}

var unknown = regexp.MustCompile("The (?:reference|variable) (\\S+) was not found" +
	"|No such hypothesis:? (\\S+)" +
	"|[Uu]nknown (?:identifier|constant) ['`](\\S+?)['`](?:[\\s.,;:)]|$)")

// nearName puts names in the place of one that is unknown: those that it is the
// last part of or that are its last part, then those that differ by one letter,
// then by two if the name is long enough for that to mean anything.
func nearName(tactic, words string, names []string) []string {
	m := unknown.FindStringSubmatch(words)
	if m == nil {
		return nil
	}
	name := strings.TrimRight(m[1]+m[2]+m[3], ".,")
	type guess struct {
		name string
		far  int
	}
	var list []guess
	for _, n := range names {
		// A dagger marks what can't be named.
		if far, near := distance(name, n); near && !strings.Contains(n, "✝") {
			list = append(list, guess{n, far})
		}
	}
	slices.SortStableFunc(list, func(a, b guess) int { return a.far - b.far })
	var out []string
	for _, g := range list {
		out = append(out, different(tactic, rename(tactic, name, g.name, each))...)
	}
	return out
}

// distance is 0 for names of which one is the other with its module; else the
// number of letters to insert, remove or replace. Near is up to 2, in a name of
// less than six letters 1, of a single letter 0.
func distance(a, b string) (far int, near bool) {
	if a == b {
		return 0, false
	}
	if strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a) {
		return 0, true
	}
	x, y := []rune(a), []rune(b)
	limit := 2
	if len(x) < 6 {
		limit = min(1, len(x)-1)
	}
	if d := len(x) - len(y); d > limit || -d > limit || len(x) > 200 {
		return 0, false
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			cost := before
			if x[i] != y[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return row[len(y)], row[len(y)] <= limit
}

// fewerNames introduces what there is: with a name less, and with none. Another
// tactic may want it introduced first.
func fewerNames(tactic, words string, _ []string) []string {
	if !strings.Contains(words, "No product") && !strings.Contains(words, "insufficient number of binders") {
		return nil
	}
	head, tail, more := strings.Cut(tactic, ";")
	if more {
		tail = ";" + tail
	}
	args := strings.Fields(head)
	if len(args) == 0 || args[0] != "intros" && args[0] != "intro" {
		return []string{"intros; " + tactic}
	}
	var out []string
	if len(args) > 2 && !strings.ContainsAny(head, "([{⟨") {
		out = append(out, strings.Join(args[:len(args)-1], " ")+tail)
	}
	return append(out, "intros"+tail)
}

// different is a list of one, or of none if nothing was changed.
func different(tactic, repaired string) []string {
	if tactic == repaired {
		return nil
	}
	return []string{repaired}
}

// which of the places where a name stands.
type which int

const (
	each which = iota
	first
	last
)

// rename replaces a name where it stands as a whole.
func rename(tactic, from, to string, where which) string {
	places := slices.DeleteFunc(identifiers(tactic), func(w span) bool { return w.of(tactic) != from })
	if n := len(places); n > 0 && where == first {
		places = places[:1]
	} else if n > 0 && where == last {
		places = places[n-1:]
	}
	for _, w := range slices.Backward(places) {
		tactic = tactic[:w.from] + to + tactic[w.to:]
	}
	return tactic
}

type span struct{ from, to int }

func (w span) of(s string) string { return s[w.from:w.to] }

// identifiers are the names in a text, qualified ones as a whole.
func identifiers(s string) []span {
	var out []span
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '"' {
			i = stringEnd(s, i)
			continue
		}
		from := i
		for i < len(s) && (inName(r) || r == '.' && i > from && i+n < len(s) && inName(firstRune(s[i+n:]))) {
			i += n
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if i == from {
			i += n
			continue
		}
		out = append(out, span{from, i})
	}
	return out
}

func inName(r rune) bool {
	return r == '_' || r == '\'' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r))
}
