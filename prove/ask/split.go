package ask

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// piece is a tactic within a reply.
type piece struct {
	text     string
	from, to int // where it stands
	// whole says that it has an end of its own, which may be cut off in the
	// middle if it stands at the end of the reply.
	whole bool
}

// Split cuts a reply of a model into tactics, in order, each as Clean writes
// it: at the ends of sentences in Coq, at lines in Lean. A Coq reply without any
// dot is cut at lines. Code fences and what stands outside of them, comments,
// bullets, braces, numbering, a repeated statement, Proof and Qed are left out.
// If the reply was cut off by its length, the piece at its end is left out too.
// Of a reply of more than 8 kB the beginning is read.
func (l Language) Split(reply string, cut bool) []string {
	var out []string
	for _, p := range l.pieces(reply, cut) {
		out = append(out, p.text)
	}
	return out
}

// maxReply is how many bytes of a reply are read.
const maxReply = 1 << 13

// pieces is Split with places.
func (l Language) pieces(reply string, cut bool) []piece {
	return slices.DeleteFunc(l.sentences(reply, cut), func(p piece) bool {
		return l.command(p.text) != "" || !l.usable(p.text)
	})
}

// proofOf are the tactics of the first proof in a reply.
func (l Language) proofOf(reply string, cut bool) []string {
	var out []string
	for _, p := range l.sentences(reply, cut) {
		if ends[l.command(p.text)] && len(out) > 0 {
			break
		}
		if l.command(p.text) == "" && l.usable(p.text) {
			out = append(out, p.text)
		}
	}
	return out
}

// sentences are the pieces of a reply, commands included.
func (l Language) sentences(reply string, cut bool) []piece {
	if len(reply) > maxReply {
		reply, cut = reply[:maxReply], true
	}
	m := l.mask(reply)
	var all []piece
	if l == Lean {
		all = m.lean()
	} else {
		all = m.coq()
	}
	if n := len(all); cut && n > 0 && (!all[n-1].whole || all[n-1].to == len(reply)) {
		all = all[:n-1]
	}
	for i := range all {
		all[i].text = l.Clean(all[i].text)
	}
	return all
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

var (
	// commands begin sentences that belong to the file, not to a proof.
	commands = [...]map[string]bool{
		Coq: words(`Proof Qed Defined Admitted Abort Save Lemma Theorem Example Fact Remark Corollary
			Proposition Property Goal Require From Import Export Open Close Section Module End Check
			Print Search About Set Unset Definition Fixpoint Inductive Show Compute Eval`),
		Lean: words(`theorem lemma example import open namespace section end variable def by done #check #eval`),
	}
	ends = words("Qed Defined Admitted Abort Save")
)

// command is the first word of a piece if it is no tactic, else empty.
func (l Language) command(tactic string) string {
	word := tactic
	if i := strings.IndexAny(tactic, " \n."); i >= 0 {
		word = tactic[:i]
	}
	if commands[l][word] {
		return word
	}
	return ""
}

// coq cuts at the ends of sentences, at the items of a list, and, if no sentence
// has an end, at lines.
func (m masked) coq() []piece {
	if all := m.coqCut(false); slices.ContainsFunc(all, func(p piece) bool { return p.whole }) {
		return all
	}
	return m.coqCut(true)
}

func (m masked) coqCut(lines bool) []piece {
	s := string(m.text)
	var out []piece
	for i := 0; i < len(s); {
		from := len(s) - len(strings.TrimLeftFunc(s[i:], leads))
		to, next, whole := m.sentence(s, from, lines)
		if to = from + len(strings.TrimRightFunc(s[from:to], unicode.IsSpace)); to > from {
			out = append(out, piece{s[from:to], from, to, whole})
		}
		i = max(next, i+1)
	}
	return out
}

// leads reports whether r stands before a sentence: blanks, bullets and braces.
func leads(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-+*{}", r) }

// sentence finds the end of the one that begins at from, and where to go on.
func (m masked) sentence(s string, from int, lines bool) (to, next int, whole bool) {
	depth := 0
	for i := from; i < len(s); i++ {
		switch c := s[i]; {
		case i > from && m.starts[i] && depth <= 0:
			return i, i, true
		case c == '"':
			i = stringEnd(s, i) - 1
		case strings.IndexByte("([", c) >= 0:
			depth++
		case strings.IndexByte(")]", c) >= 0:
			depth--
		case c == '\n' && lines && depth <= 0 && !goesOn(s[from:i], s[i:]):
			return i, i + 1, true
		case c == '.' && endsHere(s, i):
			return i + 1, i + 1, true
		}
	}
	return len(s), len(s), false
}

var (
	coqOpens = regexp.MustCompile(`(?:\b(?:by|with|in|as|using|at)|=>|:=|[;,|])$`)
	coqJoins = regexp.MustCompile(`^(?:(?:by|with|in|as|using|at|end)\b|=>|:=|[;,|)\]])`)
)

// goesOn reports whether a line that has no dot goes on in the next one.
func goesOn(before, after string) bool {
	before, after = strings.TrimRightFunc(before, unicode.IsSpace), strings.TrimLeftFunc(after, unicode.IsSpace)
	return coqOpens.MatchString(before[max(0, len(before)-8):]) || coqJoins.MatchString(after[:min(len(after), 8)])
}

// endsHere reports whether the dot at i, or the last of three, ends a sentence.
// A dot at the very end of a text may have been cut off from what belongs to it;
// it is for the caller to know.
func endsHere(s string, i int) bool {
	if i+1 < len(s) && !strings.ContainsRune(" \t\r\n", rune(s[i+1])) {
		return false
	}
	run := 1
	for run <= i && s[i-run] == '.' {
		run++
	}
	return run != 2
}
