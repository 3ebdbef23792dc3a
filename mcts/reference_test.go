package mcts

import (
	"fmt"
	"github.com/ponder-mcts/ponder/nodes"
	"hash/fnv"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ponder-mcts/ponder/env"
	"pgregory.net/rapid"
)

// wild is a random game as a plain tree: all there is to a state follows from
// a hash of the way to it. Its numbers are short in binary, so that no order of
// summation rounds differently.
type wild struct {
	seed  uint64
	two   bool // players, who do not always take turns
	depth int  // at which every way ends at the latest
	way   string
}

func (g wild) roll(what string, n int) int {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s %s", g.seed, g.way, what)
	return int((h.Sum64() >> 7) % uint64(n))
}

func (g wild) String() string { return "at ." + g.way }
func (g wild) Key() string    { return g.way }

func (g wild) ToMove() int {
	if g.two {
		return g.roll("player", 2)
	}
	return 0
}

func (g wild) Outcome() (env.Outcome, bool) {
	over := len(g.way) == g.depth || g.way != "" && g.roll("over", 8) == 0
	return env.Outcome{Reward: float64(g.roll("reward", 5)) / 4}, over
}

func (g wild) value() float64 { return float64(g.roll("value", 17)) / 16 }
func (g wild) closed() bool   { return g.roll("closed", 4) > 0 }

// children are up to four, with priors that are sixteenths.
func (g wild) children() []Child {
	var out []Child
	rest := 16
	for i := range g.roll("children", 5) {
		share := g.roll(fmt.Sprint("prior", i), rest+1)
		if i == g.roll("children", 5)-1 {
			share = rest
		}
		rest -= share
		next := g
		next.way += string(rune('a' + i))
		out = append(out, Child{Action: string(rune('a' + i)), Prior: float64(share) / 16, State: next})
	}
	return out
}

// refNode is a node of the reference: a tree of pointers that stores nothing
// but what happened, and works out everything else anew each time.
type refNode struct {
	wild
	evaluated bool
	children  []*refNode
	priors    []float64
	visits    []int
	expanded  bool
}

// bounds is minimax over what is known.
func (n *refNode) bounds() (low, high float64) {
	if out, over := n.Outcome(); over {
		return out.Reward, out.Reward
	}
	if !n.expanded {
		return 0, 1
	}
	for i := range n.children {
		l, h := n.boundsOf(i)
		low, high = max(low, l), max(high, h)
	}
	if !n.closed() {
		high = 1
	}
	return low, high
}

func (n *refNode) boundsOf(i int) (low, high float64) {
	low, high = n.children[i].bounds()
	if n.children[i].ToMove() != n.ToMove() {
		return 1 - high, 1 - low
	}
	return low, high
}

func (n *refNode) proven() bool {
	low, high := n.bounds()
	return low == high
}

// own is the node's own value: that of the root is not asked for.
func (n *refNode) own() float64 {
	if out, over := n.Outcome(); over {
		return out.Reward
	}
	if n.way == "" {
		return 0.5
	}
	return n.value()
}

// q is the mean of the own value and all visits, within the bounds, to 31
// binary places.
func (n *refNode) q() float64 {
	total, count := n.own(), 1
	for i, visits := range n.visits {
		total += float64(visits) * n.qOf(i)
		count += visits
	}
	low, high := n.bounds()
	mean := math.Floor(total*nodes.One/float64(count)+0.5) / nodes.One
	return math.Min(math.Max(mean, low), high)
}

func (n *refNode) qOf(i int) float64 {
	if n.children[i].ToMove() != n.ToMove() {
		return 1 - n.children[i].q()
	}
	return n.children[i].q()
}

// hasWork reports whether a simulation can end somewhere below.
func (n *refNode) hasWork() bool {
	if n.proven() {
		return false
	}
	if !n.expanded {
		return true
	}
	for i, c := range n.children {
		if !n.shut(i) && c.hasWork() {
			return true
		}
	}
	return false
}

// shut reports whether a child can't be better than what is sure already.
func (n *refNode) shut(i int) bool {
	sure, _ := n.bounds()
	_, high := n.boundsOf(i)
	return high <= sure
}

