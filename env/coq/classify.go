package coq

import (
	"errors"
	"strings"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/proof"
)

// signs are words of Coq's errors and what they mean; the first that occurs
// counts.
var signs = []struct {
	class proof.Class
	words []string
}{
	{proof.Memory, []string{"Stack overflow", "Out of memory", "out of memory"}},
	{proof.Interrupted, []string{"User interrupt"}},
	{proof.Timeout, []string{"Timeout!"}},
	{proof.Syntax, []string{"Syntax error", "syntax error", "Lexer:", "Illegal begin of"}},
	{proof.UnknownName, []string{"was not found in the current", "No such hypothesis", "No such bound variable", "Unknown interpretation", "is not a defined", "not found in the current environment", "No such goal variable"}},
	{proof.WrongCount, []string{"Incorrect number of goals", "No such goal", "expects", "Not the right number"}},
	{proof.NoUnify, []string{"Unable to unify", "Cannot unify", "No matching clauses", "Found no subterm matching", "Unable to find an instance", "does not match", "Impossible to unify", "No applicable tactic", "No matching", "does not have enough premises"}},
	{proof.Mismatch, []string{"has type", "The term", "Illegal application", "is expected to have type", "Not an inductive", "not inductive", "Not a"}},
	{proof.NoProgress, []string{"Failed to progress", "Nothing to"}},
}

// classify says what kind of refusal Coq's words are.
func classify(err error) (proof.Class, string) {
	switch {
	case errors.Is(err, errDesync):
		return proof.Desync, canonical(err.Error())
	case errors.Is(err, ide.ErrTimeout):
		return proof.Timeout, "took too long"
	case errors.Is(err, ide.ErrDied):
		return proof.Died, "Coq died of it"
	}
	text := err.Error()
	for _, s := range signs {
		for _, w := range s.words {
			if strings.Contains(text, w) {
				return s.class, canonical(text)
			}
		}
	}
	return proof.Other, canonical(text)
}

// canonical is what is kept of an error text: one line, the last sentence if
// there is too much, 200 characters.
func canonical(text string) string {
	text = strings.TrimSpace(squeeze(text))
	if len(text) > 200 {
		if i := strings.LastIndex(strings.TrimSuffix(text, "."), ". "); i > 0 && len(text)-i > 20 {
			text = text[i+2:]
		}
	}
	return clip(text, 200)
}
