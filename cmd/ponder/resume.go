package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/prove"
	"github.com/ponder-mcts/ponder/view"
)

func resumeCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	cmd := &cobra.Command{
		Use:   "resume [flags] RUN",
		Short: "Go on with a run where it stopped, on purpose or not",
		Long: "RUN is the id of a run, the beginning of one, or last. Budgets are added to those that the run had;\n" +
			"one that was interrupted, or killed, needs none. Everything else is as it was when the run began.",
		Example: "  ponder resume last\n" +
			"  ponder resume --max-calls 100 3KQ7",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			return resume(cmd.Context(), t, f, args[0])
		},
	}
	p := cmd.Flags()
	p.IntVar(&f.simulations, "simulations", 0, "that many simulations more")
	p.IntVar(&f.nodes, "max-nodes", 0, "that many tree nodes more")
	p.IntVar(&f.calls, "max-calls", 0, "that many model calls more")
	p.IntVar(&f.tokens, "max-tokens", 0, "that many tokens more")
	p.DurationVar(&f.time, "time", 0, "budget of time from here on (default: as at the beginning)")
	p.IntVar(&f.parallel, "parallel", 0, "jobs in flight at once (default: as at the beginning)")
	f.registerClient(cmd)
	f.registerDB(cmd)
	f.registerOutput(cmd)
	p.BoolVar(&f.web, "web", false, "show the search on a web page, and keep the page open until Ctrl-C")
	p.SortFlags = false
	return cmd
}

func resume(ctx context.Context, t terminal, f *searchFlags, name string) (err error) {
	s, err := openStore(ctx, f.db, f.storeOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	w := newWork(s, nil)
	defer func() { err = errors.Join(err, w.Close()) }()
	var progress *view.Progress
	p, c, err := f.takeUp(ctx, t, w, name, func() {
		progress = newProgress(t, f)
		w.progress, w.note = progress, progress.Note
	})
	if progress != nil {
		defer progress.Close()
	}
	if err != nil {
		return err
	}
	return f.search(ctx, t, progress, w, p, c)
}

// takeUp takes a run to go on with. ready is called when the flags are what they
// will be, before any model is loaded.
func (f *searchFlags) takeUp(ctx context.Context, t terminal, w *work, name string, ready func()) (p ponder.Problem, c ponder.Config, err error) {
	if w.run, err = w.store.Run(ctx, name); err != nil {
		return p, c, badInput("%w", err)
	}
	p, s, err := asked(w.run)
	if err != nil {
		return p, c, err
	}
	if w.log, err = w.store.Take(ctx, w.run.ID); err != nil {
		return p, c, badInput("%w", err)
	}
	past, err := w.past(ctx)
	if err != nil {
		return p, c, fmt.Errorf("reading run %s: %w", w.run.ID, err)
	}
	f.restore(s)
	f.enlarge(s, budget{w.run.Simulations, w.run.Nodes, w.run.Calls, w.run.PromptTokens + w.run.CompletionTokens})
	if err := f.check(); err != nil {
		return p, c, err
	}
	ready()
	var search *prove.Search
	if s.Proof != nil {
		m := &prove.Memory{}
		if !f.noCache {
			if err := remember(ctx, w.store, m, w.note); err != nil {
				return p, c, err
			}
			w.learnt = func(ctx context.Context) error { return learnt(ctx, w.store, m) }
		}
		if search, err = s.Proof.open(ctx, w.run.Env, s, m); err != nil {
			return p, c, err
		}
		w.also = search.Close
		p = search.Problem
	}
	if s.Plug != nil {
		plug, err := s.Plug.open(ctx, t, f.parallel)
		if err != nil {
			return p, c, err
		}
		w.also = plug.Close
		p.Env = plug.Environment()
	}
	if c, err = f.config(ctx, p.Env, w.note); err != nil {
		return p, c, err
	}
	if search != nil {
		c.Explore = search.Config.Explore
	}
	if err := s.sameModels(c); err != nil {
		return p, c, err
	}
	c.Keeper, c.Past = w.log, past
	now := f.settings(c) // with the budgets that it has now
	now.Proof, now.Plug = s.Proof, s.Plug
	w.run.Config, w.run.Ended, w.run.Status = now.json(), time.Time{}, ""
	return p, c, w.log.Update(ctx, w.run)
}

// days reads a duration that may be given in days or weeks.
func days(text string) (time.Duration, error) {
	for unit, hours := range map[string]float64{"d": 24, "w": 7 * 24} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			var n float64
			if _, err := fmt.Sscanf(number+"\n", "%g\n", &n); err == nil && n >= 0 && n*hours*float64(time.Hour) < math.MaxInt64 {
				return time.Duration(n * hours * float64(time.Hour)), nil
			}
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, badInput("--older %q is no duration: give for example --older 30d, 12h or 2w", text)
	}
	return d, nil
}
