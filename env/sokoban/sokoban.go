// Package sokoban is the puzzle of pushing boxes onto goals in a warehouse: a fast
// env.Position on bitboards, and the env.Puzzle of it.
//
// A move is a push, named by the cell of the box and the direction, such as
// "c4-right"; the player walks to the box by itself. Columns are a to z and then aa
// to ad, rows are 1 to 30 from the top.
package sokoban

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/env"
)

// Bounds of a level.
const (
	MaxSide       = 30   // rows and columns
	MaxPushes     = 9999 // that a text may leave
	DefaultPushes = 100  // that are left where a text has no " in N"

	maxText = 4000 // bytes of a text: the largest level has 930 cells and separators
	example = "#######|#@-$-.#|####### in 5"
)

// Environment returns the puzzle for searches that may ask a model, always the same
// one. Its problems are what Parse reads.
func Environment() *env.Puzzle { return puzzle }

var puzzle = &env.Puzzle{
	Board: env.Board{
		Parse:   Parse,
		Players: 1,
		Rulebook: `A state is a warehouse, its rows from the top with "|" between them, and then "in" and the number of pushes that are left. ` +
			"# is a wall, - the floor, . a goal, $ a box, * a box on a goal, @ the player and + the player on a goal; " +
			"the player stands for all the cells it can walk to, and is drawn in the first of them. " +
			"A step pushes a box one cell and is named by the cell of the box and the direction (up, down, left or right), such as c4-right: " +
			"column c, counted from the left, and row 4, counted from the top. " +
			"The player must be able to walk to the cell on the other side of the box, and the cell to which the box goes must be free of walls and boxes; " +
			"boxes can't be pulled, so a box in a corner without a goal is lost. " +
			"The goal is to have every box on a goal before the pushes run out.",
		SampleState: "#######|#@--###|#-$--.#|#----##|######- in 3",
		SampleStep:  "c3-right",
	},
	Check: check,
}

// A board has 32 rows of 32 bits, and a level the rows and bits 1 to 30 of it: every
// cell has all its neighbours. A cell is 32 times its row plus its column.
type board [32]uint32

func (b *board) has(cell int) bool { return b[cell>>5&31]>>(cell&31)&1 != 0 }
func (b *board) add(cell int)      { b[cell>>5&31] |= 1 << (cell & 31) }
func (b *board) remove(cell int)   { b[cell>>5&31] &^= 1 << (cell & 31) }

// The directions of a push, in the order of Moves.
const (
	up = iota
	left
	right
	down
)

var (
	steps      = [4]int{up: -32, left: -1, right: 1, down: 32}
	directions = [4]string{up: "up", left: "left", right: "right", down: "down"}
)

// hopeless is the distance of a cell from which no box can be pushed to a goal. It is
// more pushes than can be left.
const hopeless = 1 << 14

// level is what stays the same while boxes are pushed.
type level struct {
	height, width int
	walls         board
	inner         board // where the player could go if there were no boxes
	goals         board
	dead          board       // inner cells from which no goal can be reached
	distance      [1024]int32 // pushes from a cell to the nearest goal, with no other box about
	top, bottom   int         // the first and the last row with inner cells
	names         *[4096]string
}

// position is a situation of a level.
type position struct {
	*level
	boxes  board
	reach  board  // the cells the player can walk to
	hash   uint64 // of the level and the boxes
	bound  int32  // sum of the distances of the boxes
	left   uint16 // pushes
	player uint16 // the first cell of reach
	end    uint8
	past   []before
}

// The ends of a position.
const (
	open = iota
	lost
	solved
)

// before is what Undo restores.
type before struct {
	reach  board
	hash   uint64
	bound  int32
	player uint16
	move   env.Move
}

var (
	_ env.Position  = (*position)(nil)
	_ env.Estimator = (*position)(nil)
	_ env.Drawer    = (*position)(nil)
)

