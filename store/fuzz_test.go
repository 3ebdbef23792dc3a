package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// picture is all that filled wrote, as it was read.
type picture struct {
	Runs     []Run
	Last     Run
	Events   []event.Event
	Snapshot string
	Calls    []llm.Call
}

// readAll reads everything that filled wrote, in every way there is.
func readAll(ctx context.Context, s *Store, p *picture) error {
	if p == nil {
		p = &picture{}
	}
	var err error
	if p.Runs, err = s.Runs(ctx); err != nil {
		return err
	}
	if p.Last, err = s.Run(ctx, "last"); err != nil {
		return err
	}
	for e, err := range s.Events(ctx, "R") {
		if err != nil {
			return err
		}
		p.Events = append(p.Events, e)
	}
	data, _, err := s.Snapshot(ctx, "R")
	if err != nil {
		return err
	}
	p.Snapshot = string(data)
	if p.Calls, err = s.Calls(ctx, callOf("one").Key); err != nil {
		return err
	}
	if _, err := s.States(ctx, "a"); err != nil {
		return err
	}
	return nil
}

// flip changes some bytes of a file: each by its place, in three bytes, and what
// is turned over there.
func flip(good, flips []byte) []byte {
	data := slices.Clone(good)
	for f := range slices.Chunk(flips, 4) {
		if len(f) == 4 {
			data[(int(f[0])<<16|int(f[1])<<8|int(f[2]))%len(data)] ^= f[3]
		}
	}
	return data
}

// FuzzFlippedBytes opens databases in which some bytes are wrong: each is
// refused, or read as it was. What a row is found by is no part of what is
// compared: a call that is not found is one that was evicted, a snapshot that is
// not found was never made.
func FuzzFlippedBytes(f *testing.F) {
	path := filepath.Join(f.TempDir(), "ponder.db")
	s, err := Open(f.Context(), path, Options{})
	must(f, err)
	filled(f, s, false)
	must(f, s.Close())
	good, err := os.ReadFile(path)
	must(f, err)
	s = open(f, path, Options{})
	var want picture
	must(f, readAll(f.Context(), s, &want))
	if len(want.Events) != 3 || len(want.Calls) != 1 || want.Snapshot == "" || len(want.Runs) != 1 {
		f.Fatalf("the good database has %+v", want)
	}
	f.Add([]byte{})
	// The headers of all pages: how many cells there are, and where.
	for at := 0; at < len(good); at += 4096 {
		for _, i := range []int{0, 4, 6, 9} {
			f.Add([]byte{byte((at + i) >> 16), byte((at + i) >> 8), byte(at + i), 3})
		}
	}
	random := rand.New(rand.NewPCG(1, 7))
	for range 40 {
		var flips []byte
		for range 1 + random.IntN(5) {
			at := random.IntN(len(good))
			for good[at] == 0 && random.IntN(10) > 0 {
				at = random.IntN(len(good))
			}
			flips = append(flips, byte(at>>16), byte(at>>8), byte(at), 1<<random.IntN(8))
		}
		f.Add(flips)
	}
	bad := filepath.Join(f.TempDir(), "bad.db")
	f.Fuzz(func(t *testing.T, flips []byte) {
		data := flip(good, flips)
		for _, readOnly := range []bool{true, false} {
			for _, left := range []string{"-wal", "-shm", "-journal"} {
				_ = os.Remove(bad + left)
			}
			must(t, os.WriteFile(bad, data, 0o600))
			s, err := Open(t.Context(), bad, Options{ReadOnly: readOnly, Wait: time.Millisecond})
			if err != nil {
				continue
			}
			same(t, s, want)
			if l, err := s.Take(t.Context(), "R"); err == nil {
				_, _ = l.Owed(t.Context())
				_ = l.Keep(t.Context(), callOf("more"))
				_ = l.Append(t.Context(), []event.Event{visit(4)}, nil)
				_ = l.Truncate(t.Context(), 1)
				_ = l.Close()
			}
			_ = s.Close()
		}
	})
}

// same fails a test if what is read is neither refused nor as it was.
func same(t *testing.T, s *Store, want picture) {
	t.Helper()
	var got picture
	err := readAll(t.Context(), s, &got)
	for _, r := range append(got.Runs, got.Last) {
		if r.Verified {
			t.Error("a run that is not verified is called so")
		}
	}
	if err != nil {
		return
	}
	if len(got.Calls) == 0 {
		got.Calls = want.Calls
	}
	if got.Snapshot == "" {
		got.Snapshot = want.Snapshot
	}
	// How long a call took is for statistics only.
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(llm.Call{}, "Elapsed")); d != "" {
		t.Errorf("read without an error, but changed (-want +got):\n%s", d)
	}
}

// Each page in turn is lost: that is told as damage, or is not noticed because
// nothing of it is read.
func TestLostPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s, err := Open(t.Context(), path, Options{})
	must(t, err)
	filled(t, s, false)
	must(t, s.Close())
	good, err := os.ReadFile(path)
	must(t, err)
	s, err = Open(t.Context(), path, Options{ReadOnly: true})
	must(t, err)
	var want picture
	must(t, readAll(t.Context(), s, &want))
	must(t, s.Close())
	const page = 4096
	told := 0
	for at := page; at < len(good); at += page {
		for _, fill := range []byte{0x00, 0xff, 0x55} {
			data := slices.Clone(good)
			for i := range page {
				data[at+i] = fill
			}
			must(t, os.WriteFile(path, data, 0o600))
			s, err := Open(t.Context(), path, Options{ReadOnly: true})
			if err == nil {
				err = readAll(t.Context(), s, nil)
				same(t, s, want)
				must(t, s.Close())
			}
			switch {
			case errors.Is(err, ErrDamaged):
				told++
			case err != nil && !errors.Is(err, ErrNoRun):
				t.Errorf("page %d of %#x: %v, want ErrDamaged", at/page, fill, err)
			}
		}
	}
	if told < 12 {
		t.Errorf("only %d damages were told", told)
	}
	// A file that was cut off.
	must(t, os.WriteFile(path, good[:len(good)/2], 0o600))
	s, err = Open(t.Context(), path, Options{ReadOnly: true})
	if err == nil {
		err = readAll(t.Context(), s, nil)
		must(t, s.Close())
	}
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("half a file: %v, want ErrDamaged", err)
	}
}
