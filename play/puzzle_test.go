package play_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/play"
)

// stairs is a puzzle: to climb a number of steps, two or three at a time, in a
// number of moves.
type stairs struct {
	left, moves int
	past        []env.Move
}

func (s *stairs) Moves(buf []env.Move) []env.Move {
	if _, over := s.Result(); over {
		return buf
	}
	return append(buf, 2, 3)
}

func (s *stairs) Play(m env.Move) {
	s.left, s.moves, s.past = s.left-int(m), s.moves-1, append(s.past, m)
}

func (s *stairs) Undo() {
	m := s.past[len(s.past)-1]
	s.left, s.moves, s.past = s.left+int(m), s.moves+1, s.past[:len(s.past)-1]
}

func (s *stairs) Result() (float32, bool) {
	if s.left == 0 {
		return 1, true
	}
	return 0, s.left < 2 || s.moves == 0
}

func (s *stairs) Hash() uint64 { return env.Mix(uint64(s.left+100)<<8 | uint64(s.moves)) }
func (s *stairs) ToMove() int  { return 0 }
func (s *stairs) Clone() env.Position {
	return &stairs{left: s.left, moves: s.moves}
}
func (s *stairs) CopyFrom(p env.Position) {
	s.left, s.moves, s.past = p.(*stairs).left, p.(*stairs).moves, s.past[:0]
}
func (s *stairs) String() string             { return fmt.Sprintf("%d in %d", s.left, s.moves) }
func (s *stairs) MoveText(m env.Move) string { return "+" + strconv.Itoa(int(m)) }
func (s *stairs) Estimate() (float64, bool)  { return 0.5, true }

var climb = ponder.Problem{EnvName: "stairs", Env: &env.Board{Parse: func(text string) (env.Position, error) {
	s := &stairs{}
	if _, err := fmt.Sscanf(text, "%d in %d", &s.left, &s.moves); err != nil {
		return nil, &env.InputError{Input: text, Reason: err.Error(), Example: "7 in 3"}
	}
	return s, nil
}}}

// An engine solves a puzzle by itself, at engine speed and by its steps.
func TestEngineSolvesPuzzles(t *testing.T) {
	for _, g := range []*play.Game{at(t, climb, "20 in 7"), at(t, make24, make24.Text)} {
		m := play.NewMatch(g, play.Engine(g.Problem().Env, play.Budget{Simulations: 2000, Seed: 1}), nil, nil)
		said := 0
		for {
			if _, over := g.End(); over {
				break
			}
			x := reply(t, m)
			if !x.Proof.Known || x.Proof.Value != 1 {
				t.Errorf("%s: it is not known that it can be solved: %+v", g.At(x.Ply), x.Proof)
			}
			if said == 0 {
				said = x.Proof.Plies
			}
		}
		if end := mustEnd(t, g); end.Reward != 1 || g.Ply() != said || g.Players() != 1 {
			t.Errorf("%v ends with %+v, it said in %d moves", g.Moves(), end, said)
		}
	}
}

func TestHopelessPuzzle(t *testing.T) {
	g := at(t, climb, "9 in 2")
	x := think(t, play.Engine(climb.Env, play.Budget{Simulations: 500}), g)
	if got := x.Proof.Words(you, 0, false); got != "it can't be solved any more" {
		t.Errorf("it says %q", got)
	}
	if r, _ := x.Of("+3"); r.Proof.Short(false) != "dead" {
		t.Errorf("a move that leads nowhere is %+v", r)
	}
}

// A move that makes a puzzle unsolvable is told of.
func TestWhyInAPuzzle(t *testing.T) {
	g := at(t, climb, "5 in 2")
	m := match(t, g, 500)
	makeMoves(t, g, "+3", "+3")
	a, err := m.Why(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Words(m.Names()), "Move 2, +3 by you, leads nowhere; the best, +2, solves at once."; got != want {
		t.Errorf("it says %q, not %q", got, want)
	}
}

// States that can't be compared are remembered by the moves that led there.
func TestSearcherRemembers(t *testing.T) {
	g := at(t, ponder.Problem{EnvName: "lists", Env: lists{}}, "start")
	engine := play.Engine(lists{}, play.Budget{Simulations: 20})
	first := think(t, engine, g)
	if think(t, engine, g) != first {
		t.Error("it thought twice about one position")
	}
	makeMoves(t, g, "one")
	if think(t, engine, g) == first {
		t.Error("it did not think about another position")
	}
	if err := g.Back(1); err != nil {
		t.Fatal(err)
	}
	makeMoves(t, g, "two")
	if x := think(t, engine, g); x.Ply != 1 {
		t.Errorf("it is of ply %d", x.Ply)
	}
}

// lists is a puzzle whose states hold lists: three moves, the last of them "two".
type lists struct{}

type listState struct{ moves []string }

func (s listState) String() string { return strings.Join(s.moves, " ") }
func (s listState) Key() string    { return s.String() }
func (s listState) Outcome() (env.Outcome, bool) {
	over := len(s.moves) == 3
	if over && s.moves[2] == "two" {
		return env.Outcome{Reward: 1}, true
	}
	return env.Outcome{}, over
}

func (s listState) Actions() []string {
	if len(s.moves) == 3 {
		return nil
	}
	return []string{"one", "two"}
}

func (lists) Start(context.Context, string) (env.State, error) { return listState{}, nil }

func (lists) Step(_ context.Context, s env.State, action string) (env.State, error) {
	return listState{append(slices.Clone(s.(listState).moves), action)}, nil
}
