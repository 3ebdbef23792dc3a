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
	fate map[string]fate
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

func newPace(most time.Duration) *pace {
	return &pace{most: most, kind: map[string]*speed{}, fate: map[string]fate{}}
}

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
		switch {
		case strings.HasSuffix(head, again):
			s.limit = p.most / 3
		case simple[strings.TrimPrefix(head, "solve ")]:
			s.limit = p.most / 2
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
	p.suffer(tactic, class)
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

// fate is what tactics of a kind have done to Coq: took all its memory or stack, or
// made it end; ran out of time, as far as that says something; or worked.
type fate struct{ died, late, worked int }

// hinted are tactics that use the hints of a file: what is wrong with a hint is
// wrong with all of them. The simple ones hardly ever take long.
var (
	hinted = map[string]bool{
		"auto": true, "eauto": true, "trivial": true, "easy": true, "now": true, "intuition": true, "firstorder": true,
	}
	simple = map[string]bool{"auto": true, "trivial": true, "easy": true, "now": true}
)

// lethal reports whether tactics like this one have taken all memory or ended Coq twice,
// or once where it was a hint, and more often than they have worked: a process that fills
// its memory, and another that is brought to the same place, cost far more than a tactic
// is worth. Hints without end are as bad.
func (p *pace) lethal(tactic string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	kind, hints := kindOf(tactic)
	f := p.fate[kind]
	return f.died > f.worked && (hints || f.died > 1) || hints && f.late > 1+2*f.worked
}

// suffer notes what came of a tactic.
func (p *pace) suffer(tactic string, class proof.Class) {
	kind, hints := kindOf(tactic)
	f := p.fate[kind]
	switch class {
	case proof.Died, proof.Memory:
		f.died++
	case proof.Timeout:
		if hints && isSimple(tactic) {
			f.late++
		}
	case "":
		f.worked++
	}
	p.fate[kind] = f
}

// isSimple reports whether nothing but a simple tactic was tried.
func isSimple(tactic string) bool {
	n, yes := 0, false
	tokens(tactic, func(tok string, ident bool) {
		if ident && tok != "solve" {
			n++
			yes = simple[tok]
		}
	})
	return n == 1 && yes
}

// kindOf is a tactic's first word that says something, or a word for all that use hints.
func kindOf(tactic string) (kind string, hints bool) {
	tokens(tactic, func(tok string, ident bool) {
		hints = hints || ident && hinted[tok]
		if kind == "" && ident && tok != "intros" && tok != "try" && tok != "solve" {
			kind = tok
		}
	})
	if hints {
		kind = "hints"
	}
	return kind, hints
}
