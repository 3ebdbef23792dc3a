package pegs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

const (
	late     = "##...##/##...##/......./....o../....oo./##.o.##/##..o## centre"
	solution = "b4-d4 e4-c4 g4-e4 d2-d4 b3-d3 d4-f4 c1-c3 e1-c1 d3-b3 a3-c3 f3-d3 d3-b3 a5-a3 a3-c3 c4-c2 c1-c3 " +
		"c6-c4 c3-c5 f5-f3 d5-f5 b5-d5 g3-e3 g5-e5 d5-f5 e2-e4 e7-e5 c7-e7 e4-e6 e7-e5 f5-d5 d6-d4"
)

func TestContract(t *testing.T) {
	envtest.Test(t, Environment(), "start", "start centre", late, "oo.", "o", ".o. centre", "o.. centre", "oo.oo", "ooo/o.o/ooo",
		"##ooo##/#ooooo#/ooooooo/ooo.ooo/ooooooo/#ooooo#/##ooo##", "oooooooo/oooooooo/oooooooo/ooo..ooo/oooooooo/oooooooo/oooooooo/oooooooo",
		"###ooo###/###ooo###/ooooooooo/ooooooooo/oooo.oooo/ooooooooo/ooooooooo centre")
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

// board is a position for the plain rules: the rows of its text.
type board []string

func (b board) at(row, column int) byte {
	if row < 0 || row >= len(b) || column < 0 || column >= len(b[row]) {
		return '#'
	}
	return b[row][column]
}

// jumps are the boards to which the jumps lead, by their names.
func (b board) jumps() map[string]board {
	out := map[string]board{}
	for row := range b {
		for c := range b[row] {
			for _, d := range [4][2]int{{0, 1}, {0, -1}, {1, 0}, {-1, 0}} {
				if b.at(row, c) != 'o' || b.at(row+d[0], c+d[1]) != 'o' || b.at(row+2*d[0], c+2*d[1]) != '.' {
					continue
				}
				next := slices.Clone(b)
				for i, sign := range "..o" {
					line := []byte(next[row+i*d[0]])
					line[c+i*d[1]] = byte(sign)
					next[row+i*d[0]] = string(line)
				}
				out[fmt.Sprintf("%c%d-%c%d", 'a'+c, row+1, 'a'+c+2*d[1], row+1+2*d[0])] = next
			}
		}
	}
	return out
}

// ends are the places of the last peg of every way to one, as rows and columns.
func (b board) ends(known map[string]map[[2]int]bool) map[[2]int]bool {
	text := strings.Join(b, "/")
	if out, ok := known[text]; ok {
		return out
	}
	out := map[[2]int]bool{}
	if strings.Count(text, "o") == 1 {
		for row := range b {
			if c := strings.IndexByte(b[row], 'o'); c >= 0 {
				out[[2]int{row, c}] = true
			}
		}
	}
	for _, next := range b.jumps() {
		for end := range next.ends(known) {
			out[end] = true
		}
	}
	known[text] = out
	return out
}

// backwards is a board that jumps lead to, one that can be solved if this one can: a peg
// that jumped is put back, and the one over which it jumped.
func (b board) backwards(r *env.Rand) board {
	swap := strings.NewReplacer("o", ".", ".", "o") // such a jump is one of holes over a hole
	turned := strings.Split(swap.Replace(strings.Join(b, "/")), "/")
	jumps := board(turned).jumps()
	if len(jumps) == 0 {
		return b
	}
	names := slices.Sorted(maps.Keys(jumps))
	return strings.Split(swap.Replace(strings.Join(jumps[names[r.N(len(names))]], "/")), "/")
}

// What is over and worth 0 before its time can't be solved, as all lines show that the
// plain rules allow; all else has the moves of the plain rules.
func TestPlainRules(t *testing.T) {
	known := map[string]map[[2]int]bool{}
	early, solvable := 0, 0
	for seed := range 2000 {
		r := env.Rand(seed)
		height, width := 1+r.N(5), 1+r.N(5)
		rows := make(board, height)
		signs := []string{"ooo..#", "......#"}[seed%2]
		for i := range rows {
			for range width {
				rows[i] += string(signs[r.N(len(signs))])
			}
		}
		if seed%2 == 1 {
			i := r.N(height)
			rows[i] = "o" + rows[i][1:]
			for range r.N(10) {
				rows = rows.backwards(&r)
			}
		}
		text := strings.Join(rows, "/")
		if n := strings.Count(text, "o"); n == 0 || n > 11 {
			continue
		}
		if height%2 == 1 && width%2 == 1 && rows.at(height/2, width/2) != '#' && r.N(2) == 1 {
			text += " centre"
		}
		for p := parse(t, text); ; {
			rows := board(strings.Split(strings.TrimSuffix(p.String(), " centre"), "/"))
			jumps := rows.jumps()
			ends := rows.ends(known)
			can := len(ends) > 0
			if strings.HasSuffix(text, "centre") {
				can = ends[[2]int{height / 2, width / 2}]
			}
			value, over := p.Result()
			one := strings.Count(p.String(), "o") == 1
			if wantOver := one || len(jumps) == 0; over && value != 0 != (one && can) || over && !wantOver && can || !over && wantOver {
				t.Fatalf("%s is worth %v, over %v: it can be solved %v", p, value, over, can)
			}
			if over {
				if len(jumps) > 0 {
					early++
				}
				break
			}
			if can {
				solvable++
			}
			moves := p.Moves(nil)
			for _, m := range moves {
				p.Play(m)
				got := strings.TrimSuffix(p.String(), " centre")
				p.Undo()
				if want := strings.Join(jumps[p.MoveText(m)], "/"); got != want {
					t.Fatalf("%s: %s leads to %q, want %q", p, p.MoveText(m), got, want)
				}
			}
			if len(moves) != len(jumps) {
				t.Fatalf("%s: %d moves, want %v", p, len(moves), jumps)
			}
			p.Play(moves[r.N(len(moves))])
		}
	}
	t.Logf("%d positions were over early, %d could be solved", early, solvable)
	if early < 150 || solvable < 300 {
		t.Errorf("%d positions were over early and %d could be solved: too few to tell", early, solvable)
	}
}

// Puzzles that the invariants show to be hopeless though pegs can jump, each beside one of
// the same kind that they don't.
func TestHopeless(t *testing.T) {
	const wide = "#########/#########/#o#######/#o#######/#.##.####/#########/#########/#########/#########"
	for text, hopeless := range map[string]bool{
		"oo./...": false, "oo./oo.": true, // both diagonals: two counts odd, one even
		"o.oo/....": false, "o.oo/.o..": true, // one direction of the diagonals only
		"oo. centre": true, ".oo.. centre": true, "oo... centre": false,
		wide: false, wide + " centre": true, // the parities of row and column
	} {
		p := parse(t, text)
		if value, over := p.Result(); over != hopeless || value != 0 || len(board(strings.Split(strings.TrimSuffix(text, " centre"), "/")).jumps()) == 0 {
			t.Errorf("%s is worth %v, over %v; want over %v", text, value, over, hopeless)
		}
	}
}

// On the English board with its centre empty so many positions are reached by so many
// jumps (OEIS A112737).
func TestReached(t *testing.T) {
	level := map[uint64]env.Position{0: parse(t, "start")}
	for jumps, want := range []int{1, 4, 12, 60, 296, 1338, 5648, 21842} {
		if len(level) != want {
			t.Fatalf("%d positions after %d jumps, want %d", len(level), jumps, want)
		}
		next := map[uint64]env.Position{}
		for _, p := range level {
			for _, m := range p.Moves(nil) {
				p.Play(m)
				if next[p.Hash()] == nil {
					next[p.Hash()] = p.Clone()
				}
				p.Undo()
			}
		}
		level = next
	}
}

// A solution of the English board is one, move by move, and to the checker.
func TestSolution(t *testing.T) {
	p := parse(t, "start centre")
	line := strings.Fields(solution)
	for i, name := range line {
		if _, over := p.Result(); over {
			t.Fatalf("%s is over before %s", p, name)
		}
		moves := p.Moves(nil)
		at := slices.IndexFunc(moves, func(m env.Move) bool { return p.MoveText(m) == name })
		if at < 0 {
			t.Fatalf("%s is no move of %s", name, p)
		}
		p.Play(moves[at])
		if err := Environment().Check("start centre", line[:i+1]); (err == nil) != (i == len(line)-1) {
			t.Fatalf("after %d jumps the checker says %v", i+1, err)
		}
	}
	if value, over := p.Result(); value != 1 || !over || len(line) != 31 {
		t.Errorf("%s is worth %v, over %v, after %d jumps", p, value, over, len(line))
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"by name", " Start\n", english},
		{"by name with a goal", "start  center", english + " centre"},
		{"as String writes it", late, late},
		{"spaces for no field", "  ooo/  ooo/ooooooo/ooo.ooo/ooooooo/  ooo/  ooo", english},
		{"a drawing", "\n  ooo  \r\n  ooo\nooooooo\nooo.ooo\nooooooo\n  ooo  \n  ooo  \ncentre\n", english + " centre"},
		{"spaces around", "  #OO\n.oo\n", "#oo/.oo"},
		{"unlike rows", "o.o/o/oo.o", "o.o#/o###/oo.o"},
		{"one peg", "o", "o"},
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
	const sign = `, and must be "o" for a peg, "." for a hole or "#" for no field`
	tests := []struct{ name, text, reason string }{
		{"empty", " \n", `the text has no board; the English one is "start"`},
		{"only a goal", "centre", `the text has no board; the English one is "start"`},
		{"a megabyte", strings.Repeat("o", 1<<20), "the text is longer than 1000 bytes"},
		{"another sign", "oo./oxo", "row 2, column 2 is 'x'" + sign},
		{"not ASCII", "oo./o\u2022o", "row 2, column 2 is '\u2022'" + sign},
		{"an empty row", "oo.//ooo", "row 2 is empty"},
		{"too wide", strings.Repeat("o", 27), "the board has 1 rows and 27 columns, and may have 26"},
		{"too high", strings.Repeat("o/", 26) + ".", "the board has 27 rows and 1 columns, and may have 26"},
		{"too many fields", strings.Repeat("oooooooooo/", 6) + "oooo.", "the board has more than 64 fields"},
		{"no peg", "#.#/.../#.#", "there is no peg on the board"},
		{"no centre", "oo.o centre", "the board of 1 rows and 4 columns has no field in its centre"},
		{"a hole in the centre of the wrong kind", "ooo/o#o/oo. centre", "the board of 3 rows and 3 columns has no field in its centre"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: example})
		})
	}
}

