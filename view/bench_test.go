package view

import (
	"io"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/event"
)

// deepVisit is a tree of one path of 30 steps, and a simulation over all of it.
func deepVisit() (log []event.Event, v event.Event) {
	const depth = 30
	visited := &event.Visited{Leaf: depth}
	for i := range int32(depth) {
		visited.Path = append(visited.Path, i)
		visited.Stats.Nodes = append(visited.Stats.Nodes, event.NodeStats{ID: i + 1, N: 1, Q: 0.5, Hi: 1})
		visited.Stats.Edges = append(visited.Stats.Edges, event.EdgeStats{ID: i, N: 1})
	}
	return chain(depth), event.Event{Visited: visited}
}

func BenchmarkTreeApply(b *testing.B) {
	log, v := deepVisit()
	tree := new(Tree)
	for _, e := range log {
		if err := tree.Apply(e); err != nil {
			b.Fatal(err)
		}
	}
	v.Seq = len(log)
	b.ReportAllocs()
	for b.Loop() {
		v.Seq++
		if err := tree.Apply(v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProgressApply(b *testing.B) {
	log, v := deepVisit()
	p := NewProgress(io.Discard, time.Now, ProgressOptions{})
	for _, e := range log {
		p.Apply(e)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Apply(v)
	}
}
