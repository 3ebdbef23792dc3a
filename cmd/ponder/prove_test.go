package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Without the prover there is one line with what to do, and exit code 3.
func TestProveWithoutProver(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("PONDER_LEAN_REPL", "")
	for _, tt := range []struct{ name, text, want string }{
		{"a.v", "Lemma a : True.\nAdmitted.\n", "apt-get install coq"},
		{"a.lean", "theorem a : True := by sorry\n", "github.com/leanprover-community/repl"},
	} {
		file := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := invoke(t.Context(), t, "prove", file)
		if code != exitUnavailable || stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q; want %d and nothing", tt.name, code, stdout, exitUnavailable)
		}
		if !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: stderr %q, want one line with %q", tt.name, stderr, tt.want)
		}
	}
}
