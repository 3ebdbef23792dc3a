package mcts

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"pgregory.net/rapid"
)

// wantDump compares dumps line by line.
func wantDump(t testingT, what, want, got string) {
	t.Helper()
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// Next and Abandon leave nothing behind, at any point of any history. What Next
// finished for free on the way to the job stays: it is in the log.
func TestAbandonRestoresEverything(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				free := ""
				var w *watched
				w = start(t, g.state(0), Options{Rule: drawRule(t), Simulations: plenty, Emit: func(e event.Event) {
					if e.Visited != nil && w != nil {
						free = w.dump()
					}
				}})
				c := &crowd{watched: w, worker: g.worker(dice(t, 2) == 0), size: 1 + dice(t, 8), failures: true}
				for {
					free = ""
					before := w.dump()
					job, status := w.Next()
					if status != Work {
						break
					}
					if free != "" {
						before = free
					}
					w.Abandon(job, nil, env.Usage{})
					wantDump(t, "abandoned without an error", before, w.dump())
					if job, status = w.Next(); status != Work {
						t.Fatalf("the abandoned job is not handed out again: status %d", status)
					}
					c.jobs = append(c.jobs, job)
					if len(c.jobs) == c.size || dice(t, 2) == 0 {
						c.back(t)
					}
				}
				for len(c.jobs) > 0 {
					c.back(t)
				}
			})
		})
	}
}

// A search that has every job taken back once goes the same way as one that
// has not.
func TestAbandonChangesNoLaterStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, shape{size: 30, circles: dice(t, 2) == 0, partial: true})
		plain := start(t, g.state(0), Options{Simulations: plenty})
		drive(t, plain, g.worker(true))

		nervous := start(t, g.state(0), Options{Simulations: plenty})
		for {
			job, status := nervous.Next()
			if status == Done {
				break
			}
			nervous.Abandon(job, nil, env.Usage{})
			again, _ := nervous.Next()
			if again.Node != job.Node || again.Kind != job.Kind {
				t.Fatalf("after %s was abandoned, %s is handed out", job.State, again.State)
			}
			finish(t, nervous, g.worker(true), again)
		}
		if d := cmp.Diff(logOf(t, plain), logOf(t, nervous)); d != "" {
			t.Errorf("logs (-plain +nervous):\n%s", d)
		}
	})
}

