package prove

import (
	"context"
	"math"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Size is a critic that looks at how much is left: short goals with few
// variables to fill in are nearer to their end.
type Size struct{}

// Evaluate implements mcts.Critic.
func (Size) Evaluate(_ context.Context, s env.State, path env.Path) (env.Value, env.Usage, error) {
	switch s := s.(type) {
	case *coq.Branch:
		fail := 1.0
		for _, g := range s.Goals() {
			fail *= likely(g)
		}
		return env.Value{Mean: 1 - fail}, env.Usage{}, nil
	case *coq.State:
		return env.Value{Mean: likely(s)}, env.Usage{}, nil
	}
	return env.Value{Unknown: true}, env.Usage{}, nil
}

func likely(s *coq.State) float64 {
	size := 0.0
	for i, g := range s.Full() {
		size += float64(len(vernac.Idents(g.Concl)))
		if s.Goals()[i].Open {
			size += 6
		}
		size += 8 * float64(i)
	}
	concl := s.Goals()[0].Concl
	if strings.Contains(concl, "(fix ") {
		size += 25 // some fixpoint was laid open: seldom the way
	}
	if concl == "False" {
		size += 12 // the hypotheses must bear it all
	}
	x := 1.2 - 0.55*math.Log(1+size/4) - 0.03*float64(s.Depth())
	return 1 / (1 + math.Exp(-x))
}
