package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/store"
)

// served is a ponder serve of this process.
type served struct{ url, db string }

// startServe runs the command until the test ends, and checks that it ends well.
func startServe(t testing.TB, args ...string) served {
	t.Helper()
	db := filepath.Join(t.TempDir(), "ponder.db")
	return startServeOn(t, db, args...)
}

func startServeOn(t testing.TB, db string, args ...string) served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"serve", "--db", db, "--listen", "127.0.0.1:0"}, args...), out, os.Stderr)
		out.Close()
	}()
	url, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		t.Fatalf("ponder serve printed no address: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		select {
		case c := <-code:
			if c != 0 {
				t.Errorf("ponder serve ended with code %d", c)
			}
		case <-time.After(10 * time.Second):
			t.Error("ponder serve did not end")
		}
	})
	return served{strings.TrimSpace(url), db}
}

// kept reads the events of a run from the database.
func (s served) kept(t testing.TB, id string) (events []event.Event) {
	t.Helper()
	db, err := store.Open(t.Context(), s.db, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for e, err := range db.Events(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// keep puts a run into the database as it would be after a search.
func keepRun(t testing.TB, path string, r store.Run, events []event.Event) {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log, err := db.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	all := events
	for len(events) > 0 {
		n := min(len(events), 2000)
		if err := log.Append(t.Context(), events[:n], nil); err != nil {
			t.Fatal(err)
		}
		events = events[n:]
	}
	tree, err := foldAll(all)
	if err != nil {
		t.Fatal(err)
	}
	w := work{log: log, run: r, tree: *tree}
	if err := errors.Join(log.Update(t.Context(), r), w.keepTree(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

// startSearch fills the form of the page and returns the run's id.
func startSearch(b *tab, problem string, calls int) string {
	b.t.Helper()
	b.until(`!document.querySelector(".starter").hidden`)
	eval[chromedp.Void](b, fmt.Sprintf(`(() => {
		const f = document.querySelector(".starter form").elements;
		f.env.value = "countdown"; f.problem.value = %q; f.model.value = "embedded"; f.max_calls.value = %d; f.strategy.value = "puct";
	})()`, problem, calls))
	b.do(chromedp.Click(chromedp.CSS(".starter button.primary")))
	b.until(`location.hash.startsWith("#/run/")`)
	return eval[string](b, `decodeURIComponent(location.hash.slice("#/run/".length))`)
}

// far has no solution, and too many states to see them all.
const far = "2 3 7 8 50 75 = 99989"

func TestLiveSearchOnThePage(t *testing.T) {
	s := startServe(t)
	b := newTab(t, 1400, 900)
	b.open(s.url, ".runs")
	id := startSearch(b, far, 100_000)
	b.until(`document.querySelectorAll("[data-node]").length > 3`)
	nodes := func() int { return eval[int](b, "ponder.views[0].history.tree.nodes.size") }
	before := nodes()
	b.until(fmt.Sprintf("ponder.views[0].history.tree.nodes.size > %d", before+20)) // it grows by itself

	b.until("ponder.views[0].canvas.doing.size > 0") // what is worked on is marked

	// Paused, nothing is called any more.
	b.do(chromedp.Click(chromedp.CSS(".controls button:first-child")))
	b.until(`document.querySelector(".status").textContent === "paused"`)
	time.Sleep(300 * time.Millisecond)
	calls := eval[int](b, "ponder.views[0].history.tree.totals.calls")
	time.Sleep(700 * time.Millisecond)
	if now := eval[int](b, "ponder.views[0].history.tree.totals.calls"); now != calls || calls == 0 {
		t.Errorf("paused at %d calls, there are %d now", calls, now)
	}

	// One branch is forbidden, another pinned.
	b.until("ponder.views[0].history.tree.root.out.length >= 2")
	order := func(edge int, button string) {
		eval[chromedp.Void](b, fmt.Sprintf("ponder.views[0].canvas.go(ponder.views[0].history.tree.root.out[%d].to)", edge))
		b.until(`!!document.querySelector(".orders")`)
		eval[chromedp.Void](b, fmt.Sprintf(`[...document.querySelectorAll(".orders button")].find((x) => x.textContent === %q).click()`, button))
		b.until(fmt.Sprintf("ponder.views[0].history.tree.root.out[%d].order !== ''", edge))
	}
	order(0, "Forbid")
	order(1, "Pin")
	forbidden := eval[int](b, "ponder.views[0].history.tree.root.out[0].n")
	b.do(chromedp.Click(chromedp.CSS(".controls button:first-child")))
	b.until(fmt.Sprintf("ponder.views[0].history.tree.root.out[1].n > %d", eval[int](b, "ponder.views[0].history.tree.root.out[1].n")+3))

	// The slider goes back to exactly what the search was then, while it goes on.
	half := eval[int](b, `(() => { const s = document.querySelector(".slider"); const h = Math.floor(s.max / 2); s.value = h; s.dispatchEvent(new Event("input")); return h; })()`)
	b.until(fmt.Sprintf("ponder.views[0].history.at === %d && ponder.views[0].history.last > %d", half, half))
	want := dumpOf(t, s.kept(t, id), half)
	if diff := cmp.Diff(want, eval[dump](b, dumpScript), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("event %d (-fold +page):\n%.3000s", half, diff)
	}
	sameDrawing(t, b, want)
	eval[chromedp.Void](b, `document.querySelector(".live").click()`)

	b.do(chromedp.Click(chromedp.CSS(".controls button:last-child")))
	b.until(`ponder.views[0].row.live === false`)
	if n := eval[int](b, "ponder.views[0].history.tree.root.out[0].n"); n != forbidden {
		t.Errorf("the forbidden step has %d visits, it had %d", n, forbidden)
	}
	steered := map[string]int{}
	events := s.kept(t, id)
	for _, e := range events {
		if e.Steered != nil {
			steered[e.Steered.Order]++
		}
	}
	if diff := cmp.Diff(map[string]int{"pin": 1, "forbid": 1}, steered); diff != "" {
		t.Errorf("orders in the log (-want +got):\n%s", diff)
	}
	b.until(fmt.Sprintf("ponder.views[0].history.last === %d", len(events)))

	// It can be resumed from the page.
	b.until(`!document.querySelector(".controls").hidden && document.querySelector(".controls button:first-child").textContent === "Resume"`)
	b.do(chromedp.Click(chromedp.CSS(".controls button:first-child")))
	b.until(fmt.Sprintf("ponder.views[0].row.live === true && ponder.views[0].history.last > %d", len(events)+5))
	b.do(chromedp.Click(chromedp.CSS(".controls button:last-child")))
	b.until(`ponder.views[0].row.live === false`)

	// The list tells of it, and can be filtered.
	b.do(chromedp.Click(chromedp.CSS("#home")))
	b.until(fmt.Sprintf(`!!document.querySelector('[data-run=%q]')`, id))
	eval[chromedp.Void](b, `(() => { const f = document.querySelector(".bar input"); f.value = "nothing like it"; f.dispatchEvent(new Event("input")); })()`)
	b.until(`document.querySelectorAll(".list tbody tr").length === 0`)
}

// A search that is too fast for any page is shown whole in the end, whatever was
// dropped on the way.
func TestFastSearchOnThePage(t *testing.T) {
	s := startServe(t)
	b := newTab(t, 1200, 800)
	b.open(s.url, ".runs")
	b.until(`!document.querySelector(".starter").hidden`)
	eval[chromedp.Void](b, fmt.Sprintf(`(() => { const f = document.querySelector(".starter form").elements;
		f.env.value = "countdown"; f.problem.value = %q; f.model.value = "none"; f.max_calls.value = ""; f.simulations.value = 40000; })()`, far))
	b.do(chromedp.Click(chromedp.CSS(".starter button.primary")))
	b.until(`location.hash.startsWith("#/run/") && ponder.views[0].row?.live === false && ponder.views[0].history.tree.end`)
	b.until("ponder.views[0].history.tree.nodes.size === ponder.views[0].row.nodes && ponder.views[0].history.tree.totals.simulations === 40000")
	b.until(`document.querySelectorAll("[data-node]").length > 3`)
}

// What a model was asked stands beside the node that it was asked for.
func TestCallsOnThePage(t *testing.T) {
	s := startServe(t)
	if code, _, stderr := invoke(t.Context(), t, "solve", "--quiet", "--db", s.db, "--max-calls", "20", "game24", "4 7 8 8"); code != 0 {
		t.Fatal(stderr)
	}
	b := newTab(t, 1200, 900)
	b.open(s.url, ".runs")
	b.until(`document.querySelectorAll(".list tbody tr").length === 1`)
	b.do(chromedp.Click(chromedp.CSS(".list tbody a")))
	b.until(`document.querySelector(".status")?.textContent === "verified"`)
	// The list of runs has a status too: the tree of the run may not be there yet.
	b.until(`[...(ponder.views[0]?.history?.tree.nodes.values() ?? [])].some((n) => n.usage.asked.length > 0)`)
	eval[chromedp.Void](b, `ponder.views[0].canvas.go([...ponder.views[0].history.tree.nodes.values()].find((n) => n.usage.asked.length > 0))`)
	b.until(`document.querySelectorAll("details.call pre").length >= 2`)
	if text := eval[string](b, `document.querySelector("details.call").textContent`); !strings.Contains(text, "4 7 8 8 > 24") {
		t.Errorf("the call does not show its prompt: %q", text)
	}
}

func TestHostileTextsOnThePage(t *testing.T) {
	db := filepath.Join(t.TempDir(), "ponder.db")
	log := hostileLog()
	start := log[0].Started
	keepRun(t, db, store.Run{
		ID: "HOSTILE", Env: start.Env, Problem: start.Problem, Model: start.Model, Strategy: start.Strategy, Began: time.Now(),
		Status: "unsolved", Reason: hostile[0], Answer: hostile[1], Config: []byte("{}"),
	}, log)
	s := startServeOn(t, db)
	b := newTab(t, 1200, 800)
	b.open(s.url, ".list tbody tr")
	harmless(t, b)
	b.open(s.url+"#/run/HOSTILE", ".card")
	readEverything(b, len(hostile)+2)
	harmless(t, b)
}

func TestCompareOnThePage(t *testing.T) {
	s := startServe(t)
	for _, strategy := range []string{"puct", "gumbel"} {
		invoke(t.Context(), t, "solve", "--quiet", "--db", s.db, "--max-calls", "20", "--strategy", strategy, "game24", "4 5 9 10")
	}
	b := newTab(t, 1400, 1000)
	b.open(s.url, ".runs")
	b.until(`document.querySelectorAll(".list tbody tr").length === 2`)
	eval[chromedp.Void](b, `document.querySelectorAll(".list input")[0].click()`)
	eval[chromedp.Void](b, `document.querySelectorAll(".list input")[1].click()`)
	eval[chromedp.Void](b, `[...document.querySelectorAll("button")].find((x) => x.textContent === "Compare").click()`)
	b.until(`document.querySelectorAll(".pair .run").length === 2 && [...document.querySelectorAll(".pair .run")].every((r) => r.querySelector(".card"))`)
	b.until(`document.querySelectorAll(".compare-head path.plot").length === 2 && document.querySelectorAll(".facts-table td").length === 20`)
	strategies := eval[string](b, `[...document.querySelectorAll(".facts-table tr")].find((r) => r.textContent.startsWith("strategy")).textContent`)
	if !strings.Contains(strategies, "puct") || !strings.Contains(strategies, "gumbel") {
		t.Errorf("strategies: %q", strategies)
	}
}

// Another site, open in the same browser, gets nothing and changes nothing.
func TestAttackersPage(t *testing.T) {
	s := startServe(t)
	attacker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><p>attacker</p>")
	}))
	t.Cleanup(attacker.Close)
	b := newTab(t, 800, 600)
	for _, origin := range []string{attacker.URL, strings.Replace(attacker.URL, "127.0.0.1", "localhost", 1)} {
		b.open(origin, "p")
		got := eval[map[string]string](b, fmt.Sprintf(`(async () => {
			const out = {};
			const attempt = async (name, f) => { try { out[name] = await f(); } catch (e) { out[name] = "refused"; } };
			const base = %q;
			await attempt("read", async () => (await fetch(base + "api/runs")).text());
			await attempt("blind read", async () => { const r = await fetch(base + "api/runs", { mode: "no-cors" }); return r.type === "opaque" ? "refused" : "read"; });
			await attempt("post", async () => { await fetch(base + "api/runs", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }); return "sent"; });
			await attempt("form", async () => { await fetch(base + "api/runs", { method: "POST", mode: "no-cors", body: JSON.stringify({ env: "game24", problem: "1 2 3 4", model: "none" }) }); return "refused"; });
			await attempt("stream", () => new Promise((done) => { const e = new EventSource(base + "api/runs/stream"); e.onopen = () => done("open"); e.onerror = () => { e.close(); done("refused"); }; }));
			await attempt("socket", () => new Promise((done) => { const w = new WebSocket(base.replace("http", "ws") + "api/runs/stream"); w.onopen = () => done("open"); w.onerror = () => done("refused"); }));
			await attempt("frame", () => new Promise((done) => { const f = document.createElement("iframe"); f.src = base; f.onload = () => { try { done(f.contentDocument ? "read" : "refused"); } catch { done("refused"); } }; document.body.append(f); }));
			return out;
		})()`, s.url))
		for name, what := range got {
			if what != "refused" {
				t.Errorf("from %s: %s was %s", origin, name, what)
			}
		}
		if len(got) != 7 {
			t.Errorf("%d attempts of 7", len(got))
		}
	}
	// The page itself still works, and nothing was begun.
	b.open(s.url, ".runs")
	if rows := eval[int](b, `fetch("api/runs").then((r) => r.json()).then((r) => r.length)`); rows != 0 {
		t.Errorf("%d runs were begun by an attacker", rows)
	}
}

// solve --web shows the run while it is searched and after that, also where
// nothing is kept, and ends as the search did.
func TestSolveOnAPage(t *testing.T) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	for _, db := range []string{inMemory, filepath.Join(t.TempDir(), "ponder.db")} {
		ctx, cancel := context.WithCancel(t.Context())
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		code := make(chan int, 1)
		go func() {
			code <- run(ctx, []string{"solve", "--web", "--db", db, "--max-calls", "60", "game24", "4 5 9 10"}, nowhere, out)
			out.Close()
		}()
		lines := bufio.NewScanner(in)
		url := ""
		for url == "" && lines.Scan() {
			_, url, _ = strings.Cut(lines.Text(), "the search is shown at ")
		}
		go func() {
			for lines.Scan() { // nobody waits for what else it says
			}
		}()
		b := newTab(t, 1200, 800)
		b.open(url, ".card")
		b.until(`document.querySelector(".status").textContent.match(/verified|solved/) && ponder.views[0].history.at > 10`)
		b.open(strings.SplitAfter(url, "/#")[0]+"/", ".list tbody tr")
		cancel()
		select {
		case got := <-code:
			if got != exitSolved {
				t.Errorf("--db %s: exit code %d", db, got)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("--db %s: it did not end", db)
		}
	}
}
