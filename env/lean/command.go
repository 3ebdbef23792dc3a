package lean

import (
	"slices"
	"strings"
)

// command is one command of a file, with the attributes and modifiers before it.
type command struct {
	kind       string // its keyword: "theorem", "namespace", …
	name       string // of a declaration, in full
	namespace  string // where it stands
	private    bool
	mutual     bool // it stands in a mutual block
	first, end int  // tokens
	keyword    int  // the token that makes it what it is
	named      int  // the token of the name, or -1
	body       int  // the token := or | that begins the body, or -1
}

var (
	// declarations may hold a proof and, apart from examples and instances, have a name.
	declarations = words("theorem lemma example def abbrev instance opaque irreducible_def")
	// starters begin a command wherever they stand outside of brackets: no term
	// or tactic has them.
	starters = words(`theorem lemma example def abbrev instance opaque axiom inductive coinductive structure class
		namespace section end mutual import universe`)
	// openers begin a command if they are the first on their line, at its start.
	openers = words(`open set_option variable variables include omit attribute local scoped export macro
		macro_rules syntax notation infix infixl infixr prefix postfix elab elab_rules declare_syntax_cat
		initialize builtin_initialize deriving noncomputable_section run_cmd run_elab run_meta
		register_simp_attr register_option simproc alias irreducible_def assert_not_exists library_note
		add_decl_doc unseal suppress_compilation proof_wanted compile_inductive module public meta`)
	modifiers = words("private protected noncomputable nonrec unsafe partial scoped local public meta")
	// prefixes are commands that apply to the next one if they end with "in".
	prefixes = words("open set_option variable include omit attribute unseal #guard_msgs")
)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// splitter finds where commands begin.
type splitter struct {
	tokens   []token
	commands []command
	depth    int
	// loose: the command so far is only attributes, modifiers and "… in".
	loose bool
	scope scope
}

// split groups tokens into commands. Lean's grammar can be extended by any file,
// so this goes by the words that begin commands.
func split(tokens []token) []command {
	s := &splitter{tokens: tokens}
	for i, t := range tokens {
		if starters[t.text] && t.first && t.col == 0 {
			s.depth = 0 // whatever brackets some notation has left open
		}
		if s.depth == 0 && t.kind != str && t.kind != char {
			s.begin(i, t)
		}
		switch {
		case opens(t):
			s.depth++
		case closes(t) && s.depth > 0:
			s.depth--
		}
	}
	s.close(len(tokens))
	for i := range s.commands {
		s.finish(&s.commands[i])
	}
	return s.commands
}

// begin starts a command at token i, if one begins there.
func (s *splitter) begin(i int, t token) {
	atStart := t.first && t.col == 0
	switch {
	case t.text == "@[" && atStart && !s.loose, s.modifies(i) && !s.loose:
		s.open(i, "", true)
	case t.text == "in" && s.loosens():
		s.loose = true
	case starters[t.text] && !s.argument(i):
		if s.loose {
			s.retitle(i, t.text)
		} else {
			s.open(i, t.text, false)
		}
	case atStart && (openers[t.text] || strings.HasPrefix(t.text, "#") && t.kind == word):
		if s.loose && !modifiers[t.text] {
			s.retitle(i, t.text)
		} else {
			s.open(i, t.text, modifiers[t.text])
		}
	case s.loose && openers[t.text] && !modifiers[t.text]:
		s.retitle(i, t.text)
	case len(s.commands) == 0:
		s.open(i, t.text, false)
	}
}

// modifies reports whether token i is a modifier of the command that follows.
func (s *splitter) modifies(i int) bool {
	t := s.tokens[i]
	if !modifiers[t.text] || !t.first {
		return false
	}
	next := i + 1
	return t.col == 0 || next < len(s.tokens) && (starters[s.tokens[next].text] || modifiers[s.tokens[next].text])
}

// argument reports whether a command's word at i is an argument of the word
// before it ("deriving instance").
func (s *splitter) argument(i int) bool {
	return i > 0 && s.tokens[i-1].is("deriving") || i > 0 && s.tokens[i-1].is("class") && s.tokens[i].is("inductive")
}

func (s *splitter) loosens() bool {
	return len(s.commands) > 0 && prefixes[s.commands[len(s.commands)-1].kind]
}

