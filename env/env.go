// Package env is the vocabulary of ponder: states, steps, candidates, values.
//
// A problem is an Environment that makes immutable States out of text steps.
// The package knows neither trees nor models, and its sub-packages are the
// problems themselves (env/countdown, …).
package env

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// State is one immutable situation of a problem.
//
// Implementations must be safe for concurrent use: several branches of a
// search hold the same State.
type State interface {
	// String is what a person or a model reads: one line where possible.
	String() string
	// Key identifies the state: equal keys mean equal futures, so that a
	// search may merge them (a transposition).
	Key() string
	// Outcome reports whether the state ends the problem, and how.
	Outcome() (Outcome, bool)
}

// Outcome is the end of a problem as its own rules see it.
type Outcome struct {
	// Reward is the success in [0,1] for the player to move.
	Reward float64
	// Note says in a few words why, for people.
	Note string
}

// Environment makes states. Its methods are safe for concurrent use.
type Environment interface {
	// Start reads a problem text. A text it can't read is an *InputError.
	Start(ctx context.Context, problem string) (State, error)
	// Step applies one action to s. A step the rules refuse is an error that
	// wraps ErrIllegal and carries the checker's words.
	Step(ctx context.Context, s State, action string) (State, error)
}

// Finite is the ability of a State whose set of actions is known and complete.
type Finite interface {
	// Actions lists every distinct legal action in a fixed order. Taken
	// together they reach every state that any legal step reaches. A terminal
	// state has none.
	Actions() []string
}

// Mover is the ability of a State that belongs to one of several players.
// A State without it belongs to a single player throughout.
type Mover interface {
	// ToMove is the player (0, 1) whose success values at this state mean.
	ToMove() int
}

// ToMove is the player to move at a state: 0 where there is only one player.
func ToMove(s State) int {
	if m, ok := s.(Mover); ok {
		return m.ToMove()
	}
	return 0
}

// Verifier is the ability of an Environment that can judge a finished answer
// by means that share nothing with the search: only what it accepts is called
// verified.
type Verifier interface {
	// Verify returns nil if answer solves problem, else the reason it does not.
	Verify(ctx context.Context, problem, answer string) error
}

// Answerer is the ability of a State that can state the answer reached by the
// steps that led to it.
type Answerer interface {
	Answer() string
}

// Describer is the ability of an Environment to explain itself to a general
// model, which has not been trained on its texts.
type Describer interface {
	// Rules states in a few sentences what a state, a step and the goal are.
	Rules() string
	// Example is one state and a good step from it, as text.
	Example() (state, step string)
}

// Step is one action and the state it led to.
type Step struct {
	Action string
	State  State
}

// Path is the way from the root to a state: the steps in order. It does not
// hold the root.
type Path []Step

// Candidate is a proposed action with the logarithm of its prior probability, at most
// 0. It need not be normalised, but is on one scale for all that is proposed for a state,
// whenever that is: what is proposed later mostly deserves less.
type Candidate struct {
	Action   string
	LogPrior float64
}

// Value is a critic's estimate of the probability of success, in [0,1], for
// the player to move. Unknown values carry no estimate at all: they are not 0.5.
type Value struct {
	Mean    float64 `json:"mean"`
	Unknown bool    `json:"unknown,omitempty"`
	// Note holds the critic's words, for people.
	Note string `json:"note,omitempty"`
}

// Check reports a value outside [0,1] (NaN included) as an error.
func (v Value) Check() error {
	if !v.Unknown && !(v.Mean >= 0 && v.Mean <= 1) {
		return fmt.Errorf("value %v is outside [0,1]", v.Mean)
	}
	return nil
}

// Usage counts what an operation cost.
type Usage struct {
	Calls            int `json:"calls,omitempty"`             // finished model calls
	PromptTokens     int `json:"prompt_tokens,omitempty"`     // tokens read by the model
	CompletionTokens int `json:"completion_tokens,omitempty"` // tokens made by the model
	CacheHits        int `json:"cache_hits,omitempty"`        // results that cost no call
	Unparsed         int `json:"unparsed,omitempty"`          // replies no step or value could be read from
	// Asked are the addresses (llm.Key) of the model calls behind the operation,
	// paid or known already, where calls are kept.
	Asked []string `json:"asked,omitempty"`
}

