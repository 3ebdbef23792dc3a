package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// applicationID marks a SQLite file as ours.
const applicationID = 0x706f6e64 // "pond"

// migrations lead from one version of the schema to the next; the version of a
// database is how many it has seen.
var migrations = []string{`
CREATE TABLE runs (
	n INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	env TEXT NOT NULL,
	problem TEXT NOT NULL,
	model TEXT NOT NULL,
	strategy TEXT NOT NULL,
	seed INTEGER NOT NULL,
	config TEXT NOT NULL,
	began INTEGER NOT NULL,
	worked INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	elapsed_ms INTEGER NOT NULL,
	status TEXT NOT NULL,
	reason TEXT NOT NULL,
	verified INTEGER NOT NULL,
	answer TEXT NOT NULL,
	simulations INTEGER NOT NULL,
	nodes INTEGER NOT NULL,
	calls INTEGER NOT NULL,
	prompt_tokens INTEGER NOT NULL,
	completion_tokens INTEGER NOT NULL,
	cache_hits INTEGER NOT NULL,
	value REAL NOT NULL,
	sum BLOB NOT NULL
) STRICT;
CREATE TABLE events (
	run INTEGER NOT NULL REFERENCES runs(n) ON DELETE CASCADE,
	seq INTEGER NOT NULL,
	at INTEGER NOT NULL,
	kind TEXT NOT NULL,
	body TEXT NOT NULL,
	sum BLOB NOT NULL,
	PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE calls (
	key BLOB NOT NULL PRIMARY KEY,
	run TEXT NOT NULL,
	model TEXT NOT NULL,
	request TEXT NOT NULL,
	completion TEXT NOT NULL,
	prompt_tokens INTEGER NOT NULL,
	completion_tokens INTEGER NOT NULL,
	elapsed_us INTEGER NOT NULL,
	made INTEGER NOT NULL,
	used INTEGER NOT NULL,
	size INTEGER NOT NULL,
	sum BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_by_run ON calls(run);
CREATE TABLE states (
	key BLOB NOT NULL,
	run INTEGER NOT NULL REFERENCES runs(n) ON DELETE CASCADE,
	node INTEGER NOT NULL,
	PRIMARY KEY (key, run, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (
	run INTEGER PRIMARY KEY REFERENCES runs(n) ON DELETE CASCADE,
	at INTEGER NOT NULL,
	data BLOB NOT NULL,
	sum BLOB NOT NULL
) STRICT;
`, `
-- How many events there were at the last update shows when the last ones are
-- missing.
ALTER TABLE runs ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET events = coalesce((SELECT max(seq) FROM events WHERE run = n), 0);
-- All that eviction asks, without the texts.
CREATE INDEX calls_by_use ON calls(used, made, run, size);
`, `
CREATE TABLE orders (
	n INTEGER PRIMARY KEY AUTOINCREMENT,
	run INTEGER NOT NULL REFERENCES runs(n) ON DELETE CASCADE,
	at INTEGER NOT NULL,
	body TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_run ON orders(run);
CREATE TABLE trees (
	run INTEGER PRIMARY KEY REFERENCES runs(n) ON DELETE CASCADE,
	seq INTEGER NOT NULL,
	chain BLOB NOT NULL,
	data BLOB NOT NULL,
	sum BLOB NOT NULL
) STRICT;
`, `
CREATE TABLE lore (
	kind TEXT PRIMARY KEY,
	at INTEGER NOT NULL,
	data BLOB NOT NULL,
	sum BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`}

// errEmpty says that a database that is only to be read was never filled.
var errEmpty = errors.New("the database is empty")

// migrate brings a database to the newest version, or refuses it.
func migrate(ctx context.Context, c *sql.Conn, wait time.Duration, steps []string, readOnly bool) error {
	var id, version, tables int
	// In one statement: another process may be making the database.
	err := c.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&id, &version, &tables)
	if err != nil {
		return err
	}
	switch {
	case id != applicationID && (id != 0 || version != 0 || tables > 0):
		return fmt.Errorf("%w: it is some other program's: choose another --db", ErrForeign)
	case version > len(steps):
		return fmt.Errorf("%w: its schema is version %d, this program knows up to %d: update ponder, or choose another --db", ErrNewer, version, len(steps))
	case version == len(steps):
		return nil
	case readOnly && version == 0:
		return errEmpty
	case readOnly:
		return fmt.Errorf("%w: its schema is version %d and must be brought to %d", ErrReadOnly, version, len(steps))
	}
	exec := func(ctx context.Context, query string, args ...any) (sql.Result, error) {
		return c.ExecContext(ctx, query, args...)
	}
	return transact(ctx, exec, wait, func(ctx context.Context) error {
		// Another process may have been first.
		if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		for ; version < len(steps); version++ {
			if _, err := c.ExecContext(ctx, steps[version]); err != nil {
				return fmt.Errorf("migrating to version %d: %w", version+1, err)
			}
		}
		_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, version))
		return err
	})
}

// busyStep is how long SQLite waits for a lock before it looks up.
const busyStep = 20 * time.Millisecond

// transact runs do inside one transaction, for the lock of which it waits that
// long. Whatever happens, none stays open. Only the wait can be cancelled: what
// follows takes no time, and to watch over it would take more.
func transact(ctx context.Context, exec func(context.Context, string, ...any) (sql.Result, error), wait time.Duration, do func(context.Context) error) error {
	end := context.WithoutCancel(ctx)
	start := time.Now()
	_, err := exec(end, "BEGIN IMMEDIATE")
	for isBusy(err) && time.Since(start) < wait {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, err = exec(end, "BEGIN IMMEDIATE")
	}
	if err == nil {
		err = do(end)
	}
	if err == nil {
		if _, err = exec(end, "COMMIT"); err == nil {
			return nil
		}
	}
	// It may have been rolled back by SQLite itself, or not have begun.
	_, _ = exec(end, "ROLLBACK")
	return err
}
