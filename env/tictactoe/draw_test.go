package tictactoe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDrawing(t *testing.T) {
	tests := []struct{ text, want string }{
		{".../.../...", " 1 2 3\n 4 5 6\n 7 8 9\nX to move\n"},
		{"X.O/.X./...", " X 2 O\n 4 X 6\n 7 8 9\nO to move\n"},
		{"X.O/.XO/..X", " X 2 O\n 4 X O\n 7 8 X\nX has won\n"},
		{"XXO/X.O/..O", " X X O\n X 5 O\n 7 8 O\nO has won\n"},
		{"XOX/XOO/OXX", " X O X\n X O O\n O X X\na draw\n"},
	}
	for _, tt := range tests {
		p, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, p.(*Position).Draw()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}
