package cube

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

const solvedFaces = "UUUU/RRRR/FFFF/DDDD/LLLL/BBBB"

func parse(t testing.TB, text string) *position {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*position)
}

func TestEnvironment(t *testing.T) {
	envtest.Test(t, Environment(), puzzle.SampleState, example, "scramble R U' F2 R U2 F' R' U F R2 in 20", "scramble R in 1", "scramble R in 1 after R",
		solvedFaces, "scramble R2 U in 1", "scramble U F in 30 after F")
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"solved", solvedFaces, solvedFaces + " in 11"},
		{"no moves", "scramble", solvedFaces + " in 11"},
		{"U", "scramble U", "UUUU/BBRR/RRFF/DDDD/FFLL/LLBB in 11"},
		{"R", "scramble R in 5", "UFUF/RRRR/FDFD/DBDB/LLLL/UBUB in 5"},
		{"F", "scramble F in 5", "UULL/URUR/FFFF/RRDD/LDLD/BBBB in 5"},
		{"small letters and a curly apostrophe", " Scramble  u’ u IN 5 after r ", solvedFaces + " in 5 after R"},
		{"white space", "uuuu rrrr\nffff|dddd llll\tbbbb in 7", solvedFaces + " in 7"},
		{"other colours", "YYYY/OOOO/GGGG/WWWW/RRRR/BBBB", solvedFaces + " in 11"},
		{"another face in front", "UUUU/FFFF/LLLL/DDDD/BBBB/RRRR", solvedFaces + " in 11"},
		{"upside down", "WGWG/OOOO/GYGY/YBYB/RRRR/WBWB", "UFUF/RRRR/FDFD/DBDB/LLLL/UBUB in 11"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parse(t, tt.text).String()); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const letter = `, and must be a letter (or the text begins with "scramble")`
	tests := []struct{ name, text, reason string }{
		{"empty", "", "there are 0 stickers, and must be 24: 4 of each face"},
		{"too long", strings.Repeat("U", 1001), "the text is longer than 1000 bytes"},
		{"no letter", "UUUU/RRRR/FFFF/DDDD/LLLL/BBB1", "sticker 24 is '1'" + letter},
		{"no UTF-8", "U\xff", "sticker 2 is '\uFFFD'" + letter},
		{"23 stickers", "UUUU/RRRR/FFFF/DDDD/LLLL/BBB", "there are 23 stickers, and must be 24: 4 of each face"},
		{"25 stickers", solvedFaces + "B", "there are 25 stickers, and must be 24: 4 of each face"},
		{"a colour five times", "UUUU/RRRR/FFFF/DDDD/LLLL/BBBU", "the number of stickers of the colour U is 5, and must be 4"},
		{"two stickers of a corner exchanged", "UUUR/URRR/FFFF/DDDD/LLLL/BBBB", "the corner URF has the colours RUF, clockwise: there is no such corner"},
		{"stickers of two corners exchanged", "UUUR/RURR/FFFF/DDDD/LLLL/BBBB", "the corner URF has the colours RRF, clockwise: there is no such corner"},
		{"a mirrored corner", "UUUU/RLRR/FFFF/DDDD/LRLL/BBBB", "the corner UFL has the colours UFR, clockwise: there is no such corner"},
		{"a corner twice", "UUUU/RBRR/RFFF/DDDD/LFLL/LBBB", "the corners URF and UFL have the same colours"},
		{"a colour opposite to none", "UUUU/RRDR/FFFF/RDDD/LLLL/BBBB", "the colour L is on corners with 5 others, and must be with 4"},
		{"a twisted corner", "UUUF/URRR/FRFF/DDDD/LLLL/BBBB", "a corner is twisted: no moves lead to such a cube"},
		{"two corners twisted alike", "UULF/URRR/URFF/DDDD/LFLL/BBBB", "a corner is twisted: no moves lead to such a cube"},
		{"another move", "scramble R L' U", "move 2 of the scramble is \"L'\", and must be one of U U' U2 R R' R2 F F' F2"},
		{"a number", "scramble R 2", "move 2 of the scramble is \"2\", and must be one of U U' U2 R R' R2 F F' F2"},
		{"100 moves", solvedFaces + " in 100", "100 moves can't be left: there may be 99"},
		{"moves beyond numbers", "scramble in 99999999999999999999999", "99999999999999999999 moves can't be left: there may be 99"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason})
		})
	}
}

// distances are the moves that each cube takes, half turns counted as one, by its order
// and twists; counts are how many cubes take 0, 1, 2 … moves.
var distances = sync.OnceValues(func() (distance []uint8, counts []int) {
	tables := allTables()
	const unseen = 255
	distance = slices.Repeat([]uint8{unseen}, orders*twists)
	distance[0] = 0
	for front := []int32{0}; len(front) > 0; {
		counts = append(counts, len(front))
		var then []int32
		for _, n := range front {
			at, twist := &tables.order.next[n/twists], &tables.twists.next[n%twists]
			for m := range at {
				if to := int32(at[m])*twists + int32(twist[m]); distance[to] == unseen {
					distance[to] = uint8(len(counts))
					then = append(then, to)
				}
			}
		}
		front = then
	}
	return distance, counts
})

