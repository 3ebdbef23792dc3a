package mcts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ponder-mcts/ponder/env"
)

// scripted is a policy and a critic that say what a test tells them, and count
// how often they are asked.
type scripted struct {
	cands           []env.Candidate
	value           env.Value
	err             error
	width           int // asked for last
	proposed, asked int
}

func (s *scripted) Propose(_ context.Context, _ env.State, _ env.Path, k int) ([]env.Candidate, env.Usage, error) {
	s.proposed++
	s.width = k
	return s.cands, env.Usage{Calls: 1, CompletionTokens: 9}, s.err
}

func (s *scripted) Evaluate(context.Context, env.State, env.Path) (env.Value, env.Usage, error) {
	s.asked++
	return s.value, env.Usage{Calls: 1, PromptTokens: 7}, s.err
}

// child is a Child as the tests compare it.
type child struct {
	Action string
	To     int
	Prior  float64
}

func childrenOf(x Expansion) (list []child) {
	for _, c := range x.Children {
		list = append(list, child{c.Action, placeOf(c.State), c.Prior})
	}
	return list
}

func TestWorkerExpands(t *testing.T) {
	three := vertex{to: []int{1, 2, 3}}
	cand := func(action string, p float64) env.Candidate {
		return env.Candidate{Action: action, LogPrior: math.Log(p)}
	}
	for _, tt := range []struct {
		name    string
		root    vertex
		open    bool
		cands   []env.Candidate
		floor   float64
		want    []child
		illegal int
		closed  bool
	}{
		{
			name: "finite set: closed, and the floor is shared by all", root: three,
			cands: []env.Candidate{cand("1", 0.75), cand("0", 0.25)}, floor: 0.3,
			want: []child{{"0", 1, 0.1 + 0.7*0.25}, {"1", 2, 0.1 + 0.7*0.75}, {"2", 3, 0.1}}, closed: true,
		},
		{
			name: "finite set, the usual floor: one in twenty", root: three,
			cands: []env.Candidate{cand("2", 1)},
			want:  []child{{"0", 1, 0.05 / 3}, {"1", 2, 0.05 / 3}, {"2", 3, 0.95 + 0.05/3}}, closed: true,
		},
		{
			name: "nothing proposed: all the same", root: three,
			want: []child{{"0", 1, 1.0 / 3}, {"1", 2, 1.0 / 3}, {"2", 3, 1.0 / 3}}, closed: true,
		},
		{
			name: "only illegal steps proposed: dropped, counted, all the same", root: three,
			cands: []env.Candidate{cand("7", 0.5), cand("fly", 0.5)}, illegal: 2,
			want: []child{{"0", 1, 1.0 / 3}, {"1", 2, 1.0 / 3}, {"2", 3, 1.0 / 3}}, closed: true,
		},
		{
			name: "open set: what was proposed, and more may come", root: three, open: true,
			cands: []env.Candidate{cand("1", 0.75), cand("0", 0.25)},
			want:  []child{{"1", 2, 0.75}, {"0", 1, 0.25}},
		},
		{
			name: "open set, nothing legal proposed", root: three, open: true,
			cands: []env.Candidate{cand("7", 1)}, illegal: 1,
		},
		{
			name: "finite set without a member: closed", root: vertex{}, closed: true,
		},
		{
			name: "the same step twice: both are handed on to be merged", root: three, floor: 0.3,
			cands: []env.Candidate{cand("1", 0.5), cand("1", 0.5)},
			want:  []child{{"0", 1, 0.1}, {"1", 2, 0.1 + 0.35}, {"2", 3, 0.1}, {"1", 2, 0.35}}, closed: true,
		},
		{
			name: "a step by another text: the environment's own names the edge", root: three, floor: 0.3,
			cands: []env.Candidate{cand("+1", 1)},
			want:  []child{{"0", 1, 0.1}, {"1", 2, 0.8}, {"2", 3, 0.1}}, closed: true,
		},
		{
			name: "a log-prior that is no number: the floor at least", root: three, floor: 0.3,
			cands: []env.Candidate{{Action: "0", LogPrior: math.NaN()}, cand("1", 0.5)},
			want:  []child{{"0", 1, 0.1}, {"1", 2, 0.8}, {"2", 3, 0.1}}, closed: true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &graph{open: tt.open, vertices: []vertex{tt.root, {}, {}, {}}}
			policy := &scripted{cands: tt.cands}
			w := start(t, g.state(0), Options{})
			job, _ := w.Next()
			worker := &Worker{Env: g, Policy: policy, Critic: policy, Floor: tt.floor}
			x, err := worker.Do(t.Context(), job)
			if err != nil {
				t.Fatalf("Do: %v", err)
			}
			if d := cmp.Diff(tt.want, childrenOf(x), cmpopts.EquateApprox(0, 1e-9)); d != "" {
				t.Errorf("children (-want +got):\n%s", d)
			}
			if x.Illegal != tt.illegal || x.Closed != tt.closed || !x.Expanded || x.Usage.CompletionTokens != 9 {
				t.Errorf("illegal %d, closed %v, usage %+v; want %d, %v, 9 tokens", x.Illegal, x.Closed, x.Usage, tt.illegal, tt.closed)
			}
			if policy.asked != 0 {
				t.Errorf("the critic was asked %d times", policy.asked)
			}
			if err := w.Complete(job, x); err != nil {
				t.Errorf("Complete: %v", err)
			}
		})
	}
}

