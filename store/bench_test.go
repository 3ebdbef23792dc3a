package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/event"
)

func BenchmarkKeepAppend(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "ponder.db"), Options{})
	l := create(b, s, "R")
	defer l.Close()
	seq := 0
	for b.Loop() {
		seq++
		c := callOf(fmt.Sprint(seq))
		must(b, l.Keep(b.Context(), c))
		must(b, l.Append(b.Context(), []event.Event{visit(seq, c)}, map[int32]string{int32(seq): fmt.Sprint(seq)}))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// The cache is full: each call that comes drives others out.
func BenchmarkKeepFull(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "ponder.db"), Options{CacheBytes: 2 << 20})
	l := create(b, s, "R")
	defer l.Close()
	r := l.Run()
	r.Ended = r.Worked
	must(b, l.Update(b.Context(), r))
	text := strings.Repeat("x", 2000)
	n := 0
	for b.Loop() {
		n++
		must(b, l.Keep(b.Context(), callOf(fmt.Sprint(n, text))))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func BenchmarkFind(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "ponder.db"), Options{})
	l := create(b, s, "R")
	defer l.Close()
	const calls = 1000
	for i := range calls {
		must(b, l.Keep(b.Context(), callOf(fmt.Sprint(i))))
	}
	n := 0
	for b.Loop() {
		n++
		if _, found, err := l.Find(b.Context(), callOf(fmt.Sprint(n%calls)).Key); !found || err != nil {
			b.Fatal(found, err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func BenchmarkEvents(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "ponder.db"), Options{})
	l := create(b, s, "R")
	defer l.Close()
	const events = 2000
	var all []event.Event
	for seq := range events {
		all = append(all, visit(seq+1))
	}
	must(b, l.Append(b.Context(), all, nil))
	for b.Loop() {
		if n := len(eventsOf(b, s, "R")); n != events {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.N*events)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkSave(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "ponder.db"), Options{})
	l := create(b, s, "R")
	defer l.Close()
	data := make([]byte, 4<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		must(b, l.Save(b.Context(), data))
	}
}
