// Package sudoku is the number puzzle with 9 or 16 rows: an env.Position, and the
// env.Puzzle of it.
//
// A move fills one cell, and its text is "r3c5=7": row, column and digit, which are 1 to 9,
// and A to G behind them with 16 rows. So that there are few moves, only those of one cell
// are listed, and every solution is still reached: the only candidate of a cell, else the only
// place of a digit in a row, column or box, else all candidates of the cell that has the fewest.
// A cell without a candidate, or a digit without a place, ends the position, worth 0.
package sudoku

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/env"
)

// Environment returns the puzzle for searches that may ask a model, always the same
// one. Its problems are what Parse reads.
func Environment() *env.Puzzle { return puzzle }

var puzzle = &env.Puzzle{
	Board: env.Board{
		Parse:   Parse,
		Players: 1,
		Rulebook: `A state is a sudoku board: its rows from the top with "/" between them, "." for an empty cell. ` +
			"A board of 9 rows has the digits 1 to 9 and boxes of 3 x 3 cells, one of 16 rows the digits 1 to 9 and A to G and boxes of 4 x 4. " +
			`A step such as "r3c5=7" writes a digit, 7, into an empty cell, that of row 3 and column 5. ` +
			"No digit may be twice in a row, a column or a box. The goal is a full board. " +
			"The next cell is always one with the fewest candidates, or the only place of a digit. " +
			"It is lost when a cell has no candidate left, or a digit no place.",
		SampleState: sample,
		SampleStep:  "r5c5=5",
	},
	Check: check,
}

// sample is a board with one solution, and a text that Parse reads for its errors.
const sample = "53..7..../6..195.../.98....6./8...6...3/4..8.3..1/7...2...6/.6....28./...419..5/....8..79"

const (
	maxSize  = 16
	maxCells = maxSize * maxSize
	digits   = "123456789ABCDEFG"
)

// geometry is what all boards of a size share. Cells are numbered along the rows. Units
// are the rows from 0, then the columns, then the boxes; a place is one of a unit's cells.
type geometry struct {
	size, cells int
	empty       *Position              // the empty board
	units       [maxCells][3]uint8     // of each cell
	places      [maxCells][3]uint8     // of each cell in its units
	cell        [3 * maxSize][16]uint8 // by unit and place
	names       []string               // of the moves
}

// Position is a situation of the puzzle. Sets of digits, places and cells have a bit for
// each; digits are from 0.
type Position struct {
	*geometry
	hash       uint64
	open       uint16                       // candidates of all empty cells together
	blank      uint16                       // empty cells
	dead       uint16                       // empty cells without a candidate, and digits without a place
	board      [maxCells]uint8              // digits + 1, or 0
	candidates [maxCells]uint16             // digits; of a full cell those it had before
	where      [3 * maxSize][maxSize]uint16 // places by unit and digit, none of a digit that is there
	having     [maxSize + 1][4]uint64       // empty cells by the number of their candidates
	only       [3 * maxSize / 4]uint64      // digits with one place, by 16 x unit + digit
	past       []step
}

// step is a move, and where its digit could go until then.
type step struct {
	where [3]uint16
	cell  uint8
}

var (
	_ env.Position  = (*Position)(nil)
	_ env.Estimator = (*Position)(nil)
	_ env.Drawer    = (*Position)(nil)
)

// nine and sixteen are made when they are first needed.
var (
	nine    = sync.OnceValue(func() *geometry { return newGeometry(9, 3) })
	sixteen = sync.OnceValue(func() *geometry { return newGeometry(16, 4) })
)

func newGeometry(size, box int) *geometry {
	g := &geometry{size: size, cells: size * size, names: make([]string, maxCells*maxSize)}
	p := &Position{geometry: g, hash: env.Mix(uint64(size) << 32), blank: uint16(g.cells)}
	all := uint16(1<<size - 1)
	for cell := range g.cells {
		row, column := cell/size, cell%size
		at := row/box*box + column/box
		g.units[cell] = [3]uint8{uint8(row), uint8(size + column), uint8(2*size + at)}
		g.places[cell] = [3]uint8{uint8(column), uint8(row), uint8(row%box*box + column%box)}
		for i, unit := range g.units[cell] {
			g.cell[unit][g.places[cell][i]] = uint8(cell)
		}
		for digit := range size {
			g.names[cell*maxSize+digit] = fmt.Sprintf("r%dc%d=%c", row+1, column+1, digits[digit])
		}
		p.candidates[cell] = all
		p.having[size][cell>>6] |= 1 << (cell & 63)
		p.open += uint16(size)
	}
	for unit := range 3 * size {
		for digit := range size {
			p.where[unit][digit] = all
		}
	}
	g.empty = p
	return g
}

