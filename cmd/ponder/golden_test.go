package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "record the tapes and write the golden files anew")

var varying = regexp.MustCompile(`"run": "[^"]*"|"elapsed_ms": \d+`)

// Searches that were recorded once come to the same result and the same tree
// from their tapes, without a model. Whoever changes a number here has
// changed the search, or what a model is asked.
func TestGoldenReplays(t *testing.T) {
	for name, args := range map[string][]string{
		"gumbel": {"--max-calls", "24", "game24", "4 7 8 8"},
		"puct":   {"--max-calls", "24", "--strategy", "puct", "--critic", "yesno", "game24", "2 3 5 12"},
		"sample": {"--max-calls", "30", "--policy", "sample", "--critic", "yesno", "countdown", "3 7 25 50 = 96"},
	} {
		t.Run(name, func(t *testing.T) {
			tape, golden := filepath.Join("testdata", "golden", name+".jsonl"), filepath.Join("testdata", "golden", name+".txt")
			args := append([]string{"solve", "--quiet", "--json", "--tree"}, args...)
			if *update {
				_ = os.Remove(tape)
				if code, _, stderr := invoke(t.Context(), t, append(args, "--db", inMemory, "--record", tape)...); code > exitUnsolved {
					t.Fatalf("recording: exit code %d: %s", code, stderr)
				}
			}
			code, stdout, tree := invoke(t.Context(), t, append(args, "--replay", tape)...)
			if code > exitUnsolved {
				t.Fatalf("exit code %d: %s", code, tree)
			}
			got := varying.ReplaceAllString(stdout, "…") + tree
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v (-update writes it)", err)
			}
			if d := gocmp.Diff(string(want), got); d != "" {
				t.Errorf("(-golden +now):\n%s", d)
			}
		})
	}
}
