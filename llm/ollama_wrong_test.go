package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
)

// ollama is a server whose every word a test can change.
type ollama struct {
	URL string
	// digest and version are what it tells of itself; generate answers the n-th
	// call (from 0) with a prompt; other, if set, answers whatever else it wants
	// to, and is true for that.
	digest, version string
	generate        func(n int, w http.ResponseWriter, r *http.Request)
	other           func(w http.ResponseWriter, r *http.Request) bool

	server *httptest.Server
	calls  atomic.Int64
	asked  atomic.Int64 // for the version
	mu     sync.Mutex   // guards from
	from   []string     // addresses of the callers
	ended  chan struct{}
}

const soundDigest = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"

// good is a whole reply.
const good = `{"model":"m","created_at":"2026-01-02T03:04:05Z","response":"yes","logprobs":[{"token":"yes","logprob":-0.1,"bytes":[121,101,115]}],"done":false}
{"model":"m","created_at":"2026-01-02T03:04:04Z","response":"","done":true,"done_reason":"stop","prompt_eval_count":2,"eval_count":2}
`

func start(t testing.TB, o *ollama) *ollama {
	t.Helper()
	if o.digest == "" {
		o.digest = soundDigest
	}
	if o.version == "" {
		o.version = "0.17.4"
	}
	o.ended = make(chan struct{})
	o.server = httptest.NewServer(o)
	o.URL = o.server.URL
	t.Cleanup(func() {
		close(o.ended)
		o.server.CloseClientConnections()
		o.server.Close()
	})
	return o
}

// ServeHTTP implements http.Handler.
func (o *ollama) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if o.other != nil && o.other(w, r) {
		return
	}
	switch r.URL.Path {
	case "/api/version":
		o.asked.Add(1)
		fmt.Fprintf(w, `{"version":%q}`, o.version)
	case "/api/tags":
		fmt.Fprintf(w, `{"models":[{"name":"m:latest","model":"m:latest","digest":%q}]}`, o.digest)
	case "/api/show":
		fmt.Fprint(w, `{"modelfile":"FROM x","template":"{{ .Prompt }}","capabilities":["completion"]}`)
	case "/api/generate":
		var ask struct{ Prompt string }
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if ask.Prompt == "" {
			fmt.Fprint(w, `{"model":"m","done":true,"done_reason":"load"}`)
			return
		}
		o.mu.Lock()
		o.from = append(o.from, r.RemoteAddr)
		o.mu.Unlock()
		n := int(o.calls.Add(1)) - 1
		if o.generate == nil {
			io.WriteString(w, good)
		} else {
			o.generate(n, w, r)
		}
	}
}

// hang waits until the client leaves, or the test ends.
func (o *ollama) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-o.ended:
	}
}

// says answers with each text in turn, and with the last one from then on.
func says(texts ...string) func(int, http.ResponseWriter, *http.Request) {
	return func(n int, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, texts[min(n, len(texts)-1)])
	}
}

