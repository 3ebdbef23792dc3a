// Package hex is the game of Hex on boards of 2 by 2 to 11 by 11 cells: a fast
// env.Position on bitboards, and the env.Board of it.
//
// Player 0 has the X, begins, and is to join the top and the bottom side; player 1
// has the O and is to join left and right. There are no draws, and there is no swap
// rule. A move is a cell, and its text is "a1" to "k11": columns from the left, rows
// from the top.
package hex

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env"
)

// Environment returns the game for searches that may ask a model, always the
// same one. Its problems are what Parse reads.
func Environment() *env.Board { return board }

var board = &env.Board{
	Parse:   Parse,
	Players: 2,
	Rulebook: `A state is a board of Hex, as many rows as columns. The rows are separated by "/", the top row first, ` +
		`and show the stones X and O and a "." for each empty cell. X moves first and the two take turns: ` +
		"with as many X as O it is X's turn, else O's; there is no swap. " +
		"Each row is shifted by half a cell to the right of the one above it, so that a cell has up to six neighbours: " +
		"left and right of it, above it and above to the right, below it and below to the left. " +
		"A step is an empty cell, its column a, b, ... from the left and its row 1, 2, ... from the top: a1 is the top left corner. " +
		"The goal of X is a chain of neighbouring X from the top row to the bottom row, " +
		"that of O a chain of neighbouring O from the leftmost column to the rightmost one.",
	SampleState: "...../..O../..XO./.X.../.....",
	SampleStep:  "d2",
}

// Bounds of the number of rows, which is that of columns too.
const (
	MinSize = 2
	MaxSize = 11
)

// rows is a set of cells: bit c of number r is column c of row r. The board has the
// rows and columns 1 to its size. Around it lie borders, which belong to the stones
// of the player who is to join them.
type rows [16]uint16

// Position is a situation of the game. Parse makes one: the zero Position has no
// cells.
type Position struct {
	stones [2]rows // of X and of O
	hash   uint64
	size   uint8
	count  uint8 // stones on the board
	won    bool  // by the last stone
	past   []uint8
}

var (
	_ env.Position = (*Position)(nil)
	_ env.Roller   = (*Position)(nil)
	_ env.Drawer   = (*Position)(nil)
)

// empty returns a board without stones.
func empty(size int) *Position {
	p := &Position{size: uint8(size), hash: env.Mix(uint64(size))}
	for i := 1; i <= size; i++ {
		p.stones[0][0] |= 1 << i
		p.stones[0][size+1] |= 1 << i
		p.stones[1][i] = 1 | 1<<(size+1)
	}
	return p
}

// row is the columns of the board.
func (p *Position) row() uint16 { return (1<<p.size - 1) << 1 }

// Moves appends the empty cells along the rows from the top left. A move is 16
// times the row and the column, both counted from 1.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if p.won {
		return buf
	}
	row := p.row()
	for r := 1; r <= int(p.size); r++ {
		for free := row &^ (p.stones[0][r&15] | p.stones[1][r&15]); free != 0; free &= free - 1 {
			buf = append(buf, env.Move(r<<4|bits.TrailingZeros16(free)))
		}
	}
	return buf
}

// Play sets a stone. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	mover := p.count & 1
	own := &p.stones[mover]
	own[m>>4&15] |= 1 << (m & 15)
	p.won = own.merge(m) && p.joined(mover)
	p.hash ^= keys[mover][m&255]
	p.past = append(p.past, uint8(m))
	p.count++
}

// Undo takes back the last move.
func (p *Position) Undo() {
	last := len(p.past) - 1
	m := p.past[last]
	p.past = p.past[:last]
	p.count--
	mover := p.count & 1
	p.stones[mover][m>>4] &^= 1 << (m & 15)
	p.hash ^= keys[mover][m]
	p.won = false
}

var keys = func() (table [2][256]uint64) {
	for i := range 512 {
		table[i&1][i>>1] = env.Mix(uint64(i+1) << 32)
	}
	return table
}()

// merge reports whether the stone of a move could make one chain of several, as
// the winning one does.
func (s *rows) merge(m env.Move) bool {
	r, c := m>>4, m&15
	above, here, below := s[(r-1)&15]>>c&3, s[r&15]>>(c-1), s[(r+1)&15]>>(c-1)&3
	return merges[(above|below<<2|here&1<<4|here>>2&1<<5)&63]
}

// merges tells of every set of neighbours whether going round them there are
// several runs of stones, which may be different chains.
var merges = func() (table [64]bool) {
	for set := range table {
		runs := 0
		round := [6]int{0, 1, 5, 3, 2, 4} // the bits as merge has them, clockwise
		for i, bit := range round {
			if set>>bit&1 == 1 && set>>round[(i+5)%6]&1 == 0 {
				runs++
			}
		}
		table[set] = runs > 1
	}
	return table
}()

