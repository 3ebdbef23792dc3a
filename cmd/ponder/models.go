package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/llm/tiny"
	"github.com/ponder-mcts/ponder/view"
)

// askTimeout bounds the questions of models and doctor to a server.
const askTimeout = 10 * time.Second

func (f *modelFlags) registerServer(cmd *cobra.Command) {
	f.registerHosts(cmd)
	f.callTimeout, f.style = askTimeout, "auto"
}

func modelsCommand(t terminal) *cobra.Command {
	f := &modelFlags{}
	cmd := &cobra.Command{
		Use:   "models",
		Short: "List the models that --model can name",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return models(cmd.Context(), t, f)
		},
	}
	f.registerServer(cmd)
	return cmd
}

// models lists what is there. Without a server the built-in ones are still
// listed, and the command succeeds.
func models(ctx context.Context, t terminal, f *modelFlags) error {
	m, err := tiny.Embedded()
	if err != nil {
		return fmt.Errorf("embedded model: %w", err)
	}
	client, err := f.client("", func(string) {})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	served, serverErr := client.Models(ctx)

	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "NAME\tSIZE\tDIGEST\tWHERE\n")
	fmt.Fprintf(w, "%s\t%s\t%s\tin this program, for number puzzles\n", embedded, size(m.Size()), short(m.Digest()))
	fmt.Fprintf(w, "%s\t\t\tno model: uniform priors and random roll-outs\n", none)
	for _, s := range served {
		fmt.Fprintf(w, "%s\t%s\t%s\tOllama at %s\n", view.Clean(s.Name), size(s.Size), short(view.Clean(s.Digest)), client.Host())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if errors.Is(serverErr, llm.ErrUnavailable) {
		fmt.Fprintln(t.err, "ponder:", oneLine(serverErr))
		return nil
	}
	return serverErr
}

func size(bytes int64) string {
	if bytes >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

func short(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(12, len(digest))]
}
