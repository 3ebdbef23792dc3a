package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/view"
)

// quick is a pace for tests.
var quick = pace{
	events: time.Millisecond, doing: 2 * time.Millisecond, list: 2 * time.Millisecond,
	poll: 2 * time.Millisecond, beat: 20 * time.Millisecond, write: 30 * time.Second, batch: 7,
}

var page = fstest.MapFS{
	"index.html": {Data: []byte(`<meta name="ponder-token" content="{{token}}">`)},
	"main.mjs":   {Data: []byte("export {}")},
	"sub/a.css":  {Data: []byte("a{}")},
	"data":       {Data: []byte("<b>")},
}

// story is a log of n events: a start, a root with two children, then visits.
func story(run string, n int) []event.Event {
	log := []event.Event{
		{Started: &event.Started{Version: event.Version, Run: run, Env: "words", Problem: "a", Root: event.Node{State: "a"}}},
		{Grown: &event.Grown{
			New:   []event.Node{{ID: 1, State: "ab"}, {ID: 2, State: "ac"}},
			Edges: []event.Edge{{ID: 0, Child: 1, Action: "b", Prior: 0.5}, {ID: 1, Child: 2, Action: "c", Prior: 0.5}},
		}},
	}
	for i := len(log); i < n; i++ {
		log = append(log, visit(i))
	}
	for i := range log {
		log[i].Seq = i + 1
	}
	return log[:n]
}

func visit(i int) event.Event {
	e := int32(i % 2)
	visits := int32(i / 2)
	return event.Event{Seq: i + 1, Visited: &event.Visited{
		Path: []int32{e}, Leaf: e + 1,
		Stats: event.Stats{
			Nodes: []event.NodeStats{{ID: e + 1, N: visits, Q: 0.25, Hi: 1}, {ID: 0, N: int32(i), Q: 0.25, Hi: 1}},
			Edges: []event.EdgeStats{{ID: e, N: visits}},
		},
	}}
}

func ended(seq int) event.Event {
	return event.Event{Seq: seq, Ended: &event.Ended{Reason: "budget", Status: "unsolved", Line: []int32{0}}}
}

// shelf is an Archive in memory.
type shelf struct {
	mu      sync.Mutex
	rows    []Run
	logs    map[string][]event.Event
	marks   map[string]string // changes when a log is rewritten
	changed int64
	most    int // events in a batch
	follows int // how often it was read
}

func newShelf() *shelf {
	return &shelf{logs: map[string][]event.Event{}, marks: map[string]string{}, most: 10}
}

func (s *shelf) put(r Run, log ...event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed++
	s.logs[r.Run] = append(s.logs[r.Run], log...)
	for i := range s.rows {
		if s.rows[i].Run == r.Run {
			s.rows[i] = r
			return
		}
	}
	s.rows = append([]Run{r}, s.rows...)
}

// rewrite puts another log in the place of one.
func (s *shelf) rewrite(id string, log []event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed++
	s.logs[id], s.marks[id] = log, s.marks[id]+"x"
}

func (s *shelf) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed++
	delete(s.logs, id)
	for i := range s.rows {
		if s.rows[i].Run == id {
			s.rows = append(append([]Run{}, s.rows[:i]...), s.rows[i+1:]...)
			return
		}
	}
}

func (s *shelf) Runs(context.Context) ([]Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Run{}, s.rows...), nil
}

func (s *shelf) Follow(_ context.Context, id string, from Cursor) (Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follows++
	log, ok := s.logs[id]
	if !ok {
		return Batch{}, fmt.Errorf("%q: %w", id, ErrNoRun)
	}
	b := Batch{}
	if from.Seq > len(log) || from.Mark != "" && from.Mark != "m"+s.marks[id] {
		b.Anew, from.Seq = true, 0
	}
	b.Events = append(b.Events, log[from.Seq:min(len(log), from.Seq+s.most)]...)
	b.Next = Cursor{from.Seq + len(b.Events), "m" + s.marks[id]}
	for _, r := range s.rows {
		b.Live = b.Live || r.Run == id && r.Live
	}
	return b, nil
}

func (s *shelf) Calls(_ context.Context, keys []string) ([]llm.Call, error) {
	var out []llm.Call
	for _, text := range keys {
		var k llm.Key
		if err := k.UnmarshalText([]byte(text)); err != nil {
			return nil, err
		}
		out = append(out, llm.Call{
			Key: k, Model: llm.Identity{Name: "m"}, Request: llm.Request{System: "s", Prompt: "<p>"}, Elapsed: 1500 * time.Millisecond,
			Completion: llm.Completion{Text: "r", Thinking: "t", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 3, CompletionTokens: 4}},
		})
	}
	return out, nil
}

func (s *shelf) Changed(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed, nil
}

// hand starts and steers, and remembers what it was told.
type hand struct {
	mu   sync.Mutex
	told []string
}

func (h *hand) Choices(context.Context) (json.RawMessage, error) {
	return json.RawMessage(`{"envs":["words"]}`), nil
}

func (h *hand) Start(_ context.Context, settings json.RawMessage) (string, error) {
	if string(settings) == `{}` {
		return "", fmt.Errorf("begin: %w", &InputError{"give a problem"})
	}
	return "new", nil
}

