package mcts

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/nodes"
)

// What an Order may say beside the orders of package event: no job is handed
// out while a run pauses, and what comes back is taken in.
const (
	Pause  = "pause"
	Resume = "resume"
)

// Order is what a person tells a run under way.
type Order struct {
	Kind  string  // Pause, Resume, event.Pin, event.Forbid or event.Free
	Edges []int32 // of the last three
	// Done, if not nil, gets one answer: nil when the order is obeyed and what it
	// changed is kept, else why not. It must have room for it.
	Done chan<- error
}

func (o Order) answer(err error) {
	select {
	case o.Done <- err:
	default: // nobody asked, or there is no room: a run waits for no one
	}
}

// obey does what an order says. Its error is one that ends the run.
func (f *flight) obey(work context.Context, o Order) error {
	switch o.Kind {
	case Pause, Resume:
		f.pause(o.Kind == Pause)
		o.answer(nil)
		return nil
	}
	var edges []nodes.Edge
	for _, e := range o.Edges {
		edges = append(edges, nodes.Edge(e))
	}
	if err := f.Search.Steer(o.Kind, edges...); err != nil {
		o.answer(err)
		return nil
	}
	err := f.commit(work)
	o.answer(err)
	return err
}

func (f *flight) pause(on bool) {
	if on == f.paused {
		return
	}
	f.paused = on
	if on {
		f.clock.stop()
	} else {
		f.clock.start()
	}
	if f.Paused != nil {
		f.Paused(on)
	}
}

// turnAway answers the orders that came too late.
func (f *flight) turnAway() {
	for {
		select {
		case o, open := <-f.Orders:
			if !open {
				return
			}
			o.answer(fmt.Errorf("%s: %w", o.Kind, ErrOver))
		default:
			return
		}
	}
}
