package lean

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/proof"
)

// printed is a goal as the REPL prints it, taken apart.
type printed struct {
	tag   string // its case: "succ", "right.left"
	hyps  []proof.Hyp
	concl string
}

// readGoal takes the text of a goal apart:
//
//	case succ
//	n m : Nat
//	h : n = m
//	⊢ n + 1 = m + 1
//
// A text of another form becomes the conclusion as a whole.
func readGoal(s string) printed {
	var g printed
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if tag, ok := strings.CutPrefix(lines[0], "case "); ok && len(lines) > 1 {
		g.tag, lines = strings.TrimSpace(tag), lines[1:]
	}
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && strings.HasPrefix(lines[end], " ") {
			end++
		}
		entry := strings.Join(lines[i:end], "\n")
		if concl, ok := strings.CutPrefix(entry, "⊢"); ok {
			g.concl = strings.TrimSpace(strings.Join(append([]string{concl}, lines[end:]...), "\n"))
			return g
		}
		hyps, ok := readHyps(entry)
		if !ok {
			break
		}
		g.hyps = append(g.hyps, hyps...)
		i = end
	}
	return printed{concl: strings.TrimSpace(s)}
}

// readHyps reads "a b : T" or "x : T := v".
func readHyps(entry string) ([]proof.Hyp, bool) {
	names, typ, ok := strings.Cut(entry, " :")
	if !ok || strings.HasPrefix(typ, "=") || names == "" {
		return nil, false
	}
	typ, body := splitBody(squeeze(typ))
	var hyps []proof.Hyp
	for rest := strings.TrimSpace(names); rest != ""; rest = strings.TrimLeft(rest, " ") {
		n := partEnd(rest)
		if strings.HasPrefix(rest, "«") && n > 0 {
			hyps = append(hyps, proof.Hyp{Name: rest[:n], Type: typ, Body: body})
			rest = rest[n:]
			continue
		}
		name, _, _ := strings.Cut(rest, " ")
		hyps = append(hyps, proof.Hyp{Name: name, Type: typ, Body: body})
		rest = rest[len(name):]
	}
	return hyps, true
}

// splitBody parts "T := v" outside of brackets and of let.
func splitBody(s string) (typ, body string) {
	depth, lets := 0, 0
	for i, r := range s {
		switch {
		case strings.ContainsRune("([{⟨", r):
			depth++
		case strings.ContainsRune(")]}⟩", r):
			depth--
		case depth > 0:
		case strings.HasPrefix(s[i:], " let ") || strings.HasPrefix(s[i:], " have "), i == 0 && (strings.HasPrefix(s, "let ") || strings.HasPrefix(s, "have ")):
			lets++
		case strings.HasPrefix(s[i:], " := ") && lets > 0:
			lets--
		case strings.HasPrefix(s[i:], " := "):
			return s[:i], s[i+len(" := "):]
		}
	}
	return s, ""
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// numbering gives numbers to names in the order in which they come.
type numbering map[string]string

func (n numbering) of(name, prefix string) string {
	if _, ok := n[name]; !ok {
		n[name] = prefix + strconv.Itoa(len(n))
	}
	return n[name]
}

// canon rewrites the text of terms: one space for many, metavariables numbered
// in order, and the names that rename knows replaced. Strings stay as they are.
func canon(s string, rename map[string]string, metas numbering) string {
	var b strings.Builder
	before := ' ' // the rune before
	for i := 0; i < len(s); {
		n := canonPiece(&b, s[i:], before, rename, metas)
		before, _ = utf8.DecodeLastRuneInString(s[:i+n])
		i += n
	}
	return strings.TrimSpace(b.String())
}

// canonPiece rewrites what stands at the start of s and says how long it was.
func canonPiece(b *strings.Builder, s string, before rune, rename map[string]string, metas numbering) int {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsSpace(r):
		if !unicode.IsSpace(before) {
			b.WriteByte(' ')
		}
		return size
	case r == '"' && stringEnd(s, false) > 0:
		size = stringEnd(s, false)
	case r == '\'' && charEnd(s) > 0:
		size = charEnd(s)
	case r == '?' && metaEnd(s, before) > 0:
		size = metaEnd(s, before)
		b.WriteString(metas.of(s[:size], "?\x01"))
		return size
	case (startsName(r) || r == '«') && nameEnd(s) > 0:
		size = nameEnd(s)
		head := partEnd(s)
		// A field of a structure or a named argument is not the hypothesis.
		if to, ok := rename[s[:head]]; ok && !strings.HasPrefix(strings.TrimLeft(s[size:], " \n"), ":=") {
			b.WriteString(to + s[head:size])
			return size
		}
	}
	b.WriteString(s[:size])
	return size
}

// metaEnd is the length of the metavariable (?w, ?m.12, ?_) at the start of s,
// or 0: the ? of xs[i]? is none.
func metaEnd(s string, before rune) int {
	if inName(before) || strings.ContainsRune(")]}⟩»", before) || !startsHole(s[1:]) {
		return 0
	}
	n := 1 + nameEnd(s[1:])
	for n+1 < len(s) && s[n] == '.' && '0' <= s[n+1] && s[n+1] <= '9' {
		n++
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
	}
	return n
}

// open reports whether metavariables occur in the goal.
func (g printed) open() bool {
	metas := numbering{}
	g.canon(nil, metas)
	return len(metas) > 0
}

// canon is the goal as one text.
func (g printed) canon(rename map[string]string, metas numbering) string {
	var b strings.Builder
	for _, h := range g.hyps {
		name := h.Name
		if to, ok := rename[name]; ok {
			name = to
		}
		b.WriteString(name + " : " + canon(h.Type, rename, metas))
		if h.Body != "" {
			b.WriteString(" := " + canon(h.Body, rename, metas))
		}
		b.WriteByte('\n')
	}
	return b.String() + "⊢ " + canon(g.concl, rename, metas)
}

// names maps the hypotheses to numbers: all of them, or only those that a tactic
// can't name (n✝). A name that two hypotheses share stays as it is.
func (g printed) names(all bool) map[string]string {
	count := map[string]int{}
	for _, h := range g.hyps {
		count[h.Name]++
	}
	m := map[string]string{}
	for i, h := range g.hyps {
		if count[h.Name] == 1 && (all || strings.ContainsRune(h.Name, '✝')) {
			m[h.Name] = "\x01" + strconv.Itoa(i)
		}
	}
	return m
}

// goal is the goal as others see it. Its key is the same for goals that differ
// in the names of hypotheses and metavariables only.
func (g printed) goal(salt string) proof.Goal {
	return proof.Goal{
		Hyps: g.hyps, Concl: squeeze(g.concl), Open: g.open(),
		Key: digest(salt, "goal", g.canon(g.names(true), numbering{})),
	}
}

// stateKey identifies goals together. Unlike the keys of goals it keeps the names
// that tactics may use, since "exact h" works under one name only; and, where
// goals belong together, the tags of cases.
func stateKey(salt string, goals []printed) string {
	metas := numbering{}
	parts := []string{salt, "state"}
	for _, g := range goals {
		if len(goals) > 1 {
			parts = append(parts, g.tag)
		}
		parts = append(parts, g.canon(g.names(false), metas))
	}
	return digest(parts...)
}

// digest is a short name of texts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
