package llm_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

// client makes an impatient client of a test server.
func client(t *testing.T, s *llmtest.Server, model string, change ...func(*llm.OllamaOptions)) *llm.Ollama {
	t.Helper()
	opts := llm.OllamaOptions{
		Host:        s.URL,
		Model:       model,
		CallTimeout: 20 * time.Second,
		LoadTimeout: 20 * time.Second,
		RetryDelay:  time.Millisecond,
		Warn:        func(w string) { t.Errorf("unexpected warning %q", w) },
	}
	for _, f := range change {
		f(&opts)
	}
	o, err := llm.NewOllama(opts)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func tok(text string, p float64, top ...llm.Alternative) llm.Token {
	return llm.Token{Alternative: alt(text, p), Top: top}
}

func alt(text string, p float64) llm.Alternative { return llm.Alternative{Text: text, Logprob: p} }

func TestGenerateSendsTheWholeRequest(t *testing.T) {
	s := llmtest.Serve(t, nil)
	keep := func(o *llm.OllamaOptions) { o.KeepAlive, o.NumCtx = 30*time.Minute, 2048 }
	no := false
	// Numbers come out of JSON as float64.
	base := map[string]any{
		"num_ctx": 2048.0, "num_predict": 128.0, "temperature": 0.0, "top_k": 0.0, "seed": 0.0,
		"top_p": 1.0, "min_p": 0.0, "repeat_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0,
	}
	with := func(changes map[string]any) map[string]any {
		m := map[string]any{}
		for k, v := range base {
			m[k] = v
		}
		for k, v := range changes {
			m[k] = v
		}
		return m
	}
	tests := []struct {
		name, reason, model string
		req                 llm.Request
		want                llmtest.Call
	}{
		{"zero options", "defaults of servers differ, so every option is sent", "fake",
			llm.Request{Prompt: "p"},
			llmtest.Call{Prompt: "p", Options: base}},
		{"all options", "each reaches its field", "fake",
			llm.Request{System: "s", Prompt: "p", MaxTokens: 7, Temperature: 0.5, TopK: 3, Seed: 11, Stop: []string{"\n", "END"}, Logprobs: true, TopLogprobs: 5},
			llmtest.Call{System: "s", Prompt: "p", Logprobs: true, TopLogprobs: 5, Options: with(map[string]any{
				"num_predict": 7.0, "temperature": 0.5, "top_k": 3.0, "seed": 11.0, "stop": []any{"\n", "END"}})}},
		{"raw", "a raw request with a system text would be refused", "fake",
			llm.Request{System: "s", Prompt: " p\n", Raw: true},
			llmtest.Call{Prompt: " p\n", Raw: true, Options: base}},
		{"negative seed", "-1 would mean a random one", "fake",
			llm.Request{Prompt: "p", Seed: -1},
			llmtest.Call{Prompt: "p", Options: with(map[string]any{"seed": float64(math.MaxInt32)})}},
		{"large seed", "the server reads numbers as float64", "fake",
			llm.Request{Prompt: "p", Seed: 1<<62 + 5},
			llmtest.Call{Prompt: "p", Options: with(map[string]any{"seed": 5.0})}},
		{"no alternatives", "they are refused without log-probabilities by some", "fake",
			llm.Request{Prompt: "p", TopLogprobs: 5},
			llmtest.Call{Prompt: "p", Options: base}},
		{"do not think", "a thinking model thinks unless told not to", "fake:think",
			llm.Request{Prompt: "p"},
			llmtest.Call{Prompt: "p", Think: new(bool), Options: base}},
		{"think", "", "fake:think",
			llm.Request{Prompt: "p", Think: true},
			llmtest.Call{Prompt: "p", Think: &[]bool{true}[0], Options: base}},
		{"can't think", "others refuse the field, whatever its value", "fake",
			llm.Request{Prompt: "p", Think: true},
			llmtest.Call{Prompt: "p", Options: base}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := client(t, s, tt.model, keep, func(o *llm.OllamaOptions) { o.Warn = nil })
			if _, err := o.Generate(t.Context(), tt.req); err != nil {
				t.Fatalf("%v: %s", err, tt.reason)
			}
			tt.want.Model, tt.want.Truncate, tt.want.Shift = tt.model, &no, &no
			tt.want.KeepAlive = json.RawMessage(`"30m0s"`)
			calls := s.Calls()
			if diff := cmp.Diff(tt.want, calls[len(calls)-1]); diff != "" {
				t.Errorf("request (-want +got): %s\n%s", tt.reason, diff)
			}
		})
	}
}

