package view

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

// patience is far more than work in proportion to its input takes on a busy
// machine, and far less than quadratic work does.
const patience = 2 * time.Minute

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// decode reads events, one JSON object after the other, until the first that
// is none.
func decode(r io.Reader) ([]event.Event, error) {
	var log []event.Event
	for dec := json.NewDecoder(r); ; {
		var e event.Event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return log, nil
		} else if err != nil {
			return log, err
		}
		log = append(log, e)
	}
}

// load reads a log of testdata.
func load(t testing.TB, name string) []event.Event {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	log, err := decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// fatal is what fold needs of a test, whether of testing or of rapid.
type fatal interface {
	Helper()
	Fatal(args ...any)
}

func fold(t fatal, log []event.Event) *Tree {
	t.Helper()
	tree := new(Tree)
	for _, e := range log {
		if err := tree.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// number gives events their numbers.
func number(log []event.Event) []event.Event {
	for i := range log {
		log[i].Seq = i + 1
	}
	return log
}

// started begins a log by hand.
func started(state string) event.Event {
	return event.Event{Started: &event.Started{
		Version: event.Version, Run: "r-1", Env: "words", Problem: state, Root: event.Node{State: state},
	}}
}

// star is a root with n children, of which the i-th has i visits.
func star(n int, action func(i int) string) []event.Event {
	g := &event.Grown{}
	for i := range n {
		id := int32(i + 1)
		g.Edges = append(g.Edges, event.Edge{ID: id, Child: id, Action: action(i), Prior: 1 / float64(n)})
		g.New = append(g.New, event.Node{ID: id, State: "after " + action(i)})
		g.Stats.Nodes = append(g.Stats.Nodes, event.NodeStats{ID: id, N: int32(i), Q: 0.5, Hi: 1})
		g.Stats.Edges = append(g.Stats.Edges, event.EdgeStats{ID: id, N: int32(i)})
	}
	return number([]event.Event{started("start"), {Grown: g}})
}

// chain is a single path of the given length.
func chain(length int) []event.Event {
	log := []event.Event{started("level 0")}
	for i := range int32(length) {
		log = append(log, event.Event{Grown: &event.Grown{
			Node:  i,
			Edges: []event.Edge{{ID: i, Child: i + 1, Action: "down", Prior: 1}},
			New:   []event.Node{{ID: i + 1, State: "deeper"}},
			Stats: event.Stats{Edges: []event.EdgeStats{{ID: i, N: 1}}},
		}})
	}
	return number(log)
}

// logs makes random valid logs of graphs with cycles, transpositions, nodes
// that grow more than once, failures, moves, and ends or none.
func logs() *rapid.Generator[[]event.Event] { return rapid.Custom(drawLog) }

func drawLog(t *rapid.T) []event.Event {
	const stride = 7 // identifiers need not be dense
	base := rapid.Int32Range(-1000, 1000).Draw(t, "base")
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{0,12}`))
	share := rapid.Float64Range(0, 1)
	usage := rapid.Custom(func(t *rapid.T) env.Usage {
		n := rapid.IntRange(0, 1000)
		return env.Usage{
			Calls: n.Draw(t, "calls"), PromptTokens: n.Draw(t, "prompt"), CompletionTokens: n.Draw(t, "completion"),
			CacheHits: n.Draw(t, "hits"), Unparsed: n.Draw(t, "unparsed"),
		}
	})
	root := started(texts.Draw(t, "root"))
	root.Started.Root.ID = base
	log := []event.Event{root}
	nodes := []event.Node{root.Started.Root}
	closed := map[int32]bool{}
	out := map[int32][]event.Edge{}
	edges, at := int32(0), base

	// walk returns a random path of edges from the root and the node at its end.
	walk := func() ([]int32, int32) {
		var path []int32
		at := at
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			if len(out[at]) == 0 {
				break
			}
			e := rapid.SampledFrom(out[at]).Draw(t, "edge")
			path, at = append(path, e.ID), e.Child
		}
		return path, at
	}
	stats := func(path []int32, leaf int32) event.Stats {
		low := share.Draw(t, "low")
		s := event.Stats{Nodes: []event.NodeStats{{
			ID: leaf, N: rapid.Int32Range(0, 99).Draw(t, "n"), Q: share.Draw(t, "q"),
			Lo: low, Hi: rapid.Float64Range(low, 1).Draw(t, "high"),
		}}}
		for _, e := range path {
			s.Edges = append(s.Edges, event.EdgeStats{
				ID: e, N: rapid.Int32Range(0, 99).Draw(t, "n"), P: float64(rapid.IntRange(0, 4).Draw(t, "changed")) / 4,
			})
		}
		return s
	}
	end := func() {
		line, _ := walk()
		status := rapid.SampledFrom([]string{Solved, Unsolved, Unsolvable}).Draw(t, "status")
		log = append(log, event.Event{Ended: &event.Ended{Status: status, Line: line, Reason: texts.Draw(t, "reason")}})
	}
	for range rapid.IntRange(0, 30).Draw(t, "events") {
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 7:
			if len(out[at]) == 0 {
				continue
			}
			if rapid.Bool().Draw(t, "ended") {
				end()
			}
			e := rapid.SampledFrom(out[at]).Draw(t, "move")
			at = e.Child
			log = append(log, event.Event{Moved: &event.Moved{Edge: e.ID, Root: at}})
		case 0:
			n := rapid.SampledFrom(nodes).Draw(t, "failed")
			log = append(log, event.Event{Failed: &event.Failed{Node: n.ID, Reason: texts.Draw(t, "reason")}})
		case 1, 2:
			path, leaf := walk()
			v := env.Value{Mean: share.Draw(t, "value"), Unknown: rapid.Bool().Draw(t, "unknown")}
			log = append(log, event.Event{Visited: &event.Visited{
				Path: path, Leaf: leaf, Value: v, Usage: usage.Draw(t, "usage"), Stats: stats(path, leaf),
			}})
		default:
			n := rapid.SampledFrom(nodes).Draw(t, "grown")
			if n.Terminal || closed[n.ID] {
				continue
			}
			g := &event.Grown{
				Node: n.ID, Closed: rapid.Bool().Draw(t, "closed"), Usage: usage.Draw(t, "usage"),
				Illegal: rapid.IntRange(0, 9).Draw(t, "illegal"), Merged: rapid.IntRange(0, 9).Draw(t, "merged"),
			}
			for range rapid.IntRange(0, 4).Draw(t, "children") {
				child := rapid.SampledFrom(nodes).Draw(t, "child").ID
				if rapid.Bool().Draw(t, "new") {
					fresh := event.Node{
						ID: base + stride*int32(len(nodes)), State: texts.Draw(t, "state"),
						Terminal: rapid.IntRange(0, 3).Draw(t, "terminal") == 0,
					}
					if fresh.Terminal {
						fresh.Reward = share.Draw(t, "reward")
					}
					nodes, g.New = append(nodes, fresh), append(g.New, fresh)
					child = fresh.ID
				}
				edges++
				e := event.Edge{ID: base - stride*edges, Child: child, Action: texts.Draw(t, "action"), Prior: share.Draw(t, "prior")}
				g.Edges = append(g.Edges, e)
				out[n.ID] = append(out[n.ID], e)
			}
			closed[n.ID] = g.Closed
			g.Stats = stats(nil, n.ID)
			log = append(log, event.Event{Grown: g})
		}
	}
	if rapid.Bool().Draw(t, "ended") {
		end()
	}
	return number(log)
}
