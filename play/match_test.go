package play_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/play"
)

// match is one of a person against the engine.
func match(t testing.TB, g *play.Game, simulations int) *play.Match {
	t.Helper()
	budget := play.Budget{Simulations: simulations, Seed: 1}
	return play.NewMatch(g, nil, play.Engine(g.Problem().Env, budget), play.Engine(g.Problem().Env, budget))
}

func reply(t testing.TB, m *play.Match) *play.Thought {
	t.Helper()
	x, err := m.Reply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestBackToAPerson(t *testing.T) {
	m := match(t, at(t, noughts, "start"), 200)
	if _, err := m.Back(); err == nil {
		t.Error("a move was taken back before any was made")
	}
	if _, err := m.Reply(t.Context()); err == nil {
		t.Error("a person's move was made for them")
	}
	makeMoves(t, m.Game, "5")
	reply(t, m)
	between := m.Game.State().String()
	makeMoves(t, m.Game, freeCell(m.Game))
	if n, err := m.Back(); n != 1 || err != nil || m.Game.State().String() != between {
		t.Errorf("%d moves back to %s, %v", n, m.Game.State(), err)
	}
	if n, err := m.Back(); n != 2 || err != nil || m.Game.State().String() != ".../.../..." {
		t.Errorf("%d moves back to %s, %v", n, m.Game.State(), err)
	}
	// The engine plays on from there.
	makeMoves(t, m.Game, "1")
	if x := reply(t, m); x.Ply != 1 {
		t.Errorf("it thought about ply %d", x.Ply)
	}
	if err := m.Anew(); err != nil || m.Game.Ply() != 0 || m.Thought(1) != nil {
		t.Errorf("anew at ply %d, %v", m.Game.Ply(), err)
	}
}

func freeCell(g *play.Game) string {
	actions, _ := g.Actions()
	return actions[len(actions)-1]
}

func TestHint(t *testing.T) {
	m := match(t, at(t, noughts, "XX./OO./..."), 300)
	x, err := m.Hint(t.Context())
	if err != nil || x.Best != "3" || x.Proof.Words(m.Names(), x.Seat, true) != "you win with the next move" {
		t.Errorf("the hint is %+v, %v", x, err)
	}
	if m.Thought(0) != x {
		t.Error("the hint is forgotten")
	}
	makeMoves(t, m.Game, "3")
	if _, err := m.Hint(t.Context()); !errors.Is(err, play.ErrOver) {
		t.Errorf("a hint after the end: %v", err)
	}
}

func TestWhy(t *testing.T) {
	tests := []struct {
		reason, start string
		moves         []string
		back          int
		want          []string // parts of the words
		lost          float64  // at least
	}{
		{"a win is given away", "XX./OO./...", []string{"9"}, 1, []string{"Move 1, 9 by you, loses in 2 moves at most; the best, 3, wins at once."}, 0.5},
		{"the best", "XX./OO./...", []string{"3"}, 1, []string{"Move 1, 3 by you, was the best: it wins at once."}, 0},
		{"a loss is allowed", "X../.../...", []string{"2", "5"}, 2, []string{"Move 1, 2 by you, ", "the best, 5, "}, 0.1},
		{"the other side", "XX./O../...", []string{"9", "3"}, 1, []string{"Move 2, 3 by the engine, was the best: it wins at once."}, 0},
		{"nothing to choose", "XOX/XOO/OX.", []string{"9"}, 1, []string{"was the only one there was."}, 0},
		{"no winner is missed", "X.O/.../...", []string{"4"}, 1, []string{"Move 1, 4 by you, "}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			m := match(t, at(t, noughts, tt.start), 2000)
			makeMoves(t, m.Game, tt.moves...)
			a, err := m.Why(t.Context(), tt.back)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range tt.want {
				if got := a.Words(m.Names()); !strings.Contains(got, part) {
					t.Errorf("it says %q, not %q", got, part)
				}
			}
			if a.Made.Action != tt.moves[len(tt.moves)-tt.back] || a.Lost < tt.lost || a.Lost > 1 || tt.lost == 0 && a.Lost > 0.5 {
				t.Errorf("move %s lost %v", a.Made.Action, a.Lost)
			}
		})
	}
	m := match(t, at(t, noughts, "start"), 100)
	for _, back := range []int{-1, 0, 1, 2} {
		if _, err := m.Why(t.Context(), back); err == nil {
			t.Errorf("%d moves back there is none to look at", back)
		}
	}
}

// What the engine found before its move is what is told of the move.
func TestWhyOfAReply(t *testing.T) {
	m := match(t, at(t, noughts, "start"), 500)
	makeMoves(t, m.Game, "5")
	x := reply(t, m)
	a, err := m.Why(t.Context(), 1)
	if err != nil || a.Thought != x || a.Made.Action != x.Best {
		t.Errorf("it is not told what the engine thought: %+v, %v", a, err)
	}
}

func TestNames(t *testing.T) {
	g := at(t, noughts, "start")
	engine := play.Engine(noughts.Env, play.Budget{})
	other := &random{}
	tests := []struct {
		first, second play.Player
		want          [2]string
		persons       bool
	}{
		{nil, engine, [2]string{"you", "the engine"}, true},
		{other, nil, [2]string{"random", "you"}, true},
		{nil, nil, [2]string{"the first player", "the second player"}, true},
		{engine, engine, [2]string{"the engine (first)", "the engine (second)"}, false},
	}
	for _, tt := range tests {
		m := play.NewMatch(g, tt.first, tt.second, nil)
		if got := m.Names(); [2]string{got[0].String(), got[1].String()} != tt.want || m.Persons() != tt.persons {
			t.Errorf("%v, persons %v; want %v", got, m.Persons(), tt.want)
		}
	}
}
