package vernac

import "strings"

// Clean makes one line of a tactic as it stands in a file or comes from a
// model: without blanks around, final dot, bullets, braces and goal selector
// before it; blanks within become single ones, except in strings, and comments
// go. It doesn't make a bad tactic good: that is for Guard to say.
func Clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	l := lexer{text: text}
	start := 0
	for {
		t := l.next()
		if t.kind == end {
			return ""
		}
		start = t.start
		stop := structureEnd(l, t)
		if stop < 0 {
			break
		}
		l.pos = stop
	}
	text = withoutSelector(text[start:])
	return withoutDot(squeeze(text))
}

func withoutSelector(text string) string {
	l := lexer{text: text}
	t := l.next()
	w := l.str(t)
	switch {
	case w == "[":
		if l.next().kind != word || l.str(l.next()) != "]" {
			return text
		}
	case t.kind == number:
		for {
			peek := l
			if sep := peek.str(peek.next()); sep != "," && sep != "-" || peek.next().kind != number {
				break
			}
			l = peek
		}
	case w == "!:":
		return text[t.end:]
	case w != "all" && w != "!":
		return text
	}
	if c := l.next(); l.str(c) == ":" {
		return text[c.end:]
	}
	return text
}

// squeeze drops comments and surplus blanks.
func squeeze(text string) string {
	var b strings.Builder
	l := lexer{text: text}
	for at := 0; ; {
		t := l.next()
		if t.kind == end {
			return b.String()
		}
		if b.Len() > 0 && t.start > at {
			b.WriteByte(' ')
		}
		b.WriteString(l.str(t))
		at = t.end
	}
}

func withoutDot(text string) string {
	l := lexer{text: text}
	for t := l.next(); t.kind != end; t = l.next() {
		if l.ends(t) && t.end == len(text) {
			return strings.TrimRight(text[:t.start], " ")
		}
	}
	return text
}
