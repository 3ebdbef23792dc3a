package view

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// script drives a Progress by hand and writes down what it writes, and when.
type script struct {
	*Progress
	clock time.Duration
	got   strings.Builder
}

func newScript(opt ProgressOptions) *script {
	s := new(script)
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.Progress = NewProgress(s, func() time.Time { return begin.Add(s.clock) }, opt)
	return s
}

func (s *script) Write(p []byte) (int, error) {
	fmt.Fprintf(&s.got, "%7s %q\n", s.clock, p)
	return len(p), nil
}

// pass lets time pass and draws.
func (s *script) pass(d time.Duration) {
	s.clock += d
	s.Draw()
}

// visit is a simulation over the first edge of the root.
func visit(n int32, q float64, u env.Usage) event.Event {
	return event.Event{Visited: &event.Visited{Path: []int32{1}, Leaf: 1, Usage: u, Stats: event.Stats{
		Nodes: []event.NodeStats{{ID: 1, N: n, Q: q, Hi: 1}}, Edges: []event.EdgeStats{{ID: 1, N: n}},
	}}}
}

// rootGrows gives the root two children.
func rootGrows() event.Event {
	return event.Event{Grown: &event.Grown{
		New:   []event.Node{{ID: 1}, {ID: 2}},
		Edges: []event.Edge{{ID: 1, Child: 1, Prior: 0.5}, {ID: 2, Child: 2, Prior: 0.5}},
		Usage: env.Usage{Calls: 1, PromptTokens: 900, CompletionTokens: 100},
	}}
}

func TestProgress(t *testing.T) {
	call := env.Usage{Calls: 1, PromptTokens: 150, CompletionTokens: 50}
	for _, tt := range []struct {
		name, reason string
		opt          ProgressOptions
		run          func(s *script)
	}{
		{"terminal", "one line, redrawn at most every 100 ms, notes above it, ended once",
			ProgressOptions{Terminal: true, Width: 100, Budget: Budget{Simulations: 200, Calls: 50}}, func(s *script) {
				s.Note("loading model qwen3:8b …\n")
				s.Draw()
				s.pass(3 * time.Second) // a model that loads is no search yet
				s.Apply(started("s"))
				s.Apply(rootGrows())
				s.pass(50 * time.Millisecond) // too early
				s.pass(50 * time.Millisecond)
				for i := range int32(20) {
					s.Apply(visit(i+1, 0.25, call))
					s.pass(40 * time.Millisecond)
				}
				s.Note("\x1b[31mmodel\nslow")
				s.Note("second")
				s.pass(10 * time.Millisecond)
				s.pass(time.Minute) // nothing new but the time
				s.Close()
				s.Close()
				s.Note("late")
				s.pass(time.Minute)
			}},
		{"plain", "whole lines every 5 s, without control characters",
			ProgressOptions{Budget: Budget{Tokens: 5000, Time: time.Minute}}, func(s *script) {
				s.Apply(started("s"))
				s.Apply(rootGrows())
				for i := range int32(12) {
					s.Apply(visit(i+1, 0.75, call))
					s.pass(time.Second)
				}
				s.Note("a note comes at once")
				s.Draw()
				s.Close()
			}},
		{"short", "a search shorter than the interval leaves nothing but notes",
			ProgressOptions{}, func(s *script) {
				s.Apply(started("s"))
				s.Apply(visit(1, 1, env.Usage{}))
				s.pass(4 * time.Second)
				s.Note("bye")
				s.Close()
			}},
		{"short-terminal", "nor on a terminal",
			ProgressOptions{Terminal: true}, func(s *script) {
				s.Apply(started("s"))
				s.pass(90 * time.Millisecond)
				s.Close()
			}},
		{"narrow", "parts go before the line wraps",
			ProgressOptions{Terminal: true, Width: 42, Budget: Budget{Simulations: 10}}, func(s *script) {
				s.Apply(started("s"))
				s.Apply(rootGrows())
				s.Apply(visit(1, 0.5, call))
				s.pass(time.Second)
				s.Close()
			}},
		{"tiny", "the rest is cut",
			ProgressOptions{Terminal: true, Width: 12}, func(s *script) {
				s.Apply(started("s"))
				s.pass(time.Hour)
				s.Close()
			}},
		{"resumed", "what an earlier run did counts, but not for the rates",
			ProgressOptions{Terminal: true, Width: 100, Budget: Budget{Simulations: 30}}, func(s *script) {
				s.Apply(started("s"))
				s.Apply(rootGrows())
				for i := range int32(10) {
					s.Apply(visit(i+1, 0.5, call))
				}
				s.clock += time.Hour
				s.Resume()
				s.Apply(visit(11, 0.5, call))
				s.Apply(visit(12, 0.5, call))
				s.pass(2 * time.Second)
				s.Close()
			}},
		{"rows", "searches at once stand below each other until they are done",
			ProgressOptions{Terminal: true, Width: 60, Budget: Budget{Time: time.Minute}}, func(s *script) { runRows(s) }},
		{"rows-plain", "elsewhere each has its line now and then",
			ProgressOptions{}, func(s *script) { runRows(s) }},
		{"rows-many", "no more than a terminal can show",
			ProgressOptions{Terminal: true, Width: 50}, func(s *script) {
				for i := range mostRows + 3 {
					s.Row(fmt.Sprint("search ", i)).Apply(started("s"))
				}
				s.pass(time.Second)
				s.Close()
			}},
		{"flood", "notes that nobody draws do not grow without bound",
			ProgressOptions{}, func(s *script) {
				for range maxNotes + 7 {
					s.Note("x")
				}
				s.Close()
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Log(tt.reason)
			s := newScript(tt.opt)
			tt.run(s)
			golden(t, "progress-"+tt.name, s.got.String())
		})
	}
}

