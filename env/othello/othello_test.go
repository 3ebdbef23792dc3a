package othello

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
	"github.com/ponder-mcts/ponder/mcts"
)

const (
	endgame  = "OOOOOOOO/OXXXXXXO/OXOXXXXO/OXXOXXXO/OXXXOXXO/OXXXXO../OOOOOOO./OXXXXX.. X"
	mustPass = "XXXXXXXX/XXXXXXXX/XXXXXXXX/XXXXXXXX/XXXXXXXX/XXXXXXXX/XXXXXXXX/XXXXXXO. O"
	wiped    = "......../......../....X.../...XXX../..XXXXX./...XXX../....X.../........ O"
)

func TestContract(t *testing.T) {
	envtest.Test(t, Environment(), "start", Environment().SampleState, endgame, mustPass, wiped)
}

// grid is the board as a person sees it, with the plain reading of the rules that
// the bitboards are held against.
type grid struct {
	cells [8][8]byte // rows from the top
	mover byte
}

func gridOf(text string) (g grid) {
	for i, row := range strings.Split(text[:71], "/") {
		copy(g.cells[i][:], row)
	}
	g.mover = text[72]
	return g
}

func (g grid) String() string {
	var rows []string
	for _, row := range g.cells {
		rows = append(rows, string(row[:]))
	}
	return strings.Join(rows, "/") + " " + string(g.mover)
}

func other(side byte) byte { return 'X' + 'O' - side }

// turned lists the cells (8 times the row and the column) that a disc encloses.
func (g grid) turned(cell int, side byte) (all []int) {
	if g.cells[cell/8][cell%8] != '.' {
		return nil
	}
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			var line []int
			for y, x := cell/8+dy, cell%8+dx; y >= 0 && y < 8 && x >= 0 && x < 8 && g.cells[y][x] != '.'; y, x = y+dy, x+dx {
				if g.cells[y][x] == side {
					all = append(all, line...)
					break
				}
				line = append(line, 8*y+x)
				if dy == 0 && dx == 0 {
					break
				}
			}
		}
	}
	return all
}

func (g grid) legal(side byte) (moves []env.Move) {
	for cell := range 64 {
		if len(g.turned(cell, side)) > 0 {
			moves = append(moves, env.Move(cell))
		}
	}
	return moves
}

func (g grid) play(m env.Move) grid {
	if m != Pass {
		for _, cell := range append(g.turned(int(m), g.mover), int(m)) {
			g.cells[cell/8][cell%8] = g.mover
		}
	}
	g.mover = other(g.mover)
	return g
}

// facts is all that a Position tells, but for its hash.
type facts struct {
	Text   string
	ToMove int
	Value  float32 // if over
	Over   bool
	Moves  []env.Move
}

func (g grid) facts() facts {
	f := facts{Text: g.String(), ToMove: strings.IndexByte("XO", g.mover), Moves: g.legal(g.mover)}
	if len(f.Moves) > 0 {
		return f
	}
	if len(g.legal(other(g.mover))) > 0 {
		f.Moves = []env.Move{Pass}
		return f
	}
	f.Over = true
	own, opp := strings.Count(f.Text[:71], string(g.mover)), strings.Count(f.Text[:71], string(other(g.mover)))
	switch {
	case own > opp:
		f.Value = 1
	case own == opp:
		f.Value = 0.5
	}
	return f
}

func factsOf(p env.Position) facts {
	f := facts{Text: p.String(), ToMove: p.ToMove(), Moves: p.Moves(nil)}
	f.Value, f.Over = p.Result()
	return f
}

// Every position of random games is what the plain rules say, on the way to the
// end and on the way back.
func TestAgainstReference(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		p, line := New(), []grid{gridOf(New().String())}
		for {
			want := line[len(line)-1].facts()
			if diff := cmp.Diff(want, factsOf(p)); diff != "" {
				t.Fatalf("after %d plies (-want +got):\n%s", len(line)-1, diff)
			}
			if want.Over {
				seen[fmt.Sprint("value ", want.Value)]++
				break
			}
			m := want.Moves[random.N(len(want.Moves))]
			if m == Pass {
				seen["pass"]++
			}
			p.Play(m)
			line = append(line, line[len(line)-1].play(m))
		}
		for i := len(line) - 2; i >= 0; i-- {
			p.Undo()
			if diff := cmp.Diff(line[i].facts(), factsOf(p)); diff != "" {
				t.Fatalf("back at ply %d (-want +got):\n%s", i, diff)
			}
		}
	})
	if seen["pass"] == 0 || seen["value 1"] == 0 || seen["value 0"] == 0 {
		t.Errorf("of passes and ends only these were seen: %v", seen)
	}
}

