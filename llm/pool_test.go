package llm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
)

// told notes what a pool says of its hosts.
type told struct {
	mu   sync.Mutex
	down []string // "host: error"
	back []string
}

func (n *told) downs() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.down)
}

func (n *told) backs() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.back)
}

// poolOf makes an impatient pool of hosts.
func poolOf(t testing.TB, hosts []*ollama, change ...func(*llm.PoolOptions)) (*llm.Pool, *told) {
	t.Helper()
	n := &told{}
	opts := llm.PoolOptions{
		OllamaOptions: llm.OllamaOptions{Model: "m", RetryDelay: 10 * time.Millisecond, CallTimeout: 20 * time.Second},
		// Nothing comes back by itself, unless a test asks for it.
		BackAfter: time.Hour, CheckEvery: time.Hour,
		Down: func(host string, err error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.down = append(n.down, host+": "+err.Error())
		},
		Back: func(host string) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.back = append(n.back, host)
		},
	}
	for _, h := range hosts {
		opts.Hosts = append(opts.Hosts, h.URL)
	}
	for _, f := range change {
		f(&opts)
	}
	p, err := llm.NewPool(opts)
	if err != nil {
		t.Fatal(err)
	}
	return p, n
}

// counts is how many calls each host has got.
func counts(hosts []*ollama) []int {
	var list []int
	for _, h := range hosts {
		list = append(list, int(h.calls.Load()))
	}
	return list
}

// say answers with one word.
func say(word string) string { return strings.ReplaceAll(good, `"yes"`, `"`+word+`"`) }

// hung never answers a call; it is free again when the client leaves.
func hung(left *atomic.Int64) *ollama {
	o := &ollama{}
	o.generate = func(_ int, _ http.ResponseWriter, r *http.Request) {
		o.hang(r)
		left.Add(1)
	}
	return o
}

type answer struct {
	llm.Completion
	err error
}

// generate starts a call.
func generate(ctx context.Context, m llm.Model, prompt string) chan answer {
	done := make(chan answer, 1)
	go func() {
		c, err := m.Generate(ctx, llm.Request{Prompt: prompt})
		done <- answer{c, err}
	}()
	return done
}

