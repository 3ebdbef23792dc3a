package nqueens

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

func TestContract(t *testing.T) {
	envtest.Test(t, Environment(), "8", "1", "2", "3", "5", "6: c2", "8: c1 c5 c8", "8: c1 c5 c8 c6 c3 c7 c2", "12: c4", "27", "63", "64")
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

// plain is what the rules say of a board, read off its text, place by place.
type plain struct {
	Moves []string
	Value float32
	Over  bool
}

func plainly(text string) plain {
	head, rest, _ := strings.Cut(text, ":")
	size, _ := strconv.Atoi(head)
	var queens []int
	for _, field := range strings.Fields(rest) {
		c, _ := strconv.Atoi(field[1:])
		queens = append(queens, c)
	}
	free := func(row, column int) bool {
		for r, c := range queens {
			if c == column || r+c == row+column || r-c == row-column {
				return false
			}
		}
		return true
	}
	if len(queens) == size {
		return plain{Value: 1, Over: true}
	}
	var out plain
	inRow, inColumn := make([]int, size), make([]int, size+1)
	for row := len(queens); row < size; row++ {
		for c := 1; c <= size; c++ {
			if !free(row, c) {
				continue
			}
			inRow[row]++
			inColumn[c]++
			if row == len(queens) {
				out.Moves = append(out.Moves, fmt.Sprint("c", c))
			}
		}
	}
	for row := len(queens); row < size; row++ {
		out.Over = out.Over || inRow[row] == 0
	}
	for c := 1; c <= size; c++ {
		out.Over = out.Over || inColumn[c] == 0 && !slices.Contains(queens, c)
	}
	if out.Over {
		out.Moves = nil
	}
	return out
}

func plainOf(p env.Position) plain {
	var out plain
	for _, m := range p.Moves(nil) {
		out.Moves = append(out.Moves, p.MoveText(m))
	}
	if value, over := p.Result(); over {
		out.Value, out.Over = value, true
	}
	return out
}

// On the way of random play, positions are what the plain rules say of their texts.
func TestPlainRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, MaxQueens).Draw(t, "size")
		p, err := Parse(strconv.Itoa(size))
		if err != nil {
			t.Fatal(err)
		}
		for {
			if diff := cmp.Diff(plainly(p.String()), plainOf(p)); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", p, diff)
			}
			if v, known := p.(env.Estimator).Estimate(); !known || v < 0 || v > 1 {
				t.Fatalf("%s: the estimate is %v, %v", p, v, known)
			}
			moves := p.Moves(nil)
			if len(moves) == 0 {
				return
			}
			p.Play(rapid.SampledFrom(moves).Draw(t, "move"))
		}
	})
}

// solutions counts the ends worth 1, and has each checked.
func solutions(t *testing.T, p env.Position, problem string, line []string) (n int) {
	if value, over := p.Result(); over {
		if err := Environment().Check(problem, line); (err == nil) != (value == 1) {
			t.Fatalf("%s is worth %v, and the checker says: %v", p, value, err)
		}
		return int(value)
	}
	for _, m := range p.Moves(nil) {
		name := p.MoveText(m)
		p.Play(m)
		n += solutions(t, p, problem, append(line, name))
		p.Undo()
	}
	return n
}

