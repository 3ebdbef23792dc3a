package tiny

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// referenceLogits is the model as its definition says it, in float64 and with
// no cache, no batch and no joined matrices: the logits after each token.
func (f *fake) referenceLogits(tokens []int32) [][]float64 {
	var stream [][]float64
	for _, id := range tokens {
		stream = append(stream, f.rowOf("token_embd.weight", int(id)))
	}
	for l := range f.layers {
		at := fmt.Sprintf("blk.%d.", l)
		var queries, keys, values [][]float64
		for pos, x := range stream {
			n := f.norm(x, at+"attn_norm.weight")
			queries = append(queries, f.rope(f.multiply(at+"attn_q.weight", n), pos))
			keys = append(keys, f.rope(f.multiply(at+"attn_k.weight", n), pos))
			values = append(values, f.multiply(at+"attn_v.weight", n))
		}
		for pos := range stream {
			add(stream[pos], f.multiply(at+"attn_output.weight",
				f.attention(queries[pos], keys[:pos+1], values[:pos+1])))
			n := f.norm(stream[pos], at+"ffn_norm.weight")
			gate, up := f.multiply(at+"ffn_gate.weight", n), f.multiply(at+"ffn_up.weight", n)
			for i, g := range gate {
				up[i] *= g / (1 + math.Exp(-g))
			}
			add(stream[pos], f.multiply(at+"ffn_down.weight", up))
		}
	}
	head := "output.weight"
	if _, own := f.tensors[head]; !own {
		head = "token_embd.weight"
	}
	var logits [][]float64
	for _, x := range stream {
		logits = append(logits, f.multiply(head, f.norm(x, "output_norm.weight")))
	}
	return logits
}

func (f *fake) rowOf(name string, i int) []float64 {
	t := f.tensors[name]
	var row []float64
	for _, v := range t.data[i*t.shape[0] : (i+1)*t.shape[0]] {
		row = append(row, float64(v))
	}
	return row
}

func (f *fake) multiply(name string, x []float64) []float64 {
	y := make([]float64, f.tensors[name].shape[1])
	for i := range y {
		for j, w := range f.rowOf(name, i) {
			y[i] += w * x[j]
		}
	}
	return y
}

func (f *fake) norm(x []float64, gain string) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	y := make([]float64, len(x))
	for i, g := range f.rowOf(gain, 0) {
		y[i] = x[i] / math.Sqrt(sum/float64(len(x))+f.epsilon) * g
	}
	return y
}

// rope turns pairs of neighbours by pos·base^(-2i/headDim).
func (f *fake) rope(x []float64, pos int) []float64 {
	y := make([]float64, len(x))
	for i := 0; i < len(x); i += 2 {
		angle := float64(pos) * math.Pow(f.base, -float64(i%f.headDim)/float64(f.headDim))
		y[i] = x[i]*math.Cos(angle) - x[i+1]*math.Sin(angle)
		y[i+1] = x[i]*math.Sin(angle) + x[i+1]*math.Cos(angle)
	}
	return y
}

func (f *fake) attention(query []float64, keys, values [][]float64) []float64 {
	out := make([]float64, f.heads*f.headDim)
	for h := range f.heads {
		from := h * f.kvHeads / f.heads * f.headDim // of the key head that h shares
		var shares []float64
		total := 0.0
		for _, k := range keys {
			score := 0.0
			for i := range f.headDim {
				score += query[h*f.headDim+i] * k[from+i]
			}
			shares = append(shares, math.Exp(score/math.Sqrt(float64(f.headDim))))
			total += shares[len(shares)-1]
		}
		for pos, v := range values {
			for i := range f.headDim {
				out[h*f.headDim+i] += shares[pos] / total * v[from+i]
			}
		}
	}
	return out
}

func add(x, y []float64) {
	for i, v := range y {
		x[i] += v
	}
}

func TestLogitsAgreeWithReference(t *testing.T) {
	wide := small
	wide.kvHeads = wide.heads
	lone := small
	lone.kvHeads, lone.base, lone.epsilon = 1, 500, 1e-2
	tests := []struct {
		reason string
		fake   *fake
		spoil  func(*fake)
	}{
		{"key heads are shared by two query heads each", randomFake(small, 1), nil},
		{"each head has its own keys", randomFake(wide, 2), nil},
		{"one key head, other constants", randomFake(lone, 3), nil},
		{"the embedded model's dimensions", randomFake(full, 4), nil},
		{"the output is tied to the embedding", randomFake(small, 5), func(f *fake) {
			delete(f.tensors, "output.weight")
		}},
		{"weights of 16 bits", randomFake(small, 6), func(f *fake) {
			for name, s := range f.tensors {
				if len(s.shape) == 2 {
					f.store(name, kindF16)
				}
			}
			f.store("output.weight", kindBF16)
			f.store("blk.1.attn_q.weight", kindBF16)
		}},
		{"optional metadata is missing", randomFake(wide, 7), func(f *fake) {
			for _, key := range []string{"llama.attention.head_count_kv", "llama.rope.freq_base",
				"llama.rope.dimension_count", "tokenizer.ggml.add_bos_token"} {
				delete(f.values, key)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			if test.spoil != nil {
				test.spoil(test.fake)
			}
			m := test.fake.open(t)
			random := rand.New(rand.NewPCG(seed(t), 0))
			tokens := m.vocabulary.promptTokens(promptBytes(random, 30))
			want := test.fake.referenceLogits(tokens)
			var s slot
			for pos := 0; pos < len(tokens); {
				var rows []row
				for range 1 + random.IntN(min(maxRows, len(tokens)-pos)) {
					rows = append(rows, row{slot: &s, pos: pos, token: tokens[pos], wanted: true})
					pos++
				}
				m.weights.forward(&m.work, rows)
				for i, r := range rows {
					compareLogits(t, r.pos, m.work.logits[i*vocabSize:][:vocabSize], want[r.pos])
				}
			}
		})
	}
}

func compareLogits(t *testing.T, pos int, got []float32, want []float64) {
	t.Helper()
	for id := range want {
		if d := math.Abs(float64(got[id]) - want[id]); !(d < 1e-4) {
			t.Fatalf("position %d, token %d: logit %v, reference %v", pos, id, got[id], want[id])
		}
	}
}

func TestReferenceLogitsAreWideApart(t *testing.T) {
	// Otherwise the comparison with them would accept anything.
	logits := randomFake(small, 1).referenceLogits([]int32{bos, 'a', 'b'})[2]
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range logits {
		low, high = min(low, l), max(high, l)
	}
	if high-low < 3 {
		t.Errorf("logits range from %v to %v only", low, high)
	}
}
