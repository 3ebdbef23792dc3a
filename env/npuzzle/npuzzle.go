// Package npuzzle is the sliding-tile puzzle with 8, 15 or 24 tiles: an env.Position,
// and the env.Puzzle of it.
//
// A move is a tile next to the empty place, which slides there; its text is the number
// of the tile. The tile that slid last may not slide straight back. A position has
// a number of moves left, and is over and worth 0 when a lower bound on the moves
// needed is above it: a puzzle with d moves left is solved by just those lines that
// need d moves at most.
package npuzzle

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/env"
)

// MaxMoves is the greatest number of moves left that Parse reads.
const MaxMoves = 1000

// Environment returns the puzzle for searches that may ask a model, always the same
// one. Its problems are what Parse reads.
func Environment() *env.Puzzle { return puzzle }

var puzzle = &env.Puzzle{
	Board: env.Board{
		Parse:   Parse,
		Players: 1,
		Rulebook: `A state is a square of numbered tiles with one empty place, such as "1 2 3/4 . 6/7 5 8 in 31": ` +
			`the rows from the top with "/" between them, "." the empty place, and behind "in" the number of moves left. ` +
			"A step is the number of a tile beside, above or below the empty place: it slides there, and leaves its own place empty. " +
			`The tile that slid last, named behind "after", may not slide straight back. ` +
			`The goal is all tiles in order, row by row, and the empty place at the bottom right: "1 2 3/4 5 6/7 8 .". ` +
			"It is lost when the moves left are fewer than are surely needed.",
		SampleState: "1 2 3/4 . 6/7 5 8 in 10 after 6",
		SampleStep:  "5",
	},
	Check: check,
}

const (
	most     = 5 // rows
	maxCells = most * most
)

// geometry is what all puzzles of a size share. Cells are numbered from 0 along the
// rows, lines are the rows from 0 and the columns from most on.
type geometry struct {
	size, cells int
	usual       uint16 // moves left if none are given
	next        [maxCells][]uint8
	row, column [maxCells]uint8
	keys        [maxCells][maxCells]uint64 // by tile and cell, as all below
	distance    [maxCells][maxCells]uint8  // to the tile's own cell
	// inRow and inColumn are what a tile adds to the code of its line: a number
	// to the base of size + 1 with a digit for each cell, which is 0 if the tile in it
	// belongs into another line, else 1 + its place in this one.
	inRow, inColumn [maxCells][maxCells]uint16
	extra           []uint8 // by code: moves needed beyond the distances
}

func newGeometry(size int, usual uint16) *geometry {
	g := &geometry{size: size, cells: size * size, usual: usual}
	power := []uint16{1}
	for range size {
		power = append(power, power[len(power)-1]*uint16(size+1))
	}
	for cell := range g.cells {
		row, column := cell/size, cell%size
		g.row[cell], g.column[cell] = uint8(row), uint8(most+column)
		for _, d := range [4][2]int{{-1, 0}, {0, -1}, {0, 1}, {1, 0}} {
			if r, c := row+d[0], column+d[1]; r >= 0 && r < size && c >= 0 && c < size {
				g.next[cell] = append(g.next[cell], uint8(r*size+c))
			}
		}
		for tile := 1; tile < g.cells; tile++ {
			r, c := (tile-1)/size, (tile-1)%size
			g.keys[tile][cell] = env.Mix(uint64(size)<<32 + uint64(tile*maxCells+cell))
			g.distance[tile][cell] = uint8(max(r-row, row-r) + max(c-column, column-c))
			if r == row {
				g.inRow[tile][cell] = uint16(c+1) * power[column]
			}
			if c == column {
				g.inColumn[tile][cell] = uint16(r+1) * power[row]
			}
		}
	}
	// Tiles that belong into a line and stay in it must be in order there. As many
	// as are too many for that have to leave it and come back: 2 moves each beyond
	// their distances (linear conflict: Hansson, Mayer & Yung 1992).
	g.extra = make([]uint8, power[size])
	for code := range g.extra {
		var rising [most]int // longest rising row of digits that ends at each cell
		members, longest := 0, 0
		for i := range size {
			digit := code / int(power[i]) % (size + 1)
			if digit == 0 {
				continue
			}
			members++
			rising[i] = 1
			for j := range i {
				if before := code / int(power[j]) % (size + 1); before > 0 && before < digit {
					rising[i] = max(rising[i], rising[j]+1)
				}
			}
			longest = max(longest, rising[i])
		}
		g.extra[code] = uint8(2 * (members - longest))
	}
	return g
}

