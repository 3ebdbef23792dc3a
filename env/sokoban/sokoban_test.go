package sokoban

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

const rooms = `
  ##########
  #   #    #
###   $    ###
#    ##      #
# .$   $   # #
# ..         #
# .. $ $@#   #
#    #       #
##############
`

// hall is as large as a level can be.
var hall = strings.Repeat("#", 30) + "\n#@$." + strings.Repeat(" ", 25) + "#\n" +
	strings.Repeat("#"+strings.Repeat(" ", 28)+"#\n", 26) + "#" + strings.Repeat(" ", 26) + "$.#\n" + strings.Repeat("#", 30)

func parse(t testing.TB, text string) *position {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*position)
}

func TestEnvironment(t *testing.T) {
	envtest.Test(t, Environment(), example, puzzle.SampleState, rooms, rooms+"in 12", hall,
		"######/#@$ .#/# $$.#/# ._ #/###### in 9", "####|#@*#|#### in 0", "#####|#@$.#|##### in 1", "#####|#@$.#|##### in 0")
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no pushes given", "#####|#@$.#|#####", "#####|#@$.#|##### in 100"},
		{"drawn", "\n \n #####\n#@ $.#\n #####\n\n", "-#####|#@-$.#|-##### in 100"},
		{"with line ends of Windows", "#####\r\n#@$.#\r\n#####\r\nin 7\r\n", "#####|#@$.#|##### in 7"},
		{"slashes and low lines", "######/#@_$.#/######  in 9999 ", "######|#@-$.#|###### in 9999"},
		{"the player goes to the first cell it can reach", "#####|#- +#|#  $#|#   #|##### in 3", "#####|#@-.#|#--$#|#---#|##### in 3"},
		{"a wall in no row", "###|#@#####|#  $ .#|#######", "###----|#@#####|#--$-.#|####### in 100"},
		{"solved", "####|#@*#|#### in 0", "####|#@*#|#### in 0"},
		{"a long way", strings.Repeat("#", 30) + "|#.$" + strings.Repeat("-", 25) + "@#|" + strings.Repeat("#", 30),
			strings.Repeat("#", 30) + "|#.$@" + strings.Repeat("-", 25) + "#|" + strings.Repeat("#", 30) + " in 100"},
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
	const number = ", and must be the number of pushes left, 0 to 9999"
	tests := []struct{ text, reason string }{
		{"", "there is no player: @, or + on a goal"},
		{"#####|#-$.#|#####", "there is no player: @, or + on a goal"},
		{strings.Repeat("#", 4001), "the text is longer than 4000 bytes"},
		{"######|#@+$.#|######", "there are two players, in b2 and c2"},
		{"#####|#@$ #|#####", "the number of boxes is 1 and that of goals is 0: they must be equal"},
		{"#####|#@ .#|#####", "the number of boxes is 0 and that of goals is 1: they must be equal"},
		{"######|#@$$+#|######", "there are two players, in b2 and e2"},
		{"####|#@ #|####", "there is no box"},
		{"#####|#@$.#|###.#", "the level is open to the outside: the player could leave it from d3"},
		{"#####|#@$. |#####", "the level is open to the outside: the player could leave it from e2"},
		{"#####|#@$.#|##", "the level is open to the outside: the player could leave it from c3"},
		{"#@##|#$.#|####", "the level is open to the outside: the player could leave it from b1"},
		{"#####.|#@$.#|#####", "the box or goal in f1 is where the player can never go"},
		{"#########|#@$.#$#.#|#########", "the box or goal in f2 is where the player can never go"},
		{"#####|#@x.#|#####", "row 2, column 3 is 'x', and must be one of # @ + $ * . - _ or a space"},
		{"#####|#@$.#|####\xff", "row 3, column 5 is '\uFFFD', and must be one of # @ + $ * . - _ or a space"},
		{"#####|#@\t.#|#####", "row 2, column 3 is '\\t', and must be one of # @ + $ * . - _ or a space"},
		{"#####|#@$.#|##### in", `behind "in" is ""` + number},
		{"#####|#@$.#|##### in 10000", `behind "in" is "10000"` + number},
		{"#####|#@$.#|##### in -1", `behind "in" is "-1"` + number},
		{"#####|#@$.#|##### in 5 or in 6 or in any number", `behind "in" is "5 or in 6 or in any "` + number},
		{strings.Repeat("#", 31) + "|#@$.#", "row 1 has more than 30 cells"},
		{"#" + strings.Repeat("|#", 30), "the level has more than 30 rows"},
	}
	for _, tt := range tests {
		t.Run(tt.text[:min(len(tt.text), 50)], func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason})
		})
	}
}

