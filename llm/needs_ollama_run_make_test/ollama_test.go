//go:build ollama

package needsollama

import (
	"cmp"
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/llm"
)

// The prompts are puzzles, which the test model knows: it answers with one
// step, such as "13-9=4\n".
const puzzle = "4 9 10 13 > 24\n"

func client(t *testing.T, change ...func(*llm.OllamaOptions)) *llm.Ollama {
	t.Helper()
	host := os.Getenv("PONDER_TEST_OLLAMA")
	if host == "" {
		t.Fatal(`PONDER_TEST_OLLAMA is not set: run "make test" or scripts/with-ollama.sh go test -tags ollama ./llm/...`)
	}
	opts := llm.OllamaOptions{
		Host:      host,
		Model:     cmp.Or(os.Getenv("PONDER_TEST_OLLAMA_MODEL"), "ponder-tiny"),
		NumCtx:    128,
		KeepAlive: time.Hour,
		Warn:      func(w string) { t.Errorf("unexpected warning %q", w) },
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

func generate(t *testing.T, o *llm.Ollama, req llm.Request) llm.Completion {
	t.Helper()
	c, err := o.Generate(t.Context(), req)
	if err != nil {
		t.Fatalf("Generate(%+v): %v", req, err)
	}
	return c
}

func TestLogprobs(t *testing.T) {
	c := generate(t, client(t), llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 16, Logprobs: true, TopLogprobs: 5})
	if c.Stop != llm.Stop || c.Usage.CompletionTokens == 0 || c.Usage.PromptTokens == 0 {
		t.Errorf("stop %q, usage %+v", c.Stop, c.Usage)
	}
	var text strings.Builder
	for i, k := range c.Tokens {
		text.WriteString(k.Text)
		if len(k.Top) != 5 {
			t.Fatalf("token %d has %d alternatives, want 5", i, len(k.Top))
		}
		if k.Top[0] != k.Alternative {
			t.Errorf("greedy token %d is %+v, but the most probable one is %+v", i, k.Alternative, k.Top[0])
		}
		sum := 0.0
		for j, a := range k.Top {
			sum += math.Exp(a.Logprob)
			if j > 0 && a.Logprob > k.Top[j-1].Logprob {
				t.Errorf("alternatives of token %d are not in order: %+v", i, k.Top)
			}
		}
		if sum > 1.0001 || sum < 0.01 {
			t.Errorf("alternatives of token %d have the probability %v together", i, sum)
		}
	}
	if text.String() != c.Text || c.Text == "" {
		t.Errorf("tokens %q make up another text than %q", text.String(), c.Text)
	}
}

// Log-probabilities do not depend on the temperature, and greedy decoding not
// on penalties that a server may have as a default.
func TestLogprobsAreUntempered(t *testing.T) {
	o := client(t)
	first := func(temperature float64, seed int) []llm.Alternative {
		// TopK keeps to visible characters: the server drops half ones with their tokens.
		c := generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 1, Temperature: temperature, TopK: 3, Seed: seed, Logprobs: true, TopLogprobs: 5})
		if len(c.Tokens) != 1 || len(c.Tokens[0].Top) != 5 {
			t.Fatalf("tokens %+v, want one with 5 alternatives", c.Tokens)
		}
		return c.Tokens[0].Top
	}
	want := first(0, 1)
	for seed := range 3 {
		got := first(5, seed)
		for i := range want {
			if got[i].Text != want[i].Text || math.Abs(got[i].Logprob-want[i].Logprob) > 1e-3 {
				t.Fatalf("alternatives at temperature 5 are %v, at 0 %v", got, want)
			}
		}
	}
}

func TestSampling(t *testing.T) {
	o := client(t)
	sample := func(temperature float64, topK, seed int) string {
		return generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 16, Temperature: temperature, TopK: topK, Seed: seed}).Text
	}
	greedy := sample(0, 0, 1)
	texts := map[string]bool{}
	for seed := range 20 {
		texts[sample(3, 0, seed)] = true
		if got := sample(3, 1, seed); got != greedy {
			t.Errorf("among one token %q was sampled, greedily %q", got, greedy)
		}
	}
	if len(texts) < 5 {
		t.Errorf("20 samples at temperature 3 gave %d texts", len(texts))
	}
	if a, b := sample(3, 0, 7), sample(3, 0, 7); a != b {
		t.Errorf("one seed gave %q and %q on one slot", a, b)
	}
}

func TestStopAndLength(t *testing.T) {
	o := client(t)
	whole := generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 16}).Text
	head, _, found := strings.Cut(whole, "=")
	if !found {
		t.Fatalf("the model answers %q, want a step with an equals sign", whole)
	}
	c := generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 16, Stop: []string{"="}})
	if c.Text != head || c.Stop != llm.Stop {
		t.Errorf("with stop text: %q, %q; want %q", c.Text, c.Stop, head)
	}
	c = generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 2, Logprobs: true})
	if c.Text != whole[:2] || c.Stop != llm.Length || len(c.Tokens) != 2 || c.Usage.CompletionTokens != 2 {
		t.Errorf("with 2 tokens: %q, %q, %d tokens, usage %+v; want %q, cut", c.Text, c.Stop, len(c.Tokens), c.Usage, whole[:2])
	}
}

