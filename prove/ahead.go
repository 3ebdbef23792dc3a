package prove

import (
	"context"
	"errors"
	"slices"
	"strings"

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
		closers = p.quick(s)
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
func (p *Portfolio) quick(s *coq.State) []string {
	var out []string
	for _, t := range quickly {
		if !p.hopeless(s, whole(t), 40) {
			out = append(out, t)
		}
	}
	return out
}

// whole is a tactic that fails where it leaves something to prove.
func whole(tactic string) string { return "solve [" + tactic + "]" }

// hopeless reports whether a tactic that ends goals is left out here: it kills Coq, or
// those of its kind have ended fewer than one in so many in this proof, and then one
// state in five has it tried. It counts, and looks at no clock, so that a search can be
// repeated.
func (p *Portfolio) hopeless(s *coq.State, tactic string, many int) bool {
	if p.Env.Lethal(tactic) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tallies[kindOfEnding(tactic)]
	return t.tried > many*(t.ended+1) && s.Key()[0]%5 != 0
}

// kindOfEnding is a tactic without what is peculiar to a goal.
func kindOfEnding(tactic string) string {
	kind, _, _ := strings.Cut(tactic, " using ")
	kind, _, _ = strings.Cut(kind, " ?")
	if strings.HasPrefix(kind, "solve [now destruct ") {
		return "solve [now destruct"
	}
	return kind
}

// tally counts what came of the tactics of a kind that may end goals.
type tally struct{ tried, ended int }

// count notes what came of a tactic that may end a goal.
func (p *Portfolio) count(tactic string, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tallies == nil {
		p.tallies = map[string]tally{}
	}
	kind := kindOfEnding(tactic)
	t := p.tallies[kind]
	t.tried++
	if ended {
		t.ended++
	}
	p.tallies[kind] = t
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
	var goals []*coq.State
	switch next := next.(type) {
	case *coq.Branch:
		goals = next.Goals()
	case *coq.State:
		if _, over := next.Outcome(); over {
			return tactic, nil
		}
		goals = []*coq.State{next}
	}
	var ends []string
	for _, g := range goals {
		end, err := p.closer(ctx, g, closers)
		if end == "" || err != nil {
			return "", err
		}
		p.count(whole(end), true)
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
