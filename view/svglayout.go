package view

// slot is where something of a picture lies: a node, the end of an edge to a
// node that is drawn elsewhere, or what stands for edges that were left out.
type slot struct {
	edge   int // position of the edge that leads there; -1 for the root and for what was left out
	node   int // position of the node; of what was left out: the node it hangs on
	parent int // its slot; -1 for the root
	level  int
	again  bool // the node is drawn elsewhere
	more   int  // edges that were left out
	y      float64
}

const (
	rowNode  = 50.0
	rowAgain = 26.0
	rowMore  = 24.0
)

// chart lists the slots of a tree, parents before their children, and gives
// each its height: those at the ends of the tree lie one below the other, the
// others in the middle of what is below them. No call is made per level, for a
// tree may be a hundred thousand deep.
func (t *Tree) chart() (slots []slot, nodeSlot []int, height float64) {
	nodeSlot = make([]int, len(t.Nodes))
	for i := range nodeSlot {
		nodeSlot[i] = -1
	}
	best := make([]bool, len(t.Edges))
	for _, e := range t.Line() {
		best[e] = true
	}
	waiting := []slot{{edge: -1, node: t.Root, parent: -1}}
	for len(waiting) > 0 {
		s := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		at := len(slots)
		if s.more == 0 {
			s.again = nodeSlot[s.node] >= 0
		}
		slots = append(slots, s)
		if s.again || s.more > 0 {
			continue
		}
		nodeSlot[s.node] = at
		child := slot{edge: -1, node: s.node, parent: at, level: s.level + 1}
		if n := t.Nodes[s.node].More; n > 0 {
			child.more = n
			waiting = append(waiting, child)
		}
		ranked := t.ranked(s.node)
		for _, first := range []bool{false, true} { // the last one pushed is drawn first
			for i := len(ranked) - 1; i >= 0; i-- {
				if e := ranked[i]; best[e] == first {
					waiting = append(waiting, slot{edge: e, node: t.Edges[e].To, parent: at, level: s.level + 1})
				}
			}
		}
	}
	return slots, nodeSlot, place(slots)
}

// place gives the slots their heights and returns that of all.
func place(slots []slot) float64 {
	// The room of a slot is what it needs itself or what those below it need
	// together, whichever is more.
	below := make([]float64, len(slots))
	room := make([]float64, len(slots))
	for i := len(slots) - 1; i >= 0; i-- {
		room[i] = rowNode
		switch s := &slots[i]; {
		case s.more > 0:
			room[i] = rowMore
		case s.again:
			room[i] = rowAgain
		}
		room[i] = max(room[i], below[i])
		if p := slots[i].parent; p >= 0 {
			below[p] += room[i]
		}
	}
	first := make([]float64, len(slots)) // of the slots below
	last := make([]float64, len(slots))
	next := make([]float64, len(slots)) // where the next slot below begins
	for i := range slots {
		top := 0.0
		if p := slots[i].parent; p >= 0 {
			top = next[p]
			next[p] += room[i]
		}
		next[i] = top + (room[i]-below[i])/2
		slots[i].y = top + room[i]/2
	}
	for i := len(slots) - 1; i >= 0; i-- {
		s := &slots[i]
		if below[i] > 0 {
			s.y = (first[i] + last[i]) / 2
		}
		if s.parent >= 0 {
			if last[s.parent] == 0 {
				last[s.parent] = s.y
			}
			first[s.parent] = s.y
		}
	}
	return room[0]
}
