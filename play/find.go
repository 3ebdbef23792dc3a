package play

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// Bounds of what a refusal repeats or lists.
const (
	maxRepeated = 40 // bytes
	maxListed   = 20 // moves
)

// Find reads a move as a person writes it: letter case and spaces are forgiven
// where just one legal move can be meant, and so is another way to write a move that
// the environment understands. Where the moves can't be listed the text is taken as it
// is. The error wraps env.ErrIllegal and lists moves that are legal, or is another one
// of the environment.
func (g *Game) Find(ctx context.Context, text string) (action string, err error) {
	text = strings.TrimSpace(text)
	if _, over := g.End(); over {
		return "", fmt.Errorf("%w: no move can follow", ErrOver)
	}
	actions, listed := g.Actions()
	if !listed {
		return text, nil
	}
	var near []string
	for _, a := range actions {
		switch {
		case a == text:
			return a, nil
		case loose(a) == loose(text):
			near = append(near, a)
		}
	}
	switch len(near) {
	case 0:
		return g.same(ctx, text, actions)
	case 1:
		return near[0], nil
	}
	return "", fmt.Errorf("%w %q: it may be %s", env.ErrIllegal, cut(text), list(near))
}

// same finds the move that leads where the text does, if the environment takes that
// for a step.
func (g *Game) same(ctx context.Context, text string, actions []string) (action string, err error) {
	e := g.problem.Env
	goal, err := e.Step(ctx, g.State(), text)
	switch {
	case errors.Is(err, env.ErrIllegal):
		return "", fmt.Errorf("%w %q: the legal moves are %s", env.ErrIllegal, cut(text), list(actions))
	case err != nil:
		return "", err
	}
	for _, a := range actions {
		if s, err := e.Step(ctx, g.State(), a); err == nil && s.Key() == goal.Key() {
			return a, nil
		}
	}
	return text, nil
}

// loose is a text without what is forgiven.
func loose(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(s), ""))
}

func cut(s string) string {
	if len(s) > maxRepeated {
		return strings.ToValidUTF8(s[:maxRepeated], "") + "…"
	}
	return s
}

// list names some moves, and how many more there are.
func list(actions []string) string {
	if n := len(actions) - maxListed; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(actions[:maxListed], ", "), n)
	}
	return strings.Join(actions, ", ")
}
