package mcts

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// drawEdges draws what a rule may see. Numbers are short in binary, so that there
// are ties. inTurns says that the rule visits no edge twice before all the others
// once.
func drawEdges(t *rapid.T, inTurns bool) (*Parent, []nodes.EdgeData) {
	p := &Parent{V: float64(dice(t, 5)) / 4, Root: dice(t, 2) == 0, Dev: float64(dice(t, 5)) / 8, Seed: uint64(dice(t, 256))}
	count := dice(t, 12)
	if dice(t, 8) == 0 {
		count = 60 + dice(t, 10) // around the room that rules have without asking for more
	}
	edges := make([]nodes.EdgeData, count)
	p.Uniform = dice(t, 3) == 0
	flight, shut := !p.Uniform && dice(t, 2) == 0, !p.Uniform && dice(t, 2) == 0
	visited := dice(t, count+1)
	for i := range edges {
		prior, n, o := float64(dice(t, 5))/4, dice(t, 4), 0
		if p.Uniform {
			prior, n = 1/float64(count), 1+dice(t, 4)
			switch {
			case i >= visited: // the unvisited come last
				n = 0
			case inTurns && visited < count:
				n = 1
			}
		}
		if flight {
			o = dice(t, 3)
		}
		edges[i] = nodes.NewEdgeData(prior, float64(dice(t, 5))/4, n, o)
		p.N, p.O = p.N+n, p.O+o
		if dice(t, 5) == 0 {
			edges[i].Settle(float64(dice(t, 3)) / 2)
		}
	}
	if shut {
		for range edges {
			p.Skip = append(p.Skip, dice(t, 4) == 0)
		}
	}
	if p.Open = dice(t, 3) == 0; p.Open {
		p.FreshN = dice(t, 9)
		p.FreshV = float64(p.FreshN) * float64(dice(t, 5)) / 4
	}
	return p, edges
}

var explainable = map[string]Rule{
	"puct": PUCT{}, "puct, spread": PUCT{Spread: true}, "puct, own constants": PUCT{Init: 3, Base: 9, FPU: 1},
	"uct": UCT{}, "uct, own constant": UCT{C: 0.25},
	"gumbel below the root": Gumbel{Seed: 1}, "gumbel, halving": Gumbel{Budget: 100, Seed: 1},
	"gumbel, calm": Gumbel{Budget: 100, Actions: 3, Calm: true},
	"thompson":     Thompson{}, "scored": Scored(PUCT{}.Score), "flat": flat(1),
}

// The terms that are shown are those that decide: the edge selected is the one
// with the highest sum, ties broken by prior, then by number.
func TestExplainIsWhatSelectDoes(t *testing.T) {
	for name, rule := range explainable {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				_, inTurns := rule.(UCT)
				p, edges := drawEdges(t, inTurns)
				want := None
				score := make([]float64, len(edges))
				for i := range edges {
					score[i] = total(rule.Explain(p, edges, i))
					if !p.open(edges, i) {
						continue
					}
					if want < 0 || score[i] > score[want] || score[i] == score[want] && edges[i].P > edges[want].P {
						want = i
					}
				}
				got := rule.Select(p, edges)
				switch {
				case got == want:
				case got == Generate && p.Open:
				case got < 0 || want < 0 || !p.open(edges, got):
					t.Fatalf("edge %d is selected, want %d", got, want)
				case math.Abs(score[got]-score[want]) > 1e-12*max(1, math.Abs(score[want])):
					t.Fatalf("edge %d is selected, for which the terms sum to %v; those of edge %d to %v", got, score[got], want, score[want])
				case cmp.Equal(rule.Explain(p, edges, got), rule.Explain(p, edges, want)):
					t.Fatalf("edge %d is selected, edge %d has the same score %v and goes first: %v", got, want, score[got], edges)
				}
			})
		})
	}
}

// Whatever is in flight, failed or proven, Explain at the root says where the
// next walk goes, and why not elsewhere; and it changes nothing.
func TestExplainTellsWhatNextDoes(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				steps := []nodes.Edge{}
				c := &crowd{worker: g.worker(true), size: 1 + dice(t, 6), failures: dice(t, 2) == 0}
				c.watched = start(t, g.state(0), Options{
					Rule: drawRule(t), Simulations: 100, Prefixes: dice(t, 3) == 0,
					Emit: func(e event.Event) {
						if e.Visited != nil && len(e.Visited.Path) > 0 {
							steps = append(steps, nodes.Edge(e.Visited.Path[0]))
						}
					},
				})
				for range 60 {
					if len(c.jobs) == c.size || len(c.jobs) > 0 && dice(t, 2) == 0 {
						c.back(t)
						continue
					}
					seldom := dice(t, 8) == 0
					before := ""
					if seldom {
						before = picture(c.Search)
					}
					want := wantExplained(t, c)
					if seldom {
						count, _ := c.tree.Len()
						c.Explain(nodes.ID(dice(t, count)))
						wantPicture(t, "after Explain", before, picture(c.Search))
					}
					steps = steps[:0]
					job, status := c.Next()
					if status == Work {
						c.jobs = append(c.jobs, job)
						if len(job.edges) > 0 {
							steps = append(steps, job.edges[0])
						}
					}
					if got := append(steps, nodes.NoEdge)[0]; got != want && (got != nodes.NoEdge || !c.budgetSpent() && c.reason == "") {
						t.Fatalf("Explain says edge %d is chosen, the walk takes edge %d", want, got)
					}
					if status == Done {
						break
					}
				}
				for len(c.jobs) > 0 {
					c.back(t)
				}
			})
		})
	}
}

