// Package pegs is peg solitaire on the English board and on others of up to 64 fields:
// an env.Position, and the env.Puzzle of it.
//
// A move is a jump of a peg over another one beside it into the hole behind, which takes
// the other one off; its text is "d2-d4", a letter for the column and a number for the row
// on either side. The goal is one last peg, anywhere or on the centre of the board. A
// position is over and worth 0 if no peg can jump, or if invariants of the game show that
// the goal is out of reach.
package pegs

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
)

// Limits of a board.
const (
	MaxFields = 64 // pegs and holes
	MaxSide   = 26 // rows, and columns
)

// Environment returns the puzzle for searches that may ask a model, always the same
// one. Its problems are what Parse reads.
func Environment() *env.Puzzle { return puzzle }

var puzzle = &env.Puzzle{
	Board: env.Board{
		Parse:   Parse,
		Players: 1,
		Rulebook: `A state is a board of peg solitaire, its rows from the top with "/" between them: ` +
			`"o" is a peg, "." a hole and "#" no field. ` +
			`Columns are the letters from "a" on the left, rows the numbers from 1 at the top. ` +
			`A step such as "d2-d4" jumps with the peg of d2 to the hole d4, along a row or a column, ` +
			"over the peg d3 between them, which is taken off the board. " +
			`The goal is one last peg: on the centre of the board if "centre" stands behind it, else anywhere. ` +
			"It is lost when no peg can jump, or the goal is surely out of reach.",
		SampleState: "##ooo##/##ooo##/ooooooo/ooo.ooo/ooooooo/##ooo##/##ooo## centre",
		SampleStep:  "d2-d4",
	},
	Check: check,
}

// english is the board that "start" names.
const english = "##ooo##/##ooo##/ooooooo/ooo.ooo/ooooooo/##ooo##/##ooo##"

// The fields are numbered twice, along the rows and along the columns, so that those
// of a jump have numbers in a row in one of the two. A set of fields has a bit for
// each number.
const (
	alongRows = iota
	alongColumns
)

// Directions of a jump: up or down in one of the two numbers. A move is the direction
// times 64 and the number of the field from which it goes.
const (
	right = iota
	left
	down
	up
)

// puzzleBoard is what the positions of a puzzle share.
type puzzleBoard struct {
	width, height int
	cells         []int8 // the number along the rows by row and column, -1 for no field
	centre        bool   // the last peg must be on the centre
	target        uint64 // fields for the last peg, as the goal is; all sets are along the rows
	key           uint64 // of the fields and the goal

	from  [4]uint64         // fields from which a jump stays on fields, in the numbers of its direction
	jumps [4 * 64][2]uint64 // by move: the three fields of it, in both numbers
	names [4 * 64]string    // by move
	rim   [4]uint64         // fields with no other beside them, with one at most, two, three
	alive uint64            // some peg must be on one of these
}

// Position is a situation of the puzzle.
type Position struct {
	*puzzleBoard
	pegs  [2]uint64 // in both numbers
	count uint8     // pegs
	over  bool
	past  [MaxFields + 1]uint8 // moves, by the number of pegs before them
}

var (
	_ env.Position  = (*Position)(nil)
	_ env.Estimator = (*Position)(nil)
	_ env.Drawer    = (*Position)(nil)
)

// jumping are the fields from which a peg can jump in a direction.
func (p *Position) jumping(direction int) uint64 {
	b := p.pegs[direction/2]
	if direction%2 == 0 {
		return b & (b >> 1) &^ (b >> 2) & p.from[direction]
	}
	return b & (b << 1) &^ (b << 2) & p.from[direction]
}

// Moves appends the jumps to the right, to the left, down and up.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.over {
		return buf
	}
	for direction := range 4 {
		for from := p.jumping(direction); from != 0; from &= from - 1 {
			buf = append(buf, env.Move(direction<<6|bits.TrailingZeros64(from)))
		}
	}
	return buf
}

// Play makes a jump. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	p.past[p.count] = uint8(m)
	p.count--
	p.toggle(m)
	p.look()
}

// Undo takes back the last jump.
func (p *Position) Undo() {
	p.count++
	p.toggle(env.Move(p.past[p.count]))
	p.over = false // a move was made from there
}

// toggle makes a jump or takes it back.
func (p *Position) toggle(m env.Move) {
	three := &p.jumps[m&255]
	p.pegs[alongRows] ^= three[alongRows]
	p.pegs[alongColumns] ^= three[alongColumns]
}

