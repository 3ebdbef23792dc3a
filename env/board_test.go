package env_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/tictactoe"
)

// heap is a position of one or two players, who take 1 to most from a heap.
// The end is worth what is left of reward. Every method writes to it, as is
// allowed to methods of a Position: the race detector sees who shares one.
type heap struct {
	left, most, players int
	reward              float32
	past                []int
	used                int
}

func (h *heap) Moves(buf []env.Move) []env.Move {
	h.used++
	for n := 1; n <= min(h.left, h.most); n++ {
		buf = append(buf, env.Move(n))
	}
	return buf
}
func (h *heap) Play(m env.Move) { h.left -= int(m); h.past = append(h.past, int(m)) }
func (h *heap) Undo()           { h.left += h.past[len(h.past)-1]; h.past = h.past[:len(h.past)-1] }
func (h *heap) Hash() uint64    { h.used++; return uint64(h.left) }
func (h *heap) ToMove() int {
	h.used++
	return len(h.past) % h.players
}
func (h *heap) Result() (float32, bool) { h.used++; return h.reward, h.left == 0 }
func (h *heap) Clone() env.Position {
	h.used++
	c := *h
	c.past = slices.Clone(h.past)
	return &c
}
func (h *heap) CopyFrom(p env.Position) {
	past := h.past
	*h = *p.(*heap)
	h.past = append(past[:0], h.past...)
}
func (h *heap) String() string             { h.used++; return fmt.Sprintf("%d left", h.left) }
func (h *heap) MoveText(m env.Move) string { h.used++; return fmt.Sprintf("take %d", m) }

// heaps is a board of heaps; its problems are numbers.
func heaps(players, most int, reward float32) *env.Board {
	return &env.Board{
		Players: players,
		Parse: func(text string) (env.Position, error) {
			h := &heap{most: most, players: max(1, players), reward: reward}
			if _, err := fmt.Sscan(text, &h.left); err != nil {
				return nil, &env.InputError{Input: text, Reason: "it is no number", Example: "3"}
			}
			return h, nil
		},
		Rulebook: "Take the last one.", SampleState: "3 left", SampleStep: "take 1",
	}
}

// told is all that a state tells.
type told struct {
	Text, Key string
	Outcome   env.Outcome
	Over      bool
	Actions   []string
	Mover     bool
	ToMove    int
}

func tell(s env.State) told {
	x := told{Text: s.String(), Key: s.Key(), Actions: s.(env.Finite).Actions(), ToMove: env.ToMove(s)}
	x.Outcome, x.Over = s.Outcome()
	_, x.Mover = s.(env.Mover)
	return x
}

