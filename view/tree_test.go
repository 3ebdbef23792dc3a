package view

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

func TestApply(t *testing.T) {
	tree := fold(t, load(t, "dag"))
	type edge struct {
		From, To int
		Action   string
		N        int32
		Again    bool
	}
	var got []edge
	for _, e := range tree.Edges {
		got = append(got, edge{e.From, e.To, e.Action, e.N, e.Again})
	}
	want := []edge{
		{0, 1, "2+2=4", 2, false},
		{0, 2, "3*3=9", 5, false},
		{1, 3, "3*3=9", 1, false},
		{1, 4, "3+3=6", 0, false},
		{2, 3, "2+2=4", 3, true},
		{2, 3, "2*2=4", 1, true},
		{2, 5, "9-2=7", 0, false},
		{3, 6, "9-4=5", 1, false},
		{3, 7, "9+4=13", 0, false},
		{5, 0, "undo", 0, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Totals{Simulations: 8, Transpositions: 3}, tree.Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	dead := Node{ID: 3, State: "4 9 > 12", N: 2, Closed: true, Own: &env.Value{Mean: 0.3}, Out: []int{7, 8}}
	if diff := cmp.Diff(dead, tree.Nodes[3]); diff != "" {
		t.Errorf("a node proven dead (-want +got):\n%s", diff)
	}
	end := Node{ID: 7, State: "13 > 12", Terminal: true}
	if diff := cmp.Diff(end, tree.Nodes[7]); diff != "" {
		t.Errorf("a terminal is proven by its reward, unvisited (-want +got):\n%s", diff)
	}
}

func TestTwoEdgesToOneNewNode(t *testing.T) {
	tree := fold(t, number([]event.Event{started("s"), {Grown: &event.Grown{
		New:   []event.Node{{ID: 1, State: "a"}},
		Edges: []event.Edge{{ID: 1, Child: 1}, {ID: 2, Child: 1}},
	}}}))
	if tree.Edges[0].Again || !tree.Edges[1].Again || tree.Transpositions != 1 {
		t.Errorf("edges %+v, %d transpositions; the second edge finds its child in the tree", tree.Edges, tree.Transpositions)
	}
}

func TestApplyRefuses(t *testing.T) {
	// After this log come nodes 0 (grown), 1 (open), 2 (terminal), 3 (closed) and edges 1 to 3.
	log := number([]event.Event{started("s"), {Grown: &event.Grown{
		New: []event.Node{{ID: 1, State: "a"}, {ID: 2, State: "b", Terminal: true, Reward: 1}, {ID: 3, State: "c"}},
		Edges: []event.Edge{
			{ID: 1, Child: 1, Action: "a", Prior: 0.5}, {ID: 2, Child: 2, Action: "b", Prior: 0.3}, {ID: 3, Child: 3, Action: "c", Prior: 0.2},
		},
	}}, {Grown: &event.Grown{Node: 3, Closed: true}}})
	nan, next := math.NaN(), len(log)+1
	grown := func(g event.Grown) event.Event { return event.Event{Seq: next, Grown: &g} }
	visited := func(v event.Visited) event.Event { return event.Event{Seq: next, Visited: &v} }
	nodeStats := func(s event.NodeStats) event.Event {
		return visited(event.Visited{Stats: event.Stats{Nodes: []event.NodeStats{s}}})
	}
	ended := func(e event.Ended) event.Event { return event.Event{Seq: next, Ended: &e} }
	moved := func(edge, root int32) event.Event {
		return event.Event{Seq: next, Moved: &event.Moved{Edge: edge, Root: root}}
	}
	edgeStats := func(s event.EdgeStats) event.Event {
		return visited(event.Visited{Stats: event.Stats{Edges: []event.EdgeStats{s}}})
	}
	one := []event.Node{{ID: 9}}
	toOne := []event.Edge{{ID: 9, Child: 9}}

	for _, tt := range []struct {
		name, reason string
		log          []event.Event
		e            event.Event
		want         string
	}{
		{"nothing in it", "a line of another format decodes to this", log, event.Event{Seq: next}, "says 0 things"},
		{"two things in it", "the order of the two would be a guess", log,
			event.Event{Seq: next, Failed: &event.Failed{}, Ended: &event.Ended{Status: Solved}}, "says 2 things"},
		{"a number left out", "an event was lost", log, event.Event{Seq: next + 1, Failed: &event.Failed{}}, "event 4 was expected"},
		{"a number again", "counting it twice would be wrong", log, event.Event{Seq: next - 1, Failed: &event.Failed{}}, "event 4 was expected"},
		{"not started", "there is no root", nil, event.Event{Seq: 1, Failed: &event.Failed{}}, "starts once"},
		{"started twice", "two searches were mixed", log, event.Event{Seq: next, Started: started("s").Started}, "starts once"},
		{"other version", "fields may mean something else", nil, event.Event{Seq: 1, Started: &event.Started{Version: event.Version + 1}}, "format version 2, not 1"},
		{"root reward", "values are in [0,1]", nil,
			event.Event{Seq: 1, Started: &event.Started{Version: 1, Root: event.Node{Terminal: true, Reward: 2}}}, "reward 2"},
		{"after the end", "the end is the last event",
			append(log[:len(log):len(log)], ended(event.Ended{Status: Unsolved})),
			event.Event{Seq: next + 1, Failed: &event.Failed{}}, "had ended"},

		{"unknown node grows", "it has no place", log, grown(event.Grown{Node: 7}), "node 7 is unknown"},
		{"terminal grows", "a terminal has no children", log, grown(event.Grown{Node: 2, New: one, Edges: toOne}), "node 2 can't have"},
		{"closed node grows", "closed was a promise", log, grown(event.Grown{Node: 3, New: one, Edges: toOne}), "node 3 can't have"},
		{"old node as new", "its state would be overwritten", log,
			grown(event.Grown{Node: 1, New: []event.Node{{ID: 0}}, Edges: []event.Edge{{ID: 9, Child: 0}}}), "node 0 is not new"},
		{"new node twice", "one identifier, two states", log,
			grown(event.Grown{Node: 1, New: []event.Node{{ID: 9}, {ID: 9}}, Edges: toOne}), "node 9 is not new"},
		{"new node without edge", "it would never be seen", log, grown(event.Grown{Node: 1, New: one}), "no edge leads to the new node 9"},
		{"new reward", "values are in [0,1]", log,
			grown(event.Grown{Node: 1, New: []event.Node{{ID: 9, Terminal: true, Reward: nan}}, Edges: toOne}), "reward NaN"},
		{"old edge as new", "it would leave two nodes", log, grown(event.Grown{Node: 1, Edges: []event.Edge{{ID: 1, Child: 2}}}), "edge 1 is not new"},
		{"new edge twice", "one identifier, two actions", log,
			grown(event.Grown{Node: 1, Edges: []event.Edge{{ID: 9, Child: 2}, {ID: 9, Child: 3}}}), "edge 9 is not new"},
		{"edge to nowhere", "the child must be known", log, grown(event.Grown{Node: 1, Edges: []event.Edge{{ID: 9, Child: 8}}}), "node 8 is unknown"},
		{"prior above 1", "priors are probabilities", log,
			grown(event.Grown{Node: 1, New: one, Edges: []event.Edge{{ID: 9, Child: 9, Prior: 1.5}}}), "prior 1.5"},
		{"negative count", "sums would shrink", log, grown(event.Grown{Node: 1, Illegal: -1}), "a count is negative"},
		{"negative usage of growth", "sums would shrink", log, grown(event.Grown{Node: 1, Usage: env.Usage{Calls: -1}}), "usage is negative"},
		{"numbers of a growth", "they are checked as well", log,
			grown(event.Grown{Node: 1, Stats: event.Stats{Nodes: []event.NodeStats{{ID: 8}}}}), "node 8 is unknown"},

		{"path over an unknown edge", "it can't be followed", log, visited(event.Visited{Path: []int32{5}, Leaf: 1}), "edge 5 is unknown"},
		{"path with a gap", "edge 2 leaves the root", log, visited(event.Visited{Path: []int32{1, 2}, Leaf: 2}), "edge 2 does not leave node 1"},
		{"path to another leaf", "the value would land on the wrong node", log, visited(event.Visited{Path: []int32{1}, Leaf: 2}), "ends at node 1, not at 2"},
		{"value above 1", "values are in [0,1]", log, visited(event.Visited{Value: env.Value{Mean: 1.2}}), "outside [0,1]"},
		{"negative usage of visit", "sums would shrink", log, visited(event.Visited{Usage: env.Usage{PromptTokens: -1}}), "usage is negative"},
		{"numbers of an unknown node", "they have no place", log, nodeStats(event.NodeStats{ID: 8}), "node 8 is unknown"},
		{"negative visits", "visits are counted", log, nodeStats(event.NodeStats{ID: 1, N: -1}), "impossible numbers"},
		{"mean above 1", "a mean stays in its range", log, nodeStats(event.NodeStats{ID: 1, Q: 2, Hi: 1}), "impossible numbers"},
		{"mean not a number", "it would spread upwards", log, nodeStats(event.NodeStats{ID: 1, Q: nan, Hi: 1}), "impossible numbers"},
		{"bounds crossed", "nothing fits between them", log, nodeStats(event.NodeStats{ID: 1, Lo: 0.6, Hi: 0.5}), "impossible numbers"},
		{"numbers of an unknown edge", "they have no place", log,
			edgeStats(event.EdgeStats{ID: 5}), "edge 5 is unknown"},
		{"negative visits of an edge", "visits are counted", log,
			edgeStats(event.EdgeStats{ID: 1, N: -2}), "edge 1: -2 visits"},
		{"changed prior above 1", "priors are probabilities", log, edgeStats(event.EdgeStats{ID: 1, P: 1.5}), "edge 1: prior 1.5"},

		{"move over an unknown edge", "it leads nowhere", log, moved(5, 1), "edge 5 is unknown"},
		{"move to another node", "the line would start in the wrong place", log, moved(1, 2), "leads to node 1, not to 2"},
		{"move from elsewhere", "one step at a time",
			append(log[:len(log):len(log)], moved(1, 1)), event.Event{Seq: next + 1, Moved: moved(2, 2).Moved}, "edge 2 does not leave node 1"},
		{"path from the old root", "simulations begin where the search is",
			append(log[:len(log):len(log)], moved(1, 1)),
			event.Event{Seq: next + 1, Visited: &event.Visited{Path: []int32{2}, Leaf: 2}}, "edge 2 does not leave node 1"},

		{"unknown node fails", "it has no place", log, event.Event{Seq: next, Failed: &event.Failed{Node: 7}}, "node 7 is unknown"},
		{"unknown status", "exit codes hang on it", log, ended(event.Ended{Status: "won"}), `unknown status "won"`},
		{"line with a gap", "it would be drawn as a path", log, ended(event.Ended{Status: Solved, Line: []int32{2, 1}}), "edge 1 does not leave node 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := fold(t, tt.log)
			err := tree.Apply(tt.e)
			if !errors.Is(err, ErrEvent) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q: %s", err, tt.want, tt.reason)
			}
			if diff := cmp.Diff(fold(t, tt.log), tree, cmp.AllowUnexported(Tree{})); diff != "" {
				t.Errorf("a refused event changed the tree (-want +got):\n%s", diff)
			}
		})
	}
}

