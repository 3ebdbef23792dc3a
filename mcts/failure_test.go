package mcts

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ponder-mcts/ponder/env"
)

var (
	errFatal  = errors.New("server down")
	errUnpaid = errors.New("budget spent")
)

// failing is a critic that fails with err on the calls that fails tells. It
// takes a moment, so that results come back in the order of their calls.
func failing(err error, fails func(call int) bool) criticFunc {
	return func(_ context.Context, call int) (env.Value, error) {
		time.Sleep(time.Millisecond)
		if fails(call) {
			return env.Value{}, fmt.Errorf("call %d: %w", call, err)
		}
		return env.Value{Mean: 0.5}, nil
	}
}

func TestDriverFailures(t *testing.T) {
	always := func(int) bool { return true }
	for _, tt := range []struct {
		name   string
		err    error
		fails  func(call int) bool
		limit  int
		reason string
		done   int  // simulations
		calls  int  // of the critic; -1 means as many as it takes
		ends   bool // with an error that wraps err
	}{
		{"always: eight in a row are enough", errFlaky, always, 0, Broken, 0, 8, true},
		{"always, with a limit of two", errFlaky, always, 2, Broken, 0, 2, true},
		{"always, with a limit of one", errFlaky, always, 1, Broken, 0, 1, true},
		{"every other one: it goes on", errFlaky, func(n int) bool { return n%2 == 0 }, 0, Simulations, 40, -1, false},
		{"a time-out of the worker's own is a failure, not the end of the run", context.DeadlineExceeded, always, 0, Broken, 0, 8, true},
		{"a cancelled call of the worker's own likewise", context.Canceled, always, 0, Broken, 0, 8, true},
		{"fatal at once: no second call", errFatal, always, 0, Broken, 0, 1, true},
		{"fatal later: what was found stays", errFatal, func(n int) bool { return n == 20 }, 0, Broken, 20, 21, true},
		{"unpaid: it ends by the calls, without an error", errUnpaid, func(n int) bool { return n >= 10 }, 0, Calls, 10, -1, false},
	} {
		for _, parallel := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s, %d in flight", tt.name, parallel), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d, w := driverOf(t, Options{Simulations: 40}, failing(tt.err, tt.fails))
					d.Worker.Policy = growing(16) // leaves enough for many failures
					calls := d.Worker.Critic.(*countedCritic)
					d.Parallel, d.MaxFailures = parallel, tt.limit
					d.Fatal = func(err error) bool { return errors.Is(err, errFatal) }
					d.Unpaid = func(err error) bool { return errors.Is(err, errUnpaid) }
					err := d.Run(t.Context())
					if tt.ends != errors.Is(err, tt.err) || tt.ends != (err != nil) || w.Reason() != tt.reason {
						t.Errorf("ended by %q with error %v, want %q; an error: %v", w.Reason(), err, tt.reason, tt.ends)
					}
					slack := 2 * (parallel - 1) // calls that were out when the end came
					if n := int(calls.calls.Load()); tt.calls >= 0 && (n < tt.calls || n > tt.calls+slack) {
						t.Errorf("%d calls, want %d", n, tt.calls)
					}
					if n := w.Simulations(); n < tt.done || n > tt.done+slack {
						t.Errorf("%d simulations, want %d", n, tt.done)
					}
					if w.Outcome() != StatusUnsolved {
						t.Errorf("a run that failed says %s", w.Outcome())
					}
				})
			})
		}
	}
}

// Seven failures in a row are one too few, time and again.
func TestDriverFailuresInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := driverOf(t, Options{Simulations: 10}, failing(errFlaky, func(n int) bool { return n%8 != 7 }))
		d.Worker.Policy = growing(16)
		if err := d.Run(t.Context()); err != nil || w.Simulations() != 10 {
			t.Errorf("%d simulations, error %v", w.Simulations(), err)
		}
	})
}

// A failed job is not tried again and again: its leaf is left alone.
func TestPitfall17NoRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := map[int]int{}
		g := &graph{vertices: []vertex{{to: []int{1, 2, 3}}, {}, {to: []int{3}}, {over: true}}}
		w := start(t, g.state(0), Options{})
		d := &Driver{Search: w.Search, Worker: &Worker{Env: g, Policy: g, Blind: true, Critic: stateCritic(
			func(_ context.Context, at int) (env.Value, error) {
				if tries[at]++; at == 1 {
					return env.Value{}, errFlaky
				}
				return env.Value{Mean: 0.5}, nil
			})}}
		// The rest was searched, and yet the failure is not passed over.
		if err := d.Run(t.Context()); !errors.Is(err, errFlaky) {
			t.Errorf("the error is %v, want %v", err, errFlaky)
		}
		if tries[2] != 1 || tries[1] != 1 || w.Reason() != Exhausted || w.Outcome() != StatusUnsolved {
			t.Errorf("%d tries, %s by %q; want 1 try, %s by %q", tries[1], w.Outcome(), w.Reason(), StatusUnsolved, Exhausted)
		}
	})
}

