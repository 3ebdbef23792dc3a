package blocksworld

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

// sussman is the problem that can't be solved goal by goal (Sussman 1975): 6 moves.
const sussman = `; the anomaly
(define (problem sussman)
  (:domain blocksworld) (:requirements :strips)
  (:objects A B C - block)
  (:INIT (ontable a) (on c a) (clear c) ; a tower
         (ontable b) (clear b) (handempty))
  (:goal (and (on a b) (on b c))))`

const alphabet = "a b c d e f g h i j k l m n o p q r s t u v w x y z"

// reversed is the largest tower, which is to be turned over.
var reversed = alphabet + " > z y x w v u t s r q p o n m l k j i h g f e d c b a"

func parse(t testing.TB, text string) *position {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*position)
}

func TestEnvironment(t *testing.T) {
	envtest.Test(t, Environment(), example, sussman, sussman+" in 8", reversed, reversed+" in 60", "a b/[c] > ? b a ?/? c in 9",
		"a > [a]", "a > [a] in 0", "a b > []/a b ?", "b10 b2/b1 > ? b1 b2 b10 in 8")
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"PDDL", sussman, "a c/b > ? c b a ? in 12"},
		{"PDDL with moves left", sussman + "\n  in 6", "a c/b > ? c b a ? in 6"},
		{"PDDL with a block in the hand", "(define (problem p)(:domain BLOCKS)(:objects x y)(:init(ontable y)(holding x)(clear y))(:goal(on x y)))IN 2", "y/[x] > ? y x ? in 2"},
		{"the parts in another order", "(define (:goal (and (clear a) (handempty))) (:init (handempty) (on b a) (clear b) (ontable a)) (:objects b - block a) (:domain blocks))", "a b > ? a/[] in 8"},
		{"all predicates", "(define (:objects a b c d)(:domain blocks)(:init (on a b)(on b c)(on c d)(ontable d)(clear a)(handempty))(:goal (and (holding a)(ontable b)(clear c)(clear b)(ontable d))))", "d c b a > b/? c/d ?/[a] in 16"},
		{"the short form", " c/b\n/ a > a  c/b in 7 ; a comment", "a/b/c > a c/b in 7"},
		{"a goal of all kinds", "e d c b a > a ?/? b/? e d ?/c", "e d c b a > a ?/? b/c/? e d ? in 20"},
		{"an empty hand by itself", "a b/[] > []/? b", "a b > ? b/[] in 8"},
		{"the hand only", "[a] > a", "[a] > a in 4"},
		{"large letters", "Red GREEN > green", "red green > green in 8"},
		{"blocks called in", "in > in in 5", "in > in in 5"},
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
	const kinds = " is none of (on x y), (ontable x), (clear x), (holding x) and (handempty)"
	const contradicts = " contradicts itself or what is said before it"
	const form = `there must be a start, one ">" and a goal, or a problem in PDDL`
	pddl := func(objects, start, goal string) string {
		return "(define (problem p)\n(:domain blocksworld)\n(:objects " + objects + ")\n(:init " + start + ")\n(:goal " + goal + "))"
	}
	const ab = "(ontable a) (on b a) (clear b) (handempty)"
	tests := []struct{ text, reason string }{
		{"", form},
		{"a b", form},
		{"a > b > c", form},
		{strings.Repeat("a", 8001), "the text is longer than 8000 bytes"},
		{"a > a in 10000", "10000 moves can't be left: there may be 9999"},
		{"a > a in 99999999999999999999999", "99999999999999999999 moves can't be left: there may be 9999"},
		{"a/b a > a", "tower 2: the block a is there twice"},
		{"a//b > a", "tower 2 is empty"},
		{" > a", "tower 1 is empty"},
		{"a > ", "goal tower 1 is empty"},
		{"a > ?", "the goal asks nothing"},
		{"a b > a/b/[a]", "goal tower 3: (holding a)" + contradicts},
		{"a b/[a] > a", "tower 2: the block a is there twice"},
		{"a/[b]/[c] > a", "tower 3: (holding c)" + contradicts},
		{"a b c > a ? c", `goal tower 1: "?" may only be the first or the last`},
		{"? a > a", `tower 1: "?" is no name of a block, which begins with a letter and has letters, digits, - and _`},
		{"a b > c", "goal tower 1: there is no block \"c\""},
		{"a b > a a", "goal tower 1: (on a a)" + contradicts},
		{"a b c > a b/a c", "goal tower 2: (on c a)" + contradicts},
		{"a b > ? a b ?/? b a ?", "the goal has a in a ring of blocks that are on each other"},
		{"a 2 > a", `tower 1: "2" is no name of a block, which begins with a letter and has letters, digits, - and _`},
		{"abcdefghijklmnopqrstuvwxyz > a", "tower 1: the name \"abcdefghijklmnopqrstuvwx\"… is longer than 24 bytes"},
		{alphabet + " aa > a", "tower 1: there are more than 26 blocks"},
		{pddl("a b", ab, "(on a c)"), `line 5: there is no block "c"`},
		{pddl("a b", ab, "(not (on a b))"), `line 5: a "(" can't stand behind "not" here`},
		{pddl("a b", ab, "(and)"), `line 5: "(and)"` + kinds},
		{pddl("a b", ab, "(above a b)"), `line 5: "(above a b)"` + kinds},
		{pddl("a b", ab, "(on a)"), `line 5: "(on a)"` + kinds},
		{pddl("a b", ab, "(and (on a b) (ontable a))"), "line 5: (ontable a)" + contradicts},
		{pddl("a b", ab, "(and (on a b) (clear b))"), "line 5: (clear b)" + contradicts},
		{pddl("a b", ab, "(and (on a b) (holding b))"), "line 5: (holding b)" + contradicts},
		{pddl("a b", ab, "(and (holding b) (handempty))"), "line 5: (handempty)" + contradicts},
		{pddl("a b c", ab, "(on a b)"), "the start does not say where the block c is"},
		{pddl("a b", "(ontable a) (on b a) (handempty)", "(on a b)"), "the start does not say (clear b), and nothing is on it"},
		{pddl("a b", "(ontable a) (on b a) (clear b)", "(on a b)"), "the start says neither (handempty) nor (holding x)"},
		{pddl("a b", "(on a b) (on b a) (handempty)", "(on a b)"), "the start has a in a ring of blocks that are on each other"},
		{pddl("a b", "(ontable a)\n(ontable b)\n(on b a)", "(on a b)"), "line 6: (on b a)" + contradicts},
		{pddl("a a", ab, "(on a b)"), "line 3: the block a is there twice"},
		{pddl("a b", ab+" a", "(on a b)"), `line 4: "(a)" is no part of a problem of blocksworld`},
		{pddl("a b", "", "(on a b)"), `line 4: "(:init)" is no part of a problem of blocksworld`},
		{pddl("a b", ab, "(on a b)") + ")", "line 5: the problem has ended before this line, or in it"},
		{"(define (problem p) (:domain blocks)", `the text ends before its last ")"`},
		{"(define (problem p) (:domain blocks))", "the problem must have (:objects …), (:init …) and (:goal …)"},
		{"(define\n(:domain gripper))", `line 2: "(:domain gripper)" is no part of a problem of blocksworld`},
		{"(define (problem p)\n(:metric minimize\n(total-cost)))", `line 3: a "(" can't stand behind ":metric minimize" here`},
		{"(define (:init (clear a)) (:init (clear b)))", `line 1: a "(" can't stand behind ":init" here`},
	}
	for _, tt := range tests {
		t.Run(tt.text[:min(len(tt.text), 60)], func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason})
		})
	}
}

