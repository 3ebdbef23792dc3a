package gomoku

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

const (
	lastCell = "OOXOO/OXOXO/.XXXX/XOOOX/XXOOX"
	drawn    = "XOXOX/XOOXX/OOXXX/OXXOX/OXOOO"
	six      = "....../....../XXX.XX/....../OOOOO./......"
)

func TestContract(t *testing.T) {
	envtest.Test(t, Environment(), "size 5", "size 9", Environment().SampleState, lastCell, drawn)
	for _, err := range envtest.Check(t.Context(), Environment(), envtest.Options{Walks: 3, Steps: 3000, Plies: 400}, "start", "size 19") {
		t.Error(err)
	}
}

// grid is the board as a person sees it, rows from the top, with the plain reading of
// the rules that the bitboards are held against.
type grid []string

func gridOf(text string) grid { return strings.Split(text, "/") }

func (g grid) five(player int) bool {
	for y := range g {
		for x := range g {
			for _, d := range [][2]int{{0, 1}, {1, 0}, {1, 1}, {1, -1}} {
				n := 0
				for v, u := y, x; v < len(g) && u >= 0 && u < len(g) && g[v][u] == "XO"[player]; v, u = v+d[0], u+d[1] {
					n++
				}
				if n >= 5 {
					return true
				}
			}
		}
	}
	return false
}

// facts is all that a Position tells, but for its hash.
type facts struct {
	Text   string
	ToMove int
	Value  float32 // if over
	Over   bool
	Moves  []string
}

func (g grid) facts() facts {
	f := facts{Text: strings.Join(g, "/")}
	f.ToMove = strings.Count(f.Text, "X") - strings.Count(f.Text, "O")
	switch {
	case g.five(1 - f.ToMove):
		f.Over = true
		return f
	case !strings.Contains(f.Text, "."):
		f.Over, f.Value = true, 0.5
	}
	for y := len(g) - 1; y >= 0; y-- {
		for x, c := range g[y] {
			if c == '.' {
				f.Moves = append(f.Moves, fmt.Sprintf("%c%d", 'a'+x, len(g)-y))
			}
		}
	}
	return f
}

func (g grid) play(move string, toMove int) grid {
	x, y, next := int(move[0]-'a'), 0, append(grid(nil), g...)
	fmt.Sscan(move[1:], &y)
	y = len(g) - y
	next[y] = next[y][:x] + "XO"[toMove:][:1] + next[y][x+1:]
	return next
}

func factsOf(p env.Position) facts {
	f := facts{Text: p.String(), ToMove: p.ToMove()}
	if f.Value, f.Over = p.Result(); !f.Over {
		f.Value = 0
	}
	for _, m := range p.Moves(nil) {
		f.Moves = append(f.Moves, p.MoveText(m))
	}
	return f
}

// Every position of random games is what the plain rules say, on the way to the
// end and on the way back.
func TestAgainstReference(t *testing.T) {
	ends := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		p := empty(rapid.IntRange(MinSize, 10).Draw(t, "size"))
		line := []grid{gridOf(p.String())}
		for {
			want := line[len(line)-1].facts()
			if diff := cmp.Diff(want, factsOf(p)); diff != "" {
				t.Fatalf("after %d plies (-want +got):\n%s", len(line)-1, diff)
			}
			if want.Over {
				ends[fmt.Sprint(want.Value, want.ToMove)]++
				break
			}
			i := random.N(len(want.Moves))
			p.Play(p.Moves(nil)[i])
			line = append(line, line[len(line)-1].play(want.Moves[i], want.ToMove))
		}
		for i := len(line) - 2; i >= 0; i-- {
			p.Undo()
			if diff := cmp.Diff(line[i].facts(), factsOf(p)); diff != "" {
				t.Fatalf("back at ply %d (-want +got):\n%s", i, diff)
			}
		}
	})
	if ends["0 0"] == 0 || ends["0 1"] == 0 || ends["0.5 0"]+ends["0.5 1"] == 0 {
		t.Errorf("the games ended %v", ends)
	}
}

// Each line of five wins by each of its stones, and no four of them do. There are
// 572 such lines on 15 by 15 cells, and 1020 on 19 by 19.
func TestEveryLineOfFive(t *testing.T) {
	for size, want := range map[int]int{5: 12, 15: 572, 19: 1020} {
		n := 0
		for row := range size {
			for column := range size {
				for _, d := range [][2]int{{0, 1}, {1, 0}, {1, 1}, {-1, 1}} {
					if y, x := row+4*d[0], column+4*d[1]; y < 0 || y >= size || x >= size {
						continue
					}
					n++
					for last := range 5 {
						var l lines
						for i := range 5 {
							if i != last && l.toggle(move(row+i*d[0], column+i*d[1])) {
								t.Fatalf("a win without the stone %d of the five from %d, %d to %v", last, row, column, d)
							}
						}
						if !l.toggle(move(row+last*d[0], column+last*d[1])) || !l.five() {
							t.Fatalf("no win by the stone %d of the five from %d, %d to %v", last, row, column, d)
						}
					}
				}
			}
		}
		if n != want {
			t.Errorf("size %d has %d lines, want %d", size, n, want)
		}
	}
}

