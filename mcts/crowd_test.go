package mcts

import (
	"context"
	"errors"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// crowd drives a search with several jobs in flight that come back in a random
// order, and checks after each move what must hold whatever the order.
type crowd struct {
	*watched
	worker *Worker
	size   int   // jobs in flight at most
	jobs   []Job // in flight

	steer            func()             // gives an order now and then; nil means nobody does
	shut             map[nodes.Edge]int // forbidden edges with the visits they may have had
	failures, unpaid bool               // whether a job may fail, or find the budget spent
	failed           int
	broke            bool
}

var errFlaky = errors.New("the line is down")

// run ends when the search is done and nothing is in flight.
func (c *crowd) run(t *rapid.T) {
	t.Helper()
	for {
		if len(c.jobs) == c.size || len(c.jobs) > 0 && dice(t, 2) == 0 {
			c.back(t)
			continue
		}
		if c.steer != nil {
			c.steer()
		}
		before := c.counts()
		job, status := c.Next()
		switch {
		case status == Work:
			c.wantNew(t, job)
			c.wantObeyed(t, job)
			c.jobs = append(c.jobs, job)
		case status == Done && len(c.jobs) == 0:
			return
		case status == Wait:
			c.wantIdle(t, before)
			c.back(t)
		default: // done, but something is in flight
			c.back(t)
		}
		c.wantSound(t)
	}
}

// back ends a random job in a random way.
func (c *crowd) back(t *rapid.T) {
	t.Helper()
	i := dice(t, len(c.jobs))
	job := c.jobs[i]
	c.jobs = append(c.jobs[:i:i], c.jobs[i+1:]...)
	switch luck := dice(t, 16); {
	case luck == 0:
		c.Abandon(job, nil, env.Usage{})
	case luck == 1 && c.failures:
		c.failed++
		c.Abandon(job, errFlaky, env.Usage{Calls: 1})
	case luck == 2 && c.failures:
		c.failed++
		if err := c.Complete(job, Expansion{Value: env.Value{Mean: 2}, Children: []Child{{Prior: -1}}}); err == nil {
			t.Fatalf("a value of 2 and a prior of -1 were accepted")
		}
	case luck == 3 && c.unpaid:
		c.broke = true
		c.Unpaid(job, env.Usage{})
	default:
		x, err := c.worker.Do(context.Background(), job)
		if err != nil {
			t.Fatalf("working on %s: %v", job.State, err)
		}
		if err := c.Complete(job, x); err != nil {
			t.Fatalf("completing %s: %v", job.State, err)
		}
	}
}

// wantNew fails if the state of a new job is in flight already.
func (c *crowd) wantNew(t testingT, job Job) {
	t.Helper()
	for _, other := range c.jobs {
		if other.State.Key() == job.State.Key() {
			t.Fatalf("%s is handed out while it is in flight", job.State)
		}
	}
	if (job.Kind == Expand) != c.tree.Evaluated(job.Node) || c.tree.Expanded(job.Node) || c.tree.Proven(job.Node) {
		t.Fatalf("job of kind %d for %s, which is evaluated %v, expanded %v, proven %v", job.Kind, job.State,
			c.tree.Evaluated(job.Node), c.tree.Expanded(job.Node), c.tree.Proven(job.Node))
	}
	end, seen := c.states[c.root], map[string]bool{}
	for _, step := range job.Path {
		seen[end.Key()] = true
		if end = step.State; seen[end.Key()] {
			t.Fatalf("the path to %s goes round in a circle: %v", job.State, job.Path)
		}
	}
	if end.Key() != job.State.Key() {
		t.Fatalf("the path of the job for %s leads to %s", job.State, end)
	}
}

// wantIdle fails unless Wait was the only answer: something is in flight and
// either the budget is spent or nothing can be done, not even for free.
func (c *crowd) wantIdle(t testingT, before [5]int) {
	t.Helper()
	if len(c.jobs) == 0 {
		t.Fatalf("Wait with nothing in flight")
	}
	if c.budgetSpent() {
		return
	}
	if at, ok := c.useful(); ok {
		t.Fatalf("Wait, but %s could be worked on", at)
	}
	if after := c.counts(); after != before {
		t.Fatalf("Wait changed the counts from %v to %v", before, after)
	}
}

// counts are numbers of which at least one grows with anything that a search
// does.
func (c *crowd) counts() [5]int {
	return [5]int{c.seq, c.simulations, c.inFlight, c.free, c.serial}
}

// useful finds a leaf that could be worked on right now, by plain reachability.
func (c *crowd) useful() (env.State, bool) { return c.usefulBelow(c.root, map[nodes.ID]bool{}) }

// usefulBelow finds one that can be reached from a node by others than those seen.
func (c *crowd) usefulBelow(n nodes.ID, seen map[nodes.ID]bool) (env.State, bool) {
	seen[n] = true
	for work := []nodes.ID{n}; len(work) > 0; work = work[1:] {
		n := work[0]
		_, pending := c.pending[n]
		if !c.tree.Expanded(n) && !pending && !c.refused[n] {
			return c.states[n], true
		}
		for e := range c.tree.Edges(n) {
			if child := c.tree.Child(e); !seen[child] && !c.tree.Settled(e) && c.orders[e] != event.Forbid {
				seen[child] = true
				work = append(work, child)
			}
		}
	}
	return nil, false
}

func (c *crowd) budgetSpent() bool {
	count, _ := c.tree.Len()
	return c.opt.Simulations > 0 && c.simulations+c.inFlight >= c.opt.Simulations ||
		c.opt.Nodes > 0 && count >= c.opt.Nodes
}

// wantSound compares the counts in flight with the jobs that are out.
func (c *crowd) wantSound(t testingT) {
	t.Helper()
	if err := c.tree.Check(len(c.jobs) == 0); err != nil {
		t.Fatalf("%v", err)
	}
	want := map[nodes.Edge]int{}
	for _, job := range c.jobs {
		for _, e := range job.edges {
			want[e]++
		}
	}
	_, edges := c.tree.Len()
	for e := range nodes.Edge(edges) {
		if c.tree.O(e) != want[e] {
			t.Fatalf("O of edge %d is %d, %d jobs in flight went through it", e, c.tree.O(e), want[e])
		}
	}
	if limit := c.opt.Simulations; limit > 0 && c.simulations+c.inFlight > limit {
		t.Fatalf("%d simulations and %d in flight exceed the budget of %d", c.simulations, c.inFlight, limit)
	}
}
