package sample

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word, a string or a sign of Coq's source.
type token struct {
	start, end int
	kind       kind
}

type kind byte

const (
	word   kind = iota // an identifier or a qualified name
	quoted             // a string with its quotes
	sign               // one character, := => or ->
	digits             // a number
)

func (t token) text(source string) string { return source[t.start:t.end] }

// scan cuts source into tokens and leaves out blanks and comments. It takes
// anything: what is never closed goes to the end.
func scan(source string) (list []token) {
	for i := 0; i < len(source); {
		start, c := i, source[i]
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
			continue
		case strings.HasPrefix(source[i:], "(*"):
			i = commentEnd(source, i)
			continue
		case c == '"':
			i = stringEnd(source, i)
			list = append(list, token{start, i, quoted})
		case '0' <= c && c <= '9':
			i = letters(source, i)
			list = append(list, token{start, i, digits})
		default:
			if i = wordEnd(source, i); i > start {
				list = append(list, token{start, i, word})
				continue
			}
			i = signEnd(source, start)
			list = append(list, token{start, i, sign})
		}
	}
	return list
}

func signEnd(source string, i int) int {
	for _, s := range []string{":=", "=>", "->", "<:"} {
		if strings.HasPrefix(source[i:], s) {
			return i + len(s)
		}
	}
	_, n := utf8.DecodeRuneInString(source[i:])
	return i + n
}

// wordEnd is the offset behind the name at i, which may have dots; i if none is there.
func wordEnd(source string, i int) int {
	for at := i; ; at++ {
		r, _ := utf8.DecodeRuneInString(source[at:])
		if at == len(source) || r != '_' && !unicode.IsLetter(r) {
			return i
		}
		i = letters(source, at)
		if at = i; at == len(source) || source[at] != '.' {
			return i
		}
	}
}

// letters is the offset behind what may stand within an identifier.
func letters(source string, i int) int {
	for i < len(source) {
		r, n := utf8.DecodeRuneInString(source[i:])
		if r != '_' && r != '\'' && !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
			break
		}
		i += n
	}
	return i
}

// stringEnd is the offset behind the string at i; a quote is doubled within.
func stringEnd(source string, i int) int {
	for i++; i < len(source); i++ {
		if source[i] != '"' {
			continue
		}
		if !strings.HasPrefix(source[i+1:], `"`) {
			return i + 1
		}
		i++
	}
	return len(source)
}

// commentEnd is the offset behind the comment at i. Comments nest, and strings
// within hide what they hold.
func commentEnd(source string, i int) int {
	for depth := 0; i < len(source); {
		switch {
		case strings.HasPrefix(source[i:], "(*"):
			depth++
			i += 2
		case strings.HasPrefix(source[i:], "*)"):
			i += 2
			if depth--; depth == 0 {
				return i
			}
		case source[i] == '"':
			i = stringEnd(source, i)
		default:
			i++
		}
	}
	return len(source)
}
