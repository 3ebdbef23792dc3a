package env

import (
	"context"
	"strings"
)

// Puzzle is a Board for one player with a checker of its solutions, so that they
// can be verified. The names of its moves have no spaces in them.
//
// A *Puzzle is an Environment, and stays as it is once it has made a state.
type Puzzle struct {
	Board
	// Check returns nil if the steps, made one after the other, solve the problem, else
	// the reason they don't. It reads the problem by itself and shares no code with
	// the Position.
	Check func(problem string, steps []string) error
}

var _ Verifier = (*Puzzle)(nil)

// Verify implements Verifier: an answer is the steps with spaces between them.
func (p *Puzzle) Verify(_ context.Context, problem, answer string) error {
	return p.Check(problem, strings.Fields(answer))
}
