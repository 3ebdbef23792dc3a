package sudoku

import (
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

const (
	solved = "534678912/672195348/198342567/859761423/426853791/713924856/961537284/287419635/345286179"
	// A puzzle of Arto Inkala's, that takes guessing.
	hard = "8........ ..36..... .7..9.2.. .5...7... ....457.. ...1...3. ..1....68 ..85...1. .9....4.."
	// The 1 has no place in the first row, and then the first cell no candidate.
	noPlace     = "..2345678/........./........./1......../........./........./.1......./........./........."
	noCandidate = ".12345678/9......../........./........./........./........./........./........./........."
)

func TestContract(t *testing.T) {
	envtest.Test(t, Environment(), sample, solved, hard, strings.Repeat(".", 81),
		Generate(1, 9, 24), Generate(2, 16, 190), noPlace, noCandidate)
}

// The example for models is a position as it is written, and one of its moves.
func TestSample(t *testing.T) {
	state, step := Environment().Example()
	p := parse(t, state)
	legal := slices.ContainsFunc(p.Moves(nil), func(m env.Move) bool { return p.MoveText(m) == step })
	if p.String() != state || !legal {
		t.Errorf("%q is written %q, and the step %q is legal: %v", state, p, step, legal)
	}
}

// grid is a board for the plain solver: digits from 0 by row and column, -1 where it is empty.
type grid struct {
	size, box int
	at        [16][16]int
	has       [3][16]int // digits of the rows, columns and boxes
}

func (g *grid) put(row, column, digit int) {
	g.at[row][column] = digit
	g.flip(row, column, digit)
}

func (g *grid) take(row, column int) {
	g.flip(row, column, g.at[row][column])
	g.at[row][column] = -1
}

func (g *grid) flip(row, column, digit int) {
	for i, n := range [3]int{row, column, row/g.box*g.box + column/g.box} {
		g.has[i][n] ^= 1 << digit
	}
}

// free are the digits that may go to an empty cell.
func (g *grid) free(row, column int) int {
	return (1<<g.size - 1) &^ (g.has[0][row] | g.has[1][column] | g.has[2][row/g.box*g.box+column/g.box])
}

// solve counts the solutions, up to most, and stays at the last of them. It tries digits from
// one that random tells on.
func (g *grid) solve(most int, random *env.Rand) (n int) {
	row, column, fewest := -1, -1, 99
	for r := range g.size {
		for c := range g.size {
			if g.at[r][c] < 0 {
				if k := bits.OnesCount(uint(g.free(r, c))); k < fewest {
					row, column, fewest = r, c, k
				}
			}
		}
	}
	if row < 0 {
		return 1
	}
	free, from := g.free(row, column), random.N(g.size)
	for i := range g.size {
		digit := (from + i) % g.size
		if free>>digit&1 == 0 {
			continue
		}
		g.put(row, column, digit)
		if n += g.solve(most-n, random); n >= most {
			return n
		}
		g.take(row, column)
	}
	return n
}

func newGrid(size int) *grid {
	g := &grid{size: size, box: 3}
	if size == 16 {
		g.box = 4
	}
	for r := range size {
		for c := range size {
			g.at[r][c] = -1
		}
	}
	return g
}

func (g *grid) String() string {
	var rows []string
	for r := range g.size {
		row := ""
		for c := range g.size {
			row += string((".123456789ABCDEFG")[g.at[r][c]+1])
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "/")
}

// Generate makes a puzzle with one solution of 9 or 16 rows, and as many clues, or more if
// it finds none to leave out then.
func Generate(seed uint64, size, clues int) string {
	random := env.Rand(seed)
	g := newGrid(size)
	g.solve(1, &random)
	cells := make([]int, size*size)
	for i := range cells {
		j := random.N(i + 1)
		cells[i], cells[j] = cells[j], i
	}
	left := len(cells)
	for _, cell := range cells {
		row, column := cell/size, cell%size
		if left == clues {
			break
		}
		digit := g.at[row][column]
		g.take(row, column)
		// It has one solution still if there is none with another digit here.
		other := false
		for d := range size {
			if d != digit && g.free(row, column)>>d&1 != 0 {
				try := *g
				try.put(row, column, d)
				other = other || try.solve(1, &random) > 0
			}
		}
		if other {
			g.put(row, column, digit)
		} else {
			left--
		}
	}
	return g.String()
}

// walk counts the solutions below a position, and returns the moves to the last one.
func walk(p env.Position, line []string) (n int, last []string) {
	if value, over := p.Result(); over {
		return int(value), slices.Clone(line)
	}
	for _, m := range p.Moves(nil) {
		name := p.MoveText(m)
		p.Play(m)
		k, found := walk(p, append(line, name))
		p.Undo()
		if n += k; k > 0 {
			last = found
		}
	}
	return n, last
}

// A plain walk over all moves finds the one solution of each of many puzzles, and no other.
func TestGenerated(t *testing.T) {
	fewest := 81
	for seed := range uint64(1000) {
		problem := Generate(seed, 9, 24+int(seed%16))
		g := newGrid(9)
		for cell, sign := range strings.ReplaceAll(problem, "/", "") {
			if sign != '.' {
				g.put(cell/9, cell%9, int(sign-'1'))
			}
		}
		fewest = min(fewest, 81-strings.Count(problem, "."))
		random := env.Rand(seed)
		p := parse(t, problem)
		n, line := walk(p, nil)
		if k := g.solve(2, &random); k != 1 || n != 1 || p.String() != problem {
			t.Fatalf("%s: %d solutions, the plain solver finds %d", problem, n, k)
		}
		if err := Environment().Check(problem, line); err != nil {
			t.Fatalf("%s: %v", problem, err)
		}
	}
	if fewest > 24 {
		t.Errorf("there are at least %d clues: the puzzles are too easy", fewest)
	}
}

// On random ways, in puzzles with one, many and no solutions, as many solutions are
// reached as the plain solver finds.
func TestEverySolution(t *testing.T) {
	counts := map[int]int{}
	for seed := range uint64(300) {
		random := env.Rand(seed)
		g := newGrid(9)
		g.solve(1, &random)
		for cell := range 81 {
			if random.N(100) < 58 {
				g.take(cell/9, cell%9)
			}
		}
		for range random.N(3) {
			if r, c := random.N(9), random.N(9); g.at[r][c] < 0 && g.free(r, c) != 0 {
				g.put(r, c, bits.TrailingZeros(uint(g.free(r, c))))
			}
		}
		want := g.solve(1000, &random)
		if want == 1000 {
			continue
		}
		if n, _ := walk(parse(t, g.String()), nil); n != want {
			t.Fatalf("%s: %d solutions, want %d", g, n, want)
		}
		counts[min(want, 2)]++
	}
	if counts[0] < 20 || counts[1] < 20 || counts[2] < 20 {
		t.Errorf("boards with no, one and more solutions: %v", counts)
	}
}

// plainly is what the rules, and the choice of the cell, say of a board, read off its
// text: the moves, or that it is over.
func plainly(text string) (moves []string, over bool) {
	rows := strings.Split(text, "/")
	size, box := len(rows), 3
	if size == 16 {
		box = 4
	}
	can := func(r, c int, digit byte) bool {
		if rows[r][c] != '.' || strings.IndexByte(rows[r], digit) >= 0 {
			return false
		}
		for k := range size {
			if rows[k][c] == digit || rows[r/box*box+k/box][c/box*box+k%box] == digit {
				return false
			}
		}
		return true
	}
	lists := map[int][]string{}
	for r := range size {
		for c := range size {
			var list []string
			for i := range size {
				if can(r, c, digits[i]) {
					list = append(list, fmt.Sprintf("r%dc%d=%c", r+1, c+1, digits[i]))
				}
			}
			if n := len(list); rows[r][c] == '.' && lists[n] == nil {
				lists[n] = append([]string{}, list...)
			}
		}
	}
	over = lists[0] != nil || !strings.Contains(text, ".")
	var hidden []string
	for kind := range 3 {
		for u := range size {
			for i := range size {
				there, places := false, []string(nil)
				for k := range size {
					r, c := [3]int{u, k, u/box*box + k/box}[kind], [3]int{k, u, u%box*box + k%box}[kind]
					there = there || rows[r][c] == digits[i]
					if can(r, c, digits[i]) {
						places = append(places, fmt.Sprintf("r%dc%d=%c", r+1, c+1, digits[i]))
					}
				}
				over = over || !there && len(places) == 0
				if len(places) == 1 && hidden == nil {
					hidden = places
				}
			}
		}
	}
	switch {
	case over:
		return nil, true
	case lists[1] != nil:
		return lists[1], false
	case hidden != nil:
		return hidden, false
	}
	for n := 2; ; n++ {
		if lists[n] != nil {
			return lists[n], false
		}
	}
}

func same(t *testing.T, p env.Position) {
	t.Helper()
	var names []string
	for _, m := range p.Moves(nil) {
		names = append(names, p.MoveText(m))
	}
	moves, over := plainly(p.String())
	value, gotOver := p.Result()
	if full := !strings.Contains(p.String(), "."); gotOver != over || over && (value == 1) != full || !slices.Equal(names, moves) {
		t.Fatalf("%s: %v %v %q, want %v %q", p, value, gotOver, names, over, moves)
	}
}

// On the way of random play, and back, positions are what the plain rules say of their texts.
func TestPlainRules(t *testing.T) {
	ends := map[float32]int{}
	for seed := range uint64(40) {
		problem, every := Generate(seed, 9, 24), 1
		switch seed {
		case 0, 1, 2, 3:
			problem = strings.Repeat(".", 81)
		case 4:
			problem, every = strings.Repeat(".", 256), 9
		}
		p, r := parse(t, problem), env.Rand(seed)
		plies := 0
		for moves := p.Moves(nil); len(moves) > 0; moves = p.Moves(nil) {
			if plies%every == 0 {
				same(t, p)
			}
			p.Play(moves[r.N(len(moves))])
			plies++
		}
		same(t, p)
		value, _ := p.Result()
		ends[value]++
		for range plies {
			p.Undo()
			if got, want := bare(p.(*Position)), bare(parse(t, p.String()).(*Position)); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s after Undo:\n%v\nand as parsed:\n%v", p, got, want)
			}
		}
	}
	if len(ends) < 2 {
		t.Errorf("all ends are worth the same: %v", ends)
	}
}

// bare is a position without the way to it, and what Undo left behind in full cells.
func bare(p *Position) Position {
	out := *p
	out.past = nil
	for cell, digit := range p.board {
		if digit > 0 {
			out.candidates[cell] = 0
		}
	}
	return out
}

func TestParse(t *testing.T) {
	small := strings.Repeat(".", 240) + "123456789abcdefg"
	tests := []struct{ name, text, want string }{
		{"as String writes it", sample, sample},
		{"one line with noughts", strings.ReplaceAll(strings.ReplaceAll(sample, ".", "0"), "/", ""), sample},
		{"lines and boxes", "\n" + strings.ReplaceAll(strings.ReplaceAll(sample, "/", "\r\n"), "...", " . . . ") + "\n", sample},
		{"small letters", small, strings.Repeat("................/", 15) + "123456789ABCDEFG"},
		{"a cell without a candidate", noCandidate, noCandidate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.text)
			if diff := cmp.Diff(tt.want, p.String()); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
			same(t, p)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const cells = ", and must be 81 for 9 rows or 256 for 16"
	tests := []struct{ name, text, reason string }{
		{"empty", " ", "there are 0 cells" + cells},
		{"a megabyte", strings.Repeat("1", 1<<20), "the text is longer than 1000 bytes"},
		{"a cell too few", sample[1:], "there are 80 cells" + cells},
		{"unlike rows", strings.Replace(sample, "/6", "6/", 1), "row 1 has 10 cells, and must have 9"},
		{"another sign", strings.Replace(sample, "7", "x", 1), `row 1, column 5 is 'X', and must be a digit from 1 to 9 or "." for an empty cell`},
		{"not ASCII", strings.Replace(sample, "7", "\u2465", 1), `row 1, column 5 is '⑥', and must be a digit from 1 to 9 or "." for an empty cell`},
		{"a letter too far", strings.Repeat(".", 255) + "H", `row 16, column 16 is 'H', and must be a digit from 1 to G or "." for an empty cell`},
		{"twice in a row", strings.Replace(sample, "53..7....", "53..7...3", 1), "row 1, column 9 is 3, and so is row 1, column 2 in the same row"},
		{"twice in a column", strings.Replace(sample, ".6....28.", "56....28.", 1), "row 7, column 1 is 5, and so is row 1, column 1 in the same column"},
		{"twice in a box", strings.Replace(sample, ".98....6.", "398....6.", 1), "row 3, column 1 is 3, and so is row 1, column 2 in the same box"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: sample})
		})
	}
}

