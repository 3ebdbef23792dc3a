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
	// likelyError and unlikelyError are how far log-probabilities may differ
	// for tokens of at least 1 % and for others. Ollama rounds activations,
	// keys and values to 16 bits, which unlikely tokens feel most.
	likelyError   = 0.02
	unlikelyError = 0.2
	answerTokens  = 24
	// lostText is what Ollama says instead of a token that is no character.
	lostText = "\ufffd"
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
	var likely, unlikely float64
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
			l, u := compareToken(t, prompt, token, theirs.Logprobs[i])
			likely, unlikely = max(likely, l), max(unlikely, u)
		}
	}
	t.Logf("log-probabilities differ by up to %.5f, of tokens below 1 %% by up to %.5f",
		likely, unlikely)
}

// compareToken compares a token and its alternatives and returns the largest
// differences of the log-probabilities of likely and unlikely tokens.
func compareToken(t *testing.T, prompt string, ours llm.Token, theirs api.Logprob) (likely, unlikely float64) {
	t.Helper()
	if text := rawBytes(theirs.Bytes); ours.Text != text {
		t.Errorf("%q: token %q; Ollama says %q", prompt, ours.Text, text)
	}
	for _, their := range append(theirs.TopLogprobs, theirs.TokenLogprob) {
		text := rawBytes(their.Bytes)
		if text == lostText {
			continue
		}
		i := slices.IndexFunc(ours.Top, func(a llm.Alternative) bool { return a.Text == text })
		if i < 0 {
			t.Errorf("%q: Ollama's alternative %q is not among our %d", prompt, text, len(ours.Top))
			continue
		}
		our := ours.Top[i].Logprob
		if d := math.Abs(our - their.Logprob); math.Exp(our) >= 0.01 {
			likely = max(likely, d)
		} else {
			unlikely = max(unlikely, d)
		}
	}
	if !(likely < likelyError && unlikely < unlikelyError) {
		t.Errorf("%q, token %q: log-probabilities differ by %v, unlikely ones by %v",
			prompt, ours.Text, likely, unlikely)
	}
	return likely, unlikely
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
