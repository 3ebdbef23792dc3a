package hex

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

func TestContract(t *testing.T) {
	envtest.Test(t, Environment(), "start", "size 2", "size 3", "size 5", "size 7", Environment().SampleState,
		"XO.O/OXX./XOO./XXO.", "X.X/OXO/XO.")
}

// grid is the board as a person sees it, with the plain reading of the rules that
// the bitboards are held against.
type grid []string

func gridOf(text string) grid { return strings.Split(text, "/") }

func (g grid) at(y, x int) byte {
	if y < 0 || x < 0 || y >= len(g) || x >= len(g) {
		return 0
	}
	return g[y][x]
}

// joined follows chains from one side and looks whether they come to the other one.
func (g grid) joined(player int) bool {
	seen := map[[2]int]bool{}
	var walk func(y, x int) bool
	walk = func(y, x int) bool {
		if g.at(y, x) != "XO"[player] || seen[[2]int{y, x}] {
			return false
		}
		seen[[2]int{y, x}] = true
		return []int{y, x}[player] == len(g)-1 || walk(y, x-1) || walk(y, x+1) ||
			walk(y-1, x) || walk(y-1, x+1) || walk(y+1, x) || walk(y+1, x-1)
	}
	for i := range g {
		if start := [][2]int{{0, i}, {i, 0}}[player]; walk(start[0], start[1]) {
			return true
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
	f.Over = g.joined(1 - f.ToMove)
	for y, row := range g {
		for x, c := range row {
			if c == '.' && !f.Over {
				f.Moves = append(f.Moves, fmt.Sprintf("%c%d", 'a'+x, y+1))
			}
		}
	}
	return f
}

func (g grid) play(move string) grid {
	x, y, next := int(move[0]-'a'), 0, append(grid(nil), g...)
	fmt.Sscan(move[1:], &y)
	y--
	next[y] = next[y][:x] + "XO"[g.facts().ToMove:][:1] + next[y][x+1:]
	return next
}

func factsOf(p env.Position) facts {
	f := facts{Text: p.String(), ToMove: p.ToMove()}
	f.Value, f.Over = p.Result()
	for _, m := range p.Moves(nil) {
		f.Moves = append(f.Moves, p.MoveText(m))
	}
	return f
}

// Every position of random games is what the plain rules say, on the way to the
// end and on the way back.
func TestAgainstReference(t *testing.T) {
	won := [2]int{}
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		p := empty(rapid.IntRange(MinSize, MaxSize).Draw(t, "size"))
		line := []grid{gridOf(p.String())}
		for {
			want := line[len(line)-1].facts()
			if diff := cmp.Diff(want, factsOf(p)); diff != "" {
				t.Fatalf("after %d plies (-want +got):\n%s", len(line)-1, diff)
			}
			if want.Over {
				won[1-want.ToMove]++
				break
			}
			i := random.N(len(want.Moves))
			p.Play(p.Moves(nil)[i])
			line = append(line, line[len(line)-1].play(want.Moves[i]))
		}
		for i := len(line) - 2; i >= 0; i-- {
			p.Undo()
			if diff := cmp.Diff(line[i].facts(), factsOf(p)); diff != "" {
				t.Fatalf("back at ply %d (-want +got):\n%s", i, diff)
			}
		}
	})
	if won[0] == 0 || won[1] == 0 {
		t.Errorf("X won %d games and O %d", won[0], won[1])
	}
}

// On every full board of 4 by 4 cells just one player has joined two sides: the one
// that the plain rules say.
func TestFullBoards(t *testing.T) {
	for set := range 1 << 16 {
		p, text := empty(4), ""
		for i := range 16 {
			player := set >> i & 1
			p.stones[player][i/4+1] |= 1 << (i%4 + 1)
			text += "XO"[player:][:1]
			if i == 3 || i == 7 || i == 11 {
				text += "/"
			}
		}
		want := gridOf(text).joined(0)
		if x, o := p.joined(0), p.joined(1); x != want || o == want {
			t.Fatalf("%s: X %v, O %v; want X %v", text, x, o, want)
		}
	}
}

// A chain that winds up and down the whole board is one.
func TestWindingChain(t *testing.T) {
	text := ""
	for r := range MaxSize {
		switch r % 4 {
		case 0, 2:
			text += "/" + strings.Repeat("X", MaxSize)
		case 1:
			text += "/" + strings.Repeat(".", MaxSize-1) + "X"
		case 3:
			text += "/X" + strings.Repeat(".", MaxSize-1)
		}
	}
	g := gridOf(text[1:])
	p := empty(MaxSize)
	for r, row := range g {
		for c, sign := range row {
			if sign == 'X' {
				p.stones[0][r+1] |= 1 << (c + 1)
			}
		}
	}
	if !p.joined(0) || !g.joined(0) {
		t.Error("the chain is not seen")
	}
	p.stones[0][4] = 0
	if p.joined(0) {
		t.Error("a broken chain is seen as one")
	}
}