func TestResult(t *testing.T) {
	const no, lost, solved = "goes on", "lost", "solved"
	tests := []struct{ name, text, want string }{
		{"solved", "####|#@*#|####", solved},
		{"solved without pushes left", "####|#@*#|#### in 0", solved},
		{"one push left", "#####|#@$.#|##### in 1", no},
		{"no push left", "#####|#@$.#|##### in 0", lost},
		{"two pushes for one box", "######|#@$-.#|###### in 1", lost},
		{"a box in a corner", "#####|#@-$#|#---#|#-.-#|#####", lost},
		{"a box at a wall without a goal", "#####|#@$-#|#---#|#-.-#|#####", lost},
		{"a block of two boxes and two walls", "#######|#@-#--#|#--$--#|#-.$.-#|#-----#|#-----#|#######", no},
		{"the same with the other wall", "#######|#@-#--#|#--$#-#|#-.$.-#|#-----#|#-----#|#######", lost},
		{"a block of four boxes", "########|#@-----#|#--$$--#|#--$$--#|#.----.#|#.----.#|########", lost},
		{"a block of four boxes on goals, and another box", "########|#@-----#|#--**--#|#--**--#|#---$-.#|#------#|########", no},
		{"boxes that freeze in a chain", "########|#@-#---#|#--$$--#|#..-#--#|#------#|########", lost},
		{"two boxes side by side", "########|#@-----#|#--$$--#|#..----#|#------#|########", no},
		{"a block of four boxes, and another box", "########|#@-----#|#--$$--#|#--$$--#|#---$-.#|#....--#|########", lost},
		{"a block of four boxes, some on goals", "########|#@-----#|#--*$--#|#--**--#|#---$-.#|#----.-#|########", lost},
		{"a chain of boxes, and another box", "#########|#@-##---#|#--$$---#|#---##--#|#--$-..-#|#---.---#|#########", lost},
		{"two boxes in a corridor", "########|#@$$-..#|########", lost},
		{"the player is shut in", "#########|###-----#|#@$$----#|###.-.--#|#########", lost},
		{"the player is not shut in", "#########|#-------#|#@$$----#|###.-.--#|#########", no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := no
			switch value, over := parse(t, tt.text).Result(); {
			case over && value == 1:
				got = solved
			case over && value == 0:
				got = lost
			}
			if got != tt.want {
				t.Errorf("%s %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

// Positions of other futures have other hashes.
func TestHash(t *testing.T) {
	texts := map[uint64]string{}
	for _, text := range []string{
		"#######|#@-$.-#|####### in 5", "#######|#--$+-#|####### in 5", "#######|#@-$.-#|####### in 6", "#######|#@$-.-#|####### in 5",
		"#######|#@-$-.#|####### in 5", "#######|#@-$.-#|#-----#|####### in 5",
	} {
		hash := parse(t, text).Hash()
		if was, seen := texts[hash]; seen {
			t.Errorf("%s and %s have the same hash", was, text)
		}
		texts[hash] = text
	}
}

// slow is a level as a reader of the rules would write it down.
type slow struct {
	rows   [][]byte // without the player
	player [2]int
	left   int
}

func readSlow(text string) slow {
	drawing, pushes, _ := strings.Cut(text, " in ")
	var s slow
	fmt.Sscan(pushes, &s.left)
	for r, row := range strings.Split(drawing, "|") {
		for c, sign := range row {
			if sign == '@' || sign == '+' {
				s.player = [2]int{r, c}
			}
		}
		s.rows = append(s.rows, []byte(strings.NewReplacer("@", "-", "+", ".").Replace(row)))
	}
	return s
}

func (s slow) isFree(at [2]int) bool {
	return s.rows[at[0]][at[1]] == '-' || s.rows[at[0]][at[1]] == '.'
}

var compass = map[string][2]int{"up": {-1, 0}, "down": {1, 0}, "left": {0, -1}, "right": {0, 1}}

// area is where the player can walk.
func (s slow) area() map[[2]int]bool {
	seen := map[[2]int]bool{s.player: true}
	for grows := true; grows; {
		grows = false
		for at := range seen {
			for _, d := range compass {
				next := [2]int{at[0] + d[0], at[1] + d[1]}
				if !seen[next] && s.isFree(next) {
					seen[next], grows = true, true
				}
			}
		}
	}
	return seen
}

// text is canonical.
func (s slow) text() string {
	first := [2]int{99, 99}
	for at := range s.area() {
		if slices.Compare(at[:], first[:]) < 0 {
			first = at
		}
	}
	var rows []string
	for r, row := range s.rows {
		row = slices.Clone(row)
		if r == first[0] {
			row[first[1]] = map[byte]byte{'-': '@', '.': '+'}[row[first[1]]]
		}
		rows = append(rows, string(row))
	}
	return fmt.Sprintf("%s in %d", strings.Join(rows, "|"), s.left)
}

func (s slow) solved() bool { return !strings.Contains(string(slices.Concat(s.rows...)), "$") }

// next are the positions after each push.
func (s slow) next() map[string]slow {
	out := map[string]slow{}
	area := s.area()
	for r, row := range s.rows {
		for c, sign := range row {
			for name, d := range compass {
				if sign != '$' && sign != '*' || !area[[2]int{r - d[0], c - d[1]}] || !s.isFree([2]int{r + d[0], c + d[1]}) {
					continue
				}
				n := slow{player: [2]int{r, c}, left: s.left - 1}
				for _, row := range s.rows {
					n.rows = append(n.rows, slices.Clone(row))
				}
				n.rows[r][c] = map[byte]byte{'$': '-', '*': '.'}[sign]
				to := &n.rows[r+d[0]][c+d[1]]
				*to = map[byte]byte{'-': '$', '.': '*'}[*to]
				out[fmt.Sprintf("%c%d-%s", 'a'+c, r+1, name)] = n
			}
		}
	}
	return out
}

// pushesToSolve is the number of them, and -1 where there is no way.
func (s slow) pushesToSolve() int {
	s.left = 0
	seen := map[string]bool{s.text(): true}
	for pushes, front := 0, []slow{s}; len(front) > 0; pushes++ {
		var then []slow
		for _, at := range front {
			if at.solved() {
				return pushes
			}
			for _, n := range at.next() {
				n.left = 0
				if text := n.text(); !seen[text] {
					seen[text] = true
					then = append(then, n)
				}
			}
		}
		front = then
	}
	return -1
}

// smallLevel draws a walled level that Parse accepts.
func smallLevel(t *rapid.T) string {
	height, width := rapid.IntRange(2, 4).Draw(t, "height"), rapid.IntRange(3, 5).Draw(t, "width")
	cells := []byte(strings.Repeat("-", height*width))
	put := func(sign byte, most int) {
		for range rapid.IntRange(1, most).Draw(t, "number of "+string(sign)) {
			cells[rapid.IntRange(0, len(cells)-1).Draw(t, "cell")] = sign
		}
	}
	put('#', 4)
	put('$', 3)
	put('.', 4)
	put('*', 2)
	cells[rapid.IntRange(0, len(cells)-1).Draw(t, "player")] = '@'
	wall := strings.Repeat("#", width+2)
	rows := []string{wall}
	for row := range slices.Chunk(cells, width) {
		rows = append(rows, "#"+string(row)+"#")
	}
	text := strings.Join(append(rows, wall), "|") + fmt.Sprintf(" in %d", rapid.IntRange(0, 12).Draw(t, "pushes"))
	if _, err := Parse(text); err != nil {
		t.Skip()
	}
	return text
}

// On small levels the moves, texts and ends are those of the rules; a lost position can
// really not be solved, and the bound is no more than the pushes that it takes.
func TestAgainstSlow(t *testing.T) {
	byHash := map[uint64]string{}
	rapid.Check(t, func(t *rapid.T) {
		text := smallLevel(t)
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s := readSlow(text)
		for {
			if got := p.String(); got != s.text() {
				t.Fatalf("it is %s, want %s", got, s.text())
			}
			if was, seen := byHash[p.Hash()]; seen && was != s.text() {
				t.Fatalf("%s and %s have the same hash", was, s.text())
			}
			byHash[p.Hash()] = s.text()
			next := s.next()
			value, over := p.Result()
			need := s.pushesToSolve()
			if bound := int(p.(*position).bound); need >= 0 && bound > need {
				t.Fatalf("%s takes %d pushes, and the bound is %d", p, need, bound)
			}
			switch {
			case over && value == 1 != s.solved(), !over && s.solved():
				t.Fatalf("%s: result %v, %v", p, value, over)
			case over && value == 0 && need >= 0 && need <= s.left:
				t.Fatalf("%s is lost, and takes %d pushes", p, need)
			case !over && (s.left == 0 || len(next) == 0):
				t.Fatalf("%s goes on", p)
			}
			if over {
				return
			}
			var names []string
			for name := range next {
				names = append(names, name)
			}
			slices.Sort(names)
			moves := p.Moves(nil)
			got := map[string]env.Move{}
			for _, m := range moves {
				got[p.MoveText(m)] = m
			}
			if len(got) != len(next) || len(moves) != len(next) {
				t.Fatalf("%s has the moves %v, want %v", p, got, names)
			}
			name := rapid.SampledFrom(names).Draw(t, "push")
			m, ok := got[name]
			if !ok {
				t.Fatalf("%s has no move %s", p, name)
			}
			p.Play(m)
			s = next[name]
		}
	})
}

// solve finds a solution in the pushes that are left, if there is one.
func solve(p env.Position, seen map[uint64]bool) (steps []string, ok bool) {
	if value, over := p.Result(); over || seen[p.Hash()] {
		return nil, value == 1
	}
	seen[p.Hash()] = true
	for _, m := range p.Moves(nil) {
		name := p.MoveText(m)
		p.Play(m)
		rest, ok := solve(p, seen)
		p.Undo()
		if ok {
			return append([]string{name}, rest...), true
		}
	}
	return nil, false
}

// A level is solvable in N pushes exactly from the number that it takes, and the
// checker takes the solution, but not with less pushes left, less steps or more.
func TestSolutions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, _, _ := strings.Cut(smallLevel(t), " in ")
		need := readSlow(text).pushesToSolve()
		for n := range max(need, 6) + 1 {
			problem := fmt.Sprintf("%s in %d", text, n)
			p, err := Parse(problem)
			if err != nil {
				t.Fatal(err)
			}
			steps, ok := solve(p, map[uint64]bool{})
			if ok != (need >= 0 && n >= need) {
				t.Fatalf("%s: solved %v, and it takes %d pushes", problem, ok, need)
			}
			if !ok {
				continue
			}
			drawn := strings.NewReplacer("|", "\r\n", "-", " ").Replace("\n" + problem)
			for _, text := range []string{problem, text, drawn} {
				if err := check(text, steps); err != nil {
					t.Fatalf("%s, %q: %v", text, steps, err)
				}
			}
			fewer := fmt.Sprintf("%s in %d", text, len(steps)-1)
			if len(steps) > 0 && (check(fewer, steps) == nil || check(problem, steps[1:]) == nil) || check(problem, append(steps, "b2-up")) == nil {
				t.Fatalf("%s: the checker takes too much", problem)
			}
		}
	})
}

func TestCheckRefuses(t *testing.T) {
	const level = "########|#@--#--|#-$--.#|#----###|######- in 4"
	tests := []struct{ problem, steps, want string }{
		{level, "c3-right d3-right e3-right", ""},
		{level, "", "after the last step 1 boxes are off the goals"},
		{level, "c3-right d3-right e3-right f3-left", `step 4, "f3-left": it comes when every box is on a goal`},
		{level, "c3-left b3-right", `step 2, "b3-right": the player can't walk to the other side of the box`},
		{level, "c3-right c3-right", `step 2, "c3-right": there is no box in that cell`},
		{level, "c3-up c2-up", `step 2, "c2-up": the cell to which the box is to go is not free`},
		{"#######|#@$$..#|#######", "c2-right", `step 1, "c2-right": the cell to which the box is to go is not free`},
		{level, "c3-north", `step 1, "c3-north": it is no push, such as c4-right`},
		{level, "c03-up", `step 1, "c03-up": there is no box in that cell`},
		{level, "c3-right d3-left c3-right d3-left c3-right", `step 5, "c3-right": there were only 4 pushes left`},
		{"#####|#@$.#|##### in x", "c2-right", `the number of pushes left: strconv.Atoi: parsing "x": invalid syntax`},
		{"#####|#-$.#|#####", "c2-right", "the problem is no level: it must have one player, and boxes"},
		{"", "", "the problem is no level: it must have one player, and boxes"},
		{hall, "c2-right ab29-right", ""},
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
	const want = `   abcdefg
 1 #######
 2 #@  ###
 3 # $  .#
 4 #    ##
 5 ###### 
pushes left: 3`
	if diff := cmp.Diff(want, parse(t, puzzle.SampleState).Draw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const wide = "                             aaaa\n   abcdefghijklmnopqrstuvwxyzabcd\n 1 ######"
	if got := parse(t, hall).Draw(); !strings.HasPrefix(got, wide) {
		t.Errorf("the hall is drawn as\n%s", got)
	}
}

// Whatever Parse accepts is read again as the same position, and whatever it refuses
// comes with a reason and a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", example, rooms, hall, "######/#@$ .#/# $$.#/# ._ #/###### in 9", "in", "####|#@*#|#### in 0", "#####|#@$.#|###.#", "☠"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		was := p.String()
		value, over := p.Result()
		if solved := check(text, nil) == nil; solved != (over && value == 1) {
			t.Fatalf("%s: result %v, %v, and the checker says %v", was, value, over, solved)
		}
		for _, m := range p.Moves(nil) {
			p.Play(m)
			p.Undo()
			if p.String() != was {
				t.Fatalf("%s became %s after %s was undone", was, p, p.MoveText(m))
			}
		}
	})
}

func ExampleParse() {
	p, err := Parse("#######|#@ $ .#|####### in 2")
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		m := p.Moves(nil)[0]
		fmt.Println(p, p.MoveText(m))
		p.Play(m)
	}
	fmt.Println(p)
	fmt.Println(p.Result())
	_, err = Parse("#####|#@$ #|#####")
	fmt.Println(err)
	// Output:
	// #######|#@-$-.#|####### in 2 d2-right
	// #######|#@--$.#|####### in 1 e2-right
	// #######|#@---*#|####### in 0
	// 1 true
	// problem "#####|#@$ #|#####": the number of boxes is 1 and that of goals is 0: they must be equal; for example: #######|#@-$-.#|####### in 5
}

// BenchmarkPlay plays at random, to the end or for 50 plies, and takes it back.
func BenchmarkPlay(b *testing.B) {
	for _, level := range []struct{ name, text string }{{"rooms", rooms + " in 2000"}, {"hall", hall + " in 2000"}} {
		b.Run(level.name, func(b *testing.B) {
			p := parse(b, level.text).Clone()
			var random env.Rand
			buf := make([]env.Move, 0, 100)
			plies := 0
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for ; n < 50; n++ {
					if _, over := p.Result(); over {
						break
					}
					moves := p.Moves(buf)
					p.Play(moves[random.N(len(moves))])
				}
				plies += n
				for range n {
					p.Undo()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(plies), "ns/ply")
		})
	}
}