// geometries are made when they are first needed. The usual moves left are enough for
// every arrangement: 31 and 80 are the hardest of 8 and 15 tiles, and 208 an upper
// bound for 24.
var geometries = map[int]func() *geometry{
	3: sync.OnceValue(func() *geometry { return newGeometry(3, 31) }),
	4: sync.OnceValue(func() *geometry { return newGeometry(4, 80) }),
	5: sync.OnceValue(func() *geometry { return newGeometry(5, 208) }),
}

// names are the texts of the tiles, and so of the moves, and of the empty place.
var names = func() (table [maxCells]string) {
	for tile := range table {
		table[tile] = strconv.Itoa(tile)
	}
	table[0] = "."
	return table
}()

// Position is a situation of the puzzle.
type Position struct {
	*geometry
	hash     uint64 // of the tiles
	left     uint16 // moves
	far      uint16 // sum of all distances
	conflict uint16 // sum of the extra of all lines
	code     [2 * most]uint16
	board    [maxCells]uint8 // tiles by cell, 0 in the empty one
	empty    uint8           // cell
	last     uint8           // tile that may not slide, 0 if all may
	past     []step
}

// newPosition puts each tile into its cell. No tile slid last.
func newPosition(g *geometry, board [maxCells]uint8) *Position {
	p := &Position{geometry: g, left: g.usual, board: board}
	for cell, tile := range board[:g.cells] {
		if tile == 0 {
			p.empty = uint8(cell)
			continue
		}
		p.hash ^= g.keys[tile][cell]
		p.far += uint16(g.distance[tile][cell])
		p.code[g.row[cell]] += g.inRow[tile][cell]
		p.code[g.column[cell]] += g.inColumn[tile][cell]
	}
	for _, code := range p.code {
		p.conflict += uint16(g.extra[code])
	}
	return p
}

// step is what a move changes and can't be told afterwards.
type step struct{ empty, last uint8 }

var (
	_ env.Position  = (*Position)(nil)
	_ env.Estimator = (*Position)(nil)
	_ env.Drawer    = (*Position)(nil)
)

// Moves appends the tiles above, left of, right of and below the empty place, without the
// one that slid last.
func (p *Position) Moves(buf []env.Move) []env.Move {
	if _, over := p.Result(); over {
		return buf
	}
	for _, cell := range p.next[p.empty] {
		if tile := p.board[cell]; tile != p.last {
			buf = append(buf, env.Move(tile))
		}
	}
	return buf
}

// Play slides a tile. It does not check that the move is legal.
func (p *Position) Play(m env.Move) {
	if p.past == nil {
		p.past = make([]step, 0, p.left)
	}
	p.past = append(p.past, step{p.empty, p.last})
	for _, cell := range p.next[p.empty] {
		if p.board[cell] == uint8(m) {
			p.slide(cell)
			break
		}
	}
	p.last = uint8(m)
	p.left--
}

// Undo slides the last tile back.
func (p *Position) Undo() {
	s := p.past[len(p.past)-1]
	p.past = p.past[:len(p.past)-1]
	p.slide(s.empty)
	p.last = s.last
	p.left++
}

// slide moves the tile of a cell to the empty one next to it.
func (p *Position) slide(cell uint8) {
	to := p.empty
	tile := p.board[cell]
	p.board[to], p.board[cell], p.empty = tile, 0, cell
	p.hash ^= p.keys[tile][cell] ^ p.keys[tile][to]
	p.far += uint16(p.distance[tile][to]) - uint16(p.distance[tile][cell])
	// In the line along which it slides no tile is passed, so the extra stays.
	inRow, inColumn := &p.inRow[tile], &p.inColumn[tile]
	if row := p.row[cell]; row == p.row[to] {
		p.code[row] += inRow[to] - inRow[cell]
		p.recode(p.column[cell], -inColumn[cell])
		p.recode(p.column[to], inColumn[to])
	} else {
		p.code[p.column[cell]] += inColumn[to] - inColumn[cell]
		p.recode(row, -inRow[cell])
		p.recode(p.row[to], inRow[to])
	}
}