// slow is a situation as lists of towers, and the block in the hand.
type slow struct {
	towers [][]string
	hand   string
}

func (s slow) text() string {
	var towers []string
	for _, tower := range s.towers {
		towers = append(towers, strings.Join(tower, " "))
	}
	slices.SortFunc(towers, func(a, b string) int { return strings.Compare(strings.Fields(a)[0], strings.Fields(b)[0]) })
	if s.hand != "" {
		towers = append(towers, "["+s.hand+"]")
	}
	return strings.Join(towers, "/")
}

// next are the situations after each move.
func (s slow) next() map[string]slow {
	out := map[string]slow{}
	for i, tower := range s.towers {
		others := slices.Delete(slices.Clone(s.towers), i, i+1)
		top, rest := tower[len(tower)-1], slices.Clip(tower[:len(tower)-1])
		switch {
		case s.hand != "":
			out["stack("+s.hand+","+top+")"] = slow{append(others, append(slices.Clip(tower), s.hand)), ""}
		case len(rest) == 0:
			out["pick-up("+top+")"] = slow{others, top}
		default:
			out["unstack("+top+","+rest[len(rest)-1]+")"] = slow{append(others, rest), top}
		}
	}
	if s.hand != "" {
		out["put-down("+s.hand+")"] = slow{append(slices.Clone(s.towers), []string{s.hand}), ""}
	}
	return out
}

