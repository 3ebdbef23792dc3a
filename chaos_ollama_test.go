//go:build ollama && !race

package ponder_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/bench"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
	"github.com/ponder-mcts/ponder/store"
)

// outcomeOf is what must not depend on faults.
type outcomeOf struct {
	Status, Reason, Answer string
	Verified               bool
	Calls, Hits            int
	Steps                  []string
}

// weather is a way to run searches: who keeps them, who answers.
type weather struct {
	store *store.Store // nil: fine weather, nothing breaks
	asked ponder.Asked
	mem   *llm.Memory
	again int // runs that had to be resumed
}

// search runs one search to its end, however often it breaks on the way.
func (w *weather) search(t *testing.T, text, critic string, limit time.Duration) outcomeOf {
	t.Helper()
	base := ponder.Config{
		Run: rand.Text()[:12], Model: w.asked, Seed: 1, Calls: 4, Critic: critic, Keeper: w.mem,
	}
	var events []event.Event
	var log *store.Log
	var err error
	if w.store != nil {
		if log, err = w.store.Create(t.Context(), store.Run{ID: base.Run, Env: "game24", Problem: text, Began: time.Now()}); err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		base.Keeper, base.Journal = log, log
	}
	for attempt := 0; ; attempt++ {
		c := base
		events = nil
		c.Emit = func(e event.Event) { events = append(events, e) }
		if attempt == 0 {
			c.Time = limit
		} else {
			w.again++
			if c.Past, err = pastOf(t.Context(), w.store, log); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		out, err := ponder.Solve(t.Context(), hand(text), c)
		if took := time.Since(start); c.Time > 0 && took > c.Time+time.Second {
			t.Errorf("%s: %v under a deadline of %v", text, took, c.Time)
		}
		unavailable := errors.Is(err, llm.ErrUnavailable)
		if err != nil && !unavailable {
			t.Fatalf("%s: %v", text, err)
		}
		if out.Verified {
			if err := game24.Verify(t.Context(), text, out.Answer); err != nil {
				t.Errorf("%s: %q is called verified: %v", text, out.Answer, err)
			}
		}
		if w.store != nil && attempt < 50 && (unavailable || out.Reason == "time") {
			continue
		}
		if err != nil {
			t.Fatalf("%s, attempt %d: %v", text, attempt, err)
		}
		got := outcomeOf{Status: out.Status, Reason: out.Reason, Answer: out.Answer, Verified: out.Verified}
		for _, s := range out.Path {
			got.Steps = append(got.Steps, s.Action)
		}
		for _, e := range events {
			switch {
			case e.Grown != nil:
				got.Calls, got.Hits = got.Calls+e.Grown.Usage.Calls, got.Hits+e.Grown.Usage.CacheHits
			case e.Visited != nil:
				got.Calls, got.Hits = got.Calls+e.Visited.Usage.Calls, got.Hits+e.Visited.Usage.CacheHits
			case e.Failed != nil:
				got.Calls, got.Hits = got.Calls+e.Failed.Usage.Calls, got.Hits+e.Failed.Usage.CacheHits
			}
		}
		return got
	}
}

// pastOf reads what a run has come to.
func pastOf(ctx context.Context, s *store.Store, log *store.Log) (*ponder.Past, error) {
	p := &ponder.Past{}
	for e, err := range s.Events(ctx, log.Run().ID) {
		if err != nil {
			return nil, err
		}
		p.Events = append(p.Events, e)
	}
	p.Events = p.Events[:ponder.Standing(p.Events)]
	if err := log.Truncate(ctx, len(p.Events)); err != nil {
		return nil, err
	}
	var err error
	p.Owed, err = log.Owed(ctx)
	return p, err
}

// A thousand searches through a server three in ten of whose replies are broken,
// late, cut, mangled or missing come to what they come to with a sound one.
func TestThousandSearchesInBadWeather(t *testing.T) {
	const searches = 1000
	url, _ := realServer(t)
	hands, err := bench.Suite(t.Context(), "game24-all", game24)
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	fine := &weather{asked: askedOf(t, url), mem: &llm.Memory{}}
	chaos := llmtest.Chaos(t, llmtest.ChaosOptions{Target: url, Share: 0.3, Seed: 1, Finish: true})
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "ponder.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	bad := &weather{asked: askedOf(t, chaos.URL), store: s}
	db, err := sql.Open("sqlite", "file:"+s.Path()+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var calls, solved, delivered int
	start := time.Now()
	for i := range searches {
		text := hands[i*len(hands)/searches]
		limit := time.Duration(0)
		if i%10 == 0 {
			limit = 30 * time.Millisecond
		}
		critic := []string{"auto", "yesno"}[i%2]
		before := len(chaos.Delivered())
		want := fine.search(t, text, critic, 0)
		got := bad.search(t, text, critic, limit)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-sound server +bad weather):\n%s", text, d)
		}
		// Each reply that came whole and true is kept. (At a deadline the client
		// may leave while it reads.)
		for _, asked := range chaos.Delivered()[before:] {
			var n int
			err := db.QueryRow("SELECT count(*) FROM calls WHERE json_extract(request, '$.prompt') = ?", asked.Prompt).Scan(&n)
			if delivered++; (err != nil || n == 0) && limit == 0 {
				t.Errorf("%s: the reply to %q is lost: %v", text, asked.Prompt, err)
			}
		}
		calls += got.Calls
		if got.Verified {
			solved++
		}
		if t.Failed() && i > 20 {
			break
		}
	}
	faults := 0
	for _, n := range chaos.Faults() {
		faults += n
	}
	if delivered < calls {
		t.Errorf("%d calls, but only %d replies came whole and true", calls, delivered)
	}
	t.Logf("%d searches in %v: %d calls, %d solved and verified, %d faults (%v), %d times a search was resumed",
		searches, time.Since(start).Round(time.Second), calls, solved, faults, chaos.Faults(), bad.again)
	if faults < calls/4 {
		t.Errorf("%d faults among %d calls: the test says nothing", faults, calls)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before+20; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
			break
		}
	}
}
