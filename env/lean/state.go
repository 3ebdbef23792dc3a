package lean

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
)

// state is a proof.State: goals that are worked on together, or none. It is a
// value: it holds the tactics that lead to it, and nothing of a process.
type state struct {
	env    *Env
	parent *state // nil at the root
	tactic string // the step from parent, as the REPL was sent it
	id     string // names the tactics from the root to here

	printed []printed
	goals   []proof.Goal
	key     string
	// admitted: other goals were closed with sorry on the way, to isolate this one.
	admitted bool
}

func (e *Env) newState(parent *state, tactic string, goals []printed) *state {
	s := &state{env: e, parent: parent, tactic: tactic, printed: goals, id: "root"}
	if parent != nil {
		s.id, s.admitted = digest(parent.id, tactic), parent.admitted
	}
	for _, g := range goals {
		s.goals = append(s.goals, g.goal(e.salt))
	}
	s.key = stateKey(e.salt, goals)
	return s
}

// Goals are those that are left.
func (s *state) Goals() []proof.Goal { return append([]proof.Goal(nil), s.goals...) }

// Key stands for the goals, whatever way led to them.
func (s *state) Key() string { return s.key }

// Outcome is a success when no goal is left.
func (s *state) Outcome() (env.Outcome, bool) {
	if len(s.goals) > 0 {
		return env.Outcome{}, false
	}
	return env.Outcome{Reward: 1, Note: "no goals are left"}, true
}

// String shows the goals, hypotheses first.
func (s *state) String() string { return show(s.goals, "no goals") }

func show(goals []proof.Goal, none string) string {
	switch len(goals) {
	case 0:
		return none
	case 1:
		return goals[0].String()
	}
	var b strings.Builder
	for i, g := range goals {
		if i > 0 {
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "goal %d of %d\n%s", i+1, len(goals), g)
	}
	return b.String()
}

// fork is an AND state: several goals that are proved apart. It is proved when
// each of them is; the player to move picks the one that fails.
type fork struct{ at *state }

// String shows all the goals.
func (f *fork) String() string { return show(f.at.goals, "") }

// Key tells a fork from the same goals together.
func (f *fork) Key() string { return "and:" + f.at.key }

// Outcome is open.
func (f *fork) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

// ToMove is the opponent.
func (f *fork) ToMove() int { return 1 }

// Actions are the numbers of the goals.
func (f *fork) Actions() []string {
	names := make([]string, len(f.at.goals))
	for i := range names {
		names[i] = strconv.Itoa(i + 1)
	}
	return names
}

// take is the state of one of the goals.
func (f *fork) take(action string) (env.State, error) {
	n, err := strconv.Atoi(action)
	if err != nil || n < 1 || n > len(f.at.goals) || strconv.Itoa(n) != action {
		return nil, env.Illegal(action, "there are %d goals to choose from, by their numbers: 1 to %d", len(f.at.goals), len(f.at.goals))
	}
	e, i := f.at.env, n-1
	s := e.newState(f.at, isolate(i, len(f.at.goals)), f.at.printed[i:i+1])
	s.admitted = true
	return s, nil
}

// isolate is the tactic that leaves goal i (from 0) of n: it closes the others.
func isolate(i, n int) string {
	var steps []string
	for range i {
		steps = append(steps, "sorry")
	}
	if after := n - 1 - i; after > 0 {
		steps = append(steps, "rotate_left 1")
		for range after {
			steps = append(steps, "sorry")
		}
	}
	return "(" + strings.Join(steps, "; ") + ")"
}