// keys belong to the moves.
var keys = func() (table [maxCells * maxSize]uint64) {
	for m := range table {
		table[m] = env.Mix(uint64(m) + 1)
	}
	return table
}()

// Moves appends the only candidate of the first cell that has one; else the first
// digit that has only one place in a unit; else the candidates of the first cell with
// the fewest of them.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.dead > 0 || p.blank == 0 {
		return buf
	}
	if p.having[1] == [4]uint64{} {
		for i, set := range p.only {
			if set != 0 {
				at := i<<6 | bits.TrailingZeros64(set)
				unit, digit := at/maxSize, at%maxSize
				cell := p.cell[unit][bits.TrailingZeros16(p.where[unit][digit])]
				return append(buf, env.Move(int(cell)*maxSize+digit))
			}
		}
	}
	for n := 1; ; n++ {
		for i, set := range p.having[n] {
			if set == 0 {
				continue
			}
			cell := i<<6 | bits.TrailingZeros64(set)
			for left := p.candidates[cell]; left != 0; left &= left - 1 {
				buf = append(buf, env.Move(cell*maxSize+bits.TrailingZeros16(left)))
			}
			return buf
		}
	}
}

// Play fills a cell. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	cell, digit := uint8(m/maxSize), uint8(m%maxSize)
	p.hash ^= keys[m%env.Move(len(keys))]
	p.board[cell] = digit + 1
	p.blank--
	s := step{cell: cell}
	units := &p.units[cell]
	for i, unit := range units { // where the digit is settled now, and needs no place
		s.where[i] = p.where[unit][digit]
		p.where[unit][digit] = 0
		p.only[unit>>2] &^= 1 << (unit&3<<4 | digit)
	}
	p.past = append(p.past, s)
	n := bits.OnesCount16(p.candidates[cell])
	p.having[n][cell>>6] &^= 1 << (cell & 63)
	p.open -= uint16(n)
	for left := p.candidates[cell] &^ (1 << digit); left != 0; left &= left - 1 {
		for i, unit := range units {
			p.togglePlace(unit, uint8(bits.TrailingZeros16(left)), p.places[cell][i])
		}
	}
	for i, unit := range units {
		for left := s.where[i]; left != 0; left &= left - 1 {
			other := p.cell[unit][bits.TrailingZeros16(left)]
			if other != cell && p.candidates[other]>>digit&1 != 0 {
				p.toggle(other, digit, units)
			}
		}
	}
}

// toggle takes a digit from the candidates of an empty cell or puts it back, but for the
// places in the units where the digit is settled.
func (p *Position) toggle(cell, digit uint8, settled *[3]uint8) {
	set := p.candidates[cell]
	n := bits.OnesCount16(set)
	p.having[n][cell>>6] &^= 1 << (cell & 63)
	set ^= 1 << digit
	p.candidates[cell] = set
	now := bits.OnesCount16(set)
	p.having[now][cell>>6] |= 1 << (cell & 63)
	p.open += uint16(now - n)
	switch {
	case n == 0:
		p.dead--
	case now == 0:
		p.dead++
	}
	for i, unit := range &p.units[cell] {
		if unit != settled[i] {
			p.togglePlace(unit, digit, p.places[cell][i])
		}
	}
}

// togglePlace takes a place from a digit in a unit or puts it back.
func (p *Position) togglePlace(unit, digit, place uint8) {
	was := p.where[unit][digit]
	set := was ^ 1<<place
	p.where[unit][digit] = set
	bit := uint64(1) << (unit&3<<4 | digit)
	p.only[unit>>2] &^= bit
	switch {
	case set == 0:
		p.dead++
	case set&(set-1) == 0:
		p.only[unit>>2] |= bit
	}
	if was == 0 {
		p.dead--
	}
}

