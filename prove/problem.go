package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	Base   int     // columns before each line of the script
	Memory *Memory // learns from a proof; may be nil
}

// tidyTime bounds the work on a proof that is found.
const tidyTime = 10 * time.Second

// errScript says that a solved tree could not be written as a proof.
var errScript = errors.New("the proof can't be written down")

// Compose implements env.Composer: the answer is the script of the proof, made
// shorter where that is quickly done.
func (p *Problem) Compose(ctx context.Context, plan *env.Plan) (string, error) {
	script, err := p.compose(ctx, plan)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errScript, err)
	}
	if p.Memory != nil {
		p.Memory.learn(plan)
	}
	return script, nil
}

func (p *Problem) compose(ctx context.Context, plan *env.Plan) (string, error) {
	if root, ok := plan.State.(*coq.State); ok {
		t, err := TreeOf(ctx, p.Env, root, plan)
		if err != nil {
			return "", err
		}
		return p.write(ctx, root, t, tidyTime, p.Base), nil
	}
	// Several goals stand at the hole: each gets braces.
	b, ok := plan.State.(*coq.Branch)
	if !ok {
		return "", fmt.Errorf("a proof of the state %q", plan.State)
	}
	trees, err := treesOf(ctx, p.Env, b, plan)
	if err != nil {
		return "", err
	}
	margin := strings.Repeat(" ", p.Base)
	var parts []string
	for i, g := range b.Goals() {
		text := p.write(ctx, g, trees[i], tidyTime/time.Duration(len(trees)), p.Base+2)
		parts = append(parts, margin+"{ "+strings.TrimSpace(text)+" }")
	}
	return strings.Join(parts, "\n"), nil
}

// write makes a proof short and readable.
func (p *Problem) write(ctx context.Context, at *coq.State, t *proof.Tree, limit time.Duration, base int) string {
	alternatives := func(tactic string, g proof.State) []string {
		return slices.DeleteFunc(slices.Clone(shorter(tactic, g)), p.Env.Lethal)
	}
	t, _ = tidy.Minimise(ctx, p.Env, at, t, tidy.Options{Time: limit, Alternatives: alternatives})
	return strings.TrimRight(tidy.Format(t, tidy.Style{Base: base}), "\n")
}

// shorter are quick tactics that a person would rather read.
var shorter = onOneGoal("reflexivity", "assumption", "auto", "easy", "lia", "congruence", "eauto", "tauto", "firstorder")

// onOneGoal offers tactics as alternatives where there is but one goal.
func onOneGoal(tactics ...string) func(string, proof.State) []string {
	return func(_ string, g proof.State) []string {
		if len(g.Goals()) != 1 {
			return nil
		}
		return tactics
	}
}

// TreeOf makes the proof of the state at that a plan describes. States of the plan
// are equal to those that its steps lead to up to the names of hypotheses, for
// equal states are one in the search: the steps are made again, under the names
// that things have here.
func TreeOf(ctx context.Context, e env.Environment, at proof.State, plan *env.Plan) (*proof.Tree, error) {
	planned, ok := plan.State.(proof.State)
	if !ok || len(plan.Steps) != 1 {
		return nil, fmt.Errorf("a state %q with %d steps", plan.State, len(plan.Steps))
	}
	step := plan.Steps[0]
	t := &proof.Tree{Tactic: tidy.Rename(step.Action, renaming(names(planned), names(at)))}
	next, err := e.Step(ctx, at, t.Tactic)
	if err != nil {
		return nil, err
	}
	one, ok := next.(proof.State)
	switch {
	case !ok:
		t.Next, err = treesOf(ctx, e, next, step.Plan)
		return t, err
	case len(one.Goals()) > 0:
		sub, err := TreeOf(ctx, e, one, step.Plan)
		if err != nil {
			return nil, err
		}
		t.Next, t.Together = []*proof.Tree{sub}, len(one.Goals()) > 1
	}
	return t, nil
}

// treesOf makes the proofs of goals that are proved apart.
func treesOf(ctx context.Context, e env.Environment, at env.State, plan *env.Plan) ([]*proof.Tree, error) {
	several, ok := at.(env.Finite)
	if !ok {
		return nil, fmt.Errorf("several goals were expected, not %q", at)
	}
	byKey := map[string]*env.Plan{}
	for _, s := range plan.Steps {
		byKey[s.Plan.State.Key()] = s.Plan
	}
	var out []*proof.Tree
	for _, a := range several.Actions() {
		next, err := e.Step(ctx, at, a)
		if err != nil {
			return nil, err
		}
		g, ok := next.(proof.State)
		sub := byKey[next.Key()]
		if !ok || sub == nil {
			return nil, fmt.Errorf("no proof of the goal %q", next)
		}
		t, err := TreeOf(ctx, e, g, sub)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// names are those of the hypotheses of the first goal.
func names(s proof.State) []string {
	var out []string
	for _, h := range s.Goals()[0].Hyps {
		out = append(out, h.Name)
	}
	return out
}

// renaming maps the names of hypotheses in one state to those in an equal one.
func renaming(from, to []string) map[string]string {
	names := map[string]string{}
	for i := range min(len(from), len(to)) {
		if from[i] != to[i] {
			names[from[i]] = to[i]
		}
	}
	return names
}
