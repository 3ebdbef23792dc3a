package serve

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/view"
)

// Cut at 200 random places, a stream goes on where it was: no event comes twice,
// none is missing.
func TestResumeAtRandomPlaces(t *testing.T) {
	const n = 4000
	for _, live := range []bool{true, false} {
		t.Run(fmt.Sprintf("here=%v", live), func(t *testing.T) {
			seed := rand.Uint64()
			rnd := rand.New(rand.NewPCG(seed, 0))
			log := append(story("r", n-1), ended(n))
			opt := Options{}
			f := NewFeed(FeedOptions{})
			shelf := newShelf()
			if !live {
				opt.Archive = shelf
				shelf.put(Run{Run: "r", Live: true, Status: "running"}, log[:1]...)
			}
			x := open(t, opt, quick)
			if live {
				x.Live("r", f)
			}
			go func() {
				for i, e := range log {
					if live {
						f.Apply(e)
					} else if i > 0 {
						shelf.put(Run{Run: "r", Live: true, Status: "running"}, e)
					}
					if i%20 == 0 {
						time.Sleep(time.Millisecond)
					}
				}
				f.State(Ended)
				if !live {
					shelf.put(Run{Run: "r", Status: "unsolved"})
				}
			}()
			p := &replica{tree: &view.Tree{}, last: "0"}
			cuts := 0
			for ; ; cuts++ {
				var l *listener
				if cuts%2 == 0 {
					l = x.listen("/api/runs/r/stream?after=0", "Last-Event-ID", p.last)
				} else {
					l = x.listen(fmt.Sprintf("/api/runs/r/stream?after=%d", p.seq))
				}
				over := false
				for k := rnd.IntN(5); cuts >= 200 || k >= 0; k-- {
					m, err := l.next()
					if err != nil {
						t.Fatalf("seed %d: after event %d: %v", seed, p.seq, err)
					}
					if err := p.take(t, x, "r", m); err != nil {
						t.Fatalf("seed %d, cut %d: %v", seed, cuts, err)
					}
					if over = m.name == "end"; over {
						break
					}
				}
				l.close()
				if over && cuts >= 200 {
					break
				}
			}
			if p.seq != n || p.jumps != 0 {
				t.Errorf("seed %d: after %d cuts: event %d, %d snapshots", seed, cuts, p.seq, p.jumps)
			}
			if diff := cmp.Diff(treeOf(t, log).Record(), p.tree.Record()); diff != "" {
				t.Errorf("seed %d: the tree of the stream (-want +got):\n%s", seed, diff)
			}
		})
	}
}