func (o *ollama) client(t testing.TB, change ...func(*llm.OllamaOptions)) *llm.Ollama {
	t.Helper()
	opts := llm.OllamaOptions{Host: o.URL, Model: "m", RetryDelay: time.Millisecond, CallTimeout: 20 * time.Second}
	for _, f := range change {
		f(&opts)
	}
	c, err := llm.NewOllama(opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var sound = llm.Completion{
	Text: "yes", Stop: llm.Stop,
	Tokens: []llm.Token{{Alternative: llm.Alternative{Text: "yes", Logprob: -0.1}}},
	Usage:  llm.Usage{PromptTokens: 2, CompletionTokens: 2},
}

// swap changes one word of the good reply.
func swap(old, new string) string {
	if !strings.Contains(good, old) {
		panic(old)
	}
	return strings.Replace(good, old, new, 1)
}

// A wrong reply is asked for again, and never taken for the true one.
func TestWrongReplies(t *testing.T) {
	twoChunks := func(first string) string {
		return `{"model":"m","response":"oh "` + first + `,"done":false}` + "\n" + good
	}
	const number = `,"logprobs":[{"token":"oh ","logprob":-1}]`
	tests := []struct {
		name, reason, reply string
		calls               int // until the true reply, which comes after three that are wrong
	}{
		{"sound", "nothing is wrong", good, 1},
		{"time goes backwards", "nobody uses it", swap("03:04:04", "01:00:00"), 1},
		{"name with tag", "the same model", swap(`"model":"m"`, `"model":"M:latest"`), 1},
		{"full name", "the same model", swap(`"model":"m"`, `"model":"registry.ollama.ai/library/m:latest"`), 1},
		{"no name", "nothing is said against it", swap(`"model":"m",`, ``), 1},
		{"rounding", "the server computes with few digits", swap("-0.1", "0.004"), 1},
		{"spaces", "another way to write JSON", swap(`"logprob":-0.1`, `"logprob" : -0.1`), 1},
		{"other name", "another model answers", swap(`"model":"m"`, `"model":"other:7b"`), 4},
		{"null", "the decoder makes it certain", swap("-0.1", "null"), 4},
		{"no number", "the decoder makes it certain", swap(`,"logprob":-0.1`, ""), 4},
		{"NaN", "no JSON", swap("-0.1", "NaN"), 4},
		{"positive", "a probability of 150", swap("-0.1", "5"), 4},
		{"far away", "less than any number that a model has", swap("-0.1", "-1e300"), 4},
		{"certain twice", "the alternatives exclude each other",
			swap(`"logprob":-0.1`, `"logprob":-0.1,"top_logprobs":[{"token":"a","logprob":0},{"token":"b","logprob":0}]`), 4},
		{"more than asked", "it counts more tokens than it may", swap(`"eval_count":2`, `"eval_count":9`), 4},
		{"negative count", "a count", swap(`"prompt_eval_count":2`, `"prompt_eval_count":-2`), 4},
		{"long", "more text than the tokens hold", swap(`"yes"`, `"`+strings.Repeat("y", 5000)+`"`), 4},
		{"10 MB", "more than is read", swap(`"yes"`, `"`+strings.Repeat("y", 10<<20)+`"`), 4},
		{"a part has numbers", "whose are they?", twoChunks(""), 4},
		{"numbers without text", "the text is lost", swap(`"yes"`, `""`), 4},
		{"no UTF-8", "the decoder would replace it", swap("yes", "y\xffs"), 4},
		{"cut character", "the decoder would replace it", swap("yes", "y\xc3"), 4},
		{"foreign escape", "the tokens have it not", swap("yes", `\u001b[31myes`), 4},
		{"html", "a proxy's page", "<!DOCTYPE html>\n<html></html>", 4},
		{"garbage", "no JSON", "\x00\x01\x02", 4},
		{"list", "another shape", `[1, 2]`, 4},
		{"object", "another shape", `{"object": "list", "data": []}`, 4},
		{"text is a number", "another shape", swap(`"yes"`, `7`), 4},
		{"no end", "cut", strings.SplitAfter(good, "\n")[0], 4},
		{"nothing", "cut", "", 4},
		{"half a line", "cut", good[:40], 4},
		{"both chunks have numbers", "it is another text, but a sound one", twoChunks(number), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, &ollama{generate: says(tt.reply, tt.reply, tt.reply, good)})
			o := s.client(t)
			got, err := o.Generate(t.Context(), llm.Request{Prompt: "p", Raw: true, MaxTokens: 8, Logprobs: true})
			if err != nil {
				t.Fatalf("%v: %s", err, tt.reason)
			}
			if n := int(s.calls.Load()); n != tt.calls {
				t.Errorf("%d calls, want %d: %s", n, tt.calls, tt.reason)
			}
			want := sound
			switch tt.name {
			case "rounding":
				want.Tokens = []llm.Token{{Alternative: llm.Alternative{Text: "yes", Logprob: 0.004}}}
			case "both chunks have numbers":
				want.Text = "oh yes"
				want.Tokens = []llm.Token{{Alternative: llm.Alternative{Text: "oh ", Logprob: -1}}, want.Tokens[0]}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("completion (-want +got): %s\n%s", tt.reason, diff)
			}
		})
	}
}

