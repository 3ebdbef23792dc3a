// Hanoi is a plug-in of ponder's in Go: the Towers of Hanoi.
//
//	go build -o hanoi ./examples/plugins/hanoi
//	ponder solve --model none --env-cmd ./hanoi 3
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/plugin"
)

func main() {
	if err := plugin.Serve(context.Background(), hanoi{}, plugin.Info{Name: "hanoi", Example: "3"}, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hanoi:", err)
		os.Exit(1)
	}
}

const (
	pegs      = "ABC"
	mostDisks = 12
)

// hanoi is the environment. A problem is a number of disks, all on the first peg, that
// must come to the last one.
type hanoi struct{}

var (
	_ env.Environment = hanoi{}
	_ env.Verifier    = hanoi{}
	_ env.Describer   = hanoi{}
	_ env.Finite      = state{}
	_ env.Answerer    = state{}
)

func disks(problem string) (int, error) {
	n, err := strconv.Atoi(problem)
	if err != nil || n < 1 || n > mostDisks {
		return 0, &env.InputError{Input: problem, Reason: fmt.Sprintf("it is no number of disks from 1 to %d", mostDisks), Example: "3"}
	}
	return n, nil
}

// Start implements env.Environment.
func (hanoi) Start(_ context.Context, problem string) (env.State, error) {
	n, err := disks(problem)
	if err != nil {
		return nil, err
	}
	return state{where: strings.Repeat(pegs[:1], n)}, nil
}

// Step implements env.Environment.
func (hanoi) Step(_ context.Context, s env.State, action string) (env.State, error) {
	at := s.(state)
	for _, a := range at.Actions() {
		if a == action {
			top := strings.IndexByte(at.where, a[0])
			return state{at.where[:top] + a[1:] + at.where[top+1:], strings.TrimSpace(at.way + " " + a)}, nil
		}
	}
	return nil, env.Illegal(action, "write AC to move the top disk of A to C, and put none on a smaller one")
}

// Verify implements env.Verifier: it moves disks between stacks.
func (hanoi) Verify(_ context.Context, problem, answer string) error {
	n, err := disks(problem)
	if err != nil {
		return err
	}
	var stacks [len(pegs)][]int
	for disk := n; disk > 0; disk-- {
		stacks[0] = append(stacks[0], disk)
	}
	for i, move := range strings.Fields(answer) {
		from, to := -1, -1
		if len(move) == 2 {
			from, to = strings.IndexByte(pegs, move[0]), strings.IndexByte(pegs, move[1])
		}
		if from < 0 || to < 0 || len(stacks[from]) == 0 {
			return fmt.Errorf("move %d, %q, moves nothing", i+1, move)
		}
		last := len(stacks[from]) - 1
		disk := stacks[from][last]
		stacks[from] = stacks[from][:last]
		if under := stacks[to]; len(under) > 0 && under[len(under)-1] <= disk {
			return fmt.Errorf("move %d, %q, puts disk %d on disk %d", i+1, move, disk, under[len(under)-1])
		}
		stacks[to] = append(stacks[to], disk)
	}
	if got := len(stacks[len(pegs)-1]); got < n {
		return fmt.Errorf("in the end %d of %d disks are on the last peg", got, n)
	}
	return nil
}

// Rules implements env.Describer.
func (hanoi) Rules() string {
	return "A state lists the disks on each of three pegs, the largest first. The step AC moves the top disk of A to C; " +
		"no disk may lie on a smaller one. All disks must come to C."
}

// Example implements env.Describer.
func (hanoi) Example() (text, step string) { return state{where: "AAA"}.String(), "AC" }

// state says for each disk, the smallest first, on which peg it is.
type state struct {
	where string
	way   string // the moves that led there, with spaces between them
}

// String implements env.State.
func (s state) String() string {
	var out []string
	for _, peg := range pegs {
		words := []string{string(peg) + ":"}
		for disk := len(s.where); disk > 0; disk-- {
			if rune(s.where[disk-1]) == peg {
				words = append(words, strconv.Itoa(disk))
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return strings.Join(out, "  ")
}

// Key implements env.State.
func (s state) Key() string { return s.where }

// Outcome implements env.State.
func (s state) Outcome() (env.Outcome, bool) {
	if strings.Trim(s.where, pegs[len(pegs)-1:]) != "" {
		return env.Outcome{}, false
	}
	return env.Outcome{Reward: 1, Note: "all disks are there"}, true
}

// Actions implements env.Finite. The top disk of a peg is the first one that is there,
// and may go where no smaller one is.
func (s state) Actions() []string {
	if _, over := s.Outcome(); over {
		return nil
	}
	var out []string
	for _, from := range pegs {
		for _, to := range pegs {
			top, under := strings.IndexRune(s.where, from), strings.IndexRune(s.where, to)
			if from != to && top >= 0 && (under < 0 || under > top) {
				out = append(out, string(from)+string(to))
			}
		}
	}
	return out
}

// Answer implements env.Answerer.
func (s state) Answer() string { return s.way }
