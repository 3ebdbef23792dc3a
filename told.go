package ponder

import (
	"context"
	"fmt"
	"strconv"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// Told is an environment that knows just what the events of a run tell: its states
// are those of the tree, its steps those that were made. With it Recall needs nothing
// of the environment that the run had, be it slow or not there any more. It has no
// text of a problem to read.
func Told(events []event.Event) env.Environment {
	t := told{steps: map[toldStep]event.Node{}}
	nodes := map[int32]event.Node{}
	for _, e := range events {
		switch {
		case e.Started != nil:
			t.root = e.Started.Root
			nodes[t.root.ID] = t.root
		case e.Grown != nil:
			for _, n := range e.Grown.New {
				nodes[n.ID] = n
			}
			for _, x := range e.Grown.Edges {
				t.steps[toldStep{e.Grown.Node, x.Action}] = nodes[x.Child]
			}
		}
	}
	return t
}

type told struct {
	root  event.Node
	steps map[toldStep]event.Node
}

type toldStep struct {
	from   int32
	action string
}

// Start implements env.Environment.
func (t told) Start(context.Context, string) (env.State, error) { return toldState{t.root}, nil }

// Step implements env.Environment.
func (t told) Step(_ context.Context, s env.State, action string) (env.State, error) {
	at, ok := s.(toldState)
	if !ok {
		return nil, fmt.Errorf("state %q is none of the run", s)
	}
	n, ok := t.steps[toldStep{at.node.ID, action}]
	if !ok {
		return nil, env.Illegal(action, "it was not made in the run")
	}
	return toldState{n}, nil
}

// toldState is a node of the tree.
type toldState struct{ node event.Node }

// Key implements env.State.
func (s toldState) Key() string { return strconv.Itoa(int(s.node.ID)) }

// String implements env.State.
func (s toldState) String() string { return s.node.State }

// ToMove implements env.Mover.
func (s toldState) ToMove() int { return s.node.Player }

// Outcome implements env.State.
func (s toldState) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: s.node.Reward}, s.node.Terminal
}
