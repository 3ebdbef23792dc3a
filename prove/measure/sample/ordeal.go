package sample

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Prover searches a proof for a hole of a file for no longer than limit, and
// says whether one was found that coqc accepts.
type Prover func(ctx context.Context, f *vernac.File, h vernac.Hole, limit time.Duration) (proved bool, err error)

// Ordeal is what came of one theorem of Abuse.
type Ordeal struct {
	Theorem
	// Took is how long the prover was at it, and After how long at the harmless
	// theorem behind it, which was proved or not.
	Took, After time.Duration
	Proved      bool
	// Left are processes that were there when the prover had returned.
	Left []string
	// Err is what the prover said of either theorem.
	Err error
}

// Grace is how long a call may take beyond its limit.
const Grace = 5 * time.Second

// Trouble says what is wrong with the prover; nil if nothing is.
func (o Ordeal) Trouble(limit time.Duration) error {
	var wrong []string
	if o.Err != nil {
		wrong = append(wrong, o.Err.Error())
	}
	if late := max(o.Took, o.After); late > limit+Grace {
		wrong = append(wrong, fmt.Sprintf("a call took %v, and its limit was %v", late.Round(time.Millisecond), limit))
	}
	if !o.Proved {
		wrong = append(wrong, "the harmless theorem behind it was not proved")
	}
	if len(o.Left) > 0 {
		wrong = append(wrong, "processes were left: "+strings.Join(o.Left, ", "))
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s, %s: %s", o.Name, o.What, strings.Join(wrong, "; "))
}

// errStuck says that a prover did not even return when it was told to stop.
var errStuck = errors.New("the call did not return")

// RunAbuse has theorems of Abuse searched one after the other, each followed by
// the harmless one of the same file, and tells of each as soon as it is over. A
// call is told to stop when limit and Grace are over. The error is one of the
// files, of ctx, or says that a call never returned.
//
// Processes can be looked for on Linux only; nothing else should start any
// meanwhile in this program.
func RunAbuse(ctx context.Context, prove Prover, list []Theorem, limit time.Duration, tell func(Ordeal)) error {
	if err := os.Setenv(marked, strconv.Itoa(os.Getpid())); err != nil {
		return fmt.Errorf("marking processes: %w", err)
	}
	defer os.Unsetenv(marked)
	for _, t := range list {
		o, err := ordeal(ctx, prove, t, limit)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", t.Name, t.What, err)
		}
		tell(o)
	}
	return nil
}

func ordeal(ctx context.Context, prove Prover, t Theorem, limit time.Duration) (Ordeal, error) {
	o := Ordeal{Theorem: t}
	f, err := vernac.Parse(t.Name+".v", t.Text)
	if err != nil {
		return o, err
	}
	before := children()
	for _, name := range []string{t.Name, t.After} {
		h, err := f.Redo(name)
		if err != nil {
			return o, err
		}
		began := time.Now()
		proved, err := call(ctx, prove, f, h, limit)
		took := time.Since(began)
		switch {
		case ctx.Err() != nil:
			return o, ctx.Err()
		case errors.Is(err, errStuck):
			return o, err
		case name == t.After:
			o.After, o.Proved = took, proved
		default:
			o.Took = took
		}
		if err != nil {
			o.Err = fmt.Errorf("%s: %w", name, err)
		}
		o.Left = append(o.Left, left(before)...)
	}
	return o, nil
}

// call bounds what a prover may take.
func call(ctx context.Context, prove Prover, f *vernac.File, h vernac.Hole, limit time.Duration) (proved bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit+Grace)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		proved, err = prove(ctx, f, h, limit)
	}()
	select {
	case <-done:
		return proved, err
	case <-ctx.Done():
	}
	select {
	case <-done:
		return proved, err
	case <-time.After(Grace):
		return false, errStuck
	}
}