func begin(t testing.TB, e env.Environment, problem string) env.State {
	t.Helper()
	s, err := e.Start(context.Background(), problem)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBoardStates(t *testing.T) {
	lost := env.Outcome{Note: "the player to move has lost"}
	tests := []struct {
		name    string
		board   *env.Board
		problem string
		actions []string
		want    told
	}{
		{"a game at its start", heaps(2, 2, 0), "3", nil,
			told{Text: "3 left", Key: "3:0", Actions: []string{"take 1", "take 2"}, Mover: true}},
		{"the other player's turn, with one move", heaps(2, 2, 0), "3", []string{"take 2"},
			told{Text: "1 left", Key: "1:1", Actions: []string{"take 1"}, Mover: true, ToMove: 1}},
		{"the same heap, and another player: another key", heaps(2, 2, 0), "1", nil,
			told{Text: "1 left", Key: "1:0", Actions: []string{"take 1"}, Mover: true}},
		{"a lost game", heaps(2, 2, 0), "3", []string{"take 2", "take 1"},
			told{Text: "0 left", Key: "0:0", Outcome: lost, Over: true, Mover: true}},
		{"over before the first move", heaps(2, 2, 0), "0", nil,
			told{Text: "0 left", Key: "0:0", Outcome: lost, Over: true, Mover: true}},
		{"a won game", heaps(2, 2, 1), "1", []string{"take 1"},
			told{Text: "0 left", Key: "0:1", Outcome: env.Outcome{Reward: 1, Note: "the player to move has won"}, Over: true, Mover: true, ToMove: 1}},
		{"a draw", heaps(2, 2, 0.5), "0", nil,
			told{Text: "0 left", Key: "0:0", Outcome: env.Outcome{Reward: 0.5, Note: "a draw"}, Over: true, Mover: true}},
		{"a puzzle", heaps(1, 2, 1), "3", []string{"take 2"},
			told{Text: "1 left", Key: "1:0", Actions: []string{"take 1"}}},
		{"a puzzle that is solved", heaps(1, 2, 1), "3", []string{"take 2", "take 1"},
			told{Text: "0 left", Key: "0:0", Outcome: env.Outcome{Reward: 1, Note: "solved"}, Over: true}},
		{"a puzzle that is not", heaps(0, 2, 0), "0", nil,
			told{Text: "0 left", Key: "0:0", Outcome: env.Outcome{Note: "not solved"}, Over: true}},
		{"a puzzle with something to show", heaps(1, 2, 0.25), "0", nil,
			told{Text: "0 left", Key: "0:0", Outcome: env.Outcome{Reward: 0.25, Note: "worth 0.25 of 1"}, Over: true}},
		{"spaces around an action", heaps(1, 2, 1), "3", []string{" take 2\n"},
			told{Text: "1 left", Key: "1:0", Actions: []string{"take 1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := begin(t, tt.board, tt.problem)
			for _, a := range tt.actions {
				var err error
				if s, err = tt.board.Step(t.Context(), s, a); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, tell(s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBoardIllegal(t *testing.T) {
	tests := []struct {
		name, problem string
		most          int
		action, want  string
	}{
		{"unknown", "3", 3, "take 4", `illegal step "take 4": the legal moves are take 1, take 2, take 3`},
		{"empty", "1", 3, "", `illegal step "": the legal moves are take 1`},
		{"spaces inside", "1", 3, "take  1", `illegal step "take  1": the legal moves are take 1`},
		{"after the end", "0", 3, "take 1", `illegal step "take 1": there are no more moves at 0 left`},
		{"a megabyte", "1", 3, strings.Repeat("a", 1<<20), `illegal step "` + strings.Repeat("a", 40) + `…": the legal moves are take 1`},
		{"many moves", "1000", 1000, "", `illegal step "": the legal moves are take 1, take 2, take 3, take 4, take 5, take 6, take 7, take 8, ` +
			"take 9, take 10, take 11, take 12, take 13, take 14, take 15, take 16, take 17, take 18, take 19, take 20 and 980 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := heaps(2, tt.most, 0)
			next, err := b.Step(t.Context(), begin(t, b, tt.problem), tt.action)
			if next != nil || !errors.Is(err, env.ErrIllegal) {
				t.Fatalf("Step = %v, %v; want an error that is ErrIllegal", next, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A state of another board is the caller's mistake, not an illegal step.
func TestBoardRefusesForeignStates(t *testing.T) {
	b := heaps(2, 3, 0)
	for name, s := range map[string]env.State{
		"no state":               nil,
		"a state of other rules": begin(t, heaps(2, 3, 0), "3"),
		"a state of a puzzle":    begin(t, heaps(1, 3, 0), "3"),
		"a stranger":             stranger{},
	} {
		t.Run(name, func(t *testing.T) {
			if next, err := b.Step(t.Context(), s, "take 1"); next != nil || err == nil || errors.Is(err, env.ErrIllegal) {
				t.Errorf("Step = %v, %v", next, err)
			}
		})
	}
}

type stranger struct{ env.State }

func TestBoardStartRefuses(t *testing.T) {
	s, err := heaps(2, 3, 0).Start(t.Context(), "three")
	var bad *env.InputError
	if s != nil || !errors.As(err, &bad) || bad.Reason != "it is no number" {
		t.Errorf("Start = %v, %v; want Parse's error", s, err)
	}
}

func TestBoardDescribes(t *testing.T) {
	b := heaps(2, 3, 0)
	state, step := b.Example()
	if diff := cmp.Diff([]string{"Take the last one.", "3 left", "take 1"}, []string{b.Rules(), state, step}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a caller does to a list of actions is not seen by the next one.
func TestBoardActionsAreACopy(t *testing.T) {
	s := begin(t, heaps(2, 3, 0), "3")
	s.(env.Finite).Actions()[0] = "changed"
	if diff := cmp.Diff([]string{"take 1", "take 2", "take 3"}, s.(env.Finite).Actions()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Many goroutines ask and step one state, whose position bears only one.
func TestBoardStatesAreShared(t *testing.T) {
	for players := range 3 {
		b := heaps(players, 5, 1)
		s := begin(t, b, "9")
		want := tell(s)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					if diff := cmp.Diff(want, tell(s)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					for i, a := range s.(env.Finite).Actions() {
						next, err := b.Step(t.Context(), s, a)
						if err != nil || next.String() != fmt.Sprintf("%d left", 8-i) {
							t.Errorf("%s gave %v, %v", a, next, err)
						}
					}
				}
			})
		}
		wg.Wait()
	}
}

// A game in steps of text is the same as in moves, and no state changes when
// others are made from it.
func TestBoardWalks(t *testing.T) {
	b := tictactoe.Environment()
	rapid.Check(t, func(t *rapid.T) {
		p := env.Position(tictactoe.New())
		s, err := b.Start(context.Background(), "start")
		if err != nil {
			t.Fatal(err)
		}
		line, tales := []env.State{s}, []told{tell(s)}
		for {
			value, over := p.Result()
			outcome, ended := s.Outcome()
			if over != ended || over && float64(value) != outcome.Reward || s.String() != p.String() || env.ToMove(s) != p.ToMove() {
				t.Fatalf("the position %s is the state %s", p, s)
			}
			moves := p.Moves(nil)
			if len(moves) == 0 {
				break
			}
			m := rapid.SampledFrom(moves).Draw(t, "move")
			if s, err = b.Step(context.Background(), s, p.MoveText(m)); err != nil {
				t.Fatal(err)
			}
			p.Play(m)
			line, tales = append(line, s), append(tales, tell(s))
		}
		for i, s := range line {
			if diff := cmp.Diff(tales[i], tell(s)); diff != "" {
				t.Fatalf("state %d has changed (-was +is):\n%s", i, diff)
			}
		}
	})
}

func ExampleBoard() {
	ctx := context.Background()
	game := tictactoe.Environment()
	s, err := game.Start(ctx, "X.O/.X./O..")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.(env.Finite).Actions())
	_, err = game.Step(ctx, s, "1")
	fmt.Println(err)
	s, _ = game.Step(ctx, s, "9")
	fmt.Println(s)
	// Output:
	// [2 4 6 8 9]
	// illegal step "1": the legal moves are 2, 4, 6, 8, 9
	// X.O/.X./O.X
}
