package play

import (
	"context"
	"fmt"
	"slices"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// searcher plays in any environment whose moves can be listed, by a search of its
// own for each move: without a model, or with one that proposes and judges.
type searcher struct {
	name   string
	config ponder.Config
	tree   int // nodes that a Thought tells of

	problem string
	line    []string // the moves to what was thought of last
	thought *Thought
}

// config is that of a search without a model.
func (b Budget) config() ponder.Config {
	return ponder.Config{
		Policy: "uniform", Critic: "rollout", Strategy: "puct", Simulations: b.Simulations, Time: b.Time, Seed: b.Seed,
	}
}

// Name implements Player.
func (s *searcher) Name() string { return s.name }

// Think implements Player.
func (s *searcher) Think(ctx context.Context, g *Game, ply int) (*Thought, error) {
	state := g.At(ply)
	line := g.moves[:ply]
	if s.thought != nil && s.problem == g.problem.Text && slices.Equal(s.line, line) {
		return s.thought, nil
	}
	actions, listed := actionsOf(state)
	if !listed && s.config.Model.Model == nil {
		return nil, ErrNoMoves
	}
	c := s.config
	var root rootFold
	var events []event.Event
	c.Emit = func(e event.Event) {
		root.apply(e)
		if s.tree > 0 {
			events = append(events, e)
		}
	}
	p := g.Problem()
	p.Env = from{p.Env, state}
	p.Text = started(g, ply, "", 0).Problem
	out, err := ponder.Solve(ctx, p, c)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s thinks about move %d: %w", s.name, ply+1, err)
	}
	t := root.report(actions)
	t.By, t.Ply, t.Seat, t.Reason, t.Events = s.name, ply, g.Seat(ply), out.Reason, events
	for _, step := range out.Path {
		t.Line = append(t.Line, step.Action)
	}
	if g.Players() == 1 && t.Proof.Known && t.Proof.Value == 1 {
		t.solvedBy(t.Line)
	}
	if err := t.settle(); err != nil {
		return nil, err
	}
	s.problem, s.line, s.thought = g.problem.Text, slices.Clone(line), t
	return t, nil
}

// solvedBy notes that a line solves a puzzle.
func (t *Thought) solvedBy(line []string) {
	t.Proof.Plies = len(line)
	for i := range t.Moves {
		if len(line) > 0 && t.Moves[i].Action == line[0] && t.Moves[i].Proof.Known {
			t.Moves[i].Proof.Plies = len(line)
		}
	}
}

// settle chooses the best move: the first of the line, or the likeliest.
func (t *Thought) settle() error {
	if action, ok := t.hurry(); ok && (len(t.Line) == 0 || action != t.Line[0]) {
		if r, _ := t.Of(action); r.Proof.Plies > 0 { // else the line knows as much
			t.Line = []string{action}
		}
	}
	if len(t.Line) == 0 {
		t.sort()
		if len(t.Moves) == 0 {
			return ErrNoMoves
		}
		t.Line = []string{t.Moves[0].Action}
	}
	t.Best = t.Line[0]
	t.sort()
	return nil
}

// from is an environment that starts at a state it has made already.
type from struct {
	env.Environment
	state env.State
}

// Start implements env.Environment.
func (f from) Start(context.Context, string) (env.State, error) { return f.state, nil }
