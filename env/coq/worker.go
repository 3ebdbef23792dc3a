package coq

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/ide"
)

// Sentence is a sentence of the file before a proof, with its place for
// messages.
type Sentence struct {
	Text string
	Line int // from 1; 0 if it is not of the file
}

// worker is one process somewhere in the proof.
type worker struct {
	proc   *ide.Process
	base   ide.StateID // before the first step
	stack  []passed    // the steps since
	broken bool        // to be replaced
	lent   int         // how often it was
}

type passed struct {
	way *way
	id  ide.StateID
}

// LoadError says that the file up to the proof is not accepted.
type LoadError struct {
	Line   int
	Text   string // the sentence
	Reason string // Coq's words
}

func (e *LoadError) Error() string {
	return fmt.Sprintf("line %d: Coq does not accept %q: %s", e.Line, clip(squeeze(e.Text), 80), e.Reason)
}

// preamble makes goals print whole and on one line.
var preamble = []Sentence{{Text: "Set Printing Width 1000000."}, {Text: "Set Printing Depth 1000000."}}

// load starts a process and brings it to the proof.
func load(ctx context.Context, opt ide.Options, prefix []Sentence, first bool) (*worker, error) {
	proc, err := ide.Start(opt)
	if err != nil {
		return nil, err
	}
	w := &worker{proc: proc}
	err = w.load(ctx, prefix)
	if err == nil && first {
		err = w.focus(ctx)
	}
	if err != nil {
		proc.Close()
		return nil, err
	}
	return w, nil
}

const loadTime = 10 * time.Minute

func (w *worker) load(ctx context.Context, prefix []Sentence) error {
	tip, err := w.proc.Init(ctx, loadTime)
	if err != nil {
		return err
	}
	sentences := append(preamble[:len(preamble):len(preamble)], prefix...)
	after := map[ide.StateID]Sentence{} // what came next
	for i, s := range sentences {
		after[tip] = s
		next, err := w.proc.Add(ctx, tip, s.Text)
		if err == nil && (i%200 == 199 || loads(s.Text)) {
			// Notations and plug-ins change the grammar of what follows.
			_, err = w.proc.Goals(ctx, loadTime)
		}
		if err != nil {
			return loadError(after, s, err)
		}
		tip = next
	}
	if _, err := w.proc.Goals(ctx, loadTime); err != nil {
		return loadError(after, Sentence{Line: sentences[len(sentences)-1].Line, Text: "the text before the proof"}, err)
	}
	w.base = tip
	return nil
}

// focus puts all goals but the first away.
func (w *worker) focus(ctx context.Context) error {
	at, _, err := w.proc.Try(ctx, loadTime, w.base, "{")
	if isRefusal(err) {
		return fmt.Errorf("%w: %w", ErrPlace, err)
	}
	w.base = at
	return err
}

func loads(sentence string) bool {
	return strings.Contains(sentence, "Require") || strings.HasPrefix(sentence, "Import") || strings.HasPrefix(sentence, "Declare")
}

// loadError is about the sentence that Coq names, or else about s.
func loadError(after map[ide.StateID]Sentence, s Sentence, err error) error {
	var r *ide.Refusal
	if errors.As(err, &r) {
		if named, ok := after[r.At]; ok {
			s = named
		}
		return &LoadError{s.Line, s.Text, r.Text}
	}
	return fmt.Errorf("loading the file up to line %d: %w", s.Line, err)
}

// common is how many steps of a way the worker has made already.
func (w *worker) common(steps []*way) int {
	n := 0
	for n < len(steps) && n < len(w.stack) && w.stack[n].way == steps[n] {
		n++
	}
	return n
}

// tip is the state after the first n steps of the stack.
func (w *worker) tip(n int) ide.StateID {
	if n == 0 {
		return w.base
	}
	return w.stack[n-1].id
}

// errDesync says that a way did not lead to where it did before.
var errDesync = errors.New("a repeated step did not do what it did before")

// goTo brings the worker to a state; limit is that of one step, and a repeated
// one gets three times as much. It reports whether steps were repeated.
func (w *worker) goTo(ctx context.Context, to *way, limit time.Duration) (id ide.StateID, moved bool, err error) {
	steps := to.steps()
	n := w.common(steps)
	w.stack = w.stack[:n]
	tip := w.tip(n)
	for _, s := range steps[n:] {
		next, _, err := w.proc.Try(ctx, 3*limit, tip, guarded(s.sentence, 3*limit))
		if err != nil {
			w.broken = true
			if isRefusal(err) {
				err = fmt.Errorf("%w: %q: %w", errDesync, s.sentence, err)
			}
			return 0, true, err
		}
		w.stack = append(w.stack, passed{s, next})
		tip, moved = next, true
	}
	return tip, moved, nil
}

func isRefusal(err error) bool {
	var r *ide.Refusal
	return errors.As(err, &r)
}

// guarded is a tactic as it is sent: within parentheses it can't become anything
// else. The time limit is a second fence behind the interrupt.
func guarded(tactic string, limit time.Duration) string {
	if isFocus(tactic) {
		return tactic
	}
	return fmt.Sprintf("Timeout %d (%s).", int(limit/time.Second)+2, tactic)
}

// focus is the sentence that makes one goal of several the only one.
func focus(goal int) string { return fmt.Sprintf("%d: {", goal) }

func isFocus(sentence string) bool { return strings.HasSuffix(sentence, "{") }

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
