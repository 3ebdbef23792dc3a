package store

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	newer := filepath.Join(dir, "newer.db")
	s := open(t, newer, Options{})
	_, err := s.w.ExecContext(t.Context(), fmt.Sprintf("PRAGMA user_version = %d", len(migrations)+3))
	must(t, err)
	others := filepath.Join(dir, "others.db")
	s = open(t, others, Options{})
	_, err = s.w.ExecContext(t.Context(), "PRAGMA application_id = 7")
	must(t, err)
	for _, tt := range []struct {
		name, path string
		want       error
		words      string
	}{
		{"a newer schema: this program would misread it", newer, ErrNewer, "update ponder"},
		{"somebody else's database: it must not be touched", others, ErrForeign, "other program"},
		{"a text file", write("notes.txt", strings.Repeat("these are notes, not a database\n", 200)), ErrForeign, "notes.txt"},
		{"a folder", dir, ErrReadOnly, "is a directory"},
		{"below a file", filepath.Join(others, "x.db"), ErrReadOnly, "not a directory"},
	} {
		for _, readOnly := range []bool{false, true} {
			if tt.want == ErrReadOnly && readOnly {
				continue
			}
			before, _ := os.ReadFile(tt.path)
			s, err := Open(t.Context(), tt.path, Options{ReadOnly: readOnly})
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words) || s != nil {
				t.Errorf("%s (read only %v): %v, want %v with %q", tt.name, readOnly, err, tt.want, tt.words)
			}
			if after, _ := os.ReadFile(tt.path); !bytes.Equal(before, after) {
				t.Errorf("%s (read only %v): the file has changed", tt.name, readOnly)
			}
		}
	}
}

// A database of the first version is brought to this one with what is in it.
func TestMigrateFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)")
	must(t, err)
	c, err := db.Conn(t.Context())
	must(t, err)
	must(t, migrate(t.Context(), c, time.Second, migrations[:1], false))
	exec := func(query string, args ...any) {
		t.Helper()
		_, err := c.ExecContext(t.Context(), query, args...)
		must(t, err)
	}
	var want []event.Event
	for _, id := range []string{"EMPTY", "R"} {
		r := Run{ID: id, Status: "solved", Verified: true, Config: []byte("{}"), Began: time.UnixMilli(1)}
		exec("INSERT INTO runs ("+runColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", append(r.values(), sum(r.values()...))...)
	}
	chain := sum("R")
	for seq := 1; seq <= 5; seq++ {
		e := visit(seq)
		body, err := json.Marshal(e)
		must(t, err)
		chain = sum(chain, body)
		exec("INSERT INTO events (run, seq, at, kind, body, sum) VALUES (2, ?, 0, 'visited', ?, ?)", seq, string(body), chain)
		want = append(want, e)
	}
	must(t, c.Close())
	must(t, db.Close())
	if _, err := Open(t.Context(), path, Options{ReadOnly: true}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("opened for reading: %v, want ErrReadOnly", err)
	}
	s := open(t, path, Options{})
	if d := cmp.Diff(want, eventsOf(t, s, "R")); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if got := eventsOf(t, s, "EMPTY"); len(got) != 0 {
		t.Errorf("events that there were not: %v", got)
	}
	l, err := s.Take(t.Context(), "R")
	must(t, err)
	must(t, l.Append(t.Context(), []event.Event{visit(6)}, nil))
	must(t, l.Close())
	if r, err := s.Run(t.Context(), "last"); err != nil || r.ID != "R" || !r.Verified {
		t.Errorf("the run is %+v, %v", r, err)
	}
}

// Later versions follow one by one; a step that fails leaves all as it was.
func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s := open(t, path, Options{})
	must(t, create(t, s, "R").Close())
	later := append(append([]string{}, migrations...), "ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'")
	if err := migrate(t.Context(), s.w, time.Second, append(later, "CREATE TABLE nonsense ("), false); err == nil {
		t.Fatal("a broken step succeeds")
	}
	var version int
	must(t, s.w.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version))
	if version != len(migrations) {
		t.Errorf("after a failure the version is %d, want %d", version, len(migrations))
	}
	if err := migrate(t.Context(), s.w, time.Second, later, true); !errors.Is(err, ErrReadOnly) {
		t.Errorf("migrating what is only read: %v", err)
	}
	must(t, migrate(t.Context(), s.w, time.Second, later, false))
	var mood string
	must(t, s.w.QueryRowContext(t.Context(), "SELECT mood FROM runs WHERE id = 'R'").Scan(&mood))
	must(t, s.w.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version))
	if mood != "good" || version != len(later) {
		t.Errorf("mood %q, version %d", mood, version)
	}
}

