package ponder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/tiny"
	"github.com/ponder-mcts/ponder/prompt"
)

// diary is a Journal and a Keeper that remembers in which order things were
// kept, so that a test can kill a run after each of them.
type diary struct {
	mu       sync.Mutex
	entries  []entry
	calls    map[llm.Key]llm.Call
	snapshot []byte
	broken   error // what Append answers; nil: it works
}

// entry is one thing kept: a call, or some events.
type entry struct {
	call   *llm.Call
	events []event.Event
}

func (d *diary) Find(_ context.Context, key llm.Key) (llm.Call, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.calls[key]
	return c, ok, nil
}

func (d *diary) Keep(_ context.Context, call llm.Call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.calls == nil {
		d.calls = map[llm.Key]llm.Call{}
	}
	d.calls[call.Key] = call
	d.entries = append(d.entries, entry{call: &call})
	return nil
}

func (d *diary) Append(_ context.Context, events []event.Event, _ map[int32]string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	d.entries = append(d.entries, entry{events: slices.Clone(events)})
	return nil
}

func (d *diary) Save(_ context.Context, snapshot []byte) error {
	d.snapshot = slices.Clone(snapshot)
	return nil
}

func (d *diary) events() (all []event.Event) {
	for _, e := range d.entries {
		all = append(all, e.events...)
	}
	return all
}

// killed is the diary of a run that was killed after n entries, and its past.
func (d *diary) killed(n int) (*diary, *ponder.Past) {
	early := &diary{entries: slices.Clone(d.entries[:n]), calls: map[llm.Key]llm.Call{}}
	for _, e := range early.entries {
		if e.call != nil {
			early.calls[e.call.Key] = *e.call
		}
	}
	return early, early.past()
}

// past is what a run that goes on needs to know, as a store would tell it.
func (d *diary) past() *ponder.Past {
	p := &ponder.Past{Events: d.events(), Snapshot: d.snapshot}
	stay := ponder.Standing(p.Events)
	drop := len(p.Events) - stay
	for i := len(d.entries) - 1; drop > 0; i-- {
		e := &d.entries[i]
		n := min(drop, len(e.events))
		e.events, drop = e.events[:len(e.events)-n], drop-n
	}
	p.Events = p.Events[:stay]
	text := string(must(json.Marshal(p.Events)))
	for key := range d.calls {
		if !strings.Contains(text, key.String()) {
			p.Owed = append(p.Owed, key)
		}
	}
	return p
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// counting counts the calls of the model behind it.
type counting struct {
	llm.Model
	mu    sync.Mutex
	asked map[string]int
}

func (c *counting) Generate(ctx context.Context, r llm.Request) (llm.Completion, error) {
	reply, err := c.Model.Generate(ctx, r)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.asked == nil {
			c.asked = map[string]int{}
		}
		c.asked[fmt.Sprintf("%+v", r)]++
	}
	return reply, err
}

func (c *counting) total() (n int) {
	for _, k := range c.asked {
		n += k
	}
	return n
}

// kept is a configuration whose run is kept in a diary.
func kept(t *testing.T, d *diary) (ponder.Config, *counting) {
	m, err := tiny.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	c := &counting{Model: m}
	return ponder.Config{
		Run: "r", Seed: 1, Journal: d, Keeper: d,
		Model: ponder.Asked{Name: "embedded", Model: c, Style: prompt.Line{}, ID: llm.Identity{Name: tiny.Name, Digest: m.Digest()}},
	}, c
}

func hand(text string) ponder.Problem {
	return ponder.Problem{EnvName: "game24", Env: countdown.Game{Target: 24, AllNumbers: true}, Text: text}
}

func jsonOf(events []event.Event) string {
	var b strings.Builder
	for _, e := range events {
		b.Write(must(json.Marshal(e)))
		b.WriteByte('\n')
	}
	return b.String()
}

