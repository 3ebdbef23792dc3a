// Package gomoku is the game of five in a row by its freest rules, on boards of 5 by
// 5 to 19 by 19 cells: a fast env.Position on bitboards, and the env.Board of it.
//
// Player 0 has the X and begins. Five or more own stones in a row win, for both
// players alike and without any openings or forbidden moves; a full board without
// is a draw. A move is a cell, and its text is "a1" to "s19": columns from the
// left, rows from the bottom.
package gomoku

import (
	"fmt"
	"math/bits"
	"strconv"
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
	Rulebook: `A state is a board of Gomoku, as many rows as columns. The rows are separated by "/", the top row first, ` +
		`and show the stones X and O and a "." for each empty cell. X moves first and the two take turns: ` +
		"with as many X as O it is X's turn, else O's. " +
		"A step is an empty cell, its column a, b, ... from the left and its row 1, 2, ... from the bottom: a1 is the bottom left corner. " +
		"The goal of the player to move is five or more of its own stones in a row: across, up, or along a diagonal. " +
		"A full board without is a draw.",
	SampleState: "......./......./..XXX../...OO../..O..../......./.......",
	SampleStep:  "f5",
}

// Bounds of the number of rows, which is that of columns too, and the number at the
// start of a game.
const (
	MinSize  = 5
	MaxSize  = 19
	Standard = 15
)

// lines are the cells of one player on every line of the board, in four ways: first
// its rows from the bottom, a bit for each column, next its columns with a bit for
// each row, and then the rising and the falling diagonals with a bit for each column.
type lines [2*MaxSize + 2*(2*MaxSize-1)]uint32

// Where the columns and the diagonals begin. One through the cell of row r and column
// c is c columns, c-r+MaxSize-1 rising ones or r+c falling ones behind that.
const (
	columns = MaxSize
	rising  = 2 * MaxSize
	falling = rising + 2*MaxSize - 1
)

// Position is a situation of the game. Parse makes one: the zero Position has no
// cells.
type Position struct {
	stones [2]lines // of X and of O
	hash   uint64
	count  uint16 // stones on the board
	size   uint8
	won    bool // by the last stone
	past   []env.Move
}

var (
	_ env.Position = (*Position)(nil)
	_ env.Roller   = (*Position)(nil)
	_ env.Drawer   = (*Position)(nil)
)

// empty returns a board without stones.
func empty(size int) *Position {
	return &Position{size: uint8(size), hash: env.Mix(uint64(size))}
}

// free returns the columns of a row that are empty.
func (p *Position) free(row int) uint32 {
	return (1<<p.size - 1) &^ (p.stones[0][row] | p.stones[1][row])
}

// move is the move to a cell, both numbers counted from 0 at the bottom left.
func move(row, column int) env.Move { return env.Move(row<<5 | column) }

// cell is the inverse of move.
func cell(m env.Move) (row, column uint) { return uint(m >> 5), uint(m & 31) }

// Moves appends the empty cells along the rows from the bottom left. A move is 32
// times the row and the column, both counted from 0.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.won {
		return buf
	}
	for row := range int(p.size) {
		for free := p.free(row); free != 0; free &= free - 1 {
			buf = append(buf, move(row, bits.TrailingZeros32(free)))
		}
	}
	return buf
}

// Play sets a stone. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	mover := p.count & 1
	p.won = p.stones[mover].toggle(m)
	p.hash ^= keys[mover][m]
	p.past = append(p.past, m)
	p.count++
}

// Undo takes back the last move.
func (p *Position) Undo() {
	last := len(p.past) - 1
	m := p.past[last]
	p.past = p.past[:last]
	p.count--
	mover := p.count & 1
	p.stones[mover].toggle(m)
	p.hash ^= keys[mover][m]
	p.won = false
}

var keys = func() (table [2][MaxSize << 5]uint64) {
	for player := range table {
		for m := range table[player] {
			table[player][m] = env.Mix(uint64(2*m+player+1) << 32)
		}
	}
	return table
}()

