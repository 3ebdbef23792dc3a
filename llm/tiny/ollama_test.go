//go:build ollama

package tiny

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ollama/ollama/api"

	"github.com/ponder-mcts/ponder/llm"
)

// These tests compare the embedded model with a real Ollama that has the same
// file under the same name:
//
//	PONDER_TEST_OLLAMA=http://127.0.0.1:11434 go test -tags ollama ./llm/tiny
//
// PONDER_TEST_OLLAMA_MODEL names another model made from the same weights.

const (
	// heldOutPrompts is how many prompts are compared.
	heldOutPrompts = 200
	// logprobError is how far log-probabilities may differ: Ollama computes
	// with activations and cached keys and values of 16 bits.
	logprobError = 0.02
	answerTokens = 24
)

// ollama is a connection to the real thing.
type ollama struct {
	client *api.Client
	model  string
}

func connect(t testing.TB) ollama {
	t.Helper()
	base, err := url.Parse(os.Getenv("PONDER_TEST_OLLAMA"))
	if err != nil || base.Host == "" {
		t.Fatalf("PONDER_TEST_OLLAMA must be the URL of a running Ollama, "+
			"such as http://127.0.0.1:11434; it is %q", os.Getenv("PONDER_TEST_OLLAMA"))
	}
	return ollama{
		client: api.NewClient(base, http.DefaultClient),
		model:  cmp.Or(os.Getenv("PONDER_TEST_OLLAMA_MODEL"), Name),
	}
}

// generate completes a prompt greedily with all penalties off.
func (o ollama) generate(ctx context.Context, prompt string) (api.GenerateResponse, error) {
	var answer api.GenerateResponse
	stream := false
	err := o.client.Generate(ctx, &api.GenerateRequest{
		Model: o.model, Prompt: prompt, Raw: true, Stream: &stream,
		Logprobs: true, TopLogprobs: 5,
		Options: map[string]any{
			"temperature": 0, "num_ctx": 128, "num_thread": 1, "num_predict": answerTokens,
			"repeat_penalty": 1, "top_k": 0, "top_p": 1, "min_p": 0,
		},
	}, func(r api.GenerateResponse) error {
		answer = r
		return nil
	})
	return answer, err
}

// heldOut makes n different prompts the model was never trained on, for the
// next step and for a verdict in turn.
func heldOut(n int) []string {
	random := rand.New(rand.NewPCG(24, 0))
	var prompts []string
	for len(prompts) < n {
		numbers := make([]int, 2+random.IntN(3))
		for i := range numbers {
			numbers[i] = 1 + random.IntN(13)
		}
		slices.Sort(numbers)
		target := 24
		if random.IntN(2) == 0 {
			target = 10 + random.IntN(51)
		}
		state := fmt.Sprintf("%s > %d", strings.Trim(fmt.Sprint(numbers), "[]"), target)
		sum := sha256.Sum256([]byte(state))
		rest := binary.BigEndian.Uint64(sum[:8]) % 10
		if rest != 0 && !(rest == 1 && target == 24 && len(numbers) == 4) {
			continue
		}
		prompt := state + []string{"\n", " ?\n"}[len(prompts)%2]
		if !slices.Contains(prompts, prompt) {
			prompts = append(prompts, prompt)
		}
	}
	return prompts
}

func TestAgreesWithOllama(t *testing.T) {
	o := connect(t)
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for _, prompt := range heldOut(heldOutPrompts) {
		theirs, err := o.generate(t.Context(), prompt)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := m.Generate(t.Context(), llm.Request{
			Prompt: prompt, Raw: true, MaxTokens: answerTokens, TopLogprobs: maxTopLogprobs})
		if err != nil {
			t.Fatal(err)
		}
		if ours.Text != theirs.Response || string(ours.Stop) != theirs.DoneReason {
			t.Errorf("%q: text %q, %s; Ollama says %q, %s",
				prompt, ours.Text, ours.Stop, theirs.Response, theirs.DoneReason)
			continue
		}
		usage := llm.Usage{PromptTokens: theirs.PromptEvalCount, CompletionTokens: theirs.EvalCount}
		if ours.Usage != usage || len(ours.Tokens) != len(theirs.Logprobs) {
			t.Errorf("%q: %+v, %d records; Ollama counts %+v, %d records",
				prompt, ours.Usage, len(ours.Tokens), usage, len(theirs.Logprobs))
			continue
		}
		for i, token := range ours.Tokens {
			worst = max(worst, compareToken(t, prompt, token, theirs.Logprobs[i]))
		}
	}
	t.Logf("largest difference of log-probabilities: %.5f", worst)
}

// compareToken compares a token and its alternatives and returns the largest
// difference of their log-probabilities.
func compareToken(t *testing.T, prompt string, ours llm.Token, theirs api.Logprob) float64 {
	t.Helper()
	if text := rawBytes(theirs.Bytes); ours.Text != text {
		t.Errorf("%q: token %q; Ollama says %q", prompt, ours.Text, text)
	}
	worst := math.Abs(ours.Logprob - theirs.Logprob)
	for _, their := range theirs.TopLogprobs {
		i := slices.IndexFunc(ours.Top, func(a llm.Alternative) bool {
			return a.Text == rawBytes(their.Bytes)
		})
		if i < 0 {
			t.Errorf("%q: Ollama's alternative %q is not among our %d", prompt, their.Token, len(ours.Top))
			continue
		}
		worst = max(worst, math.Abs(ours.Top[i].Logprob-their.Logprob))
	}
	if !(worst < logprobError) {
		t.Errorf("%q: log-probabilities after token %q differ by %v", prompt, ours.Text, worst)
	}
	return worst
}

func rawBytes(values []int) string {
	raw := make([]byte, len(values))
	for i, v := range values {
		raw[i] = byte(v)
	}
	return string(raw)
}

// BenchmarkAgainstOllama answers the same prompts in turn here and there, and
// reports how many times longer Ollama takes.
func BenchmarkAgainstOllama(b *testing.B) {
	o := connect(b)
	m, err := Embedded()
	if err != nil {
		b.Fatal(err)
	}
	prompts := heldOut(heldOutPrompts)
	if _, err := o.generate(b.Context(), prompts[0]); err != nil {
		b.Fatal(err) // and now it has loaded the model
	}
	var here, there time.Duration
	for i := 0; b.Loop(); i++ {
		prompt := prompts[i%len(prompts)]
		start := time.Now()
		if _, err := m.Generate(b.Context(), llm.Request{
			Prompt: prompt, MaxTokens: answerTokens, TopLogprobs: 5}); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if _, err := o.generate(b.Context(), prompt); err != nil {
			b.Fatal(err)
		}
		here += middle.Sub(start)
		there += time.Since(middle)
	}
	b.ReportMetric(here.Seconds()*1000/float64(b.N), "ms-here/op")
	b.ReportMetric(there.Seconds()*1000/float64(b.N), "ms-ollama/op")
	b.ReportMetric(there.Seconds()/here.Seconds(), "times-faster")
	if here >= there {
		b.Errorf("Ollama is faster: %v against %v here", there, here)
	}
}
