package tictactoe

import (
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

var _ env.Drawer = (*Position)(nil)

// Draw implements env.Drawer: an empty cell shows the number of its move.
func (p *Position) Draw() string {
	var b strings.Builder
	for i := range cells {
		sign := byte('1' + i)
		switch {
		case p.marks[0]>>i&1 != 0:
			sign = 'X'
		case p.marks[1]>>i&1 != 0:
			sign = 'O'
		}
		b.WriteByte(' ')
		b.WriteByte(sign)
		if i%side == side-1 {
			b.WriteByte('\n')
		}
	}
	mover := p.ToMove()
	switch _, over := p.Result(); {
	case p.won:
		fmt.Fprintf(&b, "%c has won\n", "OX"[mover])
	case over:
		b.WriteString("a draw\n")
	default:
		fmt.Fprintf(&b, "%c to move\n", "XO"[mover])
	}
	return b.String()
}
