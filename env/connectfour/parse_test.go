package connectfour

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

const emptyRows = "......./......./......./......./......./"

func TestParse(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"the empty board by name", "start", emptyRows + "......."},
		{"the empty board as drawn", emptyRows + ".......", emptyRows + "......."},
		{"one move", "4", emptyRows + "...X..."},
		{"columns pile up", "4435", "......./......./......./......./...O.../..XXO.."},
		{"spaces around", " \t44\n", "......./......./......./......./...O.../...X..."},
		{"small letters", emptyRows + "..xo...", emptyRows + "..XO..."},
		{"a full column", "111111", "O....../X....../O....../X....../O....../X......"},
		{"a win by the last move", "1212121", "......./......./X....../XO...../XO...../XO....."},
		{"a drawn win of O", "......./......./O....../O....../O....../OXX.XX.", "......./......./O....../O....../O....../OXX.XX."},
		{"two fours by one move", "......./......./......./X..O.../XO.O.../XXXXO.O", ""},
		{"a four partly under a stone of O", "......./......./......./......./O....../XXXX.OO", ""},
		{"seven in a row by the one in the middle", "......./......./......./......./OOO.OOO/XXXXXXX", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.text
			}
			if diff := cmp.Diff(tt.want, parse(t, tt.text).String()); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const stranger = `, and must be a column, 1 to 7 (a drawn board has 6 rows with "/" between them)`
	tests := []struct {
		name, text, reason string
	}{
		{"empty", "", `the text is empty; the empty board is "start"`},
		{"blank", " \n", `the text is empty; the empty board is "start"`},
		{"a megabyte", strings.Repeat("1", 1<<20), "the text is longer than 200 bytes"},
		{"a column 0", "4408", "move 3 is '0'" + stranger},
		{"a column 8", "448", "move 3 is '8'" + stranger},
		{"a space between", "4 4", "move 2 is ' '" + stranger},
		{"a digit that is not ASCII", "4٤", "move 2 is '٤'" + stranger},
		{"no UTF-8", "4\xff", "move 2 is '\uFFFD'" + stranger},
		{"words", "hello", "move 1 is 'h'" + stranger},
		{"a full column", "44444434", "move 8 is in column 4, which is full"},
		{"moves after the end", "12121213", "move 8 comes after the end: the game is over with move 7"},
		{"five rows", "......./......./......./......./.......", `the number of rows is 5, and must be 6 with "/" between them`},
		{"eight rows", emptyRows + emptyRows[:16], `the number of rows is 8, and must be 6 with "/" between them`},
		{"a long row", emptyRows + "........", "row 6 from the top has 8 cells, and must have 7"},
		{"a short row", "......" + emptyRows[7:] + ".......", "row 1 from the top has 6 cells, and must have 7"},
		{"another sign", emptyRows + "..X0...", "cell 4 of row 6 from the top is '0', and must be X, O or ."},
		{"a floating stone", "......./......./......./..X..../......./..O....", "the stone in column 3, row 4 from the top, has nothing under it"},
		{"O first", emptyRows + "...O...", "there are 0 X and 1 O: X moves first, so there must be as many X as O, or one more"},
		{"X twice", emptyRows + "..XX...", "there are 2 X and 0 O: X moves first, so there must be as many X as O, or one more"},
		{"both have won", "......./......./O....../O....../O....../OXXXX..", "X has four in a row, but O has moved after that"},
		{"X has won, and O has moved", "......./......./X....../XO...../XO...../XO....O", "X has four in a row, but O has moved after that"},
		{"O has won, and X has moved", "......./......./.O...../XO...../XO...../XO.X..X", "O has four in a row, but X has moved after that"},
		{"two fours, far apart", "......./......./X.....X/XO.O..X/XO.OO.X/XOOXO.X", "X has four in a row, but no last move can have made that"},
		{"a four that lies under a stone of O", "......./O....../X....../X....../X....../X...OO.", "X has four in a row, but no last move can have made that"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse(tt.text)
			var bad *env.InputError
			if p != nil || !errors.As(err, &bad) {
				t.Fatalf("Parse = %v, %v; want an *env.InputError", p, err)
			}
			if diff := cmp.Diff(tt.reason, bad.Reason); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
			if bad.Input != tt.text {
				t.Errorf("input %q", bad.Input)
			}
			parse(t, bad.Example)
		})
	}
}
