package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Run is what a run is and where it stands.
type Run struct {
	ID, Env, Problem, Model, Strategy string
	Seed                              uint64
	// Config is what is needed to go on; it is the command's own.
	Config json.RawMessage
	Began  time.Time
	Worked time.Time // when it was last worked on
	Ended  time.Time // zero while it has not ended
	// Elapsed is the time worked on it, all stretches together.
	Elapsed                                                              time.Duration
	Status, Reason                                                       string
	Verified                                                             bool
	Answer                                                               string
	Simulations, Nodes, Calls, PromptTokens, CompletionTokens, CacheHits int
	Value                                                                float64 // of the best first step, in [0,1]
	Live                                                                 bool    // some process works on it now
}

const runColumns = `id, env, problem, model, strategy, seed, config, began, worked, ended, elapsed_ms, status, reason, verified, answer,
	simulations, nodes, calls, prompt_tokens, completion_tokens, cache_hits, value, sum`

// values are the columns of a run, but for the checksum over them.
func (r *Run) values() []any {
	return []any{
		r.ID, r.Env, r.Problem, r.Model, r.Strategy, int64(r.Seed), string(r.Config), millis(r.Began), millis(r.Worked), millis(r.Ended),
		r.Elapsed.Milliseconds(), r.Status, r.Reason, whole(r.Verified), r.Answer,
		int64(r.Simulations), int64(r.Nodes), int64(r.Calls), int64(r.PromptTokens), int64(r.CompletionTokens), int64(r.CacheHits), r.Value,
	}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func whole(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func scanRun(rows interface{ Scan(...any) error }) (Run, error) {
	var r Run
	var seed, began, worked, ended, elapsed, verified int64
	var config string
	var kept []byte
	err := rows.Scan(&r.ID, &r.Env, &r.Problem, &r.Model, &r.Strategy, &seed, &config, &began, &worked, &ended, &elapsed,
		&r.Status, &r.Reason, &verified, &r.Answer,
		&r.Simulations, &r.Nodes, &r.Calls, &r.PromptTokens, &r.CompletionTokens, &r.CacheHits, &r.Value, &kept)
	if err != nil {
		return r, err
	}
	r.Seed, r.Config, r.Elapsed = uint64(seed), json.RawMessage(config), time.Duration(elapsed)*time.Millisecond
	r.Began, r.Worked, r.Ended, r.Verified = moment(began), moment(worked), moment(ended), verified != 0
	if string(sum(r.values()...)) != string(kept) {
		return r, fmt.Errorf("run %s: %w", r.ID, damaged("its checksum is wrong"))
	}
	return r, nil
}

// Run finds a run by its id, by the beginning of an id that only one has, or by
// "last": the one that was begun last. The error is ErrNoRun if there is none.
func (s *Store) Run(ctx context.Context, name string) (Run, error) {
	query, arg := "SELECT "+runColumns+" FROM runs WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id = ?1 DESC, n LIMIT 3", name
	if name == "last" {
		query, arg = "SELECT "+runColumns+" FROM runs WHERE ? <> '' ORDER BY n DESC LIMIT 1", name
	}
	runs, err := s.list(ctx, query, arg)
	switch {
	case err != nil:
		return Run{}, err
	case len(runs) == 0 || name == "":
		return Run{}, s.noRun(name)
	case len(runs) > 1 && runs[0].ID != name:
		return Run{}, fmt.Errorf("%w: %q is the beginning of %s, of %s and maybe of others: give more of it", ErrNoRun, name, runs[0].ID, runs[1].ID)
	}
	return runs[0], nil
}

// Runs lists all runs, the newest first.
func (s *Store) Runs(ctx context.Context) ([]Run, error) {
	return s.list(ctx, "SELECT "+runColumns+" FROM runs ORDER BY n DESC")
}

func (s *Store) list(ctx context.Context, query string, args ...any) ([]Run, error) {
	if s.empty {
		return nil, nil
	}
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the runs of %s: %w", s.path, explain(ctx, err))
	}
	defer rows.Close()
	var runs []Run
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, fmt.Errorf("reading the runs of %s: %w", s.path, unreadable(ctx, err))
		}
		r.Live = s.live(r.ID)
		runs = append(runs, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the runs of %s: %w", s.path, explain(ctx, err))
	}
	return runs, nil
}

// lockPath is the file whose lock says that a process works on a run. The
// system takes the lock away when the process dies.
func (s *Store) lockPath(id string) string {
	return filepath.Join(s.path+"-locks", id+".lock")
}

// live reports whether somebody holds the lock of a run.
func (s *Store) live(id string) bool {
	path := s.lockPath(id)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	l := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	if free {
		_ = l.Unlock()
	}
	return err == nil && !free
}

// lock takes a run for this Log alone.
func (s *Store) lock(ctx context.Context, id string) (*flock.Flock, error) {
	// It is the name of a file.
	if id == "" || len(id) > 200 || strings.ContainsAny(id, "/\\\x00") {
		return nil, fmt.Errorf("%w: %q is no name of a run", ErrNoRun, id)
	}
	path := s.lockPath(id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("locking run %s: %w", id, explainFile(err))
	}
	for range 20 {
		l := flock.New(path, flock.SetPermissions(0o600))
		ok, err := l.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking run %s: %w", id, explainFile(err))
		}
		if ok {
			// Whoever held it before may have removed the file in the meantime: then
			// the lock is one that nobody else sees.
			held, err := l.Stat()
			if there, err2 := os.Stat(path); err == nil && err2 == nil && os.SameFile(held, there) {
				return l, nil
			}
		}
		if err := l.Close(); err != nil {
			return nil, fmt.Errorf("locking run %s: %w", id, err)
		}
		// A list of runs holds the lock for a moment, to see whether it can.
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil, fmt.Errorf("run %s: %w: wait until it is done, or stop it", id, ErrBusy)
}

