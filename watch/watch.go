// Package watch shows a search on the whole of a terminal, as it happens: a
// tree to walk in, what a node cost, and orders to the run.
//
// It is a fold over events like every view, and knows neither where they come
// from nor who takes its orders. Only the rows on the screen are drawn, and
// only those of unfolded nodes are known, so that the size of a tree does not
// matter.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

// Source tells of a run, as it happens. Next is called by one goroutine, the
// abilities below by others meanwhile; all return soon after their context
// ends, and Run waits until they do.
type Source interface {
	// Next returns the events after those that it returned before; it blocks
	// until there are some. anew says that they tell of the search from its
	// beginning: what was known is dropped. io.EOF says that nothing will
	// follow for now: the run is not worked on. After an error Next is called
	// again a little later.
	Next(ctx context.Context) (events []event.Event, anew bool, err error)
}

// Steerer is the ability of a Source whose run can be told what to do.
type Steerer interface {
	// Order gives one of the orders below, with the IDs of the edges it is
	// about, if it is about any.
	Order(ctx context.Context, order string, edges []int32) error
}

// Orders of a Steerer. Those about edges are event.Pin, event.Forbid and
// OrderFree.
const (
	OrderPause  = "pause"
	OrderResume = "resume"
	OrderStop   = "stop"
	OrderFree   = "free"
)

// Reader is the ability of a Source to tell what a node cost.
type Reader interface {
	// Calls returns the model calls of some addresses (env.Usage.Asked) that
	// are still kept.
	Calls(ctx context.Context, keys []string) ([]Call, error)
}

// Call is one question to a model and its answer.
type Call struct {
	Model, Prompt, Reply           string
	PromptTokens, CompletionTokens int
	Elapsed                        time.Duration
}

// Options say how the tree is shown. The zero value is ready for use.
type Options struct {
	Color bool // mark with colours too
	Top   int  // edges shown under a node before "+n more"; 0 means 12
	// Width and Height are the size of an out that is no terminal; 0 means 80
	// and 24.
	Width, Height int
}

// again is how long to wait before a Source that had nothing, or an error, is
// asked once more.
const again = time.Second

// Run shows a run until the user quits, which is no error, or ctx ends, which
// is. The terminal is then as it was before.
func Run(ctx context.Context, in io.Reader, out io.Writer, src Source, opt Options) error {
	working, cancel := context.WithCancel(ctx)
	m := newModel(working, src, opt)
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out),
		tea.WithWindowSize(m.width, m.height), tea.WithFPS(20), tea.WithoutSignalHandler())
	m.tasks.begin()
	go func() {
		defer m.tasks.end()
		follow(working, src, p.Send)
	}()
	_, err := p.Run()
	cancel()
	m.tasks.close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("showing the tree: %w", err)
	}
	return nil
}

// Messages of the goroutine that follows the Source.
type (
	fresh struct { // the search from its beginning
		tree *view.Tree
		err  error // of the events; the tree is that of those before
	}
	grown struct{ events []event.Event }
	quiet struct{ err error } // nothing follows for now, or an error that may pass
)

// chunk bounds the events that are applied between two keys.
const chunk = 500

// follow passes on what the Source tells until ctx ends. A search that is told
// from its beginning is folded here, away from the screen.
func follow(ctx context.Context, src Source, send func(tea.Msg)) {
	for first := true; ctx.Err() == nil; {
		events, anew, err := src.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if errors.Is(err, io.EOF) {
				err = nil
			}
			send(quiet{err})
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
			continue
		case anew || first && len(events) > 0:
			first = false
			m := fresh{tree: new(view.Tree)}
			for _, e := range events {
				if m.err = m.tree.Apply(e); m.err != nil || ctx.Err() != nil {
					break
				}
			}
			send(m)
			continue
		}
		for len(events) > 0 {
			n := min(chunk, len(events))
			send(grown{events[:n:n]})
			events = events[n:]
		}
	}
}

// tasks are the goroutines that use the Source.
type tasks struct {
	mu     sync.Mutex // guards closed, and begin against close
	closed bool
	wg     sync.WaitGroup
}

// begin reports whether one more may start; then it must end.
func (t *tasks) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.wg.Add(1)
	return true
}

func (t *tasks) end() { t.wg.Done() }

// close waits for all of them; no more may start.
func (t *tasks) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.wg.Wait()
}
