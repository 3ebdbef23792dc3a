package main

import (
	"io"

	"github.com/ponder-mcts/ponder/serve"
	"github.com/ponder-mcts/ponder/view"
	"github.com/ponder-mcts/ponder/view/web"
)

// exportHTML writes a run as one page that needs no server.
func exportHTML(w io.Writer, x exported) error {
	calls := []serve.Call{}
	for _, c := range x.Calls {
		calls = append(calls, serve.CallOf(c))
	}
	return web.Page{Row: exportedRow(x.Tree, x.Run), Tree: x.Tree.Record(), Events: x.Events, Calls: calls}.Write(w)
}

// exportedRow is what the list of runs would say. Of a tree that was read from a
// file nobody knows whether its answer was verified.
func exportedRow(t *view.Tree, run serve.Run) serve.Run {
	if run.Run == "" {
		run.Run, run.Env, run.Problem, run.Model, run.Strategy = t.Start.Run, t.Start.Env, t.Start.Problem, t.Start.Model, t.Start.Strategy
		run.Status = view.Unsolved
		if t.End != nil {
			run.Status = t.End.Status
		}
	}
	run.Nodes, run.Simulations, run.Live, run.Steerable, run.Resumable = len(t.Nodes), t.Simulations, false, false, false
	return run
}
