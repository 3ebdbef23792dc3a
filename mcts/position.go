package mcts

import (
	"errors"
	"math"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// Judge values a position that is not over, in [0,1] for the player to move. It
// may play on the position, if it takes everything back.
type Judge func(env.Position) float64

// Priors fills out with the prior probabilities of the moves, which sum to 1.
type Priors func(p env.Position, moves []env.Move, out []float64)

// PositionOptions are the settings of a PositionSearch.
type PositionOptions struct {
	Rule Rule // nil means PUCT{}
	// Judge makes the judge of one worker from a seed.
	Judge  func(seed uint64) Judge
	Priors Priors // nil means all the same
	// Transpositions makes equal positions share a node, so that what is known
	// of one is known of all; it costs time and memory. Without it the tree is
	// one of moves.
	Transpositions bool
	// Puzzle says that there is one player only.
	Puzzle      bool
	Simulations int     // budget; 0 means none
	Nodes       int     // budget of tree nodes; 0 means none
	Memory      int64   // budget of bytes for the tree; 0 means none
	Mix         float64 // as in Options
	Discount    float64 // as in Options; it implies Transpositions
	Final       Chooser //
	Decide      bool    //
	Noise       Noise   //
	Seed        uint64  //
}

// PositionSearch is the Search for positions that are cheap to play and to
// judge: the same tree by the same rules, at the speed of an engine. Nothing is
// asked for and nothing is kept but numbers. It belongs to one goroutine.
type PositionSearch struct {
	walker
	opt     PositionOptions
	pos     env.Position // at the root
	first   worker
	others  []worker            // further ones, of a crew
	index   map[uint64]nodes.ID // by hash, with transpositions
	uniform bool                // all priors of a node are the same

	simulations int
	begun       int // simulations, those in flight included
	before      int // simulations before the root was moved here
	free        int // simulations at known values since the last other one
	depth       int64
	reason      string
}

// Memory is the reason of a search that ended because its tree is as large as it
// may get.
const Memory = "memory"

// ErrNoJudge says that a search of positions was given nobody to value them.
var ErrNoJudge = errors.New("a search of positions needs a Judge, such as random play-outs")

// NewPosition starts a search at a position, which is copied.
func NewPosition(p env.Position, opt PositionOptions) (*PositionSearch, error) {
	if opt.Rule == nil {
		opt.Rule = PUCT{}
	}
	if opt.Judge == nil {
		return nil, ErrNoJudge
	}
	if opt.Discount != 0 && opt.Discount != 1 {
		opt.Transpositions = true
	}
	s := &PositionSearch{
		walker: walker{rule: opt.Rule, seed: opt.Seed},
		opt:    opt, pos: p.Clone(), index: map[uint64]nodes.ID{}, uniform: opt.Priors == nil,
	}
	never := func(nodes.ID) bool { return false }
	s.busy, s.thirsty = never, never
	s.tree.Mix = opt.Mix
	if !opt.Puzzle {
		s.tree.Neutral = 0.5
	}
	if opt.Discount != 0 {
		s.tree.Fade = 1 - opt.Discount
	}
	s.first = s.worker(0)
	s.begin()
	return s, nil
}

// Reset starts anew at a position of the same game, in the memory of the old
// tree.
func (s *PositionSearch) Reset(p env.Position) {
	s.tree.Reset()
	clear(s.index)
	s.blocked, s.onPath, s.walkNo = s.blocked[:0], s.onPath[:0], 0
	s.pos.CopyFrom(p)
	s.simulations, s.begun, s.before, s.free, s.depth, s.reason = 0, 0, 0, 0, 0, ""
	s.begin()
}

func (s *PositionSearch) begin() {
	s.root = s.add(s.pos)
	if !s.tree.Terminal(s.root) {
		s.tree.Evaluate(s.root, 0.5)
	}
}

// add makes the node of a position.
func (s *PositionSearch) add(p env.Position) nodes.ID {
	n := s.tree.Add(p.ToMove())
	if v, over := p.Result(); over {
		s.tree.End(n, float64(v))
	}
	if s.opt.Transpositions {
		s.blocked, s.onPath = append(s.blocked, 0), append(s.onPath, 0)
		s.index[p.Hash()] = n
	}
	return n
}

// Run makes simulations until a budget is spent or the root is proven, and says
// which. It may be called again with what was found so far. An error is one of
// the judge's or the position's.
func (s *PositionSearch) Run() (reason string, err error) {
	for s.reason = s.over(); s.reason == ""; s.reason = s.over() {
		found, err := s.simulate()
		if errors.Is(err, nodes.ErrFull) {
			s.reason = Memory
			return Memory, nil
		}
		if err != nil {
			s.reason = Broken
			return Broken, err
		}
		if !found {
			s.reason = Exhausted
			return Exhausted, nil
		}
	}
	return s.reason, nil
}

// RunFor is Run with a budget of n simulations more at most. Where it ends for that
// alone, and the search may go on, the reason is empty.
func (s *PositionSearch) RunFor(n int) (reason string, err error) {
	whole := s.opt.Simulations
	defer func() { s.opt.Simulations = whole }()
	cut := s.begun - s.before + n
	if whole > 0 && whole <= cut {
		return s.Run()
	}
	s.opt.Simulations = cut
	reason, err = s.Run()
	if reason == Simulations {
		reason = ""
	}
	return reason, err
}

// simulate makes one simulation, or a proof instead.
func (s *PositionSearch) simulate() (found bool, err error) {
	if s.opt.Transpositions {
		return s.simulateShared()
	}
	w := &s.first
	w.tally = tally{}
	found, err = w.simulate(s.root, s.pos)
	s.simulations += w.done
	s.begun += w.done
	s.depth += w.tally.depth
	return found, err
}

// over says why no further simulation may begin; it is empty if one may.
func (s *PositionSearch) over() string {
	count, _ := s.tree.Len()
	switch {
	case s.opt.Nodes > 0 && count >= s.opt.Nodes && !s.tree.Proven(s.root):
		return Nodes
	case s.opt.Memory > 0 && s.tree.Bytes() >= s.opt.Memory && !s.tree.Proven(s.root):
		return Memory
	}
	return s.overAtTop()
}

// overAtTop is over without the budgets of nodes and memory.
func (s *PositionSearch) overAtTop() string {
	switch {
	case s.tree.Proven(s.root):
		return Proven
	case s.left() == 0:
		return Simulations
	case s.opt.Decide && s.opt.Simulations > 0 && s.lead() > s.left()+s.begun-s.simulations:
		return Decided
	}
	return ""
}

// left is the number of simulations that may still be begun.
func (s *PositionSearch) left() int {
	if s.opt.Simulations == 0 {
		return math.MaxInt
	}
	return max(0, s.opt.Simulations-(s.begun-s.before))
}

// Reason says why the last Run ended.
func (s *PositionSearch) Reason() string { return s.reason }

// Simulations returns the number of finished simulations.
func (s *PositionSearch) Simulations() int { return s.simulations }

// Depth returns the mean number of moves of a simulation.
func (s *PositionSearch) Depth() float64 {
	return float64(s.depth) / math.Max(1, float64(s.simulations))
}

// Tree gives read access to the tree. The Move of an edge is an env.Move.
func (s *PositionSearch) Tree() *nodes.Tree { return &s.tree }

// Root returns the node of the position the search is at.
func (s *PositionSearch) Root() nodes.ID { return s.root }
