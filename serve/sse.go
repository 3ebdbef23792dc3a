package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// sse is one stream of server-sent events. It is used by one goroutine.
type sse struct {
	w    http.ResponseWriter
	out  *http.ResponseController
	beat time.Duration
	told time.Time // when something was last written
	buf  bytes.Buffer
}

// streaming answers with a stream that follow fills until it returns, the
// client is gone or the server ends. A client that is gone is no error.
func (s *Server) streaming(w http.ResponseWriter, r *http.Request, follow func(context.Context, *sse) error) error {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "5")
		return problem{http.StatusServiceUnavailable, fmt.Sprintf("%d streams are open already: close a tab", cap(s.streams))}
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-s.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	e := &sse{w: w, out: http.NewResponseController(w), beat: s.pace.beat}
	e.buf.WriteString("retry: 1000\n\n")
	if err := e.flush(); err != nil {
		return nil
	}
	// The answer has begun: there is no way left to tell of an error but to end,
	// and the page asks again.
	if err := follow(ctx, e); err != nil && ctx.Err() == nil && s.opt.Log != nil {
		s.opt.Log.Printf("a stream ended: %v", err)
	}
	return nil
}

// send writes one message; an empty id is left out.
func (e *sse) send(name, id string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	e.buf.WriteString("event: " + name + "\n")
	if id != "" {
		e.buf.WriteString("id: " + id + "\n")
	}
	e.buf.WriteString("data: ")
	e.buf.Write(text) // JSON has no line breaks
	e.buf.WriteString("\n\n")
	return e.flush()
}

// heartbeat keeps a silent stream alive, and finds out whether it still is.
func (e *sse) heartbeat() error {
	if time.Since(e.told) < e.beat {
		return nil
	}
	e.buf.WriteString(": alive\n\n")
	return e.flush()
}

func (e *sse) flush() error {
	_, err := e.buf.WriteTo(e.w)
	if err == nil {
		err = e.out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write to a stream: %w", err)
	}
	e.told = time.Now()
	return nil
}

// rest waits for d, or for wake if it is not nil.
func rest(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-wake:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
