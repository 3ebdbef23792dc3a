package lean

import (
	"math/bits"

	"github.com/ponder-mcts/ponder/env"
)

// A board is connect four on bitboards: seven bits to a column, the lowest row
// first. The seventh bit is always clear, so that no line runs over the rim.
type board struct {
	own, all uint64 // the stones of the player to move, and everybody's
}

const (
	columns = 7
	rows    = 6
	cells   = columns * rows
	six     = 1<<rows - 1
	bottom  = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28 | 1<<35 | 1<<42
	top     = bottom << (rows - 1)
	full    = bottom * six
)

// column has the cells of each column. The eighth place saves a bounds check.
var column = [8]uint64{six, six << 7, six << 14, six << 21, six << 28, six << 35, six << 42}

// play drops a stone of the player to move into a column with room. Adding the
// bottom row carries every column to its lowest free cell.
func (b board) play(c uint8) board {
	return board{b.own ^ b.all, b.all | (b.all+bottom)&column[c&7]}
}

// four reports whether four of the stones are in a row. Branches that are nearly
// always foreseen are no slower than one that waits for everything.
func four(s uint64) bool {
	v, h, a, d := s&(s>>1), s&(s>>7), s&(s>>6), s&(s>>8)
	return v&(v>>2) != 0 || h&(h>>14) != 0 || a&(a>>12) != 0 || d&(d>>16) != 0
}

// playout makes random moves to the end, and returns the result for the player
// who moved before it, and the stones at the end. The game must not be over.
func (b board) playout(r *env.Rand) (value float32, end uint64) {
	own, all := b.own, b.all
	for {
		// One random number, read as a fraction in base seven, serves for 16
		// draws: the 21 bits that are left for the last are enough. To draw again
		// when a column is full is faster than to choose among those that are
		// not: this way no draw waits for the board.
		fraction := r.Next()
		for range 16 {
			var c uint64
			c, fraction = bits.Mul64(fraction, columns)
			stone := (all + bottom) & column[c&7]
			if stone == 0 {
				if all == full {
					return 0.5, all
				}
				continue
			}
			own |= stone
			all |= stone
			if four(own) {
				// An odd number of moves means that the other player made the last.
				return float32(bits.OnesCount64(all^b.all)&1 ^ 1), all
			}
			own ^= all
		}
	}
}
