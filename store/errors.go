package store

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// What can be wrong with a database or a run.
var (
	ErrNewer    = errors.New("the database was made by a newer ponder")
	ErrForeign  = errors.New("the file is no database of ponder's")
	ErrDamaged  = errors.New("the database is damaged")
	ErrLocked   = errors.New("another process holds the database")
	ErrFull     = errors.New("no space left for the database")
	ErrReadOnly = errors.New("the database can't be written")
	ErrBusy     = errors.New("another process works on the run")
	ErrAtRest   = errors.New("nobody works on the run")
	ErrNoRun    = errors.New("there is no such run")
)

// isBusy reports whether somebody else holds a lock.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == lib.SQLITE_BUSY || e.Code()&0xff == lib.SQLITE_LOCKED)
}

// explain turns an error of SQLite into one of ours, with what can be done.
func explain(ctx context.Context, err error) error {
	var e *sqlite.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	for _, ours := range []error{ErrNewer, ErrForeign, ErrDamaged, ErrLocked, ErrFull, ErrReadOnly} {
		if errors.Is(err, ours) {
			return err // it is explained already
		}
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_INTERRUPT:
		if ctx.Err() != nil {
			return ctx.Err()
		}
	case lib.SQLITE_FULL:
		return fmt.Errorf("%w: make space, then ponder resume goes on: %w", ErrFull, err)
	case lib.SQLITE_IOERR:
		switch e.Code() {
		case lib.SQLITE_IOERR_WRITE, lib.SQLITE_IOERR_FSYNC, lib.SQLITE_IOERR_SHMSIZE:
			return fmt.Errorf("%w, or the disk fails: make space, then ponder resume goes on: %w", ErrFull, err)
		case lib.SQLITE_IOERR_READ, lib.SQLITE_IOERR_SHORT_READ, lib.SQLITE_IOERR_CORRUPTFS:
			return fmt.Errorf("%w, or the disk fails: %s: %w", ErrDamaged, rescue, err)
		}
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return fmt.Errorf("%w: check the permissions of the file and its folder: %w", ErrReadOnly, err)
	case lib.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %s: %w", ErrDamaged, rescue, err)
	case lib.SQLITE_ERROR:
		// Our statements are right: the schema is not what its version says, or
		// what should be JSON is not.
		return fmt.Errorf("%w: %s: %w", ErrDamaged, rescue, err)
	case lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: choose another --db: %w", ErrForeign, err)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("%w: try again when it is done: %w", ErrLocked, err)
	}
	return err
}

// rescue is what can be done about a damaged database.
const rescue = "sqlite3 FILE .recover saves what can be read, another --db begins anew"

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrDamaged, fmt.Sprintf(format, args...), rescue)
}

// unreadable explains why a row could not be read: what is of a wrong type has
// been damaged.
func unreadable(ctx context.Context, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) || errors.Is(err, ErrDamaged) || ctx.Err() != nil {
		return explain(ctx, err)
	}
	return damaged("%v", err)
}

// explainFile turns an error of the file system into one of ours.
func explainFile(err error) error {
	for _, none := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, none) {
			return fmt.Errorf("%w: make space, then ponder resume goes on: %w", ErrFull, err)
		}
	}
	return fmt.Errorf("%w: check the permissions of the file and its folder: %w", ErrReadOnly, err)
}
