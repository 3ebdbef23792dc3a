package mcts

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ponder-mcts/ponder/env"
)

// The tests of the Driver run in a bubble with a clock of its own: no test
// sleeps for real, times are exact, and a goroutine left behind for good fails
// the test.

// growing is the environment of the endless problem: every state has so many
// steps: a, b, …
type growing int

func (growing) Start(context.Context, string) (env.State, error) { return endless("."), nil }

func (growing) Step(_ context.Context, s env.State, action string) (env.State, error) {
	return endless(s.Key() + action), nil
}

func (g growing) Propose(context.Context, env.State, env.Path, int) ([]env.Candidate, env.Usage, error) {
	cands := make([]env.Candidate, g)
	for i := range cands {
		cands[i].Action = string(rune('a' + i))
	}
	return cands, env.Usage{Calls: 1}, nil
}

// criticFunc is a Critic that is a function of the context and of how many
// calls came before.
type criticFunc func(ctx context.Context, call int) (env.Value, error)

// driverOf drives the endless problem of two steps with a critic.
func driverOf(t testingT, opt Options, critic criticFunc) (*Driver, *watched) {
	w := start(t, endless("."), opt)
	return &Driver{Search: w.Search, Worker: &Worker{Env: growing(2), Policy: growing(2), Critic: counted(critic)}}, w
}

func counted(f criticFunc) Critic { return &countedCritic{f: f} }

type countedCritic struct {
	f     criticFunc
	calls atomic.Int64
}

func (c *countedCritic) Evaluate(ctx context.Context, _ env.State, _ env.Path) (env.Value, env.Usage, error) {
	v, err := c.f(ctx, int(c.calls.Add(1))-1)
	return v, env.Usage{Calls: 1}, err
}

// after is a critic that takes so long and heeds its context.
func after(d time.Duration) criticFunc {
	return func(ctx context.Context, _ int) (env.Value, error) {
		select {
		case <-time.After(d):
			return env.Value{Mean: 0.5}, nil
		case <-ctx.Done():
			return env.Value{}, ctx.Err()
		}
	}
}

// deaf is a critic that takes so long whatever its context says.
func deaf(d time.Duration) criticFunc {
	return func(context.Context, int) (env.Value, error) {
		time.Sleep(d)
		return env.Value{Mean: 0.5}, nil
	}
}

func TestDriverStopsInTime(t *testing.T) {
	const (
		prompt = 100 * time.Millisecond
		tick   = 995 * time.Millisecond // between two results of 10 ms each
	)
	for _, tt := range []struct {
		name     string
		parallel int
		budget   time.Duration // the driver's
		cancel   time.Duration // of the context; 0 means never
		deadline time.Duration // of the context; 0 means none
		critic   criticFunc
		reason   string
		err      error
		at       time.Duration // when it should be over, within 100 ms
		exactly  bool
		done     int // simulations at the end
	}{
		{
			name:   "time budget, workers that heed it: to the point",
			budget: tick, critic: after(10 * time.Millisecond), reason: Time, at: tick, exactly: true, done: 99,
		},
		{
			name: "time budget, several workers", parallel: 4,
			budget: tick, critic: after(10 * time.Millisecond), reason: Time, at: tick, exactly: true, done: 2 + 98*4,
		},
		{
			name: "time budget, workers that are deaf: left behind", parallel: 4,
			budget: time.Second, critic: deaf(time.Hour), reason: Time, at: time.Second, done: 0,
		},
		{
			name: "time budget, deaf workers that are soon done: their results are used", parallel: 4,
			budget: time.Second, critic: deaf(1020 * time.Millisecond), reason: Time, at: time.Second, done: 2,
		},
		{
			name: "cancelled, workers that heed it", parallel: 4,
			cancel: tick, critic: after(10 * time.Millisecond), reason: Interrupted, err: context.Canceled,
			at: tick, exactly: true, done: 2 + 98*4,
		},
		{
			name: "cancelled, workers that are deaf: left behind", parallel: 4,
			cancel: time.Second, critic: deaf(time.Hour), reason: Interrupted, err: context.Canceled, at: time.Second,
		},
		{
			name: "the caller's deadline is no time budget", parallel: 2,
			deadline: time.Second, critic: after(time.Hour), reason: Interrupted, err: context.DeadlineExceeded,
			at: time.Second, exactly: true,
		},
		{
			name:     "cancelled before it began: nothing is done",
			deadline: -1, critic: after(time.Millisecond), reason: Interrupted, err: context.DeadlineExceeded, exactly: true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w := driverOf(t, Options{}, tt.critic)
				d.Parallel, d.Time = tt.parallel, tt.budget
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.cancel > 0 {
					time.AfterFunc(tt.cancel, cancel)
				}
				if tt.deadline != 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				begin := time.Now()
				err := d.Run(ctx)
				took := time.Since(begin)
				if !errors.Is(err, tt.err) || w.Reason() != tt.reason {
					t.Errorf("ended by %q with error %v, want %q with %v", w.Reason(), err, tt.reason, tt.err)
				}
				if took < tt.at || took > tt.at+prompt || tt.exactly && took != tt.at {
					t.Errorf("it took %v, want %v", took, tt.at)
				}
				if w.Simulations() != tt.done {
					t.Errorf("%d simulations, want %d", w.Simulations(), tt.done)
				}
				if len(w.pending) > 0 {
					t.Errorf("%d jobs are still in flight", len(w.pending))
				}
				time.Sleep(2 * time.Hour) // those left behind end by themselves
			})
		})
	}
}

