package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The name of a run is the name of a file: none leads out of the folder.
func TestNamesOfRuns(t *testing.T) {
	s := fresh(t)
	for _, id := range []string{"", "../x", "a/b", `a\b`, "a\x00b", strings.Repeat("x", 201)} {
		if _, err := s.Create(t.Context(), Run{ID: id, Config: []byte("{}")}); !errors.Is(err, ErrNoRun) {
			t.Errorf("run %q made: %v", id, err)
		}
		if _, err := s.Take(t.Context(), id); !errors.Is(err, ErrNoRun) {
			t.Errorf("run %q taken: %v", id, err)
		}
		if err := s.Remove(t.Context(), id); !errors.Is(err, ErrNoRun) {
			t.Errorf("run %q removed: %v", id, err)
		}
	}
	must(t, create(t, s, "..").Close())
	// Named twice, removed once.
	must(t, s.Remove(t.Context(), "..", ".."))
	if left, _ := filepath.Glob(filepath.Dir(s.path) + "/*"); len(left) == 0 {
		t.Error("the test looks at the wrong place")
	} else if stray, _ := filepath.Glob(filepath.Dir(s.path) + "/*.lock"); len(stray) != 0 {
		t.Errorf("locks outside their folder: %v", stray)
	}
}

// By whatever name a file is opened, its runs have the same locks.
func TestSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "ponder.db"), filepath.Join(dir, "link.db")
	s := open(t, path, Options{})
	l := create(t, s, "R")
	defer l.Close()
	must(t, os.Symlink(path, link))
	for _, readOnly := range []bool{false, true} {
		other := open(t, link, Options{ReadOnly: readOnly})
		if r, err := other.Run(t.Context(), "R"); !r.Live || err != nil {
			t.Errorf("by the link (read only %v): live %v, %v", readOnly, r.Live, err)
		}
		if _, err := other.Take(t.Context(), "R"); !readOnly && !errors.Is(err, ErrBusy) {
			t.Errorf("taken by the link: %v, want ErrBusy", err)
		}
	}
}

// Whoever only looks whether a run is worked on does not keep it from others.
func TestLookingIsNoWork(t *testing.T) {
	s := fresh(t)
	must(t, create(t, s, "R").Close())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan bool)
	for range 4 {
		go func() {
			for ctx.Err() == nil {
				s.live("R")
			}
			done <- true
		}()
	}
	for i := range 500 {
		l, err := s.Take(t.Context(), "R")
		if err != nil {
			t.Errorf("round %d: %v", i, err)
			break
		}
		// A process that is killed leaves its file.
		must(t, l.lock.Close())
		must(t, os.WriteFile(s.lockPath("R"), nil, 0o600))
	}
	cancel()
	for range 4 {
		<-done
	}
}

// Nothing of a run is anybody else's to read.
func TestModes(t *testing.T) {
	s := fresh(t)
	l := create(t, s, "R")
	defer l.Close()
	for _, path := range []string{s.path, s.path + "-wal", s.path + "-shm", s.path + "-locks", s.lockPath("R"), filepath.Dir(s.path)} {
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
}

// A clock that is put back delays no sync for longer than a second of work, and
// no time worked is negative.
func TestClockPutBack(t *testing.T) {
	now := time.UnixMilli(1_000_000_000)
	s := open(t, filepath.Join(t.TempDir(), "ponder.db"), Options{Now: func() time.Time { return now }})
	l := create(t, s, "R")
	defer l.Close()
	now = now.Add(-time.Hour)
	must(t, l.Update(t.Context(), l.Run()))
	if !s.synced.Equal(now) {
		t.Errorf("synced at %v, it is %v", s.synced, now)
	}
	if got := l.Run().Elapsed; got != 0 {
		t.Errorf("worked for %v", got)
	}
	// Within a second commits go without a sync, and then one goes with it.
	for _, tt := range []struct {
		after time.Duration
		mode  int // of SQLite: 1 is NORMAL, 2 is FULL
	}{{900 * time.Millisecond, 1}, {100 * time.Millisecond, 2}, {999 * time.Millisecond, 1}, {time.Hour, 2}} {
		now = now.Add(tt.after)
		must(t, l.Save(t.Context(), nil))
		var mode int
		must(t, s.w.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&mode))
		if mode != tt.mode {
			t.Errorf("%v after the last commit the mode is %d, want %d", tt.after, mode, tt.mode)
		}
	}
}
