// Package llm speaks to language models. It knows no problems: prompts come
// in, text with token log-probabilities goes out.
package llm

import (
	"context"
	"errors"
	"strings"
)

// Model generates text. Implementations are safe for concurrent use, return
// promptly (within 100 ms) when ctx is cancelled, and then also stop the
// generation itself.
type Model interface {
	// Generate completes one request. Errors that no retry in this run can
	// mend wrap ErrUnavailable.
	Generate(ctx context.Context, req Request) (Completion, error)
}

// Request is one prompt with its options. The zero value of an option means
// what its comment says.
type Request struct {
	// System is the instruction that a chat model gets through its template.
	System string `json:"system,omitempty"`
	// Prompt is the user's text; with Raw it is the whole prompt, given to the
	// model with no template (a BOS token is still added if the model has one).
	Prompt string `json:"prompt"`
	Raw    bool   `json:"raw,omitempty"`
	// MaxTokens bounds the completion; 0 means DefaultMaxTokens.
	MaxTokens int `json:"max_tokens,omitempty"`
	// Temperature 0 is greedy decoding.
	Temperature float64 `json:"temperature,omitempty"`
	// TopK > 0 samples among the K most probable tokens only; 0 means all.
	TopK int `json:"top_k,omitempty"`
	Seed int `json:"seed,omitempty"`
	// Stop ends the generation before any of these texts, which are left out.
	Stop []string `json:"stop,omitempty"`
	// Logprobs asks for the log-probability of each token of the completion,
	// TopLogprobs (0 to 20) for that many alternatives at each position.
	// Both are taken from the untempered distribution.
	Logprobs    bool `json:"logprobs,omitempty"`
	TopLogprobs int  `json:"top_logprobs,omitempty"`
	// Think lets a thinking model think first.
	Think bool `json:"think,omitempty"`
}

// DefaultMaxTokens bounds a completion whose Request says nothing.
const DefaultMaxTokens = 128

// maxTokens is the bound of the completion that r asks for.
func (r Request) maxTokens() int {
	if r.MaxTokens <= 0 {
		return DefaultMaxTokens
	}
	return r.MaxTokens
}

// StopReason says why a generation ended.
type StopReason string

// The reasons. A completion that ended by Length is cut off: it must never be
// taken for a finished one.
const (
	Stop   StopReason = "stop"
	Length StopReason = "length"
)

// Completion is what a model made of a Request.
type Completion struct {
	// Text is the completion without stop text and without thinking.
	Text string `json:"text"`
	// Thinking is what a thinking model thought, kept out of Text.
	Thinking string `json:"thinking,omitempty"`
	// Tokens has the tokens of the completion with their log-probabilities, in
	// order, if asked for and if the model can tell them; else it is empty.
	// The token that completed a stop text may be among them.
	Tokens []Token    `json:"tokens,omitempty"`
	Stop   StopReason `json:"stop"`
	Usage  Usage      `json:"usage"`
	// Key is the address of the call where calls are kept (Kept); else it is zero.
	Key Key `json:"-"`
	// Known says that the reply was known already and cost nothing now.
	Known bool `json:"-"`
}

// Token is one generated token.
type Token struct {
	Alternative
	// Top holds the most probable tokens at this position, most probable
	// first, whether or not the sampled one is among them.
	Top []Alternative
}

// Alternative is a token text (raw bytes, possibly part of a character) with
// its natural log-probability.
type Alternative struct {
	Text    string
	Logprob float64
}

// Usage counts tokens as the model reports them.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
}

// ErrUnavailable marks a model that can't be used in this run: server down,
// model missing, request refused. The error text says what the user can do.
var ErrUnavailable = errors.New("model unavailable")

// ErrTooLong marks a prompt that does not fit into the model's context. Such an
// error wraps ErrUnavailable too, but only this prompt is lost, not the model.
var ErrTooLong = errors.New("prompt too long for the model's context")

// ErrBudget marks a call that was not made because a budget is spent.
var ErrBudget = errors.New("model budget spent")

// CutThinking splits a text of an older thinking template, which leaves
// <think>…</think> in it, into the thinking and the answer. An unclosed
// <think> is all thinking and no answer.
func CutThinking(text string) (thinking, answer string) {
	const open, shut = "<think>", "</think>"
	rest := strings.TrimLeft(text, " \t\r\n")
	body, opened := strings.CutPrefix(rest, open)
	before, after, closed := strings.Cut(body, shut)
	switch {
	case closed:
		return strings.TrimSpace(before), strings.TrimLeft(after, " \t\r\n")
	case opened:
		return strings.TrimSpace(body), ""
	}
	return "", text
}
