package view

import (
	"fmt"
	"strings"
)

// label is a text as one clean line of at most w cells, for pictures.
func label(s string, w int) string {
	// What lies far beyond the room need not be looked at: a text may have
	// megabytes, and a tree thousands of them.
	const perCell = 64
	room, whole := w*perCell, true
	if len(s) > room {
		s, whole = strings.ToValidUTF8(s[:room], ""), false
	}
	s = strings.TrimRight(Clean(s), " ")
	if !whole && cells(s) < w {
		s += "…"
	}
	return cut(s, w, "…")
}

// qText is the mean value of a node as text: none before its first visit.
func qText(n *Node) string {
	if n.N == 0 {
		return unicodeGlyphs.none
	}
	return fmt.Sprintf("%.2f", n.Q)
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// title is what was asked: the environment and the problem.
func (t *Tree) title(w int) string {
	return label(t.Start.Env+" · "+t.Start.Problem, w)
}

// status is what a search came to, and how it was made.
func (t *Tree) status() []string {
	state := "running"
	if t.End != nil {
		state = label(t.End.Status, 20)
		if t.End.Status != Solved && t.End.Reason != "" {
			state += " (" + label(t.End.Reason, 20) + ")"
		}
	}
	words := []string{state}
	for _, s := range []string{t.Start.Model, t.Start.Strategy, t.Start.Run} {
		if s != "" {
			words = append(words, label(s, 30))
		}
	}
	return words
}

// caption sums up a search, and what of it is there to be drawn.
func (t *Tree) caption() []string {
	nodes, edges := len(t.Nodes), len(t.Edges)
	if p := t.Pruned; p != nil {
		nodes, edges = p.Nodes, p.Edges
	}
	words := []string{counted(t.Simulations, "simulation"), counted(nodes, "node"), counted(edges, "edge")}
	for _, c := range []struct {
		n    int
		noun string
	}{
		{t.Transpositions, "transposition"}, {t.Usage.Calls, "model call"},
		{t.Usage.PromptTokens + t.Usage.CompletionTokens, "token"}, {t.Usage.CacheHits, "cache hit"},
	} {
		if c.n > 0 {
			words = append(words, counted(c.n, c.noun))
		}
	}
	if p := t.Pruned; p != nil {
		words = append(words, fmt.Sprintf("of which %s and %s are drawn", counted(len(t.Nodes), "node"), counted(len(t.Edges), "edge")))
		for _, l := range []struct {
			n    int
			name string
		}{{p.Top, "top"}, {p.Depth, "depth"}, {p.MinVisits, "min-visits"}} {
			if l.n > 0 {
				words = append(words, fmt.Sprintf("%s %d", l.name, l.n))
			}
		}
	}
	return words
}
