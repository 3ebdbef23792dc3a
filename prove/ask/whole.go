package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/llm"
)

// Whole asks a model for a whole proof of a state and runs it, tactic by tactic,
// until one is refused that no cheap repair helps (Repairs). It remembers which
// tactic the proof took in each state on the way, and proposes that one when it
// is asked about such a state: so the valid part of a proof becomes a path of the
// tree at no further cost, and with no change to the search.
//
// Where a tactic leaves several independent goals, the next ones belong to the
// first goal until that is proved, then to the second, and so on; bullets and
// braces are not looked at.
//
// What it remembers is lost with the process; then a call is made again (or found
// where calls are kept). It must not be copied after its first use.
type Whole struct {
	Model  llm.Model
	Prompt Prompt
	Env    env.Environment
	// Calls is how many proofs are asked for in a state that nothing is remembered
	// of, the first of them greedily; 0 means 1.
	Calls       int
	Temperature float64 // of all calls but the first one of a state; 0 means 0.8
	Seed        uint64

	mu    sync.Mutex             // guards what follows
	known map[string]*remembered // by the key of the state
}

// remembered are the tactics that proofs took in a state, those of finished
// proofs first.
type remembered struct {
	tactics  []string
	finished int             // how many of them are of finished proofs
	given    map[string]bool // those proposed already
}

// Bounds of what one proof may cost: tactics, refused ones that are repaired, and
// repairs that are tried for one.
const (
	maxProof    = 200
	maxRepaired = 8
	maxTries    = 4
)

// Propose implements mcts.Policy: what is remembered of a state, without a call;
// else what a proof begins with. k is ignored.
func (p *Whole) Propose(ctx context.Context, s env.State, path env.Path, _ int) ([]env.Candidate, env.Usage, error) {
	if actions, ok := goalsOf(s); ok {
		return evenly(actions), env.Usage{}, nil
	}
	if p.knows(s) {
		return p.give(s, true), env.Usage{}, nil
	}
	return p.ask(ctx, s, path, 0, max(1, p.Calls))
}

// ProposeMore implements mcts.Widener: what is remembered and was not proposed
// yet; else what one more proof begins with, if that is new.
func (p *Whole) ProposeMore(ctx context.Context, s env.State, path env.Path, asked, _ int) ([]env.Candidate, env.Usage, error) {
	if actions, ok := goalsOf(s); ok {
		return evenly(actions), env.Usage{}, nil
	}
	if out := p.give(s, false); len(out) > 0 {
		return out, env.Usage{}, nil
	}
	return p.ask(ctx, s, path, asked, 1)
}

// ask makes calls, runs their proofs, and proposes what is new at s.
func (p *Whole) ask(ctx context.Context, s env.State, path env.Path, asked, calls int) ([]env.Candidate, env.Usage, error) {
	var usage env.Usage
	for i := asked; i < asked+calls; i++ {
		c, err := within(ctx, p.Model, p.Prompt, func(words Prompt) llm.Request {
			req := words.Proof(s, path)
			req.Seed = seed(p.Seed, s, i)
			if i > 0 {
				req.Temperature = cmp.Or(p.Temperature, 0.8)
			}
			return req
		}, &usage)
		if errors.Is(err, llm.ErrBudget) && i > asked {
			break // what was paid for is used
		}
		if err != nil {
			return p.give(s, false), usage, fmt.Errorf("asking for a proof: %w", err)
		}
		tactics := p.Prompt.Language.proofOf(c.Text, c.Stop == llm.Length)
		if len(tactics) == 0 {
			usage.Unparsed++
		}
		if err := p.run(ctx, s, tactics); err != nil {
			return p.give(s, false), usage, fmt.Errorf("running a proof: %w", err)
		}
	}
	return p.give(s, false), usage, nil
}

func (p *Whole) knows(s env.State) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[s.Key()] != nil
}

// give proposes what is remembered of a state, or only what is new. The first is
// as good as certain, the others follow by their place.
func (p *Whole) give(s env.State, all bool) []env.Candidate {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.known[s.Key()]
	if r == nil {
		return nil
	}
	var out []env.Candidate
	for i, t := range r.tactics {
		if all || !r.given[t] {
			out = append(out, env.Candidate{Action: t, LogPrior: byRank(i)})
		}
		r.given[t] = true
	}
	return out
}

