package view

import (
	"bufio"
	"container/heap"
	"fmt"
	"io"
	"strings"
)

// MermaidOptions say how Mermaid writes. The zero value is ready.
type MermaidOptions struct {
	Cells int // of a state or an action before it is cut; 0 means 30
}

// Mermaid refuses texts of more than 50,000 characters and charts of more than
// 500 edges; a document can't change that.
const (
	mermaidBytes = 45_000
	mermaidEdges = 450
)

// Mermaid writes a tree as a flowchart for a page that draws such, a README on
// GitHub for one. What is beyond the limits that Mermaid itself has is summed
// up per node: the most visited edges come first. It returns the first error
// of w.
func Mermaid(w io.Writer, t *Tree, opt MermaidOptions) error {
	if opt.Cells <= 0 {
		opt.Cells = 30
	}
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "flowchart LR")
	if len(t.Nodes) > 0 {
		m := &flowchart{Tree: t, cells: opt.Cells}
		m.best, _, m.most = t.bestEdges()
		m.grow()
		m.finish()
		b.WriteString(m.text.String())
	}
	return b.Flush()
}

// flowchart is a chart in the making.
type flowchart struct {
	*Tree
	cells  int
	best   []bool
	most   int32
	text   strings.Builder
	links  []string // the styles of the edges so far
	drawn  []bool   // by node
	left   []int    // by node: edges that are not drawn
	shades [len(scale)]bool
	plain  bool // a node without a value is drawn
	queue  edgeQueue
	spent  int // bytes, with those that finish needs
}

// grow draws edges, those that matter most first, as far as the limits allow.
func (m *flowchart) grow() {
	m.drawn, m.left = make([]bool, len(m.Nodes)), make([]int, len(m.Nodes))
	m.queue.flowchart = m
	m.node(m.Root, m.nodeLine(m.Root))
	for m.queue.Len() > 0 {
		i := heap.Pop(&m.queue).(int)
		e := &m.Edges[i]
		line := fmt.Sprintf("  n%d %s|\"%s\"| n%d\n", e.From, m.arrow(i), mermaidText(label(e.Action, m.cells)), e.To)
		style := m.linkStyle(i)
		size, node := len(line)+len(style), ""
		if !m.drawn[e.To] {
			node = m.nodeLine(e.To)
			size += len(node) + len(moreLine(e.To, len(m.Edges)))
		}
		if m.spent+size > mermaidBytes || 2*len(m.links) >= mermaidEdges {
			continue
		}
		m.spent += size
		m.left[e.From]--
		if node != "" {
			m.node(e.To, node)
		}
		m.text.WriteString(line)
		m.links = append(m.links, style)
	}
}

// node draws a node and lets its edges wait.
func (m *flowchart) node(at int, line string) {
	m.drawn[at] = true
	m.left[at] = m.Nodes[at].More + len(m.Nodes[at].Out)
	m.text.WriteString(line)
	for _, e := range m.Nodes[at].Out {
		heap.Push(&m.queue, e)
	}
}

func (m *flowchart) nodeLine(at int) string {
	n := &m.Nodes[at]
	sums := fmt.Sprintf("Q %s, N %d", qText(n), n.N)
	if b := n.badge(); b != nil {
		sums += ", " + b.name
	}
	open, shut := `["`, `"]`
	if n.Terminal {
		open, shut = `[["`, `"]]`
	}
	return fmt.Sprintf("  n%d%s%s<br>%s%s:::%s\n", at, open, mermaidText(label(n.State, m.cells)), mermaidText(sums), shut, m.class(n))
}

// class names the colour of a node: Mermaid has classes of them, not gradients.
func (m *flowchart) class(n *Node) string {
	q := n.Q
	switch {
	case n.N > 0:
	case n.Proven():
		q = n.Lo
	default:
		m.plain = true
		return "none"
	}
	i := int(min(max(q, 0), 1)*float64(len(scale)-1) + 0.5)
	m.shades[i] = true
	return fmt.Sprintf("q%d", i)
}

func (m *flowchart) arrow(edge int) string {
	switch {
	case m.best[edge]:
		return "==>"
	case m.Edges[edge].N == 0:
		return "-.->"
	}
	return "-->"
}

func (m *flowchart) linkStyle(edge int) string {
	color, width := "#8b95a1", 1+4*weight(m.Edges[edge].N, m.most)
	if m.best[edge] {
		color, width = "#111111", width+1
	}
	return fmt.Sprintf("  linkStyle %d stroke:%s,stroke-width:%.1fpx\n", len(m.links), color, width)
}

func moreLine(node, n int) string {
	return fmt.Sprintf("  n%d -.- m%d([\"%s\"])\n", node, node, mermaidText(moreText(n)))
}

// finish adds what stands for edges that are not drawn, and the colours.
func (m *flowchart) finish() {
	for i, drawn := range m.drawn {
		if drawn && m.left[i] > 0 {
			m.text.WriteString(moreLine(i, m.left[i]))
		}
	}
	for _, s := range m.links {
		m.text.WriteString(s)
	}
	for i, used := range m.shades {
		if used {
			fmt.Fprintf(&m.text, "  classDef q%d fill:%s,color:%s,stroke:#5b6672\n", i, scale[i], scale[i].ink())
		}
	}
	if m.plain {
		m.text.WriteString("  classDef none fill:#eef0f2,color:#111111,stroke:#5b6672,stroke-dasharray:4 3\n")
	}
}

// mermaidText is a clean text within quotes. All but letters, digits and blanks
// are written as entities: what else means something there depends on the place
// and the version. Nothing at all between quotes is refused.
func mermaidText(s string) string {
	if s == "" {
		return " "
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == ' ', r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// edgeQueue has the best line first, then the most visited edges.
type edgeQueue struct {
	*flowchart
	edges []int
}

func (q *edgeQueue) Len() int { return len(q.edges) }
func (q *edgeQueue) Less(i, j int) bool {
	a, b := q.edges[i], q.edges[j]
	if q.best[a] != q.best[b] {
		return q.best[a]
	}
	if e, f := &q.Edges[a], &q.Edges[b]; e.before(f) || f.before(e) {
		return e.before(f)
	}
	return a < b
}
func (q *edgeQueue) Swap(i, j int) { q.edges[i], q.edges[j] = q.edges[j], q.edges[i] }
func (q *edgeQueue) Push(x any)    { q.edges = append(q.edges, x.(int)) }
func (q *edgeQueue) Pop() any {
	last := q.edges[len(q.edges)-1]
	q.edges = q.edges[:len(q.edges)-1]
	return last
}
