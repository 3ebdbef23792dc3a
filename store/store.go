// Package store keeps runs in one SQLite database: their events, the model
// calls that paid for them, an index of the states they met, and snapshots of
// searches that are not told event by event. See docs/store.md.
//
// A finished commit survives the death of the process. The write-ahead log is
// synced with the first commit after a second without one, so that at a power
// failure no more than the last second of work is lost, and nothing of a model
// that takes a second to answer.
//
// What is read is verified: events by a chain of checksums, everything else by
// one of its own.
package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/event"
)

// Options say how a database is used. The zero value of a field means what its
// comment says.
type Options struct {
	// CacheBytes bounds the texts of the model calls that are kept; 0 means
	// 1 GiB. Those that were used longest ago go first.
	CacheBytes int64
	// Wait is how long to wait for another process's lock; 0 means 5 seconds.
	Wait time.Duration
	// ReadOnly writes nothing. A database that isn't there is an empty one.
	ReadOnly bool
	Now      func() time.Time // nil means time.Now
}

// Store is an open database. Its methods are safe for concurrent use, and so
// is the database for several processes.
type Store struct {
	path string
	opt  Options
	db   *sql.DB   // for reading
	w    *sql.Conn // the one connection that writes; nil if read-only
	// empty says that there is nothing to read, not even a table.
	empty bool

	// gate holds the one who writes: it guards w and what follows.
	gate   chan struct{}
	synced time.Time // when the log was synced last
	full   bool      // w syncs at each commit now
	stuck  bool      // another process held the lock for too long the last time
	size   int64     // of the calls kept, as far as this process knows
	added  int64     // bytes since the size was read
	stmts  map[string]*sql.Stmt

	mu sync.Mutex // guards what follows; never held while anything is waited for
	// waiting are calls that the next transaction keeps, alarm what makes one if
	// none comes.
	waiting []pending
	alarm   *time.Timer
	closed  bool

	found func() (*sql.Stmt, error) // prepares the look-up of a call, once
}

// Open opens the database at a path and makes it if it is not there, with its
// folder, for nobody else to read.
func Open(ctx context.Context, path string, opt Options) (*Store, error) {
	if opt.CacheBytes == 0 {
		opt.CacheBytes = 1 << 30
	}
	if opt.Wait == 0 {
		opt.Wait = 5 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, opt: opt, gate: make(chan struct{}, 1), stmts: map[string]*sql.Stmt{}}
	s.found = sync.OnceValues(func() (*sql.Stmt, error) {
		return s.db.Prepare("SELECT model, request, completion, elapsed_us, used, sum FROM calls WHERE key = ?")
	})
	if err := s.open(ctx); err != nil {
		_ = s.Close() // what went wrong first is told
		return nil, fmt.Errorf("opening %s: %w", path, explain(ctx, err))
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if s.opt.ReadOnly {
		return s.openToRead(ctx)
	}
	if err := s.prepare(); err != nil {
		return err
	}
	if err := s.connect(ctx, "mode=rwc&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=wal_autocheckpoint(4000)"); err != nil {
		return err
	}
	if err := migrate(ctx, s.w, s.opt.Wait, migrations, false); err != nil {
		return err
	}
	// From here on transact waits by itself, so that it can be told to stop.
	if _, err := s.w.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", busyStep.Milliseconds())); err != nil {
		return err
	}
	return s.measure(ctx)
}

// openToRead tries three ways: as a writer that writes nothing, which can mend
// what a killed process left; as a reader beside writers, where the file is not
// ours to write; and alone, where not even the folder is.
func (s *Store) openToRead(ctx context.Context) error {
	if _, err := os.Stat(s.path); errors.Is(err, os.ErrNotExist) {
		s.empty = true
		return nil
	}
	ways := []string{"mode=rw&_pragma=query_only(1)", "mode=ro"}
	if wal, err := os.Stat(s.path + "-wal"); err != nil || wal.Size() == 0 {
		ways = append(ways, "mode=ro&immutable=1")
	}
	var first error
	for _, way := range ways {
		err := s.connect(ctx, way)
		if err == nil {
			err = migrate(ctx, s.w, 0, migrations, true)
		}
		if s.empty = errors.Is(err, errEmpty); err == nil || s.empty {
			err := s.w.Close() // reads take any connection
			s.w = nil
			return err
		}
		first = cmp.Or(first, explain(ctx, err))
		if !errors.Is(explain(ctx, err), ErrReadOnly) {
			break
		}
	}
	return first
}

// connect opens the database in one way.
func (s *Store) connect(ctx context.Context, way string) error {
	if s.w != nil {
		_ = s.w.Close()
		s.w = nil
	}
	if s.db != nil {
		_ = s.db.Close()
	}
	// SQLite takes a path inside a URI: what would end it is escaped.
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(s.path)
	dsn := fmt.Sprintf("file:%s?_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&_pragma=cell_size_check(1)&%s", escaped, s.opt.Wait.Milliseconds(), way)
	var err error
	if s.db, err = sql.Open("sqlite", dsn); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(8)
	s.w, err = s.db.Conn(ctx)
	return err
}

// prepare makes the folder and, so that it is nobody else's to read, the file.
func (s *Store) prepare() error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return f.Close()
}

// Path is where the database is.
func (s *Store) Path() string { return s.path }

