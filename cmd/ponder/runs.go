package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
)

func runsCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	limit := 0
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs that are kept, or remove some",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listRuns(cmd.Context(), t, f, limit)
		},
	}
	f.registerDB(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "list the newest ones only; 0 lists all")
	cmd.Flags().BoolVar(&f.json, "json", false, "print a JSON array")
	cmd.AddCommand(removeCommand(t), collectCommand(t))
	return cmd
}

func removeCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	cmd := &cobra.Command{
		Use:               "rm RUN...",
		Short:             "Remove runs; the model calls stay in the cache",
		Example:           "  ponder runs rm 3KQ7 last",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.withStore(cmd.Context(), false, func(s *store.Store) error {
				var ids []string
				for _, name := range args {
					run, err := s.Run(cmd.Context(), name)
					if err != nil {
						return badInput("%w", err)
					}
					ids = append(ids, run.ID)
				}
				if err := s.Remove(cmd.Context(), ids...); err != nil {
					return err
				}
				fmt.Fprintf(t.out, "removed %d\n", len(ids))
				return nil
			})
		},
	}
	f.registerDB(cmd)
	return cmd
}

func collectCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	older := ""
	cmd := &cobra.Command{
		Use:     "gc",
		Short:   "Remove runs that were last worked on long ago",
		Example: "  ponder runs gc --older 30d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := days(older)
			if err != nil {
				return err
			}
			return f.withStore(cmd.Context(), false, func(s *store.Store) error {
				n, err := s.Prune(cmd.Context(), time.Now().Add(-d))
				if err != nil {
					return err
				}
				fmt.Fprintf(t.out, "removed %d\n", n)
				return nil
			})
		},
	}
	f.registerDB(cmd)
	cmd.Flags().StringVar(&older, "older", "30d", "how long ago, such as 12h, 30d or 8w")
	return cmd
}

// withStore opens the database for one thing.
func (f *searchFlags) withStore(ctx context.Context, readOnly bool, do func(*store.Store) error) (err error) {
	opt := f.storeOptions()
	opt.ReadOnly = readOnly
	s, err := openStore(ctx, f.db, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

// row is a run as ponder runs --json prints it.
type row struct {
	Run       string    `json:"run"`
	Env       string    `json:"env"`
	Problem   string    `json:"problem"`
	Model     string    `json:"model"`
	Strategy  string    `json:"strategy"`
	Status    string    `json:"status"` // solved, unsolved, unsolvable, running, paused or stopped
	Reason    string    `json:"reason"`
	Value     float64   `json:"value"`
	Calls     int       `json:"calls"`
	Tokens    int       `json:"tokens"`
	CacheHits int       `json:"cache_hits"`
	Nodes     int       `json:"nodes"`
	ElapsedMS int64     `json:"elapsed_ms"`
	Began     time.Time `json:"began"`
}

func rowOf(r store.Run) row {
	x := row{
		r.ID, r.Env, r.Problem, r.Model, r.Strategy, r.Status, r.Reason, r.Value,
		r.Calls, r.PromptTokens + r.CompletionTokens, r.CacheHits, r.Nodes, r.Elapsed.Milliseconds(), r.Began,
	}
	switch {
	case r.Live && r.Status == paused:
		x.Reason = ""
	case r.Live:
		x.Status, x.Reason = "running", ""
	case r.Status == "", r.Status == paused:
		x.Status = "stopped" // it was killed
	}
	return x
}

func listRuns(ctx context.Context, t terminal, f *searchFlags, limit int) error {
	if limit < 0 {
		return badInput("--limit %d is negative: give for example --limit 20, or 0 for all", limit)
	}
	return f.withStore(ctx, true, func(s *store.Store) error {
		runs, err := s.Runs(ctx)
		if err != nil {
			return err
		}
		if limit > 0 {
			runs = runs[:min(limit, len(runs))]
		}
		if f.json {
			rows := []row{}
			for _, r := range runs {
				rows = append(rows, rowOf(r))
			}
			enc := json.NewEncoder(t.out)
			enc.SetIndent("", "  ")
			return enc.Encode(rows)
		}
		w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "RUN\tBEGAN\tSTATUS\tMODEL\tSTRATEGY\tCALLS\tTOKENS\tTIME\tPROBLEM\n")
		for _, r := range runs {
			x := rowOf(r)
			status := x.Status
			if status == "unsolved" && x.Reason != "" {
				status += " (" + x.Reason + ")"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s %s\n", x.Run, x.Began.Local().Format("2006-01-02 15:04"), view.Clean(status),
				view.Clean(x.Model), x.Strategy, x.Calls, x.Tokens, r.Elapsed.Round(100*time.Millisecond), x.Env, view.Clean(cut(x.Problem, 60)))
		}
		return w.Flush()
	})
}

// cut shortens a text to at most n characters.
func cut(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// completeRun offers the ids of runs.
func completeRun(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	f := &searchFlags{cacheSize: math.MaxInt32 >> 20}
	f.db, _ = cmd.Flags().GetString("db")
	var ids []string
	_ = f.withStore(cmd.Context(), true, func(s *store.Store) error {
		runs, err := s.Runs(cmd.Context())
		for _, r := range runs {
			ids = append(ids, r.ID+"\t"+r.Env+" "+cut(r.Problem, 40))
		}
		return err
	})
	return ids, cobra.ShellCompDirectiveNoFileComp
}