// A doubtful reply is asked for again twice, and then taken.
func TestDoubtfulReplies(t *testing.T) {
	bare := swap(`,"logprobs":[{"token":"yes","logprob":-0.1,"bytes":[121,101,115]}]`, "")
	empty := strings.Replace(strings.Replace(bare, "yes", "", 1), `"eval_count":2`, `"eval_count":1`, 1)
	lost := strings.Replace(empty, `"eval_count":1`, `"eval_count":4`, 1)
	escapes := strings.Replace(bare, "yes", `\u001b[31myes`, 1)
	tests := []struct {
		name, reason string
		replies      []string
		retries      int
		text         string
		calls        int
	}{
		{"empty once", "it was a fault", []string{empty, good}, 0, "yes", 2},
		{"always empty", "the model has nothing to say", []string{empty}, 0, "", 3},
		{"always empty, no patience", "one retry is what there is", []string{empty}, 1, "", 2},
		{"always empty, no retries", "none asked for", []string{empty}, -1, "", 1},
		{"escapes once", "it was a fault", []string{escapes, escapes, good}, 0, "yes", 3},
		{"always escapes", "the model says so", []string{escapes}, 0, "\x1b[31myes", 3},
		{"tokens without text", "hardly ever true", []string{lost, lost, lost, good}, 0, "yes", 4},
		{"always without text", "it may be true", []string{lost}, 10, "", 6},
		{"faults between", "faults are counted apart", []string{empty, "<", empty, "<", "<", empty}, 0, "", 6},
		{"two kinds", "each is counted by itself", []string{empty, escapes, empty, escapes, bare}, 0, "yes", 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, &ollama{generate: says(tt.replies...)})
			o := s.client(t, func(o *llm.OllamaOptions) { o.Retries = tt.retries })
			got, err := o.Generate(t.Context(), llm.Request{Prompt: "p"})
			if n := int(s.calls.Load()); err != nil || got.Text != tt.text || n != tt.calls {
				t.Errorf("%q, %v, %d calls; want %q, %d calls: %s", got.Text, err, n, tt.text, tt.calls, tt.reason)
			}
		})
	}
}

// A server without log-probabilities costs extra calls once; one that has given
// some must go on giving them.
func TestMissingLogprobs(t *testing.T) {
	bare := swap(`,"logprobs":[{"token":"yes","logprob":-0.1,"bytes":[121,101,115]}]`, "")
	ask := llm.Request{Prompt: "p", Logprobs: true}
	warnings := 0
	warn := func(o *llm.OllamaOptions) { o.Warn = func(string) { warnings++ } }

	never := start(t, &ollama{generate: says(bare)})
	o := never.client(t, warn)
	for i, want := range []int64{3, 4, 5} {
		c, err := o.Generate(t.Context(), ask)
		if n := never.calls.Load(); err != nil || c.Text != "yes" || n != want || warnings != 1 {
			t.Errorf("call %d: %q, %v, %d calls, %d warnings; want %d calls, 1 warning", i, c.Text, err, n, warnings, want)
		}
	}
	if n := never.asked.Load(); n > 4 {
		t.Errorf("the version was asked for %d times", n)
	}

	warnings = 0
	lost := start(t, &ollama{generate: says(good, bare, good, bare)})
	o = lost.client(t, warn)
	for i, want := range []int64{1, 3} {
		if c, err := o.Generate(t.Context(), ask); err != nil || len(c.Tokens) != 1 || lost.calls.Load() != want {
			t.Errorf("call %d: %+v, %v, %d calls; want log-probabilities after %d", i, c, err, lost.calls.Load(), want)
		}
	}
	if _, err := o.Generate(t.Context(), ask); !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), "log-probabilities are missing (tried 4 times)") {
		t.Errorf("error %v of a server that has lost its log-probabilities", err)
	}
	if _, err := o.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil || warnings != 0 {
		t.Errorf("not asked for: %v, %d warnings", err, warnings)
	}
}

