package bench

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ponder-mcts/ponder/env"
)

// Suites are the built-in problem sets, by name. All are for the environments
// game24 and game24-integer.
var Suites = map[string]string{
	"game24-all":        "all 1,820 multisets of four cards from 1 to 13",
	"game24-solvable":   "those of them that have a solution",
	"game24-unsolvable": "those of them that have none",
	"game24-heldout":    "solvable ones that the embedded model never saw in training",
}

// Suite returns the problems of a built-in set, in a fixed order. Whether a
// problem is solvable is found by exhaustion under the rules of e.
func Suite(ctx context.Context, name string, e env.Environment) ([]string, error) {
	if _, ok := Suites[name]; !ok {
		return nil, fmt.Errorf("unknown suite %q: choose one of %s, or a file", name, strings.Join(Names(Suites), ", "))
	}
	var out []string
	for _, hand := range hands() {
		text := strings.Trim(fmt.Sprint(hand), "[]")
		if name == "game24-heldout" && !HeldOut(hand, 24) {
			continue
		}
		if name != "game24-all" {
			solvable, err := Solvable(ctx, e, text)
			if err != nil {
				return nil, err
			}
			if solvable == (name == "game24-unsolvable") {
				continue
			}
		}
		out = append(out, text)
	}
	return out, nil
}

// Names returns the keys of a list such as Suites, sorted.
func Names(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func hands() [][]int {
	var out [][]int
	for a := 1; a <= 13; a++ {
		for b := a; b <= 13; b++ {
			for c := b; c <= 13; c++ {
				for d := c; d <= 13; d++ {
					out = append(out, []int{a, b, c, d})
				}
			}
		}
	}
	return out
}

// HeldOut reports whether the embedded model's training left out the state
// with these numbers (ascending) and this target: a tenth of all states by a
// hash of their text, and of the four-number states with target 24 another
// tenth.
func HeldOut(numbers []int, target int) bool {
	text := strings.Trim(fmt.Sprint(numbers), "[]") + " > " + strconv.Itoa(target)
	sum := sha256.Sum256([]byte(text))
	tenth := binary.BigEndian.Uint64(sum[:8]) % 10
	return tenth == 0 || tenth == 1 && len(numbers) == 4 && target == 24
}

// Solvable reports whether some sequence of legal steps wins, by trying them
// all. The states must have finite lists of actions.
func Solvable(ctx context.Context, e env.Environment, problem string) (bool, error) {
	start, err := e.Start(ctx, problem)
	if err != nil {
		return false, err
	}
	seen := map[string]bool{start.Key(): true}
	work := []env.State{start}
	for len(work) > 0 {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		s := work[len(work)-1]
		work = work[:len(work)-1]
		if out, over := s.Outcome(); over {
			if out.Reward == 1 {
				return true, nil
			}
			continue
		}
		finite, ok := s.(env.Finite)
		if !ok {
			return false, fmt.Errorf("state %q has no finite list of actions", s)
		}
		for _, a := range finite.Actions() {
			next, err := e.Step(ctx, s, a)
			if err != nil {
				return false, fmt.Errorf("stepping state %q: %w", s, err)
			}
			if k := next.Key(); !seen[k] {
				seen[k] = true
				work = append(work, next)
			}
		}
	}
	return false, nil
}

// File reads problems: a .csv with a column Puzzles, a .jsonl with nums and
// target or a text field problem in each line, else one problem a line, where
// empty lines and those that start with # do not count.
func File(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading problems: %w", err)
	}
	defer f.Close()
	var out []string
	switch filepath.Ext(path) {
	case ".csv":
		out, err = readCSV(f)
	case ".jsonl":
		out, err = readLines(f, problemOfJSON)
	default:
		out, err = readLines(f, func(line string) (string, error) { return line, nil })
	}
	if err == nil && len(out) == 0 {
		err = errors.New("no problem in it")
	}
	if err != nil {
		return nil, fmt.Errorf("reading problems from %s: %w", path, err)
	}
	return out, nil
}

func readCSV(r io.Reader) ([]string, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	column := slices.Index(rows[0], "Puzzles")
	if column < 0 {
		return nil, fmt.Errorf("line 1: no column Puzzles among %v", rows[0])
	}
	var out []string
	for _, row := range rows[1:] {
		out = append(out, row[column])
	}
	return out, nil
}

func readLines(r io.Reader, problem func(string) (string, error)) ([]string, error) {
	var out []string
	scan := bufio.NewScanner(r)
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, err := problem(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, text)
	}
	return out, scan.Err()
}

func problemOfJSON(line string) (string, error) {
	var row struct {
		Problem string
		Nums    []int
		Target  int
	}
	if err := json.Unmarshal([]byte(line), &row); err != nil {
		return "", err
	}
	if row.Problem != "" {
		return row.Problem, nil
	}
	if len(row.Nums) == 0 {
		return "", errors.New(`neither "problem" nor "nums"`)
	}
	return fmt.Sprintf("%s = %d", strings.Trim(fmt.Sprint(row.Nums), "[]"), row.Target), nil
}
