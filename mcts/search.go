package mcts

import (
	"errors"
	"fmt"
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
)

// Options are the settings of a Search. The zero value is a search without
// budgets by PUCT.
type Options struct {
	Rule        Rule // nil means PUCT{}
	Simulations int  // budget of finished simulations; 0 means none
	Nodes       int  // budget of tree nodes; 0 means none
	Widen       Widening
	// More lets rules that say themselves when to ask for more steps do so:
	// the policy is a Widener. Widen implies it.
	More bool
	// Mix is the share of the best step's value in that of a state: 0 is mean
	// backup, 1 is max backup, for problems in which one good way is enough.
	Mix float64
	// Joint makes states of player 1 those in which several goals are left that can
	// be reached apart: all of them must be. Their value is the product of the
	// goals' values, and Plan tells a solution.
	Joint bool
	// Discount is the factor γ by which a value shrinks with each step, towards
	// 0 for a single player and towards 1/2 between two, so that shorter ways
	// win ties; 0 means 1.
	Discount float64
	Final    Chooser // says which step is best in the end; nil means MostVisited{}
	// Decide ends the search when no step can overtake the most visited one
	// within Simulations: for games, where one move is asked for.
	Decide bool
	Noise  Noise // on the priors at the root, for self-play
	// Prefixes spares a model server that keeps what it has read: of the
	// children of a state one is worked on first, others wait for it as long as
	// there is other work, and between equal steps a walk goes where the last one
	// went.
	Prefixes bool
	Seed     uint64 // of all random choices
	// Emit gets each event at the moment it happens, on the goroutine that
	// owns the Search; nil means nobody listens.
	Emit func(event.Event)
}

// Status says what Next can offer.
type Status int

const (
	Work Status = iota // a Job is handed out
	Wait               // everything useful is in flight: Complete or Abandon first
	Done               // the search is over; Reason says why
)

// Kind says what a Job wants.
type Kind int

const (
	Evaluate Kind = iota // a value for a new leaf
	Expand               // candidate steps for a leaf that was reached again, or more of them
)

// Job is one leaf to work on.
type Job struct {
	Kind  Kind
	Node  nodes.ID
	State env.State
	Path  env.Path // from the root to State
	// Asked is how often the node was given children before: more are wanted.
	Asked int

	edges  []nodes.Edge
	serial int // tells a job from an earlier one for the same node
}

// Child is one candidate step with the state it leads to.
type Child struct {
	Action string
	Prior  float64 // unnormalised probability, finite and ≥ 0
	State  env.State
}

// Expansion is the result of a Job.
type Expansion struct {
	// Children in the order of the policy. Equal state keys are merged and
	// their priors added. A Job of kind Evaluate may bring them too, when they
	// came for free.
	Children []Child
	// Expanded says that Children is the result of asking for children, even
	// if there are none. Kind Expand implies it.
	Expanded bool
	// Closed promises that no other child can ever come.
	Closed bool
	// Value of the state; needed for kind Evaluate, ignored for Expand.
	Value env.Value
	// Illegal counts proposals that the rules refused.
	Illegal int
	Usage   env.Usage
}

// Reasons why a search ended.
const (
	Proven      = "proven"      // the true value of the root is known
	Decided     = "decided"     // no other step can overtake the best one
	Exhausted   = "exhausted"   // nothing is left to work on
	Simulations = "simulations" // budget spent
	Nodes       = "nodes"       // budget spent
	Calls       = "calls"       // model calls or tokens spent
	Time        = "time"        // deadline passed
	Interrupted = "interrupted" // cancelled from outside
	Broken      = "error"       // the model or the environment failed
)

// Search is the state machine. Make one with New.
type Search struct {
	walker
	opt    Options
	states []env.State // by node
	action []string    // by edge
	mass   []float64   // by edge: its prior before all of a node sum to 1
	index  map[string]nodes.ID
	asked  map[nodes.ID]asked

	pending map[nodes.ID]Job  // by leaf in flight: single flight per state
	warm    map[family]bool   // of which a job has come back; false: the first is on its way
	refused map[nodes.ID]bool // leaves whose work failed or can't be paid for
	spent   bool              // some leaf was refused for want of budget

	simulations int
	before      int // simulations before the root was moved here
	inFlight    int // simulations among the pending leaves
	free        int // simulations at known values since a result came back
	serial      int // of the job handed out last
	seq         int
	reason      string
	ended       bool // the last event is out
	totals      event.Earlier
}

