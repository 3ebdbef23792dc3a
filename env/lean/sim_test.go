package lean

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The test binary plays Lean: started with -sim it is a REPL, with -simlean it is
// "lean --json", both by a script; with -nap it does nothing.
//
// The REPL knows a logic of its own (see logic_test.go), and a script may add
// rules: what a tactic does to a goal, or how it breaks the process.

type simScript struct {
	// Load is the answer to the file.
	Load struct {
		Message  string       `json:"message,omitempty"`
		Sorries  []simSorry   `json:"sorries,omitempty"`
		Messages []simMessage `json:"messages,omitempty"`
		Fault    string       `json:"fault,omitempty"`
		Once     bool         `json:"once,omitempty"` // the fault only
	} `json:"load"`
	Rules []simRule  `json:"rules,omitempty"`
	Judge []simJudge `json:"judge,omitempty"`
	// NoStatus: an old REPL, without proofStatus.
	NoStatus bool `json:"noStatus,omitempty"`
	// Child: a process of its own is started along.
	Child bool `json:"child,omitempty"`
}

type simSorry struct {
	Line       int    `json:"-"`
	Pos        simPos `json:"pos"`
	Goal       string `json:"goal"`
	ProofState int    `json:"proofState"`
}

type simPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type simMessage struct {
	Severity string `json:"severity"`
	Pos      simPos `json:"pos"`
	Data     string `json:"data"`
}

type simRule struct {
	Goal     string       `json:"goal,omitempty"` // a part of the goal; empty: any
	Tactic   string       `json:"tactic"`
	Goals    []string     `json:"goals"`
	Message  string       `json:"message,omitempty"`
	Messages []simMessage `json:"messages,omitempty"`
	Sorries  []simSorry   `json:"sorries,omitempty"`
	Status   string       `json:"status,omitempty"`
	Fault    string       `json:"fault,omitempty"`
	Once     bool         `json:"once,omitempty"` // the first time only
}

type simJudge struct {
	Contains string   `json:"contains"` // of the file; the first that fits counts
	Lines    []string `json:"lines"`    // {LINE} and {NAME}: of #print axioms
	Exit     int      `json:"exit"`
	Stderr   string   `json:"stderr"`
	Fault    string   `json:"fault"`
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "-sim":
			simulate(os.Args[2], os.Args[3])
			os.Exit(0)
		case "-simlean":
			simulateLean(os.Args[2], os.Args[len(os.Args)-1])
			os.Exit(0)
		case "-nap":
			time.Sleep(time.Hour)
			os.Exit(0)
		case "--version":
			fmt.Println("Lean (version 4.99.0, simulated)")
			os.Exit(0)
		}
	}
	// With -race the simulators would sleep for a second before they end.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// sim writes a script and returns a Config that plays it, and the folder where
// the simulator notes what it was asked (asked) and its processes (pids).
func sim(t testing.TB, s simScript) (Config, string) {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, "script.json")
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return Config{
		Repl: []string{os.Args[0], "-sim", script, dir},
		Lean: []string{os.Args[0], "-simlean", script},
		Dir:  dir, StepTime: 20 * time.Second, LoadTime: 20 * time.Second, JudgeTime: 20 * time.Second,
	}, dir
}

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(9)
	}
	return v
}

