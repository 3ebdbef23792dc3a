package mcts_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/mcts"
)

// BenchmarkDriver tells how well a Driver keeps the slots of a model server
// busy, against the real clock: the share of their time that they are used
// while there are leaves to work on, the requests for a state that was in
// flight already, and the share of one CPU that the engine takes.
//
// The latencies are a tenth of a model's 5 ms to 2 s, so that it is over soon.
// What the engine does between two requests does not depend on how long they
// take. So with full latencies it takes a tenth of this CPU share, and that is
// what is reported; the loss of utilisation is reported as it is, and would be a
// tenth too. To fall asleep and wake up costs CPU time even with no search: that
// is measured apart, by the request, and taken away.
func BenchmarkDriver(b *testing.B) {
	const scale, long = 0.1, 2 * time.Second
	for _, count := range slotCounts {
		b.Run(fmt.Sprintf("P=%d", count), func(b *testing.B) {
			var searches, idle cost
			var used, open time.Duration
			duplicates := 0
			for b.Loop() {
				s := &slots{count: count, scale: scale, meet: true, opt: mcts.Options{Prefixes: true}}
				searches.add(b, s, func() error { return s.search(b.Context(), long) })
				used, open, duplicates = used+s.used, open+s.open, duplicates+s.duplicates
				s = &slots{count: count, scale: scale}
				idle.add(b, s, func() error { return s.alone(b.Context(), long) })
			}
			if duplicates > 0 {
				b.Errorf("%d of %d requests were for a state in flight", duplicates, searches.requests)
			}
			engine := searches.cpu.Seconds() - idle.cpu.Seconds()/float64(idle.requests)*float64(searches.requests)
			b.ReportMetric(100*used.Seconds()/open.Seconds(), "used-%")
			b.ReportMetric(float64(duplicates), "duplicates")
			b.ReportMetric(100*engine*scale/searches.wall.Seconds(), "cpu-%")
			b.ReportMetric(float64(searches.requests)/float64(b.N), "requests/op")
			b.ReportMetric(0, "ns/op") // it takes what it is given
		})
	}
}

// alone keeps the slots busy for so long with no search behind them.
func (s *slots) alone(ctx context.Context, long time.Duration) error {
	s.asked = map[string]int{}
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	var all sync.WaitGroup
	for i := range s.count {
		all.Go(func() {
			for n := 0; s.work(ctx, "evaluate", word(fmt.Sprint(i, " ", n))) == nil; n++ {
			}
		})
	}
	all.Wait()
	return nil
}

// cost is what something took.
type cost struct {
	wall, cpu time.Duration
	requests  int
}

func (c *cost) add(b *testing.B, s *slots, run func() error) {
	b.Helper()
	began, before := time.Now(), cpuTime()
	if err := run(); err != nil {
		b.Fatal(err)
	}
	c.wall += time.Since(began)
	c.cpu += cpuTime() - before
	c.requests += s.requests
}
