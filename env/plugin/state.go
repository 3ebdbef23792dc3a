package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/child"
)

// state is a state of the plug-in. It knows how it came about, so that any process
// can be told.
type state struct {
	env     *Env
	problem string
	before  *state // nil at the start
	action  string // that led here

	stateReply // Data belong to a process, unless they are lasting

	mu    sync.Mutex
	steps int                // that were asked for
	ahead map[string]outcome // of steps that came along with others
}

// outcome is what came of a step.
type outcome struct {
	action string
	next   *state
	err    error
}

// fill takes what the plug-in tells of a state.
func (s *state) fill(w *worker, r *reply) error {
	switch t := r.State; {
	case t == nil:
		return fmt.Errorf(`%w: the reply has no "state"`, child.ErrGarbled)
	case t.Text == "" || t.Text != clean(t.Text):
		return fmt.Errorf(`%w: the "text" %s of a state is empty or has control characters`, child.ErrGarbled, child.Excerpt([]byte(t.Text)))
	case !(t.Reward >= 0 && t.Reward <= 1):
		return fmt.Errorf(`%w: the "reward" %v is outside [0,1]`, child.ErrGarbled, t.Reward)
	case t.Estimate != nil && !(*t.Estimate >= 0 && *t.Estimate <= 1):
		return fmt.Errorf(`%w: the "estimate" %v is outside [0,1]`, child.ErrGarbled, *t.Estimate)
	case t.Player < 0 || t.Player > 1:
		return fmt.Errorf(`%w: the "player" %d is neither 0 nor 1`, child.ErrGarbled, t.Player)
	case len(t.Data) == 0:
		return fmt.Errorf(`%w: the state has no "data" to be called by`, child.ErrGarbled)
	}
	s.stateReply = *r.State
	if s.Key == "" {
		s.Key = s.Text
	}
	w.learn(s, s.Data)
	return nil
}

// clean is s without control characters but line ends.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// mostAhead is how many steps go in one line.
const mostAhead = 64

// step makes a step. Who makes a second one from the same state is likely to make
// them all: the rest comes along then, in one line, unless that took too long once.
func (s *state) step(ctx context.Context, action string) (*state, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.ahead[action]; ok {
		delete(s.ahead, action)
		return o.next, o.err
	}
	actions := []string{action}
	if s.steps++; s.steps == 2 && s.Actions != nil && !s.env.pool.slow.Load() {
		for _, a := range *s.Actions {
			if a != action && len(actions) < mostAhead {
				actions = append(actions, a)
			}
		}
	}
	var got []outcome
	err := s.env.pool.do(ctx, s, func(w *worker) (err error) {
		got, err = w.steps(ctx, s, actions)
		actions = actions[:1] // if that failed, it may be the fault of another one
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.ahead == nil && len(got) > 1 {
		s.ahead = map[string]outcome{}
	}
	for _, o := range got[1:] {
		s.ahead[o.action] = o
	}
	return got[0].next, got[0].err
}

// list are the actions of a state.
func (s *state) list() []string {
	if s.Actions == nil {
		return nil
	}
	return slices.Clone(*s.Actions)
}

func (s *state) plugged() *state { return s }
func (s *state) String() string  { return s.Text }

// Key has the player in it, for he is a part of the future.
func (s *state) key() string { return fmt.Sprintf("%d:%s", s.Player, s.stateReply.Key) }

// typed is the state with the abilities that fit: a player to move in a game, an
// answer in a puzzle, a list of actions where there is one.
func (s *state) typed() env.State {
	p := plain{s}
	switch game, finite := s.env.info.Players == 2, s.env.info.Finite; {
	case game && finite:
		return finiteTurn{turn{p}}
	case game:
		return turn{p}
	case finite:
		return finiteSolo{solo{p}}
	}
	return solo{p}
}

type plain struct{ *state }

func (s plain) Key() string { return s.key() }

func (s plain) Outcome() (env.Outcome, bool) {
	if !s.Over {
		return env.Outcome{}, false
	}
	return env.Outcome{Reward: s.Reward, Note: child.Shorten(s.Note, mostWords)}, true
}

// Estimate implements env.Estimator.
func (s plain) Estimate() (float64, bool) {
	if s.stateReply.Estimate == nil || s.Over {
		return 0, false
	}
	return *s.stateReply.Estimate, true
}

type turn struct{ plain }

// ToMove implements env.Mover.
func (s turn) ToMove() int { return s.Player }

type finiteTurn struct{ turn }

// Actions implements env.Finite.
func (s finiteTurn) Actions() []string { return s.list() }

type solo struct{ plain }

// Answer implements env.Answerer: what the plug-in says, or the actions so far with
// spaces between them.
func (s solo) Answer() string {
	if s.stateReply.Answer != nil {
		return *s.stateReply.Answer
	}
	var actions []string
	for at := s.state; at.before != nil; at = at.before {
		actions = append(actions, at.action)
	}
	slices.Reverse(actions)
	return strings.Join(actions, " ")
}

type finiteSolo struct{ solo }

// Actions implements env.Finite.
func (s finiteSolo) Actions() []string { return s.list() }
