package evaluate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/mcts"
)

// What search asks for, this package has.
var _ = []mcts.Critic{Terminal{}, Chain{}, YesNo{}, Rollout{}, &Cached{}, Critic(nil)}

// near forgives the rounding of sums, and no more.
var near = cmpopts.EquateApprox(0, 1e-12)

// place is a state of a maze. Its actions are the names of the next places.
type place struct {
	name   string
	to     []string
	over   bool
	reward float64
}

func (p place) String() string               { return p.name }
func (p place) Key() string                  { return p.name }
func (p place) Actions() []string            { return p.to }
func (p place) Outcome() (env.Outcome, bool) { return env.Outcome{Reward: p.reward}, p.over }

// turn is a place at which one of two players moves.
type turn struct {
	place
	player int
}

func (t turn) ToMove() int { return t.player }

// dark is a place whose actions nobody can list.
type dark struct{ name string }

func (d dark) String() string               { return d.name }
func (d dark) Key() string                  { return d.name }
func (d dark) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

// maze has all places by name.
type maze map[string]env.State

func (m maze) Start(context.Context, string) (env.State, error) { return m["start"], nil }

func (m maze) Step(_ context.Context, s env.State, action string) (env.State, error) {
	next, known := m[action]
	if f, ok := s.(env.Finite); !known || !ok || !slices.Contains(f.Actions(), action) {
		return nil, env.Illegal(action, "no way there from %s", s)
	}
	return next, nil
}

// mean is the exact mean reward of random play for the player to move at s.
func (m maze) mean(s env.State) float64 {
	if out, over := s.Outcome(); over {
		return out.Reward
	}
	sum := 0.0
	actions := s.(env.Finite).Actions()
	for _, a := range actions {
		v := m.mean(m[a])
		if env.ToMove(m[a]) != env.ToMove(s) {
			v = 1 - v
		}
		sum += v / float64(len(actions))
	}
	return sum
}

// voice is a model that always says the same.
type voice struct {
	reply llm.Completion
	err   error
	asked []llm.Request
}

func (v *voice) Generate(_ context.Context, req llm.Request) (llm.Completion, error) {
	v.asked = append(v.asked, req)
	return v.reply, v.err
}

// first is a reply of one token, the first of texts and their probabilities.
func first(pairs ...any) llm.Completion {
	c := llm.Completion{Text: pairs[0].(string), Stop: llm.Length, Usage: llm.Usage{PromptTokens: 7, CompletionTokens: 1}}
	tok := llm.Token{}
	for i := 0; i < len(pairs); i += 2 {
		tok.Top = append(tok.Top, llm.Alternative{Text: pairs[i].(string), Logprob: math.Log(pairs[i+1].(float64))})
	}
	tok.Alternative = tok.Top[0]
	c.Tokens = []llm.Token{tok}
	return c
}

// bare is a reply of a model that has no log-probabilities.
func bare(text string) llm.Completion {
	return llm.Completion{Text: text, Stop: llm.Stop, Usage: llm.Usage{PromptTokens: 7, CompletionTokens: 1}}
}

// fixed is a critic that gives each state the value in values, costs one call
// and counts how often it was asked.
type fixed struct {
	values map[string]env.Value
	err    error
	asked  chan string // has room for every call
}

func newFixed(values map[string]env.Value) *fixed {
	return &fixed{values: values, asked: make(chan string, 1<<16)}
}

func (f *fixed) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	f.asked <- s.Key()
	v, ok := f.values[s.Key()]
	if !ok && f.err == nil {
		return v, env.Usage{}, fmt.Errorf("no value for %s", s)
	}
	return v, env.Usage{Calls: 1, PromptTokens: 3}, f.err
}
