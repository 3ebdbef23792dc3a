package npuzzle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

const (
	fifteen    = "5 1 3 4/2 . 7 8/9 6 10 12/13 14 11 15"
	twentyFour = "1 2 3 4 5/6 7 8 9 10/11 12 13 14 15/16 17 18 . 19/21 22 23 24 20"
)

func TestContract(t *testing.T) {
	envtest.Test(t, Environment(), example, "1 2 3/4 . 6/7 5 8 in 10 after 6", "1 2 3/4 5 6/7 8 .", "1 2 3/4 5 6/7 . 8 in 0",
		"8 6 7/2 5 4/3 . 1 in 60", fifteen, fifteen+" in 12", "14 15 8 12/10 11 9 13/2 6 5 1/3 7 4 .", twentyFour, twentyFour+" in 9 after 18")
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

// plainly is what the rules and a slow bound say of a position, read off its text.
func plainly(text string) (moves []string, value float32, over bool) {
	words := strings.Fields(strings.ReplaceAll(text, "/", " "))
	end := slices.Index(words, "in")
	left, _ := strconv.Atoi(words[end+1])
	last := ""
	if len(words) > end+2 {
		last = words[end+3]
	}
	size := map[int]int{9: 3, 16: 4, 25: 5}[end]
	var tiles []int
	far := 0
	for i, word := range words[:end] {
		n, _ := strconv.Atoi(word)
		tiles = append(tiles, n)
		if n > 0 {
			far += max(i/size-(n-1)/size, (n-1)/size-i/size) + max(i%size-(n-1)%size, (n-1)%size-i%size)
		}
	}
	if far == 0 {
		return nil, 1, true
	}
	for line := range size {
		var row, column []int
		for i := range size {
			if n := tiles[line*size+i]; n > 0 && (n-1)/size == line {
				row = append(row, n)
			}
			if n := tiles[i*size+line]; n > 0 && (n-1)%size == line {
				column = append(column, n)
			}
		}
		far += 2*fewestOut(row) + 2*fewestOut(column)
	}
	if far > left {
		return nil, 0, true
	}
	empty := slices.Index(tiles, 0)
	for _, by := range []int{-size, -1, 1, size} {
		at := empty + by
		if at < 0 || at >= len(tiles) || (by == 1 || by == -1) && at/size != empty/size || words[at] == last {
			continue
		}
		moves = append(moves, words[at])
	}
	return moves, 0, false
}

// fewestOut is how many of the numbers must be left out for the others to rise.
func fewestOut(numbers []int) int {
	if slices.IsSorted(numbers) {
		return 0
	}
	fewest := len(numbers)
	for i := range numbers {
		fewest = min(fewest, 1+fewestOut(slices.Delete(slices.Clone(numbers), i, i+1)))
	}
	return fewest
}

// On the way of random play, positions are what the plain rules say of their texts.
func TestPlainRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(3, 5).Draw(t, "size")
		var tiles []int
		for i := range size * size {
			tiles = append(tiles, i)
		}
		tiles = rapid.Permutation(tiles).Draw(t, "tiles")
		text := fmt.Sprintf("%s in %d", strings.Trim(fmt.Sprint(tiles), "[]"), rapid.IntRange(0, 300).Draw(t, "left"))
		p, err := Parse(text)
		if err != nil {
			// One of the two orders of a pair of tiles is odd.
			i, j := slices.Index(tiles, 1), slices.Index(tiles, 2)
			tiles[i], tiles[j] = 2, 1
			if p, err = Parse(strings.Trim(fmt.Sprint(tiles), "[]")); err != nil {
				t.Fatalf("%q and the same with a swap are refused: %v", text, err)
			}
		}
		for range 60 {
			moves, value, over := plainly(p.String())
			var got []string
			for _, m := range p.Moves(nil) {
				got = append(got, p.MoveText(m))
			}
			if gotValue, gotOver := p.Result(); gotOver != over || over && gotValue != value || !slices.Equal(got, moves) {
				t.Fatalf("%s: %v %v %q, want %v %v %q", p, gotValue, gotOver, got, value, over, moves)
			}
			if over {
				return
			}
			p.Play(rapid.SampledFrom(p.Moves(nil)).Draw(t, "move"))
		}
	})
}

