package coq

import (
	"context"
	"errors"
	"sync"
)

// pool lends workers: the one that is nearest to where the work is.
type pool struct {
	mu      sync.Mutex
	idle    []*worker
	spare   int           // workers that may still be started
	free    chan struct{} // told when a worker comes back
	recycle int64         // bytes
	start   func(context.Context) (*worker, error)
	closed  bool
	lent    map[*worker]bool
}

// errClosed says that a closed environment was asked for a step.
var errClosed = errors.New("the environment is closed")

func (p *pool) init(workers int, recycle int64, start func(context.Context) (*worker, error)) {
	p.spare, p.recycle, p.start = workers, recycle, start
	p.free = make(chan struct{}, workers)
	p.lent = map[*worker]bool{}
}

// get waits for a worker. A new one is started only where none is idle.
func (p *pool) get(ctx context.Context, to *way) (*worker, error) {
	for {
		w, wait, err := p.take(ctx, to)
		if !wait {
			return w, err
		}
		select {
		case <-p.free:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (p *pool) take(ctx context.Context, to *way) (w *worker, wait bool, err error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, false, errClosed
	}
	if len(p.idle) > 0 {
		w := p.nearest(to)
		p.lent[w] = true
		p.mu.Unlock()
		return w, false, nil
	}
	if p.spare == 0 {
		p.mu.Unlock()
		return nil, true, nil
	}
	p.spare--
	p.mu.Unlock()
	w, err = p.start(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.spare++
		p.tell()
		return nil, false, err
	}
	if p.closed {
		w.proc.Close()
		return nil, false, errClosed
	}
	p.lent[w] = true
	return w, false, nil
}

// nearest takes the idle worker out that needs the fewest new steps.
func (p *pool) nearest(to *way) *worker {
	best, most := 0, -1
	if to != nil {
		steps := to.steps()
		for i, w := range p.idle {
			if n := w.common(steps); n > most {
				best, most = i, n
			}
		}
	}
	w := p.idle[best]
	p.idle = append(p.idle[:best], p.idle[best+1:]...)
	return w
}

// residentEvery is how often, in loans, the memory of a worker is looked at: to look
// takes longer than many a tactic.
const residentEvery = 16

// put takes a worker back. A broken one, or one that has grown too large, makes
// room for another.
func (p *pool) put(w *worker) {
	w.lent++
	gone := w.broken || w.lent%residentEvery == 0 && w.proc.Resident() > p.recycle
	if gone {
		w.proc.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.lent, w)
	switch {
	case p.closed:
		w.proc.Close()
	case gone:
		p.spare++
	default:
		p.idle = append(p.idle, w)
	}
	p.tell()
}

func (p *pool) tell() {
	select {
	case p.free <- struct{}{}:
	default:
	}
}

// close ends all workers, those at work too.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, w := range p.idle {
		w.proc.Close()
	}
	for w := range p.lent {
		w.proc.Close()
	}
	p.idle = nil
}
