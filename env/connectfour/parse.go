package connectfour

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
)

// Texts that Parse reads, for its errors.
const (
	exampleMoves = "4435"
	exampleBoard = "......./......./......./...O.../...X.../..XOX.O"
)

// maxText bounds a problem in bytes: a drawn board has 47.
const maxText = 200

// Parse reads a position: "start" for the empty board; or the columns played
// from there on, 1 to 7 from the left, such as "4435"; or a drawn board as String
// writes it, where small letters will do. Spaces around it don't matter. Any other
// text is an *env.InputError.
//
// A drawn board must have stones as the rules drop and count them, and at most
// one player with four in a row, who made them by the last move. Not every
// board that is drawn so can come about in a game.
func Parse(text string) (env.Position, error) {
	trimmed := strings.TrimSpace(text)
	p, example, reason := New(), exampleMoves, ""
	switch {
	case len(text) > maxText:
		reason = fmt.Sprintf("the text is longer than %d bytes", maxText)
	case trimmed == "":
		reason = `the text is empty; the empty board is "start"`
	case trimmed == "start":
	case strings.Contains(trimmed, "/"):
		example = exampleBoard
		p, reason = readBoard(trimmed)
	default:
		reason = p.playAll(trimmed)
	}
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// playAll plays a text of columns; a reason says why that can't be done.
func (p *Position) playAll(columns string) (reason string) {
	move := 0
	for _, r := range columns {
		move++
		c := r - '1'
		if c < 0 || c >= Columns {
			return fmt.Sprintf(`move %d is %q, and must be a column, 1 to 7 (a drawn board has 6 rows with "/" between them)`, move, r)
		}
		if _, over := p.Result(); over {
			return fmt.Sprintf("move %d comes after the end: the game is over with move %d", move, p.stones)
		}
		if p.all&cellBit(Rows-1, int(c)) != 0 {
			return fmt.Sprintf("move %d is in column %d, which is full", move, c+1)
		}
		p.Play(env.Move(c))
	}
	return ""
}

// readBoard reads a drawn board; a reason says what is wrong with it.
func readBoard(text string) (p *Position, reason string) {
	rows := strings.Split(text, "/")
	if len(rows) != Rows {
		return nil, fmt.Sprintf(`the number of rows is %d, and must be 6 with "/" between them`, len(rows))
	}
	var x, o uint64
	for i, row := range rows {
		if n := utf8.RuneCountInString(row); n != Columns {
			return nil, fmt.Sprintf("row %d from the top has %d cells, and must have 7", i+1, n)
		}
		c := 0
		for _, r := range row {
			switch cell := cellBit(Rows-1-i, c); r {
			case 'X', 'x':
				x |= cell
			case 'O', 'o':
				o |= cell
			case '.':
			default:
				return nil, fmt.Sprintf("cell %d of row %d from the top is %q, and must be X, O or .", c+1, i+1, r)
			}
			c++
		}
	}
	return newPosition(x, o)
}