// toggle sets a stone, or takes it away, and reports whether there are five in a row
// on a line through it.
func (l *lines) toggle(m env.Move) bool {
	r, c := cell(m)
	row, column := l[r]^1<<c, l[columns+c]^1<<r
	up, down := l[rising+MaxSize-1+c-r]^1<<c, l[falling+r+c]^1<<c
	l[r], l[columns+c] = row, column
	l[rising+MaxSize-1+c-r], l[falling+r+c] = up, down
	return five(uint64(row)|uint64(column)<<32)|five(uint64(up)|uint64(down)<<32) != 0
}

// five returns a bit for each five set bits in a row. A line has 19 bits at most, so
// that two fit into one number, and none runs into the other one.
func five(b uint64) uint64 {
	two := b & (b >> 1)
	return two & (two >> 2) & (b >> 4)
}

// Hash is of all stones and the size; the stones tell who is to move.
func (p *Position) Hash() uint64 { return p.hash }

// ToMove is 0 for X, 1 for O.
func (p *Position) ToMove() int { return int(p.count & 1) }

// Result is 0 if the last move made five in a row: the player to move has lost. A
// full board without is 0.5.
func (p *Position) Result() (value float32, over bool) {
	if p.won {
		return 0, true
	}
	return 0.5, int(p.count) == int(p.size)*int(p.size)
}

// Roll implements env.Roller.
func (p *Position) Roll(r *env.Rand) float32 {
	stones := p.stones
	var free [MaxSize * MaxSize]env.Move
	n := 0
	for row := range int(p.size) {
		for set := p.free(row); set != 0; set &= set - 1 {
			free[n] = move(row, bits.TrailingZeros32(set))
			n++
		}
	}
	for mover := p.count & 1; n > 0; mover ^= 1 {
		i := r.N(n)
		m := free[i]
		n--
		free[i] = free[n]
		if stones[mover&1].toggle(m) {
			if mover == p.count&1 {
				return 1
			}
			return 0
		}
	}
	return 0.5
}

// Clone returns an independent copy; Undo can't go behind it.
func (p *Position) Clone() env.Position {
	c := new(Position)
	c.CopyFrom(p)
	return c
}

// CopyFrom makes p a copy of another Position, whose size may differ; Undo can't go
// behind it.
func (p *Position) CopyFrom(from env.Position) {
	q := from.(*Position)
	p.stones, p.hash, p.count, p.size, p.won = q.stones, q.hash, q.count, q.size, q.won
	p.past = p.past[:0]
}

// MoveText is the column, "a" for the leftmost one, and the row from the bottom.
func (p *Position) MoveText(m env.Move) string { return names[m] }

var names = func() (table [MaxSize << 5]string) {
	for row := range MaxSize {
		for column := range MaxSize {
			table[move(row, column)] = string(rune('a'+column)) + strconv.Itoa(row+1)
		}
	}
	return table
}()

// sign is what stands for a cell in texts.
func (p *Position) sign(row, column int) byte {
	switch {
	case p.stones[0][row]>>column&1 == 1:
		return 'X'
	case p.stones[1][row]>>column&1 == 1:
		return 'O'
	}
	return '.'
}

// String writes the board from the top row down: "...../..O../..X../...../.....".
func (p *Position) String() string {
	size := int(p.size)
	text := make([]byte, 0, size*(size+1))
	for row := size - 1; row >= 0; row-- {
		for column := range size {
			text = append(text, p.sign(row, column))
		}
		if row > 0 {
			text = append(text, '/')
		}
	}
	return string(text)
}

// Draw implements env.Drawer.
func (p *Position) Draw() string {
	var b strings.Builder
	size := int(p.size)
	for row := size - 1; row >= 0; row-- {
		fmt.Fprintf(&b, "%2d", row+1)
		for column := range size {
			b.WriteByte(' ')
			b.WriteByte(p.sign(row, column))
		}
		b.WriteByte('\n')
	}
	b.WriteString("  ")
	for column := range size {
		b.WriteByte(' ')
		b.WriteByte(byte('a' + column))
	}
	mover := p.ToMove()
	switch _, over := p.Result(); {
	case p.won:
		fmt.Fprintf(&b, "\n%c has won\n", "OX"[mover])
	case over:
		b.WriteString("\na draw\n")
	default:
		fmt.Fprintf(&b, "\n%c to move\n", "XO"[mover])
	}
	return b.String()
}

