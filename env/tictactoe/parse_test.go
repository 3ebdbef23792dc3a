package tictactoe

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"the empty board by name", "start", ".../.../..."},
		{"the empty board as drawn", ".../.../...", ".../.../..."},
		{"marks", "X.O/.X./..O", "X.O/.X./..O"},
		{"small letters", "x.o/.X./..O", "X.O/.X./..O"},
		{"spaces around", "\t X.O/.X./..O\r\n", "X.O/.X./..O"},
		{"two rows by one mark", "XXX/XOO/XOO", "XXX/XOO/XOO"},
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
	const rows, turns = `, and must be 3 with "/" between them`, ": X moves first, so there must be as many X as O, or one more"
	tests := []struct {
		name, text, reason string
	}{
		{"empty", "", `the text is empty; the empty board is "start"`},
		{"blank", " \n", `the text is empty; the empty board is "start"`},
		{"a megabyte", strings.Repeat(".", 1<<20), "the text is longer than 100 bytes"},
		{"no rows", "X.O.X...O", "the number of rows is 1" + rows},
		{"four rows", ".../.../.../", "the number of rows is 4" + rows},
		{"a short row", "X.O/X./..O", "row 2 has 2 cells, and must have 3"},
		{"a long row", "X.O/X./..O.", "row 2 has 2 cells, and must have 3"},
		{"another sign", "X.O/.Z./..O", "cell 5 is 'Z', and must be X, O or ."},
		{"a zero", "X.0/.../...", "cell 3 is '0', and must be X, O or ."},
		{"not ASCII", "X.О/.../...", "cell 3 is 'О', and must be X, O or ."},
		{"no UTF-8", "\xff../.../...", "cell 1 is '\uFFFD', and must be X, O or ."},
		{"O first", "O../.../...", "there are 0 X and 1 O" + turns},
		{"X twice", "XX./.../...", "there are 2 X and 0 O" + turns},
		{"X has won, and O has moved", "XXX/OO./..O", "X has three in a row, but O has moved after that"},
		{"O has won, and X has moved", "OOO/XX./XX.", "O has three in a row, but X has moved after that"},
		{"both have won", "XXX/OOO/...", "X has three in a row, but O has moved after that"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			envtest.Refused(t, Parse, env.InputError{Input: tt.text, Reason: tt.reason, Example: example})
		})
	}
}

// Whatever Parse accepts is a position whose text is read as the same one;
// whatever it refuses comes with a text that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"start", "", example, "XXX/XOO/XOO", "x../.../...\n", "X.O.X...O", "XXX/OOO/...", "//", "\xff../.../..."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		if diff := cmp.Diff(plainly(p.String()), factsOf(p)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

func parse(t testing.TB, text string) env.Position {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
