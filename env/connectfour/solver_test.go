package connectfour

import (
	"bufio"
	"encoding/json"
	"flag"
	"math/bits"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/env"
)

var update = flag.Bool("update", false, "solve the positions of testdata anew")

// solver finds the exact value of positions by alpha-beta: 1 won for the player to
// move, -1 lost, 0 a draw. It is a judge of the search and shares nothing with it but
// the layout of the board.
type solver struct {
	table []entry
	nodes int
}

// entry is a bound in the table of transpositions.
type entry struct {
	key   uint64
	value int8
	kind  int8 // 1 at least, -1 at most
}

func newSolver() *solver { return &solver{table: make([]entry, 1<<22)} }

// threats are the free cells that would make four of the stones.
func threats(own, all uint64) uint64 {
	// Vertical: three below.
	t := own << 1 & (own << 2) & (own << 3)
	for _, d := range []int{7, 6, 8} {
		right := own << d & (own << (2 * d)) // two on one side
		left := own >> d & (own >> (2 * d))
		t |= right & (own << (3 * d))
		t |= right & (own >> d)
		t |= left & (own >> (3 * d))
		t |= left & (own << d)
	}
	const board = uint64(bottomRow) * column
	return t & board &^ all
}

// value returns the value of a position that is not over, if it is inside the window.
func (s *solver) value(own, all uint64, alpha, beta int) int {
	s.nodes++
	const board = uint64(bottomRow) * column
	free := (all + bottomRow) & board
	if threats(own, all)&free != 0 {
		return 1
	}
	danger := threats(own^all, all)
	if forced := danger & free; forced != 0 {
		if forced&(forced-1) != 0 {
			return -1 // two at once can't be met
		}
		free = forced
	}
	free &^= danger >> 1 // a stone below a winning cell of the other one
	if free == 0 {
		return -1
	}
	if bits.OnesCount64(all) >= cells-2 {
		return 0 // nobody can make four with the last two
	}
	key := own + all
	e := &s.table[env.Mix(key)&uint64(len(s.table)-1)]
	if e.key == key {
		switch {
		case e.kind > 0 && int(e.value) > alpha:
			alpha = int(e.value)
		case e.kind < 0 && int(e.value) < beta:
			beta = int(e.value)
		}
		if alpha >= beta {
			return alpha
		}
	}
	type move struct {
		bit   uint64
		score int
	}
	var moves [Columns]move
	n := 0
	for _, c := range [Columns]int{3, 2, 4, 1, 5, 0, 6} {
		if b := free & (column << (7 * c)); b != 0 {
			moves[n] = move{b, bits.OnesCount64(threats(own|b, all|b))}
			n++
		}
	}
	slices.SortStableFunc(moves[:n], func(a, b move) int { return b.score - a.score })
	best, low := -1, alpha
	for _, m := range moves[:n] {
		v := -s.value(own^all, all|m.bit, -beta, -low)
		if best = max(best, v); best >= beta {
			break
		}
		low = max(low, best)
	}
	switch {
	case best >= beta:
		*e = entry{key, int8(best), 1}
	case best <= alpha:
		*e = entry{key, int8(best), -1}
	default:
		*e = entry{key, int8(best), 1} // exact: both bounds hold, one is kept
	}
	return best
}

// moves returns the value of each column for the player to move, 2 for a full one.
func (s *solver) moves(p *Position) [Columns]int {
	out := [Columns]int{}
	for c := range Columns {
		bit := (p.all + 1<<(7*c)) & (column << (7 * c))
		switch all := p.all | bit; {
		case bit == 0:
			out[c] = 2
		case four(p.own | bit):
			out[c] = 1
		case bits.OnesCount64(all) == cells:
			out[c] = 0
		default:
			out[c] = -s.value(p.own^p.all, all, -1, 1)
		}
	}
	return out
}

// plain is the value by the rules alone, for positions near the end.
func plain(p *Position) int {
	if v, over := p.Result(); over {
		return int(2*v) - 1
	}
	best := -1
	for _, m := range p.Moves(nil) {
		p.Play(m)
		best = max(best, -plain(p))
		p.Undo()
	}
	return best
}

// randomPosition plays until there are so many stones and nobody has won.
func randomPosition(random *env.Rand, stones int) *Position {
	for {
		p := New()
		for int(p.stones) < stones && !p.won {
			moves := p.Moves(nil)
			p.Play(moves[random.N(len(moves))])
		}
		if !p.won && int(p.stones) == stones {
			return p
		}
	}
}

// The solver agrees with the rules wherever these can be followed to the end.
func TestSolver(t *testing.T) {
	random := env.Rand(7)
	s := newSolver()
	for i := range 600 {
		p := randomPosition(&random, 30+i%12)
		if _, over := p.Result(); over {
			continue
		}
		got := s.moves(p)
		for _, m := range p.Moves(nil) {
			p.Play(m)
			want := -plain(p)
			p.Undo()
			if got[m] != want {
				t.Fatalf("%s: column %d is worth %d, and %d to the solver", p, m+1, want, got[m])
			}
		}
	}
}

// solved is a line of testdata/early.jsonl.
type solved struct {
	Moves  string `json:"moves"`  // columns played from the empty board
	Value  int    `json:"value"`  // 1, 0 or -1 for the player to move
	Values []int  `json:"values"` // of each column for the player to move, 2 for a full one
}

const earlyFile = "testdata/early.jsonl"

// early makes the positions of the file.
func early(t *testing.T, count int) (out []solved) {
	random := env.Rand(2026)
	s := newSolver()
	seen := map[uint64]bool{}
	for len(out) < count {
		p := randomPosition(&random, 12)
		if seen[p.Hash()] {
			continue
		}
		seen[p.Hash()] = true
		x := solved{Value: -1}
		for _, c := range p.past[:p.stones] {
			x.Moves += "1234567"[c : c+1]
		}
		for _, v := range s.moves(p) {
			x.Values = append(x.Values, v)
			if v < 2 {
				x.Value = max(x.Value, v)
			}
		}
		// One where every move is as good as any other asks nothing.
		if !slices.ContainsFunc(x.Values, func(v int) bool { return v < x.Value }) {
			continue
		}
		out = append(out, x)
	}
	return out
}

// The file has 1,000 positions of 12 stones, in which some move gives away something.
// The first of them are solved anew.
func TestEarly(t *testing.T) {
	const count, again = 1000, 10
	if *update {
		var b []byte
		for _, x := range early(t, count) {
			line, err := json.Marshal(x)
			if err != nil {
				t.Fatal(err)
			}
			b = append(append(b, line...), '\n')
		}
		if err := os.WriteFile(earlyFile, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(earlyFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []solved
	for in := bufio.NewScanner(f); in.Scan(); {
		var x solved
		if err := json.Unmarshal(in.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		got = append(got, x)
	}
	if len(got) != count {
		t.Fatalf("%d positions, want %d", len(got), count)
	}
	if diff := cmp.Diff(early(t, again), got[:again]); diff != "" {
		t.Errorf("the first ones (-solved +file):\n%s", diff)
	}
}

func BenchmarkSolver(b *testing.B) {
	random := env.Rand(1)
	s := newSolver()
	for b.Loop() {
		s.moves(randomPosition(&random, 12))
	}
	b.ReportMetric(float64(s.nodes)/float64(b.N), "positions/op")
}
