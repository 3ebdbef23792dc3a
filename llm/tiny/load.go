package tiny

import (
	"errors"
	"fmt"
	"math"
)

// config has the dimensions of a Llama, all as counts of float32.
type config struct {
	layers  int
	dim     int // of the residual stream
	ff      int // of the hidden layer of an MLP
	heads   int
	kvHeads int // each serves heads/kvHeads query heads
	headDim int
	vocab   int
	context int // positions
	epsilon float64
	base    float64 // of the RoPE frequencies
}

// layer has the weights of one block. Matrices that read the same vector are
// joined: q, k, v below each other, and gate, up.
type layer struct {
	attentionNorm, mlpNorm []float32
	qkv, attentionOut      matrix
	gateUp, down           matrix
}

// weights is a whole Llama. output may be the same matrix as embedding.
type weights struct {
	config
	embedding matrix
	layers    []layer
	norm      []float32
	output    matrix
	// frequencies has the RoPE angle per position of each pair of a head.
	frequencies []float64
}

// readConfig checks that the model is one this package computes correctly.
func readConfig(c *container) (config, error) {
	if a, _ := c.values["general.architecture"].(string); a != "llama" {
		return config{}, fmt.Errorf("architecture is %q; only \"llama\" can be run", a)
	}
	var err error
	count := func(key string, missing int) int {
		n, ok := c.uint("llama."+key, missing)
		if (!ok || n < 1) && err == nil {
			err = fmt.Errorf("metadata llama.%s is missing or not a positive integer", key)
		}
		return n
	}
	number := func(key string, missing float64) float64 {
		v, there := c.values["llama."+key]
		f, ok := v.(float64)
		if !there {
			f, ok = missing, missing != 0
		}
		if (!ok || !(f > 0) || math.IsInf(f, 0)) && err == nil {
			err = fmt.Errorf("metadata llama.%s is missing or not a positive number", key)
		}
		return f
	}
	g := config{
		layers:  count("block_count", 0),
		dim:     count("embedding_length", 0),
		ff:      count("feed_forward_length", 0),
		heads:   count("attention.head_count", 0),
		context: count("context_length", 0),
		epsilon: number("attention.layer_norm_rms_epsilon", 0),
		base:    number("rope.freq_base", 10000),
	}
	if err != nil {
		return g, err
	}
	g.kvHeads = count("attention.head_count_kv", g.heads)
	g.headDim = count("attention.key_length", max(1, g.dim/g.heads))
	value := count("attention.value_length", g.headDim)
	turned := count("rope.dimension_count", g.headDim)
	scale := number("rope.scaling.factor", 1)
	switch {
	case err != nil:
		return g, err
	case g.kvHeads > g.heads || g.heads%g.kvHeads != 0:
		return g, fmt.Errorf("%d query heads do not share %d key heads evenly", g.heads, g.kvHeads)
	case value != g.headDim:
		return g, fmt.Errorf("values have %d dimensions a head and keys %d; they must be equal",
			value, g.headDim)
	case turned != g.headDim:
		return g, fmt.Errorf("RoPE turns %d of %d dimensions of a head; it must turn all",
			turned, g.headDim)
	case scale != 1:
		return g, errors.New("RoPE is scaled; only plain RoPE can be run")
	case g.dim%4 != 0 || g.ff%4 != 0 || g.headDim%4 != 0:
		// Rows then begin on 16 bytes, without which the kernels would add up
		// the same numbers in different orders.
		return g, fmt.Errorf("dimensions %d (embedding), %d (feed forward) and %d (head) "+
			"must be multiples of 4", g.dim, g.ff, g.headDim)
	}
	return g, nil
}

// readWeights takes the tensors of a Llama out of c. Each must have its exact
// shape, and there may be no tensor that this package would leave unused.
func readWeights(c *container, g config) (*weights, error) {
	t := &tensors{from: c.tensors, left: len(c.tensors)}
	w := &weights{config: g}
	q, kv := g.heads*g.headDim, g.kvHeads*g.headDim
	w.embedding = t.matrix("token_embd.weight", g.vocab, g.dim)
	w.norm = t.vector("output_norm.weight", g.dim)
	w.output = w.embedding
	if _, own := c.tensors["output.weight"]; own {
		w.output = t.matrix("output.weight", g.vocab, g.dim)
	}
	for i := 0; i < g.layers && t.err == nil; i++ {
		at := fmt.Sprintf("blk.%d.", i)
		w.layers = append(w.layers, layer{
			attentionNorm: t.vector(at+"attn_norm.weight", g.dim),
			qkv: below(
				t.matrix(at+"attn_q.weight", q, g.dim),
				t.matrix(at+"attn_k.weight", kv, g.dim),
				t.matrix(at+"attn_v.weight", kv, g.dim)),
			attentionOut: t.matrix(at+"attn_output.weight", g.dim, q),
			mlpNorm:      t.vector(at+"ffn_norm.weight", g.dim),
			gateUp: below(
				t.matrix(at+"ffn_gate.weight", g.ff, g.dim),
				t.matrix(at+"ffn_up.weight", g.ff, g.dim)),
			down: t.matrix(at+"ffn_down.weight", g.dim, g.ff),
		})
	}
	if t.err == nil && t.left > 0 {
		t.err = t.unknown()
	}
	if t.err != nil {
		return nil, t.err
	}
	for i := 0; i < g.headDim; i += 2 {
		w.frequencies = append(w.frequencies, math.Pow(g.base, -float64(i)/float64(g.headDim)))
	}
	return w, nil
}

// tensors hands out tensors by name and remembers the first error.
type tensors struct {
	from map[string]tensor
	used map[string]bool
	left int // tensors not handed out yet
	err  error
}

func (t *tensors) vector(name string, n int) []float32 {
	return t.matrix(name, 1, n).data
}

// matrix returns a tensor of rows×cols; a vector counts as one row.
func (t *tensors) matrix(name string, rows, cols int) matrix {
	if t.err != nil {
		return matrix{}
	}
	s, there := t.from[name]
	fits := len(s.shape) == 2 && s.shape[0] == cols && s.shape[1] == rows ||
		len(s.shape) == 1 && s.shape[0] == cols && rows == 1
	switch {
	case !there:
		t.err = fmt.Errorf("tensor %s is missing", name)
	case !fits:
		t.err = fmt.Errorf("tensor %s has shape %v; expected [%d %d]", name, s.shape, cols, rows)
	}
	if t.err != nil {
		return matrix{}
	}
	m := matrix{rows: rows, cols: cols, data: s.floats()}
	for _, v := range m.data {
		if v-v != 0 { // true of infinities and of not-a-number
			t.err = fmt.Errorf("tensor %s has a weight that is not a finite number", name)
			return matrix{}
		}
	}
	if t.used == nil {
		t.used = map[string]bool{}
	}
	t.used[name] = true
	t.left--
	return m
}

// unknown names a tensor nobody asked for, such as a bias or scaled RoPE.
func (t *tensors) unknown() error {
	name := ""
	for n := range t.from {
		if !t.used[n] && (name == "" || n < name) {
			name = n
		}
	}
	return fmt.Errorf("tensor %s belongs to no plain Llama", name)
}

// below joins matrices of equal width into one.
func below(parts ...matrix) matrix {
	m := matrix{cols: parts[0].cols}
	for _, p := range parts {
		m.rows += p.rows
		m.data = append(m.data, p.data...)
	}
	return m
}
