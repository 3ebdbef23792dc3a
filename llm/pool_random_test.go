package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/llm"
)

// right is the answer to a prompt, on the wire.
func right(prompt string) string {
	word, err := json.Marshal("re: " + prompt)
	if err != nil {
		panic(err)
	}
	return strings.ReplaceAll(strings.Replace(good, `"bytes":[121,101,115]`, `"bytes":[]`, 1), `"yes"`, string(word))
}

// breakages are what a server, or what is before it, can do to a good reply.
var breakages = []func(w http.ResponseWriter, r *http.Request, reply string){
	func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) },
	func(_ http.ResponseWriter, r *http.Request, _ string) { stall(r) },
	func(w http.ResponseWriter, r *http.Request, reply string) { flush(w, reply[:90]); stall(r) },
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, reply[:len(reply)/2])
		panic(http.ErrAbortHandler)
	},
	func(w http.ResponseWriter, _ *http.Request, reply string) { flush(w, reply[:len(reply)/2]) },
	func(w http.ResponseWriter, _ *http.Request, _ string) {
		http.Error(w, "busy", http.StatusTooManyRequests)
	},
	func(w http.ResponseWriter, _ *http.Request, _ string) { http.Error(w, "no", 500) },
	func(w http.ResponseWriter, _ *http.Request, _ string) { http.Error(w, "<html>", 404) },
	func(w http.ResponseWriter, _ *http.Request, _ string) { flush(w, "<!DOCTYPE html>") },
	func(w http.ResponseWriter, _ *http.Request, _ string) { flush(w, `{"object":"list"}`) },
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, strings.Replace(reply, `"model":"m"`, `"model":"n"`, 1))
	},
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, strings.Replace(reply, "-0.1", "null", 1))
	},
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, strings.Replace(reply, "re:", "r\xff:", 1))
	},
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, strings.Replace(reply, `"re:`, `"`+strings.Repeat("ha", 8000)+`re:`, 1))
	},
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, strings.Replace(reply, `"response":"re: `, `"response":"", "was":"`, 1))
	},
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, strings.Replace(reply, `"eval_count":2`, `"eval_count":200`, 1))
	},
	func(w http.ResponseWriter, _ *http.Request, reply string) {
		flush(w, strings.Replace(reply, `"response":"re: `, `"response":"\u001b[1m `, 1))
	},
}

func flush(w http.ResponseWriter, text string) {
	io.WriteString(w, text)
	w.(http.Flusher).Flush()
}

// stall outlasts every time limit of the test.
func stall(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(10 * time.Second):
	}
}

// Whatever the hosts do: each call ends in time, with the right text or an
// error that says so, and nothing goes on after it.
func TestPoolRandomFaults(t *testing.T) {
	var answered, refused atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.SampledFrom([]float64{0, 0.1, 0.3, 0.5}).Draw(t, "share of faults")
		seed := rapid.Uint64().Draw(t, "seed")
		hosts := rapid.IntRange(1, 3).Draw(t, "hosts")
		hedge := rapid.SampledFrom([]time.Duration{0, 5 * time.Millisecond}).Draw(t, "hedge")
		var mu sync.Mutex
		rng := rand.New(rand.NewPCG(seed, 1))
		opts := llm.PoolOptions{
			OllamaOptions: llm.OllamaOptions{
				Model: "m", CallTimeout: 50 * time.Millisecond, LoadTimeout: 50 * time.Millisecond,
				RetryDelay: time.Millisecond, Retries: 4,
			},
			Hedge: hedge, BackAfter: time.Millisecond, CheckEvery: 20 * time.Millisecond, CheckTimeout: 50 * time.Millisecond,
		}
		if share == 0 { // then a busy machine is no excuse
			opts.CallTimeout, opts.LoadTimeout, opts.CheckTimeout = 20*time.Second, 20*time.Second, 20*time.Second
		}
		for range hosts {
			o := &ollama{digest: soundDigest, version: "0.17.4", ended: make(chan struct{})}
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return
				}
				var ask struct{ Prompt string }
				if len(body) > 0 {
					_ = json.Unmarshal(body, &ask)
				}
				mu.Lock()
				bad, which := rng.Float64() < share, rng.IntN(len(breakages))
				mu.Unlock()
				switch {
				case bad:
					breakages[which](w, r, right(ask.Prompt))
				case ask.Prompt != "":
					io.WriteString(w, right(ask.Prompt))
				default:
					r.Body = io.NopCloser(strings.NewReader(string(body)))
					o.ServeHTTP(w, r)
				}
			})
			s := httptest.NewServer(h)
			defer s.Close()
			defer s.CloseClientConnections()
			opts.Hosts = append(opts.Hosts, s.URL)
		}
		p, err := llm.NewPool(opts)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for caller := range rapid.IntRange(1, 4).Draw(t, "callers") {
			all.Go(func() {
				for i := range 2 {
					prompt := fmt.Sprintf("%d of %d", i, caller)
					start := time.Now()
					c, err := p.Generate(context.Background(), llm.Request{Prompt: prompt, Raw: true, MaxTokens: 8, Logprobs: true})
					switch took := time.Since(start); {
					case took > 10*time.Second:
						t.Errorf("%v for one call", took)
					case err == nil && (c.Text != "re: "+prompt || len(c.Tokens) != 1 || math.Abs(c.Tokens[0].Logprob+0.1) > 1e-9):
						t.Errorf("prompt %q: %+v", prompt, c)
					case err != nil && (share == 0 || !errors.Is(err, llm.ErrUnavailable)):
						t.Errorf("prompt %q: error %v", prompt, err)
					case err == nil:
						answered.Add(1)
					default:
						refused.Add(1)
					}
				}
			})
		}
		all.Wait()
	})
	t.Logf("%d calls answered, %d refused", answered.Load(), refused.Load())
	if a, r := answered.Load(), refused.Load(); !t.Failed() && a < r {
		t.Errorf("%d calls answered, %d refused: the pool gives up too soon", a, r)
	}
	settles(t)
}

// settles waits until none of the package's goroutines runs.
func settles(t *testing.T) {
	t.Helper()
	var stacks string
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		buf := make([]byte, 1<<22)
		stacks = string(buf[:runtime.Stack(buf, true)])
		ours := 0
		for _, one := range strings.Split(stacks, "\n\n") {
			// An idle connection may be read through a type of the package.
			if strings.Contains(one, "ponder/llm.") && !strings.Contains(one, "readLoop(") {
				ours++
			}
		}
		if ours == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left:\n%s", ours, stacks)
		}
	}
}

// No goroutine of the pool outlives the calls, even if a host takes long to tell
// whether it is back.
func TestPoolLeavesNoGoroutines(t *testing.T) {
	refuse, hang := "refuse", "hang"
	var down atomic.Pointer[string]
	var asked atomic.Int64
	flaky := flaky("first", &down)
	fail := flaky.other
	flaky.other = func(w http.ResponseWriter, r *http.Request) bool {
		if down.Load() == &hang {
			asked.Add(1)
		}
		return fail(w, r)
	}
	first, second := start(t, flaky), start(t, &ollama{})
	p, notes := poolOf(t, []*ollama{first, second}, func(o *llm.PoolOptions) {
		o.BackAfter, o.CheckEvery, o.CheckTimeout = time.Millisecond, time.Millisecond, time.Minute
	})
	ask := func() {
		if _, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	down.Store(&refuse)
	ask()
	if len(notes.downs()) != 1 {
		t.Fatal("the first host is not out")
	}
	down.Store(&hang)
	eventually(t, "the first host is asked whether it is back", func() bool { ask(); return asked.Load() > 0 })
	settles(t)
}