// Close closes the database. Logs must be closed before.
func (s *Store) Close() error {
	err := s.flush(context.Background(), s.opt.Wait)
	s.mu.Lock()
	if s.alarm != nil {
		s.alarm.Stop()
	}
	s.closed, s.waiting = true, nil // what could not be kept is lost, and err says so
	s.mu.Unlock()
	s.gate <- struct{}{}
	defer func() { <-s.gate }()
	errs := []error{err}
	for _, st := range s.stmts {
		errs = append(errs, st.Close())
	}
	clear(s.stmts)
	if s.w != nil {
		errs = append(errs, s.w.Close())
		s.w = nil
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(errs...)
}

// syncEvery is how long commits may go without a sync of the log.
const syncEvery = time.Second

// stuckWait is how long to wait for a lock that was not to be had just now.
const stuckWait = 250 * time.Millisecond

// write runs do in one transaction on the writing connection, which takes the
// waiting calls along.
func (s *Store) write(ctx context.Context, do func(context.Context) error) error {
	return s.writeWithin(ctx, s.opt.Wait, do)
}

// writeWithin waits no longer than that for the locks of other processes.
func (s *Store) writeWithin(ctx context.Context, wait time.Duration, do func(context.Context) error) error {
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.w == nil {
		return fmt.Errorf("%s: %w: it was opened for reading, or is closed", s.path, ErrReadOnly)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	now := s.opt.Now()
	due := now.Sub(s.synced) >= syncEvery
	if due != s.full {
		mode := "NORMAL"
		if due {
			mode = "FULL"
		}
		if _, err := s.w.ExecContext(ctx, "PRAGMA synchronous = "+mode); err != nil {
			return explain(ctx, err)
		}
		s.full = due
	}
	if s.stuck {
		wait = min(wait, stuckWait)
	}
	calls := s.calls()
	err := explain(ctx, transact(ctx, s.w, wait, func(ctx context.Context) error {
		if err := s.putCalls(ctx, calls); err != nil {
			return err
		}
		return do(ctx)
	}))
	if err != nil {
		s.stuck = s.stuck || errors.Is(err, ErrLocked) && wait > 0
		return err
	}
	s.stuck = false
	s.mu.Lock()
	s.waiting = s.waiting[len(calls):]
	s.mu.Unlock()
	if due {
		s.synced = now
	}
	return nil
}

// exec runs a prepared statement on the writing connection.
func (s *Store) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, ok := s.stmts[query]
	if !ok {
		var err error
		if st, err = s.w.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		s.stmts[query] = st
	}
	return st.ExecContext(ctx, args...)
}

// sumSize is the length of a checksum in bytes.
const sumSize = 8

// sum is a checksum of parts, each with its length.
func sum(parts ...any) []byte {
	h := sha256.New()
	for _, p := range parts {
		text := fmt.Sprint(p)
		if b, ok := p.([]byte); ok {
			text = string(b)
		}
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	return h.Sum(nil)[:sumSize]
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s: sqlite3 FILE .recover saves what can be read, another --db begins anew", ErrDamaged, fmt.Sprintf(format, args...))
}

// Events yields the events of a run in order. An error ends them.
func (s *Store) Events(ctx context.Context, id string) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		if s.empty {
			return
		}
		rows, err := s.db.QueryContext(ctx,
			"SELECT e.seq, e.body, e.sum FROM events e JOIN runs r ON e.run = r.n WHERE r.id = ? ORDER BY e.seq", id)
		if err != nil {
			yield(event.Event{}, explain(ctx, err))
			return
		}
		defer rows.Close()
		chain := sum(id)
		for seq := 1; rows.Next(); seq++ {
			e, next, err := readEvent(rows, chain, seq)
			if err != nil {
				yield(e, fmt.Errorf("run %s, event %d: %w", id, seq, explain(ctx, err)))
				return
			}
			chain = next
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(event.Event{}, explain(ctx, err))
		}
	}
}

func readEvent(rows *sql.Rows, chain []byte, want int) (e event.Event, next []byte, err error) {
	var seq int
	var body, kept []byte
	if err := rows.Scan(&seq, &body, &kept); err != nil {
		return e, nil, err
	}
	next = sum(chain, body)
	if seq != want || string(next) != string(kept) {
		return e, nil, damaged("its checksum, or that of one before it, is wrong")
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, nil, damaged("%v", err)
	}
	if e.Seq != seq {
		return e, nil, damaged("it says that it is event %d", e.Seq)
	}
	return e, next, nil
}

// Snapshot returns the last snapshot of a run.
func (s *Store) Snapshot(ctx context.Context, id string) (data []byte, found bool, err error) {
	if s.empty {
		return nil, false, nil
	}
	var kept []byte
	err = s.db.QueryRowContext(ctx, "SELECT s.data, s.sum FROM snapshots s JOIN runs r ON s.run = r.n WHERE r.id = ?", id).Scan(&data, &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("snapshot of run %s: %w", id, explain(ctx, err))
	case string(sum(data)) != string(kept):
		return nil, false, fmt.Errorf("snapshot of run %s: %w", id, damaged("its checksum is wrong"))
	}
	return data, true, nil
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
		return nil, explain(ctx, err)
	}
	defer rows.Close()
	var places []Place
	for rows.Next() {
		var p Place
		if err := rows.Scan(&p.Run, &p.Node); err != nil {
			return nil, explain(ctx, err)
		}
		places = append(places, p)
	}
	return places, explain(ctx, rows.Err())
}

func stateKey(key string) []byte {
	h := sha256.Sum256([]byte(key))
	return h[:16]
}