// asked counts the times a node was asked for children, and those in a row that
// brought nothing new.
type asked struct{ times, fruitless int }

// fruitless is how many times in a row a node may be asked for more children
// and give none.
const fruitless = 2

// New starts a search at root. The root has no value of its own yet and counts
// as 0.5, so that no call is spent on it.
func New(root env.State, info event.Started, opt Options) (*Search, error) {
	s, err := begin(root, opt)
	if err != nil {
		return nil, err
	}
	info.Version, info.Root = event.Version, s.describe(s.root)
	s.emit(event.Event{Started: &info})
	return s, nil
}

func begin(root env.State, opt Options) (*Search, error) {
	if opt.Rule == nil {
		opt.Rule = PUCT{}
	}
	s := &Search{
		walker: walker{rule: opt.Rule, seed: opt.Seed, widen: opt.Widen},
		opt:    opt, index: map[string]nodes.ID{}, asked: map[nodes.ID]asked{},
		pending: map[nodes.ID]Job{}, refused: map[nodes.ID]bool{},
	}
	s.busy, s.thirsty = s.isBusy, s.isThirsty
	if opt.Prefixes {
		s.warm, s.last = map[family]bool{}, map[nodes.ID]int{}
	}
	s.tree.Mix, s.tree.Joint = opt.Mix, opt.Joint
	if opt.Discount != 0 {
		s.tree.Fade = 1 - opt.Discount
	}
	if _, several := root.(env.Mover); several && !opt.Joint {
		s.tree.Neutral = 0.5
	}
	if err := vet(root); err != nil {
		return nil, fmt.Errorf("root state: %w", err)
	}
	s.root, _ = s.intern(root)
	if !s.tree.Terminal(s.root) {
		s.tree.Evaluate(s.root, 0.5)
	}
	return s, nil
}

// ErrValue marks a reward or value outside [0,1].
var ErrValue = errors.New("value out of range")

// vet refuses a state that the numbers of a tree can't hold.
func vet(st env.State) error {
	if out, over := st.Outcome(); over && !(out.Reward >= 0 && out.Reward <= 1) {
		return fmt.Errorf("%w: reward %v of state %q", ErrValue, out.Reward, st)
	}
	if p := env.ToMove(st); p != 0 && p != 1 {
		return fmt.Errorf("player %d, not 0 or 1, is to move in state %q", p, st)
	}
	return nil
}

// intern returns the node of a vetted state, making it if its key is new.
func (s *Search) intern(st env.State) (id nodes.ID, fresh bool) {
	key := st.Key()
	if id, ok := s.index[key]; ok {
		return id, false
	}
	id = s.tree.Add(env.ToMove(st))
	s.index[key] = id
	s.states = append(s.states, st)
	s.blocked = append(s.blocked, 0)
	s.onPath = append(s.onPath, 0)
	if out, over := st.Outcome(); over {
		s.tree.End(id, out.Reward)
	}
	return id, true
}

// freeRuns is how many simulations may end at known values for each result that
// comes back. Edges that lead round in a circle feed each other's counts, so
// that without a limit there could be one more for ever.
const freeRuns = 2

// Next hands out the next Job. The order of the checks is: proven, budgets,
// then the walk. A simulation that ends at a state whose value is known
// already needs no Job and is backed up on the way; that stays, whatever becomes
// of the Job.
//
// Jobs may be in flight when the answer is Done: what comes back is still used,
// and the last event is emitted when none is left.
func (s *Search) Next() (Job, Status) {
	for {
		if s.reason != "" {
			return Job{}, Done
		}
		if s.tree.Proven(s.root) {
			return s.end(Proven)
		}
		nodeCount, _ := s.tree.Len()
		switch {
		case s.left() == 0:
			return s.wait(Simulations)
		case s.opt.Decide && s.decided():
			return s.wait(Decided)
		case s.opt.Nodes > 0 && nodeCount >= s.opt.Nodes:
			return s.wait(Nodes)
		}
		end, path, found := s.find()
		switch {
		case found == leaf:
			return s.launch(end, path), Work
		case found == known:
			s.free++
			s.backup(end, path, env.Value{Mean: s.tree.Q(end), Note: event.Known}, env.Usage{})
		case s.spent:
			return s.wait(Calls)
		default:
			return s.wait(Exhausted)
		}
	}
}

