package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// No Lean can be installed where these tests run: what speaks its REPL's protocol
// here is a simulator that knows conjunctions, and equations that rfl proves.

var stated = regexp.MustCompile(`theorem (\S+) : (.*?) := by\s*sorry`)

// simulatedRepl is the program repl.
func simulatedRepl() {
	var states [][]string
	admitted := map[int]bool{}
	keep := func(goals []string) int {
		states = append(states, goals)
		return len(states) - 1
	}
	say := func(v any) {
		data, _ := json.Marshal(v)
		fmt.Printf("%s\n\n", data)
	}
	for in := json.NewDecoder(os.Stdin); ; {
		var q struct {
			Cmd        *string `json:"cmd"`
			Tactic     string  `json:"tactic"`
			ProofState int     `json:"proofState"`
		}
		if in.Decode(&q) != nil {
			return
		}
		if q.Cmd != nil {
			var sorries []map[string]any
			for _, m := range stated.FindAllStringSubmatchIndex(*q.Cmd, -1) {
				at := m[1] - len("sorry")
				before := (*q.Cmd)[:at]
				pos := map[string]int{"line": 1 + strings.Count(before, "\n"), "column": at - 1 - strings.LastIndexByte(before, '\n')}
				sorries = append(sorries, map[string]any{"pos": pos, "goal": "⊢ " + (*q.Cmd)[m[4]:m[5]], "proofState": keep([]string{"⊢ " + (*q.Cmd)[m[4]:m[5]]})})
			}
			say(map[string]any{"sorries": sorries, "env": 0})
			continue
		}
		goals, sorry, ok := simulatedTactic(slices.Clone(states[q.ProofState]), q.Tactic)
		if !ok {
			say(map[string]any{"message": "Lean error:\ntactic failed"})
			continue
		}
		n := keep(goals)
		admitted[n] = admitted[q.ProofState] || sorry
		status := "Completed"
		switch {
		case len(goals) > 0:
			status = "Incomplete: open goals remain"
		case admitted[n]:
			status = "Incomplete: contains sorry"
		}
		reply := map[string]any{"proofState": n, "goals": goals, "proofStatus": status}
		if sorry {
			reply["sorries"] = []map[string]any{{"goal": "⊢ closed", "proofState": keep(nil)}}
		}
		say(reply)
	}
}

// simulatedTactic plays a tactic on the first goal, or a sequence of sorry and
// rotate_left on all.
func simulatedTactic(goals []string, tactic string) (next []string, sorry, ok bool) {
	if inner, many := strings.CutPrefix(tactic, "("); many {
		for _, t := range strings.Split(strings.TrimSuffix(inner, ")"), "; ") {
			switch t {
			case "sorry":
				goals, sorry = goals[1:], true
			case "rotate_left 1":
				goals = append(goals[1:], goals[0])
			default:
				return nil, false, false
			}
		}
		return goals, sorry, true
	}
	if len(goals) == 0 {
		return nil, false, false
	}
	if first, rest, both := strings.Cut(tactic, " <;> "); both {
		made, _, ok := simulatedTactic(goals[:1], first)
		for ok && len(made) > 0 {
			made, _, ok = simulatedTactic(made, rest)
		}
		return append([]string{}, goals[1:]...), false, ok
	}
	concl := strings.TrimPrefix(goals[0], "⊢ ")
	a, b, isAnd := strings.Cut(concl, " ∧ ")
	switch {
	case tactic == "constructor" && isAnd:
		return append([]string{"⊢ " + a, "⊢ " + b}, goals[1:]...), false, true
	case tactic == "rfl" && slices.Contains([]string{"1 + 1 = 2", "2 + 2 = 4"}, concl):
		return append([]string{}, goals[1:]...), false, true
	}
	return nil, false, false
}

// simulatedLean is the program lean, as the judge calls it and as it tells its version.
func simulatedLean() {
	args := os.Args[1:]
	if slices.Contains(args, "--version") {
		fmt.Println("Lean (version 4.99.0, simulated)")
		return
	}
	text, err := os.ReadFile(args[len(args)-1])
	if err != nil {
		panic(err)
	}
	say := func(severity string, line int, data string) {
		out, _ := json.Marshal(map[string]any{"severity": severity, "pos": map[string]int{"line": line, "column": 0}, "data": data, "kind": ""})
		fmt.Println(string(out))
	}
	lines := strings.Split(string(text), "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) == "sorry" {
			say("warning", i+1, "declaration uses 'sorry'")
		}
		if name, ok := strings.CutPrefix(l, "#print axioms "); ok {
			say("information", i+1, "'"+name+"' does not depend on any axioms")
		}
	}
}
