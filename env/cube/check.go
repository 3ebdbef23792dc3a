package cube

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// check turns stickers in space. That of the front's upper right is at (1, 1, 2): right,
// up and to the front are 1, and 2 where the sticker looks.
func check(problem string, steps []string) error {
	if len(problem) > maxText {
		return fmt.Errorf("the problem is longer than %d bytes", maxText)
	}
	most, last := DefaultMoves, ""
	problem = strings.ToUpper(strings.ReplaceAll(problem, "’", "'"))
	if m := problemEnd.FindStringSubmatch(problem); m != nil {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return fmt.Errorf("the number of moves left: %w", err)
		}
		problem, most, last = m[1], n, strings.TrimSpace(m[3])
	}
	letters, scramble := problem, []string(nil)
	if words := strings.Fields(problem); len(words) > 0 && words[0] == "SCRAMBLE" {
		letters, scramble = "UUUU RRRR FFFF DDDD LLLL BBBB", words[1:]
	}
	letters = strings.NewReplacer("/", "", "|", "").Replace(strings.Join(strings.Fields(letters), ""))
	if len(letters) != 24 {
		return errors.New("the problem has not 24 stickers")
	}
	type point [3]int // to the right, up, to the front
	type colours map[point]byte
	// Each face with where it looks, and with what is right and down on it.
	looks := [6]point{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}, {0, -1, 0}, {-1, 0, 0}, {0, 0, -1}}
	right := [6]point{{1, 0, 0}, {0, 0, -1}, {1, 0, 0}, {1, 0, 0}, {0, 0, 1}, {-1, 0, 0}}
	down := [6]point{{0, 0, 1}, {0, -1, 0}, {0, -1, 0}, {0, 0, -1}, {0, -1, 0}, {0, -1, 0}}
	cube := colours{}
	for i := range letters {
		f, across, along := i/4, 2*(i%2)-1, 2*(i%4/2)-1
		var at point
		for d := range at {
			at[d] = 2*looks[f][d] + across*right[f][d] + along*down[f][d]
		}
		cube[at] = letters[i]
	}
	turn := func(move string) error {
		if !oneMove.MatchString(move) {
			return errors.New("it is none of U, U', U2, R, R', R2, F, F' and F2")
		}
		times := map[string]int{"": 1, "'": 3, "2": 2}[move[1:]]
		for range times {
			next := colours{}
			for at, colour := range cube {
				switch x, y, z := at[0], at[1], at[2]; {
				case move[0] == 'U' && y > 0:
					at = point{-z, y, x}
				case move[0] == 'R' && x > 0:
					at = point{x, z, -y}
				case move[0] == 'F' && z > 0:
					at = point{y, -x, z}
				}
				next[at] = colour
			}
			cube = next
		}
		return nil
	}
	isSolved := func() bool {
		for at, colour := range cube {
			for other, same := range cube {
				for d := range at {
					if (at[d] == 2 || at[d] == -2) && at[d] == other[d] && colour != same {
						return false
					}
				}
			}
		}
		return true
	}
	for _, move := range scramble {
		if err := turn(move); err != nil {
			return fmt.Errorf("move %.20q of the scramble: %w", move, err)
		}
	}
	for i, step := range steps {
		reason := error(nil)
		switch {
		case isSolved():
			reason = errors.New("it comes when the cube is solved")
		case i == most:
			reason = fmt.Errorf("there were only %d moves left", most)
		case last != "" && strings.HasPrefix(step, last[len(last)-1:]):
			reason = errors.New("the same face was turned just before")
		default:
			reason = turn(step)
		}
		if reason != nil {
			return fmt.Errorf("step %d, %.20q: %w", i+1, step, reason)
		}
		last = step[:1]
	}
	if !isSolved() {
		return errors.New("after the last step the cube is not solved")
	}
	return nil
}
