package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/store"
)

// stop is the order that ends a run; the others are those of mcts.Order.
const stop = "stop"

// paused is the status of a run that pauses.
const paused = "paused"

// orderBody is an order as it is left in the database.
type orderBody struct {
	Order string  `json:"order"`
	Edges []int32 `json:"edges,omitempty"`
}

// reins are how a run of this process is told what to do. They may be used from
// any goroutine, before the search begins and after it is over.
type reins struct {
	orders chan mcts.Order
	halt   chan struct{} // closed to end the run
	once   sync.Once
	over   chan struct{} // closed when the search is over
}

func newReins() *reins {
	return &reins{orders: make(chan mcts.Order), halt: make(chan struct{}), over: make(chan struct{})}
}

// give returns when an order is obeyed, or can't be.
func (r *reins) give(ctx context.Context, order string, edges []int32) error {
	switch order {
	case stop:
		r.once.Do(func() { close(r.halt) })
		return nil
	case mcts.Pause, mcts.Resume, event.Pin, event.Forbid, event.Free:
	default:
		return fmt.Errorf("unknown order %.40q: give %s, %s, %s, %s, %s or %s", order, mcts.Pause, mcts.Resume, stop, event.Pin, event.Forbid, event.Free)
	}
	done := make(chan error, 1)
	select {
	case r.orders <- mcts.Order{Kind: order, Edges: edges, Done: done}:
	case <-r.over:
		return mcts.ErrOver
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-r.over:
		return mcts.ErrOver
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stopped reports whether the run was told to end.
func (r *reins) stopped() bool {
	select {
	case <-r.halt:
		return true
	default:
		return false
	}
}

// heedEvery is how often the orders of other processes are looked for.
const heedEvery = 200 * time.Millisecond

// heed takes the orders that other processes leave in the database, until ctx is
// done.
func (r *reins) heed(ctx context.Context, log *store.Log, note func(string)) {
	tick := time.NewTicker(heedEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		bodies, err := log.Orders(ctx)
		if err != nil {
			if ctx.Err() == nil {
				note(err.Error() + "; no orders are taken any more")
			}
			return
		}
		for _, body := range bodies {
			var o orderBody
			err := json.Unmarshal(body, &o)
			if err == nil {
				err = r.give(ctx, o.Order, o.Edges)
			}
			if err != nil && ctx.Err() == nil {
				note(fmt.Sprintf("order %.80q: %v", body, err))
			}
		}
	}
}

// onlyCanceled reports whether an error says nothing but that a context was
// cancelled.
func onlyCanceled(err error) bool {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(all.Unwrap(), func(err error) bool { return !onlyCanceled(err) })
	}
	return err == context.Canceled
}
