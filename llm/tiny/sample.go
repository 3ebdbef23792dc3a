package tiny

import (
	"math"
	"math/rand/v2"

	"github.com/ponder-mcts/ponder/llm"
)

// sampler chooses tokens for one sequence. It has its own random numbers, so
// that a sequence does not depend on those next to it.
type sampler struct {
	temperature float64
	topK        int
	random      *rand.Rand // nil if greedy
}

// stream is the second half of every PCG seed: any constant will do.
const stream = 0x706f6e646572

func newSampler(req llm.Request) sampler {
	s := sampler{temperature: req.Temperature, topK: req.TopK}
	if s.temperature > 0 {
		s.random = rand.New(rand.NewPCG(uint64(req.Seed), stream))
	}
	return s
}

// choice is scratch space for choosing among the tokens of a vocabulary.
type choice struct {
	ids     []int32
	weights []float64
}

// choose returns the next token. Among equal logits the greedy choice is the
// lowest token.
func (s *sampler) choose(k *choice, logits []float32) int32 {
	if s.random == nil {
		return best(logits)
	}
	k.ids = k.ids[:0]
	if s.topK > 0 && s.topK < len(logits) {
		k.ids = mostProbable(k.ids, logits, s.topK)
	} else {
		for id := range logits {
			k.ids = append(k.ids, int32(id))
		}
	}
	top := float64(logits[best(logits)])
	sum := 0.0
	k.weights = k.weights[:0]
	for _, id := range k.ids {
		p := math.Exp((float64(logits[id]) - top) / s.temperature)
		k.weights = append(k.weights, p)
		sum += p
	}
	left := s.random.Float64() * sum
	for i, p := range k.weights {
		if left -= p; left < 0 {
			return k.ids[i]
		}
	}
	// Rounding can leave a rest; the most probable token is always possible.
	return best(logits)
}

func best(logits []float32) int32 {
	id := 0
	for i, l := range logits {
		if l > logits[id] {
			id = i
		}
	}
	return int32(id)
}

// mostProbable appends the n tokens of the largest logits to ids, largest
// first, the lower token first among equals.
func mostProbable(ids []int32, logits []float32, n int) []int32 {
	for i, l := range logits {
		if len(ids) == n {
			if !(l > logits[ids[n-1]]) {
				continue
			}
			ids = ids[:n-1]
		}
		at := len(ids)
		for at > 0 && l > logits[ids[at-1]] {
			at--
		}
		ids = append(ids, 0)
		copy(ids[at+1:], ids[at:])
		ids[at] = int32(i)
	}
	return ids
}

// logTotal is the logarithm of the sum of exp(logit): what separates logits
// from log-probabilities.
func logTotal(logits []float32) float64 {
	top := float64(logits[best(logits)])
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l) - top)
	}
	return top + math.Log(sum)
}

// describe makes the record of a chosen token with n alternatives.
func (v *vocabulary) describe(k *choice, logits []float32, chosen int32, n int) llm.Token {
	total := logTotal(logits)
	named := func(id int32) llm.Alternative {
		return llm.Alternative{Text: v.texts[id], Logprob: float64(logits[id]) - total}
	}
	t := llm.Token{Alternative: named(chosen)}
	if n > 0 {
		k.ids = mostProbable(k.ids[:0], logits, min(n, len(logits)))
		t.Top = make([]llm.Alternative, len(k.ids))
		for i, id := range k.ids {
			t.Top[i] = named(id)
		}
	}
	return t
}
