package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/plugin"
	"github.com/ponder-mcts/ponder/env/registry"
)

// plugFlags name an environment that is a program of somebody's own.
type plugFlags struct {
	command string
	timeout time.Duration
	memory  int
}

func (f *plugFlags) register(cmd *cobra.Command) {
	p := cmd.Flags()
	p.StringVar(&f.command, "env-cmd", "", `program that is the environment, with its arguments, such as "python3 my_env.py"; then ENV is left out`)
	p.DurationVar(&f.timeout, "env-timeout", 10*time.Second, "limit of one request to that program")
	p.IntVar(&f.memory, "env-memory", 2048, "bound of the memory of one such process in MB")
}

func (f *plugFlags) check() error {
	if f.command == "" {
		return nil
	}
	if f.timeout <= 0 {
		return badInput("--env-timeout %v is not above 0, for example --env-timeout 10s", f.timeout)
	}
	if f.memory <= 0 || f.memory > 1<<20 {
		return badInput("--env-memory %d is not a number of megabytes up to %d, for example --env-memory 2048", f.memory, 1<<20)
	}
	if _, err := plugin.Split(f.command); err != nil {
		return badInput("--env-cmd %q: %w; give for example --env-cmd \"python3 my_env.py\"", f.command, err)
	}
	return nil
}

// plugSettings are what the run of a plug-in needs to go on, beside its settings.
type plugSettings struct {
	Argv      []string `json:"argv"`
	Dir       string   `json:"dir"` // where it ran
	TimeoutMS int64    `json:"timeout_ms"`
	MemoryMB  int      `json:"memory_mb"`
}

// settings are those of a run that is about to begin here.
func (f *plugFlags) settings() (*plugSettings, error) {
	argv, err := plugin.Split(f.command)
	if err != nil {
		return nil, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("the folder in which the plug-in is to run: %w", err)
	}
	return &plugSettings{argv, dir, f.timeout.Milliseconds(), f.memory}, nil
}

// open starts the plug-in. The caller must Close it.
func (s *plugSettings) open(ctx context.Context, t terminal, workers int) (*plugin.Env, error) {
	return plugin.Open(ctx, plugin.Config{
		Argv: s.Argv, Dir: s.Dir, Workers: workers, Stderr: t.err,
		Timeout: time.Duration(s.TimeoutMS) * time.Millisecond, Memory: int64(s.MemoryMB) << 20,
	})
}

// name is how the runs of a plug-in are listed.
func plugName(info plugin.Info) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, info.Name)
	return "plugin:" + name[:min(len(name), 40)]
}

// environment is the one that a command is to work in: of that name, or the plug-in of
// the flags. The caller must close it, whatever happens.
func (f *plugFlags) environment(ctx context.Context, t terminal, name string, workers int) (e env.Environment, called string, closer func(), err error) {
	if f.command == "" {
		e, err = registry.Get(name)
		if err != nil {
			err = inputError{err}
		}
		return e, name, func() {}, err
	}
	s, err := f.settings()
	if err != nil {
		return nil, "", func() {}, err
	}
	p, err := s.open(ctx, t, workers)
	if err != nil {
		return nil, "", func() {}, err
	}
	return p.Environment(), plugName(p.Info()), p.Close, nil
}

// arguments are ENV and PROBLEM, of which a plug-in has no ENV.
func (f *plugFlags) arguments(args []string, usage string) (name, problem string, err error) {
	switch {
	case f.command == "" && len(args) == 2:
		return args[0], args[1], nil
	case f.command != "" && len(args) == 1:
		return "", args[0], nil
	case f.command != "":
		return "", "", badInput("with --env-cmd there is one argument, the problem, not %d; usage: %s", len(args), usage)
	}
	return "", "", badInput("accepts 2 arg(s), received %d; usage: %s", len(args), usage)
}

// problem reads a problem before anything else is opened or loaded for it. The caller
// must call closer, whatever happens.
func (f *searchFlags) problem(ctx context.Context, t terminal, name, text string) (p ponder.Problem, closer func(), err error) {
	p = ponder.Problem{Text: text, Slow: f.plug.command != ""}
	if p.Env, p.EnvName, closer, err = f.plug.environment(ctx, t, name, f.parallel); err != nil {
		return p, closer, err
	}
	_, err = p.Env.Start(ctx, text)
	return p, closer, err
}

// verify has an answer judged by the plug-in.
func (s *plugSettings) verify(ctx context.Context, t terminal, problem, answer string) error {
	p, err := s.open(ctx, t, 1)
	if err != nil {
		return err
	}
	defer p.Close()
	v, ok := p.Environment().(env.Verifier)
	if !ok {
		return errors.New("the plug-in verifies nothing any more")
	}
	return v.Verify(ctx, problem, answer)
}
