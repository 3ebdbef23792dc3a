package coq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/coq/vernac"
	"github.com/ponder-mcts/ponder/env/proof"
)

// Prospect is what Probe tells of a tactic.
type Prospect int8

const (
	Untold   Prospect = iota // it is to be tried by itself
	Refused                  // Coq refuses it, it changes nothing, or it takes too long
	Accepted                 // it works
	Ends                     // it works, and a closer ends each goal that it leaves
)

// atOnce is how many tactics Coq is asked about in one sentence.
const atOnce = 24

// Probe tells of many tactics at once whether they would work on the first goal of a
// state: most do not, and to learn that for each by a Step takes far longer. Closers
// are quick tactics that are tried on whatever a tactic leaves. Nothing is said of
// why a tactic is refused; those that are told to work are to be tried by Step.
func (e *Env) Probe(ctx context.Context, s *State, tactics, closers []string) ([]Prospect, error) {
	p := probe{env: e, state: s, closers: slices.Clone(closers), told: make([]Prospect, len(tactics))}
	var todo []asked
	for i, t := range tactics {
		t = vernac.Clean(t)
		if vernac.Guard(t) != nil {
			p.told[i] = Refused
			continue
		}
		todo = append(todo, asked{i, t})
	}
	for part := range slices.Chunk(todo, atOnce) {
		if err := p.ask(ctx, part); err != nil {
			return nil, err
		}
	}
	return p.told, nil
}

// asked is a tactic with its place among those that are probed.
type asked struct {
	i      int
	tactic string
}

type probe struct {
	env     *Env
	state   *State
	closers []string
	told    []Prospect
}

// ask asks about some tactics, and again about those that another one of them kept
// from being tried.
func (p *probe) ask(ctx context.Context, part []asked) error {
	for {
		if part = p.harmless(part); len(part) == 0 {
			return nil
		}
		said, alone, err := p.run(ctx, part)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		last := p.read(part, said)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errWorker):
			for _, a := range part {
				p.told[a.i] = Untold
			}
			return nil
		case last > 0 && errors.Is(err, ide.ErrTimeout) && alone < p.env.pace.limit(part[last].tactic)/2:
			// Those before it took the time; now it comes first.
			part = part[last:]
			continue
		case last >= 0:
			p.stopped(part[last], err)
			part = part[last+1:]
			continue
		case !isRefusal(err) && !errors.Is(err, ide.ErrTimeout):
			return err
		}
		// Coq can't even read the sentence.
		rest, changed := p.without(part, err)
		if !changed {
			if len(part) == 1 {
				p.told[part[0].i] = Untold
				return nil
			}
			if err := p.ask(ctx, part[:len(part)/2]); err != nil {
				return err
			}
			rest = part[len(part)/2:]
		}
		part = rest
	}
}

// harmless leaves out what has killed Coq before.
func (p *probe) harmless(part []asked) []asked {
	p.closers = slices.DeleteFunc(p.closers, p.env.pace.lethal)
	var left []asked
	for _, a := range part {
		if p.env.pace.lethal(a.tactic) {
			p.told[a.i] = Refused
			continue
		}
		left = append(left, a)
	}
	return left
}

// stopped takes note of the tactic that put an end to a sentence.
func (p *probe) stopped(a asked, err error) {
	class, _ := classify(err)
	if p.told[a.i] != Refused {
		if class != proof.Timeout {
			p.env.pace.note(strings.Join(p.closers, "; "), 0, class)
		}
		p.closers = nil // one of them takes too long here
		return
	}
	if class == proof.Timeout || class == proof.Died || class == proof.Memory {
		p.env.pace.note(a.tactic, p.env.pace.limit(a.tactic), class)
	}
}

// errWorker says that no worker could be asked.
var errWorker = errors.New("the state can't be reached")

// run has a worker try the tactics, and returns what it printed, and how long the last
// of them took.
func (p *probe) run(ctx context.Context, part []asked) (said []string, alone time.Duration, err error) {
	e, limit := p.env, least
	for _, a := range part {
		limit = max(limit, e.pace.limit(a.tactic))
	}
	w, err := e.pool.get(ctx, p.state.at)
	if err != nil {
		return nil, 0, err
	}
	defer e.pool.put(w)
	if err := e.arrive(ctx, w, p.state); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errWorker, err)
	}
	e.count.tried.Add(int64(len(part)))
	said, err = w.proc.Query(ctx, limit, w.tip(p.state.at.depth), guarded(p.script(part), limit))
	if errors.Is(err, ide.ErrDied) {
		w.broken = true
		if len(said) == 0 {
			err = fmt.Errorf("%w: %w", errWorker, err)
		}
	}
	return said, w.proc.Silence(), err
}

// The marks that a script prints.
const (
	markTry  = "ponder#"
	markDone = "ponder+"
	markEnds = "ponder!"
)

// script is a tactic that tries each of some, prints how far it came, and takes it
// back.
func (p *probe) script(part []asked) string {
	finish := ""
	if len(p.closers) > 0 {
		finish = "solve [" + strings.Join(p.closers, " | ") + "]; idtac \"" + markEnds + "\"; "
	}
	var b strings.Builder
	for k, a := range part {
		// With once, what comes behind can't make a tactic try its other ways.
		fmt.Fprintf(&b, `idtac "%s%d"; try (once (progress (%s)); idtac "%s"; %sgfail); `, markTry, k, a.tactic, markDone, finish)
	}
	return b.String() + "idtac"
}

// read takes the verdicts from what was printed, and returns which tactic was the
// last that was begun with, or -1.
func (p *probe) read(part []asked, said []string) int {
	last := -1
	for _, m := range said {
		m = strings.TrimSpace(m)
		if number, ok := strings.CutPrefix(m, markTry); ok {
			if k, err := strconv.Atoi(number); err == nil && k > last && k < len(part) {
				last = k
				p.told[part[k].i] = Refused
			}
			continue
		}
		if last < 0 {
			continue
		}
		switch told := &p.told[part[last].i]; {
		case m == markDone && *told == Refused:
			*told = Accepted
		case m == markEnds && *told == Accepted:
			*told = Ends
		}
	}
	return last
}

// without leaves out what has a name that Coq does not know as that of a tactic, and
// reports whether there was something to leave out.
func (p *probe) without(part []asked, err error) (left []asked, changed bool) {
	_, rest, _ := strings.Cut(err.Error(), "The reference ")
	name, _, ok := strings.Cut(rest, " was not found")
	if !ok {
		return part, false
	}
	uses := func(tactic string) (yes bool) {
		tokens(tactic, func(tok string, _ bool) { yes = yes || tok == name })
		return yes
	}
	before := len(p.closers)
	p.closers = slices.DeleteFunc(p.closers, uses)
	for _, a := range part {
		if uses(a.tactic) {
			p.told[a.i] = Refused
			continue
		}
		left = append(left, a)
	}
	return left, len(left) < len(part) || len(p.closers) < before
}
