package ask

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/prompt"
)

// Premises is the ability to name what may help to prove a state, the best
// first. Those with a proof serve as worked examples.
type Premises interface {
	Premises(s env.State) []proof.Premise
}

// Definitions is the ability to tell the definitions that a state rests on, as
// they stand in their file, the most important first.
type Definitions interface {
	Definitions(s env.State) []string
}

// DefaultBudget is the length of a prompt that a zero Budget stands for: about
// 1,500 tokens.
const DefaultBudget = 5000

// Prompt words the questions about states of proofs. What stays the same stands
// first, so that a server reuses what it has read: the instructions, worked
// examples, lemmas, definitions; then the steps so far, the goal, what was
// refused here, and the question.
//
// It is a prompt.Style, so that the policies and critics that ask through one
// (expand.Sample, evaluate.YesNo) ask about proofs too. The zero value asks about
// Coq and knows no context. It is safe for concurrent use if its sources are.
type Prompt struct {
	Language Language
	// Premises, Definitions and Failures are where the context comes from, as a
	// rule all from the environment; nil means none.
	Premises    Premises
	Definitions Definitions
	Failures    proof.Failures
	// Root, if set, is the state that the worked examples are chosen for, so that
	// they stay the same during a search. Else they are chosen for the state that
	// is asked about.
	Root env.State
	// Budget is the most characters of instructions and prompt together; 0 means
	// DefaultBudget. What is least important is left out until they fit, but
	// never the instructions, the question and the beginning of the goal.
	Budget int
	// Bare is for models without a chat template: there are no instructions, and
	// the prompt ends where the answer begins.
	Bare bool
}

var _ prompt.Style = Prompt{}

// Form is the way in which a model writes several tactics.
type Form int

// The forms.
const (
	Array   Form = iota // a JSON array of strings
	Lines               // one a line
	Samples             // one a call
)

// Tokens that each answer may take.
const (
	tacticTokens = 96
	listTokens   = 48 // for each of several
	proofTokens  = 640
)

// Step implements prompt.Style: it asks for one tactic.
func (p Prompt) Step(s env.State) llm.Request { return p.Tactic(s, nil) }

// Tactic asks for the next tactic.
func (p Prompt) Tactic(s env.State, path env.Path) llm.Request {
	return p.request(p.draft(s, path), question{
		text: "Write the next tactic and nothing else.", cue: "Next tactic:\n", tokens: tacticTokens, stop: []string{"\n"},
	})
}

// Tactics asks for up to n tactics of which each could be the next one, as an
// Array or as Lines.
func (p Prompt) Tactics(s env.State, path env.Path, form Form, n int) llm.Request {
	q := question{tokens: listTokens * n}
	what := fmt.Sprintf("up to %d different tactics, of which each could be the next one, the most promising first", n)
	if form == Array {
		q.text = "Write " + what + ", as a JSON array of strings and nothing else, for example " + p.Language.array() + "."
		q.cue = "Next tactic, as a JSON array of up to " + fmt.Sprint(n) + " strings:\n"
	} else {
		q.text = "Write " + what + ", one on each line and nothing else."
		q.cue, q.stop = fmt.Sprintf("Up to %d ways to go on, one on each line:\n", n), []string{"\n\n"}
	}
	return p.request(p.draft(s, path), q)
}

// Proof asks for all tactics that are left to write.
func (p Prompt) Proof(s env.State, path env.Path) llm.Request {
	q := question{
		text: "Write a complete proof of the goal from here on, tactic by tactic, and nothing else.",
		cue:  "Proof:\n", tokens: proofTokens, stop: []string{"Qed.", "Defined.", "Admitted."},
	}
	if p.Language == Lean {
		q.stop = nil
	}
	return p.request(p.draft(s, path), q)
}

// Judge implements prompt.Style: it asks whether the goal can be proved. It
// says nothing of what was tried, so that the answer belongs to the state alone.
func (p Prompt) Judge(s env.State) llm.Request {
	d := p.draft(s, nil)
	d.failures = nil
	return p.request(d, question{
		text: "Can this goal be proved from these hypotheses? Answer with one word, yes or no.",
		cue:  "Can it be proved, yes or no?\n", tokens: 1,
	})
}

// Choose implements prompt.Style.
func (p Prompt) Choose(s env.State, labels, actions []string) llm.Request {
	var list strings.Builder
	for i, a := range actions {
		list.WriteString(labels[i] + ") " + a + "\n")
	}
	return p.request(p.draft(s, nil), question{
		text: list.String() + "Which of these tactics is the best one now? Answer with its label and nothing else.",
		cue:  list.String() + "The best one is ", tokens: 1,
	})
}

// question is what is asked: as a text for a chat, or as a cue for a bare model
// to go on from.
type question struct {
	text, cue string
	tokens    int
	stop      []string // in a chat, only where it can't come before the answer
}

func (p Prompt) request(d *draft, q question) llm.Request {
	req := llm.Request{MaxTokens: q.tokens, Stop: q.stop}
	ending := q.cue
	if p.Bare {
		req.Raw = true
	} else {
		req.System = p.Language.system()
		ending = q.text
		// Chat models begin with fences and empty lines.
		if len(q.stop) > 0 && strings.HasPrefix(q.stop[0], "\n") {
			req.Stop = nil
		}
	}
	room := cmp.Or(max(0, p.Budget), DefaultBudget) - size(req.System) - size(ending)
	req.Prompt = d.fit(room) + ending
	return req
}

// array is an example of an answer.
func (l Language) array() string {
	if l == Lean {
		return `["intro n", "simp", "induction n"]`
	}
	return `["intros n", "simpl", "induction n"]`
}
