package connectfour

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDrawing(t *testing.T) {
	const empty = " . . . . . . .\n"
	tests := []struct{ text, want string }{
		{"start", " 1 2 3 4 5 6 7\n" + empty + empty + empty + empty + empty + empty + "X to move\n"},
		{"4435", " 1 2 3 4 5 6 7\n" + empty + empty + empty + empty + " . . . O . . .\n . . X X O . .\nX to move\n"},
		{"1213141", " 1 2 3 4 5 6 7\n" + empty + empty + " X . . . . . .\n X . . . . . .\n X . . . . . .\n X O O O . . .\nX has won\n"},
		{"723157522475461657716366276543421324115433", " 1 2 3 4 5 6 7\n O X O O X X O\n X O X O O O X\n X X O X X X O\n O X O X O X X\n X O O X X O O\n O O X O X O X\na draw\n"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, parse(t, tt.text).Draw()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}