// facts are all that are true.
func (s slow) facts() []string {
	var out []string
	for _, tower := range s.towers {
		out = append(out, "ontable "+tower[0], "clear "+tower[len(tower)-1])
		for i, block := range tower[1:] {
			out = append(out, "on "+block+" "+tower[i])
		}
	}
	if s.hand != "" {
		return append(out, "holding "+s.hand)
	}
	return append(out, "handempty")
}

func (s slow) reaches(goal []string) bool {
	facts := s.facts()
	return !slices.ContainsFunc(goal, func(f string) bool { return !slices.Contains(facts, f) })
}

// movesTo is how many it takes to the goal.
func (s slow) movesTo(goal []string) int {
	seen := map[string]bool{}
	for n, front := 0, []slow{s}; len(front) > 0; n++ {
		var then []slow
		for _, at := range front {
			if at.reaches(goal) {
				return n
			}
			for _, next := range at.next() {
				if text := next.text(); !seen[text] {
					seen[text] = true
					then = append(then, next)
				}
			}
		}
		front = then
	}
	return -1
}

// drawSlow draws a situation of some blocks.
func drawSlow(t *rapid.T, blocks []string, label string) (s slow) {
	for _, block := range rapid.Permutation(blocks).Draw(t, label) {
		at := rapid.IntRange(-1, len(s.towers)).Draw(t, "tower")
		switch {
		case at < 0 && s.hand == "":
			s.hand = block
		case at < 0 || at == len(s.towers):
			s.towers = append(s.towers, []string{block})
		default:
			s.towers[at] = append(s.towers[at], block)
		}
	}
	return s
}

// pddl writes facts.
func pddl(blocks, start, goal []string) string {
	return "(define (problem p) (:domain blocksworld)\n(:objects " + strings.Join(blocks, " ") +
		")\n(:init (" + strings.Join(start, ") (") + "))\n(:goal (and (" + strings.Join(goal, ")\n(") + "))))"
}

