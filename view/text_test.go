package view

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/event"
)

func text(t fatal, tree *Tree, opt TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, tree, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostile is a tree whose texts try to take over a terminal.
func hostile() []event.Event {
	texts := []string{
		"\x1b[2J\x1b[31mred\x1b]0;title\a", "one\ntwo\r\nthree", "user\u202etxt.exe\u2066", "数独 の 次の 一手",
		"\xff\xfe broken", "pile" + strings.Repeat("\u0336", 40), strings.Repeat("long ", 100), "├● 9*9=81  7  1.00",
	}
	return star(len(texts), func(i int) string { return texts[i] })
}

// marks has children of every standing: open, solved, dead, proven to be a
// draw, and bounded only; the third and fourth are terminals, the first failed.
func marks() []event.Event {
	g := &event.Grown{}
	for i, b := range [][2]float64{{0, 1}, {1, 1}, {0, 0}, {0.5, 0.5}, {0.25, 0.75}} {
		id := int32(i + 1)
		g.Edges = append(g.Edges, event.Edge{ID: id, Child: id, Action: fmt.Sprint("bounds ", b), Prior: 0.2})
		g.New = append(g.New, event.Node{ID: id, State: "s", Terminal: i == 2 || i == 3})
		g.Stats.Nodes = append(g.Stats.Nodes, event.NodeStats{ID: id, Lo: b[0], Hi: b[1]})
	}
	return number([]event.Event{started("start"), {Grown: g}, {Failed: &event.Failed{Node: 1, Reason: "late"}}})
}

// chosen is a star whose search ended with its third edge, which has two visits.
func chosen(n int, action func(i int) string) []event.Event {
	return number(append(star(n, action), event.Event{Ended: &event.Ended{Status: Unsolved, Line: []int32{3}}}))
}

// moved is the log of dag with an end and moves over edges that lead to the
// node of the same number.
func moved(t testing.TB, edges ...int32) []event.Event {
	log := append(load(t, "dag"), event.Event{Ended: &event.Ended{Status: Unsolved, Line: []int32{2}}})
	for _, e := range edges {
		log = append(log, event.Event{Moved: &event.Moved{Edge: e, Root: e}})
	}
	return number(log)
}

func TestText(t *testing.T) {
	step := func(i int) string { return fmt.Sprintf("step %d", i) }
	for _, tt := range []struct {
		name, reason string
		log          []event.Event
		opt          TextOptions
	}{
		{"empty", "a run may have no events yet", nil, TextOptions{}},
		{"root", "nothing below, no header", []event.Event{{Seq: 1, Started: started("start").Started}}, TextOptions{}},
		{"game24", "a solved search", load(t, "game24"), TextOptions{}},
		{"game24-color", "the same with colours", load(t, "game24"), TextOptions{Color: true}},
		{"game24-ascii", "the same for terminals without Unicode", load(t, "game24"), TextOptions{ASCII: true}},
		{"game24-depth", "levels below the limit are counted", load(t, "game24"), TextOptions{Depth: 1}},
		{"game24-narrow", "the state gives way to the numbers", load(t, "game24"), TextOptions{Width: 40}},
		{"game24-min", "unvisited edges are folded", load(t, "game24"), TextOptions{MinVisits: 1}},
		{"dag", "a node is drawn once, a running search has a line, cycles end", load(t, "dag"), TextOptions{}},
		{"dag-depth", "a node cut off by the depth is no place to refer to", load(t, "dag"), TextOptions{Depth: 2}},
		{"wide", "43 edges are folded to six", star(43, step), TextOptions{}},
		{"wide-top", "to as many as asked for", star(43, step), TextOptions{Top: 2, Width: 30}},
		{"wide-all", "to none when asked so", star(9, step), TextOptions{Top: -1}},
		{"marks", "each standing has its sign", marks(), TextOptions{Color: true}},
		{"chosen", "the line chosen at the end comes first and is never folded, however few its visits",
			chosen(43, step), TextOptions{Top: 2, MinVisits: 10}},
		{"moved", "the tree and its line begin where the search is; the old root comes where a step leads back to it",
			moved(t, 2), TextOptions{}},
		{"moved-on", "what can't be reached any more is left out", moved(t, 1, 3), TextOptions{}},
		{"deep", "levels past the middle are shifted", chain(12), TextOptions{Width: 60}},
		{"hostile", "texts stay in their columns", hostile(), TextOptions{Top: -1, Color: true}},
		{"hostile-narrow", "at 40 cells too", hostile(), TextOptions{Top: -1, Width: 40}},
		{"hostile-ascii", "and in ASCII", hostile(), TextOptions{Top: -1, ASCII: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Log(tt.reason)
			golden(t, "text-"+tt.name, text(t, fold(t, tt.log), tt.opt))
		})
	}
}

// TestTextDeep would overflow the small stack if anything called itself once a
// level, and would not end soon if a line took time that grows with its level.
func TestTextDeep(t *testing.T) {
	const levels = 100_000
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20))
	begin := time.Now()
	tree := fold(t, chain(levels))
	got := text(t, tree, TextOptions{})
	if n := strings.Count(got, "\n"); n != levels+2 {
		t.Errorf("%d lines, want one a level, the root and the header", n)
	}
	if steps := len(NewResult(tree, false, "", 0).Path); steps != levels {
		t.Errorf("the result has %d steps, want %d", steps, levels)
	}
	if took := time.Since(begin); took > patience {
		t.Errorf("took %v", took)
	}
}

