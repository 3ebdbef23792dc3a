package lean

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	word   kind = iota // an identifier or keyword, dots and «» included; #eval too
	number             // starts with a digit
	str                // a string, of any form
	char               // 'a'
	symbol             // everything else
)

// token is a piece of Lean text that is neither space nor comment.
type token struct {
	kind       kind
	text       string
	start, end int  // bytes
	line, col  int  // from 0; col in characters, as Lean counts
	first      bool // nothing stands before it on its line
}

func (t token) is(texts ...string) bool {
	for _, s := range texts {
		if t.text == s && t.kind != str && t.kind != char {
			return true
		}
	}
	return false
}

// lexError is where a text stops being Lean.
type lexError struct {
	line, col int // from 0
	what      string
}

func (e *lexError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.line+1, e.col+1, e.what)
}

// span is a comment, in bytes.
type span struct{ start, end int }

type lexer struct {
	src       string
	pos       int
	line, col int
	fresh     bool // only spaces so far on this line
	tokens    []token
	comments  []span
}

// lex splits Lean text into tokens. It knows what may hide a word: comments,
// strings, characters and quoted names; it does not know Lean's grammar.
func lex(src string) ([]token, []span, error) {
	l := &lexer{src: src, fresh: true}
	for l.pos < len(l.src) {
		if err := l.next(); err != nil {
			return l.tokens, l.comments, err
		}
	}
	return l.tokens, l.comments, nil
}

func (l *lexer) rest() string { return l.src[l.pos:] }

func (l *lexer) rune() rune {
	r, _ := utf8.DecodeRuneInString(l.rest())
	return r
}

// skip moves over n bytes.
func (l *lexer) skip(n int) {
	for end := l.pos + n; l.pos < end; {
		r, size := utf8.DecodeRuneInString(l.rest())
		l.pos += size
		l.col++
		if r == '\n' {
			l.line, l.col, l.fresh = l.line+1, 0, true
		}
	}
}

func (l *lexer) errorf(line, col int, format string, args ...any) error {
	return &lexError{line, col, fmt.Sprintf(format, args...)}
}

func (l *lexer) next() error {
	rest, r := l.rest(), l.rune()
	switch {
	case unicode.IsSpace(r):
		l.skip(utf8.RuneLen(r))
		return nil
	case strings.HasPrefix(rest, "--"):
		return l.comment(lineEnd(rest))
	case strings.HasPrefix(rest, "/-"):
		n := blockEnd(rest)
		if n < 0 {
			return l.errorf(l.line, l.col, "the comment that begins here has no end: -/ is missing")
		}
		return l.comment(n)
	}
	k, n, err := l.measure(rest, r)
	if err != nil {
		return err
	}
	t := token{kind: k, text: rest[:n], start: l.pos, end: l.pos + n, line: l.line, col: l.col, first: l.fresh}
	l.tokens = append(l.tokens, t)
	l.fresh = false
	l.skip(n)
	return nil
}

func (l *lexer) comment(n int) error {
	l.comments = append(l.comments, span{l.pos, l.pos + n})
	l.skip(n)
	return nil
}

func lineEnd(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// blockEnd is the length of the nested comment at the start of s, or -1.
func blockEnd(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/-":
			depth++
			i++
		case "-/":
			depth--
			i++
		}
		if depth == 0 {
			return i + 1
		}
	}
	return -1
}

// measure says what kind of token begins rest and how long it is.
func (l *lexer) measure(rest string, r rune) (kind, int, error) {
	switch {
	case r == '"':
		n := stringEnd(rest, l.interpolated())
		if n < 0 {
			return str, 0, l.errorf(l.line, l.col, "the string that begins here has no end")
		}
		return str, n, nil
	case r == 'r' && rawEnd(rest) != 0:
		n := rawEnd(rest)
		if n < 0 {
			return str, 0, l.errorf(l.line, l.col, "the raw string that begins here has no end")
		}
		return str, n, nil
	case r == '\'':
		if n := charEnd(rest); n > 0 {
			return char, n, nil
		}
		if strings.HasPrefix(rest, "''") {
			return symbol, 2, nil
		}
		return symbol, 1, nil
	case startsName(r) || r == '«':
		n := nameEnd(rest)
		if n < 0 {
			return word, 0, l.errorf(l.line, l.col, "the name that begins with « here has no »")
		}
		return word, n, nil
	case r == '#' && len(rest) > 1 && asciiLetter(rest[1]), r == '?' && startsHole(rest[1:]):
		return word, 1 + nameEnd(rest[1:]), nil
	case unicode.IsDigit(r):
		return number, numberEnd(rest), nil
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			return symbol, len(s), nil
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	return symbol, n, nil
}

// symbols are those of several characters that matter here, longest first.
var symbols = []string{
	"<;>", "<|>", "|>.", ">=>", "⁻¹'",
	":=", "=>", "<|", "|>", "||", "..", "->", "<-", "==", "!=", "<=", ">=", "@[", "#[",
}

// interpolated reports whether a string that begins here may hold terms in
// braces: s!"…", m!"…".
func (l *lexer) interpolated() bool {
	if len(l.tokens) == 0 {
		return false
	}
	last := l.tokens[len(l.tokens)-1]
	return last.end == l.pos && last.kind == word && strings.HasSuffix(last.text, "!")
}

// stringEnd is the length of the string at the start of s, or -1.
func stringEnd(s string, interpolated bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '"':
			return i + 1
		case s[i] == '{' && interpolated:
			n := bracesEnd(s[i:])
			if n < 0 {
				return -1
			}
			i += n - 1
		}
	}
	return -1
}

