package ponder

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/nodes"
)

// Journal keeps a run as it happens. Its methods are called one at a time.
// store.Log is one.
type Journal interface {
	// Append keeps events, all or none of them, and returns once they are safe.
	// keys are the keys of the states that they gave a value or children, by
	// node.
	Append(ctx context.Context, events []event.Event, keys map[int32]string) error
	// Save keeps a snapshot in the place of the last one.
	Save(ctx context.Context, snapshot []byte) error
}

// Repeater is the ability of an Environment to make a step that it made before, when
// a run goes on; others are asked to Step.
type Repeater interface {
	Repeat(ctx context.Context, from env.State, action string) (env.State, error)
}

// Past is what is known of a run that goes on.
type Past struct {
	// Events are those of the run so far, as Standing leaves them.
	Events []event.Event
	// Snapshot is the last one of a run that is kept by snapshots; nil if there
	// is none.
	Snapshot []byte
	// Owed are the calls that the run made, but could not use before it was
	// stopped.
	Owed []llm.Key
}

// Standing returns how many of a run's events stay when it goes on. A run that
// was stopped from outside, by a signal, its deadline or a lost model, ends with
// notes of that: what was given back and the end. Without them it is what it was
// before, to the last byte.
func Standing(events []event.Event) int {
	n := len(events)
	if n == 0 || events[n-1].Ended == nil {
		return n
	}
	switch events[n-1].Ended.Reason {
	case mcts.Interrupted, mcts.Time:
	case mcts.Broken:
		// Leaves that failed are to be tried again, and its Resume says so.
		if slices.ContainsFunc(events, func(e event.Event) bool { return e.Failed != nil && e.Failed.Reason != "" }) {
			return n
		}
	default:
		return n
	}
	n--
	for n > 0 && events[n-1].Failed != nil && events[n-1].Failed.Reason == "" && !events[n-1].Failed.Unpaid {
		n--
	}
	return n
}

// spent is what the events say was paid.
func (p *Past) spent() (used env.Usage) {
	for _, e := range p.Events {
		switch {
		case e.Grown != nil:
			used = used.Plus(e.Grown.Usage.Counts())
		case e.Visited != nil:
			used = used.Plus(e.Visited.Usage.Counts())
		case e.Failed != nil:
			used = used.Plus(e.Failed.Usage.Counts())
		}
	}
	return used
}

func (p *Past) all() iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		for _, e := range p.Events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// recorder passes events on to those who watch, and keeps them until they are
// committed to the journal.
type recorder struct {
	journal Journal // nil: nobody keeps anything
	watch   func(event.Event)
	search  *mcts.Search
	seq     int // of the last event that was passed on
	waiting []event.Event

	// A search that pays for nothing is kept by snapshots, for it makes more
	// events than any disk could take.
	snapshots bool
	every     time.Duration // between snapshots
	saved     time.Time
}

// snapshotEvery is the least time between two snapshots; one that takes long is
// made less often, so that no more than a fiftieth of the time goes there.
const (
	snapshotEvery = 5 * time.Second
	snapshotShare = 50
)

func (r *recorder) emit(e event.Event) {
	if r.journal != nil && (!r.snapshots || e.Started != nil) {
		r.waiting = append(r.waiting, e)
	}
	r.show(e)
}

// show passes an event on, numbered as those who watch have seen them: a run
// that goes on from a snapshot tells its past in fewer events.
func (r *recorder) show(e event.Event) {
	if r.watch == nil {
		return
	}
	r.seq++
	e.Seq = r.seq
	r.watch(e)
}

// commit keeps what waits.
func (r *recorder) commit(ctx context.Context) error {
	if r.journal == nil {
		return nil
	}
	if len(r.waiting) > 0 {
		keys := map[int32]string{}
		for _, e := range r.waiting {
			if e.Grown != nil {
				keys[e.Grown.Node] = r.search.State(nodes.ID(e.Grown.Node)).Key()
			}
			if e.Visited != nil {
				keys[e.Visited.Leaf] = r.search.State(nodes.ID(e.Visited.Leaf)).Key()
			}
		}
		if err := r.journal.Append(ctx, r.waiting, keys); err != nil {
			return err
		}
		r.waiting = r.waiting[:0]
	}
	if r.snapshots && time.Since(r.saved) >= r.every || r.snapshots && r.search.Reason() != "" {
		return r.save(ctx)
	}
	return nil
}

func (r *recorder) save(ctx context.Context) error {
	start := time.Now()
	var b bytes.Buffer
	if err := r.search.Save(&b); err != nil {
		return err
	}
	if err := r.journal.Save(ctx, b.Bytes()); err != nil {
		return err
	}
	r.saved = time.Now()
	r.every = max(snapshotEvery, snapshotShare*r.saved.Sub(start))
	return nil
}

// begin makes the search: a new one, or that of the past.
func (r *recorder) begin(ctx context.Context, p Problem, c Config, root env.State, opt mcts.Options) (*mcts.Search, error) {
	opt.Emit = r.emit
	if c.Past == nil {
		var err error
		if r.search, err = mcts.New(root, c.started(p), opt); err != nil {
			return nil, fmt.Errorf("starting the search: %w", err)
		}
		return r.search, r.commit(ctx)
	}
	if _, err := r.restore(ctx, p, c, root, opt); err != nil {
		return nil, err
	}
	if r.search.Reason() != "" && c.goesOn(r.search) {
		err := r.search.Resume(event.Resumed{
			Simulations: c.Simulations, Nodes: c.Nodes, Calls: c.Calls, Tokens: c.Tokens, TimeMS: c.Time.Milliseconds(),
		})
		if err != nil {
			return nil, err
		}
	}
	return r.search, nil
}

func (c Config) started(p Problem) event.Started {
	return event.Started{
		Run: c.Run, Env: p.EnvName, Problem: p.Text, Model: c.Model.Name, Strategy: c.StrategyName(), Seed: c.Seed,
	}
}

// restore makes the search of the past and shows it to those who watch.
func (r *recorder) restore(ctx context.Context, p Problem, c Config, root env.State, opt mcts.Options) (*mcts.Search, error) {
	again := p.Env.Step
	if r, ok := p.Env.(Repeater); ok {
		again = r.Repeat
	}
	step := func(from env.State, action string) (env.State, error) { return again(ctx, from, action) }
	var err error
	if c.Past.Snapshot != nil {
		r.search, err = mcts.Load(bytes.NewReader(c.Past.Snapshot), root, step, opt)
	} else {
		r.search, err = mcts.Restore(root, step, c.Past.all(), opt)
	}
	if err != nil {
		return nil, fmt.Errorf("going on with run %s: %w", c.Run, err)
	}
	if c.Past.Snapshot != nil {
		r.search.Describe(c.started(p), r.show)
		return r.search, nil
	}
	for _, e := range c.Past.Events {
		r.show(e)
	}
	return r.search, nil
}

// goesOn reports whether a search that has ended finds something to do under
// the budgets it has now.
func (c Config) goesOn(s *mcts.Search) bool {
	used := c.Past.spent()
	count, _ := s.Tree().Len()
	over := func(used, budget int) bool { return budget > 0 && used >= budget }
	if over(s.Simulations(), c.Simulations) || over(count, c.Nodes) || over(used.Calls, c.Calls) ||
		over(used.PromptTokens+used.CompletionTokens, c.Tokens) {
		return false
	}
	switch s.Reason() {
	case mcts.Proven, mcts.Decided:
		return false
	case mcts.Exhausted:
		return s.Failed()
	}
	return true
}