func (h *hand) Order(_ context.Context, run, order string, edges []int32) error {
	switch run {
	case "done":
		return fmt.Errorf("run %q has ended: %w", run, ErrRefused)
	case "none":
		return ErrNoRun
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, fmt.Sprint(run, " ", order, " ", edges))
	return nil
}

// site is a server on a real listener.
type site struct {
	*Server
	t      testing.TB
	url    string
	host   string
	client *http.Client
	stop   func() error // ends it and waits
}

func open(t testing.TB, opt Options, p pace) *site {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opt.Files = page
	s := newServer(opt, p)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	transport := &http.Transport{DisableCompression: true}
	x := &site{s, t, "http://" + ln.Addr().String(), ln.Addr().String(), &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, sync.OnceValue(func() error { cancel(); return <-done })}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := x.stop(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// do sends a request; headers are name and value by turns.
func (x *site) do(method, path, body string, headers ...string) (int, http.Header, string) {
	x.t.Helper()
	req, err := http.NewRequestWithContext(x.t.Context(), method, x.url+path, strings.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	resp, err := x.client.Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

func (x *site) get(path string, headers ...string) (int, string) {
	x.t.Helper()
	code, _, text := x.do("GET", path, "", headers...)
	return code, text
}

// post sends JSON as the page does.
func (x *site) post(path, body string) (int, string) {
	x.t.Helper()
	code, _, text := x.do("POST", path, body, TokenHeader, x.pageToken(), "Content-Type", "application/json")
	return code, text
}

var tokenInPage = regexp.MustCompile(`content="([^"]+)"`)

// pageToken reads the token as the page does.
func (x *site) pageToken(headers ...string) string {
	x.t.Helper()
	_, text := x.get("/", headers...)
	m := tokenInPage.FindStringSubmatch(text)
	if m == nil {
		x.t.Fatalf("no token in the page: %s", text)
	}
	return m[1]
}

// message is one server-sent event.
type message struct {
	name, data string
	lastID     string
	id         int // -1: none
}

// listener reads a stream.
type listener struct {
	body   io.Closer
	in     *bufio.Reader
	cancel context.CancelFunc
	beats  int
}

func (x *site) listen(path string, headers ...string) *listener {
	x.t.Helper()
	ctx, cancel := context.WithCancel(x.t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", x.url+path, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := x.client.Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		x.t.Fatalf("GET %s: %s, %v", path, resp.Status, resp.Header)
	}
	return &listener{resp.Body, bufio.NewReader(resp.Body), cancel, 0}
}

func (l *listener) close() {
	l.cancel()
	l.body.Close()
}

// next is the next message; io.EOF after the last.
func (l *listener) next() (message, error) {
	m := message{id: -1}
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return m, err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && m.name != "":
			return m, nil
		case field == "event":
			m.name = value
		case field == "data":
			m.data += value
		case field == "id":
			m.lastID = value
			if m.id, err = strconv.Atoi(strings.SplitN(value, ":", 2)[0]); err != nil {
				return m, err
			}
		case strings.HasPrefix(line, ":"):
			l.beats++
		}
	}
}

// await reads on to a message of one of some names.
func (l *listener) await(t testing.TB, names ...string) message {
	t.Helper()
	for {
		m, err := l.next()
		if err != nil {
			t.Fatalf("no %s came: %v", names, err)
		}
		if slices.Contains(names, m.name) {
			return m
		}
	}
}

func parse[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return v
}

// until waits for something that has to come true.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// replica is what a page makes of a stream: the events it got one after the
// other, from trees where it was told to get one.
type replica struct {
	seq   int
	last  string // the id of the last message that had events
	tree  *view.Tree
	jumps int
}

var errGap = errors.New("an event is missing or came twice")

// take folds a message, and gets the tree when it is told to.
func (p *replica) take(t testing.TB, x *site, run string, m message) error {
	t.Helper()
	switch m.name {
	case "events":
		events := parse[[]event.Event](t, m.data)
		if len(events) == 0 || events[len(events)-1].Seq != m.id {
			return fmt.Errorf("%d events under the id %d", len(events), m.id)
		}
		for _, e := range events {
			if p.tree != nil && p.jumps > 0 && e.Seq <= p.seq {
				continue // the tree has it
			}
			if e.Seq != p.seq+1 {
				return fmt.Errorf("%w: %d after %d", errGap, e.Seq, p.seq)
			}
			if err := p.tree.Apply(e); err != nil {
				return err
			}
			p.seq = e.Seq
		}
		p.last = m.lastID
	case "snapshot":
		j := parse[jump](t, m.data)
		code, text := x.get("/api/runs/" + run + "/tree")
		if code != 200 {
			return fmt.Errorf("tree: %d %s", code, text)
		}
		r := parse[view.Record](t, text)
		if r.Seq < j.Seq || m.id != j.Seq {
			return fmt.Errorf("the tree has %d events, the snapshot promised %d under the id %d", r.Seq, j.Seq, m.id)
		}
		tree, err := r.Tree()
		if err != nil {
			return err
		}
		p.tree, p.seq, p.last = tree, r.Seq, fmt.Sprint(r.Seq)
		p.jumps++
	}
	return nil
}