// Moves, texts and ends are those of the rules; a lost position can't be solved in the
// moves left, and one that is not lost can with as many as it takes. The checker takes
// that solution of the PDDL and of the short form, and nothing less or more.
func TestAgainstSlow(t *testing.T) {
	byHash := map[uint64]string{}
	rapid.Check(t, func(t *rapid.T) {
		blocks := []string{"a", "b1", "b10", "b2"}[:rapid.IntRange(1, 4).Draw(t, "blocks")]
		s := drawSlow(t, blocks, "start")
		goal := rapid.Permutation(drawSlow(t, blocks, "goal").facts()).Draw(t, "facts")
		goal = goal[:rapid.IntRange(1, len(goal)).Draw(t, "number of facts")]
		need := s.movesTo(goal)
		left := need + rapid.IntRange(-1, 2).Draw(t, "more moves")
		if left < 0 {
			left = 0
		}
		problem := pddl(blocks, s.facts(), goal)
		p, err := Parse(fmt.Sprintf("%s in %d", problem, left))
		if err != nil {
			t.Fatal(err)
		}
		steps, ok := solve(p, map[uint64]bool{})
		if ok != (left >= need) {
			t.Fatalf("%s: solved %v, and it takes %d moves", p, ok, need)
		}
		if ok {
			fewer := fmt.Sprintf("%s in %d", problem, len(steps)-1)
			for _, text := range []string{problem, p.String()} {
				if err := check(text, steps); err != nil {
					t.Fatalf("%s, %q: %v", text, steps, err)
				}
			}
			if len(steps) > 0 && (check(fewer, steps) == nil || check(problem, steps[1:]) == nil) || check(problem, append(steps, "put-down(a)")) == nil {
				t.Fatalf("%s: the checker takes too much", p)
			}
		}
		_, wanted, _ := strings.Cut(p.String(), " > ")
		wanted, _, _ = strings.Cut(wanted, " in ")
		for {
			text := fmt.Sprintf("%s > %s in %d", s.text(), wanted, left)
			if p.String() != text {
				t.Fatalf("it is %s, want %s", p, text)
			}
			if was, seen := byHash[p.Hash()]; seen && was != text {
				t.Fatalf("%s and %s have the same hash", was, text)
			}
			byHash[p.Hash()] = text
			value, over := p.Result()
			need := s.movesTo(goal)
			if bound := p.(*position).bound(); bound > need || (bound == 0) != (need == 0) {
				t.Fatalf("%s takes %d moves, and the bound is %d", p, need, bound)
			}
			if over && (value == 1) != (need == 0) || over && value == 0 && need <= left || !over && left == 0 {
				t.Fatalf("%s: result %v, %v, and it takes %d moves", p, value, over, need)
			}
			if over {
				return
			}
			next := s.next()
			got := map[string]env.Move{}
			for _, m := range p.Moves(nil) {
				got[p.MoveText(m)] = m
			}
			names := slices.Sorted(maps.Keys(next))
			if diff := cmp.Diff(names, slices.Sorted(maps.Keys(got))); diff != "" {
				t.Fatalf("%s: moves (-want +got):\n%s", p, diff)
			}
			name := rapid.SampledFrom(names).Draw(t, "move")
			p.Play(got[name])
			s = next[name]
			left--
		}
	})
}

// The bound counts what must be lifted, twice, and the block in the hand.
func TestBound(t *testing.T) {
	tests := []struct {
		name, problem string
		want          int
	}{
		{"solved", "a b > a b", 0},
		{"a block on another one than in the goal", "a b/c > ? c b", 2},
		{"a block on the table", "a/b > a b", 2},
		{"a block that is to be on the table", "a b > b ?/? a", 2},
		{"what is above goes too", "a b c d > a/? c/? d/[]", 6},
		{"the same, and the lowest of them may be held", "a b c d > a/? c/? d", 5},
		{"another block is on it in the goal", "a b/c > ? a c/[]", 4},
		{"a block that is to be clear", "a b/c > ? a/? b/? c", 2},
		{"a block that is to be clear, and another one may be held", "a b > ? a", 1},
		{"an empty hand is asked for", "a b > ? a/[]", 2},
		{"a block that is to be held", "a b > ? a/[b]", 1},
		{"a block that is to be held, under another one", "a b c > [b]", 3},
		{"a block in the hand", "a/[b] > a b", 1},
		{"a block in the hand, and the other one must go", "a b/[c] > ? a/? b/? c", 3},
		{"a block in the hand in place of another one", "a/[b] > [a]", 2},
		{"a block in the hand, and one that may be held in place of it", "a/[b]/c > ? a b ?", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.problem)
			if got := p.bound(); got != tt.want {
				t.Errorf("%s: the bound is %d, want %d", p, got, tt.want)
			}
		})
	}
}

