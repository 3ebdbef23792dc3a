package tiny

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/llm"
)

func TestGenerateEnds(t *testing.T) {
	// Says "x13-9=4\n" after "x", or "yé!" after "y", and then ends.
	rows := map[int]map[int]float64{}
	for _, text := range []string{"x13-9=4\n", "y\u00e9!"} {
		for i := range len(text) {
			next := eos
			if i+1 < len(text) {
				next = int(text[i+1])
			}
			rows[int(text[i])] = map[int]float64{next: 50}
		}
	}
	rows['z'] = map[int]float64{'z': 50} // for ever
	m := bigramFake(rows).open(t)

	tests := []struct {
		reason string
		req    llm.Request
		want   llm.Completion
	}{
		{"EOS ends the text, is counted and not said",
			llm.Request{Prompt: "4 x"},
			llm.Completion{Text: "13-9=4\n", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 4, CompletionTokens: 8}}},
		{"System comes before Prompt, nothing else",
			llm.Request{System: "4 ", Prompt: "x"},
			llm.Completion{Text: "13-9=4\n", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 4, CompletionTokens: 8}}},
		{"Raw changes nothing",
			llm.Request{Prompt: "4 x", Raw: true, Think: true},
			llm.Completion{Text: "13-9=4\n", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 4, CompletionTokens: 8}}},
		{"MaxTokens cuts off",
			llm.Request{Prompt: "x", MaxTokens: 7},
			llm.Completion{Text: "13-9=4\n", Stop: llm.Length, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 7}}},
		{"EOS within MaxTokens is an end",
			llm.Request{Prompt: "x", MaxTokens: 8},
			llm.Completion{Text: "13-9=4\n", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 8}}},
		{"a stop text of one token",
			llm.Request{Prompt: "x", Stop: []string{"\n"}},
			llm.Completion{Text: "13-9=4", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 7}}},
		{"a stop text over three tokens",
			llm.Request{Prompt: "x", Stop: []string{"9=4"}},
			llm.Completion{Text: "13-", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 6}}},
		{"the stop text completed first wins",
			llm.Request{Prompt: "x", Stop: []string{"=4", "9", "-"}},
			llm.Completion{Text: "13", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 3}}},
		{"of stop texts completed together the longer one leaves less",
			llm.Request{Prompt: "x", Stop: []string{"9", "3-9"}},
			llm.Completion{Text: "1", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 4}}},
		{"a stop text at MaxTokens is an end",
			llm.Request{Prompt: "x", Stop: []string{"-9"}, MaxTokens: 4},
			llm.Completion{Text: "13", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 4}}},
		{"a stop text is not looked for in the prompt",
			llm.Request{Prompt: "x", Stop: []string{"x1"}},
			llm.Completion{Text: "13-9=4\n", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 8}}},
		{"an empty stop text stops nothing",
			llm.Request{Prompt: "x", Stop: []string{""}},
			llm.Completion{Text: "13-9=4\n", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 8}}},
		{"a character of two tokens",
			llm.Request{Prompt: "y"},
			llm.Completion{Text: "\u00e9!", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 4}}},
		{"half a character is no text",
			llm.Request{Prompt: "y", MaxTokens: 1},
			llm.Completion{Text: "", Stop: llm.Length, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 1}}},
		{"the rest of a character is no text",
			llm.Request{Prompt: "y\xc3"},
			llm.Completion{Text: "!", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 3, CompletionTokens: 3}}},
		{"a stop text of half a character",
			llm.Request{Prompt: "y", Stop: []string{"\xa9"}},
			llm.Completion{Text: "", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 2, CompletionTokens: 2}}},
		{"the end of the context cuts off",
			llm.Request{Prompt: strings.Repeat("z", 60)},
			llm.Completion{Text: "zzzz", Stop: llm.Length, Usage: llm.Usage{PromptTokens: 61, CompletionTokens: 4}}},
		{"a prompt that fills the context leaves one token",
			llm.Request{Prompt: strings.Repeat("z", 63)},
			llm.Completion{Text: "z", Stop: llm.Length, Usage: llm.Usage{PromptTokens: 64, CompletionTokens: 1}}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, err := m.Generate(t.Context(), test.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("completion (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMaxTokensDefaultsTo128(t *testing.T) {
	g := small
	g.context = 200
	f := randomFake(g, 1)
	clear(f.tensors["output.weight"].data) // all logits equal: the greedy token is 0
	got, err := f.open(t).Generate(t.Context(), llm.Request{Prompt: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Usage.CompletionTokens != 128 || got.Stop != llm.Length {
		t.Errorf("%d tokens, stop %q; expected 128, %q", got.Usage.CompletionTokens, got.Stop, llm.Length)
	}
	if want := strings.Repeat("\x00", 128); got.Text != want {
		t.Errorf("text %q; among equal logits the lowest token must win", got.Text)
	}
}

func TestGenerateWithoutBOS(t *testing.T) {
	f := scriptFake("abc")
	f.values["tokenizer.ggml.add_bos_token"] = false
	m := f.open(t)
	got, err := m.Generate(t.Context(), llm.Request{Prompt: "a"})
	if err != nil {
		t.Fatal(err)
	}
	want := llm.Completion{Text: "bc", Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 1, CompletionTokens: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("completion (-want +got):\n%s", diff)
	}
	if _, err := m.Generate(t.Context(), llm.Request{}); err == nil {
		t.Error("a prompt of no tokens was accepted")
	}
}

func TestGenerateRefuses(t *testing.T) {
	m := scriptFake("abc").open(t)
	tests := []struct {
		reason string
		req    llm.Request
		want   string
	}{
		{"a prompt over the context must not be cut silently",
			llm.Request{Prompt: strings.Repeat("a", 64)}, "the prompt has 65 tokens and the model's context only 64"},
		{"negative length", llm.Request{MaxTokens: -1}, "option MaxTokens is -1"},
		{"negative temperature", llm.Request{Temperature: -1}, "option Temperature is -1"},
		{"temperature is no number", llm.Request{Temperature: math.NaN()}, "option Temperature is NaN"},
		{"infinite temperature", llm.Request{Temperature: math.Inf(1)}, "option Temperature is +Inf"},
		{"more alternatives than Ollama gives", llm.Request{TopLogprobs: 21}, "option TopLogprobs is 21"},
		{"negative alternatives", llm.Request{TopLogprobs: -1}, "option TopLogprobs is -1"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			_, err := m.Generate(t.Context(), test.req)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Generate: %v; expected an error with %q", err, test.want)
			}
			_, err = m.GenerateBatch(t.Context(), []llm.Request{{Prompt: "a"}, test.req})
			if err == nil || !strings.Contains(err.Error(), "request 2 of 2: "+test.want) {
				t.Errorf("GenerateBatch: %v; expected an error with %q", err, test.want)
			}
		})
	}
}

func TestGenerateBatchOfNone(t *testing.T) {
	got, err := scriptFake("abc").open(t).GenerateBatch(context.Background(), nil)
	if err != nil || len(got) != 0 {
		t.Errorf("GenerateBatch(nil) = %v, %v", got, err)
	}
}

func TestLogprobs(t *testing.T) {
	// After "x" comes "a" or "b", after those the end.
	m := bigramFake(map[int]map[int]float64{
		'x': {'a': 10, 'b': 9, 'c': 3, 'd': 3},
		'a': {'b': 40},
		'b': {eos: 40},
	}).open(t)
	logprob := func(logit float64, others ...float64) float64 {
		sum := float64(vocabSize - len(others) - 1)
		for _, l := range append(others, logit) {
			sum += math.Exp(l)
		}
		return logit - math.Log(sum)
	}
	a, b := logprob(10, 9, 3, 3), logprob(9, 10, 3, 3)
	c := logprob(3, 10, 9, 3)
	sure := logprob(40)
	token := func(text string, logprob float64, top ...llm.Alternative) llm.Token {
		return llm.Token{Alternative: llm.Alternative{Text: text, Logprob: logprob}, Top: top}
	}
	tests := []struct {
		reason string
		req    llm.Request
		want   []llm.Token
	}{
		{"not asked for", llm.Request{Prompt: "x"}, nil},
		{"no alternatives", llm.Request{Prompt: "x", Logprobs: true},
			[]llm.Token{token("a", a), token("b", sure)}},
		{"most probable first, the lower token among equals",
			llm.Request{Prompt: "x", TopLogprobs: 3, MaxTokens: 1},
			[]llm.Token{token("a", a, llm.Alternative{Text: "a", Logprob: a},
				llm.Alternative{Text: "b", Logprob: b}, llm.Alternative{Text: "c", Logprob: c})}},
		{"temperature and top-k do not change them",
			llm.Request{Prompt: "x", Temperature: 9, TopK: 1, TopLogprobs: 2, MaxTokens: 1},
			[]llm.Token{token("a", a, llm.Alternative{Text: "a", Logprob: a},
				llm.Alternative{Text: "b", Logprob: b})}},
		{"the token that completes a stop text stays",
			llm.Request{Prompt: "x", Logprobs: true, Stop: []string{"b"}},
			[]llm.Token{token("a", a), token("b", sure)}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, err := m.Generate(t.Context(), test.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Tokens, cmpopts.EquateApprox(0, 1e-5)); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokensAreRawBytes(t *testing.T) {
	got, err := scriptFake("y\u00e9").open(t).Generate(t.Context(), llm.Request{Prompt: "y", Logprobs: true})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, token := range got.Tokens {
		texts = append(texts, token.Text)
	}
	if diff := cmp.Diff([]string{"\xc3", "\xa9"}, texts); diff != "" {
		t.Errorf("token texts (-want +got):\n%s", diff)
	}
}
