package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/llmtest"
)

// texts are any bytes: half of them no UTF-8.
var texts = rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))

var requests = rapid.Custom(func(t *rapid.T) llm.Request {
	return llm.Request{
		System: texts.Draw(t, "system"), Prompt: texts.Draw(t, "prompt"), Raw: rapid.Bool().Draw(t, "raw"),
		MaxTokens: rapid.IntRange(0, 500).Draw(t, "max"), Temperature: rapid.Float64Range(0, 3).Draw(t, "temperature"),
		TopK: rapid.IntRange(0, 50).Draw(t, "top k"), Seed: rapid.Int().Draw(t, "seed"),
		Stop: rapid.SliceOf(texts).Draw(t, "stop"), Logprobs: rapid.Bool().Draw(t, "logprobs"),
		TopLogprobs: rapid.IntRange(0, 20).Draw(t, "top"), Think: rapid.Bool().Draw(t, "think"),
	}
})

var alternatives = rapid.Custom(func(t *rapid.T) llm.Alternative {
	p := rapid.OneOf(rapid.Float64Range(-1e300, 0), rapid.Just(math.Inf(-1))).Draw(t, "logprob")
	return llm.Alternative{Text: texts.Draw(t, "text"), Logprob: p}
})

var completions = rapid.Custom(func(t *rapid.T) llm.Completion {
	c := llm.Completion{
		Text: texts.Draw(t, "text"), Thinking: texts.Draw(t, "thinking"), Stop: rapid.SampledFrom([]llm.StopReason{llm.Stop, llm.Length}).Draw(t, "stop"),
		Usage: llm.Usage{PromptTokens: rapid.IntRange(0, 1e6).Draw(t, "read"), CompletionTokens: rapid.IntRange(0, 1e6).Draw(t, "made")},
	}
	for range rapid.IntRange(0, 4).Draw(t, "tokens") {
		c.Tokens = append(c.Tokens, llm.Token{Alternative: alternatives.Draw(t, "token"), Top: rapid.SliceOfN(alternatives, 0, 3).Draw(t, "top")})
	}
	return c
})

// A call comes back from JSON as it was, to the last bit.
func TestCallRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := llm.Identity{Name: "m", Digest: "d", Options: "num_ctx=128", Scope: "run"}
		c := llm.Call{Model: id, Request: requests.Draw(t, "request"), Completion: completions.Draw(t, "completion"), Elapsed: 7}
		c.Key = llm.KeyOf(id, c.Request)
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back llm.Call
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c, back, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("(-call +read back):\n%s", d)
		}
		if err := back.Check(); err != nil {
			t.Error(err)
		}
	})
}

// Each part of a request, and of a model, is part of the address; nothing else is.
func TestKeyOf(t *testing.T) {
	id := llm.Identity{Name: "m", Digest: "d"}
	base := llm.Request{System: "s", Prompt: "p", MaxTokens: 5, Temperature: 0.5, TopK: 2, Seed: 3, Stop: []string{"a", "b"}, TopLogprobs: 4}
	key := llm.KeyOf(id, base)
	seen := map[llm.Key]string{key: "the base"}
	for name, change := range map[string]func(*llm.Identity, *llm.Request){
		"digest":         func(i *llm.Identity, _ *llm.Request) { i.Digest = "e" },
		"options":        func(i *llm.Identity, _ *llm.Request) { i.Options = "num_ctx=1" },
		"scope":          func(i *llm.Identity, _ *llm.Request) { i.Scope = "r" },
		"system":         func(_ *llm.Identity, r *llm.Request) { r.System = "t" },
		"prompt":         func(_ *llm.Identity, r *llm.Request) { r.Prompt = "q" },
		"raw":            func(_ *llm.Identity, r *llm.Request) { r.Raw = true },
		"max tokens":     func(_ *llm.Identity, r *llm.Request) { r.MaxTokens = 6 },
		"temperature":    func(_ *llm.Identity, r *llm.Request) { r.Temperature = math.Nextafter(0.5, 1) },
		"top k":          func(_ *llm.Identity, r *llm.Request) { r.TopK = 3 },
		"seed":           func(_ *llm.Identity, r *llm.Request) { r.Seed = 4 },
		"stop":           func(_ *llm.Identity, r *llm.Request) { r.Stop = []string{"ab"} },
		"stop in order":  func(_ *llm.Identity, r *llm.Request) { r.Stop = []string{"b", "a"} },
		"logprobs":       func(_ *llm.Identity, r *llm.Request) { r.Logprobs = true },
		"top logprobs":   func(_ *llm.Identity, r *llm.Request) { r.TopLogprobs = 5 },
		"think":          func(_ *llm.Identity, r *llm.Request) { r.Think = true },
		"moved boundary": func(_ *llm.Identity, r *llm.Request) { r.System, r.Prompt = "sp", "" },
	} {
		i, r := id, base
		change(&i, &r)
		k := llm.KeyOf(i, r)
		if other, twice := seen[k]; twice {
			t.Errorf("%s: the same address as %s", name, other)
		}
		seen[k] = name
	}
	if llm.KeyOf(llm.Identity{Name: "another name", Digest: "d"}, base) != key {
		t.Error("the name of a model changes the address")
	}
	silent, spoken := base, base
	silent.MaxTokens, spoken.MaxTokens = 0, llm.DefaultMaxTokens
	if llm.KeyOf(id, silent) != llm.KeyOf(id, spoken) {
		t.Error("a default that is spelled out changes the address")
	}
	zero, minus := base, base
	zero.Temperature, minus.Temperature = 0, math.Copysign(0, -1)
	if llm.KeyOf(id, zero) != llm.KeyOf(id, minus) {
		t.Error("-0 is another temperature than 0")
	}
}