func TestGenerateReads(t *testing.T) {
	// é in two tokens, and a newline that completed the stop text.
	tokens := []llm.Token{
		tok(" yes", -0.25, alt(" yes", -0.25), alt(" no", -1.5)),
		tok(" \xc3", -2, alt(" \xc3", -2)),
		tok("\xa9", -0.001, alt("\xa9", -0.001), alt("\xa8", -7)),
		tok("!\n", -3, alt(".", -1), alt("!\n", -3)),
	}
	answer := llm.Completion{Text: " yes é!", Tokens: tokens, Usage: llm.Usage{PromptTokens: 3, CompletionTokens: 4}}
	good := answer
	good.Stop = llm.Stop
	change := func(f func(*llm.Completion)) llm.Completion {
		c := good
		f(&c)
		return c
	}
	tests := []struct {
		model, reason string
		want          llm.Completion
	}{
		{"fake", "blanks, bytes and alternatives are kept as they are", good},
		{"fake:length", "a cut answer is never a finished one",
			change(func(c *llm.Completion) { c.Stop = llm.Length })},
		{"fake:think", "thinking and its tokens are not part of the answer",
			change(func(c *llm.Completion) { c.Thinking = "hmm, 42?" })},
		{"fake:thinktext", "nor when they are left in the text",
			change(func(c *llm.Completion) { c.Text, c.Thinking = "yes é!", "hmm, 42?" })},
		{"fake:thinkopen", "thinking without an end has no answer behind it",
			change(func(c *llm.Completion) {
				c.Text, c.Thinking, c.Tokens = "", "hmm, 42? yes é!", []llm.Token{}
			})},
		{"fake:empty", "a model may have nothing to say",
			llm.Completion{Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 1}}},
		{"fake:loop", "the server ends a loop without a word; it would again",
			llm.Completion{Text: strings.Repeat(" no", 31), Stop: llm.Length, Usage: llm.Usage{CompletionTokens: 31}}},
	}
	for _, tt := range tests {
		t.Run(tt.model, func(t *testing.T) {
			s := llmtest.Serve(t, func(llmtest.Call) llm.Completion { return answer })
			o := client(t, s, tt.model, func(o *llm.OllamaOptions) { o.Warn = nil })
			got, err := o.Generate(t.Context(), llm.Request{Prompt: "p", Logprobs: true, TopLogprobs: 2})
			if err != nil {
				t.Fatalf("%v: %s", err, tt.reason)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("completion (-want +got): %s\n%s", tt.reason, diff)
			}
			calls := 1
			if tt.model == "fake:empty" || tt.model == "fake:loop" {
				calls = 3 // these look like faults, the second for it has no log-probabilities
			}
			if n := len(s.Calls()); n != calls {
				t.Errorf("%d calls, want %d", n, calls)
			}
		})
	}
}

// Nothing of these may reach a server, which would take some of them.
func TestGenerateRefusesBadRequests(t *testing.T) {
	s := llmtest.Serve(t, nil)
	bad := map[string]llm.Request{
		"empty prompt":         {},
		"negative MaxTokens":   {Prompt: "p", MaxTokens: -1},
		"negative TopK":        {Prompt: "p", TopK: -1},
		"TopLogprobs":          {Prompt: "p", Logprobs: true, TopLogprobs: 21},
		"negative temperature": {Prompt: "p", Temperature: -0.1},
		"temperature NaN":      {Prompt: "p", Temperature: math.NaN()},
		"temperature infinite": {Prompt: "p", Temperature: math.Inf(1)},
	}
	for name, req := range bad {
		if _, err := client(t, s, "fake").Generate(t.Context(), req); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := client(t, s, "").Generate(t.Context(), llm.Request{Prompt: "p"}); err == nil {
		t.Error("no model: no error")
	}
	if n := len(s.Calls()) + len(s.Loads()); n != 0 {
		t.Errorf("%d requests reached the server", n)
	}
}

func TestGenerateLoadsOnce(t *testing.T) {
	s := llmtest.Serve(t, nil)
	var mu sync.Mutex
	var loading []bool
	o := client(t, s, "fake", func(o *llm.OllamaOptions) {
		o.NumCtx = 512
		o.Loading = func(on bool) {
			mu.Lock()
			defer mu.Unlock()
			loading = append(loading, on)
			if n := len(s.Calls()); n != 0 {
				t.Errorf("%d calls before the model was loaded", n)
			}
		}
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := o.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if !slices.Equal(loading, []bool{true, false}) {
		t.Errorf("Loading was told %v, want true, then false", loading)
	}
	loads := s.Loads()
	if len(loads) != 1 || len(s.Calls()) != 8 {
		t.Fatalf("%d loads and %d calls, want 1 and 8", len(loads), len(s.Calls()))
	}
	// With another context the first real call would load the model again.
	if got := loads[0].Options["num_ctx"]; got != 512.0 {
		t.Errorf("loaded with num_ctx %v, want 512", got)
	}
}

func TestOldServerGivesNoLogprobs(t *testing.T) {
	s := llmtest.Serve(t, func(llmtest.Call) llm.Completion { return llmtest.Say("a b") })
	s.SetVersion("0.12.0")
	var mu sync.Mutex
	var warnings []string
	o := client(t, s, "fake", func(o *llm.OllamaOptions) {
		o.Warn = func(w string) {
			mu.Lock()
			defer mu.Unlock()
			warnings = append(warnings, w)
		}
	})
	generate := func(req llm.Request) {
		c, err := o.Generate(t.Context(), req)
		if err != nil || c.Text != "a b" || len(c.Tokens) != 0 {
			t.Errorf("completion %+v, error %v; want the text without tokens", c, err)
		}
	}
	generate(llm.Request{Prompt: "p"})
	if len(warnings) != 0 {
		t.Errorf("warned of log-probabilities that nobody asked for: %q", warnings)
	}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { generate(llm.Request{Prompt: "p", Logprobs: true}) })
	}
	all.Wait()
	if len(warnings) != 1 || !strings.Contains(warnings[0], "0.12.0") || !strings.Contains(warnings[0], "0.12.11") {
		t.Errorf("warnings %q, want one that names the version there and the one needed", warnings)
	}
	if o.Logprobs(t.Context()) {
		t.Error("Logprobs() is true for 0.12.0")
	}
}
