package mcts

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// ceiling is ⌈C·N^Alpha⌉ the slow way.
func ceiling(w Widening, n int) (k int) {
	alpha := w.Alpha
	if alpha == 0 {
		alpha = 0.5
	}
	for float64(k) < w.C*math.Pow(float64(n), alpha) {
		k++
	}
	return k
}

func TestWideningByHand(t *testing.T) {
	for _, tt := range []struct {
		name  string
		widen Widening
		want  []int // children of the root after 1, 2, … simulations
	}{
		{"2·√N: 2, 2.8, 3.5, 4, 4.5, 4.9, 5.3, 5.7, 6, 6.3", Widening{C: 2}, []int{2, 3, 4, 4, 5, 5, 6, 6, 6, 7}},
		{"√N", Widening{C: 1, Alpha: 0.5}, []int{1, 2, 2, 2, 3, 3, 3, 3, 3, 4}},
		{"N: each simulation may go to a child of its own", Widening{C: 1, Alpha: 1}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"below one child: there is always one", Widening{C: 0.1, Alpha: 0.1}, []int{1, 1, 1, 1}},
		{"the zero value: asked once only", Widening{}, []int{1, 1, 1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &meadow{}
			w := start(t, clearing{m, ""}, Options{Widen: tt.widen, Simulations: len(tt.want)})
			var got []int
			for {
				job, status := w.Next()
				if status == Done {
					break
				}
				m.finish(t, w, job)
				if job.Kind == Evaluate {
					got = append(got, w.tree.Count(w.root))
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("children (-want +got):\n%s", d)
			}
		})
	}
}

// However the visits fall, every node has as many children as its visits allow,
// and no more.
func TestWideningFollowsTheVisits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		widen := Widening{C: float64(1+dice(t, 16)) / 4, Alpha: float64(1+dice(t, 8)) / 8}
		seed := dice(t, 256)
		m := &meadow{value: func(way string) float64 { return float64(luck(9, seed, way)) / 8 }}
		rule := drawRule(t)
		if _, own := rule.(Thompson); own {
			rule = PUCT{} // Thompson says itself when to ask for more
		}
		w := start(t, clearing{m, ""}, Options{Rule: rule, Widen: widen, Simulations: 60})
		for {
			job, status := w.Next()
			if status == Done {
				break
			}
			m.finish(t, w, job)
		}
		wantPriors(t, w)
		count, _ := w.tree.Len()
		for n := range nodes.ID(count) {
			children, visits := w.tree.Count(n), w.tree.N(n)
			if children > max(1, ceiling(widen, visits)) {
				t.Fatalf("%s has %d children after %d visits by %T, at most %d are allowed", w.states[n], children, visits, rule, ceiling(widen, visits))
			}
			// The last visit came while there was one less.
			if children > 0 && visits > 1 && children < ceiling(widen, visits-1) {
				t.Fatalf("%s has %d children after %d visits by %T, %d are allowed", w.states[n], children, visits, rule, ceiling(widen, visits))
			}
		}
	})
}

// What is proposed again adds to what is there, what is proposed later has its place
// beside what was proposed before, and the priors sum to 1 again.
func TestWideningMergesDuplicates(t *testing.T) {
	batches := [][]Child{
		{{Action: "a", Prior: 1}, {Action: "b", Prior: 0.5}, {Action: "b", Prior: 0.5}},
		{{Action: "b", Prior: 1}, {Action: "c", Prior: 0.5}},
		{{Action: "c", Prior: 0.25}, {Action: "c", Prior: 0.25}, {Action: "d", Prior: 0}},
	}
	m := &meadow{}
	w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 9}})
	merged := []int{1, 1, 2}
	for i, want := range []map[string]float64{
		{"a": 0.5, "b": 0.5},
		{"a": 1.0 / 3.5, "b": 2.0 / 3.5, "c": 0.5 / 3.5},
		{"a": 1.0 / 4, "b": 2.0 / 4, "c": 1.0 / 4, "d": 0},
	} {
		job, status := w.Next()
		if status != Work || job.Node != w.root || job.Kind != Expand || job.Asked != i {
			t.Fatalf("request %d: status %d, job %+v", i, status, job)
		}
		x := Expansion{}
		for _, c := range batches[i] {
			c.State = clearing{m, "/" + c.Action}
			x.Children = append(x.Children, c)
		}
		if err := w.Complete(job, x); err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for e := range w.tree.Edges(w.root) {
			got[w.Action(e)] = math.Round(w.tree.P(e)*1e6) / 1e6
		}
		for a := range want {
			want[a] = math.Round(want[a]*1e6) / 1e6
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("priors after request %d (-want +got):\n%s", i, d)
		}
		wantPriors(t, w)
		if g := w.events[len(w.events)-1].Grown; g.Merged != merged[i] {
			t.Errorf("request %d merged %d proposals, want %d", i, g.Merged, merged[i])
		}
	}
}

