package tictactoe

import (
	"math/bits"

	"github.com/ponder-mcts/ponder/env"
)

const (
	side  = 3 // of the board
	cells = side * side
	full  = 1<<cells - 1
)

// Position is a situation of the game. The zero Position is the empty board.
type Position struct {
	marks [2]uint16    // the cells of X and of O, bit 0 at the top left
	moves uint8        // made so far
	won   bool         // by the last move
	past  [cells]uint8 // cells played
}

var _ env.Position = (*Position)(nil)

// New returns the empty board.
func New() *Position { return new(Position) }

// Moves appends the empty cells along the rows from the top left.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.won {
		return buf
	}
	for free := full &^ (p.marks[0] | p.marks[1]); free != 0; free &= free - 1 {
		buf = append(buf, env.Move(bits.TrailingZeros16(free)))
	}
	return buf
}

// Play marks a cell. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	marks := &p.marks[p.moves&1]
	*marks |= 1 << m
	p.won = hasRow[*marks]
	p.past[p.moves] = uint8(m)
	p.moves++
}

// Undo takes back the last move.
func (p *Position) Undo() {
	p.moves--
	p.marks[p.moves&1] &^= 1 << p.past[p.moves]
	p.won = false
}

// hasRow tells of every set of cells whether there are three in a row in it.
var hasRow = func() (table [1 << cells]bool) {
	for set := range table {
		for _, row := range [...]int{0o007, 0o070, 0o700, 0o111, 0o222, 0o444, 0o421, 0o124} {
			table[set] = table[set] || set&row == row
		}
	}
	return table
}()

// Hash is perfect: no two positions share one.
func (p *Position) Hash() uint64 {
	return env.Mix(uint64(p.marks[0]) | uint64(p.marks[1])<<cells)
}

// ToMove is 0 for X, 1 for O.
func (p *Position) ToMove() int { return int(p.moves & 1) }

// Result is 0 if the last move made three in a row: the player to move has
// lost. A full board without is 0.5.
func (p *Position) Result() (value float32, over bool) {
	if p.won {
		return 0, true
	}
	return 0.5, p.moves == cells
}

// Clone returns an independent copy. Its moves can be undone as far back as
// those of p.
func (p *Position) Clone() env.Position {
	c := *p
	return &c
}

// CopyFrom makes p a copy of another Position of the game.
func (p *Position) CopyFrom(from env.Position) { *p = *from.(*Position) }

// MoveText is the number of the cell, 1 to 9 along the rows from the top left.
func (p *Position) MoveText(m env.Move) string { return "123456789"[m : m+1] }

// String draws the board from the top row down: "X.O/.X./..O".
func (p *Position) String() string {
	text := []byte(".../.../...")
	for i := range cells {
		at := i + i/side
		switch {
		case p.marks[0]>>i&1 != 0:
			text[at] = 'X'
		case p.marks[1]>>i&1 != 0:
			text[at] = 'O'
		}
	}
	return string(text)
}
