package serve

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/view"
)

// What is kept of the trees of runs that are looked at.
const (
	mostFolds = 8
	mostNodes = 1 << 20 // of all of them together, but for the newest
)

// fold is the tree of a run in the archive, as far as it was read.
type fold struct {
	turn turn
	id   string
	made int // tells this fold from every other: part of the entity tag

	tree *view.Tree
	at   Cursor
}

// folds are those used last, the newest at the end.
type folds struct {
	turn turn
	list []*fold
	made int
}

// fold finds the tree of a run, or begins one, and takes it for the caller, who
// gives it back. It also drops those that were not used for longest.
func (s *Server) fold(ctx context.Context, id string) (*fold, error) {
	if err := s.folds.turn.take(ctx); err != nil {
		return nil, err
	}
	var found *fold
	kept := s.folds.list[:0]
	for _, f := range s.folds.list {
		if f.id == id {
			found = f
		} else {
			kept = append(kept, f)
		}
	}
	if found == nil {
		found = &fold{turn: make(turn, 1), id: id}
	}
	clear(s.folds.list[len(kept):])
	s.folds.list = append(kept, found)
	if n := len(s.folds.list) - mostFolds; n > 0 {
		clear(s.folds.list[:n])
		s.folds.list = s.folds.list[n:]
	}
	s.folds.turn.give()
	return found, found.turn.take(ctx)
}

// archivedTree brings the tree of a run up to date and calls look with it while
// nobody else uses it.
func (s *Server) archivedTree(ctx context.Context, id string, look func(*fold)) error {
	if s.opt.Archive == nil {
		return fmt.Errorf("run %q: %w", id, ErrNoRun)
	}
	f, err := s.fold(ctx, id)
	if err != nil {
		return err
	}
	defer f.turn.give()
	if err := s.readOn(ctx, f); err != nil {
		return err
	}
	s.slim(f)
	look(f)
	return nil
}

func (s *Server) readOn(ctx context.Context, f *fold) error {
	type part struct {
		Batch
		err error
	}
	// Reading takes as long as folding: one is done while the other is.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts := make(chan part, 1)
	go func(at Cursor) {
		defer close(parts)
		for {
			b, err := s.opt.Archive.Follow(ctx, f.id, at)
			select {
			case parts <- part{b, err}:
			case <-ctx.Done():
				return
			}
			if at = b.Next; err != nil || len(b.Events) == 0 {
				return
			}
		}
	}(f.at)
	for b := range parts {
		if b.err != nil {
			return fmt.Errorf("read run %q: %w", f.id, b.err)
		}
		if f.tree == nil || b.Anew {
			f.tree = &view.Tree{}
			f.made = s.number()
		}
		for _, e := range b.Events {
			if err := f.tree.Apply(e); err != nil {
				f.tree, f.at = nil, Cursor{} // the next reader begins anew
				return fmt.Errorf("read run %q: %w", f.id, err)
			}
		}
		f.at = b.Next
		if len(b.Events) == 0 {
			return nil
		}
	}
	return ctx.Err()
}

// number is one that no fold has had.
func (s *Server) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folds.made++
	return s.folds.made
}

// slim drops the folds used longest ago while all together are too big. It never
// waits: one that is in use stays.
func (s *Server) slim(newest *fold) {
	select {
	case s.folds.turn <- struct{}{}:
	default:
		return
	}
	defer s.folds.turn.give()
	room := mostNodes - len(newest.tree.Nodes)
	var kept []*fold
	for i := len(s.folds.list) - 1; i >= 0; i-- {
		f := s.folds.list[i]
		if f != newest {
			select {
			case f.turn <- struct{}{}:
				if f.tree != nil {
					room -= len(f.tree.Nodes)
				}
				f.turn.give()
				if room < 0 {
					continue
				}
			default:
			}
		}
		kept = append([]*fold{f}, kept...)
	}
	s.folds.list = kept
}

// tree is the tree of a run as data, with its entity tag.
func (s *Server) tree(ctx context.Context, id string) (view.Record, string, error) {
	if f := s.feed(id); f != nil {
		if err := f.Err(); err != nil {
			return view.Record{}, "", fmt.Errorf("run %q: %w", id, err)
		}
		return f.Snapshot(), "", nil
	}
	var r view.Record
	var tag string
	err := s.archivedTree(ctx, id, func(f *fold) {
		r = f.tree.Record()
		tag = fmt.Sprintf("%q", fmt.Sprintf("%s-%d-%d", s.boot, f.made, r.Seq))
	})
	return r, tag, err
}

// catchUp is the place of the tree that a reader of /tree gets now, or of one
// after it.
func (s *Server) catchUp(ctx context.Context, id string) (Cursor, error) {
	var at Cursor
	err := s.archivedTree(ctx, id, func(f *fold) { at = f.at })
	return at, err
}