// board has the tiles by cell, 0 for the empty place.
type board [maxCells]byte

// distances are the moves to the goal of every arrangement that needs at most so
// many, by plain breadth-first search from there.
func distances(size, most int) map[board]int {
	var goal board
	for i := range size*size - 1 {
		goal[i] = byte(i + 1)
	}
	known := map[board]int{goal: 0}
	for queue := []board{goal}; len(queue) > 0; queue = queue[1:] {
		at := slices.Index(queue[0][:size*size], 0)
		for _, by := range []int{-size, -1, 1, size} {
			to := at + by
			if to < 0 || to >= size*size || (by == 1 || by == -1) && to/size != at/size {
				continue
			}
			next := queue[0]
			next[at], next[to] = next[to], next[at]
			if _, seen := known[next]; !seen && known[queue[0]] < most {
				known[next] = known[queue[0]] + 1
				queue = append(queue, next)
			}
		}
	}
	return known
}

var ofEight = sync.OnceValue(func() map[board]int { return distances(3, 99) })

// words are the places of a board.
func (b board) words(size int) (out []string) {
	for _, tile := range b[:size*size] {
		out = append(out, strconv.Itoa(int(tile)))
	}
	return out
}

// hardest is one of the two arrangements of 8 tiles that need the most moves.
var hardest = board{8, 6, 7, 2, 5, 4, 3, 0, 1}

// Of the 9!/2 = 181,440 arrangements of 8 tiles two need the most moves, 31.
func TestDistances(t *testing.T) {
	known, most := ofEight(), 0
	for _, d := range known {
		if d >= 31 {
			most++
		}
	}
	if len(known) != 181440 || most != 2 || known[hardest] != 31 {
		t.Fatalf("%d arrangements, %d of which need 31 moves, and %v needs %d", len(known), most, hardest, known[hardest])
	}
}

// The bound is at most the moves that are needed, and odd where these are.
func TestBound(t *testing.T) {
	for size, known := range map[int]map[board]int{3: ofEight(), 4: distances(4, 13), 5: distances(5, 11)} {
		conflicts := 0
		for b, d := range known {
			p := newPosition(geometries[size](), b)
			if reason := p.check(); reason != "" {
				t.Fatalf("%v: %s", b, reason)
			}
			if bound := p.Bound(); bound > d || (d-bound)%2 != 0 || (bound == 0) != (d == 0) {
				t.Fatalf("%v: the bound is %d, and %d moves are needed", b, bound, d)
			}
			if p.conflict > 0 {
				conflicts++
			}
		}
		t.Logf("%d rows: %d of %d arrangements have conflicts", size, conflicts, len(known))
		if conflicts < len(known)/100 {
			t.Errorf("%d rows: only %d of %d arrangements have conflicts", size, conflicts, len(known))
		}
	}
}

// solve searches every line, and returns one that solves the puzzle if there is one.
func solve(p env.Position, line []string) ([]string, bool) {
	if value, over := p.Result(); over {
		return slices.Clone(line), value == 1
	}
	for _, m := range p.Moves(nil) {
		name := p.MoveText(m)
		p.Play(m)
		answer, ok := solve(p, append(line, name))
		p.Undo()
		if ok {
			return answer, true
		}
	}
	return nil, false
}

