package connectfour

import (
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

var _ env.Drawer = (*Position)(nil)

// Draw implements env.Drawer, with the numbers of the columns on top.
func (p *Position) Draw() string {
	var b strings.Builder
	b.WriteString(" 1 2 3 4 5 6 7\n")
	for row := range strings.SplitSeq(p.String(), "/") {
		for _, cell := range row {
			b.WriteByte(' ')
			b.WriteRune(cell)
		}
		b.WriteByte('\n')
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
