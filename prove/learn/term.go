package learn

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest are the bytes of a text that are read: what is longer than that says
// no more about a goal.
const longest = 4000

// tokens are the parts of a printed term or tactic, without spaces.
func tokens(s string) []string {
	if len(s) > longest {
		s = s[:longest]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	var out []string
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		end := i + size
		switch {
		case unicode.IsSpace(r):
			i = end
			continue
		case isName(r) || r == '?' && nameAt(s, end):
			end = nameEnd(s, end)
		case unicode.IsDigit(r):
			end = runEnd(s, end, func(r rune) bool { return unicode.IsDigit(r) || isName(r) })
		case r == '"':
			end = quoteEnd(s, end)
		case isOperator(r):
			end = runEnd(s, end, isOperator)
		}
		out = append(out, s[i:end])
		i = end
	}
	return out
}

func isName(r rune) bool { return r == '_' || unicode.IsLetter(r) && r != 'λ' }

func inName(r rune) bool {
	return isName(r) || r == '\'' || unicode.IsNumber(r) || unicode.Is(unicode.M, r)
}

func isOperator(r rune) bool { return strings.ContainsRune(`<>=-/\|&+*^:!`, r) }

func nameAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return i < len(s) && isName(r)
}

func runEnd(s string, i int, in func(rune) bool) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !in(r) {
			break
		}
		i += size
	}
	return i
}

// nameEnd is the end of a name with what it is qualified by: a.b.c.
func nameEnd(s string, i int) int {
	for i = runEnd(s, i, inName); i < len(s) && s[i] == '.' && nameAt(s, i+1); {
		i = runEnd(s, i+1, inName)
	}
	return i
}

func quoteEnd(s string, i int) int {
	if end := strings.IndexByte(s[i:], '"'); end >= 0 {
		return i + end + 1
	}
	return len(s)
}

// operators by how loosely they bind, the loosest first; last says that the last
// of several at the top is the head, as of a - b - c.
var operators = []struct {
	symbols []string
	last    bool
}{
	{[]string{"<->", "↔"}, false},
	{[]string{"->", "→"}, false},
	{[]string{`\/`, "∨"}, false},
	{[]string{`/\`, "∧"}, false},
	{[]string{"~", "¬"}, false},
	{[]string{
		"=", "<>", "≠", "<", "<=", "≤", ">", ">=", "≥", "∈", "∉", "⊆", "⊂", "≡", "∣", "|", "==", "=?", "<=?", "<?", "≃", "≈", "===", "≅",
	}, false},
	{[]string{"::", "++", "&&", "||", "∪", "∩", "∘", "•"}, false},
	{[]string{"+", "-"}, true},
	{[]string{"*", "/", "×", "mod", "∙"}, true},
	{[]string{"^"}, false},
}

var quantifiers = []string{"forall", "exists", "fun", "let", "if", "match", "∀", "∃", "λ", "Σ", "Π", "∑", "∏", "⋃", "⋂"}

// same gives symbols of Lean and of Coq one name.
var same = map[string]string{
	"↔": "<->", "→": "->", "∨": `\/`, "∧": `/\`, "¬": "~", "≠": "<>", "≤": "<=", "≥": ">=", "∀": "forall", "∃": "exists", "λ": "fun",
}

func name(symbol string) string {
	if n, ok := same[symbol]; ok {
		return n
	}
	return symbol
}

func opens(s string) bool  { return s == "(" || s == "[" || s == "{" || s == "⟨" }
func closes(s string) bool { return s == ")" || s == "]" || s == "}" || s == "⟩" }

// closing is the token that closes the bracket at i, or the last one.
func closing(t []string, i int) int {
	depth := 0
	for ; i < len(t); i++ {
		if opens(t[i]) {
			depth++
		} else if closes(t[i]) {
			if depth--; depth <= 0 {
				return i
			}
		}
	}
	return len(t) - 1
}

// bare takes away brackets around a whole term, and its scope.
func bare(t []string) []string {
	for len(t) > 1 {
		switch end := closing(t, 0); {
		case t[0] == "(" && end == len(t)-1 && t[end] == ")":
			t = t[1:end]
		case t[0] == "(" && end == len(t)-3 && t[end+1] == "%":
			t = t[1:end]
		case t[0] == "@":
			t = t[1:]
		default:
			return t
		}
	}
	return t
}

// split cuts a term into its head and what that is applied to. A quantifier's
// argument is its body.
func split(t []string) (head string, args [][]string) {
	t = bare(t)
	if len(t) == 0 {
		return "", nil
	}
	if slices.Contains(quantifiers, t[0]) {
		if at := top(t, []string{",", "=>"}, false); at >= 0 {
			return name(t[0]), [][]string{t[at+1:]}
		}
		return name(t[0]), nil
	}
	for _, level := range operators {
		at := top(t, level.symbols, level.last)
		if at < 0 || at == len(t)-1 {
			continue
		}
		if at == 0 {
			return name(t[0]), [][]string{t[1:]}
		}
		if t[at] == "~" || t[at] == "¬" {
			continue
		}
		return name(t[at]), [][]string{t[:at], t[at+1:]}
	}
	return application(t)
}

// top is the first or last of these tokens that stands in no brackets and in no
// quantifier's body, or -1.
func top(t []string, symbols []string, last bool) int {
	found := -1
	for i := 0; i < len(t); i++ {
		if opens(t[i]) {
			i = closing(t, i)
			continue
		}
		if i > 0 && slices.Contains(quantifiers, t[i]) {
			break
		}
		if slices.Contains(symbols, t[i]) {
			if found = i; !last {
				break
			}
		}
	}
	return found
}

func application(t []string) (head string, args [][]string) {
	for i := 0; i < len(t); {
		end := i
		if opens(t[i]) {
			end = closing(t, i)
		}
		if i > 0 {
			args = append(args, t[i:end+1])
		}
		i = end + 1
	}
	if end := closing(t, 0); t[0] == "(" && t[end] == ")" {
		head, _ = split(t[1:end])
		return head, args
	}
	return t[0], args
}

// binders lists the names that a quantifier binds.
func binders(t []string) []string {
	t = bare(t)
	if len(t) == 0 || !slices.Contains(quantifiers, t[0]) {
		return nil
	}
	var out []string
	types := false
	for _, s := range t[1:] {
		switch {
		case s == "," || s == "=>":
			return out
		case s == ":":
			types = true
		case opens(s) || closes(s):
			types = false
		case !types && nameAt(s, 0):
			out = append(out, s)
		}
	}
	return out
}