// A bare template passes the prompt through, and a thinking text is not refused.
func TestTemplate(t *testing.T) {
	o := client(t)
	raw := generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 16})
	templated := generate(t, o, llm.Request{System: "Be brief.", Prompt: puzzle, MaxTokens: 16, Think: true})
	if templated.Text != raw.Text {
		t.Errorf("through the bare template %q, raw %q", templated.Text, raw.Text)
	}
}

func TestPromptTooLong(t *testing.T) {
	_, err := client(t).Generate(t.Context(), llm.Request{Prompt: strings.Repeat("1", 500), Raw: true})
	if !errors.Is(err, llm.ErrTooLong) || !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("error %v, want ErrTooLong: a prompt must not be cut in silence", err)
	}
}

// The prompt fits, the answer does not: it must end there, not lose its head.
func TestContextFull(t *testing.T) {
	o, full := client(t), 0
	for seed := range 4 {
		// So hot that the end is as rare as any other token.
		c := generate(t, o, llm.Request{Prompt: strings.Repeat("13-9=4\n", 17), Raw: true, MaxTokens: 100, Temperature: 20, Seed: seed})
		total := c.Usage.PromptTokens + c.Usage.CompletionTokens
		if total > 129 {
			t.Errorf("%d tokens in a context of 128", total)
		}
		if total >= 127 && c.Stop == llm.Length {
			full++
		}
	}
	if full == 0 {
		t.Error("no completion was cut at the end of the context")
	}
}

func TestModelMissing(t *testing.T) {
	o := client(t, func(o *llm.OllamaOptions) { o.Model = "no-such-model:7b" })
	_, err := o.Generate(t.Context(), llm.Request{Prompt: "p"})
	if !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), "ollama pull no-such-model:7b") {
		t.Errorf("error %v, want the command that gets the model", err)
	}
	if _, err := o.Show(t.Context()); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("Show: error %v", err)
	}
}

// After a cancel the server must be free at once: another call is as quick as ever.
func TestCancel(t *testing.T) {
	o := client(t)
	generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 1})
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() {
			_, err := o.Generate(ctx, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 100, Temperature: 50})
			failed <- err
		}()
		time.Sleep(5 * time.Millisecond)
		start := time.Now()
		cancel()
		// It may just have ended by itself.
		if err := <-failed; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("cancelled after %v", d)
		}
		generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 4})
	}
}

func TestManyCallers(t *testing.T) {
	o := client(t)
	want := generate(t, o, llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 16}).Text
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				c, err := o.Generate(t.Context(), llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 16})
				if err != nil || c.Text != want {
					t.Errorf("got %q, %v; want %q", c.Text, err, want)
				}
			}
		})
	}
	all.Wait()
}

func TestInformation(t *testing.T) {
	o := client(t)
	version, err := o.Version(t.Context())
	if err != nil || len(strings.Split(version, ".")) != 3 {
		t.Errorf("Version() = %q, %v", version, err)
	}
	if !o.Logprobs(t.Context()) {
		t.Errorf("Logprobs() is false for %s", version)
	}
	models, err := o.Models(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(models, func(m llm.ModelInfo) bool { return m.Name == o.Name()+":latest" })
	if i < 0 {
		t.Fatalf("%s is not among %+v", o.Name(), models)
	}
	d, err := o.Show(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.ModelInfo != models[i] || len(d.Digest) != 64 || d.Size < 1_000_000 || d.ParameterSize == "" {
		t.Errorf("Show() = %+v, want what the list says: %+v", d, models[i])
	}
	if !d.BareTemplate || d.Thinking || d.ContextLength != 128 || !slices.Contains(d.Capabilities, "completion") {
		t.Errorf("Show() = %+v; want a bare template, no thinking, context 128", d)
	}
}

func TestParallel(t *testing.T) {
	ratio, err := client(t).Parallel(t.Context())
	// How many slots the server has is not known here, and the machine may be busy.
	if err != nil || ratio < 0.3 || ratio > 10 {
		t.Errorf("Parallel() = %v, %v", ratio, err)
	}
	t.Logf("two requests at once take %.2f times as long as one", ratio)
}

// The budget holds against a real model's count of tokens too.
func TestMeter(t *testing.T) {
	m := llm.NewMeter(client(t), 0, 60)
	for {
		_, err := m.Generate(t.Context(), llm.Request{Prompt: puzzle, Raw: true, MaxTokens: 8})
		if errors.Is(err, llm.ErrBudget) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	calls, prompt, completion := m.Used()
	if calls < 3 || prompt+completion < 60 || prompt+completion > 60+2*len(puzzle) {
		t.Errorf("%d calls, %d + %d tokens of 60", calls, prompt, completion)
	}
}
