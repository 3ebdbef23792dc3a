package mcts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// person gives orders to a driver.
type person struct {
	t      *testing.T
	orders chan Order
}

func watchedBy(t *testing.T, d *Driver) person {
	p := person{t, make(chan Order)}
	d.Orders = p.orders
	return p
}

// give gives an order and returns the answer.
func (p person) give(kind string, edges ...int32) error {
	done := make(chan error, 1)
	p.orders <- Order{Kind: kind, Edges: edges, Done: done}
	return <-done
}

func (p person) must(kind string, edges ...int32) {
	p.t.Helper()
	if err := p.give(kind, edges...); err != nil {
		p.t.Errorf("%s %v: %v", kind, edges, err)
	}
}

// A pause stops all calls but those on their way, which are taken in, and the
// clock of the budget.
func TestDriverPauses(t *testing.T) {
	for _, parallel := range []int{1, 4} {
		t.Run(fmt.Sprintf("%d in flight", parallel), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const step, budget, pause = 10 * time.Millisecond, 995 * time.Millisecond, time.Hour
				d, w := driverOf(t, Options{}, after(step))
				critic := d.Worker.Critic.(*countedCritic)
				d.Parallel, d.Time = parallel, budget
				var told []bool
				d.Paused = func(on bool) { told = append(told, on) }
				p := watchedBy(t, d)
				begin, done := time.Now(), make(chan error)
				go func() { done <- d.Run(t.Context()) }()
				time.Sleep(205 * time.Millisecond)
				p.must(Pause)
				p.must(Pause) // once more changes nothing
				calls := critic.calls.Load()
				time.Sleep(pause)
				synctest.Wait()
				if got := critic.calls.Load(); got != calls {
					t.Errorf("%d calls were made during the pause", got-calls)
				}
				if len(w.pending) > 0 || w.Simulations() != int(calls) {
					t.Errorf("%d jobs are in flight, %d of %d results taken in", len(w.pending), w.Simulations(), calls)
				}
				p.must(Resume)
				if err := <-done; err != nil || w.Reason() != Time {
					t.Errorf("ended by %q, %v", w.Reason(), err)
				}
				if took := time.Since(begin) - pause; took != budget {
					t.Errorf("it took %v without the pause, want %v", took, budget)
				}
				if critic.calls.Load() <= calls {
					t.Error("no calls were made after the pause")
				}
				if d := cmp.Diff([]bool{true, false}, told); d != "" {
					t.Errorf("told of pauses (-want +got):\n%s", d)
				}
			})
		})
	}
}

// With one job in flight a paused run is the same to the last byte.
func TestDriverPausedIsTheSame(t *testing.T) {
	run := func(pauses int) (log string) {
		synctest.Test(t, func(t *testing.T) {
			d, w := driverOf(t, Options{Simulations: 50}, after(10*time.Millisecond))
			p, done := watchedBy(t, d), make(chan error)
			go func() { done <- d.Run(t.Context()) }()
			for range pauses {
				time.Sleep(33 * time.Millisecond)
				p.must(Pause)
				time.Sleep(time.Second)
				p.must(Resume)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			log = logOf(t, w)
		})
		return log
	}
	if d := cmp.Diff(run(0), run(5)); d != "" {
		t.Errorf("(-in one go +paused):\n%s", d)
	}
}

// A paused run stops at once, and tells that the pause is over.
func TestDriverStopsWhilePaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := driverOf(t, Options{}, after(10*time.Millisecond))
		var told []bool
		d.Paused = func(on bool) { told = append(told, on) }
		d.Time = time.Second
		p, done := watchedBy(t, d), make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- d.Run(ctx) }()
		p.must(Pause)
		time.Sleep(time.Hour)
		begin := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || w.Reason() != Interrupted || time.Since(begin) != 0 {
			t.Errorf("ended by %q after %v, %v", w.Reason(), time.Since(begin), err)
		}
		if d := cmp.Diff([]bool{true, false}, told); d != "" {
			t.Errorf("told of pauses (-want +got):\n%s", d)
		}
	})
}