func TestPoolDispatch(t *testing.T) {
	release := make(chan struct{})
	var hosts []*ollama
	for range 3 {
		hosts = append(hosts, start(t, &ollama{generate: func(_ int, w http.ResponseWriter, _ *http.Request) {
			<-release
			io.WriteString(w, good)
		}}))
	}
	p, _ := poolOf(t, hosts)
	var calls []chan answer
	for i, want := range [][]int{{1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {2, 1, 1}, {2, 2, 1}} {
		calls = append(calls, generate(t.Context(), p, fmt.Sprint(i, " is a prompt")))
		eventually(t, fmt.Sprint("the calls are spread as ", want), func() bool { return slices.Equal(counts(hosts), want) })
	}
	close(release)
	for _, c := range calls {
		if a := <-c; a.err != nil || a.Text != "yes" {
			t.Errorf("%+v", a)
		}
	}
	// Now all are idle: 0 has seen the prompts 0 and 3, 1 has 1 and 4, 2 has 2.
	tests := []struct {
		prompt string
		want   int
		reason string
	}{
		{"2 is a prompt, longer", 2, "the prefix is there"},
		{"1 is a prompt", 1, "the whole is there"},
		{"4 is", 1, "the second one is there too"},
		{"nobody knows this", 0, "the lowest index decides"},
		{"2 is", 2, "still there"},
	}
	for _, tt := range tests {
		before := counts(hosts)
		if _, err := p.Generate(t.Context(), llm.Request{Prompt: tt.prompt}); err != nil {
			t.Fatal(err)
		}
		before[tt.want]++
		if diff := cmp.Diff(before, counts(hosts)); diff != "" {
			t.Errorf("%q: calls by host (-want +got): %s\n%s", tt.prompt, tt.reason, diff)
		}
	}
}

// With a host all its calls go elsewhere at once, not only the one that broke.
func TestPoolHostDies(t *testing.T) {
	for _, way := range []string{"breaks", "hangs"} {
		t.Run(way, func(t *testing.T) {
			var left atomic.Int64
			dying, dead := &ollama{}, make(chan struct{})
			dying.generate = func(n int, _ http.ResponseWriter, r *http.Request) {
				defer left.Add(1)
				if n == 1 && way == "breaks" {
					<-dead
					panic(http.ErrAbortHandler)
				}
				dying.hang(r)
			}
			dying.other = func(_ http.ResponseWriter, r *http.Request) bool {
				select {
				case <-dead:
					dying.hang(r)
					return true
				default:
					return false
				}
			}
			other, release := &ollama{}, make(chan struct{})
			other.generate = func(n int, w http.ResponseWriter, _ *http.Request) {
				<-release
				io.WriteString(w, good)
			}
			hosts := []*ollama{start(t, dying), start(t, other)}
			p, notes := poolOf(t, hosts, func(o *llm.PoolOptions) {
				if way == "hangs" {
					o.CheckEvery, o.CheckTimeout = 10*time.Millisecond, 500*time.Millisecond
				}
			})
			var calls []chan answer
			for i := range 4 {
				calls = append(calls, generate(t.Context(), p, fmt.Sprint(i)))
				eventually(t, "the call has arrived", func() bool { c := counts(hosts); return c[0]+c[1] == i+1 })
			}
			if diff := cmp.Diff([]int{2, 2}, counts(hosts)); diff != "" {
				t.Fatalf("calls by host (-want +got):\n%s", diff)
			}
			close(dead)
			eventually(t, "both calls are cancelled and made elsewhere", func() bool { return left.Load() == 2 && other.calls.Load() == 4 })
			close(release)
			for _, c := range calls {
				if a := <-c; a.err != nil || a.Text != "yes" {
					t.Errorf("%+v", a)
				}
			}
			if d := notes.downs(); len(d) != 1 || !strings.HasPrefix(d[0], dying.URL) {
				t.Errorf("told as down: %q; want the first host, once", d)
			}
		})
	}
}

// flaky fails as long as it is down; every way to fail is a name of a fault.
func flaky(word string, down *atomic.Pointer[string]) *ollama {
	o := &ollama{}
	o.generate = says(say(word))
	o.other = func(w http.ResponseWriter, r *http.Request) bool {
		fault := down.Load()
		if fault == nil {
			return false
		}
		switch *fault {
		case "500":
			http.Error(w, `{"error":"no"}`, http.StatusInternalServerError)
		case "refuse":
			panic(http.ErrAbortHandler)
		case "missing":
			http.Error(w, `{"error":"model 'm' not found"}`, http.StatusNotFound)
		case "html":
			io.WriteString(w, "<html>")
		case "hang":
			o.hang(r)
		}
		return true
	}
	return o
}

func TestPoolHostComesBack(t *testing.T) {
	tests := []struct {
		fault, reason string
		calls         int // until the host is out
	}{
		{"refuse", "at once", 1},
		{"500", "one may pass, three in a row do not", 3},
		{"html", "one may pass, three in a row do not", 3},
		{"missing", "somebody has deleted the model", 1},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			var down atomic.Pointer[string]
			first := start(t, flaky("first", &down))
			second := start(t, flaky("second", new(atomic.Pointer[string])))
			p, notes := poolOf(t, []*ollama{first, second}, func(o *llm.PoolOptions) {
				o.BackAfter = 50 * time.Millisecond
			})
			say := func() string {
				c, err := p.Generate(t.Context(), llm.Request{Prompt: "p"})
				if err != nil {
					t.Fatal(err)
				}
				return c.Text
			}
			if got := say(); got != "first" {
				t.Fatalf("%q answers, want the first host", got)
			}
			down.Store(&tt.fault)
			for i := range tt.calls {
				if n := len(notes.downs()); n != 0 {
					t.Errorf("down after %d calls, want %d: %s", i, tt.calls, tt.reason)
				}
				if got := say(); got != "second" {
					t.Errorf("%q answers, want the second host", got)
				}
			}
			if d := notes.downs(); len(d) != 1 || !strings.HasPrefix(d[0], first.URL) || !strings.Contains(d[0], "model unavailable") {
				t.Fatalf("told as down: %q, want the first host after %d calls: %s", d, tt.calls, tt.reason)
			}
			down.Store(nil)
			eventually(t, "the first host answers again", func() bool { return say() == "first" })
			if diff := cmp.Diff([]string{first.URL}, notes.backs()); diff != "" {
				t.Errorf("told as back (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPoolDigests(t *testing.T) {
	const another = "0ddba11500000000000000000000000000000000000000000000000000000000"
	a, b := start(t, &ollama{}), start(t, &ollama{digest: another})
	asks := map[string]func(*llm.Pool) error{
		"Generate": func(p *llm.Pool) error { _, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); return err },
		"Show":     func(p *llm.Pool) error { _, err := p.Show(t.Context()); return err },
		"Identity": func(p *llm.Pool) error { _, err := p.Identity(t.Context()); return err },
	}
	for name, ask := range asks {
		p, _ := poolOf(t, []*ollama{a, b})
		for range 2 {
			err := ask(p)
			if !errors.Is(err, llm.ErrDigest) || !errors.Is(err, llm.ErrUnavailable) {
				t.Fatalf("%s: error %v, want ErrDigest", name, err)
			}
			for _, want := range []string{a.URL, b.URL, soundDigest[:12], another[:12]} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: error %q, want one with %q", name, err, want)
				}
			}
		}
	}
	if n := a.calls.Load() + b.calls.Load(); n != 0 {
		t.Errorf("%d calls reached hosts that differ", n)
	}

	// One that could not be asked at first stays out when it comes back with another model.
	var down atomic.Pointer[string]
	refuse := "refuse"
	down.Store(&refuse)
	late := flaky("late", &down)
	late.digest = another
	start(t, late)
	p, notes := poolOf(t, []*ollama{late, a}, func(o *llm.PoolOptions) { o.BackAfter = time.Millisecond })
	if id, err := p.Identity(t.Context()); err != nil || id.Digest != soundDigest {
		t.Fatalf("Identity() = %+v, %v", id, err)
	}
	down.Store(nil)
	eventually(t, "the difference is told", func() bool {
		if c, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil || c.Text != "yes" {
			t.Fatalf("%+v, %v", c, err)
		}
		return len(notes.downs()) == 2
	})
	if d := notes.downs()[1]; !strings.HasPrefix(d, late.URL) || !strings.Contains(d, another[:12]) {
		t.Errorf("told %q", d)
	}
	if n := len(notes.backs()); n != 0 || late.calls.Load() != 0 {
		t.Errorf("told %d times as back, %d calls; want none", n, late.calls.Load())
	}
}

func TestPoolHedges(t *testing.T) {
	var left atomic.Int64
	slow, quick := start(t, hung(&left)), start(t, &ollama{})
	hosts := []*ollama{slow, quick}
	p, notes := poolOf(t, hosts, func(o *llm.PoolOptions) { o.Hedge = 20 * time.Millisecond })
	begin := time.Now()
	c, err := p.Generate(t.Context(), llm.Request{Prompt: "p"})
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v: the slow host was waited for", took)
	}
	if err != nil || c.Text != "yes" || p.Hedges() != 1 {
		t.Errorf("%+v, %v, %d hedges; want the answer of the second host", c, err, p.Hedges())
	}
	eventually(t, "the slow call is cancelled", func() bool { return left.Load() == 1 })
	if d := notes.downs(); len(d) != 0 {
		t.Errorf("told as down: %q; slow is not down", d)
	}
	// No hedge for an answer in time, nor without a second host.
	p, _ = poolOf(t, []*ollama{quick, slow}, func(o *llm.PoolOptions) { o.Hedge = 10 * time.Second })
	if _, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil || p.Hedges() != 0 {
		t.Errorf("%v, %d hedges of a quick call", err, p.Hedges())
	}
	// The second one fails: the first one's answer counts, however late.
	release := make(chan struct{})
	late := start(t, &ollama{generate: func(_ int, w http.ResponseWriter, _ *http.Request) {
		<-release
		io.WriteString(w, say("late"))
	}})
	broken := start(t, &ollama{generate: func(int, http.ResponseWriter, *http.Request) {
		defer close(release)
		panic(http.ErrAbortHandler)
	}})
	p, _ = poolOf(t, []*ollama{late, broken}, func(o *llm.PoolOptions) { o.Hedge = time.Millisecond })
	if c, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil || c.Text != "late" || p.Hedges() != 1 {
		t.Errorf("%+v, %v, %d hedges; want the first host's answer", c, err, p.Hedges())
	}
}