// score is PUCT with the usual constants, from the formula.
func (n *refNode) score(i int) float64 {
	sum, tried := 0, 0.0
	for j, visits := range n.visits {
		sum += visits
		if visits > 0 {
			tried += n.priors[j]
		}
	}
	c := (math.Log((1+float64(sum)+19652)/19652) + 1.25) / 2
	q := math.Max(0, n.own()-0.2*math.Sqrt(tried))
	if n.visits[i] > 0 {
		q = n.qOf(i)
	}
	// In the order of PUCT, so that what is equal there is equal here.
	return q + c*math.Sqrt(math.Max(1, float64(sum)))*n.priors[i]*(1/float64(1+n.visits[i]))
}

func (n *refNode) pick() int {
	best := -1
	for i, c := range n.children {
		if n.shut(i) || !c.hasWork() {
			continue
		}
		if best < 0 || n.score(i) > n.score(best) || n.score(i) == n.score(best) && n.priors[i] > n.priors[best] {
			best = i
		}
	}
	return best
}

// step does one job and says which. counts reports whether it was a
// simulation, which every edge on the way then counts.
func (n *refNode) step() (what string, counts bool) {
	switch {
	case !n.evaluated:
		n.evaluated = true
		return fmt.Sprintf("value %q", n.way), true
	case !n.expanded:
		n.expanded = true
		for _, c := range n.wild.children() {
			_, over := c.State.Outcome()
			n.children = append(n.children, &refNode{wild: c.State.(wild), evaluated: over})
			n.priors = append(n.priors, c.Prior)
			n.visits = append(n.visits, 0)
		}
		return fmt.Sprintf("children of %q", n.way), false
	}
	i := n.pick()
	what, counts = n.children[i].step()
	if counts {
		n.visits[i]++
	}
	return what, counts
}

// The search does the same jobs in the same order as the reference, and comes
// to the same numbers at every node after every one of them.
func TestSearchIsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := wild{seed: uint64(dice(t, 256))<<8 | uint64(dice(t, 256)), two: dice(t, 2) == 0, depth: 2 + dice(t, 5)}
		ref := &refNode{wild: root, evaluated: true}
		w := start(t, root, Options{})
		for range 60 {
			job, status := w.Next()
			if status == Done {
				break
			}
			at := job.State.(wild)
			got := fmt.Sprintf("value %q", at.way)
			x := Expansion{Value: env.Value{Mean: at.value()}}
			if job.Kind == Expand {
				got = fmt.Sprintf("children of %q", at.way)
				x = Expansion{Children: at.children(), Closed: at.closed()}
			}
			if want, _ := ref.step(); got != want {
				t.Fatalf("after %d simulations the job is: %s; the reference: %s", w.Simulations(), got, want)
			}
			if err := w.Complete(job, x); err != nil {
				t.Fatalf("Complete: %v", err)
			}
			wantReference(t, w, ref)
		}
		if _, status := w.Next(); status == Done && ref.hasWork() {
			t.Errorf("the search is done (%s), the reference is not", w.Reason())
		}
		w.Finish(Interrupted)
	})
}

// refStats are the numbers of a node in both trees.
type refStats struct {
	Q, Lo, Hi float64
	Visits    []int
}

func wantReference(t testingT, w *watched, n *refNode) {
	t.Helper()
	id, ok := w.index[n.way]
	if !ok {
		t.Fatalf("state %q is not in the tree", n.way)
	}
	want := refStats{Q: n.q(), Visits: n.visits}
	want.Lo, want.Hi = n.bounds()
	if !n.evaluated {
		want.Q = 0 // nothing is known
	}
	got := refStats{Q: w.tree.Q(id)}
	got.Lo, got.Hi = w.tree.Bounds(id)
	for e := range w.tree.Edges(id) {
		got.Visits = append(got.Visits, w.tree.EdgeN(e))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("state %q after %d simulations (-reference +search):\n%s", n.way, w.Simulations(), d)
	}
	for _, c := range n.children {
		wantReference(t, w, c)
	}
}
