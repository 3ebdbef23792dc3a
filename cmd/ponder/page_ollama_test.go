//go:build ollama

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ponder-mcts/ponder/store"
)

// What a page that looks on costs a search with a real server: the median over
// pairs of searches of the ratio of their speeds, with a browser that shows the
// growing tree and without.
func BenchmarkPage(b *testing.B) {
	host := os.Getenv("PONDER_TEST_OLLAMA")
	if host == "" {
		b.Fatal("PONDER_TEST_OLLAMA is not set: run scripts/with-ollama.sh go test -tags ollama -run '^$' -bench Page ./cmd/ponder")
	}
	f := &searchFlags{}
	f.preset()
	f.hosts, f.criticKind, f.noCache = []string{host}, "yesno", true
	f.keepAlive, f.callTimeout, f.cacheSize = time.Hour, time.Minute, 1024
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	s, err := store.Open(ctx, filepath.Join(b.TempDir(), "ponder.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	d := newDesk(ctx, s, f, l.Addr().String(), "", func(note string) { b.Log(note) })
	served := make(chan error, 1)
	go func() { served <- d.server.Serve(ctx, l) }()
	defer func() {
		cancel()
		d.busy.Wait()
		<-served
	}()
	page := newTab(b, 1200, 800)
	page.open(pageURL(l, ""), ".runs")

	search := func(text string, seen bool) (calls int, took time.Duration) {
		settings, err := json.Marshal(map[string]any{"env": "countdown", "problem": text, "model": "ponder-tiny", "strategy": "puct", "max_calls": 500, "seed": 1})
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		id, err := d.Start(ctx, settings)
		if err != nil {
			b.Fatal(err)
		}
		if seen {
			eval[chromedp.Void](page, fmt.Sprintf("location.hash = '#/run/%s'", id))
		}
		d.busy.Wait()
		took = time.Since(start)
		if seen {
			page.until("ponder.views[0].row?.live === false")
			if n := eval[int](page, "ponder.views[0].history.tree.nodes.size"); n < 10 {
				b.Fatalf("the page shows %d nodes", n)
			}
			eval[chromedp.Void](page, "location.hash = '#/'")
		}
		run, err := s.Run(ctx, id)
		if err != nil {
			b.Fatal(err)
		}
		return run.Calls, took
	}
	hands := []string{far, "1 2 3 5 7 11 = 9999", "4 6 8 9 10 25 = 99991"} // no solution: the budget is spent
	search(hands[0], true)
	var ratios []float64
	for i := 0; b.Loop(); i++ {
		text := hands[i%len(hands)]
		var speed [2]float64
		for _, seen := range []int{i % 2, 1 - i%2} { // neither is always the first
			calls, took := search(text, seen == 1)
			speed[seen] = float64(calls) / took.Seconds()
		}
		ratios = append(ratios, speed[1]/speed[0])
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "speed-ratio")
	b.ReportMetric(ratios[0], "lowest")
}