// Moves appends the pushes, by rows from the top and then by direction. A move is 4
// times the cell of the box plus the direction.
func (p *position) Moves(buf []env.Move) []env.Move {
	if p.end != open {
		return buf
	}
	for r := p.top; r <= p.bottom; r++ {
		if p.boxes[r&31] == 0 {
			continue
		}
		pushes := p.pushes(r)
		for d, boxes := range pushes {
			for ; boxes != 0; boxes &= boxes - 1 {
				buf = append(buf, env.Move(r<<7|bits.TrailingZeros32(boxes)<<2|d))
			}
		}
	}
	return buf
}

// pushes are the boxes of an inner row that can be pushed, by direction.
func (p *position) pushes(r int) [4]uint32 {
	r &= 31
	above, below := (r-1)&31, (r+1)&31
	box, at, free := p.boxes[r], p.reach[r], p.inner[r]&^p.boxes[r]
	return [4]uint32{
		up:    box & p.reach[below] & (p.inner[above] &^ p.boxes[above]),
		left:  box & (at >> 1) & (free << 1),
		right: box & (at << 1) & (free >> 1),
		down:  box & p.reach[above] & (p.inner[below] &^ p.boxes[below]),
	}
}

// Play pushes a box. It does not check that the move is legal.
func (p *position) Play(m env.Move) {
	p.past = append(p.past, before{p.reach, p.hash, p.bound, p.player, m})
	from := int(m >> 2 & 1023)
	to := (from + steps[m&3]) & 1023
	p.boxes.remove(from)
	p.boxes.add(to)
	p.hash ^= keys[from] ^ keys[to]
	p.bound += p.distance[to] - p.distance[from]
	p.left--
	p.walk(from, to)
	p.settle(to)
}

// Undo takes back the last push.
func (p *position) Undo() {
	last := len(p.past) - 1
	b := &p.past[last]
	from := int(b.move >> 2 & 1023)
	p.boxes.remove(from + steps[b.move&3])
	p.boxes.add(from)
	p.reach, p.hash, p.bound, p.player = b.reach, b.hash, b.bound, b.player
	p.left++
	p.end = open
	p.past = p.past[:last]
}

// walk brings reach up to date after a push from one cell, where the player is now, to
// another. Most pushes change it by these two cells only.
func (p *position) walk(from, to int) {
	r, c := from>>5&31, from&31
	if p.reach.has(to) {
		p.reach.remove(to)
		tr, tc := to>>5&31, (to-1)&31
		around := p.free(tr-1)>>tc&7 | p.free(tr)>>tc&7<<3 | p.free(tr+1)>>tc&7<<6
		if !joined[around&511] {
			p.reach = board{}
		}
	}
	p.reach.add(from)
	next := uint32(5)<<(c-1)&p.free(r)&^p.reach[r] |
		1<<c&(p.free(r-1)&^p.reach[(r-1)&31]|p.free(r+1)&^p.reach[(r+1)&31])
	if next != 0 {
		p.flood(r)
	}
}

func (p *position) free(row int) uint32 { return p.inner[row&31] &^ p.boxes[row&31] }

// joined tells for the 3x3 cells around a box, with bits for the free ones by rows,
// whether all its free neighbours are joined by free cells among the eight around it.
var joined = func() (t [512]bool) {
	ring := [8]int{0, 1, 2, 5, 8, 7, 6, 3} // the neighbours are at odd places
	for free := range t {
		gaps := 0 // between a free neighbour and the next one, clockwise
		for i := 1; i < 8; i += 2 {
			if free>>ring[i]&1 != 0 && (free>>ring[(i+1)%8]&1 == 0 || free>>ring[(i+2)%8]&1 == 0) {
				gaps++
			}
		}
		t[free] = gaps <= 1
	}
	return t
}()

