package lean

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ponder-mcts/ponder/env/child"
)

// What the REPL is asked: one JSON object and an empty line.
type (
	commandRequest struct {
		Cmd string `json:"cmd"`
	}
	tacticRequest struct {
		Tactic     string `json:"tactic"`
		ProofState int    `json:"proofState"`
	}
)

// What the REPL answers, the replies to commands and to tactics in one.
type reply struct {
	// Message is what a tactic that failed, or a command that could not be run,
	// comes with, alone.
	Message *string `json:"message"`

	Env        *int      `json:"env"`
	ProofState *int      `json:"proofState"`
	Goals      *[]string `json:"goals"`
	Status     string    `json:"proofStatus"`
	Messages   []message `json:"messages"`
	Sorries    []sorry   `json:"sorries"`
}

type linecol struct {
	Line   int `json:"line"`   // from 1; 0 in replies to tactics
	Column int `json:"column"` // from 0, in characters
}

type message struct {
	Severity string  `json:"severity"` // error, warning, info, trace
	Pos      linecol `json:"pos"`
	Data     string  `json:"data"`
}

type sorry struct {
	Pos        linecol `json:"pos"`
	Goal       string  `json:"goal"`
	ProofState *int    `json:"proofState"`
}

// decode reads a reply strictly: one object of a known form, nothing around it.
func decode(raw []byte) (*reply, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	r := &reply{}
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("the REPL answered %s, which is no reply: %w", child.Excerpt(raw), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the REPL answered %s: more than one reply", child.Excerpt(raw))
	}
	switch {
	case r.Message != nil && r.ProofState == nil && r.Env == nil:
	case r.Message == nil && r.ProofState != nil && r.Env == nil && r.Goals != nil && *r.ProofState >= 0:
	case r.Message == nil && r.ProofState == nil && r.Env != nil && *r.Env >= 0:
	default:
		return nil, fmt.Errorf("the REPL answered %s: neither the reply to a command nor to a tactic", child.Excerpt(raw))
	}
	for _, m := range r.Messages {
		switch m.Severity {
		case "error", "warning", "info", "trace":
		default:
			return nil, fmt.Errorf("the REPL answered %s: a message of severity %q", child.Excerpt(raw), m.Severity)
		}
	}
	return r, nil
}

// toCommand and toTactic report whether a reply may be one to a command and to a
// tactic.
func (r *reply) toCommand() bool { return r.Message != nil || r.Env != nil }
func (r *reply) toTactic() bool  { return r.Message != nil || r.ProofState != nil }

// errors are the messages of severity error.
func (r *reply) errors() []message {
	var list []message
	for _, m := range r.Messages {
		if m.Severity == "error" {
			list = append(list, m)
		}
	}
	return list
}
