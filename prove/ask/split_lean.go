package ask

import (
	"regexp"
	"strings"
)

// row is a line of a Lean proof.
type row struct {
	from, to int // without the blanks around it
	col      int
	item     bool // of a numbered list
}

// lean cuts at the lines that are not indented deeper than the one before them.
// What stands behind a dot that focuses a goal is a proof of its own.
func (m masked) lean() []piece {
	s := string(m.text)
	var rows []row
	item := false
	m.eachLine(func(from, to int) {
		item = item || m.starts[from]
		line := s[from:to]
		text := strings.TrimSpace(line)
		if text == "" {
			return
		}
		start := from + strings.Index(line, text)
		rows = append(rows, row{start, start + len(text), column(line), item})
		item = false
	})
	var out []piece
	leanBlock(s, rows, &out)
	return out
}

var (
	// opens are the ends of lines that more must follow.
	opens = regexp.MustCompile(`(?:\b(?:by|with|at|from|do|then|else|calc|using)|=>|:=|<;>|[,;(\[{⟨←|:+/=∧∨→-])$`)
	// joins are the beginnings of lines that belong to the one before.
	joins = regexp.MustCompile(`^(?:(?:at|with|using|from|else|then)\b|<;>|=>|:=|[|)\]}⟩,;=])`)
	// focus is the dot that focuses a goal.
	focus = regexp.MustCompile(`^(?:[·.]|[-*+])(?:\s+|$)`)
)

func leanBlock(s string, rows []row, out *[]piece) {
	if deeper(s, rows) {
		leanPiece(s, rows[:1], out)
		rows = rows[1:]
	}
	for len(rows) > 0 {
		n := leanGroup(s, rows)
		leanPiece(s, rows[:n], out)
		rows = rows[n:]
	}
}

// leanGroup is how many rows the first tactic has.
func leanGroup(s string, rows []row) int {
	base := rows[0].col
	depth := 0
	for i, r := range rows {
		text := s[r.from:r.to]
		if i > 0 && (r.item || r.col <= base && depth <= 0 && !joins.MatchString(text) && !opens.MatchString(s[rows[i-1].from:rows[i-1].to])) {
			return i
		}
		depth += strings.Count(text, "(") + strings.Count(text, "[") + strings.Count(text, "⟨") + strings.Count(text, "{")
		depth -= strings.Count(text, ")") + strings.Count(text, "]") + strings.Count(text, "⟩") + strings.Count(text, "}")
	}
	return len(rows)
}

// deeper reports whether all other rows are indented deeper than the first for
// no reason: a model that goes on from a prompt leaves out the first indentation.
func deeper(s string, rows []row) bool {
	if len(rows) < 2 || rows[0].item {
		return false
	}
	first := s[rows[0].from:rows[0].to]
	if opens.MatchString(first) || focus.MatchString(first) {
		return false
	}
	for _, r := range rows[1:] {
		if r.col <= rows[0].col {
			return false
		}
	}
	return !joins.MatchString(s[rows[1].from:rows[1].to])
}

func leanPiece(s string, rows []row, out *[]piece) {
	first := s[rows[0].from:rows[0].to]
	if n := len(focus.FindString(first)); n > 0 {
		inner := rows[1:]
		if n < len(first) {
			rows[0].from += n
			rows[0].col += len([]rune(first[:n]))
			inner = rows
		}
		leanBlock(s, inner, out)
		return
	}
	var texts []string
	var cols []int
	for _, r := range rows {
		texts, cols = append(texts, s[r.from:r.to]), append(cols, r.col)
	}
	last := rows[len(rows)-1]
	*out = append(*out, piece{indent(texts, cols), rows[0].from, last.to, strings.Contains(s[last.to:], "\n")})
}
