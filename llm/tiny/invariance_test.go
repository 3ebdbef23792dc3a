package tiny

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
)

// randomRequests makes requests that share beginnings, end in all ways and
// differ in length.
func randomRequests(random *rand.Rand, n int) []llm.Request {
	stems := []string{"", promptBytes(random, 9), promptBytes(random, 20), promptBytes(random, 40)}
	reqs := make([]llm.Request, n)
	for i := range reqs {
		reqs[i] = llm.Request{
			Prompt:      stems[random.IntN(len(stems))] + promptBytes(random, random.IntN(8)),
			MaxTokens:   1 + random.IntN(24),
			Temperature: float64(random.IntN(3)) / 2,
			TopK:        random.IntN(2) * 5,
			Seed:        random.IntN(4),
			Logprobs:    true,
			TopLogprobs: random.IntN(4),
		}
	}
	return reqs
}

// alone completes each request on a model that has never seen another.
func alone(t *testing.T, f *fake, reqs []llm.Request) []llm.Completion {
	t.Helper()
	file := f.write()
	want := make([]llm.Completion, len(reqs))
	for i, req := range reqs {
		m, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if want[i], err = m.Generate(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

func TestResultsDoNotDependOnCacheOrBatch(t *testing.T) {
	for _, shape := range []struct {
		name   string
		config config
		count  int
	}{{"small", small, 120}, {"full", full, 40}} {
		t.Run(shape.name, func(t *testing.T) {
			f := randomFake(shape.config, 9)
			random := rand.New(rand.NewPCG(seed(t), 0))
			reqs := randomRequests(random, shape.count)
			want := alone(t, f, reqs)
			m := f.open(t)
			check := func(reason string, i int, got llm.Completion) {
				t.Helper()
				if diff := cmp.Diff(want[i], got); diff != "" {
					t.Fatalf("%s: request %d, %+v (-alone +got):\n%s", reason, i, reqs[i], diff)
				}
			}
			for from := 0; from < len(reqs); {
				to := min(len(reqs), from+1+random.IntN(2*maxLive))
				got, err := m.GenerateBatch(t.Context(), reqs[from:to])
				if err != nil {
					t.Fatal(err)
				}
				for i := range got {
					check("in a batch", from+i, got[i])
				}
				from = to
			}
			for _, i := range random.Perm(len(reqs)) {
				got, err := m.Generate(t.Context(), reqs[i])
				if err != nil {
					t.Fatal(err)
				}
				check("with a warm cache", i, got)
			}
		})
	}
}

func TestConcurrentCallsGiveTheSameResults(t *testing.T) {
	f := randomFake(small, 11)
	random := rand.New(rand.NewPCG(seed(t), 0))
	reqs := randomRequests(random, 100)
	want := alone(t, f, reqs)
	m := f.open(t)
	var all sync.WaitGroup
	for i := range reqs {
		all.Go(func() {
			got, err := m.Generate(t.Context(), reqs[i])
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(want[i], got); diff != "" {
				t.Errorf("request %d (-alone +got):\n%s", i, diff)
			}
		})
	}
	all.Wait()
	checkIdle(t, m)
}

// checkIdle verifies that nothing is left of finished calls.
func checkIdle(t *testing.T, m *Model) {
	t.Helper()
	m.lead <- struct{}{}
	m.admit()
	if len(m.live) != 0 || len(m.queue) != 0 {
		t.Errorf("%d sequences are live and %d wait", len(m.live), len(m.queue))
	}
	for i := range m.cache.slots {
		if s := &m.cache.slots[i]; s.busy {
			t.Errorf("slot %d is busy", i)
		}
	}
	<-m.lead
}

func TestProductsDoNotDependOnTheBatch(t *testing.T) {
	random := rand.New(rand.NewPCG(seed(t), 0))
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		return x
	}
	for _, cols := range []int{4, 32, 52, 192, 512, 5000} {
		m := matrix{rows: 70, cols: cols, data: fill(70 * cols)}
		x := fill(maxRows * cols)
		want := make([]float32, maxRows*m.rows)
		for i := range maxRows {
			m.times(want[i*m.rows:], x[i*cols:], 1)
		}
		for n := 1; n <= maxRows; n++ {
			got := make([]float32, n*m.rows)
			m.times(got, x, n)
			if diff := cmp.Diff(want[:n*m.rows], got); diff != "" {
				t.Fatalf("%d columns, %d vectors (-alone +batch):\n%s", cols, n, diff)
			}
		}
	}
}
