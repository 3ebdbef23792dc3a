// Package blocksworld is the planning puzzle of a hand that builds towers of blocks: a
// fast env.Position, and the env.Puzzle of it.
//
// The moves are the four operators of the domain, in its own words: "pick-up(b)",
// "put-down(b)", "stack(b,c)" and "unstack(b,c)". Problems are PDDL or a short form.
package blocksworld

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// Bounds of a problem.
const (
	MaxBlocks = 26
	MaxName   = 24   // bytes of the name of a block
	MaxMoves  = 9999 // that a text may leave

	maxText = 8000 // bytes of a text
	example = "a c/b > c b a in 6"
)

// Environment returns the puzzle for searches that may ask a model, always the same
// one. Its problems are what Parse reads.
func Environment() *env.Puzzle { return puzzle }

var puzzle = &env.Puzzle{
	Board: env.Board{
		Parse:   Parse,
		Players: 1,
		Rulebook: `A state is towers of blocks with "/" between them, each from the block on the table up, and [b] if the hand holds the block b; ` +
			`then ">" and the goal in the same form; then "in" and the number of steps that are left. ` +
			`In the goal "?" before a tower leaves open what is under it, "?" behind a tower what is on top of it, [] asks for an empty hand, and of blocks that are not mentioned nothing is asked. ` +
			"With an empty hand a step is pick-up(x), of a block on the table with nothing on it, or unstack(x,y), of a block x with nothing on it that is on the block y. " +
			"With a block x in the hand a step is put-down(x), onto the table, or stack(x,y), onto a block y with nothing on it. " +
			"The goal is to make all that the goal asks true before the steps run out.",
		SampleState: example,
		SampleStep:  "unstack(c,a)",
	},
	Check: check,
}

// A place is what a block can be on: another block, by its number, or one of these.
const (
	onTable = 26
	inHand  = 27
	unsaid  = 28 // by a goal
)

// The operators. A move is one of them times 1024, plus 32 times the block that is
// moved, plus the place that it comes from or goes to.
const (
	pickUp = iota << 10
	unstack
	putDown
	stack
)

// world is what stays the same while blocks are moved.
type world struct {
	names  []string // of the blocks, sorted
	goal   facts
	placed uint32     // the blocks for which the goal says what is under them
	wrong  [26]uint32 // by block, the places on which it can't stay, as bits
	loose  uint32     // the blocks that may be in the hand at the goal
	wanted string     // the goal, as String writes it
	moves  [4096]string
}

// position is a situation of a world.
type position struct {
	*world
	hash    uint64    // of the world and the blocks
	clear   uint32    // the blocks with nothing on them that are not held
	fine    uint32    // the blocks of placed that are where the goal says
	mustGo  uint32    // the blocks in towers that must be lifted before the goal
	left    uint16    // moves
	held    uint8     // the block in the hand, or unsaid if it is empty
	beneath [26]uint8 // the place of each block
	past    []env.Move
}

var (
	_ env.Position  = (*position)(nil)
	_ env.Estimator = (*position)(nil)
	_ env.Drawer    = (*position)(nil)
)

// Moves appends the moves by the block that is moved or, with one in the hand, put-down
// and then the blocks to stack it on.
func (p *position) Moves(buf []env.Move) []env.Move {
	if _, over := p.Result(); over {
		return buf
	}
	if p.held != unsaid {
		block := env.Move(p.held) << 5
		buf = append(buf, putDown|block|onTable)
		for clear := p.clear; clear != 0; clear &= clear - 1 {
			buf = append(buf, stack|block|env.Move(bits.TrailingZeros32(clear)))
		}
		return buf
	}
	for clear := p.clear; clear != 0; clear &= clear - 1 {
		block := bits.TrailingZeros32(clear)
		place := env.Move(p.beneath[block%26])
		kind := env.Move(unstack)
		if place == onTable {
			kind = pickUp
		}
		buf = append(buf, kind|env.Move(block)<<5|place)
	}
	return buf
}

// Play makes a move. It does not check that the move is legal.
func (p *position) Play(m env.Move) {
	p.past = append(p.past, m)
	p.left--
	p.turn(m, m < putDown)
}

// Undo takes back the last move.
func (p *position) Undo() {
	last := len(p.past) - 1
	m := p.past[last]
	p.past = p.past[:last]
	p.left++
	p.turn(m, m >= putDown)
}

