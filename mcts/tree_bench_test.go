package mcts_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/env/connectfour"
	"github.com/ponder-mcts/ponder/evaluate"
	"github.com/ponder-mcts/ponder/mcts"
)

// fan is a game without rules: so many moves at each position, down to so many
// plies. What a position is worth follows from the way to it.
type fan struct {
	breadth, depth int
	way            []uint64
}

func (f *fan) here() uint64 { return f.way[len(f.way)-1] }

func (f *fan) Moves(buf []env.Move) []env.Move {
	if len(f.way) > f.depth {
		return buf
	}
	for m := range f.breadth {
		buf = append(buf, env.Move(m))
	}
	return buf
}

func (f *fan) Play(m env.Move) { f.way = append(f.way, env.Mix(f.here()+uint64(m)+1)) }
func (f *fan) Undo()           { f.way = f.way[:len(f.way)-1] }
func (f *fan) Hash() uint64    { return f.here() }
func (f *fan) ToMove() int     { return (len(f.way) - 1) % 2 }

func (f *fan) Result() (value float32, over bool) { return 0.5, len(f.way) > f.depth }

func (f *fan) Clone() env.Position {
	return &fan{f.breadth, f.depth, append(make([]uint64, 0, f.depth+2), f.way...)}
}

func (f *fan) CopyFrom(p env.Position) { f.way = append(f.way[:0], p.(*fan).way...) }

func (f *fan) String() string             { return fmt.Sprint(f.here()) }
func (f *fan) MoveText(m env.Move) string { return fmt.Sprint(m) }
func newFan(breadth, depth int) *fan      { return &fan{breadth, depth, []uint64{1}} }
func ofTheWay(uint64) mcts.Judge {
	return func(p env.Position) float64 { return float64(p.Hash()>>33) / (1 << 31) }
}
func nothingKnown(uint64) mcts.Judge { return func(env.Position) float64 { return 0.5 } }
func playout(seed uint64) mcts.Judge { return evaluate.Playout(seed) }
func powerOfTen(name string) (n int) {
	n = 1
	for range name[strings.LastIndex(name, "e")+1] - '0' {
		n *= 10
	}
	return n
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkTree tells how fast the engine is on its own: each build is a search
// from nothing. UCT's constant of 1.4 is for values in [-1,1]: 0.7 in [0,1].
func BenchmarkTree(b *testing.B) {
	for _, bb := range []struct {
		name  string
		sizes []string
		start env.Position
		opt   mcts.PositionOptions
	}{
		{"connect4-rollout", []string{"1e4", "1e5", "1e6"}, connectfour.New(), mcts.PositionOptions{Rule: mcts.UCT{C: 0.7}, Judge: playout}},
		{"connect4-const", []string{"1e4", "1e5", "1e6"}, connectfour.New(), mcts.PositionOptions{Rule: mcts.PUCT{FPU: 1e-9}, Judge: nothingKnown}},
		{"synthetic-d10b7", []string{"1e4", "1e5", "1e6", "1e7"}, newFan(7, 10), mcts.PositionOptions{Judge: ofTheWay}},
		{"synthetic-d30b30", []string{"1e4", "1e5", "1e6", "1e7"}, newFan(30, 30), mcts.PositionOptions{Judge: ofTheWay}},
	} {
		for _, size := range bb.sizes {
			b.Run(bb.name+"-"+size, func(b *testing.B) {
				opt := bb.opt
				opt.Simulations = powerOfTen(size)
				build(b, bb.start, opt)
			})
		}
	}
}

// build makes searches of at least 300,000 simulations together in each round.
func build(b *testing.B, start env.Position, opt mcts.PositionOptions) {
	b.ReportAllocs()
	s, err := mcts.NewPosition(start, opt)
	if err != nil {
		b.Fatal(err)
	}
	simulations, rounds := 0, max(1, 300_000/opt.Simulations)
	s.Reset(start) // the memory is there: what is timed is the search
	if _, err := s.Run(); err != nil {
		b.Fatal(err)
	}
	cpu := cpuTime()
	for b.Loop() {
		for range rounds {
			s.Reset(start)
			if _, err := s.Run(); err != nil {
				b.Fatal(err)
			}
			simulations += s.Simulations()
		}
	}
	cpu = cpuTime() - cpu
	count, edges := s.Tree().Len()
	b.ReportMetric(float64(simulations)/b.Elapsed().Seconds(), "sims/s")
	b.ReportMetric(float64(simulations)/cpu.Seconds(), "sims/cpu-s")
	b.ReportMetric(float64(s.Tree().Bytes())/float64(edges), "B/edge")
	b.ReportMetric(float64(edges), "edges")
	b.ReportMetric(float64(count), "nodes")
	b.ReportMetric(s.Depth(), "depth")
}

// BenchmarkCrew tells what more processors on one tree are worth: one worker
// and two by turns, so that both see the same machine.
func BenchmarkCrew(b *testing.B) {
	for _, bb := range []struct {
		name string
		opt  mcts.PositionOptions
	}{
		{"connect4-rollout", mcts.PositionOptions{Rule: mcts.UCT{C: 0.7}, Judge: playout}},
		{"connect4-const", mcts.PositionOptions{Judge: nothingKnown}},
	} {
		for _, size := range []string{"1e4", "1e5", "1e6"} {
			b.Run(bb.name+"-"+size, func(b *testing.B) {
				opt := bb.opt
				opt.Simulations = powerOfTen(size)
				var searches [3]*mcts.PositionSearch
				var spent [3]time.Duration
				for b.Loop() {
					for range max(1, 300_000/opt.Simulations) {
						for workers := 1; workers <= 2; workers++ {
							s := searches[workers]
							if s == nil {
								var err error
								if s, err = mcts.NewPosition(connectfour.New(), opt); err != nil {
									b.Fatal(err)
								}
								searches[workers] = s
							}
							s.Reset(connectfour.New())
							began := time.Now()
							if _, err := s.RunParallel(workers); err != nil {
								b.Fatal(err)
							}
							spent[workers] += time.Since(began)
						}
					}
				}
				b.ReportMetric(spent[1].Seconds()/spent[2].Seconds(), "speed-up")
				b.ReportMetric(searches[2].Depth()/searches[1].Depth(), "depth-ratio")
			})
		}
	}
}
