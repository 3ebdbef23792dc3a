package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrDigest marks hosts that have different models under one name. It wraps
// ErrUnavailable.
var ErrDigest = fmt.Errorf("%w: the hosts have different models under one name", ErrUnavailable)

// PoolOptions says which hosts to ask. The zero value of a field means what its
// comment says.
type PoolOptions struct {
	// OllamaOptions are those of each host; Host counts only without Hosts.
	// Retries and RetryDelay are the patience of a call over all hosts. Warn is
	// called at most once for all hosts, Loading for each.
	OllamaOptions
	// Hosts are the servers, each as OllamaOptions.Host; one that is named twice
	// is one. None means Host alone.
	Hosts []string
	// Hedge is how long a call waits for its answer before a second host is
	// asked too; 0 or less means for ever.
	Hedge time.Duration
	// Down, if set, is told that a host is left out from now on, and why; Back
	// that it is used again. They may be called from any goroutine, and at once.
	Down func(host string, err error)
	Back func(host string)

	// CheckEvery is how often a host that works on a call is asked whether it is
	// alive, and CheckTimeout how long it has to answer that; two checks without
	// an answer take the host out. 0 means 5 seconds each.
	CheckEvery, CheckTimeout time.Duration
	// BackAfter is how long a host that was taken out is left alone at first;
	// that doubles up to BackAtMost while it does not come back. 0 means 1
	// second, and 1 minute.
	BackAfter, BackAtMost time.Duration
}

// Pool is a Model of several Ollama hosts that have the same model. A call goes
// to the host with the fewest calls in flight, among these to the one that has
// seen the most of the prompt before. A host that fails is left out until it has
// recovered, and its calls go elsewhere. With one host, a Pool does as an Ollama
// does.
//
// All methods are safe for concurrent use. The pool has no goroutines but those
// of the calls in flight.
type Pool struct {
	opts  PoolOptions
	hosts []*host
	gate  chan struct{} // holds the goroutine that compares digests

	mu      sync.Mutex    // guards what follows, and the hosts' changing fields
	digest  string        // of the model on all hosts, once it is known
	witness string        // the host that told it
	changed chan struct{} // closed and replaced when a host comes, goes or was asked
	active  int           // calls in flight
	end     func()        // ends the questions asked beside the calls
	beside  context.Context
	hedges  int
}

// host is one server of a pool.
type host struct {
	*Ollama
	name string

	// These are guarded by the pool's mutex.
	flights  map[*flight]bool
	recent   []string // the last prompts, oldest first
	failures int      // in a row
	down     error    // why it is left out; nil: it is used
	final    bool     // it stays out
	next     time.Time
	wait     time.Duration // how long it was left alone at last
	asking   bool          // whether it is back
	health   *lookout
	missed   int // checks in a row
}

// flight is one call at one host.
type flight struct{ cancel context.CancelCauseFunc }

// errOut ends the calls at a host that is taken out.
var errOut = errors.New("the host was taken out")

// recentPrompts is how many prompts a host is taken to have at hand still.
const recentPrompts = 8

// maxFailures in a row take a host out.
const maxFailures = 3

// NewPool makes a client of all hosts; it does not connect. It fails on a host
// that can't be understood.
func NewPool(opts PoolOptions) (*Pool, error) {
	if len(opts.Hosts) == 0 {
		opts.Hosts = []string{opts.Host}
	}
	setDefault(&opts.CheckEvery, 5*time.Second)
	setDefault(&opts.CheckTimeout, 5*time.Second)
	setDefault(&opts.BackAfter, time.Second)
	setDefault(&opts.BackAtMost, time.Minute)
	if warn := opts.Warn; warn != nil {
		var once sync.Once
		opts.Warn = func(text string) { once.Do(func() { warn(text) }) }
	}
	p := &Pool{gate: make(chan struct{}, 1), changed: make(chan struct{})}
	for _, name := range opts.Hosts {
		one := opts.OllamaOptions
		one.Host = name
		o, err := NewOllama(one)
		if err != nil {
			return nil, err
		}
		// Retries and RetryDelay have their defaults now.
		opts.OllamaOptions = o.opts
		if !slices.ContainsFunc(p.hosts, func(h *host) bool { return h.name == o.Host() }) {
			p.hosts = append(p.hosts, &host{Ollama: o, name: o.Host(), flights: map[*flight]bool{}})
		}
	}
	p.opts = opts
	if len(p.hosts) > 1 {
		for _, h := range p.hosts {
			// The pool repeats calls, for it knows where else to go.
			h.opts.Retries = -1
		}
	}
	return p, nil
}

func setDefault(d *time.Duration, to time.Duration) {
	if *d <= 0 {
		*d = to
	}
}

// Hosts are the URLs of the servers.
func (p *Pool) Hosts() []string {
	var names []string
	for _, h := range p.hosts {
		names = append(names, h.name)
	}
	return names
}

// Host is the URLs of the servers, with commas between.
func (p *Pool) Host() string { return strings.Join(p.Hosts(), ",") }

// Name is the model's name.
func (p *Pool) Name() string { return p.opts.Model }

// Hedges is how many calls were sent to a second host because the first one
// took long.
func (p *Pool) Hedges() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hedges
}

// Generate implements Model. The error of a cancelled ctx is ctx's own. A
// request that no server could take is an error of its own; every other error
// wraps ErrUnavailable, and if all hosts are out names them with what is wrong.
func (p *Pool) Generate(ctx context.Context, req Request) (Completion, error) {
	if len(p.hosts) == 1 {
		return p.hosts[0].Generate(ctx, req)
	}
	if err := p.hosts[0].check(req); err != nil {
		return Completion{}, err
	}
	if err := p.meet(ctx); err != nil {
		return Completion{}, err
	}
	p.enter()
	defer p.leave()
	return p.call(req).run(ctx)
}

