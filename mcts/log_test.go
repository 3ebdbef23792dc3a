package mcts

import (
	"context"
	"flag"
	"hash/fnv"
	"os"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hashed is a critic whose values look random and depend on nothing but the
// state and a seed.
type hashed struct{ seed byte }

func (h hashed) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	f := fnv.New32a()
	_, _ = f.Write(append([]byte(s.Key()), h.seed))
	return env.Value{Mean: float64(f.Sum32()%1000) / 1000}, env.Usage{Calls: 1}, nil
}

// seeded runs a search of noughts and crosses with one worker and returns its
// event log.
func seeded(t testingT, seed byte) string {
	t.Helper()
	w := start(t, emptyBoard, Options{Simulations: 300})
	d := Driver{Search: w.Search, Worker: &Worker{Env: tictactoe{}, Policy: tictactoe{}, Critic: hashed{seed}}}
	if err := d.Run(context.Background()); err != nil {
		t.Fatalf("Run: %v", err)
	}
	return logOf(t, w)
}

func TestSameSeedSameLog(t *testing.T) {
	first := seeded(t, 1)
	if d := cmp.Diff(first, seeded(t, 1)); d != "" {
		t.Errorf("the second run differs (-first +second):\n%s", d)
	}
	if first == seeded(t, 2) {
		t.Error("another seed gives the same log: the test can't fail")
	}
	for _, procs := range []int{1, 3} {
		before := runtime.GOMAXPROCS(procs)
		again := seeded(t, 1)
		runtime.GOMAXPROCS(before)
		if d := cmp.Diff(first, again); d != "" {
			t.Errorf("with GOMAXPROCS %d the log differs (-first +this):\n%s", procs, d)
		}
	}
}

// A search driven by hand and by a Driver with one worker are the same search.
func TestDriverAddsNothingToTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, shape{size: 30, circles: dice(t, 2) == 0, partial: true})
		byHand := start(t, g.state(0), Options{Simulations: plenty})
		drive(t, byHand, g.worker(false))
		driven := start(t, g.state(0), Options{Simulations: plenty})
		d := Driver{Search: driven.Search, Worker: g.worker(false)}
		if err := d.Run(context.Background()); err != nil {
			t.Fatalf("Run: %v", err)
		}
		if d := cmp.Diff(logOf(t, byHand), logOf(t, driven)); d != "" {
			t.Errorf("logs (-by hand +driven):\n%s", d)
		}
	})
}

// One small search in full: a step that the rules refuse, a shared state, a
// circle, a free simulation, a dead end and a solution. Whoever changes a
// number here has changed the search.
func TestGoldenLog(t *testing.T) {
	g := &graph{vertices: []vertex{
		{to: []int{1, 2, 3}, prior: []float64{4, 2, 2}},
		{to: []int{4, 5}, value: 0.5},
		{to: []int{4, 0}, value: 0.75},
		{over: true},
		{to: []int{6, 7}, value: 0.25},
		{to: []int{1}, value: 0.125},
		{},
		{to: []int{8, 3}, value: 0.25},
		{over: true, reward: 1},
	}}
	w := start(t, g.state(0), Options{Simulations: 100})
	d := Driver{Search: w.Search, Worker: &Worker{Env: g, Policy: withIllegal{g}, Critic: g, Blind: true}}
	if err := d.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantGolden(t, "testdata/search.jsonl", logOf(t, w))
}

// withIllegal proposes one step too many.
type withIllegal struct{ *graph }

func (p withIllegal) Propose(ctx context.Context, s env.State, path env.Path, k int) ([]env.Candidate, env.Usage, error) {
	cands, usage, err := p.graph.Propose(ctx, s, path, k)
	return append(cands, env.Candidate{Action: "fly"}), usage, err
}

func wantGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}
