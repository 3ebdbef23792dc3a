package ask_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/proof"
	"github.com/ponder-mcts/ponder/llm"
)

// near forgives the rounding of sums of logarithms, and no more.
var near = cmpopts.EquateApprox(0, 1e-9)

var errDown = fmt.Errorf("%w: nobody listens", llm.ErrUnavailable)

// goals is a state of a proof in a small logic; see toy.
type goals []proof.Goal

func (s goals) Goals() []proof.Goal { return s }

func (s goals) String() string {
	var texts []string
	for _, g := range s {
		texts = append(texts, g.String())
	}
	return strings.Join(texts, "\n\n")
}

func (s goals) Key() string { return "goals " + s.String() }

func (s goals) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: 1, Note: "proved"}, len(s) == 0
}

// all are independent goals that an opponent picks from.
type all []proof.Goal

func (s all) String() string               { return "all of\n" + goals(s).String() }
func (s all) Key() string                  { return "all " + goals(s).String() }
func (s all) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }
func (s all) ToMove() int                  { return 1 }

func (s all) Actions() []string {
	var out []string
	for i := range s {
		out = append(out, strconv.Itoa(i+1))
	}
	return out
}

// toy proves statements such as "P -> Q /\ R" with the words of Coq: intro and
// intros, split (which leaves independent goals), pair (for "P & Q": goals that
// stay together), exact, trivial (True only), and (e)apply ex for "exists P". It
// notes what it refuses.
type toy struct {
	mu      sync.Mutex
	refused map[string][]proof.Failure
	steps   int
	broken  error // of each step from now on
}

func (t *toy) Start(_ context.Context, problem string) (env.State, error) {
	return goals{{Concl: problem}}, nil
}

func (t *toy) Failures(s env.State) []proof.Failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.refused[s.Key()])
}

func (t *toy) Step(ctx context.Context, s env.State, action string) (env.State, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps++
	if t.broken != nil {
		return nil, t.broken
	}
	if and, ok := s.(all); ok {
		n, err := strconv.Atoi(action)
		if err != nil || n < 1 || n > len(and) {
			return nil, env.Illegal(action, "there is no such goal")
		}
		return goals{and[n-1]}, nil
	}
	left := s.(goals)
	new, err := apply(left[0], action)
	if err != nil {
		if t.refused == nil {
			t.refused = map[string][]proof.Failure{}
		}
		t.refused[s.Key()] = append(t.refused[s.Key()], proof.Failure{Tactic: action, Class: proof.Other, Text: err.Error()})
		return nil, env.Illegal(action, "%v", err)
	}
	if len(left) == 1 && len(new) > 1 && !new[0].Open {
		return all(new), nil
	}
	return goals(append(new, left[1:]...)), nil
}

// words are what a prover says.
type words string

func (w words) Error() string { return string(w) }

func saying(format string, args ...any) error { return words(fmt.Sprintf(format, args...)) }

// apply is what a tactic leaves of a goal.
func apply(g proof.Goal, action string) ([]proof.Goal, error) {
	word, rest, _ := strings.Cut(action, " ")
	with := func(concl string, open bool) proof.Goal {
		return proof.Goal{Hyps: g.Hyps, Concl: concl, Open: open || g.Open}
	}
	switch word {
	case "intro", "intros":
		return intro(g, strings.Fields(rest))
	case "split", "pair":
		between := map[string]string{"split": ` /\ `, "pair": " & "}[word]
		if a, b, ok := strings.Cut(g.Concl, between); ok {
			return []proof.Goal{with(a, word == "pair"), with(b, word == "pair")}, nil
		}
		return nil, words("Not an inductive goal with 1 constructor.")
	case "trivial":
		if g.Concl == "True" {
			return nil, nil
		}
		return nil, words("Cannot prove it.")
	case "exact":
		for _, h := range g.Hyps {
			switch {
			case h.Name == rest && h.Type == g.Concl:
				return nil, nil
			case h.Name == rest:
				return nil, saying("Unable to unify %q with %q.", h.Type, g.Concl)
			}
		}
		return nil, saying("The reference %s was not found in the current environment.", rest)
	case "apply":
		return nil, words("Unable to find an instance for the variable x.")
	case "eapply":
		if p, ok := strings.CutPrefix(g.Concl, "exists "); ok {
			return []proof.Goal{with(p, false)}, nil
		}
	}
	return nil, words("Syntax error: illegal begin of vernac.")
}

