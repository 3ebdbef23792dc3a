package serve

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/view"
)

const aKey = "00000000000000000000000000000000000000000000000000000000000000ff"

// withRuns is a site with a kept run, and one that this process works on.
func withRuns(t *testing.T) (*site, *shelf, *hand) {
	t.Helper()
	shelf, hand := newShelf(), &hand{}
	shelf.put(Run{Run: "kept", Env: "words", Status: "unsolved", Answer: "<b>"}, append(story("kept", 29), ended(30))...)
	x := open(t, Options{Archive: shelf, Starter: hand, Steerer: hand}, quick)
	x.Live("here", fill(NewFeed(FeedOptions{Events: 10}), story("here", 25)))
	return x, shelf, hand
}

func TestAnswers(t *testing.T) {
	x, _, _ := withRuns(t)
	for _, c := range []struct {
		path string
		code int
		want string // part of the answer
	}{
		{"/", 200, `content="` + x.csrf + `"`},
		{"/assets/main.mjs", 200, "export {}"},
		{"/assets/sub/a.css", 200, "a{}"},
		{"/assets/none.js", 404, `{"error":"there is no file \"none.js\""}`},
		{"/assets/sub", 404, "there is no file"},
		{"/assets/..%2fgo.mod", 404, "there is no file"},
		{"/none", 404, `{"error":"there is no \"/none\""}`},
		{"/api/runs/kept", 200, `"answer":"\u003cb\u003e"`},
		{"/api/runs/here", 200, `"status":"running"`},
		{"/api/runs/none", 404, `{"error":"run \"none\": there is no such run"}`},
		{"/api/runs/none/tree", 404, "no such run"},
		{"/api/runs/none/events", 404, "no such run"},
		{"/api/runs/none/stream", 404, "no such run"},
		{"/api/runs/kept/stream?after=x", 400, `event \"x\" is no number`},
		{"/api/runs/kept/events?limit=-1", 400, "limit: give"},
		{"/api/runs/kept/events?after=99", 410, "no event 99 any more"},
		{"/api/runs/here/events?after=3", 410, "the events 4 to 15 are not held any more"},
		{"/api/calls?keys=" + aKey, 200, `[{"key":"` + aKey + `","model":"m","system":"s","prompt":"\u003cp\u003e","reply":"r","thinking":"t","prompt_tokens":3,"completion_tokens":4,"elapsed_ms":1500,"stop":"stop"}]`},
		{"/api/calls?keys=", 400, "64 hexadecimal digits"},
		{"/api/calls?keys=" + strings.Repeat(aKey+",", 200), 400, "more than 200 keys"},
		{"/api/choices", 200, `{"envs":["words"]}`},
	} {
		if code, text := x.get(c.path); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("GET %s: %d %s\nwant %d with %s", c.path, code, text, c.code, c.want)
		}
	}
}

