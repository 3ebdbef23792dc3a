package connectfour

import (
	"math/bits"

	"github.com/ponder-mcts/ponder/env"
)

var _ env.Roller = (*Position)(nil)

// columns are the cells of each column.
var columns = [8]uint64{
	column, column << 7, column << 14, column << 21, column << 28, column << 35, column << 42,
}

// Roll implements env.Roller: it draws columns until one has room, and 16 of
// them from one random number.
func (p *Position) Roll(r *env.Rand) float32 {
	own, all, stones := p.own, p.all, p.stones
	mover := stones & 1
	digits, left := uint64(0), 0
	for stones < cells {
		if left == 0 {
			digits, left = r.Next(), 16
		}
		c, rest := bits.Mul64(digits, Columns) // the next digit to the base of 7
		digits = rest
		left--
		stone := (all + bottomRow) & columns[c&7]
		if stone == 0 {
			continue // full
		}
		own |= stone
		if four(own) {
			if stones&1 == mover {
				return 1
			}
			return 0
		}
		all |= stone
		own ^= all
		stones++
	}
	return 0.5
}