// turn takes the block of a move from its place into the hand, or puts it there.
func (p *position) turn(m env.Move, lift bool) {
	block, place := m>>5&31, m&31
	one, under := uint32(1)<<block, uint32(1)<<place&(1<<onTable-1)
	p.hash ^= keys[block][place] ^ keys[block][inHand]
	if lift {
		p.held, p.beneath[block] = uint8(block), inHand
		p.clear = p.clear&^one | under
		p.fine &^= one
		p.mustGo &^= one
		return
	}
	p.held, p.beneath[block] = unsaid, uint8(place)
	p.clear = p.clear&^under | one
	if p.goal.under[block] == uint8(place) {
		p.fine |= one
	}
	if p.mustGo&under != 0 || p.wrong[block]>>place&1 != 0 {
		p.mustGo |= one
	}
}

// keys are by block and place.
var keys = func() (t [32][32]uint64) {
	for i := range t {
		for j := range t[i] {
			t[i][j] = env.Mix(uint64(1<<32 + i<<5 + j))
		}
	}
	return t
}()

// Hash is of the goal, the blocks and the moves left.
func (p *position) Hash() uint64 { return p.hash ^ env.Mix(2<<32+uint64(p.left)) }

// ToMove is always 0.
func (p *position) ToMove() int { return 0 }

func (p *position) solved() bool {
	g := &p.goal
	return p.fine == p.placed && g.clear&^p.clear == 0 &&
		(g.hand == unsaid || g.hand == p.held || g.hand == onTable && p.held == unsaid)
}

// bound is a number of moves that it takes at least to the goal, and 0 only there.
//
// A block that must go is lifted at least once. Every lifted block, and the one in the
// hand, is put somewhere, but for one that may be in the hand at the goal. If that need
// not be lifted before, that is one block more that is lifted.
func (p *position) bound() int {
	if p.solved() {
		return 0
	}
	n := 2 * bits.OnesCount32(p.mustGo)
	if p.held != unsaid {
		n++
	}
	if p.mustGo&p.loose != 0 {
		n--
	}
	return n
}

// Result is 1 if all that the goal asks is true, and 0 if it can't become true in the
// moves that are left: blocks that must go take two moves each.
func (p *position) Result() (value float32, over bool) {
	switch n := p.bound(); {
	case n == 0:
		return 1, true
	default:
		return 0, n > int(p.left)
	}
}

// Estimate is 8/(8+n), where n is the number of moves that it takes at least.
func (p *position) Estimate() (value float64, known bool) {
	return 8 / (8 + float64(p.bound())), true
}

// Clone returns an independent copy, without the moves that led to it.
func (p *position) Clone() env.Position {
	c := *p
	c.past = nil
	return &c
}

// CopyFrom makes p a copy of another Position of the puzzle, of any world.
func (p *position) CopyFrom(from env.Position) {
	past := p.past[:0]
	*p = *from.(*position)
	p.past = past
}

// MoveText is the operator and its blocks, such as "stack(b,c)".
func (p *position) MoveText(m env.Move) string { return p.moves[m&4095] }

// String is the towers from the table up, the goal and the moves left, such as
// "a c/b > c b a in 6"; the towers are sorted by their first block. Parse tells the form.
func (p *position) String() string {
	at := facts{under: p.beneath, on: p.on(), clear: p.clear, hand: p.held}
	return at.text(p.names) + " > " + p.wanted + " in " + strconv.Itoa(int(p.left))
}

// on tells what is on each block, or unsaid.
func (p *position) on() (on [26]uint8) {
	for b := range on {
		on[b] = unsaid
	}
	for b := range p.names {
		if place := p.beneath[b]; place < onTable {
			on[place] = uint8(b)
		}
	}
	return on
}

