package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// handler answers a request, or returns why it can't.
type handler func(w http.ResponseWriter, r *http.Request) error

// routes are the paths of the page and its API, with the one method of each.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	paths := map[string]map[string]handler{
		"/{$}":                  {http.MethodGet: s.index},
		"/assets/{name...}":     {http.MethodGet: s.asset},
		"/api/runs":             {http.MethodGet: s.getRuns, http.MethodPost: s.postRun},
		"/api/runs/stream":      {http.MethodGet: s.streamRuns},
		"/api/runs/{id}":        {http.MethodGet: s.getRun},
		"/api/runs/{id}/tree":   {http.MethodGet: s.getTree},
		"/api/runs/{id}/events": {http.MethodGet: s.getEvents},
		"/api/runs/{id}/stream": {http.MethodGet: s.streamRun},
		"/api/runs/{id}/orders": {http.MethodPost: s.postOrder},
		"/api/calls":            {http.MethodGet: s.getCalls},
		"/api/choices":          {http.MethodGet: s.getChoices},
		"/api/play":             {http.MethodGet: s.getPlay},
		"/api/play/{what}":      {http.MethodPost: s.postPlay},
	}
	for path, methods := range paths {
		allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
		mux.Handle(path, handled(func(w http.ResponseWriter, r *http.Request) error {
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet // the server leaves the body out
			}
			if h := methods[method]; h != nil {
				return h(w, r)
			}
			w.Header().Set("Allow", allow)
			return problem{http.StatusMethodNotAllowed, fmt.Sprintf("%.20q is not for this path, but %s", r.Method, allow)}
		}))
	}
	mux.Handle("/", handled(func(_ http.ResponseWriter, r *http.Request) error {
		return problem{http.StatusNotFound, fmt.Sprintf("there is no %.80q", r.URL.Path)}
	}))
	return mux
}

// handled answers with the error of a handler. If an answer has begun, it is cut
// off, so that nobody takes the half for the whole.
func handled(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		if t, ok := w.(*timed); ok && t.begun {
			panic(http.ErrAbortHandler)
		}
		fail(w, err)
	})
}

func (s *Server) getRuns(w http.ResponseWriter, r *http.Request) error {
	rows, err := s.rows(r.Context(), 0)
	if err != nil {
		return err
	}
	return packed(w, r, jsonType, func(out io.Writer) error { return json.NewEncoder(out).Encode(rows) })
}

func (s *Server) streamRuns(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.rows(r.Context(), s.pace.list); err != nil {
		return err
	}
	return s.streaming(w, r, s.followRuns)
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) error {
	row, err := s.row(r.Context(), r.PathValue("id"), 0)
	if err != nil {
		return err
	}
	return reply(w, row)
}

