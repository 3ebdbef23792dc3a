package mcts

import (
	"context"
	"errors"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
)

// Policy proposes up to k candidate steps for a state, with priors. Package
// expand has implementations. Usage is returned also beside an error.
//
// Propose is called from several goroutines at once.
type Policy interface {
	Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error)
}

// Widener is the ability of a Policy to go on where it left off: it proposes up
// to k candidates beyond those that it was asked for before.
type Widener interface {
	ProposeMore(ctx context.Context, s env.State, path env.Path, asked, k int) ([]env.Candidate, env.Usage, error)
}

// Scout is the ability of a Policy to name steps that are so likely to end the
// problem, and so cheap, that they are tried before a critic is asked: where one
// does, the state is settled.
type Scout interface {
	Scout(ctx context.Context, s env.State, path env.Path) ([]env.Candidate, error)
}

// Critic values a state that is not terminal. Package evaluate has
// implementations. Usage is returned also beside an error.
//
// Evaluate is called from several goroutines at once.
type Critic interface {
	Evaluate(ctx context.Context, s env.State, path env.Path) (env.Value, env.Usage, error)
}

// Worker does the work of jobs. It holds no state of its own.
type Worker struct {
	Env    env.Environment
	Policy Policy
	Critic Critic
	// Width is the number of candidates asked for; 0 means 4. Where more are
	// wanted later, a Widener is asked for one at a time.
	Width int
	// Floor is the prior mass that the legal actions of a finite action set
	// share evenly, whatever the policy says, so that the search stays
	// complete; 0 means 0.05.
	Floor float64
	// Blind turns off the look one step ahead that settles a state without a
	// model; it is there for comparisons.
	Blind bool
}

// Do works on one job. It is safe for concurrent use.
func (w *Worker) Do(ctx context.Context, job Job) (Expansion, error) {
	if job.Kind == Expand {
		return w.expand(ctx, job)
	}
	x, settled, err := w.frontier(ctx, job)
	if err != nil || settled {
		return x, err
	}
	x.Value, x.Usage, err = w.Critic.Evaluate(ctx, job.State, job.Path)
	if err != nil {
		return x, fmt.Errorf("valuing state %q: %w", job.State, err)
	}
	return x, nil
}

func (w *Worker) expand(ctx context.Context, job Job) (Expansion, error) {
	cands, usage, err := w.propose(ctx, job)
	x := Expansion{Expanded: true, Usage: usage}
	if err != nil {
		return x, fmt.Errorf("proposing steps for state %q: %w", job.State, err)
	}
	mass := 0.0
	for i, p := range env.Masses(cands) {
		st, err := w.Env.Step(ctx, job.State, cands[i].Action)
		switch {
		case errors.Is(err, env.ErrIllegal):
			x.Illegal++
			continue
		case err != nil:
			return x, fmt.Errorf("stepping state %q: %w", job.State, err)
		}
		mass += p
		x.Children = append(x.Children, Child{Action: cands[i].Action, Prior: p, State: st})
	}
	legal, err := w.legal(ctx, job.State)
	if err != nil {
		return x, err
	}
	x.Children, x.Closed = w.fill(x.Children, legal, mass), legal != nil
	return x, nil
}

func (w *Worker) propose(ctx context.Context, job Job) ([]env.Candidate, env.Usage, error) {
	width := int(orElse(float64(w.Width), 4))
	if job.Asked == 0 {
		return w.Policy.Propose(ctx, job.State, job.Path, width)
	}
	more, ok := w.Policy.(Widener)
	if !ok {
		return nil, env.Usage{}, errors.New("the policy can't propose more steps than it did")
	}
	return more.ProposeMore(ctx, job.State, job.Path, width+job.Asked-1, 1)
}

// legal makes the child of each action of a finite action set; nil without one.
func (w *Worker) legal(ctx context.Context, s env.State) ([]Child, error) {
	finite, ok := s.(env.Finite)
	if !ok {
		return nil, nil
	}
	children := []Child{}
	for _, a := range finite.Actions() {
		st, err := w.Env.Step(ctx, s, a)
		if err != nil {
			return nil, fmt.Errorf("stepping state %q by its own action: %w", s, err)
		}
		children = append(children, Child{Action: a, State: st})
	}
	return children, nil
}

// fill adds to the proposed children the legal ones, which share the floor.
// The environment's own texts come first, so that they name the edges. A
// proposal is one of them, not its duplicate; its own duplicates are left for
// the search to count and merge.
func (w *Worker) fill(proposed, legal []Child, mass float64) []Child {
	if len(legal) == 0 {
		return proposed
	}
	floor := orElse(w.Floor, 0.05)
	if mass == 0 {
		floor = 1
	}
	place := map[string]int{}
	for i := range legal {
		legal[i].Prior = floor / float64(len(legal))
		place[legal[i].State.Key()] = i
	}
	for _, c := range proposed {
		c.Prior *= (1 - floor) / max(mass, 1e-300)
		key := c.State.Key()
		if i, first := place[key]; first {
			legal[i].Prior += c.Prior
			delete(place, key)
			continue
		}
		legal = append(legal, c)
	}
	return legal
}

// frontier looks one step ahead from a state with a finite action set, which
// costs no model call: where a step wins, or every step ends the game, the
// children are known already and no model needs to be asked.
func (w *Worker) frontier(ctx context.Context, job Job) (x Expansion, settled bool, err error) {
	if scout, ok := w.Policy.(Scout); ok && !w.Blind {
		return w.scout(ctx, scout, job)
	}
	if _, several := job.State.(env.Mover); several || w.Blind {
		return Expansion{}, false, nil
	}
	legal, err := w.legal(ctx, job.State)
	if err != nil || legal == nil {
		return Expansion{}, false, err
	}
	best, ended := 0.0, 0
	for _, c := range legal {
		if out, over := c.State.Outcome(); over {
			ended++
			best = max(best, out.Reward)
		}
	}
	if best < 1 && ended < len(legal) {
		return Expansion{}, false, nil
	}
	return Expansion{
		Children: w.fill(nil, legal, 0), Expanded: true, Closed: true,
		Value: env.Value{Mean: min(best, 1), Note: "one step ahead"},
	}, true, nil
}

// scout tries the steps that a policy hopes to end the problem with.
func (w *Worker) scout(ctx context.Context, scout Scout, job Job) (x Expansion, settled bool, err error) {
	cands, err := scout.Scout(ctx, job.State, job.Path)
	if err != nil {
		return x, false, fmt.Errorf("looking ahead from state %q: %w", job.State, err)
	}
	for i, p := range env.Softmax(cands) {
		st, err := w.Env.Step(ctx, job.State, cands[i].Action)
		switch {
		case errors.Is(err, env.ErrIllegal):
			x.Illegal++
			continue
		case err != nil:
			return x, false, fmt.Errorf("stepping state %q: %w", job.State, err)
		}
		if out, over := st.Outcome(); over && out.Reward == 1 {
			x.Children = []Child{{Action: cands[i].Action, Prior: p, State: st}}
			x.Expanded, x.Value = true, env.Value{Mean: 1, Note: "one step ahead"}
			return x, true, nil
		}
	}
	return x, false, nil
}