// The first player wins every empty board (Nash), on 2 by 2 cells by a move to the
// short diagonal only.
func TestFirstPlayerWins(t *testing.T) {
	off := func(p *Position, m env.Move) int {
		r, c, middle := 2*int(m>>4), 2*int(m&15), int(p.size)+1
		return (r-middle)*(r-middle) + (c-middle)*(c-middle) + (r-middle)*(c-middle)
	}
	known := map[uint64]bool{}
	var wins func(p *Position) bool
	wins = func(p *Position) (win bool) {
		if _, over := p.Result(); over {
			return false
		}
		if win, seen := known[p.Hash()]; seen {
			return win
		}
		moves := p.Moves(nil)
		slices.SortFunc(moves, func(a, b env.Move) int { // from the middle, where wins are
			return off(p, a) - off(p, b)
		})
		for _, m := range moves {
			p.Play(m)
			lost := !wins(p)
			p.Undo()
			if lost {
				win = true
				break
			}
		}
		known[p.Hash()] = win
		return win
	}
	for size := 2; size <= 4; size++ {
		if !wins(empty(size)) {
			t.Errorf("size %d: the first player does not win", size)
		}
	}
	p := empty(2)
	var good []string
	for _, m := range p.Moves(nil) {
		p.Play(m)
		if !wins(p) {
			good = append(good, p.MoveText(m))
		}
		p.Undo()
	}
	if diff := cmp.Diff([]string{"b1", "a2"}, good); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Positions have the same hash just where they have the same text.
func TestHashes(t *testing.T) {
	byHash, byText := map[uint64]string{}, map[string]uint64{}
	var random env.Rand
	for size := MinSize; size <= MaxSize; size++ {
		for range 100 {
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
	for _, text := range []string{
		"size 2", "size 3", "size 4", ".../.X./...", "X../.O./...", "XO.O/OXX./XO../XXO.", "..O.X/.X.O./..X../O.O../X....", "start",
	} {
		p := parse(t, text)
		games := 10_000
		if p.size == MaxSize {
			games = 1000
		}
		random := env.Rand(1)
		rolled, played := 0.0, 0.0
		for range games {
			rolled += float64(p.Roll(&random))
			q := p.Clone()
			for {
				if _, over := q.Result(); over {
					break
				}
				moves := q.Moves(nil)
				q.Play(moves[random.N(len(moves))])
			}
			if q.ToMove() != p.ToMove() {
				played++
			}
		}
		// Each mean is off by at most half of 1/sqrt(games) as a rule.
		if diff := math.Abs(rolled-played) / float64(games); diff > 4*math.Sqrt(0.5/float64(games)) {
			t.Errorf("%s: %g by itself, %g move by move", text, rolled/float64(games), played/float64(games))
		}
	}
	p, random := empty(MaxSize), env.Rand(1)
	if n := testing.AllocsPerRun(100, func() { p.Roll(&random) }); n != 0 {
		t.Errorf("a roll allocates %v times", n)
	}
}

// A roll-out takes every way to fill the board equally often.
func TestRollIsEven(t *testing.T) {
	p := parse(t, ".X./O.O/.X.") // X gets three of five cells, and wins by six of the ten ways
	random := env.Rand(1)
	const games = 100_000
	sum := 0.0
	for range games {
		sum += float64(p.Roll(&random))
	}
	ways, wins := 0, 0
	for set := range 32 {
		text, x := []byte(".X./O.O/.X."), 0
		for i, cell := range []int{0, 2, 5, 8, 10} {
			text[cell] = "OX"[set>>i&1]
			x += set >> i & 1
		}
		if x == 3 {
			ways++
			if gridOf(string(text)).joined(0) {
				wins++
			}
		}
	}
	want := float64(wins) / float64(ways)
	if math.Abs(sum/games-want) > 4*0.5/math.Sqrt(games) {
		t.Errorf("X wins %g of the games, want %g", sum/games, want)
	}
}

// The step of the sample wins by force: within five plies in all, which no
// other move does.
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
			if !wins(3) {
				good = good[:len(good)-1]
				p.Undo()
				break
			}
			p.Undo()
		}
		p.Undo()
	}
	if diff := cmp.Diff([]string{"d2"}, good); diff != "" || !slices.Contains(good, step) {
		t.Errorf("the step %s (-want +got):\n%s", step, diff)
	}
}

