package ponder_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The arrows between packages point one way: whoever adds one has to change
// this table, and docs/design.md.
func TestDependencies(t *testing.T) {
	const module = "github.com/ponder-mcts/ponder"
	allowed := map[string][]string{
		"nodes":           {},
		"env":             {},
		"env/connectfour": {"env"},
		"env/countdown":   {"env"},
		"env/child":       {},
		"env/coq":         {"env", "env/child", "env/coq/ide", "env/coq/vernac", "env/proof"},
		"env/coq/ide":     {"env/child"},
		"env/coq/vernac":  {},
		"env/lean":        {"env", "env/child", "env/proof"},
		"env/npuzzle":     {"env"},
		"env/nqueens":     {"env"},
		"env/pegs":        {"env"},
		"env/sudoku":      {"env"},
		"env/blocksworld": {"env"},
		"env/cube":        {"env"},
		"env/sokoban":     {"env"},
		"env/proof":       {"env"},
		"env/envtest":     {"env"},
		"env/plugin":      {"env", "env/child"},
		"env/gomoku":      {"env"},
		"env/hex":         {"env"},
		"env/othello":     {"env"},
		"env/registry":    {"env", "env/connectfour", "env/countdown", "env/gomoku", "env/hex", "env/npuzzle", "env/nqueens", "env/othello", "env/pegs", "env/sokoban", "env/sudoku", "env/tictactoe", "env/blocksworld", "env/cube"},
		"env/tictactoe":   {"env"},
		"event":           {"env"},
		"llm":             {},
		"llm/tiny":        {"llm"},
		"llm/llmtest":     {"llm"},
		"play":            {"", "env", "evaluate", "event", "expand", "llm", "mcts", "nodes", "prompt"},
		"prompt":          {"env", "llm"},
		"prove": {
			"", "env", "env/child", "env/coq", "env/coq/ide", "env/coq/vernac", "env/lean", "env/proof", "evaluate", "event", "expand", "llm",
			"mcts", "nodes", "prompt", "prove/ask", "prove/learn", "prove/tidy",
		},
		"prove/measure":          nil, // a program
		"prove/measure/sample":   {"env/child", "env/coq/ide", "env/coq/vernac"},
		"prove/ask":              {"env", "env/proof", "llm", "prompt"},
		"prove/learn":            {"env", "env/proof"},
		"prove/tidy":             {"env", "env/proof"},
		"expand":                 {"env", "llm", "prompt"},
		"evaluate":               {"env", "llm", "prompt"},
		"mcts":                   {"env", "event", "nodes"},
		"mcts/lean":              {},
		"store":                  {"env", "event", "llm"},
		"serve":                  {"env", "event", "llm", "view"},
		"view":                   {"env", "event"},
		"view/web":               {},
		"watch":                  {"env", "event", "view"},
		"":                       {"env", "evaluate", "event", "expand", "llm", "mcts", "nodes", "prompt"},
		"bench":                  {"", "env", "evaluate", "event", "expand", "llm", "mcts", "nodes", "prompt"},
		"bench/games":            nil, // a program
		"bench/rate":             nil, // a program
		"cmd/ponder":             nil, // wires everything
		"examples/plugins/hanoi": nil, // a program
		"llm/tiny/measure":       nil, // a program
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.ImportPath}}: {{join .Deps \" \"}}", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		name, deps, _ := strings.Cut(strings.TrimSpace(line), ":")
		name = strings.Trim(strings.TrimPrefix(name, module), "/")
		want, known := allowed[name]
		if !known {
			if !strings.HasPrefix(name, "llm/needs") {
				t.Errorf("package %q is not in the table: say what it may import", name)
			}
			continue
		}
		if want == nil {
			continue
		}
		for dep := range strings.FieldsSeq(deps) {
			ours := dep == module || strings.HasPrefix(dep, module+"/")
			short := strings.Trim(strings.TrimPrefix(dep, module), "/")
			if ours && !slices.Contains(want, short) {
				t.Errorf("package %q must not depend on %q", name, short)
			}
			if (name == "nodes" || name == "mcts") && !ours && strings.Contains(strings.SplitN(dep, "/", 2)[0], ".") {
				t.Errorf("package %q must not depend on a third party: %s", name, dep)
			}
		}
	}
}
