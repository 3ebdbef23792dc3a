package prove

import (
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// term is what can be told of a statement that Coq has printed in full, without
// knowing what its names stand for.
type term struct {
	symbols []string // constants, inductives and constructors, each once, in order
	names   []string // the same as shortName calls them, each once
	bound   []binder // what is quantified over in front, in order
	binders []string // the names of those, but for _
	premise int      // hypotheses and variables in front, in all
	needs   []string // the types of those without a name
	head    string   // of the conclusion
	args    []string // of the conclusion's head, as text
	concl   string
}

// shortName is the end of a name, for one thing may be called by several: Nat.add is
// Init.Nat.add where another Nat is open.
func shortName(name string) string {
	last := strings.LastIndexByte(name, '.')
	if last <= 0 {
		return name
	}
	return name[strings.LastIndexByte(name[:last], '.')+1:]
}

// words that are no names.
var words = map[string]bool{
	"forall": true, "exists": true, "fun": true, "let": true, "in": true, "match": true, "with": true, "end": true,
	"as": true, "return": true, "if": true, "then": true, "else": true, "fix": true, "cofix": true, "for": true,
	"Prop": true, "Set": true, "Type": true, "SProp": true, "struct": true, "is": true,
}

// analyse takes a statement apart. Names in local are variables.
func analyse(full string, local map[string]bool) term {
	var t term
	toks := vernac.Idents(full)
	bound := map[string]bool{}
	rest := full
	for {
		list, after, ok := quantifier(rest)
		if !ok {
			break
		}
		t.bound = append(t.bound, list...)
		for _, b := range list {
			t.premise++
			if b.name != "_" {
				t.binders = append(t.binders, b.name)
			} else {
				t.needs = append(t.needs, b.typ)
			}
		}
		rest = after
	}
	t.concl = strings.TrimSpace(rest)
	for i, tok := range toks {
		if i > 0 && (toks[i-1] == "forall" || toks[i-1] == "fun" || toks[i-1] == "let" || toks[i-1] == "fix" || toks[i-1] == "as") {
			bound[tok] = true
		}
	}
	for _, g := range groups(full) {
		bound[g] = true
	}
	seen := map[string]bool{}
	for _, tok := range toks {
		name := strings.TrimPrefix(tok, "@")
		if !isName(name) || words[name] || bound[name] || local[name] || seen[name] {
			continue
		}
		seen[name] = true
		t.symbols = append(t.symbols, name)
		if short := shortName(name); !slices.Contains(t.names, short) {
			t.names = append(t.names, short)
		}
	}
	parts := application(t.concl)
	if len(parts) > 0 {
		t.head = strings.TrimPrefix(parts[0], "@")
		t.args = parts[1:]
	}
	return t
}

// binder is what a quantifier binds.
type binder struct{ name, typ string }

// quantifier takes "forall (n : nat) (m : nat), …" apart.
func quantifier(s string) (list []binder, rest string, ok bool) {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "forall ") {
		return nil, s, false
	}
	depth := 0
	for i, r := range s {
		switch r {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			depth--
		case ',':
			if depth == 0 {
				return bindersOf(s[len("forall "):i]), s[i+1:], true
			}
		}
	}
	return nil, s, false
}

// bindersOf reads "n m : nat" or "(n : nat) (m : nat)".
func bindersOf(s string) []binder {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "(") && !strings.HasPrefix(s, "{") {
		return namesOf(s)
	}
	var out []binder
	for _, part := range application(s) {
		if len(part) > 2 && strings.ContainsAny(part[:1], "({") {
			part = part[1 : len(part)-1]
		}
		out = append(out, namesOf(part)...)
	}
	return out
}

// namesOf reads "n m : nat".
func namesOf(s string) []binder {
	names, typ, _ := strings.Cut(s, ":")
	var out []binder
	for _, n := range strings.Fields(names) {
		out = append(out, binder{n, strings.TrimSpace(typ)})
	}
	return out
}

// groups are the names bound in parentheses: "(n m : nat)".
func groups(s string) []string {
	var out []string
	for i := 0; i < len(s); i++ {
		if s[i] != '(' {
			continue
		}
		end := strings.IndexAny(s[i+1:], ":(),=@")
		if end > 0 && s[i+1+end] == ':' {
			out = append(out, strings.Fields(s[i+1:i+1+end])...)
		}
	}
	return out
}

// application splits "f (g x) y" into its head and arguments, parentheses kept.
func application(s string) []string {
	var out []string
	depth, begin := 0, -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '(' || c == '{' || c == '[':
			if depth == 0 && begin < 0 {
				begin = i
			}
			depth++
		case c == ')' || c == '}' || c == ']':
			depth--
			if depth < 0 {
				return out
			}
		case c == ' ' || c == '\n':
			if depth == 0 && begin >= 0 {
				out = append(out, s[begin:i])
				begin = -1
			}
		default:
			if begin < 0 {
				begin = i
			}
		}
	}
	if begin >= 0 {
		out = append(out, s[begin:])
	}
	return out
}

func isName(s string) bool {
	return s != "" && (s[0] == '_' && len(s) > 1 || s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 0x80)
}

// equation reports whether a statement ends in an equation, or in a relation that is used
// like one, and its sides.
func (t term) equation() (left, right string, ok bool) {
	if n := len(t.args); n >= 2 && t.head != "iff" && isRelation(t.head) {
		return t.args[n-2], t.args[n-1], true
	}
	return "", "", false
}
