package llmtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

func TestScripted(t *testing.T) {
	m := llmtest.Script(func(r llm.Request) (llm.Completion, error) { return llmtest.Say(" it is " + r.Prompt), nil })
	got, err := m.Generate(t.Context(), llm.Request{Prompt: "42"})
	if err != nil {
		t.Fatal(err)
	}
	want := llm.Completion{Text: " it is 42", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 1, CompletionTokens: 3}}
	for _, w := range []string{" it", " is", " 42"} {
		want.Tokens = append(want.Tokens, llm.Token{Alternative: llm.Alternative{Text: w}})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("completion (-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Generate(ctx, llm.Request{Prompt: "43"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if diff := cmp.Diff([]llm.Request{{Prompt: "42"}}, m.Requests()); diff != "" {
		t.Errorf("requests (-want +got): a cancelled call asks nothing\n%s", diff)
	}
}

// The server is as strict as a real one, or a client could send anything.
func TestServerRefuses(t *testing.T) {
	s := llmtest.Serve(t, nil)
	tests := []struct {
		name, body, want string
		status           int
	}{
		{"good", `{"model": "fake", "prompt": "p"}`, `"response":"ok"`, 200},
		{"unknown model", `{"model": "qwen3:8b", "prompt": "p"}`, "model 'qwen3:8b' not found", 404},
		{"unknown mode", `{"model": "fake:nonsense", "prompt": "p"}`, "not found", 404},
		{"raw with system", `{"model": "fake", "prompt": "p", "raw": true, "system": "s"}`, "raw mode does not support", 400},
		{"21 alternatives", `{"model": "fake", "prompt": "p", "logprobs": true, "top_logprobs": 21}`, "between 0 and 20", 400},
		{"thinking", `{"model": "fake", "prompt": "p", "think": true}`, "does not support thinking", 400},
		{"unknown field", `{"model": "fake", "prompt": "p", "n": 3}`, "unknown field", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := http.Post(s.URL+"/api/generate", "application/json", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("%d %s (%v), want %d with %q", resp.StatusCode, body, err, tt.status, tt.want)
			}
		})
	}
	if modes := llmtest.Modes(); !slices.IsSorted(modes) || !slices.Contains(modes, "hang") {
		t.Errorf("Modes() = %v", modes)
	}
}
