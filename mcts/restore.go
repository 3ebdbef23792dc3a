package mcts

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// ErrLog marks events that can't be those of the search they are to rebuild.
var ErrLog = errors.New("the events do not fit")

// Stepper makes the state that an action leads to, as env.Environment.Step does.
type Stepper func(from env.State, action string) (env.State, error)

// Restore rebuilds a search from the events that it emitted, as if it had never
// stopped: a search is the fold of its events. Jobs that were in flight are
// handed out again by Next. The options must be those of the first time, but for
// Emit, which gets the events to come only, and budgets.
//
// The error is ErrLog where the events break the rules, or the states that step
// makes are not those that the events tell of: then the environment has changed.
func Restore(root env.State, step Stepper, log iter.Seq2[event.Event, error], opt Options) (*Search, error) {
	s, err := begin(root, opt)
	if err != nil {
		return nil, err
	}
	for e, err := range log {
		if err == nil {
			err = s.replay(e, step)
		}
		if err != nil {
			return nil, fmt.Errorf("rebuilding a search at its event %d: %w", s.seq+1, err)
		}
	}
	if s.seq == 0 {
		return nil, fmt.Errorf("%w: there are none", ErrLog)
	}
	return s, nil
}

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrLog, fmt.Sprintf(format, args...))
}

// replay takes one event of the log.
func (s *Search) replay(e event.Event, step Stepper) error {
	switch {
	case e.Seq != s.seq+1:
		return bad("number %d follows %d", e.Seq, s.seq)
	case (e.Started != nil) != (s.seq == 0):
		return bad("a search starts with its first event, and once")
	case s.ended && e.Moved == nil && e.Resumed == nil:
		return bad("it ended before")
	}
	var err error
	switch {
	case e.Started != nil:
		err = s.replayStart(e.Started)
	case e.Grown != nil:
		err = s.replayGrown(e.Grown, step)
	case e.Visited != nil:
		err = s.replayVisited(e.Visited)
	case e.Failed != nil:
		err = s.replayFailed(e.Failed)
	case e.Moved != nil:
		err = s.replayMoved(e.Moved)
	case e.Steered != nil:
		err = s.replaySteered(e.Steered)
	case e.Resumed != nil:
		s.resume()
	case e.Ended != nil:
		s.reason, s.ended = e.Ended.Reason, true
	default:
		err = bad("it says nothing that rebuilds a search")
	}
	s.seq = e.Seq
	return err
}

func (s *Search) replayStart(e *event.Started) error {
	if e.Version != event.Version {
		return bad("version %d, not %d", e.Version, event.Version)
	}
	if got := s.describe(s.root); got != e.Root {
		return bad("they start at state %q, not at %q", e.Root.State, got.State)
	}
	return nil
}

func (s *Search) replayGrown(g *event.Grown, step Stepper) error {
	n, path, err := s.arrived(g.Node, g.Path)
	if err != nil {
		return err
	}
	s.heedAgain(n, path)
	fresh := map[int32]event.Node{}
	for _, c := range g.New {
		fresh[c.ID] = c
	}
	var children []nodes.ID
	var added []Child
	for _, e := range g.Edges {
		child := Child{Action: e.Action, Prior: e.Mass}
		if told, isNew := fresh[e.Child]; isNew && int(e.Child) == len(s.states) {
			if child.State, err = step(s.states[n], e.Action); err != nil {
				return fmt.Errorf("step %q from state %q can't be repeated: %w", e.Action, s.states[n], err)
			}
			if err := s.meet(child.State, told); err != nil {
				return err
			}
		} else if int(e.Child) < 0 || int(e.Child) >= len(s.states) {
			return bad("edge %d leads to node %d, which there isn't", e.ID, e.Child)
		}
		if !isMass(e.Mass) {
			return bad("edge %d can't have a prior of mass %v", e.ID, e.Mass)
		}
		children, added = append(children, nodes.ID(e.Child)), append(added, child)
	}
	for _, e := range g.Stats.Edges {
		if e.ID < 0 || int(e.ID) >= len(s.mass) || !isMass(e.Mass) {
			return bad("edge %d can't have a prior of mass %v", e.ID, e.Mass)
		}
		s.mass[e.ID] = e.Mass
	}
	edges, _, err := s.branch(n, path, children, added, g.Closed)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	for i, e := range edges {
		if int32(e) != g.Edges[i].ID {
			return bad("edge %d should be %d", g.Edges[i].ID, e)
		}
	}
	s.free = 0
	s.count(g)
	return nil
}

func isMass(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }

// meet makes the node of a state that the log calls new.
func (s *Search) meet(st env.State, told event.Node) error {
	if err := vet(st); err != nil {
		return err
	}
	id, fresh := s.intern(st)
	if got := s.describe(id); !fresh || got != told {
		return bad("node %d was state %q, its step now leads to %q (node %d)", told.ID, told.State, got.State, got.ID)
	}
	return nil
}

func (s *Search) replayVisited(v *event.Visited) error {
	leaf, path, err := s.arrived(v.Leaf, v.Path)
	if err != nil {
		return err
	}
	if s.tree.Evaluated(leaf) {
		s.free++
	} else {
		if err := v.Value.Check(); err != nil || v.Value.Unknown {
			return bad("node %d has no value: %v", v.Leaf, err)
		}
		s.heedAgain(leaf, path)
		s.free = 0
		s.tree.Evaluate(leaf, v.Value.Mean)
	}
	s.simulate(leaf, path, v.Usage)
	return nil
}

func (s *Search) replayFailed(f *event.Failed) error {
	n, path, err := s.arrived(f.Node, f.Path)
	if err != nil {
		return err
	}
	s.heedAgain(n, path)
	s.fail(f)
	return nil
}

func (s *Search) replayMoved(m *event.Moved) error {
	n, path, err := s.arrived(m.Root, []int32{m.Edge})
	if err != nil {
		return err
	}
	s.move(path[0])
	if s.root != n {
		return bad("edge %d does not lead to node %d", m.Edge, m.Root)
	}
	return nil
}

func (s *Search) replaySteered(e *event.Steered) error {
	var edges []nodes.Edge
	for _, id := range e.Edges {
		edges = append(edges, nodes.Edge(id))
	}
	if err := s.order(e.Order, edges); err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	return nil
}

// heedAgain is what the launch and the landing of a job leave behind.
func (s *Search) heedAgain(n nodes.ID, path []nodes.Edge) {
	if s.opt.Prefixes {
		s.heed(n, path)
		s.warm[s.familyOf(n, path)] = true
	}
}

// arrived checks a path of edges from the root to a node.
func (s *Search) arrived(end int32, ids []int32) (nodes.ID, []nodes.Edge, error) {
	at := s.root
	var path []nodes.Edge
	for _, id := range ids {
		e := nodes.Edge(id)
		if id < 0 || int(id) >= len(s.action) || s.tree.From(e) != at || s.tree.Child(e) == nodes.None {
			return 0, nil, bad("edge %d does not leave node %d", id, at)
		}
		path = append(path, e)
		at = s.tree.Child(e)
	}
	if int32(at) != end {
		return 0, nil, bad("a path leads to node %d, not to %d", at, end)
	}
	return at, path, nil
}
