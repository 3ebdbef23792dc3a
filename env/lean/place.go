package lean

import "slices"

// position says what may stand in place of a sorry.
type position uint8

const (
	inTerm   position = iota // a term
	inTactic                 // tactics
	isBody                   // a term, directly after :=
)

// place is where a sorry stands, as far as its surroundings tell: what may
// replace it, and how far the lines of a replacement must be indented.
type place struct {
	position position
	afterBy  bool // "by sorry" on one line
	afterArm bool // "=> sorry" on one line, where tactics are wanted
	joined   bool // next to <;> or ;
	last     bool // nothing of its declaration follows on its line
	argument bool // what follows on the next line belongs to it
	indent   int  // a column that lies inside of whatever block it stands in
	gap      int  // bytes of space before it, if afterBy or afterArm
}

// block is something open around a token: a bracket, a block of tactics, or the
// declaration itself.
type block struct {
	tactics bool
	bracket bool
	col     int // of the tactics
	line    int // where it began
	// arms are the matches, inductions and the like whose | may follow here.
	arms []arms
	// arrows are what the next => of this block belong to, innermost last: true
	// for tactics ("case h =>"), false for terms (fun).
	arrows []bool
	// ifs are the conditionals whose then and else may follow: true for tactics.
	ifs []bool
}

type arms struct {
	tactics bool
	first   bool // alternatives of the tactic first: tactics follow | directly
	col     int  // of the first |, or -1
}

// reader follows the tokens of one declaration and knows at each of them whether
// a tactic begins there. It goes by layout and by the words that take tactics; a
// file may define others, and Lean has the last word: New plays the replaced
// text before a search begins.
type reader struct {
	tokens []token
	body   int // the token := or | of the declaration's body, or -1
	blocks []block
	begin  bool // the next token begins a tactic
	line   int  // the column of the first token of this line
}

// locate finds the places of the sorries among the tokens of a declaration,
// whose body begins at one of them (or nowhere: -1).
func locate(tokens []token, body int) map[int]place {
	places := map[int]place{}
	if !slices.ContainsFunc(tokens, func(t token) bool { return t.is("sorry") }) {
		return places
	}
	r := &reader{tokens: tokens, body: body, blocks: []block{{col: -1}}}
	for i, t := range tokens {
		if i == 0 || t.line != tokens[i-1].line {
			r.line = t.col
		}
		r.layout(t)
		if t.kind == word && t.text == "sorry" {
			places[i] = r.placeOf(i)
		}
		r.read(i, t)
	}
	return places
}

func (r *reader) top() *block { return &r.blocks[len(r.blocks)-1] }

func (r *reader) pop() { r.blocks = r.blocks[:len(r.blocks)-1] }

// layout closes the blocks that a token at the start of a line has left.
func (r *reader) layout(t token) {
	if !t.first {
		return
	}
	for r.top().tactics && t.col < r.top().col {
		r.pop()
		r.begin = false
	}
	if r.top().tactics && t.col == r.top().col {
		r.begin = true
		if t.text != "|" {
			r.top().arms, r.top().arrows, r.top().ifs = nil, nil, nil
		}
	}
}

// openBlock begins a block of tactics at the token after i.
func (r *reader) openBlock(i int) {
	col, line := r.tokens[i].col+1, r.tokens[i].line
	if i+1 < len(r.tokens) {
		col, line = r.tokens[i+1].col, r.tokens[i+1].line
	}
	r.blocks = append(r.blocks, block{tactics: true, col: col, line: line})
	r.begin = true
}

var (
	armed = words("first induction cases rcases induction' cases' fun_induction fun_cases intro")
	// takers are followed by tactics, perhaps after a number.
	takers = words(`try repeat repeat' repeat1' all_goals any_goals any_goals' focus iterate fail_if_success
		with_reducible with_reducible_and_instances with_unfolding_all classical`)
	// arrowed are followed by names, => and tactics.
	arrowed = words("case case' next on_goal conv conv_lhs conv_rhs rename")
)

func (r *reader) read(i int, t token) {
	begins := r.begin
	r.begin = false
	if t.kind == str || t.kind == char {
		return
	}
	switch t.text {
	case "by", "decreasing_by":
		r.openBlock(i)
	case "·", ".":
		if begins {
			r.openBlock(i)
		}
	case ";":
		r.begin = r.top().tactics
	case "<;>":
		r.begin = true
	case ",":
		r.comma(t)
	case "fun", "λ":
		r.top().arrows = append(r.top().arrows, false)
	case "if":
		r.top().ifs = append(r.top().ifs, begins)
	case "then":
		if n := len(r.top().ifs); n > 0 && r.top().ifs[n-1] {
			r.openBlock(i)
		}
	case "else":
		r.otherwise(i)
	case "=>", "↦":
		r.arrow(i)
	case "|":
		r.bar(t)
	case "match":
		r.top().arms = append(r.top().arms, arms{tactics: begins, col: -1})
	case "in":
		r.begin = r.top().tactics && r.opening(i)
	default:
		r.other(i, t, begins)
	}
}

