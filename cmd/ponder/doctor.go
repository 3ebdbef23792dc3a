package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/env/coq/ide"
	"github.com/ponder-mcts/ponder/env/lean"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/tiny"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

func doctorCommand(t terminal) *cobra.Command {
	f := &modelFlags{}
	var name string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what is there, and say what is missing and how to get it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return doctor(cmd.Context(), examiner{t.out}, f, name)
		},
	}
	f.registerServer(cmd)
	cmd.Flags().StringVar(&name, "model", "", "model to measure parallel slots with (default: the smallest one)")
	return cmd
}

// examiner prints one finding a line.
type examiner struct{ out *os.File }

func (x examiner) ok(what, format string, args ...any)  { x.say("ok  ", what, format, args...) }
func (x examiner) bad(what, format string, args ...any) { x.say("--  ", what, format, args...) }
func (x examiner) say(mark, what, format string, args ...any) {
	fmt.Fprintf(x.out, "%s%-16s %s\n", mark, what, view.Clean(fmt.Sprintf(format, args...)))
}

// doctor fails only if a server can't be used that could be: what needs no
// server works in any case.
func doctor(ctx context.Context, x examiner, f *modelFlags, name string) error {
	if _, err := tiny.Embedded(); err != nil {
		return fmt.Errorf("embedded model: %w", err)
	}
	x.ok("embedded model", "ready: ponder solve game24 %q needs nothing else", "4 9 10 13")
	database(ctx, x)
	provers(ctx, x)
	server, err := f.client("", func(string) {})
	if err != nil {
		return err
	}
	short, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	version, err := server.Version(short)
	if err != nil {
		x.bad("Ollama", "%v", err)
		return fmt.Errorf("%w: no Ollama server (optional: the embedded model works without)", llm.ErrUnavailable)
	}
	x.ok("Ollama", "version %s at %s", version, server.Host())
	if server.Logprobs(short) {
		x.ok("logprobs", "priors and critics read token probabilities")
	} else {
		x.bad("logprobs", "version 0.12.11 or newer gives token log-probabilities; this one works with frequency priors")
	}
	models, err := server.Models(short)
	if err != nil {
		return err
	}
	if len(models) == 0 {
		x.bad("models", "none: type for example: ollama pull qwen3:8b")
		return nil
	}
	least := models[0]
	for _, m := range models {
		if m.Size < least.Size {
			least = m
		}
	}
	x.ok("models", "%d, the smallest is %s; see ponder models", len(models), least.Name)
	if name == "" {
		name = least.Name
	}
	return slots(ctx, x, f, name)
}

// database says what is kept, and where.
func database(ctx context.Context, x examiner) {
	f := &searchFlags{db: defaultDB()}
	err := f.withStore(ctx, true, func(s *store.Store) error {
		runs, err := s.Runs(ctx)
		if err == nil {
			x.ok("database", "%d runs in %s; see ponder runs", len(runs), s.Path())
		}
		return err
	})
	if err != nil {
		x.bad("database", "%v", err)
	}
}

// slots measures whether the server works on several requests at once.
func slots(ctx context.Context, x examiner, f *modelFlags, name string) error {
	timed := *f
	timed.callTimeout = 0 // a model may have to be loaded first
	client, err := timed.client(name, func(string) {})
	if err != nil {
		return err
	}
	ratio, err := client.Parallel(ctx)
	if err != nil {
		return fmt.Errorf("measuring parallel slots with %s: %w", name, err)
	}
	if ratio > 1.6 {
		x.bad("parallel slots", "two requests at once take %.1f times as long as one: --parallel 1 is enough, or start the server with OLLAMA_NUM_PARALLEL=4 ollama serve", ratio)
	} else {
		x.ok("parallel slots", "two requests at once take %.1f times as long as one: --parallel 2 or more pays", ratio)
	}
	return nil
}

// provers says whether proofs can be searched.
func provers(ctx context.Context, x examiner) {
	coqReady(ctx, x)
	if !lean.Installed() {
		x.bad("Lean", "lean is not on PATH: install it with elan, https://github.com/leanprover/elan (only ponder prove FILE.lean needs it)")
		return
	}
	for _, c := range lean.Doctor(ctx, lean.Config{}) {
		if c.OK {
			x.ok("Lean: "+c.Name, "%s", c.Detail)
		} else {
			x.bad("Lean: "+c.Name, "%s: %s", c.Detail, c.Advice)
		}
	}
}

func coqReady(ctx context.Context, x examiner) {
	p, err := ide.Start(ide.Options{})
	if err != nil {
		x.bad("Coq", "%v (only ponder prove needs it)", err)
		return
	}
	defer p.Close()
	version, err := p.Version(ctx)
	if err == nil {
		_, err = ide.Find("coqc")
	}
	if err != nil {
		x.bad("Coq", "%v", err)
		return
	}
	if !recent(version) {
		x.bad("Coq", "version %s is too old: ponder prove needs 8.16 or newer", version)
		return
	}
	x.ok("Coq", "version %s: ponder prove is ready", version)
}

// recent reports whether a version of Coq is 8.16 or newer, or can't be read.
func recent(version string) bool {
	major, minor := 0, 0
	if n, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil || n < 2 {
		return true
	}
	return major > 8 || major == 8 && minor >= 16
}