// Positions of other futures have other hashes.
func TestHash(t *testing.T) {
	texts := map[uint64]string{}
	for _, text := range []string{"a b/c > c b in 5", "a b/c > c b in 6", "a b/c > b c in 5", "a/c/b > c b in 5", "a/c/[b] > c b in 5", "a b/d > d b in 5"} {
		hash := parse(t, text).Hash()
		if was, seen := texts[hash]; seen {
			t.Errorf("%s and %s have the same hash", was, text)
		}
		texts[hash] = text
	}
}

// solve finds a solution in the moves that are left, if there is one.
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

// With n blocks there are 1, 3, 13, 73, 501 ways to put them into towers (OEIS A000262),
// and n times as many as with a block less with one in the hand.
func TestNumberOfStates(t *testing.T) {
	for n, want := range []int{1: 1 + 1, 2: 3 + 2*1, 3: 13 + 3*3, 4: 73 + 4*13, 5: 501 + 5*73} {
		if n == 0 {
			continue
		}
		blocks := strings.ReplaceAll(alphabet[:2*n-1], " ", "/")
		seen := map[string]bool{}
		var visit func(text string)
		visit = func(text string) {
			if seen[text] {
				return
			}
			seen[text] = true
			for _, goal := range []string{"a", "[a]"} { // at one of the two it goes on
				p := parse(t, text+" > "+goal)
				for _, m := range p.Moves(nil) {
					p.Play(m)
					next, _, _ := strings.Cut(p.String(), " > ")
					p.Undo()
					visit(next)
				}
			}
		}
		visit(blocks)
		if len(seen) != want {
			t.Errorf("%d blocks make %d states, want %d", n, len(seen), want)
		}
	}
}

func TestKnownLengths(t *testing.T) {
	tests := []struct {
		problem string
		moves   int
	}{
		{sussman, 6},
		{"a b c d > d c b a", 8}, // every block is moved once but the lowest, which is moved from the table
		{"a b > b a", 4},
		{"a b > a b", 0},
		{"a b > [a]", 3},
		{"[a]/b > [b]", 2},
	}
	for _, tt := range tests {
		for n := range tt.moves + 1 {
			_, ok := solve(parse(t, fmt.Sprintf("%s in %d", tt.problem, n)), map[uint64]bool{})
			if ok != (n == tt.moves) {
				t.Errorf("%s in %d: solved %v", tt.problem, n, ok)
			}
		}
	}
}

// The default is enough even for the largest tower.
func TestDefaultIsEnough(t *testing.T) {
	p := parse(t, reversed)
	names := strings.Fields(alphabet)
	var steps []string
	for i := len(names) - 1; i > 0; i-- {
		steps = append(steps, "unstack("+names[i]+","+names[i-1]+")", "put-down("+names[i]+")")
	}
	for i := len(names) - 2; i >= 0; i-- {
		steps = append(steps, "pick-up("+names[i]+")", "stack("+names[i]+","+names[i+1]+")")
	}
	if len(steps) > int(p.left) {
		t.Errorf("%d moves are left, and %d needed", p.left, len(steps))
	}
	if err := check(reversed, steps); err != nil {
		t.Error(err)
	}
}

