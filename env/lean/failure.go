package lean

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/child"
	"github.com/ponder-mcts/ponder/env/proof"
)

// StepError is a tactic that was refused: by Lean, by Guard, or for want of time
// or memory. It wraps env.ErrIllegal.
type StepError struct {
	proof.Failure
}

func (e *StepError) Error() string {
	return fmt.Sprintf("%v %q: %s", env.ErrIllegal, e.Tactic, e.Text)
}

// Unwrap makes it an illegal step.
func (e *StepError) Unwrap() error { return env.ErrIllegal }

func refuse(tactic string, class proof.Class, format string, args ...any) *StepError {
	return &StepError{proof.Failure{Tactic: tactic, Class: class, Text: child.Shorten(fmt.Sprintf(format, args...), 200)}}
}

// clues are words of Lean's messages, of old and new versions, and what they
// tell. The first that is found counts.
var clues = []struct {
	class proof.Class
	words []string
}{
	{proof.Memory, []string{"maximum recursion depth", "stack overflow", "out of memory"}},
	{proof.Timeout, []string{"deterministic) timeout", "maximum number of heartbeats"}},
	{proof.NoProgress, []string{"no progress", "failed to simplify"}},
	{proof.WrongCount, []string{"no goals", "unsolved goals", "unsolved goal", "too many", "contains metavariable"}},
	{proof.UnknownName, []string{
		"unknown identifier", "unknown constant", "unknown tactic", "unknown free variable", "unknown namespace",
		"unknown local", "unknown attribute", "invalid field", "unknown parameter", "is not a field",
	}},
	{proof.NoUnify, []string{
		"could not unify", "did not find an occurrence", "did not find instance of the pattern", "failed to unify",
		"tactic 'apply' failed", "tactic `apply` failed", "not definitionally equal", "tactic 'rfl' failed",
		"tactic `rfl` failed", "the rfl tactic failed", "motive is not type correct",
	}},
	{proof.Mismatch, []string{
		"type mismatch", "function expected", "has type", "type expected", "failed to synthesize", "invalid ⟨...⟩",
	}},
	{proof.Syntax, []string{"expected ", "unexpected ", "unterminated", "missing end", "elaboration function for"}},
}

// classify says what kind of refusal a message of Lean is.
func classify(text string) proof.Class {
	low := strings.ToLower(text)
	if isParseError(low) {
		if strings.Contains(low, "unknown tactic") {
			return proof.UnknownName
		}
		return proof.Syntax
	}
	for _, c := range clues {
		for _, w := range c.words {
			if strings.Contains(low, w) {
				return c.class
			}
		}
	}
	return proof.Other
}

// isParseError: messages of the parser begin with the place, "<input>:1:5:".
func isParseError(low string) bool {
	return strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(low, "lean error:")), "<input>:")
}

// trim takes the REPL's own words off a message.
func trim(message string) string {
	message = strings.TrimSpace(strings.TrimPrefix(message, "Lean error:"))
	return strings.TrimPrefix(message, "<input>:")
}

// broken makes a refusal of what happened to the process that ran a tactic, or
// returns nil if it is not the tactic's fault.
func broken(tactic string, err error) *StepError {
	class := proof.Died
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errLoad):
		return nil
	case errors.Is(err, child.ErrSlow):
		class = proof.Timeout
	case errors.Is(err, child.ErrMemory):
		class = proof.Memory
	case errors.Is(err, child.ErrGarbled):
		class = proof.Desync
	case !errors.Is(err, child.ErrDied):
		return nil
	}
	var death *child.DeathError
	if errors.As(err, &death) && death.Stderr != "" {
		// The end of a long complaint says most.
		words := []rune(death.Stderr)
		return refuse(tactic, class, "%v; its last words: %s", death.Cause, string(words[max(0, len(words)-120):]))
	}
	return refuse(tactic, class, "%v", err)
}

const (
	failuresPerState = 64
	failureStates    = 1 << 14
)

// failures remembers what was refused, state by state, and forgets the oldest
// states first.
type failures struct {
	mu    sync.Mutex
	of    map[string][]proof.Failure
	order []string
}

func (f *failures) add(key string, failure proof.Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list, known := f.of[key]
	for i, old := range list {
		if old.Tactic == failure.Tactic {
			list[i] = failure
			return
		}
	}
	if !known {
		f.order = append(f.order, key)
		if len(f.order) > failureStates {
			delete(f.of, f.order[0])
			f.order = f.order[1:]
		}
	}
	if len(list) < failuresPerState {
		f.of[key] = append(list, failure)
	}
}

func (f *failures) list(key string) []proof.Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]proof.Failure(nil), f.of[key]...)
}

// final is the refusal of a tactic that would be refused again for certain.
func (f *failures) final(key, tactic string) *StepError {
	for _, old := range f.list(key) {
		if old.Tactic == tactic && old.Class.Final() {
			return &StepError{old}
		}
	}
	return nil
}
