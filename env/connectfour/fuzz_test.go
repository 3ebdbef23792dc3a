package connectfour

import (
	"testing"

	"github.com/ponder-mcts/ponder/env/envtest"
)

// Whatever Parse accepts is a position whose text is read as the same one, with
// moves that can be played and undone; whatever it refuses comes with a text
// that it accepts.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"start", "", "4435", "1212121", "44444444", "8", "hello", "/////", exampleBoard, emptyRows + "...o...",
		"......./......./......./X..O.../XO.O.../XXXXO.O", "......./......./......./......./OOO.OOO/XXXXXXX", "4\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := envtest.Read(t, Parse, text)
		if !ok {
			return
		}
		was := p.String()
		value, over := p.Result()
		moves := p.Moves(nil)
		if over != (len(moves) == 0) || over && value != 0 && value != 0.5 {
			t.Fatalf("%s: result %v, %v with the moves %v", was, value, over, moves)
		}
		for _, m := range moves {
			p.Play(m)
			p.Undo()
			if p.String() != was {
				t.Fatalf("%s became %s after move %d was undone", was, p, m)
			}
		}
	})
}
