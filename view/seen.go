package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// seen is the fold behind Progress: sums, mean values and who leads where, so
// that an event costs no more than its own size.
type seen struct {
	count
	began time.Time         // zero before the search starts
	base  count             // what an earlier run had done
	root  int32             // where the search is
	steps map[int32]step    // by edge
	out   map[int32][]int32 // edges by node
	q     map[int32]float64 // mean value by node
}

// count holds what budgets limit.
type count struct {
	sims, nodes int
	usage       env.Usage
}

func (c count) tokens() int { return c.usage.PromptTokens + c.usage.CompletionTokens }

// step is an edge: where it leads and how often it was visited.
type step struct{ child, n int32 }

func (s *seen) apply(e event.Event) {
	if e.Started == nil && s.q == nil {
		return // not a search yet
	}
	switch {
	case e.Started != nil:
		s.nodes = 1
		s.root = e.Started.Root.ID
		s.steps, s.out, s.q = map[int32]step{}, map[int32][]int32{}, map[int32]float64{}
	case e.Grown != nil:
		s.nodes += len(e.Grown.New)
		s.usage = s.usage.Plus(e.Grown.Usage.Counts())
		for _, edge := range e.Grown.Edges {
			s.steps[edge.ID] = step{child: edge.Child}
			s.out[e.Grown.Node] = append(s.out[e.Grown.Node], edge.ID)
		}
		s.assign(e.Grown.Stats)
	case e.Visited != nil:
		s.sims++
		s.usage = s.usage.Plus(e.Visited.Usage.Counts())
		s.assign(e.Visited.Stats)
	case e.Failed != nil:
		s.usage = s.usage.Plus(e.Failed.Usage.Counts())
	case e.Moved != nil:
		s.root = e.Moved.Root
		s.assign(e.Moved.Stats)
	case e.Earlier != nil:
		s.sims += e.Earlier.Simulations
		s.usage = s.usage.Plus(e.Earlier.Usage.Counts())
	}
}

// applyAt is apply with a clock, which is asked when the search begins.
func (s *seen) applyAt(e event.Event, now func() time.Time) {
	if e.Started != nil {
		s.began = now()
	}
	s.apply(e)
}

// resume says that what came so far was done by an earlier run.
func (s *seen) resume(now time.Time) {
	s.began, s.base = now, s.count
}

func (s *seen) assign(c event.Stats) {
	for _, n := range c.Nodes {
		s.q[n.ID] = n.Q
	}
	for _, e := range c.Edges {
		if known, ok := s.steps[e.ID]; ok {
			known.n = e.N
			s.steps[e.ID] = known
		}
	}
}

// best is the mean value after the most visited first step, the higher of
// equals.
func (s *seen) best() (q float64, ok bool) {
	var n int32
	for _, e := range s.out[s.root] {
		f := s.steps[e]
		if f.n > n || f.n == n && n > 0 && s.q[f.child] > q {
			n, q = f.n, s.q[f.child]
		}
	}
	return q, n > 0
}

// line is the line of progress. Where it is too long, whole parts go, the least
// telling first; the last line has no time left. It is ASCII: it has to pass
// through logs.
func (s *seen) line(now time.Time, opt ProgressOptions, last bool) string {
	const nodes, calls, tokens, best = 1, 2, 3, 4
	elapsed := max(now.Sub(s.began), 0)
	parts := []string{of(s.sims, opt.Budget.Simulations) + " sims", nodes: short(s.nodes) + " nodes"}
	parts = append(parts, make([]string, 4)...)
	if s.usage.Calls > 0 || opt.Budget.Calls > 0 {
		parts[calls] = of(s.usage.Calls, opt.Budget.Calls) + " calls"
	}
	if s.tokens() > 0 || opt.Budget.Tokens > 0 {
		parts[tokens] = of(s.tokens(), opt.Budget.Tokens) + " tokens"
		if elapsed >= time.Second { // before, one call makes any rate
			parts[tokens] += fmt.Sprintf(" (%s/s)", short(int(float64(s.tokens()-s.base.tokens())/elapsed.Seconds())))
		}
	}
	if q, ok := s.best(); ok {
		parts[best] = fmt.Sprintf("best %.2f", q)
	}
	parts[len(parts)-1] = clock(elapsed)
	if left, ok := s.left(elapsed, opt.Budget); ok && !last {
		parts[len(parts)-1] += fmt.Sprintf(", %s left", clock(left))
	}
	width := opt.Width - 1 // a full line would make some terminals wrap
	text := join(parts)
	for _, drop := range []int{nodes, calls, tokens, best} {
		if !opt.Terminal || len(text) <= width {
			return text
		}
		parts[drop] = ""
		text = join(parts)
	}
	return cut(text, width, "")
}

// forever is too long a time to be worth telling.
const forever = float64(10_000 * time.Hour)

// left is the time until the first limit is reached if all goes on as so far.
func (s *seen) left(elapsed time.Duration, b Budget) (time.Duration, bool) {
	left, ok := time.Duration(0), false
	limit := func(d float64) {
		if d < forever && (!ok || time.Duration(d) < left) {
			left, ok = time.Duration(max(d, 0)), true
		}
	}
	for _, l := range []struct{ used, base, budget int }{
		{s.sims, s.base.sims, b.Simulations},
		{s.usage.Calls, s.base.usage.Calls, b.Calls},
		{s.tokens(), s.base.tokens(), b.Tokens},
	} {
		if done := l.used - l.base; l.budget > 0 && done > 0 {
			limit(float64(elapsed) * float64(l.budget-l.used) / float64(done))
		}
	}
	if b.Time > 0 {
		limit(float64(b.Time - elapsed))
	}
	return left, ok
}

func join(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("  ")
		}
		b.WriteString(p)
	}
	return b.String()
}

// of writes a count and, if there is one, its limit.
func of(n, limit int) string {
	if limit > 0 {
		return short(n) + "/" + short(limit)
	}
	return short(n)
}

// short writes a count in at most five characters up to the billions.
func short(n int) string {
	switch {
	case n < 10_000:
		return fmt.Sprint(n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1fk", float64(n/100)/10)
	default:
		return fmt.Sprintf("%.1fM", float64(n/100_000)/10)
	}
}

// clock writes a duration as a person would say it.
func clock(d time.Duration) string {
	switch s := int(d.Seconds()); {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", float64(d/(100*time.Millisecond))/10)
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	default:
		return fmt.Sprintf("%dh%02dm", s/3600, s%3600/60)
	}
}
