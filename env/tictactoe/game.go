// Package tictactoe is noughts and crosses: an env.Position, and the env.Board
// of it.
//
// Player 0 has the X and begins. A move is a cell, 0 to 8 along the rows from
// the top left, and its text is 1 to 9.
package tictactoe

import "github.com/ponder-mcts/ponder/env"

// Environment returns the game for searches that may ask a model, always the
// same one. Its problems are what Parse reads.
func Environment() *env.Board { return board }

var board = &env.Board{
	Parse:   Parse,
	Players: 2,
	Rulebook: `A state is a board of 3 rows of 3 cells. The rows are separated by "/", the top row first, ` +
		`and show X, O and a "." for each empty cell. X moves first and the two take turns: ` +
		"with as many X as O it is X's turn, else O's. " +
		"A step is an empty cell, 1 to 9: 123 is the top row, 456 the middle one, 789 the bottom one. " +
		"The goal of the player to move is three of its own in a row, a column or a diagonal.",
	SampleState: "X.O/.X./O..",
	SampleStep:  "9",
}
