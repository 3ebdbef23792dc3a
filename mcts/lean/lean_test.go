package lean

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"
	"unsafe"

	"github.com/ponder-mcts/ponder/env"
)

func after(moves ...uint8) board {
	var b board
	for _, c := range moves {
		b = b.play(c)
	}
	return b
}

// best is the move with the most visits.
func (t *tree) best() uint8 {
	root := t.edges[0]
	kids := t.edges[root.first:][:root.count]
	return slices.MaxFunc(kids, func(a, b edge) int { return int(a.n) - int(b.n) }).move
}

// The numbers of games of so many moves are well known.
func TestGames(t *testing.T) {
	var count func(b board, moves int) int
	count = func(b board, moves int) int {
		if moves == 0 {
			return 1
		}
		if four(b.own ^ b.all) {
			return 0
		}
		kids := b.children(nil)
		if moves == 1 {
			return len(kids)
		}
		sum := 0
		for _, e := range kids {
			sum += count(b.play(e.move), moves-1)
		}
		return sum
	}
	for moves, want := range []int{1, 7, 49, 343, 2401, 16807, 117649, 823536, 5673234} {
		if got := count(board{}, moves); got != want {
			t.Errorf("games of %d moves: got %d, want %d", moves, got, want)
		}
	}
}

// slowFour looks at every line of the grid.
func slowFour(s uint64) bool {
	at := func(c, r int) bool {
		return 0 <= c && c < columns && 0 <= r && r < rows && s>>(7*c+r)&1 != 0
	}
	for c := range columns {
		for r := range rows {
			for _, d := range [][2]int{{0, 1}, {1, 0}, {1, 1}, {1, -1}} {
				if at(c, r) && at(c+d[0], r+d[1]) && at(c+2*d[0], r+2*d[1]) && at(c+3*d[0], r+3*d[1]) {
					return true
				}
			}
		}
	}
	return false
}

// The roll-out is as long and comes out as often well as one that lists the
// moves, draws one and looks at every line.
func TestPlayout(t *testing.T) {
	const games = 5000
	var fastRand, slowRand env.Rand
	slowRand = 1
	var fastValue, slowValue, fastMoves, slowMoves float64
	start := after(3, 3, 2)
	for range games {
		v, end := start.playout(&fastRand)
		fastValue += float64(v)
		fastMoves += float64(bits.OnesCount64(end &^ start.all))

		b, value := start, 0.5
		for b.all != full {
			kids := b.children(nil)
			b = b.play(kids[slowRand.N(len(kids))].move)
			slowMoves++
			won := slowFour(b.own ^ b.all)
			if won != four(b.own^b.all) {
				t.Fatalf("four(%#x) is wrong", b.own^b.all)
			}
			if won {
				value = float64(1 - bits.OnesCount64(b.all&^start.all)&1)
				break
			}
		}
		slowValue += value
	}
	if d := (fastValue - slowValue) / games; math.Abs(d) > 0.03 {
		t.Errorf("mean result: got %.3f, want %.3f", fastValue/games, slowValue/games)
	}
	if d := (fastMoves - slowMoves) / games; math.Abs(d) > 0.5 {
		t.Errorf("mean length: got %.2f, want %.2f", fastMoves/games, slowMoves/games)
	}
}

// Every node has a visit more than its children together: its own, whose value
// is in [0,1] and what the mean leaves for it.
func TestTree(t *testing.T) {
	const simulations = 20_000
	for _, tt := range []struct {
		name    string
		players int
		build   func(*tree)
	}{
		{"connect4-rollout", 2, func(s *tree) { s.connect4(board{}, true, simulations) }},
		{"connect4-const", 2, func(s *tree) { s.connect4(board{}, false, simulations) }},
		{"connect4-late", 2, func(s *tree) {
			s.connect4(after(0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 3, 2, 2, 3, 3, 2, 2, 3, 4, 4), true, simulations)
		}},
		{"synthetic", 1, func(s *tree) { s.synthetic(3, 7, simulations) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &tree{}
			tt.build(s)
			if s.edges[0].n != simulations {
				t.Errorf("got %d simulations at the root, want %d", s.edges[0].n, simulations)
			}
			for i, e := range s.edges {
				if e.q < 0 || e.q > 1 {
					t.Fatalf("edge %d has the value %v", i, e.q)
				}
				if e.first == 0 || e.first == over {
					if e.n > 1 && e.first == 0 && tt.players == 2 {
						t.Fatalf("edge %d has %d visits and no children", i, e.n)
					}
					continue
				}
				count := int(e.count)
				if tt.players == 1 {
					count = 7
				}
				visits, sum := uint32(0), 0.0
				for _, k := range s.edges[e.first:][:count] {
					visits += k.n
					v := float64(k.q)
					if tt.players == 2 {
						v = 1 - v
					}
					sum += float64(k.n) * v
				}
				if visits != e.n-1 {
					t.Fatalf("edge %d has %d visits, its children have %d", i, e.n, visits)
				}
				own := float64(e.q)*float64(e.n) - sum
				// The mean of many in 32 bits drifts a little.
				if rounding := 3e-5 * float64(e.n); own < -rounding || own > 1+rounding {
					t.Fatalf("edge %d of %d visits was worth %v at the first", i, e.n, own)
				}
			}
		})
	}
}

