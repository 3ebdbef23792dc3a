package envtest

import (
	"errors"

	"github.com/ponder-mcts/ponder/env"
)

// Parse is what reads the positions of a game or puzzle, as env.Board has it.
type Parse func(text string) (env.Position, error)

// mostReason is how long, in bytes, a reason may be to be read in one line.
const mostReason = 200

// Refused fails t if a text is not refused as it should be, with an example that is
// read. Where want has no Example any such one will do.
func Refused(t T, parse Parse, want env.InputError) {
	t.Helper()
	p, err := parse(want.Input)
	var bad *env.InputError
	if p != nil || !errors.As(err, &bad) {
		t.Errorf("Parse(%.80q) = %v, %v; want an *env.InputError", want.Input, p, err)
		return
	}
	if bad.Input != want.Input || bad.Reason != want.Reason || want.Example != "" && bad.Example != want.Example {
		t.Errorf("Parse(%.80q) is refused as %+v, want %+v", want.Input, *bad, want)
	}
	if _, err := parse(bad.Example); err != nil {
		t.Errorf("the example %q of the refusal is refused: %v", bad.Example, err)
	}
}

// Read reads any text. One that is refused must be so with a short reason and an example
// that is read; of one that is read the position's own text must be read as the same.
// ok reports whether it was read, and there is more to look at.
func Read(t T, parse Parse, text string) (p env.Position, ok bool) {
	t.Helper()
	p, err := parse(text)
	if err != nil {
		var bad *env.InputError
		if !errors.As(err, &bad) || bad.Reason == "" || len(bad.Reason) > mostReason {
			t.Errorf("%q: the error is %#v", text, err)
		} else if _, err := parse(bad.Example); err != nil {
			t.Errorf("%q: the example %q is refused: %v", text, bad.Example, err)
		}
		return nil, false
	}
	again, err := parse(p.String())
	if err != nil || again.String() != p.String() || again.Hash() != p.Hash() {
		t.Errorf("%q became %s, and that %v, %v", text, p, again, err)
		return nil, false
	}
	return p, true
}
