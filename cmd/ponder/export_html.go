package main

import (
	"io"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/llm"
	"github.com/ponder-mcts/ponder/view"
	"github.com/ponder-mcts/ponder/view/web"
)

// exported is all that can be exported of a run.
type exported struct {
	Tree   *view.Tree
	Events []event.Event
	Calls  []llm.Call
}

// exportHTML writes a run as one page that needs no server.
func exportHTML(w io.Writer, in exported) error {
	return web.Page{Row: map[string]any{"run": in.Tree.Start.Run, "nodes": len(in.Tree.Nodes)}, Tree: in.Tree.Record(), Events: in.Events, Calls: in.Calls}.Write(w)
}
