package llm

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// A text in pieces is UTF-8 exactly if the whole is.
func FuzzUTF8Check(f *testing.F) {
	for _, s := range []string{"", "yes", "é日本😀", "\xff", "a\xc3", "\xc3\xc3\xa9", "\xf0\x9f\x98", "\xed\xa0\x80", "\xe6\x97x", "\x80"} {
		for cut := range 4 {
			f.Add([]byte(s), cut, cut+1)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, a, b int) {
		a = max(0, min(a, len(text)))
		b = max(a, min(b, len(text)))
		var u utf8Check
		ok := u.add(text[:a]) && u.add(text[a:b]) && u.add(text[b:]) && u.whole()
		if want := utf8.Valid(text); ok != want {
			t.Errorf("%q cut at %d and %d: valid %v, want %v", text, a, b, ok, want)
		}
	})
}

// However the JSON is cut, the numbers under "logprob" are counted, and nothing
// that only looks like them in a text.
func TestLogprobCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{`"logprob":1`, `"logprob"`, `logprob`, `"`, `\`, `x`, `:-1`, "é"})
		want := 0
		var list []map[string]any
		for range rapid.IntRange(0, 5).Draw(t, "tokens") {
			m := map[string]any{"token": word.Draw(t, "a") + word.Draw(t, "b"), "x" + word.Draw(t, "key"): 1.5}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				m["logprob"], want = rapid.Float64Range(-100, 1).Draw(t, "number"), want+1
			case 1:
				m["logprob"] = nil
			}
			list = append(list, m)
		}
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		var c logprobCount
		got, step := 0, rapid.IntRange(1, 30).Draw(t, "step")
		for from := 0; from < len(text); from += step {
			got += c.add(text[from:min(from+step, len(text))])
		}
		if got != want {
			t.Errorf("%d numbers in %s, want %d", got, text, want)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	tests := []struct {
		text   string
		want   time.Duration
		reason string
	}{
		{"", 0, "not said"},
		{"2", 2 * time.Second, "seconds"},
		{"0", 0, "at once"},
		{"86400", maxRetryAfter, "nobody waits a day"},
		{"-5", 0, "no time"},
		{"Wed, 21 Oct 2026 07:28:00 GMT", 0, "dates need equal clocks"},
		{"99999999999999999999", 0, "no number"},
	}
	for _, tt := range tests {
		if got := retryAfter(tt.text); got != tt.want {
			t.Errorf("retryAfter(%q) = %v, want %v: %s", tt.text, got, tt.want, tt.reason)
		}
	}
	// It goes the whole way from the header to the wait.
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3")
		http.Error(w, "busy", http.StatusTooManyRequests)
	}))
	defer s.Close()
	o, err := NewOllama(OllamaOptions{Host: s.URL, RetryDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	f := asFault(o.try(t.Context(), time.Minute, o.askVersion(new(string))))
	p := o.opts.patience()
	if wait, again := p.failed(f); f.class != passing || wait != 3*time.Second || !again {
		t.Errorf("fault %v of class %d: wait %v, again %v; want 3s, true", f, f.class, wait, again)
	}
}

func TestSameModel(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"m", "m:latest", true},
		{"Qwen3:8B", "qwen3:8b", true},
		{"registry.ollama.ai/library/m:latest", "m", true},
		{"qwen3:8b", "qwen3:4b", false},
		{"user/m", "m", false},
		{"host.example/user/m:1", "user/m:1", false},
		{"no name at all", "no name at all:latest", true},
		{"", "m", false},
	}
	for _, tt := range tests {
		if got := sameModel(tt.a, tt.b); got != tt.want || sameModel(tt.b, tt.a) != tt.want {
			t.Errorf("sameModel(%q, %q) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
