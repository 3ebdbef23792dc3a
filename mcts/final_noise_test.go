package mcts

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ponder-mcts/ponder/nodes"
)

// The noise alone is Dirichlet: each share has the mean 1/K and the variance
// (K-1)/(K²·(K·α+1)), and they sum to 1.
func TestNoiseIsDirichlet(t *testing.T) {
	const draws = 4000
	for _, tt := range []struct {
		count int
		alpha float64 // 0 means the default, 10/K
	}{{2, 1}, {5, 0.3}, {20, 0}, {8, 4}, {10, 0}} {
		t.Run(fmt.Sprintf("%d steps, α %g", tt.count, tt.alpha), func(t *testing.T) {
			alpha, k := tt.alpha, float64(tt.count)
			if alpha == 0 {
				alpha = 10 / k
			}
			variance := (k - 1) / (k * k * (k*alpha + 1))
			shares, squares := make([]moments, tt.count), make([]moments, tt.count)
			for seed := range uint64(draws) {
				priors := make([]float64, tt.count)
				priors[0] = 1
				Noise{Weight: 1, Alpha: tt.alpha}.stir(priors, seed)
				if sum := weighted(priors, ones(tt.count)); math.Abs(sum-1) > 1e-9 {
					t.Fatalf("seed %d: the shares sum to %v", seed, sum)
				}
				for i, p := range priors {
					shares[i].add(p)
					squares[i].add((p - 1/k) * (p - 1/k))
				}
			}
			for i := range shares {
				if math.Abs(shares[i].mean()-1/k) > 4.5*shares[i].err() {
					t.Errorf("share %d is %.4f ± %.4f on average, want %.4f", i, shares[i].mean(), shares[i].err(), 1/k)
				}
				if math.Abs(squares[i].mean()-variance) > 4.5*squares[i].err() {
					t.Errorf("share %d has the variance %.5f ± %.5f, want %.5f", i, squares[i].mean(), squares[i].err(), variance)
				}
			}
		})
	}
}

func TestNoiseIsMixedIn(t *testing.T) {
	stirred := func(n Noise, seed uint64, priors ...float64) []float64 {
		n.stir(priors, seed)
		return priors
	}
	plain := []float64{0.7, 0.2, 0.1}
	alone := stirred(Noise{Weight: 1}, 5, 1, 0, 0)
	want := make([]float64, 3)
	for i := range want {
		want[i] = 0.75*plain[i] + 0.25*alone[i]
	}
	near := cmpopts.EquateApprox(0, 1e-12)
	if d := cmp.Diff(want, stirred(Noise{Weight: 0.25}, 5, plain...), near); d != "" {
		t.Errorf("a quarter of noise (-want +got):\n%s", d)
	}
	if d := cmp.Diff(plain, stirred(Noise{Alpha: 3}, 5, plain...)); d != "" {
		t.Errorf("no weight: no noise (-want +got):\n%s", d)
	}
	if cmp.Equal(alone, stirred(Noise{Weight: 1}, 6, 1, 0, 0), near) {
		t.Error("two seeds make the same noise")
	}
	if got := stirred(Noise{Weight: 0.25}, 5); len(got) != 0 {
		t.Errorf("noise of nothing is %v", got)
	}
	if got := stirred(Noise{Weight: 0.25}, 5, 1); math.Abs(got[0]-1) > 1e-12 {
		t.Errorf("the only step has the prior %v", got[0])
	}
	// A very small α leaves hardly anything to most steps, but never nothing at
	// all to all of them.
	for seed := range uint64(200) {
		priors := make([]float64, 300)
		priors[7] = 1
		Noise{Weight: 0.5, Alpha: 1e-4}.stir(priors, seed)
		if sum := weighted(priors, ones(300)); !(math.Abs(sum-1) < 1e-9) {
			t.Fatalf("seed %d: priors sum to %v", seed, sum)
		}
	}
}

// Only the priors of the root are noisy, and they are what the log says; with
// no noise asked for they are what the policy said.
func TestNoiseIsAtTheRootOnly(t *testing.T) {
	root := func(opt Options) (priors []float64) {
		opt.Simulations = 40
		w := start(t, endless("."), opt)
		for {
			job, status := w.Next()
			if status == Done {
				break
			}
			feed(t, w, job, 0.5, 0.5, 0.25, 0.25)
		}
		count, _ := w.tree.Len()
		for n := range nodes.ID(count) {
			var got []float64
			for e := range w.tree.Edges(n) {
				got = append(got, w.tree.P(e))
			}
			switch {
			case n == w.root:
				priors = got
			case len(got) > 0 && !cmp.Equal(got, []float64{0.5, 0.25, 0.25}):
				t.Errorf("the priors of %s are %v", w.states[n], got)
			}
		}
		wantPriors(t, w)
		return priors
	}
	noise := Noise{Weight: 0.25}
	plain, noisy := root(Options{}), root(Options{Noise: noise, Seed: 3})
	if d := cmp.Diff([]float64{0.5, 0.25, 0.25}, plain); d != "" {
		t.Errorf("without noise (-want +got):\n%s", d)
	}
	if cmp.Equal(plain, noisy, cmpopts.EquateApprox(0, 1e-3)) {
		t.Errorf("with noise the priors are %v", noisy)
	}
	for i, p := range noisy {
		if p < 0.75*plain[i]-1e-6 {
			t.Errorf("noise takes more than a quarter of step %d: %v of %v", i, p, plain[i])
		}
	}
	if d := cmp.Diff(noisy, root(Options{Noise: noise, Seed: 3})); d != "" {
		t.Errorf("the same seed again (-first +second):\n%s", d)
	}
	if cmp.Equal(noisy, root(Options{Noise: noise, Seed: 4})) {
		t.Error("another seed makes the same noise")
	}
}

// Where the root gets more steps, all of them share the noise anew.
func TestNoiseWhileWidening(t *testing.T) {
	m := &meadow{}
	w := start(t, clearing{m, ""}, Options{Widen: Widening{C: 2}, Noise: Noise{Weight: 0.25}, Simulations: 20})
	m.graze(t, w)
	wantPriors(t, w)
	different := map[float64]bool{}
	for e := range w.tree.Edges(w.root) {
		different[w.tree.P(e)] = true
	}
	if count := w.tree.Count(w.root); len(different) != count || count < 8 {
		t.Errorf("%d steps have %d different priors", count, len(different))
	}
}
