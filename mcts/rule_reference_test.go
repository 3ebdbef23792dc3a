package mcts

import (
	"fmt"
	"math"
	"testing"

	"github.com/ponder-mcts/ponder/env"
)

// taste is a rule written down plainly: which of the open children of a node a
// walk goes on to, worked out anew from the visits on record.
type taste interface {
	pick(r *reference, n *refNode, open []int) int
}

// reference is a search of refNodes by some taste. It notes what each
// simulation was worth to the nodes it passed.
type reference struct {
	taste taste
	root  *refNode
	worth map[*refNode][]float64 // for the player to move there
}

// step is refNode.step by the taste of the reference; value is for the player
// to move at n, if it counts.
func (r *reference) step(n *refNode) (what string, counts bool, value float64) {
	if !n.evaluated || !n.expanded {
		what, counts = n.step()
		return what, counts, n.own()
	}
	var open []int
	for i, c := range n.children {
		if !n.shut(i) && c.hasWork() {
			open = append(open, i)
		}
	}
	i := r.taste.pick(r, n, open)
	what, counts, value = r.step(n.children[i])
	if n.children[i].ToMove() != n.ToMove() {
		value = 1 - value
	}
	if counts {
		n.visits[i]++
		r.worth[n] = append(r.worth[n], value)
	}
	return what, counts, value
}

// deviation is that of the own value and of all that came after.
func (r *reference) deviation(n *refNode) float64 {
	squares, mean := n.own()*n.own(), n.own()
	for _, x := range r.worth[n] {
		squares += x * x
	}
	for i, visits := range n.visits {
		if visits > 0 {
			mean += float64(visits) * n.qOf(i)
		}
	}
	count := float64(1 + n.total())
	return math.Sqrt(math.Max(0, squares/count-mean/count*mean/count))
}

func (n *refNode) total() (sum int) {
	for _, visits := range n.visits {
		sum += visits
	}
	return sum
}

// highestOf breaks ties by prior, then by number.
func highestOf(n *refNode, among []int, score func(i int) float64) int {
	best := -1
	for _, i := range among {
		if best < 0 || score(i) > score(best) || score(i) == score(best) && n.priors[i] > n.priors[best] {
			best = i
		}
	}
	return best
}

// plainUCT is Q + C·sqrt(ln ΣN / N), unvisited first.
type plainUCT struct{ c float64 }

func (u plainUCT) pick(_ *reference, n *refNode, open []int) int {
	return highestOf(n, open, func(i int) float64 {
		if n.visits[i] == 0 {
			return math.Inf(1)
		}
		return n.qOf(i) + u.c*math.Sqrt(math.Log(float64(n.total()))/float64(n.visits[i]))
	})
}

// plainPUCT is Q + c·P·sqrt(ΣN) / (1+N) with the first-play urgency
// v - f·sqrt(Σ of the priors tried).
type plainPUCT struct {
	init, base, fpu float64
	spread          bool
}

func (u plainPUCT) pick(r *reference, n *refNode, open []int) int {
	sum, tried := float64(n.total()), 0.0
	for i, visits := range n.visits {
		if visits > 0 {
			tried += n.priors[i]
		}
	}
	c := (math.Log((1+sum+u.base)/u.base) + u.init) / 2
	if u.spread {
		// Two values that deviate by 0.2 are taken to have come before.
		d := r.deviation(n)
		d = math.Sqrt((2*0.2*0.2 + (sum+1)*d*d) / (2 + sum + 1))
		c *= 1 + 0.85*(d/0.2-1)
	}
	return highestOf(n, open, func(i int) float64 {
		q := math.Max(0, n.own()-u.fpu*math.Sqrt(tried))
		if n.visits[i] > 0 {
			q = n.qOf(i)
		}
		return q + c*n.priors[i]*math.Sqrt(math.Max(1, sum))/float64(1+n.visits[i])
	})
}

// referenceGumbel takes no more than the draws from the Gumbel that it is held
// against: they are chance.
type referenceGumbel struct {
	rule          Gumbel
	visit, scale  float64
	budget, width int // of the root
}

func (u referenceGumbel) pick(_ *reference, n *refNode, open []int) int {
	sum := n.total()
	logP := func(i int) float64 { return math.Log(math.Max(n.priors[i], 1e-30)) }
	sigma := u.sigma(n)
	if n.way == "" && sum < u.budget {
		score := func(i int) float64 { return u.rule.draw(i) + logP(i) + sigma[i] }
		due := halvings(min(u.width, u.actions(n)), u.budget)[sum]
		groups := make([][]int, 2) // those whose turn it is; those that missed theirs
		for _, i := range open {
			if n.visits[i] == due {
				groups[0] = append(groups[0], i)
			}
			if n.visits[i] < due {
				groups[1] = append(groups[1], i)
			}
		}
		for _, group := range append(groups, open) {
			if len(group) > 0 {
				return highestOf(n, group, score)
			}
		}
	}
	total := 0.0
	for i := range n.children {
		total += math.Exp(logP(i) + sigma[i])
	}
	return highestOf(n, open, func(i int) float64 {
		return math.Exp(logP(i)+sigma[i])/total - float64(n.visits[i])/float64(1+sum)
	})
}

// actions is how many there are to halve: what is proven before its first visit
// needs none.
func (u referenceGumbel) actions(n *refNode) (count int) {
	for i, visits := range n.visits {
		if visits > 0 || !n.shut(i) {
			count++
		}
	}
	return count
}

