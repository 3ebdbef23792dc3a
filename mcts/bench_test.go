package mcts

import (
	"context"
	"encoding/binary"
	"runtime"
	"strconv"
	"testing"

	"github.com/ponder-mcts/ponder/env"
	"github.com/ponder-mcts/ponder/event"
)

// synthetic is a problem without an end that costs next to nothing: a state is
// a number with four successors. Below width there are only so many numbers to
// a depth, so that ways meet.
type synthetic struct {
	depth, number uint32
	width         uint32 // 0 means a plain tree
}

func (s synthetic) String() string { return s.Key() }

func (s synthetic) Key() string {
	return string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, s.depth), s.number))
}

func (s synthetic) Outcome() (env.Outcome, bool) { return env.Outcome{}, false }

func (s synthetic) Step(_ context.Context, st env.State, action string) (env.State, error) {
	from := st.(synthetic)
	i, err := strconv.Atoi(action)
	next := synthetic{from.depth + 1, from.number*4 + uint32(i), from.width}
	if s.width > 0 {
		next.number %= s.width
	}
	return next, err
}

func (s synthetic) Start(context.Context, string) (env.State, error) { return s, nil }

var fourSteps = []env.Candidate{
	{Action: "0"}, {Action: "1", LogPrior: -0.5}, {Action: "2", LogPrior: -1}, {Action: "3", LogPrior: -1.5},
}

func (synthetic) Propose(context.Context, env.State, env.Path, int) ([]env.Candidate, env.Usage, error) {
	return fourSteps, env.Usage{}, nil
}

func (synthetic) Evaluate(context.Context, env.State, env.Path) (env.Value, env.Usage, error) {
	return env.Value{Mean: 0.5}, env.Usage{}, nil
}

// BenchmarkSearch tells what the search itself costs, beside models: finished
// simulations a second, and memory held for each node, states included.
func BenchmarkSearch(b *testing.B) {
	const simulations = 20_000
	for _, bb := range []struct {
		name   string
		width  uint32
		rule   Rule
		listen bool
	}{
		{"tree/puct", 0, PUCT{}, false},
		{"tree/uct", 0, UCT{}, false},
		{"tree/puct/events", 0, PUCT{}, true},
		{"graph/puct", 64, PUCT{}, false},
	} {
		b.Run(bb.name, func(b *testing.B) {
			problem := synthetic{width: bb.width}
			worker := &Worker{Env: problem, Policy: problem, Critic: problem}
			opt := Options{Rule: bb.rule, Simulations: simulations}
			if bb.listen {
				opt.Emit = func(event.Event) {}
			}
			b.ReportAllocs()
			var s *Search
			done := 0
			for b.Loop() {
				var err error
				if s, err = New(problem, event.Started{}, opt); err != nil {
					b.Fatal(err)
				}
				if err := (&Driver{Search: s, Worker: worker}).Run(context.Background()); err != nil {
					b.Fatal(err)
				}
				done += s.Simulations()
			}
			b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "sims/s")
			b.ReportMetric(held(&s), "B/node")
		})
	}
}

// held is the memory that goes when a search does, by node of its tree.
func held(s **Search) float64 {
	count, _ := (*s).tree.Len()
	with := heap()
	*s = nil
	return (with - heap()) / float64(count)
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