// A node is asked no more once it is closed, or has twice in a row brought
// nothing new.
func TestWideningStopsAsking(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fresh func(asked int) bool // whether a request brings something new
		close int
		asked int // of the root in the end
	}{
		{"nothing new after the first: two more requests", func(asked int) bool { return asked == 0 }, 0, 3},
		{"never anything: two requests", func(int) bool { return false }, 0, 2},
		{"nothing new every other time: it goes on", func(asked int) bool { return asked%2 == 0 }, 0, 19},
		{"nothing new after the fourth: two more", func(asked int) bool { return asked < 4 }, 0, 6},
		{"closed by the third", func(int) bool { return true }, 3, 3},
		{"closed by the first", func(int) bool { return true }, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &meadow{}
			w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 1, Alpha: 1}, Simulations: 10})
			for {
				job, status := w.Next()
				if status == Done {
					break
				}
				x := m.answer(job)
				if job.Node == w.root {
					if known := w.tree.Count(w.root); !tt.fresh(job.Asked) {
						x.Children = []Child{{Action: "0", Prior: 1, State: clearing{m, "/0"}}}[:min(known, 1)]
					}
					x.Closed = tt.close > 0 && job.Asked+1 >= tt.close
				}
				if err := w.Complete(job, x); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.asked[w.root].times; got != tt.asked {
				t.Errorf("the root was asked %d times, want %d", got, tt.asked)
			}
		})
	}
}

// Budgets count what widening makes.
func TestWideningKeepsBudgets(t *testing.T) {
	for _, per := range []int{1, 3} {
		m := &meadow{per: per}
		w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 3}, Nodes: 40})
		m.graze(t, w)
		if count, _ := w.tree.Len(); count < 40 || count >= 40+per || w.Reason() != Nodes {
			t.Errorf("%d nodes by %q, the budget is 40, and %d come at a time", count, w.Reason(), per)
		}
		w = start(t, clearing{m, ""}, Options{Widen: Widening{C: 3}, Simulations: 40})
		m.graze(t, w)
		if w.Simulations() != 40 || w.Reason() != Simulations {
			t.Errorf("%d simulations by %q, the budget is 40", w.Simulations(), w.Reason())
		}
	}
}

// While a node is asked for more, walks go on through it.
func TestWideningIsNoObstacle(t *testing.T) {
	m := &meadow{}
	w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 2}})
	job, _ := w.Next()
	m.finish(t, w, job)
	more, _ := w.Next()
	if more.Node != w.root || more.Asked != 1 {
		t.Fatalf("job %+v, want one for more children of the root", more)
	}
	first, status := w.Next()
	if status != Work || first.State.Key() != "/0" || first.Kind != Evaluate {
		t.Fatalf("status %d, job %+v, want the child that is there", status, first)
	}
	if _, status := w.Next(); status != Wait {
		t.Errorf("status %d with the only child in flight and the root asked for more, want Wait", status)
	}
	m.finish(t, w, first)
	second, status := w.Next()
	if status != Work || second.State.Key() != "/0" || second.Kind != Expand {
		t.Fatalf("status %d, job %+v, want the children of the child", status, second)
	}
	m.finish(t, w, more)
	if w.tree.Count(w.root) != 2 {
		t.Errorf("the root has %d children, want 2", w.tree.Count(w.root))
	}
	m.finish(t, w, second)
}

// A failed request leaves the node with the children it has: they are searched
// on, and no more is asked for.
func TestWideningFails(t *testing.T) {
	for name, end := range map[string]func(w *watched, job Job){
		"an error": func(w *watched, job Job) { w.Abandon(job, errFlaky, env.Usage{Calls: 1}) },
		"unpaid":   func(w *watched, job Job) { w.Unpaid(job, env.Usage{}) },
		"a result that breaks the rules": func(w *watched, job Job) {
			if err := w.Complete(job, Expansion{Children: []Child{{Prior: math.NaN(), State: clearing{&meadow{}, "/x"}}}}); err == nil {
				panic("accepted")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &meadow{per: 2}
			w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 4}, Simulations: 50})
			failed := 0
			for {
				job, status := w.Next()
				if status == Done {
					break
				}
				if job.Node == w.root && job.Asked > 0 {
					failed++
					before := w.live()
					end(w, job)
					if !before.same(w.live()) {
						t.Error("it changed the tree")
					}
					continue
				}
				m.finish(t, w, job)
			}
			if failed != 1 || w.Simulations() != 50 || w.tree.Count(w.root) != 2 {
				t.Errorf("asked %d times, %d simulations, %d children; want 1, 50 and 2", failed, w.Simulations(), w.tree.Count(w.root))
			}
		})
	}
}

// Where all that came is lost, the search is unsolved: what did not come may be
// better.
func TestWideningNeverProvesByExhaustion(t *testing.T) {
	for _, closes := range []int{0, 5} {
		m := &meadow{ends: func(way string) (float64, bool) { return 0, way != "" }, closes: closes}
		w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 4}})
		m.graze(t, w)
		if closed := w.tree.Closed(w.root); closed != (w.Outcome() == StatusUnsolvable) {
			t.Errorf("%s by %q, with the root closed: %v", w.Outcome(), w.Reason(), closed)
		}
	}
}

