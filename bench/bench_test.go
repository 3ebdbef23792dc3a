package bench

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prompt"
)

var (
	rational = countdown.Game{Target: 24, AllNumbers: true}
	integer  = countdown.Game{Target: 24, AllNumbers: true, Integer: true}
)

// The published counts: 1,362 of 1,820 hands have a solution, 1,346 of them one
// in whole numbers.
func TestSuiteSizes(t *testing.T) {
	tests := []struct {
		suite string
		game  countdown.Game
		want  int
	}{
		{"game24-all", rational, 1820},
		{"game24-solvable", rational, 1362},
		{"game24-unsolvable", rational, 458},
		{"game24-solvable", integer, 1346},
		{"game24-heldout", integer, 253},
	}
	for _, tt := range tests {
		got, err := Suite(t.Context(), tt.suite, tt.game)
		if err != nil || len(got) != tt.want {
			t.Errorf("%s under %+v: %d problems, error %v; want %d", tt.suite, tt.game, len(got), err, tt.want)
		}
	}
	if _, err := Suite(t.Context(), "chess", rational); err == nil || !strings.Contains(err.Error(), "game24-all, game24-heldout") {
		t.Errorf("unknown suite: error %v, want the list of those there are", err)
	}
}

// The rule is shared with the training script: states that it left out.
func TestHeldOut(t *testing.T) {
	got := map[string]bool{
		"1 1 1 8":    HeldOut([]int{1, 1, 1, 8}, 24),
		"4 9 10 13":  HeldOut([]int{4, 9, 10, 13}, 24),
		"1 2 7 7":    HeldOut([]int{1, 2, 7, 7}, 24),
		"2 numbers":  HeldOut([]int{4, 6}, 24),
		"other goal": HeldOut([]int{1, 2, 7, 7}, 25),
	}
	want := map[string]bool{}
	for name, x := range map[string]struct {
		hash uint64 // first eight bytes of the SHA-256, modulo 10
		four bool
	}{
		"1 1 1 8": {hashMod("1 1 1 8 > 24"), true}, "4 9 10 13": {hashMod("4 9 10 13 > 24"), true},
		"1 2 7 7": {hashMod("1 2 7 7 > 24"), true}, "2 numbers": {hashMod("4 6 > 24"), false},
		"other goal": {hashMod("1 2 7 7 > 25"), false},
	} {
		want[name] = x.hash == 0 || x.hash == 1 && x.four
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func hashMod(text string) uint64 {
	sum := sha256.Sum256([]byte(text))
	n := new(big.Int).SetBytes(sum[:8])
	return n.Mod(n, big.NewInt(10)).Uint64()
}

func TestFile(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []string
		err              string
	}{
		{"lines: comments and empty ones do not count", "a.txt", "# hands\n1 2 3 4\n\n 4 9 10 13 \n", []string{"1 2 3 4", "4 9 10 13"}, ""},
		{"csv: the column is found by its name", "a.csv", "Rank,Puzzles,Solved\n1,1 1 4 6,99%\n2,\"1 1 11 11\",99%\n", []string{"1 1 4 6", "1 1 11 11"}, ""},
		{"csv: without that column", "a.csv", "Rank,Hands\n1,1 1 4 6\n", nil, "line 1: no column Puzzles"},
		{"csv: rows of different lengths", "a.csv", "Rank,Puzzles\n1\n", nil, "wrong number of fields"},
		{"csv: header only", "a.csv", "Rank,Puzzles\n", nil, "no problem in it"},
		{"jsonl: both forms", "a.jsonl", `{"problem":"1 2 3 4"}` + "\n" + `{"nums":[26,56,95],"target":13}` + "\n", []string{"1 2 3 4", "26 56 95 = 13"}, ""},
		{"jsonl: neither form", "a.jsonl", `{"x":1}`, nil, `line 1: neither "problem" nor "nums"`},
		{"jsonl: not JSON", "a.jsonl", "{}x", nil, "line 1: invalid"},
		{"empty", "a.txt", "", nil, "no problem in it"},
		{"one endless line", "a.txt", strings.Repeat("1", 1<<17), nil, "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.file)
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := File(path)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), tt.file) {
					t.Errorf("error %v, want one that names the file and says %q", err, tt.err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func FuzzFile(f *testing.F) {
	f.Add("a.csv", "Rank,Puzzles\n1,1 1 4 6\n")
	f.Add("a.jsonl", `{"nums":[1,2],"target":3}`)
	f.Add("a.txt", "1 2 3 4")
	f.Fuzz(func(t *testing.T, name, text string) {
		path := filepath.Join(t.TempDir(), "problems"+filepath.Ext(filepath.Base(name)))
		if strings.ContainsAny(path, "\x00/") && filepath.Dir(path) == "." || os.WriteFile(path, []byte(text), 0o600) != nil {
			return // no such name on this system
		}
		if got, err := File(path); err == nil && len(got) == 0 {
			t.Errorf("no problems and no error from %q", text)
		}
	})
}

// A model that knows one solution by heart, and answers slowly to none.
func byHeart() *llmtest.Scripted {
	steps := map[string]string{"4 9 10 13 > 24\n": "13-9=4", "4 4 10 > 24\n": "10-4=6", "4 6 > 24\n": "6*4=24"}
	return llmtest.Script(func(req llm.Request) (llm.Completion, error) {
		if step, ok := steps[req.Prompt]; ok {
			return llmtest.Say(step), nil
		}
		return llmtest.Say("1+1=2"), nil
	})
}

func TestRun(t *testing.T) {
	plan := Plan{
		Env: rational, EnvName: "game24", Problems: []string{"4 9 10 13", "1 1 1 1"},
		Strategies: []string{"puct", "greedy", "sample", "random"}, Calls: []int{2, 9}, Jobs: 3,
		Config: ponder.Config{Seed: 1, Model: ponder.Asked{Name: "by heart", Model: byHeart(), Style: prompt.Line{}}},
	}
	results, err := Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Strategy string
		Budget   int
		Problem  string
		Status   string
		Calls    int
		Verified bool
	}
	var got []line
	for _, r := range results {
		if r.Strategy == "random" || r.Strategy == "puct" {
			if r.Calls > r.Budget {
				t.Errorf("%s made %d calls of %d", r.Strategy, r.Calls, r.Budget)
			}
			continue
		}
		got = append(got, line{r.Strategy, r.Budget, r.Problem, r.Status, r.Calls, r.Verified})
	}
	want := []line{
		{"greedy", 2, "4 9 10 13", mcts.StatusSolved, 3, true}, // greedy plays once, whatever the budget
		{"greedy", 2, "1 1 1 1", mcts.StatusUnsolved, 3, false},
		{"greedy", 9, "4 9 10 13", mcts.StatusSolved, 3, true},
		{"greedy", 9, "1 1 1 1", mcts.StatusUnsolved, 3, false},
		{"sample", 2, "4 9 10 13", mcts.StatusUnsolved, 2, false}, // one call short
		{"sample", 2, "1 1 1 1", mcts.StatusUnsolved, 2, false},
		{"sample", 9, "4 9 10 13", mcts.StatusSolved, 3, true},
		{"sample", 9, "1 1 1 1", mcts.StatusUnsolved, 9, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, err := Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		again[i].Elapsed, results[i].Elapsed = 0, 0
	}
	if diff := cmp.Diff(results, again); diff != "" {
		t.Errorf("two runs with one seed differ:\n%s", diff)
	}
}

func TestRunEnds(t *testing.T) {
	plan := Plan{Env: rational, Problems: []string{"1 1 1 1", "4 9 10 13"}, Strategies: []string{"puct"}, Calls: []int{0}}
	ctx, cancel := context.WithCancel(t.Context())
	plan.Progress = func(done, _ int) { cancel() }
	results, err := Run(ctx, plan)
	if !errors.Is(err, context.Canceled) || len(results) != 1 {
		t.Errorf("%d results, error %v; want what was finished before the cancel", len(results), err)
	}
	plan.Progress, plan.Strategies = nil, []string{"sample"}
	if _, err := Run(t.Context(), plan); err == nil || !strings.Contains(err.Error(), "needs a model") {
		t.Errorf("error %v, want that the strategy needs a model", err)
	}
	plan.Strategies = []string{"magic"}
	if _, err := Run(t.Context(), plan); err == nil || !strings.Contains(err.Error(), "puct") {
		t.Errorf("error %v, want the strategies there are", err)
	}
}

func TestSummarise(t *testing.T) {
	rows := Summarise([]Result{
		{Strategy: "puct", Budget: 10, Status: mcts.StatusSolved, Calls: 4, Tokens: 40},
		{Strategy: "puct", Budget: 10, Status: mcts.StatusUnsolved, Calls: 10, Tokens: 99},
		{Strategy: "puct", Budget: 10, Status: mcts.StatusUnsolvable, Calls: 7},
		{Strategy: "puct", Budget: 30, Status: mcts.StatusSolved, Calls: 8},
	})
	for i := range rows {
		rows[i].Low, rows[i].High = math.Round(rows[i].Low*1000), math.Round(rows[i].High*1000)
	}
	want := []Row{
		{Strategy: "puct", Budget: 10, Problems: 3, Solved: 1, Unsolvable: 1, Low: 61, High: 792, Calls: 4, Tokens: 40, Spent: 7},
		{Strategy: "puct", Budget: 30, Problems: 1, Solved: 1, Low: 207, High: 1000, Calls: 8, Spent: 8},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var b strings.Builder
	if err := WriteTable(&b, rows); err != nil || !strings.Contains(b.String(), "| puct     | 10 ") {
		t.Errorf("error %v, table:\n%s", err, b.String())
	}
}