func TestWorkerAsksForWidth(t *testing.T) {
	g := &graph{vertices: []vertex{{}}}
	for width, want := range map[int]int{0: 4, 1: 1, 9: 9} {
		policy := &scripted{}
		worker := &Worker{Env: g, Policy: policy, Critic: policy, Width: width}
		if _, err := worker.Do(t.Context(), Job{Kind: Expand, State: g.state(0)}); err != nil || policy.width != want {
			t.Errorf("width %d asks for %d (%v), want %d", width, policy.width, err, want)
		}
	}
}

// trickle is a policy whose steps come one by one, each half as likely as the last.
type trickle struct{ scripted }

func (p *trickle) ProposeMore(_ context.Context, _ env.State, _ env.Path, asked, _ int) ([]env.Candidate, env.Usage, error) {
	return []env.Candidate{{Action: fmt.Sprint(asked), LogPrior: -float64(asked) * math.Ln2}}, env.Usage{}, nil
}

// What a policy adds later is no likelier than it says, only because it comes alone.
func TestWorkerKeepsTheScaleOfPriors(t *testing.T) {
	g := &graph{vertices: []vertex{{}}}
	policy := &trickle{}
	worker := &Worker{Env: open{g}, Policy: policy, Critic: policy}
	for asked := 1; asked < 9; asked++ {
		x, err := worker.Do(t.Context(), Job{Kind: Expand, State: g.state(0), Asked: asked})
		if err != nil {
			t.Fatal(err)
		}
		if want := math.Exp2(-float64(3 + asked)); len(x.Children) != 1 || math.Abs(x.Children[0].Prior-want) > 1e-12 {
			t.Errorf("after %d requests: %+v, want one child with prior %v", asked, x.Children, want)
		}
	}
}

// open is an environment where any step leads back to where one is.
type open struct{ env.Environment }

func (open) Step(_ context.Context, s env.State, _ string) (env.State, error) { return s, nil }

