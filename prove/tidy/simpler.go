package tidy

import (
	"slices"
	"strings"
)

const (
	mostTexts = 64 // simpler texts tried for one tactic
	mostMade  = 500
	mostLong  = 1000 // bytes of a tactic that is worth the work
	mostDeep  = 8    // brackets and prefixes looked into
	mostWide  = 72   // characters of tactics merged into one
)

// simpler lists texts that may do what a tactic does and are shorter, the
// shortest first. Only a replay can tell which of them do.
func simpler(tactic string) []string {
	text := sentence(tactic)
	if len(text) > mostLong {
		return nil
	}
	texts := lexTexts(text, mostDeep)
	old := sizeOfTactic(text)
	type sized struct {
		text string
		size Size
	}
	var kept []sized
	seen := map[string]bool{text: true}
	for _, s := range texts {
		s = squeeze(s)
		size := sizeOfTactic(s)
		if s == "" || seen[s] || !size.less(old) {
			continue
		}
		seen[s] = true
		kept = append(kept, sized{s, size})
	}
	slices.SortStableFunc(kept, func(a, b sized) int { return a.size.Compare(b.size) })
	var out []string
	for _, k := range kept[:min(len(kept), mostTexts)] {
		out = append(out, k.text)
	}
	return out
}

// lexTexts lists variations of a chain of tactics: without one of them, with two
// of them merged, with one of them simpler.
func lexTexts(text string, deep int) []string {
	l := lex(text)
	if deep == 0 || len(l.toks) == 0 {
		return nil
	}
	at := l.outside(";", "<;>")
	parts := l.split(at)
	var out []string
	for i := range parts {
		if len(out) > mostMade {
			break
		}
		put := func(s string, to int) {
			out = append(out, l.chain(slices.Concat(parts[:i], []string{s}, parts[to:]), i, to-i-1))
		}
		if len(parts) > 1 {
			out = append(out, l.chain(slices.Concat(parts[:i], parts[i+1:]), max(i-1, 0), 1))
		}
		if i+1 < len(parts) {
			for _, s := range joined(parts[i], parts[i+1]) {
				put(s, i+2)
			}
		}
		for _, s := range onePart(parts[i], deep) {
			put(s, i+1)
		}
	}
	return out
}

// chain puts parts together again with the separators of l, of which some fall
// away from one on.
func (l lexed) chain(parts []string, from, away int) string {
	at := l.outside(";", "<;>")
	at = slices.Concat(at[:min(from, len(at))], at[min(from+away, len(at)):])
	var b strings.Builder
	for i, p := range parts {
		if i > 0 && i-1 < len(at) {
			if sep := l.at(at[i-1]); sep == ";" {
				b.WriteString("; ")
			} else {
				b.WriteString(" " + sep + " ")
			}
		}
		b.WriteString(p)
	}
	return b.String()
}

// onePart lists variations of a tactic that is no chain.
func onePart(text string, deep int) []string {
	l := lex(text)
	if deep == 0 || len(l.toks) == 0 {
		return nil
	}
	var out []string
	if l.is(0, "(", "[", "[>") {
		out = append(out, l.bracketed(deep)...)
	}
	if skip := l.prefix(); skip > 0 {
		before, rest := text[:l.toks[skip].from], text[l.toks[skip].from:]
		out = append(out, rest)
		for _, s := range lexTexts(rest, deep-1) {
			if len(lex(s).outside(";", "<;>")) == 0 {
				out = append(out, before+s)
			}
		}
	}
	if l.is(0, "solve", "first") && l.is(1, "[") {
		inner := lex(text[l.toks[1].from:])
		for _, s := range inner.bracketed(deep) {
			out = append(out, l.at(0)+" "+s, strings.Trim(s, "[]"))
		}
	}
	for _, vary := range variations {
		out = append(out, vary(l)...)
	}
	if by := l.outside("by"); len(by) == 1 {
		from := l.toks[by[0]].to
		for _, s := range onePart(text[from:], deep-1) {
			out = append(out, text[:from]+" "+s)
		}
	}
	return out
}

// bracketed varies what is inside of brackets: (a; b) and [ a | b ].
func (l lexed) bracketed(deep int) []string {
	if l.match(0) != len(l.toks)-1 || len(l.toks) < 3 {
		return nil
	}
	last := l.toks[len(l.toks)-1]
	inner := l.s[l.toks[0].to:last.from]
	var out []string
	if l.is(0, "(") {
		out = append(out, inner)
		for _, s := range lexTexts(inner, deep-1) {
			out = append(out, "("+s+")")
		}
		return out
	}
	in := lex(inner)
	parts := in.split(in.outside("|"))
	if !slices.ContainsFunc(parts, func(p string) bool { return p != parts[0] }) {
		out = append(out, parts[0])
	}
	for i := range parts {
		if len(out) > mostMade {
			break
		}
		for _, s := range append(lexTexts(parts[i], deep-1), "") {
			changed := slices.Clone(parts)
			changed[i] = s
			out = append(out, l.at(0)+" "+strings.Join(changed, " | ")+" ]")
		}
	}
	return out
}
