package llm_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

func TestMeterCounts(t *testing.T) {
	model := llmtest.Script(func(llm.Request) (llm.Completion, error) {
		return llm.Completion{Text: "a", Usage: llm.Usage{PromptTokens: 5, CompletionTokens: 2}}, nil
	})
	m := llm.NewMeter(model, 2, 0)
	for range 2 {
		if _, err := m.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Generate(t.Context(), llm.Request{Prompt: "p"}); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("third call of two: error %v, want ErrBudget", err)
	}
	if got := len(model.Requests()); got != 2 {
		t.Errorf("the model was asked %d times, want 2: a budget is checked before the call", got)
	}
	if c, p, k := m.Used(); c != 2 || p != 10 || k != 4 {
		t.Errorf("Used() = %d, %d, %d; want 2, 10, 4", c, p, k)
	}
}

func TestMeterWithoutBudget(t *testing.T) {
	m := llm.NewMeter(llmtest.Script(func(llm.Request) (llm.Completion, error) { return llmtest.Say("a b"), nil }), 0, -1)
	for range 100 {
		if _, err := m.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	if c, _, k := m.Used(); c != 100 || k != 200 {
		t.Errorf("Used() = %d calls, %d tokens; want 100, 200", c, k)
	}
}

func TestMeterCapsMaxTokens(t *testing.T) {
	model := llmtest.Script(func(r llm.Request) (llm.Completion, error) {
		return llm.Completion{Usage: llm.Usage{PromptTokens: 10, CompletionTokens: min(r.MaxTokens, 40)}}, nil
	})
	m := llm.NewMeter(model, 0, 200)
	var caps []int
	for {
		_, err := m.Generate(t.Context(), llm.Request{Prompt: "p"})
		if errors.Is(err, llm.ErrBudget) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		caps = nil
		for _, r := range model.Requests() {
			caps = append(caps, r.MaxTokens)
		}
	}
	// 50 tokens a call: the default of 128 fits twice, then what is left is asked for.
	want := []int{128, 128, 100, 50}
	if len(caps) != len(want) {
		t.Fatalf("MaxTokens of the calls %v, want %v", caps, want)
	}
	for i := range want {
		if caps[i] != want[i] {
			t.Fatalf("MaxTokens of the calls %v, want %v", caps, want)
		}
	}
	if _, p, k := m.Used(); p+k != 200 {
		t.Errorf("used %d tokens, want all 200", p+k)
	}
}

func TestMeterGivesBackFailedCalls(t *testing.T) {
	broken := errors.New("broken")
	fail := true
	model := llmtest.Script(func(llm.Request) (llm.Completion, error) {
		if fail {
			return llm.Completion{}, broken
		}
		return llmtest.Say("a"), nil
	})
	m := llm.NewMeter(model, 1, 20)
	for range 3 {
		if _, err := m.Generate(t.Context(), llm.Request{Prompt: "p", MaxTokens: 20}); !errors.Is(err, broken) {
			t.Fatalf("error %v, want the model's", err)
		}
	}
	if c, p, k := m.Used(); c+p+k != 0 {
		t.Errorf("failed calls cost %d calls, %d+%d tokens", c, p, k)
	}
	fail = false
	if _, err := m.Generate(t.Context(), llm.Request{Prompt: "p", MaxTokens: 20}); err != nil {
		t.Errorf("after failures: %v", err)
	}
	if _, err := m.Generate(t.Context(), llm.Request{Prompt: "p"}); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("error %v, want ErrBudget", err)
	}
}

func TestMeterShares(t *testing.T) {
	a := llmtest.Script(func(llm.Request) (llm.Completion, error) { return llmtest.Say("a"), nil })
	b := llmtest.Script(func(llm.Request) (llm.Completion, error) { return llmtest.Say("b c"), nil })
	m := llm.NewMeter(a, 3, 0)
	other := m.Share(b)
	for i, of := range []*llm.Meter{m, other, other} {
		if _, err := of.Generate(t.Context(), llm.Request{Prompt: "p"}); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	for _, of := range []*llm.Meter{m, other} {
		if _, err := of.Generate(t.Context(), llm.Request{Prompt: "p"}); !errors.Is(err, llm.ErrBudget) {
			t.Errorf("error %v, want ErrBudget: one budget for both", err)
		}
		if c, p, k := of.Used(); c != 3 || p != 3 || k != 5 {
			t.Errorf("Used() = %d, %d, %d; want 3, 3, 5 from each", c, p, k)
		}
	}
	if len(a.Requests()) != 1 || len(b.Requests()) != 2 {
		t.Errorf("%d and %d requests, want 1 and 2: each asks its own model", len(a.Requests()), len(b.Requests()))
	}
}

// Tokens of calls in flight are reserved: what they may use is not given out twice.
func TestMeterReservesTokensInFlight(t *testing.T) {
	inside, leave := make(chan bool), make(chan bool)
	model := llmtest.Script(func(llm.Request) (llm.Completion, error) {
		inside <- true
		<-leave
		return llmtest.Say("a"), nil
	})
	m := llm.NewMeter(model, 0, 100)
	var calls sync.WaitGroup
	for _, tokens := range []int{70, 70} { // the second one gets 30
		calls.Go(func() {
			if _, err := m.Generate(context.Background(), llm.Request{Prompt: "p", MaxTokens: tokens}); err != nil {
				t.Error(err)
			}
		})
		<-inside
	}
	if got := model.Requests()[1].MaxTokens; got != 30 {
		t.Errorf("second call was given %d tokens, want 30", got)
	}
	if _, err := m.Generate(t.Context(), llm.Request{Prompt: "p", MaxTokens: 1}); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("third call: error %v, want ErrBudget while all tokens are reserved", err)
	}
	close(leave)
	calls.Wait()
	if c, p, k := m.Used(); c != 2 || p != 2 || k != 2 {
		t.Errorf("Used() = %d, %d, %d; want 2, 2, 2", c, p, k)
	}
}

func TestMeterNeverExceedsItsCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := rapid.IntRange(1, 20).Draw(t, "budget")
		callers := rapid.IntRange(1, 30).Draw(t, "callers")
		failing := rapid.IntRange(1, 5).Draw(t, "failing") // every n-th call fails
		var asked, good atomic.Int64
		m := llm.NewMeter(llmtest.Script(func(llm.Request) (llm.Completion, error) {
			if n := asked.Add(1); n%int64(failing) == 0 {
				return llm.Completion{}, errors.New("broken")
			}
			if n := good.Add(1); n > int64(budget) {
				return llm.Completion{}, errors.New("too many calls")
			}
			return llmtest.Say("a b c"), nil
		}), budget, 0)
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				// Errors are counted below.
				_, _ = m.Generate(context.Background(), llm.Request{Prompt: "p"})
			})
		}
		all.Wait()
		calls, prompt, completion := m.Used()
		if calls > budget || int64(calls) != good.Load() {
			t.Fatalf("%d calls counted, %d succeeded, of %d", calls, good.Load(), budget)
		}
		if prompt != calls || completion != 3*calls {
			t.Fatalf("%d calls counted with %d and %d tokens", calls, prompt, completion)
		}
	})
}