// runRows has three searches one after the other and at once.
func runRows(s *script) {
	call := env.Usage{Calls: 1, PromptTokens: 150, CompletionTokens: 50}
	first, second := s.Row("\x1b[31mfirst lemma"), s.Row(strings.Repeat("a very long name ", 3))
	s.Total("0 of 3 are over")
	s.pass(time.Second) // nothing has begun
	first.Apply(started("s"))
	first.Apply(rootGrows())
	s.pass(10 * time.Second)
	second.Apply(started("s"))
	second.Resume()
	first.Apply(visit(1, 0.25, call))
	s.pass(10 * time.Second)
	first.Say("is checked\x07")
	s.pass(10 * time.Second)
	first.Done()
	first.Done()
	s.Note("the first is over")
	s.Total("1 of 3 are over")
	s.pass(10 * time.Second)
	second.Done()
	s.pass(10 * time.Second)
	third := s.Row("third")
	third.Apply(started("s"))
	s.pass(10 * time.Second)
	s.Note("bye")
	third.Done()
	s.Close()
}

func TestLeft(t *testing.T) {
	used := count{sims: 100, usage: env.Usage{Calls: 10, PromptTokens: 500, CompletionTokens: 500}}
	for _, tt := range []struct {
		name, reason string
		budget       Budget
		want         time.Duration
		ok           bool
	}{
		{"no limit", "it could go on for ever", Budget{}, 0, false},
		{"simulations", "300 more at ten a second", Budget{Simulations: 400}, 30 * time.Second, true},
		{"calls", "10 more at one a second", Budget{Calls: 20}, 10 * time.Second, true},
		{"tokens", "both kinds count", Budget{Tokens: 1500}, 5 * time.Second, true},
		{"time", "it passes at its own rate", Budget{Time: time.Minute}, 50 * time.Second, true},
		{"first of all", "the first limit ends the search", Budget{Simulations: 400, Calls: 20, Tokens: 1500, Time: time.Minute}, 5 * time.Second, true},
		{"used up", "time does not run backwards", Budget{Calls: 5}, 0, true},
		{"far away", "ages tell nothing", Budget{Simulations: 1 << 60}, 0, false},
	} {
		got, ok := (&seen{count: used}).left(10*time.Second, tt.budget)
		if got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v, %v, want %v, %v: %s", tt.name, got, ok, tt.want, tt.ok, tt.reason)
		}
	}
	if got, ok := new(seen).left(time.Second, Budget{Calls: 5}); ok {
		t.Errorf("%v left at no rate at all", got)
	}
}

