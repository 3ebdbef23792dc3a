package plugin_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/envtest"
	"github.com/ponder-mcts/ponder/env/plugin"
)

// need is the path of a program that "make test" installs.
func need(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is missing; get it with: apt-get install %s", program, pkg)
	}
	return path
}

// stage runs examples in the folder of the stand-ins, which the shims look through for
// modules.
type stage struct {
	t                   *testing.T
	folder              string // of the examples
	python, node, hanoi string // programs
	open                map[string]*plugin.Env
}

func newStage(t *testing.T) *stage {
	t.Helper()
	t.Setenv("PYTHONDONTWRITEBYTECODE", "1") // Python would write beside the source
	folder, err := filepath.Abs("../../examples/plugins")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{
		t: t, folder: folder, open: map[string]*plugin.Env{},
		python: need(t, "python3", "python3"), node: need(t, "node", "nodejs"), hanoi: filepath.Join(t.TempDir(), "hanoi"),
	}
	// What is on PATH may be a script that looks for the real one, and takes its time.
	real, err := exec.CommandContext(t.Context(), s.python, "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatal(err)
	}
	s.python = strings.TrimSpace(string(real))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.hanoi, "../../examples/plugins/hanoi")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return s
}

// argv is the command of an example, such as "jugs.py".
func (s *stage) argv(example string) []string {
	words := strings.Fields(example)
	file := filepath.Join(s.folder, words[0])
	switch filepath.Ext(file) {
	case ".py":
		return append([]string{s.python, file}, words[1:]...)
	case ".js":
		return append([]string{s.node, file}, words[1:]...)
	}
	return []string{s.hanoi}
}

// start opens a plug-in.
func (s *stage) start(t *testing.T, argv []string) *plugin.Env {
	t.Helper()
	e, err := plugin.Open(t.Context(), plugin.Config{Argv: argv, Dir: filepath.Join(s.folder, "testdata")})
	if err != nil {
		t.Fatal(err)
	}
	s.t.Cleanup(e.Close)
	return e
}

// example is one that runs, and is started if it does not.
func (s *stage) example(t *testing.T, command string) *plugin.Env {
	t.Helper()
	if s.open[command] == nil {
		s.open[command] = s.start(t, s.argv(command))
	}
	return s.open[command]
}

// lines checks each line of a file by a part of the schema.
func lines(t *testing.T, part, file string) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	schema, err := c.Compile(filepath.Join("..", "..", "docs", "plugin.schema.json") + "#/$defs/" + part)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			t.Fatalf("%s %d: %.300s\n%v", part, n, line, err)
		}
	}
	if n == 0 {
		t.Errorf("there are no %s", part)
	}
}

// What an example does is tested in one go, since a process takes its time to start.
func TestExamples(t *testing.T) {
	s := newStage(t)
	t.Run("contract", func(t *testing.T) { contract(t, s) })
	t.Run("play", func(t *testing.T) { play(t, s) })
	t.Run("replay", func(t *testing.T) { replay(t, s) })
	t.Run("problems", func(t *testing.T) { badProblems(t, s) })
	t.Run("answers", func(t *testing.T) { badAnswers(t, s) })
	t.Run("mistake", func(t *testing.T) { mistake(t, s) })
	t.Run("documentation", func(t *testing.T) { documentation(t, s) })
}

const (
	lake    = "gymnasium_env.py frozen_lake:FrozenLake"
	lottery = "gymnasium_env.py frozen_lake:Lottery"
	spiel   = "openspiel_env.py --module tic_tac_toe tic_tac_toe"
)

// contract holds each example to the contract, and each line of it to the schema. No
// process of it may be replaced.
func contract(t *testing.T, s *stage) {
	for _, tt := range []struct {
		example  string
		problems []string
	}{
		{"jugs.py", []string{"3 5 8 -> 4", "1/2 0/3 3/4 -> 2", "0/3 0/5 -> 4"}},
		{"nim.js", []string{"3 4 5", "0 0"}},
		{"hanoi", []string{"3", "1"}},
		{lake, []string{"0"}},
		{lake + " --merge copies=False", []string{"7"}},
		{lottery + " --high 20", []string{"1", "123456789"}},
		{spiel, []string{"start", "x(1,1); o(0,0)"}},
		{spiel + " --merge", []string{"start"}},
	} {
		t.Run(tt.example, func(t *testing.T) {
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
			tap := []string{"sh", "-c", `in=$1 out=$2; shift 2; tee -a "$in" | "$@" | tee -a "$out"`, "sh", in, out}
			e := s.start(t, append(tap, s.argv(tt.example)...))
			for _, err := range envtest.Check(t.Context(), e.Environment(), envtest.Options{Steps: 600, Texts: e.Info().Texts}, append(tt.problems, e.Info().Example)...) {
				t.Error(err)
			}
			e.Close()
			lines(t, "requests", in)
			lines(t, "replies", out)
			text, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(text, []byte(`{"id":1,`)); n != 1 {
				t.Errorf("there were %d processes", n)
			}
			if !bytes.Contains(text, []byte("[{")) {
				t.Error("there was no batch")
			}
		})
	}
}

