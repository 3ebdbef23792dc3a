package connectfour

import (
	"fmt"
	"math/bits"
)

// newPosition makes a position of the stones of X and of O; a reason says why
// the rules don't allow it.
func newPosition(x, o uint64) (p *Position, reason string) {
	all := x | o
	// A stone on the ground or on another one leaves no gap under it.
	for c := range Columns {
		for row := 1; row < Rows; row++ {
			if all&cellBit(row, c) != 0 && all&cellBit(row-1, c) == 0 {
				return nil, fmt.Sprintf("the stone in column %d, row %d from the top, has nothing under it", c+1, Rows-row)
			}
		}
	}
	nx, no := bits.OnesCount64(x), bits.OnesCount64(o)
	if nx != no && nx != no+1 {
		return nil, fmt.Sprintf("there are %d X and %d O: X moves first, so there must be as many X as O, or one more", nx, no)
	}
	p = &Position{own: x, all: all, stones: uint8(nx + no)}
	last, other := "O", "X"
	if p.ToMove() == 1 {
		p.own, last, other = o, "X", "O"
	}
	mover := p.own ^ all // of the last move
	p.won = four(mover)
	switch {
	case four(p.own):
		return nil, fmt.Sprintf("%s has four in a row, but %s has moved after that", other, last)
	case p.won && !byOneMove(mover, all):
		return nil, fmt.Sprintf("%s has four in a row, but no last move can have made that", last)
	}
	return p, ""
}

// byOneMove reports whether a stone on top of a column was the last one missing
// in every four in a row of its player.
func byOneMove(mover, all uint64) bool {
	for c := range Columns {
		stones := all & (column << (7 * c))
		top := stones &^ (stones >> 1)
		if four(mover) && mover&top != 0 && !four(mover&^top) {
			return true
		}
	}
	return false
}
