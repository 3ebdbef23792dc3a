package main

import (
	"context"
	"fmt"

	"github.com/ponder-mcts/ponder/play"
)

// tableState is a game as the page shows it.
type tableState struct {
	Version  int           `json:"version"`
	Env      string        `json:"env"`
	Problem  string        `json:"problem"`
	Two      bool          `json:"two"` // a game; else a puzzle
	Players  []string      `json:"players"`
	Board    string        `json:"board"`
	Turn     string        `json:"turn"`  // who is to move; empty at the end
	Yours    bool          `json:"yours"` // that is a person
	Busy     string        `json:"busy"`  // what somebody is thinking about: move, hint or why
	Listed   bool          `json:"listed"`
	Moves    []string      `json:"moves"` // legal ones, not all if there are too many
	More     int           `json:"more"`  // legal moves that are left out
	Played   []playedMove  `json:"played"`
	Over     string        `json:"over"` // how it ended
	Answer   string        `json:"answer"`
	Verified bool          `json:"verified"`
	Said     string        `json:"said"`  // what the last player did
	Fault    string        `json:"fault"` // what went wrong
	Hint     *thoughtState `json:"hint"`
	Why      *thoughtState `json:"why"`
	Tree     string        `json:"tree"` // the run of the last search
	TreeOf   string        `json:"tree_of"`
}

type playedMove struct {
	Move string `json:"move"`
	By   string `json:"by"`
}

// thoughtState is a play.Thought as the page shows it.
type thoughtState struct {
	Words       string       `json:"words"`
	Value       float64      `json:"value"` // for who moves, in [0,1]
	Simulations int          `json:"simulations"`
	Line        []string     `json:"line"`
	Moves       []ratedState `json:"moves"`
	More        int          `json:"more"` // moves that are left out
}

type ratedState struct {
	Move  string   `json:"move"`
	N     int      `json:"n"`
	Q     *float64 `json:"q"` // nothing where it is not known
	P     float64  `json:"p"`
	Proof string   `json:"proof"`
	Made  bool     `json:"made"` // it is the move that was made
}

// look brings up to date what the game itself tells.
func (s *tableState) look(m *play.Match) {
	g, names := m.Game, m.Names()
	p := g.Problem()
	s.Env, s.Problem, s.Two, s.Board = p.EnvName, p.Text, g.Players() == 2, bounded(g.Draw())
	s.Players = []string{names[0].String()}
	if s.Two {
		s.Players = append(s.Players, names[1].String())
	}
	s.Played = []playedMove{}
	for ply, move := range g.Moves() {
		s.Played = append(s.Played, playedMove{move, names[g.Seat(ply)].String()})
	}
	s.Over, s.Answer, s.Verified = "", "", false
	s.Turn, s.Yours = names[g.Seat(g.Ply())].String(), m.Turn() == nil
	if end, over := g.End(); over {
		s.Turn, s.Yours, s.Over = "", false, end.Words(names)
		answer, checked, err := g.Verify(context.Background())
		s.Answer, s.Verified = answer, checked && err == nil
		if err != nil {
			s.Over = oneLine(err)
		}
	}
	s.Moves, s.Listed = g.Actions()
	s.More = max(0, len(s.Moves)-maxShown)
	s.Moves = append([]string{}, s.Moves[:len(s.Moves)-s.More]...)
}

// bounded cuts a drawing that no page could show.
func bounded(board string) string {
	const most = 100_000
	if len(board) > most {
		return board[:most] + "…"
	}
	return board
}

// forget drops what was said of an earlier position.
func (s *tableState) forget() { s.Said, s.Fault, s.Hint, s.Why = "", "", nil, nil }

// thought is what was thought of the moves, and of one that was made.
func (s *tableState) thought(x *play.Thought, made play.Rated) *thoughtState {
	const most = 100
	t := &thoughtState{Value: x.Value, Simulations: x.Simulations, Line: x.Line, Moves: []ratedState{}}
	t.Words = fmt.Sprintf("The engine would play %s.", x.Best)
	for i, r := range x.Moves {
		mine := made.Action != "" && r.Action == made.Action
		if mine {
			r = made
		}
		if i >= most && !mine {
			t.More++
			continue
		}
		row := ratedState{Move: r.Action, N: r.N, P: r.P, Proof: r.Proof.Short(s.Two), Made: mine}
		if v, known := r.Worth(); known {
			row.Q = &v
		}
		t.Moves = append(t.Moves, row)
	}
	return t
}
