package connectfour

import "github.com/ponder-mcts/ponder/env"

// moveSet is a set of columns as moves, from the left.
type moveSet struct {
	moves [Columns]env.Move
	count uint8
}

// sets has the moves of every set of columns (bit c is column c).
var sets = func() (table [1 << Columns]moveSet) {
	for set := range table {
		t := &table[set]
		for c := range env.Move(Columns) {
			if set>>c&1 != 0 {
				t.moves[t.count] = c
				t.count++
			}
		}
	}
	return table
}()

var every = &sets[len(sets)-1]

// columnsOf turns some cells of the top row into the set of their columns.
func columnsOf(top uint64) int {
	// The product has the bit of column c at 7c+36-6d for each d from 0 to 6. No
	// two of these places are the same, so nothing carries, and d = c is what
	// makes neighbours of the columns.
	const spread = 1 | 1<<6 | 1<<12 | 1<<18 | 1<<24 | 1<<30 | 1<<36
	return int(top >> (Rows - 1) * spread >> 36 & (1<<Columns - 1))
}
