package ask

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// masked is a reply in which everything that can't belong to a tactic is
// replaced by blanks, so that what is left stands where it stood.
type masked struct {
	text []byte
	// starts are the beginnings of lines that hold a new item of a list.
	starts map[int]bool
}

// mask drops fences and, if there are any, what stands outside of them;
// comments; the numbers of lists, labels, code spans' marks; and lines that only
// announce something.
func (l Language) mask(reply string) masked {
	m := masked{text: []byte(reply), starts: map[int]bool{}}
	m.fences()
	if l == Lean {
		m.leanComments()
	} else {
		m.coqComments()
	}
	m.eachLine(func(from, to int) { m.undress(from, to) })
	if l == Lean {
		m.leanHead()
	}
	return m
}

// blank overwrites a part, and leaves line breaks.
func (m masked) blank(from, to int) {
	for i := from; i < to; i++ {
		if m.text[i] != '\n' {
			m.text[i] = ' '
		}
	}
}

func (m masked) eachLine(f func(from, to int)) {
	for from := 0; from < len(m.text); {
		to := len(m.text)
		if n := bytes.IndexByte(m.text[from:], '\n'); n >= 0 {
			to = from + n
		}
		f(from, to)
		from = to + 1
	}
}

const fence = "```"

// fences keeps what stands in code fences, if there are any. A single one with
// nothing behind it closes what stands before it.
func (m masked) fences() {
	type span struct{ from, to int }
	var marks []span
	m.eachLine(func(from, to int) {
		line := strings.TrimSpace(string(m.text[from:to]))
		if !strings.HasPrefix(line, fence) {
			return
		}
		if inner := strings.Trim(line, "`"); len(line) > len(inner)+len(fence) && strings.HasSuffix(line, fence) && inner != "" {
			return // on one line: the marks are those of a code span
		}
		marks = append(marks, span{from, to})
	})
	switch {
	case len(marks) == 0:
		return
	case len(marks) == 1 && strings.TrimSpace(string(m.text[marks[0].to:])) == "":
		m.blank(marks[0].from, marks[0].to)
		return
	}
	outside := 0
	for i, k := range marks {
		if i%2 == 0 {
			m.blank(outside, k.to)
		} else {
			m.blank(k.from, k.to)
		}
		outside = k.to
	}
	if len(marks)%2 == 0 {
		m.blank(outside, len(m.text))
	}
}

// coqComments drops comments, those in others included. One that is never
// closed drops the rest.
func (m masked) coqComments() {
	s := string(m.text)
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "(*") && !strings.HasPrefix(s[i:], "(*)"):
			end := commentEnd(s, i, "(*", "*)")
			m.blank(i, end)
			i = end
		case s[i] == '"':
			i = stringEnd(s, i)
		default:
			i++
		}
	}
}

func (m masked) leanComments() {
	s := string(m.text)
	for i := 0; i < len(s); {
		end := i
		switch {
		case strings.HasPrefix(s[i:], "/-"):
			end = commentEnd(s, i, "/-", "-/")
		case strings.HasPrefix(s[i:], "--"):
			if end = strings.IndexByte(s[i:], '\n') + i; end < i {
				end = len(s)
			}
		case s[i] == '"':
			i = stringEnd(s, i)
			continue
		default:
			i++
			continue
		}
		m.blank(i, end)
		i = end
	}
}

func commentEnd(s string, i int, open, shut string) int {
	depth := 0
	for i < len(s) {
		switch {
		case strings.HasPrefix(s[i:], open):
			depth++
			i += len(open)
		case strings.HasPrefix(s[i:], shut):
			i += len(shut)
			if depth--; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(s)
}

// stringEnd is the end of the string that begins at i. A quotation mark that
// nothing closes on its line is not the beginning of one.
func stringEnd(s string, i int) int {
	for j := i + 1; j < len(s) && s[j] != '\n'; j++ {
		if s[j] == '"' {
			return j + 1
		}
	}
	return i + 1
}

var (
	item  = regexp.MustCompile(`^(?:\(?\d{1,2}[.)]|•)(?:[ \t]+|$)`)
	label = regexp.MustCompile(`(?i)^(?:\*\*)?(?:next tactic|tactic|next step|step|answer|proof)(?: \d+)?(?:\*\*)?:(?:\*\*)?(?:[ \t]+|$)`)
)

// undress drops what models put around a tactic on its line.
func (m masked) undress(start, to int) {
	from := start
	for from < to {
		if r, size := utf8.DecodeRune(m.text[from:to]); unicode.IsSpace(r) {
			from += size
			continue
		}
		n := 0
		switch c := m.text[from]; {
		case c == '(' || '0' <= c && c <= '9' || bytes.HasPrefix(m.text[from:to], []byte("•")):
			n = len(item.Find(m.text[from:to]))
			m.starts[start] = m.starts[start] || n > 0
		case strings.IndexByte("*nNtTsSaApP", c) >= 0:
			n = len(label.Find(m.text[from:to]))
		}
		if n == 0 {
			break
		}
		m.blank(from, from+n)
		from += n
	}
	line := string(m.text[from:to])
	if first, _ := utf8.DecodeRuneInString(line); unicode.IsUpper(first) && strings.HasSuffix(strings.TrimSpace(line), ":") {
		m.blank(from, to)
		return
	}
	m.codeSpan(from, to)
}

// codeSpan keeps what is in a code span that begins a line, behind a bullet or
// not: "- `simpl` simplifies".
func (m masked) codeSpan(from, to int) {
	line := string(m.text[from:to])
	open := len(line) - len(strings.TrimLeft(line, "-*+ \t"))
	inside := len(line) - len(strings.TrimLeft(line[open:], "`"))
	// In Coq `{ and `( are words of the language.
	if inside == open || strings.HasPrefix(line[inside:], "{") || strings.HasPrefix(line[inside:], "(") {
		return
	}
	if n := strings.IndexByte(line[inside:], '`'); n >= 0 {
		m.starts[from] = true
		m.blank(from, from+inside)
		m.blank(from+inside+n, to)
	}
}

var (
	statement = regexp.MustCompile(`(?m)^[ \t]*(?:theorem|lemma|example)\b`)
	defines   = regexp.MustCompile(`:=\s*by\b`)
	bareBy    = regexp.MustCompile(`^\s*(?::=\s*)?by(?:[ \t]+|\n|$)`)
)

// leanHead drops a repeated statement, up to the word by.
func (m masked) leanHead() {
	if at := statement.FindIndex(m.text); at != nil {
		if by := defines.FindIndex(m.text[at[1]:]); by != nil {
			m.blank(0, at[1]+by[1])
		}
		return
	}
	m.blank(0, len(bareBy.Find(m.text)))
}