// Whatever is in flight and whatever becomes of it, the tree is sound, jobs are
// for what is to be done, and the log tells it all.
func TestWideningWithJobsInFlight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMeadow(t)
		before, nervous := "", false
		var w *watched
		widen := Widening{C: float64(1+dice(t, 12)) / 4, Alpha: 0.5}
		opt := Options{Rule: drawRule(t), Widen: widen, Simulations: 40, Mix: float64(dice(t, 3)) / 2}
		_, unlimited := opt.Rule.(Thompson) // it says itself when to ask for more
		opt.Emit = func(e event.Event) {
			if e.Visited != nil && nervous { // for free, on the way to a job: that stays
				before = picture(w.Search)
			}
		}
		w = start(t, clearing{m, ""}, opt)
		size := 1 + dice(t, 6)
		var jobs []Job
		back := func() {
			i := dice(t, len(jobs))
			job := jobs[i]
			jobs = append(jobs[:i:i], jobs[i+1:]...)
			switch dice(t, 12) {
			case 0:
				w.Abandon(job, nil, env.Usage{})
			case 1:
				w.Abandon(job, errFlaky, env.Usage{Calls: 1})
			default:
				m.finish(t, w, job)
			}
		}
		for {
			if len(jobs) == size || len(jobs) > 0 && dice(t, 3) == 0 {
				back()
				continue
			}
			if nervous = dice(t, 8) == 0; nervous {
				before = picture(w.Search)
			}
			job, status := w.Next()
			if status != Work {
				if len(jobs) == 0 {
					break
				}
				back()
				continue
			}
			if nervous {
				w.Abandon(job, nil, env.Usage{})
				wantPicture(t, "after a job was taken back", before, picture(w.Search))
				if job, status = w.Next(); status != Work {
					t.Fatalf("the job that was taken back is not handed out again: status %d", status)
				}
				if err := w.tree.Check(false); err != nil {
					t.Fatal(err)
				}
			}
			wantGrazable(t, w, jobs, job)
			jobs = append(jobs, job)
			n := job.Node
			if most := max(m.per, ceiling(widen, w.tree.N(n))+m.per-1); !unlimited && w.tree.Count(n) > most {
				t.Fatalf("%s has %d children after %d requests and %d visits", w.states[n], w.tree.Count(n), job.Asked, w.tree.N(n))
			}
		}
		wantPriors(t, w)
	})
}

// wantGrazable fails if a job is for a node that has one already, is closed,
// proven or exhausted, or that it is not right about.
func wantGrazable(t testingT, w *watched, jobs []Job, job Job) {
	t.Helper()
	n, asked := job.Node, w.asked[job.Node]
	for _, other := range jobs {
		if other.Node == n {
			t.Fatalf("%s is handed out while it is in flight", job.State)
		}
	}
	switch {
	case (job.Kind == Expand) != w.tree.Evaluated(n), job.Asked != asked.times, (asked.times > 0) != w.tree.Expanded(n):
		t.Fatalf("job %+v for a node that is evaluated: %v, expanded: %v, and was asked %d times",
			job, w.tree.Evaluated(n), w.tree.Expanded(n), asked.times)
	case w.tree.Proven(n), w.tree.Closed(n), w.refused[n], asked.fruitless >= fruitless:
		t.Fatalf("job %+v for a node that is proven: %v, closed: %v, refused: %v, fruitless %d times",
			job, w.tree.Proven(n), w.tree.Closed(n), w.refused[n], asked.fruitless)
	}
}

// The same seed gives the same search.
func TestWideningIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, rule := drawMeadow(t), drawRule(t)
		var logs [2]string
		for i := range logs {
			w := start(t, clearing{m, ""}, Options{Rule: rule, Widen: Widening{C: 2}, Simulations: 30, Seed: 5})
			m.graze(t, w)
			logs[i] = logOf(t, w)
		}
		if logs[0] != logs[1] {
			t.Error("two runs differ")
		}
	})
}

// A Worker asks a Widener for one more at a time, and tells it how many it was
// asked for before.
func TestWorkerAsksAWidenerForMore(t *testing.T) {
	var got []string
	policy := sowing(func(asked, k int) { got = append(got, fmt.Sprintf("%d after %d", k, asked)) })
	m := &meadow{}
	worker := &Worker{Env: m, Policy: policy, Critic: m, Width: 3}
	w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 5}})
	for range 3 {
		job, _ := w.Next()
		finish(t, w, worker, job)
	}
	if d := cmp.Diff([]string{"3 after 0", "1 after 3", "1 after 4"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if n := w.tree.Count(w.root); n != 5 {
		t.Errorf("the root has %d children, want 5", n)
	}
	// Without that ability there is nothing to be had: an error, not the same again.
	job, _ := w.Next()
	if job.Kind != Evaluate {
		t.Fatalf("job %+v", job)
	}
	w.Abandon(job, nil, env.Usage{})
	job.Kind, job.Asked = Expand, 1
	worker.Policy = &scripted{}
	if _, err := worker.Do(t.Context(), job); err == nil {
		t.Error("a policy that can't propose more was asked for more")
	}
}
