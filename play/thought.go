package play

import (
	"cmp"
	"slices"

	"github.com/ponder-mcts/ponder/event"
)

// Thought is what a player found out about a position.
type Thought struct {
	By   string // who thought
	Ply  int    // of the position: moves made before it
	Seat int    // of the player to move there
	// Moves are the legal ones, the best first. Where they can't be listed they are
	// those that were proposed.
	Moves []Rated
	Best  string   // the move to make
	Line  []string // the moves that both sides prefer from here, Best first
	// Simulations that were made, those kept from earlier moves included; 0 where
	// nothing was searched, and nothing but priors is known.
	Simulations int
	Value       float64 // of the position for the player to move, in [0,1]; nothing without simulations
	Proof       Proof   // of the position
	Reason      string  // why the search ended, as in package mcts
	// Events tell of the search tree, its most visited nodes, where that was asked for.
	Events []event.Event
}

// Searched reports whether there are values, and not only priors.
func (t *Thought) Searched() bool { return t.Simulations > 0 || t.Proof.Known }

// Of finds what was thought of a move.
func (t *Thought) Of(action string) (Rated, bool) {
	i := slices.IndexFunc(t.Moves, func(r Rated) bool { return r.Action == action })
	if i < 0 {
		return Rated{Action: action}, false
	}
	return t.Moves[i], true
}

// Rated is a move with what was found out about it.
type Rated struct {
	Action string
	N      int     // visits
	Q      float64 // mean value for who makes the move, in [0,1]; nothing without visits
	P      float64 // prior probability
	Proof  Proof   // for who makes the move, which is one of the plies to the end
}

// Worth is the value of the move for who makes it: the proven one, else the mean.
func (r Rated) Worth() (value float64, known bool) {
	if r.Proof.Known {
		return r.Proof.Value, true
	}
	return r.Q, r.N > 0
}

// sort puts the best move first and those that lose for certain last; between are
// the others by visits, then by prior.
func (t *Thought) sort() {
	class := func(r Rated) int {
		switch {
		case r.Action == t.Best:
			return 0
		case r.Proof.Known && r.Proof.Value == 0:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(t.Moves, func(a, b Rated) int {
		return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(b.N, a.N), cmp.Compare(b.P, a.P))
	})
}

// hurry is the move for a position whose value is proven: who wins takes the
// nearest end, who loses the one that is farthest away.
func (t *Thought) hurry() (action string, found bool) {
	best := -1
	far := func(p Proof) int { return cmp.Or(p.Plies, unknownEnd) }
	for i, r := range t.Moves {
		if !t.Proof.Known || !r.Proof.Known || r.Proof.Value != t.Proof.Value {
			continue
		}
		switch {
		case best < 0,
			t.Proof.Value == 1 && far(r.Proof) < far(t.Moves[best].Proof),
			t.Proof.Value == 0 && far(r.Proof) > far(t.Moves[best].Proof):
			best = i
		}
	}
	if best < 0 || t.Proof.Value != 0 && t.Proof.Value != 1 {
		return "", false
	}
	return t.Moves[best].Action, true
}

// unknownEnd is farther away than any end that is known.
const unknownEnd = 1 << 30