// joined reports whether a player has joined the two sides.
func (p *Position) joined(player uint8) bool {
	var reach rows
	last := int(p.size) + 1
	if player == 0 {
		reach[0] = p.stones[0][0]
		p.stones[0].flood(&reach, last)
		return reach[last&15] != 0
	}
	for r := 1; r < last; r++ {
		reach[r&15] = 1
	}
	p.stones[1].flood(&reach, last)
	all := uint16(0)
	for r := 1; r < last; r++ {
		all |= reach[r&15]
	}
	return all>>last != 0
}

// flood adds to reach the cells of the chains that it touches in the rows up to the
// last. It goes down and up the rows until there is nothing more, or the last row,
// the lower border of X, is reached.
func (s *rows) flood(reach *rows, last int) {
	for {
		more := uint16(0)
		for r := 1; r <= last; r++ {
			more |= s.spread(reach, r)
		}
		if more == 0 || reach[last&15] != 0 {
			return
		}
		more = 0
		for r := last - 1; r > 0; r-- {
			more |= s.spread(reach, r)
		}
		if more == 0 {
			return
		}
	}
}

// spread adds to a row of reach what the rows above and below it and the row itself
// touch, and returns what is new.
func (s *rows) spread(reach *rows, r int) (more uint16) {
	row, was, above, below := s[r&15], reach[r&15], reach[(r-1)&15], reach[(r+1)&15]
	now := (was | above | above>>1 | below | below<<1) & row
	// To the right a sum carries through a run of stones, to the left there are
	// strides of 1, 2, 4 and 8 cells.
	now |= row &^ (row + now)
	now |= row & (now >> 1)
	row &= row >> 1
	now |= row & (now >> 2)
	row &= row >> 2
	now |= row & (now >> 4)
	row &= row >> 4
	now |= row & (now >> 8)
	reach[r&15] = now
	return now ^ was
}

// Hash is of all stones and the size; the stones tell who is to move.
func (p *Position) Hash() uint64 { return p.hash }

// ToMove is 0 for X, 1 for O.
func (p *Position) ToMove() int { return int(p.count & 1) }

// Result is 0 if the last move joined two sides: the player to move has lost. There
// is no other end.
func (p *Position) Result() (value float32, over bool) { return 0, p.won }

// Roll implements env.Roller. It fills the board at random: just one of the two has
// joined sides then, the one who would have been first to do so in the game.
func (p *Position) Roll(r *env.Rand) float32 {
	x, free := p.stones[0], rows{}
	row, size := p.row(), int(p.size)
	missing := (size*size - int(p.count) + 1 - p.ToMove()) / 2 // X
	digits := uint64(0)
	for i := 1; i <= size; i++ {
		if i&3 == 1 {
			digits = r.Next()
		}
		f := row &^ (x[i&15] | p.stones[1][i&15])
		free[i&15] = f
		f &= uint16(digits)
		digits >>= 16
		x[i&15] |= f
		missing -= bits.OnesCount16(f)
	}
	// Each cell has X or O with the same probability now. Turning over random ones
	// of too many leaves all ways to have the right number equally probable.
	wrong, step := uint16(0), -1
	if missing < 0 {
		wrong, step = 1, 1
	}
	for left := 0; missing != 0; left-- {
		if left == 0 {
			digits, left = r.Next(), 8
		}
		i, c := digits>>4&15, digits&15
		digits >>= 8
		if free[i]>>c&1 == 1 && x[i]>>c&1 == wrong {
			x[i] ^= 1 << c
			missing += step
		}
	}
	last := size + 1
	reach := rows{x[0]}
	x.flood(&reach, last)
	if (reach[last&15] != 0) == (p.count&1 == 0) {
		return 1
	}
	return 0
}

// Clone returns an independent copy; Undo can't go behind it.
func (p *Position) Clone() env.Position {
	c := new(Position)
	c.CopyFrom(p)
	return c
}

// CopyFrom makes p a copy of another Position, whose size may differ; Undo can't go
// behind it.
func (p *Position) CopyFrom(from env.Position) {
	q := from.(*Position)
	p.stones, p.hash, p.size, p.count, p.won = q.stones, q.hash, q.size, q.count, q.won
	p.past = p.past[:0]
}

// MoveText is the column, "a" for the leftmost one, and the row from the top.
func (p *Position) MoveText(m env.Move) string { return names[m&255] }

var names = func() (table [256]string) {
	for r := 1; r <= MaxSize; r++ {
		for c := 1; c <= MaxSize; c++ {
			table[r<<4|c] = string(rune('a'+c-1)) + strconv.Itoa(r)
		}
	}
	return table
}()

// sign is what stands for a cell in texts.
func (p *Position) sign(r, c int) byte {
	switch {
	case p.stones[0][r]>>c&1 == 1:
		return 'X'
	case p.stones[1][r]>>c&1 == 1:
		return 'O'
	}
	return '.'
}

