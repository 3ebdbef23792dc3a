package llmtest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/llm"
)

// Call is one request to generate, as it came over the wire.
type Call struct {
	Model       string          `json:"model"`
	Prompt      string          `json:"prompt"`
	System      string          `json:"system"`
	Raw         bool            `json:"raw"`
	Stream      *bool           `json:"stream"`
	Options     map[string]any  `json:"options"`
	KeepAlive   json.RawMessage `json:"keep_alive"`
	Think       *bool           `json:"think"`
	Truncate    *bool           `json:"truncate"`
	Shift       *bool           `json:"shift"`
	Logprobs    bool            `json:"logprobs"`
	TopLogprobs int             `json:"top_logprobs"`
	// These are always sent by Ollama's client, and always empty.
	Suffix   string `json:"suffix"`
	Template string `json:"template"`
}

// Server is an Ollama for tests. Its models are "fake", which behaves, and
// "fake:MODE" for each of the modes, which does not. It is safe for concurrent
// use.
type Server struct {
	URL string

	answer func(Call) llm.Completion
	closed chan struct{}

	mu      sync.Mutex // guards what follows
	version string
	calls   []Call
	loads   []Call
	failed  map[string]bool // modes that have failed once
	gone    []time.Time
	conns   int
}

// Serve starts a server that answers with what the function makes of a call
// (nil: "ok"), and stops it when the test ends. A completion without tokens is
// streamed by words; Stop "" means llm.Stop.
func Serve(t testing.TB, answer func(Call) llm.Completion) *Server {
	t.Helper()
	if answer == nil {
		answer = func(Call) llm.Completion { return Say("ok") }
	}
	s := &Server{
		answer:  answer,
		closed:  make(chan struct{}),
		version: "0.17.4",
		failed:  map[string]bool{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", s.serveVersion)
	mux.HandleFunc("GET /api/tags", s.serveTags)
	mux.HandleFunc("POST /api/show", s.serveShow)
	mux.HandleFunc("POST /api/generate", s.serveGenerate)
	h := httptest.NewUnstartedServer(mux)
	h.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.conns++
		}
	}
	h.Start()
	s.URL = h.URL
	t.Cleanup(func() {
		close(s.closed)
		h.CloseClientConnections()
		h.Close()
	})
	return s
}

// SetVersion makes the server an older or newer one; one before 0.12.11 leaves
// log-probabilities out. At first it is 0.17.4.
func (s *Server) SetVersion(v string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = v
}

// Calls are the calls with a prompt so far, in the order of their arrival.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Loads are the calls without a prompt so far, which load a model.
func (s *Server) Loads() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.loads)
}

// Gone are the moments at which clients left before their answer was whole.
func (s *Server) Gone() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.gone)
}

// Connections is how many connections were opened so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

func (s *Server) serveVersion(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"version": s.version})
}

func (s *Server) hasLogprobs() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var a, b, c int
	if _, err := fmt.Sscanf(s.version, "%d.%d.%d", &a, &b, &c); err != nil {
		return true
	}
	return a > 0 || b > 12 || b == 12 && c >= 11
}

func (s *Server) serveTags(w http.ResponseWriter, _ *http.Request) {
	var models []map[string]any
	for _, mode := range append([]string{"latest"}, Modes()...) {
		models = append(models, map[string]any{
			"name": "fake:" + mode, "model": "fake:" + mode, "size": 4096, "digest": digest(mode),
			"details": map[string]any{"family": "llama", "parameter_size": "1.8M"},
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"models": models})
}

func digest(mode string) string { return fmt.Sprintf("%064x", mode) }

func (s *Server) serveShow(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Model string }
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	mode, ok := modeOf(ask.Model)
	if !ok {
		writeError(w, http.StatusNotFound, fmt.Sprintf("model '%s' not found", ask.Model))
		return
	}
	if mode == "showfail" {
		writeError(w, http.StatusInternalServerError, "blob is broken")
		return
	}
	capabilities, template := []string{"completion"}, "{{ .Prompt }}"
	if mode == "think" {
		capabilities = append(capabilities, "thinking")
		template = "<|user|>{{ .Prompt }}<|assistant|>"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"template":     template,
		"modelfile":    "FROM fake\n",
		"capabilities": capabilities,
		"details":      map[string]any{"family": "llama", "parameter_size": "1.8M"},
		"model_info":   map[string]any{"general.architecture": "llama", "llama.context_length": 4096},
	})
}

func (s *Server) serveGenerate(w http.ResponseWriter, r *http.Request) {
	var call Call
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&call); err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	mode, ok := modeOf(call.Model)
	if !ok {
		writeError(w, http.StatusNotFound, fmt.Sprintf("model '%s' not found", call.Model))
		return
	}
	s.note(call)
	if words := refusal(call, mode); words != "" {
		writeError(w, http.StatusBadRequest, words)
		return
	}
	o := &out{server: s, w: w, r: r, model: call.Model}
	switch {
	case call.Prompt != "":
		c := s.answer(call)
		if !s.hasLogprobs() || !call.Logprobs {
			c.Tokens = nil
		}
		behave(o, mode, c)
	case mode == "loadhang":
		o.hang()
	case mode == "loadfail":
		writeError(w, http.StatusInternalServerError, "llama runner process has terminated: out of memory")
	default:
		o.line(map[string]any{"response": "", "done": true, "done_reason": "load"})
	}
}

func (s *Server) note(call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if call.Prompt == "" {
		s.loads = append(s.loads, call)
	} else {
		s.calls = append(s.calls, call)
	}
}

// refusal is what a real server says to a bad request.
func refusal(call Call, mode string) string {
	switch {
	case call.Raw && (call.System != "" || call.Template != ""):
		return "raw mode does not support template, system, or context"
	case call.TopLogprobs < 0 || call.TopLogprobs > 20:
		return "top_logprobs must be between 0 and 20"
	case call.Think != nil && mode != "think":
		return fmt.Sprintf("%q does not support thinking", call.Model)
	}
	return ""
}

// modeOf reads the mode out of a model's name; "" is the good one.
func modeOf(model string) (mode string, ok bool) {
	name, mode, tagged := strings.Cut(model, ":")
	switch {
	case name != "fake":
		return "", false
	case !tagged || mode == "latest":
		return "", true
	}
	return mode, slices.Contains(Modes(), mode)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that has left is no failure of the server.
	_ = json.NewEncoder(w).Encode(v)
}

func writeError(w http.ResponseWriter, status int, words string) {
	writeJSON(w, status, map[string]any{"error": words})
}