func TestPoolAllDown(t *testing.T) {
	var down atomic.Pointer[string]
	hosts := []*ollama{start(t, flaky("a", &down)), start(t, flaky("b", &down))}
	refuse, server := "refuse", "500"
	for _, fault := range []*string{&refuse, &server} {
		// Before it was ever reached, and after.
		for _, reached := range []bool{false, true} {
			p, _ := poolOf(t, hosts)
			down.Store(nil)
			if reached {
				if _, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
					t.Fatal(err)
				}
			}
			down.Store(fault)
			var err error
			for range 5 { // until all are known to be out
				if _, err = p.Generate(t.Context(), llm.Request{Prompt: "p"}); !errors.Is(err, llm.ErrUnavailable) {
					t.Fatalf("%s: error %v, want ErrUnavailable", *fault, err)
				}
			}
			if text := err.Error(); !strings.Contains(text, hosts[0].URL) || !strings.Contains(text, hosts[1].URL) || strings.Count(text, "model unavailable") != 1 {
				t.Errorf("%s: error %q, want one that names both hosts", *fault, text)
			}
		}
	}
	// A call waits for the first to come back, if it has the patience.
	down.Store(nil)
	p, notes := poolOf(t, hosts, func(o *llm.PoolOptions) { o.BackAfter, o.RetryDelay = 20*time.Millisecond, time.Second })
	if _, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
		t.Fatal(err)
	}
	down.Store(&refuse)
	call := generate(t.Context(), p, "p")
	eventually(t, "both are out", func() bool { return len(notes.downs()) == 2 })
	down.Store(nil)
	if a := <-call; a.err != nil {
		t.Errorf("a host came back: %v", a.err)
	}
}

// What is the call's own fault is told, and costs no host.
func TestPoolCallsFault(t *testing.T) {
	refusal := ""
	refuse := &ollama{}
	refuse.generate = func(_ int, w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":"`+refusal+`"}`, http.StatusBadRequest)
	}
	hosts := []*ollama{start(t, refuse), start(t, &ollama{})}
	p, notes := poolOf(t, hosts)
	for refusal = range map[string]bool{"the input length exceeds the context length": true, "bad options": true} {
		_, err := p.Generate(t.Context(), llm.Request{Prompt: "p"})
		if !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), refusal) || errors.Is(err, llm.ErrTooLong) != strings.Contains(refusal, "length") {
			t.Errorf("error %v, want %q", err, refusal)
		}
	}
	if d := notes.downs(); len(d) != 0 || hosts[1].calls.Load() != 0 {
		t.Errorf("told as down: %q, %d calls elsewhere", d, hosts[1].calls.Load())
	}
	if _, err := p.Generate(t.Context(), llm.Request{}); err == nil || errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("no prompt: error %v", err)
	}
}

func TestPoolCancel(t *testing.T) {
	var left atomic.Int64
	for _, hedge := range []time.Duration{0, time.Millisecond} {
		quickest(t, "cancel", 100*time.Millisecond, func(n int) time.Duration {
			left.Store(0)
			hosts := []*ollama{start(t, hung(&left)), start(t, hung(&left))}
			p, notes := poolOf(t, hosts, func(o *llm.PoolOptions) { o.Hedge = hedge })
			ctx, cancel := context.WithCancel(t.Context())
			call := generate(ctx, p, "p")
			want := int64(1)
			if hedge > 0 {
				want = 2
			}
			eventually(t, "the call is there", func() bool { c := counts(hosts); return int64(c[0]+c[1]) == want })
			begin := time.Now()
			cancel()
			if a := <-call; !errors.Is(a.err, context.Canceled) || errors.Is(a.err, llm.ErrUnavailable) {
				t.Errorf("error %v, want context.Canceled alone", a.err)
			}
			took := time.Since(begin)
			eventually(t, "the servers have seen it", func() bool { return left.Load() == want })
			if d := notes.downs(); len(d) != 0 {
				t.Errorf("told as down: %q", d)
			}
			return took
		})
	}
	// While it waits for a host, or for the first answer of one.
	quickest(t, "cancel", 100*time.Millisecond, func(int) time.Duration {
		refuse, hang := "refuse", "hang"
		var down atomic.Pointer[string]
		hosts := []*ollama{start(t, flaky("a", &down)), start(t, flaky("b", &down))}
		p, notes := poolOf(t, hosts, func(o *llm.PoolOptions) { o.BackAfter, o.RetryDelay = time.Minute, time.Hour })
		if _, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
			t.Fatal(err)
		}
		down.Store(&refuse)
		ctx, cancel := context.WithCancel(t.Context())
		waiting := generate(ctx, p, "p")
		eventually(t, "all are out", func() bool { return len(notes.downs()) == 2 })
		down.Store(&hang)
		fresh, _ := poolOf(t, hosts)
		meeting := generate(ctx, fresh, "p")
		begin := time.Now()
		cancel()
		for _, call := range []chan answer{waiting, meeting} {
			if a := <-call; !errors.Is(a.err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", a.err)
			}
		}
		return time.Since(begin)
	})
}

// With one host a pool does as an Ollama does.
func TestPoolOfOne(t *testing.T) {
	s := start(t, &ollama{generate: says("<html>", good)})
	p, _ := poolOf(t, []*ollama{s, s})
	if c, err := p.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil || c.Text != "yes" || s.calls.Load() != 2 {
		t.Errorf("%+v, %v after %d calls", c, err, s.calls.Load())
	}
	if p.Host() != s.client(t).Host() || len(p.Hosts()) != 1 || p.Name() != "m" {
		t.Errorf("host %q, hosts %q, name %q", p.Host(), p.Hosts(), p.Name())
	}
	if v, err := p.Version(t.Context()); err != nil || v != "0.17.4" {
		t.Errorf("Version() = %q, %v", v, err)
	}
	if id, err := p.Identity(t.Context()); err != nil || id.Digest != soundDigest {
		t.Errorf("Identity() = %+v, %v", id, err)
	}
	if d, err := p.Show(t.Context()); err != nil || d.Digest != soundDigest || !d.BareTemplate {
		t.Errorf("Show() = %+v, %v", d, err)
	}
	if _, err := llm.NewPool(llm.PoolOptions{Hosts: []string{"a", "b:c:d"}}); err == nil || !strings.Contains(err.Error(), "b:c:d") {
		t.Errorf("bad host: error %v", err)
	}
}
