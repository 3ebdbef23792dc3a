// Package vernac reads and writes Coq source as text: it splits a file into
// sentences, finds theorems and what is left to prove in them, puts proofs in,
// and says which texts may be sent to a prover as a tactic. It runs no Coq.
package vernac

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Error is a text that can't be read, or in which something isn't found, with
// its place where it has one.
type Error struct {
	Path      string // empty if the text is no file
	Line, Col int    // from 1, Col in characters; 0 if there is no place
	Reason    string // what is wrong, and what to do
}

func (e *Error) Error() string {
	path := e.Path
	if path == "" {
		path = "coq text"
	}
	if e.Line == 0 {
		return path + ": " + e.Reason
	}
	return fmt.Sprintf("%s:%d:%d: %s", path, e.Line, e.Col, e.Reason)
}

// Sentence is one command, tactic, bullet or brace, as Coq runs it.
type Sentence struct {
	// Start and End are byte offsets: from the first character that is neither
	// blank nor comment to just behind the last one, mostly the dot.
	Start, End int
	// Text is what stands there, with the comments inside of it.
	Text string
}

// Bullet reports whether the sentence is a bullet: -, +, * or several of one.
func (s Sentence) Bullet() bool {
	return s.Text != "" && strings.IndexByte("-+*", s.Text[0]) >= 0 && strings.Trim(s.Text, s.Text[:1]) == ""
}

// Opens reports whether the sentence opens a brace: {, or 2: {, or [name]: {.
func (s Sentence) Opens() bool { return strings.HasSuffix(s.Text, "{") }

// Closes reports whether the sentence is a closing brace.
func (s Sentence) Closes() bool { return s.Text == "}" }

func (s Sentence) structure() bool { return s.Bullet() || s.Opens() || s.Closes() }

// lines are the offsets at which the lines of a text begin.
type lines []int

func linesOf(text string) lines {
	starts := lines{0}
	for i := 0; ; {
		n := strings.IndexByte(text[i:], '\n')
		if n < 0 {
			return starts
		}
		i += n + 1
		starts = append(starts, i)
	}
}

// line is the number of the line of a byte offset.
func (l lines) line(at int) int { return sort.Search(len(l), func(i int) bool { return l[i] > at }) }

// place is the line and the column, in characters, of a byte offset.
func (l lines) place(text string, at int) (line, col int) {
	line = l.line(at)
	return line, utf8.RuneCountInString(text[l[line-1]:at]) + 1
}
