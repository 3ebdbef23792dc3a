package prove

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/prove/learn"
)

// Portfolio is a policy without a model: it knows tactics that are often right,
// fills them with what the goal, its hypotheses and the nearest lemmas offer, and
// tries them in the prover, most promising first. Steps that the prover refuses
// cost a try and no child.
type Portfolio struct {
	Env     *coq.Env
	Library *Library
	Habits  *Habits // of earlier proofs; nil for none
	// Memory says what worked on goals like these before, and is told what works
	// now; nil means nobody learns.
	Memory *Memory

	// Goals learns which goals are near to their end; nil means nobody does.
	Goals *Nearness

	Own   map[string]string // the definitions of the file before the proof, by name
	Words bool              // a model is to read the nearest lemmas

	Near int // lemmas considered for a goal; 0 means 16, negative none

	mu      sync.Mutex
	agendas map[string]*agenda
	tallies map[string]tally
}

// agenda is what is still to be tried in a state.
type agenda struct {
	mu       sync.Mutex
	moves    []Move
	next     int
	told     int             // moves up to here are known not to be refused
	asked    int             // candidates that were asked for
	scale    float64         // the logarithm of the first candidates' mass
	seen     map[string]bool // keys of the states that were found
	ending   []string        // tactics that may close the goal
	fast     int             // how many of these, from the first, are quick
	features []string
	shapes   learn.Shapes
	scouted  bool
	filled   bool            // guarded by Portfolio.mu
	recalled bool            // the only move so far proved the same goal before
	symbols  []string        // of the conclusion
	premises []proof.Premise // near ones, where a model is to read them
}

func (p *Portfolio) agenda(ctx context.Context, s *coq.State, path env.Path) *agenda {
	p.mu.Lock()
	if p.agendas == nil {
		p.agendas = map[string]*agenda{}
	}
	a := p.agendas[s.Key()]
	if a == nil {
		a = &agenda{seen: map[string]bool{}}
		p.agendas[s.Key()] = a
		a.mu.Lock()
		p.mu.Unlock()
		defer a.mu.Unlock()
		a.features, a.shapes = learn.Features(s.Goals()[0]), learn.ShapesOf(s.Goals()[0])
		if p.Memory != nil {
			if t, ok := p.Memory.recall(s); ok {
				a.moves, a.recalled = []Move{{t, recalled}}, true
				return a
			}
		}
		p.fill(ctx, a, s, path)
		return a
	}
	p.mu.Unlock()
	return a
}

// fill finds out what there is to try. Whoever calls it holds the lock of the agenda.
func (p *Portfolio) fill(ctx context.Context, a *agenda, s *coq.State, path env.Path) {
	a.recalled = false
	defer func() {
		p.mu.Lock()
		a.filled = true
		p.mu.Unlock()
	}()
	v := newView(s)
	v.own = p.Own
	if k := p.Near; k >= 0 && p.Library != nil {
		v.near, v.split = p.Library.nearest(ctx, s, v, cmp.Or(k, 16))
		v.principles = p.Library.principles(ctx, s, v)
		v.after = p.Library.forward(ctx, s, v, 8)
		if p.Words {
			a.premises = p.Library.words(ctx, s, v.near)
		}
	}
	var l list
	v.shape(&l)
	v.context(&l)
	v.lemmas(&l)
	v.forward(&l)
	v.specialised(&l)
	v.analyses(&l)
	v.inductions(&l)
	if p.Habits != nil {
		p.Habits.propose(v, path, &l)
	}
	for i, m := range l.moves {
		l.moves[i].Weight = learntWeight(m.Weight, m.Tactic, v.local, len(path))
	}
	a.symbols = v.concl.symbols
	if p.Memory != nil {
		scores := map[string]float64{}
		for i, m := range l.moves {
			shape := a.shapes.Of(m.Tactic)
			score, seen := scores[shape]
			if !seen {
				score = p.Memory.Tactics.Score(a.features, shape)
				scores[shape] = score
			}
			// A shape that does as well as any has its weight as it is.
			l.moves[i].Weight = m.Weight * min(2, max(0.5, 4*score))
		}
	}
	a.moves = append(a.moves, l.sorted()...)
	a.ending, a.fast = v.closers(p.Habits)
}

