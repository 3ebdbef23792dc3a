package env

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Board makes an Environment out of a Position, so that a game or puzzle that
// is written for speed can also be searched with a model. A problem is a
// position as Parse reads it, a step is the MoveText of a move. Its states are
// Finite, Drawers and Estimators, and Movers if the game has two players. Those of
// a puzzle are Answerers: the answer is the moves, with spaces between them.
//
// A *Board is an Environment, and stays as it is once it has made a state.
type Board struct {
	// Parse reads a position; what it refuses is an *InputError. It is called
	// from several goroutines, and every call returns a Position of its own.
	Parse func(text string) (Position, error)
	// Players is 2 for a game. With 1, or none, it is a puzzle: its states
	// are no Movers.
	Players int
	// Rulebook is the Rules of a Describer; SampleState and SampleStep are its
	// Example.
	Rulebook                string
	SampleState, SampleStep string
}

var (
	_ Environment = (*Board)(nil)
	_ Describer   = (*Board)(nil)
	_ Positional  = (*Board)(nil)
	_ State       = (*boardState)(nil)
	_ Finite      = (*boardState)(nil)
	_ Drawer      = (*boardState)(nil)
	_ Estimator   = (*boardState)(nil)
	_ Mover       = boardTurn{}
	_ Answerer    = boardPuzzle{}
)

// errForeign is a misuse by the caller, not an illegal step.
var errForeign = errors.New("env: the state belongs to another board")

// Start reads a problem with Parse and returns its error. The context is not used.
func (b *Board) Start(_ context.Context, problem string) (State, error) {
	p, err := b.Parse(problem)
	if err != nil {
		return nil, err
	}
	return b.state(p, nil), nil
}

// Position implements Positional: it is Parse.
func (b *Board) Position(problem string) (Position, error) { return b.Parse(problem) }

// Step makes the move that action names; spaces around it don't matter. Any
// other action is an error that wraps ErrIllegal. The context is not used.
func (b *Board) Step(_ context.Context, s State, action string) (State, error) {
	on, ok := s.(interface{ onBoard() *boardState })
	if !ok || on.onBoard() == nil || on.onBoard().board != b {
		return nil, fmt.Errorf("%w: %T", errForeign, s)
	}
	from := on.onBoard()
	m, err := from.read(action)
	if err != nil {
		return nil, err
	}
	next := from.copy()
	next.Play(m)
	return b.state(next, &boardLine{from.line, strings.TrimSpace(action)}), nil
}

// Rules is the Rulebook.
func (b *Board) Rules() string { return b.Rulebook }

// Example is SampleState and SampleStep.
func (b *Board) Example() (state, step string) { return b.SampleState, b.SampleStep }

// state makes the state of a position that nobody else holds, and to which the
// moves of line led.
func (b *Board) state(p Position, line *boardLine) State {
	s := &boardState{board: b, position: p, line: line, text: p.String(), player: p.ToMove(), moves: p.Moves(nil)}
	s.key = strconv.FormatUint(p.Hash(), 16) + ":" + strconv.Itoa(s.player)
	for _, m := range s.moves {
		s.actions = append(s.actions, p.MoveText(m))
	}
	var value float32
	if value, s.over = p.Result(); s.over {
		s.outcome = Outcome{Reward: float64(value), Note: b.note(value)}
	}
	if e, ok := p.(Estimator); ok && !s.over {
		s.estimate, s.estimated = e.Estimate()
	}
	if b.Players == 2 {
		return boardTurn{s}
	}
	return boardPuzzle{s}
}

// note says what the end of a game or puzzle is worth.
func (b *Board) note(value float32) string {
	switch {
	case b.Players == 2 && value == 0:
		return "the player to move has lost"
	case b.Players == 2 && value == 1:
		return "the player to move has won"
	case b.Players == 2 && value == 0.5:
		return "a draw"
	case value == 0:
		return "not solved"
	case value == 1:
		return "solved"
	}
	return fmt.Sprintf("worth %.2f of 1", value)
}

// boardState is a position that is never played on. What a State tells is
// worked out when it is made, since a Position belongs to one goroutine.
type boardState struct {
	board   *Board
	text    string
	key     string
	player  int
	moves   []Move
	actions []string // the texts of moves
	outcome Outcome
	over    bool
	line    *boardLine

	estimate  float64
	estimated bool

	mu       sync.Mutex // for Clone, which may write to position too
	position Position
}

// boardLine is the last of the moves that led to a state, and those before it.
type boardLine struct {
	before *boardLine
	move   string
}

func (s *boardState) String() string            { return s.text }
func (s *boardState) Key() string               { return s.key }
func (s *boardState) Outcome() (Outcome, bool)  { return s.outcome, s.over }
func (s *boardState) Actions() []string         { return slices.Clone(s.actions) }
func (s *boardState) Estimate() (float64, bool) { return s.estimate, s.estimated }
func (s *boardState) onBoard() *boardState      { return s }

// Draw is the drawing of the position, or its text where it has none.
func (s *boardState) Draw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.position.(Drawer); ok {
		return d.Draw()
	}
	return s.text
}

// copy returns a position to play on.
func (s *boardState) copy() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position.Clone()
}

// Bounds of what an illegal step repeats or lists.
const (
	maxAction = 40 // bytes
	maxListed = 20 // actions
)

// read finds the move that action names. The error wraps ErrIllegal.
func (s *boardState) read(action string) (Move, error) {
	if i := slices.Index(s.actions, strings.TrimSpace(action)); i >= 0 {
		return s.moves[i], nil
	}
	if len(action) > maxAction {
		action = action[:maxAction] + "…"
	}
	if len(s.actions) == 0 {
		return 0, Illegal(action, "there are no more moves at %s", s.text)
	}
	listed := s.actions[:min(len(s.actions), maxListed)]
	more := ""
	if n := len(s.actions) - len(listed); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return 0, Illegal(action, "the legal moves are %s%s", strings.Join(listed, ", "), more)
}

// boardTurn is a state of a game of two.
type boardTurn struct{ *boardState }

// ToMove is the player to move.
func (s boardTurn) ToMove() int { return s.player }

// boardPuzzle is a state of a puzzle.
type boardPuzzle struct{ *boardState }

// Answer is the moves that led to the state.
func (s boardPuzzle) Answer() string {
	var moves []string
	for l := s.line; l != nil; l = l.before {
		moves = append(moves, l.move)
	}
	slices.Reverse(moves)
	return strings.Join(moves, " ")
}
