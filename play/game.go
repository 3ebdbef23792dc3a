// Package play lets people, engines and models play games and puzzles, against
// each other or alone. A Game is where it stands and how it came there, a Player
// thinks about it, and a Match is a game with its players, hints and analyses.
//
// The package does no I/O of its own and knows no clock but that of a context.
package play

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
)

// ErrOver says that a game has ended: no move can be made.
var ErrOver = errors.New("the game is over")

// Game is a game or a puzzle that is being played: the states it went through and
// the moves between them. It belongs to one goroutine.
type Game struct {
	problem ponder.Problem
	states  []env.State // one more than moves
	moves   []string
}

// New begins a game at a problem.
func New(ctx context.Context, p ponder.Problem) (*Game, error) {
	start, err := p.Env.Start(ctx, p.Text)
	if err != nil {
		return nil, err
	}
	return &Game{problem: p, states: []env.State{start}}, nil
}

// Problem is what the game began at.
func (g *Game) Problem() ponder.Problem { return g.problem }

// Players is 2 for a game and 1 for a puzzle.
func (g *Game) Players() int {
	_, turns := g.states[0].(env.Mover)
	if _, goals := g.problem.Env.(env.Composer); turns && !goals {
		return 2
	}
	return 1
}

// Ply is the number of moves made so far.
func (g *Game) Ply() int { return len(g.moves) }

// Moves are those made so far.
func (g *Game) Moves() []string { return slices.Clone(g.moves) }

// State is where the game stands, At where it stood after so many moves.
func (g *Game) State() env.State { return g.At(g.Ply()) }

// At is the state after so many moves.
func (g *Game) At(ply int) env.State { return g.states[ply] }

// Seat is the number of the player to move after so many moves: 0 for the one who
// was the first to move in this game, 1 for the other one.
func (g *Game) Seat(ply int) int {
	if g.Players() == 1 || env.ToMove(g.At(ply)) == env.ToMove(g.At(0)) {
		return 0
	}
	return 1
}

// Actions lists the legal moves where the game stands, if its environment can list
// them.
func (g *Game) Actions() (actions []string, listed bool) { return actionsOf(g.State()) }

func actionsOf(s env.State) (actions []string, listed bool) {
	if _, over := s.Outcome(); over {
		return nil, true
	}
	finite, ok := s.(env.Finite)
	if !ok {
		return nil, false
	}
	return finite.Actions(), true
}

// Move makes a move as the environment names it. One that the rules refuse is an
// error that wraps env.ErrIllegal and leaves the game as it is.
func (g *Game) Move(ctx context.Context, action string) error {
	if _, over := g.End(); over {
		return fmt.Errorf("%w: no move can follow", ErrOver)
	}
	next, err := g.problem.Env.Step(ctx, g.State(), action)
	if err != nil {
		return err
	}
	g.states, g.moves = append(g.states, next), append(g.moves, strings.TrimSpace(action))
	return nil
}

// Back takes back so many moves.
func (g *Game) Back(plies int) error {
	if plies < 0 || plies > g.Ply() {
		return fmt.Errorf("%d moves can't be taken back: %d were made", plies, g.Ply())
	}
	n := g.Ply() - plies
	clear(g.states[n+1:])
	g.states, g.moves = g.states[:n+1], g.moves[:n]
	return nil
}

// Draw is a picture of where the game stands, in plain text of several lines, or
// the text of the state where there is none.
func (g *Game) Draw() string {
	if d, ok := g.State().(env.Drawer); ok {
		return strings.TrimRight(d.Draw(), "\n")
	}
	return g.State().String()
}
