package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Without Coq there is one line with what to type, and exit code 3.
func TestProveWithoutCoq(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.v")
	if err := os.WriteFile(file, []byte("Lemma a : True.\nAdmitted.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	code, stdout, stderr := invoke(t.Context(), t, "prove", file)
	if code != exitUnavailable || stdout != "" {
		t.Errorf("exit code %d, stdout %q; want %d and nothing", code, stdout, exitUnavailable)
	}
	if !strings.Contains(stderr, "apt-get install coq") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("stderr %q, want one line with the command to type", stderr)
	}
}
