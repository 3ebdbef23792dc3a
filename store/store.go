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
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
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
	calm   int64     // no eviction is tried up to this size
	stmts  map[string]*sql.Stmt

	mu sync.Mutex // guards what follows; never held while anything is waited for
	// waiting are calls that the next transaction keeps, alarm what makes one if
	// none comes.
	waiting []pending
	alarm   *time.Timer
	closed  bool

	newsMu sync.Mutex
	news   *sql.Conn // tells what other connections write; nil until somebody asks

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
		s.resolve()
		return s.openToRead(ctx)
	}
	if err := s.prepare(); err != nil {
		return err
	}
	s.resolve()
	// Where several processes open a new file at once, SQLite refuses all but one
	// without waiting.
	for begin := time.Now(); ; {
		err := s.connect(ctx, "mode=rwc&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=wal_autocheckpoint(4000)")
		if err == nil {
			err = migrate(ctx, s.w, s.opt.Wait, migrations, false)
		}
		if err == nil {
			// From here on transact waits by itself, so that it can be told to stop.
			_, err = s.w.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", busyStep.Milliseconds()))
		}
		if err == nil {
			return s.measure(ctx)
		}
		if !errors.Is(explain(ctx, err), ErrLocked) || time.Since(begin) >= s.opt.Wait {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// resolve follows symbolic links: the locks of runs lie beside the file itself,
// whatever name it is opened by, as SQLite's own files do.
func (s *Store) resolve() {
	if real, err := filepath.EvalSymlinks(s.path); err == nil {
		s.path = real
	}
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
	wal, err := os.Stat(s.path + "-wal")
	unmerged := err == nil && wal.Size() > 0
	if !unmerged {
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
		err = explain(ctx, err)
		first = cmp.Or(first, err)
		// On a full disk there may be no room for what readers share.
		if !errors.Is(err, ErrReadOnly) && !errors.Is(err, ErrFull) {
			return first
		}
	}
	if unmerged {
		return fmt.Errorf("%w (what a process that was killed left in %s-wal is to be worked in first: copy both files to where they can be written)", first, s.path)
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
	dsn := fmt.Sprintf("file:%s?_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&_pragma=cell_size_check(1)&_pragma=trusted_schema(0)&%s", escaped, s.opt.Wait.Milliseconds(), way)
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
		return explainFile(err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return explainFile(err)
	}
	return f.Close()
}

// Path is where the database is, behind all symbolic links.
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
	s.newsMu.Lock()
	if s.news != nil {
		errs = append(errs, s.news.Close())
	}
	s.newsMu.Unlock()
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
	since := now.Sub(s.synced)
	due := since >= syncEvery || since < 0 // the clock was put back
	if due != s.full {
		mode := "NORMAL"
		if due {
			mode = "FULL"
		}
		// Not to be cancelled halfway: full must be true to the connection.
		if _, err := s.w.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = "+mode); err != nil {
			return explain(ctx, err)
		}
		s.full = due
	}
	if s.stuck {
		wait = min(wait, stuckWait)
	}
	calls := s.calls()
	err := explain(ctx, transact(ctx, s.exec, wait, func(ctx context.Context) error {
		if err := s.putCalls(ctx, calls); err != nil {
			return err
		}
		return do(ctx)
	}))
	if err != nil {
		if s.stuck = s.stuck || errors.Is(err, ErrLocked) && wait > 0; !errors.Is(err, ErrLocked) {
			s.added = remeasure + 1 // what was counted was not kept
		}
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

// prepared is a statement of the writing connection.
func (s *Store) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.stmts[query]; ok {
		return st, nil
	}
	st, err := s.w.PrepareContext(context.WithoutCancel(ctx), query)
	if err == nil {
		s.stmts[query] = st
	}
	return st, err
}

func (s *Store) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (s *Store) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// sumSize is the length of a checksum in bytes.
const sumSize = 8

// sum is a checksum of parts, each with its length.
func sum(parts ...any) []byte {
	h := sha256.New()
	for _, p := range parts {
		text, ok := p.([]byte)
		if !ok {
			text = fmt.Append(nil, p)
		}
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write(text)
	}
	return h.Sum(nil)[:sumSize]
}