// A puzzle is solved with just as many moves left as it needs, and not with fewer.
func TestShortest(t *testing.T) {
	known := ofEight()
	boards := slices.SortedFunc(maps.Keys(known), func(a, b board) int { return slices.Compare(a[:], b[:]) })
	for i, b := range boards {
		d := known[b]
		// Some of those that are not too hard, and the hardest one.
		if b != hardest && (d > 22 || i%700 != 0) {
			continue
		}
		for left := max(d-2, 0); left <= d+1; left++ {
			problem := fmt.Sprintf("%s in %d", strings.Join(b.words(3), " "), left)
			line, ok := solve(parse(t, problem), nil)
			if ok != (left >= d) {
				t.Fatalf("%s: solved %v, and needs %d moves", problem, ok, d)
			}
			if err := Environment().Check(problem, line); (err == nil) != ok {
				t.Fatalf("%s: the checker says of %q: %v", problem, line, err)
			}
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"as String writes it", "1 2 3/4 . 6/7 5 8 in 10 after 6", "1 2 3/4 . 6/7 5 8 in 10 after 6"},
		{"the usual moves left of 8", "1 2 3/4 . 6/7 5 8", "1 2 3/4 . 6/7 5 8 in 31"},
		{"the usual moves left of 15", fifteen, fifteen + " in 80"},
		{"the usual moves left of 24", twentyFour, twentyFour + " in 208"},
		{"a drawing", "\n1 2 3\n4 0 6\r\n7 5 8\n", "1 2 3/4 . 6/7 5 8 in 31"},
		{"a row of numbers", " 1,2,3,4,0,6,7,5,8 AFTER 5 IN 10", "1 2 3/4 . 6/7 5 8 in 10 after 5"},
		{"solved", "1 2 3/4 5 6/7 8 . in 0", "1 2 3/4 5 6/7 8 . in 0"},
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
	const odd = "no moves lead to the goal from here: the order of the tiles is odd, and would be even with any two of them swapped"
	tests := []struct{ name, text, reason string }{
		{"empty", "", "there are 0 places, and must be 9, 16 or 25"},
		{"only moves left", "in 31", "there are 0 places, and must be 9, 16 or 25"},
		{"a megabyte", strings.Repeat("1 ", 1<<19), "the text is longer than 500 bytes"},
		{"too few", "1 2 3/4 5 6/7 .", "there are 8 places, and must be 9, 16 or 25"},
		{"a long row", "1 2 3 4/5 6/7 8 .", "row 1 of 3 has 4 places: 9 places are 3 rows of 3"},
		{"a row too many", "1 2 3/4 5 6/7 8/.", "row 1 of 4 has 3 places: 9 places are 3 rows of 3"},
		{"a letter", "1 2 3/4 x 6/7 8 .", `place 2 of row 2 is "x", and must be a tile from 1 to 8, or "." if it is empty`},
		{"a tile of another puzzle", "1 2 3/4 9 6/7 8 .", `place 2 of row 2 is "9", and must be a tile from 1 to 8, or "." if it is empty`},
		{"a tile twice", "1 2 3/4 5 6/7 5 .", `place 2 of row 3 is "5", and so is one before it`},
		{"two empty places", "1 2 3/4 5 6/7 . 0", `place 3 of row 3 is ".", and so is one before it`},
		{"the classical swindle", "1 2 3 4/5 6 7 8/9 10 11 12/13 15 14 .", odd},
		{"an odd order of 8", "1 2 3/4 5 6/8 7 .", odd},
		{"an odd order of 24", strings.Replace(twentyFour, "1 2", "2 1", 1), odd},
		{"no number", example + "5 after", `"after" behind the board is not "in" with the moves left, nor "after" with a tile`},
		{"twice", example + " in 30", `"in" behind the board is not "in" with the moves left, nor "after" with a tile`},
		{"another word", example + " at 3", `"at" behind the board is not "in" with the moves left, nor "after" with a tile`},
		{"moves left in words", "1 2 3/4 5 6/7 8 . in many", `the number of moves left is "many", and must be from 0 to 1000`},
		{"too many moves left", "1 2 3/4 5 6/7 8 . in 1001", `the number of moves left is "1001", and must be from 0 to 1000`},
		{"a tile that did not slide", example + " after 8", `the tile that slid last is "8", and must be one next to the empty place`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: example})
		})
	}
}