// look finds out whether the position is over.
func (p *Position) look() {
	p.over = p.count == 1 || p.pegs[alongRows]&p.alive == 0 ||
		p.jumping(right)|p.jumping(left)|p.jumping(down)|p.jumping(up) == 0
}

// Hash is perfect for the positions of a puzzle: no two of them share one.
func (p *Position) Hash() uint64 { return env.Mix(p.pegs[alongRows] ^ p.key) }

// ToMove is always 0.
func (p *Position) ToMove() int { return 0 }

// Result is 1 if one peg is left where the goal has it, and 0 if no peg can jump or the
// goal is out of reach.
func (p *Position) Result() (value float32, over bool) {
	if p.count == 1 && p.pegs[alongRows]&p.target != 0 {
		return 1, true
	}
	return 0, p.over
}

// Estimate is the nearer to 1 the fewer pegs are to go, the nearer these are to the middle
// of the board (a field at the rim has fewer than four beside it) and the more jumps there
// are. With these weights, of positions with as many pegs on the English board and on 5 x 5
// fields, it ranks one that can be solved above one that can't in 75 to 95 of 100 pairs.
func (p *Position) Estimate() (value float64, known bool) {
	rest := 2 * (float64(p.count) - 1)
	for i, rim := range p.rim {
		rest += float64(bits.OnesCount64(p.pegs[alongRows]&rim)) - float64(bits.OnesCount64(p.jumping(i)))/2
	}
	return 16 / (16 + max(rest, 0)), true
}

// Clone returns an independent copy. Its moves can be undone as far back as those of p.
func (p *Position) Clone() env.Position {
	c := *p
	return &c
}

// CopyFrom makes p a copy of another Position of the puzzle.
func (p *Position) CopyFrom(from env.Position) { *p = *from.(*Position) }

// MoveText is the field from which the peg jumps and the one where it lands: "d2-d4".
func (p *Position) MoveText(m env.Move) string { return p.names[m] }

// String writes the rows from the top, and " centre" if the last peg must be there.
func (p *Position) String() string {
	text := make([]byte, 0, len(p.cells)+p.height+len(" centre"))
	for i, n := range p.cells {
		if i > 0 && i%p.width == 0 {
			text = append(text, '/')
		}
		text = append(text, p.mark(n))
	}
	if p.centre {
		text = append(text, " centre"...)
	}
	return string(text)
}

// mark is the sign of the field of a number.
func (p *Position) mark(n int8) byte {
	switch {
	case n < 0:
		return '#'
	case p.pegs[alongRows]>>n&1 != 0:
		return 'o'
	}
	return '.'
}

// Draw draws the board with its letters and numbers.
func (p *Position) Draw() string {
	var b strings.Builder
	b.WriteString("  ")
	for c := range p.width {
		b.WriteString(" " + string(rune('a'+c)))
	}
	for row := range p.height {
		line := fmt.Sprintf("%2d", row+1)
		for _, n := range p.cells[row*p.width : (row+1)*p.width] {
			line += " " + strings.Replace(string(p.mark(n)), "#", " ", 1)
		}
		b.WriteString("\n" + strings.TrimRight(line, " "))
	}
	if p.centre {
		fmt.Fprintf(&b, "\nthe last peg must be on %s", p.name(len(p.cells)/2))
	}
	return b.String()
}

// name is that of a field by row and column in one number.
func (b *puzzleBoard) name(field int) string {
	return string(rune('a'+field%b.width)) + strconv.Itoa(field/b.width+1)
}

// step returns the field so many steps from one in a direction, by row and column in
// one number as in cells; ok tells whether there is one.
func (b *puzzleBoard) step(field, direction, steps int) (to int, ok bool) {
	by := [4][2]int{right: {0, 1}, left: {0, -1}, down: {1, 0}, up: {-1, 0}}[direction]
	row, column := field/b.width+steps*by[0], field%b.width+steps*by[1]
	if row < 0 || row >= b.height || column < 0 || column >= b.width {
		return 0, false
	}
	to = row*b.width + column
	return to, b.cells[to] >= 0
}