// flood lets reach grow from a row to all cells that can be walked to.
func (p *position) flood(row int) {
	for dirty := uint32(7) << (row - 1); dirty != 0; {
		r := bits.TrailingZeros32(dirty) & 31
		dirty &= dirty - 1
		free := p.free(r)
		at := (p.reach[(r-1)&31] | p.reach[r] | p.reach[(r+1)&31]) & free
		at |= free &^ (free + at) // a carry runs through free cells to the right
		for shift := 1; shift < 32; shift *= 2 {
			at |= free & (at >> shift)
			free &= free >> shift
		}
		if at != p.reach[r] {
			p.reach[r] = at
			dirty |= uint32(5) << (r - 1)
		}
	}
}

// settle finds the first cell of reach, and whether the position is the end. The last
// push was that of a box: no others can have frozen by it without it.
func (p *position) settle(box int) {
	r := p.top
	for p.reach[r&31] == 0 {
		r++
	}
	p.player = uint16(r<<5 | bits.TrailingZeros32(p.reach[r&31]))
	switch {
	case p.bound == 0:
		p.end = solved
	case p.bound > int32(p.left) || p.frozen(box) || !p.canPush():
		p.end = lost
	}
}

func (p *position) canPush() bool {
	for r := p.top; r <= p.bottom; r++ {
		if p.boxes[r&31] != 0 {
			if m := p.pushes(r); m[up]|m[left]|m[right]|m[down] != 0 {
				return true
			}
		}
	}
	return false
}

// frozen reports whether a box is one of a set that can't be pushed any more and has
// boxes off the goals. If, both across and along, each box of a set has a wall or a box
// of the set on one side or dead cells on both, none can be the first of them to move
// in a solution. The largest such set is what is left when boxes without that are
// taken out.
func (p *position) frozen(box int) bool {
	set := p.boxes
	for changed := true; changed; {
		changed = false
		for r := p.top; r <= p.bottom; r++ {
			at := set[r&31]
			if at == 0 {
				continue
			}
			dead, above, below := p.dead[r&31], (r-1)&31, (r+1)&31
			walls := ^p.inner[r&31] | at
			across := walls<<1 | walls>>1 | dead<<1&(dead>>1)
			along := ^p.inner[above] | set[above] | ^p.inner[below] | set[below] | p.dead[above]&p.dead[below]
			if stay := at & across & along; stay != at {
				set[r&31] = stay
				changed = true
			}
		}
		if !set.has(box) {
			return false
		}
	}
	for r := p.top; r <= p.bottom; r++ {
		if set[r&31]&^p.goals[r&31] != 0 {
			return true
		}
	}
	return false
}

// keys are those of the boxes, by cell.
var keys = func() (t [1024]uint64) {
	for i := range t {
		t[i] = env.Mix(1<<40 + uint64(i))
	}
	return t
}()

// Hash is of the level, the boxes, the cells the player can walk to and the pushes left.
func (p *position) Hash() uint64 {
	return p.hash ^ env.Mix(uint64(p.player)<<16|uint64(p.left))
}

// ToMove is always 0.
func (p *position) ToMove() int { return 0 }

// Result is 1 with every box on a goal. It is 0 where that can't be any more: a box
// can't leave a dead cell, boxes have frozen, no box can be pushed, or the boxes have
// farther to go, each to its nearest goal, than pushes are left.
func (p *position) Result() (value float32, over bool) {
	if p.end == solved {
		return 1, true
	}
	return 0, p.end == lost
}

// Estimate is 8/(8+n), where n is the sum of the pushes that each box is away from its
// nearest goal.
func (p *position) Estimate() (value float64, known bool) {
	return 8 / (8 + float64(p.bound)), true
}

// Clone returns an independent copy, without the moves that led to it.
func (p *position) Clone() env.Position {
	c := *p
	c.past = nil
	return &c
}

// CopyFrom makes p a copy of another Position of the puzzle, of any level.
func (p *position) CopyFrom(from env.Position) {
	past := p.past[:0]
	*p = *from.(*position)
	p.past = past
}

// MoveText is the cell of the box and the direction, such as "c4-right".
func (p *position) MoveText(m env.Move) string { return p.names[m&4095] }

