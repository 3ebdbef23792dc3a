package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/ponder-mcts/ponder/event"
)

// noRun says that there is no run of that id.
func (s *Store) noRun(id string) error {
	return fmt.Errorf("%w: %q in %s: ponder runs lists those there are", ErrNoRun, id, s.path)
}

// Events yields the events of a run in order. An error ends them: ErrNoRun if
// there is no run of that id, ErrDamaged if one is missing or not as it was.
func (s *Store) Events(ctx context.Context, id string) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		if s.empty {
			yield(event.Event{}, s.noRun(id))
			return
		}
		seq := 0
		fail := func(err error) {
			yield(event.Event{}, fmt.Errorf("run %s, event %d: %w", id, seq+1, unreadable(ctx, err)))
		}
		// One statement reads one moment, whatever is written meanwhile.
		rows, err := s.db.QueryContext(ctx, `SELECT r.events, e.seq, e.body, e.sum
			FROM runs r LEFT JOIN events e ON e.run = r.n WHERE r.id = ? ORDER BY e.seq`, id)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		total, chain := -1, sum(id)
		for rows.Next() {
			var n sql.NullInt64
			var body, kept []byte
			if err := rows.Scan(&total, &n, &body, &kept); err != nil {
				fail(err)
				return
			}
			if !n.Valid {
				break // the run has none
			}
			e, next, err := readEvent(chain, seq+1, n.Int64, body, kept)
			if err != nil {
				fail(err)
				return
			}
			seq, chain = seq+1, next
			if !yield(e, nil) {
				return
			}
		}
		switch err := rows.Err(); {
		case err != nil:
			fail(err)
		case total < 0:
			yield(event.Event{}, s.noRun(id))
		case seq < total:
			fail(damaged("the run had %d events, of which %d are left", total, seq))
		}
	}
}

func readEvent(chain []byte, want int, seq int64, body, kept []byte) (e event.Event, next []byte, err error) {
	if next, err = link(chain, want, seq, body, kept); err != nil {
		return e, nil, err
	}
	e, err = decodeEvent(body, want)
	return e, next, err
}

// link checks that an event is the next one of a chain.
func link(chain []byte, want int, seq int64, body, kept []byte) (next []byte, err error) {
	next = sum(chain, body)
	if seq != int64(want) || string(next) != string(kept) {
		return nil, damaged("its checksum, or that of one before it, is wrong")
	}
	return next, nil
}

func decodeEvent(body []byte, want int) (e event.Event, err error) {
	if err := json.Unmarshal(body, &e); err != nil {
		return e, damaged("%v", err)
	}
	if e.Seq != want {
		return e, damaged("it says that it is event %d", e.Seq)
	}
	return e, nil
}

// Snapshot returns the last snapshot of a run, if one was made.
func (s *Store) Snapshot(ctx context.Context, id string) (data []byte, found bool, err error) {
	if s.empty {
		return nil, false, s.noRun(id)
	}
	var kept []byte
	err = s.db.QueryRowContext(ctx, "SELECT s.data, s.sum FROM runs r LEFT JOIN snapshots s ON s.run = r.n WHERE r.id = ?", id).Scan(&data, &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, s.noRun(id)
	case err != nil:
		return nil, false, fmt.Errorf("snapshot of run %s: %w", id, unreadable(ctx, err))
	case kept == nil && data == nil:
		return nil, false, nil
	case string(sum(data)) != string(kept):
		return nil, false, fmt.Errorf("snapshot of run %s: %w", id, damaged("its checksum is wrong"))
	}
	return data, true, nil
}

// HasSnapshot reports whether a snapshot of a run was made, without reading it.
func (s *Store) HasSnapshot(ctx context.Context, id string) (found bool, err error) {
	if s.empty {
		return false, s.noRun(id)
	}
	err = s.db.QueryRowContext(ctx, "SELECT s.run IS NOT NULL FROM runs r LEFT JOIN snapshots s ON s.run = r.n WHERE r.id = ?", id).Scan(&found)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, s.noRun(id)
	case err != nil:
		return false, fmt.Errorf("snapshot of run %s: %w", id, unreadable(ctx, err))
	}
	return found, nil
}

// Place is where a state was met.
type Place struct {
	Run  string
	Node int32
}

// States tells where the state of a key was met.
func (s *Store) States(ctx context.Context, key string) ([]Place, error) {
	if s.empty {
		return nil, nil
	}
	rows, err := s.db.QueryContext(ctx, "SELECT r.id, s.node FROM states s JOIN runs r ON s.run = r.n WHERE s.key = ? ORDER BY s.run, s.node", stateKey(key))
	if err != nil {
		return nil, fmt.Errorf("where a state was met: %w", explain(ctx, err))
	}
	defer rows.Close()
	var places []Place
	for rows.Next() {
		var p Place
		if err := rows.Scan(&p.Run, &p.Node); err != nil {
			return nil, fmt.Errorf("where a state was met: %w", unreadable(ctx, err))
		}
		places = append(places, p)
	}
	return places, explain(ctx, rows.Err())
}

func stateKey(key string) []byte {
	h := sha256.Sum256([]byte(key))
	return h[:16]
}
