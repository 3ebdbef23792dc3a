package serve

import (
	"unsafe"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// ring holds the last events of a run, which are numbered without a gap. It is
// bounded twice; the newest event is always there.
type ring struct {
	most, mostBytes int

	slots []slot // a power of two of them, grown as needed
	first int    // where the oldest is
	count int
	bytes int
	last  int // the number of the newest event, 0 if there was none
}

type slot struct {
	event event.Event
	size  int
}

func (r *ring) push(e event.Event) {
	size := sizeOf(e)
	for r.count > 0 && (r.count >= r.most || r.bytes+size > r.mostBytes) {
		r.bytes -= r.slots[r.first].size
		r.slots[r.first] = slot{} // or what it points to would stay
		r.first = (r.first + 1) & (len(r.slots) - 1)
		r.count--
	}
	if r.count == len(r.slots) {
		grown := make([]slot, max(64, 2*len(r.slots)))
		n := copy(grown, r.slots[r.first:])
		copy(grown[n:], r.slots[:r.first])
		r.slots, r.first = grown, 0
	}
	r.slots[(r.first+r.count)&(len(r.slots)-1)] = slot{e, size}
	r.count++
	r.bytes += size
	r.last = e.Seq
}

func (r *ring) after(seq, limit int) (events []event.Event, lost int) {
	held := r.last - r.count // the number of the last event that is gone
	lost = max(0, held-seq)
	skip := max(0, seq-held)
	n := min(limit, r.count-skip)
	if n <= 0 {
		return nil, lost
	}
	events = make([]event.Event, n)
	for i := range n {
		events[i] = r.slots[(r.first+skip+i)&(len(r.slots)-1)].event
	}
	return events, lost
}

// sizeOf is about how many bytes of memory an event takes.
func sizeOf(e event.Event) int {
	n := int(unsafe.Sizeof(slot{}))
	switch {
	case e.Started != nil:
		n += int(unsafe.Sizeof(*e.Started)) + len(e.Started.Problem) + len(e.Started.Root.State)
	case e.Grown != nil:
		g := e.Grown
		n += int(unsafe.Sizeof(*g)) + 4*len(g.Path) + usageSize(g.Usage) + statsSize(g.Stats)
		for _, c := range g.Edges {
			n += int(unsafe.Sizeof(c)) + len(c.Action)
		}
		for _, c := range g.New {
			n += int(unsafe.Sizeof(c)) + len(c.State)
		}
	case e.Visited != nil:
		v := e.Visited
		n += int(unsafe.Sizeof(*v)) + 4*len(v.Path) + len(v.Value.Note) + usageSize(v.Usage) + statsSize(v.Stats)
	case e.Failed != nil:
		n += int(unsafe.Sizeof(*e.Failed)) + 4*len(e.Failed.Path) + len(e.Failed.Reason) + usageSize(e.Failed.Usage)
	case e.Moved != nil:
		n += int(unsafe.Sizeof(*e.Moved)) + statsSize(e.Moved.Stats)
	case e.Steered != nil:
		n += int(unsafe.Sizeof(*e.Steered)) + 4*len(e.Steered.Edges)
	case e.Ended != nil:
		n += int(unsafe.Sizeof(*e.Ended)) + 4*len(e.Ended.Line) + len(e.Ended.Reason)
	}
	return n
}

func statsSize(s event.Stats) int {
	return int(unsafe.Sizeof(event.NodeStats{}))*len(s.Nodes) + int(unsafe.Sizeof(event.EdgeStats{}))*len(s.Edges)
}

func usageSize(u env.Usage) int {
	const key = 16 + 64
	return key * len(u.Asked)
}
