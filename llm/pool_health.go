package llm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// enter and leave count the calls in flight; with the last of them all
// questions end that are asked beside.
func (p *Pool) enter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.active++; p.active == 1 {
		p.beside, p.end = context.WithCancel(context.Background())
	}
}

func (p *Pool) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.active--; p.active == 0 {
		p.end()
	}
}

// takeOut leaves a host out and ends its flights.
func (p *Pool) takeOut(h *host, why error, final bool) {
	p.mu.Lock()
	if h.down != nil {
		p.mu.Unlock()
		return
	}
	h.down, h.final, h.failures = why, final, 0
	p.postpone(h)
	for f := range h.flights {
		if f.cancel != nil {
			f.cancel(errOut)
		}
	}
	p.announce()
	p.mu.Unlock()
	if p.opts.Down != nil {
		p.opts.Down(h.name, why)
	}
}

// postpone says when to ask again whether a host is back. The pool is locked.
func (p *Pool) postpone(h *host) {
	h.wait = min(max(2*h.wait, p.opts.BackAfter), p.opts.BackAtMost)
	h.next = time.Now().Add(h.wait)
}

// announce wakes all calls that wait for a change. The pool is locked.
func (p *Pool) announce() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// askBack asks the hosts whose time has come whether they are back, beside the
// calls in flight.
func (p *Pool) askBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, h := range p.hosts {
		if h.down == nil || h.final || h.asking || now.Before(h.next) {
			continue
		}
		h.asking = true
		ctx := p.beside
		go func() {
			id, err := h.introduce(ctx, p.opts.CheckTimeout)
			p.asked(ctx, h, id, err)
		}()
	}
}

// asked takes a host's answer to the question whether it is back.
func (p *Pool) asked(ctx context.Context, h *host, id Identity, err error) {
	tell := func() {}
	p.mu.Lock()
	h.asking = false
	switch {
	case err == nil && id.Digest == p.digest:
		h.down = nil
		if p.opts.Back != nil {
			tell = func() { p.opts.Back(h.name) }
		}
	case err == nil:
		why := p.differ(h, id.Digest)
		h.down, h.final = why, true
		if p.opts.Down != nil {
			tell = func() { p.opts.Down(h.name, why) }
		}
	case ctx.Err() == nil:
		h.down = err
		p.postpone(h)
		// Else the calls have ended: the next one asks again.
	}
	p.announce()
	p.mu.Unlock()
	tell()
}

// differ is the error of a host with another model than the others.
func (p *Pool) differ(h *host, digest string) error {
	return fmt.Errorf("%w: %s is %.12s at %s and %.12s at %s: pull it again on one of them, or leave it out",
		ErrDigest, clean(p.opts.Model), p.digest, p.witness, digest, h.name)
}

// introduce asks a host for its version and the digest of its model, and again
// if the answer makes no sense.
func (h *host) introduce(ctx context.Context, limit time.Duration) (id Identity, err error) {
	for range maxFailures {
		err = h.try(ctx, limit, func(ctx context.Context) (err error) {
			if err = h.askVersion(new(string))(ctx); err == nil {
				id, err = h.identity(ctx)
			}
			return err
		})
		if c := asFault(err).class; err == nil || ctx.Err() != nil || c != passing && c != unproven {
			break
		}
	}
	return id, err
}

