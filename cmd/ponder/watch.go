package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/store"
	"github.com/ponder-mcts/ponder/view"
	"github.com/ponder-mcts/ponder/watch"
)

func watchCommand(t terminal) *cobra.Command {
	f := &searchFlags{}
	cmd := &cobra.Command{
		Use:   "watch [flags] [RUN]",
		Short: "Walk in the tree of a run on the whole screen, while it grows",
		Long: "RUN is the id of a run, the beginning of one, or last (the default). The run may be worked on\n" +
			"by another process: the tree follows it. Press ? for the keys.",
		Example:           "  ponder watch\n  ponder watch 3KQ7",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "last"
			if len(args) > 0 {
				name = args[0]
			}
			for _, s := range []*os.File{os.Stdin, t.out} {
				if ok, _ := view.Terminal(s); !ok || os.Getenv("TERM") == "dumb" {
					return badInput("ponder watch needs a terminal that it can draw on; ponder show %s prints the tree", name)
				}
			}
			return f.withStore(cmd.Context(), true, func(s *store.Store) error {
				run, err := s.Run(cmd.Context(), name)
				if err != nil {
					return badInput("%w", err)
				}
				return watch.Run(cmd.Context(), os.Stdin, t.out, &follower{archive: archive{s, run.ID}, flags: f}, watch.Options{Color: view.Color(t.out)})
			})
		},
	}
	f.registerDB(cmd)
	return cmd
}

// poll is how often a run that is worked on is looked at.
const poll = 250 * time.Millisecond

// follower tells of a run as its database does.
type follower struct {
	archive
	flags  *searchFlags
	mark   store.Mark // after the events that were told
	worked time.Time  // as of the last snapshot that was told
}

// Next implements watch.Source.
func (f *follower) Next(ctx context.Context) ([]event.Event, bool, error) {
	for {
		run, err := f.Run(ctx, f.run)
		if err != nil {
			return nil, false, err
		}
		events, anew, err := f.look(ctx, run)
		switch {
		case err != nil:
			return nil, false, fmt.Errorf("reading run %s: %w", f.run, err)
		case len(events) > 0:
			return events, anew, nil
		case !run.Live:
			return nil, false, io.EOF
		}
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-time.After(poll):
		}
	}
}

// look returns what has happened since the last time.
func (f *follower) look(ctx context.Context, run store.Run) (events []event.Event, anew bool, err error) {
	if !f.worked.IsZero() && run.Worked.Equal(f.worked) {
		return nil, false, nil // a snapshot that was told already
	}
	free, err := f.HasSnapshot(ctx, f.run)
	if err != nil {
		return nil, false, err
	}
	if free {
		past, err := past(ctx, f.archive)
		if err != nil {
			return nil, false, err
		}
		if _, err = recount(ctx, run, past, false, func(e event.Event) { events = append(events, e) }); err == nil {
			f.worked = run.Worked
		}
		return events, true, err
	}
	first := f.mark.Seq == 0
	events, f.mark, anew, err = f.EventsAfter(ctx, f.run, f.mark)
	return events, anew || first, err
}

// Calls implements watch.Reader.
func (f *follower) Calls(ctx context.Context, keys []string) ([]watch.Call, error) {
	wanted, err := callKeys(keys)
	if err != nil {
		return nil, fmt.Errorf("address of a call: %w", err)
	}
	kept, err := f.Store.Calls(ctx, wanted...)
	if err != nil {
		return nil, err
	}
	var calls []watch.Call
	for _, c := range kept {
		prompt := c.Request.Prompt
		if c.Request.System != "" {
			prompt = c.Request.System + "\n\n" + prompt
		}
		calls = append(calls, watch.Call{
			Model: c.Model.Name, Prompt: prompt, Reply: c.Completion.Text, Elapsed: c.Elapsed,
			PromptTokens: c.Completion.Usage.PromptTokens, CompletionTokens: c.Completion.Usage.CompletionTokens,
		})
	}
	return calls, nil
}

// Order implements watch.Steerer. To look at a run nothing is written, so the
// database is opened once more for an order.
func (f *follower) Order(ctx context.Context, order string, edges []int32) error {
	body, err := json.Marshal(orderBody{order, edges})
	if err != nil {
		return fmt.Errorf("an order: %w", err)
	}
	return f.flags.withStore(ctx, false, func(s *store.Store) error { return s.Order(ctx, f.run, body) })
}

var (
	_ watch.Source  = (*follower)(nil)
	_ watch.Reader  = (*follower)(nil)
	_ watch.Steerer = (*follower)(nil)
)
