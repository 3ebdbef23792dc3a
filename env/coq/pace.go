package coq

import (
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/env/proof"
)

// pace sets the time that a tactic may take, by its first word: kinds that
// succeed slowly keep their time, kinds that only ever run out of it lose it.
type pace struct {
	most time.Duration
	mu   sync.Mutex
	kind map[string]*speed
}

type speed struct {
	limit    time.Duration
	timeouts int // since it last succeeded
}

// least is the time that any kind of tactic keeps.
const least = 150 * time.Millisecond

func newPace(most time.Duration) *pace { return &pace{most: most, kind: map[string]*speed{}} }

func (p *pace) limit(tactic string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.of(tactic).limit
}

func (p *pace) of(tactic string) *speed {
	head := ""
	tokens(tactic, func(tok string, ident bool) {
		if head == "" && ident && tok != "solve" && tok != "intros" && tok != "try" {
			head = tok
		}
	})
	s := p.kind[head]
	if s == nil {
		s = &speed{limit: p.most}
		p.kind[head] = s
	}
	return s
}

// note learns from one try. Two that ran out of time in a row halve the limit;
// one that succeeded near to it doubles it, up to four times the usual.
func (p *pace) note(tactic string, took time.Duration, class proof.Class) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.of(tactic)
	switch {
	case class == proof.Timeout:
		if s.timeouts++; s.timeouts%2 == 0 {
			s.limit = max(min(least, p.most), s.limit/2)
		}
	case class == "":
		s.timeouts = 0
		if took > s.limit/2 {
			s.limit = min(4*p.most, 2*s.limit)
		}
	}
}