// allNames are those of all moves.
var allNames = sync.OnceValue(func() *[4096]string {
	var t [4096]string
	for m := range t {
		t[m] = cellName(m>>2) + "-" + directions[m&3]
	}
	return &t
})

func cellName(cell int) string {
	const letters = " abcdefghijklmnopqrstuvwxyz"
	if c := cell & 31; c > 26 {
		return "a" + letters[c-26:c-25] + strconv.Itoa(cell>>5)
	}
	return letters[cell&31:cell&31+1] + strconv.Itoa(cell>>5)
}

// String is the rows with "|" between them and the pushes left, such as
// "#######|#@-$-.#|####### in 5". The player is in the first cell that it can walk to.
func (p *position) String() string {
	return string(p.rows("", "|", '-')) + " in " + strconv.Itoa(int(p.left))
}

// rows writes the board, with something between two rows and a sign for the floor. A
// row begins with the number of it if that has a format.
func (p *position) rows(number, between string, floor byte) []byte {
	var out []byte
	for r := 1; r <= p.height; r++ {
		if r > 1 {
			out = append(out, between...)
		}
		if number != "" {
			out = fmt.Appendf(out, number, r)
		}
		for c := 1; c <= p.width; c++ {
			cell := r<<5 | c
			signs := string(floor) + "."
			switch {
			case p.walls.has(cell):
				signs = "#"
			case p.boxes.has(cell):
				signs = "$*"
			case cell == int(p.player):
				signs = "@+"
			}
			if p.goals.has(cell) {
				signs = signs[1:]
			}
			out = append(out, signs[0])
		}
	}
	return out
}

// Draw draws the warehouse with the letters of the columns and the numbers of the
// rows, and the pushes that are left.
func (p *position) Draw() string {
	var b strings.Builder
	if p.width > 26 {
		b.WriteString(strings.Repeat(" ", 3+26) + strings.Repeat("a", p.width-26) + "\n")
	}
	b.WriteString("   ")
	for c := range p.width {
		b.WriteByte(byte('a' + c%26))
	}
	b.WriteByte('\n')
	b.Write(p.rows("%2d ", "\n", ' '))
	fmt.Fprintf(&b, "\npushes left: %d", p.left)
	return b.String()
}