func TestCheck(t *testing.T) {
	tests := []struct{ name, problem, steps, want string }{
		{"solved", late, "e4-e6 e7-e5 f5-d5 d6-d4", ""},
		{"solved in spaces", "\n  o\n  o\no.. \n", "c1-c3", "pegs: 2 pegs are left: the puzzle is not solved"},
		{"anywhere", "oo.", "a1-c1", ""},
		{"not on the centre", "oo. center", "a1-c1", "pegs: the last peg is not on the centre: the puzzle is not solved"},
		{"no jump", late, "e4e6", `pegs: step 1 ("e4e6") is no jump such as "d2-d4"`},
		{"a jump and more", late, "e4-e6x", `pegs: step 1 ("e4-e6x") is no jump such as "d2-d4"`},
		{"askew", late, "e4-f6", `pegs: step 1 ("e4-f6") does not go two fields along a row or a column`},
		{"no peg", late, "a4-c4", `pegs: step 1 ("a4-c4") begins where there is no peg`},
		{"over no peg", late, "e4-c4", `pegs: step 1 ("e4-c4") jumps over no peg`},
		{"off the board", "oo.", "b1-z1", `pegs: step 1 ("b1-z1") does not go two fields along a row or a column`},
		{"to no hole", "ooo./o...", "a1-c1", `pegs: step 1 ("a1-c1") ends where there is no hole`},
		{"to no field", ".oo#", "b1-d1", `pegs: step 1 ("b1-d1") ends where there is no hole`},
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
   a b c d e f g
 1     . . .
 2     . . .
 3 . . . . . . .
 4 . . . . o . .
 5 . . . . o o .
 6     . o .
 7     . . o
the last peg must be on d4`, "\n")
	if diff := cmp.Diff(want, parse(t, late).(env.Drawer).Draw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The estimate rises on the way to the solution of a puzzle that is nearly solved.
func TestEstimate(t *testing.T) {
	p := parse(t, "##...##/##...##/......./...oo../......./##...##/##...##")
	nearer, _ := p.(env.Estimator).Estimate()
	start, _ := parse(t, "start").(env.Estimator).Estimate()
	if apart, _ := parse(t, "##.o.##/##.o.##/......./......./......./##...##/##...##").(env.Estimator).Estimate(); !(start < apart && apart < nearer && nearer < 1) {
		t.Errorf("the estimates are %v at the start, %v with two pegs at the rim and %v in the middle", start, apart, nearer)
	}
}

// Whatever Parse accepts is a position whose text is read as the same one;
// whatever it refuses comes with a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"start", "", example, late, "oo./ o ./#.o\n center", ".o. centre", "\to", "oo.//", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		value, _ := p.Result()
		if err := Environment().Check(text, nil); (value == 1) != (err == nil) {
			t.Fatalf("%q is worth %v, and the checker says: %v", text, value, err)
		}
		for _, m := range p.Moves(nil) {
			name := p.MoveText(m)
			p.Play(m)
			value, _ := p.Result()
			if err := Environment().Check(text, []string{name}); (value == 1) != (err == nil) || value == 0 && !errors.Is(err, errUnsolved) {
				t.Fatalf("%q after %s is worth %v, and the checker says: %v", text, name, value, err)
			}
			p.Undo()
		}
	})
}

func ExampleParse() {
	p, err := Parse("oo.o centre")
	fmt.Println(p, err)
	if p, err = Parse("oo.oo centre"); err != nil {
		fmt.Println(err)
		return
	}
	value, over := p.Result()
	fmt.Println(p, value, over)
	// Output:
	// <nil> problem "oo.o centre": the board of 1 rows and 4 columns has no field in its centre; for example: ##ooo##/##ooo##/ooooooo/ooo.ooo/ooooooo/##ooo##/##ooo## centre
	// oo.oo centre 0 true
}

// BenchmarkPlayout plays random games to the end and takes them back.
func BenchmarkPlayout(b *testing.B) {
	for _, text := range []string{"start", "start centre"} {
		b.Run(text, func(b *testing.B) {
			p := parse(b, text)
			var random env.Rand
			var buf [256]env.Move
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
