// Package tiny runs a small byte-level Llama inside the process, so that ponder
// works with no model server at all.
//
// It reads GGUF files as Ollama writes them on import and computes in float32,
// on the calling goroutine. Sequences that wait at the same time are evaluated
// as one batch, and beginnings of earlier prompts are not evaluated again.
// Neither changes a result: the same request gives the same text and the same
// log-probabilities to the last bit, alone or with others, first or later. (On
// another processor architecture the last digits may differ.)
//
// It is no general inference engine: vocabularies are bytes, weights are small
// enough for the processor's caches, and prompts have no chat template.
package tiny

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/ponder-mcts/ponder/llm"
)

// Model is a loaded model. It is an llm.Model.
type Model struct {
	engine
	context int // tokens
	digest  string
	size    int64
}

var _ llm.Model = (*Model)(nil)

// Open loads a model from the contents of a GGUF file, which it does not keep.
//
// The file must hold a Llama of F32, F16 or BF16 weights with plain RoPE and a
// byte-level vocabulary ("gpt2" with at most one merge, which is not applied).
// Anything else is an error, never a model that computes something different.
func Open(gguf []byte) (*Model, error) {
	c, err := parse(gguf)
	if err != nil {
		return nil, fmt.Errorf("reading the model: %w", err)
	}
	v, err := readVocabulary(c)
	if err != nil {
		return nil, fmt.Errorf("reading the model's vocabulary: %w", err)
	}
	g, err := readConfig(c)
	if err != nil {
		return nil, fmt.Errorf("reading the model's dimensions: %w", err)
	}
	g.vocab = len(v.texts)
	w, err := readWeights(c, g)
	if err != nil {
		return nil, fmt.Errorf("reading the model's weights: %w", err)
	}
	sum := sha256.Sum256(gguf)
	m := &Model{context: g.context, digest: "sha256:" + hex.EncodeToString(sum[:]), size: int64(len(gguf))}
	m.engine = engine{
		weights:    w,
		vocabulary: v,
		lead:       make(chan struct{}, 1),
		cache:      cache{slots: make([]slot, maxSlots)},
		work:       newWork(g, maxRows),
	}
	return m, nil
}

// Digest identifies the weights: "sha256:" and the hexadecimal SHA-256 of the
// file, which is how Ollama names the same file.
func (m *Model) Digest() string { return m.digest }

// Size is the length of the file in bytes.
func (m *Model) Size() int64 { return m.size }

// Context is the number of tokens a prompt and its completion may have
// together. A token is a byte, and one more begins the prompt.
func (m *Model) Context() int { return m.context }

// Generate completes one request, on this goroutine or on that of a concurrent
// call. It returns within a step (a few milliseconds) after ctx ends.
//
// The prompt is System and Prompt in a row, whether or not Raw is set; Think is
// ignored. A prompt longer than the context is an error; a completion that
// reaches its end stops by Length. Bytes of the completion that form no
// character are left out of Text, but not out of Tokens. The token that ends a
// completion is counted in Usage and is not among Tokens.
func (m *Model) Generate(ctx context.Context, req llm.Request) (llm.Completion, error) {
	s, err := m.newSequence(ctx, req)
	if err != nil {
		return llm.Completion{}, err
	}
	if err := m.run(ctx, s); err != nil {
		return llm.Completion{}, err
	}
	return s.completion(), nil
}

// GenerateBatch completes several requests together, as Generate would each:
// a common beginning is evaluated once, and then all sequences advance in one
// batch. If one request is refused, none is completed.
func (m *Model) GenerateBatch(ctx context.Context, reqs []llm.Request) ([]llm.Completion, error) {
	sequences := make([]*sequence, len(reqs))
	for i, req := range reqs {
		s, err := m.newSequence(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("request %d of %d: %w", i+1, len(reqs), err)
		}
		sequences[i] = s
	}
	if err := m.run(ctx, sequences...); err != nil {
		return nil, err
	}
	completions := make([]llm.Completion, len(reqs))
	for i, s := range sequences {
		completions[i] = s.completion()
	}
	return completions, nil
}
