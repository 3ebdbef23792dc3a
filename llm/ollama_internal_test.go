package llm

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ollama/ollama/envconfig"
	"pgregory.net/rapid"
)

func TestParseHost(t *testing.T) {
	tests := []struct{ host, want, reason string }{
		{"", "http://127.0.0.1:11434", "the default"},
		{"localhost", "http://localhost:11434", "a name alone gets Ollama's port"},
		{"box.lan:1234", "http://box.lan:1234", ""},
		{"localhost:11435", "http://localhost:11435", ""},
		{":4321", "http://127.0.0.1:4321", "a port alone is on this machine"},
		{"http://box.lan", "http://box.lan:80", "a URL gets its scheme's port"},
		{"https://box.lan", "https://box.lan:443", "a URL gets its scheme's port"},
		{"https://box.lan:8443/ollama", "https://box.lan:8443/ollama", "a path before /api, behind a proxy"},
		{"http://box.lan/", "http://box.lan:80", "a closing slash"},
		{"ollama.com", "https://ollama.com:443", "Ollama's own service is known by name"},
		{"0.0.0.0", "http://127.0.0.1:11434", "a server's bind address is not one to call"},
		{"0.0.0.0:99", "http://127.0.0.1:99", "a server's bind address is not one to call"},
		{"[::]:99", "http://[::1]:99", "a server's bind address is not one to call"},
		{"::1", "http://[::1]:11434", "IPv6 without brackets"},
		{"[::1]:7", "http://[::1]:7", "IPv6 with a port"},
		{"[::1]", "http://[::1]:11434", "IPv6 with brackets"},
		{"  box.lan ", "http://box.lan:11434", "blanks around"},
	}
	for _, tt := range tests {
		for _, from := range []string{"option", "environment"} {
			t.Run(from+" "+tt.host, func(t *testing.T) {
				t.Setenv("OLLAMA_HOST", "")
				text := tt.host
				if from == "environment" {
					t.Setenv("OLLAMA_HOST", text)
					text = ""
				}
				got, err := parseHost(text)
				if err != nil || got.String() != tt.want {
					t.Fatalf("parseHost(%q) = %v, %v; want %s: %s", tt.host, got, err, tt.want, tt.reason)
				}
				// Where Ollama's own client would call, ponder calls too. It
				// writes this machine as an empty host, and the path apart.
				t.Setenv("OLLAMA_HOST", tt.host)
				official := envconfig.ConnectableHost()
				if h := official.Host; h != got.Host && "127.0.0.1"+h != got.Host || official.Scheme != got.Scheme || official.Path != got.Path {
					t.Errorf("%q is %v here and %v in Ollama's client", tt.host, got, official)
				}
			})
		}
	}
}

func TestParseHostRefuses(t *testing.T) {
	for _, host := range []string{
		"localhost:0", "localhost:65536", "localhost:-1", "localhost:http", "ftp://box", "://box",
		"box lan", "user:secret@box:80", "user@box", "a:b:c", "box?x=1", "\x1b[31mbox",
	} {
		t.Run(host, func(t *testing.T) {
			t.Setenv("OLLAMA_HOST", host)
			_, err := parseHost("")
			if err == nil || !strings.Contains(err.Error(), "OLLAMA_HOST") || strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("parseHost() with OLLAMA_HOST=%q: error %v; want one line that names OLLAMA_HOST", host, err)
			}
			_, err = NewOllama(OllamaOptions{Host: host})
			if err == nil || strings.Contains(err.Error(), "OLLAMA_HOST") {
				t.Errorf("NewOllama with host %q: error %v; want one that does not blame OLLAMA_HOST", host, err)
			}
		})
	}
}

// A proxy for the outside must not be asked for a model on this machine.
func TestProxyLeavesLoopbackAlone(t *testing.T) {
	for _, host := range []string{"127.0.0.1:11434", "localhost:11434", "[::1]:11434", "127.1.2.3:80"} {
		req := &http.Request{URL: &url.URL{Scheme: "http", Host: host}}
		if u, err := proxy(req); u != nil || err != nil {
			t.Errorf("proxy of %s = %v, %v; want none", host, u, err)
		}
	}
}

func TestHasLogprobs(t *testing.T) {
	tests := []struct {
		version string
		want    bool
		reason  string
	}{
		{"0.12.11", true, "the first one"},
		{"0.12.10", false, "one before it"},
		{"0.9.99", false, "9 is less than 12"},
		{"0.13.0", true, "compared as numbers, not digits"},
		{"1.0.0", true, ""},
		{"v0.12.3-rc1", false, "prefix and suffix don't count"},
		{"0.12.11-rc0", true, "its release candidates have them"},
		{"0.0.0", true, "a build from source"},
		{"", true, "unknown: see what comes"},
		{"nightly", true, "unknown: see what comes"},
	}
	for _, tt := range tests {
		if got := hasLogprobs(tt.version); got != tt.want {
			t.Errorf("hasLogprobs(%q) = %v, want %v: %s", tt.version, got, tt.want, tt.reason)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want, reason string }{
		{"plain words", "plain words", ""},
		{"\x1b[1;31mred\x1b[0m", "red", "colours"},
		{"\x1b]0;title\x07shown", "shown", "window titles"},
		{"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link", "hyperlinks"},
		{"\u009b31mred", "red", "the one-character form of the sequence"},
		{"a\r\n\tb\x00c", "a b c", "one line"},
		{"ab\u202ecd", "abcd", "reversed writing"},
		{"\xff", "\uFFFD", "broken UTF-8"},
		{"Überlänge 日本", "Überlänge 日本", "letters of the world stay"},
	}
	for _, tt := range tests {
		if got := clean(tt.in); got != tt.want {
			t.Errorf("clean(%q) = %q, want %q: %s", tt.in, got, tt.want, tt.reason)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\x1b\u009b[]0m;\x07 \n")))).Draw(t, "text")
		in += strings.Repeat(rapid.SampledFrom([]string{"", "x", "é"}).Draw(t, "tail"), rapid.IntRange(0, 10000).Draw(t, "times"))
		got := clean(in)
		if n := utf8.RuneCountInString(got); n > maxWords {
			t.Fatalf("clean left %d characters", n)
		}
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("clean(%q) = %q", in, got)
		}
	})
}

func TestBackoff(t *testing.T) {
	const first = 100 * time.Millisecond
	for n, most := range map[int]time.Duration{1: first, 2: 2 * first, 3: 4 * first, 7: 64 * first, 50: 64 * first} {
		low, high := most, time.Duration(0)
		for range 1000 {
			d := backoff(first, n)
			low, high = min(low, d), max(high, d)
		}
		if low < most/2 || high > most || high-low < most/4 {
			t.Errorf("backoff %d is between %v and %v, want a spread over %v to %v", n, low, high, most/2, most)
		}
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := pause(ctx, time.Minute)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Errorf("pause = %v after %v, want the context's error at once", err, time.Since(start))
	}
}
