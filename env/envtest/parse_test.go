package envtest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
)

// recorder is a test that notes what fails it.
type recorder struct{ failures []error }

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return context.Background() }
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Errorf(format, args...))
}

// Each wrong refusal is found, and none in a right one.
func TestRefused(t *testing.T) {
	right := env.InputError{Input: "x", Reason: "it is no heap", Example: "5 A"}
	for _, tt := range []struct {
		fault string
		want  env.InputError
		words string
	}{
		{"", right, ""},
		{"", env.InputError{Input: "x", Reason: "it is no heap"}, ""},
		{"", env.InputError{Input: "5 A", Reason: "it is no heap"}, "want an *env.InputError"},
		{"", env.InputError{Input: "x", Reason: "something else"}, "is refused as"},
		{"", env.InputError{Input: "x", Reason: "it is no heap", Example: "6 A"}, "is refused as"},
		{"plain refusal", right, "want an *env.InputError"},
		{"bad example", right, "of the refusal is refused"},
		{"no reason", right, "is refused as"},
	} {
		r := &recorder{}
		envtest.Refused(r, heaps(tt.fault).Parse, tt.want)
		wantFailure(t, r.failures, tt.words)
	}
}

// Each fault of a parser is found, and none in a sound one.
func TestRead(t *testing.T) {
	for _, tt := range []struct{ fault, text, words string }{
		{"", "5 A", ""},
		{"", "x", ""},
		{"plain refusal", "x", "the error is"},
		{"bad example", "x", "the example"},
		{"no reason", "x", "the error is"},
		{"text without the player", "5 B", "became"},
		{"chance", "5 A", "became"},
	} {
		r := &recorder{}
		_, ok := envtest.Read(r, heaps(tt.fault).Parse, tt.text)
		wantFailure(t, r.failures, tt.words)
		if ok != (tt.words == "" && tt.text != "x") {
			t.Errorf("%q with the fault %q: ok is %v", tt.text, tt.fault, ok)
		}
	}
	long := func(string) (env.Position, error) {
		return nil, &env.InputError{Reason: strings.Repeat("long ", 50), Example: "5 A"}
	}
	r := &recorder{}
	envtest.Read(r, long, "x")
	wantFailure(t, r.failures, "the error is")
}
