package evaluate

import (
	"context"

	"github.com/ponder-mcts/ponder/env"
)

// Estimate values states by the guess that they have of themselves (env.Estimator),
// and no others.
type Estimate struct{}

// Evaluate implements Critic.
func (Estimate) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	if e, ok := s.(env.Estimator); ok {
		if v, known := e.Estimate(); known {
			return env.Value{Mean: v, Note: "its own estimate"}, env.Usage{}, nil
		}
	}
	return Unknown, env.Usage{}, nil
}