// Boards with discs anywhere are what the plain rules say too.
func TestAnyBoard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := gridOf(New().String())
		signs := rapid.SampledFrom([]string{".XO", ".XXXOOO", "XO", ".XOOOOO", ".XXXXXO"}).Draw(t, "signs")
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		for cell := range 64 {
			if y, x := cell/8, cell%8; g.cells[y][x] == '.' {
				g.cells[y][x] = signs[random.N(len(signs))]
			}
		}
		g.mover = "XO"[random.N(2)]
		p := parse(t, g.String())
		want := g.facts()
		if diff := cmp.Diff(want, factsOf(p)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		for _, m := range want.Moves {
			p.Play(m)
			if diff := cmp.Diff(g.play(m).facts(), factsOf(p)); diff != "" {
				t.Fatalf("%s, move %s (-want +got):\n%s", g, p.MoveText(m), diff)
			}
			p.Undo()
		}
	})
}

// The numbers of games of 1 to 8 plies are the known ones.
func TestPerft(t *testing.T) {
	p := New()
	var perft func(depth int) int
	perft = func(depth int) (n int) {
		moves := p.Moves(nil)
		if depth == 1 {
			return len(moves)
		}
		for _, m := range moves {
			p.Play(m)
			n += perft(depth - 1)
			p.Undo()
		}
		return n
	}
	var got []int
	for depth := 1; depth <= 8; depth++ {
		got = append(got, perft(depth))
	}
	if diff := cmp.Diff([]int{4, 12, 56, 244, 1396, 8200, 55092, 390216}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The shortest game there is has nine moves, and leaves no O on the board.
func TestShortestGame(t *testing.T) {
	p := New()
	for _, move := range strings.Fields("e6 f4 e3 f6 g5 d6 e7 f5 c5") {
		playText(t, p, move)
	}
	if diff := cmp.Diff(facts{Text: wiped, ToMove: 1, Over: true}, factsOf(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The sample comes about in a game, and its step is one.
func TestSample(t *testing.T) {
	state, step := Environment().Example()
	p := New()
	for _, move := range strings.Fields("d3 c3 c4") {
		playText(t, p, move)
	}
	if p.String() != state || Environment().Rules() == "" {
		t.Errorf("the sample is %s, and the game %s", state, p)
	}
	playText(t, p, step)
}

func TestPass(t *testing.T) {
	p := parse(t, strings.Replace(mustPass, " O", " X", 1))
	playText(t, p, "h8")
	if diff := cmp.Diff(facts{Text: strings.Repeat("XXXXXXXX/", 7) + "XXXXXXXX O", ToMove: 1, Over: true}, factsOf(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p = parse(t, mustPass)
	playText(t, p, "pass")
	playText(t, p, "h8")
	p.Undo()
	p.Undo()
	if p.String() != mustPass {
		t.Errorf("back at %s", p)
	}
}

// Positions that differ in a disc or the side to move have different hashes, and
// those of random games do too.
func TestHashes(t *testing.T) {
	byHash := map[uint64]string{}
	var random env.Rand
	n := 0
	for n < 50_000 {
		for p := New(); ; n++ {
			turn := parse(t, p.String()[:72]+string("OX"[p.mover]))
			for _, q := range []*Position{p, turn} {
				if was, seen := byHash[q.Hash()]; seen && was != q.String() {
					t.Fatalf("%s and %s have the hash %#x", was, q, q.Hash())
				}
				byHash[q.Hash()] = q.String()
			}
			moves := p.Moves(nil)
			if len(moves) == 0 {
				break
			}
			p.Play(moves[random.N(len(moves))])
		}
	}
	if len(byHash) < n {
		t.Errorf("%d hashes of %d positions", len(byHash), n)
	}
}

// What a position plays by itself is worth the same on average as games move by move.
func TestRollIsARandomGame(t *testing.T) {
	for _, text := range []string{"start", Environment().SampleState, endgame, mustPass} {
		p := parse(t, text)
		const games = 10_000
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
	p, random := New(), env.Rand(1)
	if n := testing.AllocsPerRun(100, func() { p.Roll(&random) }); n != 0 {
		t.Errorf("a roll allocates %v times", n)
	}
}

// The estimate is the same for a board turned round, mirrored or with the players
// exchanged, and greater for one with a corner more.
func TestEstimateIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := env.Rand(rapid.Uint64().Draw(t, "seed"))
		p := New()
		for range rapid.IntRange(0, 50).Draw(t, "plies") {
			if moves := p.Moves(nil); len(moves) > 0 {
				p.Play(moves[random.N(len(moves))])
			}
		}
		want, known := p.Estimate()
		if !known || !(want > 0 && want < 1) {
			t.Fatalf("%s: %v, %v", p, want, known)
		}
		same := func(what string, q *Position) {
			if got, _ := q.Estimate(); math.Abs(got-want) > 1e-12 {
				t.Fatalf("%s: %v, and %v %s", p, want, got, what)
			}
		}
		g := gridOf(p.String())
		turned, mirrored, exchanged := g, g, g
		for y := range 8 {
			for x := range 8 {
				turned.cells[x][7-y] = g.cells[y][x]
				mirrored.cells[y][7-x] = g.cells[y][x]
				if g.cells[y][x] != '.' {
					exchanged.cells[y][x] = other(g.cells[y][x])
				}
			}
		}
		exchanged.mover = other(g.mover)
		same("turned", parse(t, turned.String()))
		same("mirrored", parse(t, mirrored.String()))
		same("exchanged", parse(t, exchanged.String()))
	})
	without := "......../.X....../..OX..../...XO.../...XO.../......../......../........ O"
	with := "......../.X....../..OX..../...XO.../...XO.../......../......../O....... O"
	a, _ := parse(t, without).Estimate()
	if b, _ := parse(t, with).Estimate(); b <= a {
		t.Errorf("%v with a corner, and %v without", b, a)
	}
}

// A search by the estimate beats one by roll-outs with as many simulations.
func TestEstimateBeatsRolls(t *testing.T) {
	judges := [2]func(uint64) mcts.Judge{
		func(uint64) mcts.Judge {
			return func(p env.Position) float64 {
				if value, over := p.Result(); over {
					return float64(value)
				}
				value, _ := p.(env.Estimator).Estimate()
				return value
			}
		},
		func(seed uint64) mcts.Judge {
			random := env.Rand(seed)
			return func(p env.Position) float64 {
				if value, over := p.Result(); over {
					return float64(value)
				}
				return float64(p.(env.Roller).Roll(&random))
			}
		},
	}
	const games = 12
	random, score := env.Rand(1), 0.0
	for game := range games {
		p := New()
		for range 6 {
			moves := p.Moves(nil)
			p.Play(moves[random.N(len(moves))])
		}
		estimator := game % 2 // plays this side
		for {
			if value, over := p.Result(); over {
				if p.ToMove() != estimator {
					value = 1 - value
				}
				score += float64(value)
				break
			}
			judge := judges[p.ToMove()^estimator]
			s, err := mcts.NewPosition(p, mcts.PositionOptions{Judge: judge, Rule: mcts.UCT{}, Simulations: 100, Seed: uint64(game)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Run(); err != nil {
				t.Fatal(err)
			}
			m, _ := s.Best()
			p.Play(m)
		}
	}
	if score < 0.6*games {
		t.Errorf("the estimate scores %v of %d", score, games)
	}
	t.Logf("the estimate scores %v of %d", score, games)
}

func TestParse(t *testing.T) {
	start := New().String()
	if start != example {
		t.Errorf("the start is %s", start)
	}
	tests := []struct{ name, text, want string }{
		{"the start by name", "start", start},
		{"spaces around", " \t" + start + "\r\n", start},
		{"small letters", strings.ToLower(start), start},
		{"dashes", strings.ReplaceAll(start, ".", "-"), start},
		{"lines", strings.ReplaceAll(start, "/", "\r\n"), start},
		{"the side in a line of its own", strings.ReplaceAll(strings.ReplaceAll(start, " ", "\n"), "/", "\n"), start},
		{"spaces between cells", strings.Join(strings.Split(start[:71], ""), " ") + " O", start[:72] + "O"},
		{"all in one", strings.ReplaceAll(start, "/", ""), start},
		{"the end of a game", wiped, wiped},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := parse(t, tt.text).String(); got != tt.want {
				t.Errorf("Parse(%q) = %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const (
		rows = `, and must be 8 with "/" between them`
		turn = "behind the board there must be a space and the side to move, X or O"
	)
	tests := []struct{ name, text, reason string }{
		{"empty", "", `the text is empty; the start of a game is "start"`},
		{"blank", " \n", `the text is empty; the start of a game is "start"`},
		{"a megabyte", strings.Repeat(".", 1<<20), "the text is longer than 400 bytes"},
		{"no side to move", example[:71], turn},
		{"no space", example[:71] + "X", turn},
		{"another side", example[:72] + "B", turn},
		{"a side alone", "X", turn},
		{"no board", "/ X", "the number of rows is 1" + rows},
		{"lines without a board", "/\nX", "the number of rows is 2" + rows},
		{"seven rows", example[9:], "the number of rows is 7" + rows},
		{"nine rows", "......../" + example, "the number of rows is 9" + rows},
		{"63 in one", strings.ReplaceAll(example, "/", "")[1:], "the number of rows is 1" + rows},
		{"a short row", example[1:], "row 1 has 7 cells, and must have 8"},
		{"a long row", example[:71] + ". X", "row 8 has 9 cells, and must have 8"},
		{"another sign", strings.Replace(example, "OX", "0X", 1), "cell d4 is '0', and must be X, O or ."},
		{"no UTF-8", "\xff" + example[1:], "cell a1 is '\uFFFD', and must be X, O or ."},
		{"nothing in the middle", strings.Replace(example, "XO", "X.", 1), "cell e5 is empty, but the four in the middle never are"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: example})
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"start", "", example, endgame, mustPass, wiped, "/\nX", "X", strings.ReplaceAll(example, "/", ""), "é" + example[2:]} {
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
	const rest = "5 . . X X X X X .\n6 . . . X X X . .\n7 . . . . X . . .\n8 . . . . . . . .\n"
	tests := []struct{ text, want string }{
		{wiped, "  a b c d e f g h\n1 . . . . . . . .\n2 . . . . . . . .\n3 . . . . X . . .\n4 . . . X X X . .\n" + rest + "X 13, O 0; X has won\n"},
		{"start", "X 2, O 2; X to move\n"},
		{mustPass, "X 62, O 1; O must pass\n"},
		{strings.Repeat("XXXXOOOO/", 7) + "XXXXOOOO X", "X 32, O 32; a draw\n"},
		{strings.Repeat("XXXOOOOO/", 7) + "XXXOOOOO X", "X 24, O 40; O has won\n"},
	}
	for _, tt := range tests {
		if got := parse(t, tt.text).Draw(); !strings.HasSuffix(got, tt.want) || strings.Count(got, "\n") != 10 {
			t.Errorf("%s is drawn as\n%s", tt.text, got)
		}
	}
}

func ExampleEnvironment() {
	p, err := Environment().Position("start")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range p.Moves(nil) {
		p.Play(m)
		p.Undo()
		fmt.Println(p.MoveText(m))
	}
	fmt.Print(p.(env.Drawer).Draw())
	// Output:
	// d3
	// c4
	// f5
	// e6
	//   a b c d e f g h
	// 1 . . . . . . . .
	// 2 . . . . . . . .
	// 3 . . . . . . . .
	// 4 . . . O X . . .
	// 5 . . . X O . . .
	// 6 . . . . . . . .
	// 7 . . . . . . . .
	// 8 . . . . . . . .
	// X 2, O 2; X to move
}

// BenchmarkPlayout plays random games to the end and takes them back, as a search
// does.
func BenchmarkPlayout(b *testing.B) {
	p := New().Clone()
	var random env.Rand
	var buf [64]env.Move
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

func BenchmarkEstimate(b *testing.B) {
	p := parse(b, Environment().SampleState)
	b.ReportAllocs()
	for b.Loop() {
		p.Estimate()
	}
}

// BenchmarkRoll counts 60 plies a game, of which a few are passes.
func BenchmarkRoll(b *testing.B) {
	p := New()
	var random env.Rand
	b.ReportAllocs()
	for b.Loop() {
		p.Roll(&random)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(60*b.N), "ns/ply")
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

func playText(t *testing.T, p *Position, move string) {
	t.Helper()
	for _, m := range p.Moves(nil) {
		if p.MoveText(m) == move {
			p.Play(m)
			return
		}
	}
	t.Fatalf("%s: the move %s is not legal", p, move)
}
