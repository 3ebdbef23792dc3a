package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// DOTOptions say how DOT writes. The zero value is ready.
type DOTOptions struct {
	Cells int // of a state or an action before it is cut; 0 means 40
}

// DOT writes a tree for Graphviz, to be laid out and restyled there: nodes
// coloured by their value, edges as thick as they were visited often, those
// without visits dashed, the principal variation bold and dark. A state that
// several edges lead to is one node with several edges. It returns the first
// error of w.
func DOT(w io.Writer, t *Tree, opt DOTOptions) error {
	if opt.Cells <= 0 {
		opt.Cells = 40
	}
	text := func(s string) string { return dotText(label(s, opt.Cells)) }
	b := bufio.NewWriter(w)
	put := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	put(`digraph ponder {`)
	put(`  graph [rankdir=LR, bgcolor=white, fontname="Helvetica", labelloc=t, labeljust=l, label="%s\n%s\l"];`,
		dotText(t.title(100)), dotText(strings.Join(append(t.status(), t.caption()...), " · ")))
	put(`  node [shape=box, style="rounded,filled", fontname="DejaVu Sans Mono", fontsize=10, color="#5b6672"];`)
	put(`  edge [fontname="DejaVu Sans Mono", fontsize=10, color="#8b95a1", arrowsize=0.6];`)
	best, onLine, most := t.bestEdges()
	for i := range t.Nodes {
		n := &t.Nodes[i]
		fill, known := n.fill()
		marks := ""
		if !known {
			marks = `, style="rounded,filled,dashed"`
		}
		if n.Terminal {
			marks += `, peripheries=2`
		}
		if onLine[i] {
			marks += `, color="#111111", penwidth=2.5`
		}
		sums := fmt.Sprintf("Q %s  N %d", qText(n), n.N)
		if b := n.badge(); b != nil {
			sums += "  " + b.name
		}
		put(`  n%d [label="%s\n%s", fillcolor="%s", fontcolor="%s"%s];`, i, text(n.State), sums, fill, fill.ink(), marks)
		if n.More > 0 {
			put(`  more%d [label="%s", shape=plaintext, style=""];`, i, moreText(n.More))
			put(`  n%d -> more%d [style=dotted, arrowhead=none];`, i, i)
		}
	}
	for i := range t.Edges {
		e := &t.Edges[i]
		style := fmt.Sprintf(`, penwidth=%.1f`, 1+4*weight(e.N, most))
		switch {
		case best[i]:
			style = fmt.Sprintf(`, penwidth=%.1f, style=bold, color="#111111"`, 2+4*weight(e.N, most))
		case e.N == 0:
			style = `, style=dashed`
		}
		put(`  n%d -> n%d [label="%s"%s];`, e.From, e.To, text(e.Action), style)
	}
	put(`}`)
	return b.Flush()
}

// bestEdges are the edges of the principal variation and the nodes on it, by
// position, and the most visits of an edge.
func (t *Tree) bestEdges() (edges, nodes []bool, most int32) {
	edges, nodes = make([]bool, len(t.Edges)), make([]bool, len(t.Nodes))
	if len(t.Nodes) > 0 {
		nodes[t.Root] = true
	}
	for _, e := range t.Line() {
		edges[e], nodes[t.Edges[e].To] = true, true
	}
	for i := range t.Edges {
		most = max(most, t.Edges[i].N)
	}
	return edges, nodes, most
}

// dotText is a clean text within quotes: backslashes begin escapes there, and
// ampersands entities.
func dotText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(s)
}
