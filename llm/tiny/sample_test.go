package tiny

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ponder-mcts/ponder/llm"
)

func TestSamplingFollowsTheDistribution(t *testing.T) {
	logits := make([]float32, vocabSize)
	for i := range logits {
		logits[i] = -5 // of which there are many
	}
	logits['a'], logits['b'], logits['c'], logits['d'] = 2, 1, 1, 0
	tests := []struct {
		reason string
		req    llm.Request
	}{
		{"all tokens", llm.Request{Temperature: 1}},
		{"hot", llm.Request{Temperature: 2.5}},
		{"cold", llm.Request{Temperature: 0.4}},
		{"top-k of three", llm.Request{Temperature: 1, TopK: 3}},
		{"top-k cuts between equals: the lower token stays", llm.Request{Temperature: 1.5, TopK: 2}},
		{"top-k of more than there are", llm.Request{Temperature: 1, TopK: 1000}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			want := distribution(logits, test.req)
			const draws = 20_000
			counts := make([]float64, vocabSize)
			test.req.Seed = int(seed(t) >> 1)
			s := newSampler(test.req)
			var k choice
			for range draws {
				counts[s.choose(&k, logits)]++
			}
			for id, p := range want {
				// Six standard deviations, and some for rare tokens: never by chance.
				if limit := 4 + 6*math.Sqrt(p*(1-p)*draws); math.Abs(counts[id]-p*draws) > limit {
					t.Errorf("token %d: drawn %v times, expected %v ± %v", id, counts[id], p*draws, limit)
				}
			}
		})
	}
}

// distribution is what sampling should follow, computed over a full sort.
func distribution(logits []float32, req llm.Request) []float64 {
	ids := make([]int, len(logits))
	for i := range ids {
		ids[i] = i
	}
	slices.SortStableFunc(ids, func(a, b int) int {
		return int(1000 * (logits[b] - logits[a]))
	})
	if req.TopK > 0 {
		ids = ids[:min(req.TopK, len(ids))]
	}
	p := make([]float64, len(logits))
	sum := 0.0
	for _, id := range ids {
		p[id] = math.Exp(float64(logits[id]) / req.Temperature)
		sum += p[id]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

func TestSeeds(t *testing.T) {
	m := randomFake(small, 1).open(t)
	texts := map[string]bool{}
	for seed := range 20 {
		req := llm.Request{Prompt: "ab", Temperature: 1, Seed: seed, MaxTokens: 12, TopLogprobs: 3}
		first, err := m.Generate(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		again, err := m.Generate(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("seed %d gives two results:\n%s", seed, diff)
		}
		texts[first.Text] = true
	}
	if len(texts) < 19 {
		t.Errorf("20 seeds give only %d texts", len(texts))
	}
}

func TestTinyTemperatureIsGreedy(t *testing.T) {
	logits := make([]float32, vocabSize)
	logits['q'] = 1e-3
	s := newSampler(llm.Request{Temperature: 1e-300})
	var k choice
	for range 100 {
		if id := s.choose(&k, logits); id != 'q' {
			t.Fatalf("chose %d, expected 'q'", id)
		}
	}
}

func TestMostProbable(t *testing.T) {
	s := seed(t)
	random := rand.New(rand.NewPCG(s, 0))
	for range 500 {
		logits := make([]float32, 1+random.IntN(40))
		for i := range logits {
			logits[i] = float32(random.IntN(10)) // many equal
		}
		want := make([]int32, len(logits))
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int { return int(logits[b] - logits[a]) })
		n := 1 + random.IntN(len(logits))
		if diff := cmp.Diff(want[:n], mostProbable(nil, logits, n)); diff != "" {
			t.Fatalf("%d most probable of %v (-want +got):\n%s", n, logits, diff)
		}
	}
}
