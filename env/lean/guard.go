package lean

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const tacticLimit = 4096 // bytes

// forbidden are the words that no tactic of a proof needs and that could do
// something other than prove, or give a proof that rests on something else than
// the logic.
var forbidden = reasons{
	"a proof must not leave anything open":                      `sorry admit stop plausible slim_check`,
	"it rests on compiled code, which the judge does not trust": `native_decide native bv_decide bv_decide? bv_check`,
	"it runs a program, and a tactic must only prove": `run_tac run_cmd run_elab run_meta by_elab elab elab_rules
		unsafe initialize builtin_initialize implemented_by extern csimp include_str include_bytes sleep dbg_trace
		dbg_stack polyrith smt llmstep llmqed suggest_tactics search_proof select_premises`,
	"it changes Lean itself, and a tactic must only prove": `set_option macro macro_rules syntax notation infix infixl
		infixr prefix postfix declare_syntax_cat simproc attribute register_option register_simp_attr scoped local
		add_decl_doc deriving`,
	"it is a command, and a proof is made of tactics": `theorem lemma def example abbrev instance axiom opaque
		inductive coinductive structure class namespace section end mutual import universe variable export private
		protected noncomputable nonrec partial termination_by decreasing_by where alias include omit unseal
		suppress_compilation library_note assert_not_exists proof_wanted`,
	"it searches and leaves a suggestion, and a proof must stand alone": `exact? apply? rw? rw?? rw_search simp?
		simp_all? dsimp? simpa? norm_num? omega? decide? aesop? hint says show_term observe? propose have?
		library_search conv? calc? positivity? grind? try? checkpoint trace_state trace_goal`,
}

// buried are refused wherever they are part of a name.
var buried = reasons{
	"a proof must not leave anything open": `sorryAx`,
	"it rests on compiled code, which the judge does not trust": `ofReduceBool ofReduceNat reduceBool reduceNat
		trustCompiler`,
	"it runs a program, and a tactic must only prove": `IO EIO BaseIO unsafeCast unsafeIO unsafeBaseIO unsafeEIO
		evalTactic dbgTrace dbgTraceVal dbgTraceIfShared dbgSleep dbgStackTrace`,
}

type reasons map[string]string // reason to words

// perWord turns reasons around.
func (r reasons) perWord() map[string]string {
	m := map[string]string{}
	for reason, list := range r {
		for w := range words(list) {
			m[w] = reason
		}
	}
	return m
}

var whyWhole, whyPart = forbidden.perWord(), buried.perWord()

// Guard refuses the text of a tactic that could do more than prove: one that
// leaves a sorry, runs programs, changes options or syntax, ends the block it
// stands in, or hides such things in comments and strings. Lines after the first
// must be indented. It goes by words, before Lean sees the text; the judge has
// the last word on what it lets through.
func Guard(tactic string) error {
	if err := guard(tactic); err != nil {
		return err
	}
	for i, line := range strings.Split(tactic, "\n") {
		if strings.HasPrefix(line, " ") == (i == 0) {
			return fmt.Errorf("a tactic begins at the start of its first line, and its further lines are indented; for example: %q", "have h : 1 = 1 := by\n  rfl")
		}
	}
	return nil
}