// What a worker was paid for is used, even if it comes after the end.
func TestPitfall12PaidResultsAreUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := driverOf(t, Options{}, func(ctx context.Context, call int) (env.Value, error) {
			<-ctx.Done()
			time.Sleep(grace / 2)
			return env.Value{Mean: 1}, nil
		})
		d.Parallel, d.Time = 2, time.Second
		if err := d.Run(t.Context()); err != nil || w.Simulations() != 2 || w.Reason() != Time {
			t.Errorf("%d simulations by %q, error %v; want the 2 that came within the grace", w.Simulations(), w.Reason(), err)
		}
		for _, e := range w.events {
			if e.Failed != nil {
				t.Errorf("a result was thrown away: %+v", e.Failed)
			}
		}
	})
}

// A proof that comes after the time is up is a proof.
func TestDriverProvesWithinTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &graph{vertices: []vertex{{to: []int{1}}, {over: true, reward: 1}}}
		w := start(t, g.state(0), Options{})
		d := &Driver{Search: w.Search, Time: time.Second, Worker: &Worker{Env: slow{g}, Policy: g, Critic: g}}
		if err := d.Run(t.Context()); err != nil || w.Reason() != Proven || w.Outcome() != StatusSolved {
			t.Errorf("%s by %q, error %v; want %s by %q", w.Outcome(), w.Reason(), err, StatusSolved, Proven)
		}
	})
}

// slow is an environment that takes half a second for a step; to get a state's
// children each step is made twice.
type slow struct{ *graph }

func (s slow) Step(ctx context.Context, st env.State, action string) (env.State, error) {
	time.Sleep(510 * time.Millisecond)
	return s.graph.Step(ctx, st, action)
}

// The last event waits for what is in flight, and nothing comes after it.
func TestEndWithJobsInFlight(t *testing.T) {
	g := &graph{open: true, vertices: []vertex{{to: []int{1, 2}, prior: []float64{2, 1}}, {}, {to: []int{3}}, {over: true, reward: 1}}}
	for name, end := range map[string]func(w *watched, job Job){
		"its result is used":          func(w *watched, job Job) { finish(t, w, g.worker(true), job) },
		"it is abandoned":             func(w *watched, job Job) { w.Abandon(job, nil, env.Usage{Calls: 1}) },
		"it fails":                    func(w *watched, job Job) { w.Abandon(job, errFlaky, env.Usage{Calls: 1}) },
		"it is unpaid":                func(w *watched, job Job) { w.Unpaid(job, env.Usage{}) },
		"its result breaks the rules": func(w *watched, job Job) { _ = w.Complete(job, Expansion{Value: env.Value{Mean: 2}}) },
		"Finish takes it back":        func(w *watched, job Job) { w.Finish(Time) },
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, g.state(0), Options{})
			job, _ := w.Next()
			finish(t, w, g.worker(true), job)
			late, _ := w.Next()
			for w.Outcome() != StatusSolved {
				job, status := w.Next()
				if status != Work {
					t.Fatalf("status %d", status)
				}
				finish(t, w, g.worker(true), job)
			}
			if _, status := w.Next(); status != Done || w.Reason() != Proven {
				t.Errorf("status %d, reason %q after the proof", status, w.Reason())
			}
			if last := w.events[len(w.events)-1]; last.Ended != nil {
				t.Error("the last event came while a job was in flight")
			}
			end(w, late)
			if last := w.events[len(w.events)-1]; last.Ended == nil || last.Ended.Reason != Proven || last.Ended.Status != StatusSolved {
				t.Errorf("the last event is %+v", last)
			}
			if len(w.pending) != 0 {
				t.Errorf("%d jobs in flight after the end", len(w.pending))
			}
			count := len(w.events)
			w.Finish(Time)
			if len(w.events) != count || w.Reason() != Proven {
				t.Errorf("%d further events, reason %q after a second end", len(w.events)-count, w.Reason())
			}
		})
	}
}

// Finish by hand: the best so far, and nothing in flight.
func TestFinish(t *testing.T) {
	w := twoWays(t, Options{})
	for range 20 {
		job, _ := w.Next()
		feed(t, w, job, 0.5, 3, 1)
	}
	_, _ = w.Next()
	_, _ = w.Next()
	w.Finish(Interrupted)
	if _, status := w.Next(); status != Done || w.Reason() != Interrupted || len(w.pending) != 0 {
		t.Errorf("status %d, reason %q, %d in flight", status, w.Reason(), len(w.pending))
	}
	if line := w.Line(); len(line.Edges) == 0 || line.End != line.Path[len(line.Path)-1].State {
		t.Errorf("the line is %+v", line)
	}
}

// The budget of nodes is checked before a job is handed out, not after.
func TestNodesBudget(t *testing.T) {
	for budget, want := range map[int]Status{2: Done, 3: Done, 4: Work} {
		w := twoWays(t, Options{Nodes: budget}) // has three
		job, status := w.Next()
		if status != want || status == Done && w.Reason() != Nodes {
			t.Errorf("budget of %d, 3 nodes: status %d, reason %q; want status %d", budget, status, w.Reason(), want)
		}
		w.Abandon(job, nil, env.Usage{})
	}
}
