package main

import (
	"path/filepath"
	"testing"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/store"
)

// A run without a model is kept as a snapshot; its steps are told again from its
// seed, or its tree as it is where they can't be.
func TestTell(t *testing.T) {
	tests := []struct {
		name  string
		args  []string
		steps bool
	}{
		{"unsolvable", []string{"game24", "1 1 1 1"}, true},
		{"solved", []string{"game24", "4 4 10 10"}, true},
		{"its budget spent", []string{"--simulations", "300", "countdown", far}, true},
		{"its nodes spent", []string{"--max-nodes", "500", "countdown", far}, true},
		{"a game", []string{"--simulations", "400", "connect4", "4455"}, true},
		{"another rule and seed", []string{"--strategy", "uct", "--seed", "7", "--simulations", "200", "countdown", far}, true},
		{"several jobs at once, which no seed repeats", []string{"--parallel", "4", "--simulations", "400", "countdown", far}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "ponder.db")
			invoke(t.Context(), t, append([]string{"solve", "--quiet", "--model", "none", "--db", db}, tt.args...)...)
			s, err := store.Open(t.Context(), db, store.Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			run, err := s.Run(t.Context(), "last")
			if err != nil {
				t.Fatal(err)
			}
			events, err := tell(t.Context(), s, run)
			if err != nil {
				t.Fatal(err)
			}
			var described []event.Event
			if _, _, err := recall(t.Context(), s, run.ID, false, func(e event.Event) error {
				described = append(described, e)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			told, err := foldAll(events)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := foldAll(described)
			if err != nil {
				t.Fatal(err)
			}
			if !sameTree(told, kept) || told.Simulations != run.Simulations {
				t.Errorf("%d simulations and %d nodes are told of %d and %d", told.Simulations, len(told.Nodes), run.Simulations, len(kept.Nodes))
			}
			visits := 0
			for _, e := range events {
				if e.Visited != nil {
					visits++
				}
			}
			if steps := visits == run.Simulations && visits > 0; steps != tt.steps {
				t.Errorf("%d of %d simulations are told as steps", visits, run.Simulations)
			}
			if (told.End == nil) != (kept.End == nil) {
				t.Errorf("it ended: told %v, kept %v", told.End, kept.End)
			}
		})
	}
}
