package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/registry"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

// dump is what a page or a fold says of a tree.
type dump struct {
	Seq   int
	Nodes []dumpNode
	Edges []dumpEdge
	Calls int
	Line  []int32
}

type dumpNode struct {
	ID        int32
	State     string
	N         int32
	Q, Lo, Hi float64
	Closed    bool
	Own       *float64
	Asked     int
}

type dumpEdge struct {
	ID, From, To int32
	Action       string
	P            float64
	N            int32
	Again        bool
	Order        string
}

// dumpScript makes a dump of the tree of a page's first view.
const dumpScript = `(() => {
	const t = ponder.views[0].history.tree;
	return {
		Seq: t.seq, Calls: t.totals.calls, Line: t.line().map((e) => e.id),
		Nodes: [...t.nodes.values()].map((n) => ({ ID: n.id, State: n.state, N: n.n, Q: n.q, Lo: n.lo, Hi: n.hi, Closed: n.closed,
			Own: n.own && !n.own.unknown ? n.own.mean : null, Asked: n.usage.asked.length })),
		Edges: [...t.edges.values()].map((e) => ({ ID: e.id, From: e.from.id, To: e.to.id, Action: e.action, P: e.p, N: e.n, Again: e.again, Order: e.order })),
	};
})()`

// dumpOf folds the first events of a log.
func dumpOf(t *testing.T, events []event.Event, seq int) dump {
	t.Helper()
	tree, err := foldAll(events[:seq])
	if err != nil {
		t.Fatal(err)
	}
	d := dump{Seq: seq, Calls: tree.Usage.Calls, Line: tree.Record().Line}
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		x := dumpNode{n.ID, n.State, n.N, n.Q, n.Lo, n.Hi, n.Closed, nil, len(n.Usage.Asked)}
		if n.Own != nil && !n.Own.Unknown {
			x.Own = &n.Own.Mean
		}
		d.Nodes = append(d.Nodes, x)
	}
	for i := range tree.Edges {
		e := &tree.Edges[i]
		d.Edges = append(d.Edges, dumpEdge{e.ID, tree.Nodes[e.From].ID, tree.Nodes[e.To].ID, e.Action, e.P, e.N, e.Again, e.Order})
	}
	return d
}

// drawnScript lists the nodes that have a card on the page, with the numbers
// that stand there.
const drawnScript = `[...document.querySelectorAll("[data-node]")].map((g) => ({
	ID: Number(g.dataset.node), Label: g.getAttribute("aria-label"), Numbers: g.querySelector(".numbers").textContent }))`

type drawn struct {
	ID             int32
	Label, Numbers string
}

// sameDrawing checks that every card on the page tells of a node of the fold,
// in its numbers, and that no open node of it is missing.
func sameDrawing(t *testing.T, b *tab, want dump) {
	t.Helper()
	b.until("!ponder.views[0].canvas.pending")
	cards := eval[[]drawn](b, drawnScript)
	n := map[int32]int32{}
	for _, e := range want.Edges {
		if !e.Again {
			n[e.To] = e.N
		}
	}
	line := map[int32]bool{}
	for _, id := range want.Line {
		line[id] = true
	}
	for _, e := range want.Edges {
		if line[e.ID] { // a node of the line stands at the line's edge
			n[e.To] = e.N
		}
	}
	n[want.Nodes[0].ID] = want.Nodes[0].N
	states := map[int32]string{}
	for _, x := range want.Nodes {
		states[x.ID] = x.State
	}
	if len(cards) == 0 {
		t.Errorf("event %d: no card is drawn", want.Seq)
	}
	for _, c := range cards {
		if _, ok := states[c.ID]; !ok {
			t.Errorf("event %d: node %d is drawn, but is not in the tree yet", want.Seq, c.ID)
			continue
		}
		var visits string
		if _, err := fmt.Sscanf(c.Numbers, "%s", &visits); err != nil || visits != count(n[c.ID]) {
			t.Errorf("event %d: node %d is drawn with %q, it has %s visits", want.Seq, c.ID, c.Numbers, count(n[c.ID]))
		}
	}
}

// solved makes a search with the embedded model and returns its events.
func solvedEvents(t *testing.T, problem string, c ponder.Config) []event.Event {
	t.Helper()
	e, err := registry.Get("game24")
	if err != nil {
		t.Fatal(err)
	}
	f := &searchFlags{model: embedded, modelFlags: modelFlags{style: "auto"}}
	if c.Model, err = f.open(t.Context(), embedded, e, func(string) {}); err != nil {
		t.Fatal(err)
	}
	var events []event.Event
	c.Run, c.Seed, c.Emit = "TESTRUN", 1, func(e event.Event) { events = append(events, e) }
	if _, err := ponder.Solve(t.Context(), ponder.Problem{EnvName: "game24", Env: e, Text: problem}, c); err != nil {
		t.Fatal(err)
	}
	return events
}

