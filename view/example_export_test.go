package view_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/ponder-mcts/ponder/view"
)

func ExampleTree_Prune() {
	part := tree().Prune(view.PruneOptions{Top: 1})
	fmt.Println(len(part.Edges), "edge of", part.Pruned.Edges, "- left out at the root:", part.Nodes[part.Root].More)
	// Output: 1 edge of 2 - left out at the root: 1
}

func ExampleSVG() {
	var b strings.Builder
	if err := view.SVG(&b, tree(), view.SVGOptions{}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Split(b.String(), "\n")[1])
	// Output: <title>game24 · 4 6</title>
}

func ExampleDOT() {
	var b strings.Builder
	if err := view.DOT(&b, tree().Prune(view.PruneOptions{MinVisits: 1}), view.DOTOptions{}); err != nil {
		fmt.Println(err)
	}
	lines := strings.Split(b.String(), "\n")
	fmt.Println(lines[len(lines)-3])
	// Output: n0 -> n1 [label="6*4=24", penwidth=6.0, style=bold, color="#111111"];
}

func ExampleMermaid() {
	if err := view.Mermaid(os.Stdout, tree().Prune(view.PruneOptions{Top: 1}), view.MermaidOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// flowchart LR
	//   n0["4 6 #62; 24<br>Q 1#46;00#44; N 1#44; solved"]:::q8
	//   n1[["24 #62; 24<br>Q 1#46;00#44; N 1#44; solved"]]:::q8
	//   n0 ==>|"6#42;4#61;24"| n1
	//   n0 -.- m0(["#43;1 more"])
	//   linkStyle 0 stroke:#111111,stroke-width:6.0px
	//   classDef q8 fill:#fee838,color:#111111,stroke:#5b6672
}

func ExampleCSV() {
	var b strings.Builder
	if err := view.CSV(&b, tree(), view.CSVOptions{}); err != nil {
		fmt.Println(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		fmt.Println(strings.Join(strings.Split(line, ",")[:10], ","))
	}
	// Output:
	// edge,parent,action,prior,edge_visits,best_line,again,order,node,state
	// ,,,,,,,,0,4 6 > 24
	// 0,0,6*4=24,0.75,1,true,false,,1,24 > 24
	// 1,0,6+4=10,0.25,0,false,false,,2,10 > 24
}

func ExampleJSONL() {
	if err := view.JSONL(os.Stdout, search[3:]); err != nil {
		fmt.Println(err)
	}
	// Output: {"seq":4,"ended":{"reason":"solved","status":"solved","line":[0]}}
}

func ExampleReadTree() {
	var file bytes.Buffer
	if err := tree().Record().Write(&file); err != nil {
		fmt.Println(err)
	}
	t, events, err := view.ReadTree(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Start.Problem, "has", len(t.Nodes), "nodes; events:", len(events))
	// Output: 4 6 has 3 nodes; events: 0
}
