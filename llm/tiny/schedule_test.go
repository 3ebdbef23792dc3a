package tiny

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
)

// endless makes a full-size model that ends no completion, with a context too
// long to be filled during a test.
func endless(t testing.TB) *Model {
	g := full
	g.context = 1 << 20
	f := randomFake(g, 3)
	clear(f.tensors["output.weight"].data) // says byte 0 for ever
	return f.open(t)
}

func TestCancelledCallsReturnPromptly(t *testing.T) {
	m := endless(t)
	req := llm.Request{Prompt: "4 9 10 13 > 24\n", MaxTokens: 1 << 20}
	tests := []struct {
		reason string
		call   func(context.Context) error
	}{
		{"a long completion", func(ctx context.Context) error {
			_, err := m.Generate(ctx, req)
			return err
		}},
		{"a batch", func(ctx context.Context) error {
			_, err := m.GenerateBatch(ctx, []llm.Request{req, req, req, req})
			return err
		}},
		{"more sequences than can be live", func(ctx context.Context) error {
			_, err := m.GenerateBatch(ctx, make([]llm.Request, 3*maxLive))
			return err
		}},
		{"a long prompt", func(ctx context.Context) error {
			_, err := m.Generate(ctx, llm.Request{Prompt: strings.Repeat("abc", 1<<17)})
			return err
		}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			// Other work on the machine may be in the way of one attempt, but not
			// of five.
			var late time.Duration
			for range 5 {
				ctx, cancel := context.WithCancel(t.Context())
				var cancelled time.Time
				time.AfterFunc(30*time.Millisecond, func() {
					cancelled = time.Now()
					cancel()
				})
				err := test.call(ctx)
				<-ctx.Done()
				late = time.Since(cancelled)
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("error %v, expected %v", err, context.Canceled)
				}
				if late <= 100*time.Millisecond {
					break
				}
			}
			if late > 100*time.Millisecond {
				t.Errorf("returned %v after cancellation", late)
			}
			checkIdle(t, m)
		})
	}
}

func TestCancelledBeforeTheStart(t *testing.T) {
	m := endless(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Generate(ctx, llm.Request{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, expected %v", err, context.Canceled)
	}
	checkIdle(t, m)
}

func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := endless(t).Generate(ctx, llm.Request{MaxTokens: 1 << 20})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, expected %v", err, context.DeadlineExceeded)
	}
}

func TestOneCancelledCallLeavesOthersAlone(t *testing.T) {
	// The calls to be cancelled come first, so one of them leads.
	m := randomFake(small, 5).open(t)
	req := llm.Request{Prompt: "abc", MaxTokens: 20, Logprobs: true}
	want, err := m.Generate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, err := m.Generate(ctx, req)
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		for range 3 {
			all.Go(func() {
				got, err := m.Generate(t.Context(), req)
				if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("completion (-want +got):\n%s", diff)
				}
			})
		}
		time.Sleep(300 * time.Microsecond)
		cancel()
		all.Wait()
	}
	checkIdle(t, m)
}

func TestCommonBeginningsAreEvaluatedOnce(t *testing.T) {
	stem := strings.Repeat("abcde", 8)
	var siblings []llm.Request
	for i := range 8 {
		siblings = append(siblings, llm.Request{Prompt: fmt.Sprint(stem, i), MaxTokens: 1})
	}
	one := siblings[:1]
	tests := []struct {
		reason  string
		batches [][]llm.Request
		most    int // tokens evaluated
	}{
		{"one prompt is 42 tokens", [][]llm.Request{one}, 42},
		{"siblings share all but their last token", [][]llm.Request{siblings}, 42 + 7},
		{"a repeated prompt needs its last token only", [][]llm.Request{one, one}, 42 + 1},
		{"siblings find the beginning of an earlier call", [][]llm.Request{one, siblings}, 42 + 8},
		{"a prompt may go on after an earlier completion", [][]llm.Request{
			{{Prompt: stem, MaxTokens: 1}}, {{Prompt: stem + "xyz", MaxTokens: 1}}}, 41 + 3},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			m := randomFake(small, 6).open(t)
			evaluated := 0
			for _, reqs := range test.batches {
				evaluated += countEvaluated(t, m, reqs)
			}
			if evaluated != test.most {
				t.Errorf("%d tokens were evaluated, expected %d", evaluated, test.most)
			}
		})
	}
}

// countEvaluated completes reqs step by step and counts the tokens evaluated.
func countEvaluated(t *testing.T, m *Model, reqs []llm.Request) int {
	t.Helper()
	for _, req := range reqs {
		s, err := m.newSequence(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		m.queue = append(m.queue, s)
	}
	n := 0
	for len(m.queue)+len(m.live) > 0 {
		m.step()
		n += len(m.rows)
	}
	return n
}

func TestStepsAllocateNothing(t *testing.T) {
	m := endless(t)
	for i := range 4 {
		s, err := m.newSequence(t.Context(), llm.Request{
			Prompt: fmt.Sprint("abc", i), MaxTokens: 2000, Temperature: float64(i), TopK: i})
		if err != nil {
			t.Fatal(err)
		}
		m.queue = append(m.queue, s)
	}
	for range 70 {
		m.step()
	}
	// Caches grow by doubling; the next time is after 128 positions.
	if n := testing.AllocsPerRun(40, m.step); n != 0 {
		t.Errorf("a step of four sequences allocates %v times", n)
	}
}

func TestSlotsAreReusedLongestUnusedFirst(t *testing.T) {
	m := randomFake(small, 8).open(t)
	prompt := func(i int) []llm.Request {
		return []llm.Request{{Prompt: strings.Repeat(string(rune('!'+i)), 10), MaxTokens: 1}}
	}
	for i := range maxSlots + 1 {
		countEvaluated(t, m, prompt(i))
	}
	if n := countEvaluated(t, m, prompt(maxSlots)); n != 1 {
		t.Errorf("the last prompt was forgotten: %d tokens evaluated, expected 1", n)
	}
	if n := countEvaluated(t, m, prompt(1)); n != 1 {
		t.Errorf("the second prompt was forgotten: %d tokens evaluated, expected 1", n)
	}
	if n := countEvaluated(t, m, prompt(0)); n != 10 {
		t.Errorf("the first prompt: %d tokens evaluated, expected 10, all but BOS", n)
	}
}
