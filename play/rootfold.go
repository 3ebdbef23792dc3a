package play

import "github.com/ponder-mcts/ponder/event"

// rootFold is the fold of the events of a search, as far as they tell of its root.
type rootFold struct {
	root        event.Node
	edges       []event.Edge // of the root
	player      map[int32]int
	end         map[int32]bool // nodes that end the game
	nodes       map[int32]event.NodeStats
	visits      map[int32]int32 // of edges
	priors      map[int32]float64
	simulations int
}

func (f *rootFold) apply(e event.Event) {
	switch {
	case e.Started != nil:
		*f = rootFold{
			root: e.Started.Root, player: map[int32]int{}, end: map[int32]bool{}, nodes: map[int32]event.NodeStats{},
			visits: map[int32]int32{}, priors: map[int32]float64{},
		}
	case e.Grown != nil:
		for _, n := range e.Grown.New {
			f.player[n.ID], f.end[n.ID] = n.Player, n.Terminal
			if n.Terminal {
				f.nodes[n.ID] = event.NodeStats{ID: n.ID, Lo: n.Reward, Hi: n.Reward}
			}
		}
		if e.Grown.Node == f.root.ID {
			f.edges = append(f.edges, e.Grown.Edges...)
		}
		f.assign(e.Grown.Stats)
	case e.Visited != nil:
		f.simulations++
		f.assign(e.Visited.Stats)
	}
}

func (f *rootFold) assign(s event.Stats) {
	for _, n := range s.Nodes {
		f.nodes[n.ID] = n
	}
	for _, x := range s.Edges {
		f.visits[x.ID] = x.N
		if x.P != 0 {
			f.priors[x.ID] = x.P
		}
	}
}

// report rates the legal moves, or those that were proposed where actions is nil.
// Moves that lead to the same state as another one were not looked at.
func (f *rootFold) report(actions []string) *Thought {
	rated := map[string]Rated{}
	for _, x := range f.edges {
		r := Rated{Action: x.Action, N: int(f.visits[x.ID]), P: x.Prior}
		if p, changed := f.priors[x.ID]; changed {
			r.P = p
		}
		if s, known := f.nodes[x.Child]; known {
			low, high := s.Lo, s.Hi
			r.Q = s.Q
			if f.player[x.Child] != f.root.Player {
				low, high, r.Q = 1-high, 1-low, 1-s.Q
			}
			if low == high {
				r.Proof = Proof{Known: true, Value: low}
				if f.end[x.Child] {
					r.Proof.Plies = 1
				}
			}
			if r.N == 0 {
				r.Q = 0
			}
		}
		rated[x.Action] = r
	}
	t := &Thought{Simulations: f.simulations}
	if s, known := f.nodes[f.root.ID]; known {
		t.Value = s.Q
		if s.Lo == s.Hi {
			t.Value, t.Proof = s.Lo, Proof{Known: true, Value: s.Lo}
		}
	}
	if actions == nil {
		for _, x := range f.edges {
			actions = append(actions, x.Action)
		}
	}
	for _, a := range actions {
		r, known := rated[a]
		if !known {
			r = Rated{Action: a}
		}
		t.Moves = append(t.Moves, r)
	}
	return t
}
