package sample

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq/ide"
)

// RefusedError is what coqc says against a text.
type RefusedError struct {
	Line int // from 1; 0 if it isn't told
	Text string
}

func (e *RefusedError) Error() string { return fmt.Sprintf("coqc refuses line %d: %s", e.Line, e.Text) }

var place = regexp.MustCompile(`(?m)^File "[^"]*", line ([0-9]+), characters [0-9-]+:\n(?s:Error:(.*))`)

// memory is the most address space of coqc, in bytes.
const memory = 4 << 30

// Compile has coqc read a text under the base name of a file, in a folder of its
// own, and tells what it prints. The error is a *RefusedError if coqc refuses
// the text, a *ide.MissingError without coqc.
func Compile(ctx context.Context, file, text string, flags ...string) (string, error) {
	out, err := ide.Compiler{Flags: flags, Memory: memory}.Compile(ctx, file, text)
	var refused *ide.Refusal
	if errors.As(err, &refused) {
		return "", refusal(refused.Text)
	}
	return out, err
}

// refusal finds the place in what coqc printed.
func refusal(out string) *RefusedError {
	e := &RefusedError{Text: strings.TrimSpace(out)}
	if m := place.FindStringSubmatch(out); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Text = strings.TrimSpace(m[2])
	}
	return e
}
