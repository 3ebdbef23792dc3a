package view

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
)

// tool is the path of a program, whose Debian package is installed if need be.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if out, err := exec.Command(filepath.Join("..", "scripts", "get-debian.sh"), pkg).CombinedOutput(); err != nil {
			t.Fatalf("%s is missing: %v: %s", name, err, out)
		}
		if path, err = exec.LookPath(name); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// realTrees are trees for the parsers that people use.
func realTrees(t *testing.T) map[string]*Tree {
	wide := fold(t, star(2000, func(int) string { return "(8/3)*(1+2)=8" }))
	return map[string]*Tree{
		"game24": fold(t, load(t, "game24")), "dag": fold(t, load(t, "dag")), "hostile": hostileTree(t),
		"wide": wide, "pruned": wide.Prune(PruneOptions{Top: 7}), "root": fold(t, []event.Event{{Seq: 1, Started: started("alone").Started}}),
	}
}

// write puts an export into a file.
func write(t *testing.T, name, format string, tree *Tree) string {
	t.Helper()
	var text bytes.Buffer
	if err := exporters[format](&text, tree); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+"."+format)
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRealXML(t *testing.T) {
	lint := tool(t, "xmllint", "libxml2-utils")
	for name, tree := range realTrees(t) {
		path := write(t, name, "svg", tree)
		if out, err := exec.Command(lint, "--noout", "--nonet", path).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %.500s", name, err, out)
		}
	}
}

func TestRealDOT(t *testing.T) {
	dot := tool(t, "dot", "graphviz")
	for name, tree := range realTrees(t) {
		var out, stderr bytes.Buffer
		cmd := exec.Command(dot, "-Tsvg", write(t, name, "dot", tree))
		cmd.Stdout, cmd.Stderr = &out, &stderr
		if err := cmd.Run(); err != nil || strings.Contains(stderr.String(), "syntax") {
			t.Fatalf("%s: %v: %.500s", name, err, stderr.String())
		}
		stubs := 0
		for _, n := range tree.Nodes {
			stubs += min(n.More, 1)
		}
		if got, want := strings.Count(out.String(), `class="node"`), len(tree.Nodes)+stubs; got != want {
			t.Errorf("%s: Graphviz draws %d nodes, want %d", name, got, want)
		}
		if got, want := strings.Count(out.String(), `class="edge"`), len(tree.Edges)+stubs; got != want {
			t.Errorf("%s: Graphviz draws %d edges, want %d", name, got, want)
		}
		if name == "hostile" {
			for _, want := range []string{`&lt;script&gt;alert(1)&lt;/script&gt;`, `ends with &quot;`, `ends with \`, `&amp;amp;&amp;lt;`} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("Graphviz does not show %s", want)
				}
			}
		}
	}
}

func TestRealMermaid(t *testing.T) {
	get := exec.Command(filepath.Join("..", "scripts", "get-mermaid.sh"))
	var stderr bytes.Buffer
	get.Stderr = &stderr
	folder, err := get.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var names, files []string
	trees := realTrees(t)
	for name, tree := range trees {
		names = append(names, name)
		files = append(files, write(t, name, "mermaid", tree))
	}
	check := exec.Command(tool(t, "node", "nodejs"), append([]string{filepath.Join("testdata", "mermaid", "check.mjs"), strings.TrimSpace(string(folder))}, files...)...)
	stderr.Reset()
	check.Stderr = &stderr
	out, err := check.Output()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, stderr.String())
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	for _, name := range names {
		var got struct {
			Type     string
			Vertices map[string]string
			Edges    int
		}
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		tree := trees[name]
		switch name {
		case "wide": // too large for Mermaid: the rest is summed up
			if got.Edges < 100 || got.Edges > 500 || !strings.HasPrefix(got.Vertices["m0"], "+1") {
				t.Errorf("%s: %d edges, the rest is %q", name, got.Edges, got.Vertices["m0"])
			}
			continue
		case "pruned":
			if d := cmp.Diff("+1993 more", got.Vertices["m0"]); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
			continue
		}
		if len(got.Vertices) != len(tree.Nodes) || got.Edges != len(tree.Edges) {
			t.Errorf("%s: Mermaid sees %d nodes and %d edges, want %d and %d", name, len(got.Vertices), got.Edges, len(tree.Nodes), len(tree.Edges))
		}
		for id, shown := range got.Vertices {
			var at int
			if err := json.Unmarshal([]byte(id[1:]), &at); err != nil {
				t.Fatal(err)
			}
			want := label(tree.Nodes[at].State, 30) + "<br>"
			if !strings.HasPrefix(shown, want) && strings.TrimSpace(want) == want {
				t.Errorf("%s: node %s shows %q, want %q", name, id, shown, want)
			}
		}
	}
}