// Resume lets a search that has ended go on under new budgets of simulations
// and nodes, in all; r holds the other budgets for those who read the events.
// What was left alone because it failed or was unpaid is tried again. A search
// that was only interrupted needs no Resume, but Restore.
func (s *Search) Resume(r event.Resumed) error {
	if !s.ended {
		return fmt.Errorf("resuming a search that has not ended: %w", ErrInFlight)
	}
	s.opt.Simulations, s.opt.Nodes = r.Simulations, r.Nodes
	s.resume()
	s.emit(event.Event{Resumed: &r})
	return nil
}

func (s *Search) resume() {
	s.reason, s.ended, s.spent = "", false, false
	clear(s.refused)
}

// Failed reports whether some leaf is left alone because work on it failed or
// was unpaid.
func (s *Search) Failed() bool { return len(s.refused) > 0 }

// left is the number of simulations that may still be begun.
func (s *Search) left() int {
	if s.opt.Simulations == 0 {
		return math.MaxInt
	}
	return max(0, s.opt.Simulations-(s.simulations-s.before)-s.inFlight)
}

// decided reports whether the most visited step at the root stays so whatever
// the simulations in flight and those left do.
func (s *Search) decided() bool {
	if s.opt.Simulations == 0 {
		return false
	}
	return s.lead() > s.left()+s.inFlight
}

// isBusy reports whether the node is in flight or must be left alone.
func (s *Search) isBusy(n nodes.ID) bool {
	_, inFlight := s.pending[n]
	return inFlight || s.refused[n]
}

// isThirsty reports whether a node that has children may be asked for more.
func (s *Search) isThirsty(n nodes.ID) bool {
	return (s.opt.More || s.opt.Widen.C > 0) && s.asked[n].fruitless < fruitless && !s.isBusy(n)
}

// find is a walk that leaves the siblings of a job alone as long as there is
// other work and a model has not read what they share.
func (s *Search) find() (end nodes.ID, path []nodes.Edge, found find) {
	if s.opt.Prefixes && len(s.pending) > 0 {
		s.cold = s.isCold
		end, path, found = s.walk(s.free < freeRuns)
		if s.cold = nil; found != nothing {
			return end, path, found
		}
	}
	return s.walk(s.free < freeRuns)
}

// family is what jobs have in common that ask the same of the children of one
// node: the beginning of the prompt.
type family struct {
	kind   Kind
	parent nodes.ID
}

func (s *Search) familyOf(leaf nodes.ID, path []nodes.Edge) family {
	f := family{parent: s.above(path)}
	if s.tree.Evaluated(leaf) {
		f.kind = Expand
	}
	return f
}

// isCold reports whether the first job of a family is on its way.
func (s *Search) isCold(parent, child nodes.ID) bool {
	f := family{parent: parent}
	if s.tree.Evaluated(child) {
		f.kind = Expand
	}
	back, begun := s.warm[f]
	return begun && !back
}

// wait ends the search for the given reason, unless something is in flight
// that may still change the picture.
func (s *Search) wait(reason string) (Job, Status) {
	if len(s.pending) > 0 {
		return Job{}, Wait
	}
	return s.end(reason)
}

func (s *Search) end(reason string) (Job, Status) {
	s.reason = reason
	s.conclude()
	return Job{}, Done
}

// Finish ends the search: Next answers Done from now on. Jobs in flight are
// taken back and their results refused. The first reason stays.
func (s *Search) Finish(reason string) {
	if s.reason == "" {
		s.reason = reason
	}
	for _, job := range s.pending {
		_ = s.land(job) // it is in flight: it can't be refused
	}
	s.conclude()
}

// conclude emits the last event once the search is over and nothing is in
// flight any more.
func (s *Search) conclude() {
	if s.reason == "" || s.ended || len(s.pending) > 0 {
		return
	}
	if s.tree.Proven(s.root) {
		s.reason = Proven
	}
	s.ended = true
	ended := event.Ended{Reason: s.reason, Status: s.Outcome(), Line: []int32{}}
	ended.Line = append(ended.Line, numbers(s.line())...)
	s.emit(event.Event{Ended: &ended})
}

// Reason says why the search ended; it is empty while it goes on.
func (s *Search) Reason() string { return s.reason }

