package view

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// newline stands for a line break inside a line.
const newline = '⏎'

// maxMarks bounds the zero-width runes on one character: piles of marks spill
// over neighbouring lines and make one cell arbitrarily long.
const maxMarks = 8

// Clean makes text of problems and models safe to show within one line: line
// breaks become ⏎, tabs spaces and invalid UTF-8 U+FFFD; escape sequences,
// control characters, direction controls and other invisible characters are
// left out. Joiners, which emoji and some scripts need, stay. Clean text is
// not changed again.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	marks := 0
	var esc escapes
	for i := 0; i < len(s); {
		if n := esc.length(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\r' && i < len(s) && s[i] == '\n':
			continue // the line feed speaks for both
		case breaksLine(r):
			r = newline
		case r == '\t':
			r = ' '
		case hidden(r):
			continue
		}
		if zeroWidth(r) {
			marks++
		} else {
			marks = 0
		}
		if marks <= maxMarks {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain reports that s is printable ASCII, as most texts are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func breaksLine(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// hidden reports a rune that no reader sees but a terminal may obey.
func hidden(r rune) bool {
	const joiner, nonJoiner = 0x200d, 0x200c
	if r == joiner || r == nonJoiner {
		return false
	}
	return unicode.IsControl(r) ||
		unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// escapes measures terminal escape sequences of one text.
type escapes struct {
	// open says that no string terminator is left in the text, so that a text
	// of nothing but beginnings is not searched again and again.
	open bool
}

// length is the size of the escape sequence at the beginning of s, 0 if there
// is none. Of a string that never ends only the beginning counts, so that it
// can't swallow the rest of the text.
func (e *escapes) length(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == 0x1b {
		if n == len(s) {
			return n
		}
		r = rune(s[n]) + 0x40 // ESC [ is the same as the control 0x9b
		if !introduces(r) {
			for n < len(s) && s[n] >= 0x20 && s[n] <= 0x2f {
				n++
			}
			if n < len(s) && s[n] >= 0x30 && s[n] <= 0x7e {
				n++
			}
			return n
		}
		n++
	}
	switch {
	case !introduces(r):
		return 0
	case r == 0x9b:
		for n < len(s) && s[n] >= 0x20 && s[n] <= 0x3f {
			n++
		}
		if n < len(s) && s[n] >= 0x40 && s[n] <= 0x7e {
			n++
		}
		return n
	case e.open:
		return n
	}
	end, size := terminator(s[n:])
	if end < 0 {
		e.open = true
		return n
	}
	return n + end + size
}

// introduces reports the controls that begin a sequence or a string: device
// control, start of string, sequence, system command, privacy, application.
func introduces(r rune) bool {
	switch r {
	case 0x90, 0x98, 0x9b, 0x9d, 0x9e, 0x9f:
		return true
	}
	return false
}

// terminator finds the first end of a control string, and its size.
func terminator(s string) (at, size int) {
	for i := range len(s) {
		switch {
		case s[i] == '\a':
			return i, 1
		case strings.HasPrefix(s[i:], "\x1b\\"), strings.HasPrefix(s[i:], "\u009c"):
			return i, 2
		}
	}
	return -1, 0
}

// narrow measures as most terminals do, whatever the locale.
var narrow = &runewidth.Condition{StrictEmojiNeutral: true}

func zeroWidth(r rune) bool { return narrow.RuneWidth(r) == 0 }

// cells is the width of clean text on a terminal: the sum over its runes, which
// is never less than what a terminal that joins emoji uses.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += narrow.RuneWidth(r)
	}
	return n
}

// cut shortens clean text to w cells, the last of them used by tail.
func cut(s string, w int, tail string) string {
	if len(s) <= w || cells(s) <= w {
		return s
	}
	room := w - cells(tail)
	if room < 0 {
		return strings.Repeat(".", max(w, 0))
	}
	end := 0
	for i, r := range s {
		if room -= narrow.RuneWidth(r); room < 0 {
			end = i
			break
		}
	}
	return s[:end] + tail
}