func TestCheck(t *testing.T) {
	tests := []struct{ name, problem, steps, want string }{
		{"solved", "1 2 3/4 . 6/7 5 8", "5 8", ""},
		{"solved from a text of another kind", "1,2,3,4,0,6,7,5,8 AFTER 6 IN 2\n", "5 8", ""},
		{"solved already", "1 2 3/4 5 6/7 8 . in 0", "", ""},
		{"unfinished", "1 2 3/4 . 6/7 5 8", "5", "npuzzle: the tiles are not in order in the end: the puzzle is not solved"},
		{"no moves left", "1 2 3/4 . 6/7 5 8 in 1", "5 8", `npuzzle: step 2 ("8") is one too many: there were 1 moves left`},
		{"after the end", "1 2 3/4 . 6/7 5 8", "5 8 8 8", `npuzzle: step 3 ("8") comes when the tiles are in order already`},
		{"straight back", "1 2 3/4 . 6/7 5 8", "4 4 5 8", `npuzzle: step 2 ("4") slides a tile straight back`},
		{"back as the problem has it", "1 2 3/4 . 6/7 5 8 after 5", "5 8", `npuzzle: step 1 ("5") slides a tile straight back`},
		{"far away", "1 2 3/4 . 6/7 5 8", "1", `npuzzle: step 1 ("1") is a tile that is not next to the empty place`},
		{"round the edge", "1 2 3/4 6 8/. 7 5", "8", `npuzzle: step 1 ("8") is a tile that is not next to the empty place`},
		{"no tile", "1 2 3/4 . 6/7 5 8", "9", `npuzzle: step 1 ("9") is no tile`},
		{"no problem", "1 2 3", "3", `npuzzle: the problem "1 2 3" can't be read`},
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
	want := "   1   2   3\n\n   4   .   6\n\n   7   5   8\n\n10 moves left; 6 may not slide back"
	if diff := cmp.Diff(want, parse(t, Environment().SampleState).(env.Drawer).Draw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever Parse accepts is a position whose text is read as the same one;
// whatever it refuses comes with a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", example, fifteen, twentyFour + " after 18", "1 2 3/4 5 6/7 8 . in 0", "1,2,3,4,0,6,7,5,8 AFTER 5 IN 10", "in in", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		value, _ := p.Result()
		if err := Environment().Check(text, nil); (value == 1) != (err == nil) || value == 0 && !errors.Is(err, errUnsolved) {
			t.Fatalf("%q is worth %v, and the checker says: %v", text, value, err)
		}
	})
}

func ExampleParse() {
	p, err := Parse("1 2 3/4 . 6/7 5 8 in 4")
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
	_, err = Parse("1 2 3/4 5 6/8 7 .")
	fmt.Println(err.(*env.InputError).Reason)
	// Output:
	// 1 . 3/4 2 6/7 5 8 in 3 after 2 0 false
	// 1 2 3/. 4 6/7 5 8 in 3 after 4 0 false
	// 1 2 3/4 6 ./7 5 8 in 3 after 6 0 false
	// 1 2 3/4 5 6/7 . 8 in 3 after 5 0 false
	// no moves lead to the goal from here: the order of the tiles is odd, and would be even with any two of them swapped
}

// BenchmarkPlayout plays random games to the end and takes them back.
func BenchmarkPlayout(b *testing.B) {
	for _, bb := range []struct{ name, text string }{{"8", "8 6 7/2 5 4/3 . 1"}, {"15", fifteen}, {"24", twentyFour}} {
		b.Run(bb.name, func(b *testing.B) {
			p := parse(b, bb.text)
			var random env.Rand
			var buf [4]env.Move
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
