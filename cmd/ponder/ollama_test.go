//go:build ollama

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/view"
)

// onServer adds the flags that name the real server and its model.
func onServer(t *testing.T, args ...string) []string {
	t.Helper()
	host := os.Getenv("PONDER_TEST_OLLAMA")
	if host == "" {
		t.Fatal(`PONDER_TEST_OLLAMA is not set: run "make test" or scripts/with-ollama.sh go test -tags ollama ./cmd/...`)
	}
	model := cmp.Or(os.Getenv("PONDER_TEST_OLLAMA_MODEL"), "ponder-tiny")
	return append([]string{args[0], "--hosts", host, "--model", model}, args[1:]...)
}

func result(t *testing.T, stdout string) view.Result {
	t.Helper()
	var r view.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, stdout)
	}
	return r
}

// The whole way through a real server gives what the same weights give
// in-process: the same tree, the same answer, the same number of calls.
func TestOllamaAgreesWithEmbedded(t *testing.T) {
	for _, problem := range []string{"4 9 10 13", "3 3 8 8", "1 1 1 1", "2 3 5 12", "1 4 5 6"} {
		args := []string{"solve", "--json", "--quiet", "game24", problem}
		_, stdout, stderr := invoke(t.Context(), t, onServer(t, args...)...)
		served := result(t, stdout)
		if served.Stats.Calls == 0 && problem != "1 1 1 1" {
			t.Errorf("%s: the server was never asked; stderr %s", problem, stderr)
		}
		_, stdout, _ = invoke(t.Context(), t, args...)
		local := result(t, stdout)
		for _, r := range []*view.Result{&served, &local} {
			r.Run, r.Stats.ElapsedMS = "", 0
			for i := range r.Path {
				r.Path[i].Prior, r.Path[i].Value = 0, 0 // these differ by rounding
			}
		}
		if diff := gocmp.Diff(local, served); diff != "" {
			t.Errorf("%s (-embedded +server):\n%s", problem, diff)
		}
	}
}

func TestOllamaPolicies(t *testing.T) {
	for _, args := range [][]string{
		{"--policy", "branch", "--parallel", "4", "game24", "1 5 5 5"},
		{"--policy", "sample", "--parallel", "4", "game24", "4 9 10 13"},
		{"--policy", "label", "game24", "4 6"}, // a longer list does not fit into the tiny model
	} {
		code, stdout, stderr := invoke(t.Context(), t, onServer(t, append([]string{"solve", "--quiet", "--critic", "yesno"}, args...)...)...)
		if code != exitSolved || !strings.Contains(stdout, "\nverified\n") || !strings.Contains(stdout, "model call") {
			t.Errorf("%v: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
}

func TestOllamaInterrupt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	start := time.Now()
	code, stdout, _ := invoke(ctx, t, onServer(t, "solve", "--quiet", "countdown", "2 3 5 7 11 13 17 = 999983")...)
	if code == exitSolved || !strings.Contains(stdout, "ended: interrupted") || time.Since(start) > 2*time.Second {
		t.Errorf("exit code %d after %v: %s", code, time.Since(start), stdout)
	}
}

func TestOllamaMissingModel(t *testing.T) {
	args := onServer(t, "solve", "--quiet", "game24", "4 9 10 13")
	args[4] = "no-such-model:7b"
	code, _, stderr := invoke(t.Context(), t, args...)
	if code != exitUnavailable || !strings.Contains(stderr, "ollama pull no-such-model:7b") {
		t.Errorf("exit code %d, stderr %s; want 3 and the line to type", code, stderr)
	}
}

func TestOllamaModelsAndDoctor(t *testing.T) {
	host := os.Getenv("PONDER_TEST_OLLAMA")
	code, stdout, stderr := invoke(t.Context(), t, "models", "--hosts", host)
	if code != 0 || !strings.Contains(stdout, "ponder-tiny") || stderr != "" {
		t.Errorf("models: exit code %d, %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = invoke(t.Context(), t, "doctor", "--hosts", host)
	for _, want := range []string{"ok  embedded model", "ok  Ollama", "ok  logprobs", "ok  models", "parallel slots"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("doctor does not say %q: exit code %d, %s%s", want, code, stdout, stderr)
		}
	}
}
