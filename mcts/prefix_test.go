package mcts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"pgregory.net/rapid"
)

// fork is a search whose root has the children a and b, with two leaves each.
func fork(t testingT, opt Options) *watched {
	t.Helper()
	w := start(t, endless("."), opt)
	for grown := 0; grown < 3; {
		job, _ := w.Next()
		if job.Kind == Expand {
			grown++
		}
		feed(t, w, job, 0.5, 0.5, 0.5)
	}
	return w
}

// next hands out jobs until none can be had, and names their states.
func next(w *watched, count int) (names []string, jobs []Job) {
	for range count {
		job, status := w.Next()
		if status != Work {
			break
		}
		names, jobs = append(names, job.State.Key()), append(jobs, job)
	}
	return names, jobs
}

// Of siblings one goes first, and others only where there is nothing else: a
// slot is never left idle for the sake of what another one is reading.
func TestFirstSiblingGoesAlone(t *testing.T) {
	w := fork(t, Options{Prefixes: true})
	clear(w.warm) // as if the server had forgotten
	names, jobs := next(w, 4)
	if len(names) != 4 {
		t.Fatalf("handed out %v, want four jobs", names)
	}
	if parent(names[0]) == parent(names[1]) {
		t.Errorf("jobs %v: the second one is a sibling of the first", names)
	}
	feed(t, w, jobs[0], 0.5, 0.5, 0.5)
	for _, job := range jobs[1:] {
		w.Abandon(job, nil, env.Usage{})
	}
	// What a job has brought back is warm: siblings may go together.
	first := parent(names[0])
	names, jobs = next(w, 4)
	together := 0
	for _, name := range names[:2] {
		if parent(name) == first || parent(parent(name)) == first {
			together++
		}
	}
	if together == 0 {
		t.Errorf("jobs %v: none has a prefix that was read already", names)
	}
	for _, job := range jobs {
		w.Abandon(job, nil, env.Usage{})
	}
}

func parent(key string) string { return key[:len(key)-1] }

// Between equal steps a walk goes where the last one went.
func TestDepthFirstAmongEquals(t *testing.T) {
	flat := Scored(func(Parent, Edge) float64 { return 0 })
	w := start(t, endless("."), Options{Prefixes: true, Rule: flat})
	var got []string
	for range 8 {
		job, _ := w.Next()
		got = append(got, job.State.Key())
		// The second child is the better one at first sight.
		feed(t, w, job, 0.5, 0.25, 0.75)
	}
	if d := cmp.Diff([]string{".", ".b", ".b", ".bb", ".bb", ".bbb", ".bbb", ".bbbb"}, got); d != "" {
		t.Errorf("jobs (-want +got):\n%s", d)
	}
}

// It costs no useful work: whatever is in flight, Next answers Wait only where
// it would without.
func TestPrefixesLeaveNoSlotIdle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, shape{size: 12, two: dice(t, 2) == 0, partial: true})
		c := &crowd{
			watched: start(t, g.state(0), Options{Prefixes: true, Rule: drawRule(t), Simulations: plenty}),
			worker:  g.worker(true), size: 1 + dice(t, 8), failures: dice(t, 2) == 0,
		}
		c.run(t)
	})
}
