package mcts_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/mcts"
)

// grammar is a problem of goals: a rule of a goal leaves goals, all of which must
// be reached. "" is no goal.
type grammar map[string][][]string

// aim is one goal, aims are several.
type aim string

type aims []string

func (g aim) String() string { return string(g) }
func (g aim) Key() string    { return string(g) }
func (g aim) Outcome() (env.Outcome, bool) {
	return env.Outcome{Reward: 1}, g == ""
}

func (b aims) String() string               { return strings.Join(b, "&") }
func (b aims) Key() string                  { return "and " + strings.Join(b, "&") }
func (b aims) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }
func (b aims) ToMove() int                  { return 1 }

// result is the state that a rule leads to.
func result(goals []string) env.State {
	switch len(goals) {
	case 0:
		return aim("")
	case 1:
		return aim(goals[0])
	}
	return aims(goals)
}

// grow searches a grammar from the goal S with uniform priors.
func (g grammar) grow(t testing.TB, simulations int, value func(env.State) float64) *mcts.Search {
	s, err := mcts.New(aim("S"), event.Started{}, mcts.Options{Joint: true, Simulations: simulations})
	if err != nil {
		t.Fatal(err)
	}
	for {
		job, status := s.Next()
		if status != mcts.Work {
			return s
		}
		x := mcts.Expansion{Closed: true, Value: env.Value{Mean: value(job.State)}}
		if job.Kind == mcts.Expand {
			switch st := job.State.(type) {
			case aim:
				for i, goals := range g[string(st)] {
					x.Children = append(x.Children, mcts.Child{Action: fmt.Sprint("rule ", i+1), Prior: 1, State: result(goals)})
				}
			case aims:
				for i, name := range st {
					x.Children = append(x.Children, mcts.Child{Action: fmt.Sprint(i + 1), Prior: 1, State: aim(name)})
				}
			}
		}
		if err := s.Complete(job, x); err != nil {
			t.Fatal(err)
		}
	}
}

func half(env.State) float64 { return 0.5 }

// cost is the number of rules of a shortest proof of each goal that has one: the
// textbook's fixpoint.
func (g grammar) cost() map[string]int {
	cost := map[string]int{}
	for again := true; again; {
		again = false
		for name, rules := range g {
			for _, goals := range rules {
				sum := 1
				seen := map[string]bool{}
				for _, sub := range goals {
					c, ok := cost[sub]
					if !ok {
						sum = math.MaxInt
						break
					}
					if !seen[sub] {
						sum += c
					}
					seen[sub] = true
				}
				if old, ok := cost[name]; sum != math.MaxInt && (!ok || sum < old) {
					cost[name], again = sum, true
				}
			}
		}
	}
	return cost
}

// tell is a plan in one line.
func tell(p *env.Plan) string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, s.Action+"("+tell(s.Plan)+")")
	}
	return strings.Join(out, " ")
}

func TestPlan(t *testing.T) {
	for _, row := range []struct {
		name string
		g    grammar
		want string // of the plan; empty for none
	}{
		{"one step", grammar{"S": {{}}}, "rule 1()"},
		{"all goals must be reached", grammar{"S": {{"A", "B"}}, "A": {{}}, "B": {{}}}, "rule 1(1(rule 1()) 2(rule 1()))"},
		{"one of them can't be", grammar{"S": {{"A", "B"}}, "A": {{}}}, ""},
		{"another rule helps", grammar{"S": {{"A", "B"}, {"A"}}, "A": {{}}}, "rule 2(rule 1())"},
		{"what rests on itself is no proof", grammar{"S": {{"A", "S"}, {"B"}}, "A": {{}}, "B": {{"S"}}}, ""},
		{"a goal that occurs twice", grammar{"S": {{"A", "B"}}, "A": {{"C"}}, "B": {{"C"}}, "C": {{}}}, "rule 1(1(rule 1(rule 1())) 2(rule 1(rule 1())))"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := row.g.grow(t, 200, half)
			got := ""
			if p := s.Plan(); p != nil {
				got = tell(p)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if solved := s.Outcome() == mcts.StatusSolved; solved != (row.want != "") {
				t.Errorf("the search says %s", s.Outcome())
			}
		})
	}
}

// check walks a plan by the rules of the grammar.
func (g grammar) check(p *env.Plan) error {
	switch s := p.State.(type) {
	case aims:
		if len(p.Steps) == 0 {
			return errors.New("a conjunction without goals")
		}
	case aim:
		if s == "" {
			return nil
		}
		if len(p.Steps) != 1 {
			return fmt.Errorf("goal %s has %d steps", s, len(p.Steps))
		}
	}
	for _, step := range p.Steps {
		if err := g.check(step.Plan); err != nil {
			return err
		}
	}
	return nil
}

// What is solved is what has a proof, and plans are proofs.
func TestPlanProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := []string{"S", "A", "B", "C", "D", "E"}
		g := grammar{}
		for _, n := range names {
			g[n] = rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(names), 0, 3), 0, 3).Draw(rt, n)
		}
		_, provable := g.cost()["S"]
		s := g.grow(t, 3000, half)
		solved := s.Outcome() == mcts.StatusSolved
		if solved && !provable {
			rt.Fatalf("%v: solved, and there is no proof", g)
		}
		if !solved && provable {
			rt.Fatalf("%v: not solved (%s), and there is a proof", g, s.Reason())
		}
		if p := s.Plan(); solved != (p != nil) {
			rt.Fatalf("%v: a plan: %v, solved: %v", g, p != nil, solved)
		} else if p != nil {
			if err := g.check(p); err != nil {
				rt.Fatalf("%v: %v", g, err)
			}
		}
	})
}

// The value of a conjunction is the product of its goals' values.
func TestJointValue(t *testing.T) {
	g := grammar{"S": {{"A", "B"}}, "A": {{"X"}}, "B": {{"Y"}}}
	values := map[string]float64{"A": 0.9, "X": 0.9, "B": 0.5, "Y": 0.5}
	s := g.grow(t, 4, func(st env.State) float64 {
		if b, ok := st.(aims); ok {
			return 1 - values[b[0]]*values[b[1]]
		}
		return values[st.String()]
	})
	if st := s.State(s.Root() + 1); st.Key() != "and A&B" {
		t.Fatalf("the root's child is %v", st)
	}
	if got, want := s.Tree().Q(s.Root()+1), 1-0.9*0.5; math.Abs(got-want) > 1e-6 {
		t.Errorf("the other side wins A&B with %v, want %v", got, want)
	}
}

func ExampleSearch_Plan() {
	g := grammar{"S": {{"A", "B"}}, "A": {{}}, "B": {{"A"}}}
	s := g.grow(&testing.T{}, 100, half)
	fmt.Println(s.Outcome(), tell(s.Plan()))
	// Output: solved rule 1(1(rule 1()) 2(rule 1(rule 1())))
}