func (r *reader) other(i int, t token, begins bool) {
	switch {
	case opens(t):
		r.blocks = append(r.blocks, block{bracket: true, col: -1, line: t.line})
		if begins && t.is("(", "{") {
			r.openBlock(i)
		}
	case closes(t):
		r.shut()
	case begins && arrowed[t.text]:
		r.top().arrows = append(r.top().arrows, true)
	case begins && armed[t.text]:
		r.top().arms = append(r.top().arms, arms{tactics: true, first: t.text == "first", col: -1})
	case begins && takers[t.text]:
		r.openBlock(i)
	case begins && t.kind == number:
		r.begin = true // iterate 3 tac
		r.top().col = t.col
	}
}

// shut closes the innermost bracket and all that is open inside of it.
func (r *reader) shut() {
	for k := len(r.blocks) - 1; k > 0; k-- {
		if r.blocks[k].bracket {
			r.blocks = r.blocks[:k]
			return
		}
	}
}

// comma ends the blocks that began on its line, inside of another.
func (r *reader) comma(t token) {
	for len(r.blocks) > 2 && r.top().tactics && r.top().line == t.line {
		r.pop()
	}
}

// otherwise ends what stood after then.
func (r *reader) otherwise(i int) {
	for k := len(r.blocks) - 1; k >= 0 && !r.blocks[k].bracket; k-- {
		if n := len(r.blocks[k].ifs); n > 0 {
			r.blocks = r.blocks[:k+1]
			tactics := r.top().ifs[n-1]
			r.top().ifs = r.top().ifs[:n-1]
			if tactics {
				r.openBlock(i)
			}
			return
		}
	}
}

// arrow decides whether tactics or a term follow =>.
func (r *reader) arrow(i int) {
	b := r.top()
	if n := len(b.arrows); n > 0 {
		tactics := b.arrows[n-1]
		b.arrows = b.arrows[:n-1]
		if tactics {
			r.openBlock(i)
		}
		return
	}
	if n := len(b.arms); n > 0 && b.arms[n-1].tactics {
		r.openBlock(i)
	}
}

// bar begins an alternative of the innermost match that is still open, and ends
// the alternative before it.
func (r *reader) bar(t token) {
	for k := len(r.blocks) - 1; k >= 0; k-- {
		b := &r.blocks[k]
		for n := len(b.arms); n > 1 && t.first && b.arms[n-1].col > t.col; n = len(b.arms) {
			b.arms = b.arms[:n-1]
		}
		if n := len(b.arms); n > 0 {
			r.blocks = r.blocks[:k+1]
			a := &b.arms[n-1]
			if a.col < 0 {
				a.col = t.col
			}
			if a.first {
				r.blocks = append(r.blocks, block{tactics: true, col: t.col + 2, line: t.line})
				r.begin = true
			}
			return
		}
		if b.bracket {
			return
		}
	}
}

// opening reports whether the "in" at i ends "open … in" or "set_option … in".
func (r *reader) opening(i int) bool {
	for k := i - 1; k >= 0 && r.tokens[k].line == r.tokens[i].line; k-- {
		if r.tokens[k].is("open", "set_option") {
			return true
		}
	}
	return false
}

// placeOf describes the sorry at token i.
func (r *reader) placeOf(i int) place {
	t := r.tokens[i]
	p := place{indent: r.indent(i), last: true}
	var before token
	if i > 0 {
		before = r.tokens[i-1]
	}
	if i+1 < len(r.tokens) {
		next := r.tokens[i+1]
		p.last = next.first
		p.joined = next.is("<;>", ";")
		p.argument = next.first && next.col > p.indent-2 && !opensAlternative(next)
	}
	p.joined = p.joined || before.is("<;>", ";")
	switch {
	case r.begin:
		p.position = inTactic
		p.afterBy = before.is("by", "decreasing_by") && before.line == t.line
		p.afterArm = before.is("=>", "↦") && before.line == t.line
		if p.afterBy || p.afterArm {
			p.gap = t.start - before.end
		}
	case before.is(":="):
		p.position = isBody
		if t.first {
			p.indent = t.col + 2
		}
	}
	return p
}

// opensAlternative reports whether a token at the start of a line begins
// something new, whatever its column.
func opensAlternative(t token) bool {
	return t.is("|", "·", ".", "<;>", "where", "termination_by", "decreasing_by", "else", "then") || closes(t)
}

// indent is where the lines of a block of tactics begin that stands in place of
// token i: two columns inside of the block around it, or of its line.
func (r *reader) indent(i int) int {
	t := r.tokens[i]
	if r.body >= 0 && (i == r.body+1 || i == r.body+2 && r.tokens[i-1].is("by")) && r.tokens[r.body].is(":=") {
		return r.tokens[0].col + 2
	}
	blocks := r.blocks
	if r.begin && r.top().tactics && r.top().col == t.col {
		blocks = blocks[:len(blocks)-1] // its own
	}
	outer := r.line
	for _, b := range blocks {
		outer = max(outer, b.col)
	}
	return outer + 2
}
