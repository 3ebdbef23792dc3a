// Package othello is the game of Othello (Reversi) on 8 by 8 cells: a fast
// env.Position on bitboards, and the env.Board of it.
//
// Player 0 has the discs X (the black ones of most sets) and begins. A move is a
// cell, 0 to 63 along the rows from the top left, and its text is "a1" to "h8"
// with a1 at the top left; Pass is the one move of a player who can turn nothing
// over while the other one can. The game is over where neither can, and the one
// with more discs has won.
package othello

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
)

// Environment returns the game for searches that may ask a model, always the
// same one. Its problems are what Parse reads.
func Environment() *env.Board { return board }

var board = &env.Board{
	Parse:   Parse,
	Players: 2,
	Rulebook: `A state is a board of Othello, 8 rows of 8 cells, and then a space and the side to move, X or O. ` +
		`The rows are separated by "/", the top row first, and show the discs X and O and a "." for each empty cell. ` +
		`A step is an empty cell, its column a to h from the left and its row 1 to 8 from the top: a1 is the top left corner. ` +
		`The new disc must enclose a straight line of the other side's discs (across, up, down or along a diagonal) between itself and a disc of its own side, ` +
		`and all discs that it encloses so in any direction are turned over. ` +
		`The step "pass" is legal only where no cell is, and the game is over when neither side has one. ` +
		`The goal is to have more discs than the other side at the end.`,
	SampleState: "......../......../..OX..../..XXX.../...XO.../......../......../........ O",
	SampleStep:  "e3",
}

const (
	side  = 8 // of the board
	cells = side * side
)

// Pass is the move of a player who has no other.
const Pass env.Move = cells

// Position is a situation of the game. Bit 0 of a bitboard is a1, bit 1 is b1,
// bit 8 is a2. Use New or Parse: the zero Position is no situation of a game.
type Position struct {
	own, opp uint64 // discs of the player to move and of the other one
	legal    uint64 // cells where the player to move can set a disc
	mover    uint8
	over     bool
	past     []situation
}

// situation is what Undo restores.
type situation struct{ own, opp, legal uint64 }

var (
	_ env.Position  = (*Position)(nil)
	_ env.Roller    = (*Position)(nil)
	_ env.Estimator = (*Position)(nil)
	_ env.Drawer    = (*Position)(nil)
)

// New returns the position at the start of a game.
func New() *Position {
	return set(1<<28|1<<35, 1<<27|1<<36, 0)
}

// set makes a position of the discs of X and of O and the side to move.
func set(x, o uint64, mover uint8) *Position {
	p := &Position{own: x, opp: o, mover: mover}
	if mover == 1 {
		p.own, p.opp = o, x
	}
	p.look()
	return p
}

// look finds out what the player to move can do.
func (p *Position) look() {
	p.legal = mobility(p.own, p.opp)
	p.over = p.legal == 0 && mobility(p.opp, p.own) == 0
}

// Moves appends the cells along the rows from the top left, or else Pass.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.legal == 0 && !p.over {
		return append(buf, Pass)
	}
	for rest := p.legal; rest != 0; rest &= rest - 1 {
		buf = append(buf, env.Move(bits.TrailingZeros64(rest)))
	}
	return buf
}

// Play sets a disc and turns others over, or passes. It does not check that the
// move is legal.
func (p *Position) Play(m env.Move) {
	p.past = append(p.past, situation{p.own, p.opp, p.legal})
	own, opp := p.own, p.opp
	if m != Pass {
		turned := flips(int(m), own, opp)
		own |= turned | 1<<(m&63)
		opp ^= turned
	}
	p.own, p.opp = opp, own
	p.mover ^= 1
	p.look()
}

// Undo takes back the last move.
func (p *Position) Undo() {
	last := len(p.past) - 1
	was := p.past[last]
	p.past = p.past[:last]
	p.own, p.opp, p.legal = was.own, was.opp, was.legal
	p.mover ^= 1
	p.over = false
}

// Bits off the left and the right edge, where lines across may have inner cells.
const inner = 0x7e7e7e7e7e7e7e7e