// So many cubes take 0, 1, 2 … moves, 3,674,160 in all; and no bound is greater than
// what a cube takes.
func TestEveryCube(t *testing.T) {
	distance, counts := distances()
	want := []int{1, 9, 54, 321, 1847, 9992, 50136, 227536, 870072, 1887748, 623800, 2644}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("cubes by their moves (-want +got):\n%s", diff)
	}
	for n, moves := range distance {
		p := position{tables: allTables(), situation: situation{at: uint16(n / twists), twist: uint16(n % twists)}}
		if bound := p.bound(); bound > moves || (bound == 0) != (moves == 0) {
			t.Fatalf("%s takes %d moves, and the bound is %d", &p, moves, bound)
		}
	}
}

// Positions of other futures have other hashes.
func TestHash(t *testing.T) {
	texts := map[uint64]string{}
	for _, text := range []string{"scramble R in 5", "scramble R in 6", "scramble R in 5 after U", "scramble R in 5 after F", "scramble R2 in 5", "scramble R U2 R U2 R in 5"} {
		hash := parse(t, text).Hash()
		if was, seen := texts[hash]; seen {
			t.Errorf("%s and %s have the same hash", was, text)
		}
		texts[hash] = text
	}
}

var moveSequence = rapid.Custom(func(t *rapid.T) []string {
	var moves []string
	last := ""
	for range rapid.IntRange(0, 12).Draw(t, "number of moves") {
		m := rapid.SampledFrom(moveNames[:]).Filter(func(m string) bool { return m[:1] != last }).Draw(t, "move")
		moves, last = append(moves, m), m[:1]
	}
	return moves
})

// inverse takes moves back.
func inverse(moves []string) []string {
	var out []string
	for _, m := range slices.Backward(moves) {
		switch {
		case strings.HasSuffix(m, "2"):
		case strings.HasSuffix(m, "'"):
			m = m[:1]
		default:
			m += "'"
		}
		out = append(out, m)
	}
	return out
}

// The stickers of a scrambled cube, in any colours, are read as that cube, and the
// checker, which turns stickers in space, finds it solved by the moves taken back.
func TestStickers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moves := moveSequence.Draw(t, "moves")
		scramble := "scramble " + strings.Join(moves, " ") + " in 12"
		p, err := Parse(scramble)
		if err != nil {
			t.Fatal(err)
		}
		colours := rapid.Permutation([]string{"W", "Y", "G", "I", "N", "O"}).Draw(t, "colours")
		painted := strings.NewReplacer("U", colours[0], "R", colours[1], "F", colours[2], "D", colours[3], "L", colours[4], "B", colours[5]).Replace(p.String())
		for _, text := range []string{p.String(), painted} {
			again, err := Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if again.Hash() != p.Hash() || again.String() != p.String() {
				t.Fatalf("%s is read as %s", text, again)
			}
		}
		back := inverse(moves)
		for i := range back { // it may be solved before
			if check(p.String(), back[:i]) == nil {
				back = back[:i]
				break
			}
		}
		for _, text := range []string{scramble, p.String(), painted} {
			if err := check(text, back); err != nil {
				t.Fatalf("%s, %q: %v", text, back, err)
			}
		}
	})
}

// A cube is solved in N moves exactly if N is at least what it takes, and the checker
// takes the solution, and nothing less or more.
func TestSolutions(t *testing.T) {
	distance, _ := distances()
	rapid.Check(t, func(t *rapid.T) {
		moves := moveSequence.Draw(t, "moves")
		moves = moves[:min(len(moves), 5)]
		scramble := "scramble " + strings.Join(moves, " ")
		for n := range len(moves) + 2 {
			p, err := Parse(fmt.Sprintf("%s in %d", scramble, n))
			if err != nil {
				t.Fatal(err)
			}
			need := int(distance[int(p.(*position).at)*twists+int(p.(*position).twist)])
			steps, ok := solve(p)
			if ok != (n >= need) {
				t.Fatalf("%s: solved %v, and it takes %d moves", p, ok, need)
			}
			if !ok {
				continue
			}
			if err := check(p.String(), steps); err != nil {
				t.Fatalf("%s, %q: %v", p, steps, err)
			}
			fewer := fmt.Sprintf("%s in %d", scramble, len(steps)-1)
			if len(steps) > 0 && (check(fewer, steps) == nil || check(scramble, steps[1:]) == nil) || check(scramble, append(steps, "U")) == nil {
				t.Fatalf("%s: the checker takes too much", p)
			}
		}
	})
}

