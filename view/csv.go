package view

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// CSVOptions say how CSV writes. The zero value is ready.
type CSVOptions struct{}

var csvHeader = []string{
	"edge", "parent", "action", "prior", "edge_visits", "best_line", "again", "order",
	"node", "state", "player", "terminal", "reward", "visits", "q", "lo", "hi", "closed", "failed",
	"calls", "prompt_tokens", "completion_tokens", "cache_hits", "more",
}

// CSV writes a table (RFC 4180, with a header) with a row for each edge and the
// node it leads to. A node that no edge leads to, such as the root, has a row of
// its own in which the columns of the edge are empty. q is empty before the
// first visit, reward unless the node is terminal; more counts edges of the node
// that were left out.
//
// Texts are cleaned, so that a row is one line. A spreadsheet takes a text that
// begins with =, +, - or @ for a formula, which may reach other files and
// programs: such texts, and those that begin with a quote, get a quote (') in
// front, which says to a spreadsheet that a text follows. Programs take one
// leading quote away. It returns the first error of w.
func CSV(w io.Writer, t *Tree, _ CSVOptions) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	best, _, _ := t.bestEdges()
	reached := make([]bool, len(t.Nodes))
	for i := range t.Edges {
		reached[t.Edges[i].To] = true
	}
	var row []string
	for i := range t.Nodes {
		if !reached[i] {
			row = append(row[:0], "", "", "", "", "", "", "", "")
			if err := out.Write(t.Nodes[i].csv(row)); err != nil {
				return err
			}
		}
	}
	for i := range t.Edges {
		e := &t.Edges[i]
		row = append(row[:0], csvInt(e.ID), csvInt(t.Nodes[e.From].ID), csvText(e.Action), csvFloat(e.P), csvInt(e.N),
			strconv.FormatBool(best[i]), strconv.FormatBool(e.Again), csvText(e.Order))
		if err := out.Write(t.Nodes[e.To].csv(row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csv adds the columns of a node to a row.
func (n *Node) csv(row []string) []string {
	reward, q := "", ""
	if n.Terminal {
		reward = csvFloat(n.Reward)
	}
	if n.N > 0 {
		q = csvFloat(n.Q)
	}
	return append(row, csvInt(n.ID), csvText(n.State), strconv.Itoa(n.Player), strconv.FormatBool(n.Terminal), reward,
		csvInt(n.N), q, csvFloat(n.Lo), csvFloat(n.Hi), strconv.FormatBool(n.Closed), csvText(n.Failed),
		strconv.Itoa(n.Usage.Calls), strconv.Itoa(n.Usage.PromptTokens), strconv.Itoa(n.Usage.CompletionTokens),
		strconv.Itoa(n.Usage.CacheHits), strconv.Itoa(n.More))
}

func csvInt(n int32) string { return strconv.Itoa(int(n)) }

func csvFloat(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// csvText makes a text harmless to a spreadsheet. Some of them take the wide
// forms of the signs for formulas too, and some look behind blanks.
func csvText(s string) string {
	s = Clean(s)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	if strings.HasPrefix(s, "'") || strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}