// What is wrong before the model is ready is asked for again too, as soon as the
// server has shown that it is an Ollama.
func TestWrongBeforeReady(t *testing.T) {
	for _, path := range []string{"/api/show", "/api/tags", "/api/generate", "/api/version"} {
		for _, wrong := range []string{"<html>", "{}", `{"models":{}}`, "404", "500", "429", "\xff"} {
			t.Run(path+" "+wrong, func(t *testing.T) {
				t.Parallel()
				var once atomic.Bool
				s := start(t, &ollama{other: func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path != path || once.Swap(true) {
						return false
					}
					switch wrong {
					case "404":
						http.NotFound(w, r)
					case "500":
						http.Error(w, "no", 500)
					case "429":
						http.Error(w, "no", http.StatusTooManyRequests)
					default:
						io.WriteString(w, wrong)
					}
					return true
				}})
				o := s.client(t)
				if v, err := o.Version(t.Context()); err != nil || v != "0.17.4" {
					t.Errorf("Version() = %q, %v", v, err)
				}
				if id, err := o.Identity(t.Context()); err != nil || id != (llm.Identity{Name: "m", Digest: soundDigest}) {
					t.Errorf("Identity() = %+v, %v", id, err)
				}
				if c, err := o.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil || c.Text != "yes" {
					t.Errorf("%+v, %v", c, err)
				}
				if !once.Load() {
					t.Error("nothing went wrong")
				}
			})
		}
	}
}

func TestIdentity(t *testing.T) {
	s := start(t, &ollama{})
	got, err := s.client(t, func(o *llm.OllamaOptions) { o.NumCtx = 512 }).Identity(t.Context())
	if diff := cmp.Diff(llm.Identity{Name: "m", Digest: soundDigest, Options: "num_ctx=512"}, got); err != nil || diff != "" {
		t.Errorf("error %v, identity (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"none", "sha256:123", strings.ToUpper(soundDigest)} {
		s := start(t, &ollama{digest: bad})
		if id, err := s.client(t).Identity(t.Context()); !errors.Is(err, llm.ErrUnavailable) || id != (llm.Identity{}) {
			t.Errorf("digest %q: %+v, %v; want an error", bad, id, err)
		}
	}
	other := s.client(t, func(o *llm.OllamaOptions) { o.Model = "other" })
	if _, err := other.Identity(t.Context()); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("of a model that is not in the list: %v", err)
	}
	if _, err := s.client(t, func(o *llm.OllamaOptions) { o.Model = "" }).Identity(t.Context()); err == nil {
		t.Error("of no model: no error")
	}
}

// A connection on which something went wrong is not used again.
func TestConnectionOfAFailureIsClosed(t *testing.T) {
	fail := map[string]string{"500": "", "wrong name": swap(`"model":"m"`, `"model":"x"`), "count": swap(`"eval_count":2`, `"eval_count":999`)}
	for name, reply := range fail {
		t.Run(name, func(t *testing.T) {
			s := start(t, &ollama{generate: func(n int, w http.ResponseWriter, _ *http.Request) {
				switch {
				case n != 1:
					io.WriteString(w, good)
				case reply == "":
					http.Error(w, `{"error":"no"}`, http.StatusInternalServerError)
				default:
					io.WriteString(w, reply)
				}
			}})
			o := s.client(t)
			for range 3 {
				if _, err := o.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
					t.Fatal(err)
				}
			}
			if f := s.from; len(f) != 4 || f[0] != f[1] || f[1] == f[2] || f[2] != f[3] {
				t.Errorf("calls came from %q; want the same connection but after the failure", f)
			}
		})
	}
}