// play holds the examples to the rules that they are meant to have.
func play(t *testing.T, s *stage) {
	for _, tt := range []struct {
		example, problem, actions string
		want                      facts
	}{
		{
			"jugs.py", "3 5 8 -> 4", "8>5 5>3 3>8 5>3 8>5 5>3",
			facts{Text: "3/3 4/5 1/8 -> 4", Over: true, Outcome: env.Outcome{Reward: 1, Note: "a jug has 4"}, Answer: "8>5 5>3 3>8 5>3 8>5 5>3"},
		},
		{"jugs.py", "0/3 0/5 -> 4", "", facts{Text: "0/3 0/5 -> 4"}},
		{
			"nim.js", "1 2", "2_from_2 1_from_1",
			facts{Text: "0 0, player 0 to move", Over: true, Outcome: env.Outcome{Note: "player 1 took the last one"}},
		},
		{"nim.js", "1 2", "1_from_1", facts{Text: "0 2, player 1 to move", Actions: []string{"1 from 2", "2 from 2"}, ToMove: 1}},
		{
			"hanoi", "2", "AB AC BC",
			facts{Text: "A:  B:  C: 2 1", Over: true, Outcome: env.Outcome{Reward: 1, Note: "all disks are there"}, Answer: "AB AC BC"},
		},
		{
			lake, "0", "1 1 2 1 2 2",
			facts{Text: "15 (step 6, rewards 1)", Over: true, Outcome: env.Outcome{Reward: 1, Note: "rewards 1"}, Answer: "1 1 2 1 2 2"},
		},
		{
			lake + " --low -1 --high 7 prize=3", "0", "1 1 2 1 2 2",
			facts{Text: "15 (step 6, rewards 3)", Over: true, Outcome: env.Outcome{Reward: 0.5, Note: "rewards 3"}, Answer: "1 1 2 1 2 2"},
		},
		{
			lake + " --steps 3", "0", "1 0 0",
			facts{Text: "4 (step 3, rewards 0)", Over: true, Outcome: env.Outcome{Note: "rewards 0"}, Answer: "1 0 0"},
		},
		{
			lottery + " --high 26", "11", "5 5 5 5", // which draws 1, 4, 4 and 4
			facts{Text: "1 (step 4, rewards 13)", Over: true, Outcome: env.Outcome{Reward: 0.5, Note: "rewards 13"}, Answer: "5 5 5 5"},
		},
		{
			spiel, "x(1,1); o(0,0)", "x(0,2) o(0,1) x(2,0)",
			facts{Text: "oox\n.x.\nx..", Over: true, Outcome: env.Outcome{Reward: 1, Note: "returns 1, -1"}},
		},
	} {
		e := s.example(t, tt.example)
		at, err := e.Start(t.Context(), tt.problem)
		for _, a := range strings.Fields(tt.actions) {
			if err == nil {
				at, err = e.Step(t.Context(), at, strings.ReplaceAll(a, "_", " "))
			}
		}
		if err != nil {
			t.Errorf("%s: %v", tt.example, err)
			continue
		}
		if diff := cmp.Diff(tt.want, factsOf(at)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.example, diff)
		}
	}
}

// replay sees that a copy of an environment goes on as a replay would, and that a mask
// forbids actions.
func replay(t *testing.T, s *stage) {
	var told []string
	for _, example := range []string{lottery, lottery + " --replay"} {
		e := s.example(t, example)
		var walk func(at env.State) string
		walk = func(at env.State) string {
			out := at.Key() + " " + at.String() + "\n"
			for _, a := range at.(env.Finite).Actions() {
				next, err := e.Step(t.Context(), at, a)
				if err != nil {
					t.Fatal(err)
				}
				out += walk(next)
			}
			return out
		}
		root, err := e.Start(t.Context(), "42") // which draws 2, 7, 7 and 5
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, walk(root))
	}
	if diff := cmp.Diff(told[0], told[1]); diff != "" {
		t.Errorf("(-copied +replayed):\n%s", diff)
	}
	if n := strings.Count(told[0], "\n"); n != 1+2+2+2+4 {
		t.Errorf("there are %d states", n)
	}
}

