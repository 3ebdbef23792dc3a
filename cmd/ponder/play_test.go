package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/tictactoe"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/play"
	"github.com/ponder-mcts/ponder/prompt"
)

func TestPlayExitCodes(t *testing.T) {
	t.Setenv("OLLAMA_HOST", "127.0.0.1:9") // nothing listens there
	tests := []struct {
		reason string
		args   []string
		want   int
	}{
		{"nothing to read", []string{"tictactoe"}, exitSolved},
		{"played to its end", []string{"--first", "engine", "--simulations", "200", "tictactoe"}, exitSolved},
		{"no environment", nil, exitInput},
		{"three arguments", []string{"tictactoe", "start", "start"}, exitInput},
		{"an unknown one", []string{"go"}, exitInput},
		{"a position that can't be read", []string{"tictactoe", "XXX"}, exitInput},
		{"an unknown flag", []string{"--fist", "human", "tictactoe"}, exitInput},
		{"nobody", []string{"--first", "", "tictactoe"}, exitInput},
		{"a time that is none", []string{"--time", "soon", "tictactoe"}, exitInput},
		{"a negative time", []string{"--time", "-1s", "tictactoe"}, exitInput},
		{"a style that is none", []string{"--style", "baroque", "tictactoe"}, exitInput},
		{"a token without a page", []string{"--token", "0123456789abcdef", "tictactoe"}, exitInput},
		{"a plug-in that can't be split", []string{"--env-cmd", `"`}, exitInput},
		{"a plug-in that is not there", []string{"--env-cmd", "/nowhere/at/all"}, exitUnavailable},
		{"a model that is not there", []string{"--second", "qwen3:8b", "tictactoe"}, exitUnavailable},
	}
	for _, tt := range tests {
		code, stdout, stderr := invoke(t.Context(), t, append([]string{"play"}, tt.args...)...)
		if code != tt.want {
			t.Errorf("%s: exit code %d, want %d: %s%s", tt.reason, code, tt.want, stdout, stderr)
		}
		if lines := strings.Count(stderr, "\n"); tt.want == exitInput && (lines != 1 || stdout != "") {
			t.Errorf("%s: %d lines of complaint and the output %q", tt.reason, lines, stdout)
		}
	}
}

// How soon a game must be over after an interrupt, at least once in some attempts: 100 ms,
// three times as long with the race detector. A busy machine may take any time.
const (
	patience = 300 * time.Millisecond
	attempts = 8
)

