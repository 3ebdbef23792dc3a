// Package llmtest has models for tests: Scripted, which answers from a
// function, and Serve, which starts a server that speaks Ollama's HTTP API and
// can misbehave in every way that a client must bear.
package llmtest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/llm"
)

// Scripted is a llm.Model that answers from a function and remembers what it
// was asked. The function runs in the caller's goroutine; calls run at once if
// the callers do.
type Scripted struct {
	answer func(llm.Request) (llm.Completion, error)

	mu       sync.Mutex // guards requests
	requests []llm.Request
}

// Script makes a model of an answer function.
func Script(answer func(llm.Request) (llm.Completion, error)) *Scripted {
	return &Scripted{answer: answer}
}

// Generate implements llm.Model. With a cancelled ctx it asks nothing.
func (s *Scripted) Generate(ctx context.Context, req llm.Request) (llm.Completion, error) {
	if err := ctx.Err(); err != nil {
		return llm.Completion{}, err
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	return s.answer(req)
}

// Requests are the requests so far, in the order of their arrival.
func (s *Scripted) Requests() []llm.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Say is a finished completion of a text, with a token of log-probability 0
// for each word (the blank before it included) and these as its usage.
func Say(text string) llm.Completion {
	c := llm.Completion{Text: text, Stop: llm.Stop}
	for _, w := range words(text) {
		c.Tokens = append(c.Tokens, llm.Token{Alternative: llm.Alternative{Text: w}})
	}
	c.Usage = llm.Usage{PromptTokens: 1, CompletionTokens: len(c.Tokens)}
	return c
}

// words cuts a text before each blank.
func words(text string) []string {
	var ws []string
	for text != "" {
		end := len(text)
		if i := strings.IndexByte(text[1:], ' '); i >= 0 {
			end = i + 1
		}
		ws = append(ws, text[:end])
		text = text[end:]
	}
	return ws
}
