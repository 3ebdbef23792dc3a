// Package connectfour is the game of four in a row on a board of seven columns
// and six rows: a fast env.Position on bitboards, and the env.Board of it.
//
// Player 0 has the X and begins. A move is a column, 0 to 6 from the left, and
// its text is 1 to 7.
package connectfour

import "github.com/ponder-mcts/ponder/env"

// Environment returns the game for searches that may ask a model, always the
// same one. Its problems are what Parse reads.
func Environment() *env.Board { return board }

var board = &env.Board{
	Parse:   Parse,
	Players: 2,
	Rulebook: `A state is a board of 7 columns and 6 rows. The rows are separated by "/", the top row first, ` +
		`and show the stones X and O and a "." for each empty cell. X moves first and the two take turns: ` +
		"with as many X as O it is X's turn, else O's. " +
		"A step is a column that is not full, 1 to 7 from the left: a stone of the player to move falls to its lowest empty cell. " +
		"The goal of the player to move is four stones of its own in a row: across, up, or along a diagonal.",
	SampleState: "......./......./......./......./.OOO.../.XXX...",
	SampleStep:  "5",
}
