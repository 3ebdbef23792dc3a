package tictactoe

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

// facts is all that a Position tells, but for its hash.
type facts struct {
	Text   string
	ToMove int
	Value  float32 // if over
	Over   bool
	Moves  []env.Move
}

func factsOf(p env.Position) facts {
	f := facts{Text: p.String(), ToMove: p.ToMove(), Moves: p.Moves(nil)}
	if f.Value, f.Over = p.Result(); !f.Over {
		f.Value = 0
	}
	return f
}

// plainly is what the rules say of a board, read off its text.
func plainly(text string) facts {
	b := strings.ReplaceAll(text, "/", "")
	f := facts{Text: text, ToMove: (9 - strings.Count(b, ".")) % 2, Over: !strings.Contains(b, "."), Value: 0}
	if f.Over {
		f.Value = 0.5
	}
	for _, row := range []string{"012", "345", "678", "036", "147", "258", "048", "246"} {
		if c := b[row[0]-'0']; c != '.' && c == b[row[1]-'0'] && c == b[row[2]-'0'] {
			f.Over, f.Value = true, 0
		}
	}
	for i, c := range b {
		if c == '.' && !f.Over {
			f.Moves = append(f.Moves, env.Move(i))
		}
	}
	return f
}

// reach plays and undoes every game and returns the hashes of the positions
// by their texts, having compared each with the plain rules.
func reach(t *testing.T) map[string]uint64 {
	known := map[string]uint64{}
	p := New()
	var walk func()
	walk = func() {
		was, hash := factsOf(p), p.Hash()
		if h, seen := known[was.Text]; seen {
			if h != hash {
				t.Fatalf("%s has the hashes %#x and %#x", was.Text, h, hash)
			}
			return
		}
		known[was.Text] = hash
		if diff := cmp.Diff(plainly(was.Text), was); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", was.Text, diff)
		}
		for _, m := range was.Moves {
			p.Play(m)
			walk()
			p.Undo()
			if diff := cmp.Diff(was, factsOf(p)); diff != "" || p.Hash() != hash {
				t.Fatalf("%s after move %d was undone, hash %#x and %#x (-was +is):\n%s", was.Text, m, hash, p.Hash(), diff)
			}
		}
	}
	walk()
	return known
}

// The game has 5,478 positions, each with a hash of its own. Parse accepts just
// these of all 3^9 drawings, as what they are in the game.
func TestEveryPosition(t *testing.T) {
	known := reach(t)
	hashes := map[uint64]bool{}
	for _, hash := range known {
		hashes[hash] = true
	}
	if len(known) != 5478 || len(hashes) != 5478 {
		t.Errorf("%d positions with %d hashes, want 5478", len(known), len(hashes))
	}
	for drawing := range 19683 {
		text := []byte(".../.../...")
		for i, d := 0, drawing; d > 0; i, d = i+1, d/3 {
			text[i+i/3] = ".XO"[d%3]
		}
		p, err := Parse(string(text))
		hash, reachable := known[string(text)]
		switch {
		case reachable != (err == nil):
			t.Fatalf("%s: reachable %v, Parse: %v", text, reachable, err)
		case !reachable:
			continue
		case p.Hash() != hash:
			t.Fatalf("%s: the hash is %#x, and in a game %#x", text, p.Hash(), hash)
		}
		if diff := cmp.Diff(plainly(string(text)), factsOf(p)); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", text, diff)
		}
	}
}
