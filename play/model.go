package play

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/expand"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prompt"
)

// Model returns a player that asks a model: what it would do first, without any
// search, or with so many simulations of a search that it proposes to and judges.
func Model(m ponder.Asked, b Budget) Player {
	if b.Simulations == 0 {
		return &chooser{model: m, seed: b.Seed}
	}
	return &searcher{name: m.Name, tree: b.Tree, config: ponder.Config{
		Model: m, Simulations: b.Simulations, Time: b.Time, Seed: b.Seed,
	}}
}

// chooser plays what a model thinks of first.
type chooser struct {
	model ponder.Asked
	seed  uint64
}

// samples is how often a model is asked where the moves can't be listed.
const samples = 4

// ErrNoMove says that a model did not name a legal move.
var ErrNoMove = errors.New("the model names no legal move")

// Name implements Player.
func (c *chooser) Name() string { return c.model.Name }

// policy is the one that suits the model and the state.
func (c *chooser) policy(s env.State) mcts.Policy {
	_, finite := s.(env.Finite)
	switch c.model.Style.(type) {
	case prompt.Line:
		return expand.Branch{Model: c.model.Model, Style: c.model.Style, Seed: c.seed}
	default:
		if finite {
			return expand.Label{Model: c.model.Model, Style: c.model.Style, Seed: c.seed}
		}
		return expand.Sample{Model: c.model.Model, Style: c.model.Style, Seed: c.seed, Length: 1}
	}
}

// Think implements Player: the likeliest move that is legal.
func (c *chooser) Think(ctx context.Context, g *Game, ply int) (*Thought, error) {
	state := g.At(ply)
	proposed, _, err := c.policy(state).Propose(ctx, state, nil, samples)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s chooses move %d: %w", c.model.Name, ply+1, err)
	}
	legal, err := legalOf(ctx, g.problem.Env, state, proposed)
	if err != nil {
		return nil, fmt.Errorf("trying the moves of %s: %w", c.model.Name, err)
	}
	if len(legal) == 0 {
		return nil, fmt.Errorf("%w in %q", ErrNoMove, cut(state.String()))
	}
	t := &Thought{By: c.model.Name, Ply: ply, Seat: g.Seat(ply)}
	for i, p := range env.Softmax(legal) {
		t.Moves = append(t.Moves, Rated{Action: legal[i].Action, P: p})
	}
	t.sort()
	t.Best = t.Moves[0].Action
	t.Line = []string{t.Best}
	return t, nil
}

// legalOf are the candidates that the rules allow.
func legalOf(ctx context.Context, e env.Environment, s env.State, proposed []env.Candidate) (legal []env.Candidate, err error) {
	actions, listed := actionsOf(s)
	for _, c := range proposed {
		if listed {
			if slices.Contains(actions, c.Action) {
				legal = append(legal, c)
			}
			continue
		}
		_, err := e.Step(ctx, s, c.Action)
		switch {
		case err == nil:
			legal = append(legal, c)
		case !errors.Is(err, env.ErrIllegal):
			return nil, err
		}
	}
	return legal, nil
}
