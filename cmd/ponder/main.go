// Command ponder searches for solutions with a tree search over a model's
// proposals. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/coq"
	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/lean"
	"github.com/ponder-mcts/ponder/env/plugin"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/view"
)

// Exit codes: a contract with scripts.
const (
	exitSolved      = 0
	exitUnsolved    = 1
	exitInput       = 2
	exitUnavailable = 3
	exitInterrupted = 130
)

// errUnsolved ends a command whose output is complete, but has no solution.
var errUnsolved = errors.New("not solved")

// inputError marks bad flags and arguments.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func badInput(format string, args ...any) error {
	return inputError{fmt.Errorf(format, args...)}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdout, stderr *os.File) int {
	root := rootCommand(terminal{out: stdout, err: stderr})
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	code := exitCode(err)
	switch {
	case code == exitInterrupted:
		fmt.Fprintln(stderr, "ponder: interrupted")
	case err != nil && !errors.Is(err, errUnsolved):
		fmt.Fprintln(stderr, "ponder:", oneLine(err))
	}
	return code
}

func exitCode(err error) int {
	var input *env.InputError
	var flags inputError
	var noCoq *ide.MissingError
	var noLean *lean.MissingError
	var noPlug *plugin.MissingError
	var badFile *coq.LoadError
	switch {
	case err == nil:
		return exitSolved
	case errors.As(err, &input), errors.As(err, &flags), errors.As(err, &badFile):
		return exitInput
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, llm.ErrUnavailable), errors.Is(err, env.ErrBroken), errors.As(err, &noCoq), errors.As(err, &noLean), errors.As(err, &noPlug):
		return exitUnavailable
	}
	return exitUnsolved
}

// oneLine makes an error safe to print: its texts may come from a server.
func oneLine(err error) string {
	return view.Clean(strings.ReplaceAll(err.Error(), "\n", "; "))
}

// terminal is where output goes.
type terminal struct{ out, err *os.File }

func rootCommand(t terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "ponder",
		Short: "Solve problems step by step with a tree search over a model's proposals",
		Long: "ponder thinks slowly on purpose: each step is a node of a tree, a model proposes steps,\n" +
			"a critic values them, and an answer is called verified only if a checker accepted it.",
		Example: `  ponder solve game24 "4 9 10 13"` + "\n" +
			`  ponder solve --tree countdown "3 7 25 50 = 84"` + "\n" +
			`  ponder solve --model qwen3:8b game24 "3 3 8 8"`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.AddCommand(solveCommand(t), proveCommand(t), playCommand(t), resumeCommand(t), runsCommand(t), showCommand(t), exportCommand(t), watchCommand(t), serveCommand(t), benchCommand(t), envsCommand(t), modelsCommand(t), doctorCommand(t))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return badInput("%w; see %s --help", err, cmd.CommandPath())
	})
	clear := append(root.Commands(), root)
	for _, c := range root.Commands() {
		clear = append(clear, c.Commands()...)
	}
	for _, c := range clear {
		c.Args = clearArgs(c.Args)
	}
	return root
}

// clearArgs turns cobra's complaints about arguments into input errors that
// show how the command is used.
func clearArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return badInput("%w; usage: %s", err, cmd.UseLine())
		}
		return nil
	}
}
