package web_test

import (
	"fmt"
	"strings"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
	"github.com/ponder-mcts/ponder/view/web"
)

// A run as one file that any browser opens, without a server.
func ExamplePage_Write() {
	events := []event.Event{{Seq: 1, Started: &event.Started{Version: event.Version, Run: "R1", Problem: "4 7 8 8", Root: event.Node{State: "4 7 8 8"}}}}
	var tree view.Tree
	for _, e := range events {
		if err := tree.Apply(e); err != nil {
			fmt.Println(err)
			return
		}
	}
	var file strings.Builder
	row := map[string]any{"run": "R1", "nodes": len(tree.Nodes)}
	if err := (web.Page{Row: row, Tree: tree.Record(), Events: events}).Write(&file); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Count(file.String(), "<script"), "scripts,", strings.Count(file.String(), " src="), "of them from elsewhere")
	// Output: 3 scripts, 0 of them from elsewhere
}
