package countdown

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

func TestStart(t *testing.T) {
	tests := []struct {
		name    string
		game    Game
		problem string
		want    string
	}{
		{"numbers are sorted", game24, "13 4 10 9", "4 9 10 13 > 24"},
		{"as numbers, not as text", game24, "9 10 8 100", "8 9 10 100 > 24"},
		{"commas alone", game24, "4,9,10,13", "4 9 10 13 > 24"},
		{"commas and spaces mixed", game24, "4, 9 ,10 13", "4 9 10 13 > 24"},
		{"a line from a file ends in a line break", game24, " 4 9 10 13\r\n", "4 9 10 13 > 24"},
		{"equal numbers stay apart", game24, "6 6 6 6", "6 6 6 6 > 24"},
		{"the fewest numbers", game24, "4 6", "4 6 > 24"},
		{"the most numbers, all the largest", game24, strings.Repeat("1000000 ", 8), strings.Repeat("1000000 ", 8) + "> 24"},
		{"zero is a number", game24, "0 24", "0 24 > 24"},
		{"countdown with a target", countdown, "3 7 25 50 = 96", "3 7 25 50 > 96"},
		{"no space around =", countdown, "3,7=21", "3 7 > 21"},
		{"target zero", countdown, "3 3 = 0", "3 3 > 0"},
		{"the largest target", countdown, "3 3 = 1000000", "3 3 > 1000000"},
		{"a game with a target of its own", Game{Target: 100, AllNumbers: true}, "1 2 3", "1 2 3 > 100"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := start(t, tt.game, tt.problem).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestStartRefuses(t *testing.T) {
	const (
		notWhole = "is not a whole number in plain digits, 0 to 1000000"
		negative = "is negative or no number, and must be 0 to 1000000"
		large    = "is larger than 1000000"
		count    = " numbers, and needs 2 to 8"
	)
	tests := []struct {
		name    string
		game    Game
		problem string
		input   string // what the error points at
		reason  string
	}{
		{"empty", game24, "", "", "the text is empty"},
		{"only spaces", game24, " \t\n", " \t\n", "the text is empty"},
		{"letters", game24, "four nine", "four", "number 1 " + notWhole},
		{"a letter in a number", game24, "4 9 1O 13", "1O", "number 3 " + notWhole},
		{"a decimal point", game24, "4 9 10 1.5", "1.5", "number 4 " + notWhole},
		{"a fraction", game24, "4 9 10 1/2", "1/2", "number 4 " + notWhole},
		{"an exponent, too large for a float", game24, "4 9 10 1e999", "1e999", "number 4 " + notWhole},
		{"a hexadecimal number", game24, "4 9 10 0x1", "0x1", "number 4 " + notWhole},
		{"digits in groups", game24, "4 9 10 1_000", "1_000", "number 4 " + notWhole},
		{"not a number", game24, "4 9 10 NaN", "NaN", "number 4 " + notWhole},
		{"infinity", game24, "4 9 10 Inf", "Inf", "number 4 " + notWhole},
		{"a plus sign", game24, "4 9 10 +13", "+13", "number 4 " + notWhole},
		{"a negative number", game24, "4 9 10 -13", "-13", "number 4 " + negative},
		{"a list marker", game24, "- 4 9 10", "-", "number 1 " + negative},
		{"one above the bound", game24, "4 9 10 1000001", "1000001", "number 4 " + large},
		{"above 64 bits", game24, "4 9 10 9223372036854775808", "9223372036854775808", "number 4 " + large},
		{"a number of 100 digits", game24, "4 1" + strings.Repeat("0", 99), "1" + strings.Repeat("0", 99), "number 2 " + large},
		{"ten to the 400", game24, "4 1" + strings.Repeat("0", 400), "4 1" + strings.Repeat("0", 400), "the text is longer than 200 bytes"},
		{"a leading zero: octal or decimal?", game24, "4 9 10 013", "013", "number 4 has a leading zero"},
		{"Arabic-Indic digits", game24, "4 ٩ 10 13", "4 ٩ 10 13", "'٩' (U+0669) is not one of the digits 0 to 9"},
		{"full-width digits", game24, "４ 9", "４ 9", "'４' (U+FF14) is not one of the digits 0 to 9"},
		{"a minus sign that is not ASCII", game24, "4 −9", "−9", "number 2 " + notWhole},
		{"a NUL between numbers", game24, "4\x009", "4\x009", "the text has the control character U+0000"},
		{"a tab between numbers", game24, "4\t9", "4\t9", "the text has the control character U+0009"},
		{"two problems on two lines", game24, "4 9\n10 13", "4 9\n10 13", "the text has the control character U+000A"},
		{"a terminal escape", game24, "4 9 \x1b[2J", "4 9 \x1b[2J", "the text has the control character U+001B"},
		{"not UTF-8", game24, "4 9\xff", "4 9\xff", "the text is not valid UTF-8"},
		{"a replacement character is valid UTF-8", game24, "4 9\uFFFD", "9\uFFFD", "number 2 " + notWhole},
		{"one number", game24, "24", "24", "the problem has 1" + count},
		{"nine numbers", game24, "1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9", "the problem has 9" + count},
		{"two commas", game24, "4,,9", "4,,9", "a number is missing next to a comma"},
		{"a comma at the end", game24, "4, 9,", "4, 9,", "a number is missing next to a comma"},
		{"only a comma", game24, ",", ",", "a number is missing next to a comma"},
		{"semicolons", game24, "4;9;10", "4;9;10", "the problem has 1" + count},
		{"a megabyte", game24, strings.Repeat("1 ", 1<<19), strings.Repeat("1 ", 1<<19), "the text is longer than 200 bytes"},
		{"a target where it is fixed", game24, "4 9 10 13 = 24", "4 9 10 13 = 24", `there is an "=", but the target of this game is always 24`},
		{"no target", countdown, "3 7 25", "3 7 25", `the target is missing: it follows the numbers after "="`},
		{"an empty target", countdown, "3 7 25 =", "3 7 25 =", `the target after "=" is empty`},
		{"two targets", countdown, "3 7 25 = 84 85", " 84 85", `the target after "=" must be one number`},
		{"two equals signs", countdown, "3 7 = 84 = 85", " 84 = 85", `the target after "=" must be one number`},
		{"two targets without spaces", countdown, "3 7 = 84=85", "84=85", "the target " + notWhole},
		{"targets with a comma", countdown, "3 7 = 84,85", "84,85", "the target " + notWhole},
		{"a negative target", countdown, "3 7 = -4", "-4", "the target " + negative},
		{"a target above the bound", countdown, "3 7 = 1000001", "1000001", "the target " + large},
		{"a target in words", countdown, "3 7 = ten", "ten", "the target " + notWhole},
		{"a target with a fraction", countdown, "3 7 = 8/3", "8/3", "the target " + notWhole},
		{"a target and no numbers", countdown, "= 84", "= 84", "the problem has 0" + count},
		{"a target and one number", countdown, "84 = 84", "84 = 84", "the problem has 1" + count},
		{"an equals sign alone", countdown, "=", "=", `the target after "=" is empty`},
		{"a state instead of a problem", countdown, "3 7 > 21", "3 7 > 21", `the target is missing: it follows the numbers after "="`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := tt.game.Start(t.Context(), tt.problem)
			var got *env.InputError
			if s != nil || !errors.As(err, &got) {
				t.Fatalf("Start = %v, %v; want an *env.InputError", s, err)
			}
			want := &env.InputError{Input: tt.input, Reason: tt.reason, Example: "4 9 10 13"}
			if tt.game.Target == 0 {
				want.Example = "3 7 25 50 = 96"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if err := tt.game.Verify(t.Context(), tt.problem, "24"); !errors.As(err, &got) {
				t.Errorf("Verify = %v; want an *env.InputError too", err)
			}
		})
	}
}

// A target that the program chose is the program's mistake, not the problem's.
func TestStartRefusesTheGame(t *testing.T) {
	for _, target := range []int64{-1, MaxNumber + 1} {
		g := Game{Target: target}
		_, err := g.Start(t.Context(), "4 9")
		var bad *env.InputError
		if err == nil || errors.As(err, &bad) {
			t.Errorf("target %d: %v, want an error that is no *env.InputError", target, err)
		}
	}
}