// Wherever a run is killed, it goes on from what was kept to the same events,
// byte by byte, and no call that was kept is made again.
func TestKilledAfterEachEntry(t *testing.T) {
	for _, tt := range []struct {
		name, problem string
		set           func(*ponder.Config)
	}{
		{"one call a job, to the solution", "1 3 4 6", func(c *ponder.Config) { c.Blind, c.Calls = true, 60 }},
		{"a budget of calls, several calls a job", "1 3 4 6", func(c *ponder.Config) {
			c.Calls, c.Width, c.Critic, c.Policy = 24, 3, "yesno", "branch"
		}},
		{"samples, a budget of tokens that shortens the last ones", "2 3 5 12", func(c *ponder.Config) {
			c.Tokens, c.Policy, c.Critic, c.Width = 260, "sample", "yesno", 2
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			whole := &diary{}
			config, model := kept(t, whole)
			tt.set(&config)
			want, err := ponder.Solve(t.Context(), hand(tt.problem), config)
			if err != nil {
				t.Fatal(err)
			}
			log, calls := jsonOf(whole.events()), model.total()
			if calls < 5 {
				t.Fatalf("%d calls: the test can't fail", calls)
			}
			// All kinds of entries come, but not each of them: they are many.
			for n := 1; n <= len(whole.entries); n += len(whole.entries)/25 | 1 {
				early, past := whole.killed(n)
				if len(past.Events) == 0 {
					continue // nothing is known of the run
				}
				known := len(early.calls)
				config, model := kept(t, early)
				tt.set(&config)
				config.Past = past
				var seen []event.Event
				config.Emit = func(e event.Event) { seen = append(seen, e) }
				got, err := ponder.Solve(t.Context(), hand(tt.problem), config)
				if err != nil {
					t.Fatalf("killed after entry %d: %v", n, err)
				}
				if d := cmp.Diff(want, got, cmp.Comparer(func(a, b env.State) bool { return a.Key() == b.Key() })); d != "" {
					t.Errorf("killed after entry %d: solution (-uninterrupted +resumed):\n%s", n, d)
				}
				if d := cmp.Diff(log, jsonOf(early.events())); d != "" {
					t.Fatalf("killed after entry %d: events kept (-uninterrupted +resumed):\n%s", n, d)
				}
				if d := cmp.Diff(log, jsonOf(seen)); d != "" {
					t.Fatalf("killed after entry %d: events seen (-uninterrupted +resumed):\n%s", n, d)
				}
				if model.total() != calls-known {
					t.Errorf("killed after entry %d: %d calls were known, %d of %d were made", n, known, model.total(), calls)
				}
			}
		})
	}
}

// A run that was interrupted says so; resumed, it is as if it had not been.
func TestInterruptedRunGoesOn(t *testing.T) {
	whole := &diary{}
	config, model := kept(t, whole)
	config.Calls, config.Width, config.Critic = 30, 3, "yesno"
	if _, err := ponder.Solve(t.Context(), hand("1 3 4 6"), config); err != nil {
		t.Fatal(err)
	}
	calls := model.total()
	for stop := 1; stop < calls; stop += 5 {
		d := &diary{}
		config, first := kept(t, d)
		config.Calls, config.Width, config.Critic = 30, 3, "yesno"
		ctx, cancel := context.WithCancel(t.Context())
		config.Model.Model = stopping{first, stop, cancel}
		if _, err := ponder.Solve(ctx, hand("1 3 4 6"), config); !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled at call %d: error %v", stop, err)
		}
		events := d.events()
		if last := events[len(events)-1]; last.Ended == nil || last.Ended.Reason != "interrupted" {
			t.Errorf("cancelled at call %d: the last event is %+v", stop, last)
		}
		config, second := kept(t, d)
		config.Calls, config.Width, config.Critic = 30, 3, "yesno"
		config.Past = d.past()
		if _, err := ponder.Solve(t.Context(), hand("1 3 4 6"), config); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(jsonOf(whole.events()), jsonOf(d.events())); diff != "" {
			t.Fatalf("cancelled at call %d (-uninterrupted +resumed):\n%s", stop, diff)
		}
		if first.total()+second.total() != calls {
			t.Errorf("cancelled at call %d: %d and %d calls, want %d in all", stop, first.total(), second.total(), calls)
		}
		cancel()
	}
}