// badProblems sees that what is refused is refused with the reason.
func badProblems(t *testing.T, s *stage) {
	for _, tt := range []struct{ example, problem, want string }{
		{"jugs.py", "3 5 8", "no whole number behind ->"},
		{"jugs.py", "8 -> 4", "there are 1 jugs"},
		{"jugs.py", "3 1/5 8 -> 4", "for all of them alike"},
		{"jugs.py", "5 5 -> 4", "two jugs hold the same"},
		{"jugs.py", "1/2 4/3 -> 1", "more than it holds"},
		{"nim.js", "3 x", "a heap is a number"},
		{"nim.js", "1 1 1 1 1 1 1", "more than six heaps"},
		{"hanoi", "13", "no number of disks"},
		{lake, "-1", "it is no seed"},
		{spiel, "x(0,0); x(0,1)", "move 2 is illegal: the legal moves are o(0,1)"},
	} {
		_, err := s.example(t, tt.example).Start(t.Context(), tt.problem)
		var input *env.InputError
		if !errors.As(err, &input) || !strings.Contains(input.Reason, tt.want) || input.Example == "" {
			t.Errorf("%s %q: %v, want %q", tt.example, tt.problem, err, tt.want)
		}
	}
}

// badAnswers sees that the checkers of the examples check.
func badAnswers(t *testing.T, s *stage) {
	for _, tt := range []struct{ example, problem, answer, want string }{
		{"jugs.py", "3 5 8 -> 4", "8>5 8>4", "step 2, '8>4'"},
		{"jugs.py", "3 5 8 -> 4", "8>5", "none of them 4"},
		{"hanoi", "3", "AC AC", "puts disk 2 on disk 1"},
		{"hanoi", "3", "BA", "moves nothing"},
		{"hanoi", "3", "AC AB", "1 of 3 disks"},
	} {
		v, ok := s.example(t, tt.example).Environment().(env.Verifier)
		if !ok {
			t.Fatalf("%s verifies nothing", tt.example)
		}
		if err := v.Verify(t.Context(), tt.problem, tt.answer); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: %v, want %q", tt.example, tt.answer, err, tt.want)
		}
	}
}

// mistake sees that what is raised by mistake is told, and ends no process.
func mistake(t *testing.T, s *stage) {
	e := s.example(t, lake+" breaks=True")
	at, err := e.Start(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Step(t.Context(), at, "1"); !errors.Is(err, env.ErrBroken) || !strings.Contains(err.Error(), "at the step \"1\": RuntimeError: the ice breaks") {
		t.Errorf("a step that breaks: %v", err)
	}
}

// documentation sees that the plug-in in docs/plugin.md is a whole one, and the session
// with it a real one.
func documentation(t *testing.T, s *stage) {
	doc, err := os.ReadFile("../../docs/plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, source, _ := strings.Cut(string(doc), "```python\n")
	source, rest, _ := strings.Cut(source, "```")
	_, session, _ := strings.Cut(rest, "```\n")
	session, _, _ = strings.Cut(session, "```")
	file := filepath.Join(t.TempDir(), "double.py")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	e := s.start(t, []string{s.python, file})
	for _, err := range envtest.Check(t.Context(), e.Environment(), envtest.Options{Steps: 500}, "10", "1", "7", "0") {
		t.Error(err)
	}

	cmd := exec.CommandContext(t.Context(), s.python, file)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	replies := bufio.NewScanner(out)
	n := 0
	for line := range strings.Lines(session) {
		if sent, ok := strings.CutPrefix(line, "→ "); ok {
			if _, err := in.Write([]byte(sent)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		told, ok := strings.CutPrefix(line, "← ")
		if !ok || !replies.Scan() {
			t.Fatalf("no reply to compare with %q", line)
		}
		n++
		var want, got any
		if err := errors.Join(json.Unmarshal([]byte(told), &want), json.Unmarshal(replies.Bytes(), &got)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-documented +real):\n%s", diff)
		}
	}
	if n < 5 {
		t.Errorf("the session has %d replies", n)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