// An order is kept before anything is decided by it, and before its answer.
func TestDriverSteers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emitted, kept := 0, 0
		d, w := driverOf(t, Options{Simulations: 100, Emit: func(event.Event) { emitted++ }}, after(10*time.Millisecond))
		d.Commit = func(context.Context) error { kept = emitted; return nil }
		d.Parallel = 3
		doing := map[nodes.ID]bool{}
		d.Doing = func(n nodes.ID, on bool) {
			if doing[n] == on {
				t.Errorf("node %d: told twice that it is worked on: %v", n, on)
			}
			if doing[n] = on; !on {
				delete(doing, n)
			}
			if len(doing) > 3 {
				t.Errorf("%d nodes are worked on", len(doing))
			}
		}
		p, done := watchedBy(t, d), make(chan error)
		go func() { done <- d.Run(t.Context()) }()
		time.Sleep(105 * time.Millisecond)
		synctest.Wait()
		if len(doing) != 3 || !maps.EqualFunc(doing, w.pending, func(bool, Job) bool { return true }) {
			t.Errorf("told that %v are worked on, in flight are %v", doing, w.pending)
		}
		shut := int32(w.tree.At(w.root, 0))
		n := w.tree.EdgeN(nodes.Edge(shut)) + w.tree.O(nodes.Edge(shut))
		p.must(event.Forbid, shut)
		last := w.events[len(w.events)-1].Steered
		if want := (&event.Steered{Order: event.Forbid, Edges: []int32{shut}}); cmp.Diff(want, last) != "" || kept != emitted {
			t.Errorf("after the order the last event is %+v; %d of %d events are kept", w.events[len(w.events)-1], kept, emitted)
		}
		if err := p.give("sing"); err == nil {
			t.Error("an unknown order is obeyed")
		}
		if err := p.give(event.Pin, 999); err == nil {
			t.Error("an order for an unknown edge is obeyed")
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := w.tree.EdgeN(nodes.Edge(shut)); got > n {
			t.Errorf("the forbidden edge had %d visits, in flight or not, and has %d", n, got)
		}
		if len(doing) > 0 {
			t.Errorf("told that %v are worked on at the end", doing)
		}
	})
}

// An order that can't be kept ends the run, like any event; what is not asked is
// not answered.
func TestDriverCannotKeepAnOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := driverOf(t, Options{}, after(10*time.Millisecond))
		full := false
		d.Commit = func(context.Context) error {
			if full {
				return errDisk
			}
			return nil
		}
		p, done := watchedBy(t, d), make(chan error)
		go func() { done <- d.Run(t.Context()) }()
		time.Sleep(55 * time.Millisecond)
		synctest.Wait()
		full = true
		if err := p.give(event.Pin, int32(w.tree.At(w.root, 0))); !errors.Is(err, errDisk) {
			t.Errorf("the answer is %v", err)
		}
		if err := <-done; !errors.Is(err, errDisk) || w.Reason() != Broken {
			t.Errorf("ended by %q, %v", w.Reason(), err)
		}
	})
}

// Orders that come too late are turned away; a closed channel brings none.
func TestDriverTurnsLateOrdersAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := driverOf(t, Options{Simulations: 3}, after(0))
		orders, done := make(chan Order, 2), make(chan error, 2)
		d.Orders = orders
		if err := d.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		orders <- Order{Kind: Pause, Done: done}
		orders <- Order{Kind: event.Pin, Edges: []int32{0}, Done: done}
		close(orders)
		if err := d.Run(t.Context()); err != nil || w.Reason() != Simulations {
			t.Errorf("ended by %q, %v", w.Reason(), err)
		}
		for range 2 {
			if err := <-done; !errors.Is(err, ErrOver) {
				t.Errorf("the answer is %v, want %v", err, ErrOver)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d, w := driverOf(t, Options{Simulations: 30}, after(time.Millisecond))
		orders := make(chan Order)
		d.Orders = orders
		close(orders)
		if err := d.Run(t.Context()); err != nil || w.Simulations() != 30 {
			t.Errorf("%d simulations, %v", w.Simulations(), err)
		}
	})
}