func note(dir, file, line string) {
	f := must(os.OpenFile(filepath.Join(dir, file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600))
	fmt.Fprintln(f, line)
	f.Close()
}

type simState struct {
	goals    []string
	admitted bool
}

type simulator struct {
	simScript
	dir    string
	states []simState
	out    *bufio.Writer
}

func simulate(script, dir string) {
	s := &simulator{dir: dir, out: bufio.NewWriter(os.Stdout)}
	if err := json.Unmarshal(must(os.ReadFile(script)), &s.simScript); err != nil {
		must(0, err)
	}
	note(dir, "pids", strconv.Itoa(os.Getpid()))
	if s.Child {
		s.child()
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	request := ""
	for in.Scan() {
		if line := strings.TrimRight(in.Text(), " "); line != "" {
			request += line
			continue
		}
		if request == "" {
			return // as the REPL does at an empty request
		}
		s.answer(request)
		request = ""
	}
}

// child starts a process that outlives this one unless someone ends the group.
func (s *simulator) child() {
	cmd := exec.Command(os.Args[0], "-nap")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		must(0, err)
	}
	note(s.dir, "pids", strconv.Itoa(cmd.Process.Pid))
}

func (s *simulator) answer(request string) {
	note(s.dir, "asked", request)
	var q struct {
		Cmd        *string `json:"cmd"`
		Tactic     string  `json:"tactic"`
		ProofState int     `json:"proofState"`
	}
	if err := json.Unmarshal([]byte(request), &q); err != nil {
		// The REPL throws and ends.
		fmt.Fprintf(os.Stderr, "uncaught exception: {\"message\":\n \"Could not parse JSON:\\n%v\"}\n", err)
		os.Exit(1)
	}
	if q.Cmd != nil {
		s.load(*q.Cmd)
		return
	}
	if q.ProofState < 0 || q.ProofState >= len(s.states) {
		s.print(field{"message", "Unknown proof state."})
		return
	}
	s.step(s.states[q.ProofState], q.Tactic)
}

func (s *simulator) load(text string) {
	s.fault(s.Load.Fault, s.Load.Once)
	if s.Load.Message != "" {
		s.print(field{"message", s.Load.Message})
		return
	}
	for i := range s.Load.Sorries {
		s.Load.Sorries[i].ProofState = s.keep(simState{goals: []string{s.Load.Sorries[i].Goal}})
	}
	fields := []field{{"sorries", s.Load.Sorries}, {"messages", s.Load.Messages}, {"env", 0}}
	if len(s.Load.Messages) == 0 {
		fields[1].value = []simMessage{{"warning", simPos{1, 8}, "declaration uses `sorry`"}}
	}
	if len(s.Load.Sorries) == 0 {
		fields = fields[1:]
	}
	s.print(fields...)
}

func (s *simulator) keep(state simState) int {
	s.states = append(s.states, state)
	return len(s.states) - 1
}

// step plays a tactic on the first goal.
func (s *simulator) step(from simState, tactic string) {
	if next, ok := isolated(from, tactic); ok {
		var sorries []simSorry
		for range len(from.goals) - len(next.goals) {
			sorries = append(sorries, simSorry{Goal: "⊢ closed", ProofState: s.keep(simState{goals: []string{"⊢ closed"}})})
		}
		s.reply(next, field{"sorries", sorries})
		return
	}
	if len(from.goals) == 0 {
		s.print(field{"message", "Lean error:\nno goals to be solved"})
		return
	}
	for _, r := range s.Rules {
		if r.Tactic != tactic || !strings.Contains(from.goals[0], r.Goal) || r.Once && s.seen("rule "+r.Goal+tactic) {
			continue
		}
		s.fault(r.Fault, false)
		if r.Message != "" {
			s.print(field{"message", r.Message})
			return
		}
		next := simState{goals: append(append([]string{}, r.Goals...), from.goals[1:]...), admitted: from.admitted}
		var extra []field
		if r.Sorries != nil {
			extra = append(extra, field{"sorries", r.Sorries})
		}
		if r.Messages != nil {
			extra = append(extra, field{"messages", r.Messages})
		}
		if r.Status != "" {
			extra = append(extra, field{"proofStatus", r.Status})
		}
		s.reply(next, extra...)
		return
	}
	goals, problem := playLogic(from.goals[0], tactic)
	if problem != "" {
		s.print(field{"message", "Lean error:\n" + problem})
		return
	}
	s.reply(simState{goals: append(goals, from.goals[1:]...), admitted: from.admitted})
}

// isolated plays the sequences of sorry and rotate_left.
func isolated(from simState, tactic string) (simState, bool) {
	inner, ok := strings.CutPrefix(tactic, "(")
	if !ok || !strings.Contains(tactic, "sorry") {
		return from, false
	}
	goals := append([]string{}, from.goals...)
	for _, t := range strings.Split(strings.TrimSuffix(inner, ")"), "; ") {
		switch {
		case t == "sorry" && len(goals) > 0:
			goals = goals[1:]
		case t == "rotate_left 1" && len(goals) > 0:
			goals = append(goals[1:], goals[0])
		default:
			return from, false
		}
	}
	return simState{goals: goals, admitted: true}, true
}

// reply answers with a new state.
func (s *simulator) reply(next simState, extra ...field) {
	status := "Completed"
	switch {
	case len(next.goals) > 0:
		status = "Incomplete: open goals remain"
	case next.admitted:
		status = "Incomplete: contains sorry"
	}
	fields := []field{{"proofStatus", status}, {"proofState", s.keep(next)}}
	if s.NoStatus {
		fields = fields[1:]
	}
	for _, f := range extra {
		if f.name == "proofStatus" {
			fields[0] = f
			continue
		}
		fields = append(fields, f)
	}
	s.print(append(fields, field{"goals", append([]string{}, next.goals...)})...)
}

type field struct {
	name  string
	value any
}

// print writes an object as the REPL does: a field to a line, and an empty line.
func (s *simulator) print(fields ...field) {
	var parts []string
	for _, f := range fields {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(f.value); err != nil {
			must(0, err)
		}
		parts = append(parts, fmt.Sprintf("%q: %s", f.name, strings.TrimSpace(b.String())))
	}
	fmt.Fprintf(s.out, "{%s}\n\n", strings.Join(parts, ",\n "))
	s.out.Flush()
}

// seen reports whether something was done before by any process of this folder.
func (s *simulator) seen(what string) bool {
	path := filepath.Join(s.dir, "seen")
	old, _ := os.ReadFile(path)
	note(s.dir, "seen", fmt.Sprintf("%q", what))
	return strings.Contains(string(old), fmt.Sprintf("%q", what))
}

// fault breaks the process in the way that is named.
func (s *simulator) fault(kind string, once bool) {
	if kind == "" || once && s.seen("load") {
		return
	}
	switch kind {
	case "exit":
		fmt.Fprintln(os.Stderr, "INTERNAL PANIC: out of luck")
		os.Exit(134)
	case "half":
		fmt.Print(`{"proofState": 1,` + "\n" + ` "goals": [`)
		os.Exit(1)
	case "hang":
		time.Sleep(time.Hour)
	case "garbage":
		fmt.Print("PANIC at Lean.Foo\nbacktrace\n\n")
		time.Sleep(time.Hour)
	case "array":
		fmt.Print("[1, 2]\n\n")
	case "wrongtype":
		fmt.Print(`{"proofState": "one", "goals": []}` + "\n\n")
	case "noform":
		fmt.Print(`{"weather": "fine"}` + "\n\n")
	case "command":
		fmt.Print(`{"env": 7}` + "\n\n")
	case "stale":
		fmt.Print(`{"proofStatus": "Completed", "proofState": 0, "goals": []}` + "\n\n")
	case "twice":
		fmt.Print(`{"message": "Lean error:\nfirst"}` + "\n\n" + `{"message": "Lean error:\nsecond"}` + "\n\n")
	case "flood":
		line := strings.Repeat("x", 1<<20) + "\n"
		for {
			fmt.Print(line)
		}
	case "noise":
		for range 4000 {
			fmt.Fprintln(os.Stderr, "noise on stderr")
		}
		fmt.Fprintln(os.Stderr, "the last words")
		os.Exit(1)
	case "memory":
		hog := make([]byte, 256<<20)
		for i := 0; i < len(hog); i += 1024 {
			hog[i] = byte(i)
		}
		time.Sleep(time.Hour)
		fmt.Fprintln(os.Stderr, len(hog))
	default:
		must(0, fmt.Errorf("no such fault: %s", kind))
	}
	time.Sleep(time.Hour)
}

// simulateLean plays lean --json.
func simulateLean(script, path string) {
	var s simScript
	if err := json.Unmarshal(must(os.ReadFile(script)), &s); err != nil {
		must(0, err)
	}
	file := string(must(os.ReadFile(path)))
	line, name := 0, ""
	for i, l := range strings.Split(file, "\n") {
		if rest, ok := strings.CutPrefix(l, "#print axioms "); ok {
			line, name = i+1, rest
		}
	}
	for _, j := range s.Judge {
		if !strings.Contains(file, j.Contains) {
			continue
		}
		(&simulator{}).fault(j.Fault, false)
		for _, l := range j.Lines {
			fmt.Println(strings.NewReplacer("{LINE}", strconv.Itoa(line), "{NAME}", name).Replace(l))
		}
		fmt.Fprint(os.Stderr, j.Stderr)
		os.Exit(j.Exit)
	}
	fmt.Fprintln(os.Stderr, "the script has no answer to this file:\n"+file)
	os.Exit(8)
}

// fine is the judge's script of a proof that is fine.
func fine(axioms string) simJudge {
	answer := "'{NAME}' does not depend on any axioms"
	if axioms != "" {
		answer = "'{NAME}' depends on axioms: [" + axioms + "]"
	}
	return simJudge{Lines: []string{diagnosticLine("information", "{LINE}", answer)}}
}

// diagnosticLine is a line as lean --json writes it.
func diagnosticLine(severity, line, data string) string {
	quoted, _ := json.Marshal(data)
	return `{"severity":"` + severity + `","pos":{"line":` + line + `,"column":0},"keepFullRange":false,` +
		`"kind":"[anonymous]","isSilent":false,"fileName":"Judged.lean","endPos":null,"data":` + string(quoted) + `,"caption":""}`
}
