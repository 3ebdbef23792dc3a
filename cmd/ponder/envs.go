package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponder-mcts/ponder/env/registry"
)

func envsCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "envs",
		Short: "List the kinds of problems there are",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			for _, e := range registry.All() {
				fmt.Fprintf(w, "%s\t%s\tponder solve %s %q\n", e.Name, e.Summary, e.Name, e.Example)
			}
			return w.Flush()
		},
	}
}
