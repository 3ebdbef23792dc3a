package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/child"
)

// tries is how many processes in a row may fail at one request.
const tries = 3

// errClosed is a misuse by the caller.
var errClosed = errors.New("the plug-in is closed")

// pool lends out processes. One that is not running is started by whoever gets it.
type pool struct {
	cfg     Config
	lasting bool
	stderr  *prefixed
	slow    atomic.Bool // too slow for many requests in a line
	free    chan *worker

	mu     sync.Mutex
	closed bool
	all    []*worker
}

// worker is a process, and what it knows the states by. It belongs to one caller at a
// time.
type worker struct {
	pool  *pool
	proc  *child.Process // guarded by the pool's lock, so that close finds it
	id    int64
	fresh bool
	known map[*state]json.RawMessage // unless data are lasting
}

func newPool(c Config) *pool {
	p := &pool{cfg: c, free: make(chan *worker, c.Workers)}
	if c.Stderr != nil {
		p.stderr = &prefixed{to: c.Stderr}
	}
	for range c.Workers {
		w := &worker{pool: p}
		p.all = append(p.all, w)
		p.free <- w
	}
	return p
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	var procs []*child.Process
	for _, w := range p.all {
		if w.proc != nil {
			w.proc.Kill()
			procs = append(procs, w.proc)
		}
	}
	p.mu.Unlock()
	for _, proc := range procs {
		<-proc.Gone()
	}
}