// poolCall is one call on its way through the hosts.
type poolCall struct {
	*Pool
	req    Request
	text   string         // what the hosts remember of it
	failed map[*host]bool // where it has failed so far
	patience
	moves  int           // from hosts that were taken out
	waited time.Duration // for a host to come back
}

func (p *Pool) call(req Request) *poolCall {
	return &poolCall{Pool: p, req: req, text: req.System + "\x00" + req.Prompt, failed: map[*host]bool{}, patience: p.opts.patience()}
}

func (c *poolCall) run(ctx context.Context) (Completion, error) {
	for {
		h, f, err := c.take(ctx)
		if err != nil {
			return Completion{}, err
		}
		o := c.ask(ctx, h, f)
		if o.err == nil {
			return o.got, nil
		}
		if ctx.Err() != nil {
			return Completion{}, ctx.Err()
		}
		if errors.Is(o.err, errOut) {
			continue // it is asked elsewhere; the host's fault is not the call's
		}
		var d *doubt
		if errors.As(o.err, &d) {
			if c.doubted(d.kind) {
				continue
			}
			o.host.believe(ctx, d)
			return o.got, nil
		}
		fault := asFault(o.err)
		switch fault.class {
		case lasting:
			return Completion{}, o.err
		case broken, missing:
			if c.moves++; c.moves > c.retries+len(c.hosts) {
				return Completion{}, c.tried(o.err)
			}
			continue
		}
		c.failed[o.host] = true
		wait, again := c.patience.failed(fault)
		if !again {
			return Completion{}, c.tried(o.err)
		}
		if c.anotherThan(c.failed) {
			continue
		}
		clear(c.failed)
		if err := pause(ctx, wait); err != nil {
			return Completion{}, err
		}
	}
}

// take books a flight at the best host. If all are out it waits for one to come
// back, while the patience lasts.
func (c *poolCall) take(ctx context.Context) (*host, *flight, error) {
	for {
		c.askBack()
		c.mu.Lock()
		if h := c.best(c.text, c.failed); h != nil {
			f := c.book(h, c.text)
			c.mu.Unlock()
			return h, f, nil
		}
		changed, soonest, asking := c.changed, c.soonest(), c.anyAsking()
		c.mu.Unlock()
		left := c.opts.RetryDelay*time.Duration(int64(1)<<min(c.retries, 20)-1) - c.waited
		wait := time.Until(soonest)
		if left <= 0 || !asking && wait > left {
			return nil, nil, c.allOut()
		}
		if asking {
			wait = left
		}
		start := time.Now()
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		c.waited += time.Since(start)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
	}
}

// best is the host that is used, not avoided if there is a choice, with the
// fewest flights, the longest common prefix, the lowest index.
func (p *Pool) best(text string, avoid map[*host]bool) *host {
	var found *host
	var rank [3]int
	for _, h := range p.hosts {
		if h.down != nil {
			continue
		}
		// The prefix is looked at only where it decides.
		r := [3]int{0, len(h.flights), 0}
		if avoid[h] {
			r[0] = 1
		}
		if found != nil && slices.Compare(r[:2], rank[:2]) > 0 {
			continue
		}
		if r[2] = -h.prefix(text); found == nil || slices.Compare(r[:], rank[:]) < 0 {
			found, rank = h, r
		}
	}
	return found
}

// prefix is how much of text the host has seen lately.
func (h *host) prefix(text string) int {
	longest := 0
	for _, seen := range h.recent {
		n := 0
		for n < len(seen) && n < len(text) && seen[n] == text[n] {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}

// book starts a flight. The pool is locked.
func (p *Pool) book(h *host, text string) *flight {
	f := &flight{}
	h.flights[f] = true
	if i := slices.Index(h.recent, text); i >= 0 {
		h.recent = slices.Delete(h.recent, i, i+1)
	}
	h.recent = append(h.recent, text)
	if len(h.recent) > recentPrompts {
		h.recent = slices.Delete(h.recent, 0, 1)
	}
	p.watch(h)
	return f
}

// land ends a flight.
func (p *Pool) land(h *host, f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(h.flights, f)
	p.unwatch(h)
}

// anotherThan says whether a host is used that is not among these.
func (p *Pool) anotherThan(these map[*host]bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.hosts, func(h *host) bool { return h.down == nil && !these[h] })
}

// soonest is when the first host may be asked whether it is back; with none it
// is far away.
func (p *Pool) soonest() time.Time {
	t := time.Now().Add(math.MaxInt64)
	for _, h := range p.hosts {
		if h.down != nil && !h.final && h.next.Before(t) {
			t = h.next
		}
	}
	return t
}

func (p *Pool) anyAsking() bool {
	return slices.ContainsFunc(p.hosts, func(h *host) bool { return h.asking })
}

// allOut is the error when no host is left.
func (p *Pool) allOut() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	mark, lines := ErrUnavailable, []string{}
	for _, h := range p.hosts {
		if h.down == nil { // it came back this moment
			continue
		}
		if errors.Is(h.down, ErrDigest) {
			mark = ErrDigest
		}
		lines = append(lines, h.name+": "+short(h.down))
	}
	return fmt.Errorf("%w: all hosts are out: %s", mark, strings.Join(lines, "; "))
}

// short is the text of an error without the words that all of them have.
func short(err error) string {
	text := strings.TrimPrefix(err.Error(), ErrDigest.Error()+": ")
	return strings.TrimPrefix(text, ErrUnavailable.Error()+": ")
}
