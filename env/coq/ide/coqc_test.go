package ide_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/env/coq/ide"
)

func TestCompile(t *testing.T) {
	c := ide.Compiler{Memory: 4 << 30}
	out, err := c.Compile(t.Context(), "some/folder/A.v", "Check 1.\n")
	if err != nil || !strings.Contains(out, "1") || !strings.Contains(out, ": nat") {
		t.Errorf("%q, %v", out, err)
	}
	_, err = c.Compile(t.Context(), "some/folder/A.v", "Check 1.\nCheck x.\n")
	var refused *ide.Refusal
	if !errors.As(err, &refused) || !strings.Contains(refused.Text, `File "A.v", line 2`) {
		t.Errorf("%v, want it refused at line 2 of A.v", err)
	}
}

func TestCompileCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := ide.Compiler{}.Compile(ctx, "A.v", "Lemma a : True.\n"+endless+"\n")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v to stop", took)
	}
}