func TestRunsAreListed(t *testing.T) {
	x, shelf, _ := withRuns(t)
	shelf.put(Run{Run: "other", Status: "running", Live: true})
	_, text := x.get("/api/runs")
	var got []string
	for _, r := range parse[[]Run](t, text) {
		got = append(got, r.Run+" "+r.Status)
	}
	if diff := cmp.Diff([]string{"here running", "other running", "kept unsolved"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEventsArePaged(t *testing.T) {
	x, _, _ := withRuns(t)
	for _, run := range []struct {
		id          string
		first, last int
	}{{"kept", 1, 30}, {"here", 16, 25}} {
		next := run.first
		for next <= run.last {
			_, text := x.get("/api/runs/" + run.id + "/events?limit=4&after=" + itoa(next-1))
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(lines) != min(4, run.last-next+1) {
				t.Fatalf("%s: %d lines after event %d", run.id, len(lines), next-1)
			}
			for _, line := range lines {
				if e := parse[struct{ Seq int }](t, line); e.Seq != next {
					t.Fatalf("%s: event %d instead of %d", run.id, e.Seq, next)
				}
				next++
			}
		}
	}
}

func itoa(n int) string {
	text, _ := json.Marshal(n)
	return string(text)
}

func TestTree(t *testing.T) {
	x, shelf, _ := withRuns(t)
	code, header, text := x.do("GET", "/api/runs/kept/tree", "")
	if diff := cmp.Diff(treeOf(t, append(story("kept", 29), ended(30))).Record(), parse[view.Record](t, text)); diff != "" || code != 200 {
		t.Errorf("%d (-want +got):\n%s", code, diff)
	}
	tag := header.Get("ETag")
	before := shelf.follows
	if code, _, text := x.do("GET", "/api/runs/kept/tree", "", "If-None-Match", tag); code != 304 || text != "" {
		t.Errorf("the same tree again: %d %q", code, text)
	}
	if n := shelf.follows - before; n != 1 {
		t.Errorf("the archive was read %d times for a tree that is known", n)
	}
	shelf.rewrite("kept", story("kept", 30)) // as many events, another tree
	code, _, text = x.do("GET", "/api/runs/kept/tree", "", "If-None-Match", tag)
	if r := parse[view.Record](t, text); code != 200 || r.End != nil {
		t.Errorf("a rewritten run: %d %s", code, text)
	}
	if _, text := x.get("/api/runs/here/tree"); parse[view.Record](t, text).Seq != 25 {
		t.Errorf("the tree of a run that is worked on: %s", text)
	}
}

func TestDamagedRunIsAnErrorAndHeals(t *testing.T) {
	x, shelf, _ := withRuns(t)
	shelf.rewrite("kept", append(story("kept", 12), ended(99)))
	shelf.most = 100
	if code, text := x.get("/api/runs/kept/tree"); code != 500 || !strings.Contains(text, "invalid event 99") {
		t.Errorf("%d %s", code, text)
	}
	shelf.mu.Lock()
	shelf.logs["kept"] = story("kept", 12)
	shelf.mu.Unlock()
	if code, text := x.get("/api/runs/kept/tree"); code != 200 || parse[view.Record](t, text).Seq != 12 {
		t.Errorf("%d %s", code, text)
	}
}

func TestManyTreesAreNotAllKept(t *testing.T) {
	x, shelf, _ := withRuns(t)
	for i := range 3 * mostFolds {
		id := "r" + itoa(i)
		shelf.put(Run{Run: id}, story(id, 5)...)
		if code, text := x.get("/api/runs/" + id + "/tree"); code != 200 {
			t.Fatal(text)
		}
	}
	if n := len(x.folds.list); n != mostFolds {
		t.Errorf("%d trees are kept, not %d", n, mostFolds)
	}
}

func TestCompressed(t *testing.T) {
	x, _, _ := withRuns(t)
	for _, c := range []struct {
		path, accept string
		want         bool
	}{
		{"/api/runs/kept/tree", "br, gzip", true},
		{"/api/runs/kept/tree", "gzip;q=0", false},
		{"/api/runs/kept/tree", "", false},
		{"/api/runs", "GZIP;q=0.5", true},
		{"/", "gzip", false}, // it holds the token
	} {
		_, header, text := x.do("GET", c.path, "", "Accept-Encoding", c.accept)
		if got := header.Get("Content-Encoding") == "gzip"; got != c.want {
			t.Errorf("GET %s, accepting %q: compressed %v", c.path, c.accept, got)
			continue
		}
		if c.want {
			z, err := gzip.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(z)
			if _, want := x.get(c.path); err != nil || len(string(plain)) != len(want) && c.path != "/api/runs" {
				t.Errorf("GET %s: %v, %d bytes instead of %d", c.path, err, len(plain), len(want))
			}
		}
	}
}

func TestContentTypes(t *testing.T) {
	x, _, _ := withRuns(t)
	for path, want := range map[string]string{
		"/":                     "text/html; charset=utf-8",
		"/assets/main.mjs":      "text/javascript; charset=utf-8",
		"/assets/sub/a.css":     "text/css; charset=utf-8",
		"/assets/data":          "application/octet-stream", // never guessed to be a page
		"/api/runs":             "application/json; charset=utf-8",
		"/api/runs/kept/events": "application/jsonl; charset=utf-8",
		"/none":                 "application/json; charset=utf-8",
	} {
		if _, header, _ := x.do("GET", path, ""); header.Get("Content-Type") != want {
			t.Errorf("GET %s: %s, want %s", path, header.Get("Content-Type"), want)
		}
	}
}

func TestPosts(t *testing.T) {
	x, _, hand := withRuns(t)
	for _, c := range []struct {
		path, body string
		code       int
		want       string
	}{
		{"/api/runs", `{"problem":"x"}`, 200, `{"run":"new"}`},
		{"/api/runs", `{}`, 400, `{"error":"begin: give a problem"}`},
		{"/api/runs", `{`, 400, "not JSON"},
		{"/api/runs", `"` + strings.Repeat("x", maxBody) + `"`, 413, "65536 bytes"},
		{"/api/runs/here/orders", `{"order":"pause"}`, 204, ""},
		{"/api/runs/here/orders", `{"order":"pin","edges":[0,1]}`, 204, ""},
		{"/api/runs/done/orders", `{"order":"stop"}`, 409, "has ended"},
		{"/api/runs/none/orders", `{"order":"stop"}`, 404, "no such run"},
		{"/api/runs/here/orders", `{"order":"burn"}`, 400, "give pause, resume, stop, pin, forbid or free"},
		{"/api/runs/here/orders", `{"order":"pin"}`, 400, "1 to 4096 edges, not 0"},
		{"/api/runs/here/orders", `{"order":"pin","edges":[-1]}`, 400, "edge -1"},
		{"/api/runs/here/orders", `{"order":"stop","edges":[1]}`, 400, "leave edges out"},
		{"/api/runs/here/orders", `{"order":"stop","force":true}`, 400, "unknown field"},
		{"/api/runs/here/orders", `{"order":"stop"}{}`, 400, "more than one"},
		{"/api/calls", `{}`, 405, "GET"},
	} {
		if code, text := x.post(c.path, c.body); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("POST %s %.60s: %d %s\nwant %d with %s", c.path, c.body, code, text, c.code, c.want)
		}
	}
	if diff := cmp.Diff([]string{"here pause []", "here pin [0 1]"}, hand.told); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}

func TestPartsThatAreNotThere(t *testing.T) {
	x := open(t, Options{}, quick)
	x.Live("here", fill(NewFeed(FeedOptions{}), story("here", 3)))
	if code, text := x.get("/api/choices"); code != 501 {
		t.Errorf("choices: %d %s", code, text)
	}
	if code, text := x.post("/api/runs", `{"problem":"x"}`); code != 501 {
		t.Errorf("begin: %d %s", code, text)
	}
	if code, text := x.post("/api/runs/here/orders", `{"order":"stop"}`); code != 409 {
		t.Errorf("order: %d %s", code, text)
	}
	if code, text := x.get("/api/calls?keys=" + aKey); code != 200 || text != "[]\n" {
		t.Errorf("calls: %d %s", code, text)
	}
	if _, text := x.get("/api/runs/here"); parse[Run](t, text).Steerable {
		t.Errorf("nothing can be steered here: %s", text)
	}
}