func TestDriverBudgetsWithManyInFlight(t *testing.T) {
	// Results come back out of order.
	jitter := func(ctx context.Context, call int) (env.Value, error) {
		return after(time.Duration(call*7%5)*time.Millisecond)(ctx, call)
	}
	for _, parallel := range []int{0, 1, 3, 16} {
		t.Run(fmt.Sprintf("%d in flight", parallel), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w := driverOf(t, Options{Simulations: 50}, jitter)
				d.Parallel = parallel
				if err := d.Run(t.Context()); err != nil || w.Simulations() != 50 || w.Reason() != Simulations {
					t.Errorf("%d simulations, ended by %q with error %v; want 50 by %q", w.Simulations(), w.Reason(), err, Simulations)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				d, w := driverOf(t, Options{Nodes: 50}, jitter)
				d.Parallel = parallel
				err := d.Run(t.Context())
				// Each job in flight when the budget is spent may add two.
				if n, _ := w.tree.Len(); err != nil || n < 50 || n > 50+2*max(1, parallel) || w.Reason() != Nodes {
					t.Errorf("%d nodes, ended by %q with error %v; want 50 by %q", n, w.Reason(), err, Nodes)
				}
			})
		})
	}
}

func TestDriverKeepsParallelInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		d, _ := driverOf(t, Options{Simulations: 200}, func(ctx context.Context, call int) (env.Value, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			return after(time.Millisecond)(ctx, call)
		})
		d.Parallel = 8
		if err := d.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if most.Load() != 8 {
			t.Errorf("at most %d in flight, want 8", most.Load())
		}
	})
}

// The proof of the root ends the run at once: the other workers are cancelled,
// and what they cost is told before the last event.
func TestPitfall26CancelsAtTheProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &graph{open: true, vertices: []vertex{{to: []int{1, 2, 3}, prior: []float64{3, 2, 1}}, {}, {}, {to: []int{4}}, {over: true, reward: 1}}}
		w := start(t, g.state(0), Options{})
		ctx, cancel := context.WithCancel(t.Context())
		d := &Driver{Search: w.Search, Parallel: 3, Worker: &Worker{Env: g, Policy: g, Critic: stateCritic(
			func(ctx context.Context, at int) (env.Value, error) {
				if at != 3 {
					<-ctx.Done()
					cancel() // too late to interrupt what has ended by itself
					return env.Value{}, ctx.Err()
				}
				return env.Value{Mean: 1}, nil
			})}}
		if err := d.Run(ctx); err != nil || w.Reason() != Proven || w.Outcome() != StatusSolved {
			t.Errorf("%s by %q with error %v, want %s by %q", w.Outcome(), w.Reason(), err, StatusSolved, Proven)
		}
		cost := 0
		for _, e := range w.events {
			if e.Failed != nil {
				cost += e.Failed.Usage.Calls
			}
		}
		if cost != 2 {
			t.Errorf("the events tell of %d cancelled calls, want 2", cost)
		}
		wantSolution(t, w, g)
	})
}

// A worker that is deaf can't hold up a run that has ended by itself.
func TestDriverLeavesTheDeafBehindAtTheProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &graph{open: true, vertices: []vertex{{to: []int{1, 2}, prior: []float64{2, 1}}, {}, {to: []int{3}}, {over: true, reward: 1}}}
		w := start(t, g.state(0), Options{})
		d := &Driver{Search: w.Search, Parallel: 2, Worker: &Worker{Env: g, Policy: g, Critic: stateCritic(
			func(_ context.Context, at int) (env.Value, error) {
				if at == 1 {
					time.Sleep(time.Hour)
				}
				return env.Value{Mean: 1}, nil
			})}}
		begin := time.Now()
		if err := d.Run(t.Context()); err != nil || w.Reason() != Proven || len(w.pending) > 0 {
			t.Errorf("ended by %q with error %v, %d in flight", w.Reason(), err, len(w.pending))
		}
		if took := time.Since(begin); took > grace {
			t.Errorf("it took %v", took)
		}
		if last := w.events[len(w.events)-1]; last.Ended == nil {
			t.Errorf("the last event is %+v", last)
		}
		time.Sleep(2 * time.Hour) // it ends by itself
	})
}

// stateCritic is a Critic of a graph that is a function of the state.
type stateCritic func(ctx context.Context, at int) (env.Value, error)

func (f stateCritic) Evaluate(ctx context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	v, err := f(ctx, placeOf(s))
	return v, env.Usage{Calls: 1}, err
}

func TestDriverOfAFinishedSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := driverOf(t, Options{Simulations: 3}, after(0))
		for range 2 {
			if err := d.Run(t.Context()); err != nil || w.Simulations() != 3 || w.Reason() != Simulations {
				t.Errorf("%d simulations by %q, error %v", w.Simulations(), w.Reason(), err)
			}
		}
	})
}
