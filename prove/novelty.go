package prove

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/mcts"
)

// Novelty gives the states that are unlike those before a bonus, so that a search in
// which nothing succeeds looks elsewhere rather than deeper. DeepSeek-Prover-V1.5
// (Xin et al. 2024, RMaxTS) rewards a simulation that adds a node; here each one does,
// so goals are told apart by the symbols of their conclusions alone, and the n-th goal
// of its kind has a novelty of 1/sqrt(n), as in count-based exploration (Tang et al.
// 2017). The value is (1-Share)·value + Share·novelty.
type Novelty struct {
	Critic mcts.Critic
	Share  float64

	mu    sync.Mutex
	count map[string]int
}

// Evaluate implements mcts.Critic.
func (n *Novelty) Evaluate(ctx context.Context, s env.State, path env.Path) (env.Value, env.Usage, error) {
	v, usage, err := n.Critic.Evaluate(ctx, s, path)
	if err != nil || v.Unknown {
		return v, usage, err
	}
	bonus := n.novelty(s)
	if env.ToMove(s) == 1 {
		bonus = 1 - bonus // what is good for the prover
	}
	v.Mean = (1-n.Share)*v.Mean + n.Share*bonus
	return v, usage, nil
}

func (n *Novelty) novelty(s env.State) float64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.count == nil {
		n.count = map[string]int{}
	}
	kind := kindOf(s)
	n.count[kind]++
	return 1 / math.Sqrt(float64(n.count[kind]))
}

// kindOf is what goals of a state are about.
func kindOf(s env.State) string {
	var goals []*coq.State
	switch s := s.(type) {
	case *coq.Branch:
		goals = s.Goals()
	case *coq.State:
		goals = []*coq.State{s}
	default:
		return s.String()
	}
	var kinds []string
	for _, g := range goals {
		for _, f := range g.Full() {
			local := map[string]bool{}
			for _, h := range f.Hyps {
				local[h.Name] = true
			}
			t := analyse(f.Concl, local)
			symbols := slices.Clone(t.names)
			slices.Sort(symbols)
			kinds = append(kinds, t.head+" "+strings.Join(symbols, " "))
		}
	}
	return strings.Join(kinds, "; ")
}