func TestParse(t *testing.T) {
	empty11 := strings.Repeat("/...........", 11)[1:]
	tests := []struct{ name, text, want string }{
		{"the start", "start", empty11},
		{"a size", "size 3", ".../.../..."},
		{"a size with spaces", " size  2\n", "../.."},
		{"spaces around", " \t.O./.X./...\r\n", example},
		{"small letters", ".o./.x./...", example},
		{"lines", ".O.\r\n.X.\r\n...", example},
		{"as drawn by hand", ". O .\n . X .\n  . . .", example},
		{"a win by the last move", "OX./OX./X..", "OX./OX./X.."},
		{"a win of O", "X.X/OOO/X..", "X.X/OOO/X.."},
		{"two ways through one cell", "X.X/OXO/XO.", "X.X/OXO/XO."},
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
		empty = `the text is empty; the empty board is "start", smaller ones are "size 5" and the like`
		size  = "the size must be a number from 2 to 11"
		rows  = `, and must be 2 to 11 with "/" between them`
		turns = ": X moves first, so there must be as many X as O, or one more"
	)
	tests := []struct{ name, text, reason string }{
		{"empty", "", empty},
		{"blank", " \n", empty},
		{"a megabyte", strings.Repeat(".", 1<<20), "the text is longer than 600 bytes"},
		{"size 1", "size 1", size},
		{"size 12", "size 12", size},
		{"no size", "size", size},
		{"size five", "size five", size},
		{"one row", ".", "the number of rows is 1" + rows},
		{"twelve rows", strings.Repeat("/", 11), "the number of rows is 12" + rows},
		{"a short row", "../../...", "row 1 has 2 cells, and must have 3: as many as there are rows"},
		{"a long row", "../...", "row 2 has 3 cells, and must have 2: as many as there are rows"},
		{"another sign", ".../.X./.0.", "cell b3 is '0', and must be X, O or ."},
		{"no UTF-8", "..\xff/.../...", "cell c1 is '\uFFFD', and must be X, O or ."},
		{"O first", ".../.O./...", "there are 0 X and 1 O" + turns},
		{"X twice", "X../X../...", "there are 2 X and 0 O" + turns},
		{"X has won, and O has moved", "XO./XO./XO.", "X has joined two sides, but O has moved after that"},
		{"O has won, and X has moved", "XX./OOO/XX.", "O has joined two sides, but X has moved after that"},
		{"two chains of X", "XOXO/XOXO/XOXO/XOX.", "X has joined two sides in several ways, and no last move can have done that"},
		{"two chains of O", "OOOO/XXXX/OOOO/XXXX", "O has joined two sides in several ways, and no last move can have done that"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: example})
		})
	}
}

// Parse takes just the drawings of 3 by 3 cells to which a game leads.
func TestEveryDrawing(t *testing.T) {
	known := map[string]uint64{}
	p := empty(3)
	var walk func()
	walk = func() {
		text := p.String()
		if _, seen := known[text]; seen {
			return
		}
		known[text] = p.Hash()
		for _, m := range p.Moves(nil) {
			p.Play(m)
			walk()
			p.Undo()
		}
	}
	walk()
	taken := 0
	for drawing := range 19683 {
		text := []byte(".../.../...")
		for i, d := 0, drawing; d > 0; i, d = i+1, d/3 {
			text[i+i/3] = ".XO"[d%3]
		}
		hash, reachable := known[string(text)]
		p, err := Parse(string(text))
		if reachable != (err == nil) || err == nil && p.Hash() != hash {
			t.Fatalf("%s: reachable %v, Parse: %v", text, reachable, err)
		}
		if reachable {
			taken++
			if diff := cmp.Diff(gridOf(string(text)).facts(), factsOf(p)); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", text, diff)
			}
		}
	}
	if taken != len(known) {
		t.Errorf("%d of %d positions are taken", taken, len(known))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"start", "", "size 4", "size 99", example, "X.X/OXO/XOX", "XX./OOO/X..", "../..\n", "/", ". O\n . X"} {
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
	p := parse(t, "OX./OX./X..")
	want := "   a b c\n 1 O X .\n  2 O X .\n   3 X . .\nX joins top and bottom, O joins left and right; X has won\n"
	if diff := cmp.Diff(want, p.Draw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := empty(MaxSize).Draw(); strings.Count(got, "\n") != 13 || !strings.Contains(got, "\n         10 .") || !strings.Contains(got, " j k\n") {
		t.Errorf("the empty board is drawn as\n%s", got)
	}
}

func ExampleEnvironment() {
	p, err := Environment().Position("size 3")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range []string{"b2", "b1", "c1", "b3", "a3"} {
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
	// .OX/.X./XO.
	//    a b c
	//  1 . O X
	//   2 . X .
	//    3 X O .
	// X joins top and bottom, O joins left and right; X has won
}

// BenchmarkPlayout plays random games to the end and takes them back, as a search
// does.
func BenchmarkPlayout(b *testing.B) {
	p := empty(MaxSize).Clone()
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
}

// BenchmarkRoll counts a ply for each cell that is filled.
func BenchmarkRoll(b *testing.B) {
	for _, size := range []int{5, MaxSize} {
		b.Run(fmt.Sprint("size ", size), func(b *testing.B) {
			p := empty(size)
			var random env.Rand
			b.ReportAllocs()
			for b.Loop() {
				p.Roll(&random)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(size*size*b.N), "ns/ply")
		})
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
