package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
)

// rate is what to measure, and what was recorded for it.
type rate struct {
	game          env.Environment
	hands         []string
	config        ponder.Config
	calls, rounds int

	from   []int           // by round: index of its first hand
	script [][]llm.Request // by round: what its search sends
}

// pass is what was sent, and how it went.
type pass struct {
	requests []llm.Request
	tokens   int
	took     time.Duration // to the last reply
	used     time.Duration // by all requests together
}

func (p pass) plus(q pass) pass {
	return pass{append(p.requests, q.requests...), p.tokens + q.tokens, p.took + q.took, p.used + q.used}
}

func (p pass) speed() float64 { return float64(p.tokens) / p.took.Seconds() }

// busy is the share of the time of so many slots in which they had a request.
func (p pass) busy(slots int) float64 {
	return p.used.Seconds() / p.took.Seconds() / float64(slots)
}

// record runs the search of each round once, untimed. Each takes the hands
// after those of the round before, and begins anew after the last.
func (r *rate) record(ctx context.Context) error {
	at := 0
	for range r.rounds {
		p, used, err := r.search(ctx, at)
		if err != nil {
			return err
		}
		r.from, r.script = append(r.from, at), append(r.script, p.requests)
		at += used
	}
	return nil
}

// first names the kind of pass that a round begins with.
func first(round int) string {
	if round%2 == 0 {
		return "search"
	}
	return "loop"
}

func (r *rate) round(ctx context.Context, i int) (search, loop pass, err error) {
	kinds := []func() error{
		func() (err error) { search, _, err = r.search(ctx, r.from[i]); return err },
		func() (err error) { loop, err = r.loop(ctx, r.script[i]); return err },
	}
	if first(i) == "loop" {
		slices.Reverse(kinds)
	}
	for _, kind := range kinds {
		if err := kind(); err != nil {
			return search, loop, err
		}
	}
	return search, loop, nil
}

// search works on one hand after the other until all requests are made, and
// says how many hands it took.
func (r *rate) search(ctx context.Context, from int) (p pass, hands int, err error) {
	enough, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &tap{model: r.config.Model.Model, limit: r.calls, full: cancel, begin: time.Now()}
	config := r.config
	config.Model.Model = t
	for ; enough.Err() == nil; hands++ {
		if t.replies == 0 && hands == len(r.hands) {
			return p, hands, errors.New("the searches get no replies")
		}
		// The budget keeps any request from being in flight when there are
		// enough; what a search could still do without one is cancelled.
		config.Calls = r.calls - t.replies
		problem := ponder.Problem{EnvName: "game24", Env: r.game, Text: r.hands[(from+hands)%len(r.hands)]}
		if _, err := ponder.Solve(enough, problem, config); err != nil && enough.Err() == nil {
			return p, hands, err
		}
	}
	return t.pass, hands, ctx.Err()
}

// loop sends requests, as many at once as the search.
func (r *rate) loop(ctx context.Context, script []llm.Request) (pass, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := &tap{model: r.config.Model.Model, begin: time.Now()}
	todo := make(chan llm.Request, len(script))
	for _, req := range script {
		todo <- req
	}
	close(todo)
	var all sync.WaitGroup
	for range r.config.Parallel {
		all.Go(func() {
			for req := range todo {
				if _, err := t.Generate(ctx, req); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return t.pass, context.Cause(ctx)
}

// tap is a model that notes what passes through it.
type tap struct {
	model llm.Model
	limit int    // replies until it is full; 0 means none
	full  func() // called then
	begin time.Time

	mu      sync.Mutex // guards what follows
	replies int
	pass
}

// Generate implements llm.Model.
func (t *tap) Generate(ctx context.Context, req llm.Request) (llm.Completion, error) {
	t.mu.Lock()
	t.requests = append(t.requests, req)
	t.mu.Unlock()
	sent := time.Now()
	c, err := t.model.Generate(ctx, req)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used += time.Since(sent)
	if err != nil {
		return c, err
	}
	t.replies++
	t.tokens += c.Usage.PromptTokens + c.Usage.CompletionTokens
	t.took = time.Since(t.begin)
	if t.replies == t.limit {
		t.full()
	}
	return c, nil
}
