package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Table is a game that is played on the page. Its methods are called by many
// goroutines at once and return soon after ctx is done.
type Table interface {
	// Look tells how the game stands, for the page, with a number, "version", that
	// grows with every change. It waits until that is another than seen, or ctx is done.
	Look(ctx context.Context, seen int) (json.RawMessage, error)
	// Act does what a person wants, one of Acts, and tells how the game stands then.
	// What can't be done is an *InputError.
	Act(ctx context.Context, what string, body json.RawMessage) (json.RawMessage, error)
}

// Acts are what a person can want of a Table.
var Acts = []string{"move", "back", "hint", "why", "new"}

var errNoTable = problem{http.StatusNotFound, "there is no game here: ponder play --web ENV begins one"}

func (s *Server) getPlay(w http.ResponseWriter, r *http.Request) error {
	if s.opt.Table == nil {
		return errNoTable
	}
	seen, err := parseSeq(r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	select {
	case s.streams <- struct{}{}: // who waits is like who reads a stream
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "5")
		return problem{http.StatusServiceUnavailable, fmt.Sprintf("%d streams are open already: close a tab", cap(s.streams))}
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.pace.beat)
	defer cancel()
	go func() {
		select {
		case <-s.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	state, err := s.opt.Table.Look(ctx, seen)
	if err != nil {
		return fmt.Errorf("look at the game: %w", err)
	}
	return reply(w, state)
}

func (s *Server) postPlay(w http.ResponseWriter, r *http.Request) error {
	what := r.PathValue("what")
	if !slices.Contains(Acts, what) {
		return problem{http.StatusNotFound, fmt.Sprintf("a game has no %.40q, but %s", what, strings.Join(Acts, ", "))}
	}
	body, err := s.body(w, r)
	if err != nil {
		return err
	}
	if s.opt.Table == nil {
		return errNoTable
	}
	if !json.Valid(body) {
		return wrong("the body is not JSON: give {} where nothing is to be said")
	}
	state, err := s.opt.Table.Act(r.Context(), what, body)
	if err != nil {
		return err
	}
	return reply(w, state)
}
