package connectfour

import (
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// Size of the board.
const (
	Columns = 7
	Rows    = 6
	cells   = Columns * Rows
)

// Position is a situation of the game. The zero Position is the empty board.
//
// On a bitboard column c has the bits 7c (the bottom row) to 7c+5. Bit 7c+6 is
// always clear, so that no line runs from the top of one column into the next.
type Position struct {
	own    uint64 // stones of the player to move
	all    uint64 // stones of both
	stones uint8  // how many there are
	won    bool   // by the last stone
	// past holds the columns played: a byte each, so that a Position fills one
	// cache line and a clone is one small allocation.
	past [cells]uint8
}

var _ env.Position = (*Position)(nil)

// New returns the empty board.
func New() *Position { return new(Position) }

const (
	bottomRow = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28 | 1<<35 | 1<<42
	topRow    = bottomRow << (Rows - 1)
	column    = 1<<Rows - 1 // the leftmost one
)

// Moves appends the columns that are not full, from the left.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.won {
		return buf
	}
	if p.all&topRow == 0 {
		return append(buf, every.moves[:]...) // a copy of fixed length is the faster one
	}
	free := &sets[columnsOf(^p.all&topRow)]
	return append(buf, free.moves[:free.count]...)
}

// Play drops a stone into a column. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	n := p.stones
	p.past[n] = uint8(m)
	p.stones = n + 1
	// Adding 1 to a column of k stones carries into the free cell above them.
	all := p.all | (p.all + 1<<(7*m&63))
	p.won = four(p.own | (all ^ p.all))
	p.own ^= p.all
	p.all = all
}

// Undo takes back the last move.
func (p *Position) Undo() {
	p.stones--
	shift := 7 * p.past[p.stones] & 63
	top := (p.all + 1<<shift) >> 1 & (column << shift)
	p.all ^= top
	p.own ^= p.all
	p.won = false
}

// four reports whether a bitboard has four in a row: pairs first, and then two
// pairs, in each direction.
func four(b uint64) bool {
	up, across := b&(b>>1), b&(b>>7)
	rising, falling := b&(b>>8), b&(b>>6)
	return up&(up>>2)|across&(across>>14)|rising&(rising>>16)|falling&(falling>>12) != 0
}

// Hash is perfect: no two positions share one.
func (p *Position) Hash() uint64 {
	// A column of k stones adds 2^k-1 to what the player's own stones in it
	// make, which is below 2^k: the sum tells both, and so who is to move.
	return env.Mix(p.own + p.all)
}

// ToMove is 0 for X, 1 for O.
func (p *Position) ToMove() int { return int(p.stones & 1) }

// Result is 0 if the last move made four in a row: the player to move has
// lost. A full board without is 0.5.
func (p *Position) Result() (value float32, over bool) {
	if p.won {
		return 0, true
	}
	return 0.5, p.stones == cells
}

// Clone returns an independent copy. Its moves can be undone as far back as
// those of p.
func (p *Position) Clone() env.Position {
	c := *p
	return &c
}

// CopyFrom makes p a copy of another Position of the game.
func (p *Position) CopyFrom(from env.Position) { *p = *from.(*Position) }

// MoveText is the number of the column, 1 to 7 from the left.
func (p *Position) MoveText(m env.Move) string { return "1234567"[m : m+1] }

// String draws the board from the top row down:
// "......./......./......./......./...O.../...X...".
func (p *Position) String() string {
	x, o := p.own, p.own^p.all
	if p.ToMove() == 1 {
		x, o = o, x
	}
	var b strings.Builder
	b.Grow(cells + Rows - 1)
	for row := Rows - 1; row >= 0; row-- {
		for c := range Columns {
			switch cell := cellBit(row, c); {
			case x&cell != 0:
				b.WriteByte('X')
			case o&cell != 0:
				b.WriteByte('O')
			default:
				b.WriteByte('.')
			}
		}
		if row > 0 {
			b.WriteByte('/')
		}
	}
	return b.String()
}

// cellBit is a cell of a bitboard; row 0 is the bottom, column 0 the left.
func cellBit(row, c int) uint64 { return 1 << (7*c + row) }
