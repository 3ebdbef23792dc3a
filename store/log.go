package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// Log is the one writer of a run. Append, Truncate, Save, Update and Close are
// called by one goroutine, Find and Keep by any.
type Log struct {
	s    *Store
	id   string
	n    int64 // the run's number in the database
	lock *flock.Flock

	mu    sync.Mutex // guards run
	run   Run
	seq   int       // of the last event
	chain []byte    // its checksum
	over  bool      // Close was called: the run may be another's now
	since time.Time // when this stretch of work, or what is not counted of it, began
}

// Run is the run as it was last kept.
func (l *Log) Run() Run {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.run
}

// open says whether the run is still this Log's.
func (l *Log) open() error {
	if l.over {
		return fmt.Errorf("run %s: its log is closed: %w", l.id, os.ErrClosed)
	}
	return nil
}

// count notes how many events the run has, so that none at the end goes missing
// unnoticed. It is not done with each of them: it would be a page more to write.
func (l *Log) count(ctx context.Context, events int) error {
	_, err := l.s.exec(ctx, "UPDATE runs SET events = ? WHERE n = ?", events, l.n)
	return err
}

// Append keeps events, which follow those kept before, and the keys of the
// states that they worked on, by node: all in one transaction, or nothing.
func (l *Log) Append(ctx context.Context, events []event.Event, keys map[int32]string) error {
	if err := l.open(); err != nil {
		return err
	}
	seq, chain := l.seq, l.chain
	type row struct {
		seq        int
		kind, body string
		sum        []byte
	}
	rows := make([]row, 0, len(events))
	for _, e := range events {
		body, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("event %d of run %s: %w", e.Seq, l.id, err)
		}
		if e.Seq != seq+1 {
			return fmt.Errorf("event %d of run %s does not follow event %d", e.Seq, l.id, seq)
		}
		seq, chain = e.Seq, sum(chain, body)
		rows = append(rows, row{seq, kind(e), string(body), chain})
	}
	var nodes []int32
	for n := range keys {
		nodes = append(nodes, n)
	}
	slices.Sort(nodes)
	at := l.s.opt.Now().UnixMilli()
	err := l.s.write(ctx, func(ctx context.Context) error {
		for _, r := range rows {
			if _, err := l.s.exec(ctx, "INSERT INTO events (run, seq, at, kind, body, sum) VALUES (?,?,?,?,?,?)", l.n, r.seq, at, r.kind, r.body, r.sum); err != nil {
				return err
			}
		}
		for _, n := range nodes {
			if _, err := l.s.exec(ctx, "INSERT OR IGNORE INTO states (key, run, node) VALUES (?,?,?)", stateKey(keys[n]), l.n, n); err != nil {
				return err
			}
		}
		return nil
	})
	var e *sqlite.Error
	switch {
	case errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_CONSTRAINT:
		return fmt.Errorf("run %s: %w: its event %d is there already, or the run is gone", l.id, ErrBusy, l.seq+1)
	case err != nil:
		return fmt.Errorf("keeping the events of run %s in %s: %w", l.id, l.s.path, err)
	}
	l.seq, l.chain = seq, chain
	return nil
}

func kind(e event.Event) string {
	switch {
	case e.Started != nil:
		return "started"
	case e.Grown != nil:
		return "grown"
	case e.Visited != nil:
		return "visited"
	case e.Failed != nil:
		return "failed"
	case e.Moved != nil:
		return "moved"
	case e.Steered != nil:
		return "steered"
	case e.Resumed != nil:
		return "resumed"
	case e.Earlier != nil:
		return "earlier"
	case e.Ended != nil:
		return "ended"
	}
	return "other"
}

// Truncate drops the events after a number: the notes of an end from outside.
// They bring no states.
func (l *Log) Truncate(ctx context.Context, after int) error {
	if err := l.open(); err != nil {
		return err
	}
	if after = max(after, 0); after >= l.seq {
		return nil
	}
	err := l.s.write(ctx, func(ctx context.Context) error {
		if _, err := l.s.exec(ctx, "DELETE FROM events WHERE run = ? AND seq > ?", l.n, after); err != nil {
			return err
		}
		return l.count(ctx, after)
	})
	if err != nil {
		return fmt.Errorf("dropping the events of run %s after %d: %w", l.id, after, err)
	}
	return l.last(context.WithoutCancel(ctx)) // else the chain would go on from a wrong end
}

