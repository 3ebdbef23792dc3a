package llm

import (
	"context"
	"errors"
	"time"
)

// outcome is how one flight ended.
type outcome struct {
	host *host
	got  Completion
	err  error
}

// ask makes the call at one host, and after Hedge at a second one too. The
// first good answer counts.
func (c *poolCall) ask(ctx context.Context, h *host, f *flight) outcome {
	if c.opts.Hedge <= 0 {
		return c.fly(ctx, h, f)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	landed := make(chan outcome, 2)
	go func() { landed <- c.fly(ctx, h, f) }()
	flying := 1
	timer := time.NewTimer(c.opts.Hedge)
	defer timer.Stop()
	var first *outcome
	for {
		select {
		case <-timer.C:
			if h2, f2 := c.hedge(h); h2 != nil {
				go func() { landed <- c.fly(ctx, h2, f2) }()
				flying++
			}
		case o := <-landed:
			flying--
			if o.err == nil {
				cancel()
				// The other one ends at once; nothing of a call outlives it.
				for ; flying > 0; flying-- {
					<-landed
				}
				return o
			}
			if first == nil || o.host == h {
				first = &o
			}
			if flying == 0 {
				return *first
			}
		}
	}
}

// hedge books a flight at a second host, if there is one.
func (c *poolCall) hedge(first *host) (*host, *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.best(c.text, map[*host]bool{first: true})
	if h == nil || h == first {
		return nil, nil
	}
	c.hedges++
	return h, c.book(h, c.text)
}

// fly makes one attempt at one host, and keeps in mind how it went.
func (c *poolCall) fly(ctx context.Context, h *host, f *flight) outcome {
	flying, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.mu.Lock()
	f.cancel = cancel
	out := h.down != nil // since it was booked
	c.mu.Unlock()
	defer c.land(h, f)
	if out {
		return outcome{h, Completion{}, errOut}
	}
	err := h.prepare(flying)
	var got Completion
	if err == nil {
		err = h.try(flying, h.opts.CallTimeout, func(ctx context.Context) (err error) {
			got, err = h.generate(ctx, c.req)
			return err
		})
	}
	switch {
	case err == nil, errors.As(err, new(*doubt)):
		c.good(h)
	case ctx.Err() != nil:
	case errors.Is(context.Cause(flying), errOut):
		err = errOut
	default:
		err = c.bad(ctx, h, err)
	}
	return outcome{h, got, err}
}

// good is an answer of a sound host.
func (p *Pool) good(h *host) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.failures = 0
	if h.down == nil {
		h.wait = 0
	}
}

// bad is a failure of a host, which may take it out. It returns the error with
// the class that this host's fault has for the pool.
func (p *Pool) bad(ctx context.Context, h *host, err error) error {
	f := *asFault(err)
	switch f.class {
	case lasting:
		return err // the call's own fault
	case absent:
		f.class = broken
	case unproven:
		f.class = passing
		// A long answer of a sound host, or a host that hangs?
		if f.slow && !h.answers(ctx, p.opts.CheckTimeout) {
			f.class = broken
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.mu.Lock()
	h.failures++
	out := f.class != passing || h.failures >= maxFailures
	p.mu.Unlock()
	if out {
		p.takeOut(h, err, false)
	}
	f.error = err
	return &f
}