// list lists the jumps. It returns the numbers of the fields.
func (b *puzzleBoard) list() (numbers [2][]int) {
	numbers = [2][]int{make([]int, len(b.cells)), make([]int, len(b.cells))}
	next := 0
	for i := range b.cells {
		numbers[alongRows][i] = int(b.cells[i])
		if field := i%b.height*b.width + i/b.height; b.cells[field] >= 0 {
			numbers[alongColumns][field] = next
			next++
		}
	}
	for field, n := range b.cells {
		beside := 0
		for direction := range 4 {
			over, ok := b.step(field, direction, 1)
			if n < 0 || !ok {
				continue
			}
			beside++
			to, ok := b.step(field, direction, 2)
			if !ok {
				continue
			}
			start := numbers[direction/2][field]
			b.from[direction] |= 1 << start
			m := direction<<6 | start
			b.names[m] = b.name(field) + "-" + b.name(to)
			for i := range numbers {
				b.jumps[m][i] = 1<<numbers[i][field] | 1<<numbers[i][over] | 1<<numbers[i][to]
			}
		}
		for k := beside; n >= 0 && k < 4; k++ {
			b.rim[k] |= 1 << n
		}
	}
	return numbers
}

// goals finds what invariants tell of the field of the last peg.
//
// On the diagonals of either direction, numbered modulo 3, every jump changes each of the
// three counts of pegs by one, so two of them stay both even or both odd, or stay
// different. One last peg is on the diagonal whose count differs from both others.
//
// A jump leaves its peg in a column and a row of the same parity as before, so the last peg
// was always on such a field: some peg must be on one.
func (b *puzzleBoard) goals(pegs uint64) {
	var odd [2][3]bool // by direction of the diagonal
	diagonals := func(field int) [2]int {
		row, column := field/b.width, field%b.width
		return [2]int{(row + column) % 3, (row + 2*column) % 3}
	}
	parity := func(field int) int { return field/b.width%2*2 + field%b.width%2 }
	for field, n := range b.cells {
		if n >= 0 && pegs>>n&1 != 0 {
			for k, d := range diagonals(field) {
				odd[k][d] = !odd[k][d]
			}
		}
	}
	var ends [4]bool // the parities of what can be the last field
	for field, n := range b.cells {
		fits := n >= 0 && b.target>>n&1 != 0
		for k, d := range diagonals(field) {
			other, third := odd[k][(d+1)%3], odd[k][(d+2)%3]
			fits = fits && other == third && other != odd[k][d]
		}
		ends[parity(field)] = ends[parity(field)] || fits
	}
	for field, n := range b.cells {
		if n >= 0 && ends[parity(field)] {
			b.alive |= 1 << n
		}
	}
}

// example is a text that Parse reads, for its errors.
const example = "##ooo##/##ooo##/ooooooo/ooo.ooo/ooooooo/##ooo##/##ooo## centre"

// maxText bounds a problem in bytes: String writes up to 709.
const maxText = 1000

