// Package cube is Rubik's cube of 2x2x2 in its 3,674,160 situations: a fast
// env.Position on coordinates, and the env.Puzzle of it.
//
// The corner at the bottom, the left and the back stays where it is, so the moves are
// those of the three faces that it isn't on: up, right and front. A move is U, U' or U2
// (a quarter turn clockwise as seen from outside, one against it, a half turn), and so
// for R and F. No face is turned twice in a row: two turns of it are one or none, so
// that no shortest solution is lost.
package cube

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/env"
)

// Bounds of a problem.
const (
	MaxMoves     = 99 // that a text may leave
	DefaultMoves = 11 // that are left where a text has no " in N": enough for every cube

	maxText = 1000 // bytes of a text
	example = "scramble R U' F2 in 3"
)

// Environment returns the puzzle for searches that may ask a model, always the same
// one. Its problems are what Parse reads.
func Environment() *env.Puzzle { return puzzle }

var puzzle = &env.Puzzle{
	Board: env.Board{
		Parse:   Parse,
		Players: 1,
		Rulebook: `A state is the four stickers of each face of a 2x2x2 cube, in the order up, right, front, down, left, back with "/" between them, ` +
			"each by rows as in a net with the front below the up face and above the down face, and the right, the back and the left beside it; then the number of steps that are left. " +
			"The letters U, R, F, D, L and B are colours. " +
			"A step turns the up (U), right (R) or front (F) face: U is a quarter turn clockwise as seen from outside, U' one against the clock, and U2 a half turn. " +
			`The face of the step before, which is behind "after", may not be turned again at once. ` +
			"The goal is that each face has one colour only before the steps run out: UUUU/RRRR/FFFF/DDDD/LLLL/BBBB.",
		SampleState: "FFBL/BLRD/DULB/UUDR/URLF/DRFB in 4",
		SampleStep:  "R'",
	},
	Check: check,
}

// The places of corners, by their faces clockwise. The last one stays where it is.
const (
	urf = iota
	ufl
	ulb
	ubr
	dfr
	dlf
	drb
	dbl
	corners
)

var cornerNames = [corners]string{"URF", "UFL", "ULB", "UBR", "DFR", "DLF", "DRB", "DBL"}

// stickers are the places in a text of the stickers of a corner, without the "/". The
// colour of a place in the solved cube is its face, a quarter of it.
var stickers = [corners][3]int{
	urf: {3, 4, 9}, ufl: {2, 8, 17}, ulb: {0, 16, 21}, ubr: {1, 20, 5},
	dfr: {13, 11, 6}, dlf: {12, 19, 10}, drb: {15, 7, 22}, dbl: {14, 23, 18},
}

const faces = "URFDLB"

// A turn moves each corner of a cycle to the next place of it, and there twists it
// clockwise by thirds.
var turns = [3]struct{ cycle, twist [4]int }{
	{cycle: [4]int{urf, ufl, ulb, ubr}},
	{cycle: [4]int{urf, ubr, drb, dfr}, twist: [4]int{2, 1, 2, 1}},
	{cycle: [4]int{urf, dfr, dlf, ufl}, twist: [4]int{1, 2, 1, 2}},
}

// cubies tell for each place which corner is there, and its twist.
type cubies struct{ corner, twist [corners]int }

func (c *cubies) turn(face int) {
	was, t := *c, turns[face]
	for i, to := range t.cycle {
		from := t.cycle[(i+3)%4]
		c.corner[to] = was.corner[from]
		c.twist[to] = (was.twist[from] + t.twist[i]) % 3
	}
}

// Numbers of situations.
const (
	orders = 5040 // of the seven corners that move
	twists = 729  // of six of them: together they are twisted by whole turns
)

// order numbers the order of the corners, 0 for the solved one.
func (c *cubies) order() (n uint16) {
	for i := range dbl {
		smaller := 0 // corners behind the place
		for _, other := range c.corner[i+1 : dbl] {
			if other < c.corner[i] {
				smaller++
			}
		}
		n = n*uint16(dbl-i) + uint16(smaller)
	}
	return n
}

// allTwists numbers the twists of the corners, 0 for the solved ones.
func (c *cubies) allTwists() (n uint16) {
	for _, t := range c.twist[:drb] {
		n = n*3 + uint16(t)
	}
	return n
}

