package mcts

import "github.com/ponder-mcts/ponder/env"

// Noise mixes draws from a symmetric Dirichlet distribution into the priors at
// the root, so that games of self-play differ (Silver et al. 2017). Nowhere
// else is it of use: it makes a search worse. Its zero value is no noise.
type Noise struct {
	Weight float64 // share of the noise; AlphaZero takes 0.25
	Alpha  float64 // 0 means 10 by the number of steps
}

// stir mixes noise into priors that sum to 1; so does the result.
func (n Noise) stir(priors []float64, seed uint64) {
	if n.Weight == 0 || len(priors) == 0 {
		return
	}
	random := env.Rand(env.Mix(seed ^ 0x6e6f697365))
	alpha := orElse(n.Alpha, 10/float64(len(priors)))
	draws, sum := make([]float64, len(priors)), 0.0
	for i := range draws {
		draws[i] = gamma(&random, alpha)
		sum += draws[i]
	}
	if sum == 0 {
		return
	}
	for i := range priors {
		priors[i] = (1-n.Weight)*priors[i] + n.Weight*draws[i]/sum
	}
}