func TestKeyText(t *testing.T) {
	k := llm.KeyOf(llm.Identity{}, llm.Request{Prompt: "p"})
	var back llm.Key
	if text, err := k.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != k {
		t.Errorf("%v becomes %v", k, back)
	}
	for _, bad := range []string{"", "00", k.String() + "0", "zz" + k.String()[2:]} {
		if back.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is a key", bad)
		}
	}
}

// purse is a Kept model over a budget, and what is behind it.
func purse(keeper llm.Keeper, calls, tokens int, owed ...llm.Key) (model llm.Model, behind *llmtest.Scripted) {
	behind = llmtest.Script(func(r llm.Request) (llm.Completion, error) { return llmtest.Say("reply to " + r.Prompt), nil })
	kept := llm.NewKept(behind, taped, keeper, owed)
	return kept.Free(llm.NewMeter(kept, calls, tokens)), behind
}

func TestKnownCallsAreFree(t *testing.T) {
	memory := &llm.Memory{}
	model, behind := purse(memory, 2, 0)
	req := func(p string) llm.Request { return llm.Request{Prompt: p} }
	for i, want := range []struct {
		prompt string
		known  bool
		err    error
	}{{"a", false, nil}, {"a", true, nil}, {"b", false, nil}, {"b", true, nil}, {"c", false, llm.ErrBudget}, {"a", true, nil}} {
		c, err := model.Generate(t.Context(), req(want.prompt))
		if !errors.Is(err, want.err) || c.Known != want.known || err == nil && (c.Text != "reply to "+want.prompt || c.Key != llm.KeyOf(taped, req(want.prompt))) {
			t.Errorf("call %d: %+v, %v; want %+v", i, c, err, want)
		}
	}
	if n := len(behind.Requests()); n != 2 {
		t.Errorf("%d calls were made, want 2", n)
	}
}

// A recorder's tape is that of a search that knows nothing: what is known is
// not asked for again, but counts.
func TestRecordedCallsCount(t *testing.T) {
	memory := &llm.Memory{}
	first, _ := purse(memory, 0, 0)
	for _, p := range []string{"a", "b"} {
		if _, err := first.Generate(t.Context(), llm.Request{Prompt: p}); err != nil {
			t.Fatal(err)
		}
	}
	var tape strings.Builder
	recorder, err := llm.NewRecorder(&tape, nil, memory)
	if err != nil {
		t.Fatal(err)
	}
	model, behind := purse(recorder, 2, 0)
	for i, want := range []struct {
		prompt string
		known  bool
		err    error
	}{{"a", false, nil}, {"a", true, nil}, {"c", false, nil}, {"b", false, llm.ErrBudget}} {
		c, err := model.Generate(t.Context(), llm.Request{Prompt: want.prompt})
		if !errors.Is(err, want.err) || c.Known != want.known {
			t.Errorf("call %d: %+v, %v; want %+v", i, c, err, want)
		}
	}
	if n := len(behind.Requests()); n != 1 {
		t.Errorf("%d calls were made, want 1", n)
	}
	if n := strings.Count(tape.String(), "\n"); n != 3 {
		t.Errorf("%d lines on the tape, want 3", n)
	}
}

