// Package event has the typed, versioned events of a search. Everything a view
// shows is a fold over them, and a search can be replayed from them.
package event

import "github.com/ponder-mcts/ponder/env"

// Version is the version of the event format; it grows when a field changes
// its meaning.
const Version = 1

// Event is one thing that happened in a search; exactly one of the pointers is
// set. Events of one search are numbered from 1 in order.
type Event struct {
	Seq int `json:"seq"`
	// At is when it was kept or seen, in milliseconds since 1970; 0 if nobody
	// noted it. The search itself knows no clock: it never sets it.
	At      int64    `json:"at,omitempty"`
	Started *Started `json:"started,omitempty"`
	Grown   *Grown   `json:"grown,omitempty"`
	Visited *Visited `json:"visited,omitempty"`
	Failed  *Failed  `json:"failed,omitempty"`
	Moved   *Moved   `json:"moved,omitempty"`
	Steered *Steered `json:"steered,omitempty"`
	Resumed *Resumed `json:"resumed,omitempty"`
	Earlier *Earlier `json:"earlier,omitempty"`
	Ended   *Ended   `json:"ended,omitempty"`
}

// Started is the first event of a search.
type Started struct {
	Version  int    `json:"version"`
	Run      string `json:"run"`
	Env      string `json:"env"`
	Problem  string `json:"problem"`
	Model    string `json:"model"`
	Strategy string `json:"strategy"`
	Seed     uint64 `json:"seed"`
	Root     Node   `json:"root"`
}

// Node is a state as it enters the tree.
type Node struct {
	ID       int32   `json:"id"`
	State    string  `json:"state"`
	Player   int     `json:"player,omitempty"` // to move: 0 or 1
	Terminal bool    `json:"terminal,omitempty"`
	Reward   float64 `json:"reward,omitempty"` // of a terminal, in [0,1]
}

// Edge is an action as it enters the tree.
type Edge struct {
	ID     int32   `json:"id"`
	Child  int32   `json:"child"`
	Action string  `json:"action"`
	Prior  float64 `json:"prior"` // P, in [0,1]; the edges of a node sum to 1
	Mass   float64 `json:"mass"`  // the prior before all of a node were made to sum to 1
}

// Grown says that a node got children, or more of them.
type Grown struct {
	Node    int32     `json:"node"`
	Path    []int32   `json:"path,omitempty"` // edges from the root: the way the search came
	Edges   []Edge    `json:"edges"`
	New     []Node    `json:"new,omitempty"` // children not in the tree before
	Closed  bool      `json:"closed"`        // no further children can come
	Illegal int       `json:"illegal"`       // proposals the rules refused
	Merged  int       `json:"merged"`        // proposals equal to another one
	Usage   env.Usage `json:"usage,omitzero"`
	Stats   Stats     `json:"stats,omitzero"`
}

// Known is the note of a Visited whose leaf had a value already, known through
// other ways to it: no critic was asked.
const Known = "transposition"

// Visited says that a simulation ended at a node and was backed up.
type Visited struct {
	Path  []int32   `json:"path"` // edges from the root
	Leaf  int32     `json:"leaf"`
	Value env.Value `json:"value"`
	Usage env.Usage `json:"usage,omitzero"`
	Stats Stats     `json:"stats,omitzero"`
}

// Failed says that work on a node came to nothing. Without a reason the node
// may be tried again, unless it is unpaid.
type Failed struct {
	Node   int32     `json:"node"`
	Path   []int32   `json:"path,omitempty"` // edges from the root
	Reason string    `json:"reason,omitempty"`
	Unpaid bool      `json:"unpaid,omitempty"` // there was no budget for it
	Usage  env.Usage `json:"usage,omitzero"`   // spent on it all the same
}

// Stats are the numbers that an event changed: a fold assigns them.
type Stats struct {
	Nodes []NodeStats `json:"nodes,omitempty"`
	Edges []EdgeStats `json:"edges,omitempty"`
}

// NodeStats are the numbers of a node: visits N, mean value Q in [0,1] for the
// player to move, and the bounds proven for its true value. Lo = Hi is proven.
type NodeStats struct {
	ID int32   `json:"id"`
	N  int32   `json:"n"`
	Q  float64 `json:"q"`
	Lo float64 `json:"lo"`
	Hi float64 `json:"hi"`
}

// EdgeStats are the numbers of an edge: finished visits N and, where it has
// changed, the prior P and its mass.
type EdgeStats struct {
	ID   int32   `json:"id"`
	N    int32   `json:"n"`
	P    float64 `json:"p,omitempty"`
	Mass float64 `json:"mass,omitempty"`
}

// Moved says that a step was made for good: the search goes on from its end.
type Moved struct {
	Edge  int32 `json:"edge"`
	Root  int32 `json:"root"`
	Stats Stats `json:"stats,omitzero"`
}

// The values of Steered.Order.
const (
	Pin    = "pin"    // at their nodes walks follow these edges only, as long as one of them can be followed
	Forbid = "forbid" // no walk follows them, nor does the final line if there is another way
	Free   = "free"   // as the rule says, as if nothing had been ordered
)

// Steered says that a person took a hand in the search. Orders change where it
// looks, never what it has proven.
type Steered struct {
	Edges []int32 `json:"edges"`
	Order string  `json:"order"`
}

// Resumed says that a search that had ended goes on with new budgets: what was
// left alone, for it failed or was unpaid, may be tried again. Zero budgets are
// none.
type Resumed struct {
	Simulations int   `json:"simulations,omitempty"` // in all
	Nodes       int   `json:"nodes,omitempty"`
	Calls       int   `json:"calls,omitempty"`
	Tokens      int   `json:"tokens,omitempty"`
	TimeMS      int64 `json:"time_ms,omitempty"` // from here on
}

// Earlier sums up what happened before, where the events since the start tell
// of a tree as it is instead of how it came about.
type Earlier struct {
	Simulations int       `json:"simulations"`
	Illegal     int       `json:"illegal"`
	Merged      int       `json:"merged"`
	Failed      int       `json:"failed"`
	Usage       env.Usage `json:"usage,omitzero"`
}

// Ended is the last event of a search, unless it is moved on or resumed.
type Ended struct {
	Reason string  `json:"reason"`
	Status string  `json:"status"` // solved, unsolved or unsolvable
	Line   []int32 `json:"line"`   // edges of the best line from the root
}
