package serve

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/view"
)

// problem is an error with its HTTP status; its text is for the client.
type problem struct {
	status int
	text   string
}

func (p problem) Error() string { return p.text }

func wrong(format string, args ...any) error {
	return problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// status is the HTTP status of an error.
func status(err error) int {
	var p problem
	var input *InputError
	var text *env.InputError
	switch {
	case errors.As(err, &p):
		return p.status
	case errors.As(err, &input), errors.As(err, &text):
		return http.StatusBadRequest
	case errors.Is(err, ErrNoRun):
		return http.StatusNotFound
	case errors.Is(err, ErrRefused):
		return http.StatusConflict
	case errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail answers with an error, as one line.
func fail(w http.ResponseWriter, err error) {
	h := w.Header()
	h.Del("ETag")
	h.Del("Content-Encoding")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", jsonType)
	w.WriteHeader(status(err))
	_ = json.NewEncoder(w).Encode(map[string]string{"error": view.Clean(err.Error())}) // a client that is gone
}

const jsonType = "application/json; charset=utf-8"

// reply answers with JSON.
func reply(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(append(text, '\n')) // a client that is gone
	return nil
}

// packed gives write a writer to the client that compresses if the client wants
// it. Nothing that is compressed holds a secret.
func packed(w http.ResponseWriter, r *http.Request, kind string, write func(io.Writer) error) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Add("Vary", "Accept-Encoding")
	if !wantsGzip(r) {
		return write(w)
	}
	h.Set("Content-Encoding", "gzip")
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err := write(z); err != nil {
		return err
	}
	return z.Close()
}

// wantsGzip reports whether a client takes gzip.
func wantsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(part, ";")
		weight = strings.TrimRight(strings.ReplaceAll(weight, " ", ""), ".0")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") && weight != "q=" {
			return true
		}
	}
	return false
}