// mobility returns the cells where a disc of own would enclose some of opp.
func mobility(own, opp uint64) uint64 {
	between := opp & inner
	return ^(own | opp) & (up(own, between, 1) | down(own, between, 1) |
		up(own, opp, 8) | down(own, opp, 8) |
		up(own, between, 7) | down(own, between, 7) |
		up(own, between, 9) | down(own, between, 9))
}

// up returns the cells one step behind an unbroken line of between that begins
// beside a cell of own, where a step adds s to the number of a cell. A line has
// six cells between its ends at most: one, then two, and then two more twice.
func up(own, between uint64, s int) uint64 {
	line := between & (own << s)
	line |= between & (line << s)
	between &= between << s
	line |= between & (line << (2 * s))
	line |= between & (line << (2 * s))
	return line << s
}

// down is up with steps the other way.
func down(own, between uint64, s int) uint64 {
	line := between & (own >> s)
	line |= between & (line >> s)
	between &= between >> s
	line |= between & (line >> (2 * s))
	line |= between & (line >> (2 * s))
	return line >> s
}

// flips returns the discs of opp that a disc of own on a cell encloses.
func flips(cell int, own, opp uint64) uint64 {
	r := &rays[cell&63]
	return above(r.up[0], own, opp) | above(r.up[1], own, opp) | above(r.up[2], own, opp) | above(r.up[3], own, opp) |
		below(r.down[0], own, opp) | below(r.down[1], own, opp) | below(r.down[2], own, opp) | below(r.down[3], own, opp)
}

// above returns what is enclosed on a ray of growing numbers. All bits off the ray
// are set in the sum, so that the 1 carries to the first cell without a disc of opp.
func above(ray, own, opp uint64) uint64 {
	end := ((opp | ^ray) + 1) & own & ray
	return (end - (end|-end)>>63) & ray
}

// below is above for a ray of falling numbers, on which the first such cell is the
// topmost bit. If there is none, bit 0 stands in, and is off the ray or not of own.
func below(ray, own, opp uint64) uint64 {
	end := 1 << ((bits.Len64(^opp&ray|1) - 1) & 63) & own & ray
	return -end << 1 & ray
}

// rays are the cells beyond a cell in all eight directions: those of greater
// numbers (up) and of smaller ones.
var rays = func() (table [cells]struct{ up, down [4]uint64 }) {
	for cell := range table {
		for i, d := range [4][2]int{{1, 0}, {-1, 1}, {0, 1}, {1, 1}} { // columns, rows
			table[cell].up[i] = ray(cell, d[0], d[1])
			table[cell].down[i] = ray(cell, -d[0], -d[1])
		}
	}
	return table
}()

func ray(cell, dx, dy int) (set uint64) {
	x, y := cell%side+dx, cell/side+dy
	for ; x >= 0 && x < side && y >= 0 && y < side; x, y = x+dx, y+dy {
		set |= 1 << (y*side + x)
	}
	return set
}

// Hash is of both bitboards and the side to move.
func (p *Position) Hash() uint64 {
	return env.Mix(env.Mix(p.own^sideKey[p.mover&1]) + p.opp)
}

var sideKey = [2]uint64{env.Mix(1), env.Mix(2)}

// ToMove is 0 for X, 1 for O.
func (p *Position) ToMove() int { return int(p.mover) }

// Result tells the end, where neither player can set a disc: 1 if the player to
// move has more discs, 0 if the other one has, and 0.5 for as many.
func (p *Position) Result() (value float32, over bool) {
	if !p.over {
		return 0, false
	}
	return reward(p.own, p.opp), true
}

func reward(own, opp uint64) float32 {
	switch d := bits.OnesCount64(own) - bits.OnesCount64(opp); {
	case d > 0:
		return 1
	case d < 0:
		return 0
	}
	return 0.5
}

// Roll implements env.Roller.
func (p *Position) Roll(r *env.Rand) float32 {
	own, opp, legal := p.own, p.opp, p.legal
	turn, passed := 0, false
	for {
		if legal != 0 {
			passed = false
			for k := r.N(bits.OnesCount64(legal)); k > 0; k-- {
				legal &= legal - 1
			}
			cell := bits.TrailingZeros64(legal)
			turned := flips(cell, own, opp)
			own |= turned | 1<<(cell&63)
			opp ^= turned
		} else if passed {
			break
		} else {
			passed = true
		}
		own, opp = opp, own
		turn ^= 1
		legal = mobility(own, opp)
	}
	if turn == 1 {
		own, opp = opp, own
	}
	return reward(own, opp)
}

