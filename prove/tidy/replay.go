package tidy

import (
	"context"
	"errors"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Replay runs a proof from a state and returns nil only if it proves it: each
// tactic is accepted, leaves as many goals as the tree has proofs for, and every
// leaf leaves nothing. The error says at which tactic, counted in the order of
// the script, it fails and why.
func Replay(ctx context.Context, e env.Environment, root env.State, t *proof.Tree) error {
	_, err := walk(ctx, e, root, t)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// walk replays a proof and returns it with the states its tactics worked on. It
// keeps its own stack: a proof may be a line of any length.
func walk(ctx context.Context, e env.Environment, root env.State, t *proof.Tree) (*node, error) {
	if root == nil {
		return nil, errors.New("there is no state to begin at")
	}
	type job struct {
		tree *proof.Tree
		node *node
	}
	top := &node{goal: goalOf(root)}
	work := []job{{t, top}}
	for count := 1; len(work) > 0; count++ {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if at.tree == nil {
			return nil, fmt.Errorf("tactic %d is missing: the tree has no node where a goal is left", count)
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("tactic %d %q: %w", count, at.tree.Tactic, err)
		}
		left, together, err := run(ctx, e, at.node.state, at.tree.Tactic)
		if err == nil {
			err = agrees(at.tree, len(left), together)
		}
		if err != nil {
			return nil, fmt.Errorf("tactic %d %q: %w", count, at.tree.Tactic, err)
		}
		at.node.tactic, at.node.together = at.tree.Tactic, together
		at.node.next = make([]*node, len(left))
		for i := len(left) - 1; i >= 0; i-- {
			at.node.next[i] = &node{goal: left[i]}
			work = append(work, job{at.tree.Next[i], at.node.next[i]})
		}
	}
	return top, nil
}

// agrees reports where the tree differs from what a tactic left.
func agrees(t *proof.Tree, left int, together bool) error {
	switch {
	case left == 0 && len(t.Next) > 0:
		return fmt.Errorf("it leaves no goal, and the proof goes on with %q", first(t))
	case left != len(t.Next):
		return fmt.Errorf("it leaves %d goals to prove apart, and the proof has %d parts", left, len(t.Next))
	case together && !t.Together:
		return errors.New("it leaves goals that can't be proved apart, and the proof has a single one")
	case !together && t.Together:
		return errors.New("the proof has goals that can't be proved apart, and it leaves none such")
	}
	return nil
}

func first(t *proof.Tree) string {
	if t.Next[0] == nil {
		return ""
	}
	return t.Next[0].Tactic
}

// goal is a state to be proved. Goals with equal ids are proved by the same
// tactics: they are equal with the names of their hypotheses.
type goal struct {
	state env.State
	id    string
}

func goalOf(s env.State) goal {
	id := s.Key()
	p, ok := s.(proof.State)
	if !ok {
		return goal{s, id}
	}
	for _, g := range p.Goals() {
		id += "\x00"
		for _, h := range g.Hyps {
			id += h.Name + "\x01"
		}
	}
	return goal{s, id}
}

// run applies a tactic and returns what is left to prove: nothing, one state,
// or one for each of several independent goals. together says that the one
// state has several goals.
func run(ctx context.Context, e env.Environment, s env.State, tactic string) (left []goal, together bool, err error) {
	next, err := e.Step(ctx, s, tactic)
	if err != nil {
		return nil, false, err
	}
	if next == nil {
		return nil, false, errors.New("the environment gave no state")
	}
	if end, over := next.Outcome(); over {
		if end.Reward != 1 {
			return nil, false, fmt.Errorf("it ends the proof with reward %g, not 1: %s", end.Reward, end.Note)
		}
		return nil, false, nil
	}
	if env.ToMove(next) == 1 {
		left, err = apart(ctx, e, next)
		return left, false, err
	}
	p, ok := next.(proof.State)
	return []goal{goalOf(next)}, ok && len(p.Goals()) > 1, nil
}

// apart returns the independent goals of a state.
func apart(ctx context.Context, e env.Environment, s env.State) ([]goal, error) {
	f, ok := s.(env.Finite)
	if !ok {
		return nil, errors.New("it leaves independent goals that the environment doesn't list")
	}
	var left []goal
	for _, action := range f.Actions() {
		g, err := e.Step(ctx, s, action)
		if err != nil {
			return nil, fmt.Errorf("goal %s of those it leaves: %w", action, err)
		}
		if g == nil {
			return nil, fmt.Errorf("goal %s of those it leaves: the environment gave no state", action)
		}
		if _, over := g.Outcome(); over {
			return nil, fmt.Errorf("goal %s of those it leaves is over already", action)
		}
		left = append(left, goalOf(g))
	}
	if len(left) == 0 {
		return nil, errors.New("it leaves independent goals, and the environment lists none")
	}
	return left, nil
}