// take borrows a worker, rather one that knows the state, or one that runs.
func (p *pool) take(ctx context.Context, s *state) (*worker, error) {
	select {
	case w := <-p.free:
		// A look at the others that are free, for a better one.
		for range len(p.free) {
			if w.suits(s) == 2 {
				break
			}
			select {
			case other := <-p.free:
				if other.suits(s) > w.suits(s) {
					w, other = other, w
				}
				p.free <- other
			default:
			}
		}
		return w, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// suits rates a worker for a state: 2 if it knows it, 1 if it runs.
func (w *worker) suits(s *state) int {
	switch {
	case w.proc == nil:
		return 0
	case s != nil && w.known[s] != nil:
		return 2
	}
	return 1
}

// do has a worker do something, and another process if one fails at it. The error
// wraps env.ErrBroken if all do.
func (p *pool) do(ctx context.Context, s *state, work func(*worker) error) error {
	w, err := p.take(ctx, s)
	if err != nil {
		return err
	}
	defer func() { p.free <- w }()
	for try := 1; ; try++ {
		if err := w.ready(); err != nil {
			if errors.Is(err, errClosed) {
				return err
			}
			return fmt.Errorf("%w: %w", env.ErrBroken, err)
		}
		if err = work(w); err == nil {
			return nil
		}
		faulty := errors.Is(err, child.ErrDied) || errors.Is(err, child.ErrSlow) || errors.Is(err, child.ErrMemory) || errors.Is(err, child.ErrGarbled)
		if ctx.Err() != nil {
			w.drop()
			return ctx.Err()
		}
		if !faulty {
			return err
		}
		w.drop()
		if p.isClosed() {
			return errClosed
		}
		if try == tries {
			return fmt.Errorf("%w: the plug-in %q failed %d times in a row: %w", env.ErrBroken, child.Shorten(strings.Join(p.cfg.Argv, " "), 80), tries, err)
		}
	}
}

func (p *pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// ready starts the process if it does not run, or has been told of too many states.
func (w *worker) ready() error {
	if w.proc != nil && w.proc.Alive() && len(w.known) < w.pool.cfg.States {
		return nil
	}
	w.drop()
	p := w.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	o := child.Options{Argv: p.cfg.Argv, Dir: p.cfg.Dir, Lines: true, Reply: p.cfg.Reply, Memory: p.cfg.Memory}
	if p.stderr != nil {
		o.Stderr = p.stderr
	}
	proc, err := child.Start(o)
	if err != nil {
		return err
	}
	w.proc, w.id, w.fresh, w.known = proc, 0, true, map[*state]json.RawMessage{}
	return nil
}

// drop ends the process.
func (w *worker) drop() {
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	if w.proc != nil {
		w.proc.Kill()
	}
	w.proc, w.known = nil, nil
}

// learn notes what this process calls a state.
func (w *worker) learn(s *state, data json.RawMessage) {
	if !w.pool.lasting {
		w.known[s] = data
	}
}

// ask sends one request and reads the reply to it.
func (w *worker) ask(ctx context.Context, r request) (*reply, error) {
	w.id++
	r.ID = w.id
	var got reply
	if err := w.exchange(ctx, r, &got); err != nil {
		return nil, err
	}
	if got.ID != r.ID {
		return nil, fmt.Errorf("%w: the reply has the id %d, and the request had %d", child.ErrGarbled, got.ID, r.ID)
	}
	return &got, nil
}

// batch sends several requests in one line and reads the replies, which are in their
// order.
func (w *worker) batch(ctx context.Context, rs []request) ([]reply, error) {
	switch len(rs) {
	case 0:
		return nil, nil
	case 1:
		r, err := w.ask(ctx, rs[0])
		if err != nil {
			return nil, err
		}
		return []reply{*r}, nil
	}
	for i := range rs {
		w.id++
		rs[i].ID = w.id
	}
	var got []reply
	if err := w.exchange(ctx, rs, &got); err != nil {
		if errors.Is(err, child.ErrSlow) {
			w.pool.slow.Store(true)
		}
		return nil, err
	}
	if len(got) != len(rs) {
		return nil, fmt.Errorf("%w: a batch of %d requests got %d replies", child.ErrGarbled, len(rs), len(got))
	}
	for i := range rs {
		if got[i].ID != rs[i].ID {
			return nil, fmt.Errorf("%w: reply %d of a batch has the id %d, and the request had %d", child.ErrGarbled, i+1, got[i].ID, rs[i].ID)
		}
	}
	return got, nil
}

// exchange sends a line and reads one.
func (w *worker) exchange(ctx context.Context, send, got any) error {
	line, err := json.Marshal(send)
	if err != nil {
		return fmt.Errorf("a request to the plug-in: %w", err)
	}
	limit := w.pool.cfg.Timeout
	if w.fresh {
		limit = max(limit, w.pool.cfg.Warm)
	}
	text, err := w.proc.Ask(ctx, append(line, '\n'), limit)
	if err != nil {
		return err
	}
	w.fresh = false
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(got); err != nil {
		return fmt.Errorf("%w: it answered %s, which is no reply: %v", child.ErrGarbled, child.Excerpt(text), err)
	}
	if d.More() {
		return fmt.Errorf("%w: it answered %s: more than one reply in a line", child.ErrGarbled, child.Excerpt(text))
	}
	return nil
}

// data is what this process calls a state. One that does not know it is led there.
func (w *worker) data(ctx context.Context, s *state) (json.RawMessage, error) {
	if w.pool.lasting {
		return s.Data, nil
	}
	if d := w.known[s]; d != nil {
		return d, nil
	}
	var r *reply
	var err error
	if s.before == nil {
		r, err = w.ask(ctx, request{Op: "start", Problem: &s.problem})
	} else {
		var from json.RawMessage
		if from, err = w.data(ctx, s.before); err == nil {
			r, err = w.ask(ctx, request{Op: "step", State: from, Action: &s.action})
		}
	}
	if err != nil {
		return nil, err
	}
	again := &state{env: s.env}
	switch {
	case r.Error != nil:
		return nil, fmt.Errorf("%w: what it did before is refused now: %s", child.ErrGarbled, r.Error.words())
	default:
		if err := again.fill(w, r); err != nil {
			return nil, err
		}
	}
	delete(w.known, again)
	if again.key() != s.key() {
		return nil, fmt.Errorf("%w: the same steps led to %s before and lead to %s now", child.ErrGarbled, child.Excerpt([]byte(s.Text)), child.Excerpt([]byte(again.Text)))
	}
	w.known[s] = again.Data
	return again.Data, nil
}

// steps makes several steps from a state.
func (w *worker) steps(ctx context.Context, s *state, actions []string) ([]outcome, error) {
	data, err := w.data(ctx, s)
	if err != nil {
		return nil, err
	}
	rs := make([]request, len(actions))
	for i := range actions {
		rs[i] = request{Op: "step", State: data, Action: &actions[i]}
	}
	got, err := w.batch(ctx, rs)
	if err != nil {
		return nil, err
	}
	var made []*state
	out := make([]outcome, len(got))
	for i, r := range got {
		out[i].action = actions[i]
		if r.Error != nil {
			out[i].err = r.Error.asStep(actions[i])
			continue
		}
		next := &state{env: s.env, problem: s.problem, before: s, action: actions[i]}
		if err := next.fill(w, &r); err != nil {
			return nil, err
		}
		out[i].next = next
		made = append(made, next)
	}
	return out, w.list(ctx, made)
}

// list asks for the actions of states that were told without, if they can be listed.
func (w *worker) list(ctx context.Context, states []*state) error {
	var rs []request
	var lacking []*state
	for _, s := range states {
		if s.Actions == nil && !s.Over && s.env.info.Finite {
			rs, lacking = append(rs, request{Op: "actions", State: s.Data}), append(lacking, s)
		}
	}
	got, err := w.batch(ctx, rs)
	if err != nil {
		return err
	}
	for i, r := range got {
		switch {
		case r.Error != nil:
			return fmt.Errorf(`%w: "actions" is refused: %s`, child.ErrGarbled, r.Error.words())
		case r.Actions == nil:
			return fmt.Errorf(`%w: the reply to "actions" has no "actions"`, child.ErrGarbled)
		}
		lacking[i].Actions = r.Actions
	}
	return nil
}