func TestShortAndClock(t *testing.T) {
	for n, want := range map[int]string{0: "0", 9999: "9999", 10_000: "10.0k", 12_345: "12.3k", 999_999: "999.9k", 1_000_000: "1.0M", 2_550_000_000: "2550.0M"} {
		if got := short(n); got != want {
			t.Errorf("short(%d) = %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0.0s", 1234 * time.Millisecond: "1.2s", 9999 * time.Millisecond: "9.9s", 10 * time.Second: "10s",
		59999 * time.Millisecond: "59s", time.Minute: "1m00s", 3599 * time.Second: "59m59s", 26 * time.Hour: "26h00m",
	} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestBestOfEquals(t *testing.T) {
	s := seen{
		out:   map[int32][]int32{0: {1, 2, 3}},
		steps: map[int32]step{1: {child: 1, n: 5}, 2: {child: 2, n: 5}, 3: {child: 3, n: 4}},
		q:     map[int32]float64{1: 0.25, 2: 0.5, 3: 1},
	}
	if q, ok := s.best(); !ok || q != 0.5 {
		t.Fatalf("best %v, want 0.5: the higher of the two most visited", q)
	}
}

// TestProgressAgrees checks the fold of Progress against the tree.
func TestProgressAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := logs().Draw(t, "log")
		tree, p := fold(t, log), NewProgress(io.Discard, time.Now, ProgressOptions{})
		for _, e := range log {
			p.Apply(e)
		}
		if want := (count{tree.Simulations, len(tree.Nodes), tree.Usage}); !reflect.DeepEqual(p.seen.count, want) {
			t.Fatalf("counts %+v, want %+v", p.seen.count, want)
		}
		var n int32
		for _, i := range tree.Nodes[tree.Root].Out {
			n = max(n, tree.Edges[i].N)
		}
		best := 0.0
		for _, i := range tree.Nodes[tree.Root].Out {
			if e := tree.Edges[i]; n > 0 && e.N == n {
				best = max(best, tree.Nodes[e.To].Q)
			}
		}
		if q, ok := p.seen.best(); q != best || ok != (n > 0) {
			t.Fatalf("best value %v (%v), want %v after %d visits", q, ok, best, n)
		}
	})
}

func TestProgressStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b lockedBuffer
		p := NewProgress(&b, time.Now, ProgressOptions{Terminal: true})
		p.Start()
		p.Start()
		synctest.Wait() // the first drawing is done
		p.Note("at once")
		synctest.Wait()
		if b.String() != "at once\n" {
			t.Errorf("%q, a note should not wait for the next tick", b.String())
		}
		p.Apply(started("s"))
		time.Sleep(2050 * time.Millisecond)
		p.Close() // the bubble fails if the goroutine stays
		drawn := strings.Count(b.String(), "sims")
		if drawn < 17 || drawn > 21 {
			t.Errorf("drawn %d times in 2 s, want about ten a second and at the end", drawn)
		}
		if !strings.HasSuffix(b.String(), "  2.0s\n") {
			t.Errorf("%q does not end its line", b.String())
		}
	})
}

// TestProgressNeverBlocks has a writer that stalls, like a terminal that was
// stopped by hand.
func TestProgressNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		p := NewProgress(w, time.Now, ProgressOptions{Terminal: true})
		p.Start()
		p.Apply(started("s"))
		time.Sleep(time.Second)
		synctest.Wait() // the goroutine hangs in its write
		for range 1000 {
			p.Apply(visit(1, 0.5, env.Usage{}))
			p.Note("x")
		}
		p.Resume()
		got := make(chan string)
		go func() {
			all, _ := io.ReadAll(r)
			got <- string(all)
		}()
		p.Close()
		w.Close()
		if text := <-got; !strings.Contains(text, "(900 more messages)") || !strings.Contains(text, "1000 sims") {
			t.Errorf("%q should tell what was left out, and the final numbers", text)
		}
	})
}

func TestProgressConcurrent(t *testing.T) {
	var b lockedBuffer
	p := NewProgress(&b, time.Now, ProgressOptions{Terminal: true, Every: time.Nanosecond})
	p.Apply(started("s"))
	p.Apply(rootGrows())
	p.Start()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range int32(100) {
				p.Apply(visit(i, 0.5, env.Usage{Calls: 1}))
				p.Note("note")
				p.Draw()
			}
			p.Close()
		})
	}
	wg.Wait()
	if p.seen.sims != 800 {
		t.Errorf("%d simulations, want 800", p.seen.sims)
	}
	if text := b.String(); !strings.HasSuffix(text, "\n") {
		t.Errorf("%q does not end its line", text[max(0, len(text)-99):])
	}
}

func TestProgressIgnoresWriter(t *testing.T) {
	p := NewProgress(failingWriter{}, time.Now, ProgressOptions{Every: time.Nanosecond})
	p.Apply(visit(1, 0.5, env.Usage{})) // not started: nothing to show
	if p.seen.sims != 0 {
		t.Error("a visit was counted before the start")
	}
	p.Apply(started("s"))
	p.Note("x")
	p.Draw()
	p.Close()
	if len(p.notes) != 0 {
		t.Error("a note is kept for a writer that fails")
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no") }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