// recalled is the weight of a step that proved the same goal before.
const recalled = 100

// Scout implements mcts.Scout: it names the tactic that ends the goal, if one of
// those that may do so does.
func (p *Portfolio) Scout(ctx context.Context, s env.State, path env.Path) ([]env.Candidate, error) {
	st, ok := s.(*coq.State)
	if !ok {
		return nil, nil
	}
	a := p.agenda(ctx, st, path)
	if len(st.Goals()) > 1 {
		return nil, nil
	}
	return p.scout(ctx, a, st, path)
}

// scout is Scout for a single goal.
func (p *Portfolio) scout(ctx context.Context, a *agenda, s *coq.State, path env.Path) ([]env.Candidate, error) {
	end, err := p.ends(ctx, a, s, path)
	if err != nil {
		return nil, err
	}
	p.scouted(a, end != "")
	if end == "" {
		return nil, nil
	}
	return []env.Candidate{{Action: end}}, nil
}

// ends looks for a step that ends the only goal of a state.
func (p *Portfolio) ends(ctx context.Context, a *agenda, s *coq.State, path env.Path) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recalled {
		if end, err := p.again(ctx, a, s); end != "" || err != nil || a.told > 0 {
			return end, err
		}
		p.fill(ctx, a, s, path)
	}
	// Those that use hints come apart: where a hint has no end, the others are not
	// waited for.
	for part := range slices.Chunk(a.ending[:a.fast], hintsFirst) {
		if end, err := p.endsBy(ctx, s, part); end != "" || err != nil {
			return end, err
		}
	}
	if a.told == 0 {
		if end, err := p.look(ctx, a, s); end != "" || err != nil {
			return end, err
		}
	}
	for _, t := range a.ending[a.fast:] {
		if p.hopeless(s, t, 12) {
			continue
		}
		next, err := p.Env.Step(ctx, s, t)
		p.learn(a, t, next, err)
		if err != nil && !errors.Is(err, env.ErrIllegal) {
			return "", err
		}
		ended := false
		if err == nil {
			_, ended = next.Outcome()
		}
		if p.count(t, ended); ended {
			return t, nil
		}
	}
	return "", nil
}

// hintsFirst is how many of the tactics that are tried quickly use hints; they come
// first.
const hintsFirst = 2

// endsBy is the first of some tactics that ends the only goal of a state.
func (p *Portfolio) endsBy(ctx context.Context, s *coq.State, tactics []string) (string, error) {
	told, err := p.Env.Probe(ctx, s, tactics, nil)
	if err != nil {
		return "", err
	}
	for i, t := range tactics {
		end := ""
		if told[i] != coq.Refused {
			if end, err = p.closer(ctx, s, tactics[i:i+1]); err != nil {
				return "", err
			}
		}
		if p.count(t, end != ""); end != "" {
			return end, nil
		}
	}
	return "", nil
}

// again tries the step that proved the same goal before. Where it does not end the goal
// but works, nothing else has to be looked at for now.
func (p *Portfolio) again(ctx context.Context, a *agenda, s *coq.State) (string, error) {
	t := a.moves[0].Tactic
	next, err := p.Env.Step(ctx, s, t)
	switch {
	case errors.Is(err, env.ErrIllegal):
		a.moves = nil
		return "", nil
	case err != nil:
		return "", err
	}
	if _, over := next.Outcome(); over {
		return t, nil
	}
	a.told = 1
	return "", nil
}

// scouted learns whether a goal is one of those that are ended at once.
func (p *Portfolio) scouted(a *agenda, ended bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.scouted && p.Goals != nil {
		p.Goals.update(a.features, ended)
	}
	a.scouted = true
}

// Propose implements mcts.Policy: it tries until k different states are found,
// or until enough was tried.
func (p *Portfolio) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	if b, ok := s.(*coq.Branch); ok {
		return choices(b), env.Usage{}, nil
	}
	st, ok := s.(*coq.State)
	if !ok {
		return nil, env.Usage{}, fmt.Errorf("the portfolio knows no states like %q", s)
	}
	a := p.agenda(ctx, st, path)
	if len(st.Goals()) == 1 && !a.known() {
		// The root is expanded before anybody scouts it.
		if out, err := p.scout(ctx, a, st, path); len(out) > 0 || err != nil {
			return out, env.Usage{}, err
		}
	}
	out, err := p.work(ctx, a, st, path, k)
	return out, env.Usage{}, err
}

