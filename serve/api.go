package serve

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// Bounds of what a request may bring.
const (
	maxBody  = 64 << 10
	maxKeys  = 200
	maxEdges = 10_000
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /assets/{name}", s.asset)
	mux.HandleFunc("GET /api/runs", s.getRuns)
	mux.HandleFunc("POST /api/runs", s.postRun)
	mux.HandleFunc("GET /api/runs/stream", s.streamRuns)
	mux.HandleFunc("GET /api/runs/{id}", s.getRun)
	mux.HandleFunc("GET /api/runs/{id}/tree", s.getTree)
	mux.HandleFunc("GET /api/runs/{id}/events", s.getEvents)
	mux.HandleFunc("GET /api/runs/{id}/stream", s.streamRun)
	mux.HandleFunc("POST /api/runs/{id}/orders", s.postOrder)
	mux.HandleFunc("GET /api/calls", s.getCalls)
	mux.HandleFunc("GET /api/choices", s.getChoices)
	return mux
}

// refuse answers with one clear line.
func refuse(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	// Nothing helps a reader that is gone.
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

// fail finds the status of an error.
func fail(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	var input *InputError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &input):
		code = http.StatusBadRequest
	case errors.As(err, &large):
		code = http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrNoRun):
		code = http.StatusNotFound
	case errors.Is(err, ErrRefused), errors.Is(err, errLost):
		code = http.StatusConflict
	}
	refuse(w, code, err)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func (s *Server) index(w http.ResponseWriter, _ *http.Request) {
	text, err := fs.ReadFile(s.opt.Files, "index.html")
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(bytes.ReplaceAll(text, []byte("{{token}}"), []byte(s.csrf)))
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if !fs.ValidPath(name) || strings.Contains(name, "/") {
		refuse(w, http.StatusNotFound, errors.New("there is no such file"))
		return
	}
	text, err := fs.ReadFile(s.opt.Files, name)
	if err != nil {
		refuse(w, http.StatusNotFound, errors.New("there is no such file"))
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // the system's own table may lack these
	case ".js", ".mjs":
		kind = "text/javascript; charset=utf-8"
	case ".css":
		kind = "text/css; charset=utf-8"
	case "", ".LICENSE":
		kind = "text/plain; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(text)
}

func (s *Server) getRuns(w http.ResponseWriter, r *http.Request) {
	rows, err := s.rows(r.Context(), 0)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, rows)
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) {
	row, err := s.row(r.Context(), r.PathValue("id"), 0)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, row)
}

func (s *Server) getTree(w http.ResponseWriter, r *http.Request) {
	ready, ok := s.opt.Archive.(Ready)
	if ok && s.feed(r.PathValue("id")) == nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		text, found, err := ready.Tree(r.Context(), r.PathValue("id"))
		if err != nil {
			fail(w, err)
			return
		}
		if found {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(text)
			return
		}
	}
	record, _, err := s.tree(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := record.Write(w); err != nil {
		panic(http.ErrAbortHandler) // half of an answer must not look like all of it
	}
}