func TestPageReplaysEveryEvent(t *testing.T) {
	events := solvedEvents(t, "4 5 9 10", ponder.Config{Calls: 60, Simulations: 200})
	b := openFile(t, events, 1400, 900)
	b.until(fmt.Sprintf("ponder.views[0].history.at === %d", len(events)))
	// There and back, in steps of different length, and by the slider.
	for _, seq := range []int{len(events), len(events) / 2, 1, 2, 3, len(events) / 3, len(events) - 1, 5, len(events)} {
		eval[chromedp.Void](b, fmt.Sprintf(`(() => { const s = document.querySelector(".slider"); s.value = %d; s.dispatchEvent(new Event("input")); })()`, seq))
		want := dumpOf(t, events, seq)
		if diff := cmp.Diff(want, eval[dump](b, dumpScript), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("event %d of %d (-fold +page):\n%.3000s", seq, len(events), diff)
		}
		sameDrawing(t, b, want)
	}
	b.do(chromedp.Click(chromedp.CSS(".time .back")))
	if got, want := eval[int](b, "ponder.views[0].history.at"), len(events)-1; got != want {
		t.Errorf("one step back led to event %d, not %d", got, want)
	}
	eval[chromedp.Void](b, `document.querySelector(".time select").value = "2000"`)
	b.do(chromedp.Click(chromedp.CSS(".time .live")), chromedp.Click(chromedp.CSS(".time .play")))
	b.until(fmt.Sprintf("ponder.views[0].player.timer === 0 && ponder.views[0].history.at === %d", len(events)))
}

