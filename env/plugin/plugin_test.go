package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/env/countdown"
	"github.com/ponder-mcts/ponder/env/envtest"
	"github.com/ponder-mcts/ponder/env/plugin"
	"github.com/ponder-mcts/ponder/env/tictactoe"
)

// The test program is a plug-in itself when its first argument says so.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "plug-in" {
		if err := be(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func be(name string) error {
	ctx := context.Background()
	switch name {
	case "connect4":
		return plugin.Serve(ctx, connectfour.Environment(), plugin.Info{Name: name, Example: "4435"}, os.Stdin, os.Stdout)
	case "tictactoe":
		return plugin.Serve(ctx, tictactoe.Environment(), plugin.Info{Name: name, Example: "X.O/.X./..O"}, os.Stdin, os.Stdout)
	case "countdown":
		return plugin.Serve(ctx, countdown.Game{}, plugin.Info{Name: name, Example: "3 7 25 50 = 96"}, os.Stdin, os.Stdout)
	}
	return faulty(name)
}

// open starts the test program as a plug-in.
func open(t testing.TB, name string, change ...func(*plugin.Config)) *plugin.Env {
	t.Helper()
	c := plugin.Config{Argv: []string{os.Args[0], "plug-in", name}}
	for _, f := range change {
		f(&c)
	}
	e, err := plugin.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// A plug-in keeps to the contract where the environment behind it does.
func TestContract(t *testing.T) {
	for name, problems := range map[string][]string{
		"connect4": {"4435", "35572662"}, "tictactoe": {"start", "XO./.../..."}, "countdown": {"3 7 25 50 = 96"},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, name)
			for _, err := range envtest.Check(t.Context(), e.Environment(), envtest.Options{Steps: 3000, Texts: e.Info().Texts}, problems...) {
				t.Error(err)
			}
		})
	}
}

// facts is all that a state tells.
type facts struct {
	Text    string
	Outcome env.Outcome
	Over    bool
	Actions []string
	ToMove  int
	Answer  string
}

func factsOf(s env.State) facts {
	f := facts{Text: s.String(), ToMove: env.ToMove(s)}
	f.Outcome, f.Over = s.Outcome()
	if l, ok := s.(env.Finite); ok {
		f.Actions = append(f.Actions, l.Actions()...)
	}
	if a, ok := s.(env.Answerer); ok && f.Over {
		f.Answer = a.Answer()
	}
	return f
}

// A plug-in tells what the environment behind it tells, step by step, and refuses what
// that refuses.
func TestSame(t *testing.T) {
	for name, direct := range map[string]env.Environment{"connect4": connectfour.Environment(), "countdown": countdown.Game{}} {
		t.Run(name, func(t *testing.T) {
			e := open(t, name)
			ctx := t.Context()
			a, err := direct.Start(ctx, e.Info().Example)
			if err != nil {
				t.Fatal(err)
			}
			b, err := e.Start(ctx, e.Info().Example)
			if err != nil {
				t.Fatal(err)
			}
			for {
				if diff := cmp.Diff(factsOf(a), factsOf(b)); diff != "" {
					t.Fatalf("(-direct +plug-in):\n%s", diff)
				}
				if _, err := e.Step(ctx, b, "nonsense"); !errors.Is(err, env.ErrIllegal) {
					t.Fatalf("nonsense: %v", err)
				}
				actions := b.(env.Finite).Actions()
				if len(actions) == 0 {
					break
				}
				action := actions[len(actions)/2]
				if a, err = direct.Step(ctx, a, action); err != nil {
					t.Fatal(err)
				}
				if b, err = e.Step(ctx, b, action); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	e := open(t, "countdown")
	var input *env.InputError
	if _, err := e.Start(t.Context(), "3 7 = x"); !errors.As(err, &input) || input.Example == "" {
		t.Errorf("a bad problem: %v", err)
	}
	v := e.Environment().(env.Verifier)
	if err := v.Verify(t.Context(), "3 7 25 50 = 96", "1 + 1"); err == nil || !strings.Contains(err.Error(), "checker") {
		t.Errorf("a wrong answer: %v", err)
	}
}

func TestSplit(t *testing.T) {
	tests := []struct {
		command string
		want    []string
		err     string
	}{
		{"python3 my_env.py", []string{"python3", "my_env.py"}, ""},
		{"  a\tb\n c ", []string{"a", "b", "c"}, ""},
		{`"my program" 'it''s' a\ b`, []string{"my program", "its", "a b"}, ""},
		{`a "" ''`, []string{"a", "", ""}, ""},
		{`a "b\"c" 'd\e'`, []string{"a", `b"c`, `d\e`}, ""},
		{"a; rm -rf $HOME `b` | c && d > e", []string{"a;", "rm", "-rf", "$HOME", "`b`", "|", "c", "&&", "d", ">", "e"}, ""},
		{"", nil, "it names no program"},
		{`""`, nil, "it names no program"},
		{`a "b`, nil, `the quote " is not closed`},
		{`a \`, nil, "there is nothing behind the last backslash"},
	}
	for _, tt := range tests {
		got, err := plugin.Split(tt.command)
		if msg := fmt.Sprint(err); (err == nil) != (tt.err == "") || err != nil && msg != tt.err {
			t.Errorf("Split(%q): error %v, want %q", tt.command, err, tt.err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", tt.command, diff)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a b", `"a b" c`, `a\`, "'", "\x00 \xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, command string) {
		words, err := plugin.Split(command)
		if (err == nil) != (len(words) > 0) {
			t.Fatalf("%q: %q, %v", command, words, err)
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w)+`"`)
		}
		if err == nil {
			again, err := plugin.Split(strings.Join(quoted, " "))
			if err != nil || !cmp.Equal(words, again) {
				t.Fatalf("%q: %q in quotes is %q, %v", command, words, again, err)
			}
		}
	})
}

// The steps of one state come in one line, once it is clear that all are wanted.
func BenchmarkStep(b *testing.B) {
	for _, name := range []string{"direct", "plug-in"} {
		b.Run(name, func(b *testing.B) {
			var e env.Environment = connectfour.Environment()
			if name == "plug-in" {
				e = open(b, "connect4")
			}
			start, err := e.Start(b.Context(), "4435")
			if err != nil {
				b.Fatal(err)
			}
			steps := 0
			began := time.Now()
			for b.Loop() {
				s := start
				for range 8 {
					actions := s.(env.Finite).Actions()
					if len(actions) == 0 {
						break
					}
					var next env.State
					for _, a := range actions {
						if next, err = e.Step(b.Context(), s, a); err != nil {
							b.Fatal(err)
						}
						steps++
					}
					s = next
				}
			}
			b.ReportMetric(float64(time.Since(began).Nanoseconds())/1000/float64(steps), "µs/step")
		})
	}
}
