package lean

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env/child"
)

// pool lends out REPLs. One that is not running is started by whoever gets it.
type pool struct {
	cfg  Config
	load loader
	free chan struct{} // a token for each idle worker
	end  context.Context
	stop context.CancelCauseFunc

	mu   sync.Mutex
	idle []*worker
	all  []*worker
}

// loader is what a fresh REPL reads, and the check of its answer: it returns the
// number of the root state.
type loader struct {
	text string
	root func(*reply) (int, error)
}

// worker is a REPL and what it knows the states by. It belongs to one caller at
// a time.
type worker struct {
	pool *pool
	// proc is guarded by the pool's lock, so that close finds it.
	proc    *child.Process
	numbers map[string]int // of states, by their ids
	last    int            // the highest number so far
	uses    int
}

var (
	errClosed = errors.New("the Lean environment is closed")
	errLoad   = errors.New("the REPL could not read the file")
)

func newPool(ctx context.Context, cfg Config, load loader) *pool {
	p := &pool{cfg: cfg, load: load, free: make(chan struct{}, cfg.Workers)}
	p.end, p.stop = context.WithCancelCause(ctx)
	for range cfg.Workers {
		w := &worker{pool: p}
		p.idle, p.all = append(p.idle, w), append(p.all, w)
		p.free <- struct{}{}
	}
	context.AfterFunc(p.end, p.killAll)
	return p
}

// close kills every REPL and waits until they are gone.
func (p *pool) close() error {
	p.stop(errClosed)
	deadline := time.After(5 * time.Second)
	for _, proc := range p.killed() {
		select {
		case <-proc.Gone():
		case <-deadline:
			return fmt.Errorf("%s (process %d) does not end", p.cfg.Repl[0], proc.Pid())
		}
	}
	return nil
}

func (p *pool) killAll() { p.killed() }

// killed kills every REPL and returns them.
func (p *pool) killed() []*child.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	var procs []*child.Process
	for _, w := range p.all {
		if w.proc != nil {
			w.proc.Kill()
			procs = append(procs, w.proc)
		}
	}
	return procs
}

// take borrows a worker, rather one that knows the state.
func (p *pool) take(ctx context.Context, id string) (*worker, error) {
	if p.end.Err() != nil {
		return nil, context.Cause(p.end)
	}
	select {
	case <-p.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.end.Done():
		return nil, context.Cause(p.end)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	best, merit := 0, -1
	for i, w := range p.idle {
		m := 0
		if w.proc != nil {
			m = 1
			if _, ok := w.numbers[id]; ok {
				m = 2
			}
		}
		if m > merit {
			best, merit = i, m
		}
	}
	w := p.idle[best]
	p.idle = append(p.idle[:best:best], p.idle[best+1:]...)
	return w, nil
}

// give takes a worker back, and ends a REPL that has grown too large.
func (p *pool) give(w *worker) {
	w.uses++
	large := func() bool { return w.uses%16 == 0 && w.proc.Memory() > p.cfg.Memory/4*3 }
	if w.proc != nil && (w.last >= p.cfg.States || large()) {
		w.drop()
	}
	p.mu.Lock()
	p.idle = append(p.idle, w)
	p.mu.Unlock()
	p.free <- struct{}{}
}

// drop ends the worker's REPL.
func (w *worker) drop() {
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	if w.proc != nil {
		w.proc.Kill()
	}
	w.proc, w.numbers, w.last = nil, nil, -1
}

// ready starts the REPL if it is not running and makes it read the file.
func (w *worker) ready(ctx context.Context) error {
	if w.proc != nil && w.proc.Alive() {
		return nil
	}
	w.drop()
	if err := w.start(); err != nil {
		return err
	}
	p := w.pool
	r, err := w.ask(ctx, commandRequest{Cmd: p.load.text}, p.cfg.LoadTime, (*reply).toCommand)
	if err != nil {
		return fmt.Errorf("%w: %w", errLoad, err)
	}
	root, err := p.load.root(r)
	if err != nil {
		w.drop()
		if errors.Is(err, child.ErrGarbled) {
			return fmt.Errorf("%w: %w", errLoad, err)
		}
		return err
	}
	w.numbers = map[string]int{"root": root}
	return nil
}

func (w *worker) start() error {
	p := w.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end.Err() != nil {
		return context.Cause(p.end)
	}
	proc, err := startRepl(p.cfg)
	if err != nil {
		return err
	}
	w.proc, w.last = proc, -1
	return nil
}

// tactic plays a tactic in a state that the REPL knows.
func (w *worker) tactic(ctx context.Context, tactic string, number int, limit time.Duration) (*reply, error) {
	return w.ask(ctx, tacticRequest{Tactic: tactic, ProofState: number}, limit, (*reply).toTactic)
}

// ask sends a request and reads the reply, which must be of the kind that fits.
// If it fails the REPL is gone.
func (w *worker) ask(ctx context.Context, request any, limit time.Duration, fits func(*reply) bool) (*reply, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("a request to the REPL: %w", err)
	}
	block, err := w.proc.Ask(ctx, append(line, "\n\n"...), limit)
	if err != nil {
		w.drop()
		if w.pool.end.Err() != nil {
			return nil, context.Cause(w.pool.end)
		}
		return nil, err
	}
	r, err := decode(block)
	if err == nil && !fits(r) {
		err = fmt.Errorf("the REPL answered %s to something else", child.Excerpt(block))
	}
	if err == nil {
		err = w.count(r)
	}
	if err != nil {
		w.drop()
		return nil, fmt.Errorf("%w: %w", child.ErrGarbled, err)
	}
	return r, nil
}

// count follows the REPL's numbers, which only grow: a smaller one belongs to an
// earlier question.
func (w *worker) count(r *reply) error {
	before := w.last
	for _, s := range r.Sorries {
		if s.ProofState != nil {
			w.last = max(w.last, *s.ProofState)
		}
	}
	if r.ProofState != nil {
		if *r.ProofState <= before {
			return fmt.Errorf("proof state %d comes after %d", *r.ProofState, before)
		}
		w.last = max(w.last, *r.ProofState)
	}
	return nil
}

// startRepl starts a REPL. The caller must kill it, whatever happens.
func startRepl(cfg Config) (*child.Process, error) {
	p, err := child.Start(child.Options{Argv: cfg.Repl, Dir: cfg.Dir, Memory: cfg.Memory})
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return nil, &MissingError{Program: cfg.Repl[0], Where: "the configured command, run in " + cfg.Dir, Advice: adviceRepl}
	}
	return p, err
}
