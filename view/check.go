package view

import (
	"errors"
	"fmt"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// slack forgives the rounding of sums and means of numbers in [0,1].
const slack = 1e-6

// check reports why e can't follow the events before it. It changes nothing,
// so that a refused event leaves no trace.
func (t *Tree) check(e event.Event) error {
	if bodies := bodies(e); bodies != 1 {
		return fmt.Errorf("it says %d things, not one", bodies)
	}
	if t.Pruned != nil {
		return errors.New("parts of the tree were left out: no event can follow")
	}
	if e.Seq != t.seq+1 {
		return fmt.Errorf("event %d was expected", t.seq+1)
	}
	if (e.Started != nil) != (t.seq == 0) {
		return errors.New("a search starts once, with its first event")
	}
	if t.End != nil && e.Moved == nil && e.Resumed == nil {
		return errors.New("the search had ended")
	}
	switch {
	case e.Started != nil:
		if e.Started.Version != event.Version {
			return fmt.Errorf("format version %d, not %d", e.Started.Version, event.Version)
		}
		return checkNode(e.Started.Root)
	case e.Grown != nil:
		return t.checkGrown(e.Grown)
	case e.Visited != nil:
		return t.checkVisited(e.Visited)
	case e.Failed != nil:
		if _, err := t.node(e.Failed.Node); err != nil {
			return err
		}
		return checkUsage(e.Failed.Usage)
	case e.Moved != nil:
		return t.checkMoved(e.Moved)
	case e.Steered != nil:
		return t.checkSteered(e.Steered)
	case e.Resumed != nil:
		return nil
	case e.Earlier != nil:
		if min(e.Earlier.Simulations, e.Earlier.Illegal, e.Earlier.Merged, e.Earlier.Failed) < 0 {
			return errors.New("a count is negative")
		}
		return checkUsage(e.Earlier.Usage)
	default:
		return t.checkEnded(e.Ended)
	}
}

func bodies(e event.Event) int {
	n := 0
	for _, set := range []bool{e.Started != nil, e.Grown != nil, e.Visited != nil, e.Failed != nil, e.Moved != nil, e.Steered != nil, e.Resumed != nil, e.Earlier != nil, e.Ended != nil} {
		if set {
			n++
		}
	}
	return n
}

func (t *Tree) node(id int32) (*Node, error) {
	i, ok := t.nodeAt[id]
	if !ok {
		return nil, fmt.Errorf("node %d is unknown", id)
	}
	return &t.Nodes[i], nil
}

func checkNode(n event.Node) error {
	if n.Terminal && !within(n.Reward) {
		return fmt.Errorf("node %d: reward %v is outside [0,1]", n.ID, n.Reward)
	}
	return nil
}

func (t *Tree) checkGrown(g *event.Grown) error {
	n, err := t.node(g.Node)
	if err != nil {
		return err
	}
	if len(g.Edges) > 0 && (n.Terminal || n.Closed) {
		return fmt.Errorf("node %d can't have further children", g.Node)
	}
	if g.Illegal < 0 || g.Merged < 0 {
		return errors.New("a count is negative")
	}
	reached := make(map[int32]bool, len(g.New)) // the new nodes: has an edge led there?
	for _, c := range g.New {
		_, known := t.nodeAt[c.ID]
		_, twice := reached[c.ID]
		if known || twice {
			return fmt.Errorf("node %d is not new", c.ID)
		}
		reached[c.ID] = false
		if err := checkNode(c); err != nil {
			return err
		}
	}
	made := make(map[int32]bool, len(g.Edges))
	for _, e := range g.Edges {
		if _, known := t.edgeAt[e.ID]; known || made[e.ID] {
			return fmt.Errorf("edge %d is not new", e.ID)
		}
		made[e.ID] = true
		if !within(e.Prior) {
			return fmt.Errorf("edge %d: prior %v is outside [0,1]", e.ID, e.Prior)
		}
		if _, fresh := reached[e.Child]; fresh {
			reached[e.Child] = true
		} else if _, err := t.node(e.Child); err != nil {
			return err
		}
	}
	for _, c := range g.New {
		if !reached[c.ID] {
			return fmt.Errorf("no edge leads to the new node %d", c.ID)
		}
	}
	if err := checkUsage(g.Usage); err != nil {
		return err
	}
	return t.checkStats(g.Stats, reached, made)
}

func (t *Tree) checkVisited(v *event.Visited) error {
	leaf, err := t.follow(v.Path)
	if err != nil {
		return err
	}
	if id := t.Nodes[leaf].ID; id != v.Leaf {
		return fmt.Errorf("the path ends at node %d, not at %d", id, v.Leaf)
	}
	if err := v.Value.Check(); err != nil {
		return err
	}
	if err := checkUsage(v.Usage); err != nil {
		return err
	}
	return t.checkStats(v.Stats, nil, nil)
}

func (t *Tree) checkMoved(m *event.Moved) error {
	end, err := t.follow([]int32{m.Edge})
	if err != nil {
		return err
	}
	if id := t.Nodes[end].ID; id != m.Root {
		return fmt.Errorf("edge %d leads to node %d, not to %d", m.Edge, id, m.Root)
	}
	return t.checkStats(m.Stats, nil, nil)
}

func (t *Tree) checkSteered(s *event.Steered) error {
	for _, id := range s.Edges {
		if _, ok := t.edgeAt[id]; !ok {
			return fmt.Errorf("edge %d is unknown", id)
		}
	}
	switch s.Order {
	case event.Pin, event.Forbid, event.Free:
		return nil
	}
	return fmt.Errorf("unknown order %q", s.Order)
}

func (t *Tree) checkEnded(e *event.Ended) error {
	switch e.Status {
	case Solved, Unsolved, Unsolvable:
	default:
		return fmt.Errorf("unknown status %q", e.Status)
	}
	_, err := t.follow(e.Line)
	return err
}

// follow returns the position of the node that a path of edges from the root
// leads to.
func (t *Tree) follow(path []int32) (int, error) {
	at := t.Root
	for _, id := range path {
		i, ok := t.edgeAt[id]
		if !ok {
			return 0, fmt.Errorf("edge %d is unknown", id)
		}
		if t.Edges[i].From != at {
			return 0, fmt.Errorf("edge %d does not leave node %d", id, t.Nodes[at].ID)
		}
		at = t.Edges[i].To
	}
	return at, nil
}

// checkStats checks numbers for what is in the tree or comes with this event.
func (t *Tree) checkStats(s event.Stats, nodes, edges map[int32]bool) error {
	for _, c := range s.Nodes {
		if _, fresh := nodes[c.ID]; !fresh {
			if _, err := t.node(c.ID); err != nil {
				return err
			}
		}
		if c.N < 0 || !within(c.Q) || !within(c.Lo) || !within(c.Hi) || c.Lo > c.Hi+slack {
			return fmt.Errorf("node %d: impossible numbers N %d, Q %v, bounds %v to %v", c.ID, c.N, c.Q, c.Lo, c.Hi)
		}
	}
	for _, c := range s.Edges {
		if _, known := t.edgeAt[c.ID]; !known && !edges[c.ID] {
			return fmt.Errorf("edge %d is unknown", c.ID)
		}
		if c.N < 0 {
			return fmt.Errorf("edge %d: %d visits", c.ID, c.N)
		}
		if !within(c.P) {
			return fmt.Errorf("edge %d: prior %v is outside [0,1]", c.ID, c.P)
		}
	}
	return nil
}

func checkUsage(u env.Usage) error {
	if min(u.Calls, u.PromptTokens, u.CompletionTokens, u.CacheHits, u.Unparsed) < 0 {
		return errors.New("a count of the usage is negative")
	}
	return nil
}

// within reports whether x is a probability; not-a-number is none.
func within(x float64) bool { return x >= -slack && x <= 1+slack }
