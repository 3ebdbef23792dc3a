package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/ponder-mcts/ponder/event"
)

// Mark is a place in the events of a run: after the one of that number. The
// zero Mark is the beginning.
type Mark struct {
	Seq int
	// Sum is the chain's checksum there, by which a log that was rewritten since
	// is told. It is empty where a reader knows only the number.
	Sum string
}

// maxFollow bounds the events of one answer.
const maxFollow = 5000

// EventsAfter returns the events that follow a mark, at most some thousands;
// there may be none. Where the log was cut or rewritten before the mark, anew
// is true and the events are those from the beginning. The error is ErrNoRun if
// there is no such run, ErrDamaged if an event is not as it was.
//
// The events say when they were kept.
func (s *Store) EventsAfter(ctx context.Context, id string, from Mark) (events []event.Event, next Mark, anew bool, err error) {
	if s.empty {
		return nil, from, false, s.noRun(id)
	}
	events, next, err = s.after(ctx, id, from)
	if errors.Is(err, errRewritten) {
		anew = true
		events, next, err = s.after(ctx, id, Mark{})
	}
	if errors.Is(err, ErrNoRun) {
		return nil, from, false, err
	}
	if err != nil {
		return nil, from, false, fmt.Errorf("run %s, after event %d: %w", id, from.Seq, unreadable(ctx, err))
	}
	return events, next, anew, nil
}

var errRewritten = errors.New("the log was rewritten")

func (s *Store) after(ctx context.Context, id string, from Mark) ([]event.Event, Mark, error) {
	// The event at the mark comes too: it proves that the mark is still good. One
	// statement reads one moment.
	rows, err := s.db.QueryContext(ctx, `SELECT e.seq, e.at, e.body, e.sum FROM runs r LEFT JOIN events e ON e.run = r.n AND e.seq >= ?
		WHERE r.id = ? ORDER BY e.seq LIMIT ?`, from.Seq, id, maxFollow+min(from.Seq, 1))
	if err != nil {
		return nil, from, err
	}
	defer rows.Close()
	seq, chain := 0, sum(id)
	found := false
	var raw []rawEvent
	for rows.Next() {
		found = true
		var n, at *int64
		var body, kept []byte
		if err := rows.Scan(&n, &at, &body, &kept); err != nil {
			return nil, from, err
		}
		if n == nil {
			break // the run has no events there
		}
		switch {
		case *n == int64(from.Seq):
			if from.Sum != "" && from.Sum != hex.EncodeToString(kept) {
				return nil, from, errRewritten
			}
			seq, chain = from.Seq, bytes.Clone(kept)
		case seq != from.Seq && len(raw) == 0:
			return nil, from, errRewritten
		default:
			if chain, err = link(chain, seq+1, *n, body, kept); err != nil {
				return nil, from, err
			}
			seq++
			raw = append(raw, rawEvent{seq, *at, body})
		}
	}
	switch {
	case rows.Err() != nil:
		return nil, from, rows.Err()
	case !found:
		return nil, from, s.noRun(id)
	case seq < from.Seq:
		return nil, from, errRewritten
	}
	events, err := decodeAll(raw)
	return events, Mark{seq, hex.EncodeToString(chain)}, err
}

// rawEvent is an event whose checksum is right.
type rawEvent struct {
	seq  int
	at   int64
	body []byte
}

// decodeAll decodes on all processors: it is most of the work of reading a log.
func decodeAll(raw []rawEvent) ([]event.Event, error) {
	events := make([]event.Event, len(raw))
	errs := make([]error, len(raw))
	const piece = 256
	var wait sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for from := 0; from < len(raw); from += piece {
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			for i := from; i < min(from+piece, len(raw)); i++ {
				events[i], errs[i] = decodeEvent(raw[i].body, raw[i].seq)
				events[i].At = raw[i].at
			}
		})
	}
	wait.Wait()
	return events, errors.Join(errs...)
}

// Changed returns another number when any process has written to the database.
func (s *Store) Changed(ctx context.Context) (int64, error) {
	if s.empty {
		return 0, nil
	}
	s.newsMu.Lock()
	defer s.newsMu.Unlock()
	if s.news == nil {
		// A connection of its own: it sees what all others write.
		c, err := s.db.Conn(ctx)
		if err != nil {
			return 0, fmt.Errorf("watching %s: %w", s.path, explain(ctx, err))
		}
		s.news = c
	}
	var version int64
	if err := s.news.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("watching %s: %w", s.path, explain(ctx, err))
	}
	return version, nil
}
