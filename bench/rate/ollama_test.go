//go:build ollama

package main

import (
	"cmp"
	"os"
	"testing"

	"github.com/ponder-mcts/ponder"
)

// A real server is asked about as much by a search as by a loop. The bound is
// low, since this is short and the machine may be busy.
func TestMeasureOllama(t *testing.T) {
	host := os.Getenv("PONDER_TEST_OLLAMA")
	if host == "" {
		t.Fatal(`PONDER_TEST_OLLAMA is not set: run "make test" or scripts/with-ollama.sh go test -tags ollama ./bench/...`)
	}
	r := rate{config: ponder.Config{Parallel: 1}, calls: 12, rounds: 6}
	if err := r.open(t.Context(), host, cmp.Or(os.Getenv("PONDER_TEST_OLLAMA_MODEL"), "ponder-tiny")); err != nil {
		t.Fatal(err)
	}
	f, err := r.measure(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if f.ratio < 0.7 || f.searchBusy < 0.9 {
		t.Errorf("search to loop %.2f ± %.2f, want 0.7; server busy %.2f, want 0.9", f.ratio, f.stderr, f.searchBusy)
	}
}
