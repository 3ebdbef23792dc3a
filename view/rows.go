package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ponder-mcts/ponder/event"
)

// Row is one of several searches that a Progress shows: from its first event until
// Done. Its methods may be called from any goroutine.
type Row struct {
	p    *Progress
	name string
	seen seen
	says string // instead of numbers
}

// mostRows is how many rows are shown at most: they must all fit on a terminal.
const mostRows = 12

// nameCells is the most that the name of a row takes.
const nameCells = 28

// Row adds a search under a name. On a terminal the rows stand below each other and
// are redrawn in place, elsewhere each is a plain line now and then.
func (p *Progress) Row(name string) *Row {
	r := &Row{p: p, name: Clean(name)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows = append(p.rows, r)
	return r
}

// Total is a line below the rows, such as how many are over; it is shown while there
// are rows, on a terminal only.
func (p *Progress) Total(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = Clean(text)
}

// Apply takes note of one event of the search, as Progress.Apply does.
func (r *Row) Apply(e event.Event) {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.seen.applyAt(e, r.p.now)
}

// Resume says that the events so far come from an earlier run.
func (r *Row) Resume() {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.seen.resume(r.p.now())
}

// Say shows what is done after the search instead of its numbers.
func (r *Row) Say(what string) {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.says = Clean(what)
}

// Done takes the row away.
func (r *Row) Done() {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.p.rows = slices.DeleteFunc(r.p.rows, func(other *Row) bool { return other == r })
}

// line is the row as it is now.
func (r *Row) line(now time.Time, opt ProgressOptions, width int) string {
	name := cut(r.name, width, "")
	name += strings.Repeat(" ", max(0, width-cells(name)))
	opt.Width = max(2, opt.Width-width-2)
	what := r.seen.line(now, opt, false)
	if r.says != "" {
		what = cut(r.says, opt.Width-1, "")
	}
	return name + "  " + what
}

// lines are all searches that have begun, and what stands below them.
func (p *Progress) lines(now time.Time, last bool) []string {
	if !p.seen.began.IsZero() {
		return []string{p.seen.line(now, p.opt, last)}
	}
	// Those that are at it come first.
	rows := slices.Clone(p.rows)
	slices.SortStableFunc(rows, func(a, b *Row) int { return cmp.Compare(len(a.says), len(b.says)) })
	var shown []*Row
	width, more := 0, 0
	for _, r := range rows {
		switch {
		case r.seen.began.IsZero():
		case len(shown) == mostRows && p.opt.Terminal:
			more++
		default:
			shown = append(shown, r)
			width = max(width, cells(r.name))
		}
	}
	width = min(width, nameCells, max(1, p.opt.Width/3))
	var out []string
	for _, r := range shown {
		out = append(out, r.line(now, p.opt, width))
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	if p.total != "" && len(out) > 0 && p.opt.Terminal {
		out = append(out, cut(p.total, p.opt.Width-1, ""))
	}
	return out
}
