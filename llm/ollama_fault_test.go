package llm_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

func TestFaults(t *testing.T) {
	const retries = 2
	tests := []struct {
		model, reason string
		calls         int    // how often the server is asked to generate
		want          string // in the error; "" is success
		is            error  // besides ErrUnavailable
	}{
		{"fake:500once", "a server error may pass", 2, "", nil},
		{"fake:503once", "a full queue empties", 2, "", nil},
		{"fake:500", "retries are bounded", 1 + retries, "the server failed (500): CUDA error (tried 3 times)", nil},
		{"fake:503", "retries are bounded", 1 + retries, "(503): server busy, please try again. maximum pending", nil},
		{"fake:cut", "half an answer is none", 1 + retries, "the answer was cut off", nil},
		{"fake:drop", "half an answer is none", 1 + retries, "the connection broke", nil},
		{"fake:crash", "an error after half an answer", 1 + retries, "model runner has unexpectedly stopped", nil},
		{"fake:noreason", "an end without a reason may be a cut", 1 + retries, "gives no reason", nil},
		{"fake:unload", "unloaded while it ran", 1 + retries, `ended by "unload"`, nil},
		{"fake:garbage", "the client can't tell it from a late error", 1 + retries, "unexpected answer: this is not json", nil},
		{"fake:html", "some other server", 1 + retries, "unexpected answer: <!DOCTYPE html>", nil},
		{"fake:shape", "a server that has answered well may do so again", 1 + retries, "not Ollama's JSON", nil},
		{"fake:huge", "no 128 tokens are a megabyte", 1 + retries, "more text than 128 tokens can hold", nil},
		{"fake:400", "a bad request stays bad", 1, "refused the request (400): invalid options", nil},
		{"fake:401", "a cloud model without an account", 1, "ollama signin", nil},
		{"fake:lost", "deleted while in use", 1, `get it with "ollama pull fake:lost"`, nil},
		{"fake:toolong", "only this prompt is lost", 1, "context length", llm.ErrTooLong},
		{"fake:ansi", "words of others are tamed", 1, "red alert long long", nil},
		{"fake:flood", "an endless answer fills no memory", 1 + retries, "more text than 128 tokens can hold", nil},
		{"fake:hang", "a server that has answered well may do so again", 1 + retries, "no complete answer within 300ms", nil},
		{"fake:trickle", "a limit on silence alone would never end this", 1 + retries, "no complete answer within 300ms", nil},
		{"fake:loadfail", "loading fails", 0, "out of memory (tried 3 times)", nil},
		{"fake:showfail", "looking up fails", 0, "blob is broken", nil},
		{"fake:loadhang", "loading has its own limit", 0, "no complete answer within 200ms", nil},
		{"other:8b", "not pulled yet", 0, `get it with "ollama pull other:8b"`, nil},
		{"\x1b[31mevil", "names are user input too", 0, `"ollama pull evil"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.model, func(t *testing.T) {
			s := llmtest.Serve(t, func(llmtest.Call) llm.Completion { return llmtest.Say("the whole answer") })
			o := client(t, s, tt.model, func(o *llm.OllamaOptions) {
				o.Retries = retries
				switch tt.model {
				case "fake:loadhang":
					o.LoadTimeout = 200 * time.Millisecond
				case "fake:hang", "fake:trickle":
					// Looking the model up has this limit too.
					o.CallTimeout = 300 * time.Millisecond
				}
			})
			c, err := o.Generate(t.Context(), llm.Request{Prompt: "p"})
			if n := len(s.Calls()); n != tt.calls {
				t.Errorf("%d calls, want %d: %s", n, tt.calls, tt.reason)
			}
			if tt.want == "" {
				if err != nil || c.Text != "the whole answer" || c.Stop != llm.Stop {
					t.Errorf("completion %+v, error %v: %s", c, err, tt.reason)
				}
				return
			}
			if !errors.Is(err, llm.ErrUnavailable) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Fatalf("error %v, want one that wraps ErrUnavailable and %v: %s", err, tt.is, tt.reason)
			}
			if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
				t.Errorf("error %v looks as if the caller had given up", err)
			}
			text := err.Error()
			if !strings.Contains(text, tt.want) || !strings.Contains(text, s.URL) {
				t.Errorf("error %q, want one with %q and the host: %s", text, tt.want, tt.reason)
			}
			if strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, "\u202e") || len(text) > 600 {
				t.Errorf("error is not fit for a terminal: %q", text)
			}
			if c.Text != "" || c.Stop != "" {
				t.Errorf("completion %+v came with an error", c)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	o, err := llm.NewOllama(llm.OllamaOptions{Host: addr, Model: "m", RetryDelay: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	// The long delay would show a retry: a server that was never there is told at once.
	_, err = o.Generate(t.Context(), llm.Request{Prompt: "p"})
	for _, want := range []string{"http://" + addr, "refused", `"ollama serve"`, "OLLAMA_HOST"} {
		if !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want ErrUnavailable with %q", err, want)
		}
	}
	if _, err := o.Version(t.Context()); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("Version: error %v, want ErrUnavailable", err)
	}
	if o.Logprobs(t.Context()) {
		t.Error("Logprobs() of no server")
	}
}

// A server that was there once may be restarting: that is worth a retry.
func TestServerComesBack(t *testing.T) {
	behind, err := url.Parse(llmtest.Serve(t, nil).URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(httputil.NewSingleHostReverseProxy(behind))
	addr := front.Listener.Addr().String()
	o, err := llm.NewOllama(llm.OllamaOptions{Host: addr, Model: "fake", RetryDelay: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
		t.Fatal(err)
	}
	front.Close()
	failed := make(chan error)
	go func() {
		_, err := o.Generate(t.Context(), llm.Request{Prompt: "p"})
		failed <- err
	}()
	time.Sleep(25 * time.Millisecond) // shorter than the first wait: the first attempt fails
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	front = &httptest.Server{Listener: l, Config: &http.Server{Handler: httputil.NewSingleHostReverseProxy(behind)}}
	front.Start()
	defer front.Close()
	if err := <-failed; err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestNotOllama(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	o, err := llm.NewOllama(llm.OllamaOptions{Host: s.URL, Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Generate(t.Context(), llm.Request{Prompt: "p"})
	if !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), "no Ollama API") || strings.Contains(err.Error(), "pull") {
		t.Errorf("error %v, want one that blames the server, not the model", err)
	}
}

func TestNegativeRetries(t *testing.T) {
	s := llmtest.Serve(t, nil)
	o := client(t, s, "fake:500", func(o *llm.OllamaOptions) { o.Retries = -1 })
	_, err := o.Generate(t.Context(), llm.Request{Prompt: "p"})
	if err == nil || strings.Contains(err.Error(), "tried") || len(s.Calls()) != 1 {
		t.Errorf("%d calls, error %v; want 1 call", len(s.Calls()), err)
	}
}

// The server must hear of a cancel, or it goes on generating for nobody.
func TestCancelReachesTheServer(t *testing.T) {
	for _, model := range []string{"fake:hang", "fake:trickle"} {
		t.Run(model, func(t *testing.T) {
			s := llmtest.Serve(t, nil)
			o := client(t, s, model)
			cancelOnce := func(n int) (caller, server time.Duration) {
				ctx, cancel := context.WithCancel(t.Context())
				failed := make(chan error)
				go func() {
					_, err := o.Generate(ctx, llm.Request{Prompt: "p"})
					failed <- err
				}()
				eventually(t, "the call has arrived", func() bool { return len(s.Calls()) == n })
				start := time.Now()
				cancel()
				err := <-failed
				caller = time.Since(start)
				if !errors.Is(err, context.Canceled) || errors.Is(err, llm.ErrUnavailable) {
					t.Errorf("error %v, want context.Canceled alone", err)
				}
				eventually(t, "the server has seen it", func() bool { return len(s.Gone()) == n })
				return caller, s.Gone()[n-1].Sub(start)
			}
			quickest(t, "the caller and the server hear of a cancel", 100*time.Millisecond, func(n int) time.Duration {
				return max(cancelOnce(n))
			})
			if c, g := len(s.Calls()), len(s.Gone()); c != g {
				t.Errorf("%d calls for %d cancels: retried after a cancel", c, g)
			}
		})
	}
}

func TestCancelEndsWaits(t *testing.T) {
	tests := []struct {
		model, reason string
		delay         time.Duration
		callers       int
		waiting       func(*llmtest.Server) bool
	}{
		{"fake:500", "between two attempts", time.Hour, 1,
			func(s *llmtest.Server) bool { return len(s.Calls()) == 1 }},
		{"fake:loadhang", "while the model is loaded, or another caller has it loaded", time.Millisecond, 3,
			func(s *llmtest.Server) bool { return len(s.Loads()) == 1 }},
	}
	for _, tt := range tests {
		t.Run(tt.model, func(t *testing.T) {
			quickest(t, "cancel "+tt.reason, 100*time.Millisecond, func(int) time.Duration {
				s := llmtest.Serve(t, nil)
				o := client(t, s, tt.model, func(o *llm.OllamaOptions) { o.RetryDelay = tt.delay })
				ctx, cancel := context.WithCancel(t.Context())
				errs := make(chan error)
				for range tt.callers {
					go func() {
						_, err := o.Generate(ctx, llm.Request{Prompt: "p"})
						errs <- err
					}()
				}
				eventually(t, "the server was asked", func() bool { return tt.waiting(s) })
				cancel()
				start := time.Now()
				for range tt.callers {
					if err := <-errs; !errors.Is(err, context.Canceled) {
						t.Errorf("error %v, want context.Canceled", err)
					}
				}
				return time.Since(start)
			})
		})
	}
}

// The caller's own deadline is no fault of the model.
func TestCallersDeadline(t *testing.T) {
	s := llmtest.Serve(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := client(t, s, "fake:hang").Generate(ctx, llm.Request{Prompt: "p"})
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("error %v, want context.DeadlineExceeded alone", err)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	s := llmtest.Serve(t, nil)
	o := client(t, s, "fake")
	const callers, rounds = 8, 20
	for range rounds {
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				if _, err := o.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	if n := s.Connections(); n > 3*callers {
		t.Errorf("%d connections for %d calls by %d callers", n, callers*rounds, callers)
	}
}

// quickest fails if none of three tries takes at most limit; a busy machine may
// hold a single one up.
func quickest(t *testing.T, what string, limit time.Duration, try func(n int) time.Duration) {
	t.Helper()
	var took [3]time.Duration
	for i := range took {
		if took[i] = try(i + 1); took[i] <= limit {
			return
		}
	}
	t.Errorf("%s: took %v, want at most %v", what, took, limit)
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !true(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
