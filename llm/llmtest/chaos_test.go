package llmtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

// ask sends a request for text through a proxy.
func ask(t *testing.T, url, prompt string, patience time.Duration) (status int, body string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	text := `{"model": "fake", "prompt": "` + prompt + `", "logprobs": true, "stream": true}`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/generate", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// Each fault does to a reply what its name says.
func TestChaosFaults(t *testing.T) {
	real := llmtest.Serve(t, func(llmtest.Call) llm.Completion { return llmtest.Say("one two three four") })
	want := map[string]func(status int, body string, err error) bool{
		"refuse": func(_ int, _ string, err error) bool { return err != nil && !errors.Is(err, context.DeadlineExceeded) },
		"hang-before": func(_ int, body string, err error) bool {
			return errors.Is(err, context.DeadlineExceeded) && body == ""
		},
		"hang-after": func(status int, body string, err error) bool {
			return errors.Is(err, context.DeadlineExceeded) && status == 200 && strings.Contains(body, `"one"`)
		},
		"drop": func(status int, body string, err error) bool {
			return err != nil && !errors.Is(err, context.DeadlineExceeded) && !strings.Contains(body, `"done":true`)
		},
		"429":     func(status int, _ string, _ error) bool { return status == 429 },
		"500":     func(status int, _ string, _ error) bool { return status == 500 },
		"503":     func(status int, _ string, _ error) bool { return status == 503 },
		"garbage": func(_ int, body string, _ error) bool { return !json.Valid([]byte(body)) },
		"shape":   func(_ int, body string, _ error) bool { return strings.Contains(body, `["a"]`) },
		"html":    func(_ int, body string, _ error) bool { return strings.Contains(body, "<html>") },
		"model":   func(_ int, body string, _ error) bool { return strings.Contains(body, "somebody-else") },
		"empty": func(_ int, body string, _ error) bool {
			return strings.Contains(body, `"done":true`) && !strings.Contains(body, `"one"`)
		},
		"long":   func(_ int, body string, _ error) bool { return len(body) > 10_000_000 },
		"nan":    func(_ int, body string, _ error) bool { return strings.Contains(body, "NaN") },
		"absurd": func(_ int, body string, _ error) bool { return strings.Contains(body, ":3.5") },
		"no-logprobs": func(_ int, body string, _ error) bool {
			return !strings.Contains(body, "logprob") && strings.Contains(body, "four")
		},
		"some-logprobs": func(_ int, body string, _ error) bool {
			return strings.Count(body, `"logprobs"`) == 1 && strings.Contains(body, "four")
		},
		"utf8":    func(_ int, body string, _ error) bool { return bytes.Contains([]byte(body), []byte("\xff\xfe")) },
		"escapes": func(_ int, body string, _ error) bool { return strings.Contains(body, `\u001b[31m`) },
		"backwards": func(_ int, body string, _ error) bool {
			return strings.Contains(body, "2001-09-0") && strings.Contains(body, "four")
		},
	}
	for _, name := range llmtest.Faults() {
		t.Run(name, func(t *testing.T) {
			proxy := llmtest.Chaos(t, llmtest.ChaosOptions{Target: real.URL, Share: 1, Only: []string{name}})
			status, body, err := ask(t, proxy.URL, "p", 300*time.Millisecond)
			if name == "long" {
				status, body, err = ask(t, proxy.URL, "p", 10*time.Second)
			}
			if check := want[name]; check == nil || !check(status, body, err) {
				t.Errorf("status %d, error %v, %d bytes: %.300s", status, err, len(body), body)
			}
			if delivered := len(proxy.Delivered()); delivered != 0 && name != "backwards" {
				t.Errorf("%d replies are said to have come whole and true", delivered)
			}
			if proxy.Faults()[name] == 0 {
				t.Error("the fault is not counted")
			}
		})
	}
}

// Three requests in ten are spoiled, always the same ones.
func TestChaosShare(t *testing.T) {
	real := llmtest.Serve(t, nil)
	run := func(seed uint64) (spoiled []bool, delivered int) {
		proxy := llmtest.Chaos(t, llmtest.ChaosOptions{Target: real.URL, Share: 0.3, Seed: seed, Only: []string{"500", "garbage", "model"}})
		for range 300 {
			status, body, err := ask(t, proxy.URL, "p", 5*time.Second)
			spoiled = append(spoiled, err != nil || status != 200 || !strings.Contains(body, `"model":"fake"`))
		}
		return spoiled, len(proxy.Delivered())
	}
	first, delivered := run(1)
	n := 0
	for _, s := range first {
		if s {
			n++
		}
	}
	if n < 60 || n > 140 || delivered != len(first)-n {
		t.Errorf("%d of %d were spoiled, %d delivered", n, len(first), delivered)
	}
	second, _ := run(1)
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("the same seed (-first +second):\n%s", d)
	}
	if other, _ := run(2); cmp.Equal(first, other) {
		t.Error("another seed spoils the same requests")
	}
}

// What is not a request for text passes through.
func TestChaosPassesOn(t *testing.T) {
	real := llmtest.Serve(t, nil)
	proxy := llmtest.Chaos(t, llmtest.ChaosOptions{Target: real.URL, Share: 1})
	resp, err := http.Get(proxy.URL + "/api/version")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "0.17.4") {
		t.Errorf("%s, %v", body, err)
	}
}

// Who hangs up on the proxy hangs up on the server.
func TestChaosClientLeaves(t *testing.T) {
	real := llmtest.Serve(t, nil)
	proxy := llmtest.Chaos(t, llmtest.ChaosOptions{Target: real.URL})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, proxy.URL+"/api/generate", strings.NewReader(`{"model": "fake:hang", "prompt": "p"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	for deadline := time.Now().Add(5 * time.Second); len(real.Gone()) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server still works for a client that has left")
		}
	}
}
