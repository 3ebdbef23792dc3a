package play_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/play"
	"github.com/ponder-mcts/ponder/prompt"
)

// says is a model with one thing to say.
type says struct {
	text string
	err  error
	top  []llm.Alternative
}

func (m says) Generate(context.Context, llm.Request) (llm.Completion, error) {
	c := llm.Completion{Text: m.text, Stop: llm.Stop}
	if m.top != nil {
		c.Tokens = []llm.Token{{Alternative: m.top[0], Top: m.top}}
	}
	return c, m.err
}

func asked(m says) ponder.Asked {
	return ponder.Asked{Name: "parrot", Model: m, Style: prompt.Chat{Env: noughts.Env}}
}

// Without a search a model plays what it thinks of first, if that is legal.
func TestModelAlone(t *testing.T) {
	g := at(t, noughts, "X../.../...")
	m := asked(says{text: "C", top: []llm.Alternative{{Text: "C", Logprob: math.Log(0.7)}, {Text: "A", Logprob: math.Log(0.2)}}})
	x := think(t, play.Model(m, play.Budget{}), g)
	if x.Best != "4" || x.By != "parrot" || x.Searched() {
		t.Errorf("%+v", x)
	}
	if r, _ := x.Of("2"); r.P < 0.15 || r.P > 0.25 {
		t.Errorf("the second choice has the prior %v", r.P)
	}
	// A move that a model chose can be looked at by a search.
	match := play.NewMatch(g, play.Model(m, play.Budget{}), nil, play.Engine(noughts.Env, play.Budget{Simulations: 500}))
	reply(t, match)
	if a, err := match.Why(t.Context(), 1); err != nil || !a.Searched() || a.Made.Action != "4" {
		t.Errorf("why: %+v, %v", a, err)
	}
}

// With simulations a search looks at what the model proposes.
func TestModelWithASearch(t *testing.T) {
	g := at(t, noughts, "XX./OO./...")
	x := think(t, play.Model(asked(says{text: "D"}), play.Budget{Simulations: 30, Tree: 1}), g)
	if x.Best != "3" || !x.Proof.Known || len(x.Events) == 0 {
		t.Errorf("it plays %s: %+v", x.Best, x.Moves)
	}
}

func TestModelErrors(t *testing.T) {
	g := at(t, noughts, "start")
	down := says{err: fmt.Errorf("gone: %w", llm.ErrUnavailable)}
	for _, simulations := range []int{0, 20} {
		if _, err := play.Model(asked(down), play.Budget{Simulations: simulations}).Think(t.Context(), g, 0); !errors.Is(err, llm.ErrUnavailable) {
			t.Errorf("%d simulations: %v", simulations, err)
		}
	}
	words := at(t, ponder.Problem{EnvName: "words", Env: words{}}, "anything")
	if _, err := play.Model(asked(says{text: "nonsense"}), play.Budget{}).Think(t.Context(), words, 0); !errors.Is(err, play.ErrNoMove) {
		t.Errorf("a model without a legal move: %v", err)
	}
	if x, err := play.Model(asked(says{text: "end"}), play.Budget{}).Think(t.Context(), words, 0); err != nil || x.Best != "end" {
		t.Errorf("a legal move of an open list: %+v, %v", x, err)
	}
	if _, err := play.Engine(words.Problem().Env, play.Budget{}).Think(t.Context(), words, 0); !errors.Is(err, play.ErrNoMoves) {
		t.Errorf("an engine where the moves can't be listed: %v", err)
	}
	if got, err := words.Find(t.Context(), "  End it "); got != "End it" || err != nil {
		t.Errorf("where the moves can't be listed a text is taken as it is, not as %q, %v", got, err)
	}
}

// words is a puzzle whose moves can't be listed: the word is "end".
type words struct{}

type word string

func (w word) String() string { return string(w) }
func (w word) Key() string    { return string(w) }
func (w word) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: 1}, w == "end"
}

func (words) Start(context.Context, string) (env.State, error) { return word("begin"), nil }

func (words) Step(_ context.Context, _ env.State, action string) (env.State, error) {
	if action != "end" {
		return nil, env.Illegal(action, "say end")
	}
	return word("end"), nil
}