// logOf is the event log as text, one event a line.
func logOf(t testingT, w *watched) string {
	t.Helper()
	var b strings.Builder
	for _, e := range w.events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("event %d: %v", e.Seq, err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// twoWays is a search whose root has two leaves: a, with the higher prior, and b.
func twoWays(t testingT, opt Options) *watched {
	t.Helper()
	w := start(t, endless("."), opt)
	job, _ := w.Next()
	feed(t, w, job, 0, 0.75, 0.25)
	return w
}

func TestAbandonWithErrorLeavesTheLeafAlone(t *testing.T) {
	w := twoWays(t, Options{})
	before := w.live()
	job, _ := w.Next()
	cost := env.Usage{Calls: 1, PromptTokens: 7}
	w.Abandon(job, errFlaky, cost)
	if !before.same(w.live()) {
		t.Error("a failed job changed the tree")
	}
	want := &event.Failed{Node: int32(job.Node), Path: []int32{0}, Reason: errFlaky.Error(), Usage: cost}
	if d := cmp.Diff(want, w.events[len(w.events)-1].Failed); d != "" {
		t.Errorf("last event (-want +got):\n%s", d)
	}
	for range 50 {
		next, status := w.Next()
		if status != Work || next.Node == job.Node || strings.HasPrefix(next.State.Key(), job.State.Key()) {
			t.Fatalf("status %d, node %d; node %d has failed", status, next.Node, job.Node)
		}
		feed(t, w, next, 0, 0.75, 0.25)
	}
}

// A leaf that failed may be the way out of an otherwise hopeless circle.
func TestAbandonWithErrorPreventsUnsolvable(t *testing.T) {
	for name, fails := range map[string]int{"its value": 2, "the children of the root": 0, "the children of another": 1} {
		g := &graph{vertices: []vertex{{to: []int{1, 2}}, {to: []int{0}}, {to: []int{0}}}}
		w := start(t, g.state(0), Options{})
		for {
			job, status := w.Next()
			if status == Done {
				break
			}
			if placeOf(job.State) == fails && (job.Kind == Expand) == (fails < 2) {
				w.Abandon(job, errFlaky, env.Usage{})
				continue
			}
			finish(t, w, g.worker(true), job)
		}
		if w.Reason() != Exhausted || w.Outcome() != StatusUnsolved {
			t.Errorf("%s failed: %s by %q, want %s by %q", name, w.Outcome(), w.Reason(), StatusUnsolved, Exhausted)
		}
	}
}

func TestAbandonEvents(t *testing.T) {
	cost := env.Usage{Calls: 2}
	for _, tt := range []struct {
		name  string
		why   error
		spent env.Usage
		want  *event.Failed
	}{
		{"no error, no cost: nothing happened", nil, env.Usage{}, nil},
		{"no error, a cost: it is accounted for", nil, cost, &event.Failed{Node: 1, Path: []int32{0}, Usage: cost}},
		{"an error, no cost: it is told", errFlaky, env.Usage{}, &event.Failed{Node: 1, Path: []int32{0}, Reason: errFlaky.Error()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := twoWays(t, Options{})
			job, _ := w.Next()
			before := len(w.events)
			w.Abandon(job, tt.why, tt.spent)
			var got *event.Failed
			if len(w.events) > before {
				got = w.events[before].Failed
			}
			if d := cmp.Diff(tt.want, got); d != "" || len(w.events) > before+1 {
				t.Errorf("%d events; (-want +got):\n%s", len(w.events)-before, d)
			}
		})
	}
}

func TestUnpaid(t *testing.T) {
	dead := []vertex{{to: []int{1, 2}}, {over: true}, {}}
	won := []vertex{{to: []int{1, 2}, prior: []float64{2, 1}}, {}, {to: []int{3}}, {over: true, reward: 1}}
	for _, tt := range []struct {
		name           string
		vertices       []vertex
		unpaid         int // its evaluation is not paid for
		reason, status string
	}{
		{"all else is dead: calls, and no proof", dead, 2, Calls, StatusUnsolved},
		{"all else is won: solved for free", won, 1, Proven, StatusSolved},
		{"the root itself: calls", dead, 0, Calls, StatusUnsolved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &graph{vertices: tt.vertices}
			w := start(t, g.state(0), Options{Simulations: plenty})
			for {
				job, status := w.Next()
				if status == Done {
					break
				}
				if placeOf(job.State) == tt.unpaid {
					before := w.live()
					w.Unpaid(job, env.Usage{Calls: 1})
					if !before.same(w.live()) {
						t.Error("an unpaid job changed the tree")
					}
					continue
				}
				finish(t, w, g.worker(true), job)
			}
			if w.Reason() != tt.reason || w.Outcome() != tt.status {
				t.Errorf("%s by %q, want %s by %q", w.Outcome(), w.Reason(), tt.status, tt.reason)
			}
		})
	}
}

// A result may come twice, or after its job was taken back, or belong to an
// earlier job for the same leaf: it must not touch what is in flight now.
func TestStaleJobsAreRefused(t *testing.T) {
	good := Expansion{Value: env.Value{Mean: 0.5}}
	for _, tt := range []struct {
		name string
		// prepare returns a job that is not in flight any more.
		prepare func(w *watched) Job
	}{
		{"completed before", func(w *watched) Job {
			job, _ := w.Next()
			_ = w.Complete(job, good)
			return job
		}},
		{"abandoned before", func(w *watched) Job {
			job, _ := w.Next()
			w.Abandon(job, nil, env.Usage{})
			return job
		}},
		{"abandoned, and its leaf is in flight again", func(w *watched) Job {
			job, _ := w.Next()
			w.Abandon(job, nil, env.Usage{})
			_, _ = w.Next()
			return job
		}},
		{"evaluated, and its leaf is in flight for its children", func(w *watched) Job {
			job, _ := w.Next()
			_ = w.Complete(job, Expansion{Value: env.Value{Mean: 1}})
			if next, _ := w.Next(); next.Node != job.Node {
				panic("the leaf is not asked for its children")
			}
			return job
		}},
		{"never handed out", func(w *watched) Job { return Job{} }},
		{"taken back by Finish", func(w *watched) Job {
			job, _ := w.Next()
			w.Finish(Interrupted)
			return job
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := twoWays(t, Options{})
			job := tt.prepare(w)
			before := w.dump()
			if err := w.Complete(job, good); err == nil {
				t.Error("Complete accepted it")
			}
			wantDump(t, "after Complete", before, w.dump())
			if err := w.Complete(job, Expansion{Value: env.Value{Mean: 7}}); err == nil {
				t.Error("Complete accepted it with a bad value")
			}
			wantDump(t, "after Complete with a bad value", before, w.dump())
			w.Abandon(job, errFlaky, env.Usage{Calls: 1})
			wantDump(t, "after Abandon", before, w.dump())
			w.Unpaid(job, env.Usage{Calls: 1})
			wantDump(t, "after Unpaid", before, w.dump())
			w.Finish(Interrupted) // what is in flight for the case's sake
		})
	}
}
