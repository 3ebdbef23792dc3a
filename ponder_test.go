package ponder_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/bench"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
	"github.com/ponder-mcts/ponder/prompt"
)

var (
	game24  = countdown.Game{Target: 24, AllNumbers: true}
	numbers = countdown.Game{}
)

// outcome is what a table test compares.
type outcome struct {
	Status, Reason, Answer string
	Verified               bool
	Steps                  int
}

func TestSolveWithoutModel(t *testing.T) {
	tests := []struct {
		name   string
		game   countdown.Game
		text   string
		config ponder.Config
		want   outcome
	}{
		{"easy: whole numbers all the way", game24, "4 9 10 13", ponder.Config{},
			outcome{mcts.StatusSolved, mcts.Proven, "(10-4)*(13-9)", true, 3}},
		{"fraction: the only solution has 8/3 in it", game24, "3 3 8 8", ponder.Config{},
			outcome{mcts.StatusSolved, mcts.Proven, "8/(3-8/3)", true, 3}},
		{"uct: the other rule finds it too", game24, "1 5 5 5", ponder.Config{Strategy: "uct"},
			outcome{mcts.StatusSolved, mcts.Proven, "5*(5-1/5)", true, 3}},
		{"unsolvable: every state was seen", game24, "1 1 1 1", ponder.Config{},
			outcome{mcts.StatusUnsolvable, mcts.Proven, "", false, 0}},
		{"solved at once: the target is among the numbers", numbers, "3 7 84 = 84", ponder.Config{},
			outcome{mcts.StatusSolved, mcts.Proven, "84", true, 0}},
		{"budget: too small to find anything", game24, "3 3 8 8", ponder.Config{Simulations: 3},
			outcome{mcts.StatusUnsolved, mcts.Simulations, "", false, 1}},
		{"parallel: the same answer from eight workers", game24, "3 3 8 8", ponder.Config{Parallel: 8},
			outcome{mcts.StatusSolved, mcts.Proven, "8/(3-8/3)", true, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := ponder.Solve(t.Context(), ponder.Problem{Env: tt.game, Text: tt.text}, tt.config)
			if err != nil {
				t.Fatal(err)
			}
			got := outcome{out.Status, out.Reason, out.Answer, out.Verified, len(out.Path)}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("solving %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// The classical engine settles every hand of four cards: the counts are those
// of the exhaustive solver.
func TestSolveEveryHand(t *testing.T) {
	hands, err := bench.Suite(t.Context(), "game24-all", game24)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, hand := range hands {
		out, err := ponder.Solve(t.Context(), ponder.Problem{Env: game24, Text: hand}, ponder.Config{Simulations: 2000})
		if err != nil {
			t.Fatalf("%s: %v", hand, err)
		}
		if out.Verified != (out.Status == mcts.StatusSolved) {
			t.Errorf("%s: status %s, verified %v", hand, out.Status, out.Verified)
		}
		got[out.Status]++
	}
	want := map[string]int{mcts.StatusSolved: 1362, mcts.StatusUnsolvable: 458}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("1,820 hands (-want +got):\n%s", diff)
	}
}

func TestSolveRefuses(t *testing.T) {
	asked := ponder.Asked{Model: model(func(llm.Request) (llm.Completion, error) { return llm.Completion{}, nil }), Style: prompt.Line{}}
	tests := []struct {
		name   string
		text   string
		config ponder.Config
		want   string
	}{
		{"strategy: not one of ours", "1 2 3 4", ponder.Config{Strategy: "magic"}, `unknown strategy "magic": choose one of [auto gumbel puct uct thompson]`},
		{"final choice: not one of ours", "1 2 3 4", ponder.Config{Final: "magic"}, `unknown final choice "magic": choose one of [auto visits lcb]`},
		{"policy: not one of ours", "1 2 3 4", ponder.Config{Policy: "magic"}, `unknown policy "magic": choose one of [auto branch sample label uniform]`},
		{"policy: needs the model that is not there", "1 2 3 4", ponder.Config{Policy: "label"}, `policy "label" needs a model`},
		{"critic: not one of ours", "1 2 3 4", ponder.Config{Model: asked, Critic: "magic"}, `unknown critic "magic": choose one of [auto yesno rollout]`},
		{"critic: needs the model that is not there", "1 2 3 4", ponder.Config{Critic: "yesno"}, `critic "yesno" needs a model`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ponder.Solve(t.Context(), ponder.Problem{Env: game24, Text: tt.text}, tt.config)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
		})
	}
	var input *env.InputError
	if _, err := ponder.Solve(t.Context(), ponder.Problem{Env: game24, Text: "four"}, ponder.Config{}); !errors.As(err, &input) {
		t.Errorf("bad problem: got %v, want an *env.InputError", err)
	}
}

// model is a llm.Model made of a function.
type model func(llm.Request) (llm.Completion, error)

func (m model) Generate(ctx context.Context, req llm.Request) (llm.Completion, error) {
	if err := ctx.Err(); err != nil {
		return llm.Completion{}, err
	}
	return m(req)
}

// A critic that calls everything lost and a policy that proposes nothing legal
// cost calls, but can neither hide a solution nor prove one away.
func TestSolveSurvivesUselessModel(t *testing.T) {
	calls := 0
	useless := model(func(req llm.Request) (llm.Completion, error) {
		calls++
		text := "1+1=3"
		if req.MaxTokens == 1 {
			text = "no"
		}
		return llm.Completion{Text: text, Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 5, CompletionTokens: 2}}, nil
	})
	c := ponder.Config{Model: ponder.Asked{Model: useless, Style: prompt.Line{}}}
	out, err := ponder.Solve(t.Context(), ponder.Problem{Env: game24, Text: "3 3 8 8"}, c)
	if err != nil || !out.Verified {
		t.Errorf("got %+v, error %v; want it verified", out, err)
	}
	if calls == 0 {
		t.Error("the model was never asked")
	}
	c.Calls, calls = 7, 0
	out, err = ponder.Solve(t.Context(), ponder.Problem{Env: game24, Text: "2 7 9 12"}, c)
	if err != nil || out.Status != mcts.StatusUnsolved || out.Reason != mcts.Calls {
		t.Errorf("got %+v, error %v; want unsolved for want of calls: nothing is proven without looking", out, err)
	}
	if calls != 7 {
		t.Errorf("%d calls were made, the budget is 7", calls)
	}
}

func TestSolveModelDown(t *testing.T) {
	down := model(func(llm.Request) (llm.Completion, error) { return llm.Completion{}, llm.ErrUnavailable })
	c := ponder.Config{Model: ponder.Asked{Model: down, Style: prompt.Line{}}}
	out, err := ponder.Solve(t.Context(), ponder.Problem{Env: game24, Text: "4 9 10 13"}, c)
	if !errors.Is(err, llm.ErrUnavailable) || out.Reason != mcts.Broken || out.Status != mcts.StatusUnsolved {
		t.Errorf("got %+v, error %v; want it to end with ErrUnavailable", out, err)
	}
}

func TestSolveCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := ponder.Config{Emit: func(e event.Event) {
		if e.Visited != nil && e.Seq > 10 {
			cancel()
		}
	}}
	out, err := ponder.Solve(ctx, ponder.Problem{Env: numbers, Text: "2 3 2 7 9 12 17 = 999983"}, c)
	if !errors.Is(err, context.Canceled) || out.Reason != mcts.Interrupted || len(out.Path) == 0 {
		t.Errorf("got %+v, error %v; want it interrupted, with the best line so far", out, err)
	}
}

// slowChecker takes for ever over an answer, and says when it has begun.
type slowChecker struct {
	countdown.Game
	begun func()
}

// Verify implements env.Verifier.
func (s slowChecker) Verify(ctx context.Context, _, _ string) error {
	s.begun()
	<-ctx.Done()
	return ctx.Err()
}

// A check that takes long does not hold up whoever wants to stop.
func TestCheckCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stopped time.Time
	slow := slowChecker{game24, func() { stopped = time.Now(); cancel() }}
	out, err := ponder.Solve(ctx, ponder.Problem{Env: slow, Text: "4 9 10 13"}, ponder.Config{})
	if took := time.Since(stopped); took < 50*time.Millisecond || took > 2*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	if !errors.Is(err, context.Canceled) || out.Reason != mcts.Interrupted || out.Status != mcts.StatusUnsolved || out.Verified {
		t.Errorf("%+v, error %v", out, err)
	}
}

func TestSolveIsDeterministic(t *testing.T) {
	log := func() string {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		c := ponder.Config{Seed: 7, Simulations: 300, Emit: func(e event.Event) {
			if err := enc.Encode(e); err != nil {
				t.Fatal(err)
			}
		}}
		if _, err := ponder.Solve(t.Context(), ponder.Problem{Env: numbers, Text: "2 3 5 7 11 = 999"}, c); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if diff := cmp.Diff(log(), log()); diff != "" {
		t.Errorf("two runs with one seed differ:\n%s", diff)
	}
}

func ExampleSolve() {
	problem := ponder.Problem{EnvName: "game24", Env: countdown.Game{Target: 24, AllNumbers: true}, Text: "3 3 8 8"}
	out, err := ponder.Solve(context.Background(), problem, ponder.Config{Simulations: 2000})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range out.Path {
		fmt.Println(step.Action)
	}
	fmt.Println(out.Answer, "verified:", out.Verified)
	// Output:
	// 8/3=8/3
	// 3-(8/3)=1/3
	// 8/(1/3)=24
	// 8/(3-8/3) verified: true
}
