package ide_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/ide"
)

func start(t testing.TB, sentences ...string) (*ide.Process, ide.StateID) {
	t.Helper()
	p, err := ide.Start(ide.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	tip, err := p.Init(t.Context(), time.Minute)
	for _, s := range sentences {
		if err == nil {
			tip, err = p.Add(t.Context(), tip, s)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return p, tip
}

func TestLoop(t *testing.T) {
	p, tip := start(t, "Lemma a : forall n m : nat, n + 0 = n /\\ m = m.", "intros n m.")
	for range 3 {
		g, err := p.Goals(t.Context(), time.Second)
		if err != nil || len(g.Focused) != 1 {
			t.Fatal(g, err)
		}
		loop, err := p.Add(t.Context(), tip, "Timeout 20 (do 1000000000 (pose 0 as x; clear x)).")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := p.Goals(t.Context(), 100*time.Millisecond); !errors.Is(err, ide.ErrTimeout) {
			t.Fatal(err)
		}
		t.Log(time.Since(began))
		if err := p.EditAt(t.Context(), tip); err != nil {
			t.Fatal(err)
		}
		_ = loop
	}
	q, err := p.Query(t.Context(), time.Second, tip, "Search (_ + 0).")
	t.Log(q, err, p.Resident())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err = p.Add(t.Context(), tip, "do 1000000000 (pose 0 as x; clear x)."); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Goals(ctx, 0); !errors.Is(err, ide.ErrDied) || !strings.Contains(err.Error(), "deadline") {
		t.Fatal(err)
	}
}

func BenchmarkStep(b *testing.B) {
	p, tip := start(b, "Lemma a : forall n m : nat, n + 0 = n /\\ m = m.")
	for range b.N {
		if _, err := p.Add(b.Context(), tip, "Timeout 5 (intros n m)."); err != nil {
			b.Fatal(err)
		}
		if _, err := p.Goals(b.Context(), 100*time.Millisecond); err != nil {
			b.Fatal(err)
		}
		if err := p.EditAt(b.Context(), tip); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFail(b *testing.B) {
	p, tip := start(b, "Lemma a : forall n m : nat, n + 0 = n /\\ m = m.")
	for range b.N {
		if _, err := p.Add(b.Context(), tip, "Timeout 5 (apply I)."); err != nil {
			b.Fatal(err)
		}
		if _, err := p.Goals(b.Context(), 100*time.Millisecond); err == nil {
			b.Fatal(err)
		}
		if err := p.EditAt(b.Context(), tip); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQueryFail(b *testing.B) {
	p, tip := start(b, "Lemma a : forall n m : nat, n + 0 = n /\\ m = m.")
	if _, err := p.Goals(b.Context(), 100*time.Millisecond); err != nil {
		b.Fatal(err)
	}
	for range b.N {
		if _, err := p.Query(b.Context(), time.Second, tip, "Timeout 5 (apply I)."); err == nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTry(b *testing.B) {
	p, tip := start(b, "Lemma a : forall n m : nat, n + 0 = n /\\ m = m.")
	for range b.N {
		if _, _, err := p.Try(b.Context(), 100*time.Millisecond, tip, "Timeout 5 (intros n m)."); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTryFail(b *testing.B) {
	p, tip := start(b, "Lemma a : forall n m : nat, n + 0 = n /\\ m = m.")
	for range b.N {
		if _, _, err := p.Try(b.Context(), 100*time.Millisecond, tip, "Timeout 5 (apply I)."); err == nil {
			b.Fatal(err)
		}
	}
}