// choices are the goals of a state that are proved apart.
func choices(several env.Finite) []env.Candidate {
	var out []env.Candidate
	for _, a := range several.Actions() {
		out = append(out, env.Candidate{Action: a})
	}
	return out
}

// ProposeMore implements mcts.Widener. In a search that goes on, what was proposed
// before it was stopped is found out anew first.
func (p *Portfolio) ProposeMore(ctx context.Context, s env.State, path env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	if st, ok := s.(*coq.State); ok {
		a := p.agenda(ctx, st, path)
		for a.given() < asked && !a.over() {
			if _, err := p.work(ctx, a, st, path, min(k, asked-a.given())); err != nil {
				return nil, env.Usage{}, err
			}
		}
	}
	return p.Propose(ctx, s, path, k)
}

func (a *agenda) given() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

// known reports whether it was looked for a step that ends the goal.
func (a *agenda) known() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.scouted
}

func (a *agenda) over() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.next >= len(a.moves) && !a.recalled
}

// mostTries bounds the tactics that one request may try.
const mostTries = 60

func (p *Portfolio) work(ctx context.Context, a *agenda, s *coq.State, path env.Path, k int) ([]env.Candidate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []env.Candidate
	for tries, fresh := mostTries, 0; fresh < k && tries > 0; tries-- {
		if a.next >= len(a.moves) {
			if !a.recalled || len(out) > 0 {
				break
			}
			p.fill(ctx, a, s, path)
			continue
		}
		if a.next >= a.told {
			end, err := p.look(ctx, a, s)
			if err != nil {
				return out, err
			}
			if end != "" {
				a.moves = slices.Insert(a.moves, a.next, Move{end, recalled})
				a.told++
			}
			if a.next >= a.told {
				continue
			}
		}
		m := a.moves[a.next]
		a.next++
		next, err := p.Env.Step(ctx, s, m.Tactic)
		p.learn(a, m.Tactic, next, err)
		switch {
		case errors.Is(err, env.ErrIllegal):
			continue
		case err != nil:
			a.next--
			return out, err
		}
		prior := math.Log(m.Weight)
		if m.Weight < recalled {
			prior += outcomes * p.promise(s, next)
		}
		out = append(out, env.Candidate{Action: m.Tactic, LogPrior: prior})
		if key := next.Key(); !a.seen[key] {
			a.seen[key] = true
			fresh++
		}
		if o, over := next.Outcome(); over && o.Reward == 1 {
			break
		}
	}
	if a.asked += k; a.scale == 0 {
		a.scale = massOf(out)
	}
	for i := range out {
		out[i].LogPrior -= a.scale
	}
	return out, nil
}

// massOf is the logarithm of the mass of candidates.
func massOf(cands []env.Candidate) float64 {
	sum := 0.0
	for _, c := range cands {
		sum += math.Exp(c.LogPrior)
	}
	if sum == 0 {
		return 0
	}
	return math.Log(sum)
}

// promise is by how much a step looks better, or worse, for what it leads to: tactics
// are made when they are proposed, so that what is left to prove is known.
func (p *Portfolio) promise(from *coq.State, to env.State) float64 {
	const most = 1.5
	return max(-most, min(most, math.Log(p.Goals.outlook(to)/p.Goals.likely(from))))
}

// learn records what came of a tactic.
func (p *Portfolio) learn(a *agenda, tactic string, next env.State, err error) {
	if err != nil && !errors.Is(err, env.ErrIllegal) {
		return
	}
	outcome := learn.Refused
	if err == nil {
		outcome = learn.Progress
		if _, over := next.Outcome(); over {
			outcome = learn.Closed
		}
	}
	p.record(a, tactic, outcome)
}

func (p *Portfolio) record(a *agenda, tactic string, outcome learn.Outcome) {
	if p.Memory != nil {
		p.Memory.Tactics.Record(a.features, a.shapes.Of(tactic), outcome)
	}
}