func TestMoves(t *testing.T) {
	for _, tt := range []struct {
		name        string
		board       board
		rollouts    bool
		simulations int
		want        uint8
	}{
		{"the centre first", board{}, true, 100_000, 3},
		{"a win", after(5, 0, 5, 0, 5, 0), true, 2000, 5},
		{"a win", after(5, 0, 5, 0, 5, 0), false, 2000, 5},
		{"a block", after(5, 0, 5, 0, 5), true, 2000, 5},
		{"a block", after(5, 0, 5, 0, 5), false, 2000, 5},
	} {
		s := &tree{}
		s.connect4(tt.board, tt.rollouts, tt.simulations)
		if got := s.best(); got != tt.want {
			t.Errorf("%s (roll-outs: %v): got column %d, want %d", tt.name, tt.rollouts, got, tt.want)
		}
	}
}

// The table's logarithm is good to four digits at any size.
func TestRootLog(t *testing.T) {
	for n := uint32(2); n < 1<<31; n += 1 + n/100 {
		got, want := float64(rootLog(n)), math.Sqrt(math.Log(float64(n)))
		if math.Abs(got-want) > 1e-4*want {
			t.Errorf("rootLog(%d): got %v, want %v", n, got, want)
		}
	}
}

func BenchmarkLean(b *testing.B) {
	// Every tree is built where the one before it was: what it costs to get memory
	// from the system is no part of the yardstick.
	t := &tree{}
	for _, regime := range []struct {
		name  string
		sizes []int
		build func(simulations int)
	}{
		{"connect4-rollout", []int{4, 5, 6}, func(n int) { t.connect4(board{}, true, n) }},
		{"connect4-const", []int{4, 5, 6}, func(n int) { t.connect4(board{}, false, n) }},
		{"synthetic-d10b7", []int{4, 5, 6, 7}, func(n int) { t.synthetic(10, 7, n) }},
		{"synthetic-d30b30", []int{4, 5, 6, 7}, func(n int) { t.synthetic(30, 30, n) }},
	} {
		for _, size := range regime.sizes {
			b.Run(fmt.Sprintf("%s-1e%d", regime.name, size), func(b *testing.B) {
				simulations := 1
				for range size {
					simulations *= 10
				}
				// A small tree is built often, so that one iteration is enough to go
				// by, each time with other random numbers.
				builds := max(1, 2_000_000/simulations)
				build := func(i int) {
					t.rand = env.Rand(i)
					regime.build(simulations)
				}
				for i := range builds {
					build(i)
				}
				b.ReportAllocs()
				for b.Loop() {
					for i := range builds {
						build(i)
					}
				}
				through := 0
				for _, e := range t.edges[1:] {
					through += int(e.n)
				}
				b.ReportMetric(float64(b.N*builds*simulations)/b.Elapsed().Seconds(), "sims/s")
				b.ReportMetric(float64(len(t.edges)), "edges")
				b.ReportMetric(float64(through)/float64(simulations), "depth")
				b.ReportMetric(float64(unsafe.Sizeof(edge{})), "B/edge")
			})
		}
	}
}

func BenchmarkPlayout(b *testing.B) {
	var r env.Rand
	plies := 0
	for b.Loop() {
		for range 1_000_000 {
			_, end := board{}.playout(&r)
			plies += bits.OnesCount64(end)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(plies), "ns/ply")
	b.ReportMetric(float64(plies)/float64(b.N)/1_000_000, "plies")
}