// Estimate implements env.Estimator, and always knows: a logistic function of a
// weighted sum of what distinguishes the players.
func (p *Position) Estimate() (value float64, known bool) {
	empty := ^(p.own | p.opp)
	trap := around(empty & corners)
	w := &weights[bits.OnesCount64(empty)&63]
	sum := w[0] + w[1]*(logs[bits.OnesCount64(p.legal)&63]-logs[bits.OnesCount64(mobility(p.opp, p.own))&63]) +
		w[2]*p.lead(corners) + w[3]*p.lead(trap&^edges) + w[4]*p.lead(trap&edges) + w[5]*p.lead(around(empty))
	return 1 / (1 + math.Exp(-sum)), true
}

const (
	corners = 1 | 1<<7 | 1<<56 | 1<<63
	edges   = 0xff818181818181ff
)

// around returns the cells of a set and their neighbours.
func around(set uint64) uint64 {
	const columnA, columnH = 0x0101010101010101, 0x8080808080808080
	set |= set<<1&^columnA | set>>1&^columnH
	return set | set<<8 | set>>8
}

// lead is how many more discs the player to move has on a set of cells.
func (p *Position) lead(set uint64) float64 {
	return float64(bits.OnesCount64(p.own&set) - bits.OnesCount64(p.opp&set))
}

// weights are those of Estimate by the number of empty cells: of having the move, of
// the logarithm of 1 plus the number of moves, of corners, of cells diagonal to an
// empty corner, of those beside one, and of discs beside empty cells. They are a
// logistic regression on the ends of 2500 games of this engine against itself (200
// simulations a move), with weights for 0, 30 and 60 empty cells and straight lines
// between these.
var weights = func() (table [64][6]float64) {
	known := [3][6]float64{
		{-0.24, 2.42, 1.16, -0.15, 0.19, 0.04},
		{-0.16, 0.86, 1.78, -0.93, -0.26, -0.10},
		{-0.13, 0.61, 1.62, -1.44, -2.04, -0.18},
	}
	for empty := range table {
		i := min(empty/30, 1)
		share := float64(empty-30*i) / 30
		for k := range table[empty] {
			table[empty][k] = known[i][k] + share*(known[i+1][k]-known[i][k])
		}
	}
	return table
}()

// logs are the logarithms of 1 to 64.
var logs = func() (table [64]float64) {
	for i := range table {
		table[i] = math.Log(float64(i + 1))
	}
	return table
}()

// Clone returns an independent copy; Undo can't go behind it.
func (p *Position) Clone() env.Position {
	c := new(Position)
	c.CopyFrom(p)
	return c
}

// CopyFrom makes p a copy of another Position of the game; Undo can't go behind it.
func (p *Position) CopyFrom(from env.Position) {
	q := from.(*Position)
	p.own, p.opp, p.legal, p.mover, p.over = q.own, q.opp, q.legal, q.mover, q.over
	p.past = p.past[:0]
}

// MoveText is the column a to h and the row 1 to 8 from the top, or "pass".
func (p *Position) MoveText(m env.Move) string { return names[m] }

var names = func() (table [cells + 1]string) {
	for cell := range cells {
		table[cell] = string([]byte{byte('a' + cell%side), byte('1' + cell/side)})
	}
	table[Pass] = "pass"
	return table
}()

// discs returns the discs of X and of O.
func (p *Position) discs() (x, o uint64) {
	if p.mover == 1 {
		return p.opp, p.own
	}
	return p.own, p.opp
}

// sign is what stands for a cell in texts.
func (p *Position) sign(cell int) byte {
	x, o := p.discs()
	return ".XO"[x>>cell&1|o>>cell&1<<1]
}

