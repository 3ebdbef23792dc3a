package llmtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// ChaosOptions say what a ChaosProxy spoils.
type ChaosOptions struct {
	Target string   // URL of the server behind it
	Share  float64  // of the requests for text, from 0 to 1
	Seed   uint64   // which request is spoiled how follows from it and the request's number
	Only   []string // faults by name; nil means all
	// Finish lets the server finish a reply that its client no longer waits for.
	// Ollama 0.17.4 has been seen to hang for good after calls that were cancelled.
	Finish bool
}

// Asked is a request for text whose reply a ChaosProxy passed on whole and true
// to a client that was still there.
type Asked struct {
	Model  string `json:"model"`
	Prompt string `json:"prompt"`
}

// ChaosProxy stands in front of an Ollama server and spoils some of its replies.
type ChaosProxy struct {
	URL string

	opt    ChaosOptions
	pass   http.Handler
	client *http.Client
	closed chan struct{}

	mu        sync.Mutex // guards what follows
	requests  uint64
	last      *chaosFault
	burst     int // requests that the last fault still spoils
	faults    map[string]int
	delivered []Asked
}

// Chaos starts a ChaosProxy and stops it when the test ends.
func Chaos(t testing.TB, opt ChaosOptions) *ChaosProxy {
	t.Helper()
	target, err := url.Parse(opt.Target)
	if err != nil || target.Host == "" {
		t.Fatalf("chaos: %q is no server: %v", opt.Target, err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}
	through := httputil.NewSingleHostReverseProxy(target)
	through.Transport = transport
	p := &ChaosProxy{opt: opt, pass: through, client: &http.Client{Transport: transport}, closed: make(chan struct{}), faults: map[string]int{}}
	h := httptest.NewServer(p)
	p.URL = h.URL
	t.Cleanup(func() {
		close(p.closed)
		h.CloseClientConnections()
		h.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// Delivered are the requests that were answered whole and true, in order.
func (p *ChaosProxy) Delivered() []Asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.delivered)
}

// Faults tells how often each fault came up.
func (p *ChaosProxy) Faults() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]int{}
	for name, n := range p.faults {
		out[name] = n
	}
	return out
}

// Faults are the names of all faults there are.
func Faults() []string {
	var names []string
	for _, f := range chaosFaults {
		names = append(names, f.name)
	}
	return names
}

// chaosFault is one way to spoil a reply. Those that have a before never ask
// the server; the others get its true reply, line by line.
type chaosFault struct {
	name   string
	before func(p *ChaosProxy, w http.ResponseWriter, r *http.Request)
	spoil  func(lines []map[string]any) []string
	after  func(p *ChaosProxy, w http.ResponseWriter, r *http.Request) // the spoiled lines are written
	burst  int                                                         // requests in a row at most
	true   bool                                                        // what arrives is the true reply all the same
}

var chaosFaults = []chaosFault{
	{name: "refuse", before: func(_ *ChaosProxy, w http.ResponseWriter, _ *http.Request) { hangUp(w) }},
	{name: "hang-before", before: func(p *ChaosProxy, _ http.ResponseWriter, r *http.Request) { p.hang(r) }},
	{name: "hang-after", spoil: half, after: func(p *ChaosProxy, _ http.ResponseWriter, r *http.Request) { p.hang(r) }},
	{name: "drop", spoil: half, after: func(_ *ChaosProxy, w http.ResponseWriter, _ *http.Request) { hangUp(w) }},
	{name: "429", before: status(http.StatusTooManyRequests, "too many requests"), burst: 2},
	{name: "500", before: status(http.StatusInternalServerError, "CUDA error"), burst: 2},
	{name: "503", before: status(http.StatusServiceUnavailable, busy), burst: 3},
	{name: "garbage", before: body("this is not json\n")},
	{name: "shape", before: body(`{"response": ["a"], "done": "yes"}` + "\n")},
	{name: "html", before: body("<!DOCTYPE html>\n<html><body>It works!</body></html>\n")},
	{name: "model", spoil: each(func(l map[string]any) { l["model"] = "somebody-else:7b" })},
	{name: "empty", spoil: each(func(l map[string]any) {
		l["response"] = ""
		delete(l, "logprobs")
	})},
	{name: "long", spoil: func(lines []map[string]any) []string {
		flood := `{"model":` + quoted(lines[0]["model"]) + `,"response":"` + strings.Repeat("z", 500_000) + `","done":false}`
		return append(slices.Repeat([]string{flood}, 20), written(lines)...)
	}},
	{name: "nan", spoil: replaced(`"logprob":`, `"logprob":NaN,"was":`)},
	{name: "absurd", spoil: replaced(`"logprob":`, `"logprob":3.5,"was":`)},
	{name: "no-logprobs", spoil: each(func(l map[string]any) { delete(l, "logprobs") })},
	{name: "some-logprobs", spoil: func(lines []map[string]any) []string {
		for _, l := range lines[min(1, len(lines)):] {
			delete(l, "logprobs")
		}
		return written(lines)
	}},
	{name: "utf8", spoil: replaced(`"response":"`, "\"response\":\"\xff\xfe")},
	{name: "escapes", spoil: replaced(`"response":"`, `"response":"\u001b[31m\u001b]0;owned\u0007`)},
	{name: "backwards", true: true, spoil: func(lines []map[string]any) []string {
		for i, l := range lines {
			l["created_at"] = time.Unix(1_000_000_000-int64(i)*3600, 0).UTC().Format(time.RFC3339Nano)
		}
		return written(lines)
	}},
}

