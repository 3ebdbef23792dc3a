package mcts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ponder-mcts/ponder/nodes"
)

// Driver runs a Search with a Worker and keeps up to Parallel jobs in flight.
type Driver struct {
	Search *Search
	Worker *Worker
	// Parallel is the number of jobs in flight; 0 means 1. With 1 a run is
	// deterministic.
	Parallel int
	// Time is the budget of wall-clock time, pauses not counted; 0 means none. At
	// its end jobs in flight are cancelled; what has come back is used.
	Time time.Duration
	// Unpaid tells the errors of calls that were not made for want of budget,
	// Fatal those that no other job will be spared (server down). Either may
	// be nil.
	Unpaid, Fatal func(error) bool
	// Commit, if set, makes what the search has emitted last: it is called when
	// a result was taken in, before anything is decided by it, and at the end.
	// An error ends the run. At the end ctx is never cancelled already.
	Commit func(ctx context.Context) error
	// Orders are what a person says meanwhile; nil means nobody does. When Run
	// returns, those that wait have been told that it is over; who sends later
	// must not count on being heard.
	Orders <-chan Order
	// Paused is told, on the goroutine of Run, when a pause begins and when it is
	// over; Doing when a job for a node is handed out and when it is back. Either
	// may be nil.
	Paused func(on bool)
	Doing  func(node nodes.ID, on bool)
	// MaxFailures ends a search when so many jobs have failed with no success
	// in between; 0 means 8.
	MaxFailures int
}

// grace is how long a cancelled worker may take to come back before it is
// left behind.
const grace = 80 * time.Millisecond

type result struct {
	job Job
	x   Expansion
	err error
}

// Run searches until the search is over, the time is spent, ctx is cancelled
// or the work fails beyond hope. The best line is valid in every case. The
// error is nil if the search ended by itself or by its time budget, ctx.Err()
// if it was cancelled, and else says what failed: too many jobs in a row, or
// some without which nothing was left to work on.
func (d *Driver) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	f := flight{Driver: d, results: make(chan result, max(1, d.Parallel)), jobs: map[nodes.ID]Job{}, orders: d.Orders}
	if d.Time > 0 {
		f.clock = &clock{left: d.Time, over: cancel}
		f.clock.start()
		defer f.clock.stop()
	}
	err := f.run(work)
	over := work.Err() != nil
	cancel()
	f.drain(work)
	reason := Time
	switch {
	case err != nil:
		reason = Broken
	case d.Search.Reason() == Exhausted && f.failed > 0:
		err = fmt.Errorf("nothing is left to work on, and %d jobs failed, the last one: %w", f.failed, f.last)
	case d.Search.Reason() != "":
		// It ended by itself, whatever came after.
	case ctx.Err() != nil:
		reason, err = Interrupted, ctx.Err()
	}
	d.Search.Finish(reason)
	f.rest()
	return d.close(ctx, over, err)
}

// lastWords bounds the last Commit of a run that had to stop.
const lastWords = 500 * time.Millisecond

// close makes what was emitted since the last Commit last. One that failed
// before gets a second chance, and its error stays.
func (d *Driver) close(ctx context.Context, over bool, err error) error {
	if d.Commit == nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if over {
		short, cancel := context.WithTimeout(ctx, lastWords)
		defer cancel()
		ctx = short
	}
	last := d.Commit(ctx)
	if errors.Is(err, errCommit) {
		return err
	}
	return errors.Join(err, uncommitted(last))
}

var errCommit = errors.New("keeping what the search found")

func uncommitted(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errCommit, err)
}

// flight is one Run: the jobs out with workers and the way back.
type flight struct {
	*Driver
	results  chan result // buffered for all jobs, so that no worker ever hangs
	jobs     map[nodes.ID]Job
	orders   <-chan Order // nil when none can come any more
	paused   bool
	clock    *clock
	failures int   // in a row
	failed   int   // in all
	last     error // of those
	// given are jobs that came back unfinished because the run is over. They
	// are taken back after those that came back whole, so that the log ends
	// with them.
	given []result
}

