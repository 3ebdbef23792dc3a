package sample

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/vernac"
)

// Coq reads each file, and the harmless theorem can be proved in it.
func TestAbuseIsCoq(t *testing.T) {
	list := Abuse()
	if len(list) != 50 {
		t.Errorf("%d theorems", len(list))
	}
	for _, a := range list {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			reads(t, a)
		})
	}
}

func reads(t *testing.T, a Theorem) {
	f, err := vernac.Parse(a.Name+".v", a.Text)
	if err != nil {
		t.Fatal(err)
	}
	h, err := f.Redo(a.After)
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.Fill(h, "exact (fun n => eq_refl n).")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	out, err := Compile(ctx, a.Name+".v", text+"Print Assumptions "+a.After+".\n")
	cancel()
	if err != nil || !strings.Contains(out, "Closed under the global context") {
		t.Errorf("%s: %v %.200s", a.What, err, out)
	}
}

// Each file does what it is there for.
func TestAbuseBites(t *testing.T) {
	for _, a := range abuses() {
		if a.bites == "" {
			continue
		}
		t.Run(a.what, func(t *testing.T) {
			t.Parallel()
			bites(t, a)
		})
	}
}

func bites(t *testing.T, a abuse) {
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	out, err := Compile(ctx, "a.v", a.file("bad", "Timeout 1 "+a.bites+".\n"))
	cancel()
	var refused *RefusedError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
	case errors.As(err, &refused) && (strings.Contains(refused.Text, "Timeout") || strings.Contains(refused.Text, "overflow") || strings.Contains(refused.Text, "memory")):
	default:
		t.Errorf("no harm is done: %.200s %v", out, err)
	}
}
