package prove

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/prove/learn"
)

// Most tactics of an agenda are refused, and most proofs end soon after the step that
// counts: many tactics are asked about at once, and with each whether a quick tactic
// ends what it leaves.

// ahead is how many tactics are asked about at once.
const ahead = 48

// quickly are tactics that mostly cost next to nothing where they fail.
var quickly = []string{"auto", "easy", "congruence", "lia"}

const (
	quick = 2 * time.Millisecond // what a tactic may take to be tried behind many others
	tries = 4                    // that tell how long it takes
)

// look asks about the next tactics of an agenda and leaves those out that are
// refused. It returns a step that ends the goal, if one does.
func (p *Portfolio) look(ctx context.Context, a *agenda, s *coq.State) (string, error) {
	end := min(len(a.moves), a.told+ahead)
	tactics := make([]string, 0, ahead)
	for _, m := range a.moves[a.told:end] {
		tactics = append(tactics, m.Tactic)
	}
	var closers []string
	if len(s.Goals()) == 1 {
		closers = p.quick()
	}
	told, err := p.Env.Probe(ctx, s, tactics, closers)
	if err != nil {
		return "", err
	}
	kept := a.moves[:a.told]
	ending := ""
	for i, m := range a.moves[a.told:end] {
		switch told[i] {
		case coq.Refused:
			p.record(a, m.Tactic, learn.Refused)
			continue
		case coq.Ends:
			if ending == "" {
				if ending, err = p.finish(ctx, s, m.Tactic, closers); err != nil {
					return "", err
				}
			}
		}
		kept = append(kept, m)
	}
	a.told = len(kept)
	a.moves = slices.Concat(kept, a.moves[end:])
	return ending, nil
}

// quick are the tactics that are tried behind others.
func (p *Portfolio) quick() []string {
	var out []string
	also := []string{}
	if p.Habits != nil {
		also = p.Habits.endings
	}
	for i, t := range slices.Concat(quickly, also) {
		o := p.Env.Odds("solve [" + t + "]")
		if o.Tried < tries && i < len(quickly) || o.Tried >= tries && o.Each < quick && len(out) < 7 {
			out = append(out, t)
		}
	}
	return out
}

// finish writes a tactic and what ends the goals that it leaves as one step.
func (p *Portfolio) finish(ctx context.Context, s *coq.State, tactic string, closers []string) (string, error) {
	next, err := p.Env.Step(ctx, s, tactic)
	if errors.Is(err, env.ErrIllegal) {
		return "", nil // it had less time
	}
	if err != nil {
		return "", err
	}
	goals := []*coq.State{}
	switch next := next.(type) {
	case *coq.Branch:
		goals = next.Goals()
	case *coq.State:
		if _, over := next.Outcome(); over {
			return tactic, nil
		}
		goals = append(goals, next)
	}
	var ends []string
	for _, g := range goals {
		end, err := p.closer(ctx, g, closers)
		if end == "" || err != nil {
			return "", err
		}
		ends = append(ends, end)
	}
	if strings.ContainsAny(tactic, "|+") {
		tactic = "(" + tactic + ")"
	}
	if slices.ContainsFunc(ends, func(e string) bool { return e != ends[0] }) {
		return tactic + "; [ " + strings.Join(ends, " | ") + " ]", nil
	}
	return tactic + "; " + ends[0], nil
}

// closer is the first of some tactics that ends a goal.
func (p *Portfolio) closer(ctx context.Context, s *coq.State, closers []string) (string, error) {
	for _, t := range closers {
		next, err := p.Env.Step(ctx, s, t)
		if errors.Is(err, env.ErrIllegal) {
			continue
		}
		if err != nil {
			return "", err
		}
		if _, over := next.Outcome(); over {
			return t, nil
		}
	}
	return "", nil
}
