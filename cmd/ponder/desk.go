package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/registry"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/serve"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view/web"
)

// desk is what a page stands on: the runs that are kept, those that this process
// works on, and the means to begin more.
type desk struct {
	ctx    context.Context // of the searches that it begins
	store  *store.Store    // nil: nothing is kept
	flags  *searchFlags    // of those searches, but for what the page says
	server *serve.Server
	note   func(string)

	mu     sync.Mutex
	live   map[string]*work
	told   map[string][]event.Event // of free runs, by id and the moment they were last worked on
	recent []string                 // keys of told, the oldest first
	busy   sync.WaitGroup
}

// tellings bounds the free runs whose steps are held in memory.
const tellings = 4

// newDesk makes a desk and the server in front of it.
func newDesk(ctx context.Context, s *store.Store, f *searchFlags, listen, token string, note func(string)) *desk {
	d := &desk{ctx: ctx, store: s, flags: f, note: note, live: map[string]*work{}, told: map[string][]event.Event{}}
	opt := serve.Options{Steerer: d, Starter: d, Files: web.Files, Listen: listen, Token: token}
	if s != nil {
		opt.Archive = d
	}
	d.server = serve.New(opt)
	return d
}

// show puts a run of this process on the page, until hide is called.
func (d *desk) show(w *work) (hide func()) {
	w.feed = serve.NewFeed(serve.FeedOptions{})
	d.mu.Lock()
	d.live[w.run.ID] = w
	d.mu.Unlock()
	remove := d.server.Live(w.run.ID, w.feed)
	return func() {
		if d.store == nil {
			w.feed.State(serve.Ended) // it stays: nothing else tells of it
			return
		}
		d.mu.Lock()
		delete(d.live, w.run.ID)
		d.mu.Unlock()
		remove()
	}
}

// Runs implements serve.Archive.
func (d *desk) Runs(ctx context.Context) ([]serve.Run, error) {
	runs, err := d.store.Runs(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]serve.Run, 0, len(runs))
	for _, r := range runs {
		rows = append(rows, pageRow(r))
	}
	return rows, nil
}

// pageRow is a run as the page lists it.
func pageRow(r store.Run) serve.Run {
	x := rowOf(r)
	resumable := !r.Live && r.Ended.IsZero()
	return serve.Run{
		Run: x.Run, Env: x.Env, Problem: x.Problem, Model: x.Model, Strategy: x.Strategy, Seed: r.Seed, Status: x.Status,
		Verified: r.Verified, Answer: r.Answer, Reason: x.Reason, Value: x.Value, Simulations: r.Simulations, Nodes: x.Nodes,
		Calls: x.Calls, Tokens: x.Tokens, CacheHits: x.CacheHits, ElapsedMS: x.ElapsedMS, Began: x.Began,
		Live: r.Live, Steerable: r.Live, Resumable: resumable,
	}
}

// Changed implements serve.Archive.
func (d *desk) Changed(ctx context.Context) (int64, error) { return d.store.Changed(ctx) }

// Calls implements serve.Archive.
func (d *desk) Calls(ctx context.Context, keys []string) ([]llm.Call, error) {
	wanted, err := callKeys(keys)
	if err != nil {
		return nil, &serve.InputError{Text: err.Error()}
	}
	return d.store.Calls(ctx, wanted...)
}

// Tree implements serve.Ready.
func (d *desk) Tree(ctx context.Context, run string) ([]byte, bool, error) {
	return d.store.Tree(ctx, run)
}

// Follow implements serve.Archive.
func (d *desk) Follow(ctx context.Context, id string, from serve.Cursor) (serve.Batch, error) {
	run, err := d.store.Run(ctx, id)
	if err != nil {
		return serve.Batch{}, notThere(err)
	}
	free, err := d.store.HasSnapshot(ctx, run.ID)
	if err != nil {
		return serve.Batch{}, err
	}
	if free {
		return d.retell(ctx, run, from)
	}
	events, next, anew, err := d.store.EventsAfter(ctx, run.ID, store.Mark{Seq: from.Seq, Sum: from.Mark})
	if err != nil {
		return serve.Batch{}, notThere(err)
	}
	return serve.Batch{Events: events, Next: serve.Cursor{Seq: next.Seq, Mark: next.Sum}, Anew: anew, Live: run.Live}, nil
}

func notThere(err error) error {
	if errors.Is(err, store.ErrNoRun) {
		return fmt.Errorf("%w: %w", serve.ErrNoRun, err)
	}
	return err
}

// retell tells of a run that is kept as a snapshot.
func (d *desk) retell(ctx context.Context, run store.Run, from serve.Cursor) (serve.Batch, error) {
	mark := run.Worked.UTC().Format(time.RFC3339Nano)
	key := run.ID + " " + mark
	d.mu.Lock()
	events, known := d.told[key]
	d.mu.Unlock()
	if !known {
		var err error
		if events, err = tell(ctx, d.store, run); err != nil {
			return serve.Batch{}, err
		}
		d.mu.Lock()
		if _, known := d.told[key]; !known {
			d.told[key], d.recent = events, append(d.recent, key)
		}
		for len(d.recent) > tellings {
			delete(d.told, d.recent[0])
			d.recent = d.recent[1:]
		}
		d.mu.Unlock()
	}
	if from.Seq >= len(events) && from.Mark == "" && !run.Live {
		return serve.Batch{Next: from}, nil // a page that has all there is
	}
	b := serve.Batch{Live: run.Live, Anew: from.Seq > 0 && from.Mark != "" && from.Mark != mark || from.Seq > len(events)}
	if b.Anew {
		from.Seq = 0
	}
	const most = 5000
	b.Events = events[from.Seq:min(len(events), from.Seq+most)]
	b.Next = serve.Cursor{Seq: from.Seq + len(b.Events), Mark: mark}
	return b, nil
}

