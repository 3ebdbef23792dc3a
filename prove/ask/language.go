package ask

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Language is the language that tactics are written in.
type Language int

// The languages.
const (
	Coq Language = iota
	Lean
)

func (l Language) String() string {
	if l == Lean {
		return "Lean"
	}
	return "Coq"
}

// maxTactic bounds the bytes of a tactic that is taken from a reply.
const maxTactic = 2000

// Clean is the one spelling of a tactic: no blanks around it, single blanks
// within (strings are left alone), no final dot; in Coq on one line. In Lean the
// lines after the first keep their indentation, which means something, and are
// indented at least by two.
func (l Language) Clean(tactic string) string {
	if l == Lean {
		return cleanLean(tactic)
	}
	return strings.TrimRight(squeeze(tactic), ". ")
}

func cleanLean(tactic string) string {
	var texts []string
	var cols []int
	for line := range strings.SplitSeq(tactic, "\n") {
		if text := squeeze(line); text != "" {
			texts, cols = append(texts, text), append(cols, column(line))
		}
	}
	return indent(texts, cols)
}

// indent joins lines that stood in these columns. Those after the first are
// moved together, so that all of them are indented deeper.
func indent(texts []string, cols []int) string {
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	left := max(0, 2-(slices.Min(cols[1:])-cols[0])) - cols[0]
	var b strings.Builder
	b.WriteString(texts[0])
	for i, text := range texts[1:] {
		b.WriteString("\n" + strings.Repeat(" ", cols[i+1]+left) + text)
	}
	return b.String()
}

// column is how far a line is indented; a tab counts as two.
func column(line string) int {
	n := 0
	for _, r := range line {
		switch {
		case r == '\t':
			n += 2
		case unicode.IsSpace(r):
			n++
		default:
			return n
		}
	}
	return n
}

// squeeze makes single blanks of all blanks, but in strings.
func squeeze(s string) string {
	var b strings.Builder
	quoted, pending := false, false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case !quoted && unicode.IsSpace(r):
			pending = b.Len() > 0
		default:
			if pending {
				b.WriteByte(' ')
				pending = false
			}
			b.WriteString(s[i : i+size])
			// A quotation mark that nothing closes is no string.
			quoted = r == '"' && !quoted && strings.Contains(s[i+1:], `"`) || quoted && r != '"'
		}
		i += size
	}
	return b.String()
}

// usable reports whether a text from a model may be proposed as a tactic.
func (l Language) usable(tactic string) bool {
	if tactic == "" || len(tactic) > maxTactic || !utf8.ValidString(tactic) {
		return false
	}
	letters := false
	for _, r := range tactic {
		if unicode.IsControl(r) && (r != '\n' || l == Coq) || unicode.Is(unicode.Cf, r) {
			return false
		}
		letters = letters || unicode.IsLetter(r) || r == '_'
	}
	return letters
}

// system is the stable head of each prompt.
func (l Language) system() string {
	if l == Lean {
		return "You prove goals in Lean 4. You are shown a goal below its hypotheses, and you answer with tactics, " +
			"such as `intro n h`, `induction n with | zero => rfl | succ n ih => simp [ih]`, `rw [ih]`, `exact h`, `omega`. " +
			"Use names that you are shown or that Lean's libraries have. " +
			"Never write sorry or admit. Write no explanations and no comments."
	}
	return "You prove goals in Coq. You are shown a goal below its hypotheses, and you answer with tactics, " +
		"such as `intros n H`, `induction n as [| n IH]`, `rewrite IH`, `simpl`, `exact H`, `lia`. " +
		"Use names that you are shown or that Coq's standard library has. " +
		"Never write admit or Admitted. Write no explanations and no comments."
}
