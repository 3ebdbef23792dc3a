package view

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzApply feeds whatever a file may hold to all views: events may be refused,
// but nothing panics, and what was accepted can be drawn.
func FuzzApply(f *testing.F) {
	for _, name := range []string{"game24", "dag"} {
		log, err := os.ReadFile(filepath.Join("testdata", name+".jsonl"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(log)
	}
	f.Add([]byte(`{"seq":1,"started":{"version":1,"root":{"id":-5,"state":"\u001b[2J\u202e"}}}{"seq":2,"ended":{"status":"unsolved"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, _ := decode(bytes.NewReader(data)) // what precedes the first error is as good as any
		tree, p := new(Tree), NewProgress(io.Discard, time.Now, ProgressOptions{Every: time.Nanosecond})
		for _, e := range log {
			if tree.Apply(e) != nil {
				continue
			}
			p.Apply(e)
		}
		p.Close()
		if len(tree.Nodes) > 0 && len(tree.Edges)-tree.Transpositions != len(tree.Nodes)-1 {
			t.Errorf("%d nodes, %d edges, %d transpositions", len(tree.Nodes), len(tree.Edges), tree.Transpositions)
		}
		for _, opt := range []TextOptions{{}, {Width: 30, Color: false, ASCII: true, Top: -1}} {
			checkLines(t, text(t, tree, opt), opt)
		}
		var b bytes.Buffer
		r := NewResult(tree, false, "", 0)
		if err := r.WriteJSON(&b); err != nil {
			t.Error(err)
		}
		if err := r.WriteText(&b, false); err != nil {
			t.Error(err)
		}
		if strings.ContainsFunc(strings.ReplaceAll(b.String(), "\n", ""), dangerous) {
			t.Errorf("control characters in %q", b.String())
		}
	})
}
