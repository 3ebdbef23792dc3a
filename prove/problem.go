package prove

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Problem is the environment of one proof together with what is made of it once
// it is found.
type Problem struct {
	*coq.Env
	tree *proof.Tree
}

// Stats says what was tried.
func (p *Problem) Stats() string { return p.Env.Stats() }

// Compose implements env.Composer: the answer is the script of the proof.
func (p *Problem) Compose(ctx context.Context, plan *env.Plan) (string, error) {
	t, err := TreeOf(plan)
	if err != nil {
		return "", err
	}
	p.tree = t
	return flat(t), nil
}

// TreeOf makes the proof that a plan describes.
func TreeOf(plan *env.Plan) (*proof.Tree, error) {
	switch s := plan.State.(type) {
	case *coq.Branch:
		return nil, errors.New("several goals at the beginning")
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
		return nil, fmt.Errorf("a state of type %T", s)
	}
}

func flat(t *proof.Tree) string {
	out := t.Tactic + "."
	for _, n := range t.Next {
		if len(t.Next) > 1 {
			out += "\n{ " + flat(n) + " }"
			continue
		}
		out += "\n" + flat(n)
	}
	return out
}