// sigma is (visit + max N)·scale·q for the completed Q, rescaled to [0,1].
func (u referenceGumbel) sigma(n *refNode) []float64 {
	most, mass, weighed := 0, 0.0, 0.0
	for i, visits := range n.visits {
		most = max(most, visits)
		if visits > 0 {
			prior := math.Max(n.priors[i], 1e-30)
			mass += prior
			weighed += prior * n.qOf(i)
		}
	}
	sum, mix := float64(n.total()), n.own()
	if sum > 0 {
		mix = (n.own() + sum/mass*weighed) / (1 + sum)
	}
	var q []float64
	low, high := math.Inf(1), math.Inf(-1)
	for i, visits := range n.visits {
		q = append(q, mix)
		if visits > 0 {
			q[i] = n.qOf(i)
		}
		low, high = math.Min(low, q[i]), math.Max(high, q[i])
	}
	for i := range q {
		q[i] = (u.visit + float64(most)) * u.scale * (q[i] - low) / math.Max(high-low, 1e-6)
	}
	return q
}

// halvings lists, for each simulation at the root, how many visits the actions
// have whose turn it is: m actions are visited equally, then the better half of
// them, and so on, each of the ⌈log2 m⌉ phases getting its share of n.
func halvings(m, n int) (list []int) {
	visits, phases := make([]int, m), math.Max(1, math.Ceil(math.Log2(float64(m))))
	for left := m; len(list) < n; left = max(left/2, min(2, m)) {
		for range max(1, int(float64(n)/(phases*float64(left)))) {
			list = append(list, visits[:left]...)
			for i := range left {
				visits[i]++
			}
			if len(list) >= n {
				break
			}
		}
	}
	return list[:n]
}

// The schedule of package mcts is the plain one.
func TestConsideredIsSequentialHalving(t *testing.T) {
	for m := 1; m <= 20; m++ {
		for n := 1; n <= 300; n++ {
			for i, want := range halvings(m, n) {
				if got := Considered(m, n, i); got != want {
					t.Fatalf("Considered(%d, %d, %d) = %d, want %d", m, n, i, got, want)
				}
			}
		}
	}
}

// Each rule does the same jobs in the same order as its reference, and comes to
// the same numbers.
func TestRulesAreTheirReferences(t *testing.T) {
	calm, drawn := Gumbel{Calm: true}, Gumbel{Seed: 5, Budget: 25}
	few := Gumbel{Seed: 6, Budget: 60, Actions: 3, Visit: 5, Scale: 0.5}
	for _, tt := range []struct {
		name  string
		rule  Rule
		taste taste
	}{
		{"uct", UCT{}, plainUCT{math.Sqrt2 / 2}},
		{"uct that hardly explores", UCT{C: 0.05}, plainUCT{0.05}},
		{"puct", PUCT{}, plainPUCT{1.25, 19652, 0.2, false}},
		{"puct with constants of its own", PUCT{Init: 3, Base: 7, FPU: 0.6}, plainPUCT{3, 7, 0.6, false}},
		{"puct scaled by the spread of values", PUCT{Spread: true}, plainPUCT{1.25, 19652, 0.2, true}},
		{"gumbel without a budget", calm, referenceGumbel{calm, 50, 0.1, 0, 16}},
		{"gumbel, halving and then on", drawn, referenceGumbel{drawn, 50, 0.1, 25, 16}},
		{"gumbel of three actions, with constants of its own", few, referenceGumbel{few, 5, 0.5, 60, 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(30) {
				root := wild{seed: seed, two: seed%2 == 0, depth: 2 + int(seed/2)%5}
				r := &reference{taste: tt.taste, root: &refNode{wild: root, evaluated: true}, worth: map[*refNode][]float64{}}
				r.compare(t, start(t, root, Options{Rule: tt.rule}), 60)
			}
		})
	}
}

// compare runs a search beside the reference.
func (r *reference) compare(t *testing.T, w *watched, jobs int) {
	t.Helper()
	for i := range jobs {
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
		if want, _, _ := r.step(r.root); got != want {
			t.Fatalf("seed %d: after %d simulations the job is: %s; the reference: %s", at.seed, w.Simulations(), got, want)
		}
		if err := w.Complete(job, x); err != nil {
			t.Fatal(err)
		}
		if i%10 == 9 {
			wantReference(t, w, r.root)
		}
	}
	wantReference(t, w, r.root)
	if _, status := w.Next(); status == Done && r.root.hasWork() {
		t.Fatalf("the search is done (%s), the reference is not", w.Reason())
	}
	w.Finish(Interrupted)
}

// Draws are from the Gumbel distribution, of which mean and variance are known,
// and no two edges share one.
func TestDrawsOfGumbel(t *testing.T) {
	const edges, seeds = 200, 100
	sum, squares, seen := 0.0, 0.0, map[float64]bool{}
	for seed := range uint64(seeds) {
		for i := range edges {
			x := Gumbel{Seed: seed}.draw(i)
			sum, squares = sum+x, squares+x*x
			if seen[x] {
				t.Fatalf("edge %d with seed %d has the draw of another one", i, seed)
			}
			seen[x] = true
		}
	}
	mean := sum / (edges * seeds)
	variance := squares/(edges*seeds) - mean*mean
	if math.Abs(mean-0.57722) > 0.04 || math.Abs(variance-math.Pi*math.Pi/6) > 0.1 {
		t.Errorf("mean %.4f and variance %.4f, want 0.5772 and 1.6449", mean, variance)
	}
}