func (s *Server) getTree(w http.ResponseWriter, r *http.Request) error {
	if done, err := s.readyTree(w, r); done || err != nil {
		return err
	}
	record, tag, err := s.tree(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if tag != "" && known(w, r, tag) {
		return nil
	}
	return packed(w, r, jsonType, record.Write)
}

// readyTree sends a tree that the archive has ready. It reports whether it did.
func (s *Server) readyTree(w http.ResponseWriter, r *http.Request) (done bool, err error) {
	archive, ok := s.opt.Archive.(Ready)
	if !ok || s.feed(r.PathValue("id")) != nil || !wantsGzip(r) {
		return false, nil
	}
	text, found, err := archive.Tree(r.Context(), r.PathValue("id"))
	if err != nil || !found {
		return false, err
	}
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Add("Vary", "Accept-Encoding")
	_, _ = w.Write(text) // a client that is gone
	return true, nil
}

// known answers a client that has what the tag is of already.
func known(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	for t := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

func (s *Server) getEvents(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	after, err := parseSeq(r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	n, err := limit(r)
	if err != nil {
		return err
	}
	events, err := s.events(r.Context(), id, after, n)
	if err != nil {
		return err
	}
	return packed(w, r, "application/jsonl; charset=utf-8", func(out io.Writer) error {
		enc := json.NewEncoder(out)
		for _, e := range events {
			if err := enc.Encode(e); err != nil {
				return fmt.Errorf("write event %d: %w", e.Seq, err)
			}
		}
		return nil
	})
}

// events are at most n events of a run after one.
func (s *Server) events(ctx context.Context, id string, after, n int) ([]event.Event, error) {
	if f := s.feed(id); f != nil {
		events, lost := f.After(after, n)
		if lost > 0 && s.keeps(ctx, id, after) {
			return s.archivedEvents(ctx, id, after, n)
		}
		if lost > 0 {
			return nil, problem{http.StatusGone, fmt.Sprintf("the events %d to %d are not held any more: get the tree", after+1, after+lost)}
		}
		return events, nil
	}
	return s.archivedEvents(ctx, id, after, n)
}

// keeps reports whether the archive has the events of a run that follow one: of
// a run that is kept by snapshots it has none.
func (s *Server) keeps(ctx context.Context, id string, after int) bool {
	if s.opt.Archive == nil {
		return false
	}
	b, err := s.opt.Archive.Follow(ctx, id, Cursor{Seq: after})
	return err == nil && len(b.Events) > 0 && b.Events[0].Seq == after+1
}

func (s *Server) archivedEvents(ctx context.Context, id string, after, n int) ([]event.Event, error) {
	if s.opt.Archive == nil {
		return nil, fmt.Errorf("run %q: %w", id, ErrNoRun)
	}
	var events []event.Event
	for at := (Cursor{Seq: after}); len(events) < n; {
		b, err := s.opt.Archive.Follow(ctx, id, at)
		if err != nil {
			return nil, fmt.Errorf("read run %q: %w", id, err)
		}
		if b.Anew && at.Seq > 0 {
			return nil, problem{http.StatusGone, fmt.Sprintf("the run has no event %d any more: get the tree", at.Seq)}
		}
		if len(b.Events) == 0 {
			break
		}
		events, at = append(events, b.Events...), b.Next
	}
	return events[:min(n, len(events))], nil
}

func (s *Server) streamRun(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	at, err := place(r)
	if err != nil {
		return err
	}
	if _, err := s.row(r.Context(), id, 0); err != nil {
		return err
	}
	return s.streaming(w, r, func(ctx context.Context, out *sse) error { return s.follow(ctx, out, id, at) })
}

// Call is a model call as the page shows it.
type Call struct {
	Key              string         `json:"key"`
	Model            string         `json:"model"`
	System           string         `json:"system"`
	Prompt           string         `json:"prompt"`
	Reply            string         `json:"reply"`
	Thinking         string         `json:"thinking"`
	PromptTokens     int            `json:"prompt_tokens"`
	CompletionTokens int            `json:"completion_tokens"`
	ElapsedMS        int64          `json:"elapsed_ms"`
	Stop             llm.StopReason `json:"stop"`
}

// CallOf is a kept call as the page shows it.
func CallOf(c llm.Call) Call {
	return Call{
		c.Key.String(), c.Model.Name, c.Request.System, c.Request.Prompt, c.Completion.Text, c.Completion.Thinking,
		c.Completion.Usage.PromptTokens, c.Completion.Usage.CompletionTokens, c.Elapsed.Milliseconds(), c.Completion.Stop,
	}
}

func (s *Server) getCalls(w http.ResponseWriter, r *http.Request) error {
	keys, err := parseKeys(r.URL.Query().Get("keys"))
	if err != nil {
		return err
	}
	var calls []llm.Call
	if s.opt.Archive != nil {
		if calls, err = s.opt.Archive.Calls(r.Context(), keys); err != nil {
			return fmt.Errorf("read model calls: %w", err)
		}
	}
	out := make([]Call, 0, len(calls))
	for _, c := range calls {
		out = append(out, CallOf(c))
	}
	return packed(w, r, jsonType, func(w io.Writer) error { return json.NewEncoder(w).Encode(out) })
}

var errNoStarter = problem{http.StatusNotImplemented, "runs can't be begun from here"}

func (s *Server) getChoices(w http.ResponseWriter, r *http.Request) error {
	if s.opt.Starter == nil {
		return errNoStarter
	}
	choices, err := s.opt.Starter.Choices(r.Context())
	if err != nil {
		return fmt.Errorf("list what there is: %w", err)
	}
	return reply(w, choices)
}

func (s *Server) postRun(w http.ResponseWriter, r *http.Request) error {
	settings, err := s.body(w, r)
	if err != nil {
		return err
	}
	if !json.Valid(settings) {
		return wrong("the body is not JSON")
	}
	if s.opt.Starter == nil {
		return errNoStarter
	}
	id, err := s.opt.Starter.Start(r.Context(), settings)
	if err != nil {
		return err
	}
	return reply(w, map[string]string{"run": id})
}

func (s *Server) postOrder(w http.ResponseWriter, r *http.Request) error {
	text, err := s.body(w, r)
	if err != nil {
		return err
	}
	o, err := parseOrder(text)
	if err != nil {
		return err
	}
	if s.opt.Steerer == nil {
		return fmt.Errorf("%w from here", ErrRefused)
	}
	if err := s.opt.Steerer.Order(r.Context(), r.PathValue("id"), o.Order, o.Edges); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
