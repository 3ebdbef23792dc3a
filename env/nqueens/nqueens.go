// Package nqueens is the puzzle of n queens on a board of n rows and columns, none
// of which attacks another: an env.Position, and the env.Puzzle of it.
//
// The rows get their queens in order, row 1 first. A move is the column of the next
// queen, from 0 on, and its text is "c1" for the first one. As soon as a row or a
// column is left that has no place for a queen, the position is over and worth 0.
package nqueens

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// MaxQueens is the greatest number of queens.
const MaxQueens = 64

// Environment returns the puzzle for searches that may ask a model, always the same
// one. Its problems are what Parse reads.
func Environment() *env.Puzzle { return puzzle }

var puzzle = &env.Puzzle{
	Board: env.Board{
		Parse:   Parse,
		Players: 1,
		Rulebook: `A state such as "8: c1 c5 c8" is a board of 8 rows and 8 columns with a queen in each of its first rows: ` +
			"in row 1 at column 1, in row 2 at column 5, in row 3 at column 8; the other rows are empty. " +
			`A step such as "c6" puts a queen at column 6 of the first empty row. ` +
			"No two queens may be in the same column or on the same diagonal. " +
			"The goal is a queen in every row. " +
			"It is lost as soon as all places of an empty row, or of an empty column, are attacked.",
		SampleState: "8: c1 c5",
		SampleStep:  "c8",
	},
	Check: check,
}

// Position is a situation of the puzzle.
type Position struct {
	// Attacked are the columns, and the diagonals: those that rise have the number
	// row + column, those that fall have column - row + 63.
	columns         uint64
	rising, falling [2]uint64

	free uint64 // columns for the next queen
	hash uint64
	size uint8
	row  uint8 // of the next queen, from 0; all rows before it have theirs
	dead bool  // a row or a column has no place left

	placed [MaxQueens]uint8 // columns, by row
}

var (
	_ env.Position  = (*Position)(nil)
	_ env.Estimator = (*Position)(nil)
	_ env.Drawer    = (*Position)(nil)
)

// newPosition is the empty board of a size from 1 to MaxQueens.
func newPosition(size int) *Position {
	p := &Position{size: uint8(size), hash: env.Mix(uint64(size) << 32)}
	p.look()
	return p
}

// names and keys belong to the columns and the places.
var (
	names [MaxQueens]string
	keys  [MaxQueens][MaxQueens]uint64
)

func init() {
	for c := range MaxQueens {
		names[c] = "c" + strconv.Itoa(c+1)
		for row := range MaxQueens {
			keys[row][c] = env.Mix(uint64(row*MaxQueens+c) + 1)
		}
	}
}

// from is the 64 bits of a row of diagonals that begin at bit k, for k below 64; with
// the masks the compiler knows that.
func from(diagonals *[2]uint64, k uint8) uint64 {
	return diagonals[0]>>(k&63) | diagonals[1]<<1<<((63-k)&63)
}

// places are the columns of a row that no queen attacks.
func (p *Position) places(row uint8) uint64 {
	return ^uint64(0) >> ((64 - p.size) & 63) &^ (p.columns | from(&p.rising, row) | from(&p.falling, 63-row))
}

// look finds the places for the next queen, and whether every row and column left
// has one.
func (p *Position) look() {
	if p.row == p.size {
		p.free = 0
		return
	}
	p.free = p.places(p.row)
	p.dead = p.free == 0
	open := p.free
	for row := p.row + 1; row < p.size && !p.dead; row++ {
		free := p.places(row)
		p.dead = free == 0
		open |= free
	}
	// As many columns as rows are left, and each needs its queen.
	p.dead = p.dead || open != ^uint64(0)>>(64-p.size)&^p.columns
}

// toggle puts a queen on a place, or takes it away.
func (p *Position) toggle(row, column uint8) {
	p.columns ^= 1 << column
	d := row + column
	p.rising[d>>6] ^= 1 << (d & 63)
	d = column + 63 - row
	p.falling[d>>6] ^= 1 << (d & 63)
	p.hash ^= keys[row][column]
}

// Moves appends the places of the next row that no queen attacks, from the left.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.dead {
		return buf
	}
	for free := p.free; free != 0; free &= free - 1 {
		buf = append(buf, env.Move(bits.TrailingZeros64(free)))
	}
	return buf
}

// Play puts a queen into the next row. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	p.toggle(p.row, uint8(m))
	p.placed[p.row] = uint8(m)
	p.row++
	p.look()
}

// Undo takes the last queen away.
func (p *Position) Undo() {
	p.row--
	p.toggle(p.row, p.placed[p.row])
	p.free, p.dead = p.places(p.row), false // a move was made from there
}

// Hash stands for the size and the place of every queen.
func (p *Position) Hash() uint64 { return p.hash }

// ToMove is always 0.
func (p *Position) ToMove() int { return 0 }

// Result is 1 with a queen in every row, and 0 if a row or a column has no place left.
func (p *Position) Result() (value float32, over bool) {
	if p.row == p.size {
		return 1, true
	}
	return 0, p.dead
}

// chance is 1 - 2^-n by n.
var chance = func() (table [MaxQueens + 1]float64) {
	half := 1.0
	for n := range table {
		table[n] = 1 - half
		half /= 2
	}
	return table
}()

// Estimate guesses that each place of an empty row is lost with a chance of one half:
// the fewer rows are left and the more places they have, the better.
func (p *Position) Estimate() (value float64, known bool) {
	value = 1
	for row := p.row; row < p.size; row++ {
		value *= chance[bits.OnesCount64(p.places(row))]
	}
	return value, true
}