// Undo empties the last cell that was filled.
func (p *Position) Undo() {
	s := p.past[len(p.past)-1]
	p.past = p.past[:len(p.past)-1]
	cell := s.cell
	digit := p.board[cell] - 1
	p.hash ^= keys[int(cell)*maxSize+int(digit)]
	p.board[cell] = 0
	p.blank++
	units := &p.units[cell]
	for i, unit := range units {
		for left := s.where[i]; left != 0; left &= left - 1 {
			other := p.cell[unit][bits.TrailingZeros16(left)]
			if other != cell && p.candidates[other]>>digit&1 == 0 {
				p.toggle(other, digit, units)
			}
		}
	}
	for left := p.candidates[cell] &^ (1 << digit); left != 0; left &= left - 1 {
		for i, unit := range units {
			p.togglePlace(unit, uint8(bits.TrailingZeros16(left)), p.places[cell][i])
		}
	}
	n := bits.OnesCount16(p.candidates[cell])
	p.having[n][cell>>6] |= 1 << (cell & 63)
	p.open += uint16(n)
	for i, unit := range units {
		p.where[unit][digit] = s.where[i]
		if s.where[i]&(s.where[i]-1) == 0 {
			p.only[unit>>2] |= 1 << (unit&3<<4 | digit)
		}
	}
}

// Hash stands for the size and the digit of every cell.
func (p *Position) Hash() uint64 { return p.hash }

// ToMove is always 0.
func (p *Position) ToMove() int { return 0 }

// Result is 1 when all cells are full, and 0 if a cell has no candidate or a digit no place.
func (p *Position) Result() (value float32, over bool) {
	if p.blank == 0 {
		return 1, true
	}
	return 0, p.dead > 0
}

// Estimate is the share of the candidates of the empty board that are gone.
func (p *Position) Estimate() (value float64, known bool) {
	return 1 - float64(p.open)/float64(p.cells*p.size), true
}

// Clone returns an independent copy, which can't undo the moves of p.
func (p *Position) Clone() env.Position {
	c := *p
	c.past = nil
	return &c
}

// CopyFrom makes p a copy of another Position of the puzzle, which can't undo its moves.
func (p *Position) CopyFrom(from env.Position) {
	past := p.past[:0]
	*p = *from.(*Position)
	p.past = past
}

// MoveText is the row, the column and the digit: "r3c5=7".
func (p *Position) MoveText(m env.Move) string { return p.names[m] }

// mark is the digit of a cell, or a point.
func (p *Position) mark(cell int) byte { return ("." + digits)[p.board[cell]] }

// String writes the rows from the top with "/" between them, and a point for an empty cell.
func (p *Position) String() string {
	text := make([]byte, 0, p.cells+p.size)
	for cell := range p.cells {
		if cell > 0 && cell%p.size == 0 {
			text = append(text, '/')
		}
		text = append(text, p.mark(cell))
	}
	return string(text)
}

// Draw draws the boxes, and the numbers of the rows and columns.
func (p *Position) Draw() string {
	box := 3
	if p.size == maxSize {
		box = 4
	}
	line := "\n    " + strings.Repeat("+"+strings.Repeat("-", 3*box+1), box)
	text := "   "
	for c := range p.size {
		if c%box == 0 {
			text += "  "
		}
		text += fmt.Sprintf("%3d", c+1)
	}
	for cell := range p.cells {
		if cell%(p.size*box) == 0 {
			text += line
		}
		if cell%p.size == 0 {
			text += fmt.Sprintf("\n%3d", cell/p.size+1)
		}
		if cell%box == 0 {
			text += " |"
		}
		text += "  " + string(p.mark(cell))
	}
	return text + line
}

// maxText bounds a problem in bytes: String writes up to 271.
const maxText = 1000

// Parse reads a position: 81 or 256 cells along the rows, with "." or 0 for an empty one. Spaces
// between them don't matter, nor does where "/" and line breaks stand, but if there are
// any, all rows must be as long. Small letters will do. A text that is no board, or one
// with a digit twice in a row, column or box, is an *env.InputError. A cell without a
// candidate is none: there the position is over.
func Parse(text string) (env.Position, error) {
	p, reason := read(text)
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: sample}
	}
	return p, nil
}

