package serve

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

func fill(f *Feed, log []event.Event) *Feed {
	for _, e := range log {
		f.Apply(e)
	}
	return f
}

// The ring against a slice that forgets nothing.
func TestRing(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		r := ring{most: 1 + rnd.IntN(100), mostBytes: 1 << 20}
		var all []event.Event
		for range rnd.IntN(400) {
			e := event.Event{Seq: len(all) + 1, Failed: &event.Failed{Node: int32(len(all))}}
			all = append(all, e)
			r.push(e)
			seq, limit := rnd.IntN(len(all)+3), rnd.IntN(9)
			held := max(0, len(all)-r.most)
			from := min(max(seq, held), len(all))
			want := all[from:min(len(all), from+limit)]
			got, lost := r.after(seq, limit)
			if !slices.Equal(want, got) { // events are compared by what they point to being the same
				t.Fatalf("seed %d: after %d of %d, at most %d: %v, want %v", seed, seq, len(all), limit, got, want)
			}
			if want := max(0, held-seq); lost != want {
				t.Fatalf("seed %d: after %d of %d: lost %d, want %d", seed, seq, len(all), lost, want)
			}
		}
	}
}

func TestRingIsBoundedByBytes(t *testing.T) {
	r := ring{most: 1 << 16, mostBytes: 100_000}
	for i := range 1000 {
		r.push(event.Event{Seq: i + 1, Failed: &event.Failed{Reason: strings.Repeat("x", 1000)}})
		if r.bytes > r.mostBytes {
			t.Fatalf("%d bytes are held after %d events", r.bytes, i+1)
		}
	}
	if r.count < 50 || r.count > 100 {
		t.Errorf("%d events of a thousand bytes are held in 100,000", r.count)
	}
	r.push(event.Event{Seq: 1001, Failed: &event.Failed{Reason: strings.Repeat("x", 200_000)}})
	if events, lost := r.after(1000, 5); len(events) != 1 || lost != 0 {
		t.Errorf("the newest event is not held: %d events, %d lost", len(events), lost)
	}
	held := 0
	for _, s := range r.slots {
		if s.size > 0 {
			held++
		}
	}
	if held != 1 {
		t.Errorf("%d slots hold events, one should", held)
	}
}