// String writes the board from the top row down, and the side to move:
// "......../......../......../...OX.../...XO.../......../......../........ X".
func (p *Position) String() string {
	text := make([]byte, 0, cells+side+1)
	for cell := range cells {
		if cell > 0 && cell%side == 0 {
			text = append(text, '/')
		}
		text = append(text, p.sign(cell))
	}
	return string(append(text, ' ', "XO"[p.mover]))
}

// Draw implements env.Drawer.
func (p *Position) Draw() string {
	var b strings.Builder
	b.WriteString("  a b c d e f g h\n")
	for row := range side {
		fmt.Fprintf(&b, "%d", row+1)
		for column := range side {
			b.WriteByte(' ')
			b.WriteByte(p.sign(row*side + column))
		}
		b.WriteByte('\n')
	}
	x, o := p.discs()
	fmt.Fprintf(&b, "X %d, O %d; ", bits.OnesCount64(x), bits.OnesCount64(o))
	switch {
	case p.over:
		b.WriteString([]string{"O has won\n", "a draw\n", "X has won\n"}[int(2*reward(x, o))])
	case p.legal == 0:
		fmt.Fprintf(&b, "%c must pass\n", "XO"[p.mover])
	default:
		fmt.Fprintf(&b, "%c to move\n", "XO"[p.mover])
	}
	return b.String()
}

// example is a text that Parse reads, for its errors.
const example = "......../......../......../...OX.../...XO.../......../......../........ X"

// maxText bounds a problem in bytes: a board has 73.
const maxText = 400

// Parse reads a position: "start" for the start of a game, or a board as String
// writes it, the rows from the top with "/" or line breaks between them (or all
// 64 cells in one), and behind a space the side to move. Small letters will do,
// "-" for an empty cell too, and spaces between cells don't matter. Any other text
// is an *env.InputError.
//
// The four cells in the middle must have discs, as they always do. Not every board
// that is accepted can come about in a game.
func Parse(text string) (env.Position, error) {
	trimmed := strings.TrimSpace(text)
	var p *Position
	reason := ""
	switch {
	case len(text) > maxText:
		reason = fmt.Sprintf("the text is longer than %d bytes", maxText)
	case trimmed == "":
		reason = `the text is empty; the start of a game is "start"`
	case trimmed == "start":
		p = New()
	default:
		p, reason = read(trimmed)
	}
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// read reads a board and the side to move; a reason says what is wrong with it.
func read(text string) (p *Position, reason string) {
	last := len(text) - 1
	mover := strings.IndexByte("XOxo", text[last])
	if mover < 0 || last == 0 || !strings.ContainsRune(" \t\n", rune(text[last-1])) {
		return nil, "behind the board there must be a space and the side to move, X or O"
	}
	rows := strings.Split(strings.ReplaceAll(text[:last], "\n", "/"), "/")
	for i := range rows {
		rows[i] = strings.Join(strings.Fields(rows[i]), "")
	}
	if n := len(rows) - 1; rows[n] == "" { // the side to move has a line of its own
		rows = rows[:n]
	}
	if len(rows) == 1 && len(rows[0]) == cells {
		all := rows[0]
		rows = nil
		for i := 0; i < cells; i += side {
			rows = append(rows, all[i:i+side])
		}
	}
	if len(rows) != side {
		return nil, fmt.Sprintf(`the number of rows is %d, and must be 8 with "/" between them`, len(rows))
	}
	var discs [2]uint64
	for y, row := range rows {
		if n := utf8.RuneCountInString(row); n != side {
			return nil, fmt.Sprintf("row %d has %d cells, and must have 8", y+1, n)
		}
		cell := y * side
		for _, r := range row {
			switch r {
			case 'X', 'x':
				discs[0] |= 1 << cell
			case 'O', 'o':
				discs[1] |= 1 << cell
			case '.', '-':
			default:
				return nil, fmt.Sprintf("cell %s is %q, and must be X, O or .", names[cell], r)
			}
			cell++
		}
	}
	for _, cell := range []int{27, 28, 35, 36} {
		if (discs[0]|discs[1])>>cell&1 == 0 {
			return nil, fmt.Sprintf("cell %s is empty, but the four in the middle never are", names[cell])
		}
	}
	return set(discs[0], discs[1], uint8(mover&1)), ""
}
