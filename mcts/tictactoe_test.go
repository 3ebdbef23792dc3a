package mcts

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// board is a position of noughts and crosses: 9 fields, X moves first. A state
// is worth 1 to a player to move who has won, which can't happen here, 0 to one
// who has lost, and ½ when the board is full.
type board string

const emptyBoard board = "........."

func (b board) String() string { return string(b[:3] + "/" + b[3:6] + "/" + b[6:]) }
func (b board) Key() string    { return string(b) }
func (b board) ToMove() int    { return (9 - strings.Count(string(b), ".")) % 2 }

func (b board) Outcome() (env.Outcome, bool) {
	for _, l := range [][3]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}} {
		if p := b[l[0]]; p != '.' && p == b[l[1]] && p == b[l[2]] {
			return env.Outcome{Reward: 0, Note: "three in a row"}, true
		}
	}
	return env.Outcome{Reward: 0.5, Note: "full"}, !strings.Contains(string(b), ".")
}

func (b board) Actions() []string {
	actions := []string{}
	for i, c := range b {
		if c == '.' {
			actions = append(actions, strconv.Itoa(i))
		}
	}
	return actions
}

func (b board) play(field int) board { return b[:field] + board("XO"[b.ToMove()]) + b[field+1:] }

// minimax is the plain definition of the value for the player to move.
func (b board) minimax(known map[board]float64) float64 {
	if v, ok := known[b]; ok {
		return v
	}
	best := 0.0
	if out, over := b.Outcome(); over {
		best = out.Reward
	} else {
		for i, c := range b {
			if c == '.' {
				best = max(best, 1-b.play(i).minimax(known))
			}
		}
	}
	known[b] = best
	return best
}

// tictactoe is the game as an environment, with a policy that likes all moves
// the same.
type tictactoe struct{}

func (tictactoe) Start(context.Context, string) (env.State, error) { return emptyBoard, nil }

func (tictactoe) Step(_ context.Context, s env.State, action string) (env.State, error) {
	b := s.(board)
	field, err := strconv.Atoi(action)
	if _, over := b.Outcome(); over || err != nil || field < 0 || field > 8 || b[field] != '.' {
		return nil, env.Illegal(action, "not a free field")
	}
	return b.play(field), nil
}

func (tictactoe) Propose(_ context.Context, s env.State, _ env.Path, _ int) ([]env.Candidate, env.Usage, error) {
	var cands []env.Candidate
	for _, a := range s.(board).Actions() {
		cands = append(cands, env.Candidate{Action: a})
	}
	return cands, env.Usage{}, nil
}

// rollout plays at random to the end; with a nil source it says 0.5.
type rollout struct{ *rand.Rand }

func (r rollout) Evaluate(_ context.Context, s env.State, _ env.Path) (env.Value, env.Usage, error) {
	b := s.(board)
	if r.Rand == nil {
		return env.Value{Mean: 0.5}, env.Usage{}, nil
	}
	for mover := b.ToMove(); ; {
		if out, over := b.Outcome(); over {
			if b.ToMove() != mover {
				out.Reward = 1 - out.Reward
			}
			return env.Value{Mean: out.Reward}, env.Usage{}, nil
		}
		actions := b.Actions()
		field, _ := strconv.Atoi(actions[r.IntN(len(actions))])
		b = b.play(field)
	}
}

func TestTicTacToeIsProvenADraw(t *testing.T) {
	for name, critic := range map[string]func() Critic{
		"critic that knows nothing": func() Critic { return rollout{} },
		"random roll-outs":          func() Critic { return rollout{rand.New(rand.NewPCG(1, 2))} },
	} {
		for rule, r := range map[string]Rule{"puct": PUCT{}, "uct": UCT{}} {
			t.Run(name+" by "+rule, func(t *testing.T) {
				const limit = 10_000
				w := start(t, emptyBoard, Options{Rule: r, Simulations: limit})
				drive(t, w, &Worker{Env: tictactoe{}, Policy: tictactoe{}, Critic: critic()})
				low, high := w.tree.Bounds(w.root)
				t.Logf("%d simulations", w.Simulations())
				if low != 0.5 || high != 0.5 || w.Reason() != Proven || w.Outcome() != StatusUnsolved {
					t.Errorf("bounds [%g, %g], %s by %q after %d simulations, want a draw proven within %d",
						low, high, w.Outcome(), w.Reason(), w.Simulations(), limit)
				}
				if line := w.Line(); len(line.Path) != 9 {
					t.Errorf("the line of a draw has %d moves, want 9: %v", len(line.Path), line.Path)
				}
				wantBoards(t, w)
			})
		}
	}
}

// wantBoards compares what is proven of each board in the tree with minimax.
func wantBoards(t testingT, w *watched) {
	t.Helper()
	known := map[board]float64{}
	count, _ := w.tree.Len()
	for n := range nodes.ID(count) {
		b := w.states[n].(board)
		low, high := w.tree.Bounds(n)
		if v := b.minimax(known); v < low || v > high {
			t.Errorf("%s has the value %g, but [%g, %g] is proven", b, v, low, high)
		}
	}
}

// From whatever position, the end of the search is the minimax value, and its
// line keeps it.
func TestTicTacToeFromRandomPositions(t *testing.T) {
	known := map[board]float64{}
	rapid.Check(t, func(t *rapid.T) {
		b := emptyBoard
		for range 1 + dice(t, 7) {
			if _, over := b.Outcome(); over {
				break
			}
			actions := b.Actions()
			field, _ := strconv.Atoi(actions[dice(t, len(actions))])
			b = b.play(field)
		}
		w := start(t, b, Options{Simulations: plenty})
		drive(t, w, &Worker{Env: tictactoe{}, Policy: tictactoe{}, Critic: rollout{}})
		low, high := w.tree.Bounds(w.root)
		if v := b.minimax(known); low != v || high != v {
			t.Errorf("%s has the value %g, the search ends with [%g, %g]", b, v, low, high)
		}
		wantBoards(t, w)
		wantValueKept(t, w, known)
	})
}

// wantValueKept fails if a move of the line gives away what was proven.
func wantValueKept(t testingT, w *watched, known map[board]float64) {
	t.Helper()
	b := w.states[w.root].(board)
	if w.Outcome() == StatusUnsolvable {
		return // there is no line to a win
	}
	for i, step := range w.Line().Path {
		next := step.State.(board)
		if got, want := 1-next.minimax(known), b.minimax(known); got != want {
			t.Errorf("move %d of the line leads from %s (%g) to %s (%g)", i+1, b, want, next, got)
		}
		b = next
	}
}
