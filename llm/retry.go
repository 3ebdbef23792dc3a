package llm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// errSlow is an attempt that ran into its own time limit.
var errSlow = errors.New("time limit")

// call makes attempts, each at most limit long, until one succeeds, one fails
// for good, or the patience is used up. It returns ctx's error as it is, and
// every other one explained for the user.
func (o *Ollama) call(ctx context.Context, limit time.Duration, attempt func(context.Context) error) error {
	return o.spend(ctx, o.opts.patience(), limit, attempt)
}

func (o *Ollama) spend(ctx context.Context, p patience, limit time.Duration, attempt func(context.Context) error) error {
	for {
		err := o.try(ctx, limit, attempt)
		var d *doubt
		switch {
		case err == nil:
			return nil
		case errors.As(err, &d):
			if ctx.Err() == nil && p.doubted(d.kind) {
				continue
			}
			o.believe(ctx, d)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		f := asFault(err)
		again := f.class == passing || f.class == broken ||
			f.class == unproven && !(f.slow && p.slowIsFinal) && (o.proper.Load() || o.isOllama(ctx))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !again {
			return err
		}
		wait, ok := p.failed(f)
		if !ok {
			return p.tried(err)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// try makes one attempt. Its error is a *doubt, a *fault, or that of a ctx that
// has ended. The connection of an attempt that failed is not used again.
func (o *Ollama) try(ctx context.Context, limit time.Duration, attempt func(context.Context) error) error {
	var l line
	err := within(l.watch(ctx), limit, attempt)
	if err == nil {
		o.proper.Store(true)
		return nil
	}
	l.drop()
	if errors.As(err, new(*doubt)) {
		o.proper.Store(true)
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f := o.explain(err, limit)
	f.after = l.retryAfter()
	return f
}

// within runs one attempt; the error of an attempt that ran out of time is
// errSlow, whatever the attempt made of that.
func within(ctx context.Context, limit time.Duration, attempt func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSlow)
	defer cancel()
	err := attempt(ctx)
	if err != nil && context.Cause(ctx) == errSlow && !errors.As(err, new(*doubt)) {
		return errSlow
	}
	return err
}

// class says what a failed attempt means for the next one.
type class int

const (
	// lasting: the next attempt would fail alike.
	lasting class = iota
	// missing: the server lacks the model.
	missing
	// passing: the server failed, or said what it can't mean.
	passing
	// absent: there is no server, and never was.
	absent
	// broken: the server is gone, or the connection to it broke.
	broken
	// unproven: as passing, from a server that has answered properly before;
	// another one may be no Ollama at all, or be stuck for good.
	unproven
)

// fault is the explained error of one attempt.
type fault struct {
	error
	class class
	slow  bool          // it ran into its time limit
	after time.Duration // the server asks to wait that long
}

func (f *fault) Unwrap() error { return f.error }

// asFault finds the fault in an error; one without is lasting.
func asFault(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	return &fault{error: err}
}

// patience is what one call has left to spend on faults, wherever they happen.
type patience struct {
	retries int
	delay   time.Duration
	// slowIsFinal: an attempt that ran into its time limit was the last one.
	slowIsFinal bool

	failures int
	doubts   [doubtKinds]int
}

func (o *OllamaOptions) patience() patience {
	return patience{retries: max(o.Retries, 0), delay: o.RetryDelay}
}

// doubted counts a doubtful reply and says whether to ask again; if not, the
// reply is to be taken as it is. Asking again needs no wait: the server is well.
func (p *patience) doubted(kind doubtKind) bool {
	p.doubts[kind]++
	return p.doubts[kind] <= min(doubtLimits[kind], p.retries)
}

// failed counts a failure and says how long to wait before the next attempt,
// if there is to be one.
func (p *patience) failed(f *fault) (wait time.Duration, again bool) {
	p.failures++
	if p.failures > p.retries {
		return 0, false
	}
	return max(backoff(p.delay, p.failures), f.after), true
}

// tried adds how often it was tried, if more than once.
func (p *patience) tried(err error) error {
	if p.failures > 1 {
		return fmt.Errorf("%w (tried %d times)", err, p.failures)
	}
	return err
}

// backoff is the wait after the n-th failure: it doubles each time, and a
// random half of it keeps callers that failed together from coming back together.
func backoff(first time.Duration, n int) time.Duration {
	d := first << min(n-1, 6)
	return d/2 + rand.N(d/2+1)
}

// pause sleeps for d, or until ctx ends, whose error it returns.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
