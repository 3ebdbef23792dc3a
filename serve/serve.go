// Package serve is the web page of ponder: a small HTTP API over the runs that
// are kept and those that this process works on, streams of their events, and
// the guard that keeps other web sites and other machines out.
//
// It draws nothing: the page is a file system that it is given. See
// docs/serve.md for the API.
package serve

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
)

// Archive has the runs that are kept. Its methods are called by many
// goroutines at once and return soon after ctx is done.
type Archive interface {
	// Runs lists all runs, the newest first.
	Runs(ctx context.Context) ([]Run, error)
	// Follow returns events after a cursor, at most some thousands, at once;
	// there may be none. The error wraps ErrNoRun if there is no such run.
	Follow(ctx context.Context, run string, from Cursor) (Batch, error)
	// Calls returns those of the calls that are kept.
	Calls(ctx context.Context, keys []string) ([]llm.Call, error)
	// Changed returns another number when anything was written. It is cheap:
	// it is asked every 250 ms while somebody looks.
	Changed(ctx context.Context) (int64, error)
}

// Ready is the ability of an Archive to have the tree of a run ready: a
// view.Record as gzipped JSON, if there is one that tells of all its events.
type Ready interface {
	Tree(ctx context.Context, run string) (gzipped []byte, found bool, err error)
}

// Cursor is a place in the events of a run: after the one numbered Seq. The
// zero Cursor is the beginning.
type Cursor struct {
	Seq int
	// Mark is the archive's own: it tells the log it read from one that was
	// rewritten since. It is empty where a reader only knows the number.
	Mark string
}

// Batch is some events of a run.
type Batch struct {
	Events []event.Event
	Next   Cursor // after the last of them
	// Anew says that the cursor is of a log that was rewritten since, or is
	// behind its end: these events begin with the first.
	Anew bool
	Live bool // some process works on the run: more may come
}

// Run is a row of the list of runs.
type Run struct {
	Run         string    `json:"run"`
	Env         string    `json:"env"`
	Problem     string    `json:"problem"`
	Model       string    `json:"model"`
	Strategy    string    `json:"strategy"`
	Seed        uint64    `json:"seed"`
	Status      string    `json:"status"` // running, paused, stopped, solved, unsolved or unsolvable
	Verified    bool      `json:"verified"`
	Answer      string    `json:"answer"`
	Reason      string    `json:"reason"`
	Value       float64   `json:"value"` // of the best first step, in [0,1]
	Simulations int       `json:"simulations"`
	Nodes       int       `json:"nodes"`
	Calls       int       `json:"calls"`
	Tokens      int       `json:"tokens"`
	CacheHits   int       `json:"cache_hits"`
	ElapsedMS   int64     `json:"elapsed_ms"`
	Began       time.Time `json:"began"`
	Live        bool      `json:"live"`      // some process works on it
	Steerable   bool      `json:"steerable"` // orders are taken here
	Resumable   bool      `json:"resumable"` // it was stopped, and goes on when it is told to
}

// Starter begins runs. Settings that are wrong are an *InputError.
type Starter interface {
	// Choices is what a person can choose from, for the page.
	Choices(ctx context.Context) (json.RawMessage, error)
	// Start begins a run, which outlives ctx, and returns its id.
	Start(ctx context.Context, settings json.RawMessage) (run string, err error)
}

// Steerer takes a person's orders for a run: pause, resume, stop and, for some
// edges, pin, forbid and free. The error wraps ErrNoRun if there is no such
// run, ErrRefused if it can't be steered now.
type Steerer interface {
	Order(ctx context.Context, run, order string, edges []int32) error
}

var (
	// ErrNoRun says that there is no such run.
	ErrNoRun = errors.New("there is no such run")
	// ErrRefused says that a run is not in a state to take an order.
	ErrRefused = errors.New("the run can't be steered")
)

// InputError is something that a person asked for and that can't be. Its text
// is for that person.
type InputError struct{ Text string }

func (e *InputError) Error() string { return e.Text }

// Options say what is served. Parts that are nil are not there: the list is
// empty but for the runs of this process, and nothing can be begun or steered.
type Options struct {
	Archive Archive
	Starter Starter
	Steerer Steerer
	Table   Table // a game that is played on the page
	// Files is the page: index.html at its root, with {{token}} where the token
	// of this server is to stand, and what else it needs.
	Files fs.FS
	// Listen is the address that was asked for. Beyond loopback, CheckListen
	// says what is needed.
	Listen string
	// Token, if there is one, has to be shown by every request.
	Token string
	// Log gets what goes wrong in HTTP itself; nil drops it. It never gets a
	// token.
	Log *log.Logger
}

// Server is the HTTP side. It is an http.Handler; Serve runs it.
//
// Threads: handlers run on goroutines of their own. mu guards what runs here;
// list and folds have locks of their own, which are never held together.
type Server struct {
	opt     Options
	pace    pace
	csrf    string // in the page, and asked of whatever changes something
	boot    string // tells the entity tags of this server from an earlier one's
	handler http.Handler
	list    list
	folds   folds
	streams chan struct{} // one place for each open stream
	quit    chan struct{} // closed when the streams are to end
	once    sync.Once

	mu    sync.Mutex
	feeds map[string]*Feed
}

// pace is how fast things go; tests change it.
type pace struct {
	events, doing, list, poll, beat time.Duration
	write                           time.Duration // after which a reader that takes nothing is dropped
	batch                           int           // events in one message
}

var usual = pace{
	events: 80 * time.Millisecond, doing: 200 * time.Millisecond, list: 250 * time.Millisecond,
	poll: 250 * time.Millisecond, beat: 15 * time.Second, write: 30 * time.Second, batch: 500,
}

// maxStreams bounds the streams that are open at once.
const maxStreams = 64

// New makes a server.
func New(opt Options) *Server { return newServer(opt, usual) }

func newServer(opt Options, p pace) *Server {
	s := &Server{
		opt: opt, pace: p, csrf: rand.Text(), boot: rand.Text()[:8],
		streams: make(chan struct{}, maxStreams), quit: make(chan struct{}), feeds: map[string]*Feed{},
	}
	s.list.turn, s.folds.turn = make(turn, 1), make(turn, 1)
	s.handler = s.guard(s.routes())
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Live tells of a run that this process works on, until remove is called. What
// the archive has of it stays out of sight meanwhile, but for what a feed does
// not know.
func (s *Server) Live(id string, f *Feed) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeds[id] = f
	return func() {
		s.mu.Lock()
		if s.feeds[id] == f {
			delete(s.feeds, id)
		}
		s.mu.Unlock()
		f.State(Ended)
	}
}

// feed returns the feed of a run that this process works on, or nil.
func (s *Server) feed(id string) *Feed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.feeds[id]
}

// turn is a lock that a caller stops waiting for when its context is done.
type turn chan struct{}

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }
