package mcts

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ponder-mcts/ponder/nodes"
	"pgregory.net/rapid"
)

// haystack is a single-player problem with one solution, of depth steps among
// width at each state. The critic sees how far a state went along it, less a
// penalty for each step off it.
func haystack(seed, width, depth int, penalty float64) *meadow {
	along := func(way string) (right, wrong int) {
		steps := strings.Split(way, "/")[1:]
		for right < len(steps) && steps[right] == strconv.Itoa(luck(width, seed, right)) {
			right++
		}
		return right, len(steps) - right
	}
	return &meadow{
		per: width, closes: 1,
		value: func(way string) float64 {
			right, wrong := along(way)
			return max(0, 0.3+0.5*float64(right)/float64(depth)-penalty*float64(wrong))
		},
		ends: func(way string) (float64, bool) {
			right, wrong := along(way)
			return float64(right / depth), right+wrong == depth
		},
	}
}

// One good way is enough for a single player: max backup follows it where a mean
// is held back by the many bad ones beside it.
func TestMixFindsTheNeedle(t *testing.T) {
	took := func(mix float64) (total int) {
		for seed := range 6 {
			for _, m := range []*meadow{haystack(seed, 3, 12, 0.05), haystack(seed, 8, 8, 0.3)} {
				w := start(t, clearing{m, ""}, Options{Mix: mix, Simulations: 2000})
				m.graze(t, w)
				if w.Outcome() != StatusSolved {
					t.Errorf("mix %g, seed %d: %s after %d simulations", mix, seed, w.Outcome(), w.Simulations())
				}
				total += w.Simulations()
			}
		}
		return total
	}
	mean, half, most := took(0), took(0.5), took(1)
	t.Logf("simulations for all needles: %d by means, %d by half and half, %d by maxima", mean, half, most)
	if !(3*most < 2*mean && half < mean) {
		t.Errorf("%d simulations by means, %d by half and half, %d by maxima", mean, half, most)
	}
}

// Whatever is backed up, proofs are the same, and so is the end.
func TestMixAndDiscountLeaveProofsAlone(t *testing.T) {
	for name, sh := range shapes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := drawGraph(t, sh)
				opt := Options{
					Rule: drawRule(t), Simulations: plenty,
					Mix: float64(dice(t, 3)) / 2, Discount: []float64{0, 0.5, 0.99}[dice(t, 3)],
				}
				w := start(t, g.state(0), opt)
				truth := g.truth()
				for {
					job, status := w.Next()
					if status == Done {
						break
					}
					finish(t, w, g.worker(true), job)
				}
				wantBoundsAround(t, w, truth)
				wantEnd(t, w, g, truth[0], sh)
				count, _ := w.tree.Len()
				for n := range nodes.ID(count) {
					for e := range w.tree.Edges(n) {
						if q := w.tree.EdgeQ(e); !(q >= 0 && q <= 1) {
							t.Fatalf("edge %d has the value %v", e, q)
						}
					}
				}
			})
		})
	}
}

// A value shrinks by the factor with each step, towards 0 for one player and
// towards ½ between two.
func TestDiscountByHand(t *testing.T) {
	for _, two := range []bool{false, true} {
		t.Run(fmt.Sprintf("two players: %v", two), func(t *testing.T) {
			// 0 → 1 → 2, where 2 is over.
			g := &graph{moves: two, vertices: []vertex{{to: []int{1}}, {to: []int{2}, player: 1}, {over: true, reward: 0.75}}}
			w := start(t, g.state(0), Options{Discount: 0.5})
			drive(t, w, g.worker(true))
			last, first := w.tree.At(w.index["1"], 0), w.tree.At(w.root, 0)
			wantLast, wantFirst := 0.375, 0.1875
			if two {
				// At 1 the other player sees 1-¾ = ¼, half as far from ½; at 0 it is again
				// the first one's.
				wantLast, wantFirst = 0.375, 0.5625
			}
			if l, f := w.tree.EdgeQ(last), w.tree.EdgeQ(first); l != wantLast || f != wantFirst {
				t.Errorf("the values of the steps are %v and %v, want %v and %v", l, f, wantLast, wantFirst)
			}
			low, high := w.tree.Bounds(w.root)
			if low != 0.75 || high != 0.75 {
				t.Errorf("bounds [%v, %v]: what is proven does not shrink", low, high)
			}
		})
	}
}
