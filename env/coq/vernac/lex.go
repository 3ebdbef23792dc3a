package vernac

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind byte

const (
	end     kind = iota // of the text
	word                // an identifier or a qualified name
	number              // 12, 1.5, 0x1F
	quoted              // a string, with its quotes
	bracket             // one of ( ) [ ] { }
	symbol              // a run of other characters
	dots                // a run of dots that belongs to no name or number
	comment             // only seen when asked for
	bad                 // a string, comment or quotation that is never closed
)

type token struct {
	kind       kind
	start, end int
}

// lexer reads tokens as Coq does, as far as that is possible without its table
// of notations: a run of symbols is one token here.
type lexer struct {
	text string
	pos  int
	// comments are skipped like blanks, unless keep is set.
	keep bool
}

func (l *lexer) str(t token) string { return l.text[t.start:t.end] }

// mark is what some editors put at the beginning of a file. Coq skips it.
const mark = "\uFEFF"

const blanks = " \t\r\n"

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func (l *lexer) next() token {
	if l.pos == 0 && strings.HasPrefix(l.text, mark) {
		l.pos = len(mark)
	}
	for {
		for l.pos < len(l.text) && blank(l.text[l.pos]) {
			l.pos++
		}
		if !strings.HasPrefix(l.text[l.pos:], "(*") {
			break
		}
		start := l.pos
		if l.pos = commentEnd(l.text, l.pos); l.pos < 0 {
			l.pos = len(l.text)
			return token{bad, start, l.pos}
		}
		if l.keep {
			return token{comment, start, l.pos}
		}
	}
	start := l.pos
	if start == len(l.text) {
		return token{end, start, start}
	}
	t := token{symbol, start, start}
	switch c := l.text[start]; {
	case c == '"':
		t.kind = quoted
		if t.end = stringEnd(l.text, start); t.end < 0 {
			t.kind, t.end = bad, len(l.text)
		}
	case '0' <= c && c <= '9':
		t.kind, t.end = number, numberEnd(l.text, start)
	case c == '.':
		for t.end < len(l.text) && l.text[t.end] == '.' {
			t.end++
		}
		t.kind = dots
	case strings.IndexByte("()[]{}", c) >= 0:
		t.kind, t.end = bracket, start+1
	default:
		if t.end = nameEnd(l.text, start); t.end > start {
			t.kind, t.end = word, quotationEnd(l.text, start, t.end)
			if t.end < 0 {
				t.kind, t.end = bad, len(l.text)
			}
		} else {
			t.end = symbolEnd(l.text, start)
		}
	}
	l.pos = t.end
	return t
}

// ends reports whether a run of dots ends a sentence: . or ... before a blank.
func (l *lexer) ends(t token) bool {
	return t.kind == dots && t.end-t.start != 2 && t.end-t.start <= 3 &&
		(t.end == len(l.text) || blank(l.text[t.end]))
}

// commentEnd is the offset behind the comment that begins at start, or -1.
// Comments nest, and strings in them hide what they hold.
func commentEnd(text string, start int) int {
	depth := 0
	for i := start; i < len(text); {
		switch text[i] {
		case '(':
			if strings.HasPrefix(text[i:], "(*") {
				depth++
				i++
			}
			i++
		case '*':
			i++
			if i < len(text) && text[i] == ')' {
				i++
				if depth--; depth == 0 {
					return i
				}
			}
		case '"':
			if i = stringEnd(text, i); i < 0 {
				return -1
			}
		default:
			i++
		}
	}
	return -1
}

// stringEnd is the offset behind the string that begins at start, or -1. A
// quote is doubled within.
func stringEnd(text string, start int) int {
	for i := start + 1; ; i += 2 {
		n := strings.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if i+1 == len(text) || text[i+1] != '"' {
			return i + 1
		}
	}
}

func numberEnd(text string, i int) int {
	for {
		for i < len(text) && (alnum(text[i]) || text[i] == '_') {
			i++
		}
		if i+1 >= len(text) || text[i] != '.' || text[i+1] < '0' || text[i+1] > '9' {
			return i
		}
		i++
	}
}

func alnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// nameEnd is the offset behind the qualified name at i, or i if there is none.
func nameEnd(text string, i int) int {
	at := i
	for {
		n := letter(text, at, false)
		if n == 0 {
			break
		}
		for n > 0 {
			at += n
			n = letter(text, at, true)
		}
		i = at
		if at == len(text) || text[at] != '.' {
			break
		}
		at++
	}
	return i
}

// letter is the length of the character at i if it may begin an identifier, or
// stand within one; else 0.
func letter(text string, i int, within bool) int {
	if i >= len(text) {
		return 0
	}
	c := text[i]
	if c < utf8.RuneSelf {
		if c == '_' || alnum(c) && (within || c > '9') || within && c == '\'' {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	if unicode.IsLetter(r) || within && (unicode.IsNumber(r) || unicode.IsMark(r)) {
		return n
	}
	return 0
}

// quotationEnd is the end of a word, or of the quotation of a plug-in that it
// begins: lp:{{ … }} holds text of another language, with dots. It is -1 if the
// quotation is never closed.
func quotationEnd(text string, start, end int) int {
	if text[start:end] != "lp" || !strings.HasPrefix(text[end:], ":{{") {
		return end
	}
	depth := 0
	for i := end + 1; i+1 < len(text); {
		switch text[i : i+2] {
		case "{{":
			depth++
			i += 2
		case "}}":
			i += 2
			if depth--; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return -1
}

// symbolEnd is the offset behind the symbols at start: one of , ; ` or a run.
func symbolEnd(text string, start int) int {
	_, n := utf8.DecodeRuneInString(text[start:])
	i := start + n
	if strings.IndexByte(",;`'", text[start]) >= 0 {
		return i
	}
	for i < len(text) {
		c := text[i]
		if c < utf8.RuneSelf && (c <= ' ' || c == '_' || alnum(c) || strings.IndexByte(".,;`'\"()[]{}", c) >= 0) {
			return i
		}
		if c >= utf8.RuneSelf && letter(text, i, false) > 0 {
			return i
		}
		_, n := utf8.DecodeRuneInString(text[i:])
		i += n
	}
	return i
}