// openFile writes a run as one file and opens it in a window of that size.
func openFile(t *testing.T, events []event.Event, width, height int64) *tab {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.html")
	tree, err := foldAll(events)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := exportHTML(out, exported{Tree: tree, Events: events}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	b := newTab(t, width, height)
	b.open("file://"+path, ".card")
	return b
}

// hostile are texts that would do harm if a page took them for anything else.
var hostile = []string{
	`<script>window.pwned=1</script>`,
	`"><img src=x onerror="window.pwned=1">`,
	`javascript:window.pwned=1`,
	`'-window.pwned=1-'`,
	`</script><script>window.pwned=1</script>`,
	`</pre></svg><svg onload="window.pwned=1">`,
	"\x1b[2J\x1b]0;title\a\x1b[31mred",
	"\u202eright to left\u2066\u200b\ufeff",
	"{{token}} ${window.pwned=1} `",
	"line one\nline two\r\nline three\u2028four",
	"<!-- --> ]]> &lt;b&gt; \\u003c",
	"\xff\xfe not UTF-8 \xc3",
}

// hostileLog is a search whose every text is hostile, among them lines of a
// megabyte.
func hostileLog() []event.Event {
	long := make([]byte, 1<<20)
	for i := range long {
		long[i] = 'W'
	}
	texts := append([]string{string(long)}, hostile...)
	log := []event.Event{{Started: &event.Started{
		Version: event.Version, Run: hostile[0], Env: hostile[1], Problem: hostile[4] + string(long), Model: hostile[3], Strategy: hostile[1],
		Root: event.Node{ID: 0, State: string(long)},
	}}}
	g := event.Grown{Node: 0}
	for i, text := range texts {
		id := int32(i + 1)
		g.New = append(g.New, event.Node{ID: id, State: text})
		g.Edges = append(g.Edges, event.Edge{ID: id, Child: id, Action: text, Prior: 1 / float64(len(texts))})
	}
	log = append(log, event.Event{Grown: &g})
	for i, text := range texts {
		id := int32(i + 1)
		v := event.Visited{Path: []int32{id}, Leaf: id}
		v.Value.Mean, v.Value.Note = 0.5, text
		v.Stats = event.Stats{Nodes: []event.NodeStats{{ID: id, N: 1, Q: 0.5, Hi: 1}}, Edges: []event.EdgeStats{{ID: id, N: 1}}}
		log = append(log, event.Event{Visited: &v}, event.Event{Failed: &event.Failed{Node: id, Reason: text}})
	}
	log = append(log, event.Event{Ended: &event.Ended{Reason: hostile[0], Status: view.Unsolved, Line: []int32{1}}})
	for i := range log {
		log[i].Seq = i + 1
	}
	return log
}

// harmless checks that no text of a page was taken for anything but text, and
// that none broke the layout.
func harmless(t *testing.T, b *tab) {
	t.Helper()
	if got := eval[string](b, "String(window.pwned)"); got != "undefined" {
		t.Errorf("a text was executed: pwned is %s", got)
	}
	if n := eval[int](b, `document.querySelectorAll("main script, main img, main iframe, main a[href^='javascript']").length`); n != 0 {
		t.Errorf("%d elements were made of texts", n)
	}
	if wide := eval[[]string](b, `[...document.querySelectorAll("header, main, .side, .stage, .time, .page, .pane-body > *")]
		.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className || e.tagName)`); len(wide) > 0 {
		t.Errorf("wider than the window: %q", wide)
	}
	if n := eval[int](b, "document.documentElement.scrollWidth - innerWidth"); n > 1 {
		t.Errorf("the page is %d pixels too wide", n)
	}
	texts := eval[[]string](b, `(() => { const out = []; const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (w.nextNode()) if (w.currentNode.parentElement.closest("main")) out.push(w.currentNode.data); return out; })()`)
	for _, s := range texts {
		for _, r := range s {
			if r == 0x1b || r == 0x202e || r == 0x2066 || r == 0x200b {
				t.Errorf("%.60q holds %U", s, r)
				break
			}
		}
	}
}

// readEverything selects node after node and shows each page of the side.
func readEverything(b *tab, nodes int) {
	b.t.Helper()
	for id := range nodes {
		eval[chromedp.Void](b, fmt.Sprintf(`(() => { const v = ponder.views[0]; v.canvas.go(v.history.tree.nodes.get(%d)); })()`, id))
		b.until("!ponder.views[0].canvas.pending")
	}
	eval[chromedp.Void](b, `ponder.views[0].tab("charts")`)
	b.until(`document.querySelectorAll("figure").length >= 6`)
	eval[chromedp.Void](b, `ponder.views[0].tab("node")`)
}

func TestHostileTextsInAFile(t *testing.T) {
	log := hostileLog()
	b := openFile(t, log, 1200, 800)
	readEverything(b, len(hostile)+2)
	harmless(t, b)
}

func TestReadableAtTwiceTheSize(t *testing.T) {
	events := solvedEvents(t, "4 7 8 8", ponder.Config{Calls: 30, Simulations: 100})
	// 200% zoom of a window of 1280 by 800 leaves half of the CSS pixels.
	b := openFile(t, events, 640, 400)
	eval[chromedp.Void](b, `ponder.views[0].canvas.go(ponder.views[0].history.tree.line()[0].to)`)
	b.until("!ponder.views[0].canvas.pending")
	harmless(t, b)
	// Every control has a name and can be reached by the keyboard.
	bad := eval[[]string](b, `[...document.querySelectorAll("button, input, select, [role=tree]")].filter((e) => !e.closest("dialog") &&
		(!(e.getAttribute("aria-label") || e.textContent.trim() || e.closest("label")) || (e.tabIndex < 0))).map((e) => e.outerHTML)`)
	if len(bad) > 0 {
		t.Errorf("controls without a name, or out of reach: %q", bad)
	}
}

func TestKeys(t *testing.T) {
	events := solvedEvents(t, "4 7 8 8", ponder.Config{Calls: 30, Simulations: 100})
	b := openFile(t, events, 1400, 900)
	b.do(chromedp.Focus(chromedp.CSS("svg.tree")))
	selected := func() int { return eval[int](b, "ponder.views[0].canvas.selected?.id ?? -1") }
	press := func(key string) {
		b.do(chromedp.KeyEvent(key))
		b.until("!ponder.views[0].canvas.pending")
	}
	press(kb.Home)
	if got := selected(); got != 0 {
		t.Errorf("Home selects node %d", got)
	}
	press(kb.ArrowRight)
	first := selected()
	if parent := eval[int](b, "ponder.views[0].canvas.selected.in[0].from.id"); parent != 0 || first == 0 {
		t.Errorf("Right from the root selects node %d, a child of %d", first, parent)
	}
	press(kb.ArrowDown)
	if got := selected(); got == first || got == 0 {
		t.Errorf("Down from node %d selects node %d", first, got)
	}
	if got := eval[string](b, `document.querySelector(".card.selected").id`); got != eval[string](b, `document.querySelector("svg.tree").getAttribute("aria-activedescendant")`) {
		t.Errorf("the active descendant is not the selected card %s", got)
	}
	press(kb.ArrowLeft)
	press(kb.ArrowLeft)
	if got := selected(); got != 0 {
		t.Errorf("Left twice leads to node %d, not to the root", got)
	}
}

// count writes a number as the page does.
func count(n int32) string {
	if n < 10_000 {
		return strconv.Itoa(int(n))
	}
	return fmt.Sprintf("%d.%dk", n/1000, n/100%10)
}
