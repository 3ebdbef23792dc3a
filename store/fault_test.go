package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/event"
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

// A database of the first version is brought to later ones, with what is in it;
// a step that fails leaves it as it was.
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

// Who holds the database keeps others waiting for as long as they will.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	holder := open(t, path, Options{})
	other := open(t, path, Options{Wait: 300 * time.Millisecond})
	l := create(t, other, "R")
	defer l.Close()
	must(t, func() error { _, err := holder.w.ExecContext(t.Context(), "BEGIN IMMEDIATE"); return err }())
	start := time.Now()
	err := l.Append(t.Context(), []event.Event{visit(1)}, nil)
	if took := time.Since(start); !errors.Is(err, ErrLocked) || took > 1300*time.Millisecond {
		t.Errorf("after %v: %v, want ErrLocked", took, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start = time.Now()
	if err := l.Append(ctx, []event.Event{visit(1)}, nil); err == nil || time.Since(start) > 150*time.Millisecond {
		t.Errorf("cancelled while another process holds the database: %v after %v", err, time.Since(start))
	}
	must(t, func() error { _, err := holder.w.ExecContext(t.Context(), "ROLLBACK"); return err }())
	must(t, l.Append(t.Context(), []event.Event{visit(1)}, nil))
}

// The chain of checksums shows what was changed, left out, or put elsewhere.
func TestTampering(t *testing.T) {
	for name, change := range map[string]string{
		"a body":                     "UPDATE events SET body = replace(body, '0.5', '0.9') WHERE seq = 2",
		"an event left out":          "DELETE FROM events WHERE seq = 2",
		"a later checksum":           "UPDATE events SET sum = x'0011223344556677' WHERE seq = 3",
		"an event of another number": "UPDATE events SET seq = 9 WHERE seq = 3",
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
			if err := readAll(t.Context(), s, nil); !errors.Is(err, ErrDamaged) && name != "a key" {
				t.Errorf("%v, want ErrDamaged", err)
			} else if name == "a key" && err == nil {
				t.Error("a call under another's key is taken for it")
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

// picture is what was read.
type picture struct {
	runs     []Run
	events   []event.Event
	snapshot string
	calls    int
}

// readAll reads everything that filled wrote, in every way there is.
func readAll(ctx context.Context, s *Store, p *picture) error {
	if p == nil {
		p = &picture{}
	}
	var err error
	if p.runs, err = s.Runs(ctx); err != nil {
		return err
	}
	if _, err := s.Run(ctx, "last"); err != nil {
		return err
	}
	for e, err := range s.Events(ctx, "R") {
		if err != nil {
			return err
		}
		p.events = append(p.events, e)
	}
	data, _, err := s.Snapshot(ctx, "R")
	if err != nil {
		return err
	}
	p.snapshot = string(data)
	calls, err := s.Calls(ctx, callOf("one").Key)
	if err != nil {
		return err
	}
	if p.calls = len(calls); p.calls == 0 {
		return errors.New("the call is not there")
	}
	if _, err := s.States(ctx, "a"); err != nil {
		return err
	}
	return nil
}

// FuzzFlippedBits opens databases in which bits were flipped: they are refused,
// or read as they were.
func FuzzFlippedBits(f *testing.F) {
	path := filepath.Join(f.TempDir(), "ponder.db")
	func() {
		s, err := Open(f.Context(), path, Options{})
		must(f, err)
		filled(f, s, false)
		must(f, s.Close())
	}()
	good, err := os.ReadFile(path)
	must(f, err)
	s := open(f, path, Options{})
	var want picture
	must(f, readAll(f.Context(), s, &want))
	f.Add(uint64(1), 1)
	f.Add(uint64(2), 10)
	f.Add(uint64(3), 1000)
	for i := range uint64(300) {
		f.Add(i, int(1+i%5))
	}
	bad := filepath.Join(f.TempDir(), "bad.db")
	f.Fuzz(func(t *testing.T, seed uint64, flips int) {
		random := rand.New(rand.NewPCG(seed, 7))
		data := bytes.Clone(good)
		for range min(max(flips, 0), len(data)) {
			data[random.IntN(len(data))] ^= 1 << random.IntN(8)
		}
		for _, left := range []string{"-wal", "-shm", "-journal"} {
			_ = os.Remove(bad + left)
		}
		must(t, os.WriteFile(bad, data, 0o600))
		for _, readOnly := range []bool{true, false} {
			s, err := Open(t.Context(), bad, Options{ReadOnly: readOnly, Wait: time.Millisecond})
			if err != nil {
				continue
			}
			var got picture
			err = readAll(t.Context(), s, &got)
			for _, r := range got.runs {
				if r.Verified {
					t.Errorf("seed %d, %d flips: a run that is not verified is called so", seed, flips)
				}
			}
			if err == nil && (len(got.events) != len(want.events) || got.snapshot != want.snapshot || len(got.runs) != 1 || got.runs[0].Status != "unsolved") {
				t.Errorf("seed %d, %d flips: read without an error, but as %+v", seed, flips, got)
			}
			if l, err := s.Take(t.Context(), "R"); err == nil {
				_, _ = l.Owed(t.Context())
				_ = l.Append(t.Context(), []event.Event{visit(4)}, nil)
				_ = l.Truncate(t.Context(), 1)
				_ = l.Close()
			}
			_ = s.Close()
		}
	})
}

// writing is what the child of TestKilledWriter does: it appends events without
// end and tells of each that is kept.
func writing(path string) {
	s, err := Open(context.Background(), path, Options{})
	if err == nil {
		var l *Log
		if l, err = s.Take(context.Background(), "R"); err == nil {
			for seq := l.seq + 1; err == nil; seq++ {
				err = l.Append(context.Background(), []event.Event{visit(seq)}, nil)
				fmt.Println(seq)
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestMain(m *testing.M) {
	if path := os.Getenv("PONDER_TEST_WRITER"); path != "" {
		writing(path)
	}
	os.Exit(m.Run())
}

// What a process was told is kept is there after it was killed.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s := open(t, path, Options{})
	must(t, create(t, s, "R").Close())
	for round := range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PONDER_TEST_WRITER="+path)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		must(t, cmd.Start())
		time.Sleep(time.Duration(100+rand.IntN(200)) * time.Millisecond)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
		if errs.Len() > 0 {
			t.Fatalf("round %d: %s", round, errs.String())
		}
		told := strings.Fields(out.String())
		if len(told) == 0 {
			continue
		}
		var last int
		// The kill may cut the last line short.
		_, err := fmt.Sscan(told[max(0, len(told)-2)], &last)
		must(t, err)
		if got := len(eventsOf(t, s, "R")); got < last {
			t.Fatalf("round %d: %d events, the process was told of %d", round, got, last)
		}
	}
	if len(eventsOf(t, s, "R")) < 100 {
		t.Error("too few events: the test says nothing")
	}
}

func BenchmarkKeepAppend(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "ponder.db"), Options{})
	l := create(b, s, "R")
	defer l.Close()
	seq := 0
	for b.Loop() {
		seq++
		c := callOf(fmt.Sprint(seq))
		must(b, l.Keep(b.Context(), c))
		must(b, l.Append(b.Context(), []event.Event{visit(seq, c)}, map[int32]string{int32(seq): fmt.Sprint(seq)}))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