// Parse reads a position: "start" for the English board with its centre empty, or the rows
// of a board with "/" or line breaks between them, of "o" for a peg, "." for a hole and "#"
// or a space for no field. Short rows are filled up on the right; spaces before the first
// row don't count if there is a "#" anywhere. Behind it may stand "centre": the last
// peg must be on the middle field then. Any other text is an *env.InputError.
func Parse(text string) (env.Position, error) {
	p, reason := read(text)
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// cutGoal returns the rows with "/" between them, and whether "centre" is behind them.
func cutGoal(text string) (rows string, centre bool) {
	const space = " \t\r\n"
	rows = strings.TrimRight(strings.ToLower(strings.ReplaceAll(text, "\r\n", "\n")), space)
	for _, word := range []string{"centre", "center"} {
		if before, ok := strings.CutSuffix(rows, word); ok {
			rows, centre = strings.TrimRight(before, space), true
			break
		}
	}
	switch {
	case strings.TrimSpace(rows) == "start":
		rows = english
	case strings.Contains(rows, "#"):
		rows = strings.TrimSpace(rows)
	}
	return strings.ReplaceAll(strings.TrimLeft(rows, "\n"), "\n", "/"), centre
}

func read(text string) (p *Position, reason string) {
	if len(text) > maxText {
		return nil, fmt.Sprintf("the text is longer than %d bytes", maxText)
	}
	b := &puzzleBoard{}
	text, b.centre = cutGoal(text)
	if text == "" {
		return nil, `the text has no board; the English one is "start"`
	}
	rows := strings.Split(text, "/")
	b.height = len(rows)
	for _, row := range rows {
		b.width = max(b.width, utf8.RuneCountInString(row))
	}
	if b.width > MaxSide || b.height > MaxSide {
		return nil, fmt.Sprintf("the board has %d rows and %d columns, and may have %d", b.height, b.width, MaxSide)
	}
	p = &Position{puzzleBoard: b}
	fields := int8(0)
	for i, row := range rows {
		if row == "" {
			return nil, fmt.Sprintf("row %d is empty", i+1)
		}
		column := 0
		for _, r := range row + strings.Repeat("#", b.width-utf8.RuneCountInString(row)) {
			column++
			n := int8(-1)
			switch r {
			case 'o', '.':
				if n = fields; n == MaxFields {
					return nil, fmt.Sprintf("the board has more than %d fields", MaxFields)
				}
				fields++
				if r == 'o' {
					p.pegs[alongRows] |= 1 << n
					p.count++
				}
			case '#', ' ':
			default:
				return nil, fmt.Sprintf(`row %d, column %d is %q, and must be "o" for a peg, "." for a hole or "#" for no field`, i+1, column, r)
			}
			b.cells = append(b.cells, n)
			b.key = env.Mix(b.key + uint64(min(n, 0)+2))
		}
	}
	b.key = env.Mix(b.key + uint64(b.width)<<8)
	b.target = ^uint64(0)
	if middle := b.cells[len(b.cells)/2]; b.centre {
		if b.width%2 == 0 || b.height%2 == 0 || middle < 0 {
			return nil, fmt.Sprintf("the board of %d rows and %d columns has no field in its centre", b.height, b.width)
		}
		b.target, b.key = 1<<middle, env.Mix(b.key)
	}
	if p.count == 0 {
		return nil, "there is no peg on the board"
	}
	b.goals(p.pegs[alongRows])
	numbers := b.list()
	for i, n := range b.cells {
		if n >= 0 && p.pegs[alongRows]>>n&1 != 0 {
			p.pegs[alongColumns] |= 1 << numbers[alongColumns][i]
		}
	}
	p.look()
	return p, ""
}

// check is the Check of the puzzle: it moves signs about on a map of the board.
func check(problem string, steps []string) error {
	text, _, centre := strings.Cut(strings.ReplaceAll(strings.ToLower(problem), "center", "centre"), "centre")
	if strings.TrimSpace(text) == "start" {
		text = "  ooo/  ooo/ooooooo/ooo.ooo/ooooooo/  ooo/  ooo"
	}
	if strings.Contains(text, "#") {
		text = strings.TrimSpace(text)
	}
	text = strings.Trim(strings.ReplaceAll(strings.TrimRight(text, " \t\r\n"), "\r", ""), "\n")
	type place struct{ column, row int }
	board := map[place]rune{}
	rows, columns := strings.Split(strings.ReplaceAll(text, "\n", "/"), "/"), 0
	for i, row := range rows {
		for c, sign := range row {
			board[place{c, i}] = sign
		}
		columns = max(columns, len(row))
	}
	pegs := strings.Count(text, "o")
	for i, step := range steps {
		var a, b rune
		var from, to place
		_, err := fmt.Sscanf(step, "%c%d-%c%d", &a, &from.row, &b, &to.row)
		reason, exact := "", fmt.Sprintf("%c%d-%c%d", a, from.row, b, to.row)
		from, to = place{int(a - 'a'), from.row - 1}, place{int(b - 'a'), to.row - 1}
		over := place{(from.column + to.column) / 2, (from.row + to.row) / 2}
		switch dc, dr := to.column-from.column, to.row-from.row; {
		case err != nil || exact != step:
			reason = `is no jump such as "d2-d4"`
		case dc*dc+dr*dr != 4:
			reason = "does not go two fields along a row or a column"
		case board[from] != 'o':
			reason = "begins where there is no peg"
		case board[over] != 'o':
			reason = "jumps over no peg"
		case board[to] != '.':
			reason = "ends where there is no hole"
		}
		if reason != "" {
			return fmt.Errorf("pegs: step %d (%.20q) %s", i+1, step, reason)
		}
		board[from], board[over], board[to] = '.', '.', 'o'
		pegs--
	}
	if pegs != 1 {
		return fmt.Errorf("pegs: %d pegs are left: %w", pegs, errUnsolved)
	}
	if centre && board[place{columns / 2, len(rows) / 2}] != 'o' {
		return fmt.Errorf("pegs: the last peg is not on the centre: %w", errUnsolved)
	}
	return nil
}

var errUnsolved = errors.New("the puzzle is not solved")
