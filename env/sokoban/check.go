package sokoban

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// check pushes and walks from cell to cell.
func check(problem string, steps []string) error {
	type cell struct{ row, column int }
	most, players, player := DefaultPushes, 0, cell{}
	floor, boxes, goals := map[cell]bool{}, map[cell]bool{}, map[cell]bool{}
	if at := strings.LastIndex(problem, "in"); at >= 0 {
		var err error
		if most, err = strconv.Atoi(strings.TrimSpace(problem[at+2:])); err != nil {
			return fmt.Errorf("the number of pushes left: %w", err)
		}
		problem = problem[:at]
	}
	row := 0
	for line := range strings.SplitSeq(strings.NewReplacer("\r", "", "|", "\n", "/", "\n").Replace(problem), "\n") {
		if row == 0 && strings.TrimSpace(line) == "" {
			continue
		}
		row++
		for i, sign := range line {
			at := cell{row, i + 1}
			floor[at] = sign != '#'
			boxes[at] = sign == '$' || sign == '*'
			goals[at] = sign == '.' || sign == '*' || sign == '+'
			if sign == '@' || sign == '+' {
				player = at
				players++
			}
		}
	}
	isOff := func() (n int) {
		for at, is := range boxes {
			if is && !goals[at] {
				n++
			}
		}
		return n
	}
	if players != 1 || isOff() == 0 && !strings.Contains(problem, "*") {
		return errors.New("the problem is no level: it must have one player, and boxes")
	}
	ways := map[string]cell{"up": {-1, 0}, "down": {1, 0}, "left": {0, -1}, "right": {0, 1}}
	for i, step := range steps {
		fail := func(reason string) error { return fmt.Errorf("step %d, %.20q: %s", i+1, step, reason) }
		if isOff() == 0 {
			return fail("it comes when every box is on a goal")
		}
		if i == most {
			return fail(fmt.Sprintf("there were only %d pushes left", most))
		}
		name, direction, _ := strings.Cut(step, "-")
		way, ok := ways[direction]
		if !ok {
			return fail("it is no push, such as c4-right")
		}
		var box, none cell
		for at, is := range boxes {
			letters := string(rune('a' + (at.column-1)%26))
			if at.column > 26 {
				letters = "a" + letters
			}
			if is && name == letters+strconv.Itoa(at.row) {
				box = at
			}
		}
		if box == none {
			return fail("there is no box in that cell")
		}
		to := cell{box.row + way.row, box.column + way.column}
		if !floor[to] || boxes[to] {
			return fail("the cell to which the box is to go is not free")
		}
		reached := map[cell]bool{}
		var walk func(cell)
		walk = func(at cell) {
			if floor[at] && !boxes[at] && !reached[at] {
				reached[at] = true
				for _, w := range ways {
					walk(cell{at.row + w.row, at.column + w.column})
				}
			}
		}
		walk(player)
		if !reached[cell{box.row - way.row, box.column - way.column}] {
			return fail("the player can't walk to the other side of the box")
		}
		boxes[box], boxes[to], player = false, true, box
	}
	if n := isOff(); n > 0 {
		return fmt.Errorf("after the last step %d boxes are off the goals", n)
	}
	return nil
}
