package mcts_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// word is a state of a problem without an end: the letters chosen so far. It
// has eight successors.
type word string

func (w word) String() string             { return string(w) }
func (w word) Key() string                { return string(w) }
func (word) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

var letters = []env.Candidate{
	{Action: "a"}, {Action: "b", LogPrior: -0.2}, {Action: "c", LogPrior: -0.4}, {Action: "d", LogPrior: -0.6},
	{Action: "e", LogPrior: -0.8}, {Action: "f", LogPrior: -1}, {Action: "g", LogPrior: -1.2}, {Action: "h", LogPrior: -1.4},
}

// slots is a model server with so many slots that takes its time, and its
// problem: it proposes steps and values states, and keeps count of how long it
// was busy and how long it could have been.
type slots struct {
	count int
	scale float64 // of the latencies: 1 is 5 ms to 2 s
	meet  bool    // the order of the letters does not matter, so that ways meet
	opt   mcts.Options

	mu         sync.Mutex // guards what follows
	asked      map[string]int
	busy       int           // requests in flight
	leaves     int           // states without children yet, those in flight included
	since      time.Time     // of the last change
	used, open time.Duration // slot-time that was busy, and that could have been
	requests   int
	duplicates int // requests for a state that was in flight already
}

func (s *slots) Start(context.Context, string) (env.State, error) { return word(""), nil }

func (s *slots) Step(_ context.Context, st env.State, action string) (env.State, error) {
	next := st.Key() + action
	if s.meet {
		sorted := []byte(next)
		slices.Sort(sorted)
		next = string(sorted)
	}
	return word(next), nil
}

func (s *slots) Propose(ctx context.Context, st env.State, _ env.Path, _ int) ([]env.Candidate, env.Usage, error) {
	return letters, env.Usage{Calls: 1}, s.work(ctx, "propose", st)
}

func (s *slots) Evaluate(ctx context.Context, st env.State, _ env.Path) (env.Value, env.Usage, error) {
	return env.Value{Mean: source("value", st).Float64()}, env.Usage{Calls: 1}, s.work(ctx, "evaluate", st)
}

// source makes a state's own random numbers, whatever the order of the search.
func source(what string, st env.State) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, what, st.Key())
	return rand.New(rand.NewPCG(1, h.Sum64()))
}

// work holds a slot for as long as a model of medium size might take: 100 ms in
// the middle, log-normal, and 5 ms and 2 s are three standard deviations away.
func (s *slots) work(ctx context.Context, what string, st env.State) error {
	took := time.Duration(100 * math.Exp(source(what, st).NormFloat64()) * float64(time.Millisecond))
	took = min(max(took, 5*time.Millisecond), 2*time.Second)
	s.enter(st.Key())
	defer s.leave(st.Key())
	select {
	case <-time.After(time.Duration(float64(took) * s.scale)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slots) enter(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	if s.asked[key] > 0 {
		s.duplicates++
	}
	s.asked[key]++
	s.busy++
	s.requests++
}

func (s *slots) leave(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	s.asked[key]--
	s.busy--
}

// pass counts the time since the last change.
func (s *slots) pass() {
	now := time.Now()
	s.used += time.Duration(s.busy) * now.Sub(s.since)
	s.open += time.Duration(min(s.count, s.leaves)) * now.Sub(s.since)
	s.since = now
}

// listen counts the leaves.
func (s *slots) listen(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	switch {
	case e.Started != nil:
		s.leaves = 1
	case e.Grown != nil:
		s.leaves += len(e.Grown.New) - 1
	}
}

// utilisation is the share of the time of the slots in which they were busy.
// While there are fewer leaves than slots, only as many slots count: a leaf can
// be asked about once at a time.
func (s *slots) utilisation() float64 { return float64(s.used) / float64(s.open) }

// search runs a Driver for so long. It ends in the midst of its work, so that
// there is no time when nothing useful is left.
func (s *slots) search(ctx context.Context, long time.Duration) error {
	s.asked, s.since = map[string]int{}, time.Now()
	s.opt.Emit = s.listen
	search, err := mcts.New(word(""), event.Started{}, s.opt)
	if err != nil {
		return err
	}
	d := mcts.Driver{
		Search: search, Worker: &mcts.Worker{Env: s, Policy: s, Critic: s, Width: len(letters)},
		Parallel: s.count, Time: long,
	}
	return d.Run(ctx)
}

var slotCounts = []int{1, 2, 4, 8, 16}

// While there are leaves to work on, no slot of the server waits for one, and
// no state is asked about twice at a time. The clock is the bubble's, which
// stands still while the engine works: what that costs is the benchmark's to say.
func TestDriverKeepsSlotsBusy(t *testing.T) {
	const long = 20 * time.Second
	for _, tt := range []struct {
		name string
		meet bool
		opt  mcts.Options
	}{
		{"tree", false, mcts.Options{}},
		{"ways meet", true, mcts.Options{}},
		{"first siblings go alone", true, mcts.Options{Rule: mcts.Gumbel{Budget: 500}, Prefixes: true}},
	} {
		for _, count := range slotCounts {
			t.Run(fmt.Sprintf("%s, %d slots", tt.name, count), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &slots{count: count, scale: 1, meet: tt.meet, opt: tt.opt}
					if err := s.search(t.Context(), long); err != nil {
						t.Fatal(err)
					}
					if u := s.utilisation(); u < 0.97 || u > 1 {
						t.Errorf("%.1f%% of the slots' time is used, want 97%%", 100*u)
					}
					if s.duplicates > 0 {
						t.Errorf("%d of %d requests were for a state in flight", s.duplicates, s.requests)
					}
					// The mean latency is 165 ms: fewer requests would mean that the
					// slots were busy with something else.
					if least := 4 * count * int(long.Seconds()); s.requests < least {
						t.Errorf("%d requests, want %d at least", s.requests, least)
					}
				})
			})
		}
	}
}