func intro(g proof.Goal, names []string) ([]proof.Goal, error) {
	for i := 0; i < len(names) || len(names) == 0; i++ {
		p, q, ok := strings.Cut(g.Concl, " -> ")
		if !ok && len(names) == 0 {
			break
		}
		if !ok {
			return nil, words("No product even after head-reduction.")
		}
		name := "H" + strconv.Itoa(len(g.Hyps))
		if len(names) > 0 {
			name = names[i]
		}
		for _, h := range g.Hyps {
			if h.Name == name {
				return nil, saying("%s is already used.", name)
			}
		}
		g.Hyps = append(slices.Clip(g.Hyps), proof.Hyp{Name: name, Type: p})
		g.Concl = q
	}
	return []proof.Goal{g}, nil
}

// book is a source of context that says the same of every state.
type book struct {
	premises    []proof.Premise
	definitions []string
	failures    []proof.Failure
}

func (b book) Premises(env.State) []proof.Premise { return b.premises }
func (b book) Definitions(env.State) []string     { return b.definitions }
func (b book) Failures(env.State) []proof.Failure { return b.failures }

// script gives its replies in order and keeps the requests: texts, completions
// and errors.
type script struct {
	replies []any
	asked   []llm.Request
}

func (m *script) Generate(_ context.Context, req llm.Request) (llm.Completion, error) {
	m.asked = append(m.asked, req)
	if len(m.asked) > len(m.replies) {
		return llm.Completion{}, errors.New("one call too many")
	}
	switch r := m.replies[len(m.asked)-1].(type) {
	case string:
		return say(r), nil
	case llm.Completion:
		return r, nil
	case error:
		return llm.Completion{}, r
	}
	panic("the script holds something else")
}

// say is a finished reply without log-probabilities.
func say(text string) llm.Completion {
	return llm.Completion{Text: text, Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 5, CompletionTokens: 2}}
}

// tell is a finished reply made of tokens and their log-probabilities in turn.
func tell(pairs ...any) llm.Completion {
	c := say("")
	for i := 0; i < len(pairs); i += 2 {
		t := llm.Token{Alternative: llm.Alternative{Text: pairs[i].(string), Logprob: pairs[i+1].(float64)}}
		c.Text += t.Text
		c.Tokens = append(c.Tokens, t)
	}
	return c
}

// cut is the same reply, ended by its length.
func cut(c llm.Completion) llm.Completion {
	c.Stop = llm.Length
	return c
}

// spent is the usage of so many replies.
func spent(calls int) env.Usage {
	return env.Usage{Calls: calls, PromptTokens: 5 * calls, CompletionTokens: 2 * calls}
}

// list is a policy with a fixed list, that takes it up where it was left.
type list struct {
	cands []env.Candidate
	err   error
	asked *[]string
}

func (l list) note(what string, asked, k int) {
	if l.asked != nil {
		*l.asked = append(*l.asked, fmt.Sprintf("%s %d+%d", what, asked, k))
	}
}

func (l list) Propose(_ context.Context, _ env.State, _ env.Path, k int) ([]env.Candidate, env.Usage, error) {
	l.note("propose", 0, k)
	return l.cands[:min(k, len(l.cands))], env.Usage{Calls: 1}, l.err
}

func (l list) ProposeMore(_ context.Context, _ env.State, _ env.Path, asked, k int) ([]env.Candidate, env.Usage, error) {
	l.note("more", asked, k)
	from := min(asked, len(l.cands))
	return l.cands[from:min(from+k, len(l.cands))], env.Usage{Calls: 1}, l.err
}