// wantExplained checks what Explain says of the root, and returns the edge that
// it says is chosen.
func wantExplained(t testingT, c *crowd) nodes.Edge {
	t.Helper()
	chosen, i := nodes.NoEdge, 0
	for _, x := range c.Explain(c.root) {
		if x.Edge != c.tree.At(c.root, i) || x.Action != c.Action(x.Edge) || x.N != c.tree.EdgeN(x.Edge) || x.Score != total(x.Terms) && !math.IsNaN(x.Score) {
			t.Fatalf("explanation %d is %+v", i, x)
		}
		i++
		if want := c.barrier(x.Edge); x.Closed != want {
			t.Fatalf("edge %d (%s) is closed: %q, want %q", x.Edge, x.Action, x.Closed, want)
		}
		if !x.Chosen {
			continue
		}
		if chosen != nodes.NoEdge || x.Closed != "" {
			t.Fatalf("edge %d is chosen, closed: %q, after edge %d", x.Edge, x.Closed, chosen)
		}
		chosen = x.Edge
	}
	return chosen
}

// barrier is why no job can come from an edge of the root.
func (c *crowd) barrier(e nodes.Edge) string {
	child := c.tree.Child(e)
	_, pending := c.pending[child]
	low, _ := c.tree.Bounds(c.root)
	least, most := c.tree.EdgeBounds(e)
	switch {
	case least == most:
		return "proven"
	case most <= low:
		return "no better than what is sure"
	case child == c.root:
		return "leads back here"
	case c.tree.Expanded(child) && !c.reaches(child):
		return "nothing to do below"
	case c.tree.Expanded(child):
		return ""
	case pending:
		return "in flight"
	case c.refused[child]:
		return "failed"
	}
	return ""
}

// reaches reports whether a leaf to work on is within reach of a node, without
// going through the root.
func (c *crowd) reaches(n nodes.ID) bool {
	seen := map[nodes.ID]bool{c.root: true, n: true}
	for work := []nodes.ID{n}; len(work) > 0; work = work[1:] {
		if _, pending := c.pending[work[0]]; !c.tree.Expanded(work[0]) && !pending && !c.refused[work[0]] {
			return true
		}
		for e := range c.tree.Edges(work[0]) {
			if child := c.tree.Child(e); !seen[child] && !c.tree.Settled(e) {
				seen[child] = true
				work = append(work, child)
			}
		}
	}
	return false
}

// The reasons one by one, with a state for each.
func TestExplainReasons(t *testing.T) {
	g := &graph{open: true, vertices: []vertex{
		{to: []int{1, 2, 3, 4, 0}, prior: []float64{16, 8, 4, 2, 1}},
		{value: 0.5}, {value: 0.5}, {over: true, reward: 0.5}, {to: []int{5}, value: 0.5}, {value: 0.5},
	}}
	w := start(t, g.state(0), Options{})
	job, _ := w.Next()
	finish(t, w, g.worker(true), job)
	var out []Job
	for len(out) < 2 { // state 1 fails, 2 and what is below 4 stay in flight
		job, status := w.Next()
		if status != Work {
			t.Fatalf("status %d", status)
		}
		switch at := placeOf(job.State); {
		case at == 1:
			w.Abandon(job, errFlaky, env.Usage{})
		case at == 2, at == 5:
			out = append(out, job)
		default:
			finish(t, w, g.worker(true), job)
		}
	}
	got := map[string]string{}
	for _, x := range w.Explain(w.root) {
		got[w.State(w.tree.Child(x.Edge)).Key()] = x.Closed
	}
	want := map[string]string{
		"1": "failed", "2": "in flight", "3": "proven", "4": "nothing to do below", "0": "leads back here",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("why edges are closed (-want +got):\n%s", d)
	}
	for _, job := range out {
		w.Abandon(job, nil, env.Usage{})
	}
	if x := w.Explain(w.index["5"]); x != nil {
		t.Errorf("a leaf has explanations: %+v", x)
	}
}

// A node that is about to be asked for more steps follows none of those there.
func TestExplainBeforeWidening(t *testing.T) {
	m := &meadow{}
	w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 2}})
	job, _ := w.Next()
	m.finish(t, w, job)
	for _, want := range []bool{false, true} {
		x := w.Explain(w.root)
		if x[0].Chosen != want || x[0].Closed != "" {
			t.Errorf("with %d children the first is chosen: %v, closed: %q", len(x), x[0].Chosen, x[0].Closed)
		}
		job, _ = w.Next()
		m.finish(t, w, job)
	}
}