// run returns nil when the search is over or work is cancelled.
func (f *flight) run(work context.Context) error {
	for work.Err() == nil {
		for !f.paused && len(f.jobs) < max(1, f.Parallel) {
			job, status := f.Search.Next()
			if status == Done {
				return nil
			}
			if status == Wait {
				break
			}
			f.jobs[job.Node] = job
			f.doing(job.Node, true)
			go func() {
				x, err := f.Worker.Do(work, job)
				f.results <- result{job, x, err}
			}()
		}
		select {
		case r := <-f.results:
			if err := f.settle(work, r); err != nil {
				return err
			}
			if err := f.commit(work); err != nil {
				return err
			}
		case o, open := <-f.orders:
			if !open {
				f.orders = nil
			} else if err := f.obey(work, o); err != nil {
				return err
			}
		case <-work.Done():
		}
	}
	return nil
}

// commit makes what the search has emitted last. A failure at the end of the run
// is none: there is one more commit to come.
func (f *flight) commit(work context.Context) error {
	if f.Commit == nil {
		return nil
	}
	if err := uncommitted(f.Commit(work)); err != nil && work.Err() == nil {
		return err
	}
	return nil
}

func (f *flight) doing(node nodes.ID, on bool) {
	if f.Doing != nil {
		f.Doing(node, on)
	}
}

// rest tells those who watch that nothing goes on any more.
func (f *flight) rest() {
	for _, n := range slices.Sorted(maps.Keys(f.jobs)) {
		f.doing(n, false)
	}
	if f.paused && f.Paused != nil {
		f.Paused(false)
	}
	f.turnAway()
}

// settle hands one result to the search. Its error is one that ends the run.
func (f *flight) settle(work context.Context, r result) error {
	delete(f.jobs, r.job.Node)
	f.doing(r.job.Node, false)
	err := r.err
	switch {
	case err == nil:
		if err = f.Search.Complete(r.job, r.x); err == nil {
			f.failures = 0
			return nil
		}
	case f.Unpaid != nil && f.Unpaid(err):
		f.Search.Unpaid(r.job, r.x.Usage)
		return nil
	case work.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		// The end of the run. While it goes on, a time-out is the worker's own
		// and a failure: the same job could time out for ever.
		f.given = append(f.given, r)
		return nil
	case f.Fatal != nil && f.Fatal(err):
		f.given = append(f.given, r)
		return err
	default:
		f.Search.Abandon(r.job, err, r.x.Usage)
	}
	f.failures++
	f.failed, f.last = f.failed+1, err
	limit := f.MaxFailures
	if limit == 0 {
		limit = 8
	}
	if f.failures >= limit {
		return fmt.Errorf("%d jobs failed in a row, the last one: %w", f.failures, err)
	}
	return nil
}

// drain uses what cancelled workers still bring back within the grace. Finish
// takes back the rest.
func (f *flight) drain(work context.Context) {
	defer func() {
		for _, r := range f.given {
			f.Search.Abandon(r.job, nil, r.x.Usage)
		}
	}()
	patience := time.After(grace)
	for len(f.jobs) > 0 {
		select {
		case r := <-f.results:
			// The run is over: an error can change nothing any more.
			_ = f.settle(work, r)
		case <-patience:
			return
		}
	}
}

// clock is a budget of time that can stand still. The nil clock is no budget.
type clock struct {
	left  time.Duration
	since time.Time
	timer *time.Timer
	over  func()
}

func (c *clock) start() {
	if c == nil {
		return
	}
	c.since, c.timer = time.Now(), time.AfterFunc(c.left, c.over)
}

// stop keeps what is left for the next start. It may come too late: then the
// budget is spent.
func (c *clock) stop() {
	if c == nil {
		return
	}
	c.timer.Stop()
	c.left = max(0, c.left-time.Since(c.since))
}