// solve finds a solution in the moves that are left, if there is one.
func solve(p env.Position) (steps []string, ok bool) {
	if value, over := p.Result(); over {
		return nil, value == 1
	}
	for _, m := range p.Moves(nil) {
		name := p.MoveText(m)
		p.Play(m)
		rest, ok := solve(p)
		p.Undo()
		if ok {
			return append([]string{name}, rest...), true
		}
	}
	return nil, false
}

// Each number of an order and of twists is that of its corners.
func TestNumbers(t *testing.T) {
	for n := range uint16(orders) {
		if c := cubiesOf(n, n%twists); c.order() != n || c.allTwists() != n%twists {
			t.Fatalf("the number %d became %d and %d", n, c.order(), c.allTwists())
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	const none = "it is none of U, U', U2, R, R', R2, F, F' and F2"
	tests := []struct{ problem, steps, want string }{
		{example, "F2 U R'", ""},
		{example, "F2 U", "after the last step the cube is not solved"},
		{example, "", "after the last step the cube is not solved"},
		{example, "F2 U R' U", `step 4, "U": it comes when the cube is solved`},
		{example, "F2 F U R'", `step 2, "F": the same face was turned just before`},
		{"scramble R in 1 after R", "R'", `step 1, "R'": the same face was turned just before`},
		{"scramble R in 1 after U", "R'", ""},
		{example, "F2 U R U", `step 4, "U": there were only 3 moves left`},
		{example, "L", `step 1, "L": ` + none},
		{example, "R3", `step 1, "R3": ` + none},
		{example, "RU", `step 1, "RU": ` + none},
		{example, "r", `step 1, "r": ` + none},
		{"scramble X", "", `move "X" of the scramble: ` + none},
		{"UUUU", "", "the problem has not 24 stickers"},
		{solvedFaces + " in 99999999999999999999", "", `the number of moves left: strconv.Atoi: parsing "99999999999999999999": value out of range`},
	}
	for _, tt := range tests {
		t.Run(tt.steps, func(t *testing.T) {
			got := ""
			if err := check(tt.problem, strings.Fields(tt.steps)); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDraw(t *testing.T) {
	const want = `   UF
   UF
LL FD RR UB
LL FD RR UB
   DB
   DB
moves left: 4, none of them now of R`
	if diff := cmp.Diff(want, parse(t, "scramble R in 4 after R").Draw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever Parse accepts is read again as the same position, and whatever it refuses
// comes with a reason and a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", example, solvedFaces, puzzle.SampleState, "scramble", "scramble u’ in 3 after u", "☠",
		"UUUF/URRR/FRFF/DDDD/LLLL/BBBB", "WGWG/OOOO/GYGY/YBYB/RRRR/WBWB", "UUUU/LLLL/FFFF/DDDD/RRRR/BBBB"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		was := p.String()
		value, over := p.Result()
		if err := check(text, nil); (over && value == 1) != (err == nil) {
			t.Fatalf("%s: result %v, %v, and the checker says %v", was, value, over, err)
		}
		for _, m := range p.Moves(nil) {
			name := p.MoveText(m)
			err := check(text, []string{name})
			p.Play(m)
			if value, over = p.Result(); (over && value == 1) != (err == nil) {
				t.Fatalf("%s after %s: result %v, %v, and the checker says %v", was, name, value, over, err)
			}
			p.Undo()
			if p.String() != was {
				t.Fatalf("%s became %s after %s was undone", was, p, name)
			}
		}
	})
}

func ExampleParse() {
	p, err := Parse("scramble R U' in 2")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"U", "R'"} {
		for _, m := range p.Moves(nil) {
			if p.MoveText(m) == name {
				fmt.Println(p)
				p.Play(m)
				break
			}
		}
	}
	fmt.Println(p)
	fmt.Println(p.Result())
	_, err = Parse("UUUF/URRR/FRFF/DDDD/LLLL/BBBB")
	fmt.Println(err)
	// Output:
	// FFUU/FDRR/LLFD/DBDB/UBLL/RRUB in 2
	// UFUF/RRRR/FDFD/DBDB/LLLL/UBUB in 1 after U
	// UUUU/RRRR/FFFF/DDDD/LLLL/BBBB in 0 after R
	// 1 true
	// problem "UUUF/URRR/FRFF/DDDD/LLLL/BBBB": a corner is twisted: no moves lead to such a cube; for example: scramble R U' F2 in 3
}

// BenchmarkPlay plays at random, until the moves left are too few, and takes it back.
func BenchmarkPlay(b *testing.B) {
	p := parse(b, "scramble R U' F2 R U2 F' R' U F R2 in 99").Clone()
	var random env.Rand
	buf := make([]env.Move, 0, 100)
	plies := 0
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for {
			if _, over := p.Result(); over {
				break
			}
			moves := p.Moves(buf)
			p.Play(moves[random.N(len(moves))])
			n++
		}
		plies += n
		for range n {
			p.Undo()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(plies), "ns/ply")
}