// bracesEnd is the length of the braced term at the start of s, or -1.
func bracesEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			n := stringEnd(s[i:], false)
			if n < 0 {
				return -1
			}
			i += n - 1
		}
	}
	return -1
}

// rawEnd is the length of the raw string r"…" or r#"…"# at the start of s, -1 if
// it has no end, 0 if there is none.
func rawEnd(s string) int {
	hashes := 0
	for 1+hashes < len(s) && s[1+hashes] == '#' {
		hashes++
	}
	open := 1 + hashes
	if open >= len(s) || s[open] != '"' {
		return 0
	}
	end := `"` + strings.Repeat("#", hashes)
	if i := strings.Index(s[open+1:], end); i >= 0 {
		return open + 1 + i + len(end)
	}
	return -1
}

// charEnd is the length of the character literal at the start of s, or 0.
func charEnd(s string) int {
	if len(s) < 3 || s[1] == '\'' {
		return 0
	}
	if s[1] == '\\' {
		for i := 3; i < len(s) && i < 12; i++ {
			if s[i] == '\'' {
				return i + 1
			}
		}
		return 0
	}
	_, size := utf8.DecodeRuneInString(s[1:])
	if end := 1 + size; end < len(s) && s[end] == '\'' && s[1] != '\n' {
		return end + 1
	}
	return 0
}

func asciiLetter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' }

func startsName(r rune) bool {
	return r == '_' || unicode.IsLetter(r) && r != 'λ' && r != 'Π' && r != 'Σ' && r != 'ª' && r != 'º'
}

// startsHole reports whether s continues a ? to a metavariable: ?_, ?x, ?m.12.
func startsHole(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return startsName(r)
}

func inName(r rune) bool {
	return startsName(r) || unicode.IsDigit(r) || r == '\'' || r == '!' || r == '?' || r == '✝' ||
		'₀' <= r && r <= '₉'
}

// nameEnd is the length of the dotted name at the start of s, or -1 if a « has
// no ». Numbers after a dot belong to it only in metavariables and the like,
// which makes no difference to anyone here.
func nameEnd(s string) int {
	n := 0
	for {
		m := partEnd(s[n:])
		if m < 0 {
			return -1
		}
		n += m
		if n+1 >= len(s) || s[n] != '.' {
			return n
		}
		if r, _ := utf8.DecodeRuneInString(s[n+1:]); !startsName(r) && r != '«' {
			return n
		}
		n++
	}
}

// quotedLimit is how many bytes a quoted name may have.
const quotedLimit = 1 << 10

// partEnd is the length of one part of a name.
func partEnd(s string) int {
	if strings.HasPrefix(s, "«") {
		line := s[:min(len(s), quotedLimit)]
		line, _, _ = strings.Cut(line, "\n")
		end := strings.Index(line, "»")
		if end < 0 {
			return -1
		}
		return end + len("»")
	}
	dagger := false
	for i, r := range s {
		if dagger && strings.ContainsRune("⁰¹²³⁴⁵⁶⁷⁸⁹", r) {
			continue
		}
		if !inName(r) {
			return i
		}
		dagger = dagger || r == '✝'
	}
	return len(s)
}

func numberEnd(s string) int {
	for i, r := range s {
		if !unicode.IsDigit(r) && !unicode.IsLetter(r) && r != '_' {
			return i
		}
	}
	return len(s)
}

var closers = map[string]string{"(": ")", "[": "]", "{": "}", "⟨": "⟩", "@[": "]", "#[": "]", "‹": "›", "⌊": "⌋", "⌈": "⌉", "⟪": "⟫", "⦃": "⦄", "⟦": "⟧"}

func closes(t token) bool {
	if t.kind != symbol {
		return false
	}
	for _, c := range closers {
		if c == t.text {
			return true
		}
	}
	return false
}

func opens(t token) bool { return t.kind == symbol && closers[t.text] != "" }