func (s *Search) launch(leaf nodes.ID, path []nodes.Edge) Job {
	s.serial++
	job := Job{
		Kind: Evaluate, Node: leaf, State: s.states[leaf],
		edges: append([]nodes.Edge(nil), path...), serial: s.serial, Asked: s.asked[leaf].times,
	}
	if s.tree.Evaluated(leaf) {
		job.Kind = Expand
	} else {
		s.inFlight++
	}
	if s.opt.Prefixes {
		s.heed(leaf, path)
	}
	for _, e := range path {
		s.tree.Launch(e)
		job.Path = append(job.Path, env.Step{Action: s.action[e], State: s.states[s.tree.Child(e)]})
	}
	s.pending[leaf] = job
	return job
}

// heed notes what a model is about to read.
func (s *Search) heed(leaf nodes.ID, path []nodes.Edge) {
	if f := s.familyOf(leaf, path); !s.warm[f] {
		s.warm[f] = false
	}
	clear(s.last)
	for _, e := range path {
		n := s.tree.From(e)
		for i := range s.tree.Count(n) {
			if s.tree.At(n, i) == e {
				s.last[n] = i
			}
		}
	}
}

// above is the node before the end of a path.
func (s *Search) above(path []nodes.Edge) nodes.ID {
	if len(path) == 0 {
		return nodes.None
	}
	return s.tree.From(path[len(path)-1])
}

// land takes a job out of flight: the exact opposite of launch.
func (s *Search) land(job Job) error {
	if s.pending[job.Node].serial != job.serial || job.serial == 0 {
		return fmt.Errorf("job for node %d is not in flight", job.Node)
	}
	delete(s.pending, job.Node)
	if s.opt.Prefixes {
		s.warm[family{job.Kind, s.above(job.edges)}] = true
	}
	for _, e := range job.edges {
		s.tree.Land(e)
	}
	if job.Kind == Evaluate {
		s.inFlight--
	}
	return nil
}

// Abandon takes a job back; spent is what it cost all the same. With a nil
// error the tree is exactly as before the job was handed out. With an error the
// leaf is left alone from now on: it stays unknown, and so does all that hangs
// on it. A job that is not in flight is ignored.
func (s *Search) Abandon(job Job, why error, spent env.Usage) {
	s.takeBack(job, why, false, spent)
	s.conclude()
}

// Unpaid takes back a job that was not finished for want of model calls or
// tokens: its leaf is left alone, leaves that cost nothing are still tried.
func (s *Search) Unpaid(job Job, spent env.Usage) {
	s.takeBack(job, nil, true, spent)
	s.conclude()
}

func (s *Search) takeBack(job Job, why error, unpaid bool, spent env.Usage) {
	if s.land(job) != nil {
		return
	}
	failed := event.Failed{Node: int32(job.Node), Path: numbers(job.edges), Unpaid: unpaid, Usage: spent}
	if why != nil {
		failed.Reason = why.Error()
	}
	if failed.Reason != "" || unpaid || !spent.IsZero() {
		s.fail(&failed)
		s.emit(event.Event{Failed: &failed})
	}
}

// fail leaves a node alone that failed or is unpaid.
func (s *Search) fail(f *event.Failed) {
	if f.Reason != "" || f.Unpaid {
		s.refused[nodes.ID(f.Node)] = true
	}
	if f.Reason != "" {
		s.totals.Failed++
	}
	s.totals.Usage = s.totals.Usage.Plus(f.Usage.Counts())
	s.spent = s.spent || f.Unpaid
}

// Simulations returns the number of finished simulations.
func (s *Search) Simulations() int { return s.simulations }

// Tree gives read access to the tree.
func (s *Search) Tree() *nodes.Tree { return &s.tree }

// State returns the state of a node, Action the action of an edge.
func (s *Search) State(n nodes.ID) env.State { return s.states[n] }

// Action returns the action of an edge.
func (s *Search) Action(e nodes.Edge) string { return s.action[e] }

// Root returns the node the search started at.
func (s *Search) Root() nodes.ID { return s.root }

// numbers are edges as events name them.
func numbers(edges []nodes.Edge) []int32 {
	var out []int32
	for _, e := range edges {
		out = append(out, int32(e))
	}
	return out
}

func (s *Search) emit(e event.Event) {
	s.seq++
	if s.opt.Emit != nil {
		e.Seq = s.seq
		s.opt.Emit(e)
	}
}

func (s *Search) describe(n nodes.ID) event.Node {
	d := event.Node{
		ID: int32(n), State: s.states[n].String(), Player: s.tree.Player(n), Terminal: s.tree.Terminal(n),
	}
	if d.Terminal {
		d.Reward = s.tree.V(n)
	}
	return d
}