func quoted(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return `""`
	}
	return string(text)
}

func written(lines []map[string]any) []string {
	var out []string
	for _, l := range lines {
		out = append(out, quoted(l))
	}
	return out
}

func half(lines []map[string]any) []string {
	return written(lines)[:len(lines)/2]
}

func each(change func(map[string]any)) func([]map[string]any) []string {
	return func(lines []map[string]any) []string {
		for _, l := range lines {
			change(l)
		}
		return written(lines)
	}
}

func replaced(from, to string) func([]map[string]any) []string {
	return func(lines []map[string]any) []string {
		out := written(lines)
		for i := range out {
			out[i] = strings.Replace(out[i], from, to, 1)
		}
		return out
	}
}

func status(code int, words string) func(*ChaosProxy, http.ResponseWriter, *http.Request) {
	return func(_ *ChaosProxy, w http.ResponseWriter, _ *http.Request) {
		if code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "0")
		}
		writeError(w, code, words)
	}
}

func body(text string) func(*ChaosProxy, http.ResponseWriter, *http.Request) {
	return func(_ *ChaosProxy, w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, text) // the client may be gone
	}
}

// hangUp breaks the connection, as a server that dies does.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang does nothing until the client has had enough.
func (p *ChaosProxy) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-p.closed:
	}
}

// ServeHTTP implements http.Handler.
func (p *ChaosProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked Asked
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	if r.URL.Path != "/api/generate" || json.Unmarshal(text, &asked) != nil || asked.Prompt == "" {
		p.pass.ServeHTTP(w, r)
		return
	}
	fault := p.draw()
	if fault != nil && fault.before != nil {
		fault.before(p, w, r)
		return
	}
	ctx := r.Context()
	if p.opt.Finish {
		ctx = context.WithoutCancel(ctx)
	}
	lines, code, err := p.ask(ctx, text)
	switch {
	case err != nil:
		hangUp(w)
		return
	case code != http.StatusOK:
		writeError(w, code, strings.Join(lines, "\n"))
		return
	}
	intact := fault == nil || fault.true
	if fault != nil {
		truth := written(parsed(lines))
		lines = fault.spoil(parsed(lines))
		// What is missing after the first token is missing from one token only.
		intact = intact || fault.after == nil && slices.Equal(lines, truth)
	}
	flush := http.NewResponseController(w)
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, l := range lines {
		if _, err := io.WriteString(w, l+"\n"); err != nil {
			return
		}
	}
	if flush.Flush() != nil {
		return
	}
	if fault != nil && fault.after != nil {
		fault.after(p, w, r)
		return
	}
	if intact && r.Context().Err() == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.delivered = append(p.delivered, asked)
	}
}

// draw decides what becomes of the next request: nil leaves it alone.
func (p *ChaosProxy) draw() *chaosFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.burst > 0 {
		p.burst--
		p.faults[p.last.name]++
		return p.last
	}
	p.requests++
	random := rand.New(rand.NewPCG(p.opt.Seed, p.requests))
	if random.Float64() >= p.opt.Share {
		return nil
	}
	for {
		f := &chaosFaults[random.IntN(len(chaosFaults))]
		if p.opt.Only != nil && !slices.Contains(p.opt.Only, f.name) {
			continue
		}
		p.faults[f.name]++
		if f.burst > 1 {
			p.last, p.burst = f, random.IntN(f.burst)
		}
		return f
	}
}

// ask gets the true reply, whole, as lines.
func (p *ChaosProxy) ask(ctx context.Context, text []byte) (lines []string, code int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(p.opt.Target, "/")+"/api/generate", bytes.NewReader(text))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	in := bufio.NewScanner(resp.Body)
	in.Buffer(nil, 8<<20)
	for in.Scan() {
		lines = append(lines, in.Text())
	}
	if in.Err() == nil && len(lines) == 0 {
		return nil, 0, errors.New("an empty reply")
	}
	return lines, resp.StatusCode, in.Err()
}

func parsed(lines []string) []map[string]any {
	var out []map[string]any
	for _, l := range lines {
		var m map[string]any
		if json.Unmarshal([]byte(l), &m) == nil {
			out = append(out, m)
		}
	}
	return out
}