// More than five in a row win too.
func TestOverline(t *testing.T) {
	p := parse(t, strings.Replace(six, "OOOOO.", "OOOO.O", 1))
	if _, over := p.Result(); over {
		t.Fatal("over already")
	}
	playText(t, p, "d4")
	want := facts{Text: "....../....../XXXXXX/....../OOOO.O/......", ToMove: 1, Over: true}
	if diff := cmp.Diff(want, factsOf(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Positions have the same hash just where they have the same text.
func TestHashes(t *testing.T) {
	byHash, byText := map[uint64]string{}, map[string]uint64{}
	var random env.Rand
	for size := MinSize; size <= MaxSize; size++ {
		for range 20 {
			for p := empty(size); ; {
				text, hash := p.String(), p.Hash()
				if was, seen := byHash[hash]; seen && was != text {
					t.Fatalf("%s and %s have the hash %#x", was, text, hash)
				}
				if was, seen := byText[text]; seen && was != hash {
					t.Fatalf("%s has the hashes %#x and %#x", text, was, hash)
				}
				byHash[hash], byText[text] = text, hash
				moves := p.Moves(nil)
				if len(moves) == 0 {
					break
				}
				p.Play(moves[random.N(len(moves))])
			}
		}
	}
	if len(byHash) < 10_000 {
		t.Errorf("only %d positions", len(byHash))
	}
}

// What a position plays by itself is worth the same on average as games move by move.
func TestRollIsARandomGame(t *testing.T) {
	for _, text := range []string{"size 5", "size 7", Environment().SampleState, lastCell, "XXX../OOO../...../...../....."} {
		p := parse(t, text)
		const games = 5000
		random := env.Rand(1)
		rolled, played := 0.0, 0.0
		for range games {
			rolled += float64(p.Roll(&random))
			q := p.Clone()
			for {
				value, over := q.Result()
				if over {
					if q.ToMove() != p.ToMove() {
						value = 1 - value
					}
					played += float64(value)
					break
				}
				moves := q.Moves(nil)
				q.Play(moves[random.N(len(moves))])
			}
		}
		// Each mean is off by at most half of 1/sqrt(games) as a rule.
		if diff := math.Abs(rolled-played) / games; diff > 4*math.Sqrt(0.5/games) {
			t.Errorf("%s: %g by itself, %g move by move", text, rolled/games, played/games)
		}
	}
	p, random := empty(MaxSize), env.Rand(1)
	if n := testing.AllocsPerRun(100, func() { p.Roll(&random) }); n != 0 {
		t.Errorf("a roll allocates %v times", n)
	}
}

// The step of the sample wins by force: within three plies in all, which only
// one other move does.
func TestSample(t *testing.T) {
	state, step := Environment().Example()
	p := parse(t, state)
	if p.String() != state || Environment().Rules() == "" {
		t.Errorf("the sample %s is written %s", state, p)
	}
	var wins func(plies int) bool
	wins = func(plies int) bool {
		if _, over := p.Result(); over || plies == 0 {
			return false
		}
		for _, m := range p.Moves(nil) {
			p.Play(m)
			_, won := p.Result()
			if !won && plies > 2 {
				won = true
				for _, reply := range p.Moves(nil) {
					p.Play(reply)
					won = won && wins(plies-2)
					p.Undo()
				}
			}
			p.Undo()
			if won {
				return true
			}
		}
		return false
	}
	var good []string
	for _, m := range p.Moves(nil) {
		p.Play(m)
		good = append(good, p.MoveText(m))
		for _, reply := range p.Moves(nil) {
			p.Play(reply)
			if !wins(1) {
				good = good[:len(good)-1]
				p.Undo()
				break
			}
			p.Undo()
		}
		p.Undo()
	}
	if diff := cmp.Diff([]string{"b5", "f5"}, good); diff != "" || !slices.Contains(good, step) {
		t.Errorf("the step %s (-want +got):\n%s", step, diff)
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"the start", "start", strings.Repeat("/...............", 15)[1:]},
		{"a size", "size 5", "...../...../...../...../....."},
		{"a size with spaces", " size  6\n", strings.Repeat("/......", 6)[1:]},
		{"spaces around", " \t" + example + "\r\n", example},
		{"small letters", strings.ToLower(example), example},
		{"lines", strings.ReplaceAll(example, "/", "\r\n"), example},
		{"as drawn by hand", ". . . . .\n . . O . . \n. . X . .\n. . . . .\n.....", example},
		{"a win by the last move", "XXXXX/OOOO./...../...../.....", "XXXXX/OOOO./...../...../....."},
		{"a win of O", "XXXX./OOOOO/X..../...../.....", "XXXX./OOOOO/X..../...../....."},
		{"two fives through one cell", "XXXXX/XOOOO/XOO../XOO../X....", "XXXXX/XOOOO/XOO../XOO../X...."},
		{"a draw", drawn, drawn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.text)
			if diff := cmp.Diff(gridOf(tt.want).facts(), factsOf(p)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const (
		empty = `the text is empty; the empty board is "start", others are "size 9" and the like`
		size  = "the size must be a number from 5 to 19"
		rows  = `, and must be 5 to 19 with "/" between them`
		turns = ": X moves first, so there must be as many X as O, or one more"
	)
	tests := []struct{ name, text, reason string }{
		{"empty", "", empty},
		{"blank", " \n", empty},
		{"a megabyte", strings.Repeat(".", 1<<20), "the text is longer than 1000 bytes"},
		{"size 4", "size 4", size},
		{"size 20", "size 20", size},
		{"no size", "size", size},
		{"size nine", "size nine", size},
		{"four rows", "..../..../..../....", "the number of rows is 4" + rows},
		{"twenty rows", strings.Repeat("/", 19), "the number of rows is 20" + rows},
		{"a short row", example[1:], "row 5 has 4 cells, and must have 5: as many as there are rows"},
		{"a long row", example + ".", "row 1 has 6 cells, and must have 5: as many as there are rows"},
		{"another sign", strings.Replace(example, "O", "0", 1), "cell c4 is '0', and must be X, O or ."},
		{"no UTF-8", "\xff" + example[1:], "cell a5 is '\uFFFD', and must be X, O or ."},
		{"O first", strings.Replace(example, "X", ".", 1), "there are 0 X and 1 O" + turns},
		{"X twice", strings.Replace(example, "O", "X", 1), "there are 2 X and 0 O" + turns},
		{"X has won, and O has moved", "XXXXX/OOOO./....O/...../.....", "X has five in a row, but O has moved after that"},
		{"O has won, and X has moved", "OOOOO/XXXX./XX.../...../.....", "O has five in a row, but X has moved after that"},
		{"both have won", "OOOOO/XXXXX/...../...../.....", "X has five in a row, but O has moved after that"},
		{"two fives of X", "XXXXX/OOOO./OOOO./O..../XXXXX", "X has five in a row, but no last move can have made that"},
		{"two fives of O", "OOOOO/XXXX./XXXX./XX.../OOOOO", "O has five in a row, but no last move can have made that"},
		{"ten in a row", "XXXXXXXXXX/O.O.O.O.O./O.O.O.O..." + strings.Repeat("/..........", 7), "X has five in a row, but no last move can have made that"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: example})
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"start", "", "size 7", "size 99", example, lastCell, drawn, six, "////", strings.Repeat("/......", 6)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		if diff := cmp.Diff(gridOf(p.String()).facts(), factsOf(p)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

func TestDraw(t *testing.T) {
	tests := []struct{ text, want string }{
		{example, " 5 . . . . .\n 4 . . O . .\n 3 . . X . .\n 2 . . . . .\n 1 . . . . .\n   a b c d e\nX to move\n"},
		{"XXXXX/OOOO./...../...../.....", " 5 X X X X X\n 4 O O O O .\n 3 . . . . .\n 2 . . . . .\n 1 . . . . .\n   a b c d e\nX has won\n"},
		{drawn, " 5 X O X O X\n 4 X O O X X\n 3 O O X X X\n 2 O X X O X\n 1 O X O O O\n   a b c d e\na draw\n"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, parse(t, tt.text).Draw()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}

func ExampleEnvironment() {
	p, err := Environment().Position("size 5")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range []string{"c3", "c4"} {
		for _, m := range p.Moves(nil) {
			if p.MoveText(m) == step {
				p.Play(m)
				break
			}
		}
	}
	fmt.Println(p)
	fmt.Print(p.(env.Drawer).Draw())
	// Output:
	// ...../..O../..X../...../.....
	//  5 . . . . .
	//  4 . . O . .
	//  3 . . X . .
	//  2 . . . . .
	//  1 . . . . .
	//    a b c d e
	// X to move
}

// BenchmarkPlayout plays random games to the end and takes them back, as a search
// does.
func BenchmarkPlayout(b *testing.B) {
	p := empty(Standard).Clone()
	var random env.Rand
	var buf [MaxSize * MaxSize]env.Move
	b.ReportAllocs()
	plies := 0
	for b.Loop() {
		n := 0
		for {
			if _, over := p.Result(); over {
				break
			}
			moves := p.Moves(buf[:0])
			p.Play(moves[random.N(len(moves))])
			n++
		}
		for range n {
			p.Undo()
		}
		plies += n
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(plies), "ns/ply")
	b.ReportMetric(float64(plies)/float64(b.N), "plies/op")
}

// BenchmarkRoll plays the games of which BenchmarkPlayout counts the plies.
func BenchmarkRoll(b *testing.B) {
	p := empty(Standard)
	var random env.Rand
	b.ReportAllocs()
	for b.Loop() {
		p.Roll(&random)
	}
}

func parse(t interface {
	Helper()
	Fatal(...any)
}, text string) *Position {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Position)
}

func playText(t *testing.T, p *Position, step string) {
	t.Helper()
	for _, m := range p.Moves(nil) {
		if p.MoveText(m) == step {
			p.Play(m)
			return
		}
	}
	t.Fatalf("%s: the move %s is not legal", p, step)
}
