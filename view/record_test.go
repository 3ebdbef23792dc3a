package view

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Written piece by piece a record is what package json makes of it.
func TestRecordWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Record{Format: recordFormat, Version: 1, Line: []int32{}, Nodes: []RecordNode{}, Edges: []RecordEdge{}}
		r.Start.Problem = rapid.SampledFrom([]string{"", `"nodes":[]`, `\"edges\":[]`, "</script>"}).Draw(t, "problem")
		for i := range rapid.IntRange(0, 1200).Draw(t, "nodes") {
			r.Nodes = append(r.Nodes, RecordNode{ID: int32(i), State: r.Start.Problem})
		}
		for i := range rapid.IntRange(0, 600).Draw(t, "edges") {
			r.Edges = append(r.Edges, RecordEdge{ID: int32(i), Action: r.Start.Problem})
		}
		var got, want bytes.Buffer
		if err := r.Write(&got); err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&want).Encode(r); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.String(), got.String()); d != "" {
			t.Errorf("(-json +Write):\n%s", d)
		}
	})
}