// Order implements serve.Steerer.
func (d *desk) Order(ctx context.Context, id, order string, edges []int32) error {
	d.mu.Lock()
	w := d.live[id]
	d.mu.Unlock()
	if w != nil {
		if err := w.reins.give(ctx, order, edges); err != nil {
			return fmt.Errorf("%w: %w", serve.ErrRefused, err)
		}
		return nil
	}
	if d.store == nil {
		return serve.ErrNoRun
	}
	run, err := d.store.Run(ctx, id)
	if err != nil {
		return notThere(err)
	}
	if order == "resume" && !run.Live {
		return d.resume(ctx, run)
	}
	body, err := json.Marshal(orderBody{order, edges})
	if err != nil {
		return err
	}
	if err := d.store.Order(ctx, run.ID, body); err != nil {
		return fmt.Errorf("%w: %w", serve.ErrRefused, err)
	}
	return nil
}

// choices are what the page offers to begin.
type choices struct {
	Envs       []envChoice `json:"envs"`
	Models     []string    `json:"models"`
	Strategies []string    `json:"strategies"`
}

type envChoice struct {
	Name    string `json:"name"`
	Example string `json:"example"`
}

// Choices implements serve.Starter.
func (d *desk) Choices(ctx context.Context) (json.RawMessage, error) {
	c := choices{Models: []string{embedded, none}, Strategies: ponder.Strategies}
	for _, name := range registry.Names() {
		c.Envs = append(c.Envs, envChoice{name, example(ctx, name)})
	}
	// A server that isn't there has no models to offer.
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if client, err := d.flags.client("", func(string) {}); err == nil {
		if list, err := client.Models(ctx); err == nil {
			for _, m := range list {
				c.Models = append(c.Models, m.Name)
			}
		}
	}
	return json.Marshal(c)
}

// example is a problem that an environment reads: the one that it names when it
// can't read one.
func example(ctx context.Context, name string) string {
	e, err := registry.Get(name)
	if err != nil {
		return ""
	}
	var input *env.InputError
	if _, err := e.Start(ctx, "\x00"); errors.As(err, &input) {
		return input.Example
	}
	return ""
}

// request is a search that a page wants begun.
type request struct {
	Env, Problem, Model, Strategy string
	Simulations                   int
	MaxCalls                      int `json:"max_calls"`
	MaxTokens                     int `json:"max_tokens"`
	Time                          string
	Parallel                      int
	Seed                          uint64
}

// Start implements serve.Starter.
func (d *desk) Start(ctx context.Context, settings json.RawMessage) (string, error) {
	var r request
	in := json.NewDecoder(bytes.NewReader(settings))
	in.DisallowUnknownFields()
	if err := in.Decode(&r); err != nil {
		return "", &serve.InputError{Text: fmt.Sprintf("the settings of a search: %v", err)}
	}
	f, err := d.searchFlags(r)
	if err != nil {
		return "", asInput(err)
	}
	p, _, err := f.problem(ctx, terminal{}, r.Env, r.Problem)
	if err != nil {
		return "", asInput(err)
	}
	w := newWork(d.store, d.note)
	c, err := f.begin(ctx, w, p)
	if err != nil {
		return "", asInput(errors.Join(err, w.Close()))
	}
	d.work(f, w, p, c)
	return w.run.ID, nil
}

// searchFlags are those of the server, and of the page.
func (d *desk) searchFlags(r request) (*searchFlags, error) {
	f := *d.flags
	f.model, f.strategy = r.Model, r.Strategy
	f.simulations, f.calls, f.tokens = r.Simulations, r.MaxCalls, r.MaxTokens
	f.parallel, f.seed = max(r.Parallel, 1), r.Seed
	if r.Time != "" {
		var err error
		if f.time, err = time.ParseDuration(r.Time); err != nil {
			return nil, badInput("time %q is no duration: give for example 90s", r.Time)
		}
	}
	return &f, f.check()
}

// asInput makes what a person can mend an error of the input.
func asInput(err error) error {
	if slices.Contains([]int{exitInput, exitUnavailable}, exitCode(err)) {
		return &serve.InputError{Text: oneLine(err)}
	}
	return err
}

// work searches in the background.
func (d *desk) work(f *searchFlags, w *work, p ponder.Problem, c ponder.Config) {
	hide := d.show(w)
	d.busy.Go(func() {
		_, err := f.pursue(d.ctx, w, p, c)
		err = errors.Join(err, w.Close()) // before the page is told: it looks whether somebody works on the run
		hide()
		if err != nil && d.ctx.Err() == nil {
			d.note(fmt.Sprintf("run %s: %s", w.run.ID, oneLine(err)))
		}
	})
}

// resume goes on with a run that was stopped.
func (d *desk) resume(ctx context.Context, run store.Run) error {
	f := *d.flags
	f.simulations, f.nodes, f.calls, f.tokens, f.time, f.parallel = 0, 0, 0, 0, 0, 0
	w := newWork(d.store, d.note)
	p, c, err := f.takeUp(ctx, terminal{err: os.Stderr}, w, run.ID, func() {})
	if err != nil {
		return fmt.Errorf("%w: %w", serve.ErrRefused, errors.Join(err, w.Close()))
	}
	d.work(&f, w, p, c)
	return nil
}
