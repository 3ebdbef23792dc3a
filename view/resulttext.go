package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	maxActionCells = 40  // wider actions leave the column of states
	maxStateCells  = 100 // longer texts of states and problems are cut; answers never are
)

// WriteText writes r for people: the steps with the states they lead to, the
// answer, how far it can be trusted, and a line of totals. A line that says
// just "verified" stands for Verified. It returns the first error of w.
func (r Result) WriteText(w io.Writer, color bool) error {
	p := &report{w: bufio.NewWriter(w), color: color}
	p.line("", p.paint(bold, Clean(r.Env)), cut(Clean(r.Problem), maxStateCells, "…"))
	switch r.Status {
	case Unsolvable:
		if p.ending(r) {
			p.path(r.Path)
			break
		}
		p.line("", p.paint(red, "unsolvable: every state was explored"))
	case Solved:
		if p.ending(r) {
			p.path(r.Path)
			break
		}
		p.path(r.Path)
		p.answer(r.Answer)
		if r.Verified {
			p.line("", p.paint(green, "verified"))
		} else {
			p.line("", p.paint(yellow, "not verified"))
		}
	default:
		if p.ending(r) {
			p.path(r.Path)
			break
		}
		if len(r.Path) == 0 && r.Answer == "" {
			p.line("", p.paint(yellow, "nothing found"))
			break
		}
		p.line("", p.paint(yellow, "best so far (not verified)"))
		p.path(r.Path)
		p.answer(r.Answer)
	}
	if reason := Clean(r.Reason); reason != "" && r.Status != Solved && r.Status != Unsolvable {
		p.line("", "ended: "+reason)
	}
	p.line("", p.paint(dim, r.Stats.String()))
	return p.w.Flush()
}

// String writes the totals in one line; what is 0 is left out, but for the
// simulations, nodes and the time.
func (s Stats) String() string {
	parts := []string{amount(s.Simulations, "simulation"), amount(s.Nodes, "node")}
	for _, p := range []struct {
		n    int
		unit string
	}{
		{s.Transpositions, "transposition"},
		{s.Calls, "model call"},
		{s.PromptTokens + s.CompletionTokens, "token"},
		{s.CacheHits, "cache hit"},
		{s.Illegal, "illegal proposal"},
		{s.Merged, "merged proposal"},
		{s.Unparsed, "unparsed reply"},
		{s.Failed, "failed job"},
	} {
		if p.n != 0 {
			parts = append(parts, amount(p.n, p.unit))
		}
	}
	parts = append(parts, clock(time.Duration(s.ElapsedMS)*time.Millisecond))
	return strings.Join(parts, ", ")
}

func amount(n int, unit string) string {
	switch {
	case n == 1:
		return "1 " + unit
	case strings.HasSuffix(unit, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(unit, "y"))
	default:
		return fmt.Sprintf("%d %ss", n, unit)
	}
}

// report writes the lines of a result.
type report struct {
	w     *bufio.Writer
	color bool
}

func (p *report) paint(style, text string) string {
	text = strings.TrimRight(text, " ") // they would be seen by who selects the line
	if !p.color || text == "" {
		return text
	}
	return style + text + reset
}

// line writes the parts that are not empty, two blanks between them.
func (p *report) line(indent string, parts ...string) {
	p.w.WriteString(strings.TrimRight(indent+join(parts), " "))
	p.w.WriteByte('\n')
}

// ending says how a game ends with best play, if that is proven. A problem that has an
// answer, or is unsolvable, is no game.
func (p *report) ending(r Result) bool {
	if r.Ending == nil || r.Answer != "" || !r.Game {
		return false
	}
	words := "a draw"
	switch r.Ending.Value {
	case 1:
		words = "won for the player to move"
	case 0:
		words = "lost for the player to move"
	case 0.5:
	default:
		words = fmt.Sprintf("worth %.2f of 1 to the player to move", r.Ending.Value)
	}
	if r.Ending.Moves > 0 {
		words += ", in at most " + amount(r.Ending.Moves, "ply")
	}
	p.line("", p.paint(green, "proven: "+words))
	return true
}

func (p *report) path(steps []PathStep) {
	wide := 0
	for _, s := range steps {
		if c := cells(Clean(s.Action)); c <= maxActionCells {
			wide = max(wide, c)
		}
	}
	digits := len(fmt.Sprint(len(steps)))
	for i, s := range steps {
		action := Clean(s.Action)
		state := cut(Clean(s.State), maxStateCells, "…")
		blanks := ""
		if state != "" {
			blanks = strings.Repeat(" ", max(wide-cells(action), 0))
		}
		p.line("  ", fmt.Sprintf("%*d. %s%s", digits, i+1, action, blanks), p.paint(dim, state))
	}
}

// answer writes an answer in full: of several lines, such as a proof, each on
// its own, to be copied.
func (p *report) answer(text string) {
	if text == "" {
		return
	}
	text = strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\r\n", "\n")
	lines := strings.Split(text, "\n")
	if len(lines) == 1 {
		p.line("", "answer", p.paint(bold, Clean(text)))
		return
	}
	p.line("", "answer")
	for _, l := range lines {
		p.line("  ", p.paint(bold, Clean(l)))
	}
}