// Whoever is thinking, and also where nobody does, an interrupt ends the game soon.
func TestPlayInterrupted(t *testing.T) {
	start := func(p ponder.Problem, first play.Player) (in *io.PipeWriter, cancel func(), ended chan error) {
		g, err := play.New(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		m := play.NewMatch(g, first, nil, play.Engine(p.Env, play.Budget{Time: time.Hour}))
		r, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ended = make(chan error, 1)
		go func() { ended <- newGameText(m, r, io.Discard, true).run(ctx) }()
		return w, cancel, ended
	}
	four := ponder.Problem{EnvName: "connect4", Env: connectfour.Environment(), Text: "start"}
	person := func() play.Player { return nil }
	steps := four
	steps.Env = onlySteps{four.Env}
	tests := []struct {
		reason  string
		problem ponder.Problem
		first   func() play.Player
		say     string
	}{
		{"waiting for a move", four, person, ""},
		{"the engine moves", four, func() play.Player { return play.Engine(four.Env, play.Budget{Time: time.Hour}) }, ""},
		{"a hint", four, person, "hint\n"},
		{"a look back", four, person, "4\nwhy\n"},
		{"an engine of steps", steps, func() play.Player { return play.Engine(steps.Env, play.Budget{Time: time.Hour}) }, ""},
		{"a model", four, func() play.Player {
			return play.Model(ponder.Asked{Name: "slow", Model: slow{}, Style: prompt.Chat{}}, play.Budget{})
		}, ""},
	}
	for _, tt := range tests {
		soonest := time.Hour
		for i := 0; i < attempts && soonest > patience; i++ {
			in, cancel, ended := start(tt.problem, tt.first())
			if tt.say != "" {
				if _, err := io.WriteString(in, tt.say); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(150 * time.Millisecond)
			at := time.Now()
			cancel()
			select {
			case err := <-ended:
				soonest = min(soonest, time.Since(at))
				if exitCode(err) != exitInterrupted {
					t.Fatalf("%s: ended with %v", tt.reason, err)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: it did not end", tt.reason)
			}
			in.Close()
		}
		if soonest > patience {
			t.Errorf("%s: it took %v to end", tt.reason, soonest)
		}
	}
}

// onlySteps hides that an environment has positions.
type onlySteps struct{ env.Environment }

// slow is a model that never answers.
type slow struct{}

func (slow) Generate(ctx context.Context, _ llm.Request) (llm.Completion, error) {
	<-ctx.Done()
	return llm.Completion{}, ctx.Err()
}

// weird is a game whose every text would harm a terminal, with too many moves and a
// board that is too large.
type weird struct{}

type weirdState struct{ moved bool }

const evil = "\x1b[2J\x1b]0;title\a\u202e"

func (weirdState) String() string { return evil + "state" }
func (s weirdState) Key() string  { return fmt.Sprint(s.moved) }
func (s weirdState) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: 1, Note: evil}, s.moved
}
func (weirdState) Draw() string {
	return strings.Repeat(evil+"row"+strings.Repeat("w", 2000)+"\n", 1000)
}
func (weirdState) Answer() string { return evil + "answer" }
func (s weirdState) Actions() []string {
	var out []string
	for i := range 3000 {
		out = append(out, fmt.Sprintf("%smove%d", evil, i))
	}
	return out
}

func (weird) Start(context.Context, string) (env.State, error) { return weirdState{}, nil }

func (weird) Step(_ context.Context, _ env.State, action string) (env.State, error) {
	if strings.Contains(action, "move") {
		return weirdState{true}, nil
	}
	return nil, env.Illegal(action, "%s", evil)
}

func (weird) Verify(context.Context, string, string) error { return errors.New(evil + "wrong") }

func TestPlayHostileTexts(t *testing.T) {
	g, err := play.New(t.Context(), ponder.Problem{EnvName: evil + "weird", Env: weird{}, Text: evil})
	if err != nil {
		t.Fatal(err)
	}
	m := play.NewMatch(g, nil, nil, play.Engine(weird{}, play.Budget{Simulations: 20}))
	var out bytes.Buffer
	in := "moves\nhint\n" + evil + "\nxyz\nmove7" + evil + "\n" + evil + "move7\n"
	err = newGameText(m, strings.NewReader(in), &out, true).run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "wrong") {
		t.Errorf("the checker's no is not told: %v", err)
	}
	text := out.String()
	for _, r := range text {
		if r < ' ' && r != '\n' || r == 0x202e {
			t.Fatalf("the output holds %q", r)
		}
	}
	if len(text) > 600_000 {
		t.Errorf("%d bytes of output", len(text))
	}
	for _, part := range []string{"weird: you.", "and 2500 more", "and 2988 more moves", "illegal step", "answer  answer"} {
		if !strings.Contains(text, part) {
			t.Errorf("the output lacks %q: %.300s", part, text)
		}
	}
}

// A move that has the name of a command is a move; the command has a slash then.
func TestMovesNamedLikeCommands(t *testing.T) {
	g, err := play.New(t.Context(), ponder.Problem{EnvName: "names", Env: &env.Board{Parse: func(string) (env.Position, error) {
		return &named{tictactoe.New()}, nil
	}, Players: 2}, Text: ""})
	if err != nil {
		t.Fatal(err)
	}
	m := play.NewMatch(g, nil, nil, nil)
	var out bytes.Buffer
	if err := newGameText(m, strings.NewReader("back\n/back\nback\nHELP\n"), &out, true).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "One move is taken back.") || g.Ply() != 1 || !strings.Contains(out.String(), "begin anew") {
		t.Errorf("%d moves were made: %s", g.Ply(), &out)
	}
}

// named is a game with a move called back.
type named struct{ *tictactoe.Position }

func (p *named) Clone() env.Position     { return &named{p.Position.Clone().(*tictactoe.Position)} }
func (p *named) CopyFrom(o env.Position) { p.Position.CopyFrom(o.(*named).Position) }
func (p *named) MoveText(m env.Move) string {
	if m == 4 {
		return "back"
	}
	return p.Position.MoveText(m)
}

// A line that is too long is refused, not read into memory without bound.
func TestPlayLongLine(t *testing.T) {
	g, err := play.New(t.Context(), ponder.Problem{EnvName: "tictactoe", Env: tictactoe.Environment(), Text: "start"})
	if err != nil {
		t.Fatal(err)
	}
	m := play.NewMatch(g, nil, nil, nil)
	err = newGameText(m, strings.NewReader(strings.Repeat("x", 1<<20)), io.Discard, true).run(t.Context())
	if exitCode(err) != exitInput || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("%v", err)
	}
}
