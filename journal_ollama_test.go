//go:build ollama

package ponder_test

import (
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
func timed(t testing.TB, asked ponder.Asked, s *store.Store, text string) (took time.Duration, events int) {
	t.Helper()
	c := ponder.Config{
		Run: rand.Text()[:12], Model: asked, Seed: 1, Calls: 40, Blind: true, Critic: "yesno", Keeper: &llm.Memory{},
		Emit: func(event.Event) { events++ },
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
	return time.Since(start), events
}

// What the journal costs beside a real server: the median over pairs of
// searches of the ratio of their times, with the journal and without.
func BenchmarkJournal(b *testing.B) {
	url, _ := realServer(b)
	asked := askedOf(b, url)
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "ponder.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	hands := []string{"1 1 1 1", "1 1 1 2", "1 1 1 3", "1 1 2 2", "1 1 1 4"} // no solution: the budget is spent
	timed(b, asked, nil, hands[0])
	var ratios []float64
	var with time.Duration
	events := 0
	for i := 0; b.Loop(); i++ {
		text := hands[i%len(hands)]
		var pair [2]time.Duration
		for _, journal := range []int{i % 2, 1 - i%2} { // neither is always the first
			if journal == 1 {
				var n int
				pair[1], n = timed(b, asked, s, text)
				with, events = with+pair[1], events+n
			} else {
				pair[0], _ = timed(b, asked, nil, text)
			}
		}
		ratios = append(ratios, float64(pair[1])/float64(pair[0]))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(float64(events)/with.Seconds(), "events/s")
}