// String writes the board from the top row down: ".O./.X./...".
func (p *Position) String() string {
	size := int(p.size)
	text := make([]byte, 0, size*(size+1))
	for r := 1; r <= size; r++ {
		if r > 1 {
			text = append(text, '/')
		}
		for c := 1; c <= size; c++ {
			text = append(text, p.sign(r, c))
		}
	}
	return string(text)
}

// Draw implements env.Drawer.
func (p *Position) Draw() string {
	var b strings.Builder
	size := int(p.size)
	b.WriteString("  ")
	for c := range size {
		b.WriteByte(' ')
		b.WriteByte("abcdefghijk"[c])
	}
	b.WriteByte('\n')
	for r := 1; r <= size; r++ {
		fmt.Fprintf(&b, "%*d", r+1, r)
		for c := 1; c <= size; c++ {
			b.WriteByte(' ')
			b.WriteByte(p.sign(r, c))
		}
		b.WriteByte('\n')
	}
	b.WriteString("X joins top and bottom, O joins left and right; ")
	if mover := p.ToMove(); p.won {
		fmt.Fprintf(&b, "%c has won\n", "OX"[mover])
	} else {
		fmt.Fprintf(&b, "%c to move\n", "XO"[mover])
	}
	return b.String()
}

// example is a text that Parse reads, for its errors.
const example = ".O./.X./..."

// maxText bounds a problem in bytes: a board has 131 at most.
const maxText = 600

// Parse reads a position: "start" for the empty board of 11 by 11 cells, "size N"
// for an empty one of N by N, or a board that a game can lead to as String writes
// it, the rows from the top with "/" or line breaks between them; the stones tell
// who is to move. Small letters will do, and spaces between cells and around rows
// don't matter. Any other text is an *env.InputError.
func Parse(text string) (env.Position, error) {
	trimmed := strings.TrimSpace(text)
	var p *Position
	reason := ""
	if number, ok := strings.CutPrefix(trimmed, "size"); len(text) > maxText {
		reason = fmt.Sprintf("the text is longer than %d bytes", maxText)
	} else if trimmed == "" {
		reason = `the text is empty; the empty board is "start", smaller ones are "size 5" and the like`
	} else if trimmed == "start" {
		p = empty(MaxSize)
	} else if ok {
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || n < MinSize || n > MaxSize {
			reason = fmt.Sprintf("the size must be a number from %d to %d", MinSize, MaxSize)
		} else {
			p = empty(n)
		}
	} else if p, reason = read(trimmed); reason == "" {
		reason = p.check()
	}
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// read reads a board; a reason says what is wrong with the drawing.
func read(text string) (p *Position, reason string) {
	lines := strings.Split(strings.ReplaceAll(text, "\n", "/"), "/")
	size := len(lines)
	if size < MinSize || size > MaxSize {
		return nil, fmt.Sprintf(`the number of rows is %d, and must be %d to %d with "/" between them`, size, MinSize, MaxSize)
	}
	p = empty(size)
	for i, line := range lines {
		r := i + 1
		line = strings.Join(strings.Fields(line), "")
		if n := utf8.RuneCountInString(line); n != size {
			return nil, fmt.Sprintf("row %d has %d cells, and must have %d: as many as there are rows", r, n, size)
		}
		c := 0
		for _, sign := range line {
			c++
			m := r<<4 | c
			player := strings.IndexRune("XOxo", sign) & 1
			switch sign {
			case 'X', 'x', 'O', 'o':
				p.stones[player][r] |= 1 << c
				p.hash ^= keys[player][m]
				p.count++
			case '.':
			default:
				return nil, fmt.Sprintf("cell %s is %q, and must be X, O or .", names[m], sign)
			}
		}
	}
	return p, ""
}

// check counts the stones and looks for joined sides; a reason says why no game
// leads to this board.
func (p *Position) check() (reason string) {
	var n [2]int
	for r := 1; r <= int(p.size); r++ {
		for player := range n {
			n[player] += bits.OnesCount16(p.stones[player][r] & p.row())
		}
	}
	if n[0] != n[1] && n[0] != n[1]+1 {
		return fmt.Sprintf("there are %d X and %d O: X moves first, so there must be as many X as O, or one more", n[0], n[1])
	}
	mover := p.count & 1
	if p.joined(mover) {
		return fmt.Sprintf("%c has joined two sides, but %c has moved after that", "XO"[mover], "OX"[mover])
	}
	last := mover ^ 1
	if p.won = p.joined(last); !p.won {
		return ""
	}
	for r := 1; r <= int(p.size); r++ {
		row := &p.stones[last][r]
		for stones := *row & p.row(); stones != 0; stones &= stones - 1 {
			stone := stones & -stones
			*row ^= stone
			still := p.joined(last)
			*row ^= stone
			if !still {
				return ""
			}
		}
	}
	return fmt.Sprintf("%c has joined two sides in several ways, and no last move can have done that", "XO"[last])
}
