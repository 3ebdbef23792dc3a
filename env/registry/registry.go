// Package registry lists the environments of ponder by name. A new puzzle is a
// package of its own and one line here.
package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/blocksworld"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/env/cube"
	"github.com/ponder-mcts/ponder/env/gomoku"
	"github.com/ponder-mcts/ponder/env/hex"
	"github.com/ponder-mcts/ponder/env/npuzzle"
	"github.com/ponder-mcts/ponder/env/nqueens"
	"github.com/ponder-mcts/ponder/env/othello"
	"github.com/ponder-mcts/ponder/env/pegs"
	"github.com/ponder-mcts/ponder/env/sokoban"
	"github.com/ponder-mcts/ponder/env/sudoku"
	"github.com/ponder-mcts/ponder/env/tictactoe"
)

// Entry is an environment with what a person needs to try it.
type Entry struct {
	Name    string          // as given on the command line
	Summary string          // one line
	Example string          // a problem that Env reads and that has a solution; in a game, a win for the player to move
	Env     env.Environment // stateless: shared by all who ask
}

// all is never changed.
var all = []Entry{
	{"game24", "make 24 from all the numbers; fractions and negative numbers allowed", "4 9 10 13", countdown.Game{Target: 24, AllNumbers: true}},
	{"game24-integer", "make 24 from all the numbers; whole results from 0 only", "4 9 10 13", countdown.Game{Target: 24, AllNumbers: true, Integer: true}},
	{"countdown", "make the target from any of the numbers; fractions and negative numbers allowed", "3 7 25 50 = 96", countdown.Game{}},
	{"countdown-integer", "make the target from any of the numbers; whole results from 0 only", "3 7 25 50 = 96", countdown.Game{Integer: true}},
	{"tictactoe", "win at noughts and crosses; X moves first", "XO./.../...", tictactoe.Environment()},
	{"connect4", "win at four in a row; the columns played so far, or a drawn board", "35572662", connectfour.Environment()},
	{"othello", "have more discs in the end; start, or a drawn board and who moves", "OOOOOO../OOOOXXXX/OXOOOXXX/OOOOXXXX/OXOXXXOX/X.OXXOOX/.XXXOOOX/XXX.XXXX O", othello.Environment()},
	{"hex", "join your two sides; X moves first; size 2 to size 11, or a drawn board", "size 3", hex.Environment()},
	{"gomoku", "win at five in a row; start, size 5 to size 19, or a drawn board", "......./......./..XXX../...OO../..O..../......./.......", gomoku.Environment()},
	{"sudoku", "each digit once in every row, column and box, of 9 or 16 rows", "8......../..36...../.7..9.2../.5...7.../....457../...1...3./..1....68/..85...1./.9....4..", sudoku.Environment()},
	{"npuzzle", "slide 8, 15 or 24 tiles into order, in so many moves", "1 2 3/4 . 6/7 5 8 in 4", npuzzle.Environment()},
	{"pegs", "peg solitaire; start, start centre, or a drawn board", "##...##/##...##/......./....o../....oo./##.o.##/##..o## centre", pegs.Environment()},
	{"nqueens", "queens on a square board that don't attack each other; 1 to 64", "8", nqueens.Environment()},
	{"sokoban", "push the boxes onto the goals, in so many pushes; an XSB level", "#######|#@--###|#-$--.#|#----##|######- in 3", sokoban.Environment()},
	{"blocksworld", "stack blocks as they are asked for, in so many steps; a PDDL problem, or towers", "a c/b > c b a in 6", blocksworld.Environment()},
	{"cube", "solve Rubik's cube of 2x2x2, in so many turns; facelets, or a scramble", "scramble R U' F2 in 3", cube.Environment()},
}

// ErrUnknown marks a name that no environment has.
var ErrUnknown = errors.New("unknown environment")

// All returns every entry, in an order that does not change. The slice is the
// caller's own.
func All() []Entry { return slices.Clone(all) }

// Names returns the names in the order of All.
func Names() []string {
	names := make([]string, 0, len(all))
	for _, e := range all {
		names = append(names, e.Name)
	}
	return names
}

// Get returns the environment of that name. The error for any other name wraps
// ErrUnknown, names the nearest one if there is one near, and lists them all.
func Get(name string) (env.Environment, error) {
	for _, e := range all {
		if e.Name == name {
			return e.Env, nil
		}
	}
	meant := ""
	if near := nearest(name); near != "" {
		meant = fmt.Sprintf("; did you mean %s?", near)
	}
	if len(name) > maxName {
		name = name[:maxName] + "…"
	}
	return nil, fmt.Errorf("%w %q%s (there are %s)", ErrUnknown, name, meant, strings.Join(Names(), ", "))
}

// maxName bounds, in bytes, the names that are compared with ours or repeated.
const maxName = 40

// nearest is the name with the fewest edits to name, the first of equals, or ""
// if that would change more than a third of it.
func nearest(name string) string {
	best, edits := "", len(name)/3+1
	if len(name) > maxName {
		return ""
	}
	for _, e := range all {
		if d := distance(strings.ToLower(strings.TrimSpace(name)), e.Name); d < edits {
			best, edits = e.Name, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete or replace to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // the distances of a[:i] to every prefix of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
