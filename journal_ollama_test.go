//go:build ollama

package ponder_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/store"
)

// timed runs one search with a real server, with a journal or with none.
func timed(t testing.TB, asked ponder.Asked, s *store.Store, text string) (took time.Duration, events, calls int) {
	t.Helper()
	c := ponder.Config{
		Run: rand.Text()[:12], Model: asked, Seed: 1, Calls: 20, Blind: true, Critic: "yesno", Keeper: &llm.Memory{},
		Emit: func(e event.Event) {
			events++
			if e.Grown != nil {
				calls += e.Grown.Usage.Calls
			}
			if e.Visited != nil {
				calls += e.Visited.Usage.Calls
			}
		},
	}
	c.Model.ID.Scope = c.Run // each search pays for its own calls
	start := time.Now()
	if s != nil {
		log, err := s.Create(t.Context(), store.Run{ID: c.Run, Env: "game24", Problem: text, Began: start})
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		c.Keeper, c.Journal = log, log
	}
	if _, err := ponder.Solve(t.Context(), hand(text), c); err != nil {
		t.Fatal(err)
	}
	return time.Since(start), events, calls
}

// slow is a model that takes longer, as a larger one does.
type slow struct {
	llm.Model
	by time.Duration
}

func (m slow) Generate(ctx context.Context, r llm.Request) (llm.Completion, error) {
	c, err := m.Model.Generate(ctx, r)
	time.Sleep(m.by)
	return c, err
}

// What the journal costs beside a real server: the median over pairs of
// searches of the ratio of their times, with the journal and without. The tiny model
// takes some 20 ms a call, others take longer.
func BenchmarkJournal(b *testing.B) {
	url, _ := realServer(b)
	for name, by := range map[string]time.Duration{"tiny": 0, "100ms-longer": 100 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			asked := askedOf(b, url)
			asked.Model = slow{asked.Model, by}
			compare(b, asked)
		})
	}
}

func compare(b *testing.B, asked ponder.Asked) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "ponder.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	hands := []string{"1 1 1 1", "1 1 1 2", "1 1 1 3", "1 1 2 2", "1 1 1 4"} // no solution: the budget is spent
	timed(b, asked, nil, hands[0])
	var ratios []float64
	var with, without time.Duration
	events, calls := 0, 0
	for i := 0; b.Loop(); i++ {
		text := hands[i%len(hands)]
		var pair [2]time.Duration
		for _, journal := range []int{i % 2, 1 - i%2} { // neither is always the first
			if journal == 1 {
				var n, c int
				pair[1], n, c = timed(b, asked, s, text)
				with, events, calls = with+pair[1], events+n, calls+c
			} else {
				pair[0], _, _ = timed(b, asked, nil, text)
				without += pair[0]
			}
		}
		ratios = append(ratios, float64(pair[1])/float64(pair[0]))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(float64(events)/with.Seconds(), "events/s")
	b.ReportMetric(float64((with-without).Microseconds())/float64(calls), "µs/call")
}