// recode changes the code of a line.
func (p *Position) recode(line uint8, by uint16) {
	was := p.code[line]
	p.code[line] = was + by
	p.conflict += uint16(p.extra[was+by]) - uint16(p.extra[was])
}

// Bound is a lower bound on the moves to the goal, 0 there only: the distances of all tiles and
// the linear conflicts. Whether it is odd or even, so are they.
func (p *Position) Bound() int { return int(p.far + p.conflict) }

// Hash stands for the tiles, the moves left and the tile that may not slide, which it
// needs: without the way back a position may be lost that else is not.
func (p *Position) Hash() uint64 {
	return p.hash ^ env.Mix(1<<48|uint64(p.left)<<8|uint64(p.last))
}

// ToMove is always 0.
func (p *Position) ToMove() int { return 0 }

// Result is 1 at the goal, and 0 if more moves are needed than are left.
func (p *Position) Result() (value float32, over bool) {
	if p.far == 0 {
		return 1, true
	}
	return 0, p.far+p.conflict > p.left
}

// Estimate is 1/2 where the lower bound on the moves needed is the number of cells,
// and rises towards 1 as that falls to 0.
func (p *Position) Estimate() (value float64, known bool) {
	return float64(p.cells) / float64(p.cells+p.Bound()), true
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

// MoveText is the number of the tile.
func (p *Position) MoveText(m env.Move) string { return names[m] }

// String writes the rows from the top, the moves left, and the tile that may not
// slide if there is one: "1 2 3/4 . 6/7 5 8 in 31 after 6".
func (p *Position) String() string {
	var text []byte
	for cell, tile := range p.board[:p.cells] {
		switch {
		case cell == 0:
		case cell%p.size == 0:
			text = append(text, '/')
		default:
			text = append(text, ' ')
		}
		text = append(text, names[tile]...)
	}
	text = fmt.Appendf(text, " in %d", p.left)
	if p.last != 0 {
		text = fmt.Appendf(text, " after %d", p.last)
	}
	return string(text)
}

// Draw draws the rows, with a point for the empty place, and the moves left below.
func (p *Position) Draw() string {
	var b strings.Builder
	for cell, tile := range p.board[:p.cells] {
		if cell > 0 && cell%p.size == 0 {
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "%4s", names[tile])
	}
	fmt.Fprintf(&b, "\n\n%d moves left", p.left)
	if p.last != 0 {
		fmt.Fprintf(&b, "; %d may not slide back", p.last)
	}
	return b.String()
}

// example is a text that Parse reads, for its errors.
const example = "8 6 7/2 5 4/3 . 1 in 31"

// maxText bounds a problem in bytes: String writes up to 87.
const maxText = 500

// Parse reads a position: 9, 16 or 25 places, each with a tile, or "." or 0 for the
// empty one, with spaces or commas between them and "/" or line breaks between the rows,
// which may be missing. Behind them " in N" gives the moves left (31, 80 or 208 if it
// is missing), and " after T" the tile that slid last. A text that is none of that, or an
// arrangement from which the goal can't be reached, is an *env.InputError.
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
	words := strings.Fields(strings.NewReplacer("/", " / ", "\n", " / ", ",", " ").Replace(strings.ToLower(strings.TrimSpace(text))))
	end := slices.IndexFunc(append(words, "in"), func(word string) bool { return word == "in" || word == "after" })
	if p, reason = readBoard(words[:end]); reason != "" {
		return nil, reason
	}
	given := map[string]bool{}
	for rest := words[end:]; len(rest) > 0; rest = rest[2:] {
		word := rest[0]
		if len(rest) == 1 || word != "in" && word != "after" || given[word] {
			return nil, fmt.Sprintf(`%.20q behind the board is not "in" with the moves left, nor "after" with a tile`, word)
		}
		given[word] = true
		n, err := strconv.Atoi(rest[1])
		switch is := func(cell uint8) bool { return names[p.board[cell]] == rest[1] }; {
		case word == "after" && !slices.ContainsFunc(p.next[p.empty], is):
			return nil, fmt.Sprintf("the tile that slid last is %.20q, and must be one next to the empty place", rest[1])
		case word == "after":
			p.last = uint8(n)
		case err != nil || n < 0 || n > MaxMoves:
			return nil, fmt.Sprintf("the number of moves left is %.20q, and must be from 0 to %d", rest[1], MaxMoves)
		default:
			p.left = uint16(n)
		}
	}
	return p, p.check()
}