// stopping cancels a run when its model has answered so many calls.
type stopping struct {
	*counting
	after  int
	cancel func()
}

func (s stopping) Generate(ctx context.Context, r llm.Request) (llm.Completion, error) {
	c, err := s.counting.Generate(ctx, r)
	if s.total() >= s.after {
		s.cancel()
	}
	return c, err
}

// A run that has spent its budget goes on with a larger one; one that is proven
// has nothing more to do.
func TestMoreBudget(t *testing.T) {
	d := &diary{}
	config, _ := kept(t, d)
	config.Calls, config.Blind = 3, true
	out, err := ponder.Solve(t.Context(), hand("1 3 4 6"), config)
	if err != nil || out.Status != "unsolved" {
		t.Fatalf("%+v, error %v", out, err)
	}
	config.Past = d.past()
	if out, err = ponder.Solve(t.Context(), hand("1 3 4 6"), config); err != nil || out.Reason != "calls" {
		t.Errorf("no more budget: %+v, error %v", out, err)
	}
	config.Calls = 300
	config.Past = d.past()
	if out, err = ponder.Solve(t.Context(), hand("1 3 4 6"), config); err != nil || !out.Verified {
		t.Errorf("more budget: %+v, error %v", out, err)
	}
	events := len(d.events())
	config.Past = d.past()
	again, err := ponder.Solve(t.Context(), hand("1 3 4 6"), config)
	if err != nil || !again.Verified || again.Answer != out.Answer || len(d.events()) != events {
		t.Errorf("a solved run: %+v, error %v, %d new events", again, err, len(d.events())-events)
	}
}

// What can't be kept ends the run, with the best so far.
func TestJournalFails(t *testing.T) {
	full := errors.New("no space left")
	d := &diary{}
	config, model := kept(t, d)
	config.Blind = true
	config.Emit = func(e event.Event) {
		if e.Seq == 8 {
			d.broken = full
		}
	}
	out, err := ponder.Solve(t.Context(), hand("1 3 4 6"), config)
	if !errors.Is(err, full) || out.Status != "unsolved" || len(out.Path) == 0 {
		t.Errorf("%+v, error %v", out, err)
	}
	calls := model.total()
	d.broken = nil
	config, model = kept(t, d)
	config.Blind, config.Past = true, d.past()
	if out, err = ponder.Solve(t.Context(), hand("1 3 4 6"), config); err != nil || !out.Verified {
		t.Errorf("with space again: %+v, error %v", out, err)
	}
	for request, n := range model.asked {
		if n > 1 {
			t.Errorf("%d times: %s", n, request)
		}
	}
	if calls == 0 {
		t.Error("no call was made before the journal failed")
	}
}

// Without a model a run is kept by snapshots.
func TestSnapshotsGoOn(t *testing.T) {
	whole := &diary{}
	plain := ponder.Config{Run: "r", Seed: 1, Journal: whole, Simulations: 400}
	want, err := ponder.Solve(t.Context(), hand("1 5 5 5"), plain)
	if err != nil || whole.snapshot == nil || len(whole.events()) != 1 {
		t.Fatalf("%+v, error %v, a snapshot of %d bytes, %d events", want, err, len(whole.snapshot), len(whole.events()))
	}
	d := &diary{}
	plain.Journal, plain.Simulations = d, 20
	if _, err := ponder.Solve(t.Context(), hand("1 5 5 5"), plain); err != nil {
		t.Fatal(err)
	}
	plain.Simulations, plain.Past = 400, d.past()
	seen := 0
	plain.Emit = func(e event.Event) {
		if seen++; e.Seq != seen {
			t.Fatalf("event %d after %d", e.Seq, seen-1)
		}
	}
	got, err := ponder.Solve(t.Context(), hand("1 5 5 5"), plain)
	if err != nil {
		t.Fatal(err)
	}
	if got.Answer != want.Answer || got.Status != want.Status || len(got.Path) != len(want.Path) {
		t.Errorf("in one go: %+v, in two: %+v", want, got)
	}
}
