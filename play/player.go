package play

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// Player thinks about positions of one environment. It belongs to one goroutine.
type Player interface {
	// Name is how the player is called.
	Name() string
	// Think says what the player makes of the position after so many moves of a game,
	// which is not over there. The error is that of ctx if it is done.
	Think(ctx context.Context, g *Game, ply int) (*Thought, error)
}

// ErrNoMoves says that a player can't find a move by itself.
var ErrNoMoves = errors.New("the legal moves can't be listed here: nobody but a person or a model can name one")

// Budget is how long a player thinks about a move, and with what. Where neither
// Simulations nor Time is given there are 10,000 simulations.
type Budget struct {
	Simulations int           // per move; 0 means as many as there is time for
	Time        time.Duration // per move; 0 means as long as the simulations take
	Memory      int64         // bytes for a tree of positions; 0 means 256 MB
	Seed        uint64        // of everything random
	Tree        int           // nodes of the search tree that a Thought is to tell of; 0 means none
}

func (b Budget) withDefaults() Budget {
	if b.Simulations == 0 && b.Time == 0 {
		b.Simulations = 10_000
	}
	if b.Memory == 0 {
		b.Memory = 256 << 20
	}
	return b
}

// Engine returns the player who searches without a model: at engine speed where the
// environment has positions, else by its steps.
func Engine(e env.Environment, b Budget) Player {
	b = b.withDefaults()
	if p, ok := e.(env.Positional); ok {
		return &engine{from: p, budget: b}
	}
	return &searcher{name: engineName, config: b.config(), tree: b.Tree}
}

const engineName = "engine"

// started describes a search for the events that tell of it.
func started(g *Game, ply int, model string, seed uint64) event.Started {
	p := g.Problem()
	text := p.Text
	if ply > 0 {
		text = fmt.Sprintf("%s after %d moves", text, ply)
	}
	return event.Started{Env: p.EnvName, Problem: text, Model: model, Strategy: "puct", Seed: seed}
}

// continues reports whether a game has come through a position after these moves.
func continues(line []string, g *Game, ply int) bool {
	return len(line) <= ply && slices.Equal(line, g.moves[:len(line)])
}
