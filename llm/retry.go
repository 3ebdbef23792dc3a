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
// for good, or the retries are used up. It returns ctx's error as it is, and
// every other one explained for the user.
func (o *Ollama) call(ctx context.Context, limit time.Duration, attempt func(context.Context) error) error {
	for tried := 1; ; tried++ {
		err := within(ctx, limit, attempt)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		told, again := o.explain(err, limit)
		if !again {
			return told
		}
		if tried > o.opts.Retries {
			if tried > 1 {
				return fmt.Errorf("%w (tried %d times)", told, tried)
			}
			return told
		}
		if err := pause(ctx, backoff(o.opts.RetryDelay, tried)); err != nil {
			return err
		}
	}
}

// within runs one attempt; the error of an attempt that ran out of time is
// errSlow, whatever the attempt made of that.
func within(ctx context.Context, limit time.Duration, attempt func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSlow)
	defer cancel()
	err := attempt(ctx)
	if err != nil && context.Cause(ctx) == errSlow {
		return errSlow
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