// TestTextFits draws random trees with random texts in random sizes.
func TestTextFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := fold(t, logs().Draw(t, "log"))
		opt := TextOptions{
			Width: rapid.IntRange(0, 120).Draw(t, "width"), Top: rapid.IntRange(-1, 4).Draw(t, "top"),
			Depth: rapid.IntRange(0, 4).Draw(t, "depth"), MinVisits: rapid.IntRange(0, 50).Draw(t, "visits"),
			ASCII: rapid.Bool().Draw(t, "ascii"),
		}
		got := text(t, tree, opt)
		checkLines(t, got, opt)
		opt.Color = true
		if plain := Clean(strings.ReplaceAll(text(t, tree, opt), "\n", newlineText)); plain != strings.ReplaceAll(got, "\n", newlineText) {
			t.Fatalf("colours change the text:\n%s\n%s", plain, got)
		}
	})
}

const newlineText = string(newline)

func checkLines(t interface{ Fatalf(string, ...any) }, drawn string, opt TextOptions) {
	width := max(opt.Width, leastWidth)
	if opt.Width == 0 {
		width = defaultWidth
	}
	for line := range strings.Lines(drawn) {
		line = strings.TrimSuffix(line, "\n")
		if c := cells(line); c > width {
			t.Fatalf("%d cells, more than %d: %q", c, width, line)
		}
		if strings.ContainsFunc(line, dangerous) {
			t.Fatalf("control characters in %q", line)
		}
		if strings.HasSuffix(line, " ") {
			t.Fatalf("blanks at the end of %q", line)
		}
		if opt.ASCII && !plain(line) {
			t.Fatalf("not ASCII: %q", line)
		}
	}
}

// TestTextDrawsAll checks that without limits every edge within reach of the
// root has its line and every node is drawn once, whatever refers to it.
func TestTextDrawsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := fold(t, logs().Draw(t, "log"))
		edges, nodes := map[int]int{}, map[int]int{}
		for _, r := range newSheet(tree, TextOptions{Top: -1}).rows() {
			edges[r.edge]++
			if !r.again {
				nodes[tree.Edges[r.edge].To]++
			}
		}
		wantEdges, wantNodes := map[int]int{}, map[int]int{}
		for work := []int{tree.Root}; len(work) > 0; work = work[1:] {
			for _, i := range tree.Nodes[work[0]].Out {
				wantEdges[i] = 1
				if to := tree.Edges[i].To; to != tree.Root && wantNodes[to] == 0 {
					wantNodes[to] = 1
					work = append(work, to)
				}
			}
		}
		if diff := cmp.Diff(wantEdges, edges); diff != "" {
			t.Fatalf("how often edges are drawn (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantNodes, nodes); diff != "" {
			t.Fatalf("how often nodes are drawn (-want +got):\n%s", diff)
		}
	})
}

func TestTextReportsWriter(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	if err := Text(w, fold(t, load(t, "game24")), TextOptions{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v of a closed pipe", err)
	}
}
