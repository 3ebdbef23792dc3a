package mcts

import (
	"errors"
	"fmt"
	"io"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
)

// positionSnapshot is what a PositionSearch knows beside its tree: one line of
// JSON in front of the tree's own snapshot.
type positionSnapshot struct {
	Version     int      `json:"version"`
	Positions   bool     `json:"positions"` // tells it from the snapshot of a Search
	Hash        uint64   `json:"hash"`      // of the position at the root
	Root        nodes.ID `json:"root"`
	Simulations int      `json:"simulations"`
	Before      int      `json:"before"`
	Free        int      `json:"free"`
	Depth       int64    `json:"depth"`
	Hashes      []uint64 `json:"hashes,omitempty"` // by node, with transpositions
}

// Save writes a snapshot of the search for LoadPosition. No Run may be under way.
func (s *PositionSearch) Save(w io.Writer) error {
	head := positionSnapshot{
		Version: snapshotVersion, Positions: true, Hash: s.pos.Hash(), Root: s.root,
		Simulations: s.simulations, Before: s.before, Free: s.free, Depth: s.depth,
	}
	if s.opt.Transpositions {
		count, _ := s.tree.Len()
		head.Hashes = make([]uint64, count)
		for hash, n := range s.index {
			head.Hashes[n] = hash
		}
	}
	return writeSnapshot(w, head, &s.tree)
}

// LoadPosition reads a snapshot made by Save of a search that stands at position
// p, with the same options but for budgets. The search goes on with all that it
// knew. A judge that draws at random begins its draws anew.
//
// The error is ErrSnapshot and says what is wrong, or one of r.
func LoadPosition(r io.Reader, p env.Position, opt PositionOptions) (*PositionSearch, error) {
	s, err := NewPosition(p, opt)
	if err != nil {
		return nil, err
	}
	var head positionSnapshot
	tree, err := readSnapshot(r, &head)
	if err != nil {
		return nil, err
	}
	if err := head.fits(tree, s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	s.tree, s.root = *tree, head.Root
	s.simulations, s.begun, s.before, s.free, s.depth = head.Simulations, head.Simulations, head.Before, head.Free, head.Depth
	if s.opt.Transpositions {
		s.blocked, s.onPath = make([]int32, len(head.Hashes)), make([]int32, len(head.Hashes))
		s.index = make(map[uint64]nodes.ID, len(head.Hashes))
		for n, hash := range head.Hashes {
			s.index[hash] = nodes.ID(n)
		}
	}
	return s, nil
}

// fits checks a head against the tree behind it and the search it is for.
func (h *positionSnapshot) fits(t *nodes.Tree, s *PositionSearch) error {
	count, _ := t.Len()
	switch {
	case h.Version != snapshotVersion || !h.Positions:
		return fmt.Errorf("version %d of a search of positions was expected", snapshotVersion)
	case h.Hash != s.pos.Hash():
		return errors.New("it stands at another position")
	case h.Root < 0 || int(h.Root) >= count || t.Player(h.Root) != s.pos.ToMove():
		return fmt.Errorf("its root, node %d of %d, is not the position", h.Root, count)
	case min(h.Simulations, h.Before, h.Free, h.Simulations-h.Before) < 0 || h.Depth < 0:
		return errors.New("a count is negative")
	case t.Mix != s.tree.Mix || t.Fade != s.tree.Fade || t.Neutral != s.tree.Neutral:
		return errors.New("it was made with another mix or discount")
	case s.opt.Transpositions != (len(h.Hashes) > 0) || len(h.Hashes) > 0 && len(h.Hashes) != count:
		return fmt.Errorf("%d nodes have %d hashes", count, len(h.Hashes))
	}
	seen := map[uint64]bool{}
	for _, hash := range h.Hashes {
		if seen[hash] {
			return errors.New("two nodes have one hash")
		}
		seen[hash] = true
	}
	return fitMoves(t, h.Root, s.pos.Clone())
}

// fitMoves plays through the whole tree: its edges must be the moves of their
// positions.
func fitMoves(t *nodes.Tree, root nodes.ID, pos env.Position) error {
	count, _ := t.Len()
	seen := make([]bool, count)
	type place struct {
		node nodes.ID
		next int // of its edges
	}
	var path []place
	var moves []env.Move
	enter := func(n nodes.ID) error {
		seen[n] = true
		path = append(path, place{node: n})
		_, over := pos.Result()
		if over != t.Terminal(n) || pos.ToMove() != t.Player(n) {
			return fmt.Errorf("node %d is not the position that its moves lead to", n)
		}
		if t.Count(n) == 0 {
			return nil // it has none yet, or they were pruned
		}
		moves = pos.Moves(moves[:0])
		at := 0 // moves to equal positions have one edge, that of the first
		for e := range t.Edges(n) {
			for at < len(moves) && moves[at] != env.Move(t.Move(e)) {
				at++
			}
			if at == len(moves) {
				return fmt.Errorf("the steps of node %d are not the moves of its position", n)
			}
			at++
		}
		return nil
	}
	if err := enter(root); err != nil {
		return err
	}
	for {
		at := &path[len(path)-1]
		if at.next == t.Count(at.node) {
			if path = path[:len(path)-1]; len(path) == 0 {
				return nil
			}
			pos.Undo()
			continue
		}
		e := t.At(at.node, at.next)
		at.next++
		if c := t.Child(e); c != nodes.None && !seen[c] {
			pos.Play(env.Move(t.Move(e)))
			if err := enter(c); err != nil {
				return err
			}
		}
	}
}