// move is a tactic that worked in a state.
type move struct{ key, tactic string }

// run applies the tactics of a proof from s on and remembers what worked, also
// when it ends with an error. A refused tactic is none.
func (p *Whole) run(ctx context.Context, s env.State, tactics []string) error {
	var moves []move
	left, err := p.follow(ctx, s, tactics, &moves)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range moves {
		p.remember(m, err == nil && left == 0)
	}
	return err
}

// follow takes the goals one after another, and returns how many are left.
func (p *Whole) follow(ctx context.Context, s env.State, tactics []string, moves *[]move) (left int, err error) {
	goals := []env.State{s} // the next one last
	repairs := 0
	for used := 0; len(goals) > 0; {
		if err := ctx.Err(); err != nil {
			return len(goals), err
		}
		at := goals[len(goals)-1]
		if out, over := at.Outcome(); over {
			if out.Reward < 1 {
				return len(goals), nil
			}
			goals = goals[:len(goals)-1]
			continue
		}
		if actions, several := goalsOf(at); several {
			goals = goals[:len(goals)-1]
			for _, a := range slices.Backward(actions) {
				goal, err := p.Env.Step(ctx, at, a)
				if err != nil {
					return len(goals) + 1, fmt.Errorf("choosing goal %s of state %q: %w", a, at, err)
				}
				goals = append(goals, goal)
			}
			continue
		}
		if used == min(len(tactics), maxProof) {
			return len(goals), nil
		}
		next, tactic, err := p.step(ctx, at, tactics[used], &repairs)
		if err != nil || next == nil {
			return len(goals), err
		}
		used++
		*moves = append(*moves, move{at.Key(), tactic})
		goals[len(goals)-1] = next
	}
	return 0, nil
}

// step applies a tactic, or a repaired one. No state means that none worked.
func (p *Whole) step(ctx context.Context, s env.State, tactic string, repairs *int) (env.State, string, error) {
	next, err := p.Env.Step(ctx, s, tactic)
	if err == nil {
		return next, tactic, nil
	}
	if !errors.Is(err, env.ErrIllegal) {
		return nil, "", err
	}
	if *repairs++; *repairs > maxRepaired {
		return nil, "", nil
	}
	fixes := Repairs(tactic, p.failure(s, tactic, err), p.names(s))
	for _, fix := range fixes[:min(len(fixes), maxTries)] {
		switch next, err := p.Env.Step(ctx, s, fix); {
		case err == nil:
			return next, fix, nil
		case !errors.Is(err, env.ErrIllegal):
			return nil, "", err
		}
	}
	return nil, "", nil
}

// failure is what the environment noted of a refused tactic, or what the error
// says.
func (p *Whole) failure(s env.State, tactic string, err error) proof.Failure {
	if from, ok := p.Env.(proof.Failures); ok {
		for _, f := range slices.Backward(from.Failures(s)) {
			if p.Prompt.Language.Clean(f.Tactic) == tactic {
				return f
			}
		}
	}
	return proof.Failure{Tactic: tactic, Class: proof.Other, Text: err.Error()}
}

// names are those of hypotheses and premises.
func (p *Whole) names(s env.State) []string {
	var out []string
	if st, ok := s.(proof.State); ok && len(st.Goals()) > 0 {
		for _, h := range st.Goals()[0].Hyps {
			out = append(out, h.Name)
		}
	}
	if p.Prompt.Premises != nil {
		for _, x := range p.Prompt.Premises.Premises(s) {
			out = append(out, x.Name)
		}
	}
	return out
}

// remember notes a move; p.mu is held.
func (p *Whole) remember(m move, finished bool) {
	if p.known == nil {
		p.known = map[string]*remembered{}
	}
	r := p.known[m.key]
	if r == nil {
		r = &remembered{given: map[string]bool{}}
		p.known[m.key] = r
	}
	at := slices.Index(r.tactics, m.tactic)
	switch {
	case at < 0 && !finished:
		r.tactics = append(r.tactics, m.tactic)
		return
	case !finished || at >= 0 && at < r.finished:
		return
	case at >= 0:
		r.tactics = slices.Delete(r.tactics, at, at+1)
	}
	r.tactics = slices.Insert(r.tactics, r.finished, m.tactic)
	r.finished++
}
