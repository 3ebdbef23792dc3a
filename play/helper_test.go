package play_test

import (
	"context"
	"testing"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/play"
)

var (
	noughts = ponder.Problem{EnvName: "tictactoe", Env: tictactoe.Environment(), Text: "start"}
	four    = ponder.Problem{EnvName: "connect4", Env: connectfour.Environment(), Text: "start"}
	make24  = ponder.Problem{EnvName: "game24", Env: countdown.Game{Target: 24, AllNumbers: true}, Text: "4 9 10 13"}
)

// at is a game of that kind from another position on.
func at(t testing.TB, p ponder.Problem, text string) *play.Game {
	t.Helper()
	p.Text = text
	g, err := play.New(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// make makes moves.
func makeMoves(t testing.TB, g *play.Game, moves ...string) {
	t.Helper()
	for _, m := range moves {
		if err := g.Move(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// think asks a player about where a game stands, and checks what it says.
func think(t testing.TB, p play.Player, g *play.Game) *play.Thought {
	t.Helper()
	thought, err := p.Think(context.Background(), g, g.Ply())
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, thought, g)
	return thought
}

// wantSound fails if a thought can't be one of where a game stands.
func wantSound(t testing.TB, x *play.Thought, g *play.Game) {
	t.Helper()
	legal, listed := g.Actions()
	rated := map[string]play.Rated{}
	mass := 0.0
	for _, r := range x.Moves {
		rated[r.Action] = r
		mass += r.P
		if r.N < 0 || !(r.Q >= 0 && r.Q <= 1) && r.N > 0 || !(r.P >= 0 && r.P <= 1) {
			t.Errorf("%s: move %+v is out of range", g.State(), r)
		}
		if p := r.Proof; p.Known && (p.Plies < 0 || !(p.Value >= 0 && p.Value <= 1)) {
			t.Errorf("%s: the proof of %s is out of range: %+v", g.State(), r.Action, p)
		}
	}
	if listed && (len(rated) != len(legal) || len(x.Moves) != len(legal)) {
		t.Errorf("%s: %d moves of %d are rated", g.State(), len(x.Moves), len(legal))
	}
	if mass > 1.001 {
		t.Errorf("%s: the priors sum to %v", g.State(), mass)
	}
	if x.Searched() && !(x.Value >= 0 && x.Value <= 1) {
		t.Errorf("%s: the value is %v", g.State(), x.Value)
	}
	if x.Ply != g.Ply() || x.Seat != g.Seat(g.Ply()) {
		t.Errorf("%s: it is of ply %d, seat %d", g.State(), x.Ply, x.Seat)
	}
	if len(x.Moves) == 0 || x.Moves[0].Action != x.Best || len(x.Line) == 0 || x.Line[0] != x.Best {
		t.Fatalf("%s: best %q, line %q and moves %+v don't fit together", g.State(), x.Best, x.Line, x.Moves)
	}
	// The line can be played.
	s, e := g.State(), g.Problem().Env
	for _, m := range x.Line {
		var err error
		if s, err = e.Step(context.Background(), s, m); err != nil {
			t.Fatalf("%s: line %q: %v", g.State(), x.Line, err)
		}
	}
}

// random is a player who chooses evenly.
type random struct{ env.Rand }

func (r *random) Name() string { return "random" }

func (r *random) Think(_ context.Context, g *play.Game, ply int) (*play.Thought, error) {
	actions, _ := g.Actions()
	a := actions[r.N(len(actions))]
	return &play.Thought{By: "random", Ply: ply, Seat: g.Seat(ply), Best: a, Line: []string{a}, Moves: []play.Rated{{Action: a, P: 1}}}, nil
}