// getEvents writes events as lines of JSON.
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request) {
	after, err := number(r.URL.Query().Get("after"), 0)
	if err != nil {
		fail(w, err)
		return
	}
	limit, err := number(r.URL.Query().Get("limit"), math.MaxInt)
	if err != nil {
		fail(w, err)
		return
	}
	out := json.NewEncoder(w)
	first := true
	err = s.events(r, after, limit, func(events []event.Event) error {
		if first {
			w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
			first = false
		}
		for i := range events {
			if err := out.Encode(&events[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && first {
		fail(w, err)
	} else if err != nil {
		panic(http.ErrAbortHandler) // half of an answer must not look like all of it
	}
}

// events gives the events of a run that are there after one.
func (s *Server) events(r *http.Request, after, limit int, give func([]event.Event) error) error {
	id, ctx := r.PathValue("id"), r.Context()
	if f := s.feed(id); f != nil {
		last := f.last()
		if _, lost := f.After(after, 1); lost == 0 {
			return fromFeed(f, after, last, limit, give)
		}
		if s.opt.Archive == nil {
			return fmt.Errorf("run %q: %w", id, errLost)
		}
		if b, err := s.opt.Archive.Follow(ctx, id, Cursor{Seq: after}); err != nil || len(b.Events) == 0 {
			return errors.Join(fmt.Errorf("run %q: %w", id, errLost), err)
		}
	} else if s.opt.Archive == nil {
		return fmt.Errorf("run %q: %w", id, ErrNoRun)
	}
	at := Cursor{Seq: after}
	for limit > 0 {
		b, err := s.opt.Archive.Follow(ctx, id, at)
		if err != nil {
			return err
		}
		if b.Anew && at.Seq > 0 {
			return fmt.Errorf("run %q: %w", id, errLost)
		}
		events := b.Events[:min(limit, len(b.Events))]
		if err := give(events); err != nil || len(events) == 0 {
			return err
		}
		at, limit = b.Next, limit-len(events)
	}
	return nil
}

func fromFeed(f *Feed, after, last, limit int, give func([]event.Event) error) error {
	if after >= last {
		return give(nil)
	}
	for after < last && limit > 0 {
		events, lost := f.After(after, min(limit, 1000))
		if lost > 0 || len(events) == 0 {
			return errLost
		}
		if err := give(events); err != nil {
			return err
		}
		after, limit = events[len(events)-1].Seq, limit-len(events)
	}
	return nil
}

// number reads a count from a request.
func number(text string, missing int) (int, error) {
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, &InputError{fmt.Sprintf("%.40q is not a number from 0 on", text)}
	}
	return n, nil
}

// Call is a model call as the page reads it.
type Call struct {
	Key              string `json:"key"`
	Model            string `json:"model"`
	System           string `json:"system,omitempty"`
	Prompt           string `json:"prompt"`
	Reply            string `json:"reply"`
	Thinking         string `json:"thinking,omitempty"`
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	ElapsedMS        int64  `json:"elapsed_ms"`
	Stop             string `json:"stop"`
}

// CallOf is a kept call as the page reads it.
func CallOf(c llm.Call) Call {
	return Call{
		Key: c.Key.String(), Model: c.Model.Name, System: c.Request.System, Prompt: c.Request.Prompt, Reply: c.Completion.Text,
		Thinking: c.Completion.Thinking, PromptTokens: c.Completion.Usage.PromptTokens,
		CompletionTokens: c.Completion.Usage.CompletionTokens, ElapsedMS: c.Elapsed.Milliseconds(), Stop: string(c.Completion.Stop),
	}
}

func (s *Server) getCalls(w http.ResponseWriter, r *http.Request) {
	keys, err := keysOf(r.URL.Query().Get("keys"))
	if err != nil {
		fail(w, err)
		return
	}
	out := []Call{}
	if s.opt.Archive != nil && len(keys) > 0 {
		calls, err := s.opt.Archive.Calls(r.Context(), keys)
		if err != nil {
			fail(w, err)
			return
		}
		for _, c := range calls {
			out = append(out, CallOf(c))
		}
	}
	answer(w, out)
}

// keysOf reads the addresses of model calls.
func keysOf(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	keys := strings.Split(text, ",")
	if len(keys) > maxKeys {
		return nil, &InputError{fmt.Sprintf("%d keys at once: at most %d are looked up", len(keys), maxKeys)}
	}
	for _, k := range keys {
		if b, err := hex.DecodeString(k); err != nil || len(b) != len(llm.Key{}) {
			return nil, &InputError{fmt.Sprintf("%.80q is no key of a model call: it has %d hexadecimal digits", k, 2*len(llm.Key{}))}
		}
	}
	return keys, nil
}

func (s *Server) getChoices(w http.ResponseWriter, r *http.Request) {
	if s.opt.Starter == nil {
		refuse(w, http.StatusNotFound, errors.New("no search can be begun here"))
		return
	}
	c, err := s.opt.Starter.Choices(r.Context())
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, c)
}

func (s *Server) postRun(w http.ResponseWriter, r *http.Request) {
	if s.opt.Starter == nil {
		refuse(w, http.StatusNotFound, errors.New("no search can be begun here"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, err)
		return
	}
	if !json.Valid(body) {
		fail(w, &InputError{"the body is not JSON"})
		return
	}
	id, err := s.opt.Starter.Start(r.Context(), body)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, map[string]string{"run": id})
}

// order is what the page asks of a run.
type order struct {
	Order string  `json:"order"`
	Edges []int32 `json:"edges"`
}

func readOrder(body []byte) (order, error) {
	var o order
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil || d.More() {
		return o, &InputError{`an order is for example {"order": "pin", "edges": [3]}`}
	}
	switch o.Order {
	case "pause", "resume", "stop":
		if len(o.Edges) > 0 {
			return o, &InputError{fmt.Sprintf("%s takes no edges", o.Order)}
		}
	case event.Pin, event.Forbid, event.Free:
		if len(o.Edges) == 0 || len(o.Edges) > maxEdges {
			return o, &InputError{fmt.Sprintf("%s takes 1 to %d edges, not %d", o.Order, maxEdges, len(o.Edges))}
		}
	default:
		return o, &InputError{fmt.Sprintf("the order %.40q is unknown: give pause, resume, stop, pin, forbid or free", o.Order)}
	}
	return o, nil
}

func (s *Server) postOrder(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, err)
		return
	}
	o, err := readOrder(body)
	if err != nil {
		fail(w, err)
		return
	}
	id := r.PathValue("id")
	if s.opt.Steerer == nil {
		fail(w, fmt.Errorf("run %q: %w", id, ErrRefused))
		return
	}
	if err := s.opt.Steerer.Order(r.Context(), id, o.Order, o.Edges); err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
