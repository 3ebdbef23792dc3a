package coq

import "sync/atomic"

// counts are what was tried.
type counts struct{ tried atomic.Int64 }

// Tried is how many tactics were given to Coq.
func (e *Env) Tried() int { return int(e.count.tried.Load()) }