func TestCheck(t *testing.T) {
	short := strings.Replace(strings.Replace(solved, "5", ".", 1), "/287", "/.87", 1)
	tests := []struct{ name, problem, steps, want string }{
		{"solved in any order", short, "r8c1=2 r1c1=5", ""},
		{"solved already", strings.ReplaceAll(solved, "/", "\n"), "", ""},
		{"unfinished", short, "r8c1=2", "sudoku: row 1, column 1 is empty: the puzzle is not solved"},
		{"a clash", short, "r8c1=5", `sudoku: step 1 ("r8c1=5") clashes with row 8, column 9`},
		{"a full cell", short, "r1c1=5 r1c1=5", `sudoku: step 2 ("r1c1=5") fills a cell that has a digit`},
		{"off the board", short, "r1c10=5", `sudoku: step 1 ("r1c10=5") is no row, column and digit of the board`},
		{"no digit", short, "r1c1=A", `sudoku: step 1 ("r1c1=A") is no row, column and digit of the board`},
		{"no step", short, "r1c1=55", `sudoku: step 1 ("r1c1=55") is not of the form "r1c1=1"`},
		{"a wrong problem", "55" + solved[2:], "", "sudoku: row 1, column 2 of the problem clashes with row 1, column 1"},
		{"no problem", "5", "", "sudoku: the problem has 1 cells"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := Environment().Check(tt.problem, strings.Fields(tt.steps)); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDraw(t *testing.T) {
	want := strings.TrimPrefix(`
       1  2  3    4  5  6    7  8  9
    +----------+----------+----------
  1 |  5  3  . |  .  7  . |  .  .  .
  2 |  6  .  . |  1  9  5 |  .  .  .
`, "\n")
	if got := parse(t, sample).(env.Drawer).Draw(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 13 {
		t.Errorf("the drawing is\n%s", got)
	}
}

// Whatever Parse accepts is a position whose text is read as the same one;
// whatever it refuses comes with a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", sample, solved, hard, noPlace, noCandidate, strings.Repeat(".", 256), sample[1:], "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		same(t, p)
		value, _ := p.Result()
		if err := Environment().Check(text, nil); (value == 1) != (err == nil) || value == 0 && !errors.Is(err, errUnsolved) {
			t.Fatalf("%q is worth %v, and the checker says: %v", text, value, err)
		}
	})
}

func ExampleParse() {
	p, err := Parse("53..7.... 6..195... .98....6. 8...6...3 4..8.3..1 7...2...6 .6....28. ...419..5 ....8..79")
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		m := p.Moves(nil)[0]
		fmt.Println(p.MoveText(m))
		p.Play(m)
	}
	fmt.Println(p)
	// Output:
	// r5c5=5
	// r5c2=2
	// r5c8=9
	// 53..7..../6..195.../.98....6./8...6...3/42.853.91/7...2...6/.6....28./...419..5/....8..79
}

// BenchmarkPlayout plays random games to the end and takes them back.
func BenchmarkPlayout(b *testing.B) {
	for _, bb := range []struct{ name, text string }{{"sample", sample}, {"hard", hard}, {"blank", strings.Repeat(".", 81)}, {"blank16", strings.Repeat(".", 256)}} {
		b.Run(bb.name, func(b *testing.B) {
			p := parse(b, bb.text)
			var random env.Rand
			var buf [maxSize]env.Move
			b.ReportAllocs()
			plies := 0
			for b.Loop() {
				plies += envtest.Playout(p, buf[:0], &random)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(plies), "ns/ply")
		})
	}
}

func parse(t testing.TB, text string) env.Position {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
