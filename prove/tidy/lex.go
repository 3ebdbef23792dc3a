package tidy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	symbol kind = iota
	word        // an identifier, qualified or not
	number
	quoted // a string
	comment
)

// token is a part of a text; spaces are in none.
type token struct {
	kind     kind
	from, to int
}

// lexed is a text with its tokens. Every text has tokens: what is not closed
// ends with the text.
type lexed struct {
	s    string
	toks []token
}

// symbols of more than one character that must not be torn.
var symbols = []string{"<;>", "{|", "|}", "[>", "|-", "->", "<-", ":=", "||", "=>"}

func lex(s string) lexed {
	l := lexed{s: s}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t := token{from: i}
		t.kind, t.to = scan(s, i, r, size)
		l.toks = append(l.toks, t)
		i = t.to
	}
	return l
}

// scan returns the token that begins at i with the character r.
func scan(s string, i int, r rune, size int) (kind, int) {
	switch {
	case r == '"':
		return quoted, stringEnd(s, i)
	case strings.HasPrefix(s[i:], "(*"):
		return comment, commentEnd(s, i)
	case unicode.IsDigit(r):
		return number, partEnd(s, i)
	case begins(r):
		return word, nameEnd(s, i)
	}
	for _, sym := range symbols {
		if strings.HasPrefix(s[i:], sym) {
			return symbol, i + len(sym)
		}
	}
	return symbol, i + size
}

// begins reports whether an identifier may begin with r, in Coq or in Lean.
func begins(r rune) bool { return r == '_' || r == '«' || unicode.IsLetter(r) }

// belongs reports whether r may be inside of an identifier.
func belongs(r rune) bool {
	return r == '_' || r == '\'' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r)
}

// partEnd is the end of one name that begins at i.
func partEnd(s string, i int) int {
	if strings.HasPrefix(s[i:], "«") {
		if end := strings.Index(s[i:], "»"); end >= 0 {
			return i + end + len("»")
		}
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	for i += size; i < len(s); i += size {
		var r rune
		if r, size = utf8.DecodeRuneInString(s[i:]); !belongs(r) {
			break
		}
	}
	return i
}

// nameEnd is the end of a name with all that is qualified by it: a.b.c.
func nameEnd(s string, i int) int {
	for end := partEnd(s, i); ; end = partEnd(s, end+1) {
		if end+1 >= len(s) || s[end] != '.' {
			return end
		}
		if r, _ := utf8.DecodeRuneInString(s[end+1:]); !begins(r) {
			return end
		}
	}
}

// stringEnd is the end of a string, in which "" stands for a quotation mark.
func stringEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func commentEnd(s string, i int) int {
	for depth := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "(*"):
			depth++
			i += 2
		case strings.HasPrefix(s[i:], "*)"):
			i += 2
			if depth--; depth == 0 {
				return i
			}
		case s[i] == '"':
			i = stringEnd(s, i)
		default:
			i++
		}
	}
	return len(s)
}

// at is the text of a token, "" outside of the text.
func (l lexed) at(i int) string {
	if i < 0 || i >= len(l.toks) {
		return ""
	}
	return l.s[l.toks[i].from:l.toks[i].to]
}

// is reports whether a token is one of these words or symbols.
func (l lexed) is(i int, texts ...string) bool {
	if i < 0 || i >= len(l.toks) || l.toks[i].kind == quoted || l.toks[i].kind == comment {
		return false
	}
	return slices.Contains(texts, l.at(i))
}

// touches reports whether nothing stands between a token and the one before.
func (l lexed) touches(i int) bool {
	return i > 0 && i < len(l.toks) && l.toks[i-1].to == l.toks[i].from
}

// head is the word that a text begins with.
func (l lexed) head() string {
	if len(l.toks) == 0 || l.toks[0].kind != word {
		return ""
	}
	return l.at(0)
}

// opens and closes count "match … end" as brackets, for what separates tactics
// outside of it separates other things inside.
func (l lexed) opens(i int) bool {
	return l.is(i, "(", "[", "{", "{|", "[>", "match", "lazymatch", "multimatch")
}

func (l lexed) closes(i int) bool { return l.is(i, ")", "]", "}", "|}", "end") }

// outside lists the tokens that stand in no brackets and are one of texts.
func (l lexed) outside(texts ...string) []int {
	var found []int
	depth := 0
	for i := range l.toks {
		switch {
		case l.opens(i):
			depth++
		case l.closes(i):
			depth = max(depth-1, 0)
		case depth == 0 && l.is(i, texts...):
			found = append(found, i)
		}
	}
	return found
}

// match is the token that closes the bracket at i, or -1.
func (l lexed) match(i int) int {
	depth := 0
	for ; i < len(l.toks); i++ {
		switch {
		case l.opens(i):
			depth++
		case l.closes(i):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// split cuts a text at these tokens and returns what is between, without
// spaces around it.
func (l lexed) split(at []int) []string {
	var parts []string
	from := 0
	for _, i := range at {
		parts = append(parts, strings.TrimSpace(l.s[from:l.toks[i].from]))
		from = l.toks[i].to
	}
	return append(parts, strings.TrimSpace(l.s[from:]))
}

// squeeze puts a single space where a text has any outside of strings, none at
// the ends and none before ; and , which people write without.
func squeeze(s string) string {
	l := lex(s)
	var b strings.Builder
	for i := range l.toks {
		if i > 0 && !l.touches(i) && !(l.is(i, ";", ",") && l.ends(i-1)) {
			b.WriteByte(' ')
		}
		b.WriteString(l.at(i))
	}
	return b.String()
}

// ends reports whether a term may end with a token.
func (l lexed) ends(i int) bool {
	return l.toks[i].kind == word || l.toks[i].kind == number || l.closes(i)
}

// sentence is a tactic as it stands in a script, without the dot at its end.
func sentence(tactic string) string {
	s := strings.TrimSpace(tactic)
	if strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "..") {
		s = strings.TrimSpace(strings.TrimSuffix(s, "."))
	}
	return squeeze(s)
}
