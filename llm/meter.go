package llm

import (
	"context"
	"fmt"
	"sync"
)

// Meter is a Model with a hard budget in front of another one. A call is
// reserved before it is made, so parallel callers never exceed the budget of
// calls. Of tokens, the completion is reserved at its full MaxTokens; how long
// a prompt is, the model tells only afterwards, so the last calls may exceed
// the budget by their prompts.
type Meter struct {
	model Model
	*ledger
}

// ledger is the budget that one or more Meters draw on.
type ledger struct {
	maxCalls, maxTokens  int
	mu                   sync.Mutex // guards what follows
	calls                int        // made or in flight
	reserved             int        // completion tokens of the calls in flight
	promptToks, compToks int
}

// NewMeter puts a budget of calls and tokens (prompt and completion) in front
// of m. A budget of 0 or less is none.
func NewMeter(m Model, maxCalls, maxTokens int) *Meter {
	return &Meter{model: m, ledger: &ledger{maxCalls: maxCalls, maxTokens: maxTokens}}
}

// Share puts what is left of the same budget in front of another model.
func (m *Meter) Share(other Model) *Meter { return &Meter{model: other, ledger: m.ledger} }

// Spend counts what was spent before, by an earlier part of the same run.
func (m *Meter) Spend(calls, prompt, completion int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls += calls
	m.promptToks += prompt
	m.compToks += completion
}

// Generate implements Model. It fails with ErrBudget, and asks nothing, when
// the budget is spent or reserved by calls in flight. With fewer tokens left
// than req wants it asks for those, and the completion may be cut by Length. A
// call that fails costs nothing.
func (m *Meter) Generate(ctx context.Context, req Request) (Completion, error) {
	want, err := m.reserve(req.maxTokens())
	if err != nil {
		return Completion{}, err
	}
	var used Usage
	made := false
	defer func() { m.settle(want, used, made) }()
	req.MaxTokens = want
	c, err := m.model.Generate(ctx, req)
	used, made = c.Usage, err == nil
	return c, err
}

// Used is what was spent so far: calls made or in flight, and the prompt and
// completion tokens of those that ended.
func (l *ledger) Used() (calls, prompt, completion int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls, l.promptToks, l.compToks
}

// reserve takes a call and up to want tokens, and returns how many it took.
func (l *ledger) reserve(want int) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.maxCalls > 0 && l.calls >= l.maxCalls {
		return 0, fmt.Errorf("%w: %d of %d calls", ErrBudget, l.calls, l.maxCalls)
	}
	if l.maxTokens > 0 {
		used := l.promptToks + l.compToks
		left := l.maxTokens - used - l.reserved
		if left <= 0 {
			return 0, fmt.Errorf("%w: %d tokens used and %d reserved of %d", ErrBudget, used, l.reserved, l.maxTokens)
		}
		want = min(want, left)
	}
	l.calls++
	l.reserved += want
	return want, nil
}

// settle replaces a reservation by what was used, or gives it back.
func (l *ledger) settle(reserved int, u Usage, made bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reserved -= reserved
	if !made {
		l.calls--
		return
	}
	l.promptToks += u.PromptTokens
	l.compToks += u.CompletionTokens
}