// cubiesOf is the opposite of order and allTwists.
func cubiesOf(order, allTwists uint16) (c cubies) {
	rest := []int{urf, ufl, ulb, ubr, dfr, dlf, drb}
	size := orders
	for i := range dbl {
		size /= dbl - i
		at := int(order) / size % (dbl - i)
		c.corner[i] = rest[at]
		rest = slices.Delete(rest, at, at+1)
	}
	c.corner[dbl] = dbl
	sum := 0
	for i := drb - 1; i >= 0; i-- {
		c.twist[i] = int(allTwists % 3)
		allTwists /= 3
		sum += c.twist[i]
	}
	c.twist[drb] = (3 - sum%3) % 3
	return c
}

// The moves by number: three of each face, a quarter turn, its opposite and a half turn.
var (
	moveNames = [9]string{"U", "U'", "U2", "R", "R'", "R2", "F", "F'", "F2"}
	quarters  = [3]int{1, 3, 2}
)

// movesAfter are the moves after one of each face, and after none.
var movesAfter = [4][]env.Move{{3, 4, 5, 6, 7, 8}, {0, 1, 2, 6, 7, 8}, {0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}

// coordinate is the order or the twists: where each move leads from each of its
// numbers, and how many moves it takes at least to solve that much.
type coordinate struct {
	next [][9]uint16
	far  []uint8
}

// newCoordinate makes a coordinate from what a quarter turn of a face does to a number.
func newCoordinate(size int, turn func(n uint16, face int) uint16) (c coordinate) {
	c = coordinate{next: make([][9]uint16, size), far: make([]uint8, size)}
	quarter := make([][3]uint16, size)
	for n := range quarter {
		for face := range 3 {
			quarter[n][face] = turn(uint16(n), face)
		}
	}
	for n := range c.next {
		for m := range c.next[n] {
			to := uint16(n)
			for range quarters[m%3] {
				to = quarter[to][m/3]
			}
			c.next[n][m] = to
		}
	}
	for queue := []uint16{0}; len(queue) > 0; queue = queue[1:] {
		for _, n := range c.next[queue[0]] {
			if n != 0 && c.far[n] == 0 {
				c.far[n] = c.far[queue[0]] + 1
				queue = append(queue, n)
			}
		}
	}
	return c
}

type tables struct{ order, twists coordinate }

// allTables makes the tables when the first cube is read.
var allTables = sync.OnceValue(func() *tables {
	return &tables{
		order: newCoordinate(orders, func(n uint16, face int) uint16 {
			c := cubiesOf(n, 0)
			c.turn(face)
			return c.order()
		}),
		twists: newCoordinate(twists, func(n uint16, face int) uint16 {
			c := cubiesOf(0, n)
			c.turn(face)
			return c.allTwists()
		}),
	}
})

// position is a cube and the moves that are left.
type position struct {
	*tables
	situation
	past []situation
}

type situation struct {
	at    uint16 // the number of the order
	twist uint16 // the number of the twists
	left  uint8  // moves
	need  uint8  // moves that it takes at least, see bound
	last  uint8  // the face that was turned last: 0, 1, 2, or 3 for none
}

var (
	_ env.Position  = (*position)(nil)
	_ env.Estimator = (*position)(nil)
	_ env.Drawer    = (*position)(nil)
)

// Moves appends the moves of the faces U, R and F but the one that was turned last.
func (p *position) Moves(buf []env.Move) []env.Move {
	if _, over := p.Result(); over {
		return buf
	}
	return append(buf, movesAfter[p.last&3]...)
}

// Play turns a face. It does not check that the move is legal.
func (p *position) Play(m env.Move) {
	p.past = append(p.past, p.situation)
	p.at = p.order.next[p.at][m]
	p.twist = p.twists.next[p.twist][m]
	p.need = p.bound()
	p.left--
	p.last = uint8(m / 3)
}

// Undo takes back the last move.
func (p *position) Undo() {
	last := len(p.past) - 1
	p.situation = p.past[last]
	p.past = p.past[:last]
}

// Hash is perfect: no two positions share one.
func (p *position) Hash() uint64 {
	return env.Mix(uint64(p.at)<<32 | uint64(p.twist)<<16 | uint64(p.left)<<8 | uint64(p.last))
}

// ToMove is always 0.
func (p *position) ToMove() int { return 0 }

// bound is the number of moves that it takes at least: those to bring the corners to
// their places, or those to untwist them, whatever is more.
func (p *position) bound() uint8 { return max(p.order.far[p.at], p.twists.far[p.twist]) }

// Result is 1 for the solved cube, and 0 for one that can't be solved in the moves that
// are left since its corners are too far away from their places or twists.
func (p *position) Result() (value float32, over bool) {
	if p.need == 0 {
		return 1, true
	}
	return 0, p.need > p.left
}

// Estimate is 1-n/12, where n is the number of moves that it takes at least.
func (p *position) Estimate() (value float64, known bool) {
	return 1 - float64(p.need)/12, true
}

// Clone returns an independent copy, without the moves that led to it.
func (p *position) Clone() env.Position {
	return &position{tables: p.tables, situation: p.situation}
}

// CopyFrom makes p a copy of another Position of the puzzle.
func (p *position) CopyFrom(from env.Position) {
	p.situation = from.(*position).situation
	p.past = p.past[:0]
}

// MoveText is the face, and ' or 2 behind it for a turn against the clock or half a turn.
func (p *position) MoveText(m env.Move) string { return moveNames[m%9] }

// stickers are the colours of all faces in the order of a text.
func (p *position) stickers() (out [24]byte) {
	c := cubiesOf(p.at, p.twist)
	for place, corner := range c.corner {
		for i, from := range stickers[corner] {
			out[stickers[place][(i+c.twist[place])%3]] = faces[from/4]
		}
	}
	return out
}

// String is the faces in the order U, R, F, D, L, B with the moves left behind them,
// and the face that was turned last if it is known, such as
// "FFBL/BLRD/DULB/UUDR/URLF/DRFB in 4 after F".
func (p *position) String() string {
	var b strings.Builder
	for i, colour := range p.stickers() {
		if i > 0 && i%4 == 0 {
			b.WriteByte('/')
		}
		b.WriteByte(colour)
	}
	fmt.Fprintf(&b, " in %d", p.left)
	if p.last < 3 {
		b.WriteString(" after " + faces[p.last:p.last+1])
	}
	return b.String()
}

// Draw draws the net of the cube: the up face above, the left, front, right and back
// one beside each other, and the down face below.
func (p *position) Draw() string {
	s := p.stickers()
	var b strings.Builder
	for _, band := range [3]string{" U", "LFRB", " D"} {
		for row := range 2 {
			line := ""
			for _, face := range band {
				if at := strings.IndexRune(faces, face); at >= 0 {
					line += string(s[4*at+2*row:4*at+2*row+2]) + " "
				} else {
					line += "   "
				}
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	fmt.Fprintf(&b, "moves left: %d", p.left)
	if p.last < 3 {
		b.WriteString(", none of them now of " + faces[p.last:p.last+1])
	}
	return b.String()
}

// ending is the end of a text.
var ending = regexp.MustCompile(`(?i)\sin\s+(\d+)(?:\s+after\s+([urf]))?\s*$`)

// Parse reads a cube: "scramble R U' F2" for the solved one with these moves made, or
// its stickers as letters, those of each face by rows, the faces in the order up, right,
// front, down, left, back. In the net
//
//	   UU
//	   UU
//	LL FF RR BB
//	LL FF RR BB
//	   DD
//	   DD
//
// each face is read like a page. "/", "|" and white space may stand anywhere between
// stickers, small letters will do. Any six letters may be the colours; the corner at the
// bottom, the left and the back says which face each of them belongs on, and String
// calls them by their faces.
//
// Behind the cube may stand " in 20", the moves that are left, 0 to MaxMoves, and else
// DefaultMoves; and behind that " after U", the face that was turned last and may not be
// turned again at once. Any other text is an *env.InputError.
func Parse(text string) (env.Position, error) {
	p, reason := read(text)
	if reason != "" {
		return nil, &env.InputError{Input: text, Reason: reason, Example: example}
	}
	return p, nil
}

// read reads a cube; a reason says what is wrong with it.
func read(text string) (p *position, reason string) {
	if len(text) > maxText {
		return nil, fmt.Sprintf("the text is longer than %d bytes", maxText)
	}
	p = &position{tables: allTables(), situation: situation{left: DefaultMoves, last: 3}}
	text = strings.ReplaceAll(text, "’", "'")
	if at := ending.FindStringSubmatchIndex(text); at != nil {
		n, err := strconv.Atoi(text[at[2]:at[3]])
		if err != nil || n > MaxMoves {
			return nil, fmt.Sprintf("%.20s moves can't be left: there may be %d", text[at[2]:at[3]], MaxMoves)
		}
		p.left = uint8(n)
		if at[4] >= 0 {
			p.last = uint8(strings.Index(faces, strings.ToUpper(text[at[4]:at[5]])))
		}
		text = text[:at[0]]
	}
	words := strings.Fields(strings.ToUpper(text))
	if len(words) > 0 && words[0] == "SCRAMBLE" {
		for i, word := range words[1:] {
			m := slices.Index(moveNames[:], word)
			if m < 0 {
				return nil, fmt.Sprintf("move %d of the scramble is %s, and must be one of %s",
					i+1, strconv.QuoteToASCII(word[:min(len(word), 20)]), strings.Join(moveNames[:], " "))
			}
			p.at, p.twist = p.order.next[p.at][m], p.twists.next[p.twist][m]
		}
		p.need = p.bound()
		return p, ""
	}
	c, reason := readStickers(strings.NewReplacer("/", "", "|", "").Replace(strings.Join(words, "")))
	if reason != "" {
		return nil, reason
	}
	p.at, p.twist = c.order(), c.allTwists()
	p.need = p.bound()
	return p, ""
}

// readStickers reads the letters of a cube.
func readStickers(text string) (c cubies, reason string) {
	n := 0
	for _, r := range text {
		if n++; r < 'A' || r > 'Z' {
			return c, fmt.Sprintf(`sticker %d is %q, and must be a letter (or the text begins with "scramble")`, n, r)
		}
	}
	if n != 24 {
		return c, fmt.Sprintf("there are %d stickers, and must be 24: 4 of each face", n)
	}
	for i := range text {
		if n := strings.Count(text, text[i:i+1]); n != 4 {
			return c, fmt.Sprintf("the number of stickers of the colour %c is %d, and must be 4", text[i], n)
		}
	}
	face, reason := facesOf(text)
	if reason != "" {
		return c, reason
	}
	sum, place := 0, map[int]int{}
	for at := range corners {
		var colours string
		for _, i := range stickers[at] {
			colours += text[i : i+1]
		}
		found := false
		for corner, in := range stickers {
			for twist := range 3 {
				if [3]int{in[0] / 4, in[1] / 4, in[2] / 4} == [3]int{face[colours[twist]], face[colours[(twist+1)%3]], face[colours[(twist+2)%3]]} {
					found, c.corner[at], c.twist[at] = true, corner, twist
				}
			}
		}
		if !found {
			return c, fmt.Sprintf("the corner %s has the colours %s, clockwise: there is no such corner", cornerNames[at], colours)
		}
		if before, twice := place[c.corner[at]]; twice {
			return c, fmt.Sprintf("the corners %s and %s have the same colours", cornerNames[before], cornerNames[at])
		}
		place[c.corner[at]] = at
		sum += c.twist[at]
	}
	if sum%3 != 0 {
		return c, "a corner is twisted: no moves lead to such a cube"
	}
	return c, ""
}

// facesOf finds the face of each colour. Those of the corner that stays where it is are
// known; the others are opposite to them, and so never on a corner with them.
func facesOf(text string) (face map[byte]int, reason string) {
	face = map[byte]int{}
	for _, i := range stickers[dbl] {
		colour, beside := text[i], map[byte]bool{}
		for _, places := range stickers {
			on := []byte{text[places[0]], text[places[1]], text[places[2]]}
			if slices.Contains(on, colour) {
				for _, other := range on {
					beside[other] = true
				}
			}
		}
		if len(beside) != 5 {
			return nil, fmt.Sprintf("the colour %c is on corners with %d others, and must be with 4", colour, len(beside)-1)
		}
		for j := range text {
			if !beside[text[j]] {
				face[text[j]] = (i/4 + 3) % 6
			}
		}
		face[colour] = i / 4
	}
	if len(face) != 6 {
		return nil, "the colours of the corner DBL and those opposite to them are not six"
	}
	return face, ""
}

// The texts of problems and steps, as check reads them.
var (
	problemEnd = regexp.MustCompile(`(?i)^((?s:.*))\sin\s+(\d+)(\s+after\s+[urf])?\s*$`)
	oneMove    = regexp.MustCompile(`^[URF]['2]?$`)
)
