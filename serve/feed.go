package serve

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

// The states of a feed.
const (
	Running = "running"
	Paused  = "paused"
	Ended   = "ended" // nothing comes any more
)

// FeedOptions bound what a feed holds. The zero value of a field means what its
// comment says.
type FeedOptions struct {
	Events int // the last events that are kept; 0 means 65,536
	Bytes  int // about how much memory they may take; 0 means 64 MiB
}

// Feed has the tree and the last events of a run that this process works on.
//
// Threads: Apply, Doing and State are called by the search, on any goroutine,
// one event after the other. They never wait for readers: a reader takes copies
// under the lock and does everything else without it. One that is too slow finds
// the events after its place gone, is told how many, and goes on from a Snapshot.
type Feed struct {
	mu    sync.Mutex
	tree  view.Tree
	err   error // the first event that did not fit; those after it are lost
	ring  ring
	doing map[int32]int // visits in flight, by leaf
	state string
	began time.Time
	mark  string // tells its events from those of another feed of the run

	version int           // grows with every change
	busy    int           // grows with every change of doing
	wake    chan struct{} // closed at the next change; nil while nobody waits
}

// NewFeed makes a feed that is running.
func NewFeed(opt FeedOptions) *Feed {
	if opt.Events <= 0 {
		opt.Events = 1 << 16
	}
	if opt.Bytes <= 0 {
		opt.Bytes = 64 << 20
	}
	return &Feed{
		ring: ring{most: opt.Events, mostBytes: opt.Bytes}, doing: map[int32]int{}, state: Running, began: time.Now(),
		mark: feedMark + rand.Text()[:8],
	}
}

// feedMark begins the marks of feeds.
const feedMark = "feed-"

// Apply takes the next event of the search. The feed keeps what it points to.
// Of one that does not fit Err tells.
func (f *Feed) Apply(e event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return
	}
	if f.err = f.tree.Apply(e); f.err == nil {
		e.At = time.Now().UnixMilli()
		f.ring.push(e)
	}
	f.changed()
}

// changed wakes those who wait. The caller holds the lock.
func (f *Feed) changed() {
	f.version++
	if f.wake != nil {
		close(f.wake)
		f.wake = nil
	}
}

// Err is why the feed takes no more events: one of them did not fit.
func (f *Feed) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Doing says that work on a leaf begins, or that it is over.
func (f *Feed) Doing(node int32, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.doing[node] - 1
	if on {
		n += 2
	}
	if n > 0 {
		f.doing[node] = n
	} else {
		delete(f.doing, node)
	}
	f.busy++
	f.changed()
}

// State says how the search stands: Running, Paused or Ended. Ended is said
// when the outcome is in the archive, and stays.
func (f *Feed) State(state string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == Ended || f.state == state {
		return
	}
	f.state = state
	if state == Ended {
		clear(f.doing)
		f.busy++
	}
	f.changed()
}

// Tree gives access to the tree, for reading, while the search waits: do little.
func (f *Feed) Tree(look func(*view.Tree)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	look(&f.tree)
}

// After returns at most limit events after one, in order, and how many between
// that one and the first of them are not held any more. After an event that has
// not come yet there are none.
func (f *Feed) After(seq, limit int) (events []event.Event, lost int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ring.after(seq, limit)
}

// Wait returns when there is an event after one, or nothing comes any more, or
// with the error of ctx.
func (f *Feed) Wait(ctx context.Context, seq int) error {
	for {
		f.mu.Lock()
		if f.ring.last > seq || f.state == Ended || f.err != nil {
			f.mu.Unlock()
			return nil
		}
		next := f.next()
		f.mu.Unlock()
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// next is closed at the next change. The caller holds the lock.
func (f *Feed) next() <-chan struct{} {
	if f.wake == nil {
		f.wake = make(chan struct{})
	}
	return f.wake
}

// standing is where a feed stands.
type standing struct {
	last    int // the number of the last event
	version int
	busy    int // of Doing
	state   string
	err     error
}

// stand tells where the feed stands, with a channel that is closed when it does
// not stand there any more.
func (f *Feed) stand() (standing, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return standing{f.ring.last, f.version, f.busy, f.state, f.err}, f.next()
}

// leaves lists the leaves that are worked on, in order.
func (f *Feed) leaves() []int32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids := slices.AppendSeq(make([]int32, 0, len(f.doing)), maps.Keys(f.doing))
	slices.Sort(ids)
	return ids
}

// Snapshot is the tree as data. The search waits while nodes and edges are
// copied, into memory that was made ready before, and for nothing else.
func (f *Feed) Snapshot() view.Record {
	f.mu.Lock()
	nodes, edges := len(f.tree.Nodes), len(f.tree.Edges)
	f.mu.Unlock()
	nodeCopy := make([]view.Node, nodes+nodes/8+1024)
	edgeCopy := make([]view.Edge, edges+edges/8+1024)
	clear(nodeCopy) // so that the system maps the pages now and not under the lock
	clear(edgeCopy)

	f.mu.Lock()
	tree := f.tree
	line := []int32{}
	for _, i := range tree.Line() {
		line = append(line, tree.Edges[i].ID)
	}
	tree.Nodes = append(nodeCopy[:0], tree.Nodes...)
	tree.Edges = append(edgeCopy[:0], tree.Edges...)
	f.mu.Unlock()

	// The copy shares the indices of the tree, which only lines that were chosen
	// need. What nodes and edges point to is never changed, only replaced.
	end := tree.End
	tree.End = nil
	r := tree.Record()
	r.End, r.Line = end, line
	return r
}

// row is what the feed knows of its run, over what the archive knows.
func (f *Feed) row(base Run) Run {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := &f.tree
	r := base
	r.Env, r.Problem, r.Model, r.Strategy, r.Seed = t.Start.Env, t.Start.Problem, t.Start.Model, t.Start.Strategy, t.Start.Seed
	if len(t.Nodes) == 0 {
		r.Env, r.Problem, r.Model, r.Strategy, r.Seed = base.Env, base.Problem, base.Model, base.Strategy, base.Seed
	}
	r.Simulations, r.Nodes = max(t.Simulations, base.Simulations), max(len(t.Nodes), base.Nodes)
	r.Calls, r.CacheHits = max(t.Usage.Calls, base.Calls), max(t.Usage.CacheHits, base.CacheHits)
	r.Tokens = max(t.Usage.PromptTokens+t.Usage.CompletionTokens, base.Tokens)
	r.Value = firstValue(t)
	if r.Began.IsZero() {
		r.Began = f.began
	}
	if f.state == Ended {
		if t.End != nil && base.Run == "" {
			r.Status, r.Reason = t.End.Status, t.End.Reason
		}
		return r
	}
	r.Status, r.Reason, r.Answer, r.Verified, r.Live = f.state, "", "", false, true
	r.ElapsedMS = max(r.ElapsedMS, time.Since(f.began).Milliseconds())
	return r
}

// firstValue is that of the first step of the best line, for the player who
// makes it; 0 if there is none.
func firstValue(t *view.Tree) float64 {
	line := t.Line()
	if len(line) == 0 {
		return 0
	}
	return t.Worth(line[0])
}
