package coq

import (
	"strings"
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
	works    int
	longest  time.Duration // of a success
}

// again marks kinds of tactics that may go on for ever.
const again = " again"

// least is the time that any kind of tactic keeps.
const least = 150 * time.Millisecond

func newPace(most time.Duration) *pace { return &pace{most: most, kind: map[string]*speed{}} }

func (p *pace) limit(tactic string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.of(tactic)
	if s.works < known {
		return s.limit
	}
	return max(min(least, p.most), min(s.limit, slack*s.longest))
}

// A kind that has worked some times is given this many times the longest that it ever
// took for it.
const (
	known = 5
	slack = 8
)

func (p *pace) of(tactic string) *speed {
	head, solve := "", ""
	tokens(tactic, func(tok string, ident bool) {
		switch {
		case head != "" || !ident || tok == "intros" || tok == "try":
		case tok == "solve":
			solve = "solve " // all or nothing: another kind
		default:
			head = solve + tok
		}
	})
	if strings.ContainsAny(tactic, "!?") {
		head += again
	}
	s := p.kind[head]
	if s == nil {
		s = &speed{limit: p.most}
		if strings.HasSuffix(head, again) {
			s.limit = p.most / 3
		}
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
		s.works++
		s.longest = max(s.longest, took)
		if took > s.limit/2 {
			s.limit = min(4*p.most, 2*s.limit)
		}
	}
}
