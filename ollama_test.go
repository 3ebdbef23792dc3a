//go:build ollama

package ponder_test

import (
	"os"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// realServer is the Ollama that make test starts.
func realServer(t testing.TB) (url, model string) {
	t.Helper()
	url, model = os.Getenv("PONDER_TEST_OLLAMA"), os.Getenv("PONDER_TEST_OLLAMA_MODEL")
	if url == "" {
		t.Fatal(`PONDER_TEST_OLLAMA is not set: run "make test" or scripts/with-ollama.sh go test -tags ollama .`)
	}
	return url, model
}

// asked is a model of that server, asked with little patience.
func askedOf(t testing.TB, url string) ponder.Asked {
	t.Helper()
	_, model := realServer(t)
	pool, err := llm.NewPool(llm.PoolOptions{
		Hosts: []string{url},
		OllamaOptions: llm.OllamaOptions{
			Model: model, CallTimeout: 250 * time.Millisecond, RetryDelay: 2 * time.Millisecond, Retries: 5,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := pool.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ponder.Asked{Name: model, Model: pool, Style: prompt.Line{}, ID: id}
}
