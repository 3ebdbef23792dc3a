package sample

var (
	binders = words("forall exists exists2 fun fix cofix let ∀ ∃ λ")
	// naming words are followed by names that a tactic makes.
	naming = words("intro intros as into eqn")
	// stopping words end these names.
	stopping = words("; . => := | with in by using at into eqn return")
	// stating tactics take (name : statement).
	stating  = words("assert enough evar eassert eenough")
	sections = words("Variable Variables Hypothesis Hypotheses Context")
)

// bound lists the names that a sentence binds, as far as that can be told from
// its words.
func (r *sentence) bound() []string {
	b := binding{sentence: r}
	w := r.next()
	switch b.typed = types[w]; {
	case sections[w]:
		b.binders()
	case oneName[w] || types[w] || renamings[w]:
		b.name()
		b.binders()
	case w == "Arguments":
		b.name()
		b.all()
	default:
		r.at--
	}
	for !r.done() {
		b.step()
	}
	return b.list
}

type binding struct {
	*sentence
	typed  bool // the arguments of constructors are named, too
	before string
	list   []string
}

func (b *binding) step() {
	before := b.before
	b.before = b.next()
	switch w := b.before; {
	case binders[w]:
		b.binders()
	case w == "?":
		b.take()
	case naming[w]:
		b.made()
	case w == "(":
		b.named(b.typed || stating[before])
	}
}

func (b *binding) take() {
	if b.isWord() {
		b.list = append(b.list, b.next())
	}
}

// named reads what stands in a bracket: (x := t), or (x y : t) where that binds.
func (b *binding) named(binds bool) {
	peek := *b.sentence
	for peek.isWord() {
		peek.next()
	}
	if n := peek.at - b.at; n == 1 && peek.peek() == ":=" || binds && peek.peek() == ":" {
		for range n {
			b.take()
		}
	}
}

// binders takes "x y (z : T) {u} : …": names outside of brackets, and those in
// them before a colon.
func (b *binding) binders() {
	depth := 0
	for !b.done() {
		switch w := b.peek(); {
		case b.isWord():
			b.take()
			continue
		case w == "(" || w == "{" || w == "[":
			depth++
		case w == ")" || w == "}" || w == "]":
			depth--
		case w == "'" || w == "`" || w == "!" || w == "," && depth > 0:
		case depth > 0 && (w == ":" || w == ":="):
			b.until(")", "}", "]")
			continue
		default:
			return
		}
		if depth < 0 {
			return
		}
		b.next()
	}
}

// made takes the names of an intro pattern.
func (b *binding) made() {
	depth := 0
	for !b.done() {
		switch w := b.peek(); {
		case w == "(" || w == "[":
			depth++
		case w == ")" || w == "]":
			depth--
		case stopping[w] && (w != "|" || depth == 0), w == "," && depth == 0:
			return
		case b.isWord():
			b.take()
			continue
		}
		if depth < 0 {
			return
		}
		b.next()
	}
}

// all takes every name, such as those of the arguments of a function.
func (b *binding) all() {
	for !b.done() && b.peek() != ":" {
		if b.isWord() {
			b.take()
		} else {
			b.next()
		}
	}
}
