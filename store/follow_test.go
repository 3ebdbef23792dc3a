package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
)

// A follower in another process gets every event once, and learns that the log
// was cut.
func TestEventsAfter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s := open(t, path, Options{})
	reader := open(t, path, Options{ReadOnly: true})
	l, err := s.Create(t.Context(), Run{ID: "R", Config: []byte("{}")})
	must(t, err)
	defer l.Close()
	seqs := func(events []event.Event) (out []int) {
		for _, e := range events {
			if e.At == 0 {
				t.Errorf("event %d does not say when it was kept", e.Seq)
			}
			out = append(out, e.Seq)
		}
		return out
	}
	var mark Mark
	follow := func(wantAnew bool, want ...int) {
		t.Helper()
		events, next, anew, err := reader.EventsAfter(t.Context(), "R", mark)
		must(t, err)
		if d := cmp.Diff(want, seqs(events)); d != "" || anew != wantAnew {
			t.Errorf("after %d: anew %v, events (-want +got):\n%s", mark.Seq, anew, d)
		}
		mark = next
	}
	add := func(from, to int) {
		t.Helper()
		for seq := from; seq <= to; seq++ {
			must(t, l.Append(t.Context(), []event.Event{visit(seq)}, nil))
		}
	}
	follow(false)
	add(1, 3)
	follow(false, 1, 2, 3)
	follow(false)
	add(4, 5)
	follow(false, 4, 5)
	if err := l.Truncate(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	follow(true, 1, 2, 3, 4)
	must(t, l.Truncate(t.Context(), 3))
	add(4, 4) // the same number, the same event: the same log
	follow(false)
	must(t, l.Truncate(t.Context(), 2))
	other := visit(3)
	other.Visited.Leaf = 77
	must(t, l.Append(t.Context(), []event.Event{other}, nil))
	add(4, 6)
	follow(true, 1, 2, 3, 4, 5, 6)

	mark = Mark{Seq: 4} // only the number is known
	follow(false, 5, 6)
	mark = Mark{Seq: 40}
	follow(true, 1, 2, 3, 4, 5, 6)
	if _, _, _, err := reader.EventsAfter(t.Context(), "NONE", Mark{}); !errors.Is(err, ErrNoRun) {
		t.Errorf("a run that is not there: %v", err)
	}
	_, err = s.w.ExecContext(t.Context(), "UPDATE events SET body = replace(body, '77', '78') WHERE seq = 3")
	must(t, err)
	if _, _, _, err := reader.EventsAfter(t.Context(), "R", Mark{Seq: 2}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a changed event: %v", err)
	}
}

func TestEventsAfterInPieces(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "ponder.db"), Options{})
	l, err := s.Create(t.Context(), Run{ID: "R", Config: []byte("{}")})
	must(t, err)
	defer l.Close()
	const n = 2*maxFollow + 10
	var events []event.Event
	for seq := 1; seq <= n; seq++ {
		events = append(events, visit(seq))
	}
	must(t, l.Append(t.Context(), events, nil))
	var mark Mark
	got := 0
	for {
		part, next, anew, err := s.EventsAfter(t.Context(), "R", mark)
		must(t, err)
		if len(part) == 0 {
			break
		}
		if anew || len(part) > maxFollow || part[0].Seq != got+1 {
			t.Fatalf("after %d: anew %v, %d events from %d", got, anew, len(part), part[0].Seq)
		}
		got, mark = got+len(part), next
	}
	if got != n {
		t.Errorf("%d events of %d", got, n)
	}
}

func TestChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s, other := open(t, path, Options{}), open(t, path, Options{})
	number := func() int64 {
		t.Helper()
		n, err := other.Changed(t.Context())
		must(t, err)
		return n
	}
	before := number()
	if again := number(); again != before {
		t.Errorf("nothing was written, yet %d became %d", before, again)
	}
	l, err := s.Create(t.Context(), Run{ID: "R", Config: []byte("{}")})
	must(t, err)
	must(t, l.Close())
	if after := number(); after == before {
		t.Error("what another process wrote is not seen")
	}
	before = number()
	l, err = other.Create(t.Context(), Run{ID: "S", Config: []byte("{}")})
	must(t, err)
	must(t, l.Close())
	if after := number(); after == before {
		t.Error("what this process wrote is not seen")
	}
}

func TestOrders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ponder.db")
	s, other := open(t, path, Options{}), open(t, path, Options{})
	l, err := s.Create(t.Context(), Run{ID: "R", Config: []byte("{}")})
	must(t, err)
	for i := range 3 {
		must(t, other.Order(t.Context(), "R", json.RawMessage(fmt.Sprintf(`{"order":%d}`, i))))
	}
	got, err := l.Orders(t.Context())
	must(t, err)
	want := []json.RawMessage{[]byte(`{"order":0}`), []byte(`{"order":1}`), []byte(`{"order":2}`)}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("orders (-want +got):\n%s", d)
	}
	if again, err := l.Orders(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("orders that were taken came again: %s, %v", again, err)
	}
	if err := other.Order(t.Context(), "R", []byte(`{"order":`)); err == nil {
		t.Error("an order that is no JSON was left")
	}
	if err := other.Order(t.Context(), "R", json.RawMessage(`"`+string(make([]byte, maxOrder))+`"`)); err == nil {
		t.Error("an order without end was left")
	}
	for range maxOrders {
		must(t, other.Order(t.Context(), "R", json.RawMessage("1")))
	}
	if err := other.Order(t.Context(), "R", json.RawMessage("1")); err == nil {
		t.Error("orders without end were left")
	}
	must(t, l.Close())
	if err := other.Order(t.Context(), "R", json.RawMessage("1")); !errors.Is(err, ErrAtRest) {
		t.Errorf("an order for a run at rest: %v", err)
	}
	if err := other.Order(t.Context(), "NONE", json.RawMessage("1")); !errors.Is(err, ErrNoRun) {
		t.Errorf("an order for a run that is not there: %v", err)
	}
	l, err = s.Take(t.Context(), "R")
	must(t, err)
	defer l.Close()
	if left, err := l.Orders(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("orders of the stretch before are left: %d, %v", len(left), err)
	}
}

func TestHasSnapshot(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "ponder.db"), Options{})
	l, err := s.Create(t.Context(), Run{ID: "R", Config: []byte("{}")})
	must(t, err)
	defer l.Close()
	for _, want := range []bool{false, true} {
		if want {
			must(t, l.Save(t.Context(), nil)) // an empty one is one
		}
		if got, err := s.HasSnapshot(t.Context(), "R"); err != nil || got != want {
			t.Errorf("a snapshot: %v, %v, not %v", got, err, want)
		}
	}
	if _, err := s.HasSnapshot(t.Context(), "NONE"); !errors.Is(err, ErrNoRun) {
		t.Errorf("a run that is not there: %v", err)
	}
}

// A kept tree is that of the last event; when the run goes on it is gone.
func TestTree(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "ponder.db"), Options{})
	l, err := s.Create(t.Context(), Run{ID: "R", Config: []byte("{}")})
	must(t, err)
	has := func(want string) {
		t.Helper()
		data, found, err := s.Tree(t.Context(), "R")
		must(t, err)
		if string(data) != want || found != (want != "") {
			t.Errorf("the tree is %q (%v), not %q", data, found, want)
		}
	}
	must(t, l.Append(t.Context(), []event.Event{visit(1)}, nil))
	has("")
	must(t, l.SaveTree(t.Context(), []byte("one")))
	has("one")
	must(t, l.Append(t.Context(), []event.Event{visit(2)}, nil))
	has("")
	must(t, l.SaveTree(t.Context(), []byte("two")))
	has("two")
	_, err = s.w.ExecContext(t.Context(), "UPDATE trees SET data = CAST('tow' AS BLOB)")
	must(t, err)
	has("")
	must(t, l.SaveTree(t.Context(), []byte("three")))
	must(t, l.Close())
	has("three")
	l, err = s.Take(t.Context(), "R")
	must(t, err)
	has("")
	must(t, l.Close())
}