// One step ahead costs nothing, a model call does: where the children say all
// there is to know, no model is asked.
func TestWorkerLooksOneStepAhead(t *testing.T) {
	win, part, dead, on := vertex{over: true, reward: 1}, vertex{over: true, reward: 0.25}, vertex{over: true}, vertex{to: []int{0}}
	for _, tt := range []struct {
		name     string
		children []vertex
		g        graph // flags
		blind    bool
		settled  bool
		want     float64 // its value then
	}{
		{name: "one step wins", children: []vertex{dead, on, win}, settled: true, want: 1},
		{name: "every step ends, the best partly", children: []vertex{part, dead}, settled: true, want: 0.25},
		{name: "every step is dead", children: []vertex{dead, dead}, settled: true, want: 0},
		{name: "no step at all", settled: true, want: 0},
		{name: "one step goes on: the critic is asked", children: []vertex{dead, on}},
		{name: "one ends partly, one goes on: the critic is asked", children: []vertex{part, on}},
		{name: "open set: who knows what else there is", children: []vertex{win}, g: graph{open: true}},
		{name: "several players: a win of whom?", children: []vertex{win}, g: graph{moves: true}},
		{name: "blind: for comparisons", children: []vertex{win}, blind: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := tt.g
			g.vertices = []vertex{{to: []int{1}}, {}}
			for i, c := range tt.children {
				g.vertices[1].to = append(g.vertices[1].to, i+2)
				g.vertices = append(g.vertices, c)
			}
			model := &scripted{value: env.Value{Mean: 0.625}}
			w := start(t, g.state(0), Options{})
			job, _ := w.Next()
			finish(t, w, g.worker(true), job)
			worker := &Worker{Env: &g, Policy: model, Critic: model, Blind: tt.blind}
			job, status := w.Next()
			if status != Work || job.Kind != Evaluate {
				t.Fatalf("status %d, kind %d, want a job for a value", status, job.Kind)
			}
			finish(t, w, worker, job)
			if asked := model.asked + model.proposed; asked > 0 == tt.settled {
				t.Errorf("the model was asked %d times; settled: %v", asked, tt.settled)
			}
			low, high := w.tree.Bounds(job.Node)
			if v := w.tree.V(job.Node); tt.settled && (low != tt.want || high != tt.want || v != tt.want) {
				t.Errorf("the state is worth %g and proven to be in [%g, %g], want %g", v, low, high, tt.want)
			}
			if !tt.settled && (w.tree.V(job.Node) != 0.625 || w.tree.Expanded(job.Node)) {
				t.Errorf("the value is %g, expanded: %v; want the critic's and no children", w.tree.V(job.Node), w.tree.Expanded(job.Node))
			}
			if cost := w.events[len(w.events)-1].Visited.Usage.Calls; cost != model.asked {
				t.Errorf("the event tells of %d calls, %d were made", cost, model.asked)
			}
		})
	}
}

// broken is an environment whose steps fail for a reason of its own.
type broken struct {
	*graph
	err error
}

func (b broken) Step(context.Context, env.State, string) (env.State, error) { return nil, b.err }

func TestWorkerWrapsErrors(t *testing.T) {
	g := &graph{vertices: []vertex{{to: []int{0}}}}
	openSet := &graph{open: true, vertices: g.vertices}
	illegal := env.Illegal("0", "not today")
	for _, tt := range []struct {
		name  string
		state env.State
		kind  Kind
		env   env.Environment
		model *scripted
		want  error
		usage int // calls told beside the error
		says  string
	}{
		{"policy fails", g.state(0), Expand, g, &scripted{err: errFlaky}, errFlaky, 1, "proposing steps"},
		{"critic fails", openSet.state(0), Evaluate, g, &scripted{err: errFlaky}, errFlaky, 1, "valuing"},
		{
			"a proposed step fails, not illegal", openSet.state(0), Expand, broken{g, errFlaky},
			&scripted{cands: []env.Candidate{{Action: "0"}}}, errFlaky, 1, "stepping",
		},
		{"its own action fails", g.state(0), Expand, broken{g, errFlaky}, &scripted{}, errFlaky, 1, "its own action"},
		{"its own action is illegal", g.state(0), Expand, broken{g, illegal}, &scripted{}, env.ErrIllegal, 1, "its own action"},
		{"looking ahead fails", g.state(0), Evaluate, broken{g, errFlaky}, &scripted{}, errFlaky, 0, "its own action"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			worker := &Worker{Env: tt.env, Policy: tt.model, Critic: tt.model}
			x, err := worker.Do(t.Context(), Job{Kind: tt.kind, State: tt.state})
			if !errors.Is(err, tt.want) || !strings.Contains(fmt.Sprint(err), tt.says) || !strings.Contains(fmt.Sprint(err), "state 0") {
				t.Errorf("error %v, want one that wraps %v, says %q and names the state", err, tt.want, tt.says)
			}
			if x.Usage.Calls != tt.usage {
				t.Errorf("%d calls beside the error, want %d", x.Usage.Calls, tt.usage)
			}
		})
	}
}