// unlock gives a run free. The file goes first: who waits for it looks again.
func unlock(l *flock.Flock) error {
	err := os.Remove(l.Path())
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.Unlock())
}

// Create makes a new run and takes it.
func (s *Store) Create(ctx context.Context, r Run) (*Log, error) {
	if s.opt.ReadOnly {
		return nil, fmt.Errorf("%s: %w: it was opened for reading", s.path, ErrReadOnly)
	}
	l, err := s.lock(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	now := s.opt.Now()
	r.Worked = now
	log := &Log{s: s, id: r.ID, run: r, lock: l, chain: sum(r.ID), since: now}
	err = s.write(ctx, func(ctx context.Context) error {
		res, err := s.exec(ctx, "INSERT INTO runs ("+runColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", append(r.values(), sum(r.values()...))...)
		if err != nil {
			return err
		}
		log.n, err = res.LastInsertId()
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making run %s in %s: %w", r.ID, s.path, err), unlock(l))
	}
	return log, nil
}

// Take takes a run to go on with. The error is ErrBusy if some process, this
// one included, works on it, ErrNoRun if there is no run of that id.
func (s *Store) Take(ctx context.Context, id string) (*Log, error) {
	if s.opt.ReadOnly {
		return nil, fmt.Errorf("%s: %w: it was opened for reading", s.path, ErrReadOnly)
	}
	l, err := s.lock(ctx, id)
	if err != nil {
		return nil, err
	}
	now := s.opt.Now()
	log := &Log{s: s, id: id, lock: l, chain: sum(id), since: now}
	err = log.load(ctx)
	if err == nil {
		err = log.freshen(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, unlock(l))
	}
	return log, nil
}

func (l *Log) load(ctx context.Context) error {
	runs, err := l.s.list(ctx, "SELECT "+runColumns+" FROM runs WHERE id = ?", l.id)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return l.s.noRun(l.id)
	}
	l.run = runs[0]
	if err := l.s.db.QueryRowContext(ctx, "SELECT n FROM runs WHERE id = ?", l.id).Scan(&l.n); err != nil {
		return fmt.Errorf("run %s: %w", l.id, unreadable(ctx, err))
	}
	return l.last(ctx)
}

// freshen drops what belongs to the stretch before: orders that are left over,
// and the tree as it was at its end.
func (l *Log) freshen(ctx context.Context) error {
	return l.s.write(ctx, func(ctx context.Context) error {
		for _, table := range []string{"orders", "trees"} {
			if _, err := l.s.exec(ctx, "DELETE FROM "+table+" WHERE run = ?", l.n); err != nil {
				return fmt.Errorf("taking run %s: %w", l.id, err)
			}
		}
		return nil
	})
}

// last reads where the chain of the events ends.
func (l *Log) last(ctx context.Context) error {
	var seq sql.NullInt64
	var chain []byte
	var total int64
	err := l.s.db.QueryRowContext(ctx, `SELECT r.events, e.seq, e.sum FROM runs r LEFT JOIN events e ON e.run = r.n
		WHERE r.n = ? ORDER BY e.seq DESC LIMIT 1`, l.n).Scan(&total, &seq, &chain)
	switch {
	case err != nil:
		return fmt.Errorf("the last event of run %s: %w", l.id, unreadable(ctx, err))
	case seq.Int64 < total:
		return fmt.Errorf("run %s: %w", l.id, damaged("it had %d events, the last one is %d", total, seq.Int64))
	case !seq.Valid:
		chain = sum(l.id)
	}
	l.seq, l.chain = int(seq.Int64), chain
	return nil
}

// Remove removes runs with all that is kept of them but their model calls. One
// that is worked on is refused with ErrBusy, and then none is removed.
func (s *Store) Remove(ctx context.Context, ids ...string) error {
	var locks []*flock.Flock
	defer func() {
		for _, l := range locks {
			_ = unlock(l)
		}
	}()
	if s.opt.ReadOnly {
		return fmt.Errorf("%s: %w: it was opened for reading", s.path, ErrReadOnly)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for _, id := range ids {
		l, err := s.lock(ctx, id)
		if err != nil {
			return err
		}
		locks = append(locks, l)
	}
	err := s.write(ctx, func(ctx context.Context) error {
		for _, id := range ids {
			if _, err := s.exec(ctx, "DELETE FROM runs WHERE id = ?", id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("removing runs from %s: %w", s.path, err)
	}
	return nil
}

// Prune removes the runs that were last worked on before a moment and that
// nobody works on now. It returns how many.
func (s *Store) Prune(ctx context.Context, before time.Time) (int, error) {
	runs, err := s.Runs(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, r := range runs {
		if r.Live || !r.Worked.Before(before) {
			continue
		}
		switch err := s.Remove(ctx, r.ID); {
		case errors.Is(err, ErrBusy): // somebody has just taken it
		case err != nil:
			return removed, err
		default:
			removed++
		}
	}
	return removed, nil
}