// meet asks all hosts for their model, once, and compares. Hosts that can't be
// reached are left out; if none can, or if two differ, that is an error.
func (p *Pool) meet(ctx context.Context) error {
	if p.met() {
		return nil
	}
	select {
	case p.gate <- struct{}{}:
		defer func() { <-p.gate }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if p.met() {
		return nil
	}
	ids, errs := make([]Identity, len(p.hosts)), make([]error, len(p.hosts))
	var all sync.WaitGroup
	for i, h := range p.hosts {
		all.Go(func() { ids[i], errs[i] = h.introduce(ctx, p.opts.CheckTimeout) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	first := slices.Index(errs, nil)
	if first < 0 {
		var lines []string
		for i, h := range p.hosts {
			lines = append(lines, h.name+": "+short(errs[i]))
		}
		return fmt.Errorf("%w: no host can be used: %s", ErrUnavailable, strings.Join(lines, "; "))
	}
	p.mu.Lock()
	p.digest, p.witness = ids[first].Digest, p.hosts[first].name
	for i, h := range p.hosts {
		if errs[i] == nil && ids[i].Digest != p.digest {
			err := p.differ(h, ids[i].Digest)
			p.digest = ""
			p.mu.Unlock()
			return err
		}
	}
	p.mu.Unlock()
	for i, h := range p.hosts {
		if errs[i] != nil {
			p.takeOut(h, errs[i], false)
		}
	}
	return nil
}

func (p *Pool) met() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.digest != ""
}

// lookout looks after a host that works on calls.
type lookout struct{ timer *time.Timer }

// watch begins that, if it is not done already. The pool is locked.
func (p *Pool) watch(h *host) {
	if h.health != nil {
		return
	}
	l, ctx := &lookout{}, p.beside
	l.timer = time.AfterFunc(p.opts.CheckEvery, func() { p.look(ctx, h, l) })
	h.health, h.missed = l, 0
}

// unwatch ends it with the last flight. The pool is locked.
func (p *Pool) unwatch(h *host) {
	if len(h.flights) == 0 && h.health != nil {
		h.health.timer.Stop()
		h.health = nil
	}
}

// look asks a host whether it is alive. It runs in a goroutine of the timer.
func (p *Pool) look(ctx context.Context, h *host, l *lookout) {
	alive := h.answers(ctx, p.opts.CheckTimeout)
	p.mu.Lock()
	if h.health != l || ctx.Err() != nil {
		p.mu.Unlock()
		return
	}
	if h.missed++; alive {
		h.missed = 0
	}
	hung := h.missed >= 2
	if !hung {
		l.timer.Reset(p.opts.CheckEvery)
	}
	p.mu.Unlock()
	if hung {
		p.takeOut(h, fmt.Errorf("%w: ollama at %s does not answer any more", ErrUnavailable, h.name), false)
	}
}

// answers says whether a host is alive; whatever it says shows that.
func (h *host) answers(ctx context.Context, limit time.Duration) bool {
	err := h.try(ctx, limit, h.askVersion(new(string)))
	f := asFault(err)
	return err == nil || f.class != broken && f.class != absent && !f.slow
}

// Show describes the model, as the first host that can tells it.
func (p *Pool) Show(ctx context.Context) (ModelDetails, error) {
	return each(ctx, p, (*Ollama).Show)
}

// Version is the version of the first host that can be asked.
func (p *Pool) Version(ctx context.Context) (string, error) {
	return each(ctx, p, (*Ollama).Version)
}

// Identity says which model all hosts have. Hosts that differ are an error that
// wraps ErrDigest.
func (p *Pool) Identity(ctx context.Context) (Identity, error) {
	if len(p.hosts) == 1 {
		return p.hosts[0].Identity(ctx)
	}
	if p.opts.Model == "" {
		return Identity{}, errNoName
	}
	if err := p.meet(ctx); err != nil {
		return Identity{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opts.identity(p.digest), nil
}

// each asks one host after the other until one answers, those that are in use
// first.
func each[T any](ctx context.Context, p *Pool, ask func(*Ollama, context.Context) (T, error)) (got T, err error) {
	if len(p.hosts) == 1 {
		return ask(p.hosts[0].Ollama, ctx)
	}
	if p.opts.Model != "" {
		if err := p.meet(ctx); err != nil {
			return got, err
		}
	}
	for round := range max(p.opts.Retries, 0) + 1 {
		if round > 0 {
			if err := pause(ctx, backoff(p.opts.RetryDelay, round)); err != nil {
				return got, err
			}
		}
		for _, h := range p.used() {
			if got, err = ask(h.Ollama, ctx); err == nil || ctx.Err() != nil {
				return got, err
			}
		}
	}
	if err == nil {
		err = p.allOut()
	}
	return got, err
}

// used are the hosts that are not out.
func (p *Pool) used() []*host {
	p.mu.Lock()
	defer p.mu.Unlock()
	var used []*host
	for _, h := range p.hosts {
		if h.down == nil {
			used = append(used, h)
		}
	}
	return used
}