// readBoard reads the places.
func readBoard(words []string) (p *Position, reason string) {
	var rows [][]string
	for _, part := range strings.Split(strings.Join(words, " "), "/") {
		if row := strings.Fields(part); len(row) > 0 {
			rows = append(rows, row)
		}
	}
	all := slices.Concat(rows...)
	size := map[int]int{9: 3, 16: 4, 25: 5}[len(all)]
	if size == 0 {
		return nil, fmt.Sprintf("there are %d places, and must be 9, 16 or 25", len(all))
	}
	for i, row := range rows {
		if len(rows) > 1 && (len(rows) != size || len(row) != size) {
			return nil, fmt.Sprintf("row %d of %d has %d places: %d places are %d rows of %d", i+1, len(rows), len(row), len(all), size, size)
		}
	}
	g := geometries[size]()
	var board [maxCells]uint8
	var seen [maxCells]bool
	for cell, word := range all {
		if word == "0" {
			word = "."
		}
		tile := slices.Index(names[:g.cells], word)
		if tile < 0 {
			return nil, fmt.Sprintf(`place %d of row %d is %.20q, and must be a tile from 1 to %d, or "." if it is empty`,
				cell%size+1, cell/size+1, word, g.cells-1)
		}
		if seen[tile] {
			return nil, fmt.Sprintf("place %d of row %d is %q, and so is one before it", cell%size+1, cell/size+1, word)
		}
		seen[tile] = true
		board[cell] = uint8(tile)
	}
	return newPosition(g, board), ""
}

// check says why the goal can't be reached. Every move swaps a tile with the empty
// place: an even number of moves, which the way of that to its corner tells, makes an
// even number of swaps.
func (p *Position) check() (reason string) {
	swaps := 2*(p.size-1) - int(p.row[p.empty]) - int(p.column[p.empty]-most)
	board := p.board
	board[p.empty] = uint8(p.cells)
	for i, tile := range board[:p.cells] {
		for _, before := range board[:i] {
			if before > tile {
				swaps++
			}
		}
	}
	if swaps%2 != 0 {
		return "no moves lead to the goal from here: the order of the tiles is odd, and would be even with any two of them swapped"
	}
	return ""
}

// check is the Check of the puzzle: it slides words about in a list.
func check(problem string, steps []string) error {
	words := strings.Fields(strings.NewReplacer("/", " ", ",", " ").Replace(strings.ToLower(problem)))
	limit, last := "", ""
	for n := len(words); n > 2 && (words[n-2] == "in" || words[n-2] == "after"); n = len(words) {
		if words[n-2] == "in" {
			limit = words[n-1]
		} else {
			last = words[n-1]
		}
		words = words[:n-2]
	}
	empty := slices.IndexFunc(words, func(word string) bool { return word == "." || word == "0" })
	usual := map[int]string{9: "31", 16: "80", 25: "208"}[len(words)]
	if limit == "" {
		limit = usual
	}
	left, err := strconv.Atoi(limit)
	if err != nil || usual == "" || empty < 0 {
		return fmt.Errorf("npuzzle: the problem %.60q can't be read", problem)
	}
	size := map[int]int{9: 3, 16: 4, 25: 5}[len(words)]
	words[empty] = ""
	solved := func() bool {
		for i, word := range words[:len(words)-1] {
			if word != strconv.Itoa(i+1) {
				return false
			}
		}
		return true
	}
	for i, step := range steps {
		at, reason := slices.Index(words, step), ""
		switch {
		case step == "" || at < 0:
			reason = "is no tile"
		case solved():
			reason = "comes when the tiles are in order already"
		case i == left:
			reason = fmt.Sprintf("is one too many: there were %d moves left", left)
		case step == last:
			reason = "slides a tile straight back"
		case at-empty != size && empty-at != size && (at/size != empty/size || at-empty != 1 && empty-at != 1):
			reason = "is a tile that is not next to the empty place"
		}
		if reason != "" {
			return fmt.Errorf("npuzzle: step %d (%.20q) %s", i+1, step, reason)
		}
		words[empty], words[at], empty, last = step, "", at, step
	}
	if !solved() {
		return fmt.Errorf("npuzzle: the tiles are not in order in the end: %w", errUnsolved)
	}
	return nil
}

var errUnsolved = errors.New("the puzzle is not solved")