func TestCheckRefuses(t *testing.T) {
	const none = "it is none of pick-up(x), put-down(x), stack(x,y) and unstack(x,y)"
	tests := []struct{ problem, steps, want string }{
		{example, "unstack(c,a) put-down(c) pick-up(b) stack(b,c) pick-up(a) stack(a,b)", ""},
		{example, "", "after the last step (ontable c) is not true"},
		{example, "pick-up(c)", `step 1, "pick-up(c)": it needs (ontable c)`},
		{example, "pick-up(a)", `step 1, "pick-up(a)": it needs (clear a)`},
		{example, "unstack(c,a) pick-up(b)", `step 2, "pick-up(b)": it needs (handempty)`},
		{example, "unstack(c,a) stack(c,c)", `step 2, "stack(c,c)": it needs (clear c)`},
		{example, "unstack(c,b)", `step 1, "unstack(c,b)": it needs (on c b)`},
		{example, "put-down(c)", `step 1, "put-down(c)": it needs (holding c)`},
		{example, "pick-up(b,c)", `step 1, "pick-up(b,c)": ` + none},
		{example, "stack(b)", `step 1, "stack(b)": ` + none},
		{example, "move(b)", `step 1, "move(b)": ` + none},
		{example, "pick-up(b", `step 1, "pick-up(b": ` + none},
		{"a/b > a b", "pick-up(b) stack(b,a) unstack(b,a)", `step 3, "unstack(b,a)": it comes when the goal is reached`},
		{"a/b > a b in 1", "pick-up(b) stack(b,a)", `step 2, "stack(b,a)": there were only 1 moves left`},
		{"a/b > a b in 99999999999999999999", "", `the number of moves left: strconv.Atoi: parsing "99999999999999999999": value out of range`},
		{"a/b", "", "the problem has no goal"},
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
	const want = `hand: d

      blue
 a    c
 --   --
goal: ? a blue
moves left: 5`
	if diff := cmp.Diff(want, parse(t, "a/c blue/[d] > ? a blue in 5").Draw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever Parse accepts is read again as the same position, and whatever it refuses
// comes with a reason and a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", example, sussman, reversed, "a b/[c] > ? b a ?/? c in 9", "a > []", "a > ? a ?", "(define", "☠", "in > in in 3",
		"(define (:objects a)(:domain blocks)(:init (ontable a)(clear a)(handempty))(:goal (holding a)))"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		was := p.String()
		value, over := p.Result()
		solved := over && value == 1
		if err := check(text, nil); solved != (err == nil) {
			t.Fatalf("%s: result %v, %v, and the checker says %v", was, value, over, err)
		}
		steps := slices.Repeat([]string{"put-down(a)"}, int(p.(*position).left)+1)
		if err := check(text, steps); err == nil {
			t.Fatalf("%s: the checker takes too many steps", was)
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
	p, err := Parse("(define (problem two) (:domain blocksworld) (:objects a b)\n" +
		"(:init (ontable a) (on b a) (clear b) (handempty)) (:goal (on a b)))")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"unstack(b,a)", "put-down(b)", "pick-up(a)", "stack(a,b)"} {
		for _, m := range p.Moves(nil) {
			if p.MoveText(m) == name {
				fmt.Println(p, name)
				p.Play(m)
				break
			}
		}
	}
	fmt.Println(p)
	fmt.Println(p.Result())
	_, err = Parse("a b > b c")
	fmt.Println(err)
	// Output:
	// a b > ? b a ? in 8 unstack(b,a)
	// a/[b] > ? b a ? in 7 put-down(b)
	// a/b > ? b a ? in 6 pick-up(a)
	// b/[a] > ? b a ? in 5 stack(a,b)
	// b a > ? b a ? in 4
	// 1 true
	// problem "a b > b c": goal tower 1: there is no block "c"; for example: a c/b > c b a in 6
}

// BenchmarkPlay plays at random, to the end or until no moves are left, and takes it back.
func BenchmarkPlay(b *testing.B) {
	for _, problem := range []struct{ name, text string }{{"3 blocks", example}, {"26 blocks", reversed}} {
		b.Run(problem.name, func(b *testing.B) {
			p := parse(b, problem.text).Clone()
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
		})
	}
}
