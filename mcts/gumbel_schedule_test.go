package mcts

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// halving is sequential halving acted out: which visit of its own each of n
// simulations is for the action that gets it, and how many visits the m actions
// have in the end.
func halving(m, n int) (sequence, visits []int) {
	visits = make([]int, m)
	phases := 0
	for reach := 1; reach < m; reach *= 2 {
		phases++
	}
	for left := m; ; left = max(2, left/2) {
		each := n // one action has no rival
		if m > 1 {
			each = max(1, n/(phases*left))
		}
		for range each {
			for i := range min(left, m) {
				if len(sequence) == n {
					return sequence, visits
				}
				sequence = append(sequence, visits[i])
				visits[i]++
			}
		}
	}
}

func schedule(m, n int) []int {
	out := make([]int, n)
	for t := range out {
		out[t] = Considered(m, n, t)
	}
	return out
}

func TestGumbelScheduleByHand(t *testing.T) {
	// times repeats each number so many times.
	times := func(pairs ...[2]int) (out []int) {
		for _, p := range pairs {
			for range p[1] {
				out = append(out, p[0])
			}
		}
		return out
	}
	for _, tt := range []struct {
		name string
		m, n int
		want []int
	}{
		{"four phases of 8: 16, 8, 4 and 4, of which the last have two rounds", 16, 32, times([2]int{0, 16}, [2]int{1, 8}, [2]int{2, 4}, [2]int{3, 4})},
		{"two phases of 8: two rounds of 4, then four of 2", 4, 16, []int{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}},
		{"two actions: in turns to the end", 2, 5, []int{0, 0, 1, 1, 2}},
		{"one action: all visits", 1, 4, []int{0, 1, 2, 3}},
		{"three: one round of 3, then 2 to the end, which takes a third phase", 3, 8, []int{0, 0, 0, 1, 1, 2, 2, 3}},
		{"five: more rounds than the budget has phases for", 5, 10, []int{0, 0, 0, 0, 0, 1, 1, 2, 2, 3}},
		{"seven: 7, 3, then 2", 7, 16, []int{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4}},
		{"a budget below the number of actions: one visit each", 16, 8, times([2]int{0, 8})},
		{"one simulation", 16, 1, []int{0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, schedule(tt.m, tt.n)); d != "" {
				t.Errorf("m %d, n %d (-want +got):\n%s", tt.m, tt.n, d)
			}
		})
	}
}

// The visits of the actions in the end, from the most to the least.
func TestGumbelVisitsByHand(t *testing.T) {
	for _, tt := range []struct {
		m, n int
		want []int
	}{
		{4, 16, []int{6, 6, 2, 2}},
		{2, 5, []int{3, 2}},
		{3, 8, []int{4, 3, 1}},
		{8, 24, []int{7, 7, 3, 3, 1, 1, 1, 1}},
		{8, 16, []int{4, 4, 2, 2, 1, 1, 1, 1}},
		{16, 32, []int{4, 4, 4, 4, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		_, got := halving(tt.m, tt.n)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("m %d, n %d (-want +got):\n%s", tt.m, tt.n, d)
		}
	}
}

func TestGumbelScheduleIsSequentialHalving(t *testing.T) {
	for _, m := range []int{1, 2, 3, 4, 5, 7, 8, 16} {
		for _, n := range []int{1, 2, 4, 8, 10, 16, 32, 50, 64, 100, 200, 800} {
			t.Run(fmt.Sprintf("m %d n %d", m, n), func(t *testing.T) {
				want, visits := halving(m, n)
				got := schedule(m, n)
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("(-want +got):\n%s", d)
				}
				if !slices.IsSorted(got) {
					t.Errorf("an action is due that has fewer visits than one before: %v", got)
				}
				wantPlayable(t, got, visits)
			})
		}
	}
}

// wantPlayable gives each simulation to some action that is due: there is one
// always, and the visits come out as they should.
func wantPlayable(t testingT, due, want []int) {
	t.Helper()
	visits, total := make([]int, len(want)), 0
	for i, n := range due {
		at := slices.Index(visits, n)
		if at < 0 {
			t.Fatalf("simulation %d is for an action with %d visits, but they have %v", i, n, visits)
		}
		visits[at]++
	}
	for _, n := range visits {
		total += n
	}
	if d := cmp.Diff(want, visits); d != "" || total != len(due) {
		t.Errorf("%d visits in all, want %d; by action (-want +got):\n%s", total, len(due), d)
	}
}