// A full database says so, keeps nothing halfway, and goes on with more room.
func TestFull(t *testing.T) {
	s := fresh(t)
	l := create(t, s, "R")
	defer l.Close()
	_, err := s.w.ExecContext(t.Context(), "PRAGMA max_page_count = 40")
	must(t, err)
	big := visit(1)
	big.Visited.Value.Note = strings.Repeat("x", 20_000)
	kept := 0
	for ; err == nil && kept < 100; kept++ {
		big.Seq = kept + 1
		err = l.Append(t.Context(), []event.Event{big}, map[int32]string{int32(kept): "s"})
	}
	kept--
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "make space") {
		t.Fatalf("%v, want ErrFull", err)
	}
	must(t, l.Keep(t.Context(), callOf(strings.Repeat("y", 50_000)))) // it waits for company
	if err := l.Keep(t.Context(), callOf("z")); !errors.Is(err, ErrFull) {
		t.Errorf("%v, want ErrFull", err)
	}
	if got := eventsOf(t, s, "R"); len(got) != kept {
		t.Errorf("%d events, want %d", len(got), kept)
	}
	_, err = s.w.ExecContext(t.Context(), "PRAGMA max_page_count = 4000")
	must(t, err)
	big.Seq = kept + 1
	must(t, l.Append(t.Context(), []event.Event{big}, nil))
	if got := eventsOf(t, s, "R"); len(got) != kept+1 {
		t.Errorf("with room again: %d events, want %d", len(got), kept+1)
	}
	// What was paid for in between is not lost either.
	if calls, err := s.Calls(t.Context(), callOf(strings.Repeat("y", 50_000)).Key, callOf("z").Key); len(calls) != 2 || err != nil {
		t.Errorf("%d calls, %v", len(calls), err)
	}
}

// The chain of checksums shows what was changed, left out, or put elsewhere.
func TestTampering(t *testing.T) {
	for name, change := range map[string]string{
		"a body":                     "UPDATE events SET body = replace(body, '0.5', '0.9') WHERE seq = 2",
		"an event left out":          "DELETE FROM events WHERE seq = 2",
		"a later checksum":           "UPDATE events SET sum = x'0011223344556677' WHERE seq = 3",
		"an event of another number": "UPDATE events SET seq = 9 WHERE seq = 3",
		"two events swapped":         "UPDATE events SET body = (SELECT body FROM events o WHERE o.seq = 5 - events.seq) WHERE seq IN (2, 3)",
		"the last event left out":    "DELETE FROM events WHERE seq = 3",
		"all events left out":        "DELETE FROM events",
		"a time worked":              "UPDATE runs SET elapsed_ms = elapsed_ms + 1",
		"a verdict":                  "UPDATE runs SET verified = 1",
		"a status":                   "UPDATE runs SET status = 'solved'",
		"an answer":                  "UPDATE runs SET answer = '42'",
		"a snapshot":                 "UPDATE snapshots SET data = x'00'",
		"a reply":                    "UPDATE calls SET completion = replace(completion, 'reply', 'Reply')",
		"a key":                      "UPDATE calls SET key = zeroblob(32)",
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			filled(t, s, false)
			if err := readAll(t.Context(), s, nil); err != nil {
				t.Fatalf("before: %v", err)
			}
			_, err := s.w.ExecContext(t.Context(), change)
			must(t, err)
			_, err = s.Calls(t.Context(), llm.Key{})
			if err = errors.Join(err, readAll(t.Context(), s, nil)); !errors.Is(err, ErrDamaged) {
				t.Errorf("%v, want ErrDamaged", err)
			}
		})
	}
}

// filled puts one run with all that belongs to it into a database.
func filled(t testing.TB, s *Store, verified bool) {
	t.Helper()
	l := create(t, s, "R")
	c := callOf("one")
	must(t, l.Keep(t.Context(), c))
	must(t, l.Append(t.Context(), []event.Event{visit(1), visit(2), visit(3, c)}, map[int32]string{1: "a"}))
	must(t, l.Save(t.Context(), []byte("a snapshot of something")))
	r := l.Run()
	r.Status, r.Verified = "unsolved", verified
	must(t, l.Update(t.Context(), r))
	must(t, l.Close())
}
