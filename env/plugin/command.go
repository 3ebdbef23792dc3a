package plugin

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Split splits a command into the program and its arguments: at spaces, but for those
// in single or double quotes or behind a backslash. No shell is asked, and nothing else
// has a meaning.
func Split(command string) ([]string, error) {
	var out []string
	var word strings.Builder
	inWord, escaped := false, false
	quote := rune(0)
	for _, r := range command {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				out = append(out, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("the quote %c is not closed", quote)
	case escaped:
		return nil, errors.New("there is nothing behind the last backslash")
	}
	if inWord {
		out = append(out, word.String())
	}
	if len(out) == 0 || out[0] == "" {
		return nil, errors.New("it names no program")
	}
	return out, nil
}

// Bounds of what is shown of a plug-in's stderr.
const (
	mostLine  = 500 // characters of a line
	mostLines = 200
)

// prefixed shows the lines of a plug-in's stderr, bounded.
type prefixed struct {
	to io.Writer

	mu    sync.Mutex
	part  []byte // of a line
	lines int
}

// Write never fails: what can't be shown is left out.
func (p *prefixed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range b {
		if c != '\n' {
			if len(p.part) < 4*mostLine {
				p.part = append(p.part, c)
			}
			continue
		}
		p.show()
	}
	return len(b), nil
}

func (p *prefixed) show() {
	text := clean(strings.ToValidUTF8(string(p.part), "?"))
	p.part = p.part[:0]
	p.lines++
	switch {
	case p.lines == mostLines:
		fmt.Fprintln(p.to, "plug-in: (more of what it writes to stderr is left out)")
		return
	case p.lines > mostLines:
		return
	}
	if r := []rune(text); len(r) > mostLine {
		text = string(r[:mostLine]) + "…"
	}
	fmt.Fprintf(p.to, "plug-in: %s\n", text)
}
