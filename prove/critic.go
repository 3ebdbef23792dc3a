package prove

import (
	"context"
	"math"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/prove/learn"
)

// Nearness is a critic that costs no call: how much is left to prove, and, from what
// happens in this search, which goals are near to their end. Short goals with few
// variables to fill in are; so are goals that have much in common with those that a
// quick tactic ended. The zero value is ready, a nil one judges by size alone.
type Nearness struct {
	goals learn.Goals
	ended learn.Goals // without features: the share of goals that are ended at once
}

// Evaluate implements mcts.Critic.
func (n *Nearness) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	switch s := s.(type) {
	case *coq.Branch:
		all := 1.0
		for _, g := range s.Goals() {
			all *= n.likely(g)
		}
		return env.Value{Mean: 1 - all}, env.Usage{}, nil
	case *coq.State:
		return env.Value{Mean: n.likely(s)}, env.Usage{}, nil
	}
	return env.Value{Unknown: true}, env.Usage{}, nil
}

// update learns from a goal whether a quick tactic ended it.
func (n *Nearness) update(features []string, ended bool) {
	n.goals.Update(features, ended)
	n.ended.Update(nil, ended)
}

// enough is how many goals are looked at before what was learnt counts.
const enough = 20

// learnt is by how much a goal is likelier to be ended than goals are on the whole,
// as a shift of log-odds.
func (n *Nearness) learnt(s *coq.State) float64 {
	if n == nil || n.ended.Updates() < enough {
		return 0
	}
	const most = 1
	shift := logit(n.goals.Predict(learn.Features(s.Goals()[0]))) - logit(n.ended.Predict(nil))
	return max(-most, min(most, shift/2))
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// outlook is how likely a state is proved. Goals that are proved apart are not
// counted against the step that made them, for it made them smaller.
func (n *Nearness) outlook(s env.State) float64 {
	switch s := s.(type) {
	case *coq.Branch:
		least := 1.0
		for _, g := range s.Goals() {
			least = min(least, n.likely(g))
		}
		return least
	case *coq.State:
		if len(s.Goals()) > 0 {
			return n.likely(s)
		}
	}
	return 1
}

func (n *Nearness) likely(s *coq.State) float64 {
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
		size += 25 // the hypotheses must bear it all, and no quick tactic saw how
	}
	x := 2.0 - 1.1*math.Log(1+size/4) - 0.03*float64(s.Depth()) + n.learnt(s)
	return 1 / (1 + math.Exp(-x))
}
