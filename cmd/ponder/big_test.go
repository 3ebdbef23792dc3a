package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ponder-mcts/ponder"
	"github.com/ponder-mcts/ponder/env/registry"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/store"
)

// bigLog is a search of a hundred thousand nodes.
var bigLog = sync.OnceValues(func() (events []event.Event, err error) {
	e, err := registry.Get("countdown")
	if err != nil {
		return nil, err
	}
	_, err = ponder.Solve(context.Background(), ponder.Problem{EnvName: "countdown", Env: e, Text: far},
		ponder.Config{Run: "BIG", Nodes: 100_000, Seed: 1, Emit: func(e event.Event) { events = append(events, e) }})
	return events, err
})

var quietMachine = flag.Bool("quiet-machine", false, "hold the page to its time limits: nothing else runs")

// A tree of 100,000 nodes is on the page within three seconds, and follows the
// mouse at 30 frames a second. The figures are reported by -v; beside other
// tests they say little, so that only make test's last step insists on them.
func TestHundredThousandNodes(t *testing.T) {
	events, err := bigLog()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := foldAll(events)
	if err != nil || len(tree.Nodes) < 100_000 {
		t.Fatalf("%d nodes, %v", len(tree.Nodes), err)
	}
	db := filepath.Join(t.TempDir(), "ponder.db")
	keepRun(t, db, store.Run{
		ID: "BIG", Env: "countdown", Problem: far, Model: none, Strategy: "puct", Began: time.Now(), Ended: time.Now(), Status: "unsolved",
		Reason: "nodes", Config: []byte("{}"), Nodes: len(tree.Nodes), Simulations: tree.Simulations,
	}, events)
	url := startProgram(t, db)
	b := newTab(t, 1400, 900)
	opened := time.Duration(math.MaxInt64)
	for range 3 { // the best of three, as below
		b.open(url+"?again", ".list tbody tr")
		start := time.Now()
		b.open(url+"?again#/run/BIG", ".card")
		took := time.Since(start)
		t.Logf("opened in %v", took)
		opened = min(opened, took)
	}
	if *quietMachine && opened > 3*time.Second {
		t.Errorf("opened in %v, not within 3 s", opened)
	}
	frames := func(what string) {
		t.Helper()
		got := 0.0
		for range 3 { // the best of three: one may meet a collection of garbage
			got = max(got, eval[float64](b, panScript))
		}
		places, cards := eval[int](b, "ponder.views[0].canvas.layout.places.length"), eval[int](b, "document.querySelectorAll('.card').length")
		t.Logf("%s: %.0f frames/s, %d places, %d drawn", what, got, places, cards)
		if *quietMachine && got < 30 {
			t.Errorf("%s: %.0f frames/s, not 30", what, got)
		}
	}
	frames("as it opens")
	eval[chromedp.Void](b, `(() => { const { canvas, history } = ponder.views[0];
		for (const id of history.tree.nodes.keys()) { canvas.folding.open.set(id, true); canvas.folding.top.set(id, 100); }
		canvas.dirty = true; canvas.home(); })()`)
	b.until("!ponder.views[0].canvas.pending && ponder.views[0].canvas.layout.places.length > 5000")
	frames("all open")
	eval[chromedp.Void](b, "ponder.views[0].canvas.fit()")
	b.until("!ponder.views[0].canvas.pending")
	frames("all open, from afar")

	// The slider reads the steps when somebody wants them.
	half := len(events) / 2
	eval[chromedp.Void](b, fmt.Sprintf("ponder.views[0].canvas.zoom(4); ponder.views[0].player.to(%d).then(() => ponder.views[0].canvas.home())", half))
	b.until(fmt.Sprintf("ponder.views[0].history.at === %d", half))
	want := dumpOf(t, events, half)
	if nodes := eval[int](b, "ponder.views[0].history.tree.nodes.size"); nodes != len(want.Nodes) {
		t.Errorf("event %d: %d nodes on the page, %d in the fold", half, nodes, len(want.Nodes))
	}
	sameDrawing(t, b, want)
}

// startProgram runs ponder serve as a user would have it: no test shares its
// memory.
func startProgram(t *testing.T, db string) (url string) {
	t.Helper()
	cmd := exec.Command(program(t), "serve", "--db", db, "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("ponder serve: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// panScript drags the tree about for two seconds, at up to 1,800 pixels a second
// and counts the frames.
const panScript = `(async () => {
	const c = ponder.views[0].canvas;
	const svg = c.svg.getBoundingClientRect();
	const at = (type, x, y) => c.svg.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: svg.x + x, clientY: svg.y + y, button: 0, bubbles: true }));
	c.svg.setPointerCapture = () => {};
	at("pointerdown", 400, 300);
	let frames = 0;
	const start = performance.now();
	await new Promise((done) => {
		const step = (now) => {
			const s = (now - start) / 1000;
			if (s > 2) return done();
			frames++;
			at("pointermove", 400 - 250 * Math.sin(s * 2), 300 + 900 * Math.sin(s * 2));
			requestAnimationFrame(step);
		};
		requestAnimationFrame(step);
	});
	at("pointerup", 400, 300);
	return frames / ((performance.now() - start) / 1000);
})()`
