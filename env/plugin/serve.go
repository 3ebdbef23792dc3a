package plugin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// served is what a plug-in says to a line.
type served struct {
	ID       int64        `json:"id"`
	Info     *Info        `json:"info,omitempty"`
	State    *servedState `json:"state,omitempty"`
	Actions  []string     `json:"actions,omitzero"` // an empty list is told, only nil is not
	Verified *bool        `json:"verified,omitempty"`
	Reason   string       `json:"reason,omitempty"`
	Error    *failure     `json:"error,omitempty"`
}

type servedState struct {
	Data     int      `json:"data"`
	Text     string   `json:"text"`
	Key      string   `json:"key"`
	Actions  []string `json:"actions,omitzero"` // an empty list is told, only nil is not
	Over     bool     `json:"over,omitempty"`
	Reward   float64  `json:"reward,omitempty"`
	Note     string   `json:"note,omitempty"`
	Player   int      `json:"player,omitempty"`
	Answer   *string  `json:"answer,omitempty"`
	Estimate *float64 `json:"estimate,omitempty"`
}

// Serve makes a plug-in of an environment that is written in Go: it answers the lines
// of in on out until in ends, which is no error. Of info only Name and Example are
// needed: what the environment can do, Serve sees by itself.
func Serve(ctx context.Context, e env.Environment, info Info, in io.Reader, out io.Writer) error {
	s := &server{env: e, info: info}
	if err := s.look(ctx); err != nil {
		return err
	}
	r, w := bufio.NewReaderSize(in, 1<<16), bufio.NewWriter(out)
	for ctx.Err() == nil {
		line, err := r.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			text, err := s.line(ctx, line)
			if err != nil {
				return err
			}
			if _, err := w.Write(append(text, '\n')); err != nil {
				return fmt.Errorf("answering: %w", err)
			}
			if err := w.Flush(); err != nil {
				return fmt.Errorf("answering: %w", err)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading requests: %w", err)
		}
	}
	return ctx.Err()
}

type server struct {
	env    env.Environment
	info   Info
	states []env.State
}

// look finds out what the environment can do.
func (s *server) look(ctx context.Context) error {
	root, err := s.env.Start(ctx, s.info.Example)
	if err != nil {
		return fmt.Errorf("the example of a problem: %w", err)
	}
	s.info.Protocol, s.info.Players = protocol, 1
	if _, ok := root.(env.Mover); ok {
		s.info.Players = 2
	}
	_, s.info.Finite = root.(env.Finite)
	_, s.info.Verifies = s.env.(env.Verifier)
	_, s.info.Texts = s.env.(env.Positional)
	if d, ok := s.env.(env.Describer); ok {
		s.info.Rules = d.Rules()
		s.info.SampleState, s.info.SampleStep = d.Example()
	}
	return nil
}

func (s *server) line(ctx context.Context, line []byte) ([]byte, error) {
	if line[0] != '[' {
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("a request that can't be read: %w", err)
		}
		return json.Marshal(s.answer(ctx, r))
	}
	var rs []request
	if err := json.Unmarshal(line, &rs); err != nil {
		return nil, fmt.Errorf("a batch that can't be read: %w", err)
	}
	out := make([]served, len(rs))
	for i, r := range rs {
		out[i] = s.answer(ctx, r)
	}
	return json.Marshal(out)
}

func (s *server) answer(ctx context.Context, r request) served {
	out := served{ID: r.ID}
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	switch r.Op {
	case "info":
		out.Info = &s.info
	case "start":
		next, err := s.env.Start(ctx, text(r.Problem))
		out.State, out.Error = s.state(next), asFailure(err)
	case "step", "actions":
		at, err := s.at(r.State)
		if err != nil {
			out.Error = asFailure(err)
			break
		}
		if r.Op == "actions" {
			if f, ok := at.(env.Finite); ok {
				out.Actions = append([]string{}, f.Actions()...)
			}
			break
		}
		next, err := s.env.Step(ctx, at, text(r.Action))
		out.State, out.Error = s.state(next), asFailure(err)
	case "verify":
		v, ok := s.env.(env.Verifier)
		if !ok {
			out.Error = &failure{Kind: "other", Message: "nothing can be verified here"}
			break
		}
		err := v.Verify(ctx, text(r.Problem), text(r.Answer))
		yes := err == nil
		out.Verified = &yes
		if err != nil {
			out.Reason = err.Error()
		}
	default:
		out.Error = &failure{Kind: "other", Message: fmt.Sprintf("there is no op %q", r.Op)}
	}
	return out
}

// at is the state that a request speaks of.
func (s *server) at(data json.RawMessage) (env.State, error) {
	i, err := strconv.Atoi(string(data))
	if err != nil || i < 0 || i >= len(s.states) {
		return nil, fmt.Errorf("there is no state %s", data)
	}
	return s.states[i], nil
}

// state keeps a state and tells it.
func (s *server) state(next env.State) *servedState {
	if next == nil {
		return nil
	}
	s.states = append(s.states, next)
	out := &servedState{Data: len(s.states) - 1, Text: next.String(), Key: next.Key(), Player: env.ToMove(next)}
	o, over := next.Outcome()
	if out.Over = over; over {
		out.Reward, out.Note = o.Reward, o.Note
	}
	if f, ok := next.(env.Finite); ok {
		out.Actions = append([]string{}, f.Actions()...)
	}
	if a, ok := next.(env.Answerer); ok && over {
		answer := a.Answer()
		out.Answer = &answer
	}
	if e, ok := next.(env.Estimator); ok && !over {
		if v, known := e.Estimate(); known {
			out.Estimate = &v
		}
	}
	return out
}

// asFailure tells an error; nil for none.
func asFailure(err error) *failure {
	var input *env.InputError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &input):
		return &failure{Kind: "input", Message: input.Reason, Example: input.Example}
	case errors.Is(err, env.ErrIllegal):
		words := err.Error()
		// The other side says by itself which step is illegal.
		if _, why, ok := strings.Cut(words, `": `); ok && strings.HasPrefix(words, env.ErrIllegal.Error()) {
			words = why
		}
		return &failure{Kind: "illegal", Message: words}
	}
	return &failure{Kind: "other", Message: err.Error()}
}