// Draw draws the hand, the towers on the table, the goal and the moves left.
func (p *position) Draw() string {
	var towers [][]string // from the table up
	on, high, wide := p.on(), 0, 2
	for b := range p.names {
		if p.beneath[b] != onTable {
			continue
		}
		var tower []string
		for at := uint8(b); at != unsaid; at = on[at] {
			tower, wide = append(tower, p.names[at]), max(wide, len(p.names[at]))
		}
		towers, high = append(towers, tower), max(high, len(tower))
	}
	hand := "empty"
	if p.held != unsaid {
		hand = p.names[p.held]
	}
	lines := []string{"hand: " + hand, ""}
	for level := high; level >= 0; level-- {
		line := ""
		for _, tower := range towers {
			name := ""
			if level == 0 {
				name = "--"
			} else if level <= len(tower) {
				name = tower[level-1]
			}
			line += fmt.Sprintf(" %-*s", wide, name)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(append(lines, "goal: "+p.wanted, fmt.Sprintf("moves left: %d", p.left)), "\n")
}

// facts are what a start or a goal says, by block.
type facts struct {
	under [26]uint8 // the place, or unsaid
	on    [26]uint8 // the block, or unsaid
	clear uint32
	hand  uint8 // the block, onTable if it is to be empty, or unsaid
}

func noFacts() (f facts) {
	for b := range f.under {
		f.under[b], f.on[b] = unsaid, unsaid
	}
	f.hand = unsaid
	return f
}

// text writes the facts in the short form.
func (f *facts) text(names []string) string {
	var towers []string
	for b := range names {
		if f.under[b] != onTable && (f.under[b] != unsaid || f.on[b] == unsaid && f.clear>>b&1 == 0) {
			continue // it is not the lowest of a tower
		}
		tower, top := "", uint8(b)
		if f.under[b] == unsaid {
			tower = "? "
		}
		tower += names[b]
		for f.on[top] != unsaid {
			top = f.on[top]
			tower += " " + names[top]
		}
		if f.clear>>top&1 == 0 {
			tower += " ?"
		}
		towers = append(towers, tower)
	}
	switch {
	case f.hand == onTable:
		towers = append(towers, "[]")
	case f.hand != unsaid:
		towers = append(towers, "["+names[f.hand]+"]")
	}
	return strings.Join(towers, "/")
}

// atom is a fact as it is written: a predicate and its blocks.
type atom struct {
	where string // such as "line 7"
	words []string
}

func (a atom) String() string { return "(" + strings.Join(a.words, " ") + ")" }

// quote quotes what is wrong, or the beginning of it.
func quote(s string) string { return strconv.QuoteToASCII(s[:min(len(s), 24)]) }

// arity is that of each predicate.
var arity = map[string]int{"on": 2, "ontable": 1, "clear": 1, "holding": 1, "handempty": 0}

// add adds a fact of blocks x and y, and reports whether it agrees with the others.
func (f *facts) add(predicate string, x, y uint8) bool {
	free := func(said, by uint8) bool { return said == unsaid || said == by }
	switch predicate {
	case "on":
		if x == y || !free(f.under[x], y) || !free(f.on[y], x) || f.clear>>y&1 != 0 || f.hand == x || f.hand == y {
			return false
		}
		f.under[x], f.on[y] = y, x
	case "ontable":
		if !free(f.under[x], onTable) || f.hand == x {
			return false
		}
		f.under[x] = onTable
	case "clear":
		if f.on[x] != unsaid || f.hand == x {
			return false
		}
		f.clear |= 1 << x
	case "holding":
		if !free(f.hand, x) || f.under[x] != unsaid || f.on[x] != unsaid || f.clear>>x&1 != 0 {
			return false
		}
		f.hand = x
	case "handempty":
		if !free(f.hand, onTable) {
			return false
		}
		f.hand = onTable
	}
	return true
}

// gather makes facts of what is written about a start or a goal.
func gather(what string, atoms []atom, names []string) (f facts, reason string) {
	f = noFacts()
	for _, a := range atoms {
		var blocks [2]uint8
		if n, known := arity[a.words[0]]; !known || len(a.words) != n+1 {
			return f, fmt.Sprintf("%s: %s is none of (on x y), (ontable x), (clear x), (holding x) and (handempty)", a.where, quote(a.String()))
		}
		for j, name := range a.words[1:] {
			b, found := slices.BinarySearch(names, name)
			if !found {
				return f, fmt.Sprintf("%s: there is no block %s", a.where, quote(name))
			}
			blocks[j] = uint8(b)
		}
		if !f.add(a.words[0], blocks[0], blocks[1]) {
			return f, fmt.Sprintf("%s: %s contradicts itself or what is said before it", a.where, a)
		}
	}
	for b := range names {
		at := f.under[b]
		for range names {
			if at < onTable {
				at = f.under[at]
			}
		}
		if at < onTable {
			return f, fmt.Sprintf("the %s has %s in a ring of blocks that are on each other", what, names[b])
		}
	}
	return f, ""
}

var (
	remark = regexp.MustCompile(`;[^\n]*`)
	ending = regexp.MustCompile(`(?:^|[\s)])(in\s+(\d+)\s*)$`)
)

// Parse reads a problem of the PDDL domain of four operators, as in
//
//	(define (problem p) (:domain blocksworld) (:objects a b c)
//	  (:init (ontable a) (on c a) (clear c) (ontable b) (clear b) (handempty))
//	  (:goal (and (on a b) (on b c))))
//
// or the same in the short form "a c/b > ? c b a ?". On its left are towers from the
// table up, and perhaps [d] for a block d in the hand. On its right is the goal, of
// towers too; "?" before one leaves open what is under it, and "?" behind one what is on
// it; [d] asks for the block d in the hand and [] for an empty hand.
//
// Behind either may stand " in 20": the moves that are left, 0 to MaxMoves. The default
// is four for each block, which is always enough. Names of blocks begin with a letter
// and go on with letters, digits, - and _; large letters count as small ones. A ";"
// begins a comment. Any other text is an *env.InputError, as is one that contradicts
// itself, that does not say all of the start, or nothing of the goal.
func Parse(text string) (env.Position, error) {
	p, reason := read(text)
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// read reads a problem; a reason says what is wrong with it.
func read(text string) (p *position, reason string) {
	if len(text) > maxText {
		return nil, fmt.Sprintf("the text is longer than %d bytes", maxText)
	}
	text = strings.ToLower(remark.ReplaceAllString(text, ""))
	left := -1
	if at := ending.FindStringSubmatchIndex(text); at != nil {
		n, err := strconv.Atoi(text[at[4]:at[5]])
		if err != nil || n > MaxMoves {
			return nil, fmt.Sprintf("%.20s moves can't be left: there may be %d", text[at[4]:at[5]], MaxMoves)
		}
		left, text = n, text[:at[2]]
	}
	var c contents
	if strings.HasPrefix(strings.TrimSpace(text), "(") {
		reason = c.readPDDL(text)
	} else {
		reason = c.readShort(text)
	}
	if reason != "" {
		return nil, reason
	}
	slices.Sort(c.names)
	start, reason := gather("start", c.start, c.names)
	if reason == "" {
		reason = complete(start, c.names)
	}
	if reason != "" {
		return nil, reason
	}
	w := &world{names: c.names}
	if w.goal, reason = gather("goal", c.goal, c.names); reason != "" {
		return nil, reason
	}
	if w.wanted = w.goal.text(w.names); w.wanted == "" {
		return nil, "the goal asks nothing"
	}
	if left < 0 {
		left = 4 * len(w.names)
	}
	w.prepare()
	return w.position(start, left), ""
}

// complete says what is missing of a start.
func complete(f facts, names []string) (reason string) {
	for b, name := range names {
		held := f.hand == uint8(b)
		if f.under[b] == unsaid && !held {
			return fmt.Sprintf("the start does not say where the block %s is", name)
		}
		if f.on[b] == unsaid && f.clear>>b&1 == 0 && !held {
			return fmt.Sprintf("the start does not say (clear %s), and nothing is on it", name)
		}
	}
	if f.hand == unsaid {
		return "the start says neither (handempty) nor (holding x)"
	}
	return ""
}

// prepare works out what follows from the names and the goal.
func (w *world) prepare() {
	g := &w.goal
	for b, name := range w.names {
		if g.under[b] != unsaid {
			w.placed |= 1 << b
		}
		block, n := uint8(b), b<<5
		if g.under[b] == unsaid && g.on[b] == unsaid && g.clear>>b&1 == 0 && (g.hand == unsaid || g.hand == block) {
			w.loose |= 1 << b
		}
		w.moves[pickUp|n|onTable], w.moves[putDown|n|onTable] = "pick-up("+name+")", "put-down("+name+")"
		if g.hand == block || g.under[b] != unsaid && g.under[b] != onTable {
			w.wrong[b] |= 1 << onTable
		}
		for y, other := range w.names {
			w.moves[unstack|n|y], w.moves[stack|n|y] = "unstack("+name+","+other+")", "stack("+name+","+other+")"
			under, on := g.under[b] != unsaid && g.under[b] != uint8(y), g.on[y] != unsaid && g.on[y] != block
			if under || on || g.clear>>y&1 != 0 || g.hand == block || g.hand == uint8(y) {
				w.wrong[b] |= 1 << y
			}
		}
		w.moves[unstack|n|b], w.moves[stack|n|b] = "", ""
	}
}

// position makes the position of a start, each tower from the table up.
func (w *world) position(start facts, left int) *position {
	p := &position{world: w, left: uint16(left), held: unsaid}
	for _, letter := range strings.Join(w.names, " ") + " > " + w.wanted {
		p.hash = env.Mix(p.hash + uint64(letter))
	}
	for b := range w.names {
		p.beneath[b] = inHand
		p.hash ^= keys[b][inHand]
	}
	for b := range w.names {
		if start.under[b] == onTable {
			place := uint8(onTable)
			for at := uint8(b); at != unsaid; place, at = at, start.on[at] {
				p.turn(env.Move(at)<<5|env.Move(place), false)
			}
		}
	}
	if start.hand < onTable {
		p.held = start.hand
	}
	return p
}