// Parse reads a level in the usual signs: # wall, @ player, + player on a goal, $ box,
// * box on a goal, . goal, and a space, - or _ for the floor. Its rows are separated by
// line breaks, "|" or "/"; empty ones around it don't matter, and rows may be of
// different lengths. Behind it " in 20" may stand: the pushes that are left, 0 to
// MaxPushes, and else DefaultPushes. Any other text is an *env.InputError.
//
// A level has one player, as many boxes as goals, and walls all around the cells that
// the player could reach if there were no boxes. All boxes and goals are in these cells.
func Parse(text string) (env.Position, error) {
	p, reason := read(text)
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// read reads a level; a reason says what is wrong with it.
func read(text string) (p *position, reason string) {
	if len(text) > maxText {
		return nil, fmt.Sprintf("the text is longer than %d bytes", maxText)
	}
	drawing, number, limited := strings.Cut(text, "in")
	pushes := DefaultPushes
	if limited {
		var err error
		number = strings.TrimSpace(number)
		if pushes, err = strconv.Atoi(number); err != nil || pushes < 0 || pushes > MaxPushes {
			return nil, fmt.Sprintf(`behind "in" is %s, and must be the number of pushes left, 0 to %d`,
				strconv.QuoteToASCII(number[:min(len(number), 20)]), MaxPushes)
		}
	}
	p = &position{level: &level{names: allNames()}, left: uint16(pushes)}
	player, reason := p.readRows(strings.NewReplacer("\r\n", "\n", "|", "\n", "/", "\n").Replace(drawing))
	if reason == "" {
		reason = p.enclose(player)
	}
	if reason != "" {
		return nil, reason
	}
	p.measure()
	p.reach.add(player)
	p.flood(player >> 5)
	for cell := range p.distance {
		if p.end == open && p.boxes.has(cell) {
			p.settle(cell)
		}
	}
	return p, ""
}

// readRows puts the signs of the level in their places, and returns the cell of the
// player.
func (p *position) readRows(drawing string) (player int, reason string) {
	for row := range strings.SplitSeq(strings.TrimRight(drawing, " \n"), "\n") {
		row = strings.TrimRight(row, " ")
		if row == "" && p.height == 0 {
			continue
		}
		if p.height++; p.height > MaxSide {
			return 0, fmt.Sprintf("the level has more than %d rows", MaxSide)
		}
		c := 0
		for _, sign := range row {
			if c++; c > MaxSide {
				return 0, fmt.Sprintf("row %d has more than %d cells", p.height, MaxSide)
			}
			cell := p.height<<5 | c
			switch sign {
			case '#':
				p.walls.add(cell)
			case '$':
				p.boxes.add(cell)
			case '.':
				p.goals.add(cell)
			case '*':
				p.boxes.add(cell)
				p.goals.add(cell)
			case '@', '+':
				if player != 0 {
					return 0, fmt.Sprintf("there are two players, in %s and %s", cellName(player), cellName(cell))
				}
				player = cell
				if sign == '+' {
					p.goals.add(cell)
				}
			case ' ', '-', '_':
			default:
				return 0, fmt.Sprintf("row %d, column %d is %q, and must be one of # @ + $ * . - _ or a space", p.height, c, sign)
			}
		}
		p.width = max(p.width, c)
	}
	if player == 0 {
		return 0, "there is no player: @, or + on a goal"
	}
	return player, ""
}

// enclose finds the inner cells, and holds boxes and goals to what Parse says of them.
func (p *position) enclose(player int) (reason string) {
	queue := []int{player}
	p.inner.add(player)
	for i := 0; i < len(queue); i++ {
		cell := queue[i]
		if r, c := cell>>5, cell&31; r == 1 || c == 1 || r == p.height || c == p.width {
			return fmt.Sprintf("the level is open to the outside: the player could leave it from %s", cellName(cell))
		}
		for _, step := range steps {
			if next := cell + step; !p.walls.has(next) && !p.inner.has(next) {
				p.inner.add(next)
				queue = append(queue, next)
			}
		}
	}
	p.top, p.bottom = slices.Min(queue)>>5, slices.Max(queue)>>5
	boxes, goals := 0, 0
	for cell := range p.distance {
		if (p.boxes.has(cell) || p.goals.has(cell)) && !p.inner.has(cell) {
			return fmt.Sprintf("the box or goal in %s is where the player can never go", cellName(cell))
		}
		if p.boxes.has(cell) {
			boxes++
		}
		if p.goals.has(cell) {
			goals++
		}
	}
	if boxes != goals {
		return fmt.Sprintf("the number of boxes is %d and that of goals is %d: they must be equal", boxes, goals)
	}
	if boxes == 0 {
		return "there is no box"
	}
	return ""
}

// measure finds the distances, by pulling a box from each goal, and the hash.
func (p *position) measure() {
	var queue []int
	for cell := range p.distance {
		p.distance[cell] = hopeless
		if p.goals.has(cell) {
			p.distance[cell] = 0
			queue = append(queue, cell)
			p.hash += env.Mix(2<<40 + uint64(cell))
		}
		if p.inner.has(cell) {
			p.hash += env.Mix(3<<40 + uint64(cell))
		}
	}
	for i := 0; i < len(queue); i++ {
		cell := queue[i]
		for _, step := range steps {
			box, player := cell-step, cell-2*step
			if p.inner.has(box) && p.inner.has(player) && p.distance[box] == hopeless {
				p.distance[box] = p.distance[cell] + 1
				queue = append(queue, box)
			}
		}
	}
	for cell := range p.distance {
		if p.inner.has(cell) && p.distance[cell] == hopeless {
			p.dead.add(cell)
		}
		if p.boxes.has(cell) {
			p.bound += p.distance[cell]
			p.hash ^= keys[cell]
		}
	}
}
