package registry_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/registry"
)

// boards calls test with every board that is registered.
func boards(t *testing.T, test func(t *testing.T, e registry.Entry, b *env.Board)) {
	found := false
	for _, e := range registry.All() {
		if b, ok := e.Env.(*env.Board); ok {
			found = true
			t.Run(e.Name, func(t *testing.T) { test(t, e, b) })
		}
	}
	if !found {
		t.Error("there are none")
	}
}

// facts is all that a Position tells.
type facts struct {
	Text   string
	Hash   uint64
	ToMove int
	Value  float32
	Over   bool
	Moves  []env.Move
	Texts  []string
}

func factsOf(p env.Position) facts {
	f := facts{Text: p.String(), Hash: p.Hash(), ToMove: p.ToMove(), Moves: p.Moves(nil)}
	f.Value, f.Over = p.Result()
	for _, m := range f.Moves {
		f.Texts = append(f.Texts, p.MoveText(m))
	}
	return f
}

// wantContract fails if what a position tells is not what env.Position asks.
func wantContract(t *rapid.T, b *env.Board, p env.Position) facts {
	f := factsOf(p)
	if f.Over != (len(f.Moves) == 0) {
		t.Fatalf("%s: over %v, with the moves %v", p, f.Over, f.Moves)
	}
	if f.Over && !(f.Value >= 0 && f.Value <= 1) {
		t.Fatalf("%s: the result %v is outside [0,1]", p, f.Value)
	}
	if f.ToMove < 0 || f.ToMove >= max(1, b.Players) {
		t.Fatalf("%s: player %d is to move", p, f.ToMove)
	}
	seen := map[string]bool{}
	for _, text := range f.Texts {
		if seen[text] {
			t.Fatalf("%s: two moves are called %q", p, text)
		}
		seen[text] = true
	}
	room := make([]env.Move, 2, 2+len(f.Moves))
	room[0], room[1] = 998, 999
	if diff := cmp.Diff(append([]env.Move{998, 999}, f.Moves...), p.Moves(room)); diff != "" {
		t.Fatalf("%s: moves behind others (-want +got):\n%s", p, diff)
	}
	again, err := b.Parse(f.Text)
	if err != nil {
		t.Fatalf("its own text is not read: %v", err)
	}
	if diff := cmp.Diff(f, factsOf(again)); diff != "" {
		t.Fatalf("%s is read otherwise (-played +read):\n%s", p, diff)
	}
	return f
}

// A random game from an example keeps to the contract at every ply, and is
// taken back to where it was; a clone is not touched by it.
func TestPositions(t *testing.T) {
	boards(t, func(t *testing.T, e registry.Entry, b *env.Board) {
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.SampledFrom([]string{e.Example, b.SampleState}).Draw(t, "problem")
			p, err := b.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			var line []facts
			for {
				f := wantContract(t, b, p)
				line = append(line, f)
				if f.Over {
					break
				}
				clone := p.Clone()
				p.Play(rapid.SampledFrom(f.Moves).Draw(t, "move"))
				if diff := cmp.Diff(f, factsOf(clone)); diff != "" {
					t.Fatalf("a clone changes with its original (-was +is):\n%s", diff)
				}
				if rapid.Bool().Draw(t, "go on with a clone, and so from a later ply") {
					p, line = p.Clone(), nil
				}
			}
			for i := len(line) - 2; i >= 0; i-- {
				p.Undo()
				if diff := cmp.Diff(line[i], factsOf(p)); diff != "" {
					t.Fatalf("after Undo (-was +is):\n%s", diff)
				}
			}
		})
	})
}

// No method but Clone and String allocates.
func TestPositionsDoNotAllocate(t *testing.T) {
	boards(t, func(t *testing.T, e registry.Entry, b *env.Board) {
		p, err := b.Parse(e.Example)
		if err != nil {
			t.Fatal(err)
		}
		var random env.Rand
		buf := make([]env.Move, 0, 1<<10)
		sum := uint64(0) // so that no result goes unused
		allocs := testing.AllocsPerRun(100, func() {
			plies := 0
			for ; ; plies++ {
				value, over := p.Result()
				sum += p.Hash() + uint64(p.ToMove()) + uint64(value)
				if over {
					break
				}
				moves := p.Moves(buf)
				m := moves[random.N(len(moves))]
				sum += uint64(len(p.MoveText(m)))
				p.Play(m)
			}
			for range plies {
				p.Undo()
			}
		})
		if allocs != 0 || sum == 0 {
			t.Errorf("%v allocations in a game, want none", allocs)
		}
	})
}

// The sample of the rules is a state of the game, and its step is legal.
func TestSamples(t *testing.T) {
	boards(t, func(t *testing.T, _ registry.Entry, b *env.Board) {
		if b.Rules() == "" {
			t.Error("there are no rules")
		}
		text, step := b.Example()
		s, err := b.Start(context.Background(), text)
		if err != nil {
			t.Fatal(err)
		}
		if s.String() != text {
			t.Errorf("the sample %s is written %s", text, s)
		}
		if _, err := b.Step(t.Context(), s, step); err != nil {
			t.Error(err)
		}
	})
}
