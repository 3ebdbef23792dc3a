package view_test

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

// search is the log of a very short search.
var search = []event.Event{
	{Seq: 1, Started: &event.Started{
		Version: event.Version, Run: "r-1", Env: "game24", Problem: "4 6",
		Root: event.Node{ID: 0, State: "4 6 > 24"},
	}},
	{Seq: 2, Grown: &event.Grown{
		Node: 0,
		Edges: []event.Edge{
			{ID: 0, Child: 1, Action: "6*4=24", Prior: 0.75},
			{ID: 1, Child: 2, Action: "6+4=10", Prior: 0.25},
		},
		New: []event.Node{
			{ID: 1, State: "24 > 24", Terminal: true, Reward: 1},
			{ID: 2, State: "10 > 24", Terminal: true},
		},
		Usage: env.Usage{Calls: 1, PromptTokens: 30, CompletionTokens: 12},
	}},
	{Seq: 3, Visited: &event.Visited{
		Path: []int32{0}, Leaf: 1, Value: env.Value{Mean: 1},
		Stats: event.Stats{
			Nodes: []event.NodeStats{{ID: 0, N: 1, Q: 1, Lo: 1, Hi: 1}, {ID: 1, N: 1, Q: 1, Lo: 1, Hi: 1}},
			Edges: []event.EdgeStats{{ID: 0, N: 1}},
		},
	}},
	{Seq: 4, Ended: &event.Ended{Reason: "solved", Status: view.Solved, Line: []int32{0}}},
}

func tree() *view.Tree {
	t := new(view.Tree)
	for _, e := range search {
		if err := t.Apply(e); err != nil {
			panic(err)
		}
	}
	return t
}

func ExampleTree() {
	t := tree()
	fmt.Println(len(t.Nodes), "nodes,", t.Simulations, "simulation,", t.Usage.Calls, "call")
	for _, e := range t.Line() {
		fmt.Println(t.Edges[e].Action, "->", t.Nodes[t.Edges[e].To].State)
	}
	err := t.Apply(event.Event{Seq: 5, Failed: &event.Failed{Node: 0}})
	fmt.Println(err)
	// Output:
	// 3 nodes, 1 simulation, 1 call
	// 6*4=24 -> 24 > 24
	// invalid event 5: the search had ended
}

func ExampleText() {
	if err := view.Text(os.Stdout, tree(), view.TextOptions{Width: 60}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 4 6 > 24  N 1  Q 1.00  ✓
	// │          N     Q     P
	// ├● 6*4=24  1  1.00  0.75  ✓ end  24 > 24
	// └─ 6+4=10  0     –  0.25  ✗ end  10 > 24
}

func ExampleClean() {
	fmt.Println(view.Clean("\x1b[31mProof.\nQed.\u202e"))
	// Output: Proof.⏎Qed.
}

func ExampleProgress() {
	seconds := 0
	now := func() time.Time { return time.Unix(int64(seconds), 0) }
	p := view.NewProgress(os.Stdout, now, view.ProgressOptions{Budget: view.Budget{Simulations: 4}})
	p.Note("loading model qwen3:8b")
	for _, e := range search[:3] {
		p.Apply(e)
	}
	seconds = 10
	p.Draw() // a command calls Start once instead
	p.Close()
	// Output:
	// loading model qwen3:8b
	// 1/4 sims  3 nodes  1 calls  42 tokens (4/s)  best 1.00  10s, 30s left
	// 1/4 sims  3 nodes  1 calls  42 tokens (4/s)  best 1.00  10s
}

func ExampleResult_WriteText() {
	r := view.NewResult(tree(), true, "6*4", 1500*time.Millisecond)
	if err := r.WriteText(os.Stdout, false); err != nil {
		fmt.Println(err)
	}
	// Output:
	// game24  4 6
	//   1. 6*4=24  24 > 24
	// answer  6*4
	// verified
	// 1 simulation, 3 nodes, 1 model call, 42 tokens, 1.5s
}

func ExampleResult_WriteJSON() {
	r := view.NewResult(tree(), true, "6*4", 1500*time.Millisecond)
	r.Path, r.Stats = r.Path[:0], view.Stats{} // to keep this short
	if err := r.WriteJSON(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {
	//   "run": "r-1",
	//   "env": "game24",
	//   "problem": "4 6",
	//   "status": "solved",
	//   "verified": true,
	//   "answer": "6*4",
	//   "path": [],
	//   "stats": {
	//     "simulations": 0,
	//     "nodes": 0,
	//     "edges": 0,
	//     "transpositions": 0,
	//     "calls": 0,
	//     "prompt_tokens": 0,
	//     "completion_tokens": 0,
	//     "cache_hits": 0,
	//     "illegal": 0,
	//     "elapsed_ms": 0,
	//     "merged": 0,
	//     "unparsed": 0,
	//     "failed": 0
	//   },
	//   "reason": "solved",
	//   "ending": {
	//     "value": 1,
	//     "moves": 1
	//   }
	// }
}

func ExampleNewResult() {
	r := view.NewResult(tree(), true, "6*4", time.Second)
	step, err := json.Marshal(r.Path[0])
	fmt.Println(r.Status, string(step), err)
	// Output: solved {"action":"6*4=24","state":"24 \u003e 24","prior":0.75,"visits":1,"value":1} <nil>
}

func ExampleTerminal() {
	// A command draws its tree as wide as the terminal, if there is one.
	isTerminal, width := view.Terminal(nil)
	fmt.Println(isTerminal, width, view.Color(nil))
	// Output: false 0 false
}
