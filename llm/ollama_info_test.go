package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

func TestVersionAndModels(t *testing.T) {
	s := llmtest.Serve(t, nil)
	o := client(t, s, "") // the server can be asked without a model
	if v, err := o.Version(t.Context()); v != "0.17.4" || err != nil {
		t.Errorf("Version() = %q, %v", v, err)
	}
	if !o.Logprobs(t.Context()) {
		t.Error("Logprobs() is false for 0.17.4")
	}
	models, err := o.Models(t.Context())
	if err != nil || len(models) != 1+len(llmtest.Modes()) {
		t.Fatalf("%d models, error %v", len(models), err)
	}
	want := llm.ModelInfo{Name: "fake:latest", Digest: fmt.Sprintf("%064x", "latest"), Size: 4096, ParameterSize: "1.8M"}
	if diff := cmp.Diff(want, models[0]); diff != "" {
		t.Errorf("first model (-want +got):\n%s", diff)
	}
}

func TestShow(t *testing.T) {
	s := llmtest.Serve(t, nil)
	tests := []struct {
		model, reason string
		want          llm.ModelDetails
	}{
		{"fake", "a name without a tag means latest", llm.ModelDetails{
			ModelInfo:     llm.ModelInfo{Name: "fake:latest", Digest: fmt.Sprintf("%064x", "latest"), Size: 4096, ParameterSize: "1.8M"},
			ContextLength: 4096, Capabilities: []string{"completion"}, BareTemplate: true}},
		{"fake:think", "a chat model that thinks", llm.ModelDetails{
			ModelInfo:     llm.ModelInfo{Name: "fake:think", Digest: fmt.Sprintf("%064x", "think"), Size: 4096, ParameterSize: "1.8M"},
			ContextLength: 4096, Capabilities: []string{"completion", "thinking"}, Thinking: true}},
	}
	for _, tt := range tests {
		got, err := client(t, s, tt.model).Show(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Show of %s (-want +got): %s\n%s", tt.model, tt.reason, diff)
		}
	}
	if _, err := client(t, s, "other").Show(t.Context()); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("Show of a missing model: error %v, want ErrUnavailable", err)
	}
}

func TestShowTellsBareTemplates(t *testing.T) {
	tests := []struct {
		shown  map[string]any
		want   bool
		reason string
	}{
		{map[string]any{"template": "{{ .Prompt }}"}, true, "the default"},
		{map[string]any{"template": "{{- .Prompt -}}\n"}, true, "blanks don't count"},
		{map[string]any{"template": "", "modelfile": "FROM x\n"}, true, "none at all"},
		{map[string]any{"template": "[INST] {{ .Prompt }} [/INST]"}, false, "chat marks"},
		{map[string]any{"template": "{{ .System }}{{ .Prompt }}"}, false, "it takes a system text"},
		{map[string]any{"template": "{{ .Prompt }}", "renderer": "qwen3-coder"}, false, "a renderer in the server"},
		{map[string]any{"template": "{{ .Prompt }}", "modelfile": "FROM x\nRENDERER glm\n"}, false, "told by older servers"},
	}
	for _, tt := range tests {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/show" {
				_ = json.NewEncoder(w).Encode(tt.shown)
			} else {
				fmt.Fprint(w, `{"models": []}`)
			}
		}))
		o, err := llm.NewOllama(llm.OllamaOptions{Host: s.URL, Model: "m"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.Show(t.Context())
		if err != nil || got.BareTemplate != tt.want || got.Name != "m" {
			t.Errorf("Show of %v = %+v, %v; want BareTemplate %v: %s", tt.shown, got, err, tt.want, tt.reason)
		}
		s.Close()
	}
}

func TestParallel(t *testing.T) {
	const work = 100 * time.Millisecond // far above what a busy machine adds
	var one sync.Mutex
	queueing := func(llmtest.Call) llm.Completion {
		one.Lock()
		defer one.Unlock()
		time.Sleep(work)
		return llmtest.Say("9")
	}
	parallel := func(llmtest.Call) llm.Completion {
		time.Sleep(work)
		return llmtest.Say("9")
	}
	tests := []struct {
		name        string
		answer      func(llmtest.Call) llm.Completion
		least, most float64
	}{
		{"queueing", queueing, 1.5, 3},
		{"parallel", parallel, 0.5, 1.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := client(t, llmtest.Serve(t, tt.answer), "fake").Parallel(t.Context())
			if err != nil || got < tt.least || got > tt.most {
				t.Errorf("Parallel() = %.2f, %v; want %v to %v", got, err, tt.least, tt.most)
			}
		})
	}
	if _, err := client(t, llmtest.Serve(t, nil), "fake:400").Parallel(t.Context()); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("Parallel of a failing model: error %v, want ErrUnavailable", err)
	}
}
