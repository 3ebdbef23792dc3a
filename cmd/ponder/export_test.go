package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

// What a run is exported from: its tree, all of its events, and each model call
// behind the tree once.
func TestLoadExport(t *testing.T) {
	db := filepath.Join(t.TempDir(), "ponder.db")
	if code, _, stderr := invoke(t.Context(), t, "solve", "--quiet", "--db", db, "game24", "4 7 8 8"); code != exitSolved {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	f := &searchFlags{db: db, cacheSize: 1024}
	var x exported
	if err := f.withStore(t.Context(), true, func(s *store.Store) (err error) {
		x, err = loadExport(t.Context(), s, "last", true)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if x.Events[len(x.Events)-1].At == 0 {
		t.Error("the events do not say when they were kept")
	}
	var tree view.Tree
	for _, e := range x.Events {
		if err := tree.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if d := gocmp.Diff(tree.Record(), x.Tree.Record()); d != "" {
		t.Errorf("the tree is not that of the events (-events +tree):\n%s", d)
	}
	if len(x.Calls) == 0 || len(x.Calls) != tree.Usage.Calls {
		t.Errorf("%d model calls, the run made %d", len(x.Calls), tree.Usage.Calls)
	}
	for _, c := range x.Calls {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
}

// A file is there as a whole or as it was before, and nothing is left beside it.
func TestWriteFile(t *testing.T) {
	broken := errors.New("out of ink")
	half := func(w io.Writer) error { _, err := io.WriteString(w, "half"); return errors.Join(err, broken) }
	whole := func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }
	dir := t.TempDir()
	path := filepath.Join(dir, "tree.svg")
	if err := writeFile(path, half); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file was left: %v", err)
	}
	if err := writeFile(path, whole); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(path, half); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "whole" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if err := writeFile(path, whole); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file has another mode: %v, %v", info.Mode(), err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("beside the file there are %v, %v", names, err)
	}
}
