package view

import "slices"

// row is one line of a drawn tree below its root.
type row struct {
	edge  int    // position of the edge; -1 in a row that stands for folded edges
	depth int    // 1 under the root
	rails uint64 // bit i: the ancestor i levels up (0: the row itself) is the last of its siblings
	best  bool   // on the principal variation
	again bool   // the child is drawn in another row
	cut   int    // edges of the child that the depth limit hides
	more  int    // folded edges, and
	moreN int    // their visits
}

// sheet decides which rows a drawn tree has.
type sheet struct {
	*Tree
	TextOptions
	best  map[int]bool // edges of the principal variation
	drawn []bool       // by node: its row has been placed
	named []bool       // by node: another row refers to it
}

func newSheet(t *Tree, opt TextOptions) *sheet {
	s := &sheet{Tree: t, TextOptions: opt, best: map[int]bool{}}
	for _, e := range t.Line() {
		s.best[e] = true
	}
	s.drawn = make([]bool, len(t.Nodes))
	s.named = make([]bool, len(t.Nodes))
	return s
}

// rows lists the rows from top to bottom. Waiting rows lie on a stack of its
// own, so that the depth of a tree costs memory and no calls.
func (s *sheet) rows() []row {
	var rows []row
	s.drawn[s.Root] = true
	waiting := s.below(nil, s.Root, row{})
	for len(waiting) > 0 {
		r := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if r.edge >= 0 {
			to := s.Edges[r.edge].To
			switch {
			case s.drawn[to]:
				r.again = true
				s.named[to] = true
			case s.Depth > 0 && r.depth >= s.Depth && len(s.Nodes[to].Out) > 0:
				r.cut = len(s.Nodes[to].Out) // a later, higher row may still draw it
			default:
				s.drawn[to] = true
				waiting = s.below(waiting, to, r)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// below adds the rows under a node to the stack, the first of them last.
func (s *sheet) below(stack []row, node int, parent row) []row {
	edges := slices.Clone(s.Nodes[node].Out)
	slices.SortStableFunc(edges, func(i, j int) int {
		a, b := &s.Edges[i], &s.Edges[j]
		switch {
		case s.best[i] != s.best[j]:
			return order(s.best[i])
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
	shown := 0
	for shown < len(edges) && s.shows(edges[shown], shown) {
		shown++
	}
	base, first := len(stack), row{depth: parent.depth + 1, rails: parent.rails << 1}
	for _, e := range edges[:shown] {
		r := first
		r.edge, r.best = e, s.best[e]
		stack = append(stack, r)
	}
	if shown < len(edges) {
		r := first
		r.edge, r.more = -1, len(edges)-shown
		for _, e := range edges[shown:] {
			r.moreN += int(s.Edges[e].N)
		}
		stack = append(stack, r)
	}
	if len(stack) > base {
		stack[len(stack)-1].rails |= 1
	}
	slices.Reverse(stack[base:])
	return stack
}

// shows reports whether the edge of the given rank among its siblings is drawn.
func (s *sheet) shows(edge, rank int) bool {
	return s.best[edge] || (s.Top < 0 || rank < s.Top) && int(s.Edges[edge].N) >= s.MinVisits
}

func order(first bool) int {
	if first {
		return -1
	}
	return 1
}