func read(text string) (p *Position, reason string) {
	if len(text) > maxText {
		return nil, fmt.Sprintf("the text is longer than %d bytes", maxText)
	}
	var rows [][]rune
	var all []rune
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '\n' }) {
		row := []rune(strings.ToUpper(strings.Join(strings.Fields(part), "")))
		if len(row) > 0 {
			rows = append(rows, row)
			all = append(all, row...)
		}
	}
	var g *geometry
	switch len(all) {
	case 81:
		g = nine()
	case 256:
		g = sixteen()
	default:
		return nil, fmt.Sprintf("there are %d cells, and must be 81 for 9 rows or 256 for 16", len(all))
	}
	for i, row := range rows {
		if len(rows) > 1 && len(row) != g.size {
			return nil, fmt.Sprintf("row %d has %d cells, and must have %d", i+1, len(row), g.size)
		}
	}
	p = g.empty.Clone().(*Position)
	for cell, r := range all {
		if r == '.' || r == '0' {
			continue
		}
		digit := strings.IndexRune(digits[:g.size], r)
		if digit < 0 {
			return nil, fmt.Sprintf(`row %d, column %d is %q, and must be a digit from 1 to %c or "." for an empty cell`,
				cell/g.size+1, cell%g.size+1, r, digits[g.size-1])
		}
		if p.candidates[cell]>>digit&1 == 0 {
			return nil, p.twice(cell, digit)
		}
		p.Play(env.Move(cell*maxSize + digit))
	}
	p.past = nil
	return p, ""
}

// twice says where else the digit of a cell is.
func (p *Position) twice(cell, digit int) (reason string) {
	for i, kind := range []string{"row", "column", "box"} {
		for _, other := range p.cell[p.units[cell][i]][:p.size] {
			if p.board[other] == uint8(digit+1) {
				return fmt.Sprintf("row %d, column %d is %c, and so is row %d, column %d in the same %s",
					cell/p.size+1, cell%p.size+1, digits[digit], int(other)/p.size+1, int(other)%p.size+1, kind)
			}
		}
	}
	return ""
}

// check is the Check of the puzzle: it writes signs into rows of them, and compares each with
// all others.
func check(problem string, steps []string) error {
	cells := strings.ToUpper(strings.ReplaceAll(strings.ReplaceAll(problem, "/", " "), "0", "."))
	cells = strings.Join(strings.Fields(cells), "")
	size, box, known := 9, 3, "123456789"
	if len(cells) == 256 {
		size, box, known = 16, 4, "123456789ABCDEFG"
	}
	if len(cells) != size*size {
		return fmt.Errorf("sudoku: the problem has %d cells", len(cells))
	}
	board := make([][]rune, size)
	for row := range board {
		board[row] = []rune(strings.Repeat(".", size))
	}
	write := func(row, column int, digit rune) (reason string) {
		if row < 0 || row >= size || column < 0 || column >= size || !strings.ContainsRune(known, digit) {
			return "is no row, column and digit of the board"
		}
		if board[row][column] != '.' {
			return "fills a cell that has a digit"
		}
		for r, line := range board {
			for c, other := range line {
				if other == digit && (r == row || c == column || r/box == row/box && c/box == column/box) {
					return fmt.Sprintf("clashes with row %d, column %d", r+1, c+1)
				}
			}
		}
		board[row][column] = digit
		return ""
	}
	for i, sign := range cells {
		if sign == '.' {
			continue
		}
		if reason := write(i/size, i%size, sign); reason != "" {
			return fmt.Errorf("sudoku: row %d, column %d of the problem %s", i/size+1, i%size+1, reason)
		}
	}
	for i, step := range steps {
		var row, column int
		var digit rune
		_, err := fmt.Sscanf(step, "r%dc%d=%c", &row, &column, &digit)
		reason := `is not of the form "r1c1=1"`
		if err == nil && fmt.Sprintf("r%dc%d=%c", row, column, digit) == step {
			reason = write(row-1, column-1, digit)
		}
		if reason != "" {
			return fmt.Errorf("sudoku: step %d (%.20q) %s", i+1, step, reason)
		}
	}
	for row, line := range board {
		if column := strings.IndexByte(string(line), '.'); column >= 0 {
			return fmt.Errorf("sudoku: row %d, column %d is empty: %w", row+1, column+1, errUnsolved)
		}
	}
	return nil
}

var errUnsolved = errors.New("the puzzle is not solved")
