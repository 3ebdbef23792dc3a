package lean

import (
	"strings"

	"github.com/ponder-mcts/ponder/env/proof"
)

// Format writes a proof the way people do: a tactic to a line, and for each of
// several goals a block that begins with · and is indented by two spaces. It ends
// without a newline; no proof is an empty text.
func Format(t *proof.Tree) string {
	return strings.Join(formatLines(t), "\n")
}

// formatLines are the lines of a proof, without indentation.
func formatLines(t *proof.Tree) []string {
	var lines []string
	for t != nil {
		lines = append(lines, strings.Split(Clean(t.Tactic), "\n")...)
		if len(t.Next) != 1 {
			break
		}
		t = t.Next[0]
	}
	if t == nil {
		return lines
	}
	for _, branch := range t.Next {
		for i, line := range formatLines(branch) {
			bullet := "  "
			if i == 0 {
				bullet = "· "
			}
			lines = append(lines, bullet+line)
		}
	}
	return lines
}
