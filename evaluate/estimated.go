package evaluate

import "github.com/ponder-mcts/ponder/env"

// Estimated returns a judge that takes a position at its own word, where it is an
// env.Estimator and knows one; elsewhere it asks another judge.
func Estimated(fallback func(env.Position) float64) func(env.Position) float64 {
	return func(p env.Position) float64 {
		if e, ok := p.(env.Estimator); ok {
			if value, known := e.Estimate(); known {
				return value
			}
		}
		return fallback(p)
	}
}
