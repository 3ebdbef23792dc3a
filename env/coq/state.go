package coq

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// State is one goal, or several that can't be proved apart.
type State struct {
	at    *way
	goals []proof.Goal
	full  []Full // the same goals, printed in full
	key   string
}

// Full is a goal printed without notations and with all implicit arguments:
// for programs, not for people.
type Full struct {
	Hyps  []proof.Hyp
	Concl string
	// Same is equal for goals that read the same up to the names of hypotheses, at
	// any place of any file; what they mean may differ there.
	Same string
}

// Goals implements proof.State.
func (s *State) Goals() []proof.Goal { return s.goals }

// Full are the goals as Set Printing All prints them.
func (s *State) Full() []Full { return s.full }

// Depth is the number of sentences between the beginning of the proof and here.
func (s *State) Depth() int { return s.at.depth }

// Key implements env.State.
func (s *State) Key() string { return s.key }

// String implements env.State: the first goal, and how many there are.
func (s *State) String() string {
	switch len(s.goals) {
	case 0:
		return "proved"
	case 1:
		return line(s.goals[0])
	}
	return fmt.Sprintf("%s (and %d more that share variables)", line(s.goals[0]), len(s.goals)-1)
}

// line is a goal in one line.
func line(g proof.Goal) string {
	var hyps []string
	for _, h := range g.Hyps {
		hyps = append(hyps, squeeze(h.String()))
	}
	return strings.TrimSpace(strings.Join(hyps, "; ") + " ⊢ " + squeeze(g.Concl))
}

// Outcome implements env.State: the end is where no goal is left.
func (s *State) Outcome() (env.Outcome, bool) {
	if len(s.goals) > 0 {
		return env.Outcome{}, false
	}
	return env.Outcome{Reward: 1, Note: "no goals left"}, true
}

// Branch is a state with several goals that can be proved apart: whoever doubts
// the proof chooses the one to be proved next.
type Branch struct {
	goals []*State
	key   string
}

// Goals are the goals as states of their own.
func (b *Branch) Goals() []*State { return b.goals }

// Key implements env.State.
func (b *Branch) Key() string { return b.key }

// ToMove implements env.Mover: the other side chooses.
func (b *Branch) ToMove() int { return 1 }

// Outcome implements env.State.
func (b *Branch) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

// Actions implements env.Finite: the numbers of the goals.
func (b *Branch) Actions() []string {
	out := make([]string, len(b.goals))
	for i := range out {
		out[i] = strconv.Itoa(i + 1)
	}
	return out
}

// String implements env.State.
func (b *Branch) String() string {
	parts := make([]string, len(b.goals))
	for i, g := range b.goals {
		parts[i] = g.goals[0].Concl
	}
	return fmt.Sprintf("%d goals: %s", len(parts), squeeze(strings.Join(parts, " | ")))
}
