package watch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
)

// told is what a source tells next.
type told struct {
	events []event.Event
	anew   bool
	err    error
}

// script is a source that tells what it was given, and then nothing.
type script struct{ steps []told }

func (s *script) Next(ctx context.Context) ([]event.Event, bool, error) {
	if len(s.steps) == 0 {
		<-ctx.Done()
		return nil, false, ctx.Err()
	}
	step := s.steps[0]
	s.steps = s.steps[1:]
	return step.events, step.anew, step.err
}

// What a source tells comes to the screen in pieces that leave room for keys,
// a search told anew as one finished tree; and a source that has ended, or
// fails, is asked again.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := star(3)
		var more []event.Event
		for i := range 2*chunk + 1 {
			more = append(more, event.Event{Seq: 3 + i, Failed: &event.Failed{}})
		}
		broken := errors.New("broken")
		src := &script{[]told{
			{nil, false, io.EOF}, {log, false, nil}, {more, false, nil}, {nil, false, broken}, {log, true, nil}, {log[1:], true, nil},
		}}
		var got []any
		ctx, cancel := context.WithCancel(t.Context())
		go follow(ctx, src, func(m tea.Msg) {
			switch m := m.(type) {
			case fresh:
				got = append(got, len(m.tree.Nodes))
				if m.err != nil {
					got = append(got, "wrong")
				}
			case grown:
				got = append(got, -len(m.events))
			case quiet:
				got = append(got, m.err)
			}
		})
		time.Sleep(time.Minute)
		cancel()
		synctest.Wait()
		want := []any{error(nil), 4, -chunk, -chunk, -1, broken, 4, 0, "wrong"}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}

// terminal is what Run writes to and reads from in tests.
type terminal struct {
	mu  sync.Mutex
	buf bytes.Buffer
	in  *io.PipeReader
	key *io.PipeWriter
}

func newTerminal() *terminal {
	t := new(terminal)
	t.in, t.key = io.Pipe()
	return t
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *terminal) wait(tb testing.TB, text string) {
	tb.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		t.mu.Lock()
		all := t.buf.String()
		t.mu.Unlock()
		if strings.Contains(all, text) {
			return
		}
		if time.Now().After(end) {
			tb.Fatalf("no %q on the screen: %q", text, all)
		}
	}
}

func (t *terminal) press(keys string) { io.WriteString(t.key, keys) }

const altScreen, mainScreen = "\x1b[?1049h", "\x1b[?1049l"

// A source that has nothing to tell holds up neither keys nor the end.
func TestSilentSource(t *testing.T) {
	term := newTerminal()
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), term.in, term, &fake{}, Options{}) }()
	term.wait(t, altScreen)
	term.wait(t, "waiting for the run")
	term.press("?")
	term.wait(t, "follow the principal variation")
	term.press("Q")
	if err := <-done; err != nil {
		t.Errorf("quitting: %v", err)
	}
	term.wait(t, mainScreen)
}

// What is told after a key is shown, too.
func TestRun(t *testing.T) {
	term := newTerminal()
	done := make(chan error, 1)
	src := &script{[]told{{star(3), true, nil}, {nil, false, io.EOF}}}
	go func() { done <- Run(t.Context(), term.in, term, src, Options{}) }()
	term.wait(t, "after 1")
	term.wait(t, "not running")
	term.press("\x1b[B\r")
	term.wait(t, "bounds 0.000 to 1.000")
	term.press("Q")
	if err := <-done; err != nil {
		t.Errorf("quitting: %v", err)
	}
}

// The end of the context ends all within a tenth of a second, and the terminal
// is as it was. One busy moment of the machine is no failure.
func TestCancel(t *testing.T) {
	var took time.Duration
	for range 5 {
		term := newTerminal()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- Run(ctx, term.in, term, &script{[]told{{star(3), true, nil}}}, Options{}) }()
		term.wait(t, "after 1")
		began := time.Now()
		cancel()
		err := <-done
		took = time.Since(began)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run returns %v", err)
		}
		term.wait(t, mainScreen)
		if took < 100*time.Millisecond {
			return
		}
	}
	t.Errorf("the end takes %v", took)
}
