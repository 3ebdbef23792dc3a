package view

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/event"
)

// Budget is what a search may use; 0 means no limit.
type Budget struct {
	Simulations int
	Calls       int // finished model calls
	Tokens      int // read and made by models
	Time        time.Duration
}

// ProgressOptions say where and when Progress writes.
type ProgressOptions struct {
	Terminal bool          // redraw one line in place
	Width    int           // cells of the terminal; 0 means 80
	Budget   Budget        // for the time left
	Every    time.Duration // least time between lines; 0 means 100 ms on a terminal, else 5 s
}

// Progress shows how a running search gets on: simulations, nodes, model calls,
// tokens and their rate, the value of the most visited first step, the time
// used, and the time left until the first limit at the rate so far. Several
// searches at once have a Row each.
//
// On a terminal it is one line redrawn in place, elsewhere a plain line now and
// then; a search shorter than the first interval leaves nothing. Apply, Resume
// and Note only take notes in memory: the writing is done by Draw, for which
// Start makes a goroutine, so that a stalled terminal never holds up a search.
// Errors of the writer are ignored. All methods may be called from any
// goroutine.
type Progress struct {
	w   io.Writer
	now func() time.Time
	opt ProgressOptions

	mu      sync.Mutex // guards what was seen; never held while writing
	seen    seen
	rows    []*Row
	total   string // below them
	notes   []string
	dropped int // notes that came too fast to be shown

	drawing sync.Mutex // guards the writer and what stands on it
	last    time.Time  // when the line was drawn
	open    int        // lines that may be redrawn; the cursor stands on the last
	closed  bool

	starting sync.Once
	wake     chan struct{} // a note waits
	stop     chan struct{}
	stopped  chan struct{} // nil until Start
}

// maxNotes bounds the notes that wait for a stalled writer.
const maxNotes = 100

// clearLine goes to the beginning of the line and empties it; clearDown empties all
// that is below, too.
const (
	clearLine = "\r\x1b[K"
	clearDown = "\r\x1b[J"
)

// NewProgress returns a Progress that writes to w and asks now for the time.
func NewProgress(w io.Writer, now func() time.Time, opt ProgressOptions) *Progress {
	if opt.Width <= 0 {
		opt.Width = 80
	}
	if opt.Every <= 0 {
		opt.Every = 5 * time.Second
		if opt.Terminal {
			opt.Every = 100 * time.Millisecond
		}
	}
	return &Progress{w: w, now: now, opt: opt, wake: make(chan struct{}, 1), stop: make(chan struct{})}
}

// Start draws in a goroutine until Close. Without it, or with a clock that
// does not follow real time, call Draw.
func (p *Progress) Start() {
	p.starting.Do(func() {
		stopped := make(chan struct{})
		p.drawing.Lock()
		p.stopped = stopped
		p.drawing.Unlock()
		go p.run(stopped)
	})
}

func (p *Progress) run(stopped chan<- struct{}) {
	defer close(stopped)
	tick := time.NewTicker(max(p.opt.Every/4, 1)) // a tick may come a moment too early for the line
	defer tick.Stop()
	for {
		p.Draw()
		select {
		case <-tick.C:
		case <-p.wake:
		case <-p.stop:
			return
		}
	}
}

// Apply takes note of one event. Events are trusted: one that a Tree refuses
// makes wrong numbers, nothing worse.
func (p *Progress) Apply(e event.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen.applyAt(e, p.now)
}

// Resume says that the events so far come from an earlier run: rates and time
// count from here.
func (p *Progress) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen.resume(p.now())
}

// Note shows a message once, on a line of its own.
func (p *Progress) Note(message string) {
	p.mu.Lock()
	if len(p.notes) < maxNotes {
		p.notes = append(p.notes, Clean(strings.TrimRight(message, "\r\n")))
	} else {
		p.dropped++
	}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Draw writes the waiting notes, and the line if it is time for it.
func (p *Progress) Draw() {
	p.drawing.Lock()
	defer p.drawing.Unlock()
	if !p.closed {
		p.draw(false)
	}
}

// Close writes what waits, brings a shown line up to date and ends it. What is
// called afterwards has no effect.
func (p *Progress) Close() {
	p.drawing.Lock()
	defer p.drawing.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	close(p.stop)
	if stopped := p.stopped; stopped != nil {
		p.drawing.Unlock() // the goroutine may be about to draw
		<-stopped
		p.drawing.Lock()
	}
	p.draw(true)
}

// draw writes in one piece. The last time it updates only what is shown.
func (p *Progress) draw(last bool) {
	p.mu.Lock()
	now := p.now()
	notes, dropped := p.notes, p.dropped
	p.notes, p.dropped = nil, 0
	since := p.last
	if since.IsZero() {
		since = p.began()
	}
	due := p.open > 0 || !p.began().IsZero()
	due = due && now.Sub(since) >= p.opt.Every
	if last {
		due = !p.last.IsZero()
	}
	var lines []string
	if due {
		lines = p.lines(now, last)
	}
	p.mu.Unlock()

	var b strings.Builder
	if due || len(notes) > 0 {
		b.WriteString(p.clear())
	}
	for _, n := range notes {
		b.WriteString(n + "\n")
	}
	if dropped > 0 {
		fmt.Fprintf(&b, "(%d more messages)\n", dropped)
	}
	if due {
		p.last = now
		b.WriteString(strings.Join(lines, "\n"))
		if p.opt.Terminal && !last {
			p.open = len(lines)
		} else if len(lines) > 0 {
			b.WriteByte('\n')
		}
	}
	if b.Len() > 0 {
		io.WriteString(p.w, b.String()) // progress that can't be shown must not end a search
	}
}

// clear takes away what may be redrawn.
func (p *Progress) clear() string {
	n := p.open
	p.open = 0
	switch n {
	case 0:
		return ""
	case 1:
		return clearLine
	}
	return fmt.Sprintf("\x1b[%dA", n-1) + clearDown
}

// began is when the first of the searches that are shown began.
func (p *Progress) began() time.Time {
	first := p.seen.began
	for _, r := range p.rows {
		if at := r.seen.began; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}