// Plus returns the sum of u and v.
func (u Usage) Plus(v Usage) Usage {
	return Usage{
		u.Calls + v.Calls, u.PromptTokens + v.PromptTokens, u.CompletionTokens + v.CompletionTokens,
		u.CacheHits + v.CacheHits, u.Unparsed + v.Unparsed, slices.Concat(u.Asked, v.Asked),
	}
}

// Counts is u without the addresses: what sums are made of.
func (u Usage) Counts() Usage {
	u.Asked = nil
	return u
}

// IsZero reports whether nothing was asked and nothing spent.
func (u Usage) IsZero() bool {
	return len(u.Asked) == 0 && u.Calls == 0 && u.PromptTokens == 0 && u.CompletionTokens == 0 &&
		u.CacheHits == 0 && u.Unparsed == 0
}

// ErrBroken marks an environment that has failed for good, by no fault of a step: a
// search can't go on in it.
var ErrBroken = errors.New("the environment has failed")

// ErrIllegal marks a step that the rules refuse.
var ErrIllegal = errors.New("illegal step")

// Illegal returns an error that wraps ErrIllegal, with the action and the
// checker's words.
func Illegal(action, format string, args ...any) error {
	return fmt.Errorf("%w %q: %s", ErrIllegal, action, fmt.Sprintf(format, args...))
}

// InputError is a problem text that can't be read.
type InputError struct {
	Input   string // the text, or the part of it that is wrong
	Reason  string // what is wrong with it
	Example string // a text that would be accepted
}

func (e *InputError) Error() string {
	return fmt.Sprintf("problem %s: %s; for example: %s", shorten(e.Input), e.Reason, e.Example)
}

func shorten(s string) string {
	const limit = 60
	n := 0
	for i := range s {
		if n++; n > limit {
			return fmt.Sprintf("%q… (%d characters)", s[:i], utf8.RuneCountInString(s))
		}
	}
	return fmt.Sprintf("%q", s)
}

// Softmax turns log-priors into probabilities that sum to 1. Candidates whose
// LogPrior is not a number, or +Inf, get none; if no finite one is left, all get the same.
func Softmax(cands []Candidate) []float64 {
	p := make([]float64, len(cands))
	high := highest(cands)
	sum := 0.0
	for i, c := range cands {
		switch {
		case math.IsInf(high, -1):
			p[i] = 1
		case !math.IsNaN(c.LogPrior) && !math.IsInf(c.LogPrior, 1):
			p[i] = math.Exp(c.LogPrior - high)
		}
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// Masses are the prior probabilities of candidates, not normalised: one that is proposed
// later for the same state can be compared with those before it. LogPriors above 0 are no
// logarithms of probabilities: they are taken relative to the highest of them. Candidates whose
// LogPrior is not a number, or infinite, get none; if no finite one is left, all get the same.
func Masses(cands []Candidate) []float64 {
	const least = -700 // whose exponential is still a normal number
	out := make([]float64, len(cands))
	high := highest(cands)
	for i, c := range cands {
		switch {
		case math.IsInf(high, -1):
			out[i] = 1
		case !math.IsNaN(c.LogPrior) && !math.IsInf(c.LogPrior, 0):
			out[i] = math.Exp(max(least, c.LogPrior-max(0, high)))
		}
	}
	return out
}

// highest is the highest finite LogPrior, -Inf if there is none.
func highest(cands []Candidate) float64 {
	high := math.Inf(-1)
	for _, c := range cands {
		if c.LogPrior > high && !math.IsInf(c.LogPrior, 1) {
			high = c.LogPrior
		}
	}
	return high
}

// Plan is a solution of a problem that has states with several goals, all of
// which must be reached: at such a state it has a step for each goal, at a
// terminal none, and else one.
type Plan struct {
	State State
	Steps []PlanStep
}

// PlanStep is one action and the plan from where it leads.
type PlanStep struct {
	Action string
	Plan   *Plan
}

// Composer is the ability of an Environment whose states of player 1 are such
// with several goals (conjunctions). It makes the answer of a whole solution.
type Composer interface {
	Compose(ctx context.Context, plan *Plan) (answer string, err error)
}
