package tidy

import (
	"strings"
	"unicode/utf8"

	"github.com/ponder-mcts/ponder/env/proof"
)

const (
	oneTactics = 3
	oneChars   = 60
)

// One writes a short proof as a single sentence, "tac; [ a | b ].": at most
// three tactics and 60 characters with the dot. It reports false for proofs that
// are longer, and for those with goals that can't be proved apart: how many of
// them a tactic ends is not in the tree.
func One(t *proof.Tree) (string, bool) {
	if t == nil || SizeOf(t).Tactics > oneTactics {
		return "", false
	}
	text, ok := one(t)
	text += "."
	if !ok || utf8.RuneCountInString(text) > oneChars {
		return "", false
	}
	return text, true
}

func one(t *proof.Tree) (string, bool) {
	if t == nil || t.Together {
		return "", false
	}
	text := sentence(t.Tactic)
	if len(t.Next) == 0 {
		return text, text != ""
	}
	if lex(text).swallows() {
		text = "(" + text + ")"
	}
	parts := make([]string, len(t.Next))
	for i, c := range t.Next {
		var ok bool
		if parts[i], ok = one(c); !ok {
			return "", false
		}
	}
	if len(parts) == 1 {
		return text + "; " + parts[0], text != ""
	}
	return text + "; [ " + strings.Join(parts, " | ") + " ]", text != ""
}
