package blocksworld

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// check applies the operators to a set of facts, as their definition has it.
func check(problem string, steps []string) error {
	if len(problem) > maxText {
		return fmt.Errorf("the problem is longer than %d bytes", maxText)
	}
	problem = strings.ToLower(comment.ReplaceAllString(problem, ""))
	most := -1
	if m := leftMoves.FindStringSubmatch(problem); m != nil {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return fmt.Errorf("the number of moves left: %w", err)
		}
		problem, most = m[1], n
	}
	var start, goal []string
	if strings.Contains(problem, "(") {
		start, goal = factsOf(startPart.FindString(problem)), factsOf(goalPart.FindString(problem))
	} else {
		left, right, _ := strings.Cut(problem, ">")
		start, goal = factsOfTowers(left), factsOfTowers(right)
		if !strings.Contains(left, "[") {
			start = append(start, "handempty")
		}
	}
	if len(goal) == 0 {
		return errors.New("the problem has no goal")
	}
	state, blocks := map[string]bool{}, map[string]bool{}
	for _, f := range start {
		state[f] = true
		if words := strings.Fields(f); len(words) > 1 {
			blocks[words[1]] = true
		}
	}
	if most < 0 {
		most = 4 * len(blocks)
	}
	lacks := func(facts []string) string {
		for _, f := range facts {
			if !state[f] {
				return f
			}
		}
		return ""
	}
	for i, step := range steps {
		fail := func(format string, args ...any) error {
			return fmt.Errorf("step %d, %.60q: %s", i+1, step, fmt.Sprintf(format, args...))
		}
		m := stepOfName.FindStringSubmatch(step)
		if m == nil || (m[1] == "stack" || m[1] == "unstack") != (m[3] != "") || operators[m[1]][0] == nil {
			return fail("it is none of pick-up(x), put-down(x), stack(x,y) and unstack(x,y)")
		}
		if lacks(goal) == "" {
			return fail("it comes when the goal is reached")
		}
		if i == most {
			return fail("there were only %d moves left", most)
		}
		var needs, makes []string
		for _, f := range operators[m[1]][0] {
			needs = append(needs, strings.NewReplacer(" x", " "+m[2], " y", " "+m[3]).Replace(f))
		}
		for _, f := range operators[m[1]][1] {
			makes = append(makes, strings.NewReplacer(" x", " "+m[2], " y", " "+m[3]).Replace(f))
		}
		if f := lacks(needs); f != "" {
			return fail("it needs (%s)", f)
		}
		for _, f := range needs {
			state[f] = false
		}
		for _, f := range makes {
			state[f] = true
		}
	}
	if f := lacks(goal); f != "" {
		return fmt.Errorf("after the last step (%s) is not true", f)
	}
	return nil
}

// factsOf are the facts in a part of a text in PDDL.
func factsOf(part string) (facts []string) {
	for _, m := range fact.FindAllStringSubmatch(part, -1) {
		facts = append(facts, strings.Join(strings.Fields(m[1]), " "))
	}
	return facts
}

// factsOfTowers are the facts of towers in the short form.
func factsOfTowers(towers string) (facts []string) {
	for tower := range strings.SplitSeq(towers, "/") {
		words := strings.Fields(tower)
		for i, word := range words {
			switch {
			case word == "?":
				continue
			case word == "[]":
				facts = append(facts, "handempty")
				continue
			case word[0] == '[':
				facts = append(facts, "holding "+strings.Trim(word, "[]"))
				continue
			case i == 0:
				facts = append(facts, "ontable "+word)
			case words[i-1] != "?":
				facts = append(facts, "on "+word+" "+words[i-1])
			}
			if i == len(words)-1 {
				facts = append(facts, "clear "+word)
			}
		}
	}
	return facts
}