// Clone returns an independent copy. Its moves can be undone as far back as those of p.
func (p *Position) Clone() env.Position {
	c := *p
	return &c
}

// CopyFrom makes p a copy of another Position of the puzzle.
func (p *Position) CopyFrom(other env.Position) { *p = *other.(*Position) }

// MoveText is the column, "c1" for the leftmost one.
func (p *Position) MoveText(m env.Move) string { return names[m] }

// String writes the size and the columns of the queens from row 1 on: "8: c1 c5 c8",
// or just "8" for the empty board.
func (p *Position) String() string {
	text := strconv.AppendUint(nil, uint64(p.size), 10)
	for row, c := range p.placed[:p.row] {
		if row == 0 {
			text = append(text, ':')
		}
		text = append(append(text, ' '), names[c]...)
	}
	return string(text)
}

// Draw draws the board with row 1 at the top: Q for a queen, a point for a place that
// none attacks, and x for one that is attacked.
func (p *Position) Draw() string {
	var b strings.Builder
	b.WriteString("   ")
	for c := range int(p.size) {
		fmt.Fprintf(&b, " %3s", names[c])
	}
	for row := range p.size {
		fmt.Fprintf(&b, "\n%3d", row+1)
		for c := range p.size {
			mark := 'x'
			switch {
			case row < p.row && p.placed[row] == c:
				mark = 'Q'
			case row >= p.row && p.places(row)>>c&1 != 0:
				mark = '.'
			}
			fmt.Fprintf(&b, "   %c", mark)
		}
	}
	return b.String()
}

// example is a text that Parse reads, for its errors.
const example = "8: c1 c5 c8"

// maxText bounds a problem in bytes: String writes up to 260.
const maxText = 1000

// Parse reads a position: the number of queens, 1 to 64, and behind a ":" the columns of
// those that are placed, from row 1 on: "8", or "8: c1 c5 c8". The "c" may be missing,
// and a comma stand between the columns. "start" is "8". A text that is none of that, or has
// queens that attack each other, is an *env.InputError.
func Parse(text string) (env.Position, error) {
	p, reason := read(text)
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

func read(text string) (p *Position, reason string) {
	if len(text) > maxText {
		return nil, fmt.Sprintf("the text is longer than %d bytes", maxText)
	}
	number, rest, _ := strings.Cut(text, ":")
	number = strings.TrimSpace(number)
	switch number {
	case "":
		return nil, `there is no number of queens; the usual one is "8"`
	case "start":
		number = "8"
	}
	size, err := strconv.Atoi(number)
	if err != nil || size < 1 || size > MaxQueens {
		return nil, fmt.Sprintf("the number of queens is %.20q, and must be from 1 to %d", number, MaxQueens)
	}
	p = newPosition(size)
	fields := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" ,\t\r\n", r) })
	if len(fields) > size {
		return nil, fmt.Sprintf("there are %d columns for %d rows", len(fields), size)
	}
	for i, field := range fields {
		c, err := strconv.Atoi(strings.TrimPrefix(strings.ToLower(field), "c"))
		if err != nil || c < 1 || c > size {
			return nil, fmt.Sprintf("the queen of row %d is at %.20q, and must be at a column from c1 to c%d", i+1, field, size)
		}
		row := uint8(i)
		if p.places(row)>>(c-1)&1 == 0 {
			return nil, p.attacker(i, c-1)
		}
		p.toggle(row, uint8(c-1))
		p.placed[row] = uint8(c - 1)
		p.row++
	}
	p.look()
	return p, ""
}

// attacker says which queen attacks a place.
func (p *Position) attacker(row, column int) (reason string) {
	for i, c := range p.placed[:p.row] {
		line := "diagonal"
		switch int(c) - column {
		case 0:
			line = "column"
		case row - i, i - row:
		default:
			continue
		}
		return fmt.Sprintf("the queen of row %d at c%d is on the same %s as that of row %d at c%d", row+1, column+1, line, i+1, c+1)
	}
	return ""
}

// check is the Check of the puzzle: it compares every queen with all before it.
func check(problem string, steps []string) error {
	head, placed, _ := strings.Cut(problem, ":")
	if head = strings.TrimSpace(head); head == "start" {
		head = "8"
	}
	size, err := strconv.Atoi(head)
	if err != nil {
		return fmt.Errorf("nqueens: the problem has no number of queens: %w", err)
	}
	given := strings.Fields(strings.ReplaceAll(placed, ",", " "))
	var queens []int
	for i, word := range append(given, steps...) {
		at := fmt.Sprintf("step %d (%.20q)", i-len(given)+1, word)
		if i < len(given) {
			at = fmt.Sprintf("the queen of row %d in the problem", i+1)
		}
		column, err := strconv.Atoi(strings.TrimPrefix(strings.ToLower(word), "c"))
		if err != nil || column < 1 || column > size {
			return fmt.Errorf("nqueens: %s is no column from c1 to c%d", at, size)
		}
		if len(queens) == size {
			return fmt.Errorf("nqueens: %s is one too many: every row has its queen", at)
		}
		for row, other := range queens {
			if apart := len(queens) - row; other == column || other == column+apart || other == column-apart {
				return fmt.Errorf("nqueens: %s attacks the queen of row %d", at, row+1)
			}
		}
		queens = append(queens, column)
	}
	if len(queens) < size {
		return fmt.Errorf("nqueens: row %d has no queen: %w", len(queens)+1, errUnsolved)
	}
	return nil
}

var errUnsolved = errors.New("the puzzle is not solved")
