package tictactoe

import (
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
)

// example is a text that Parse reads, for its errors.
const example = "X.O/.X./..O"

// maxText bounds a problem in bytes: a board has 11.
const maxText = 100

// Parse reads a position: "start" for the empty board, or a board as String
// writes it, where small letters will do, that a game can lead to; the marks tell
// who is to move. Spaces around it don't matter. Any other text is an *env.InputError.
func Parse(text string) (env.Position, error) {
	p, reason := New(), ""
	switch trimmed := strings.TrimSpace(text); {
	case len(text) > maxText:
		reason = fmt.Sprintf("the text is longer than %d bytes", maxText)
	case trimmed == "":
		reason = `the text is empty; the empty board is "start"`
	case trimmed == "start":
	default:
		if reason = p.read(trimmed); reason == "" {
			reason = p.check()
		}
	}
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// read puts the marks of a drawn board on the empty one; a reason says what is
// wrong with the drawing.
func (p *Position) read(text string) (reason string) {
	rows := strings.Split(text, "/")
	if len(rows) != side {
		return fmt.Sprintf(`the number of rows is %d, and must be 3 with "/" between them`, len(rows))
	}
	cell := 0
	for i, row := range rows {
		if n := utf8.RuneCountInString(row); n != side {
			return fmt.Sprintf("row %d has %d cells, and must have 3", i+1, n)
		}
		for _, r := range row {
			switch r {
			case 'X', 'x':
				p.marks[0] |= 1 << cell
			case 'O', 'o':
				p.marks[1] |= 1 << cell
			case '.':
			default:
				return fmt.Sprintf("cell %d is %q, and must be X, O or .", cell+1, r)
			}
			cell++
		}
	}
	return ""
}

// check counts the marks and looks for three in a row; a reason says why no
// game leads to this board.
func (p *Position) check() (reason string) {
	nx, no := bits.OnesCount16(p.marks[0]), bits.OnesCount16(p.marks[1])
	if nx != no && nx != no+1 {
		return fmt.Sprintf("there are %d X and %d O: X moves first, so there must be as many X as O, or one more", nx, no)
	}
	p.moves = uint8(nx + no)
	mover, last := p.ToMove(), 1-p.ToMove()
	if hasRow[p.marks[mover]] {
		return fmt.Sprintf("%c has three in a row, but %c has moved after that", "XO"[mover], "XO"[last])
	}
	p.won = hasRow[p.marks[last]]
	return ""
}