func (s *splitter) open(i int, kind string, loose bool) {
	s.close(i)
	s.commands = append(s.commands, command{kind: kind, first: i, keyword: i, named: -1, body: -1})
	s.loose = loose
}

func (s *splitter) retitle(i int, kind string) {
	c := &s.commands[len(s.commands)-1]
	c.kind, c.keyword, s.loose = kind, i, false
}

func (s *splitter) close(i int) {
	if n := len(s.commands); n > 0 && s.commands[n-1].end == 0 {
		s.commands[n-1].end = i
	}
}

// finish finds name, body and namespace of a command.
func (s *splitter) finish(c *command) {
	tokens := s.tokens[c.first:c.end]
	if !declarations[c.kind] {
		s.scope.follow(c.kind, s.tokens[c.keyword+1:c.end])
		return
	}
	c.mutual = slices.ContainsFunc(s.scope.open, func(f frame) bool { return f.kind == "mutual" })
	c.private = slices.ContainsFunc(tokens[:c.keyword-c.first], func(t token) bool { return t.is("private") })
	c.namespace = s.scope.namespace()
	c.named = s.nameOf(*c)
	if c.named >= 0 {
		c.name = full(c.namespace, s.tokens[c.named].text)
	}
	c.body = bodyOf(s.tokens, c.keyword+1, c.end)
}

// nameOf is the token of a declaration's name, or -1.
func (s *splitter) nameOf(c command) int {
	if c.kind == "example" {
		return -1
	}
	i := c.keyword + 1
	if c.kind == "instance" && i+1 < c.end && s.tokens[i].is("(") && s.tokens[i+1].is("priority") {
		for i < c.end && !s.tokens[i].is(")") {
			i++
		}
		i++
	}
	if i < c.end && s.tokens[i].kind == word && !s.tokens[i].is("sorry") {
		return i
	}
	return -1
}

// bodyOf is the token that begins the body of a declaration: := or, for one that
// is defined by cases, the first | of a line.
func bodyOf(tokens []token, from, end int) int {
	depth, lets := 0, 0
	for i := from; i < end; i++ {
		t := tokens[i]
		switch {
		case opens(t):
			depth++
		case closes(t):
			depth--
		case depth > 0:
		case t.is("let", "have", "letI", "haveI"):
			lets++
		case t.is(":=") && lets > 0:
			lets--
		case t.is(":="), t.is("|") && t.first && alternative(tokens[i:end]):
			return i
		case t.is("where"):
			return -1
		}
	}
	return -1
}

// alternative reports whether the | that tokens begin with is one of a
// definition by cases, and not an absolute value.
func alternative(tokens []token) bool {
	depth := 0
	for _, t := range tokens {
		switch {
		case opens(t):
			depth++
		case closes(t):
			depth--
		case depth == 0 && t.is("=>", "↦"):
			return true
		case depth == 0 && t.is(":="):
			return false
		}
	}
	return false
}

// scope is the stack of open namespaces and sections.
type scope struct{ open []frame }

type frame struct {
	name string
	kind string // namespace, section or mutual
}

func (s *scope) follow(kind string, rest []token) {
	name := ""
	if len(rest) > 0 && rest[0].kind == word && !rest[0].first {
		name = rest[0].text
	}
	switch kind {
	case "namespace":
		for part := range strings.SplitSeq(name, ".") {
			s.open = append(s.open, frame{part, kind})
		}
	case "section", "mutual":
		parts := strings.Split(name, ".")
		if kind == "mutual" {
			parts = []string{""}
		}
		for _, part := range parts {
			s.open = append(s.open, frame{part, kind})
		}
	case "end":
		n := len(strings.Split(name, "."))
		s.open = s.open[:max(0, len(s.open)-n)]
	}
}

// namespace is the one that is open.
func (s *scope) namespace() string {
	var parts []string
	for _, f := range s.open {
		if f.kind == "namespace" {
			parts = append(parts, f.name)
		}
	}
	return strings.Join(parts, ".")
}

// full is a declared name with the namespace in front.
func full(namespace, name string) string {
	if rooted, ok := strings.CutPrefix(name, "_root_."); ok {
		return rooted
	}
	if namespace == "" {
		return name
	}
	return namespace + "." + name
}
