package connectfour

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

// The numbers of distinct positions after 0 to 6 plies are the known ones, by
// text as by hash.
func TestCounts(t *testing.T) {
	want := []int{1, 7, 49, 238, 1120, 4263, 16422}
	byText := make([]map[string]uint64, len(want))
	byHash := make([]map[uint64]string, len(want))
	for i := range want {
		byText[i], byHash[i] = map[string]uint64{}, map[uint64]string{}
	}
	p := New()
	var walk func(ply int)
	walk = func(ply int) {
		text, hash := p.String(), p.Hash()
		if _, seen := byText[ply][text]; seen {
			return
		}
		byText[ply][text], byHash[ply][hash] = hash, text
		if ply+1 == len(want) {
			return
		}
		for _, m := range p.Moves(nil) {
			p.Play(m)
			walk(ply + 1)
			p.Undo()
		}
	}
	walk(0)
	var texts, hashes []int
	for i := range want {
		texts, hashes = append(texts, len(byText[i])), append(hashes, len(byHash[i]))
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, hashes); diff != "" {
		t.Errorf("hashes (-want +got):\n%s", diff)
	}
}

// Over 200,000 positions of random games, hashes are equal exactly where texts
// are, and a position that was played is the one that its text is read as.
func TestHashes(t *testing.T) {
	const positions = 200_000
	byHash, byText := map[uint64]string{}, map[string]uint64{}
	var random env.Rand
	for visits := 0; visits < positions; {
		for p := New(); ; visits++ {
			text, hash := p.String(), p.Hash()
			known, seen := byHash[hash]
			if seen && known != text {
				t.Fatalf("%s and %s have the hash %#x", known, text, hash)
			}
			if h, ok := byText[text]; ok != seen || ok && h != hash {
				t.Fatalf("%s has the hashes %#x and %#x", text, h, hash)
			}
			if !seen {
				byHash[hash], byText[text] = text, hash
				again := parse(t, text)
				if again.own != p.own || again.all != p.all || again.stones != p.stones || again.won != p.won {
					t.Fatalf("%s is read as %s, %+v", text, again, again)
				}
			}
			moves := p.Moves(nil)
			if len(moves) == 0 {
				break
			}
			p.Play(moves[random.N(len(moves))])
		}
	}
	t.Logf("%d different ones", len(byHash))
}

func parse(t testing.TB, text string) *Position {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Position)
}
