package countdown

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerify(t *testing.T) {
	const g24 = "4 9 10 13"
	tests := []struct {
		name    string
		game    Game
		problem string
		answer  string
		reason  string // empty if it is right
	}{
		{"right", game24, g24, "(13-9)*(10-4)", ""},
		{"right, with the target", game24, g24, "(13-9)*(10-4) = 24", ""},
		{"right, as the end of a sentence", game24, g24, " (13 - 9) * (10 - 4) = 24.\n", ""},
		{"right, in signs of typesetting", game24, g24, "(13−9)×(10−4)", ""},
		{"right, with a dot and an x", game24, "1 2 3 4", "1·2x3∙4", ""},
		{"right, with too many parentheses", game24, g24, "(((13)-(9))*(10-4))", ""},
		{"right by a fraction", game24, "3 3 8 8", "8÷(3-8/3)", ""},
		{"right by negative numbers", game24, "1 3 4 8 9", "(1-4)*(3-8)+9", ""},
		{"operators of one level are read from the left", game24, "2 6 20", "20-2+6", ""},
		{"products before sums", game24, "2 10 14", "2*10+14", "it is worth 34, not 24"},
		{"quotients are read from the left", game24, "2 4 192", "192/4/2", ""},
		{"a wrong value", game24, g24, "4+9+10+13", "it is worth 36, not 24"},
		{"nearly right is wrong: 24 less a thousand-millionth", game24, "24 1 1000000 1000", "24-1/1000000/1000", "it is worth 23999999999/1000000000, not 24"},
		{"a wrong claim about a right value", game24, g24, "(13-9)*(10-4)=25", `it says "25" after "=", and the target is 24`},
		{"a right claim about a wrong value", game24, g24, "4+9+10+13=24", "it is worth 36, not 24"},
		{"two claims", game24, g24, "(13-9)*(10-4)=24=24", `it says "24=24" after "=", and the target is 24`},
		{"a claim before the expression", game24, g24, "24=(13-9)*(10-4)", `it says "(13-9)*(10-4)" after "=", and the target is 24`},
		{"a number left over", game24, "4 6 9", "4*6", "it uses 2 of the 3 numbers, and must use all"},
		{"a number used twice", game24, "4 6 6", "4*6+4-4", "4 is used more often than it is given"},
		{"a number that is not there", game24, g24, "24", "24 is not one of the numbers given"},
		{"digits of two numbers joined", game24, "1 2 12", "12+12", "12 is used more often than it is given"},
		{"a leading zero", game24, "4 6", "04*6", "04 is not one of the numbers given"},
		{"more numbers than any problem has", game24, "1 1 22", "1+1+22+0+0+0+0+0+0", "it has more than 8 numbers"},
		{"division by zero", game24, "0 24", "24/0", "it divides by zero"},
		{"division by a zero that was made", game24, "3 3 24", "24/(3-3)", "it divides by zero"},
		{"countdown may leave numbers over", countdown, "4 6 9 = 24", "4*6", ""},
		{"countdown may use all", countdown, "4 6 1 = 24", "4*6*1", ""},
		{"countdown: one number alone", countdown, "24 6 = 24", "24", ""},
		{"countdown: a number used twice", countdown, "4 6 9 = 24", "4+4+4+6+6", "4 is used more often than it is given"},
		{"countdown that asks for all", countdownAll, "4 6 9 = 24", "4*6", "it uses 2 of the 3 numbers, and must use all"},
		{"integer rules: right", game24Integer, g24, "(13-9)*(10-4)", ""},
		{"integer rules: an exact division", countdownInteger, "3 4 6 12 = 24", "12/6*4*3", ""},
		{"integer rules: a fraction on the way", game24Integer, "3 3 8 8", "8/(3-8/3)", "8/3 is 8/3, and the rules allow only whole numbers from 0"},
		{"integer rules: a negative number on the way", game24Integer, "4 10 30", "4-10+30", "4-10 is -6, and the rules allow only whole numbers from 0"},
		{"integer rules: the same without it", game24Integer, "4 10 30", "4+30-10", ""},
		{"empty", game24, g24, "", "a number is missing before the end"},
		{"only a claim", game24, g24, "=24", "a number is missing before the end"},
		{"a sign before a number", game24, g24, "-9+13+4+10", "a number is missing before '-'"},
		{"an operator missing", game24, g24, "(13-9)(10-4)", "unexpected '('"},
		{"two operators", game24, g24, "13*-9", "a number is missing before '-'"},
		{"a power", game24, g24, "4**9", "a number is missing before '*'"},
		{"an open parenthesis", game24, g24, "(13-9)*(10-4", `a ")" is missing before the end`},
		{"a closing parenthesis", game24, g24, "(13-9)*(10-4))", "unexpected ')'"},
		{"empty parentheses", game24, g24, "()", "a number is missing before ')'"},
		{"words", game24, g24, "the answer is 24", "a number is missing before 't'"},
		{"words behind", game24, g24, "(13-9)*(10-4) I think", "unexpected 'I'"},
		{"a decimal point", game24, g24, "13.0-9", "unexpected '.'"},
		{"an exponent", game24, g24, "1e9", "unexpected 'e'"},
		{"digits that are not ASCII", game24, g24, "٤*6", "a number is missing before '٤'"},
		{"a NUL at the end", game24, g24, "(13-9)*(10-4)\x00", "unexpected '\\x00'"},
		{"not UTF-8", game24, g24, "\xff", "a number is missing before '\uFFFD'"},
		{"parentheses that are too deep", game24, "4 6", strings.Repeat("(", 65) + "4*6" + strings.Repeat(")", 65), "parentheses are deeper than 64"},
		{"parentheses one after the other are not deep", game24, "4 6", strings.Repeat("(", 64) + "4" + strings.Repeat(")", 64) + "*(6)", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.game.Verify(t.Context(), tt.problem, tt.answer); err != nil {
				got = err.Error()
			}
			want := ""
			if tt.reason != "" {
				want = fmt.Sprintf("answer %q: %s", tt.answer, tt.reason)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Verify (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVerifyRefusesLongAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"a megabyte of parentheses": strings.Repeat("(", 1<<20),
		"a megabyte of digits":      strings.Repeat("9", 1<<20),
		"right, then a megabyte":    "(13-9)*(10-4)" + strings.Repeat(" ", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			err := game24.Verify(t.Context(), "4 9 10 13", answer)
			if err == nil || err.Error() != "the answer is longer than 512 bytes" {
				t.Errorf("got %v", err)
			}
		})
	}
}
