package play

import (
	"context"
	"errors"
	"fmt"
)

// Match is a game with those who play it and one who gives advice. It belongs to
// one goroutine.
type Match struct {
	Game    *Game
	players [2]Player // by seat; nil is a person
	adviser Player
	// thoughts are those of the positions that the game went through, and of the one
	// where it stands; nil where nobody thought.
	thoughts []*Thought
}

// NewMatch puts players at a game: first is who makes the first move from where it
// begins, second the other one, who is not needed for a puzzle. A nil player is a
// person. The adviser gives hints and analyses.
func NewMatch(g *Game, first, second, adviser Player) *Match {
	return &Match{Game: g, players: [2]Player{first, second}, adviser: adviser}
}

// Turn is the player to move, nil for a person. It means nothing at the end.
func (m *Match) Turn() Player { return m.players[m.Game.Seat(m.Game.Ply())] }

// Persons reports whether a person plays.
func (m *Match) Persons() bool {
	return m.players[0] == nil || m.Game.Players() == 2 && m.players[1] == nil
}

// Names are how sentences call the players, to a person who plays one of them.
func (m *Match) Names() Names {
	names := Names{m.name(0), m.name(1)}
	switch {
	case m.Game.Players() == 1:
	case m.players[0] == nil && m.players[1] == nil:
		names = Names{{Text: "the first player"}, {Text: "the second player"}}
	case m.players[0] != nil && m.players[1] != nil && names[0] == names[1]:
		names[0].Text += " (first)"
		names[1].Text += " (second)"
	}
	return names
}

func (m *Match) name(seat int) Name {
	p := m.players[seat]
	switch {
	case p == nil:
		return Name{You: true}
	case p.Name() == engineName:
		return Name{Text: "the engine"}
	}
	return Name{Text: p.Name()}
}

// Move makes a person's move.
func (m *Match) Move(ctx context.Context, action string) error { return m.Game.Move(ctx, action) }

// Reply lets the player whose turn it is think and move.
func (m *Match) Reply(ctx context.Context) (*Thought, error) {
	p := m.Turn()
	if p == nil {
		return nil, errors.New("it is a person's turn")
	}
	t, err := p.Think(ctx, m.Game, m.Game.Ply())
	if err != nil {
		return nil, err
	}
	if err := m.Game.Move(ctx, t.Best); err != nil {
		return nil, fmt.Errorf("the move of %s: %w", p.Name(), err)
	}
	m.keep(t)
	return t, nil
}

// Hint is what the adviser makes of where the game stands.
func (m *Match) Hint(ctx context.Context) (*Thought, error) {
	if _, over := m.Game.End(); over {
		return nil, fmt.Errorf("%w: there is nothing to think about", ErrOver)
	}
	t, err := m.adviser.Think(ctx, m.Game, m.Game.Ply())
	if err != nil {
		return nil, err
	}
	m.keep(t)
	return t, nil
}

// Thought is what was thought of the position after so many moves, nil if nobody
// thought.
func (m *Match) Thought(ply int) *Thought {
	if ply < 0 || ply >= len(m.thoughts) {
		return nil
	}
	return m.thoughts[ply]
}

func (m *Match) keep(t *Thought) {
	for len(m.thoughts) <= t.Ply {
		m.thoughts = append(m.thoughts, nil)
	}
	m.thoughts[t.Ply] = t
}

// Back takes back to a person's last turn and says how many moves that were.
func (m *Match) Back() (plies int, err error) {
	for ply := m.Game.Ply() - 1; ply >= 0; ply-- {
		if m.players[m.Game.Seat(ply)] == nil {
			plies = m.Game.Ply() - ply
			m.thoughts = m.thoughts[:min(len(m.thoughts), ply+1)]
			return plies, m.Game.Back(plies)
		}
	}
	return 0, errors.New("there is no move of yours to take back")
}

// Anew begins the game once more.
func (m *Match) Anew() error {
	m.thoughts = nil
	return m.Game.Back(m.Game.Ply())
}
