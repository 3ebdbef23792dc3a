//go:build ollama

package main

import (
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

// keptPrompts are the prompts of the calls that a database keeps.
func keptPrompts(t *testing.T, path string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	if _, err := os.Stat(path); err != nil {
		return out
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT request FROM calls")
	if err != nil {
		return out // killed before there was a table
	}
	defer rows.Close()
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		var r llm.Request
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		out[r.Prompt] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// The same with a real server, which tells what it was asked: no call that was
// kept before a kill is made again after it.
func TestKillWithOllama(t *testing.T) {
	const kills = 20
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	bin := program(t)
	proxy := llmtest.Chaos(t, llmtest.ChaosOptions{Target: os.Getenv("PONDER_TEST_OLLAMA"), Finish: true})
	args := onServer(t, "solve", "--critic", "yesno", "--max-calls", "60", "countdown", "2 3 5 7 11 13 = 9973")[1:]
	args[1] = proxy.URL
	dir := t.TempDir()
	whole := &victim{t: t, bin: bin, db: filepath.Join(dir, "whole.db"), args: args}
	want := comparable(t, whole.step(0))

	v := &victim{t: t, bin: bin, db: filepath.Join(dir, "killed.db"), args: args, random: rand.New(rand.NewPCG(seed, 1))}
	got := ""
	for attempt := 0; got == ""; attempt++ {
		kept := keptPrompts(t, v.db)
		asked := len(proxy.Delivered())
		if v.kills < kills {
			got = v.step(60*time.Millisecond + time.Duration(v.random.Int64N(int64(150*time.Millisecond))))
		} else {
			got = v.step(0)
		}
		for _, call := range proxy.Delivered()[asked:] {
			if kept[call.Prompt] {
				t.Errorf("attempt %d asks again for %q, which was kept", attempt, call.Prompt)
			}
		}
	}
	if d := gocmp.Diff(want, comparable(t, got)); d != "" {
		t.Errorf("seed %d, killed %d times (-in one go +in pieces):\n%s", seed, v.kills, d)
	}
	t.Logf("%d kills, %d calls", v.kills, want.Stats.Calls)
	if v.kills < kills/2 {
		t.Errorf("only %d kills hit: the test says little", v.kills)
	}
}