// Save keeps a snapshot in the place of the last one.
func (l *Log) Save(ctx context.Context, snapshot []byte) error {
	if err := l.open(); err != nil {
		return err
	}
	if snapshot == nil {
		snapshot = []byte{} // nil would be NULL
	}
	err := l.s.write(ctx, func(ctx context.Context) error {
		_, err := l.s.exec(ctx, "INSERT OR REPLACE INTO snapshots (run, at, data, sum) VALUES (?,?,?,?)",
			l.n, l.s.opt.Now().UnixMilli(), snapshot, sum(snapshot))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping a snapshot of run %s in %s: %w", l.id, l.s.path, err)
	}
	return nil
}

// Update keeps numbers and outcome of the run. Worked and Elapsed follow from
// the clock, and what a run is stays as it was but for Config.
func (l *Log) Update(ctx context.Context, r Run) error {
	if err := l.open(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.s.opt.Now()
	old := l.run
	r.ID, r.Env, r.Problem, r.Model, r.Strategy, r.Seed, r.Began = old.ID, old.Env, old.Problem, old.Model, old.Strategy, old.Seed, old.Began
	r.Worked, r.Elapsed = now, old.Elapsed+max(now.Sub(l.since), 0)
	if err := l.put(ctx, r); err != nil {
		return err
	}
	l.run, l.since = r, now
	return nil
}

func (l *Log) put(ctx context.Context, r Run) error {
	args := append([]any{l.n}, r.values()...)
	err := l.s.write(ctx, func(ctx context.Context) error {
		_, err := l.s.exec(ctx, "INSERT INTO runs (n, "+runColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
			ON CONFLICT (n) DO UPDATE SET config = excluded.config, worked = excluded.worked, ended = excluded.ended,
			elapsed_ms = excluded.elapsed_ms, status = excluded.status, reason = excluded.reason, verified = excluded.verified,
			answer = excluded.answer, simulations = excluded.simulations, nodes = excluded.nodes, calls = excluded.calls,
			prompt_tokens = excluded.prompt_tokens, completion_tokens = excluded.completion_tokens,
			cache_hits = excluded.cache_hits, value = excluded.value, sum = excluded.sum`, append(args, sum(r.values()...))...)
		if err != nil {
			return err
		}
		return l.count(ctx, l.seq)
	})
	if err != nil {
		return fmt.Errorf("run %s in %s: %w", r.ID, l.s.path, err)
	}
	return nil
}

// Close ends this stretch of work and gives the run free. Calls that come back
// later may still be kept, nothing else.
func (l *Log) Close() error {
	if l.over {
		return nil // the lock may be another's now
	}
	l.over = true
	// Whoever takes the run next is to see all that is owed to it.
	err := l.s.flush(context.Background(), l.s.opt.Wait)
	return errors.Join(err, unlock(l.lock))
}

// Owed lists the calls that the run made, but that none of its events mentions:
// it was stopped before it could use them.
func (l *Log) Owed(ctx context.Context) ([]llm.Key, error) {
	if err := l.s.flush(ctx, l.s.opt.Wait); err != nil {
		return nil, err
	}
	rows, err := l.s.db.QueryContext(ctx, `SELECT key FROM calls WHERE run = ?1 AND lower(hex(key)) NOT IN (
		SELECT asked.value FROM events, json_each(events.body) AS part,
			json_each(CASE part.type WHEN 'object' THEN part.value END, '$.usage.asked') AS asked
		WHERE events.run = ?2)`, l.id, l.n)
	if err != nil {
		return nil, fmt.Errorf("calls of run %s: %w", l.id, explain(ctx, err))
	}
	defer rows.Close()
	var owed []llm.Key
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("calls of run %s: %w", l.id, unreadable(ctx, err))
		}
		if len(key) != len(llm.Key{}) {
			return nil, damaged("a model call has a key of %d bytes", len(key))
		}
		owed = append(owed, llm.Key(key))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("calls of run %s: %w", l.id, explain(ctx, err))
	}
	return owed, nil
}