// A search that is asked for more steps, moves on and ends twice.
func TestApplyGoesOn(t *testing.T) {
	log := number([]event.Event{
		started("s"),
		{Grown: &event.Grown{
			New: []event.Node{{ID: 1, State: "a"}}, Edges: []event.Edge{{ID: 1, Child: 1, Action: "a", Prior: 1}},
		}},
		{Visited: &event.Visited{Path: []int32{1}, Leaf: 1, Stats: event.Stats{Edges: []event.EdgeStats{{ID: 1, N: 1}}}}},
		{Grown: &event.Grown{
			New: []event.Node{{ID: 2, State: "b"}}, Edges: []event.Edge{{ID: 2, Child: 2, Action: "b", Prior: 0.25}}, Merged: 1,
			Stats: event.Stats{Edges: []event.EdgeStats{{ID: 1, N: 1, P: 0.75}}},
		}},
		{Grown: &event.Grown{
			Node: 2, New: []event.Node{{ID: 3, State: "c"}}, Edges: []event.Edge{{ID: 3, Child: 3, Action: "c", Prior: 1}},
		}},
		{Ended: &event.Ended{Status: Unsolved, Line: []int32{1}}},
		{Moved: &event.Moved{Edge: 2, Root: 2}},
		{Visited: &event.Visited{Path: []int32{3}, Leaf: 3, Stats: event.Stats{Edges: []event.EdgeStats{{ID: 3, N: 1}}}}},
		{Ended: &event.Ended{Status: Solved, Line: []int32{3}}},
	})
	want := []Edge{
		{ID: 1, From: 0, To: 1, Action: "a", P: 0.75, N: 1}, {ID: 2, From: 0, To: 2, Action: "b", P: 0.25},
		{ID: 3, From: 2, To: 3, Action: "c", P: 1, N: 1},
	}
	for _, tt := range []struct {
		name string
		log  []event.Event
		root int
		end  string
		line []int
	}{
		{"ended", log[:6], 0, Unsolved, []int{0}},
		{"moved: not ended any more, and no line yet", log[:7], 2, "", nil},
		{"searched on: the line is that of the new root", log[:8], 2, "", []int{2}},
		{"ended again", log, 2, Solved, []int{2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree, end := fold(t, tt.log), ""
			if tree.End != nil {
				end = tree.End.Status
			}
			if tree.Root != tt.root || end != tt.end {
				t.Errorf("root %d, end %q, want %d and %q", tree.Root, end, tt.root, tt.end)
			}
			if diff := cmp.Diff(tt.line, tree.Line()); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff(want, fold(t, log).Edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
}

func TestApplyForgivesRounding(t *testing.T) {
	tree := fold(t, number([]event.Event{started("s"), {Visited: &event.Visited{
		Stats: event.Stats{Nodes: []event.NodeStats{{N: 3, Q: 1.0000000000000002, Lo: 1.0000000000000002, Hi: 1}}},
	}}}))
	if !tree.Nodes[0].Proven() {
		t.Error("bounds that met but for rounding prove a value")
	}
}

func TestLine(t *testing.T) {
	grown := event.Event{Grown: &event.Grown{
		New: []event.Node{{ID: 1}, {ID: 2}, {ID: 3}},
		Edges: []event.Edge{
			{ID: 10, Child: 1, Prior: 0.2}, {ID: 20, Child: 2, Prior: 0.5}, {ID: 30, Child: 3, Prior: 0.2},
		},
	}}
	visits := func(n ...event.EdgeStats) event.Event {
		return event.Event{Visited: &event.Visited{Stats: event.Stats{Edges: n}}}
	}
	for _, tt := range []struct {
		name, reason string
		more         []event.Event
		want         []int
	}{
		{"nothing visited", "a prior alone is no line", nil, nil},
		{"most visits", "visits decide", []event.Event{visits(event.EdgeStats{ID: 10, N: 1}, event.EdgeStats{ID: 30, N: 2})}, []int{2}},
		{"higher prior", "it breaks ties of visits", []event.Event{visits(event.EdgeStats{ID: 10, N: 2}, event.EdgeStats{ID: 20, N: 2})}, []int{1}},
		{"earlier", "it breaks ties of both", []event.Event{visits(event.EdgeStats{ID: 30, N: 2}, event.EdgeStats{ID: 10, N: 2})}, []int{0}},
		{"cycle", "a line that comes back ends there", []event.Event{
			{Grown: &event.Grown{Node: 1, Edges: []event.Edge{{ID: 40, Child: 0, Prior: 1}}}},
			visits(event.EdgeStats{ID: 10, N: 2}, event.EdgeStats{ID: 40, N: 1}),
		}, []int{0, 3}},
		{"ended", "the search's own choice beats visits", []event.Event{
			visits(event.EdgeStats{ID: 30, N: 2}), {Ended: &event.Ended{Status: Solved, Line: []int32{10}}},
		}, []int{0}},
		{"ended without", "an empty choice is one", []event.Event{
			visits(event.EdgeStats{ID: 30, N: 2}), {Ended: &event.Ended{Status: Unsolvable}},
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := fold(t, number(append([]event.Event{started("s"), grown}, tt.more...)))
			if diff := cmp.Diff(tt.want, tree.Line()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
	own := []int32{20}
	tree := fold(t, number([]event.Event{started("s"), grown, {Ended: &event.Ended{Status: Solved, Line: own}}}))
	own[0] = 99
	if line := tree.Line(); !cmp.Equal(line, []int{1}) {
		t.Errorf("the line became %v when its event changed", line)
	}
	if line := new(Tree).Line(); line != nil {
		t.Errorf("an empty tree has the line %v", line)
	}
}

// TestApplySums recounts random logs in the plainest way.
func TestApplySums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := logs().Draw(t, "log")
		tree := fold(t, log)
		var want Totals
		nodes, edges := map[int32]bool{}, map[int32]bool{}
		visits, edgeVisits := map[int32]int32{}, map[int32]int32{}
		note := func(s event.Stats) {
			for _, n := range s.Nodes {
				visits[n.ID] = n.N
			}
			for _, e := range s.Edges {
				edgeVisits[e.ID] = e.N
			}
		}
		add := func(u env.Usage) {
			want.Usage.Calls += u.Calls
			want.Usage.PromptTokens += u.PromptTokens
			want.Usage.CompletionTokens += u.CompletionTokens
			want.Usage.CacheHits += u.CacheHits
			want.Usage.Unparsed += u.Unparsed
		}
		for _, e := range log {
			if e.Started != nil {
				nodes[e.Started.Root.ID] = true
			}
			if g := e.Grown; g != nil {
				for _, x := range g.Edges {
					if nodes[x.Child] {
						want.Transpositions++
					}
					nodes[x.Child], edges[x.ID] = true, true
				}
				want.Illegal += g.Illegal
				want.Merged += g.Merged
				add(g.Usage)
				note(g.Stats)
			}
			if v := e.Visited; v != nil {
				want.Simulations++
				add(v.Usage)
				note(v.Stats)
			}
			if f := e.Failed; f != nil {
				add(f.Usage)
				if f.Reason != "" {
					want.Failed++
				}
			}
		}
		if diff := cmp.Diff(want, tree.Totals); diff != "" {
			t.Fatalf("totals (-want +got):\n%s", diff)
		}
		if len(tree.Nodes) != len(nodes) || len(tree.Edges) != len(edges) {
			t.Fatalf("%d nodes and %d edges, want %d and %d", len(tree.Nodes), len(tree.Edges), len(nodes), len(edges))
		}
		spanning := 0
		for _, e := range tree.Edges {
			if e.N != edgeVisits[e.ID] {
				t.Fatalf("edge %d: %d visits, want %d", e.ID, e.N, edgeVisits[e.ID])
			}
			if !e.Again {
				spanning++
			}
		}
		for _, n := range tree.Nodes {
			if n.N != visits[n.ID] {
				t.Fatalf("node %d: %d visits, want %d", n.ID, n.N, visits[n.ID])
			}
		}
		if spanning != len(nodes)-1 {
			t.Fatalf("%d edges span %d nodes", spanning, len(nodes))
		}
	})
}

// A person's orders stand on the edges until they are taken back; what is
// forbidden leads the best line nowhere while there is another way.
func TestSteered(t *testing.T) {
	log := number([]event.Event{started("s"), {Grown: &event.Grown{
		New:   []event.Node{{ID: 1, State: "a"}, {ID: 2, State: "b"}},
		Edges: []event.Edge{{ID: 1, Child: 1}, {ID: 2, Child: 2}},
		Stats: event.Stats{Edges: []event.EdgeStats{{ID: 1, N: 5}, {ID: 2, N: 3}}},
	}}})
	tree := fold(t, log)
	steer := func(order string, line int, edges ...int32) {
		t.Helper()
		if err := tree.Apply(event.Event{Seq: tree.seq + 1, Steered: &event.Steered{Order: order, Edges: edges}}); err != nil {
			t.Fatal(err)
		}
		if got := tree.Line(); len(got) != 1 || got[0] != line {
			t.Errorf("after %s %v the line is %v, not %d", order, edges, got, line)
		}
	}
	steer(event.Forbid, 1, 1)
	if tree.Edges[0].Order != event.Forbid || tree.Edges[1].Order != "" {
		t.Errorf("orders %q and %q", tree.Edges[0].Order, tree.Edges[1].Order)
	}
	steer(event.Forbid, 0, 2) // there is no other way
	steer(event.Free, 1, 2)
	steer(event.Free, 0, 1)
	if tree.Edges[0].Order != "" {
		t.Errorf("a freed edge has order %q", tree.Edges[0].Order)
	}
	before := tree.Record()
	for name, s := range map[string]event.Steered{
		"an unknown edge":  {Order: event.Pin, Edges: []int32{1, 9}},
		"an unknown order": {Order: "sing", Edges: []int32{1}},
	} {
		if err := tree.Apply(event.Event{Seq: tree.seq + 1, Steered: &s}); !errors.Is(err, ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, tree.Record()); diff != "" {
		t.Errorf("what was refused left a trace (-before +after):\n%s", diff)
	}
}
