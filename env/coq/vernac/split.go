package vernac

// Split cuts a text into its sentences. What stands between two of them is
// blanks and comments. On an *Error the sentences before it are returned too.
func Split(text string) ([]Sentence, error) {
	list, at, reason := split(text)
	if reason == "" {
		return list, nil
	}
	line, col := linesOf(text).place(text, at)
	return list, &Error{Line: line, Col: col, Reason: reason}
}

// split is Split with the offset of what is wrong.
func split(text string) (list []Sentence, at int, reason string) {
	l := lexer{text: text}
	for {
		t := l.next()
		start := t.start
		if t.kind == end {
			return list, 0, ""
		}
		stop := structureEnd(l, t)
		if stop < 0 {
			for ; stop < 0; t = l.next() {
				switch {
				case t.kind == bad && text[t.start] == '"':
					return list, t.start, `the string that begins here is never closed: it ends at the next ", and a quote inside is doubled`
				case t.kind == bad && text[t.start] == 'l':
					return list, t.start, "the quotation that begins here is never closed: it lacks a }}"
				case t.kind == bad:
					return list, t.start, "the comment that begins here is never closed: it lacks a *)"
				case t.kind == end:
					return list, start, "the sentence that begins here has no end: it lacks a dot with a blank behind"
				case l.ends(t):
					stop = t.end
				}
			}
		}
		l.pos = stop
		list = append(list, Sentence{start, stop, text[start:stop]})
	}
}

// structureEnd is the end of the bullet or brace that the first token t of a
// sentence begins, or -1.
func structureEnd(l lexer, t token) int {
	c := l.text[t.start]
	switch {
	case c == '{' || c == '}':
		return t.start + 1
	case c == '-' || c == '+' || c == '*':
		i := t.start + 1
		for i < len(l.text) && l.text[i] == c {
			i++
		}
		return i
	case t.kind == number:
	case c == '[':
		if l.next().kind != word || l.str(l.next()) != "]" {
			return -1
		}
	default:
		return -1
	}
	if l.str(l.next()) != ":" {
		return -1
	}
	if brace := l.next(); l.str(brace) == "{" {
		return brace.end
	}
	return -1
}