// What a run is owed passes its budget once, as if it was made just now; then it
// is known like any other.
func TestOwedCallsCountOnce(t *testing.T) {
	memory := &llm.Memory{}
	first, _ := purse(memory, 0, 0)
	for _, p := range []string{"a", "b"} {
		if _, err := first.Generate(t.Context(), llm.Request{Prompt: p}); err != nil {
			t.Fatal(err)
		}
	}
	owed := llm.KeyOf(taped, llm.Request{Prompt: "a"})
	model, behind := purse(memory, 1, 0, owed)
	for i, want := range []bool{false, true} {
		if c, err := model.Generate(t.Context(), llm.Request{Prompt: "a"}); err != nil || c.Known != want {
			t.Errorf("the owed call, time %d: known %v, %v", i+1, c.Known, err)
		}
	}
	if c, err := model.Generate(t.Context(), llm.Request{Prompt: "b"}); err != nil || !c.Known {
		t.Errorf("a call of somebody else's: %+v, %v", c, err)
	}
	if _, err := model.Generate(t.Context(), llm.Request{Prompt: "c"}); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("the owed call has spent no budget: %v", err)
	}
	if n := len(behind.Requests()); n != 0 {
		t.Errorf("%d calls were made, want none", n)
	}
}

// With few tokens left a call asks for fewer, and is kept as what it was.
func TestShortenedCallIsAnotherCall(t *testing.T) {
	memory := &llm.Memory{}
	model, behind := purse(memory, 0, 10)
	c, err := model.Generate(t.Context(), llm.Request{Prompt: "a", MaxTokens: 50})
	if err != nil || c.Key != llm.KeyOf(taped, llm.Request{Prompt: "a", MaxTokens: 10}) {
		t.Errorf("%+v, %v", c, err)
	}
	if got := behind.Requests(); len(got) != 1 || got[0].MaxTokens != 10 {
		t.Errorf("asked for %+v", got)
	}
	if _, found, _ := memory.Find(t.Context(), llm.KeyOf(taped, llm.Request{Prompt: "a", MaxTokens: 50})); found {
		t.Error("the short reply stands for the long one")
	}
}

// A call that is finished when its run is stopped is kept all the same.
func TestFinishedCallOutlivesItsContext(t *testing.T) {
	memory := &llm.Memory{}
	ctx, cancel := context.WithCancel(t.Context())
	behind := llmtest.Script(func(llm.Request) (llm.Completion, error) {
		cancel()
		return llmtest.Say("ok"), nil
	})
	kept := llm.NewKept(behind, taped, heeding{memory}, nil)
	if _, err := kept.Generate(ctx, llm.Request{Prompt: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := memory.Find(t.Context(), llm.KeyOf(taped, llm.Request{Prompt: "a"})); !found {
		t.Error("it is lost")
	}
}

// heeding is a Keeper that heeds its context.
type heeding struct{ *llm.Memory }

func (h heeding) Keep(ctx context.Context, c llm.Call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return h.Memory.Keep(ctx, c)
}

// Of equal calls at once one is paid for; if it fails the next one is made.
func TestEqualCallsAtOnceAreOne(t *testing.T) {
	for _, failures := range []int32{0, 2} {
		var made atomic.Int32
		release := make(chan struct{})
		behind := llmtest.Script(func(llm.Request) (llm.Completion, error) {
			n := made.Add(1)
			<-release
			if n <= failures {
				return llm.Completion{}, errors.New("the line is down")
			}
			return llmtest.Say("ok"), nil
		})
		kept := llm.NewKept(behind, taped, &llm.Memory{}, nil)
		model := kept.Free(llm.NewMeter(kept, 1, 0)) // a call that fails costs nothing
		const callers = 8
		replies := make(chan llm.Completion, callers)
		errs := make(chan error, callers)
		for range callers {
			go func() {
				c, err := model.Generate(context.Background(), llm.Request{Prompt: "a"})
				replies <- c
				errs <- err
			}()
		}
		for made.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		gone, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := model.Generate(gone, llm.Request{Prompt: "a"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller that has no time waits: %v", err)
		}
		close(release)
		paid, failed := 0, int32(0)
		for range callers {
			if err := <-errs; err != nil {
				failed++
			}
			if c := <-replies; !c.Known && c.Text == "ok" {
				paid++
			}
		}
		if paid != 1 || failed != failures || made.Load() != 1+failures {
			t.Errorf("%d failures: %d made, %d paid, %d failed", failures, made.Load(), paid, failed)
		}
	}
}

func TestMemoryForgetsTheOldest(t *testing.T) {
	m := &llm.Memory{}
	const limit = 1 << 15
	call := func(i int) llm.Call { return llm.Call{Key: llm.Key{byte(i), byte(i >> 8), byte(i >> 16)}} }
	for i := range limit + 10 {
		if err := m.Keep(t.Context(), call(i)); err != nil {
			t.Fatal(err)
		}
	}
	var gone []int
	for i := range limit + 10 {
		if _, found, _ := m.Find(t.Context(), call(i).Key); !found {
			gone = append(gone, i)
		}
	}
	if d := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, gone); d != "" {
		t.Errorf("forgotten (-want +got):\n%s", d)
	}
}
