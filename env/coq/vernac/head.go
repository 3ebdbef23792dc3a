package vernac

import "strings"

// theoremOf is the theorem that a command states, if it opens a proof.
func theoremOf(c command) (Theorem, bool) {
	t := Theorem{Kind: c.word, plain: c.plain()}
	l := c.rest
	switch w := c.word; {
	case theorems[w]:
		t.name(l)
	case w == "Goal":
		t.statement(l)
	case w == "Definition" || w == "Example" || w == "SubClass" || w == "Let" || w == "Fixpoint" || w == "CoFixpoint":
		if w == "Let" {
			t.plain = false
			switch peek := l; peek.str(peek.next()) {
			case "Fixpoint", "CoFixpoint":
				l = peek
			}
		}
		if assigns(l) {
			return t, false
		}
		t.plain = t.plain && (w == "Definition" || w == "Example")
		t.name(l)
	case w == "Instance":
		if assigns(l) && !c.has("refine") || c.has("Program") {
			return t, false
		}
		t.name(l)
	default:
		t.plain = false
		return t, t.rare(l)
	}
	return t, true
}

// rare reads the commands that open a proof only in some forms.
func (t *Theorem) rare(l lexer) bool {
	first := l
	second := l.str(l.next())
	switch t.Kind {
	case "Function":
		t.name(first)
		return holds(first, "measure", "wf")
	case "Add":
		if second == "Parametric" {
			second = l.str(l.next())
		}
		if second != "Morphism" {
			return false
		}
		t.Kind = "Add Morphism"
		t.statement(l)
		t.Name = after(l, "as")
	case "Derive":
		if third := l.str(l.next()); third != "SuchThat" && third != "in" {
			return false
		}
		t.statement(l)
		t.Name = after(l, "As", "as")
	case "Next", "Final":
		t.Kind += " Obligation"
		return second == "Obligation"
	case "Obligation":
		return second != "" && '0' <= second[0] && second[0] <= '9'
	case "Equations":
		return strings.HasPrefix(second, "?")
	default:
		return false
	}
	if t.Name != "" {
		t.Names = []string{t.Name}
	}
	return true
}

// name reads the names and the statement behind the word that states them.
func (t *Theorem) name(l lexer) {
	start := l
	if n := l.next(); n.kind == word {
		t.Name = l.str(n)
		t.Names = append([]string{t.Name}, others(l)...)
		t.plain = t.plain && len(t.Names) == 1
		start = l
	}
	t.statement(start)
}

// statement takes the rest of a sentence without the dot.
func (t *Theorem) statement(l lexer) {
	rest := strings.TrimSuffix(l.text[l.pos:], ".")
	t.Statement = strings.Trim(rest, blanks)
}

// others are the names that follow with, outside of brackets and of match.
func others(l lexer) (names []string) {
	depth, matches := 0, 0
	for {
		t := l.next()
		switch w := l.str(t); {
		case t.kind == end || t.kind == bad:
			return names
		case t.kind == bracket:
			depth += nesting(w)
		case depth > 0:
		case w == "match":
			matches++
		case w == "with" && matches > 0:
			matches--
		case w == "with":
			if n := l.next(); n.kind == word {
				names = append(names, l.str(n))
			}
		}
	}
}

func nesting(bracket string) int {
	if strings.Contains("([{", bracket) {
		return 1
	}
	return -1
}

// assigns reports whether the sentence has a := outside of brackets that no
// let or fix has a claim on: it is a definition by a term.
func assigns(l lexer) bool {
	depth, lets := 0, 0
	for {
		t := l.next()
		switch w := l.str(t); {
		case t.kind == end || t.kind == bad:
			return false
		case t.kind == bracket:
			depth += nesting(w)
		case depth > 0:
		case w == "let":
			lets++
		case (w == "fix" || w == "cofix") && lets == 0:
			lets++
		case t.kind == symbol && strings.HasPrefix(w, ":="):
			if lets == 0 {
				return true
			}
			lets--
		}
	}
}

// holds reports whether a brace of the sentence begins with one of words.
func holds(l lexer, words ...string) bool {
	for t := l.next(); t.kind != end && t.kind != bad; t = l.next() {
		if l.str(t) != "{" {
			continue
		}
		peek := l
		first := peek.str(peek.next())
		for _, w := range words {
			if first == w {
				return true
			}
		}
	}
	return false
}

// after is the word behind the last of words.
func after(l lexer, words ...string) (found string) {
	for t := l.next(); t.kind != end && t.kind != bad; t = l.next() {
		for _, w := range words {
			if l.str(t) == w {
				peek := l
				if n := peek.next(); n.kind == word {
					found = peek.str(n)
				}
			}
		}
	}
	return found
}

// plain reports whether nothing around the command asks for more care than its
// own kind does. Of attributes it knows only those that say where a name counts.
func (c command) plain() bool {
	for _, w := range c.before {
		if w != "Local" && w != "Global" && w != "Monomorphic" {
			return false
		}
	}
	for _, w := range c.attrs {
		switch w {
		case "local", "global", "export", "using", "deprecated", "since", "note":
		default:
			return false
		}
	}
	return true
}
