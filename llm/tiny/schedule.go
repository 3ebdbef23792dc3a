package tiny

import (
	"context"
	"fmt"
	"sync"
)

const (
	// maxLive is how many sequences are evaluated together; more wait.
	maxLive = 16
	// maxSlots leaves half of the slots to prompts of earlier calls.
	maxSlots = 2 * maxLive
	// maxRows bounds the tokens of a step, and with it the time until a
	// cancelled call returns: prompts are read in pieces if need be.
	maxRows = 32
	// worthWaiting is how many shared tokens make it worth a step's time to
	// wait for another prompt to be evaluated.
	worthWaiting = 4
)

// engine evaluates sequences in steps: one token of each live sequence, or a
// piece of its prompt, all in one batch.
//
// There is no goroutine of its own. Among the callers that wait for a result
// one leads: it makes steps for all until its own sequence is done, and the
// next takes over.
type engine struct {
	weights    *weights
	vocabulary *vocabulary

	// lead holds one value while somebody leads. What follows is the leader's.
	lead   chan struct{}
	live   []*sequence // in order of arrival
	cache  cache
	work   work
	rows   []row
	choice choice

	mu    sync.Mutex // guards queue
	queue []*sequence
}

// run completes sequences, or gives them up when ctx ends.
func (m *Model) run(ctx context.Context, sequences ...*sequence) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("generation not started: %w", err)
	}
	m.mu.Lock()
	m.queue = append(m.queue, sequences...)
	m.mu.Unlock()
	for _, s := range sequences {
		select {
		case <-s.done:
		case <-ctx.Done():
		case m.lead <- struct{}{}:
			m.leadUntil(ctx, s)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("generation stopped: %w", err)
		}
	}
	return nil
}

// leadUntil makes steps until s is done or ctx ends.
func (m *Model) leadUntil(ctx context.Context, s *sequence) {
	defer func() { <-m.lead }()
	for ctx.Err() == nil {
		select {
		case <-s.done:
			return
		default:
			m.step()
		}
	}
}

// step evaluates one batch.
func (m *Model) step() {
	m.admit()
	m.rows = m.rows[:0]
	for _, s := range m.live {
		held := len(s.slot.tokens)
		for pos := held; pos < len(s.tokens) && len(m.rows) < maxRows; pos++ {
			m.rows = append(m.rows, row{slot: s.slot, pos: pos, token: s.tokens[pos],
				wanted: pos == len(s.tokens)-1})
		}
	}
	m.weights.forward(&m.work, m.rows)
	for _, r := range m.rows {
		r.slot.tokens = append(r.slot.tokens, r.token)
	}
	logits := m.work.logits
	still := m.live[:0]
	for _, s := range m.live {
		if len(s.slot.tokens) == len(s.tokens) {
			finished := s.accept(m, logits[:m.weights.vocab])
			logits = logits[m.weights.vocab:]
			if finished {
				s.slot.busy = false
				close(s.done)
				continue
			}
		}
		still = append(still, s)
	}
	clear(m.live[len(still):])
	m.live = still
}

// admit drops the sequences that nobody waits for any more and takes new ones
// from the queue.
func (m *Model) admit() {
	still := m.live[:0]
	for _, s := range m.live {
		if s.ctx.Err() != nil {
			s.slot.busy = false
			continue
		}
		still = append(still, s)
	}
	clear(m.live[len(still):])
	m.live = still

	m.mu.Lock()
	defer m.mu.Unlock()
	waiting := m.queue[:0]
	for _, s := range m.queue {
		switch {
		case s.ctx.Err() != nil:
		case len(m.live) == maxLive || m.mustWait(s):
			waiting = append(waiting, s)
		default:
			s.slot = m.cache.take(m.weights.config, s.tokens)
			m.live = append(m.live, s)
		}
	}
	clear(m.queue[len(waiting):])
	m.queue = waiting
}

// mustWait reports whether a live sequence is about to evaluate a beginning
// that s shares, so that s had better take it from there. Some sequence is
// live then, so s will not wait for ever.
func (m *Model) mustWait(s *sequence) bool {
	ready := 0
	if best := m.cache.longest(s.tokens); best != nil {
		ready = shared(best.tokens, s.tokens)
	}
	for _, other := range m.live {
		reading := len(other.slot.tokens) < other.prompt
		if reading && shared(other.tokens[:other.prompt], s.tokens)-ready >= worthWaiting {
			return true
		}
	}
	return false
}
