package countdown

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

func TestStep(t *testing.T) {
	tests := []struct {
		name    string
		game    Game
		problem string
		actions []string
		want    string   // the state
		kept    []string // nil: actions as they are
	}{
		{"the result takes its place in order", game24, "4 9 10 13", []string{"13-9=4"}, "4 4 10 > 24", nil},
		{"a result is not needed", game24, "4 9 10 13", []string{"13-9"}, "4 4 10 > 24", []string{"13-9=4"}},
		{"the larger operand is put first", game24, "4 9 10 13", []string{"4+9", "10*13"}, "13 130 > 24", []string{"9+4=13", "13*10=130"}},
		{"fractions", game24, "3 3 8 8", []string{"8/3=8/3", "3-(8/3)=1/3", "8/(1/3)=24"}, "24 > 24", nil},
		{"fractions without parentheses", game24, "3 3 8 8", []string{"8/3", "3 - 8/3 = 1/3", "8 / (1/3)"}, "24 > 24", []string{"8/3=8/3", "3-(8/3)=1/3", "8/(1/3)=24"}},
		{"a fraction on the left without parentheses", game24, "3 3 8 8", []string{"8/3", "8/3*3"}, "8 8 > 24", []string{"8/3=8/3", "3*(8/3)=8"}},
		{"two fractions without parentheses", game24, "3 3 8 8", []string{"8/3", "3/8", "8/3 + 3/8 = 73/24"}, "73/24 > 24", []string{"8/3=8/3", "3/8=3/8", "(8/3)+(3/8)=73/24"}},
		{"of two readings, the one whose numbers are there", game24, "1 2 6", []string{"1/2", "6/1/2"}, "12 > 24", []string{"1/2=1/2", "6/(1/2)=12"}},
		{"a negative number", game24, "3 5 9", []string{"3-5=-2", "9*(-2)=-18"}, "-18 > 24", nil},
		{"a negative number without parentheses", game24, "3 5 9", []string{"3-5", "9--2"}, "11 > 24", []string{"3-5=-2", "9-(-2)=11"}},
		{"a negative number in front", game24, "3 5 9", []string{"3-5", "-2+9"}, "7 > 24", []string{"3-5=-2", "9+(-2)=7"}},
		{"a negative fraction", game24, "1 2 3", []string{"1-3", "-2/2"}, "-1 > 24", []string{"1-3=-2", "(-2)/2=-1"}},
		{"signs of typesetting", game24, "2 3 4 24", []string{"4×3", "12 ÷ 2", "24−6"}, "18 > 24", []string{"4*3=12", "12/2=6", "24-6=18"}},
		{"the letter x and the dots", game24, "2 3 4 5 6", []string{"2x3", "6·4", "5∙6", "30X24"}, "720 > 24", []string{"3*2=6", "6*4=24", "6*5=30", "30*24=720"}},
		{"a sentence ends in a full stop", game24, "4 6", []string{" 4 * 6 = 24 .\n"}, "24 > 24", []string{"6*4=24"}},
		{"parentheses around each number", game24, "4 6", []string{"((4))*( 6 )=(24)"}, "24 > 24", []string{"6*4=24"}},
		{"a result that is not in lowest terms is right", game24, "4 6", []string{"4/6=4/6"}, "2/3 > 24", []string{"4/6=2/3"}},
		{"equal numbers are two numbers", game24, "7 7 8", []string{"7*7"}, "8 49 > 24", []string{"7*7=49"}},
		{"integer rules: an exact division", game24Integer, "3 5 10", []string{"10/5=2"}, "2 3 > 24", nil},
		{"integer rules: zero is not negative", game24Integer, "3 5 5", []string{"5-5=0"}, "0 3 > 24", nil},
		{"past 64 bits and back", game24, "1000000 1000000 1000000 1000000 1000000",
			[]string{"1000000*1000000=1000000000000", "1000000000000*1000000=1000000000000000000", "1000000000000000000*1000000", "1000000000000000000000000/1000000"},
			"1000000000000000000 > 24",
			[]string{"1000000*1000000=1000000000000", "1000000000000*1000000=1000000000000000000", "1000000000000000000*1000000=1000000000000000000000000", "1000000000000000000000000/1000000=1000000000000000000"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := walk(t, start(t, tt.game, tt.problem), tt.actions...)
			if s.String() != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
			if tt.kept == nil {
				tt.kept = tt.actions
			}
			if diff := cmp.Diff(tt.kept, s.Steps()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStepRefuses(t *testing.T) {
	const wholeOnly = ", and the rules allow only whole numbers from 0"
	tests := []struct {
		name   string
		game   Game
		before []string
		action string
		words  string
	}{
		{"a number that is not there", game24, nil, "7+4", "7 is not among 4 9 10 13"},
		{"a number that is not there, on the right", game24, nil, "4+7", "7 is not among 4 9 10 13"},
		{"a number that is there once", game24, nil, "4+4", "4 is only once among 4 9 10 13"},
		{"a number that was used", game24, []string{"13-9"}, "13-9", "13 is not among 4 4 10"},
		{"a wrong result", game24, nil, "13-9=5", "13-9 is 4, not 5"},
		{"a wrong result, in the words of the canonical step", game24, nil, "4 × 9 = 3/1", "9*4 is 36, not 3/1"},
		{"a wrong sign", game24, nil, "9-13=4", "9-13 is -4, not 4"},
		{"a rounded result", game24, nil, "10/9=1.11", "unexpected '.' after the step; write one step such as a-b=c"},
		{"a wrong result of more than 64 bits", game24, nil, "13-9=99999999999999999999", "13-9 is 4, not 99999999999999999999"},
		{"division by zero", game24, []string{"13-9", "4-4"}, "10/0", "division by zero"},
		{"division by zero in an operand", game24, nil, "9-(4/0)", "4/0 is division by zero"},
		{"division by zero in the result", game24, nil, "9-4=5/0", "5/0 is division by zero"},
		{"division of 21 digits by zero", game24, nil, "9-(999999999999999999999/0)", "999999999999999999999/0 is division by zero"},
		{"integer rules: negative", game24Integer, nil, "9-13=-4", "9-13 is negative" + wholeOnly},
		{"integer rules: not whole", game24Integer, nil, "13/9", "13/9 is not whole" + wholeOnly},
		{"empty", game24, nil, "", "a number is missing before the end"},
		{"one number", game24, nil, "13", "one of + - * / is missing before the end"},
		{"no second number", game24, nil, "13-", "a number is missing before the end"},
		{"no result after =", game24, nil, "13-9=", "a number is missing before the end"},
		{"two steps in one", game24, nil, "13-9+4=8", "unexpected '+' after the step; write one step such as a-b=c"},
		{"two steps in parentheses", game24, nil, "(13-9)*4", `a ")" is missing before '-'`},
		{"a division that is there as a value only", countdown, []string{"13-9"}, "(4/4)*10", "4/4 is not among 4 4 10"},
		{"a division by one is a second step", game24, nil, "(9/1)+4", "9/1 is not among 4 9 10 13"},
		{"a leading zero", game24, nil, "09+4", "09 is not among 4 9 10 13"},
		{"a number in a list", game24, nil, "1. 13-9=4", "one of + - * / is missing before '.'"},
		{"a bullet", game24, nil, "- 13-9=4", "-13 is not among 4 9 10 13"},
		{"a star as a bullet", game24, nil, "* 13-9=4", "a number is missing before '*'"},
		{"words", game24, nil, "subtract 9 from 13", "a number is missing before 's'"},
		{"what is left, as some write it", game24, nil, "13-9=4 (left: 4 4 10)", "unexpected '(' after the step; write one step such as a-b=c"},
		{"a power", game24, nil, "4**9", "a number is missing before '*'"},
		{"an open parenthesis", game24, nil, "(13-9", `a ")" is missing before '-'`},
		{"nested deeper than eight", game24, nil, strings.Repeat("(", 9) + "13" + strings.Repeat(")", 9) + "-9", "a number is missing before '('"},
		{"two full stops", game24, nil, "13-9..", "unexpected '.' after the step; write one step such as a-b=c"},
		{"digits that are not ASCII", game24, nil, "١٣-9", "a number is missing before '١'"},
		{"not UTF-8", game24, nil, "13-9=\xff", "a number is missing before '\uFFFD'"},
		{"a NUL at the end", game24, nil, "13-9\x00", "unexpected '\\x00' after the step; write one step such as a-b=c"},
		{"two lines", game24, nil, "13-9=4\n10-4=6", "unexpected '\\n' after the step; write one step such as a-b=c"},
		{"over: one number left", game24, []string{"13-9", "4-4", "10*0"}, "0+0", "the puzzle is over"},
		{"over: the target is there", countdown, []string{"13-9", "10-4", "6*4"}, "24+4", "the puzzle is over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problem := "4 9 10 13"
			if tt.game.Target == 0 {
				problem += " = 24"
			}
			s := walk(t, start(t, tt.game, problem), tt.before...)
			next, err := tt.game.Step(t.Context(), s, tt.action)
			if next != nil || !errors.Is(err, env.ErrIllegal) {
				t.Fatalf("Step = %v, %v; want an illegal step", next, err)
			}
			if diff := cmp.Diff(env.Illegal(tt.action, "%s", tt.words).Error(), err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// 1/2/3 may be 1/2 over 3 or 1 over 2/3. Here all four are among the numbers.
func TestStepAmbiguous(t *testing.T) {
	s := walk(t, start(t, game24, "1 1 2 2 3 3"), "1/2", "2/3")
	if want := "1/2 2/3 1 3 > 24"; s.String() != want {
		t.Fatalf("got %q, want %q", s, want)
	}
	_, err := game24.Step(t.Context(), s, "1/2/3")
	want := env.Illegal("1/2/3", "it can be read in two ways: put the fraction in parentheses").Error()
	if !errors.Is(err, env.ErrIllegal) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := step(t, s, "(1/2)/3").String(); got != "1/6 2/3 1 > 24" {
		t.Errorf("(1/2)/3 gives %s", got)
	}
	if got := step(t, s, "1/(2/3)").String(); got != "1/2 3/2 3 > 24" {
		t.Errorf("1/(2/3) gives %s", got)
	}
}

// A text of a megabyte is refused without being read or repeated.
func TestStepRefusesLongTexts(t *testing.T) {
	s := start(t, game24, "4 9 10 13")
	long := "13-9=4" + strings.Repeat(" ", 1<<20)
	var err error
	allocs := testing.AllocsPerRun(10, func() { _, err = game24.Step(t.Context(), s, long) })
	if !errors.Is(err, env.ErrIllegal) || len(err.Error()) > 100 {
		t.Errorf("got %v", err)
	}
	if allocs > 20 {
		t.Errorf("%v allocations", allocs)
	}
}

// A state of another game or another package is the caller's mistake: retrying
// with another action can't help, so it is not an illegal step.
func TestStepRefusesForeignStates(t *testing.T) {
	tests := []struct {
		name  string
		state env.State
	}{
		{"no state", nil},
		{"a nil state", (*State)(nil)},
		{"a state of other rules", start(t, game24Integer, "4 9 10 13")},
		{"a state of another package", foreign{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := game24.Step(t.Context(), tt.state, "13-9")
			if !errors.Is(err, errForeign) || errors.Is(err, env.ErrIllegal) {
				t.Errorf("got %v", err)
			}
		})
	}
}

type foreign struct{}

func (foreign) String() string               { return "4 9 10 13 > 24" }
func (foreign) Key() string                  { return "ra:4 9 10 13 > 24" }
func (foreign) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }
