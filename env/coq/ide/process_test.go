package ide_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// A tactic that runs too long is interrupted, and the process is as good as
// before.
func TestInterrupt(t *testing.T) {
	p, tip := start(t, "Lemma a : forall n m : nat, n + 0 = n /\\ m = m.", "intros n m.")
	for range 3 {
		g, err := p.Goals(t.Context(), time.Second)
		if err != nil || len(g.Focused) != 1 {
			t.Fatal(g, err)
		}
		if _, err := p.Add(t.Context(), tip, endless); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := p.Goals(t.Context(), 100*time.Millisecond); !errors.Is(err, ide.ErrTimeout) {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v to interrupt", took)
		}
		if err := p.EditAt(t.Context(), tip); err != nil {
			t.Fatal(err)
		}
	}
	said, err := p.Query(t.Context(), 5*time.Second, tip, "Check n.")
	if diff := cmp.Diff([]string{"n\n     : nat"}, said); err != nil || diff != "" {
		t.Errorf("error %v, said (-want +got):\n%s", err, diff)
	}
	if p.Resident() < 1<<20 {
		t.Errorf("it occupies %d bytes", p.Resident())
	}
}

const endless = "do 1000000000 (pose 0 as x; clear x)."

// A cancelled call ends the process at once.
func TestCancel(t *testing.T) {
	p, tip := start(t, "Lemma a : True.")
	if _, err := p.Add(t.Context(), tip, endless); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := p.Goals(ctx, 0); !errors.Is(err, ide.ErrDied) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("it took %v to stop", took)
	}
	if _, err := p.Version(t.Context()); !errors.Is(err, ide.ErrDied) {
		t.Errorf("a dead process answers: %v", err)
	}
}

func TestMissing(t *testing.T) {
	_, err := ide.Start(ide.Options{Program: "/nowhere/coqidetop"})
	var missing *ide.MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "apt-get install coq") {
		t.Error(err)
	}
}

func ExampleProcess_Try() {
	p, err := ide.Start(ide.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	ctx := context.Background()
	tip, _ := p.Init(ctx, time.Minute)
	tip, _ = p.Add(ctx, tip, "Lemma a : forall n : nat, n = n.")
	_, goals, err := p.Try(ctx, time.Second, tip, "intros k.")
	fmt.Println(goals.Focused[0].Hyps, goals.Focused[0].Concl, err)
	_, _, err = p.Try(ctx, time.Second, tip, "exact I.")
	fmt.Println(err != nil)
	// Output:
	// [k : nat] k = k <nil>
	// true
}

// What a tactic costs that succeeds at once, and one that fails.
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
