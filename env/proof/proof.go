// Package proof is the vocabulary of proofs, shared by the proof assistants
// (env/coq, env/lean) and by those who search in them: goals, refused tactics,
// premises, and a finished proof as a tree.
package proof

import (
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// Hyp is one hypothesis, or a variable with its type.
type Hyp struct {
	Name string // as a tactic would write it
	Body string // of a local definition (x := Body : Type); mostly empty
	Type string
}

func (h Hyp) String() string {
	if h.Body != "" {
		return h.Name + " := " + h.Body + " : " + h.Type
	}
	return h.Name + " : " + h.Type
}

// Goal is what is to be proved, as a person reads it.
type Goal struct {
	Hyps  []Hyp
	Concl string
	// Key identifies the goal: equal keys are equal goals up to the names of
	// hypotheses. It means nothing outside of the file and its place in it.
	Key string
	// Open says that existential variables occur in the goal, so that it can't
	// be proved apart from those it shares them with.
	Open bool
}

// String has a line for each hypothesis and one for the conclusion.
func (g Goal) String() string {
	var b strings.Builder
	for _, h := range g.Hyps {
		b.WriteString(h.String() + "\n")
	}
	return b.String() + "⊢ " + g.Concl
}

// Place is where a proof is missing in a file.
type Place struct {
	Name      string // of the theorem; empty if it has none
	Kind      string // what stands there, such as Admitted or sorry
	Line, Col int    // from 1, Col in characters
}

func (p Place) String() string {
	name := p.Name
	if name == "" {
		name = "(no name)"
	}
	return fmt.Sprintf("%s (%s) at %d:%d", name, p.Kind, p.Line, p.Col)
}

// State is a state of a proof: one goal, or several that can't be proved apart
// because they share existential variables. A tactic works on the first.
type State interface {
	env.State
	// Goals are those that are left, in order; none when all are proved.
	Goals() []Goal
}

// Class says why a tactic was refused.
type Class string

const (
	Syntax      Class = "syntax"
	UnknownName Class = "unknown name"
	Mismatch    Class = "type mismatch"
	NoUnify     Class = "no unification"
	NoProgress  Class = "no progress" // it worked and changed nothing
	WrongCount  Class = "wrong number of goals"
	Other       Class = "refused"
	Forbidden   Class = "forbidden" // never sent to the prover
	// The outcomes from here on say something about the moment, not about the
	// tactic: they are never kept as final.
	Timeout     Class = "timeout"
	Interrupted Class = "interrupted"
	Memory      Class = "out of memory or stack"
	Died        Class = "prover died"
	Desync      Class = "prover out of step"
)

// Final reports whether the same tactic would be refused again for certain.
func (c Class) Final() bool {
	switch c {
	case Timeout, Interrupted, Memory, Died, Desync:
		return false
	}
	return true
}

// Failure is a tactic that was refused in a state, with the prover's words: one
// line, at most 200 characters.
type Failure struct {
	Tactic string
	Class  Class
	Text   string
}

// Failures is the ability of an Environment to tell what was
// refused in a state so far, oldest first.
type Failures interface {
	Failures(s env.State) []Failure
}

// Premise is a lemma, an axiom or a constructor that may be used.
type Premise struct {
	Name      string
	Statement string
	// Proof is the text of its proof, for lemmas of the same file that stand
	// before the one to be proved; empty elsewhere.
	Proof string
}

// Tree is a finished proof: a tactic, and the proofs of what it leaves.
type Tree struct {
	Tactic string
	// Next has a proof for each goal that the tactic leaves, in order. If
	// Together is set there are several goals that can't be proved apart, and
	// Next has a single tree that begins at the first and ends when none is left.
	Next     []*Tree
	Together bool
}

// Size is the number of tactics in a proof.
func (t *Tree) Size() int {
	n, work := 0, []*Tree{t}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = append(work[:len(work)-1], at.Next...)
		n++
	}
	return n
}