// Clean is a tactic as it is sent and kept: without comments, spaces around it
// and at the ends of lines, and empty lines.
func Clean(tactic string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(dropComments(tactic), "\r\n", "\n"), "\n") {
		if line = strings.TrimRight(line, " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimLeft(strings.Join(lines, "\n"), " ")
}

// dropComments puts a space in place of every comment. A text that can't be
// lexed stays as it is, for guard to refuse.
func dropComments(s string) string {
	_, comments, err := lex(s)
	if err != nil || len(comments) == 0 {
		return s
	}
	var b strings.Builder
	end := 0
	for _, c := range comments {
		b.WriteString(s[end:c.start] + " ")
		end = c.end
	}
	return b.String() + s[end:]
}

// guard checks tactics of any number of lines.
func guard(s string) error {
	if strings.TrimSpace(s) == "" {
		return fmt.Errorf("there is no tactic; for example: simp")
	}
	if len(s) > tacticLimit && !strings.Contains(s, "\n") || len(s) > 64*tacticLimit {
		return fmt.Errorf("it is %d bytes long; %d are the most", len(s), tacticLimit)
	}
	if err := plain(s); err != nil {
		return err
	}
	tokens, comments, err := lex(s)
	if err != nil {
		return fmt.Errorf("it is no Lean: %w", err)
	}
	if len(comments) > 0 {
		return fmt.Errorf("it holds a comment")
	}
	if err := balanced(tokens); err != nil {
		return err
	}
	for i, t := range tokens {
		if err := allowed(t); err != nil {
			return err
		}
		if t.is("open") && !closedByIn(tokens[i:]) {
			return fmt.Errorf("open: it is a command, and a proof is made of tactics; open … in tactic is allowed")
		}
	}
	return nil
}

// closedByIn reports whether an "open" has its "in" on the same line.
func closedByIn(tokens []token) bool {
	for _, t := range tokens {
		if t.line != tokens[0].line {
			return false
		}
		if t.is("in") {
			return true
		}
	}
	return false
}

// plain refuses characters that Lean does not take or that hide something.
func plain(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("it is not UTF-8")
	}
	for _, r := range s {
		switch {
		case r == '\t':
			return fmt.Errorf("it holds a tab, which Lean refuses")
		case r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)),
			unicode.IsSpace(r) && r != ' ' && r != '\n', r == utf8.RuneError:
			return fmt.Errorf("it holds the invisible character %U", r)
		}
	}
	return nil
}

func balanced(tokens []token) error {
	var open []token
	for _, t := range tokens {
		switch {
		case opens(t):
			open = append(open, t)
		case closes(t):
			if len(open) == 0 {
				return fmt.Errorf("it closes a bracket %q that it has not opened", t.text)
			}
			if last := open[len(open)-1]; closers[last.text] != t.text {
				return fmt.Errorf("it closes %q with %q", last.text, t.text)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("it does not close the bracket %q", open[len(open)-1].text)
	}
	return nil
}

// allowed checks one token.
func allowed(t token) error {
	switch {
	case t.kind == str && strings.Contains(t.text, "\n"):
		return fmt.Errorf("it holds a string of several lines, which indentation would change")
	case t.kind == str && strings.Contains(t.text, "{"):
		// Braces may hold terms.
		for _, part := range strings.FieldsFunc(t.text, func(r rune) bool { return !inName(r) }) {
			if err := allowedWord(part); err != nil {
				return err
			}
		}
	case t.is("@["):
		return fmt.Errorf("it sets an attribute, and a tactic must only prove")
	case t.is("`"):
		return fmt.Errorf("it quotes syntax (`), and a tactic must only prove")
	case t.kind == word:
		return allowedWord(t.text)
	}
	return nil
}

func allowedWord(w string) error {
	if strings.HasPrefix(w, "#") {
		return fmt.Errorf("%s: it is a command, and a proof is made of tactics", w)
	}
	if reason := whyWhole[strings.Trim(w, "«»?")]; reason != "" {
		return fmt.Errorf("%s: %s", w, reason)
	}
	if reason := whyWhole[w]; reason != "" {
		return fmt.Errorf("%s: %s", w, reason)
	}
	for part := range strings.SplitSeq(w, ".") {
		part = strings.Trim(part, "«»?")
		if reason := whyPart[part]; reason != "" {
			return fmt.Errorf("%s: %s", w, reason)
		}
		if strings.HasPrefix(part, "sorry") {
			return fmt.Errorf("%s: a proof must not leave anything open", w)
		}
	}
	return nil
}