func TestFeedSnapshotIsTheTree(t *testing.T) {
	for _, c := range []struct {
		name string
		log  []event.Event
	}{
		{"nothing yet", nil},
		{"a search that runs: its line follows the visits", story("r", 20)},
		{"one that ended: its line was chosen", append(story("r", 20), ended(21))},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := &view.Tree{}
			for _, e := range c.log {
				if err := tree.Apply(e); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tree.Record(), fill(NewFeed(FeedOptions{}), c.log).Snapshot()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFeedKeepsItsErrorAndItsTree(t *testing.T) {
	f := fill(NewFeed(FeedOptions{}), story("r", 5))
	f.Apply(visit(7)) // event 6 is missing
	f.Apply(visit(5))
	if err := f.Err(); !errors.Is(err, view.ErrEvent) {
		t.Errorf("error %v", err)
	}
	if r := f.Snapshot(); r.Seq != 5 {
		t.Errorf("the tree has %d events, not the 5 that fit", r.Seq)
	}
	if err := f.Wait(t.Context(), 5); err != nil {
		t.Errorf("a reader waits for what never comes: %v", err)
	}
}

func TestFeedWait(t *testing.T) {
	f := fill(NewFeed(FeedOptions{}), story("r", 3))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := f.Wait(ctx, 3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for event 4: %v", err)
	}
	if d := time.Since(began); d > 120*time.Millisecond {
		t.Errorf("the end of waiting took %v", d)
	}
	got := make(chan error, 2)
	go func() { got <- f.Wait(t.Context(), 3) }()
	go func() { got <- f.Wait(t.Context(), 4) }()
	f.Doing(1, true) // wakes, but is no event
	f.Apply(visit(3))
	if err := <-got; err != nil {
		t.Error(err)
	}
	select {
	case <-got:
		t.Error("the reader that waits for event 5 came back with the fourth")
	case <-time.After(10 * time.Millisecond):
	}
	f.State(Ended)
	if err := <-got; err != nil {
		t.Error(err)
	}
}

func TestFeedDoing(t *testing.T) {
	f := NewFeed(FeedOptions{})
	for _, n := range []int32{5, 3, 5} {
		f.Doing(n, true)
	}
	f.Doing(5, false)
	f.Doing(9, false) // never began
	if diff := cmp.Diff([]int32{3, 5}, f.leaves()); diff != "" {
		t.Errorf("two visits to a leaf, one over (-want +got):\n%s", diff)
	}
	f.State(Ended)
	f.State(Running)
	if at, _ := f.stand(); at.state != Ended || len(f.leaves()) != 0 {
		t.Errorf("after the end: %q, %v", at.state, f.leaves())
	}
}

// A reader that never reads must cost the search nothing, and memory must not
// grow by what it has not read.
func TestReaderThatNeverReads(t *testing.T) {
	const n = 200_000
	f := NewFeed(FeedOptions{Events: 1000})
	fill(f, story("r", 2))
	stuck, _ := f.After(0, 1) // and it never comes back
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	slowest := time.Duration(0)
	for i := 2; i < n; i++ {
		e := visit(i)
		began := time.Now()
		f.Apply(e)
		slowest = max(slowest, time.Since(began))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("%d events made the heap grow by %d bytes", n, grown)
	}
	if slowest > 2*time.Second {
		t.Errorf("one Apply took %v", slowest)
	}
	if events, lost := f.After(stuck[0].Seq, 1); lost != n-1000-1 || events[0].Seq != n-1000+1 {
		t.Errorf("the reader lost %d events and goes on at %d", lost, events[0].Seq)
	}
	runtime.KeepAlive(f)
}

// A snapshot made while the search goes on is the tree at one moment.
func TestSnapshotsWhileItRuns(t *testing.T) {
	const n = 3000
	f := fill(NewFeed(FeedOptions{}), story("r", 2))
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 2; i < n; i++ {
			f.Apply(visit(i))
		}
		f.Apply(ended(n + 1))
	})
	for seq := 0; seq < n; {
		r := f.Snapshot()
		if sims := r.Seq - 2; r.End == nil && r.Totals.Simulations != sims || r.Edges[0].N+r.Edges[1].N < int32(r.Seq-4) {
			t.Fatalf("at event %d: %d simulations, edges %v", r.Seq, r.Totals.Simulations, r.Edges)
		}
		seq = r.Seq
	}
	wg.Wait()
}

func BenchmarkApply(b *testing.B) {
	for _, c := range []struct {
		name    string
		readers int
	}{{"readers=0", 0}, {"readers=1", 1}, {"readers=10", 10}} {
		b.Run(c.name, func(b *testing.B) {
			f := fill(NewFeed(FeedOptions{}), story("r", 2))
			ctx, cancel := context.WithCancel(b.Context())
			var wg sync.WaitGroup
			for i := range c.readers {
				wg.Go(func() {
					for seq := 0; i > 0 && f.Wait(ctx, seq) == nil; { // the first never reads
						events, _ := f.After(seq, 500)
						for _, e := range events {
							seq = e.Seq
						}
						_ = rest(ctx, usual.events, nil)
					}
				})
			}
			log := make([]event.Event, b.N)
			for i := range log {
				log[i] = visit(i + 2)
			}
			b.ResetTimer()
			for _, e := range log {
				f.Apply(e)
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			cancel()
			wg.Wait()
		})
	}
}

// How long the search waits while a snapshot of a big tree is made.
func BenchmarkSnapshot(b *testing.B) {
	const width = 100_000
	f := NewFeed(FeedOptions{})
	g := &event.Grown{}
	for i := int32(1); i <= width; i++ {
		g.New = append(g.New, event.Node{ID: i, State: "s"})
		g.Edges = append(g.Edges, event.Edge{ID: i, Child: i, Action: "a"})
	}
	f.Apply(story("r", 1)[0])
	f.Apply(event.Event{Seq: 2, Grown: g})
	worst := time.Duration(0)
	for b.Loop() {
		done := make(chan struct{})
		go func() { defer close(done); f.Snapshot() }()
		for running := true; running; {
			began := time.Now()
			f.Doing(1, true)
			worst = max(worst, time.Since(began))
			select {
			case <-done:
				running = false
			default:
			}
		}
	}
	b.ReportMetric(float64(worst.Microseconds()), "µs-worst-wait")
}
