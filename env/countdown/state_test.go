package countdown

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

func TestActions(t *testing.T) {
	tests := []struct {
		name    string
		game    Game
		problem string
		want    string
	}{
		{"all six of a pair", game24, "4 9", "9+4=13 9-4=5 4-9=-5 9*4=36 9/4=9/4 4/9=4/9"},
		{"integer rules leave the whole and not negative", game24Integer, "4 9", "9+4=13 9-4=5 9*4=36"},
		{"integer rules keep an exact division", game24Integer, "3 9", "9+3=12 9-3=6 9*3=27 9/3=3"},
		{"equal numbers: no second difference or quotient", game24, "5 5", "5+5=10 5-5=0 5*5=25 5/5=1"},
		{"2+2 and 2*2 make the same state: the sum stands for both", game24, "2 2", "2+2=4 2-2=0 2/2=1"},
		{"nothing divides by zero, and 0*5 is 0/5", game24, "0 5", "5+0=5 0-5=-5 5*0=0"},
		{"two zeros make a zero in every way", game24, "0 0", "0+0=0"},
		{"equal pairs are listed once", game24, "4 4 4", "4+4=8 4-4=0 4*4=16 4/4=1"},
		{"4-2=2 only removes the 4, as 4*1=4 removes the 1, and 2*1=2 does it first", game24Integer, "1 2 4",
			"2+1=3 2-1=1 2*1=2 4+1=5 4-1=3 4+2=6 4-2=2 4*2=8"},
		{"the target among the numbers ends countdown", countdown, "4 6 = 6", ""},
		{"the target among the numbers does not end the game of 24", game24Integer, "1 24", "24+1=25 24-1=23 24*1=24"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(start(t, tt.game, tt.problem).Actions(), " ")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Actions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	reached := &env.Outcome{Reward: 1, Note: "24 is reached"}
	wrong := &env.Outcome{Reward: 0, Note: "one number is left and it is not 24"}
	tests := []struct {
		name    string
		game    Game
		problem string
		actions []string
		want    *env.Outcome // nil if the state is not terminal
		answer  string
	}{
		{"game24 at the start", game24, "4 6", nil, nil, ""},
		{"game24 with all used", game24, "4 6", []string{"6*4"}, reached, "6*4"},
		{"game24 with a number not used", game24, "1 4 6", []string{"6*4"}, nil, ""},
		{"game24 with another number left", game24, "4 6", []string{"6+4"}, wrong, "6+4"},
		{"game24 with minus 24 left", game24, "4 28", []string{"4-28"}, wrong, "4-28"},
		{"countdown with the target given", countdown, "1 24 = 24", nil, reached, "24"},
		{"countdown with a number not used", countdown, "1 4 6 = 24", []string{"6*4"}, reached, "6*4"},
		{"countdown with another number left", countdown, "4 6 = 24", []string{"6+4"}, wrong, "6+4"},
		{"countdown with all used", countdown, "1 4 6 = 24", []string{"6*1", "6*4"}, reached, "6*1*4"},
		{"countdown that asks for all", countdownAll, "1 24 = 24", nil, nil, ""},
		{"countdown that asks for all, with all used", countdownAll, "1 24 = 24", []string{"24*1"}, reached, "24*1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := walk(t, start(t, tt.game, tt.problem), tt.actions...)
			var got *env.Outcome
			if outcome, over := s.Outcome(); over {
				got = &outcome
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Outcome at %s (-want +got):\n%s", s, diff)
			}
			if s.Answer() != tt.answer {
				t.Errorf("Answer = %q, want %q", s.Answer(), tt.answer)
			}
		})
	}
}

// Parentheses stand where the value needs them, and nowhere else.
func TestAnswer(t *testing.T) {
	tests := []struct {
		name    string
		problem string
		actions string
		want    string
	}{
		{"a product of differences", "4 9 10 13", "13-9 10-4 6*4", "(10-4)*(13-9)"},
		{"the steps' order of operands", "4 9 10 13", "10-4 13-9 4*6", "(10-4)*(13-9)"},
		{"a sum of products needs none", "2 3 4 5", "3*2 5*4 20+6", "5*4+3*2"},
		{"a sum of sums needs none", "1 2 3 4", "3+4 1+2 7+3", "4+3+2+1"},
		{"a difference added needs none", "1 2 9", "2-1 9+1", "9+2-1"},
		{"a sum subtracted", "1 2 9", "2+1 9-3", "9-(2+1)"},
		{"a difference subtracted", "1 2 9", "2-1 9-1", "9-(2-1)"},
		{"a difference first", "1 2 9", "9-2 7-1", "9-2-1"},
		{"a product subtracted needs none", "2 3 9", "3*2 9-6", "9-3*2"},
		{"a quotient multiplied needs none", "2 4 9", "4/2 9*2", "9*4/2"},
		{"a product as divisor", "2 3 30", "3*2 30/6", "30/(3*2)"},
		{"a quotient as divisor", "3 4 5", "3/4 5/(3/4)", "5/(3/4)"},
		{"a quotient first", "2 3 30", "30/3 10/2", "30/3/2"},
		{"a sum as divisor", "1 2 30", "2+1 30/3", "30/(2+1)"},
		{"a negative number on the way", "3 5 9", "3-5 9*(-2)", "9*(3-5)"},
		{"a fraction on the way", "3 3 8 8", "8/3 3-(8/3) 8/(1/3)", "8/(3-8/3)"},
		{"two levels", "1 5 5 5", "1/5 5-(1/5) (24/5)*5", "5*(5-1/5)"},
		{"of equal numbers the given one is used first", "4 9 13", "13-9 4-4", "4-(13-9)"},
		{"a result may be the same as its operand", "2 2 2 9", "2+2 4-2 9-2", "9-(2+2-2)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := walk(t, start(t, game24, tt.problem), strings.Fields(tt.actions)...).Answer(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A general model reads the example: it must be a state and a step of this game,
// in canonical text, after which the goal is still in reach.
func TestExampleAndRules(t *testing.T) {
	all := append([]Game{}, games...)
	for _, target := range []int64{1, 2, 3, 4, 5, 6, 7, 10, 24, 100, MaxNumber} {
		for _, g := range games {
			g.Target = target
			all = append(all, g)
		}
	}
	for _, g := range all {
		state, action := g.Example()
		numbers, target, _ := strings.Cut(state, " > ")
		problem := numbers
		if g.Target == 0 {
			problem += " = " + target
		}
		s := start(t, g, problem)
		if s.String() != state {
			t.Errorf("%+v: the example state %q is written %q", g, state, s)
		}
		next := step(t, s, action)
		if diff := cmp.Diff([]string{action}, next.Steps()); diff != "" {
			t.Errorf("%+v: the example step (-given +canonical):\n%s", g, diff)
		}
		if !reachable(t, next, map[string]bool{}) {
			t.Errorf("%+v: %s can't be solved after %s", g, state, action)
		}
		for phrase, want := range map[string]bool{
			"exactly once":               g.AllNumbers,
			"once or not at all":         !g.AllNumbers,
			"not negative":               g.Integer,
			"negative numbers are allow": !g.Integer,
			"8-(8/3)=16/3":               !g.Integer,
		} {
			if strings.Contains(g.Rules(), phrase) != want {
				t.Errorf("%+v: the rules have %q: %v, want %v: %s", g, phrase, !want, want, g.Rules())
			}
		}
	}
}