// example is a text that Parse reads, for its errors.
const example = "...../..O../..X../...../....."

// maxText bounds a problem in bytes: a board has 379 at most.
const maxText = 1000

// Parse reads a position: "start" for the empty board of 15 by 15 cells, "size N"
// for an empty one of N by N, or a board that a game can lead to as String writes
// it, the rows from the top with "/" or line breaks between them; the stones tell
// who is to move. Small letters will do, and spaces between cells and around rows
// don't matter. Any other text is an *env.InputError.
func Parse(text string) (env.Position, error) {
	trimmed := strings.TrimSpace(text)
	var p *Position
	reason := ""
	if number, ok := strings.CutPrefix(trimmed, "size"); len(text) > maxText {
		reason = fmt.Sprintf("the text is longer than %d bytes", maxText)
	} else if trimmed == "" {
		reason = `the text is empty; the empty board is "start", others are "size 9" and the like`
	} else if trimmed == "start" {
		p = empty(Standard)
	} else if ok {
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || n < MinSize || n > MaxSize {
			reason = fmt.Sprintf("the size must be a number from %d to %d", MinSize, MaxSize)
		} else {
			p = empty(n)
		}
	} else if p, reason = read(trimmed); reason == "" {
		reason = p.check()
	}
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// read reads a board; a reason says what is wrong with the drawing.
func read(text string) (p *Position, reason string) {
	rows := strings.Split(strings.ReplaceAll(text, "\n", "/"), "/")
	size := len(rows)
	if size < MinSize || size > MaxSize {
		return nil, fmt.Sprintf(`the number of rows is %d, and must be %d to %d with "/" between them`, size, MinSize, MaxSize)
	}
	p = empty(size)
	for i, signs := range rows {
		signs = strings.Join(strings.Fields(signs), "")
		row := size - 1 - i
		if n := utf8.RuneCountInString(signs); n != size {
			return nil, fmt.Sprintf("row %d has %d cells, and must have %d: as many as there are rows", row+1, n, size)
		}
		column := 0
		for _, sign := range signs {
			m := move(row, column)
			column++
			player := strings.IndexRune("XOxo", sign) & 1
			switch sign {
			case 'X', 'x', 'O', 'o':
				p.stones[player].toggle(m)
				p.hash ^= keys[player][m]
				p.count++
			case '.':
			default:
				return nil, fmt.Sprintf("cell %s is %q, and must be X, O or .", names[m], sign)
			}
		}
	}
	return p, ""
}

// check counts the stones and looks for five in a row; a reason says why no game
// leads to this board.
func (p *Position) check() (reason string) {
	x, o := p.stones[0].count(), p.stones[1].count()
	if x != o && x != o+1 {
		return fmt.Sprintf("there are %d X and %d O: X moves first, so there must be as many X as O, or one more", x, o)
	}
	mover := p.count & 1
	if p.stones[mover].five() {
		return fmt.Sprintf("%c has five in a row, but %c has moved after that", "XO"[mover], "OX"[mover])
	}
	last := &p.stones[mover^1]
	if p.won = last.five(); !p.won {
		return ""
	}
	for row := range int(p.size) {
		for stones := last[row]; stones != 0; stones &= stones - 1 {
			m := move(row, bits.TrailingZeros32(stones))
			last.toggle(m)
			still := last.five()
			last.toggle(m)
			if !still {
				return ""
			}
		}
	}
	return fmt.Sprintf("%c has five in a row, but no last move can have made that", "OX"[mover])
}

// count returns the number of stones.
func (l *lines) count() (n int) {
	for _, row := range l[:MaxSize] {
		n += bits.OnesCount32(row)
	}
	return n
}

// five reports whether there are five in a row anywhere.
func (l *lines) five() bool {
	for _, line := range l {
		if five(uint64(line)) != 0 {
			return true
		}
	}
	return false
}
