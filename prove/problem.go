package prove

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/prove/tidy"
)

// Problem is the environment of one proof together with what is made of it once
// it is found.
type Problem struct {
	*coq.Env
	Base int // columns before each line of the script
}

// tidyTime bounds the work on a proof that is found.
const tidyTime = 10 * time.Second

// Compose implements env.Composer: the answer is the script of the proof, made
// shorter where that is quickly done.
func (p *Problem) Compose(ctx context.Context, plan *env.Plan) (string, error) {
	t, err := TreeOf(plan)
	if err != nil {
		return "", err
	}
	t, _ = tidy.Minimise(ctx, p.Env, plan.State, t, tidy.Options{Time: tidyTime, Alternatives: shorter})
	return strings.TrimRight(tidy.Format(t, tidy.Style{Base: p.Base}), "\n"), nil
}

// shorter are quick tactics that a person would rather read.
func shorter(_ string, g proof.State) []string {
	if len(g.Goals()) != 1 {
		return nil
	}
	return []string{"reflexivity", "assumption", "auto", "easy", "lia", "congruence", "eauto", "tauto", "firstorder"}
}

// TreeOf makes the proof that a plan describes.
func TreeOf(plan *env.Plan) (*proof.Tree, error) {
	switch s := plan.State.(type) {
	case *coq.State:
		if len(plan.Steps) != 1 {
			return nil, fmt.Errorf("a state with %d steps", len(plan.Steps))
		}
		step := plan.Steps[0]
		t := &proof.Tree{Tactic: step.Action}
		switch next := step.Plan.State.(type) {
		case *coq.Branch:
			byKey := map[string]*env.Plan{}
			for _, g := range step.Plan.Steps {
				n, err := strconv.Atoi(g.Action)
				if err != nil {
					return nil, err
				}
				byKey[next.Goals()[n-1].Key()] = g.Plan
			}
			for _, g := range next.Goals() {
				sub, err := TreeOf(byKey[g.Key()])
				if err != nil {
					return nil, err
				}
				t.Next = append(t.Next, sub)
			}
		case *coq.State:
			if len(next.Goals()) > 0 {
				sub, err := TreeOf(step.Plan)
				if err != nil {
					return nil, err
				}
				t.Next, t.Together = []*proof.Tree{sub}, len(next.Goals()) > 1
			}
		}
		return t, nil
	default:
		return nil, fmt.Errorf("the hole has several goals, which are not to be told apart in the file: give each a bullet with admit (%T)", s)
	}
}
