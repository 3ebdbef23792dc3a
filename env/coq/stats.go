package coq

import (
	"fmt"
	"sync/atomic"
)

// counts are what was tried and what came of it.
type counts struct{ tried, refused, replays, timeouts, died atomic.Int64 }

// Stats says in a few words what was tried.
func (e *Env) Stats() string {
	return fmt.Sprintf("tried %d refused %d timeouts %d died %d replayed %d", e.count.tried.Load(), e.count.refused.Load(), e.count.timeouts.Load(), e.count.died.Load(), e.count.replays.Load())
}

// Tried is how many tactics were given to Coq.
func (e *Env) Tried() int { return int(e.count.tried.Load()) }
