package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/llm/llmtest"
)

// invoke runs the program in this process and returns what it printed.
func invoke(ctx context.Context, t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	out, err := open("stdout"), open("stderr")
	code = run(ctx, args, out, err)
	read := func(f *os.File) string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return code, read(out), read(err)
}

// Every bad input ends with its exit code and one clear line on stderr that
// says what is wrong and what would be right, and prints nothing else.
func TestBadInput(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.jsonl")
	broken := filepath.Join(t.TempDir(), "broken.jsonl")
	if err := os.WriteFile(broken, []byte("{\"problem\": \"1 2 3 4\"}\n{nums: 3}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	solve := func(args ...string) []string { return append([]string{"solve"}, args...) }
	hand := func(args ...string) []string {
		return append(append([]string{"solve"}, args...), "game24", "4 9 10 13")
	}
	bench := func(args ...string) []string { return append([]string{"bench"}, args...) }
	export := func(args ...string) []string { return append([]string{"export"}, args...) }
	prove := func(args ...string) []string { return append([]string{"prove"}, args...) }
	folderV, whole, open, project := filepath.Join(folder, "folder.v"), filepath.Join(folder, "whole.v"), filepath.Join(folder, "open.v"), t.TempDir()
	for _, err := range []error{
		os.Mkdir(folderV, 0o700),
		os.WriteFile(whole, []byte("Lemma a : True.\nProof. exact I. Qed.\n"), 0o600),
		os.WriteFile(open, []byte("Lemma a : True. (* a comment\n"), 0o600),
		os.WriteFile(filepath.Join(project, "a.v"), []byte("Lemma a : True.\nAdmitted.\n"), 0o600),
		os.WriteFile(filepath.Join(project, "_CoqProject"), []byte("-Q onlyone\n"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		args []string
		want []string // words of the line
	}{
		{"empty problem", solve("game24", ""), []string{"4 9 10 13"}},
		{"blank problem", solve("game24", " \t "), []string{"4 9 10 13"}},
		{"letters", solve("game24", "a b c d"), []string{`"a`, "4 9 10 13"}},
		{"one word among numbers", solve("game24", "4 9 ten 13"), []string{"ten"}},
		{"exponent: 1e999 is no whole number", solve("game24", "1e999 2 3 4"), []string{"1e999"}},
		{"400 digits: too large for any game", solve("game24", "1"+strings.Repeat("0", 400)+" 2 3 4"), []string{"example"}},
		{"NaN is not a number", solve("game24", "NaN 2 3 4"), []string{"NaN"}},
		{"infinity", solve("game24", "Inf 2 3 4"), []string{"Inf"}},
		{"decimal point", solve("game24", "1.5 2 3 4"), []string{"1.5"}},
		{"negative number", solve("--", "game24", "-1 2 3 4"), []string{"-1"}},
		{"hexadecimal", solve("game24", "0x10 2 3 4"), []string{"0x10"}},
		{"unicode digits: they look like numbers", solve("game24", "٤ ٩ ١٠ ١٣"), []string{"example"}},
		{"full-width digits", solve("game24", "４ 9 10 13"), []string{"example"}},
		{"too many numbers", solve("game24", "1 2 3 4 5 6 7 8 9"), []string{"9", "8"}},
		{"too few numbers", solve("game24", "24"), []string{"2"}},
		{"terminal escapes: shown, never sent", solve("game24", "\x1b[2J 2 3 4"), []string{"example"}},
		{"newline in the problem", solve("game24", "4\n9\nx"), []string{"example"}},
		{"a megabyte of digits", solve("game24", strings.Repeat("1", 1<<17)), []string{"example"}},
		{"game24 with a target of its own", solve("game24", "4 9 10 13 = 25"), []string{"="}},
		{"countdown without a target", solve("countdown", "3 7 25 50"), []string{"="}},
		{"countdown with an empty target", solve("countdown", "3 7 25 50 ="), []string{"target"}},
		{"countdown with two targets", solve("countdown", "3 7 = 25 = 50"), []string{"="}},
		{"countdown with a target of letters", solve("countdown", "3 7 25 50 = many"), []string{"many"}},
		{"unknown environment, near to one", solve("game42", "1 2 3 4"), []string{"game42", "game24"}},
		{"unknown environment, near to none", solve("chess", "e4"), []string{"chess", "countdown"}},
		{"no arguments", solve(), []string{"usage: ponder solve"}},
		{"problem in several arguments: quotes forgotten", solve("game24", "4", "9", "10", "13"), []string{"usage: ponder solve"}},
		{"unknown command", []string{"sovle", "game24", "1 2 3 4"}, []string{"sovle"}},
		{"unknown flag", hand("--simulation", "10"), []string{"--simulation", "--help"}},
		{"flag without a value", []string{"solve", "game24", "1 2 3 4", "--seed"}, []string{"--seed"}},
		{"flag with letters for a number", hand("--simulations", "many"), []string{"--simulations", "many"}},
		{"flag beyond any number", hand("--max-calls", "1e999"), []string{"--max-calls"}},
		{"negative simulations", hand("--simulations", "-1"), []string{"--simulations", "100"}},
		{"mix above 1", hand("--mix", "1.5"), []string{"--mix", "--mix 0.5"}},
		{"mix that is no number", hand("--mix", "NaN"), []string{"--mix", "--mix 0.5"}},
		{"discount of nothing", hand("--discount", "0"), []string{"--discount", "--discount 0.99"}},
		{"widening backwards", hand("--widen", "-1"), []string{"--widen", "--widen 2"}},
		{"no such final choice", hand("--final", "luck"), []string{"--final", "lcb"}},
		{"negative calls", hand("--max-calls=-5"), []string{"--max-calls"}},
		{"negative tokens", hand("--max-tokens=-5"), []string{"--max-tokens"}},
		{"negative seed", hand("--seed=-1"), []string{"--seed"}},
		{"time without a unit", hand("--time", "90"), []string{"--time"}},
		{"negative time", hand("--time=-1s"), []string{"--time"}},
		{"no workers", hand("--parallel", "0"), []string{"--parallel 0", "--parallel 4"}},
		{"too many workers", hand("--parallel", "1000000"), []string{"--parallel"}},
		{"unknown strategy", hand("--strategy", "magic"), []string{"--strategy", "puct"}},
		{"unknown policy", hand("--policy", "magic"), []string{"--policy", "branch"}},
		{"policy without its model", hand("--model", "none", "--policy", "label"), []string{"--policy label", "--model embedded"}},
		{"critic without its model", hand("--model", "none", "--critic", "yesno"), []string{"--critic yesno"}},
		{"unknown style", hand("--style", "magic"), []string{"--style", "chat"}},
		{"empty model", hand("--model", ""), []string{"--model", "qwen3:8b"}},
		{"model name with a blank", hand("--model", "my model"), []string{"--model"}},
		{"a database where there can be no folder", hand("--db", "/dev/null/ponder.db"), []string{"--db", ":memory:", "can't be written"}},
		{"a database that is a folder", hand("--db", folder), []string{"--db", ":memory:"}},
		{"a database that is no database", hand("--db", broken), []string{"--db", "no database of ponder's"}},
		{"a cache of less than nothing", hand("--cache-size", "-1"), []string{"--cache-size -1", "--cache-size 1024"}},
		{"a tape to record and one to replay", hand("--record", "a", "--replay", "b"), []string{"--record", "--replay"}},
		{"a tape that records what was not asked", hand("--record", "a", "--no-cache"), []string{"--no-cache", "--db :memory:"}},
		{"a tape that is there already", hand("--record", broken), []string{"--record", "broken.jsonl", "such a file already"}},
		{"a tape that is not there", hand("--replay", missing), []string{"--replay", "missing.jsonl"}},
		{"a tape that is no tape", hand("--replay", broken), []string{"--replay", "broken.jsonl"}},
		{"a hedge in the past", hand("--hedge", "-1s"), []string{"--hedge", "--hedge 5s"}},
		{"resume nothing", []string{"resume"}, []string{"usage: ponder resume"}},
		{"resume what there is not", []string{"resume", "--db", filepath.Join(folder, "a.db"), "NOSUCHRUN"}, []string{"NOSUCHRUN", "ponder runs"}},
		{"resume what is kept nowhere", []string{"resume", "--db", ":memory:", "X"}, []string{"--db :memory:", "--db ponder.db"}},
		{"show what there is not", []string{"show", "--db", filepath.Join(folder, "a.db"), "last"}, []string{"last", "ponder runs"}},
		{"watch without a terminal", []string{"watch", "3KQ7"}, []string{"terminal", "ponder show 3KQ7"}},
		{"watch two runs", []string{"watch", "a", "b"}, []string{"usage: ponder watch"}},
		{"remove what there is not", []string{"runs", "rm", "--db", filepath.Join(folder, "a.db"), "X"}, []string{`"X"`, "ponder runs"}},
		{"remove nothing", []string{"runs", "rm"}, []string{"usage: ponder runs rm"}},
		{"an age that is none", []string{"runs", "gc", "--older", "old"}, []string{"--older", "30d"}},
		{"an age below 0", []string{"runs", "gc", "--older=-3d"}, []string{"--older", "30d"}},
		{"a negative limit", []string{"runs", "--limit", "-1"}, []string{"--limit -1"}},
		{"a page for all the world", []string{"serve", "--listen", "0.0.0.0:0"}, []string{"--listen 0.0.0.0:0", "--token"}},
		{"a page for all the world with a short token", []string{"serve", "--listen", "[::]:0", "--token", "secret"}, []string{"--listen [::]:0", "16 characters"}},
		{"a page at no address", []string{"serve", "--listen", "here"}, []string{`--listen "here"`, "127.0.0.1:"}},
		{"a page with an argument", []string{"serve", "last"}, []string{"usage: ponder serve"}},
		{"export nothing", export("--format", "svg"), []string{"ponder export last", "--from"}},
		{"export two runs", export("a", "b", "--format", "svg"), []string{"usage: ponder export"}},
		{"export in no format", export("last"), []string{"--format", "svg", "mermaid"}},
		{"export in an unknown format", export("last", "--format", "pdf"), []string{`--format "pdf"`, "svg, dot"}},
		{"export a run and a file", export("last", "--format", "svg", "--from", broken), []string{"--from", "last"}},
		{"export a file that is not there", export("--format", "svg", "--from", missing), []string{"--from", "missing.jsonl"}},
		{"export a file that is no tree", export("--format", "svg", "--from", broken), []string{"--from", "broken.jsonl", "ponder-tree"}},
		{"export a folder", export("--format", "svg", "--from", folder), []string{"--from", "directory"}},
		{"export what there is not", export("NOSUCHRUN", "--format", "svg", "--db", filepath.Join(folder, "a.db")), []string{"NOSUCHRUN", "ponder runs"}},
		{"export with fewer edges than none", export("last", "--format", "svg", "--top", "-1"), []string{"--top -1", "--top 3"}},
		{"export with negative depth", export("last", "--format", "svg", "--depth", "-1"), []string{"--depth -1", "--depth 3"}},
		{"export with negative visits", export("last", "--format", "csv", "--min-visits", "-1"), []string{"--min-visits -1"}},
		{"export a part of the events", export("last", "--format", "jsonl", "--top", "3"), []string{"--top 3", "--format jsonl"}},
		{"export a part of a page", export("last", "--format", "html", "--min-visits", "3"), []string{"--min-visits 3", "--format html"}},
		{"host with a port beyond 65535", hand("--model", "fake", "--hosts", "127.0.0.1:99999"), []string{"99999"}},
		{"several hosts, one of them none", hand("--model", "fake", "--hosts", "127.0.0.1:9,127.0.0.1:x"), []string{"127.0.0.1:x"}},
		{"prove without a file", prove(), []string{"usage: ponder prove"}},
		{"prove what is not there", prove("missing.v"), []string{"missing.v"}},
		{"prove a folder", prove(folderV), []string{"folder.v", "no file of"}},
		{"prove another language", prove(missing), []string{"missing.jsonl", "Nat.v"}},
		{"prove a file without holes", prove(whole), []string{"whole.v", "--redo"}},
		{"prove what has a proof", prove("--theorem", "a", whole), []string{"--redo --theorem a"}},
		{"prove an unknown theorem", prove("--theorem", "nowhere", whole), []string{"nowhere"}},
		{"prove nowhere", prove("--at", "12", whole), []string{"--at", "12:3"}},
		{"prove behind the end", prove("--at", "99:1", whole), []string{"whole.v"}},
		{"prove all and one", prove("--all", "--theorem", "a", whole), []string{"--theorem add_comm"}},
		{"prove again, but what?", prove("--redo", whole), []string{"--redo --theorem"}},
		{"prove with an unknown critic", prove("--critic", "me", whole), []string{"--critic", "near, model"}},
		{"prove with the critic of no model", prove("--critic", "model", whole), []string{"--critic model", "--model qwen3:8b"}},
		{"prove with too much novelty", prove("--novelty", "1.5", whole), []string{"--novelty 1.5", "--novelty 0.2"}},
		{"prove in no time", prove("--time", "0s", whole), []string{"--time 0s", "--time 90s"}},
		{"prove with no job", prove("--jobs", "0", whole), []string{"--jobs 0", "--jobs 2"}},
		{"prove with less than no calls", prove("--max-calls", "-1", whole), []string{"--max-calls -1"}},
		{"prove with a model of numbers", prove("--model", "embedded", whole), []string{"--model", "qwen3:8b"}},
		{"prove what does not end", prove(open), []string{"open.v", "comment"}},
		{"prove under a broken project", prove(filepath.Join(project, "a.v")), []string{"_CoqProject"}},
		{"bench without a suite", bench(), []string{"usage: ponder bench"}},
		{"bench of a file that is not there", bench(missing), []string{"missing.jsonl", "game24-all"}},
		{"bench of a broken file", bench(broken), []string{"broken.jsonl", "line 2"}},
		{"bench of an unknown strategy", bench("--strategies", "magic", "game24-all"), []string{"magic", "puct"}},
		{"bench with budgets of letters", bench("--calls", "10,x", "game24-all"), []string{"--calls", "10,30,100"}},
		{"bench in an unknown environment", bench("--env", "chess", "game24-all"), []string{"--env", "chess"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := invoke(t.Context(), t, tt.args...)
			if code != exitInput {
				t.Errorf("exit code %d, want %d", code, exitInput)
			}
			checkLine(t, stdout, stderr, tt.want)
		})
	}
}

func checkLine(t *testing.T, stdout, stderr string, want []string) {
	t.Helper()
	if stdout != "" {
		t.Errorf("stdout: %q, want nothing", stdout)
	}
	if strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "ponder: ") || len(stderr) > 2000 {
		t.Errorf("stderr is not one line of ponder's: %.300q (%d bytes)", stderr, len(stderr))
	}
	if regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f]`).MatchString(stderr) {
		t.Errorf("control characters in %q", stderr)
	}
	for _, w := range want {
		if !strings.Contains(stderr, w) {
			t.Errorf("stderr does not say %q: %.600s", w, stderr)
		}
	}
}

// A server that is wrong in any way ends the search with exit code 3 and one
// line that says what to do. What was printed before is a valid result.
func TestBadServer(t *testing.T) {
	server := llmtest.Serve(t, nil)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	wrongPort := closed.Addr().String()
	closed.Close()
	tests := []struct {
		name, host, model string
		want              []string
	}{
		{"nothing listens on that port", wrongPort, "fake", []string{wrongPort, "ollama serve"}},
		{"model that the server lacks", server.URL, "nobody:7b", []string{"ollama pull nobody:7b"}},
		{"hangs", server.URL, "fake:hang", []string{"fake:hang"}},
		{"answers garbage JSON", server.URL, "fake:garbage", []string{"fake:garbage"}},
		{"answers JSON of another shape", server.URL, "fake:shape", []string{"fake:shape"}},
		{"answers a web page", server.URL, "fake:html", []string{"fake:html"}},
		{"cuts the stream", server.URL, "fake:cut", []string{"fake:cut"}},
		{"drops the connection", server.URL, "fake:drop", []string{"fake:drop"}},
		{"crashes midway", server.URL, "fake:crash", []string{"unexpectedly stopped"}},
		{"returns 500", server.URL, "fake:500", []string{"CUDA error"}},
		{"returns 503", server.URL, "fake:503", []string{"fake:503"}},
		{"refuses the request", server.URL, "fake:400", []string{"invalid options"}},
		{"wants a password", server.URL, "fake:401", []string{"ollama signin"}},
		{"sends terminal escapes in its error", server.URL, "fake:ansi", []string{"fake:ansi"}},
		{"floods", server.URL, "fake:flood", []string{"fake:flood"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := invoke(t.Context(), t, "solve", "--quiet", "--call-timeout", "300ms",
				"--model", tt.model, "--hosts", tt.host, "game24", "4 9 10 13")
			if code != exitUnavailable {
				t.Errorf("exit code %d, want %d", code, exitUnavailable)
			}
			if strings.Contains(stdout, "\nverified") {
				t.Errorf("verified without a model: %s", stdout)
			}
			checkLine(t, "", stderr, tt.want)
		})
	}
}

// Replies that say nothing useful are no errors: they cost calls, are counted,
// and the search goes on without them.
func TestUselessReplies(t *testing.T) {
	server := llmtest.Serve(t, nil)
	for _, mode := range []string{"empty", "length", "think", "thinktext", "thinkopen", "500once", "503once"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := invoke(t.Context(), t, "solve", "--quiet", "--model", "fake:"+mode, "--hosts", server.URL, "game24", "4 9 10 13")
			if code != exitSolved || !strings.Contains(stdout, "\nverified\n") {
				t.Errorf("exit code %d, stdout %s, stderr %s; want it solved all the same", code, stdout, stderr)
			}
		})
	}
}

// Of several hosts those that are there do the work; one that is not is told
// and left out.
func TestSeveralHosts(t *testing.T) {
	one, two := llmtest.Serve(t, nil), llmtest.Serve(t, nil)
	code, stdout, stderr := invoke(t.Context(), t, "solve", "--quiet", "--model", "fake", "--policy", "sample", "--critic", "yesno", "--parallel", "4",
		"--max-calls", "40", "--hosts", one.URL+",127.0.0.1:9,"+two.URL, "countdown", "2 3 5 7 11 13 17 = 999983")
	if code != exitUnsolved || !strings.Contains(stdout, "ended: calls") {
		t.Errorf("exit code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "127.0.0.1:9 is left out") || strings.Count(stderr, "\n") > 2 {
		t.Errorf("stderr %q", stderr)
	}
	if a, b := len(one.Calls()), len(two.Calls()); a < 10 || b < 10 {
		t.Errorf("the hosts did %d and %d calls", a, b)
	}
}

// An old server has no log-probabilities: one warning, and it works.
func TestOldServer(t *testing.T) {
	server := llmtest.Serve(t, nil)
	server.SetVersion("0.12.0")
	code, _, stderr := invoke(t.Context(), t, "solve", "--quiet", "--model", "fake", "--hosts", server.URL, "game24", "4 9 10 13")
	if code != exitSolved || strings.Count(stderr, "0.12.11") != 1 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, stderr %q; want it solved, with one warning", code, stderr)
	}
}

// Ctrl-C: the best so far is printed, the exit code is 130, and it takes no
// longer than a moment, even if the server never answers.
func TestInterrupt(t *testing.T) {
	server := llmtest.Serve(t, nil)
	for _, args := range [][]string{
		{"--model", "none"},
		{"--model", "fake:hang", "--hosts", server.URL},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var pressed time.Time
		time.AfterFunc(300*time.Millisecond, func() { pressed = time.Now(); cancel() })
		args = append(append([]string{"solve", "--quiet", "--time", "1m"}, args...), "countdown", "2 3 5 7 11 13 17 = 999983")
		code, stdout, stderr := invoke(ctx, t, args...)
		if code != exitInterrupted || !strings.Contains(stdout, "ended: interrupted") || stderr != "ponder: interrupted\n" {
			t.Errorf("%v: exit code %d, stdout %s, stderr %s", args, code, stdout, stderr)
		}
		if late := time.Since(pressed); late > time.Second {
			t.Errorf("%v: ended %v after the interrupt", args, late)
		}
	}
}