func treeOf(t testing.TB, log []event.Event) *view.Tree {
	t.Helper()
	tree := &view.Tree{}
	for _, e := range log {
		if err := tree.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// A reader too far behind is told how much it has missed, gets the tree, and
// ends with the same tree as everybody.
func TestTooFarBehind(t *testing.T) {
	const n = 500
	log := story("r", n)
	f := fill(NewFeed(FeedOptions{Events: 50}), log[:300])
	x := open(t, Options{}, quick)
	x.Live("r", f)
	l := x.listen("/api/runs/r/stream")
	defer l.close()
	m := l.await(t, "snapshot")
	if diff := cmp.Diff(jump{300, 300}, parse[jump](t, m.data)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p := &replica{}
	if err := p.take(t, x, "r", m); err != nil {
		t.Fatal(err)
	}
	go func() {
		fill(f, log[300:])
		f.Apply(ended(n + 1))
		f.State(Ended)
	}()
	for {
		m, err := l.next()
		if err != nil {
			t.Fatal(err)
		}
		if m.name == "end" {
			break
		}
		if err := p.take(t, x, "r", m); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(f.Snapshot(), p.tree.Record()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := l.next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

// Whoever is told to get the tree gets the events after it, and only those.
func TestPlaceThatNeverWas(t *testing.T) {
	shelf := newShelf()
	running := Run{Run: "kept", Status: "running", Live: true}
	shelf.put(running, story("kept", 5)...)
	x := open(t, Options{Archive: shelf}, quick)
	f := fill(NewFeed(FeedOptions{}), story("here", 5))
	x.Live("here", f)
	for run, more := range map[string]func(){
		"kept": func() { shelf.put(running, visit(5)) },
		"here": func() { f.Apply(visit(5)) },
	} {
		l := x.listen("/api/runs/" + run + "/stream?after=99")
		if diff := cmp.Diff(jump{5, 0}, parse[jump](t, l.await(t, "snapshot").data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", run, diff)
		}
		more()
		if events := parse[[]event.Event](t, l.await(t, "events").data); len(events) != 1 || events[0].Seq != 6 {
			t.Errorf("%s: after the snapshot: %+v", run, events)
		}
		l.close()
	}
}

// That a run has ended is told when its events are, and then nothing steers it.
func TestEndComesLast(t *testing.T) {
	x := open(t, Options{Steerer: &hand{}}, quick)
	f := fill(NewFeed(FeedOptions{}), append(story("r", 40), ended(41)))
	x.Live("r", f)
	f.State(Ended)
	l := x.listen("/api/runs/r/stream")
	defer l.close()
	var names []string
	for {
		m, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		names = append(names, m.name)
		if row := (Run{}); m.name == "state" {
			if row = parse[Run](t, m.data); row.Status != "unsolved" || row.Steerable || row.Live {
				t.Errorf("row %+v", row)
			}
		}
	}
	want := []string{"events", "events", "events", "events", "events", "events", "state", "end"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A process that dies writes nothing. Each stream has a server of its own, so
// that none learns it from the other.
func TestDeathOfAnotherProcess(t *testing.T) {
	for path, last := range map[string]string{"/api/runs/stream": "runs", "/api/runs/r/stream": "end"} {
		shelf := newShelf()
		shelf.put(Run{Run: "r", Status: "running", Live: true}, story("r", 5)...)
		x := open(t, Options{Archive: shelf}, quick)
		l := x.listen(path)
		if last == "runs" {
			l.await(t, "runs")
		} else {
			l.await(t, "events")
		}
		time.Sleep(10 * quick.poll) // it has read all and only waits
		shelf.mu.Lock()
		shelf.rows[0] = Run{Run: "r", Status: "stopped"}
		shelf.mu.Unlock()
		told := ""
		for m := (message{}); m.name != last; {
			m = l.await(t, "state", "runs", "end")
			told += m.data
		}
		if !strings.Contains(told, `"status":"stopped"`) {
			t.Errorf("%s: %s", path, told)
		}
		l.close()
	}
}

// A log that is rewritten under a reader, shorter or longer than before, is
// healed by a snapshot.
func TestLogRewritten(t *testing.T) {
	for _, n := range []int{12, 40} {
		shelf := newShelf()
		running := Run{Run: "r", Live: true, Status: "running"}
		shelf.put(running, append(story("r", 24), ended(25))...)
		x := open(t, Options{Archive: shelf}, quick)
		l := x.listen("/api/runs/r/stream")
		p := &replica{tree: &view.Tree{}, last: "0"}
		for p.seq < 25 {
			if err := p.take(t, x, "r", l.await(t, "events")); err != nil {
				t.Fatal(err)
			}
		}
		shelf.rewrite("r", story("r", n))
		for p.seq != n {
			m, err := l.next()
			if err != nil {
				t.Fatal(err)
			}
			if err := p.take(t, x, "r", m); err != nil {
				t.Fatal(err)
			}
		}
		if p.jumps != 1 {
			t.Errorf("rewritten to %d events: %d snapshots", n, p.jumps)
		}
		if diff := cmp.Diff(treeOf(t, story("r", n)).Record(), p.tree.Record()); diff != "" {
			t.Errorf("rewritten to %d events (-want +got):\n%s", n, diff)
		}
		l.close()
	}
}

// A stopped run that this process goes on with: the stream goes over to it.
func TestKeptRunBecomesLive(t *testing.T) {
	shelf := newShelf()
	shelf.put(Run{Run: "r", Live: true, Status: "running"}, story("r", 5)...)
	x := open(t, Options{Archive: shelf, Steerer: &hand{}}, quick)
	l := x.listen("/api/runs/r/stream?after=5")
	defer l.close()
	if row := parse[Run](t, l.await(t, "state").data); row.Steerable {
		t.Error("a run of another process can be steered")
	}
	f := fill(NewFeed(FeedOptions{}), story("r", 6))
	remove := x.Live("r", f)
	if diff := cmp.Diff(jump{6, 0}, parse[jump](t, l.await(t, "snapshot").data)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if row := parse[Run](t, l.await(t, "state").data); !row.Steerable || row.Status != Running {
		t.Errorf("row %+v", row)
	}
	shelf.put(Run{Run: "r", Status: "solved", Answer: "abc"})
	remove()
	if row := parse[Run](t, l.await(t, "state").data); row.Status != "solved" || row.Answer != "abc" || row.Live {
		t.Errorf("row at the end %+v", row)
	}
	l.await(t, "end")
}

func TestStatesAndLeavesInWork(t *testing.T) {
	x := open(t, Options{Steerer: &hand{}}, quick)
	f := fill(NewFeed(FeedOptions{}), story("r", 4))
	x.Live("r", f)
	l := x.listen("/api/runs/r/stream?after=4")
	defer l.close()
	row := parse[Run](t, l.await(t, "state").data)
	row.Began, row.ElapsedMS = time.Time{}, 0
	want := Run{Run: "r", Env: "words", Problem: "a", Status: Running, Value: 0.25, Simulations: 2, Nodes: 3, Live: true, Steerable: true}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	f.Doing(2, true)
	f.Doing(1, true)
	for got := ""; got != "[1,2]"; {
		got = l.await(t, "doing").data
	}
	f.Doing(1, false)
	f.Doing(2, false)
	for got := ""; got != "[]"; {
		got = l.await(t, "doing").data
	}
	f.State(Paused)
	if row := parse[Run](t, l.await(t, "state").data); row.Status != Paused {
		t.Errorf("row %+v", row)
	}
}

func TestHeartbeat(t *testing.T) {
	x := open(t, Options{}, quick)
	f := fill(NewFeed(FeedOptions{}), story("r", 1))
	x.Live("r", f)
	l := x.listen("/api/runs/r/stream")
	defer l.close()
	go func() {
		time.Sleep(5 * quick.beat)
		f.State(Paused)
	}()
	l.await(t, "state")
	if l.await(t, "state"); l.beats == 0 {
		t.Error("no sign of life while nothing happened")
	}
}

func TestRunsStream(t *testing.T) {
	shelf := newShelf()
	shelf.put(Run{Run: "a", Status: "solved"})
	shelf.put(Run{Run: "b", Status: "stopped"})
	x := open(t, Options{Archive: shelf}, quick)
	l := x.listen("/api/runs/stream")
	defer l.close()
	next := func() string {
		var out []string
		for _, r := range parse[[]struct {
			Run, Status string
			Gone        bool
		}](t, l.await(t, "runs").data) {
			out = append(out, fmt.Sprint(r.Run, " ", r.Status, " ", r.Gone))
		}
		return strings.Join(out, ", ")
	}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "b stopped false, a solved false"},
		{func() { shelf.put(Run{Run: "b", Status: "unsolved"}) }, "b unsolved false"},
		{func() { shelf.remove("a") }, "a  true"},
		{func() { shelf.put(Run{Run: "c", Status: "stopped"}) }, "c stopped false"},
	} {
		step.do()
		if diff := cmp.Diff(step.want, next()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestRunsStreamIsNeverEmptyAtFirst(t *testing.T) {
	x := open(t, Options{}, quick)
	l := x.listen("/api/runs/stream")
	defer l.close()
	if m := l.await(t, "runs"); m.data != "[]" {
		t.Errorf("the list of no runs is %s", m.data)
	}
}

// A browser that is there but takes nothing is dropped, and its place is free.
func TestDeadReaderIsDropped(t *testing.T) {
	p := quick
	p.write, p.batch = 100*time.Millisecond, 500
	x := open(t, Options{}, p)
	f := fill(NewFeed(FeedOptions{}), story("r", 2))
	x.Live("r", f)
	c, err := net.Dial("tcp", x.host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /api/runs/r/stream HTTP/1.1\r\nHost: %s\r\n\r\n", x.host)
	until(t, "the stream is open", func() bool { return len(x.streams) == 1 })
	long := strings.Repeat("x", 100_000)
	for i := 3; len(x.streams) > 0; i++ {
		f.Apply(event.Event{Seq: i, Failed: &event.Failed{Reason: long}})
		time.Sleep(time.Millisecond)
		if i > 20_000 {
			t.Fatal("the reader that takes nothing is still served")
		}
	}
}

func TestStreamsAreCounted(t *testing.T) {
	x := open(t, Options{}, quick)
	var open []*listener
	for range maxStreams {
		open = append(open, x.listen("/api/runs/stream"))
	}
	if code, text := x.get("/api/runs/stream"); code != 503 || !strings.Contains(text, "close a tab") {
		t.Errorf("one stream too many: %d %s", code, text)
	}
	for _, l := range open {
		l.close()
	}
	until(t, "the places are free again", func() bool { return len(x.streams) == 0 })
	x.listen("/api/runs/stream").close()
}

func TestServeEndsSoonWithOpenStreams(t *testing.T) {
	x := open(t, Options{}, usual)
	x.Live("r", fill(NewFeed(FeedOptions{}), story("r", 3)))
	for _, path := range []string{"/api/runs/stream", "/api/runs/r/stream"} {
		l := x.listen(path)
		defer l.close()
	}
	began := time.Now()
	if err := x.stop(); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("the end took %v", d)
	}
	if len(x.streams) != 0 {
		t.Errorf("%d streams are still open", len(x.streams))
	}
}
