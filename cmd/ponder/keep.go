package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/serve"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

// inMemory is the --db that keeps nothing.
const inMemory = ":memory:"

// defaultDB is where runs are kept unless --db says otherwise; empty if there
// is no such place.
func defaultDB() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "ponder", "ponder.db")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "share", "ponder", "ponder.db")
}

// openStore opens the database for writing, or only for reading.
func openStore(ctx context.Context, path string, opt store.Options) (*store.Store, error) {
	if path == inMemory {
		return nil, badInput("--db :memory: keeps nothing: name the file that the run is kept in, for example --db ponder.db")
	}
	if path == "" {
		return nil, badInput("no place to keep runs: neither XDG_DATA_HOME nor HOME is set; name a file, for example --db ponder.db, or keep nothing with --db :memory:")
	}
	s, err := store.Open(ctx, path, opt)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, badInput("--db %s: %w (--db FILE keeps runs elsewhere, --db :memory: nowhere)", path, err)
	}
	return s, nil
}

// work is one stretch of work on a run: the search, those who watch it, and
// what keeps it.
type work struct {
	store    *store.Store // nil: nothing is kept
	log      *store.Log
	run      store.Run
	began    time.Time
	tree     view.Tree
	foldErr  error
	progress gauge       // nil: nobody looks at a terminal
	feed     *serve.Feed // nil: nobody looks at a page
	note     func(string)
	updated  time.Time
	reins    *reins
	also     func() // what Close is to close beside the log; nil for nothing
	// learnt keeps what the search has taught; nil for nothing.
	learnt func(context.Context) error
}

// gauge is told how a search gets on: a view.Progress, or a row of one.
type gauge interface {
	Apply(event.Event)
	Resume()
}

func newWork(s *store.Store, note func(string)) *work {
	return &work{store: s, note: note, began: time.Now(), reins: newReins()}
}

// Close ends the stretch. The store stays open.
func (w *work) Close() error {
	if w.also != nil {
		w.also()
		w.also = nil
	}
	if w.log == nil {
		return nil
	}
	return w.log.Close()
}

// emit is what the search tells.
func (w *work) emit(e event.Event) {
	if err := w.tree.Apply(e); err != nil && w.foldErr == nil {
		w.foldErr = err
	}
	if w.progress != nil {
		w.progress.Apply(e)
	}
	if w.feed != nil {
		w.feed.Apply(e)
	}
}

// told is called when the past of a run has been told.
func (w *work) told() {
	if w.progress != nil {
		w.progress.Resume()
	}
}

// doing tells that work on a node begins or ends.
func (w *work) doing(node int32, on bool) {
	if w.feed != nil {
		w.feed.Doing(node, on)
	}
}

// pausing notes that a pause begins or is over, for others to see.
func (w *work) pausing(ctx context.Context, on bool) {
	state := serve.Running
	w.run.Status = ""
	if on {
		state, w.run.Status = serve.Paused, paused
	}
	if w.feed != nil {
		w.feed.State(state)
	}
	if w.log == nil {
		return
	}
	w.measure()
	if err := w.log.Update(context.WithoutCancel(ctx), w.run); err != nil {
		w.note(err.Error())
	}
}

// Append implements ponder.Journal.
func (w *work) Append(ctx context.Context, events []event.Event, keys map[int32]string) error {
	if err := w.log.Append(ctx, events, keys); err != nil {
		return err
	}
	return w.update(ctx)
}

// Save implements ponder.Journal.
func (w *work) Save(ctx context.Context, snapshot []byte) error {
	if err := w.log.Save(ctx, snapshot); err != nil {
		return err
	}
	return w.update(ctx)
}

// update brings the numbers in the list of runs up to date, now and then.
func (w *work) update(ctx context.Context) error {
	const every = 2 * time.Second
	if time.Since(w.updated) < every {
		return nil
	}
	w.updated = time.Now()
	w.measure()
	return w.log.Update(ctx, w.run)
}

// measure takes the numbers of the run from the tree.
func (w *work) measure() {
	r, u := &w.run, w.tree.Usage
	r.Simulations, r.Nodes = w.tree.Simulations, len(w.tree.Nodes)
	r.Calls, r.PromptTokens, r.CompletionTokens, r.CacheHits = u.Calls, u.PromptTokens, u.CompletionTokens, u.CacheHits
	if line := w.tree.Line(); len(line) > 0 {
		r.Value = w.tree.Worth(line[0])
	}
}

// conclude keeps how the stretch ended.
func (w *work) conclude(ctx context.Context, out ponder.Solution) error {
	if w.log == nil {
		return nil
	}
	if w.learnt != nil {
		if err := w.learnt(ctx); err != nil {
			return err
		}
	}
	w.measure()
	w.run.Status, w.run.Reason, w.run.Verified, w.run.Answer = out.Status, out.Reason, out.Verified, out.Answer
	switch out.Reason {
	case mcts.Interrupted, mcts.Time, mcts.Broken, "":
		w.run.Ended = time.Time{} // it was stopped, and can go on as it is
	default:
		w.run.Ended = time.Now()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := w.log.Update(ctx, w.run); err != nil {
		return fmt.Errorf("keeping the result: %w", err)
	}
	return w.keepTree(ctx)
}

// largeTree is the number of nodes from which on a tree is kept ready to be
// drawn: to read its events would take noticeable time.
const largeTree = 5000

// keepTree keeps a large tree as it is in the end.
func (w *work) keepTree(ctx context.Context) error {
	if len(w.tree.Nodes) < largeTree || ctx.Err() != nil {
		return nil
	}
	data, err := packTree(&w.tree)
	if err != nil {
		return fmt.Errorf("keeping the tree: %w", err)
	}
	return w.log.SaveTree(ctx, data)
}

// packTree is a tree as a page gets it.
func packTree(t *view.Tree) ([]byte, error) {
	var b bytes.Buffer
	zip, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		err = t.Record().Write(zip)
	}
	if err == nil {
		err = zip.Close()
	}
	return b.Bytes(), err
}

// elapsed is the time worked on the run, earlier stretches included.
func (w *work) elapsed() time.Duration { return w.run.Elapsed + time.Since(w.began) }

// past is what the log holds of a run that goes on, without the notes of an
// interrupted end.
func (w *work) past(ctx context.Context) (*ponder.Past, error) {
	p, err := past(ctx, archive{w.store, w.run.ID})
	if err != nil {
		return nil, err
	}
	stay := ponder.Standing(p.Events)
	if stay < len(p.Events) {
		if err := w.log.Truncate(ctx, stay); err != nil {
			return nil, err
		}
		p.Events = p.Events[:stay]
	}
	if p.Owed, err = w.log.Owed(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

var _ llm.Keeper = (*store.Log)(nil)
