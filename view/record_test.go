package view

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// Whatever is written can be read back as the same tree, and a tree that is
// whole takes the events that come after.
func TestRecordProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := logs().Draw(t, "log")
		at := rapid.IntRange(1, len(log)).Draw(t, "events")
		tree := fold(t, log[:at])
		back := reread(t, tree)
		if d := cmp.Diff(tree, back, same); d != "" {
			t.Fatalf("(-written +read):\n%s", d)
		}
		for _, e := range log[at:] {
			if err := back.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(fold(t, log), back, same); d != "" {
			t.Fatalf("with the events that follow (-never written +read):\n%s", d)
		}
		part := tree.Prune(PruneOptions{Top: 1})
		if d := cmp.Diff(part, reread(t, part), same); d != "" {
			t.Fatalf("a part (-written +read):\n%s", d)
		}
	})
}

// same compares trees: that a slice of nothing is nil or not is no difference.
var same = cmp.Options{
	cmp.AllowUnexported(Tree{}),
	cmp.Transformer("empty", func(s []int32) []int32 { return slices.Concat(s, nil) }),
}

func reread(t fatal, tree *Tree) *Tree {
	t.Helper()
	var b bytes.Buffer
	if err := tree.Record().Write(&b); err != nil {
		t.Fatal(err)
	}
	back, _, err := ReadTree(&b)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestReadTree(t *testing.T) {
	log := append(star(1, func(int) string { return "a" }), event.Event{Seq: 3, Visited: &event.Visited{Path: []int32{1}, Leaf: 1, Value: env.Value{Mean: 0.5}}})
	var lines bytes.Buffer
	if err := JSONL(&lines, log); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(lines.String(), "\n"); n != len(log) {
		t.Errorf("%d events on %d lines", len(log), n)
	}
	tree, events, err := ReadTree(strings.NewReader(lines.String()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(log, events); d != "" {
		t.Errorf("events (-written +read):\n%s", d)
	}
	if d := cmp.Diff(fold(t, log), tree, same); d != "" {
		t.Errorf("tree (-folded +read):\n%s", d)
	}
	var record bytes.Buffer
	if err := tree.Record().Write(&record); err != nil {
		t.Fatal(err)
	}
	good := record.String()
	change := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("%s is not in %s", from, good)
		}
		return strings.Replace(good, from, to, 1)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "empty"},
		{"no JSON", "hello", "invalid character"},
		{"other JSON", `{"a":1}`, "neither"},
		{"a list", `[]`, "neither"},
		{"cut off", good[:len(good)/2], "unexpected EOF"},
		{"something behind", good + "x", "follows"},
		{"two trees", good + good, "follows"},
		{"another format", change("ponder-tree", "other"), `"other"`},
		{"a version to come", change(`"version":1`, `"version":2`), "version 2"},
		{"no nodes", `{"format":"ponder-tree","version":1}`, "no nodes"},
		{"a value beyond 1", change(`"q":0.5`, `"q":2`), "impossible"},
		{"the critic's value beyond 1", change(`"mean":0.5`, `"mean":5`), "impossible"},
		{"an edge to nowhere", change(`"to":1`, `"to":7`), "impossible"},
		{"no such root", change(`"root":0`, `"root":9`), "root"},
		{"a text for a number", change(`"seq":3`, `"seq":"x"`), "seq"},
		{"an event that is none", lines.String() + "{}", "event 0"},
		{"an event that is cut off", lines.String() + `{"seq":4`, "unexpected EOF"},
	} {
		_, _, err := ReadTree(strings.NewReader(tt.in))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// FuzzReadTree reads whatever a file may hold: it may be refused, but what is
// accepted can be pruned, drawn and written by all exporters.
func FuzzReadTree(f *testing.F) {
	moved := event.Event{Seq: 3, Moved: &event.Moved{Edge: 1, Root: 1}}
	for _, log := range [][]event.Event{append(star(2, func(int) string { return "a" }), moved), load(f, "dag")[:6]} {
		var b, r bytes.Buffer
		if err := JSONL(&b, log); err != nil {
			f.Fatal(err)
		}
		tree := new(Tree)
		for _, e := range log {
			if err := tree.Apply(e); err != nil {
				f.Fatal(err)
			}
		}
		if err := tree.Record().Write(&r); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), 0, 0)
		f.Add(r.Bytes(), 1, 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, top, depth int) {
		tree, _, err := ReadTree(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, tree := range []*Tree{tree, tree.Prune(PruneOptions{top, depth, 1})} {
			for name, out := range exports(t, tree) {
				checkExport(t, name, out.Bytes())
			}
		}
	})
}

// The schema that is published describes what is written, and nothing else.
func TestSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	schema, err := c.Compile(filepath.Join("..", "docs", "tree.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text string) error {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			return err
		}
		return schema.Validate(v)
	}
	write := func(t fatal, tree *Tree) string {
		var b bytes.Buffer
		if err := tree.Record().Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	rapid.Check(t, func(t *rapid.T) {
		tree := fold(t, logs().Draw(t, "log"))
		for _, tree := range []*Tree{tree, tree.Prune(PruneOptions{Top: 1, Depth: 2})} {
			if err := validate(write(t, tree)); err != nil {
				t.Fatal(err)
			}
		}
	})
	text := write(t, fold(t, load(t, "game24")))
	for _, tt := range []struct{ name, from, to string }{
		{"another format", "ponder-tree", "tree"},
		{"another version", `"version":1`, `"version":2`},
		{"a value beyond 1", `"q":1`, `"q":1.5`},
		{"negative visits", `"n":1`, `"n":-1`},
		{"a text for an id", `"id":1`, `"id":"1"`},
		{"an unknown member", `"seq":`, `"surprise":1,"seq":`},
		{"a member of a node that is missing", `"hi":1`, `"high":1`},
		{"an unknown status", `"status":"solved"`, `"status":"great"`},
	} {
		bad := strings.Replace(text, tt.from, tt.to, 1)
		if bad == text {
			t.Fatalf("%s: %s is not in %s", tt.name, tt.from, text)
		}
		if validate(bad) == nil {
			t.Errorf("%s is valid", tt.name)
		}
	}
}

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
