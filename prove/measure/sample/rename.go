package sample

import (
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Rename gives new names, such as a17 for app_assoc, to what a file defines:
// lemmas, constants, types with their constructors and fields, abbreviations and
// Ltac. Whoever remembers the library finds nothing in it that he knows. The
// first letter stays: Coq calls a variable after that of its type, and proofs
// rely on it. A name is kept if it is bound somewhere in the file, too, if it
// means something else before it is defined, if it is a word of tactics or of
// the file's notations, or if others may ask for it: what a module type, a
// module with a signature, or one that includes another defines. Modules,
// sections and all that comes from other files keep their names. A text that
// isn't Coq comes back as it is.
//
// It is done by words, without Coq: whether Coq takes the text is for Renamer to
// find out.
func Rename(text string) string {
	f, err := vernac.Parse("", text)
	if err != nil {
		return text
	}
	n := newRenaming(f)
	return n.apply(n.candidates)
}

// renaming is what can be renamed in a file.
type renaming struct {
	*source
	candidates []string // in the order of their definitions
	fresh      map[string]string
	modules    map[string]bool // that the file makes
	breaks     []int           // where lines end
}

func newRenaming(f *vernac.File) *renaming {
	n := &renaming{source: newSource(f), fresh: map[string]string{}, modules: map[string]bool{}}
	for i, c := range []byte(f.Text) {
		if c == '\n' {
			n.breaks = append(n.breaks, i)
		}
	}
	s := surveyed{renaming: n, taken: map[string]bool{}, kept: maps.Clone(tactics)}
	for i := range f.Sentences {
		s.look(i)
	}
	for _, name := range s.defined {
		if !s.kept[name] && n.fresh[name] == "" && !s.derives(name) {
			n.fresh[name] = s.invent(name)
			n.candidates = append(n.candidates, name)
		}
	}
	return n
}

// tactics and other words of the language that a lemma may be called, too.
var tactics = words(`_ left right split exists auto trivial easy now discriminate injection reflexivity
	symmetry transitivity intro intros apply exact rewrite unfold fold simpl cbn cbv lazy compute change
	pattern assumption contradiction absurd case elim induction destruct inversion subst clear generalize
	specialize assert cut pose set remember refine constructor econstructor f_equal congruence firstorder
	tauto intuition lia nia ring field omega do repeat try first solve fail idtac progress constr ident
	level next only no associativity parsing printing format name global pattern binder closed custom
	integer string at as in with using where by end then else if return eqn core all par fresh type of
	context goal numgoals uconstr open_constr preterm reference hyp Prop Set Type SProp`)

// surveyed is the first reading of a file.
type surveyed struct {
	*renaming
	defined []string
	taken   map[string]bool // every word of the file, and the new names
	kept    map[string]bool
	modules []module // open ones
	numbers int
}

// invent makes a name that the file doesn't have.
func (s *surveyed) invent(old string) string {
	letter, n := utf8.DecodeRuneInString(old)
	if letter == '_' {
		letter, n = 'c', 1
	}
	for {
		s.numbers++
		if name := string(letter) + strconv.Itoa(s.numbers); n > 0 && !s.taken[name] {
			s.taken[name] = true
			return name
		}
	}
}

// derives reports whether the name of a scheme follows that of its type.
func (s *surveyed) derives(name string) bool {
	m := derived.FindStringSubmatch(name)
	return m != nil && s.fresh[m[1]] != ""
}

// module is an open one, with what it defines so far.
type module struct {
	name   string
	asked  bool // others may ask for its names
	names  []string
	isPart bool // a section: its names are those of the module around it
}

func (s *surveyed) look(i int) {
	names := s.sentence(i).defined()
	s.keepForeign(i, names)
	s.keepNotations(i)
	s.keep(s.sentence(i).bound()...)
	s.defined = append(s.defined, names...)
	if n := len(s.modules); n > 0 {
		s.modules[n-1].names = append(s.modules[n-1].names, names...)
	}
	s.structure(s.sentence(i))
}

func (s *surveyed) keep(names ...string) {
	for _, name := range names {
		s.kept[name] = true
	}
}

// recursive commands may speak of what they define.
var recursive = words("Fixpoint CoFixpoint Function Ltac Inductive CoInductive Variant Record Structure Class")

// keepForeign keeps names that occur before they are defined here: they mean
// something of another file.
func (s *surveyed) keepForeign(i int, names []string) {
	r := s.sentence(i)
	times := map[string]int{}
	for _, t := range s.tokens[i] {
		if t.kind == word {
			times[t.text(r.text)]++
		}
	}
	fetches, itself := fetching[r.peek()], recursive[r.peek()]
	for _, name := range names {
		if !slices.Contains(s.defined, name) && (s.taken[name] || !itself && times[name] > 1) {
			s.keep(name)
		}
	}
	for name := range times {
		s.taken[name] = s.taken[name] || !fetches
	}
}

// keepNotations keeps the words of a notation: they are keywords, or bound.
func (s *surveyed) keepNotations(i int) {
	text := s.Sentences[i].Text
	for _, t := range s.tokens[i] {
		if t.kind == quoted {
			for _, w := range strings.FieldsFunc(t.text(text), func(r rune) bool { return strings.ContainsRune(" \"'(){}[];,", r) }) {
				s.kept[w] = true
			}
		}
	}
}

// structure follows modules.
func (s *surveyed) structure(r *sentence) {
	switch r.next() {
	case "Section":
		s.modules = append(s.modules, module{isPart: true})
	case "Module":
		m := module{}
		for w := r.peek(); w == "Type" || w == "Import" || w == "Export"; w = r.peek() {
			m.asked = m.asked || w == "Type"
			r.next()
		}
		m.name, _ = r.name()
		for !r.done() && r.peek() != ":=" {
			m.asked = m.asked || r.peek() == "<:" || r.peek() == ":"
			r.group()
		}
		// Module M := N closes at once; a := behind a signature belongs to "with".
		if r.peek() == ":=" && !m.asked {
			r.next()
			other := r.next()
			s.renaming.modules[m.name] = s.renaming.modules[other[lastDot(other)+1:]]
			return
		}
		s.renaming.modules[m.name] = true
		s.modules = append(s.modules, m)
	case "Include":
		for i := range s.modules {
			s.modules[i].asked = true
		}
	case "End":
		s.close()
	}
}

func (s *surveyed) close() {
	n := len(s.modules) - 1
	if n < 0 {
		return
	}
	m := s.modules[n]
	s.modules = s.modules[:n]
	if m.asked {
		s.keep(m.names...)
	}
	if n > 0 && (m.isPart || m.asked) {
		s.modules[n-1].names = append(s.modules[n-1].names, m.names...)
	}
}

// apply is the text with some of the candidates renamed.
func (n *renaming) apply(names []string) string {
	change := map[string]string{}
	for _, name := range names {
		change[name] = n.fresh[name]
	}
	var b strings.Builder
	at := 0
	for i, s := range n.Sentences {
		if fetching[n.sentence(i).peek()] {
			continue
		}
		for j, t := range n.tokens[i] {
			scope := j > 0 && n.tokens[i][j-1].text(s.Text) == "%"
			if t.kind != word || scope {
				continue
			}
			old := t.text(s.Text)
			if name := n.renamed(old, change); name != old {
				b.WriteString(n.Text[at:s.Start+t.start] + name)
				at = s.Start + t.end
			}
		}
	}
	b.WriteString(n.Text[at:])
	return b.String()
}

// derived are the endings of names that Coq makes from others.
var derived = regexp.MustCompile(`^(.+)(_ind|_rec|_rect|_sind|_beq|_eq_dec|_equation|_terminate|_correct|_complete|_obligation_[0-9]+)$`)

// renamed is the new name for a word, or the word.
func (n *renaming) renamed(old string, change map[string]string) string {
	path, name := "", old
	if dot := lastDot(old); dot >= 0 {
		path, name = old[:dot+1], old[dot+1:]
		if !n.modules[path[lastDot(path[:dot])+1:dot]] {
			return old
		}
	}
	if fresh, ok := change[name]; ok {
		return path + fresh
	}
	if _, ok := n.fresh[name]; ok {
		return old // defined by itself, and kept
	}
	if m := derived.FindStringSubmatch(name); m != nil && change[m[1]] != "" {
		return path + change[m[1]] + m[2]
	}
	if stem, ok := strings.CutPrefix(name, "Build_"); ok && change[stem] != "" {
		return path + "Build_" + change[stem]
	}
	return old
}

// count counts the names of a statement that are not bound in it, and those of
// them that change with names.
func (n *renaming) count(statement string, names []string) (all, changed int) {
	change := map[string]string{}
	for _, name := range names {
		change[name] = n.fresh[name]
	}
	r := &sentence{text: statement, list: scan(statement)}
	bound := r.bound()
	seen := map[string]bool{}
	for _, t := range scan(statement) {
		w := t.text(statement)
		if t.kind != word || seen[w] || slices.Contains(bound, w) || gallina[w] {
			continue
		}
		seen[w] = true
		all++
		if n.renamed(w, change) != w {
			changed++
		}
	}
	return all, changed
}

// gallina are words of the language that may stand in a statement.
var gallina = words(`forall exists exists2 fun fix cofix let in match with end return as if then else
	at using where Prop Set Type SProp _ by for is`)

func lastDot(name string) int { return strings.LastIndexByte(name, '.') }

// lineOf is the line, from 1, of an offset.
func (n *renaming) lineOf(at int) int { return 1 + sort.SearchInts(n.breaks, at) }