// The numbers of solutions are those of OEIS A000170.
func TestSolutions(t *testing.T) {
	for i, want := range []int{1, 0, 0, 2, 10, 4, 40, 92, 352} {
		problem := strconv.Itoa(i + 1)
		if got := solutions(t, parse(t, problem), problem, nil); got != want {
			t.Errorf("%s queens: %d solutions, want %d", problem, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"the usual puzzle by name", "start", "8"},
		{"just a size", " 64\n", "64"},
		{"no columns behind the sign", "8:", "8"},
		{"columns", "8: c1 c5 c8", "8: c1 c5 c8"},
		{"bare numbers and commas", "8:1, 5,C8", "8: c1 c5 c8"},
		{"solved", "4: 2 4 1 3", "4: c2 c4 c1 c3"},
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
	const size = ", and must be from 1 to 64"
	tests := []struct{ name, text, reason string }{
		{"empty", " ", `there is no number of queens; the usual one is "8"`},
		{"only columns", ": c1", `there is no number of queens; the usual one is "8"`},
		{"a megabyte", strings.Repeat("8", 1<<20), "the text is longer than 1000 bytes"},
		{"no queens", "0", `the number of queens is "0"` + size},
		{"too many", "65", `the number of queens is "65"` + size},
		{"words", "eight queens, please, on a board", `the number of queens is "eight queens, please"` + size},
		{"more columns than rows", "4: 2 4 1 3 2", "there are 5 columns for 4 rows"},
		{"a column too far", "8: c1 c9", `the queen of row 2 is at "c9", and must be at a column from c1 to c8`},
		{"a letter", "8: e", `the queen of row 1 is at "e", and must be at a column from c1 to c8`},
		{"the same column", "8: c1 c3 c1", "the queen of row 3 at c1 is on the same column as that of row 1 at c1"},
		{"a falling diagonal", "8: c2 c4 c1 c5", "the queen of row 4 at c5 is on the same diagonal as that of row 1 at c2"},
		{"a rising diagonal", "8: c1 c7 c6", "the queen of row 3 at c6 is on the same diagonal as that of row 2 at c7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: example})
		})
	}
}

func TestCheck(t *testing.T) {
	tests := []struct{ name, problem, steps, want string }{
		{"solved", "4", "c2 c4 c1 c3", ""},
		{"solved from a text of another kind", " 4 : 2,4\n", "c1 c3", ""},
		{"by name", "start", "c1 c5 c8 c6 c3 c7 c2 c4", ""},
		{"unfinished", "4", "c2 c4 c1", "nqueens: row 4 has no queen: the puzzle is not solved"},
		{"one too many", "4", "c2 c4 c1 c3 c1", `nqueens: step 5 ("c1") is one too many: every row has its queen`},
		{"on a diagonal", "4: c2", "c4 c3", `nqueens: step 2 ("c3") attacks the queen of row 2`},
		{"on a column", "4: c2", "c2", `nqueens: step 1 ("c2") attacks the queen of row 1`},
		{"off the board", "4", "c5", `nqueens: step 1 ("c5") is no column from c1 to c4`},
		{"a wrong problem", "4: c2 c3", "c2", "nqueens: the queen of row 2 in the problem attacks the queen of row 1"},
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
     c1  c2  c3  c4
  1   x   Q   x   x
  2   x   x   x   .
  3   .   x   .   x
  4   .   x   .   .`, "\n")
	if diff := cmp.Diff(want, parse(t, "4: c2").(env.Drawer).Draw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever Parse accepts is a position whose text is read as the same one;
// whatever it refuses comes with a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"start", "", example, "64", "4: 2 4 1 3", "8: c1 c1", "8: c1 c9", "8:\xff", ":", "+8:c+1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		if diff := cmp.Diff(plainly(p.String()), plainOf(p)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
		if value, _ := p.Result(); (value == 1) != (Environment().Check(text, nil) == nil) {
			t.Fatalf("%q is worth %v, and the checker says: %v", text, value, Environment().Check(text, nil))
		}
	})
}

func ExampleParse() {
	p, err := Parse("6: c1 c3")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range p.Moves(nil) {
		p.Play(m)
		value, over := p.Result()
		fmt.Println(p, value, over)
		p.Undo()
	}
	_, err = Parse("6: c2 c3")
	fmt.Println(err)
	// Output:
	// 6: c1 c3 c5 0 true
	// 6: c1 c3 c6 0 false
	// problem "6: c2 c3": the queen of row 2 at c3 is on the same diagonal as that of row 1 at c2; for example: 8: c1 c5 c8
}

// BenchmarkPlayout plays random games to the end and takes them back.
func BenchmarkPlayout(b *testing.B) {
	for _, size := range []string{"8", "20", "64"} {
		b.Run(size, func(b *testing.B) {
			p := parse(b, size)
			var random env.Rand
			var buf [MaxQueens]env.Move
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
